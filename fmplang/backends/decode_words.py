"""Numbers in English words, from zero to one hundred."""

from __future__ import annotations

import re
from typing import Any

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

NUMBERS: dict[str, int] = {word: i for i, word in enumerate(_SMALL)}
for _i, _ten in enumerate(_TENS, 2):
    NUMBERS[_ten] = 10 * _i
    for _j, _one in enumerate(_SMALL[1:10], 1):
        NUMBERS[f"{_ten} {_one}"] = 10 * _i + _j
NUMBERS["hundred"] = NUMBERS["one hundred"] = NUMBERS["a hundred"] = 100

_FORMS = sorted(NUMBERS, key=len, reverse=True)
_IN_TEXT = re.compile(rf"\b(?:{'|'.join(form.replace(' ', '[ -]') for form in _FORMS)})\b", re.IGNORECASE)


def number_in_words(text: str, default: Any) -> Any:
    """The number that the whole text spells: `twenty-one`, `Minus three`."""
    form = " ".join(text.casefold().replace("-", " ").split())
    sign = 1
    if form.startswith(("minus ", "negative ")):
        form, sign = form.split(" ", 1)[1], -1
    return sign * NUMBERS[form] if form in NUMBERS else default


def words_for_numbers(text: str) -> list[int]:
    """The numbers spelled within a text. `one` alone is left out: it is more often a pronoun."""
    forms = [" ".join(m.group().casefold().replace("-", " ").split()) for m in _IN_TEXT.finditer(text)]
    return [NUMBERS[form] for form in forms if form != "one"]
