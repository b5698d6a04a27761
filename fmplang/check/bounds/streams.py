"""What runs over elements: how many there are, and what each of them takes."""

from __future__ import annotations

from typing import NamedTuple

from fmplang.check.bounds.amounts import NOTHING, Amounts, plus, times
from fmplang.check.bounds.facts import Fact, Items


class Stream(NamedTuple):
    """An iterable. `opened` is taken once; `each` for each of `low` to `high` elements of what it begins with, on
    average `mean` of them; one of those leads to `gives_low` to `gives_high` elements for the consumer.

    `prompt`: the consumer's first element takes all of the first `each`, not a part of it.
    """

    opened: Amounts
    each: Amounts
    low: float
    high: float
    mean: float
    item: Fact = None
    gives_low: float = 1
    gives_high: float = 1
    gives: float = 1.0
    prompt: bool = True

    @property
    def asks(self) -> bool:
        """Whether taking elements may ask."""
        return self.each is not NOTHING

    def all(self) -> Amounts:
        """Every element is taken."""
        return plus(self.opened, times(self.each, self.low, self.high, self.mean))

    def some(self, mean: float) -> Amounts:
        """The consumer stops when it likes, after the first element at the earliest, on average after `mean`."""
        sure = 1 if self.prompt and self.low >= 1 else 0
        return plus(self.opened, times(self.each, sure, self.high, min(mean, self.mean)))

    def few(self) -> Amounts:
        """The consumer may take none at all."""
        return plus(self.opened, times(self.each, 0, self.high, self.mean))

    def items(self, most: float) -> Items:
        """What a collection of all elements is."""
        return Items(self.low * self.gives_low, min(_times(self.high, self.gives_high), most), self.item)


def _times(a: float, b: float) -> float:
    return 0 if a == 0 or b == 0 else a * b
