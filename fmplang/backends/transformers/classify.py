"""Sorting texts into classes that are given with the call: models of natural language inference.

A text is read as a premise, "This text is about LABEL." as a hypothesis; the label that follows most clearly is the
answer (Yin, Hay and Roth, EMNLP 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from fmplang.backends.base import Response
from fmplang.backends.embedded.labels import labels_of, text_of, wants_label
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend, most_tokens
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request


class _Sorting(NamedTuple):
    text: str
    labels: list[str]


class Classify(TransformersBackend):
    """classify(text, labels) and functions of texts that declare a Literal of strings.

    `template` makes the hypothesis; it holds `{}` for the label. The confidence is the label's share of the
    entailments of all labels. A text that is too long is cut at its end.
    """

    kind: ClassVar[str] = "zero-shot text classification"
    about: ClassVar[str] = "sorts texts into given classes"

    def __init__(self, *, template: str = "This text is about {}.", **common: Any) -> None:
        if template.count("{}") != 1:
            raise BadSetting("template", f"should hold {{}} once, for the label, not {template!r:.60}")
        self.template = template
        super().__init__(**common)

    def settings(self) -> dict[str, Any]:
        return {"template": self.template}

    def supports(self, request: Request) -> bool:
        return wants_label(request)

    def read(self, source: Source) -> Loaded:
        import transformers

        loaded = from_pretrained(source, self.name, "AutoModelForSequenceClassification",
                                 processor=transformers.AutoTokenizer.from_pretrained)
        _entailment(loaded.model.config, self)
        return loaded

    def prepare(self, request: Request) -> _Sorting:
        return _Sorting(text_of(request), labels_of(request))

    def trial(self) -> _Sorting:
        return _Sorting("a text", ["a label"])

    def respond(self, items: Sequence[_Sorting], loaded: Loaded) -> Sequence[Response | Exception]:
        import torch

        pairs = [(item.text, self.template.replace("{}", label)) for item in items for label in item.labels]
        entails = _entailment(loaded.model.config, self)
        told: list[torch.Tensor] = []
        for start in range(0, len(pairs), self.batch_size):
            some = pairs[start : start + self.batch_size]
            inputs = loaded.processor([text for text, _ in some], [label for _, label in some], padding=True,
                                      truncation="only_first", max_length=most_tokens(loaded), return_tensors="pt")
            told.append(loaded.model(**loaded.on_device(inputs)).logits[:, entails].float())
        logits = torch.cat(told)
        answers = []
        at = 0
        for item in items:
            shares = logits[at : at + len(item.labels)].softmax(0)
            best = int(shares.argmax())
            answers.append(Response(item.labels[best], confidence=min(1.0, float(shares[best]))))
            at += len(item.labels)
        return answers


def _entailment(config: Any, backend: TransformersBackend) -> int:
    """The place of the class that says that the hypothesis follows."""
    for number, label in config.id2label.items():
        if str(label).lower().startswith("entail"):
            return int(number)
    raise BackendError(
        f"the backend {backend.name} cannot work here: {backend.model} has no class for entailment", code="FMP705",
        backend=backend.name, hint="Take a model of natural language inference; its name often holds nli or zeroshot.")
