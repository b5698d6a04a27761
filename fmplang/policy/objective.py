"""What a final value is worth: its reward, or where truth values are unbalanced, a payoff for each of the four cases.

    f1      TP 2(1 - F), FP -F, FN -F, TN 0      F a running lower bound of F1, kept between 0.05 and 0.95
    payoff  TP, FP, FN, TN as the user gives them

F1 is at least F exactly where the sum of these over the inputs is at least 0, so improving the sum at the F reached
improves F1 (Dinkelbach's method on a ratio of sums; Parambath et al., 2014). The trade-off lambda is then what cost is
worth in these payoffs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fmplang.errors import ConfigError
from fmplang.policy.base import Outcome
from fmplang.runtime.trace import RunRecord

LOST_POSITIVE, WON_POSITIVE, LOST_NEGATIVE, WON_NEGATIVE = range(4)
"""How a truth value can change: TP to FN, FN to TP, TN to FP, FP to TN."""
OPPOSITE = (WON_POSITIVE, LOST_POSITIVE, WON_NEGATIVE, LOST_NEGATIVE)
CASES = ("tp", "fp", "fn", "tn")


class Objective:
    """`kind` is "reward", "f1", or the four payoffs by name (`{"tp": 1, "fp": -2, "fn": -1, "tn": 0}`, or as text
    "tp:1/fp:-2/fn:-1/tn:0"). Raises ConfigError (FMP803) for anything else."""

    def __init__(self, kind: str | Mapping[str, float] = "reward") -> None:
        if isinstance(kind, str) and ":" in kind:
            kind = _read(kind)
        if isinstance(kind, str) and kind not in ("reward", "f1"):
            raise _unknown(kind)
        self.kind = kind
        self._counts = np.zeros(3)  # TP, FP, FN
        self._payoff: tuple[float, ...] | None = None if isinstance(kind, str) else _checked(kind)
        self.changes = self._changes()

    def saw(self, run: RunRecord, outcome: Outcome) -> None:
        """One outcome, for the running F1. To be called before `utility` and `changes` are used for it."""
        truth = truth_of(run, outcome)
        if self.kind == "f1" and truth is not None and (truth or run.value):
            self._counts[0 if truth and run.value else 1 if run.value else 2] += outcome.weight
            self.changes = self._changes()

    def utility(self, run: RunRecord, outcome: Outcome) -> float:
        """What the run's own final value was worth."""
        truth = truth_of(run, outcome)
        if self.kind == "reward" or truth is None:
            return outcome.reward
        return self._payoffs()[(0 if run.value else 2) if truth else (1 if run.value else 3)]

    @property
    def f1(self) -> float:
        """The lower bound: the mean less one standard deviation of a beta posterior of 2TP / (2TP + FP + FN)."""
        a, b = 1.0 + 2 * self._counts[0], 1.0 + self._counts[1] + self._counts[2]
        mean = a / (a + b)
        return float(min(0.95, max(0.05, mean - math.sqrt(mean * (1 - mean) / (a + b + 1)))))

    def state(self) -> list[float]:
        return [float(x) for x in self._counts]

    def restore(self, state: list[float]) -> None:
        self._counts = np.array([float(x) for x in state])
        self.changes = self._changes()

    def _payoffs(self) -> tuple[float, ...]:
        """TP, FP, FN, TN."""
        if self._payoff is not None:
            return self._payoff
        if self.kind == "reward":
            return (1.0, 0.0, 0.0, 1.0)
        bound = self.f1
        return (2 * (1 - bound), -bound, -bound, 0.0)

    def _changes(self) -> np.ndarray:
        """What each of the four changes is worth."""
        tp, fp, fn, tn = self._payoffs()
        return np.array([fn - tp, tp - fn, fp - tn, tn - fp])


def truth_of(run: RunRecord, outcome: Outcome) -> bool | None:
    """The right answer of a run that gave a truth value; None where it gave none, or the reward does not tell."""
    if not isinstance(run.value, bool) or outcome.reward not in (0.0, 1.0):
        return None
    return run.value if outcome.reward == 1.0 else not run.value


def change_of(run: RunRecord, outcome: Outcome) -> int | None:
    """Which of the four changes it is that the run's truth value becomes the other one."""
    truth = truth_of(run, outcome)
    if truth is None:
        return None
    if truth:
        return LOST_POSITIVE if run.value else WON_POSITIVE
    return WON_NEGATIVE if run.value else LOST_NEGATIVE


def _read(text: str) -> dict[str, float]:
    made = {}
    for part in text.split("/"):
        name, _, number = part.partition(":")
        try:
            made[name.strip()] = float(number)
        except ValueError:
            raise _unknown(text) from None
    return made


def _checked(payoff: Mapping[str, Any]) -> tuple[float, ...]:
    if set(payoff) != set(CASES) or not all(isinstance(x, (int, float)) and math.isfinite(x) for x in payoff.values()):
        raise _unknown(dict(payoff))
    return tuple(float(payoff[name]) for name in CASES)


def _unknown(kind: object) -> ConfigError:
    return ConfigError(f"{kind!r} is no objective", code="FMP803",
                       hint='an objective is "reward", "f1", or four finite payoffs: tp:1/fp:-2/fn:-1/tn:0')
