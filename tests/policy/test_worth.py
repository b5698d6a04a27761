"""The counts of what exchanges are worth, and the alarm."""

from __future__ import annotations

import numpy as np
import pytest

from fmplang.policy.drift import PageHinkley
from fmplang.policy.objective import LOST_NEGATIVE, LOST_POSITIVE, WON_NEGATIVE, WON_POSITIVE
from fmplang.policy.worth import Worth


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


def test_flips_of_a_truth_value_are_gains_of_one_under_the_reward_and_move_with_the_objective() -> None:
    counted, summed = Worth(), Worth()
    for change, gain in ((LOST_POSITIVE, -1.0), (WON_POSITIVE, 1.0), (LOST_NEGATIVE, -1.0), (WON_NEGATIVE, 1.0)):
        for _ in range(3 + change):
            for worth in (counted, summed):
                worth.replayed("a", True)
            counted.flipped("a", change)
            summed.labelled("a", gain)
    assert counted.of("a") == pytest.approx(summed.of("a"))
    dear_positives = np.array([-3.0, 3.0, -0.5, 0.5])
    assert counted.of("a", dear_positives)[0] != pytest.approx(summed.of("a", dear_positives)[0])
    for _ in range(300):
        counted.flipped("a", LOST_POSITIVE)
    assert counted.of("a", dear_positives)[0] < -1.0
    assert counted.of("a", np.zeros(4))[0] == pytest.approx(0.0)
