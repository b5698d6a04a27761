"""What values of a type can do: count, be keys, be ordered, equal others, be true or false."""

from __future__ import annotations

from fmplang.check.holes import parts, peek, plain
from fmplang.check.signatures import ANY
from fmplang.check.types import (
    BOOL,
    ERROR,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    Prim,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)


def numeric(t: Type) -> bool:
    return t is INT or t is FLOAT or t is BOOL


def hashable(t: Type) -> bool:
    if isinstance(t, (ListType, SetType, DictType, IterableType, FunctionType)):
        return False
    if isinstance(t, RecordType):
        return all(hashable(kind) for _, kind in t.fields)
    return all(hashable(inner) for inner in parts(t))


def ordered(t: Type) -> bool:
    """Whether any two values of the type can be compared with `<`."""
    t = plain(t)
    if isinstance(t, (ListType, TupleOf)):
        return ordered(peek(t.item))
    if isinstance(t, TupleType):
        return all(map(ordered, t.items))
    return t is INT or t is FLOAT or t is STR or t is BOOL or t is ERROR or t is NEVER


def comparable(a: Type, b: Type) -> bool:
    """Whether `==` between them can be true."""
    a, b = plain(a), plain(b)
    if a is b or a is ERROR or b is ERROR or a is NEVER or b is NEVER or a is ANY or b is ANY:
        return True
    if isinstance(a, OptionalType):
        return b is NONE or comparable(a.inner, b.inner if isinstance(b, OptionalType) else b)
    if isinstance(b, OptionalType):
        return a is NONE or comparable(a, b.inner)
    if numeric(a) and numeric(b):
        return True
    if isinstance(a, (TupleType, TupleOf)) and isinstance(b, (TupleType, TupleOf)):
        if isinstance(a, TupleType) and isinstance(b, TupleType):
            return len(a.items) == len(b.items) and all(map(comparable, a.items, b.items))
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, RecordType):
        return a == b
    return type(a) is not Prim


def falsy(t: Type) -> bool:
    """Whether a value of the type can be false as a condition."""
    if isinstance(t, (RecordType, FunctionType)):
        return False
    if isinstance(t, TupleType):
        return not t.items
    if isinstance(t, LiteralType):
        return not all(t.values)
    if isinstance(t, IterableType):
        return t.kind != "iterator"
    return not (type(t) is Prim and t.name in ("Image", "Video", "Audio"))


def truthy(t: Type) -> bool:
    """Whether a value of the type can be true as a condition."""
    if isinstance(t, LiteralType):
        return any(t.values)
    return t is not NONE and not (isinstance(t, TupleType) and not t.items)
