"""What is known of values before a program runs: ranges of numbers, lengths of collections, which text, which function.

None stands for what is not known. Lengths and ranges are for all runs that stay within the limits.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple, Union

from fmplang.check.types import (
    BOOL,
    STR,
    DictType,
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
from fmplang.limits import Limits
from fmplang.syntax import ast


class Number(NamedTuple):
    """An int (a bool too) from `low` to `high`."""

    low: float
    high: float


class Text(NamedTuple):
    """A text of so many characters; `value` where it is one and the same."""

    low: float
    high: float
    value: str | None = None


class Items(NamedTuple):
    """A list, set, dict or iterable of so many elements, and what is known of each (of a dict: of each key)."""

    low: float
    high: float
    item: Fact = None


class Parts(NamedTuple):
    """A tuple, element by element."""

    parts: tuple[Fact, ...]


class Function(NamedTuple):
    """A function value: a lambda or a name, and where it was written. `env` is what its frame knew."""

    node: ast.Lambda | ast.Name | ast.Attribute
    home: Any  # the Frame that it was written in


class OneOf(NamedTuple):
    """One of several function values."""

    functions: tuple[Function, ...]


Fact = Union[None, Number, Text, Items, Parts, Function, OneOf]
EITHER = Number(0, 1)
ANY_NUMBER = Number(-inf, inf)


def by_type(t: Type | None, limits: Limits) -> Fact:
    """What the type alone says."""
    if t == BOOL:
        return EITHER
    if t == STR:
        return Text(0, limits.string)
    if isinstance(t, LiteralType):
        return join_all([of_constant(value) for value in t.values])
    if isinstance(t, TupleType):
        return Parts(tuple(by_type(item, limits) for item in t.items))
    if isinstance(t, IterableType):  # those of a video, or of what is not known
        return Items(0, limits.steps)
    if isinstance(t, (ListType, SetType, TupleOf, DictType)):
        return Items(0, limits.items, by_type(t.key if isinstance(t, DictType) else t.item, limits))
    return None


def of_constant(value: object) -> Fact:
    if isinstance(value, (bool, int)):
        return Number(int(value), int(value))
    if isinstance(value, str):
        return Text(len(value), len(value), value)
    if isinstance(value, tuple):
        return Parts(tuple(map(of_constant, value)))
    return None


def join(a: Fact, b: Fact) -> Fact:
    """What holds for both."""
    if a == b:
        return a
    if isinstance(a, Number) and isinstance(b, Number):
        return Number(min(a.low, b.low), max(a.high, b.high))
    if isinstance(a, Text) and isinstance(b, Text):
        return Text(min(a.low, b.low), max(a.high, b.high), a.value if a.value == b.value else None)
    if isinstance(a, Items) and isinstance(b, Items):
        item = a.item if not b.high else b.item if not a.high else join(a.item, b.item)
        return Items(min(a.low, b.low), max(a.high, b.high), item)
    if isinstance(a, Parts) and isinstance(b, Parts) and len(a.parts) == len(b.parts):
        return Parts(tuple(map(join, a.parts, b.parts)))
    if isinstance(a, (Function, OneOf)) and isinstance(b, (Function, OneOf)):
        return OneOf((*_functions(a), *_functions(b)))
    return None


def _functions(fact: Function | OneOf) -> tuple[Function, ...]:
    return fact.functions if isinstance(fact, OneOf) else (fact,)


def join_all(facts: list[Fact]) -> Fact:
    made = facts[0]
    for fact in facts[1:]:
        made = join(made, fact)
    return made


def widened(before: Fact, after: Fact) -> Fact:
    """What holds of a variable that a loop changes from one to the other, however often it turns."""
    both = join(before, after)
    if both == before:
        return before
    if isinstance(both, Number) and isinstance(before, Number):
        return Number(before.low if both.low == before.low else -inf, before.high if both.high == before.high else inf)
    if isinstance(both, Items) and isinstance(before, Items):
        item = both.item if both.item == before.item else None
        low, high = before.low if both.low == before.low else 0, before.high if both.high == before.high else inf
        return Items(low, high, item)
    return None


def truth(fact: Fact) -> bool | None:
    """Whether it counts as true, where that is known."""
    if isinstance(fact, Number):
        if fact.low > 0 or fact.high < 0:
            return True
        return False if fact.low == fact.high == 0 else None
    if isinstance(fact, (Text, Items)):
        return True if fact.low > 0 else False if fact.high == 0 else None
    if isinstance(fact, Parts):
        return bool(fact.parts)
    return None


def length(fact: Fact) -> tuple[float, float] | None:
    if isinstance(fact, (Text, Items)):
        return fact.low, fact.high
    if isinstance(fact, Parts):
        return len(fact.parts), len(fact.parts)
    return None


def item_of(fact: Fact) -> Fact:
    """What is known of each element."""
    if isinstance(fact, Items):
        return fact.item
    if isinstance(fact, Text):
        return Text(1, 1)
    if isinstance(fact, Parts) and fact.parts:
        return join_all(list(fact.parts))
    return None


# ------------------------------------------------- objects that may change under another name

Shape = Union[str, tuple["Shape", ...]]
UNKNOWN_SHAPE = "?"


def shape(t: Type | None) -> Shape:
    """A type as coarse as aliases are: values of types with unlike shapes are never one object."""
    if isinstance(t, OptionalType):
        return shape(t.inner)
    if isinstance(t, (ListType, SetType)):
        return ("list" if isinstance(t, ListType) else "set", shape(t.item))
    if isinstance(t, DictType):
        return ("dict", shape(t.key), shape(t.value))
    if isinstance(t, TupleType):
        return ("tuple", *map(shape, t.items))
    if isinstance(t, RecordType):
        return f"record {t.module}.{t.name}"
    name = str(t)
    if name in ("Image", "Video", "Audio"):
        return name
    if name in ("bool", "int", "float", "str") or isinstance(t, LiteralType):
        return "plain"
    return UNKNOWN_SHAPE


def alike(a: Shape, b: Shape) -> bool:
    if a == UNKNOWN_SHAPE or b == UNKNOWN_SHAPE:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b


def changes(t: Type | None, changed: frozenset[Shape]) -> bool:
    """Whether an object of the type may be one that somebody changes."""
    if not changed or not isinstance(t, (ListType, SetType, DictType)):
        return t is None
    own = shape(t)
    return any(alike(own, other) for other in changed)


def kept(fact: Fact, t: Type | None, changed: frozenset[Shape]) -> Fact:
    """What is still known of a value that was put away for a while, where others may have changed it."""
    if isinstance(t, OptionalType):
        t = t.inner
    if isinstance(fact, Items):
        if changes(t, changed):
            return None
        inner = t.key if isinstance(t, DictType) else getattr(t, "item", None)
        if isinstance(fact.item, (Items, Parts)):
            return fact._replace(item=kept(fact.item, inner, changed))
        return fact
    if isinstance(fact, Parts):
        types = t.items if isinstance(t, TupleType) and len(t.items) == len(fact.parts) else (None,) * len(fact.parts)
        return Parts(tuple([kept(part, of, changed) for part, of in zip(fact.parts, types, strict=True)]))
    return fact
