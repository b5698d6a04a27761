"""One number from a text that a model wrote, in digits or in words."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Any

from fmplang.backends.decode_raw import EDGES, NOTHING, UNSURE, Misfit
from fmplang.backends.decode_words import SCALES, number_in_words, words_for_numbers

_EXACT_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,3999})")
_EXACT_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,3999})(?:\.[0-9]{1,4000})?(?:[eE][-+]?[0-9]{1,4})?")
_MONEY = "[$\u20ac\u00a3\u00a5]"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?!\d)|\d+)"
_NUMBER = re.compile(rf"[-+]?(?:{_DIGITS}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{{1,4}})?")
_IN_TEXT = re.compile(
    rf"(?<![\w.,:/#%@-]){_MONEY}?([-+]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{{1,4}})?)"
    r"(?:( (?:hundred|thousand|million|billion|trillion|dozen)\b)|(?![\w%:/]|[.,-]\d))", re.IGNORECASE,
)
_SCALED = re.compile(
    r"([-+]?\d[\d,]{0,20}(?:\.\d{1,20})?) (hundred|thousand|million|billion|trillion|dozen)", re.IGNORECASE,
)
_UNIT = re.compile(
    rf"({_MONEY}?)\s?([-+]?[\d.,]{{0,40}}\d)"
    rf"(\s?(?:{_MONEY}|\u00b0\s?[CFcf]?|mm|cm|m|km|mg|g|kg|lbs?|oz|ms|s|min|hrs?|h|k?hz|[mg]hz|kb|mb|gb|tb|ml|l|"
    r"kwh?|w|v|px|mph|kmh)|\s[^\W\d_]{1,20})?\.?", re.IGNORECASE,
)
_SCALE_OR_UNIT = re.compile(rf"\d\s?(?:[kKMbBT]|bn|mn|mio|mrd|tn)\b|{_MONEY}\s?[\d.,]+\s?m\b")
_BOUND = re.compile(
    r"\b(?:at (?:least|most)|(?:more|less|fewer|greater|larger|smaller) than|over|under|above|below|up to|between|"
    r"minimum|maximum|almost|nearly|close to|more|could|may|no|none|nor|not|n't|or|several)\b|n't\b|[+]$|"
    r"[<>\u2264\u2265\u00b1]", re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:half|halves|thirds?|quarters?|fifths?|tenths?|percent|per cent|pct|percentages?|twice|double|triple|dozens|"
    r"hundreds|thousands|millions|billions|couple|pairs?)\b", re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|estimate[ds]?|or so)\b|[~\u2248]", re.IGNORECASE,
)
_COUNTING = re.compile(r"\d{1,3}[.)] [^\W\d]")
_EDGES = EDGES.replace(".", "")


class NumberReader:
    """`whole_only`: an int is wanted, and a number with decimals is none."""

    def __init__(self, whole_only: bool) -> None:
        self.whole_only = whole_only

    def exact(self, text: str) -> Any:
        if self.whole_only:
            return int(text) if _EXACT_INT.fullmatch(text) else NOTHING
        return float(text) if _EXACT_FLOAT.fullmatch(text) else NOTHING

    def may_fold(self, raw: str) -> bool:
        """Not where folding would make a digit of an exponent or a fraction: 3\u00b2 is not 32."""
        return raw.isascii() or not any(
            unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>")) for c in raw)

    def whole(self, text: str) -> Any:
        bare = _bare(text)
        scaled = _SCALED.fullmatch(bare)
        if scaled:
            return self._scaled(scaled)
        digits = bare
        if not _NUMBER.fullmatch(bare):
            unit = _UNIT.fullmatch(bare)
            digits = unit.group(2) if unit and (unit.group(1) or unit.group(3)) else ""
            word = (unit.group(3) or "").strip().lower() if unit else ""
            if word in SCALES or _SCALE_OR_UNIT.search(bare) or _PART.search(bare):
                return NOTHING
            if not _NUMBER.fullmatch(digits):
                value = number_in_words(bare, NOTHING)
                return value if value is NOTHING or self.whole_only else float(value)
        return self._digits(re.sub(r"[,' \u00a0\u202f]", "", digits))

    def _digits(self, digits: str) -> Any:
        if len(digits) > 4000:
            raise Misfit(f"it is a number of {len(digits):,} characters")
        if not self.whole_only:
            return float(digits)
        if re.fullmatch(r"[-+]?\d+", digits):
            return int(digits)
        value = float(digits)
        return int(value) if re.fullmatch(r"[-+]?\d+\.0*", digits) and abs(value) < 2**53 else NOTHING

    def _scaled(self, found: re.Match[str]) -> Any:
        value = Fraction(found.group(1).replace(",", "")) * SCALES[found.group(2).lower()]
        if not self.whole_only:
            return float(value)
        return int(value) if value.denominator == 1 else NOTHING

    def flags(self, text: str, value: Any) -> list[str]:
        even = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
        bare = _bare(even)
        made = ["edges"] * (bare != " ".join(even.split()))
        if self.exact(bare) is not NOTHING:
            return made + ["spelling"] * (even != text)
        if not any(c.isdigit() for c in bare) or _SCALED.fullmatch(bare):
            return [*made, "words"]
        if not _NUMBER.fullmatch(bare):
            made.append("unit")
        if re.search(r"\d[, '\u00a0\u202f]\d{3}", bare):
            made.append("grouping")
        if self.whole_only and re.search(r"\d\.", bare):
            made.append("float->int")
        return made or ["spelling"]

    def within(self, text: str) -> tuple[Any, list[str]]:
        """`There are 3 dogs.` Every digit of the text must belong to the number, and no words limit it."""
        if not self.may_fold(text):
            return NOTHING, []
        matches = list(_IN_TEXT.finditer(text))
        digits = sum(c.isdigit() for c in text)
        if digits != sum(c.isdigit() for m in matches for c in m.group(1)) or _SCALE_OR_UNIT.search(text):
            return NOTHING, []
        rest = _IN_TEXT.sub(" ", text)
        words = [value if value is NOTHING or self.whole_only else float(value)
                 for value in words_for_numbers(rest, NOTHING)]
        values = [self.whole(m.group(1) + (m.group(2) or "")) for m in matches] + words
        if not values or NOTHING in values:
            return NOTHING, []
        if len(matches) > 1 or len(words) > 1 or any(value != values[0] for value in values):
            raise Misfit("it names more than one number")
        if values[0] != 1 and re.search(r"\bone\b", rest, re.IGNORECASE):
            raise Misfit("it names more than one number")
        if _BOUND.search(text) or UNSURE.search(text) or (_COUNTING.match(text) and not words):
            raise Misfit("it does not say that the number is the answer")
        if _PART.search(text):
            raise Misfit("its number is a part or a multiple of something")
        grouped = any("," in m.group(1) for m in matches)
        spelled = not matches or any(m.group(2) for m in matches)
        return values[0], (["sentence"] + ["approximate"] * bool(_ABOUT.search(text))
                           + ["words"] * spelled + ["grouping"] * grouped)

    def must_hold(self, text: str, value: Any) -> None:
        """Other numbers beside a marked one are reasons, not answers."""


def _bare(text: str) -> str:
    """Without what stands around a number; a leading point is a part of it, and two dollar signs are a formula."""
    bare = text.lstrip(_EDGES).rstrip(EDGES)
    return bare[1:-1] if len(bare) > 2 and bare[0] == bare[-1] == "$" else bare
