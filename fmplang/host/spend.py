"""Money: reserved at the worst case before a call, settled after it, never overspent."""

from __future__ import annotations

import math
import threading

from fmplang.errors import LimitError


class Purse:
    """What may be spent, in the pool's unit; None is without end. `limit` is what an error calls it.

    A reservation holds back the price of a call that is under way, so that calls made at the same time cannot
    together spend what is there only once.
    """

    def __init__(self, total: float | None, limit: str, hint: str) -> None:
        self.total = math.inf if total is None else total
        self.limit = limit
        self.spent = 0.0
        self.reserved = 0.0
        self._hint = hint
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        return self.total - self.spent - self.reserved

    def fits(self, price: float) -> bool:
        # Prices add up with rounding: a ten-thousandth of a millionth is no overspending.
        return price <= self.left + 1e-9 * max(1.0, min(self.total, 1e300))

    def reserve(self, price: float) -> None:
        """Hold back `price`, or raise LimitError (FMP613) and hold back nothing."""
        with self._lock:
            if not self.fits(price):
                raise self.refusal(price)
            self.reserved += price

    def settle(self, reserved: float, cost: float) -> None:
        """Give back a reservation and count what the call really cost."""
        with self._lock:
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
