"""Money: reserved at the worst case before a call, settled after it, never overspent."""

from __future__ import annotations

import math
import threading

from fmplang.errors import LimitError


class Purse:
    """What may be spent, in the pool's unit; None is without end. `limit` is what an error calls it.

    A reservation holds back the price of a call that is under way, so that calls made at the same time cannot
    together spend what is there only once. A purse without end reserves nothing; it only counts.
    """

    def __init__(self, total: float | None, limit: str, hint: str) -> None:
        self.total = math.inf if total is None else total
        self.ends = total is not None
        self.limit = limit
        self.spent = 0.0
        self.reserved = 0.0
        self._hint = hint
        self._lock = threading.Lock()
        # Prices add up with rounding: a thousandth of a millionth is no overspending.
        self._slack = 1e-9 * max(1.0, self.total) if self.ends else 0.0

    @property
    def left(self) -> float:
        return self.total - self.spent - self.reserved

    def fits(self, price: float) -> bool:
        return price <= self.total - self.spent - self.reserved + self._slack

    def reserve(self, price: float) -> None:
        """Hold back `price`, or raise LimitError (FMP613) and hold back nothing."""
        if self.ends:
            with self._lock:
                if not self.fits(price):
                    raise self.refusal(price)
                self.reserved += price

    def settle(self, reserved: float, cost: float) -> None:
        """Give back a reservation and count what the call really cost."""
        with self._lock:
            if self.ends:
                self.reserved = max(0.0, self.reserved - reserved)
            self.spent += cost

    def refusal(self, price: float) -> LimitError:
        return LimitError(
            f"the next call costs {price:g} at least, and of {self.total:g} only {max(0.0, self.left):g} is left",
            limit=self.limit, ceiling=self.total, code="FMP613", hint=self._hint,
        )


def run_purse(total: float | None) -> Purse:
    return Purse(total, "spend", "raise the limit `spend`, or let a cheaper policy decide")


def budget_purse(total: float | None) -> Purse:
    return Purse(total, "budget", "raise the budget, or let a cheaper policy decide")
