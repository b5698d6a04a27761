"""One bool, number or label from a text that a model wrote.

Each reader tries the whole text, then what is marked as the answer and what stands on the first or last line,
then the sentence. On each level all readings must agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from fmplang.backends.decode_labels import Labels
from fmplang.backends.decode_numbers import NumberReader
from fmplang.backends.decode_raw import EDGES, FENCE, HEDGED, LONGEST, NOTHING, UNSURE, Misfit, clean, fenced
from fmplang.check.types import BOOL, INT, LiteralType, Type

_NONE = frozenset({"none", "null", "n/a", "n.a", "n-a", "na", "nil", "not applicable"})
_ABSENT = re.compile(
    r"(?:unknown|unspecified|not (?:available|specified|stated|mentioned|provided|given|known|present|found)|"
    r"no (?:value|answer|data))", re.IGNORECASE,
)
_MARK = r"\b(?:answer|result|output|verdict|conclusion|prediction)[*_\"]{0,3}(?:\s+is|\s*[:=\-\u2013])+"
_MARKED = re.compile(_MARK + r"\s*(.{1,200}?)(?=[.!;]?\s*(?:\n|$)|[.!;]\s)", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{(?:\\(?:text|mathrm|textbf)\{)?([^{}\n]{1,200})\}")
_REASON = re.compile(r", | because | since | \(")
_TAKEN_BACK = re.compile(
    r"(?:^|[.!?\n,;\u2014-] *)(?:actually|wait|hmm)\b|"
    r"\b(?:on second thoughts?|correction|scratch that|i mean|i was wrong|my mistake|let me re\w+)\b", re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:if|whether|not|guess|unless)\b|n't\b", re.IGNORECASE)


def is_none(text: str) -> bool:
    return clean(text).casefold() in _NONE


def says_none(text: str, phrases: bool) -> bool:
    """`None`, also in a fence or behind "the answer is"; with `phrases` also `unknown` and `not stated`."""
    if _whole_none(text, phrases):
        return True
    if len(text) > LONGEST:
        return False
    found = fenced(text) or _MARKED.findall(_even(text))
    return len(found) == 1 and _whole_none(found[0], phrases)


def _whole_none(text: str, phrases: bool) -> bool:
    return is_none(text) or (phrases and _ABSENT.fullmatch(clean(text)) is not None)


def read_scalar(text: str, type_: Type, inside: bool) -> tuple[Any, list[str]]:
    """The value and how it was found, or NOTHING. Misfit where readings disagree."""
    reader = _reader(type_)
    value = reader.exact(text)
    if value is not NOTHING:
        return value, []
    if len(text) > LONGEST:
        return NOTHING, []
    value = NOTHING if FENCE in text else _whole(reader, _even(text), text)
    if value is not NOTHING:
        return value, reader.flags(text, value)
    if inside:
        return NOTHING, []
    fences = fenced(text)
    if len(fences) == 1:
        inner = fences[0].strip()
        value = reader.exact(inner)
        value = value if value is not NOTHING else _whole(reader, _even(inner), inner)
        if value is not NOTHING:
            return value, ["fence", *reader.flags(inner, value)]
    return _search(reader, _even(text), text)


def _search(reader: Reader, text: str, raw: str) -> tuple[Any, list[str]]:
    if text.rstrip(EDGES).endswith("?"):
        raise Misfit("it asks a question")
    if not reader.may_fold(raw):
        return NOTHING, []
    found = [(at, flag, piece, value) for at, flag, piece in _candidates(text)
             for value in [reader.whole(piece)] if value is not NOTHING]
    if any(value != found[0][3] for _, _, _, value in found[1:]):
        raise Misfit("it gives more than one answer")
    if not found:
        value, flags = reader.within(text)
        return value, [] if value is NOTHING else flags
    last = [m.start() for m in _TAKEN_BACK.finditer(text)][-1:]
    if last and last[0] > max(at for at, _, _, _ in found):
        raise Misfit("it takes an answer back")
    _, flag, piece, value = next((f for f in found if f[1] == "marked"), found[0])
    reader.must_hold(text, value)
    return value, [flag, *reader.flags(piece, value)]


def _whole(reader: Reader, text: str, raw: str) -> Any:
    return NOTHING if text != raw and not reader.may_fold(raw) else reader.whole(text)


def _even(text: str) -> str:
    """One form for each letter, one space between words, no empty lines; else a search could go astray in blanks."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _candidates(text: str) -> list[tuple[int, str, str]]:
    """Where an answer may stand alone: its place, the flag, and the text there."""
    made = [(m.start(), "marked", m.group(1)) for m in _BOXED.finditer(text)]
    for m in _MARKED.finditer(text):
        before = re.split(r"[.!?\n]", text[max(0, m.start() - 200) : m.start()])[-1]
        if _OPEN.search(before) or UNSURE.search(before):
            raise Misfit("it does not say that this is the answer")
        made.append((m.start(), "marked", m.group(1)))
        piece, *rest = _REASON.split(m.group(1), maxsplit=1)
        if rest and not (UNSURE.search(rest[0]) or HEDGED.search(rest[0])):
            made.append((m.start(), "marked", piece))
    lines = text.splitlines()
    if len(lines) > 1:
        made += [(0, "line", lines[0]), (len(text) - len(lines[-1]), "line", lines[-1])]
    return made


