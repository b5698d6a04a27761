"""One bool, number or label from a text that a model wrote.

Each reader tries the whole text, then what is marked as the answer and what stands on the first or last line,
then the sentence. On each level all readings must agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from fmplang.backends.decode_words import number_in_words, words_for_numbers
from fmplang.check.types import BOOL, INT, LiteralType, Type

LONGEST = 20_000  # beyond that many characters nothing is looked for in a text: it is the answer, or it is not


class Misfit(Exception):
    """The answer is no value of the type; the text says why."""


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Any = _Nothing()

_THOUGHTS = re.compile(r"\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_NONE = frozenset({"none", "null", "n/a", "n.a", "n-a", "na", "nil", "not applicable"})
_EDGES = " \t\r\n*_`\"'\u201c\u201d\u2018\u2019.!?,;:"
_MARKED = re.compile(
    r"\banswer(?:\s+is|\s*[:=\-\u2013])+\s*(.{1,200}?)(?=[.!;]?\s*(?:\n|$)|[.!;]\s)", re.IGNORECASE
)
_BOXED = re.compile(r"\\boxed\{([^{}\n]{1,200})\}")
_REASON = re.compile(r", | because | since | \(")
FENCE = "```"


def without_thoughts(text: str) -> str:
    """Stripped, and without the reasoning that some models write before the answer."""
    found = _THOUGHTS.match(text)
    return (text[found.end() :] if found else text).strip().strip("\ufeff")


def fenced(text: str) -> list[str]:
    """What stands between pairs of fences, without the name of a language on the first line."""
    parts = text.split(FENCE)
    inner = [part for i, part in enumerate(parts) if i % 2 and i < len(parts) - 1]
    return [rest if first.strip().isalnum() else part for part in inner for first, _, rest in [part.partition("\n")]]


def clean(text: str) -> str:
    """Without emphasis, quotes and punctuation around it."""
    return text.strip(_EDGES)


def is_none(text: str) -> bool:
    return clean(text).casefold() in _NONE


def says_none(text: str) -> bool:
    """`None`, also in a fence or behind "the answer is"."""
    if is_none(text):
        return True
    if len(text) > LONGEST:
        return False
    found = fenced(text) or _MARKED.findall(_even(text))
    return len(found) == 1 and is_none(found[0])


def read_scalar(text: str, type_: Type, inside: bool) -> tuple[Any, list[str]]:
    """The value and how it was found, or NOTHING. Misfit where readings disagree."""
    text = _even(text)
    whole, within, name = _readers(type_)
    if FENCE not in text:
        value = whole(text)
        if value is not NOTHING:
            return value, [f"text->{name}"]
    if inside or len(text) > LONGEST:
        return NOTHING, []
    fences = fenced(text)
    if len(fences) == 1 and whole(fences[0]) is not NOTHING:
        return whole(fences[0]), ["fence", f"text->{name}"]
    value = _agreed(map(whole, _candidates(text)))
    if value is NOTHING:
        value = within(text)
    elif type_ == BOOL:
        _must_not_waver(text, value)
    return value, [] if value is NOTHING else ["found in text", f"text->{name}"]


def _even(text: str) -> str:
    """One form for each letter, one space between words, no empty lines; else a search could go astray in blanks."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _candidates(text: str) -> Iterable[str]:
    yield from _BOXED.findall(text)
    for marked in _MARKED.findall(text):
        yield marked
        yield _REASON.split(marked, maxsplit=1)[0]
    lines = text.splitlines()
    if len(lines) > 1:
        yield lines[0]
        yield lines[-1]


def _agreed(values: Iterable[Any]) -> Any:
    found = [value for value in values if value is not NOTHING]
    if any(value != found[0] for value in found[1:]):
        raise Misfit("it gives more than one answer")
    return found[0] if found else NOTHING


Read = Callable[[str], Any]


def _readers(type_: Type) -> tuple[Read, Read, str]:
    if isinstance(type_, LiteralType):
        labels = _Labels(type_)
        return labels.whole, labels.within, "label"
    if type_ == BOOL:
        return _bool, _bool_within, "bool"
    if type_ == INT:
        return _int, lambda text: _number_within(text, _int), "int"
    return _float, lambda text: _number_within(text, _float), "float"


# ---------------------------------------------------------------- yes and no

_BOOLS = {"yes": True, "true": True, "y": True, "no": False, "false": False, "n": False}
_FIRST = re.compile(
    r"\W*(yes|no|true|false)\b(?:\s*(?:[,.:;!(\u2013\u2014]|-\s)|\s+(?:it|there|the|this|that|he|she|they|we|you)\b)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:can ?not|can't|could not|couldn't|unable|unclear|uncertain|unsure|"
    r"not (?:sure|certain|clear|possible|enough)|(?:don't|do not) know|unknown|impossible|"
    r"hard to|difficult to|maybe|perhaps|possibly|probably|might|"
    r"depends|either|neither)\b", re.IGNORECASE,
)


def _bool(text: str) -> Any:
    return _BOOLS.get(clean(text).casefold(), NOTHING)


def _bool_within(text: str) -> Any:
    """`Yes, there is a dog.`"""
    found = _FIRST.match(text)
    if found is None:
        return NOTHING
    value = _BOOLS[found.group(1).casefold()]
    rest = text[found.end(1) :]
    other = r"\b(?:no|false)\b" if value else r"\b(?:yes|true)\b"
    if re.search(other, rest, re.IGNORECASE):
        raise Misfit("it says both yes and no")
    if _UNSURE.search(rest):
        raise Misfit("it is not sure")
    return value


