"""The policies that the default one is measured against: each runs, logs honest chances, and can be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import Driven, drive
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.errors import ConfigError, PolicyError
from fmplang.policy.cascade import Cascade
from fmplang.policy.context import Context
from fmplang.policy.full import Full
from fmplang.policy.gaussian import Gaussian
from fmplang.policy.lints import Lints
from fmplang.policy.mix import Mix
from fmplang.policy.oracle import Oracle
from fmplang.policy.reinforce import Layers, Reinforce
from fmplang.policy.router import Router
from fmplang.policy.thompson import Thompson
from fmplang.runtime.trace import RunRecord

PROGRAM = fmplang.compile(EARLY_EXIT)
STREAM = Stream(SCENARIOS["three"], 1000, 120)
TABLE = Tree(STREAM, PROGRAM)
CONTEXT = Context()
LEARNERS: list[Callable[[], Any]] = [Thompson, Lints, Reinforce, Full, Router, Cascade]


def play(policy: Any, seed: int = 0) -> Driven:
    return drive(policy, STREAM, PROGRAM, TABLE.labels, TABLE.scale, 0.2, seed, context=CONTEXT, keep=True)


def choices(driven: Driven) -> list[list[int]]:
    return [[call.answerer for call in run.calls] for run in driven.runs]


@pytest.mark.parametrize("make", LEARNERS)
def test_chances_are_chances_and_the_same_seed_decides_the_same(make: Callable[[], Any]) -> None:
    driven = play(make())
    for run in driven.runs:
        for call in run.calls:
            assert sum(call.propensities) == pytest.approx(1.0)
            assert min(call.propensities) >= 0
            assert call.propensity > 0 or make is Cascade
    assert choices(play(make())) == choices(driven)
    assert len({arm for run in choices(driven) for arm in run}) > 1


@pytest.mark.parametrize("make", LEARNERS)
def test_a_restored_policy_goes_on_as_the_one_that_was_stored(make: Callable[[], Any]) -> None:
    policy = make()
    play(policy)
    state = policy.state()
    first, second = make(), make()
    first.restore(state)
    second.restore(state)
    a, b = play(first, 5), play(second, 5)
    assert choices(a) == choices(b)
    assert choices(a) != choices(play(make(), 5))


def test_a_router_asks_one_rank_in_a_whole_run() -> None:
    for run in play(Router()).runs:
        assert len({call.arm for call in run.calls}) == 1


def test_a_cascade_asks_the_next_only_below_its_bound_and_keeps_what_it_asked() -> None:
    driven = play(Cascade(warm=20))
    for run in driven.runs:
        for call in run.calls:
            assert [s.arm for s in call.shadows] == list(range(call.answerer))
    assert {call.answerer for run in driven.runs[:20] for call in run.calls} == {2}
    assert {call.answerer for run in driven.runs[60:] for call in run.calls} >= {0, 2}


def test_the_full_policy_decides_all_sites_at_once() -> None:
    policy = Full()
    driven = play(policy)
    assert len(policy.state()["sites"]) == 4
    last = driven.runs[-1]
    assert "configuration" in last.calls[0].note
    assert all("configuration" not in call.note for call in last.calls[1:])


def test_the_network_ascends_its_own_gradient() -> None:
    rng = np.random.default_rng(0)
    network = Layers(6, 8, 3, 1e-3, 0)
    x = rng.normal(size=6)
    values, gradients = network.gradients(x)
    for index in rng.integers(len(network.weights), size=20):
        moved = Layers(6, 8, 3, 1e-3, 0)
        moved.weights[index] += 1e-6
        assert (moved.gradients(x)[0] - values) / 1e-6 == pytest.approx(gradients[:, index], abs=1e-4)
    for _ in range(200):
        network.ascend(x, 2, 1.0)
        network.ascend(x, 0, -1.0)
    assert int(network.gradients(x)[0].argmax()) == 2


def test_thompson_leans_to_the_dearest_and_learns_from_outcomes_alone_where_the_cheap_one_serves() -> None:
    stream = Stream(SCENARIOS["two"], 1000, 400)
    table = Tree(stream, PROGRAM)
    driven = drive(Thompson(), stream, PROGRAM, table.labels, table.scale, 0.2, 0, context=CONTEXT, keep=True)

    def dear(inputs: range, hard: bool) -> float:
        return float(np.mean([call.arm for i in inputs for call in driven.runs[i].calls
                              if (stream.difficulty[i] > 0.5) is np.bool_(hard)]))

    assert driven.runs[0].calls[0].propensities[1] > 0.6
    assert dear(range(250, 400), False) < 0.3
    assert dear(range(250, 400), True) > dear(range(250, 400), False) + 0.2


@pytest.mark.nightly  # a ResNet-18 on two cores takes minutes
def test_the_convolutional_network_runs_on_pixels() -> None:
    policy = Reinforce(network="resnet18", rate=1e-4)
    short = Stream(SCENARIOS["two"], 1000, 2)
    driven = drive(policy, short, PROGRAM, Tree(short, PROGRAM).labels, TABLE.scale, 0.1, 0, context=CONTEXT)
    assert driven.cost.all()
    other = Reinforce(network="resnet18", rate=1e-4)
    other.restore(policy.state())
    pixels = short.images[0].pixels
    key = next(iter(policy._heads))
    assert (other._heads[key].network.gradients(pixels)[0] == policy._heads[key].network.gradients(pixels)[0]).all()


def test_gaussian_posterior_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(50, 4)), rng.normal(size=(4, 2))
    y = x @ w + 0.1 * rng.normal(size=(50, 2))
    model = Gaussian(np.full(4, 4.0), 0.1, 2)
    for row, target in zip(x, y, strict=True):
        model.add(row, target)
    expected = np.linalg.solve(x.T @ x / 0.01 + np.eye(4) / 4, x.T @ y / 0.01)
    assert model.mean == pytest.approx(expected)
    assert model.predict(x[0])[1] == pytest.approx(
        float(np.sqrt(x[0] @ np.linalg.inv(x.T @ x / 0.01 + np.eye(4) / 4) @ x[0])))


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        Mix(1.5)
    with pytest.raises(ConfigError, match="a number"):
        Mix.parse("much")
    with pytest.raises(ConfigError, match="resnet18"):
        Reinforce(network="transformer")
    assert Mix.parse("0.25").share == 0.25


def test_the_oracle_refuses_runs_that_it_was_not_told_of() -> None:
    with pytest.raises(PolicyError, match="no feasible backend"):
        play(Oracle({}))


def test_learning_from_an_empty_run_is_no_error() -> None:
    from fmplang.policy.base import Outcome

    for make in LEARNERS:
        make().learn(RunRecord("r", "", "main"), Outcome("r", 0.5))
