"""Rows of inputs for commands that run a program many times: JSON Lines, CSV, or standard input.

Each line of JSON is an object of inputs by name; a CSV file names them in its first line. A field may hold the label.
Paths of images are relative to the file. Rows are read one at a time, and a line that is no row does not hide the next.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fmplang.check.types import Type
from fmplang.errors import FmpError, InputError
from fmplang.host.calibrate import Row
from fmplang.limits import Limits
from fmplang.runtime.inputs import convert, from_python
from fmplang.runtime.program import Program

LONGEST = 16 * 1024 * 1024  # characters of a line


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in one row: its fields, or why it is none. `texts`: the fields are texts that stand for values.
    `folder` is where relative paths begin."""

    place: str
    fields: dict[str, Any]
    texts: bool
    folder: Path
    error: InputError | None = None

    def inputs(self, types: dict[str, Type], limits: Limits, apart: Iterable[str] = (),
               hint: str = "") -> dict[str, Any]:
        """The values of the inputs, but for the fields `apart`. InputError, with the place, for what does not fit."""
        if self.error is not None:
            raise self.error
        values: dict[str, Any] = {}
        for name, value in self.fields.items():
            if name in apart and name not in types:
                continue
            if name not in types:
                raise InputError(f"{self.place}: the program has no input named {name!r}", code="FMP816",
                                 hint=f"it takes {', '.join(types) or 'no inputs'}{hint}")
            read = convert if self.texts and isinstance(value, str) else from_python
            try:
                values[name] = read(value, types[name], limits, self.folder, name=name)
            except FmpError as error:
                error.message = f"{self.place}: {error.message}"
                raise
        return values


class Lines(Protocol):
    """A text file, as far as it is needed."""

    def readline(self, limit: int, /) -> str: ...


def find_rows(name: str, lines: Lines) -> Iterator[Found]:
    """The rows of an open file. Raises InputError (FMP816) where nothing after can be read either."""
    folder = Path() if name == "-" else Path(name).parent
    texts = name.lower().endswith(".csv")
    for number, found in (_csv if texts else _json_lines)(name, lines):
        place = f"{name}, line {number}"
        if isinstance(found, InputError):
            yield Found(place, {}, texts, folder, found)
        else:
            yield Found(place, found, texts, folder)


def read_rows(name: str, program: Program, limits: Limits, label: str | None = None) -> Iterator[Row]:
    """The rows of a file, "-" for standard input. `label` is the field that holds the right answer, where a row has it.

    Raises InputError, with the line: FMP811 for what cannot be read, FMP816 for what is no row.
    """
    types: dict[str, Type] = {p.name: p.type for p in program.entry.params}
    hint = "" if label else "; --label-field names the field that holds the right answer"
    with opened(name) as lines:
        for found in find_rows(name, lines):
            inputs = found.inputs(types, limits, () if label is None else (label,), hint)
            yield Row(inputs, found.fields.get(label) if label else None, label is not None and label in found.fields)


def _json_lines(name: str, lines: Lines) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    for number, line in enumerate(_lines(name, lines), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, no_row(f"{name}, line {number}", f"not JSON: {error}")
            continue
        if isinstance(found, dict):
            yield number, found
        else:
            yield number, no_row(f"{name}, line {number}", f"holds a {type(found).__name__}, not an object")


def _csv(name: str, lines: Lines) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    reader = csv.DictReader(_lines(name, lines), strict=True)
    try:
        for found in reader:
            if None in found or None in found.values():
                yield reader.line_num, no_row(f"{name}, line {reader.line_num}",
                                              "has another number of fields than the first line")
            else:
                yield reader.line_num, dict(found)
    except csv.Error as error:
        raise no_row(f"{name}, line {reader.line_num}", f"not CSV: {error}") from None


def _lines(name: str, lines: Lines) -> Iterable[str]:
    number = 0
    while True:
        try:
            line = lines.readline(LONGEST)
        except UnicodeDecodeError as error:
            raise no_row(f"{name}, line {number + 1}", f"not UTF-8 text: {error.reason}") from None
        if not line:
            return
        number += 1
        if len(line) >= LONGEST:
            raise no_row(f"{name}, line {number}", f"longer than {LONGEST:,} characters")
        yield line


def no_row(place: str, why: str) -> InputError:
    return InputError(f"{place}: {why}", code="FMP816",
                      hint='each line is one object of inputs, as in {"image": "photo.jpg"}; a .csv file names them in '
                           "its first line")


@contextmanager
def opened(name: str) -> Iterator[Lines]:
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
