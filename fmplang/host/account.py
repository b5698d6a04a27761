"""What one run may spend and has spent: its own limit and the budget of all runs, each with what must be kept back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fmplang.backends.base import Backend
from fmplang.errors import FmpError
from fmplang.host.pacing import Pace
from fmplang.host.spend import Purse

if TYPE_CHECKING:
    from fmplang.runtime.trace import RunRecord


class Account:
    """The money of one run: `purse` is what it alone may spend, `pace` holds the budget of all, `floor` is the cheapest
    way through a run. What is paid is added to `record.cost`."""

    __slots__ = ("_floor", "_pace", "_passed", "_record", "_reserved", "_rest", "purses")

    def __init__(self, record: RunRecord, purse: Purse, pace: Pace, floor: float) -> None:
        self.purses = tuple([each for each in (purse, pace.purse) if each.ends])  # an endless one refuses nothing
        self._record = record
        self._pace = pace
        self._floor = floor
        self._passed = 0.0  # what the calls so far would have cost at the least
        self._rest = 0.0  # what the calls still to come cost at the least
        self._reserved = 0.0

    def payable(self, backends: Sequence[Backend], prices: tuple[float, ...]) -> tuple[
            Sequence[Backend], tuple[float, ...]]:
        """Those after which the run can still be finished, and the other runs of the budget be made, at the cheapest;
        where there are none, those that can be paid at all. LimitError (FMP613) where none can."""
        cheapest = min(prices)
        self.passed(cheapest)
        for purse in self.purses:
            kept = self._kept(purse)
            if purse.fits(max(prices) + kept):
                continue
            fitting = [i for i, price in enumerate(prices) if purse.fits(price + kept)] or [
                i for i, price in enumerate(prices) if price == cheapest and purse.fits(price)]
            if not fitting:
                raise purse.refusal(cheapest)
            backends = tuple([backends[i] for i in fitting])
            prices = tuple([prices[i] for i in fitting])
        return backends, prices

    def passed(self, cheapest: float) -> None:
        """One more call of the way through the program, which costs so much at the least."""
        self._passed += cheapest
        self._rest = max(0.0, self._floor - self._passed)

    def begin_anew(self) -> None:
        """The way through the program begins again."""
        self._passed = 0.0

    def reserve(self, price: float) -> None:
        """Hold back `price` in every purse, or raise LimitError (FMP613) and hold back nothing."""
        for place, purse in enumerate(self.purses):
            try:
                purse.reserve(price)
            except FmpError:
                for before in self.purses[:place]:
                    before.settle(price, 0.0)
                raise
        self._reserved += price

    def reserve_beyond(self, price: float, spare: bool) -> bool:
        """Hold back the price of an ask beyond the chosen one; whether it can be paid. A call without an answer may use
        what the rest of the run would need; where the call could do without (`spare`), that is kept back too."""
        for purse in self.purses:
            kept = self._kept(purse)
            if not purse.fits(price + (kept if spare else kept - self._rest)):
                return False
        try:
            self.reserve(price)
        except FmpError:  # another run was quicker
            return False
        return True

    def pay(self, reserved: float, cost: float) -> None:
        """Give back what was held back, and count what it cost."""
        for purse in self.purses:
            purse.settle(reserved, cost)
        self._reserved = max(0.0, self._reserved - reserved)
        self._record.cost += cost

    def close(self, asked: bool) -> None:
        """Let go of what is still reserved. Calls that were asked and never answered count at their price."""
        self.pay(self._reserved, self._reserved if asked else 0.0)
        if not self._pace.purse.ends:  # refuses nothing, so it hears of the run as a whole
            self._pace.purse.settle(0.0, self._record.cost)
        self._pace.ended(self._record.cost)

    def _kept(self, purse: Purse) -> float:
        """What a call may not spend of a purse: the rest of the run, and the other runs, at the cheapest."""
        return self._rest + (self._pace.kept_back(self._floor) if purse is self._pace.purse else 0.0)
