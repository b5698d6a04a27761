"""How often and for how much: amounts that add up along a path, and join where paths meet.

An amount has a number for each key: for each site (the indexes of the calls that lead to it), for all calls together,
for their cost, and for their cost with everything that a host may ask besides. Sums and costs have keys of their own,
since the most that two branches cost is not the sum of what each site costs at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Path = tuple[int, ...]  # indexes into `FunctionInfo.calls`, from the entry on

CALLS: Path = (-1,)
COST: Path = (-2,)
EVERYTHING: Path = (-3,)  # the cost with retries and shadows
SUMS = (CALLS, COST, EVERYTHING)


class Price(NamedTuple):
    """What one call of a function costs, in the pool's unit: at the cheapest, on average over the backends, at the
    dearest, and where every backend is asked and as often as a host may."""

    least: float
    mean: float
    most: float
    everything: float


FREE = Price(0.0, 0.0, 0.0, 0.0)


class Amounts:
    """`least`, `most` and `mean` by key; what has no key there is 0."""

    __slots__ = ("least", "mean", "most")

    def __init__(self, least: dict[Path, float], mean: dict[Path, float], most: dict[Path, float]) -> None:
        self.least = least
        self.mean = mean
        self.most = most

    def moved(self, old: Path, new: Path) -> Amounts:
        """The same amounts of a function that was reached by another path."""
        count = len(old)

        def move(values: dict[Path, float]) -> dict[Path, float]:
            return {key if key in SUMS else new + key[count:]: value for key, value in values.items()}

        return Amounts(move(self.least), move(self.mean), move(self.most))


NOTHING = Amounts({}, {}, {})


def one_call(path: Path, price: Price) -> Amounts:
    return Amounts({path: 1, CALLS: 1, COST: price.least, EVERYTHING: price.least},
                   {path: 1, CALLS: 1, COST: price.mean, EVERYTHING: price.mean},
                   {path: 1, CALLS: 1, COST: price.most, EVERYTHING: price.everything})


def plus(a: Amounts, b: Amounts) -> Amounts:
    """One after the other."""
    if a is NOTHING:
        return b
    if b is NOTHING:
        return a
    return Amounts(_sum(a.least, b.least), _sum(a.mean, b.mean), _sum(a.most, b.most))


def total(amounts: Iterable[Amounts]) -> Amounts:
    made = NOTHING
    for each in amounts:
        made = plus(made, each)
    return made


def times(a: Amounts, least: float, most: float, mean: float) -> Amounts:
    """So many times, at least, at most and on average."""
    if a is NOTHING or most <= 0:
        return NOTHING
    return Amounts(_scaled(a.least, least), _scaled(a.mean, mean), _scaled(a.most, most))


def perhaps(a: Amounts, chance: float) -> Amounts:
    return times(a, 0, 1, chance)


def meet(cases: list[tuple[Amounts, float]]) -> Amounts:
    """One of several, each with its weight."""
    if len(cases) == 1:
        return cases[0][0]
    weight = sum(chance for _, chance in cases) or 1.0
    least, *others = [case.least for case, _ in cases]
    low = {key: value for key, value in least.items() if all(key in other for other in others)}
    for other in others:
        low = {key: min(value, other[key]) for key, value in low.items()}
    high: dict[Path, float] = {}
    mean: dict[Path, float] = {}
    for case, chance in cases:
        for key, value in case.most.items():
            if value > high.get(key, 0):
                high[key] = value
        for key, value in case.mean.items():
            mean[key] = mean.get(key, 0.0) + value * chance / weight
    return Amounts(low, mean, high)


def _sum(a: dict[Path, float], b: dict[Path, float]) -> dict[Path, float]:
    if len(a) < len(b):
        a, b = b, a
    made = dict(a)
    for key, value in b.items():
        made[key] = made.get(key, 0) + value
    return made


def _scaled(a: dict[Path, float], factor: float) -> dict[Path, float]:
    return {key: value * factor for key, value in a.items()} if factor else {}
