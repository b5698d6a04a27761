"""Lists that models write without JSON: bullets, numbered lines, lines, commas."""

from __future__ import annotations

import re

from fmplang.backends.decode_text import Misfit, clean, is_none

WORDS = 6  # an element of a list of words has no more of them

_BULLET = re.compile(r"\s*(?:[-*\u2022\u2013]|\d{1,3}[.)])\s+(.*)")
_SENTENCE = re.compile(
    r"(?:i|we|you|he|she|it|they|there|this|that|these|those|here|yes|no|sure|of course|the (?:image|picture|photo|"
    r"list|text|answer|items?)|in the|my)\b(?!$)", re.IGNORECASE,
)


def split_list(text: str, words: bool) -> tuple[list[str], str]:
    """The elements of a list as texts, and how they were found. `words`: any text is an element, so be careful.

    Misfit where the text may be a sentence, or where it is open whether `and` joins two elements.
    """
    if is_none(text) or clean(text).casefold() in ("nothing", "empty", "[]"):
        return [], "none->[]"
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].rstrip().endswith(":"):
        lines = lines[1:]
    bullets = [_BULLET.fullmatch(line) for line in lines]
    if all(bullets):
        return [b.group(1).strip() for b in bullets if b], "bullets"
    if any(bullets):
        raise Misfit("some of its lines are a list and some are not")
    if len(lines) > 1:
        parts = [line.strip().rstrip(",;") for line in lines]
        _must_be_elements(parts, words)
        return parts, "lines"
    return _by_commas(lines[0].strip(), words)


def _by_commas(line: str, words: bool) -> tuple[list[str], str]:
    line = " ".join(line.split())
    if line[0] in "([" and line[-1] in ")]":
        line = line[1:-1]
    if any(c in line for c in "{}[]"):
        raise Misfit("its JSON is broken")
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
    return [_unquoted(part) for part in parts], "commas" if len(parts) > 1 else "single"


def _must_be_elements(parts: list[str], words: bool) -> None:
    if words and (_SENTENCE.match(parts[0]) or any(len(part.split()) > WORDS or ". " in part for part in parts)):
        raise Misfit("it reads like a sentence, not a list")


def _unquoted(part: str) -> str:
    if len(part) > 1 and part[0] == part[-1] and part[0] in "\"'`":
        return part[1:-1]
    return part
