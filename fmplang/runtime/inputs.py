"""From what a user gives to typed values: text of the command line, JSON, and Python objects.

The declared type says how to read: an Image is a path, a number a number, `true` or `yes` a bool; text is taken
as it is; lists, records and dicts are JSON, with paths inside for images. Nothing is guessed: what does not fit
is an InputError that names the input, the type and what was found, and nothing is kept of it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    LiteralType,
    OptionalType,
    Type,
)
from fmplang.errors import InputError
from fmplang.runtime.inputs_python import Reader

if TYPE_CHECKING:
    from fmplang.limits import Limits


def convert(raw: str, type_: Type, limits: Limits, base_dir: str | os.PathLike[str] | None = None, *,
            name: str = "value") -> Any:
    """The value of `type_` that a command-line text stands for. Paths are relative to `base_dir`.

    `T | None` takes `null` (and, but for text, `none` and nothing at all) as None.
    """
    reader = Reader(limits, base_dir, name)
    if isinstance(type_, OptionalType):
        if raw == "null" or (type_.inner != STR and raw.strip().lower() in ("", "none")):
            return None
        type_ = type_.inner
    if type_ == STR:
        return reader.read(raw, STR)
    if type_ in (IMAGE, VIDEO, AUDIO) and not raw.lstrip().startswith("{"):
        return reader.read(raw, type_)
    if isinstance(type_, LiteralType) or type_ in (BOOL, INT, FLOAT, NONE):
        return reader.read(reader.from_text(raw, type_), type_)
    return reader.read(parse_json(raw, type_, reader), type_)


def from_python(obj: Any, type_: Type, limits: Limits, base_dir: str | os.PathLike[str] | None = None, *,
                name: str = "value") -> Any:
    """The value of `type_` that a Python object or parsed JSON stands for; copied, so nothing is shared.

    Images come as paths, Pillow images, arrays (H x W, H x W x 3; uint8, or floats from 0 to 1), encoded bytes or
    fmplang's own; records as dicts; numpy's scalars and arrays of numbers as numbers and lists.
    """
    return Reader(limits, base_dir, name).read(obj, type_)


def parse_json(raw: str, type_: Type, reader: Reader) -> Any:
    try:
        return json.loads(raw, object_pairs_hook=_unique)
    except RecursionError:
        why = "it is nested too deep"
    except ValueError as error:
        why = str(error)
    raise InputError(f"input {reader.name}: expected {type_} as JSON, found {reader.quoted(raw)}: {why}",
                     hint="Quote it for the shell, as in 'name=[1, 2]' or 'name={\"key\": 1}'.",
                     name=reader.name, expected=str(type_), found="str")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands there twice")
    return made
