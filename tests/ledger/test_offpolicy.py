"""Off-policy estimates: small cases by hand, laws, refusals, and that intervals hold the truth."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.errors import EvaluationError
from fmplang.ledger.offpolicy import ESTIMATORS, Report, _student, estimate
from fmplang.ledger.trajectories import Laid, Step, Trajectory

COSTS = (0.1, 0.5)


def step(taken: int, logged: float, target: float, site: str = "s", **more: object) -> Step:
    """A decision between two arms; the chances are those of the second."""
    told = {"cost": COSTS[taken], **more}
    return Step(site, ("a", "b"), taken, (1 - logged, logged), (1 - target, target), **told)  # type: ignore[arg-type]


def drawn(count: int, seed: int = 0, logged: float = 0.4, target: float = 0.6, judged: float = 1.0) -> list[Trajectory]:
    """Runs of one or two decisions: the second comes after the first took b; b is right more often."""
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(count):
        x, second = float(rng.random()), False
        steps = []
        for place in range(2):
            taken = int(rng.random() < logged)
            steps.append(step(taken, logged, target, f"s{place}", features=(x,)))
            second = taken == 1
            if not second:
                break
        right = rng.random() < (0.9 if second else 0.5 + 0.4 * x)
        runs.append(Trajectory(tuple(steps), float(right) if rng.random() < judged else None))
    return runs


def close(report: Report, other: Report, shift: float = 0.0, scale: float = 1.0) -> None:
    assert report.target.utility.value == pytest.approx(other.target.utility.value + shift)
    assert report.target.cost.value == pytest.approx(scale * other.target.cost.value)
    assert report.target.cost.error == pytest.approx(scale * other.target.cost.error)


# ------------------------------------------------------------------------- by hand


def test_the_weights_of_two_decisions_are_products() -> None:
    runs = [Trajectory((step(1, 0.5, 1.0), step(0, 0.25, 0.5)), 1.0), Trajectory((step(0, 0.5, 0.8),), 0.0),
            Trajectory((), 1.0)]
    laid = Laid(runs)
    assert laid.after == pytest.approx([2.0, 2.0 * 0.5 / 0.75, 0.4])
    assert laid.before == pytest.approx([1.0, 2.0, 1.0])
    assert laid.weight == pytest.approx([4 / 3, 0.4, 1.0])
    assert laid.spread() == pytest.approx([2.0 * (0.25 / 0.75 + 0.25 / 0.25), 0.04 / 0.5 + 0.64 / 0.5, 1.0])


def test_importance_weighting_by_hand() -> None:
    runs = [Trajectory((step(1, 0.5, 0.75),), 1.0), Trajectory((step(0, 0.5, 0.75),), 0.0),
            Trajectory((step(1, 0.25, 0.75),), 0.5), Trajectory((step(0, 0.25, 0.75),), 1.0)]
    told = estimate(runs, estimator="ipw", trade_off=2.0, least=0.5, steady=False)
    weights = [1.5, 0.5, 3.0, 1 / 3]
    terms = [1.5, 0.0, 1.5, 1 / 3]
    assert told.target.utility.value == pytest.approx(sum(terms) / 4)
    assert told.target.cost.value == pytest.approx((1.5 * 0.5 + 0.5 * 0.1 + 3 * 0.5 + 0.1 / 3) / 4)
    assert told.target.net.value == pytest.approx(told.target.utility.value - 2 * told.target.cost.value)
    seen, known = sum(weights) ** 2 / sum(w * w for w in weights), 16 / (2 * 1.25 + 2 * (0.0625 / 0.75 + 2.25))
    assert told.effective == pytest.approx(min(seen, known))
    assert told.largest == pytest.approx(3 / sum(weights))
    assert told.logged.utility.value == pytest.approx(2.5 / 4)
    assert told.gain.value == pytest.approx(told.target.net.value - told.logged.net.value)
    error = math.sqrt(sum((t - sum(terms) / 4) ** 2 for t in terms)) / 3  # each run left out in turn
    wider = error * math.sqrt(max(seen / known, 1.0))
    assert told.target.utility.error == pytest.approx(math.hypot(wider, math.sqrt(2) / told.effective))


def test_self_normalising_by_hand() -> None:
    runs = [Trajectory((step(1, 0.5, 0.75), step(1, 0.5, 0.75)), 1.0), Trajectory((step(0, 0.5, 0.75),), 0.0)]
    told = estimate(runs, estimator="snipw", least=0.1, steady=False)
    assert told.target.utility.value == pytest.approx(2.25 / 2.75)
    first, second = (1.5 * 0.5 + 0.5 * 0.1) / 2.0, 2.25 * 0.5 / 2.75
    assert told.target.cost.value == pytest.approx(first + second)


def test_what_the_target_pays_whatever_it_takes_counts_before_the_draw() -> None:
    runs = [Trajectory((step(1, 0.5, 1.0, beside=0.2),), 1.0), Trajectory((step(0, 0.5, 1.0, beside=0.2),), 1.0)]
    told = estimate(runs, estimator="ipw", least=0.1, steady=False)
    assert told.target.cost.value == pytest.approx((2 * 0.5 + 0.2 + 0.2) / 2)


def test_a_run_without_outcome_counts_for_cost_only() -> None:
    runs = drawn(400, judged=0.5)
    told = estimate(runs, estimator="ipw", steady=False)
    laid = Laid(runs)
    assert told.runs == 400 and told.judged == laid.judged.sum() < 250
    assert told.target.utility.value == pytest.approx(
        (laid.weight * np.nan_to_num(laid.outcome)).sum() / told.judged)
    assert told.target.cost.value == pytest.approx(laid.by_run(laid.after * laid.cost).mean())


def test_runs_of_a_logged_policy_that_explores_less_weigh_less() -> None:
    """h falls with the mean second moment of the runs before, and not with a run's own."""
    early, late = drawn(300, 1, logged=0.5, target=0.5), drawn(300, 2, logged=0.1, target=0.5)
    steady, even = (estimate([*early, *late], estimator="ipw", steady=s) for s in (True, False))
    assert steady.target.utility.error < 0.8 * even.target.utility.error
    assert steady.effective > 1.3 * even.effective


