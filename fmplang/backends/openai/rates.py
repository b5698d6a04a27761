"""A token bucket: so many units a minute on average, and at most a minute's worth at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Bucket:
    """Used on one event loop alone. Who comes first is served first; `clock` is in seconds."""

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self.size = per_minute
        self._rate = per_minute / 60
        self._clock = clock
        self._sleep = sleep
        self._left = per_minute
        self._at = clock()

    async def take(self, amount: float) -> None:
        """Wait until there is so much. More than a minute's worth counts as a minute's worth."""
        self._fill()
        self._left -= min(amount, self.size)  # below zero: those who come later wait for this one too
        if self._left < 0:
            await self._sleep(-self._left / self._rate)

    def give_back(self, amount: float) -> None:
        """What was taken and not used."""
        self._left = min(self.size, self._left + max(0.0, amount))

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self.size, self._left + (now - self._at) * self._rate)
        self._at = now
