"""From what an eye believes to answers: an eye that sees exactly answers as who knows the scene."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.embedded.scenes.confidence import FEATURES, KINDS, PLAIN, Curve, features, kind_of
from fmplang.backends.embedded.scenes.eye import Look
from fmplang.backends.embedded.scenes.outline import unrelated
from fmplang.backends.embedded.scenes.pairs import BETWEEN, SHAPES, between, laid
from fmplang.backends.embedded.scenes.plan import CHOICES
from fmplang.backends.embedded.scenes.sight import CLEAR, NEAR, Sight, Trust, softmax
from fmplang.scenes import ask, graph
from fmplang.scenes.forms import ATTRIBUTES, MOST, Exists, Form, Phrase, What, phrases_in
from fmplang.scenes.graph import LAID, PLACED
from fmplang.scenes.layout import scene
from fmplang.scenes.truth import Known, answer
from tests.backends.embedded.seen_exactly import look_at, sight_of


def hangs_on_laid(form: Form) -> bool:
    """Whether a laid relation stands in it: an eye without a network on pairs does not know those."""
    return any(relation not in PLACED for phrase in phrases_in(form) for relation, _ in phrase.related)


@pytest.mark.parametrize("number", range(6))
def test_who_sees_exactly_answers_as_who_knows(number: int) -> None:
    made = scene("test", number)
    sight, asked = sight_of(made), 0
    for question in ask.questions(made, np.random.default_rng(number), 3):
        if hangs_on_laid(question.form):
            continue
        said = answer(sight, question.form)
        assert said.value == question.answer and said.confidence > 0.9, question.text
        asked += 1
    assert asked > 8


def test_boxes_are_in_pixels_from_the_lower_left_corner() -> None:
    made = scene("test", 1)
    assert np.allclose(sight_of(made).boxes, [thing.box for thing in made.things], atol=1e-3)


@pytest.mark.parametrize("relation", PLACED)
def test_placed_relations_are_those_of_the_scene(relation: str) -> None:
    made = scene("test", 2)
    wanted = Known(made).related(relation)
    sure = Known(made, slack=0.9).related(relation) == Known(made, slack=1.1).related(relation)
    assert sure.sum() > len(made.things)
    assert np.allclose(sight_of(made).related(relation)[sure], wanted[sure], atol=1e-2)


@pytest.mark.parametrize("most", MOST)
def test_further_is_that_of_the_scene(most: str) -> None:
    made = scene("test", 4)
    sure = Known(made, edge=0.01).further(most) == Known(made, edge=-0.01).further(most)
    assert np.allclose(sight_of(made).further(most)[sure], Known(made).further(most)[sure], atol=1e-2)


def test_the_thresholds_are_those_of_scenes() -> None:
    assert (CLEAR, NEAR) == (graph._CLEAR, graph._NEAR)


def doubtful(seed: int, count: int) -> Sight:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.7, (count, 2))
    boxes = np.concatenate([low, low + rng.uniform(0.05, 0.3, (count, 2))], axis=1).astype(np.float32)
    logits = {name: rng.normal(0, 3, (count, len(values))).astype(np.float32) for name, values in CHOICES.items()}
    look = Look(rng.uniform(0.05, 0.99, count).astype(np.float32), boxes, rng.integers(0, 3, count), logits,
                rng.uniform(0, 1, count).astype(np.float32))
    weights = {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in SHAPES.items()}
    return Sight(look, weights, Trust(slack=0.02), (128, 128), int(rng.choice([128, 256])))


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_all_that_is_believed_is_a_chance(seed: int, count: int) -> None:
    sight = doubtful(seed, count)
    assert sight.present().shape == (count,)
    for attribute in ATTRIBUTES:
        values = CHOICES["word" if attribute == "text" else attribute]
        total = sum((sight.chance(attribute, value) for value in values), np.zeros(count))
        assert (total <= 1 + 1e-6).all() and set(sight.values(attribute)) <= set(values)
        if attribute != "text":
            assert np.allclose(total, 1)
    for relation in (*PLACED, *LAID):
        chances = sight.related(relation)
        assert chances.shape == (count, count) and ((chances >= 0) & (chances <= 1)).all()
        assert not np.diag(chances).any()
    assert np.allclose(sight.related("left of"), sight.related("right of").T)
    assert np.allclose(sight.related("next to"), sight.related("next to").T)
    for form in (Exists(Phrase("dog")), What(Phrase(colour="red"), "kind")):
        assert 0 <= answer(sight, form).confidence <= 1
        assert np.isfinite(features(sight, 0.7, True)).all()


def test_an_unknown_text_is_nowhere() -> None:
    assert not sight_of(scene("test", 0)).chance("text", "HELLO").any()


def test_the_size_of_a_thing_in_a_crop_is_told_against_the_whole_picture() -> None:
    made = scene("test", 5)
    look = look_at(made)  # as if the scene were a crop of half the side of another picture
    halved = Sight(look, unrelated(), Trust(slack=1e-4), (made.width, made.height), 2 * made.width)
    for at, thing in enumerate(made.things):
        longer = max(thing.box[2] - thing.box[0], thing.box[3] - thing.box[1]) / 2 / made.width * 128
        if abs(longer - 22.5) > 2:
            assert halved.chance("size", "small" if longer < 22.5 else "medium")[at] > 0.9


def test_a_warmer_choice_is_less_sure() -> None:
    look = look_at(scene("test", 0))
    plain, warm = (Sight(look, unrelated(), Trust(temperatures={**Trust().temperatures, "kind": heat}), (128, 128), 128)
                   for heat in (10.0, 20.0))
    assert (warm.chances("kind").max(axis=1) < plain.chances("kind").max(axis=1)).all()
    assert np.allclose(softmax(np.array([[0.0, np.log(3)]])), [[0.25, 0.75]])


# ------------------------------------------------------------------ pairs


def test_the_network_on_pairs_is_the_same_for_pairs_told_apart() -> None:
    """What is computed once for each thing adds up to what a row of both would give."""
    sight = doubtful(3, 4)
    look, weights = sight.look, {name: np.random.default_rng(1).normal(0, 1, shape) for name, shape in SHAPES.items()}
    from fmplang.backends.embedded.scenes.pairs import alone

    table = laid(weights, look)
    each, lie = alone(look), between(look.boxes)
    assert lie.shape == (4, 4, BETWEEN)
    row = np.concatenate([each[1], each[2], lie[1, 2]])
    first = np.concatenate([weights["first.weight"], weights["second.weight"], weights["between.weight"]])
    hidden = np.maximum(row @ first + weights["hidden.bias"], 0)
    wanted = 1 / (1 + np.exp(-(hidden @ weights["laid.weight"] + weights["laid.bias"])))
    assert np.allclose(table[1, 2], wanted, atol=1e-5)


def test_without_candidates_there_are_no_pairs() -> None:
    assert laid(unrelated(), doubtful(1, 0).look).shape == (0, 0, len(LAID))


# ------------------------------------------------------------------ confidence


def test_the_plain_curve_gives_the_belief_itself() -> None:
    sight = doubtful(5, 4)
    for belief in (0.1, 0.5, 0.93):
        assert PLAIN(features(sight, belief, True)) == pytest.approx(belief)


def test_a_curve_reads_every_feature() -> None:
    sight = doubtful(5, 4)
    base = features(sight, 0.7, "dog")
    assert len(base) == len(FEATURES)
    for at in range(len(FEATURES)):
        weights = [0.0] * len(FEATURES)
        weights[at] = 1.0
        assert Curve(0.0, tuple(weights))(base) == pytest.approx(1 / (1 + np.exp(-base[at])))
    assert features(sight, 0.7, "N/A")[1] == features(sight, 0.7, False)[1] == features(sight, 0.7, 0)[1] == 1
    assert features(sight, 0.7, "yes")[1] == features(sight, 0.7, 3)[1] == 0


def test_every_form_has_a_kind() -> None:
    made = scene("test", 8)
    kinds = {kind_of(question.form) for question in ask.questions(made, np.random.default_rng(0), 6)}
    assert {"exists", "is", "count", "compare", "exists related", "what colour"} <= kinds
    assert {kind.split(" ")[0] for kind in kinds} <= set(KINDS)
