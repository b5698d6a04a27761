"""Prices: measured, told before the call, growing with the work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmplang.backends.embedded import embedded_backends
from fmplang.backends.embedded.costs import FILE
from tests.backends.asking import CLASSIFY, EMBED, FIND, QUERY, READ, VERIFY, ask, plain

BACKENDS = {b.name: b for b in embedded_backends()}


def requests(name: str, size: int) -> list[Any]:
    picture, text, capability = plain((90, 90, 90), size, size), "word " * size, BACKENDS[name].capability
    made = {
        "detect": [ask(FIND, picture, word) for word in ("face", "eye", "smile", "cat", "person")],
        "verify": [ask(VERIFY, picture, "wall", "red")], "vqa": [ask(QUERY, picture, "What color is it?")],
        "ocr": [ask(READ, picture)], "classify": [ask(CLASSIFY, text, ["a", "b"])], "embed": [ask(EMBED, text)],
    }[capability]
    return [request for request in made if BACKENDS[name].supports(request)]


@pytest.mark.parametrize("name", BACKENDS)
def test_a_price_grows_with_the_input(name: str) -> None:
    for small, large in zip(requests(name, 40), requests(name, 240), strict=True):
        assert 0 < BACKENDS[name].price(small) < BACKENDS[name].price(large)


@pytest.mark.parametrize("name", ["opencv-fast", "lbp", "opencv-fine"])
def test_a_reduced_picture_costs_little_more_than_a_smaller_one(name: str) -> None:
    for middle, huge in zip(requests(name, 1024), requests(name, 4096), strict=True):
        low, high = BACKENDS[name].price(middle), BACKENDS[name].price(huge)
        assert low < high < low + 16 * 10  # 16 megapixels, some milliseconds each for the reduction


def test_the_dear_backend_of_each_capability_is_dearer() -> None:
    for size in (200, 500):
        for cheap, dear in (("opencv-fast", "opencv-fine"), ("lbp", "opencv-fine"), ("colour-mean", "colour-clusters"),
                            ("colour-mean-name", "colour-clusters-name"), ("tesseract-fast", "tesseract-careful"),
                            ("words-hash", "words-related"), ("words-related", "sentence"),
                            ("words-related-vector", "sentence-vector")):
            low, high = ({r.args.get("name"): BACKENDS[n].price(r) for r in requests(n, size)} for n in (cheap, dear))
            assert all(low[word] < high[word] for word in low)


def test_the_file_says_where_its_numbers_come_from() -> None:
    read = json.loads(FILE.read_text(encoding="utf-8"))
    assert read["command"] == "python benchmarks/backends.py costs"
    assert read["machine"] and read["date"]
    assert set(read["backends"]) == set(BACKENDS)
    for kinds in read["backends"].values():
        for row in kinds.values():
            assert min(row["fixed"], row["worked"], row["whole"]) >= 0
            assert row["example"]["milliseconds"] > 0


@pytest.mark.parametrize("name", ["opencv-fast", "lbp", "opencv-fine", "colour-mean", "colour-clusters"])
def test_operations_are_counted_where_they_can_be(name: str) -> None:
    small, large = requests(name, 100)[0], requests(name, 200)[0]
    assert 0 < BACKENDS[name].operations(small) < BACKENDS[name].operations(large)  # type: ignore[attr-defined]