# ---------------------------------------------------------------- yes and no

_EXACT = {"true": True, "false": False, "yes": True, "no": False}
_BOOLS = {**_EXACT, "y": True, "n": False}
_OPENS = r"[\s*_\"'`(\[\u201c]*"
_FIRST = (
    rf"{_OPENS}(?P<word>yes|no|true|false)\b(?:\W*$|\s*(?:[,.:;!(\u2013\u2014]|-\s)|"
    r"\s+(?:it|there|the|this|that|he|she|they|we|you)\b)"
)
_LEAD = (
    rf"{_OPENS}(?:[^.!?\n]{{5,200}}\?\s+|(?:(?:i (?:think|believe|would say|'d say)|i'd say|my answer is|"
    r"(?:it|that|this) is|it's|that's|the (?:statement|claim|caption|sentence|assertion|hypothesis) is|"
    r"so|thus|therefore|hence|[\w ]{1,40}:)[,:]?\s+){1,2})"
)
_AT_ONCE = re.compile(_FIRST, re.IGNORECASE)
_LED_TO = re.compile(f"(?P<lead>{_LEAD}){_FIRST}", re.IGNORECASE)
_ANSWERING = re.compile(r"(?:^|[:,.;!?-] ?)(yes|no|true|false)\b(?=\s*(?:[.,!;:?]|$))", re.IGNORECASE | re.MULTILINE)


class _Bools:
    def exact(self, text: str) -> Any:
        return _EXACT.get(text, NOTHING)

    def may_fold(self, raw: str) -> bool:
        return True

    def whole(self, text: str) -> Any:
        return _BOOLS.get(clean(text, "()[]").casefold(), NOTHING)

    def flags(self, text: str, value: Any) -> list[str]:
        bare = clean(text, "()[]")
        return ["edges"] * (bare != text) + ["spelling"] * (bare not in _EXACT)

    def within(self, text: str) -> tuple[Any, list[str]]:
        """`Yes, there is a dog.` and `The claim is false.`"""
        found = _AT_ONCE.match(text)
        if found is None:
            found = _LED_TO.match(text)
            if found and UNSURE.search(found["lead"]):
                raise Misfit("it is not sure")
        if found is None:
            return NOTHING, []
        value = _BOOLS[found["word"].casefold()]
        rest = text[found.end("word") :]
        other = r"\b(?:no|false)\b" if value else r"\b(?:yes|true)\b"
        if re.search(other, rest, re.IGNORECASE):
            raise Misfit("it says both yes and no")
        if UNSURE.search(rest) or HEDGED.search(rest):
            raise Misfit("it is not sure")
        self.must_hold(text, value)
        return value, ["sentence"]

    def must_hold(self, text: str, value: Any) -> None:
        if any(_BOOLS[word.casefold()] is not value for word in _ANSWERING.findall(text)):
            raise Misfit("it says both yes and no")


Reader = _Bools | NumberReader | Labels
_READERS: dict[Type, Callable[[], Reader]] = {BOOL: _Bools, INT: lambda: NumberReader(True)}


def _reader(type_: Type) -> Reader:
    """What reads one kind of scalar: `exact` and `whole` take a text that is the answer, `within` a sentence;
    `flags` tells how a text that `whole` took is spelled, and `must_hold` looks for what speaks against a value."""
    if isinstance(type_, LiteralType):
        return Labels(type_, _Bools())
    return _READERS.get(type_, lambda: NumberReader(False))()
