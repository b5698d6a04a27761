"""The default policy, on simulated streams played by the real interpreter."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.bench.drive import Driven, drive
from fmplang.bench.reference import Tree, reference_of, statics
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Change, Stream
from fmplang.bench.stress import Feedback
from fmplang.policy.base import Arm, Outcome, PolicyCall
from fmplang.policy.context import Context
from fmplang.policy.counterfactual import Counterfactual
from fmplang.runtime.requests import Request
from fmplang.runtime.trace import CallRecord, RunRecord

PROGRAM = fmplang.compile(EARLY_EXIT)
STREAM = Stream(SCENARIOS["two"], 1000, 500)
SHORT = Stream(SCENARIOS["two"], 1001, 120)
TABLE = Tree(STREAM, PROGRAM)
CONTEXT = Context()
STATIC = {lam: max(float(p.net(lam).mean()) for _, p in statics(TABLE)) for lam in (0.1, 0.3)}


def play(policy: Any, trade_off: float = 0.1, seed: int = 0, stream: Stream = STREAM, **more: Any) -> Driven:
    labels = TABLE.labels if stream is STREAM else Tree(stream, PROGRAM).labels
    return drive(policy, stream, PROGRAM, labels, TABLE.scale, trade_off, seed, context=CONTEXT, keep=True,
                 **more)


def choices(driven: Driven) -> list[list[tuple[int, tuple[int, ...]]]]:
    return [[(call.arm, tuple(s.arm for s in call.shadows)) for call in run.calls] for run in driven.runs]


@pytest.fixture(scope="module")
def learned() -> tuple[Counterfactual, Driven]:
    policy = Counterfactual()
    return policy, play(policy)


def test_it_begins_with_the_reference_everywhere_and_all_shadows(learned: tuple[Counterfactual, Driven]) -> None:
    for run in learned[1].runs[:30]:
        for call in run.calls:
            assert call.arm == 1
            assert [s.arm for s in call.shadows] == [0]
            assert call.propensity == pytest.approx(1.0, abs=1e-6)


def test_calibration_ends_after_so_many_passes_where_a_run_is_longer_than_one() -> None:
    left = {}
    for name in ("two", "crops"):
        program = fmplang.compile(SCENARIOS[name].source)
        stream = Stream(SCENARIOS[name], 1002, 16)
        reference = reference_of(stream, program)
        policy = Counterfactual(warm=30)
        driven = drive(policy, stream, program, reference.labels, reference.scale, 0.2, 0, context=CONTEXT, keep=True)
        left[name] = policy.forced
        assert all(call.propensity == pytest.approx(1.0) for call in driven.runs[0].calls)
        assert (driven.cost.mean() > 1.5) is np.bool_(name == "crops")
    assert left == {"two": 14.0, "crops": 0.0}


def test_a_replay_counts_as_much_as_the_others_are_likely_right(learned: tuple[Counterfactual, Driven]) -> None:
    policy, driven = learned
    whole = next(run for run in driven.runs if len(run.calls) > 2 and all(call.arm == 1 for call in run.calls))
    assert [policy._context(whole)(index) for index in range(len(whole.calls))] == [1.0] * len(whole.calls)
    cheap = [run for run in driven.runs[60:] if len(run.calls) > 2 and all(call.arm == 0 for call in run.calls)]
    assert len(cheap) > 20
    for run in cheap:
        others = [policy._agrees(call) for call in run.calls]
        assert policy._context(run)(0) == pytest.approx(np.prod(others[1:]))
    easy = [policy._context(run)(0) for run in cheap if STREAM.difficulty[run.number] < 0.4]
    hard = [policy._context(run)(0) for run in cheap if STREAM.difficulty[run.number] > 0.6]
    assert np.mean(easy) > 0.8 and all(chance < 0.5 for chance in hard)


def test_everything_asked_is_charged(learned: tuple[Counterfactual, Driven]) -> None:
    for run in learned[1].runs:
        assert run.cost == pytest.approx(sum(c.prices[c.arm] + sum(c.prices[s.arm] for s in c.shadows)
                                             for c in run.calls))


def test_at_500_inputs_it_is_ahead_of_the_best_static_configuration_in_hindsight(
        learned: tuple[Counterfactual, Driven]) -> None:
    assert float(learned[1].net(0.1).mean()) > STATIC[0.1]


def test_late_outcomes_and_missing_labels_leave_it_ahead() -> None:
    both = Feedback(delay=100, missing=0.9)
    assert float(play(Counterfactual(), feedback=both).net(0.1).mean()) > STATIC[0.1]


def test_it_learns_where_the_dear_backend_is_needed(learned: tuple[Counterfactual, Driven]) -> None:
    late = range(250, 500)
    dear = {hard: np.mean([c.arm for i in late for c in learned[1].runs[i].calls
                           if (STREAM.difficulty[i] > 0.5) == hard]) for hard in (True, False)}
    assert dear[True] > 0.85
    assert dear[False] < 0.3


def test_the_same_seed_decides_the_same_and_another_does_not() -> None:
    first = choices(play(Counterfactual(), stream=SHORT))
    assert choices(play(Counterfactual(), stream=SHORT)) == first
    assert choices(play(Counterfactual(), seed=1, stream=SHORT)) != first


def test_the_unit_of_cost_changes_no_decision() -> None:
    plain, in_thousandths = (play(Counterfactual(), unit=unit, stream=SHORT) for unit in (1.0, 1000.0))
    assert choices(in_thousandths) == choices(plain)
    assert in_thousandths.cost == pytest.approx(plain.cost)


def test_a_restored_policy_goes_on_as_the_one_that_was_stored(learned: tuple[Counterfactual, Driven]) -> None:
    policy, _ = learned
    other = Counterfactual()
    other.restore(policy.state())
    assert choices(play(other, seed=9, stream=SHORT)) == choices(play_copy(policy, seed=9))
    assert json.dumps(policy.state(), default=np.ndarray.tolist)


def play_copy(policy: Counterfactual, seed: int) -> Driven:
    copy = Counterfactual()
    copy.restore(policy.state())
    return play(copy, seed=seed, stream=SHORT)


def call(policy_input: np.ndarray, run: str, rng: np.random.Generator, site: str = "", arms: int = 2) -> PolicyCall:
    node = TABLE.nodes[1]
    function = SimpleNamespace(name="verify", capability="vqa")
    request = Request(SimpleNamespace(id=site or node.site, function=function), {}, (0,), run)  # type: ignore[arg-type]
    prices = (0.05, 0.3, 1.0)[3 - arms:] if arms == 3 else (0.05, 1.0)
    names = ("vqa-cheap", "vqa-dear") if arms == 2 else ("a", "b", "c")
    return PolicyCall(request, tuple(Arm(n, p) for n, p in zip(names, prices, strict=True)), TABLE.scale, 0.1, rng,
                      policy_input)


def test_logged_propensities_are_the_frequencies_of_whole_runs(learned: tuple[Counterfactual, Driven]) -> None:
    """Two calls a run: importance weights from the logged propensities give each pair of arms back its share."""
    features = np.array(learned[1].runs[int(np.argmin(np.abs(STREAM.difficulty - 0.4)))].calls[0].features)
    policy = Counterfactual()
    policy.restore(learned[0].state())
    policy.since = 20  # so that runs explore often
    rng = np.random.default_rng(0)
    counts: dict[tuple[int, int], int] = {}
    told: dict[tuple[int, int], list[float]] = {}
    runs = 6000
    for index in range(runs):
        first = policy.choose(call(features, f"r{index}", rng))
        second = policy.choose(call(features, f"r{index}", rng))
        pair = (first.arm, second.arm)
        counts[pair] = counts.get(pair, 0) + 1
        # The law of the run, from what was logged: exact up to the sampled posterior, which differs from call to call.
        told.setdefault(pair, []).append(1 / (first.propensity * second.propensity))
        assert sum(first.propensities) == pytest.approx(1)
    # An importance-weighted count of each pair is the number of runs, whatever the pair.
    for pair, weights in told.items():
        if counts[pair] > 50:
            spread = 5 * np.std(weights) / np.sqrt(len(weights))
            assert sum(weights) / runs == pytest.approx(1.0, abs=spread + 0.1), pair


def test_new_primitives_take_the_reference() -> None:
    policy = Counterfactual(warm=0)
    rng = np.random.default_rng(0)
    made = policy.choose(call(np.zeros(24), "r0", rng, arms=3))
    assert made.arm == 2
    assert set(made.shadows) == {0, 1}


def test_without_a_feasible_reference_the_cheapest_left_is_taken_until_more_is_known() -> None:
    policy = Counterfactual(warm=0, floor=0.0)
    rng = np.random.default_rng(0)
    whole = call(np.zeros(24), "r0", rng, arms=3)
    names, prices = [arm.backend for arm in whole.arms], [arm.cost for arm in whole.arms]
    run = RunRecord("r0", "", "main", scale=whole.scale)
    run.calls.append(CallRecord("main/v", (0, 0), "", "verify", "vqa", (0,), "c", tuple(names), tuple(prices),
                                (0.0, 0.0, 1.0), 2, cost=prices[2], done=True))
    policy.observe(run)
    left = PolicyCall(whole.request, whole.arms[:2], whole.scale, whole.trade_off, rng, whole.features)
    made = policy.choose(left)
    assert (made.arm, made.shadows) == (0, ())


def test_an_outcome_for_a_run_without_comparisons_is_no_error() -> None:
    Counterfactual().learn(RunRecord("r", "", "main"), Outcome("r", 1.0))


def test_it_hears_of_a_backend_that_gets_worse() -> None:
    def worse(index: int, tier: Any) -> Any:
        from dataclasses import replace

        return replace(tier, easy=0.6) if index >= 250 and tier.name.endswith("-cheap") else tier

    stream = Stream(SCENARIOS["two"], 1000, 500, change=Change(worse))
    table = Tree(stream, PROGRAM)
    policy = Counterfactual()
    driven = drive(policy, stream, PROGRAM, table.labels, table.scale, 0.1, 0, context=CONTEXT, keep=True)
    assert policy.alarms >= 1
    easy = [c.arm for i in range(420, 500) if stream.difficulty[i] < 0.5 for c in driven.runs[i].calls]
    assert np.mean(easy) > 0.7
