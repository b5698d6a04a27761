"""What an import has to say of the original: kept in one place, sorted by place."""

from __future__ import annotations

from collections.abc import Callable

from fmplang.syntax.diagnostics import Diagnostic, Severity
from fmplang.syntax.source import Source, Span
from fmplang.syntax.visible import escape

LONGEST = 120  # characters of what a message quotes


class Reports:
    """Diagnostics about one original. `place` turns an offset of the text that is read into one of the original."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self.place: Callable[[int], int] = int

    def error(self, code: str, title: str, span: Span, help: str) -> None:
        """Something that could not be turned."""
        self._add(code, title, span, help, "error")

    def left_out(self, title: str, span: Span, help: str) -> None:
        """Something that was left out, and is not missed or may be."""
        self._add("FMP871", title, span, help, "warning")

    def _add(self, code: str, title: str, span: Span, help: str, severity: Severity) -> None:
        at = Span(self.place(span.start), self.place(span.end))
        self.found.append(Diagnostic(code, title, self.source, at, severity, help=help))

    def sorted(self) -> tuple[Diagnostic, ...]:
        return tuple(sorted(self.found, key=lambda d: (d.span.start, d.span.end, d.code)))


def quoted(text: str) -> str:
    """A piece of the original, as a message may show it."""
    short = text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."
    return f"`{escape(short)}`"
