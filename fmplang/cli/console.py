"""Where the command line writes: answers to standard output, all else to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from fmplang.cli.frames import COLOUR, PLAIN, Paint, frame, headline, render
from fmplang.cli.text import escape, expand, fit, width
from fmplang.errors import FmpError, ProgramError


def is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def paint(stream: TextIO) -> Paint:
    """Colour on terminals, unless NO_COLOR or a dumb terminal says otherwise; FORCE_COLOR turns it on elsewhere."""
    if os.environ.get("NO_COLOR"):
        return PLAIN
    if os.environ.get("FORCE_COLOR"):
        return COLOUR
    return COLOUR if is_terminal(stream) and os.environ.get("TERM") != "dumb" else PLAIN


def out(text: str) -> None:
    """An answer. What the stream's encoding lacks is written as an escape."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """Anything that is not the answer."""
    sys.stdout.flush()
    _write(sys.stderr, text)


def out_json(value: Any) -> None:
    out(json.dumps(value, indent=2 if is_terminal(sys.stdout) else None, allow_nan=False))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def show_error(error: FmpError) -> None:
    """An error on standard error, with its place in the program where it has one."""
    colours = paint(sys.stderr)
    if isinstance(error, ProgramError):
        for diagnostic in error.diagnostics:
            note(render(diagnostic, colours))
        if error.diagnostics:
            return
    lines = [headline("error", error.code, error.message, colours)]
    if error.source is not None and error.span is not None:
        lines += frame(error.source, error.span, "", (), colours, colours.error)
    if error.hint:
        lines.append("  help: " + "\n        ".join(expand(line) for line in error.hint.split("\n")))
    note("\n".join(lines))


def error_json(error: FmpError) -> dict[str, Any]:
    """An error as plain data, for `--json`."""
    told: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint,
                            "exit_code": error.exit_code}
    for name in ("limit", "ceiling", "site", "backend", "kind"):
        value = getattr(error, name, None)
        if value is not None:
            told[name] = value
    if error.source is not None and error.span is not None:
        line, column = error.source.position(error.span.start)
        told["place"] = {"file": error.source.name, "line": line, "column": column}
    if isinstance(error, ProgramError):
        from fmplang.cli.schema import diagnostic_json

        told["diagnostics"] = [diagnostic_json(d) for d in error.diagnostics]
    return told


def table(rows: list[list[str]], heads: list[str], *, right: frozenset[int] = frozenset()) -> str:
    """Rows in aligned columns; `right` are the columns of numbers. Cells are escaped, and the last is cut to fit a
    terminal."""
    cells = [[escape(cell) for cell in row] for row in rows]
    sizes = [max(width(row[i]) for row in [heads, *cells]) for i in range(len(heads))]
    if is_terminal(sys.stdout):
        from shutil import get_terminal_size

        room = max(20, get_terminal_size().columns - sum(sizes[:-1]) - 2 * (len(sizes) - 1))
        cells = [[*row[:-1], fit(row[-1], room)] for row in cells]
        sizes[-1] = min(sizes[-1], room)

    def line(row: list[str]) -> str:
        parts = []
        for i, cell in enumerate(row):
            gap = " " * (sizes[i] - width(cell))
            parts.append(gap + cell if i in right else cell + gap)
        return "  ".join(parts).rstrip()

    return "\n".join([line(heads), *map(line, cells)])
