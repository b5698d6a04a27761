"""What final values are worth when truth values are unbalanced."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.errors import ConfigError
from fmplang.policy.base import Outcome
from fmplang.policy.objective import OPPOSITE, Objective, change_of, truth_of
from fmplang.runtime.trace import RunRecord


def run(value: object) -> RunRecord:
    return RunRecord("r", "", "main", value, "bool")


def judged(value: bool, truth: bool) -> tuple[RunRecord, Outcome]:
    return run(value), Outcome("r", float(value == truth), str(truth).lower())


def test_the_truth_is_told_by_a_right_or_wrong_truth_value_and_by_nothing_else() -> None:
    for value, truth in product((True, False), repeat=2):
        assert truth_of(*judged(value, truth)) is truth
    assert truth_of(run("cat"), Outcome("r", 1.0)) is None
    assert truth_of(run(True), Outcome("r", 0.5)) is None
    assert change_of(run(3), Outcome("r", 1.0)) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60),
       st.sampled_from(["reward", "f1", "tp:3/fp:-2/fn:-1/tn:0.5"]))
def test_a_change_is_worth_the_difference_of_the_two_utilities(seen: list[tuple[bool, bool]], kind: str) -> None:
    objective = Objective(kind)
    for value, truth in seen:
        objective.saw(*judged(value, truth))
    for value, truth in product((True, False), repeat=2):
        there, here = objective.utility(*judged(not value, truth)), objective.utility(*judged(value, truth))
        change = change_of(*judged(value, truth))
        assert change is not None
        assert objective.changes[change] == pytest.approx(there - here)
        assert objective.changes[OPPOSITE[change]] == pytest.approx(here - there)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80))
def test_the_payoffs_of_f1_sum_to_nothing_where_f1_is_the_bound(seen: list[tuple[bool, bool]]) -> None:
    tp = sum(v and t for v, t in seen)
    wrong = sum(v != t for v, t in seen)
    bound = Objective("f1").f1
    objective = Objective("f1")
    total = sum(objective.utility(*judged(v, t)) for v, t in seen)
    f1 = 2 * tp / (2 * tp + wrong) if tp + wrong else bound
    assert (total > 1e-9) == (f1 > bound + 1e-12) or abs(f1 - bound) < 1e-9


def test_the_bound_rises_with_what_is_right_and_stays_within_its_ends() -> None:
    objective = Objective("f1")
    before = objective.f1
    assert before == 0.05 or 0.05 < before < 0.5
    for _ in range(1000):
        objective.saw(*judged(True, True))
    assert objective.f1 == 0.95
    other = Objective("f1")
    other.restore(objective.state())
    assert (other.changes == objective.changes).all()
    assert (Objective("reward").changes == np.array([-1.0, 1.0, -1.0, 1.0])).all()


def test_true_negatives_leave_f1_alone() -> None:
    objective = Objective("f1")
    before = objective.state()
    objective.saw(*judged(False, False))
    assert objective.state() == before


@pytest.mark.parametrize("kind", ["f2", "tp:1", "tp:a/fp:0/fn:0/tn:0", {"tp": 1.0},
                                  {"tp": float("nan"), "fp": 0, "fn": 0, "tn": 0}])
def test_what_is_no_objective_is_refused(kind: object) -> None:
    with pytest.raises(ConfigError) as raised:
        Objective(kind)  # type: ignore[arg-type]
    assert raised.value.code == "FMP803"
