"""Types of the checker's own, and the parts of types.

A `Hole` is the element type of an empty display until its first use fills it. It stays soft (`append(1)`, then
`append(2.5)` makes floats) until an element is read. `Clash` is what two branches left in one local when their
types have nothing in common; it is an error only where the local is read. `Maybe` is a local that some path leaves
unassigned.
"""

from __future__ import annotations

from fmplang.check.signatures import ANY
from fmplang.check.types import (
    BOOL,
    ERROR,
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

LITERALS = 8  # inferred literal types grow no longer than this; then they are the plain type


class Hole(Type):
    """An element type that is not known yet. `firm` once an element was read: then it grows no more."""

    __slots__ = ("bound", "firm")
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # the one type that changes: it is filled

    def __init__(self) -> None:
        self.bound: Type | None = None
        self.firm = False

    def __str__(self) -> str:
        return str(peek(self))


class Clash(Type, eq=True):
    """Two branches left these in one local."""

    one: Type
    other: Type

    def __str__(self) -> str:
        return f"{widen(self.one)} or {widen(self.other)}"


class Maybe(Type, eq=True):
    """A local that some path leaves unassigned."""

    inner: Type

    def __str__(self) -> str:
        return str(self.inner)


SPECIAL = frozenset({Clash, Maybe})  # classes that a read must look at


def peek(t: Type) -> Type:
    """What a hole holds so far, NEVER for nothing yet. Leaves it soft."""
    while type(t) is Hole:
        if t.bound is None:
            return NEVER
        t = t.bound
    return t


def firm(t: Type) -> Type:
    """The element type for a reader: a hole that holds something grows no more from here on."""
    while type(t) is Hole:
        if t.bound is None:
            return NEVER
        t.firm = True
        t = t.bound
    return t


def _last(hole: Hole) -> Hole:
    while type(hole.bound) is Hole:
        hole = hole.bound
    return hole


def resolve(t: Type) -> Type:
    """The type without holes; an unfilled one is NEVER."""
    kind = type(t)
    if kind is Prim:
        return t
    if kind is Hole:
        return resolve(peek(t))
    if kind is ListType:
        item = resolve(t.item)  # type: ignore[attr-defined]
        return t if item is t.item else ListType(item)  # type: ignore[attr-defined]
    if kind is SetType:
        return SetType(resolve(t.item))  # type: ignore[attr-defined]
    if kind is DictType:
        return DictType(resolve(t.key), resolve(t.value))  # type: ignore[attr-defined]
    if kind is TupleType:
        return TupleType(tuple(map(resolve, t.items)))  # type: ignore[attr-defined]
    if kind is TupleOf:
        return TupleOf(resolve(t.item))  # type: ignore[attr-defined]
    if kind is OptionalType:
        return optional(resolve(t.inner))  # type: ignore[attr-defined]
    if kind is IterableType:
        return IterableType(resolve(t.item), t.kind)  # type: ignore[attr-defined]
    if kind is FunctionType:
        return FunctionType(tuple(map(resolve, t.params)), resolve(t.returns))  # type: ignore[attr-defined]
    return t


def open_hole(t: Type) -> Hole | None:
    """A hole inside `t` that nothing has filled, if there is one."""
    if type(t) is Hole:
        hole = _last(t)
        return hole if hole.bound is None else open_hole(hole.bound)
    for inner in parts(t):
        found = open_hole(inner)
        if found is not None:
            return found
    return None


def parts(t: Type) -> tuple[Type, ...]:
    """The types directly inside a type."""
    if isinstance(t, (ListType, SetType, TupleOf, IterableType)):
        return (t.item,)
    if isinstance(t, DictType):
        return (t.key, t.value)
    if isinstance(t, TupleType):
        return t.items
    if isinstance(t, OptionalType):
        return (t.inner,)
    if isinstance(t, FunctionType):
        return (*t.params, t.returns)
    return ()


def in_error(t: Type | None) -> bool:
    """Whether a type is that of an expression in error, or contains it."""
    if isinstance(t, (Maybe, Hole)):
        t = peek(t) if isinstance(t, Hole) else t.inner
    return t is not None and (t is ERROR or any(map(in_error, parts(t))))


def occurs(hole: Hole, t: Type) -> bool:
    """Whether a type contains a hole: to fill it with that type would have no end."""
    if t.__class__ is Hole:
        last = _last(t)
        return last is hole or (last.bound is not None and occurs(hole, last.bound))
    return any(occurs(hole, inner) for inner in parts(t))


LARGEST, DEEPEST = 1000, 60  # parts of a type, one inside the other


def too_large(t: Type) -> bool:
    """Whether a type has more parts than any program needs: `(t, t)` doubles it, line for line."""
    count, depth, level = 0, 0, [t]
    while level:
        count += len(level)
        depth += 1
        if count > LARGEST or depth > DEEPEST:
            return True
        level = [part for t in level for part in (parts(t) if t.__class__ is not Hole else (peek(t),))]
    return spread(t)


def spread(t: Type) -> bool:
    """Whether a type has too many parts once the fields of its records count too: records double as tuples do.

    What walks through types (a decoder, a check of a value, a question whether it can be a key) walks through these.
    """
    count, level = 0, [t]
    while level:
        count += len(level)
        if count > LARGEST:
            return True
        level = [part for t in level for part in _inside(t)]
    return False


def _inside(t: Type) -> tuple[Type, ...]:
    if isinstance(t, RecordType):
        return tuple(kind for _, kind in t.fields)
    return parts(t) if t.__class__ is not Hole else (peek(t),)


def optional(t: Type) -> Type:
    """`t | None`."""
    if t is NONE or t is ERROR or t is ANY or type(t) is OptionalType:
        return t
    return NONE if t is NEVER else OptionalType(t)


def plain(t: Type) -> Type:
    """The type whose operators and methods a value has: STR for a literal of strings."""
    if type(t) is LiteralType:
        value = t.values[0]
        return STR if isinstance(value, str) else BOOL if isinstance(value, bool) else INT
    if type(t) is Hole:
        return plain(firm(t))
    return t


def widen(t: Type) -> Type:
    """The type of a value that is kept in something: a text, where only the texts written out are known."""
    kind = type(t)
    if kind is LiteralType:
        return plain(t) if t.spelled else t  # type: ignore[attr-defined]
    if kind is OptionalType:
        return optional(widen(t.inner))  # type: ignore[attr-defined]
    return t
