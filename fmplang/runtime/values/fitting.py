"""Which values belong to which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.types import (
    AUDIO,
    BOOL,
    ERROR,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.records import RecordValue, shape_of
from fmplang.runtime.values.sets import OrderedSet
from fmplang.runtime.values.video import Video

Check = Callable[[Any], bool]

_NAMES: dict[type, str] = {
    type(None): "None", bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict",
    tuple: "tuple", OrderedSet: "set", Image: "Image", Video: "Video", Audio: "Audio",
}

# Exact types, not isinstance: a subclass from the host could bring behaviour of its own.
_PRIMITIVE: dict[Type, frozenset[type]] = {
    NONE: frozenset({type(None)}), BOOL: frozenset({bool}), INT: frozenset({int, bool}),
    FLOAT: frozenset({float, int, bool}), STR: frozenset({str}),
    IMAGE: frozenset({Image}), VIDEO: frozenset({Video}), AUDIO: frozenset({Audio}),
}


def type_name(value: Any) -> str:
    """What FMP calls the value's type: "int", "list", "Image", a record's name, "function"."""
    if type(value) is RecordValue:
        return value.__shape__.name
    return _NAMES.get(type(value)) or ("function" if callable(value) else type(value).__name__)


def fits(value: Any, type_: Type) -> bool:
    """Whether the value belongs to the type, looking at every part of it. An int fits float, a bool fits int."""
    return checker(type_)(value)


def checker(type_: Type) -> Check:
    """`fits` for one type, compiled: build it once, call it often."""
    exact = _PRIMITIVE.get(type_)
    if exact is not None:
        return lambda value: type(value) in exact
    if type_ is ERROR:
        return lambda value: True
    if isinstance(type_, ListType):
        return _all_in(list, type_.item)
    if isinstance(type_, TupleOf):
        return _all_in(tuple, type_.item)
    if isinstance(type_, SetType):
        return _all_in(OrderedSet, type_.item)
    if isinstance(type_, DictType):
        key, value_ = checker(type_.key), checker(type_.value)
        return lambda value: type(value) is dict and all(map(key, value)) and all(map(value_, value.values()))
    if isinstance(type_, TupleType):
        return _row(tuple(map(checker, type_.items)))
    if isinstance(type_, OptionalType):
        inner = checker(type_.inner)
        return lambda value: value is None or inner(value)
    if isinstance(type_, LiteralType):
        allowed = frozenset((type(v), v) for v in type_.values)
        return lambda value: type(value) in (str, int, bool) and (type(value), value) in allowed
    if isinstance(type_, RecordType):
        return _record(type_)
    if isinstance(type_, FunctionType):
        return callable
    if isinstance(type_, IterableType):
        return lambda value: hasattr(value, "__iter__")
    return lambda value: False


def _all_in(container: type[Any], item: Type) -> Check:
    exact = _PRIMITIVE.get(item)
    if exact is not None:
        members = exact

        def flat(value: Any) -> bool:
            return type(value) is container and members.issuperset(map(type, value))

        return flat
    inner = checker(item)

    def deep(value: Any) -> bool:
        return type(value) is container and all(map(inner, value))

    return deep


def _row(checks: tuple[Check, ...]) -> Check:
    def check(value: Any) -> bool:
        return (
            type(value) is tuple and len(value) == len(checks)
            and all(fit(v) for fit, v in zip(checks, value, strict=True))
        )

    return check


def _record(type_: RecordType) -> Check:
    shape, fields = shape_of(type_), _row(tuple(checker(t) for _, t in type_.fields))
    return lambda value: type(value) is RecordValue and value.__shape__ == shape and fields(value.__values__)
