"""Numbers in English words, and the words that scale a number."""

from __future__ import annotations

import re
from typing import Any

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

SCALES = {"hundred": 100, "dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_BELOW_TWENTY = {word: i for i, word in enumerate(_SMALL)}
_TIMES_TEN = {word: 10 * i for i, word in enumerate(_TENS, 2)}
_BIG = [(word, SCALES[word]) for word in ("trillion", "billion", "million", "thousand")]

_WORD = "(?:" + "|".join(sorted([*_SMALL, *_TENS, *SCALES], key=len, reverse=True)) + ")"
_RUN = re.compile(rf"\b(?:(?:minus|negative|a) )?{_WORD}(?:(?:[ -]|, | and )(?:a )?{_WORD})*\b", re.IGNORECASE)
LONGEST = 30  # words of one number


def number_in_words(text: str, default: Any) -> Any:
    """The number that the whole text spells: `twenty-one`, `Minus three`, `two hundred and five thousand`."""
    words = text[:400].casefold().replace("-", " ").replace(",", " ").split()
    if not words or len(text) > 400 or len(words) > LONGEST:
        return default
    sign = 1
    if words[0] in ("minus", "negative"):
        words, sign = words[1:], -1
    value = _spelled(words)
    return default if value is None else sign * value


def _spelled(words: list[str]) -> int | None:
    """Trillions first, then billions and so on; each part below a thousand, each once."""
    total, seen = 0, False
    for word, scale in _BIG:
        if word not in words:
            continue
        at = words.index(word)
        count = 1 if words[:at] == ["a"] else _below_thousand(words[:at])
        if not count:
            return None
        total, seen, words = total + count * scale, True, words[at + 1 :]
    if not words:
        return total if seen else None
    if seen and words[0] == "and":
        words = words[1:]
    if not seen and words in (["hundred"], ["thousand"]):
        return 100
    last = _below_thousand(words)
    return None if last is None or (seen and last == 0) else total + last


def _below_thousand(words: list[str]) -> int | None:
    for scale in ("hundred", "dozen"):
        if scale in words:
            at = words.index(scale)
            count = 1 if words[:at] == ["a"] else _below_hundred(words[:at])
            rest = words[at + 1 :]
            if not count or (scale == "dozen" and rest):
                return None
            more = _below_hundred(rest[1:] if rest[:1] == ["and"] else rest) if rest else 0
            return None if more is None else count * SCALES[scale] + more
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> int | None:
    if len(words) == 1:
        return _BELOW_TWENTY.get(words[0], _TIMES_TEN.get(words[0]))
    if len(words) == 2 and words[0] in _TIMES_TEN and 0 < _BELOW_TWENTY.get(words[1], 0) < 10:
        return _TIMES_TEN[words[0]] + _BELOW_TWENTY[words[1]]
    return None


def words_for_numbers(text: str, broken: Any) -> list[Any]:
    """The numbers spelled within a text, `broken` for number words that make no number.

    `one` alone is left out: it is more often a pronoun.
    """
    runs = [m.group() for m in _RUN.finditer(text)]
    return [number_in_words(run, broken) for run in runs if run.casefold() not in ("one", "a one")]
