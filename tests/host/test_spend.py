"""Money: never more out than was in, whatever happens at the same time."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.errors import LimitError
from fmplang.host.spend import budget_purse, run_purse


def test_what_is_reserved_cannot_be_spent_again() -> None:
    purse = budget_purse(10)
    purse.reserve(6)
    assert not purse.fits(6) and purse.fits(4) and purse.left == 4
    with pytest.raises(LimitError) as raised:
        purse.reserve(5)
    assert (raised.value.code, raised.value.limit, raised.value.ceiling) == ("FMP613", "budget", 10)
    assert "of 10 only 4 is left" in raised.value.message
    purse.settle(6, 1)
    assert (purse.spent, purse.reserved, purse.left) == (1, 0, 9)


def test_none_is_without_end() -> None:
    purse = run_purse(None)
    purse.reserve(1e300)
    purse.settle(1e300, 1e300)
    assert purse.fits(1e300) and purse.spent == 1e300


def test_the_last_bit_can_be_spent_whatever_the_rounding() -> None:
    purse = run_purse(0.3)
    for _ in range(3):
        purse.reserve(0.1)
        purse.settle(0.1, 0.1)
    assert not purse.fits(0.001)
    run_purse(0).reserve(0)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), max_size=50), st.floats(0, 50))
def test_it_is_never_overspent_where_calls_cost_no_more_than_their_price(
        calls: list[tuple[float, float]], total: float) -> None:
    purse = budget_purse(total)
    for price, part in calls:
        try:
            purse.reserve(price)
        except LimitError:
            continue
        purse.settle(price, price * part)
    assert purse.spent <= total + 1e-7


def test_threads_cannot_spend_the_same_money() -> None:
    purse = budget_purse(100)
    taken: list[int] = []

    def take() -> None:
        for _ in range(100):
            try:
                purse.reserve(1)
            except LimitError:
                return
            taken.append(1)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 100
