"""How types relate: what fits what, what two branches make together, what can be a key, what has an order.

Two types of the checker's own stand beside those of fmplang.check.types. A `Hole` is the element type of an
empty display until its first use fills it. It stays soft (`append(1)`, then `append(2.5)` makes floats) until
an element is read. `Clash` is what two branches left in one local when their types have nothing in common; it
is an error only where the local is read.

Fitting is covariant for what cannot change (tuples, optionals, iterables) and exact for lists, dicts and sets:
who holds a `list[int]` as a `list[float]` could put 0.5 into it. See fmplang.check.covariance for the
exceptions.
"""

from __future__ import annotations

from fmplang.check.signatures import ANY, SIZED, SequenceOf
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
        return f"{self.one} or {self.other}"


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


# -------------------------------------------------------------------- fitting


def fits(a: Type, b: Type) -> bool:
    """Whether a value of type `a` may stand where `b` is asked for. Fills holes."""
    if a is b:
        return True
    ka, kb = type(a), type(b)
    if ka is Prim:
        if kb is Prim:
            if b is FLOAT:
                return a is INT or a is BOOL or a is ERROR or a is NEVER
            if b is INT:
                return a is BOOL or a is ERROR or a is NEVER
            return a is ERROR or a is NEVER or b is ERROR or b is NEVER or b is ANY or (b is SIZED and a is STR)
        if kb is OptionalType:
            return a is NONE or fits(a, b.inner)  # type: ignore[attr-defined]
        if a is ERROR or a is NEVER:
            return True
        if kb is IterableType or kb is SequenceOf:
            return a is STR and fits(STR, b.item)  # type: ignore[attr-defined]
        return kb is Hole and _fill(b, a)  # type: ignore[arg-type]
    if kb is Prim:
        if b is ERROR or b is NEVER:
            return True
        if b is ANY:
            return ka is not IterableType and ka is not FunctionType
        if b is SIZED:
            return ka in _SIZED or (ka is IterableType and a.kind != "iterator")  # type: ignore[attr-defined]
        if ka is LiteralType:
            return fits(plain(a), b)
        return ka is Hole and fits(firm(a), b)
    if ka is Hole:
        return (kb is Hole and _last(a) is _last(b)) or fits(firm(a), b)  # type: ignore[arg-type]
    if kb is Hole:
        return _fill(b, a)  # type: ignore[arg-type]
    rule = _FITS.get(ka)
    return rule is not None and rule(a, b)


_SIZED = frozenset({ListType, SetType, DictType, TupleType, TupleOf, LiteralType})


def _fill(hole: Hole, t: Type) -> bool:
    hole = _last(hole)
    if t is NEVER or t is ERROR:
        return True
    t = widen(t)
    if hole.bound is None:
        hole.bound = t
        return True
    if fits(t, hole.bound):
        return True
    if hole.firm:
        return False
    wider = join(hole.bound, t)
    if type(wider) is Clash:
        return False
    hole.bound = wider
    return True


def _exactly(a: Type, b: Type) -> bool:
    """Element types of what can change: the same, once holes are filled."""
    if type(a) is Hole or type(b) is Hole:
        return _unify(a, b)
    if a is b or a is ERROR or b is ERROR or a is NEVER:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, (ListType, SetType, TupleOf)):
        return _exactly(a.item, b.item)  # type: ignore[attr-defined]
    if isinstance(a, DictType):
        return _exactly(a.key, b.key) and _exactly(a.value, b.value)  # type: ignore[attr-defined]
    if isinstance(a, OptionalType):
        return _exactly(a.inner, b.inner)  # type: ignore[attr-defined]
    if isinstance(a, TupleType):
        others = b.items  # type: ignore[attr-defined]
        return len(a.items) == len(others) and all(map(_exactly, a.items, others))
    return a == b


def _unify(a: Type, b: Type) -> bool:
    """Make `a`, found, and `b`, asked for, one element type."""
    if type(a) is Hole:
        a = _last(a)
        if type(b) is Hole:
            b = _last(b)
            if a is b:
                return True
            if a.bound is None:
                a.bound = b
                return True
            if b.bound is None:
                b.bound = a
                return True
            joined = join(a.bound, b.bound)
            if type(joined) is Clash or (a.firm and joined != a.bound) or (b.firm and joined != b.bound):
                return False
            a.bound, a.firm, b.bound = joined, a.firm or b.firm, a
            return True
        if a.bound is None or (not a.firm and fits(a.bound, b)):
            a.bound, a.firm = b, True
            return True
        return _exactly(a.bound, b)
    assert type(b) is Hole
    b = _last(b)
    if b.bound is None or (not b.firm and fits(b.bound, a)):
        b.bound, b.firm = a, True
        return True
    return _exactly(a, b.bound)


def _fits_list(a: Type, b: Type) -> bool:
    if type(b) is ListType:
        return _exactly(a.item, b.item)  # type: ignore[attr-defined]
    return _fits_iterable(a, b)


def _fits_set(a: Type, b: Type) -> bool:
    if type(b) is SetType:
        return _exactly(a.item, b.item)  # type: ignore[attr-defined]
    return type(b) is not SequenceOf and _fits_iterable(a, b)


def _fits_dict(a: Type, b: Type) -> bool:
    if type(b) is DictType:
        return _exactly(a.key, b.key) and _exactly(a.value, b.value)  # type: ignore[attr-defined]
    return _fits_iterable(a, b)


