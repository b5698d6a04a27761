"""The rule for failures: what it may say, and whom it names."""

from __future__ import annotations

from typing import Any

import pytest

import fmplang
from fmplang import Recovery
from fmplang.errors import ConfigError
from fmplang.host.recovery import dearer
from tests.host.programs import a_pool

NAMES = ("mid", "small", "big", "huge")
PRICES = (2.0, 1.0, 4.0, 8.0)


def test_the_defaults() -> None:
    assert Recovery() == Recovery(retries=1, fallback="dearer", recoveries=1)
    assert fmplang.Runtime(pool=a_pool()).recovery == Recovery()


@pytest.mark.parametrize(("fallback", "arm", "told"), [
    ("dearer", 0, [2, 3, 1]), ("dearer", 3, [2, 0, 1]), ("dearer", 1, [0, 2, 3]),
    ("cheaper", 2, [0, 1]), ("cheaper", 1, []), ("none", 0, []),
    (("huge", "gone", "small"), 0, [3, 1]), (("huge", "mid"), 0, [3]), ((), 0, []),
])
def test_who_comes_next(fallback: Any, arm: int, told: list[int]) -> None:
    assert Recovery(fallback=fallback).others(NAMES, PRICES, arm) == told


def test_of_equal_prices_the_later_arm_counts_as_the_next() -> None:
    prices = (1.0, 1.0, 1.0)
    assert Recovery().others("abc", prices, 1) == [2, 0]
    assert Recovery(fallback="cheaper").others("abc", prices, 1) == [0]
    assert dearer(prices, 1) == [] and dearer(PRICES, 1) == [0, 2, 3] and dearer(PRICES, 3) == []


@pytest.mark.parametrize("wrong", [
    {"retries": -1}, {"retries": 1.0}, {"retries": True}, {"recoveries": "1"}, {"fallback": "big"}, {"fallback": None},
    {"fallback": ("big", "big")}, {"fallback": (1,)}, {"fallback": ("",)}, {"fallback": {"big": 1}},
])
def test_what_it_may_not_say(wrong: Any) -> None:
    with pytest.raises(ConfigError) as raised:
        Recovery(**wrong)
    assert raised.value.code == "FMP802" and next(iter(wrong)) in raised.value.message and raised.value.hint


def test_a_list_of_backends_is_a_tuple_of_them_and_all_must_be_in_the_pool() -> None:
    named: Any = ["big", "few"]
    rule = Recovery(fallback=named)
    assert rule.fallback == rule.backends == ("big", "few")
    fmplang.Runtime(pool=a_pool(), recovery=rule)
    with pytest.raises(ConfigError, match="no backend named 'bigg'") as raised:
        fmplang.Runtime(pool=a_pool(), recovery=Recovery(fallback=("bigg",)))
    assert raised.value.code == "FMP806"
