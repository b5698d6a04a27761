"""What values of a type may hold."""

from __future__ import annotations

from fmplang.check.types import (
    DictType,
    FunctionType,
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


def may_hold(of: Type | None) -> bool:
    """Whether values of the type can be changed, or hold something that can."""
    if of is None or isinstance(of, (Prim, LiteralType, FunctionType)):
        return False
    if isinstance(of, OptionalType):
        return may_hold(of.inner)
    if isinstance(of, TupleType):
        return any(map(may_hold, of.items))
    if isinstance(of, TupleOf):
        return may_hold(of.item)
    if isinstance(of, RecordType):
        return any(may_hold(field) for _, field in of.fields)
    return True


def holds_more(of: Type | None) -> bool:
    """Whether values of the type hold others that can be changed."""
    if isinstance(of, OptionalType):
        return holds_more(of.inner)
    if isinstance(of, ListType):
        return may_hold(of.item)
    if isinstance(of, DictType):
        return may_hold(of.value)
    return not isinstance(of, SetType)
