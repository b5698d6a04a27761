"""Colours of crops of real photos, and of plain ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fmplang.backends.embedded import photo_backends
from fmplang.backends.embedded.palette import NAMES, hsv, memberships
from tests.backends.asking import QUERY, STATEMENT, VERIFY, answer, ask, image, photo, plain

BACKENDS = {b.name: b for b in photo_backends() if b.capability in ("verify", "vqa")}
VERIFIERS, NAMERS = ("colour-mean", "colour-clusters"), ("colour-mean-name", "colour-clusters-name")
PURE = {
    "black": (10, 10, 10), "white": (250, 250, 250), "gray": (128, 128, 128), "red": (200, 20, 20),
    "orange": (250, 140, 10), "yellow": (250, 230, 30), "green": (30, 160, 40), "blue": (20, 60, 200),
    "purple": (120, 40, 170), "pink": (250, 150, 190), "brown": (110, 65, 25),
}


def part(file: str, left: int, top: int, right: int, bottom: int) -> Any:
    """A crop by pixels from the top left."""
    whole = photo(file)
    return whole.crop(left, whole.height - bottom, right, whole.height - top)


@pytest.mark.parametrize("name", VERIFIERS)
@pytest.mark.parametrize("colour", PURE)
def test_plain_pictures_have_the_colour_they_have(name: str, colour: str) -> None:
    told = {other: answer(BACKENDS[name], VERIFY, plain(PURE[colour]), "wall", other).value for other in NAMES}
    assert [other for other, holds in told.items() if holds] == [colour]
    assert answer(BACKENDS[f"{name}-name"], QUERY, plain(PURE[colour]), "What color is the wall?").value == colour


@pytest.mark.parametrize("name", VERIFIERS)
@pytest.mark.parametrize(("file", "box", "colour"), [
    ("astronaut.jpg", (60, 280, 130, 400), "orange"), ("astronaut.jpg", (320, 420, 400, 500), "black"),
    ("astronaut.jpg", (195, 180, 250, 235), "black"), ("astronaut.jpg", (386, 130, 404, 200), "white"),
    ("astronaut.jpg", (165, 25, 290, 70), "brown"), ("coffee.jpg", (90, 200, 140, 300), "red"),
    ("coffee.jpg", (420, 160, 460, 260), "red"), ("coffee.jpg", (0, 0, 70, 60), "black"),
    ("coffee.jpg", (230, 110, 340, 180), "orange"), ("chelsea.jpg", (170, 15, 300, 70), "brown"),
])
def test_colours_of_photos(name: str, file: str, box: tuple[int, int, int, int], colour: str) -> None:
    crop = part(file, *box)
    assert answer(BACKENDS[name], VERIFY, crop, "thing", colour).value is True
    for other in ("green", "blue", "purple"):
        assert answer(BACKENDS[name], VERIFY, crop, "thing", other).value is False


def test_the_clusters_see_past_a_background_and_the_mean_does_not() -> None:
    suit = part("astronaut.jpg", 127, 212, 323, 512)
    assert answer(BACKENDS["colour-clusters"], VERIFY, suit, "suit", "orange").value is True
    assert answer(BACKENDS["colour-mean"], VERIFY, suit, "suit", "orange").value is False
    pixels = np.full((60, 60, 3), (20, 60, 200), dtype=np.uint8)
    pixels[12:48, 12:48] = (200, 20, 20)
    assert answer(BACKENDS["colour-clusters-name"], QUERY, image(pixels), "what color is it").value == "red"
    assert answer(BACKENDS["colour-mean-name"], QUERY, image(pixels), "what color is it").value == "purple"


@pytest.mark.parametrize("name", VERIFIERS)
def test_dark_and_bright(name: str) -> None:
    for picture, dark, bright in ((plain((20, 20, 30)), True, False), (plain((240, 230, 240)), False, True),
                                  (plain((128, 128, 128)), False, False)):
        assert answer(BACKENDS[name], VERIFY, picture, "room", "dark").value is dark
        assert answer(BACKENDS[name], VERIFY, picture, "room", "bright").value is bright


def test_a_clear_case_is_surer_than_a_doubtful_one() -> None:
    backend = BACKENDS["colour-mean"]
    clear = answer(backend, VERIFY, plain(PURE["red"]), "wall", "red").confidence
    doubtful = answer(backend, VERIFY, plain((200, 64, 20)), "wall", "red").confidence
    assert clear is not None and doubtful is not None and clear > doubtful


@pytest.mark.parametrize(("word", "known"), [
    ("red", True), (" Red ", True), ("grey", True), ("red in color", True), ("red coloured", True),
    ("colored red", True), ("a red", True), ("dark", True), ("beige", False), ("round", False), ("", False),
    ("red and white", False), ("reddish", False), ("dark red", False),
])
def test_the_properties_that_they_know(word: str, known: bool) -> None:
    assert [BACKENDS[name].supports(ask(VERIFY, plain((0, 0, 0)), "x", word)) for name in VERIFIERS] == [known] * 2


@pytest.mark.parametrize(("question", "known"), [
    ("What color is the car?", True), ("what colour are its eyes", True), ("Which color does the sky have?", True),
    ("What is the color of the car?", True), ("What is this?", False), ("Is the car red?", False), ("", False),
    ("How many colors are there?", False),
])
def test_the_questions_that_they_answer(question: str, known: bool) -> None:
    assert [BACKENDS[name].supports(ask(QUERY, plain((0, 0, 0)), question)) for name in NAMERS] == [known] * 2
    assert not any(BACKENDS[name].supports(ask(STATEMENT, plain((0, 0, 0)), question)) for name in NAMERS)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 2), (65, 64)])
def test_pictures_of_any_size_have_a_colour(name: str, shape: tuple[int, int]) -> None:
    picture = image(np.broadcast_to(np.array([200, 20, 20], dtype=np.uint8), (*shape, 3)))
    if name in VERIFIERS:
        assert answer(BACKENDS[name], VERIFY, picture, "dot", "red").value is True
    else:
        assert answer(BACKENDS[name], QUERY, picture, "What color is it?").value == "red"


@pytest.mark.parametrize("name", NAMERS)
def test_the_same_question_has_the_same_answer(name: str) -> None:
    request = ask(QUERY, photo("chelsea.jpg"), "What color is the cat?")
    first, second = (BACKENDS[name].answer([request])[0] for _ in range(2))
    assert first == second and first.value == "brown"


def test_hue_saturation_value() -> None:
    colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 64, 64]]
    hue, saturation, value = hsv(np.array(colours))
    assert hue[:3].tolist() == [0, 120, 240]
    assert saturation.tolist() == [1, 1, 1, 0, 0, 0.5]
    assert value[:5].tolist() == [1, 1, 1, 1, 0]


def test_every_colour_has_memberships_in_range_and_most_have_a_name() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), axis=-1).reshape(-1, 3)
    told = memberships(grid)
    assert told.shape == (len(grid), len(NAMES)) and told.min() >= 0 and told.max() <= 1
    assert (told.max(axis=1) >= 0.5).mean() > 0.85
