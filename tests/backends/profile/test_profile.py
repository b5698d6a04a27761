"""The simulation: right as often as it says, wrong where it is hard, the same each time, and named what it is."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil

import fmplang
from fmplang.backends.base import Backend, Response
from fmplang.backends.pool import Pool, describe, resolve_pool
from fmplang.backends.profile import Album, profile_backends, truth_backends
from fmplang.backends.profile.belief import Belief, Eyes, View
from fmplang.errors import BackendError, ConfigError
from fmplang.runtime.values.images import Image
from fmplang.scenes.ask import questions
from fmplang.scenes.graph import Scene
from fmplang.scenes.layout import Wanted, compose, scene
from fmplang.scenes.render import draw
from tests.backends.asking import FIND, QUERY, READ, STATEMENT, VERIFY, answer, ask, plain


@cache
def drawn() -> tuple[Album, tuple[tuple[Scene, Image], ...]]:
    album = Album()
    made = [scene("test", number) for number in range(40)]
    return album, tuple((one, album.add(draw(one), one)) for one in made)


def strange() -> Image:
    return Image.from_pixels(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))


def of(backends: tuple[Backend, ...], capability: str, *, dear: bool = True) -> Backend:
    return [b for b in backends if b.capability == capability][dear]


def test_the_true_ones_say_what_is_so_of_whole_pictures() -> None:
    album, pictures = drawn()
    vqa = of(truth_backends(album), "vqa")
    count = 0
    for one, image in pictures[:15]:
        for question in questions(one, np.random.default_rng(3)):
            value = answer(vqa, QUERY, image, question.text)
            said = {True: "yes", False: "no"}.get(question.answer, question.answer) if question.returns == "bool" \
                else str(question.answer)
            assert (value.value, value.confidence) == (said, 1.0), question
            count += 1
    assert count > 70


def test_the_true_ones_find_things_and_know_the_crops_they_gave() -> None:
    album, pictures = drawn()
    backends = truth_backends(album)
    for one, image in pictures:
        for kind in {thing.kind for thing in one.things}:
            crops = answer(of(backends, "detect"), FIND, image, kind).value
            there = [thing for thing in one.things if thing.kind == kind]
            assert sorted(crop.box for crop in crops) == sorted(thing.box for thing in there)
            for crop in crops:
                (thing,) = (t for t in there if t.box == crop.box)
                said = answer(of(backends, "verify"), VERIFY, crop, kind, thing.colour)
                assert said == Response(True, confidence=1.0)
                assert answer(of(backends, "vqa"), QUERY, crop, f"What colour is the {kind}?").value == thing.colour
                if thing.text:
                    assert thing.text in answer(of(backends, "ocr"), READ, crop).value.split()
        assert answer(of(backends, "detect"), FIND, image, "red thing").value == [
            Image(image.source, tuple(map(int, t.box))) for t in one.things if t.colour == "red"]


def test_a_crop_shows_what_lies_in_it() -> None:
    album = Album()
    one = compose("test", 1, [Wanted("man"), Wanted("cup"), Wanted("dog")],
                  [("holding", 0, 1), ("left of", 0, 2)], count=3, hardness=0.1)
    image = album.add(draw(one), one)
    backends = truth_backends(album)
    (man,) = answer(of(backends, "detect"), FIND, image, "man").value
    (dog,) = answer(of(backends, "detect"), FIND, image, "dog").value
    assert answer(of(backends, "vqa"), STATEMENT, man, "a man is holding a cup").value is True
    assert answer(of(backends, "vqa"), STATEMENT, dog, "a man is holding a cup").value is False
    assert answer(of(backends, "vqa"), STATEMENT, image, "a man is left of a dog").value is True
    assert answer(of(backends, "detect"), FIND, dog, "man").value == []


def trials(album: Album, pictures: Any, capability: str, dear: bool, hard: bool) -> tuple[list[bool], list[float]]:
    """Whether each of many answers was right, and how sure it was."""
    backends, exact = profile_backends(album, seed=5), truth_backends(album)
    right, sure = [], []
    for one, image in pictures:
        if (one.difficulty > 0.4) != hard:
            continue
        for kind in sorted({thing.kind for thing in one.things} | {"dog", "cup", "circle"}):
            colour = next((thing.colour for thing in one.things if thing.kind == kind), "red")
            args = (FIND, image, kind) if capability == "detect" else (STATEMENT, image, f"there is a {colour} {kind}")
            said = answer(of(backends, capability, dear=dear), *args)
            true = answer(of(exact, capability), *args)
            same = len(said.value) == len(true.value) if capability == "detect" else said.value == true.value
            right.append(same)
            assert said.confidence is not None
            sure.append(said.confidence)
    return right, sure


@pytest.mark.parametrize("capability", ["detect", "vqa"])
def test_dear_models_are_better_and_hard_pictures_worse(capability: str) -> None:
    album, pictures = drawn()
    means = {(dear, hard): np.mean(trials(album, pictures, capability, dear, hard)[0])
             for dear in (False, True) for hard in (False, True)}
    assert means[False, False] > 0.95 and means[True, False] > 0.97
    assert means[False, True] < means[True, True] - 0.02 and means[False, True] < means[False, False] - 0.05


def test_confidence_is_worth_what_it_says() -> None:
    album, pictures = drawn()
    right: list[bool] = []
    sure: list[float] = []
    for hard in (False, True):
        for capability in ("detect", "vqa"):
            more = trials(album, pictures, capability, False, hard)
            right += more[0]
            sure += more[1]
    hits, said = np.array(right), np.array(sure)
    assert abs(hits.mean() - said.mean()) < 0.03
    wrong = said[~hits]
    assert len(wrong) > 15 and np.mean([(s > wrong).mean() + (s == wrong).mean() / 2 for s in said[hits]]) > 0.8


def test_the_same_question_gets_the_same_answer_and_another_seed_another_one() -> None:
    album, pictures = drawn()

    def said(seed: int) -> list[Any]:
        backend = of(profile_backends(album, seed=seed), "vqa", dear=False)
        return [answer(backend, STATEMENT, image, "a dog is left of a tree") for _, image in pictures]

    assert said(1) == said(1) != said(2)
    copied = Album()
    copies = [copied.add(np.array(image.pixels), one) for one, image in pictures]
    backend = of(profile_backends(copied, seed=1), "vqa", dear=False)
    assert [answer(backend, STATEMENT, image, "a dog is left of a tree") for image in copies] == said(1)


def test_what_is_not_understood_goes_to_others_and_what_is_given_is_answered() -> None:
    album, pictures = drawn()
    image = pictures[0][1]
    vqa = of(profile_backends(album), "vqa")
    assert not vqa.supports(ask(QUERY, image, "Why is the sky so sad?"))
    taught = of(profile_backends(album, questions={"How many?": lambda seen: str(len(seen.things))}), "vqa")
    assert answer(taught, QUERY, image, "How many?").value.isdigit()
    exact = of(truth_backends(album, questions={"How many?": lambda seen: str(len(seen.things))}), "vqa")
    assert answer(exact, QUERY, image, "How many?") == Response(str(len(pictures[0][0].things)), confidence=1.0)


def test_a_picture_that_is_not_known_is_an_error_that_says_so() -> None:
    album, _ = drawn()
    (failed,) = of(profile_backends(album), "detect").answer([ask(FIND, strange(), "dog")])
    assert isinstance(failed, BackendError) and failed.code == "FMP708" and "fmplang scenes make" in failed.hint


def test_a_picture_of_one_colour_shows_nothing() -> None:
    assert answer(of(profile_backends(drawn()[0]), "detect"), FIND, plain((9, 9, 9)), "dog") == Response([], 1.0)


def test_what_is_believed_of_a_scene_is_the_scene_for_exact_eyes() -> None:
    for one, _ in drawn()[1]:
        seen, sure = Belief(View(one, (0, 0, one.width, one.height)), Eyes(0, 0), "any").scene()
        assert seen == one and sure == 1.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    place.mkdir()
    with open(place / "scenes.jsonl", "w", encoding="utf-8") as rows:
        for one, image in drawn()[1][:3]:
            name = one.name.replace("/", "-") + ".png"
            pil.fromarray(image.pixels).save(place / name)
            rows.write(json.dumps({"file": name, **one.as_json()}) + "\n")
    return place


def test_a_folder_of_pictures_is_a_pool(folder: Path) -> None:
    one = drawn()[1][0][0]
    kind = one.things[0].kind
    runtime = fmplang.Runtime(pool=f"truth:{folder}", policy="cheapest")
    program = fmplang.compile(f'def main(image: Image) -> int:\n    return image.count("{kind}")\n')
    run = runtime.run(program, image=str(folder / (one.name.replace("/", "-") + ".png")))
    assert (run.value, run.cost) == (sum(t.kind == kind for t in one.things), 172.0)
    assert runtime.pool.name == "truth" and runtime.unit == "million parameters"


def test_a_pool_file_names_it_relative_to_itself(folder: Path) -> None:
    file = folder.parent / "fmplang.toml"
    file.write_text('[pool]\npreset = "profile:./pictures"\n', encoding="utf-8")
    pool = Pool.from_file(file)
    assert pool.name == "profile" and all(health.ok for health in pool.health().values())
    assert {b.capability: [each.price(ask(FIND, plain((0, 0, 0)), "dog")) for each in pool.having(b.capability)]
            for b in pool} == {"detect": [172, 233], "verify": [3750, 73400], "vqa": [3750, 73400],
                               "ocr": [3750, 73400]}


def test_it_is_named_a_simulation_and_says_what_it_lacks() -> None:
    pool = resolve_pool("profile")
    assert all("SIMULATION" in describe(backend) and backend.name.startswith("simulated-") for backend in pool)
    assert all(not health.ok and "fmplang scenes make" in health.mend for health in pool.health().values())
    assert not resolve_pool("profile:no/such/folder").health()["simulated-vqa-3750m"].ok


@pytest.mark.parametrize(("line", "said"), [
    ("{", "is no scene"), ('{"file": "gone.png"}', ":1"), ('{"name": "x"}', "KeyError"), ("[]", "is no scene")])
def test_a_folder_that_is_wrong_says_where(folder: Path, line: str, said: str) -> None:
    (folder / "scenes.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as failed:
        Album(folder=folder).scene(strange())
    assert failed.value.code == "FMP862"

