"""The backends that look at scenes: what they take, what they answer, and how sure they are."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from fmplang.backends.embedded import scene_backends
from fmplang.backends.embedded.scenes.answers import (
    MOST_SIDE,
    SceneAnswer,
    SceneBackend,
    SceneFind,
    SceneRead,
    SceneVerify,
    found,
    verified,
    written,
)
from fmplang.backends.embedded.scenes.models import FOLDER
from fmplang.backends.pool import Pool
from fmplang.check.types import IMAGE, INT, STR
from fmplang.runtime.values.images import Image
from fmplang.scenes.forms import Phrase
from fmplang.scenes.graph import Scene
from fmplang.scenes.layout import Wanted, compose
from fmplang.scenes.render import draw
from tests.backends.asking import FIND, QUERY, READ, STATEMENT, VERIFY, answer, ask, image, neural, plain
from tests.backends.embedded.seen_exactly import sight_of

COUNT = neural("how_many", "vqa", INT, ("image", IMAGE), ("question", STR))
BACKENDS = {backend.name: backend for backend in scene_backends()}
STREET = compose("develop", 1, [Wanted("car", "red", "plain", "large"), Wanted("tree", "green", "plain", "medium"),
                                Wanted("sign", "white", "plain", "large", "STOP")],
                 [("left of", 0, 1)], hardness=0.1, count=3)
SQUARES = compose("develop", 40, [Wanted("square", "red", "plain", "large"),
                                  Wanted("square", "blue", "plain", "medium")], [("left of", 0, 1)], hardness=0.1,
                  count=2)


def pictured(scene: Scene) -> Image:
    return image(draw(scene))


def test_they_are_a_pool_of_their_own_and_a_part_of_the_embedded_one() -> None:
    assert [b.name for b in Pool.preset("scenes")] == list(BACKENDS)
    assert set(BACKENDS) < {b.name for b in Pool.preset("embedded")}
    assert Pool.preset("scenes").unit == Pool.preset("embedded").unit


@pytest.mark.parametrize("name", BACKENDS)
def test_each_is_well_and_says_what_it_does(name: str) -> None:
    backend = BACKENDS[name]
    assert isinstance(backend, SceneBackend)
    assert backend.health().ok and str(MOST_SIDE) in backend.describe()
    assert backend.operations(ask(READ, plain((9, 9, 9)))) == backend.loaded().flops


@pytest.mark.parametrize(("function", "args", "names"), [
    (FIND, ("red car",), {"outline", "glance", "gaze"}),
    (FIND, ("a man riding a horse",), {"glance", "gaze"}),  # outlines know no relations
    (FIND, ("striped dogs",), {"glance", "gaze"}),
    (FIND, ("face",), set()),
    (VERIFY, ("dog", "brown"), {"glance-verify", "gaze-verify"}),
    (VERIFY, ("dog", "to the left of a tree"), {"glance-verify", "gaze-verify"}),
    (VERIFY, ("dog", "happy"), set()),
    (VERIFY, ("wall", "red"), set()),
    (QUERY, ("What color is the dog?",), {"glance-answer", "gaze-answer", "sage"}),
    (QUERY, ("Why is the dog sad?",), {"glance-answer", "gaze-answer", "sage"}),
    (STATEMENT, ("there are two dogs",), {"glance-answer", "gaze-answer", "sage"}),
    (COUNT, ("How many dogs are there?",), {"glance-answer", "gaze-answer", "sage"}),
    (READ, (), {"glance-read", "gaze-read"}),
])
def test_who_takes_what(function, args, names) -> None:  # type: ignore[no-untyped-def]
    request = ask(function, plain((90, 90, 90), 128, 128), *args)
    takes = {b.name for b in scene_backends() if b.capability == function.capability and b.supports(request)}
    assert takes == names


def test_pictures_that_are_no_scenes_are_left_to_others() -> None:
    large = plain((90, 90, 90), MOST_SIDE + 1, 40)
    for picture in (large, large.crop(0, 0, 30, 30)):
        assert not any(b.supports(ask(FIND, picture, "dog")) for b in scene_backends() if b.capability == "detect")
    assert SceneFind("glance").supports(ask(FIND, plain((90, 90, 90), MOST_SIDE, 40), "dog"))
    assert not SceneFind("glance").supports(ask(FIND, plain((90, 90, 90)), "dog " * 200))


@pytest.mark.parametrize("name", ["outline", "glance", "gaze"])
def test_find_gives_the_boxes_of_what_is_named(name: str) -> None:
    backend, picture = SceneFind(name), pictured(SQUARES)
    (one,) = answer(backend, FIND, picture, "red square").value
    wanted = next(thing for thing in SQUARES.things if thing.colour == "red").box
    assert np.allclose(one.box, wanted, atol=6) and one.source is picture.source
    assert len(answer(backend, FIND, picture, "squares").value) == 2
    assert answer(backend, FIND, picture, "green star").value == []


def test_find_looks_for_what_stands_so() -> None:
    picture = pictured(SQUARES)
    (one,) = answer(SceneFind("gaze"), FIND, picture, "square to the left of a blue square").value
    assert np.allclose(one.box, next(thing for thing in SQUARES.things if thing.colour == "red").box, atol=6)


@pytest.mark.parametrize("name", ["glance", "gaze"])
def test_a_property_of_a_crop(name: str) -> None:
    picture = pictured(SQUARES)
    red = next(thing for thing in SQUARES.things if thing.colour == "red")
    crop = picture.crop(*red.box)
    backend = SceneVerify(name)
    yes, no = answer(backend, VERIFY, crop, "square", "red"), answer(backend, VERIFY, crop, "square", "blue")
    assert yes.value is True and no.value is False
    assert yes.confidence is not None and yes.confidence > 0.6
    assert answer(backend, VERIFY, crop, "square", "large").value is True  # told against the whole picture


def test_signs_are_read_and_nothing_where_there_is_none() -> None:
    assert answer(SceneRead("gaze"), READ, pictured(STREET)).value == "STOP"
    assert answer(SceneRead("gaze"), READ, pictured(SQUARES)).value == ""


@pytest.mark.parametrize("name", ["gaze", "sage"])
def test_whole_questions(name: str) -> None:
    backend, picture = SceneAnswer(name), pictured(STREET)
    for question, said in (("What color is the car?", "red"), ("How many trees are there?", "1"),
                           ("Is the car to the left of the tree?", "yes"), ("What color is the horse?", "N/A")):
        made = answer(backend, QUERY, picture, question)
        assert made.value == said and made.confidence is not None
    assert answer(backend, STATEMENT, picture, "there is a car").value is True
    assert answer(backend, STATEMENT, picture, "the car is blue").value is False
    assert answer(backend, COUNT, picture, "How many cars are there?").value == 1


def test_what_is_not_understood_is_not_guessed() -> None:
    backend, picture = SceneAnswer("glance"), pictured(STREET)
    made = answer(backend, QUERY, picture, "Why do cars need petrol?")
    assert made.value == "N/A" and made.confidence is not None and made.confidence < 0.1
    for statement in ("cars need petrol", "What color is the car?"):
        said = answer(backend, STATEMENT, picture, statement)
        assert said.value is False and said.confidence == 0.5
    assert answer(backend, COUNT, picture, "What color is the car?").confidence == made.confidence


def test_the_same_picture_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from fmplang.backends.embedded.scenes import eye

    looks = []
    plain_look = eye.look
    monkeypatch.setattr(eye, "look", lambda *args: looks.append(1) or plain_look(*args))
    picture = pictured(STREET)
    picture = image(np.array(picture.pixels) ^ 1)  # no other test has seen it
    for word in ("car", "tree", "dog"):
        answer(SceneFind("glance"), FIND, picture, word)
    answer(SceneAnswer("glance"), QUERY, picture, "How many trees are there?")
    assert len(looks) == 1
    answer(SceneFind("glance"), FIND, picture.crop(0, 0, 60, 60), "car")
    assert len(looks) == 2


def test_weights_can_come_from_a_folder(tmp_path) -> None:  # type: ignore[no-untyped-def]
    backend = SceneFind("glance").configured(weights=str(FOLDER))
    assert isinstance(backend, SceneFind) and backend.folder == FOLDER and backend.health().ok
    other = shutil.copytree(FOLDER, tmp_path / "other")
    told = (other / "glance.json").read_text(encoding="utf-8")
    (other / "glance.json").write_text(told + " ", encoding="utf-8")
    moved = SceneFind("glance").configured(weights=str(other))
    assert moved.version != backend.version == SceneFind("glance").version  # answers of one are not the other's
    with pytest.raises(ValueError, match="a folder with the files of glance"):
        SceneFind("glance").configured(weights=str(tmp_path))
    with pytest.raises(ValueError, match="no setting"):
        SceneFind("glance").configured(size=3)


def test_missing_weights_are_bad_health(tmp_path) -> None:  # type: ignore[no-untyped-def]
    backend = SceneFind("glance")
    backend.folder = tmp_path
    assert not backend.health().ok and "fmplang pool train glance" in backend.health().mend


# ------------------------------------------------------------------ by who sees exactly


def test_found_is_what_fits_and_the_belief_is_that_of_all() -> None:
    sight = sight_of(STREET)
    chances, belief = found(sight, Phrase("car"), 0.5)
    assert [STREET.things[at].kind for at in np.nonzero(chances > 0.5)[0]] == ["car"] and belief > 0.99


def test_a_patch_is_about_what_it_is_called() -> None:
    sight = sight_of(STREET)
    assert verified(sight, Phrase("car"), Phrase(colour="red")) > 0.9
    assert verified(sight, Phrase("tree"), Phrase(colour="red")) < 0.1
    assert verified(sight, Phrase("sign"), Phrase(colour="white")) > 0.9


def test_written_is_what_signs_say() -> None:
    assert written(sight_of(STREET))[0] == "STOP" and written(sight_of(SQUARES))[0] == ""
