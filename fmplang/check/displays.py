"""Displays: lists, sets, dicts and tuples written out."""

from __future__ import annotations

from fmplang.check import signatures
from fmplang.check.body import EXPR, Body, value
from fmplang.check.holes import Clash, Hole, peek, plain, widen
from fmplang.check.mismatch import mismatch, together
from fmplang.check.properties import hashable
from fmplang.check.relations import fits, join
from fmplang.check.signatures import ANY
from fmplang.check.types import (
    ERROR,
    NEVER,
    DictType,
    IterableType,
    ListType,
    OptionalType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Label


def held(c: Body, t: Type) -> Type:
    """An element type for a new container: a hole where nothing is known."""
    return Hole() if t is NEVER else t


def _wanted(expected: Type | None, kind: type) -> Type | None:
    """The part of an expected type that a display of this kind may answer."""
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if isinstance(expected, kind):
        return expected
    if isinstance(expected, (IterableType, signatures.SequenceOf)) and kind in (ListType, SetType):
        return expected
    return None


def _known(t: Type) -> Type | None:
    t = peek(t)
    return None if t is NEVER or t is ERROR or open_inside(t) else t


def open_inside(t: Type) -> bool:
    from fmplang.check.holes import open_hole, parts

    return isinstance(t, signatures.Var) or t is ANY or open_hole(t) is not None or any(map(open_inside, parts(t)))


def elements(c: Body, nodes: tuple[ast.Expr, ...], wanted: Type | None, what: str) -> Type:
    """The one type of the elements of a display; NEVER for none."""
    if wanted is not None:
        for node in nodes:
            found = value(c, node, wanted)
            if not (found is wanted or fits(found, wanted)):
                mismatch(c, node, found, wanted, what)
        return wanted
    made: Type = NEVER
    for i, node in enumerate(nodes):
        found = widen(value(c, node))
        joined = join(made, found)
        if isinstance(joined, Clash):
            joined = together(c, nodes[:i], made, node, found)
        if isinstance(joined, Clash):
            for rest in nodes[i + 1:]:  # what is wrong in these is told too, and each has a type afterwards
                value(c, rest)
            return c.error("FMP217", node, f"{what} has another type than those before", expected=made, found=found,
                           labels=(Label(nodes[0].span, f"{c.types[nodes[0]]} here"),),
                           help="All have one type. Values that belong together make a tuple or a record.")
        made = joined
    return made


def list_display(c: Body, node: ast.ListExpr, expected: Type | None) -> Type:
    target = _wanted(expected, ListType)
    wanted = _known(target.item) if target is not None else None  # type: ignore[attr-defined]
    return ListType(held(c, elements(c, node.items, wanted, "an element of the list")))


def set_display(c: Body, node: ast.SetExpr, expected: Type | None) -> Type:
    target = _wanted(expected, SetType)
    wanted = _known(target.item) if target is not None else None  # type: ignore[attr-defined]
    made = elements(c, node.items, wanted, "an element of the set")
    for element_node in node.items:
        if not hashes(c, element_node, c.types[element_node], "an element of a set"):
            return SetType(ERROR)
    return SetType(held(c, made))


def hashes(c: Body, node: ast.Expr, found: Type, what: str) -> bool:
    if hashable(plain(found)):
        return True
    c.error("FMP215", node, f"{found} cannot be {what}", found=found,
            help="What can change cannot be looked up. Use a tuple, as in `tuple(xs)`.")
    return False


def dict_display(c: Body, node: ast.DictExpr, expected: Type | None) -> Type:
    target = _wanted(expected, DictType)
    wanted = _known(target.key) if target is not None else None  # type: ignore[attr-defined]
    key = elements(c, node.keys, wanted, "a key of the dict")
    for k in node.keys:
        if not hashes(c, k, c.types[k], "a key"):
            key = ERROR
            break
    wanted = _known(target.value) if target is not None else None  # type: ignore[attr-defined]
    return DictType(held(c, key), held(c, elements(c, node.values, wanted, "a value of the dict")))


def tuple_display(c: Body, node: ast.TupleExpr, expected: Type | None) -> Type:
    if isinstance(expected, OptionalType):
        expected = expected.inner
    if isinstance(expected, TupleType) and len(expected.items) == len(node.items):
        return TupleType(tuple(value(c, n, _known(t)) for n, t in zip(node.items, expected.items, strict=True)))
    wanted = _known(expected.item) if isinstance(expected, TupleOf) else None
    return TupleType(tuple([widen(value(c, n, wanted)) for n in node.items]))


EXPR.update({
    ast.ListExpr: list_display, ast.SetExpr: set_display, ast.DictExpr: dict_display, ast.TupleExpr: tuple_display,
})
