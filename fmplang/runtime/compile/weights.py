"""What it costs to compare, hash or search values of a type, known at compile time where it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.types import STR, DictType, ListType, OptionalType, RecordType, SetType, TupleOf, TupleType, Type
from fmplang.limits import Meter
from fmplang.runtime.compile.context import scalar
from fmplang.runtime.values import tree_size

Weigher = Callable[[Meter, Any], None]


def weigher(type: Type | None) -> Weigher | None:
    """Charges for looking at a whole value of the type; None where that is one step, which nobody counts."""
    if scalar(type):
        return None
    if isinstance(type, OptionalType):
        return weigher(type.inner)
    if isinstance(type, (ListType, SetType, TupleOf)) and _flat(type.item):
        return _by_length
    if isinstance(type, DictType) and _flat(type.key) and _flat(type.value):
        return _by_length
    if isinstance(type, TupleType) and all(map(_flat, type.items)):
        return None
    if isinstance(type, RecordType) and all(_flat(t) for _, t in type.fields):
        return None
    return _by_tree


def may_be_text(type: Type | None) -> bool:
    return type == STR or (isinstance(type, OptionalType) and type.inner == STR)


def text_weigher(meter: Meter, value: Any) -> None:
    """Charges for comparing a text."""
    if type(value) is str and len(value) > 64:
        meter.work(len(value) >> 6)


def _flat(type: Type) -> bool:
    """Scalars of a few bytes: not text, whose length counts inside collections."""
    return scalar(type) and not may_be_text(type)


def _by_length(meter: Meter, value: Any) -> None:
    if value is not None:
        meter.work(len(value) >> 3)


def _by_tree(meter: Meter, value: Any) -> None:
    meter.work(tree_size(value) >> 3)
