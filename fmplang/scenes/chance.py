"""Random draws that are the same on every version of Python: all of them are made of `random()` alone."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


class Chance:
    """A stream of draws, given by a seed."""

    __slots__ = ("random",)

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + int(self.random() * (high - low + 1))

    def happens(self, share: float) -> bool:
        return self.random() < share

    def pick(self, from_these: Sequence[T]) -> T:
        return from_these[int(self.random() * len(from_these))]

    def shuffled(self, these: Sequence[T]) -> list[T]:
        keys = [self.random() for _ in these]
        return [these[i] for i in sorted(range(len(these)), key=keys.__getitem__)]


def seed_of(*parts: object) -> int:
    """A seed that follows from what is named."""
    return crc32(":".join(map(str, parts)).encode())
