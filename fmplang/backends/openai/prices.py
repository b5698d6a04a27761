"""What a request may cost at the most, and what it did cost by the tokens that the server counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fmplang.backends.kinds import BadSetting

MILLION = 1_000_000
FREE_HAND = 10  # a server may count so many times `image_tokens` for a picture before its count is taken for wrong
KEYS = ("input", "output", "cached", "image")


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens of input, output, and input that the server had in its cache (None: as other
    input), and for one picture beside its tokens."""

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None
    image: float = 0.0

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Prices:
        """From a table of a pool file. Raises BadSetting."""
        for key, value in table.items():
            if key not in KEYS:
                raise BadSetting("prices", f"there is no price {key!r}; known: {', '.join(KEYS)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise BadSetting("prices", f"{key} should be a number, zero or more, not {value!r:.40}")
        made = cls(**{key: float(value) for key, value in table.items()})
        if made.cached is not None and made.cached > made.input:
            raise BadSetting("prices", "input from the cache costs more than other input")
        return made

    @property
    def free(self) -> bool:
        return not (self.input or self.output or self.image)

    def of(self, tokens: Tokens, images: int) -> float:
        cached = self.input if self.cached is None else self.cached
        return ((tokens.prompt - tokens.cached) * self.input + tokens.cached * cached
                + tokens.completion * self.output) / MILLION + images * self.image


class Tokens(NamedTuple):
    """`cached` of the prompt's tokens came from the server's cache."""

    prompt: int
    completion: int
    cached: int = 0


class Bound(NamedTuple):
    """The most tokens of a request. No tokenizer makes more tokens of a text than it has bytes in UTF-8."""

    text: int
    images: int
    image_tokens: int
    completion: int

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.text + self.images * self.image_tokens, self.completion)

    def price(self, prices: Prices | None) -> float:
        return 0.0 if prices is None else prices.of(self.tokens, self.images)

    def holds(self, tokens: Tokens) -> bool:
        """Whether a server can have counted so. Pictures are counted in many ways, so they have a free hand."""
        most = self.text + self.images * self.image_tokens * FREE_HAND
        return 0 < tokens.prompt <= most and 0 <= tokens.completion <= self.completion


class Charge(NamedTuple):
    """`tokens` is None where the server's count was missing or wrong, and the cost is then the price told before."""

    cost: float
    flags: tuple[str, ...]
    tokens: Tokens | None


def charge(usage: Any, bound: Bound, prices: Prices | None) -> Charge:
    """From the field `usage` of a reply. Where that says nothing sensible, the price told before is charged."""
    tokens = _tokens(usage)
    if tokens is not None and bound.holds(tokens):
        return Charge(0.0 if prices is None else prices.of(tokens, bound.images), (), tokens)
    if prices is None or prices.free:
        return Charge(0.0, (), None)
    return Charge(bound.price(prices), ("no usage" if usage is None else "wrong usage",), None)


def _tokens(usage: Any) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    prompt, completion, cached = usage.get("prompt_tokens"), usage.get("completion_tokens"), cached or 0
    if type(prompt) is not int or type(completion) is not int or type(cached) is not int:
        return None
    return Tokens(prompt, completion, cached) if completion >= 0 and 0 <= cached <= prompt else None
