"""Text made safe and measured for a terminal."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

# Categories that could move the cursor, hide text or break an encoding: control, format (bidirectional
# overrides among them), surrogates, private use, unassigned; and the two separators that some terminals obey.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def escape(text: str, *, keep: str = "") -> str:
    """`text` with every character that a terminal could obey written as an escape. `keep` lists exceptions.

    >>> escape("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or category(c) not in _UNSAFE else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    known = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if known:
        return known
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def width(text: str) -> int:
    """Columns that (escaped) text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) or category(c) == "Mn" else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def expand(text: str, tab: int = 4) -> str:
    """`text` of one source line as shown: tabs to stops, the rest escaped."""
    if "\t" not in text:
        return escape(text)
    made: list[str] = []
    column = 0
    for part_number, part in enumerate(text.split("\t")):
        if part_number:
            gap = tab - column % tab
            made.append(" " * gap)
            column += gap
        shown = escape(part)
        made.append(shown)
        column += width(shown)
    return "".join(made)


def fit(text: str, room: int) -> str:
    """`text` cut to `room` columns, with an ellipsis where something is cut off."""
    if width(text) <= room:
        return text
    made, used = [], 0
    for character in text:
        used += width(character)
        if used > room - 1:
            break
        made.append(character)
    return "".join(made) + "…"
