"""Changes of a text at places: collected, then made at once."""

from __future__ import annotations

from fmplang.syntax.diagnostics import Edit
from fmplang.syntax.source import Span


class Edits:
    """Edits of one text. Those that lie within another are dropped: what is replaced as a whole has no parts."""

    def __init__(self) -> None:
        self.made: list[Edit] = []

    def replace(self, start: int, end: int, text: str) -> None:
        self.made.append(Edit(Span(start, end), text))

    def insert(self, at: int, text: str) -> None:
        self.replace(at, at, text)

    def apply(self, text: str) -> str:
        out: list[str] = []
        done = 0
        for edit in sorted(self.made, key=lambda e: (e.span.start, e.span.end > e.span.start, -e.span.end)):
            if edit.span.start < done:
                continue
            out += [text[done:edit.span.start], edit.text]
            done = edit.span.end
        return "".join([*out, text[done:]])
