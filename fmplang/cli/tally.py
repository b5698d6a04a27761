"""What a stream has come to so far: how much is right, what it cost, and who answered how much of it."""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import Any

from fmplang.cli.text import escape
from fmplang.host.streams import Answered

SHOWN = 4  # backends in a line of text


class Tally:
    """Counts rows. What an earlier process answered counts too, but for `seconds` and `paid_now`."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.rows = self.earlier = self.failed = self.judged = 0
        self.reward = self.cost = self.paid_now = 0.0
        self.backends: Counter[str] = Counter()
        self._began = perf_counter()

    def add(self, answered: Answered) -> None:
        run = answered.run
        self.rows += 1
        self.earlier += answered.earlier
        self.failed += run.error is not None
        self.cost += run.cost
        self.paid_now += 0.0 if answered.earlier else run.cost
        self.backends.update(call.backend for call in run.trace)
        if answered.reward is not None:
            self.judged += 1
            self.reward += answered.reward

    @property
    def seconds(self) -> float:
        return perf_counter() - self._began

    def text(self) -> str:
        """One line, for people."""
        parts = [f"{self.rows:,} row{'' if self.rows == 1 else 's'}"]
        if self.judged:
            parts.append(f"{self.reward / self.judged:.1%} right of {self.judged:,} with feedback")
        parts.append(f"{self.cost:g} {self.unit}")
        calls = self.backends.total()
        if calls:
            most = [f"{name} {count / calls:.0%}" for name, count in self.backends.most_common(SHOWN)]
            parts.append(" ".join(most) + (" ..." if len(self.backends) > SHOWN else ""))
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        return escape(", ".join(parts))

    def json(self) -> dict[str, Any]:
        calls = self.backends.total()
        return {
            "rows": self.rows, "earlier": self.earlier, "failed": self.failed, "judged": self.judged,
            "reward": self.reward / self.judged if self.judged else None, "cost": self.cost,
            "cost_now": self.paid_now, "unit": self.unit, "seconds": self.seconds, "calls": calls,
            "backends": {name: {"calls": count, "share": count / calls}
                         for name, count in self.backends.most_common()},
        }
