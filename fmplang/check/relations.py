"""How types relate: what fits what, and what two branches make together.

Fitting is covariant for what cannot change (tuples, optionals, iterables) and exact for lists, dicts and sets:
who holds a `list[int]` as a `list[float]` could put 0.5 into it. See fmplang.check.mismatch for the exceptions.
"""

from __future__ import annotations

from fmplang.check.holes import LITERALS, Clash, Hole, Maybe, _last, firm, occurs, optional, peek, plain, widen
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
        if occurs(hole, t):
            return False
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
            if a.bound is None or b.bound is None:
                if a.bound is None:
                    a, b = b, a
                if occurs(b, a):
                    return False
                b.bound = a
                return True
            joined = join(a.bound, b.bound)
            if type(joined) is Clash or (a.firm and joined != a.bound) or (b.firm and joined != b.bound):
                return False
            a.bound, a.firm, b.bound = joined, a.firm or b.firm, a
            return True
        if occurs(a, b):
            return False
        if a.bound is None or (not a.firm and fits(a.bound, b)):
            a.bound, a.firm = b, True
            return True
        return _exactly(a.bound, b)
    assert type(b) is Hole
    b = _last(b)
    if occurs(b, a):
        return False
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
