"""What is wrong with a program, as plain values: nothing here prints or raises."""

from __future__ import annotations

from typing import Literal

from fmplang.frozen import Frozen
from fmplang.syntax.source import Source, Span

Severity = Literal["error", "warning"]


class Label(Frozen, eq=True):
    """A secondary place that explains the primary one."""

    span: Span
    text: str
    source: Source | None = None  # None: the diagnostic's own source


class Edit(Frozen, eq=True):
    """Replace the text at `span` by `text`."""

    span: Span
    text: str


class Fix(Frozen, eq=True):
    """An exact change. `safe` fixes may be applied without asking (`check --fix`)."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


class Diagnostic(Frozen, eq=True):
    """A coded message about spans of one source.

    `code` is stable and listed by `fmplang explain`. `expected`/`found` are types or tokens as text, where
    the message is about a mismatch.
    """

    code: str
    title: str
    source: Source
    span: Span
    severity: Severity = "error"
    labels: tuple[Label, ...] = ()
    expected: str = ""
    found: str = ""
    help: str = ""
    fixes: tuple[Fix, ...] = ()

    def with_label(self, label: Label) -> Diagnostic:
        """The same with one more label."""
        return Diagnostic(self.code, self.title, self.source, self.span, self.severity, (*self.labels, label),
                          self.expected, self.found, self.help, self.fixes)

    def with_fix(self, fix: Fix) -> Diagnostic:
        """The same with this fix alone."""
        return Diagnostic(self.code, self.title, self.source, self.span, self.severity, self.labels, self.expected,
                          self.found, self.help, (fix,))

    @property
    def where(self) -> str:
        line, column = self.source.position(self.span.start)
        return f"{self.source.name}:{line}:{column}"
