"""Text measured for a terminal, and made safe for it by `escape`."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

from fmplang.syntax.visible import escape as escape


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
