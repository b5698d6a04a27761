"""Embedded backends answer a batch as they answer its requests one by one, to the last bit, and one start reads many
pictures."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmplang.backends.base import Response, gains_from_batches
from fmplang.backends.embedded import embedded_backends, tesseract
from fmplang.backends.embedded.tesseract import Tesseract
from fmplang.backends.embedded.words import WordsClassify, WordsEmbed
from fmplang.backends.pool_file import Repriced
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request
from tests.backends.asking import CLASSIFY, EMBED, READ, TOPIC, ask, photo, plain

needs_sklearn = pytest.mark.skipif(not WordsEmbed("hash").health().ok, reason="scikit-learn is not installed")
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")

texts = st.text(max_size=30) | st.sampled_from(["my invoice is wrong", "the parcel is late", "a refund, please", ""])
labels = st.lists(st.sampled_from(["billing", "shipping", "technical", "other", "sport"]), min_size=1, max_size=4)
sorting = st.one_of(st.builds(lambda text, among: ask(CLASSIFY, text, among), texts, labels),
                    st.builds(lambda text: ask(TOPIC, text), texts))


@needs_sklearn
@settings(max_examples=40)
@given(st.lists(sorting, min_size=2, max_size=6), st.sampled_from(["hash", "related"]))
def test_texts_sorted_together_are_sorted_as_alone(requests: list[Request], way: Any) -> None:
    backend = WordsClassify(way)
    assert backend.answer(requests) == [backend.answer([request])[0] for request in requests]


@needs_sklearn
@settings(max_examples=40)
@given(st.lists(texts.map(lambda text: ask(EMBED, text)), min_size=2, max_size=6), st.sampled_from(["hash", "related"]))
def test_vectors_made_together_are_those_made_alone(requests: list[Request], way: Any) -> None:
    backend = WordsEmbed(way)
    assert backend.answer(requests) == [backend.answer([request])[0] for request in requests]


@needs_sklearn
def test_a_request_that_fails_does_not_spoil_its_batch() -> None:
    backend = WordsClassify("hash")
    good, bad, last = backend.answer([ask(CLASSIFY, "a", ["x"]), ask(CLASSIFY, "a", []), ask(CLASSIFY, "b", ["y"])])
    assert isinstance(good, Response) and (good.value, last.value) == ("x", "y")  # type: ignore[union-attr]
    assert isinstance(bad, BackendError) and bad.code == "FMP707"


def test_who_gains_and_who_stands_before_them() -> None:
    gaining = [backend.name for backend in embedded_backends() if gains_from_batches(backend)]
    assert gaining == ["colour-mean", "colour-mean-name", "tesseract-fast", "tesseract-careful", "words-hash",
                       "words-related", "words-hash-vector", "words-related-vector"]
    assert gains_from_batches(Repriced(Tesseract("fast"), 1.0))


# ---------------------------------------------------------------------------- OCR


def pages() -> list[Request]:
    receipt = photo("receipt.png")
    crops = [receipt.crop(0, lower, receipt.width, lower + 60) for lower in range(0, 240, 60)]
    return [ask(READ, image) for image in (*crops, plain((255, 255, 255)), plain((0, 0, 0), 5, 5))]


@needs_tesseract
def test_pictures_read_together_are_read_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "_cores", lambda: 2)
    starts = []
    real = subprocess.run
    monkeypatch.setattr(tesseract.subprocess, "run", lambda *args, **more: starts.append(1) or real(*args, **more))
    backend, requests = Tesseract("fast"), pages()
    together = backend.answer(requests)
    assert len(starts) == 2  # one for each core; the smallest picture is not read at all
    alone = [backend.answer([request])[0] for request in requests]
    assert together == alone and any(said.value for said in alone)  # type: ignore[union-attr]


def test_a_start_reads_so_many_pictures_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "TOGETHER", 2)
    monkeypatch.setattr(tesseract, "_cores", lambda: 1)
    sizes = []
    backend = Tesseract("fast")
    backend._read = lambda pictures, layout: sizes.append(len(pictures)) or [  # type: ignore[method-assign]
        [tesseract.Word(f"{page.width}", ("1", "1", "1"), 0.9)] for page in pictures]
    said = backend.respond_all([ask(READ, plain((9, 9, 9), width)) for width in (20, 21, 4, 22, 23, 24)])
    assert [each.value for each in said] == ["20", "21", "", "22", "23", "24"] and sizes == [2, 2, 1]


def test_a_page_that_nobody_asked_for_is_an_error() -> None:
    row = "5\t{}\t1\t1\t1\t1\t0\t0\t9\t9\t80\thello"
    assert [len(words) for words in tesseract._words("level\n" + row.format(2), 2)] == [0, 1]
    for page in ("0", "3", "-1", "x"):
        with pytest.raises(ValueError):
            tesseract._words("level\n" + row.format(page), 2)
