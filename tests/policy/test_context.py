"""Features of calls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fmplang.bench.scenes import render
from fmplang.errors import PolicyError
from fmplang.policy.context import CONTENT, SIZE, Context, encode_pixels, hashed
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image


def request(args: dict[str, Any], loop_index: int = 0) -> Request:
    return Request(SimpleNamespace(id="main/f", function=None), args, (0,), "r", loop_index)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (2, 2, 3), (3, 5, 3), (64, 64, 3), (65, 300, 3),
                                   (700, 40, 3)])
def test_a_picture_of_any_size_has_sixteen_finite_numbers(shape: tuple[int, ...]) -> None:
    made = encode_pixels(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    assert made.shape == (CONTENT,)
    assert np.isfinite(made).all()


def test_difficulty_shows_in_the_numbers() -> None:
    rng = np.random.default_rng(1)
    hardness = rng.random(400)
    x = np.array([encode_pixels(render(rng, float(d))) for d in hardness])
    x = np.column_stack([np.ones(400), (x - x.mean(0)) / x.std(0)])
    weights = np.linalg.lstsq(x[:300], hardness[:300], rcond=None)[0]
    assert np.corrcoef(x[300:] @ weights, hardness[300:])[0, 1] > 0.95


def test_the_picture_is_encoded_once() -> None:
    asked = []

    def encoder(pixels: np.ndarray) -> np.ndarray:
        asked.append(pixels.shape)
        return np.arange(CONTENT, dtype=float)

    context = Context(encoder)
    image = Image.from_pixels(np.zeros((8, 8, 3), np.uint8))
    first = context(request({"image": image, "question": "open"}))
    second = context(request({"image": image, "question": "people queue"}))
    assert asked == [(8, 8, 3)]
    assert (first[:CONTENT] == second[:CONTENT]).all()
    assert (first[22:] != second[22:]).any()
    crop = Image(image.source, (0, 0, 4, 4))
    assert context(request({"image": crop, "question": "open"}))[16] < first[16]
    assert asked == [(8, 8, 3), (4, 4, 3)]


def test_texts_confidence_and_loops_show() -> None:
    context = Context()
    plain = context(request({"text": "my printer is on fire"}))
    assert plain.shape == (SIZE,)
    assert np.abs(plain[:CONTENT]).sum() > 0
    assert (context(request({"text": "thank you all"}))[:CONTENT] != plain[:CONTENT]).any()
    assert context(request({"text": "x"}, loop_index=3))[17] > context(request({"text": "x"}))[17]
    assert context(request({"text": "x"}), confidence=0.25)[19:21].tolist() == [1.0, 0.25]


def test_hashes_are_bounded_and_cannot_be_written() -> None:
    made = hashed("a b c d", 4)
    assert float(made @ made) <= 1.0 + 1e-9
    with pytest.raises(ValueError, match="read-only"):
        made[0] = 5.0


def test_a_pool_may_bring_its_own_encoder_and_a_wrong_one_is_named() -> None:
    image = Image.from_pixels(np.zeros((8, 8, 3), dtype=np.uint8))
    assert Context(lambda pixels: range(16))(request({"image": image}))[:16].tolist() == list(range(16))
    for wrong in (lambda pixels: [1.0], lambda pixels: [float("nan")] * 16, lambda pixels: "sixteen",
                  lambda pixels: 1 / 0):
        with pytest.raises(PolicyError, match="encoder") as raised:
            Context(wrong)(request({"image": image}))
        assert raised.value.code == "FMP753"
