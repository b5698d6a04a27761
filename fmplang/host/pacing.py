"""A budget spread over the runs that it is meant for: lambda follows the gap between what is spent and what is left.

After each run, with B the money that the runs so far have left, n the runs left and c the usual cost of a run (an
exponential mean):

    log lambda <- log lambda + RATE * clip( log( c / (B / n) ), -1, 1 )

the multiplicative update of a dual price, as in bandits with knapsacks (Badanidiyuru et al., 2018). What the cheapest
way through the runs that are still to come costs is kept back, so that each of them can be made.
"""

from __future__ import annotations

import math
import threading

from fmplang.errors import ConfigError
from fmplang.host.spend import Purse

RATE = 0.05
MEMORY = 0.05  # weight of the newest run in the usual cost
LOWEST, HIGHEST = 1e-3, 1e3  # lambda stays between


class Pace:
    """`horizon` is how many runs the purse is for; None leaves lambda at `trade_off` and keeps nothing back.

    ConfigError (FMP802) for a horizon without a budget.
    """

    def __init__(self, purse: Purse, horizon: int | None, trade_off: float) -> None:
        if horizon is not None and not purse.ends:
            raise ConfigError("a horizon says how many runs a budget is for, and there is no budget", code="FMP802",
                              hint="give a budget too, or leave the horizon out")
        self.purse = purse
        self.horizon = horizon
        self.trade_off = trade_off if horizon is None else min(HIGHEST, max(LOWEST, trade_off))
        self.runs = 0  # that have ended
        # What they have cost, added up run by run: the same sum again where a stream is resumed from its ledger.
        self._spent = 0.0
        self._usual: float | None = None
        self._lock = threading.Lock()

    def kept_back(self, floor: float) -> float:
        """What may not be spent by a run under way, `floor` being the cheapest way through one run."""
        return 0.0 if self.horizon is None else floor * max(0, self.horizon - self.runs - 1)

    def charged(self, cost: float) -> None:
        """So much was spent by others than the runs that are paced."""
        self._spent += cost

    def ended(self, cost: float) -> None:
        """A run has ended, and cost so much."""
        if self.horizon is None:
            return
        with self._lock:
            self.runs += 1
            self._spent += cost
            self._usual = cost if self._usual is None else self._usual + MEMORY * (cost - self._usual)
            left, runs = self.purse.total - self._spent, self.horizon - self.runs
            if runs <= 0:
                return
            if self._usual <= 0:
                step = -1.0
            elif left <= 0:
                step = 1.0
            else:
                step = min(1.0, max(-1.0, math.log(self._usual * runs / left)))
            self.trade_off = min(HIGHEST, max(LOWEST, self.trade_off * math.exp(RATE * step)))
