"""The detectors on real photos."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest

from fmplang.backends.base import Health
from fmplang.backends.embedded import model as embedded_model
from fmplang.backends.embedded import photo_backends
from fmplang.check.types import IMAGE, INT, STR, ListType
from fmplang.errors import BackendError
from fmplang.runtime.values.images import Image
from tests.backends.asking import FIND, READ, answer, ask, image, neural, photo, plain

DETECTORS = {b.name: b for b in photo_backends() if b.capability == "detect"}
FACE = (177, 66, 95, 95)  # of the astronaut: left, top, width, height


def boxes(found: list[Image], whole: Image) -> list[tuple[int, int, int, int]]:
    """left, top, width, height in a whole photo."""
    return [(crop.left, whole.height - crop.upper, crop.width, crop.height) for crop in found]


@cache
def found_on(name: str, file: str, word: str) -> list[Image]:
    """What a detector finds on a whole photo; asked once."""
    found = answer(DETECTORS[name], FIND, photo(file), word).value
    assert isinstance(found, list)
    return found


def near(box: tuple[int, int, int, int], other: tuple[int, int, int, int], by: int) -> bool:
    return all(abs(a - b) <= by for a, b in zip(box, other, strict=True))


@pytest.mark.parametrize("name", DETECTORS)
def test_the_astronaut_has_one_face(name: str) -> None:
    whole = photo("astronaut.jpg")
    found = found_on(name, "astronaut.jpg", "face")
    assert len(found) == 1 and near(boxes(found, whole)[0], FACE, 12)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("file", ["chelsea.jpg", "coffee.jpg"])
def test_there_is_no_face_on_a_cat_or_a_cup(name: str, file: str) -> None:
    assert found_on(name, file, "face") == []


def test_the_cat_is_found_by_the_fine_detector_alone() -> None:
    whole = photo("chelsea.jpg")
    found = found_on("opencv-fine", "chelsea.jpg", "cat")
    assert len(found) == 1 and near(boxes(found, whole)[0], (82, 0, 315, 300), 20)
    assert found_on("opencv-fast", "chelsea.jpg", "cat") == []


def test_there_is_no_cat_on_other_photos() -> None:
    for file in ("astronaut.jpg", "coffee.jpg"):
        assert found_on("opencv-fine", file, "cat") == []


@pytest.mark.parametrize("name", ["opencv-fast", "opencv-fine"])
def test_eyes_and_a_smile_lie_in_the_face(name: str) -> None:
    whole = photo("astronaut.jpg")
    eyes = boxes(found_on(name, "astronaut.jpg", "eyes"), whole)
    assert len(eyes) == 2
    left, right = sorted(eyes)
    assert near(left, (188, 87, 28, 28), 8) and near(right, (234, 90, 28, 28), 8)
    (smile,) = boxes(found_on(name, "astronaut.jpg", "smile"), whole)
    assert near(smile, (195, 128, 57, 29), 10)


@pytest.mark.parametrize("name", ["opencv-fast", "opencv-fine"])
def test_a_crop_of_a_face_is_enough_for_eyes(name: str) -> None:
    whole = photo("astronaut.jpg")
    face = found_on("opencv-fine", "astronaut.jpg", "face")[0]
    eyes = boxes(answer(DETECTORS[name], FIND, face, "eye").value, whole)
    assert len(eyes) == 2 and near(min(eyes), (188, 87, 28, 28), 8)


def test_a_face_makes_a_person_for_the_fine_detector() -> None:
    (person,) = found_on("opencv-fine", "astronaut.jpg", "person")
    face = found_on("opencv-fine", "astronaut.jpg", "face")[0]
    assert person.left <= face.left < face.right <= person.right
    assert person.lower == 0 and person.upper >= face.upper
    assert found_on("opencv-fast", "astronaut.jpg", "person") == []
    assert found_on("opencv-fine", "coffee.jpg", "person") == []


@pytest.mark.parametrize("name", DETECTORS)
def test_a_crop_keeps_its_place_in_the_photo(name: str) -> None:
    whole = photo("astronaut.jpg")
    part = whole.crop(100, 250, 400, 512)
    found = answer(DETECTORS[name], FIND, part, "face").value
    assert len(found) == 1 and near(boxes(found, whole)[0], FACE, 12)


@pytest.mark.parametrize(("word", "names"), [
    ("face", ["opencv-fast", "lbp", "opencv-fine"]), (" A  Face ", ["opencv-fast", "lbp", "opencv-fine"]),
    ("cat's face", ["opencv-fast", "opencv-fine"]), ("the people", ["opencv-fast", "opencv-fine"]),
    ("man", []), ("woman", []), ("dog", []), ("", []), ("face of a dog", []),
])
def test_the_words_that_they_know(word: str, names: list[str]) -> None:
    assert [name for name, b in DETECTORS.items() if b.supports(ask(FIND, plain((0, 0, 0)), word))] == names


def test_calls_of_another_shape_are_not_theirs() -> None:
    picture = plain((0, 0, 0))
    count = neural("count", "detect", INT, ("image", IMAGE), ("name", STR))
    more = neural("find", "detect", ListType(IMAGE), ("image", IMAGE), ("name", STR), ("most", INT))
    for request in (ask(count, picture, "face"), ask(more, picture, "face", 3), ask(READ, picture)):
        assert not any(b.supports(request) for b in DETECTORS.values())


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (19, 19), (23, 24), (24, 24), (2, 3000), (64, 24)])
def test_pictures_of_bad_sizes_hold_nothing(name: str, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture = image(rng.integers(0, 255, (*shape, 3)))
    for word in ("face", "eye", "cat", "person"):
        if DETECTORS[name].supports(ask(FIND, picture, word)):
            assert answer(DETECTORS[name], FIND, picture, word).value == []


@pytest.mark.parametrize("name", DETECTORS)
def test_the_same_question_has_the_same_answer_on_any_thread(name: str) -> None:
    request = ask(FIND, photo("astronaut.jpg").crop(150, 320, 310, 480), "face")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: DETECTORS[name].answer([request])[0], range(4)))
    assert all(each == answers[0] for each in answers) and len(answers[0].value) == 1


@pytest.mark.parametrize("name", DETECTORS)
def test_a_missing_library_is_told_with_how_to_install_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_model.importlib.util, "find_spec", lambda package: None)
    fresh = next(b for b in photo_backends() if b.name == name)
    health = fresh.health()  # type: ignore[attr-defined]
    assert not health.ok and "is not installed" in health.why and "fmplang[vision]" in health.mend
    with pytest.raises(BackendError, match=f"{name} cannot work here") as caught:
        fresh.answer([ask(FIND, plain((0, 0, 0)), "face")])
    assert caught.value.code == "FMP705" and "fmplang[vision]" in caught.value.hint


def test_a_failure_inside_is_an_error_that_names_backend_and_site(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr("fmplang.backends.embedded.opencv.scan", fail)
    (said,) = DETECTORS["opencv-fast"].answer([ask(FIND, photo("coffee.jpg"), "face")])
    assert isinstance(said, BackendError) and said.code == "FMP700"
    assert "opencv-fast failed at main/find: MemoryError: no room" in said.message
    assert said.backend == "opencv-fast" and said.site == "main/find"


def test_they_are_well_here() -> None:
    assert {name: b.health() for name, b in DETECTORS.items()} == dict.fromkeys(DETECTORS, Health(True))