# ---------------------------------------------------------------------- unbiasedness


@pytest.mark.parametrize("estimator", ["ipw", "dr"])
def test_over_all_courses_of_a_two_step_problem_the_mean_is_the_target_value(estimator: str) -> None:
    """Exact: every course of one run, with its chance under the logged policy, whose chances depend on the course."""
    right = {(0,): 0.3, (1, 0): 0.5, (1, 1): 0.9}

    def logged(course: tuple[int, ...]) -> float:
        return 0.3 if not course else 0.8

    def target(course: tuple[int, ...]) -> float:
        return 0.7 if not course else 0.35

    def chance(course: tuple[int, ...], policy: object) -> float:
        made = 1.0
        for place, arm in enumerate(course):
            b = policy(course[:place])  # type: ignore[operator]
            made *= b if arm else 1 - b
        return made

    truth_u = sum(chance(c, target) * r for c, r in right.items())
    truth_c = sum(chance(c, target) * sum(COSTS[a] for a in c) for c in right)
    earlier = drawn(60, 5)  # the model of doubly robust estimates may be of anything else
    mean_u = mean_c = 0.0
    for course, outcome in product(right, (0.0, 1.0)):
        steps = tuple(step(arm, logged(course[:i]), target(course[:i]), f"s{i}", features=(0.5,))
                      for i, arm in enumerate(course))
        told = estimate([Trajectory(steps, outcome)], estimator=estimator, earlier=earlier, least=0.0)
        p = chance(course, logged) * (right[course] if outcome else 1 - right[course])
        mean_u += p * told.target.utility.value
        mean_c += p * told.target.cost.value
    assert mean_u == pytest.approx(truth_u) and mean_c == pytest.approx(truth_c)


# ------------------------------------------------------------------------------ laws

RUNS = st.lists(st.tuples(st.lists(st.tuples(st.integers(0, 1), st.floats(0.1, 0.9), st.floats(0, 1)), max_size=3),
                          st.floats(0, 1)), min_size=8, max_size=20)


def of(told: list[tuple[list[tuple[int, float, float]], float]], same: bool = False) -> list[Trajectory]:
    return [Trajectory(tuple(step(arm, b, b if same else t, f"s{i}") for i, (arm, b, t) in enumerate(steps)), u)
            for steps, u in told]


