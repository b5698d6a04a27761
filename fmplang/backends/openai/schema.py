"""A type as a JSON schema that servers keep to, and what such a server says as a value to decode.

The schema of OpenAI's structured output is a part of JSON Schema: the root is an object, every object lists all its
keys and allows no other, and lists have one type of element. So an answer is wrapped as `{"answer": ...}`, a dict is
a list of entries with `key` and `value`, and a tuple is an object with the keys `item_1`, `item_2` and so on. A part
of the given picture is a box with `left`, `top`, `right` and `bottom` in pixels of the picture as it was sent, which
is how models are used to give it: from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

ANSWER = "answer"
SIDES = ("left", "top", "right", "bottom")
Box = Callable[[Any], Any]

_PLAIN: dict[Type, str] = {BOOL: "boolean", INT: "integer", FLOAT: "number", STR: "string", NONE: "null"}
_NAMES = {bool: "boolean", int: "integer", str: "string"}


def wrapped(type_: Type) -> dict[str, Any]:
    """The schema of `{"answer": ...}` for a type. Raises ValueError where the type has none, as Video and Audio."""
    return _object({ANSWER: schema(type_)})


def schema(type_: Type) -> dict[str, Any]:
    if type_ in _PLAIN:
        return {"type": _PLAIN[type_]}
    if isinstance(type_, LiteralType):
        return _literal(type_)
    if isinstance(type_, OptionalType):
        return {"anyOf": [schema(type_.inner), {"type": "null"}]}
    if isinstance(type_, (ListType, SetType, TupleOf)):
        return {"type": "array", "items": schema(type_.item)}
    if isinstance(type_, DictType):
        entry = _object({"key": schema(type_.key), "value": schema(type_.value)})
        return {"type": "array", "items": entry}
    if isinstance(type_, TupleType):
        return _object({_item(i): schema(each) for i, each in enumerate(type_.items)})
    if isinstance(type_, RecordType):
        return _object({name: schema(each) for name, each in type_.fields})
    if type_ == IMAGE:
        return _object({side: {"type": "number"} for side in SIDES})
    raise ValueError(f"{type_} cannot be written as JSON")


def kinds_in(type_: Type) -> frozenset[Type]:
    """Which of Image, Video and Audio a type holds."""
    if type_ in (IMAGE, VIDEO, AUDIO):
        return frozenset({type_})
    return frozenset().union(*map(kinds_in, _parts(type_)))


def from_json(data: Any, type_: Type, box: Box) -> Any:
    """What was said in the form of the schema, as a value for `decode`: entries become dicts, objects tuples, and
    boxes go through `box`. What has another form stays as it is; `decode` judges it."""
    if isinstance(type_, OptionalType):
        return None if data is None else from_json(data, type_.inner, box)
    if isinstance(type_, (ListType, SetType, TupleOf)):
        return [from_json(item, type_.item, box) for item in data] if isinstance(data, list) else data
    if isinstance(type_, DictType):
        return _dict(data, type_, box)
    if isinstance(type_, TupleType):
        keys = [_item(i) for i in range(len(type_.items))]
        if isinstance(data, dict) and data.keys() == set(keys):
            data = [data[key] for key in keys]
        if isinstance(data, list) and len(data) == len(keys):
            return tuple(from_json(item, each, box) for item, each in zip(data, type_.items, strict=True))
        return data
    if isinstance(type_, RecordType):
        if not isinstance(data, dict):
            return data
        types = dict(type_.fields)
        return {key: from_json(item, types[key], box) if key in types else item for key, item in data.items()}
    return box(data) if type_ == IMAGE else data


def _dict(data: Any, type_: DictType, box: Box) -> Any:
    if isinstance(data, dict):  # a server that keeps to no schema may write it as one would
        return {key: from_json(item, type_.value, box) for key, item in data.items()}
    if not isinstance(data, list) or not all(isinstance(e, dict) and e.keys() == {"key", "value"} for e in data):
        return data
    pairs = [(from_json(e["key"], type_.key, box), from_json(e["value"], type_.value, box)) for e in data]
    try:
        made = dict(pairs)
    except TypeError:  # a key that is a list
        return data
    return made if len(made) == len(pairs) else data


def _literal(type_: LiteralType) -> dict[str, Any]:
    by_kind: dict[str, list[Any]] = {}
    for value in type_.values:
        by_kind.setdefault(_NAMES[type(value)], []).append(value)
    made = [{"type": kind, "enum": values} for kind, values in by_kind.items()]
    return made[0] if len(made) == 1 else {"anyOf": made}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties),
            "additionalProperties": False}


def _item(index: int) -> str:
    return f"item_{index + 1}"


def _parts(type_: Type) -> tuple[Type, ...]:
    if isinstance(type_, OptionalType):
        return (type_.inner,)
    if isinstance(type_, (ListType, SetType, TupleOf)):
        return (type_.item,)
    if isinstance(type_, DictType):
        return (type_.key, type_.value)
    if isinstance(type_, TupleType):
        return type_.items
    if isinstance(type_, RecordType):
        return tuple(each for _, each in type_.fields)
    return ()
