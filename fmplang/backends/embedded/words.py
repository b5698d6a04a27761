"""Texts by the words in them, through scikit-learn: which label fits, and vectors that can be compared.

- hash: a text and a label are alike as far as they share words. Knows no meaning at all.
- related: also knows which words go with some common labels (associations.txt), and compares parts of words, so that
  "invoices" meets "invoice". Where a text holds nothing that goes with any label, the label that stands for the
  rest ("other", "normal") is taken, else the first.

Vectors have 384 numbers, as those of the sentence encoder; vectors of different backends cannot be compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from fmplang.backends.base import Health, Response
from fmplang.backends.embedded.associations import WORD, associations, groups, spelled, words_for
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.labels import choice, labels_of, text_of, wants_label, wants_vector
from fmplang.backends.embedded.model import EmbeddedBackend, files_of
from fmplang.runtime.requests import Request

Way = Literal["hash", "related"]

SIZE = 384
HEADS = 96  # of these, in related vectors, stand for groups of associated words
_LETTERS = re.compile(r"\w+")
SHARPNESS = {"hash": 8.0, "related": 20.0}  # of the chances made from likenesses


class WordsClassify(EmbeddedBackend):
    """classify(text, labels), and functions of texts that declare a Literal of strings."""

    gains_from_batches = True

    def __init__(self, way: Way) -> None:
        self.name = f"words-{way}"
        self.capability = "classify"
        self.version = "1"
        self.way: Way = way

    def supports(self, request: Request) -> bool:
        return wants_label(request)

    def work(self, request: Request) -> Work:
        return Work("text", len(text_of(request)) / 1000)

    def respond(self, request: Request) -> Response:
        return self.respond_all([request])[0]

    def respond_all(self, requests: Sequence[Request]) -> Sequence[Response]:
        """The texts are turned into vectors together, and so are the labels of requests that share them."""
        made: dict[int, Response] = {}
        by_labels: dict[tuple[str, ...], list[int]] = {}
        for place, request in enumerate(requests):
            by_labels.setdefault((request.function.name, *labels_of(request)), []).append(place)
        for (about, *labels), places in by_labels.items():
            words = [f"{label} {about}" if self.way == "hash" else _expanded(label, about) for label in labels]
            model = _hashing() if self.way == "hash" else _related()
            vectors = model.transform([*words, *(text_of(requests[place]) for place in places)])
            alike = np.ascontiguousarray((vectors[: len(labels)] @ vectors[len(labels):].T).toarray().T)
            for place, row in zip(places, alike, strict=True):
                made[place] = choice(labels, row, SHARPNESS[self.way])
        return [made[place] for place in range(len(requests))]

    def health(self) -> Health:
        return _health()

    def describe(self) -> str:
        how = "shared words" if self.way == "hash" else "associated words and parts of words"
        return f"chooses one of given labels by {how}"


class WordsEmbed(EmbeddedBackend):
    """embed(text) -> list[float]: 384 numbers of length 1 in all, or all 0 for a text without words."""

    gains_from_batches = True

    def __init__(self, way: Way) -> None:
        self.name = f"words-{way}-vector"
        self.capability = "embed"
        self.version = "1"
        self.way: Way = way

    def supports(self, request: Request) -> bool:
        return wants_vector(request)

    def work(self, request: Request) -> Work:
        return Work("text", len(text_of(request)) / 1000)

    def respond(self, request: Request) -> Response:
        return self.respond_all([request])[0]

    def respond_all(self, requests: Sequence[Request]) -> Sequence[Response]:
        texts = [text_of(request) for request in requests]
        if self.way == "hash":
            return [Response(row) for row in _hashing(SIZE).transform(texts).toarray().tolist()]
        parts = _parts(SIZE - HEADS).transform([" ".join(_LETTERS.findall(text.lower())) for text in texts]).toarray()
        return [Response(_with_heads(row, text)) for row, text in zip(parts, texts, strict=True)]

    def health(self) -> Health:
        return _health()

    def describe(self) -> str:
        how = "hashed words" if self.way == "hash" else "hashed parts of words, and groups of associated words"
        return f"turns a text into {SIZE} numbers: {how}"


def _with_heads(parts: np.ndarray, text: str) -> list[float]:
    """The vector of a text's parts of words, and after it that of the groups that its words are in."""
    heads = np.zeros(HEADS)
    for word in WORD.findall(text.lower()):
        for index in groups().get(word, ()):
            heads[index % HEADS] += 1
    length = float(np.linalg.norm(heads))
    vector = np.concatenate([parts, heads / length if length else heads])
    vector /= float(np.linalg.norm(vector)) or 1.0
    made: list[float] = vector.tolist()
    return made


def _health() -> Health:
    health = files_of("sklearn")
    return health if health.ok else Health(False, health.why, "Install it: pip install 'fmplang[text]'.")


def _expanded(label: str, about: str) -> str:
    words = words_for(label, about)
    return f"{spelled(label)} {spelled(label)} {words}" if words else f"{spelled(label)} {spelled(about)}"


# -------------------------------------------------------------- scikit-learn


@lru_cache(maxsize=2)
def _hashing(size: int = 1 << 14) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=size, ngram_range=(1, 2), alternate_sign=False, norm="l2")


@lru_cache(maxsize=1)
def _parts(size: int) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=size, analyzer="char_wb", ngram_range=(3, 5), alternate_sign=False, norm="l2")


@lru_cache(maxsize=1)
def _related() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    documents: Sequence[str] = [f"{' '.join(names)} {words}" for names, words in associations()]
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 6), sublinear_tf=True).fit(documents)
