"""Feedback: what a label is worth, what counts once, and what makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.errors import InputError, LedgerError, PolicyError
from fmplang.host.feedback import outcome_for, same_answer
from fmplang.ledger.base import StoredOutcome, StoredRun
from fmplang.policy.strongest import Strongest
from fmplang.runtime.trace import Comparison, RunRecord
from tests.host.programs import TWO, a_pool, program


@pytest.fixture(params=["memory", "file"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with fmplang.Runtime(pool=a_pool(), ledger=None if request.param == "memory" else tmp_path / "runs.db") as made:
        yield made


@pytest.mark.parametrize(("type_", "value", "label", "same"), [
    ("bool", True, True, True), ("bool", True, "yes", True), ("bool", False, "TRUE", False),
    ("bool", False, " no ", True),
    ("int", 3, 3, True), ("int", 3, "3", True), ("int", 3, 3.0, True), ("int", 3, "4", False),
    ("float", 0.3, 0.1 + 0.2, True), ("float", 0.3, "0.30", True), ("float", "nan", 0.5, False),
    ("float", "-inf", "-inf", True), ("float", "nan", "nan", False),
    ("str", "A  Dog", " a dog ", True), ("str", "dog", "cat", False), ("str", "3", "3", True),
    ("str", "yes", "yes", True),
    ("str | None", None, "none", True), ("str | None", None, None, True), ("str | None", "x", None, False),
    ("str | None", None, "dog", False), ("int | None", 3, "null", False),
    ('Literal["low", "high"]', "low", "LOW", True), ("Literal[1, 2]", 1, "1", True),
    ("Literal[True]", True, "yes", True),
    ("list[int]", [1, 2], "[1, 2]", True), ("list[int]", [1, 2], [2, 1], False), ("list[str]", ["A"], ["a"], True),
    ("dict[str, int]", {"a": 1}, '{"a": 1.0}', True), ("dict[str, int]", {"a": 1}, {"b": 1}, False),
    ("tuple[int, bool]", [1, True], [1, 1], False),
])
def test_a_label_is_right_or_wrong(type_: str, value: Any, label: Any, same: bool) -> None:
    assert same_answer(value, label, type_) is same


@pytest.mark.parametrize(("type_", "value", "label"), [
    ("bool", True, "maybe"), ("bool", True, 1), ("int", 3, "three"), ("int", 3, True), ("str", "yes", True),
    ("list[int]", [1], "1,"), ("int", 3, ""),
])
def test_a_label_of_another_type_is_refused(type_: str, value: Any, label: Any) -> None:
    with pytest.raises(InputError, match="is no ") as raised:
        same_answer(value, label, type_)
    assert raised.value.code == "FMP818" and type_ in raised.value.message


def test_feedback_is_a_label_or_a_reward_and_finds_its_run_by_a_prefix(runtime: fmplang.Runtime) -> None:
    first, second = runtime.run(TWO, t="a"), runtime.run(TWO, t="b")
    assert runtime.feedback(first.id, label=10).reward == 1.0
    assert runtime.feedback("last", reward=0.25).run_id == second.id
    stored = runtime.ledger.find_run(first.id)
    assert [(o.reward, o.label) for o in stored.outcomes] == [(1.0, 10)]


def test_the_same_feedback_counts_once_and_a_correction_stands_behind_it(runtime: fmplang.Runtime) -> None:
    run = runtime.run(TWO, t="a")
    for label in (10, 10, 3, 3, 10):
        runtime.feedback(run.id, label=label)
    assert [o.label for o in runtime.ledger.find_run(run.id).outcomes] == [10, 3, 10]
    for _ in range(2):
        runtime.feedback(run.id, reward=0.5, outcome_id="mine")
    assert [o.id for o in runtime.ledger.find_run(run.id).outcomes][3:] == ["mine"]
    with pytest.raises(LedgerError) as raised:
        runtime.feedback(run.id, reward=0.6, outcome_id="mine")
    assert raised.value.code == "FMP827"


@pytest.mark.parametrize("more", [
    {}, {"label": 1, "reward": 1.0}, {"reward": 2}, {"reward": -0.1}, {"reward": float("nan")}, {"reward": "much"},
    {"reward": True}, {"reward": 1.0, "weight": 0}, {"reward": 1.0, "weight": float("inf")}, {"label": object()},
    {"reward": 1.0, "outcome_id": ""}, {"label": "three"},
])
def test_feedback_that_makes_no_sense_is_refused_and_not_kept(more: Any, runtime: fmplang.Runtime) -> None:
    run = runtime.run(TWO, t="a")
    with pytest.raises(InputError) as raised:
        runtime.feedback(run.id, **more)
    assert raised.value.code == "FMP818" and raised.value.hint
    assert runtime.ledger.find_run(run.id).outcomes == ()


def test_a_failed_run_was_not_right_whatever_the_label(runtime: fmplang.Runtime) -> None:
    with pytest.raises(fmplang.RunError) as raised:
        runtime.run(program("return [1][3]"))
    assert runtime.feedback(raised.value.run_id, label=1).reward == 0.0


def test_a_run_that_never_ended_has_no_answer_to_judge(runtime: fmplang.Runtime) -> None:
    runtime.ledger.record_decisions(RunRecord("0a00000000000000", "p", "main"), [])
    with pytest.raises(LedgerError) as raised:
        runtime.feedback("0a", reward=1.0)
    assert raised.value.code == "FMP828"


def test_a_label_may_be_any_value_of_the_runs_type(runtime: fmplang.Runtime) -> None:
    listed = program('return {"a": [1, 2]}', returns="dict[str, list[int]]")
    run = runtime.run(listed)
    assert runtime.feedback(run.id, label={"a": [1, 2]}).reward == 1.0
    assert runtime.feedback(run.id, label={"a": [1, 3]}).reward == 0.0


class Learning(Strongest):
    def __init__(self, error: Exception | None = None) -> None:
        self.learned: list[Any] = []
        self.error = error

    def learn(self, run: Any, outcome: Any) -> None:
        self.learned.append((run.id, outcome.reward, outcome.label))
        if self.error is not None:
            raise self.error


def test_the_policy_learns_from_a_run_once() -> None:
    policy = Learning()
    made = fmplang.Runtime(pool=a_pool(), policy=policy)
    run = made.run(TWO, t="a")
    for reward in (1.0, 1.0, 0.5):
        made.feedback(run.id, reward=reward)
    assert policy.learned == [(run.id, 1.0, None)]


def test_a_policy_that_cannot_learn_is_named_and_the_outcome_kept() -> None:
    made = fmplang.Runtime(pool=a_pool(), policy=Learning(ValueError("no")))
    run = made.run(TWO, t="a")
    with pytest.raises(PolicyError, match=r"could not learn from run .*: ValueError: no"):
        made.feedback(run.id, label=10)
    stored: StoredRun = made.ledger.find_run(run.id)
    assert [o.reward for o in stored.outcomes] == [1.0]


def exchanged(value: Any, other: Any, reward: float, label: Any = None, **more: Any) -> float | None:
    type_ = "bool" if isinstance(value, bool) else "str"
    record = RunRecord("r", "", "main", value, type_)
    record.comparisons = (Comparison(0, 0, False, **{"changed": True, "final": other, **more}),)
    return outcome_for(record, StoredOutcome("o", "r", reward, label)).exchanged[0]


def test_with_a_label_the_other_value_is_judged_by_it() -> None:
    assert exchanged("cat", "dog", 0.0, "dog") == 1.0
    assert exchanged("cat", "Dog ", 0.0, "dog") == 1.0
    assert exchanged("cat", "dog", 1.0, "cat") == 0.0
    assert exchanged("cat", "dog", 0.5, "bird") == 0.0
    assert exchanged(True, False, 0.0, False) == 1.0
    assert exchanged("cat", None, 0.0, "dog") == 0.0


def test_with_a_reward_alone_only_what_follows_is_said() -> None:
    assert exchanged(True, False, 0.0) == 1.0
    assert exchanged(True, False, 1.0) == 0.0
    assert exchanged("cat", "dog", 1.0) == 0.0
    assert exchanged("cat", "dog", 0.0) is None
    assert exchanged("cat", "cat", 0.3, changed=False) == 0.3
    assert exchanged("cat", None, 0.3, changed=None) is None
    assert exchanged("cat", None, 1.0, "cat", error="FMP501") == 0.0