_ANSWERING = re.compile(r"(?:^|[:,.;!?-] ?)(yes|no|true|false)\b(?=\s*(?:[.,!;:]|$))", re.IGNORECASE | re.MULTILINE)


def _must_not_waver(text: str, value: bool) -> None:
    if any(_BOOLS[word.casefold()] is not value for word in _ANSWERING.findall(text)):
        raise Misfit("it says both yes and no")


# ------------------------------------------------------------------- numbers

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?!\d)|\d+)"
_NUMBER = re.compile(rf"[$\u20ac\u00a3\u00a5]?\s?([-+]?(?:{_DIGITS}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{{1,4}})?)")
_IN_TEXT = re.compile(
    r"(?<![\w.,:/#%@-])[$\u20ac\u00a3\u00a5]?([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,4})?)"
    r"(?![\w%:/]|[.,-]\d)"
)
_BOUND = re.compile(
    r"\b(?:at (?:least|most)|(?:more|less|fewer|greater|larger|smaller) than|over|under|above|below|up to|between|"
    r"minimum|maximum|not|n't|or|several)\b|[<>\u2264\u2265~]", re.IGNORECASE,
)


def _float(text: str) -> Any:
    bare = clean_number(text)
    found = _NUMBER.fullmatch(bare)
    if found is None:
        value = number_in_words(bare, NOTHING)
        return value if value is NOTHING else float(value)
    return float(re.sub(r"[,' \u00a0\u202f]", "", found.group(1)))


def _int(text: str) -> Any:
    bare = clean_number(text)
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return number_in_words(bare, NOTHING)
    digits = re.sub(r"[,' \u00a0\u202f]", "", found.group(1))
    if len(digits) > 4000:
        raise Misfit(f"it is a number of {len(digits):,} characters")
    if re.fullmatch(r"[-+]?\d+", digits):
        return int(digits)
    value = float(digits)
    return int(value) if re.fullmatch(r"[-+]?\d+\.0*", digits) and abs(value) < 2**53 else NOTHING


def clean_number(text: str) -> str:
    """Like `clean`, but a leading point is a part of the number."""
    return text.lstrip(_EDGES.replace(".", "")).rstrip(_EDGES)


def _number_within(text: str, whole: Read) -> Any:
    """`There are 3 dogs.` Every digit of the text must belong to the number, and no words limit it."""
    found = [m.group(1) for m in _IN_TEXT.finditer(text)]
    digits = sum(c.isdigit() for c in text)
    if digits != sum(c.isdigit() for number in found for c in number):
        return NOTHING
    words = words_for_numbers(text)
    values = [whole(number) for number in found] + words
    if not values or NOTHING in values:
        return NOTHING
    if len(found) > 1 or len(words) > 1 or any(value != values[0] for value in values):
        raise Misfit("it names more than one number")
    if values[0] != 1 and re.search(r"\bone\b", text, re.IGNORECASE):
        raise Misfit("it names more than one number")
    if _BOUND.search(text) or _UNSURE.search(text):
        raise Misfit("it does not say that the number is the answer")
    return values[0]


# -------------------------------------------------------------------- labels


_DENIED = re.compile(r"\b(?:not|no|never|\w*n t|neither|nor|rather than|instead of|except|but|or|than)\b")


class _Labels:
    """Labels compared without case, punctuation and the choice between space, hyphen and underscore."""

    def __init__(self, type_: LiteralType) -> None:
        self.texts = [value for value in type_.values if type(value) is str]
        self.others = [value for value in type_.values if type(value) is not str]
        self.by_form: dict[str, list[str]] = {}
        for label in self.texts:
            self.by_form.setdefault(_form(label), []).append(label)

    def whole(self, text: str) -> Any:
        bare = text.strip()
        same = [label for label in self.texts if label == bare]
        same = same or [label for label in self.texts if label.casefold() == clean(bare).casefold()]
        same = same or self.by_form.get(_form(text), [])
        if len(same) > 1:
            raise Misfit(f"it stands for {' and '.join(map(repr, same))}")
        if same:
            return same[0]
        for value in self.others:
            read = _bool(text) if type(value) is bool else _int(text)
            if read is not NOTHING and read == value and type(read) is type(value):
                return value
        return NOTHING

    def within(self, text: str) -> Any:
        """`I would say high.` One label, as whole words, the longest at each place, and nothing that denies it."""
        forms = sorted((form for form in self.by_form if form), key=len, reverse=True)
        if not forms or self.others:
            return NOTHING
        plain = f" {_form(text)} "  # a label may follow another, so blanks are looked at, not taken
        pattern = re.compile("|".join(rf"(?<= ){re.escape(form)}(?= )" for form in forms))
        found = {m.group() for m in pattern.finditer(plain)}
        if len(found) > 1:
            raise Misfit("it names more than one label")
        if not found:
            return NOTHING
        label = found.pop()
        rest = plain.replace(f" {label} ", " , ")
        if _DENIED.search(rest) or _UNSURE.search(rest):
            raise Misfit("it does not say that the label is the answer")
        if len(self.by_form[label]) > 1:
            raise Misfit(f"it stands for {' and '.join(map(repr, self.by_form[label]))}")
        return self.by_form[label][0]


def _form(text: str) -> str:
    """`Very-High!` and `very_high` are `very high`."""
    letters = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split()) or text.strip()