@given(RUNS)
def test_the_logged_policy_itself_gets_the_plain_mean(told: list[tuple[list[tuple[int, float, float]], float]]) -> None:
    runs = of(told, same=True)
    for estimator in ("ipw", "snipw"):
        report = estimate(runs, estimator=estimator, least=1.0)
        assert report.target.utility.value == pytest.approx(np.mean([run.outcome for run in runs]))
        assert report.target.net.value == pytest.approx(report.logged.net.value)
        assert report.gain.value == pytest.approx(0.0, abs=1e-9) and report.gain.error == pytest.approx(0.0, abs=1e-9)
        assert report.effective == pytest.approx(len(runs)) and report.largest == pytest.approx(1 / len(runs))


@given(RUNS, st.floats(-2, 2), st.sampled_from(["snipw", "dr"]))
def test_adding_to_every_outcome_adds_to_the_estimate(told: list[tuple[list[tuple[int, float, float]], float]],
                                                      more: float, estimator: str) -> None:
    runs = of(told)
    moved = [Trajectory(run.steps, (run.outcome or 0.0) + more) for run in runs]
    if Laid(runs[math.ceil(len(runs) / 5):]).weight.sum() < 1e-6:
        return
    close(estimate(moved, estimator=estimator, least=0.0), estimate(runs, estimator=estimator, least=0.0), shift=more)


@given(RUNS, st.floats(0.1, 10), st.sampled_from(ESTIMATORS))
def test_scaling_costs_scales_their_estimate(told: list[tuple[list[tuple[int, float, float]], float]], scale: float,
                                             estimator: str) -> None:
    runs = of(told)
    dearer = [Trajectory(tuple(Step(s.site, s.arms, s.taken, s.logged, s.target, scale * s.cost) for s in run.steps),
                         run.outcome) for run in runs]
    if Laid(runs[math.ceil(len(runs) / 5):]).weight.sum() < 1e-6:
        return
    close(estimate(dearer, estimator=estimator, least=0.0), estimate(runs, estimator=estimator, least=0.0),
          scale=scale)


def test_the_value_model_makes_the_interval_shorter() -> None:
    """Outcomes hang on the feature, which weighting alone cannot know."""
    rng = np.random.default_rng(0)
    runs = []
    for _ in range(600):
        x, taken = float(rng.normal()), int(rng.random() < 0.3)
        runs.append(Trajectory((step(taken, 0.3, 0.8, features=(x,)),), 0.5 + 0.2 * x + 0.1 * taken))
    told = {name: estimate(runs[300:], estimator=name, earlier=runs[:300]) for name in ESTIMATORS}
    error = {name: one.target.utility.error for name, one in told.items()}
    assert error["dr"] < 0.85 * error["snipw"] < 0.85 * error["ipw"]
    more = math.sqrt(2) / told["dr"].effective
    assert error["dr"] == pytest.approx(math.hypot(0.2 / math.sqrt(300), more), rel=0.1)  # the features' own chance
    assert told["dr"].target.utility.value == pytest.approx(0.58, abs=0.03)


# -------------------------------------------------------------------------- refusals


def test_outcomes_that_are_all_alike_are_no_certainty() -> None:
    runs = [Trajectory(run.steps, 1.0) for run in drawn(500)]
    for estimator in ESTIMATORS:
        told = estimate(runs, estimator=estimator)
        assert told.target.utility.low < 1 - 2.5 / told.effective


def test_too_few_effective_runs_are_refused() -> None:
    with pytest.raises(EvaluationError, match="at least 100 are needed") as raised:
        estimate(drawn(100), estimator="ipw")
    assert raised.value.code == "FMP840" and raised.value.exit_code == 1 and raised.value.hint


def test_rare_weights_that_were_not_drawn_count_against_the_log() -> None:
    """The cheap arm was always drawn, so all weights are alike; that the other one could have been drawn is known."""
    runs = [Trajectory((step(0, 0.001, 0.5),), 1.0)] * 1000
    assert Laid(runs).weight == pytest.approx(np.full(1000, 0.5 / 0.999))
    with pytest.raises(EvaluationError, match=r"by their chances, 1000 runs .* 4.0 of its own") as raised:
        estimate(runs, estimator="ipw")
    assert raised.value.code == "FMP840"


