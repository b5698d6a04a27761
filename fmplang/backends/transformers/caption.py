"""Text from a picture alone: captions (BLIP, GIT, ViT-GPT2) and reading a line of text (TrOCR)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from fmplang.backends.base import Response
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.writing import Writer, texts_of, write
from fmplang.check.types import STR
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Image


class Eyes(NamedTuple):
    """What prepares pictures, and what spells the answers."""

    images: Any
    tokenizer: Any


class Caption(Writer):
    """caption(image) -> str. The prompt is not shown to the model: it knows one thing to do.

    The confidence is the geometric mean of the tokens' probabilities. A model that can be asked questions is of
    the kind transformers.vqa: give it `capability = "caption"`.
    """

    kind: ClassVar[str] = "an image captioner"
    about: ClassVar[str] = "says in a sentence what an image shows"

    most_new: ClassVar[int] = 10_000

    def __init__(self, *, max_new_tokens: int = 64, **common: Any) -> None:
        super().__init__(max_new_tokens=max_new_tokens, **common)

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return request.returns == STR and len(args) == 1 and isinstance(args[0], Image)

    def read(self, source: Source) -> Loaded:
        # Encoders are often saved without what pools, which no captioner uses.
        return from_pretrained(source, self.name, "AutoModelForImageTextToText", processor=_eyes,
                               may_lack=("pooler.",))

    def prepare(self, request: Request) -> Any:
        (image,) = request.args.values()
        return image.pil()

    def trial(self) -> Any:
        from PIL import Image as pil

        return pil.new("RGB", (32, 32))

    def respond(self, items: Sequence[Any], loaded: Loaded) -> Sequence[Response | Exception]:
        eyes: Eyes = loaded.processor
        inputs = loaded.on_device(eyes.images(images=list(items), return_tensors="pt"))
        pixels = {"pixel_values": inputs["pixel_values"]}
        tokenizer = eyes.tokenizer
        rows = write(loaded, pixels, self.max_new_tokens, ends=(tokenizer.eos_token_id, tokenizer.sep_token_id))
        return [Response(text, confidence=sure, cost=self.cost(len(ids)))
                for (text, sure), (ids, _) in zip(texts_of(tokenizer, rows), rows, strict=True)]


def _eyes(model: str, **where: Any) -> Eyes:
    from transformers import AutoImageProcessor, AutoTokenizer

    return Eyes(AutoImageProcessor.from_pretrained(model, **where), AutoTokenizer.from_pretrained(model, **where))
