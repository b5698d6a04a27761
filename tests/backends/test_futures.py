"""Futures made of others."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future

import pytest

from fmplang.backends.futures import then, together


def test_results_come_together_in_order() -> None:
    parts: list[Future[int]] = [Future() for _ in range(3)]
    whole = then(together(parts), sum)
    for number in (2, 0, 1):
        assert not whole.done()
        parts[number].set_result(number)
    assert whole.result(0) == 3 and together([]).result(0) == []


def test_a_failure_and_a_cancellation_of_a_part_are_the_wholes() -> None:
    parts: list[Future[int]] = [Future(), Future()]
    whole = together(parts)
    parts[0].set_exception(OSError("no"))
    parts[1].set_result(1)
    with pytest.raises(OSError, match="no"):
        whole.result(0)
    lost: Future[int] = Future()
    given_up = together([lost])
    lost.cancel()
    with pytest.raises(CancelledError):
        given_up.result(0)


def test_cancelling_the_whole_cancels_the_parts_under_way() -> None:
    parts: list[Future[int]] = [Future(), Future()]
    parts[0].set_result(1)
    whole = then(together(parts), len)
    assert whole.cancel() and parts[1].cancelled() and not parts[0].cancelled()


def test_what_changes_a_result_may_fail() -> None:
    inner: Future[int] = Future()
    whole = then(inner, lambda n: 1 // n)
    inner.set_result(0)
    with pytest.raises(ZeroDivisionError):
        whole.result(0)
