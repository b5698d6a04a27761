"""Diagnostics and errors as a person reads them: a headline, the source with what is meant underlined, help.

    error[FMP201]: the argument `name` takes str, found int
      --> query.fmp:4:23
       |
     4 |     return image.find(3)
       |                       ^ expected str, found int
       = help: write find("3")
"""

from __future__ import annotations

from fmplang.cli.text import escape, expand, fit, width
from fmplang.frozen import Frozen
from fmplang.syntax.diagnostics import Diagnostic, Label
from fmplang.syntax.source import Source, Span

LINE = 110  # columns of one shown source line; a longer one is cut around what is meant
TEXT = 200  # columns of one line of a message; programs are untrusted, and so are the names that messages quote
MOST_LABELS = 6


class Paint(Frozen):
    """How parts are coloured; every field is a pair of escape sequences, empty without colour."""

    error: tuple[str, str] = ("", "")
    warning: tuple[str, str] = ("", "")
    note: tuple[str, str] = ("", "")
    bold: tuple[str, str] = ("", "")
    dim: tuple[str, str] = ("", "")


PLAIN = Paint()
COLOUR = Paint(
    error=("\x1b[1;31m", "\x1b[0m"), warning=("\x1b[1;33m", "\x1b[0m"), note=("\x1b[36m", "\x1b[0m"),
    bold=("\x1b[1m", "\x1b[0m"), dim=("\x1b[34m", "\x1b[0m"),
)


def _in(colour: tuple[str, str], text: str) -> str:
    return f"{colour[0]}{text}{colour[1]}"


def render(diagnostic: Diagnostic, paint: Paint = PLAIN) -> str:
    """One diagnostic, without a newline at its end."""
    colour = paint.warning if diagnostic.severity == "warning" else paint.error
    lines = [headline(diagnostic.severity, diagnostic.code, diagnostic.title, paint)]
    note = ""
    if diagnostic.expected and diagnostic.found:
        note = f"expected {diagnostic.expected}, found {diagnostic.found}"
    elif diagnostic.expected:
        note = f"expected {diagnostic.expected}"
    lines += frame(diagnostic.source, diagnostic.span, note, diagnostic.labels, paint, colour)
    gutter = " " * _gutter(diagnostic.source, [diagnostic.span])
    if diagnostic.help:
        lines.append(_remark(gutter, "help", diagnostic.help, paint))
    lines += [_remark(gutter, "fix", f"{fix.title}{' (check --fix does it)' if fix.safe else ''}", paint)
              for fix in diagnostic.fixes]
    return "\n".join(lines)


def headline(severity: str, code: str, title: str, paint: Paint = PLAIN) -> str:
    colour = paint.warning if severity == "warning" else paint.error
    return f"{_in(colour, f'{severity}[{code}]')}{_in(paint.bold, f': {fit(escape(title), TEXT)}')}"


def _remark(gutter: str, word: str, text: str, paint: Paint) -> str:
    """A note under a frame; further lines of the text are indented to the first."""
    indent = f"\n{gutter}   {' ' * (len(word) + 2)}"
    shown = indent.join(fit(expand(line), TEXT) for line in text.split("\n"))
    return f"{gutter} {_in(paint.dim, '=')} {_in(paint.bold, word)}: {shown}"


def frame(source: Source, span: Span, note: str = "", labels: tuple[Label, ...] = (), paint: Paint = PLAIN,
          colour: tuple[str, str] = ("", ""), sign: str = "^") -> list[str]:
    """The lines of source that `span` and `labels` are on. The place in the head is the span's start."""
    marks = [(span, note, sign, colour)]
    elsewhere: list[Label] = []
    for label in labels[:MOST_LABELS]:
        if label.source is None or label.source is source:
            marks.append((label.span, label.text, "-", paint.note))
        else:
            elsewhere.append(label)
    size = _gutter(source, [mark[0] for mark in marks])
    line, column = source.position(span.start)
    bar = _in(paint.dim, "|")
    made = [f"{' ' * size}{_in(paint.dim, '-->')} {escape(source.name)}:{line}:{column}", f"{' ' * size} {bar}"]
    by_line: dict[int, list[tuple[Span, str, str, tuple[str, str]]]] = {}
    for mark in marks:
        by_line.setdefault(source.position(mark[0].start)[0], []).append(mark)
    previous = 0
    for number in sorted(by_line):
        if previous and number > previous + 1:
            made.append(f"{' ' * size}{_in(paint.dim, '...')}")
        previous = number
        made += _line(source, number, sorted(by_line[number], key=lambda mark: mark[0].start), size, paint)
    for label in elsewhere:
        assert label.source is not None
        made += frame(label.source, label.span, label.text, (), paint, paint.note, "-")
    return made


def _gutter(source: Source, spans: list[Span]) -> int:
    return max(len(str(source.position(span.start)[0])) for span in spans) + 1


def _line(source: Source, number: int, marks: list[tuple[Span, str, str, tuple[str, str]]], size: int,
          paint: Paint) -> list[str]:
    """One source line and, below it, one line per mark."""
    text = source.line(number)
    start = source.line_starts[number - 1]
    first, cut = 0, len(text)
    if len(text) > LINE:  # a window that shows the first mark with something before it
        first = max(0, min(marks[0][0].start - start - 20, len(text) - LINE))
        cut = first + LINE
    before = "…" if first else ""
    after = "…" if cut < len(text) else ""
    bar = _in(paint.dim, "|")
    made = [f"{_in(paint.dim, str(number).rjust(size))} {bar} {before}{expand(text[first:cut])}{after}".rstrip()]
    for span, note, sign, colour in marks:
        begin = min(max(span.start - start, first), cut)
        end = min(max(span.end - start, begin), cut)
        # Tab stops depend on all that stands before, so places are measured on the expanded prefix.
        left = width(expand(text[first:begin]))
        across = max(1, width(expand(text[first:end])) - left)
        told = f" {fit(escape(note), TEXT)}" if note else ""
        if span.end > start + len(text) + 1:
            told += f" (to line {source.position(max(span.start, span.end - 1))[0]})"
        made.append(f"{' ' * size} {bar} {' ' * (len(before) + left)}{_in(colour, sign * across + told)}")
    return made