def _fits_iterable(a: Type, b: Type) -> bool:
    if type(b) is OptionalType:
        return fits(a, b.inner)
    if type(b) is IterableType:
        if type(a) is IterableType and b.kind == "range" and a.kind != "range":
            return False
        item = element(a)
        return item is not None and fits(item, b.item)
    if type(b) is SequenceOf:
        if type(a) is IterableType and a.kind == "iterator":
            return False
        item = element(a)
        return item is not None and fits(item, b.item)
    return False


def _fits_tuple(a: Type, b: Type) -> bool:
    assert isinstance(a, TupleType)
    if type(b) is TupleType:
        return len(a.items) == len(b.items) and all(map(fits, a.items, b.items))
    if type(b) is TupleOf:
        return all(fits(item, b.item) for item in a.items)
    return _fits_iterable(a, b)


def _fits_tuple_of(a: Type, b: Type) -> bool:
    if type(b) is TupleOf:
        return fits(a.item, b.item)  # type: ignore[attr-defined]
    return _fits_iterable(a, b)


def _fits_optional(a: Type, b: Type) -> bool:
    return type(b) is OptionalType and fits(a.inner, b.inner)  # type: ignore[attr-defined]


def _fits_literal(a: Type, b: Type) -> bool:
    if type(b) is LiteralType:
        return bool(a._keys <= b._keys)  # type: ignore[attr-defined]
    if type(b) is OptionalType:
        return fits(a, b.inner)
    return fits(plain(a), b)


def _fits_record(a: Type, b: Type) -> bool:
    return a == b or (type(b) is OptionalType and fits(a, b.inner))


def _fits_function(a: Type, b: Type) -> bool:
    return (
        type(a) is FunctionType and type(b) is FunctionType and len(a.params) == len(b.params)
        and all(map(fits, b.params, a.params)) and fits(a.returns, b.returns)
    )


_FITS = {
    ListType: _fits_list,
    SetType: _fits_set,
    DictType: _fits_dict,
    TupleType: _fits_tuple,
    TupleOf: _fits_tuple_of,
    OptionalType: _fits_optional,
    LiteralType: _fits_literal,
    RecordType: _fits_record,
    FunctionType: _fits_function,
    IterableType: _fits_iterable,
}


def element(t: Type) -> Type | None:
    """What `for` gets out of a value, or None where it cannot be walked. A tuple's is the join of its items."""
    kind = type(t)
    if kind is ListType or kind is SetType or kind is IterableType or kind is TupleOf:
        return firm(t.item)  # type: ignore[attr-defined]
    if kind is DictType:
        return firm(t.key)  # type: ignore[attr-defined]
    if kind is TupleType:
        made: Type = NEVER
        for item in t.items:  # type: ignore[attr-defined]
            made = join(made, item)
        return made
    if kind is LiteralType:
        t = plain(t)
    if kind is Hole:
        return element(firm(t))
    return t if t is STR or t is ERROR or t is NEVER else None


# --------------------------------------------------------------------- joining


def join(a: Type, b: Type) -> Type:
    """The type of a value that is an `a` or a `b`: a Clash where no type of FMP says that."""
    if a is b or b is NEVER:
        return a
    if a is NEVER or b is ERROR:
        return b
    if a is ERROR:
        return a
    if a is NONE:
        return optional(b) if type(b) is not Clash else b
    if b is NONE:
        return optional(a) if type(a) is not Clash else a
    ka, kb = type(a), type(b)
    if ka is Maybe or kb is Maybe:
        return Maybe(join(a.inner if ka is Maybe else a, b.inner if kb is Maybe else b))  # type: ignore[attr-defined]
    if ka is OptionalType or kb is OptionalType:
        inner = join(a.inner if ka is OptionalType else a, b.inner if kb is OptionalType else b)  # type: ignore[attr-defined]
        return inner if type(inner) is Clash else optional(inner)
    if ka is Prim and kb is Prim:
        if a in _NUMBERS and b in _NUMBERS:
            return FLOAT if a is FLOAT or b is FLOAT else INT
        return Clash(a, b)
    if ka is Hole or kb is Hole:
        return join(peek(a), peek(b))
    if ka is LiteralType or kb is LiteralType:
        if ka is kb and plain(a) is plain(b):
            values = a.values + tuple(v for v in b.values if not fits(LiteralType((v,)), a))  # type: ignore[attr-defined]
            spelled = a.spelled or b.spelled  # type: ignore[attr-defined]
            return LiteralType(values, spelled) if len(values) <= LITERALS or not spelled else plain(a)
        return join(plain(a), plain(b))
    if ka is kb:
        if ka is TupleType:
            if len(a.items) == len(b.items):  # type: ignore[attr-defined]
                items = tuple(map(join, a.items, b.items))  # type: ignore[attr-defined]
                clash = any(type(item) is Clash for item in items)
                return Clash(a, b) if clash else TupleType(items)
            item = join(element(a), element(b))  # type: ignore[arg-type]
            return Clash(a, b) if type(item) is Clash else TupleOf(item)
        if ka is TupleOf or ka is IterableType:
            item = join(a.item, b.item)  # type: ignore[attr-defined]
            return Clash(a, b) if type(item) is Clash else ka(item)
        if ka in _CONTAINERS:
            return a if _exactly(a, b) else b if _exactly(b, a) else Clash(a, b)
        return a if a == b else Clash(a, b)
    if (ka is TupleOf and kb is TupleType) or (ka is TupleType and kb is TupleOf):
        item = join(element(a), element(b))  # type: ignore[arg-type]
        return Clash(a, b) if type(item) is Clash else TupleOf(item)
    return Clash(a, b)


_CONTAINERS = frozenset({ListType, SetType, DictType})
_NUMBERS = frozenset({BOOL, INT, FLOAT})


# ------------------------------------------------------------------- properties


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
