"""What an exchange would have been worth; and the counts and the alarm that live on it."""

from __future__ import annotations

from typing import Any

import pytest

from fmplang.policy.base import Outcome
from fmplang.policy.credit import agrees, gain_of
from fmplang.policy.drift import PageHinkley
from fmplang.policy.worth import Worth
from fmplang.runtime.trace import Comparison, RunRecord


def gain(value: Any, other: Any, reward: float, label: str | None = None, changed: bool | None = True) -> float | None:
    return gain_of(RunRecord("r", "", "main", value), Comparison(0, 0, False, changed, other),
                   Outcome("r", reward, label))


def test_with_a_label_the_other_value_is_judged_by_it() -> None:
    assert gain("cat", "dog", 0.0, "dog") == 1.0
    assert gain("cat", "dog", 1.0, "cat") == -1.0
    assert gain("cat", "dog", 0.0, "bird") == 0.0
    assert gain("cat", "dog", 0.5, "bird") == -0.5


def test_with_a_reward_alone_only_what_follows_is_said() -> None:
    assert gain(True, False, 0.0) == 1.0
    assert gain(True, False, 1.0) == -1.0
    assert gain("cat", "dog", 1.0) == -1.0
    assert gain("cat", "dog", 0.0) is None
    assert gain("cat", "cat", 0.3, changed=False) == 0.0
    assert gain("cat", None, 0.3, changed=None) == 0.0


@pytest.mark.parametrize(("value", "label", "same"), [
    (True, "true", True), (True, "Yes", True), (False, "0", True), (True, "no", False), (True, "maybe", False),
    (3, "3", True), (3, "3.0", True), (3, "three", False), (2.5, "2.5", True), ("A  b", "a B", True), ("a", "b", False),
])
def test_labels_agree_with_values(value: Any, label: str, same: bool) -> None:
    assert agrees(value, label) is same


def test_worth_moves_from_its_prior_to_what_was_seen_and_sites_part() -> None:
    worth = Worth()
    before = worth.of("a")[0]
    assert before < 0
    for _ in range(200):
        worth.replayed("a", True)
        worth.labelled("a", -1.0)
        worth.replayed("b", False)
        worth.priced("b", 0.5)
    assert worth.of("a")[0] == pytest.approx(-1.0, abs=0.1)
    assert worth.of("b")[0] == pytest.approx(0.0, abs=0.05)
    assert worth.of("b")[2] == pytest.approx(0.5, abs=0.05)
    assert worth.of("new")[1] > worth.of("a")[1]
    other = Worth()
    other.restore(worth.state())
    assert other.of("a") == worth.of("a")
    worth.temper(0.0)
    assert worth.of("a")[0] == pytest.approx(before)


def test_the_alarm_rings_for_a_moved_mean_and_not_for_a_still_one() -> None:
    test = PageHinkley(0.05, 6.0, both=False)
    assert not any(test.add(0.5 if i % 10 == 0 else -0.05) for i in range(2000))
    assert any(test.add(0.25) for _ in range(40))
    assert not any(test.add(-1.0) for _ in range(200))
    sides = PageHinkley(0.05, 6.0)
    assert any(sides.add(-0.5) for _ in range(20))