def test_an_arm_that_was_never_possible_is_no_overlap() -> None:
    runs = drawn(500) + [Trajectory((step(0, 0.0, 0.5, "s0"),), 1.0)] * 100
    with pytest.raises(EvaluationError, match=r"in 8\.33% of runs the policy takes a backend") as raised:
        estimate(runs, estimator="ipw", steady=False)
    assert raised.value.code == "FMP841"


def test_no_outcome_and_no_run() -> None:
    with pytest.raises(EvaluationError, match="none of 300 runs has an outcome"):
        estimate(drawn(300, judged=0.0), estimator="ipw")
    with pytest.raises(EvaluationError, match="none of 0 runs"):
        estimate([], estimator="snipw")
    with pytest.raises(EvaluationError, match="went as the policy would"):
        estimate([Trajectory((step(0, 0.5, 1.0),), 1.0)] * 300, estimator="ipw")
    with pytest.raises(ValueError, match="one of dr"):
        estimate([], estimator="magic")


def test_the_quantile_of_students_t() -> None:
    known = {10: 2.2281, 30: 2.0423, 100: 1.9840, 1e9: 1.9600}
    for freedom, value in known.items():
        assert _student(0.975, freedom) == pytest.approx(value, abs=2e-3)


# -------------------------------------------------------------------------- coverage


class Learner:
    """Logs by chances that depend on all runs before: the arm that did better so far is taken more often."""

    def __init__(self) -> None:
        self.wins, self.tries = np.ones(2), np.full(2, 2.0)

    def chance(self) -> float:
        share = self.wins / self.tries
        return 0.8 if share[1] - 0.3 * COSTS[1] > share[0] - 0.3 * COSTS[0] else 0.2

    def learn(self, steps: list[Step], right: float) -> None:
        for one in steps:
            self.tries[one.taken] += 1
            self.wins[one.taken] += right


def logged_by_a_learner(seed: int, count: int, target: float) -> list[Trajectory]:
    rng, learner, runs = np.random.default_rng([7, seed]), Learner(), []
    for _ in range(count):
        x, steps, right = float(rng.random()), list[Step](), 1.0
        for place in range(2):
            logged = learner.chance()
            taken = int(rng.random() < logged)
            steps.append(step(taken, logged, target, f"s{place}", features=(x,)))
            right *= float(rng.random() > (0.05 if taken else 0.1 + 0.4 * x))
            if rng.random() < 0.3:
                break
        learner.learn(steps, right)
        runs.append(Trajectory(tuple(steps), right))
    return runs


def truth(target: float) -> tuple[float, float]:
    """E[U] and E[C] by integrals: x is uniform, a second decision comes with chance 0.7."""
    x = (np.arange(20000) + 0.5) / 20000
    right = target * 0.95 + (1 - target) * (0.9 - 0.4 * x)
    cost = target * COSTS[1] + (1 - target) * COSTS[0]
    return float((0.3 * right + 0.7 * right ** 2).mean()), 1.7 * cost


def held(trials: int, count: int, target: float) -> dict[str, np.ndarray]:
    """Per estimator, how often the intervals of utility, cost and net held the truth."""
    utility, cost = truth(target)
    hits: dict[str, list[tuple[bool, bool, bool]]] = {name: [] for name in ESTIMATORS}
    for seed in range(trials):
        runs = logged_by_a_learner(seed, count, target)
        for name in ESTIMATORS:
            told = estimate(runs, estimator=name, trade_off=0.3).target
            hits[name].append((told.utility.low <= utility <= told.utility.high,
                               told.cost.low <= cost <= told.cost.high,
                               told.net.low <= utility - 0.3 * cost <= told.net.high))
    return {name: np.array(found).mean(axis=0) for name, found in hits.items()}


def test_intervals_hold_the_truth_under_a_policy_that_goes_on_learning() -> None:
    """40 trials, of which 34 hold with a chance of 99.3% where each holds with 95%."""
    for name, rates in held(40, 400, 0.5).items():
        assert (rates >= 34 / 40).all(), (name, rates)


@pytest.mark.nightly
def test_intervals_hold_the_truth_in_93_of_100_trials() -> None:
    """600 trials: intervals that hold with 95% miss this bar with a chance of about 1%, those of 91% nearly always."""
    for name, rates in held(600, 1000, 0.3).items():
        assert (rates >= 0.93).all(), (name, rates)
