"""Lists and entries that models write without JSON: bullets, numbered lines, lines, commas, `key: value`."""

from __future__ import annotations

import re

from fmplang.backends.decode_raw import Misfit, clean
from fmplang.backends.decode_text import is_none

WORDS = 6  # an element of a list of words has no more of them

_BULLET = re.compile(r"\s*(?:[-*\u2022\u2013+]|\(?\d{1,3}[.)])\s+(.*)")
_SENTENCE = re.compile(
    r"(?:i|we|you|he|she|it|they|there|this|that|these|those|here|yes|no|not|sure|sorry|of course|as an|"
    r"the (?:image|picture|photo|list|text|answer|items?)|in the|my|unknown|unclear|maybe)\b(?!$)", re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:(?:the|my|final) ){0,2}(?:answer|result|output|list|items|elements|names|tags|labels|keywords|objects)"
    r"(?: is| are)?:\s*", re.IGNORECASE,
)
_ANY_TITLE = re.compile(r"[^\W\d][\w ]{0,40}:\s+")
_CLOSING = re.compile(r"(?:let me know|i hope|hope this|feel free|please let)\b[^\n]*", re.IGNORECASE)
_ENTRY = re.compile(
    r"\s*(?:[-*\u2022]\s+)?(?:\*\*|__|[\"'`])?([^\W\d][\w \-]{0,60}?)(?:\*\*|__|[\"'`])?\s*:(?:\*\*|__)?(?:\s+(.*))?")


def split_list(text: str, words: bool, numbers: bool = False) -> tuple[list[str], list[str]]:
    """The elements of a list as texts, and how they were found. `words`: any text is an element, so be careful;
    `numbers`: a comma may be a part of one.

    Misfit where the text may be a sentence, or where it is open whether `and` or a comma joins two elements.
    """
    if is_none(text) or clean(text).casefold() in ("nothing", "empty", "[]"):
        return [], ["none"]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].rstrip(" *_").endswith(":"):
        lines = lines[1:]
    if len(lines) > 1 and _CLOSING.fullmatch(lines[-1].strip()) and not _BULLET.fullmatch(lines[-1]):
        lines = lines[:-1]
    bullets = [_BULLET.fullmatch(line) for line in lines]
    if all(bullets):
        return [_plain(b.group(1).strip()) for b in bullets if b], ["bullets"]
    if any(bullets):
        raise Misfit("some of its lines are a list and some are not")
    if len(lines) > 1:
        parts = [_plain(line.strip().rstrip(",;")) for line in lines]
        _must_be_elements(parts, words)
        return parts, ["lines"]
    return _by_commas(lines[0].strip(), words, numbers)


def _by_commas(line: str, words: bool, numbers: bool) -> tuple[list[str], list[str]]:
    line = " ".join(line.split())
    flags = []
    title = (_TITLE if words else _ANY_TITLE).match(line)
    if title:
        line = line[title.end() :]
        flags = ["marked"]
    elif words and _ANY_TITLE.match(line):
        raise Misfit("it is open whether what stands before the colon is an element")
    if line[:1] in ("(", "[") and line[-1:] in (")", "]"):
        line = line[1:-1]
    if any(c in line for c in "{}[]"):
        raise Misfit("its JSON is broken")
    if numbers and re.search(r"(?<!\d)\d{1,3},\d{3}(?!\d)", line):
        raise Misfit("it is open whether a comma parts two numbers or stands within one")
    line = line.rstrip(".")
    parts = [part.strip() for part in re.split(r"[,;]", line)]
    last = parts[-1]
    if len(parts) > 1 and re.match(r"(?:and|or)\s", last):
        parts[-1] = last.split(None, 1)[1]  # a, b, and c
    elif re.search(r"\s(?:and|&)\s", last):
        if words:
            raise Misfit("it is open whether `and` joins two elements")
        parts[-1:] = re.split(r"\s+(?:and|&)\s+", last)
    if "" in parts:
        raise Misfit("one of its elements is empty")
    _must_be_elements(parts, words)
    return [_plain(part) for part in parts], [*flags, "commas" if len(parts) > 1 else "single"]


def _must_be_elements(parts: list[str], words: bool) -> None:
    if parts[0].casefold() in ("sorry", "i'm sorry"):
        raise Misfit("it is a refusal")
    if words and (_SENTENCE.match(parts[0]) or any(len(part.split()) > WORDS or ". " in part for part in parts)):
        raise Misfit("it reads like a sentence, not a list")


def _plain(part: str) -> str:
    """Without the quotes or emphasis around all of it. Misfit where a quote is not closed: it was cut there."""
    for mark in ("**", "__", '"', "'", "`"):
        if len(part) > 2 * len(mark) and part.startswith(mark) and part.endswith(mark):
            return part[len(mark) : -len(mark)]
    if part[:1] in ("\"", "'", "`", "\u201c") and part.count(part[0]) == 1 and "\u201d" not in part:
        raise Misfit("one of its elements has a quote that is not closed")
    return part


def split_entries(text: str) -> dict[str, str]:
    """`key: value`, one a line; a line above that ends in a colon is a title."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].rstrip(" *_").endswith(":"):
        lines = lines[1:]
    made: dict[str, str] = {}
    for line in lines:
        found = _ENTRY.fullmatch(line)
        if found is None:
            raise Misfit("it holds no JSON of that kind, and not one `key: value` a line")
        key, value = found.group(1).strip(), _plain((found.group(2) or "").strip())
        if key in made:
            raise Misfit("a key stands there twice")
        made[key] = value
    return made
