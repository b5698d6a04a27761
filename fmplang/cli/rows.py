"""Rows of inputs for commands that run a program many times: JSON Lines, CSV, or standard input.

Each line of JSON is an object of inputs by name; a CSV file names them in its first line. A field may hold the label.
Paths of images are relative to the file.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from fmplang.check.types import Type
from fmplang.errors import InputError
from fmplang.host.calibrate import Row
from fmplang.limits import Limits
from fmplang.runtime.inputs import convert, from_python
from fmplang.runtime.program import Program

LONGEST = 16 * 1024 * 1024  # characters of a line


def read_rows(name: str, program: Program, limits: Limits, label: str | None = None) -> Iterator[Row]:
    """The rows of a file, "-" for standard input. `label` is the field that holds the right answer, where a row has it.

    Raises InputError, with the line: FMP811 for what cannot be read, FMP816 for what is no row.
    """
    types: dict[str, Type] = {p.name: p.type for p in program.entry.params}
    folder = Path() if name == "-" else Path(name).parent
    with _opened(name) as lines:
        if name.lower().endswith(".csv"):
            for number, found in _csv(name, lines):
                yield _row(found, types, limits, folder, f"{name}, line {number}", label, texts=True)
        else:
            for number, found in _json_lines(name, lines):
                yield _row(found, types, limits, folder, f"{name}, line {number}", label, texts=False)


def _row(found: dict[str, Any], types: dict[str, Type], limits: Limits, folder: Path, place: str, label: str | None,
         texts: bool) -> Row:
    inputs: dict[str, Any] = {}
    for name, value in found.items():
        if name == label and name not in types:
            continue
        if name not in types:
            raise InputError(f"{place}: the program has no input named {name!r}", code="FMP816",
                             hint=f"it takes {', '.join(types) or 'no inputs'}"
                                  + ("" if label else "; --label-field names the field that holds the right answer"))
        try:
            if texts:
                inputs[name] = convert(value, types[name], limits, folder, name=name)
            else:
                inputs[name] = from_python(value, types[name], limits, folder, name=name)
        except InputError as error:
            error.message = f"{place}: {error.message}"
            raise
    return Row(inputs, found.get(label) if label else None, label is not None and label in found)


def _json_lines(name: str, lines: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(name, lines), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _no_row(name, number, f"not JSON: {error}") from None
        if not isinstance(found, dict):
            raise _no_row(name, number, f"holds a {type(found).__name__}, not an object")
        yield number, found


def _csv(name: str, lines: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(_lines(name, lines), strict=True)
    try:
        for found in reader:
            if None in found or None in found.values():
                raise _no_row(name, reader.line_num, "has another number of fields than the first line")
            yield reader.line_num, dict(found)
    except csv.Error as error:
        raise _no_row(name, reader.line_num, f"not CSV: {error}") from None


def _lines(name: str, lines: TextIO) -> Iterable[str]:
    number = 0
    while True:
        try:
            line = lines.readline(LONGEST)
        except UnicodeDecodeError as error:
            raise _no_row(name, number + 1, f"not UTF-8 text: {error.reason}") from None
        if not line:
            return
        number += 1
        if len(line) >= LONGEST:
            raise _no_row(name, number, f"longer than {LONGEST:,} characters")
        yield line


def _no_row(name: str, number: int, why: str) -> InputError:
    return InputError(f"{name}, line {number}: {why}", code="FMP816",
                      hint='each line is one object of inputs, as in {"image": "photo.jpg"}; a .csv file names them in '
                           "its first line")


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    try:
        stream = open(name, encoding="utf-8-sig", newline="" if name.lower().endswith(".csv") else None)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{name}: cannot be read: {why}", code="FMP811",
                         hint="give the path of a .jsonl or .csv file, or - for standard input") from None
    with stream:
        yield stream
