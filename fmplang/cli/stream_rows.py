"""The rows of a stream: from a file, a folder of images, a data set on disk, or standard input as it arrives.

All are read one at a time. A row's digest is of its inputs as they are written, without the label and the reward, which
may come later; of an image in a folder or a data set it is of its name and bytes.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from fmplang.check.types import IMAGE, OptionalType, Type
from fmplang.cli.rows import LONGEST, Found, Lines, find_rows, no_row, opened
from fmplang.errors import ConfigError, FmpError, InputError
from fmplang.host.feedback import UNSAID, check_label
from fmplang.host.streams import Item
from fmplang.limits import Limits
from fmplang.runtime.program import Program

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
FILE = "file"  # the field of a file of labels that names the picture
CHUNK = 1 << 16


class Fields:
    """Which field of a row is what. `label` and `reward` name fields, or are None; with `others`, fields that are no
    inputs are left out."""

    def __init__(self, program: Program, limits: Limits, label: str | None = None, reward: str | None = None,
                 others: bool = False) -> None:
        self.types: dict[str, Type] = {p.name: p.type for p in program.entry.params}
        self.returns = program.entry.returns
        self.limits, self.label, self.reward, self.others = limits, label, reward, others
        self._apart = [name for name in (label, reward) if name is not None]

    def item(self, row: int, found: Found, digest: Callable[[Mapping[str, Any]], str] | None = None) -> Item:
        inputs = {name: value for name, value in found.fields.items() if name in self.types
                  or not (self.others or name in self._apart)}
        label: Any = UNSAID
        reward: float | None = None
        error: FmpError | None = found.error
        if error is None:
            try:
                label, reward = self._label(found), self._reward(found)
            except InputError as wrong:
                wrong.message = f"{found.place}: {wrong.message}"
                error = wrong
        try:
            told = (digest or _digest)(inputs)
        except RecursionError:
            told, error = "", no_row(found.place, "is nested too deep")
        read = partial(Found(found.place, inputs, found.texts, found.folder).inputs, self.types, self.limits,
                       hint="; --ignore-others leaves other fields out, --label and --reward name feedback")
        return Item(row, found.place, told, read, label, reward, error)

    def _label(self, found: Found) -> Any:
        """UNSAID where the row has none: no such field, an empty cell, or null where None is no answer."""
        value = None if self.label is None else found.fields.get(self.label)
        if value is None and not (self.label in found.fields and isinstance(self.returns, OptionalType)):
            return UNSAID
        if value == "" and found.texts:
            return UNSAID
        check_label(value, str(self.returns))
        return value

    def _reward(self, found: Found) -> float | None:
        value = None if self.reward is None else found.fields.get(self.reward)
        if value is None or (value == "" and found.texts):
            return None
        try:
            made = float(value) if not isinstance(value, bool) else -1.0
        except (TypeError, ValueError):
            made = -1.0
        if not 0 <= made <= 1:
            raise InputError(f"a reward is a number from 0 to 1, not {value!r:.60}", code="FMP818",
                             hint="1 is a perfect answer, 0 a useless one")
        return made


class Rows:
    """What a stream takes its rows from. `waiting` is whether it is waiting for standard input right now."""

    def __init__(self, items: Iterator[Item], arriving: Arriving | None = None) -> None:
        self._items = items
        self._arriving = arriving

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> Item:
        return next(self._items)

    def ready(self) -> bool:
        return self._arriving is None or self._arriving.ready()

    @property
    def waiting(self) -> bool:
        return self._arriving is not None and self._arriving.waiting


@contextmanager
def stream_rows(name: str, fields: Fields, labels: str | None = None, count: int | None = None) -> Iterator[Rows]:
    """The rows of `name`: "-", a .csv or JSON Lines file, a folder of images (with a file of `labels`, if any), or a
    folder that `datasets.save_to_disk` wrote. At most `count`. InputError (FMP811, FMP816), ConfigError (FMP805)."""
    folder = name != "-" and os.path.isdir(name)
    if labels is not None and (not folder or _is_data_set(name)):
        raise ConfigError("--labels is for a folder of images: other data holds its labels in a field", code="FMP805",
                          hint="name the field with --label")
    if folder and _is_data_set(name):
        yield Rows(islice(_data_set(name, fields), count))
    elif folder:
        yield Rows(islice(_pictures(name, fields, labels), count))
    elif name == "-":
        lines = Arriving.of_stdin()
        yield Rows(islice(_numbered(name, lines or sys.stdin, fields), count), lines)
    else:
        with opened(name) as open_file:
            yield Rows(islice(_numbered(name, open_file, fields), count))


def _numbered(name: str, lines: Lines, fields: Fields) -> Iterator[Item]:
    for row, found in enumerate(find_rows(name, lines), 1):
        yield fields.item(row, found)


def _digest(inputs: Mapping[str, Any]) -> str:
    return _hash(json.dumps(inputs, sort_keys=True, default=_bytes_of).encode())


def _bytes_of(value: Any) -> Any:
    if isinstance(value, bytes):
        return _hash(value)
    return str(value)  # of a date, for one: it is no input of any type, and refused as one


def _hash(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()


# ---------------------------------------------------------------- a folder of images


def _pictures(name: str, fields: Fields, labels: str | None) -> Iterator[Item]:
    """One row for each picture, by name."""
    images = [each for each, type_ in fields.types.items() if type_ == IMAGE]
    if len(images) != 1:
        raise ConfigError(f"a folder of images is for a program with one Image parameter, and this has {len(images)}",
                          code="FMP805", hint="write a JSON Lines file with a row for each run")
    names = sorted(entry.name for entry in os.scandir(name) if entry.name.lower().endswith(PICTURES))
    if not names:
        raise InputError(f"{name}: holds no pictures", code="FMP811", hint=f"their names end in {', '.join(PICTURES)}")
    told = {} if labels is None else _labels(labels, set(names), name)
    for row, each in enumerate(names, 1):
        path = Path(name) / each
        more = told.get(each)
        given = {} if more is None else {key: value for key, value in more.fields.items() if key != FILE}
        found = Found(str(path), {**given, images[0]: each}, more is not None and more.texts, Path(name))
        yield fields.item(row, found, partial(_of_file, path))


def _of_file(path: Path, inputs: Mapping[str, Any]) -> str:
    try:
        return _digest({**inputs, "": _hash(path.read_bytes())})
    except OSError:  # told when it is read as an input
        return _digest(inputs)


def _labels(name: str, known: set[str], folder: str) -> dict[str, Found]:
    made: dict[str, Found] = {}
    with opened(name) as lines:
        for found in find_rows(name, lines):
            if found.error is not None:
                raise found.error
            file = found.fields.get(FILE)
            if file not in known or file in made:
                why = "is labelled twice" if file in made else f"is no picture in {folder}"
                raise InputError(f"{found.place}: {file!r:.80} {why}", code="FMP816",
                                 hint=f"the field {FILE!r} names a picture of the folder, each at most once")
            made[file] = found
    return made


# -------------------------------------------------------------- a data set on disk


def _is_data_set(name: str) -> bool:
    return any(os.path.isfile(os.path.join(name, each)) for each in ("dataset_info.json", "dataset_dict.json"))


def _data_set(name: str, fields: Fields) -> Iterator[Item]:
    """Rows as `datasets` gives them, images as the bytes that they were stored as."""
    if os.path.isfile(os.path.join(name, "dataset_dict.json")):
        parts = sorted(entry.name for entry in os.scandir(name) if entry.is_dir())
        raise InputError(f"{name}: is a data set of several parts", code="FMP811",
                         hint=f"name one of them: {', '.join(os.path.join(name, part) for part in parts)}")
    try:
        import datasets
    except ImportError:
        raise ConfigError(f"{name} is a data set of Hugging Face, and the package that reads it is not there",
                          code="FMP805", hint="pip install datasets") from None
    try:
        found = datasets.load_from_disk(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{name}: cannot be read as a data set: {error}", code="FMP811",
                         hint="save it again with datasets.save_to_disk") from None
    for column, feature in found.features.items():
        if isinstance(feature, datasets.Image):
            found = found.cast_column(column, datasets.Image(decode=False))
    names = {column: feature.names for column, feature in found.features.items()
             if isinstance(feature, datasets.ClassLabel)}
    for row in range(len(found)):
        held = {key: _stored(value, names.get(key)) for key, value in found[row].items()}
        yield fields.item(row + 1, Found(f"{name}, row {row + 1}", held, False, Path(name)))


def _stored(value: Any, names: list[str] | None) -> Any:
    """A picture as its bytes or its path; the number of a class as its name."""
    if isinstance(value, dict) and value.keys() == {"bytes", "path"}:
        return value["path"] if value["bytes"] is None else value["bytes"]
    return names[value] if names is not None and isinstance(value, int) and 0 <= value < len(names) else value


# ---------------------------------------------------------------- standard input


class Arriving:
    """Lines as they come, each as soon as it is whole. `waiting` is whether it is waiting for one."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._held = b""
        self._ended = False
        self._first = True
        self.waiting = False

    @classmethod
    def of_stdin(cls) -> Arriving | None:
        """None where standard input is no file of the system's, as in a test."""
        try:
            return cls(sys.stdin.fileno())
        except (OSError, ValueError, AttributeError):
            return None

    def readline(self, limit: int = LONGEST, /) -> str:
        """The next line, "" at the end; of a line that is too long its beginning. UnicodeDecodeError."""
        while b"\n" not in self._held and not self._ended and len(self._held) < limit:
            self._more()
        line, gap, rest = self._held.partition(b"\n")
        self._held = rest
        if self._first:
            self._first = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        return (line + gap).decode("utf-8")

    def ready(self) -> bool:
        while b"\n" not in self._held and not self._ended:
            try:
                if not select.select([self._handle], [], [], 0)[0]:
                    return False
            except (OSError, ValueError):  # no such question on this system
                return False
            self._more()
        return True

    def _more(self) -> None:
        self.waiting = True
        try:
            got = os.read(self._handle, CHUNK)
        finally:
            self.waiting = False
        self._held += got
        self._ended = not got
