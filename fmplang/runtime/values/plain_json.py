"""Values as JSON and back. The declared type guides the way back, so plain JSON is enough.

Sets and tuples are lists; dicts with keys other than text are lists of pairs; numbers that JSON lacks are the
texts "nan", "inf" and "-inf". Images, videos and audio go by reference: where they lie, their digest, and the
part of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.errors import InputError, LimitError
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.fitting import fits, type_name
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.records import RecordValue, fields_of, shape_of
from fmplang.runtime.values.sets import OrderedSet
from fmplang.runtime.values.sizes import tree_size
from fmplang.runtime.values.video import Video

LARGEST = 10_000_000
"""The most parts of a value that is written out; a shared branch counts each time."""

Load = Callable[[Type, dict[str, Any]], Any]


def to_json(value: Any) -> Any:
    """Plain JSON data for any value but a function (TypeError)."""
    if tree_size(value) > LARGEST:
        raise LimitError(f"a value of more than {LARGEST:,} parts cannot be written out", limit="items",
                         ceiling=LARGEST, code="FMP610", hint="Return less from the program.")
    return _to_json(value)


def _to_json(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else repr(value)
    if kind is list or kind is tuple or kind is OrderedSet:
        return [_to_json(item) for item in value]
    if kind is dict:
        if all(type(key) is str for key in value):
            return {key: _to_json(item) for key, item in value.items()}
        return [[_to_json(key), _to_json(item)] for key, item in value.items()]
    if kind is RecordValue:
        return {name: _to_json(item) for name, item in fields_of(value)}
    if kind is Image or kind is Video:
        where = value.source.path or value.source.name
        part = {"box": list(value.box)} if kind is Image else {"frames": [value.start, value.end]}
        return {"$image" if kind is Image else "$video": where, "digest": value.source.digest, **part}
    if kind is Audio:
        end = value.start + len(value.samples)
        return {"$audio": value.path or value.name, "digest": value.digest, "samples": [value.start, end]}
    raise TypeError(f"a {type_name(value)} cannot be written as JSON")


def from_json(data: Any, type_: Type, load: Load | None = None) -> Any:
    """The value of `type_` that `to_json` wrote. InputError where the data does not fit.

    `load(type, reference)` finds an image, video or audio again from what `to_json` wrote for it; without it,
    a reference is an error.
    """
    return _from_json(data, type_, load, "value")


def _from_json(data: Any, type_: Type, load: Load | None, where: str) -> Any:
    if isinstance(type_, OptionalType):
        return None if data is None else _from_json(data, type_.inner, load, where)
    if isinstance(type_, (ListType, SetType, TupleOf)):
        items = [_from_json(d, type_.item, load, f"{where}[{i}]") for i, d in enumerate(_list(data, type_, where))]
        return items if isinstance(type_, ListType) else _CONTAINER[type(type_)](items)
    if isinstance(type_, TupleType):
        parts = _list(data, type_, where)
        if len(parts) != len(type_.items):
            raise unfit(data, type_, where)
        return tuple(_from_json(d, t, load, f"{where}[{i}]")
                     for i, (d, t) in enumerate(zip(parts, type_.items, strict=True)))
    if isinstance(type_, DictType):
        return _dict(data, type_, load, where)
    if isinstance(type_, RecordType):
        names = [name for name, _ in type_.fields]
        if type(data) is not dict or set(data) != set(names):
            raise unfit(data, type_, where)
        return RecordValue(shape_of(type_),
                           tuple(_from_json(data[n], t, load, f"{where}.{n}") for n, t in type_.fields))
    if type_ in (IMAGE, VIDEO, AUDIO):
        key = {IMAGE: "$image", VIDEO: "$video", AUDIO: "$audio"}[type_]
        if type(data) is not dict or key not in data or load is None:
            raise unfit(data, type_, where)
        return load(type_, data)
    if type_ is FLOAT and data in ("nan", "inf", "-inf"):
        return float(data)
    if isinstance(type_, LiteralType) or type_ in (NONE, BOOL, INT, FLOAT, STR):
        if fits(data, type_):
            return data
    raise unfit(data, type_, where)


_CONTAINER: dict[type, Callable[[Any], Any]] = {SetType: OrderedSet, TupleOf: tuple}


def _list(data: Any, type_: Type, where: str) -> list[Any]:
    if type(data) is not list:
        raise unfit(data, type_, where)
    return data


def _dict(data: Any, type_: DictType, load: Load | None, where: str) -> dict[Any, Any]:
    if type(data) is dict:
        pairs: list[Any] = list(data.items())
    elif type(data) is list and all(type(pair) is list and len(pair) == 2 for pair in data):
        pairs = data
    else:
        raise unfit(data, type_, where)
    made = {}
    for key, item in pairs:
        read = _from_json(key, type_.key, load, f"a key of {where}")
        made[read] = _from_json(item, type_.value, load, f"{where}[{key!r:.40}]")
    return made


def unfit(data: Any, type_: Type, where: str) -> InputError:
    found = repr(data)
    found = found if len(found) <= 60 else found[:57] + "..."
    return InputError(f"{where}: expected {type_}, found {found}", hint=f"Give a {type_}.")
