"""Questions about scenes: true answers, sure ones, evenly spread."""

from __future__ import annotations

import re
import runpy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fmplang.scenes.ask import KINDS, Question, Views, questions, shares
from fmplang.scenes.forms import Exists, Is, Phrase, returns
from fmplang.scenes.graph import Scene
from fmplang.scenes.read import read
from tests.scenes import worlds


@pytest.fixture(scope="module")
def asked() -> list[tuple[Scene, Question]]:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(100):
        scene = worlds.random_scene(rng, 8)
        found += [(scene, question) for question in questions(scene, rng)]
    return found


def test_the_answer_is_the_truth_and_the_text_reads_back(asked: list[tuple[Scene, Question]]) -> None:
    for scene, question in asked:
        truth = worlds.plain_truth(scene, question.form)
        assert question.answer == truth and type(question.answer) is type(truth)
        assert question.returns == returns(question.form)
        assert read(question.text) == question.form, question.text


def test_every_kind_is_asked(asked: list[tuple[Scene, Question]]) -> None:
    assert {question.kind for _, question in asked} == set(KINDS)


def test_answers_are_balanced(asked: list[tuple[Scene, Question]]) -> None:
    found = shares(question for _, question in asked)
    for kind in ("existence", "property", "comparison", "spatial", "logical"):
        yes, no = found[kind, True], found[kind, False]
        assert yes + no >= 50
        assert 0.35 <= yes / (yes + no) <= 0.65, (kind, yes, no)
    counts = [found.get(("count", number), 0) for number in range(4)]
    assert all(counts) and max(counts) <= 0.5 * sum(counts)
    assert {value for kind, value in found if kind == "unanswerable"} == {"N/A"}
    assert not any(value == "N/A" for kind, value in found if kind in ("open", "reading"))


def test_a_no_is_a_near_miss(asked: list[tuple[Scene, Question]]) -> None:
    """Of existence questions answered no in a scene with things, most become true when one word is let go."""
    near = total = 0
    for scene, question in asked:
        if question.kind == "existence" and question.answer is False and isinstance(question.form, Exists):
            phrase = question.form.phrase
            options = [Phrase(phrase.kind), Phrase(colour=phrase.colour), Phrase(material=phrase.material),
                       Phrase(size=phrase.size)]
            kinds = {kind for thing in scene.things for kind in (thing.kind, *worlds.graph.LOOK_ALIKES[thing.kind])}
            near += phrase.kind in kinds or any(
                one != Phrase() and worlds.plain_truth(scene, Exists(one)) for one in options)
            total += bool(scene.things)
    assert total > 15 and near / total > 0.8


def test_the_same_seed_asks_the_same() -> None:
    scene = worlds.random_scene(np.random.default_rng(3), 8)
    assert questions(scene, np.random.default_rng(1), 2) == questions(scene, np.random.default_rng(1), 2)


LEFT = Is(Phrase("dog"), Phrase(related=(("left of", Phrase("tree")),)))


@pytest.mark.parametrize(("places", "sure"), [((10, 90), True), ((60, 66), False), ((60, 69), False)])
def test_what_is_near_a_threshold_is_not_sure(places: Sequence[int], sure: bool) -> None:
    scene = worlds.scene(worlds.thing("dog", at=(places[0], 10)), worlds.thing("tree", at=(places[1], 10)))
    assert Views(scene).sure(LEFT) is sure


def test_two_that_are_level_have_no_leftmost_for_sure() -> None:
    form = Is(Phrase(most="topmost"), Phrase("dog"))
    level = worlds.scene(worlds.thing("dog", at=(10, 11)), worlds.thing("tree", at=(60, 10)))
    clear = worlds.scene(worlds.thing("dog", at=(10, 60)), worlds.thing("tree", at=(60, 10)))
    assert not Views(level).sure(form) and Views(clear).sure(form)


def test_nothing_hangs_on_what_is_hardly_seen() -> None:
    scene = worlds.scene(worlds.thing("dog", visible=0.2), worlds.thing("tree", at=(60, 10)))
    assert not Views(scene).sure(Exists(Phrase("dog")))
    assert Views(scene).sure(Exists(Phrase("tree")))


def test_an_empty_scene_can_be_asked_about() -> None:
    found = questions(worlds.scene(), np.random.default_rng(0), 1)
    assert all(read(question.text) == question.form for question in found)


def test_the_page_on_questions_runs_and_prints_what_it_says(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "questions.md"
    text, printed = re.findall(r"^```\w*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[:2]
    file = tmp_path / "snippet.py"
    file.write_text(text, encoding="utf-8")
    runpy.run_path(str(file))
    assert capsys.readouterr().out == printed
