"""Fits and measures: what was put in comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.embedded.scenes.confidence import FEATURES
from fmplang.backends.embedded.scenes.models import Model
from fmplang.backends.embedded.scenes.outline import OutlineEye, unrelated
from fmplang.backends.embedded.scenes.sight import Sight
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from fmplang.scenes.stream import scenes
from fmplang.zoo.fitting import _temperature, curves, logistic, needed, trusted
from fmplang.zoo.measure import accuracy, auc, calibration_error, easy, hard
from fmplang.zoo.trials import CAPABILITIES, QUESTIONS, Trial, matched, trials
from tests.backends.embedded.seen_exactly import sight_of

RNG = np.random.default_rng(11)


class Knowing(Model):
    """A model that sees every scene exactly."""

    def __init__(self, scene_of: dict[bytes, object]) -> None:
        object.__setattr__(self, "scene_of", scene_of)
        super().__init__("outline", OutlineEye(), unrelated())

    def seen(self, pixels: np.ndarray, outer: int, digest: str = "") -> Sight:
        return sight_of(self.scene_of[pixels.tobytes()])  # type: ignore[attr-defined]


def trial(kind: str = "find", right: bool = True, confidence: float = 0.5, difficulty: float = 0.1,
          features: np.ndarray | None = None) -> Trial:
    return Trial("test/0", difficulty, kind, kind, "?", "a", "b", right, confidence, confidence,
                 np.zeros(len(FEATURES)) if features is None else features)


def test_logistic_finds_the_line_that_made_the_answers() -> None:
    table = RNG.normal(0, 1, (20_000, 2))
    right = RNG.random(20_000) < 1 / (1 + np.exp(-(0.5 + 1.5 * table[:, 0] - 0.8 * table[:, 1])))
    found = logistic(table, right, shrink=1.0)
    assert np.allclose([found.bias, *found.weights], [0.5, 1.5, -0.8], atol=0.08)


def test_a_belief_that_is_far_too_sure_is_brought_down() -> None:
    """Where Newton's whole steps go back and forth for ever."""
    table = np.column_stack([RNG.normal(3.6, 2.5, 2000), RNG.random(2000) < 0.87, RNG.normal(1.8, 0.8, 2000)])
    right = RNG.random(2000) < 0.55
    found = logistic(table, right, shrink=2.0)
    sure = np.array([found(row) for row in table])
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02) and calibration_error(sure, right) < 0.05


def test_few_observations_change_the_belief_little() -> None:
    found = logistic(np.array([[1.0, 0.2], [0.5, 0.1]]), np.array([True, False]), shrink=100.0)
    assert np.allclose(found.weights, [1.0, 0.0], atol=0.05)


def test_all_right_gives_no_infinite_curve() -> None:
    found = logistic(RNG.normal(0, 1, (50, 2)), np.ones(50, bool), shrink=1.0)
    assert np.isfinite([found.bias, *found.weights]).all()


def test_the_temperature_that_was_put_in_comes_out() -> None:
    logits = RNG.normal(0, 2, (4000, 5))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([RNG.choice(5, p=row) for row in chances])
    assert _temperature(logits * 2, labels) == pytest.approx(2, rel=0.1)
    assert _temperature(np.zeros((0, 5)), np.zeros(0, np.int64)) == 1.0


def test_curves_make_confidence_keep_its_word() -> None:
    features = RNG.normal(0, 1, (3000, len(FEATURES)))
    right = RNG.random(3000) < 1 / (1 + np.exp(-(1 + 0.3 * features[:, 0])))  # the belief says too much
    fitted = curves([trial("find", bool(r), 0.5, features=f) for f, r in zip(features, right, strict=True)])
    assert set(fitted) == {"find"}
    sure = np.array([fitted["find"](row) for row in features])
    plain = 1 / (1 + np.exp(-features[:, 0]))
    assert calibration_error(sure, right) < 0.04 < calibration_error(plain, right)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=2, max_size=30))
def test_auc_counts_pairs(rows: list[tuple[float, bool]]) -> None:
    sure, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in sure[right] for b in sure[~right]]
    assert auc(sure, right) == (pytest.approx(np.mean(pairs)) if pairs else None)


def test_calibration_error_is_the_gap() -> None:
    right = np.arange(1000) % 10 < 7
    assert calibration_error(np.full(1000, 0.7), right) < 0.03
    assert calibration_error(np.full(1000, 0.9), right) == pytest.approx(0.2, abs=0.01)
    assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0


def test_easy_and_hard_are_told_by_difficulty() -> None:
    made = [trial(difficulty=d, right=r) for d, r in ((0.1, True), (0.45, True), (0.7, False), (0.9, True))]
    assert [accuracy(part) for part in (easy(made), hard(made), [])] == [1.0, 0.5, None]


def test_a_thing_is_matched_with_the_best_of_its_candidates() -> None:
    made = scene("test", 2)
    places = matched(sight_of(made), made)
    assert places.tolist() == list(range(len(made.things)))


def test_who_sees_exactly_is_right_where_laid_relations_do_not_matter() -> None:
    drawn = [(made, draw(made)) for made in (scene("test", number) for number in range(8))]
    model = Knowing({picture.tobytes(): made for made, picture in drawn})
    made = list(trials(model, drawn, 5, ("find", "existence", "count", "property")))
    assert len(made) > 20 and all(trial.right for trial in made)
    again = list(trials(model, drawn, 5, ("find", "existence", "count", "property")))
    assert [(t.text, t.said) for t in made] == [(t.text, t.said) for t in again]


def test_factors_fit_an_eye_without_weights() -> None:
    model = Model("outline", OutlineEye(), unrelated())
    looked = [(made, model.eye.look(picture)) for made, picture in scenes("calibrate", range(25), processes=1)]
    trust = trusted(model, looked)
    assert len(trust.present) == 3 and set(trust.temperatures) == {"kind", "colour", "material", "size", "word"}
    assert 0.002 <= trust.slack <= 0.05
    assert 0.3 <= needed(model, looked) <= 0.7


def test_trials_of_crops_and_signs_come_with_all_else() -> None:
    model = Model("outline", OutlineEye(), unrelated())
    kinds = {trial.kind for trial in trials(model, scenes("develop", range(25), processes=1), 0)}
    assert kinds == {*CAPABILITIES, *QUESTIONS}
