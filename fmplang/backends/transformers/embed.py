"""Texts as vectors: sentence encoders (MiniLM, BGE, E5, GTE and their like)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from fmplang.backends.base import Response
from fmplang.backends.embedded.labels import wants_vector
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend, most_tokens
from fmplang.runtime.requests import Request

POOLINGS = ("mean", "cls", "last")


class Embed(TransformersBackend):
    """embed(text) -> list[float], of length 1.

    `pooling` says which token vectors count, as the model's page says it: "mean" of all, the first ("cls"), the
    "last". `prefix` goes before each text ("query: " for E5). A text that is too long is cut at its end.
    """

    kind: ClassVar[str] = "a sentence encoder"
    about: ClassVar[str] = "turns a text into a vector"

    def __init__(self, *, pooling: str = "mean", prefix: str = "", **common: Any) -> None:
        if pooling not in POOLINGS:
            raise BadSetting("pooling", f"{pooling!r:.60} is none of {', '.join(POOLINGS)}")
        self.pooling = pooling
        self.prefix = prefix
        super().__init__(**common)

    def settings(self) -> dict[str, Any]:
        return {"pooling": self.pooling, "prefix": self.prefix}

    def supports(self, request: Request) -> bool:
        return wants_vector(request)

    def read(self, source: Source) -> Loaded:
        import transformers

        # What pools by itself is not used, and encoders are often saved without it.
        return from_pretrained(source, self.name, "AutoModel", may_lack=("pooler.",),
                               processor=transformers.AutoTokenizer.from_pretrained)

    def prepare(self, request: Request) -> str:
        return self.prefix + str(next(iter(request.args.values())))

    def trial(self) -> str:
        return "a text"

    def respond(self, items: Sequence[str], loaded: Loaded) -> Sequence[Response | Exception]:
        import torch

        loaded.processor.padding_side = "right"
        inputs = loaded.on_device(loaded.processor(list(items), padding=True, truncation=True, return_tensors="pt",
                                                   max_length=most_tokens(loaded)))
        states = loaded.model(**inputs).last_hidden_state.float()
        mask = inputs["attention_mask"].unsqueeze(-1).float()
        if self.pooling == "mean":
            pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        elif self.pooling == "cls":
            pooled = states[:, 0]
        else:
            last = inputs["attention_mask"].sum(1).clamp(min=1) - 1
            pooled = states[torch.arange(len(items), device=states.device), last]
        vectors = torch.nn.functional.normalize(pooled, dim=-1).cpu().tolist()
        return [Response([float(x) for x in vector]) for vector in vectors]
