"""Elements and slices."""

from __future__ import annotations

from fmplang.check.attributes import kind_of
from fmplang.check.body import EXPR, Body, infer, require
from fmplang.check.displays import held
from fmplang.check.holes import Clash, Hole, firm, peek, plain
from fmplang.check.mismatch import may_be_none
from fmplang.check.relations import element
from fmplang.check.types import (
    ERROR,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    IterableType,
    ListType,
    OptionalType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast


def subscript(c: Body, node: ast.Subscript, expected: Type | None) -> Type:
    c.place_of(node.value, lambda t: t.__class__ in (ListType, TupleOf, TupleType, DictType) or plain(t) is STR)
    found = infer(c, node.value)
    if isinstance(node.index, ast.Slice):
        return _slice(c, node, found, node.index)
    return item(c, node, found)


def item(c: Body, node: ast.Subscript, found: Type) -> Type:
    """The type of one element, read or (for lists and dicts) written."""
    index = node.index
    assert not isinstance(index, ast.Slice)
    kind = found.__class__
    if kind is ListType or kind is TupleOf:
        require(c, index, INT, "the index")
        return _element(c, found.item)  # type: ignore[attr-defined]
    if kind is DictType:
        key = peek(found.key)  # type: ignore[attr-defined]
        if key is NEVER:
            infer(c, index)
        else:
            require(c, index, firm(key), "the key")
        return _element(c, found.value)  # type: ignore[attr-defined]
    if kind is TupleType:
        return _tuple_item(c, node, found, index)  # type: ignore[arg-type]
    if plain(found) is STR:
        require(c, index, INT, "the index")
        return STR
    infer(c, index)
    if found is ERROR or found is NEVER:
        return found
    if kind is OptionalType:
        return may_be_none(c, node.value, found, doing="it has no elements then")
    if kind is IterableType:
        from fmplang.check.body import stored

        return stored(c, node.value, found)
    help = _NO_ITEMS.get(kind_of(found), "Only lists, tuples, strings and dicts have elements by index or key.")
    return c.error("FMP213", node, f"{found} has no elements to take by index", found=found, help=help)


_NO_ITEMS = {
    "set": "A set has no order. Make it a list first: `list(...)[0]`.",
    "Image": "For a part of a picture, use `crop(left, lower, right, upper)`.",
    "Video": "For one frame, use `frame_from_index(i)`.",
}


def _element(c: Body, t: Type) -> Type:
    made = firm(t)
    if made is NEVER and t.__class__ is Hole:
        c.unfilled.append(t)
    return made


def integer(node: ast.Expr | None) -> int | None:
    """The value of a whole number written out, its sign included."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Unary) and node.op == "-":
        inner = integer(node.operand)
        return None if inner is None else -inner
    return None


def _tuple_item(c: Body, node: ast.Subscript, found: TupleType, index: ast.Expr) -> Type:
    require(c, index, INT, "the index")
    at = integer(index)
    size = len(found.items)
    if at is not None:
        if -size <= at < size:
            return found.items[at]
        return c.error("FMP214", index, f"the tuple has {size} element{'' if size == 1 else 's'}", found=found,
                       help="Indices begin at 0." if size else "It is empty.")
    made = element(found)
    if isinstance(made, Clash):
        return c.error("FMP214", index, "the elements of this tuple have different types", found=found,
                       help="Take each by its own number: `t[0]`, `t[1]`.")
    return made or ERROR


def _slice(c: Body, node: ast.Subscript, found: Type, index: ast.Slice) -> Type:
    for part in (index.lower, index.upper, index.step):
        if part is not None:
            require(c, part, OptionalType(INT), "a slice's bound")
    c.types[index] = NONE
    kind = found.__class__
    if kind is ListType:
        return ListType(held(c, _element(c, found.item)))  # type: ignore[attr-defined]
    if plain(found) is STR:
        return STR
    if kind is TupleOf or found is ERROR or found is NEVER:
        return found
    if isinstance(found, TupleType):
        bounds = [None if p is None else integer(p) for p in (index.lower, index.upper, index.step)]
        written = [p is None or integer(p) is not None for p in (index.lower, index.upper, index.step)]
        if all(written) and bounds[2] != 0:
            return TupleType(found.items[bounds[0]:bounds[1]:bounds[2]])
        made = element(found)
        return TupleOf(made) if made is not None and not isinstance(made, Clash) else c.error(
            "FMP214", node, "the elements of this tuple have different types", found=found,
            help="Slice it by numbers written out.")
    if kind is OptionalType:
        return may_be_none(c, node.value, found, doing="it has no elements then")
    if kind is IterableType:
        from fmplang.check.body import stored

        return stored(c, node.value, found)
    return c.error("FMP213", node, f"{found} cannot be sliced", found=found,
                   help=_NO_ITEMS.get(kind_of(found), "Lists, tuples and strings can."))


EXPR.update({ast.Subscript: subscript})
