"""The curve that tells how likely two backends are to disagree."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fmplang.policy.plateau import WINDOW, Plateau, sigmoid


def filled(count: int, seed: int = 0, size: int = 5) -> tuple[Plateau, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, size)) * [1, 10, 0.1, 1, 1] + [0, 5, 0, 0, 0]
    truth = 0.02 + 0.66 * sigmoid(6 * x[:, 0] - 1)
    model = Plateau(size)
    for row, chance in zip(x, truth, strict=True):
        model.add("main/a" if rng.random() < 0.5 else "main/b", row, bool(rng.random() < chance))
    model.fit()
    model.fit()
    return model, x, truth


def chances(model: Plateau, x: np.ndarray, site: str = "main/a") -> np.ndarray:
    low, high = model.ends
    return np.array([low + (high - low) * float(sigmoid(np.array(model.score(site, row)[0]))) for row in x])


def test_it_finds_the_floor_the_plateau_and_the_slope() -> None:
    model, x, truth = filled(2000)
    low, high = model.ends
    assert low == pytest.approx(0.02, abs=0.015)
    assert high == pytest.approx(0.68, abs=0.06)
    assert np.abs(chances(model, x) - truth).mean() < 0.03


def test_a_site_never_seen_takes_what_all_share_and_is_less_sure() -> None:
    model, x, _ = filled(600)
    mean_known, sure = model.score("main/a", x[0])
    mean_new, unsure = model.score("main/new", x[0])
    assert mean_new == pytest.approx(mean_known, abs=1.5)
    assert unsure > sure


def test_more_observations_make_it_surer() -> None:
    few, x, _ = filled(60)
    many, _, _ = filled(1500)
    assert np.mean([many.score("main/a", row)[1] for row in x[:50]]) < np.mean(
        [few.score("main/a", row)[1] for row in x[:50]])


def test_tempering_lets_new_observations_win() -> None:
    model, x, _ = filled(800)
    model.temper(0.05)
    assert model.weight == pytest.approx(40)
    for row in x[:300]:
        model.add("main/a", row, True)
    model.fit()
    model.fit()
    assert chances(model, x).mean() > 0.7


def test_a_feature_that_never_moves_does_no_harm() -> None:
    rng = np.random.default_rng(3)
    model = Plateau(2)
    for _ in range(100):
        value = rng.normal()
        model.add("s", np.array([value, 7.0]), bool(value > 0))
    model.fit()
    assert model.score("s", np.array([1.0, 7.0]))[0] > model.score("s", np.array([-1.0, 7.0]))[0]
    assert model.score("s", np.array([1.0, 1e9]))[0] == model.score("s", np.array([1.0, 7.0]))[0]


def test_the_window_is_bounded() -> None:
    model = Plateau(1)
    for index in range(WINDOW + 10):
        model.add("s", np.array([float(index % 7)]), index % 7 > 3)
    assert model.count == WINDOW
    assert model.seen == WINDOW + 10
    model.fit()
    assert model.score("s", np.array([6.0]))[0] > model.score("s", np.array([0.0]))[0]


def test_a_restored_model_answers_and_goes_on_alike() -> None:
    model, x, _ = filled(300)
    other = Plateau(5)
    other.restore(model.state())
    for one in (model, other):
        for row in x[:30]:
            one.add("main/c", row, True)
        one.fit()
    assert [model.score(s, x[0]) for s in ("main/a", "main/c", "main/d")] == [
        other.score(s, x[0]) for s in ("main/a", "main/c", "main/d")]
    assert model.ends == other.ends
    plain = {k: v for k, v in model.state().items() if not isinstance(v, np.ndarray)}
    assert json.loads(json.dumps(plain)) == plain
