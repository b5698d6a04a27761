"""The rule for what is done when a backend fails, or a program's assertion does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fmplang.config import DEFAULT_FALLBACK, DEFAULT_RECOVERIES, DEFAULT_RETRIES, FALLBACKS
from fmplang.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a run does about failures.

    `retries`: how often the same backend is asked again after a timeout or another failure that may pass; an answer
    that does not decode is asked for again once, where there are retries at all. `fallback`: who is asked when that
    did not help. "dearer" takes the next dearer arm, up to the dearest, then the cheaper ones from dear to cheap;
    "cheaper" only the cheaper ones, from dear to cheap; "none" nobody; backends by their names, in this order, those
    of them that are arms of the call. `recoveries`: how often a run is begun anew after a failed assertion.

    Raises ConfigError (FMP802).
    """

    retries: int = DEFAULT_RETRIES
    fallback: str | tuple[str, ...] = DEFAULT_FALLBACK
    recoveries: int = DEFAULT_RECOVERIES

    def __post_init__(self) -> None:
        for name in ("retries", "recoveries"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise _wrong(name, "a whole number, zero or more", value)
        fallback: Any = self.fallback
        if isinstance(fallback, str):
            if fallback not in FALLBACKS:
                raise _wrong("fallback", f"{', '.join(map(repr, FALLBACKS))}, or a tuple of backends' names", fallback)
            return
        if not isinstance(fallback, (tuple, list)) or not all(isinstance(name, str) and name for name in fallback) \
                or len(set(fallback)) < len(fallback):
            raise _wrong("fallback", "a rule, or a tuple of backends' names, each once", fallback)
        object.__setattr__(self, "fallback", tuple(fallback))

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that the rule names."""
        return () if isinstance(self.fallback, str) else self.fallback

    def others(self, names: Sequence[str], prices: Sequence[float], arm: int) -> list[int]:
        """The arms to ask in the place of `arm`, in their order."""
        if not isinstance(self.fallback, str):
            return [names.index(name) for name in self.fallback if name in names and names[arm] != name]
        if self.fallback == "none":
            return []
        order = sorted(range(len(prices)), key=lambda index: (prices[index], index))
        place = order.index(arm)
        cheaper = order[:place][::-1]
        return cheaper if self.fallback == "cheaper" else order[place + 1:] + cheaper


def dearer(prices: Sequence[float], arm: int) -> list[int]:
    """The arms that cost more than `arm`, from cheap to dear."""
    found = [index for index, price in enumerate(prices) if price > prices[arm]]
    return sorted(found, key=lambda index: (prices[index], index))


def _wrong(name: str, what: str, value: object) -> ConfigError:
    return ConfigError(f"{name} should be {what}, not {value!r:.60}", code="FMP802",
                       hint=f"give the Recovery another {name}")
