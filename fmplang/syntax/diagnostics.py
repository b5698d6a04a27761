"""What is wrong with a program, as plain values: nothing here prints or raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fmplang.syntax.source import Source, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place that explains the primary one."""

    span: Span
    text: str
    source: Source | None = None  # None: the diagnostic's own source


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """An exact change. `safe` fixes may be applied without asking (`check --fix`)."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A coded message about spans of one source.

    `code` is stable and listed by `fmplang explain`. `expected`/`found` are types or tokens as text, where
    the message is about a mismatch.
    """

    code: str
    title: str
    source: Source = field(repr=False)
    span: Span
    severity: Severity = "error"
    labels: tuple[Label, ...] = ()
    expected: str = ""
    found: str = ""
    help: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def where(self) -> str:
        line, column = self.source.position(self.span.start)
        return f"{self.source.name}:{line}:{column}"
