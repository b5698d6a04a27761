"""What a condition that came out true, or false, says about locals and fields.

A fact narrows a local (`x`) or a field path (`box.label`; records cannot change) for the code that the
condition guards. Facts come from `is None`, `== None`, truth, `==`, `!=`, `in` and `not in` with values written
out, and from `and`, `or`, `not` over these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fmplang.check.holes import SPECIAL, Clash, plain
from fmplang.check.properties import falsy
from fmplang.check.relations import join
from fmplang.check.types import (
    NEVER,
    NONE,
    STR,
    DictType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.body import Body

Facts = dict[str, Type]


def path(node: ast.Node) -> str:
    """`a.b.c` as the key of a fact, or "" where facts cannot be kept about the expression."""
    if node.__class__ is ast.Name:
        return node.id
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.name)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(names)])


def applied(c: Body, found: Facts | None) -> None:
    """Go on with what is known now. Replaces `c.env`, never changes it in place."""
    if found:
        c.env = {**c.env, **found}
        if not c.paths and any("." in key for key in found):
            c.paths = True


DEPTH = 6  # changes between `and` and `or` that are followed: each asks twice as much


def facts(c: Body, node: ast.Expr, truth: bool, known: Facts | None = None, depth: int = 0) -> Facts | None:
    """What holds where `node` came out as `truth`; `known` is what was found out on the way to it."""
    rule = _RULES.get(node.__class__)
    return rule(c, node, truth, known, depth) if rule is not None else None


def _now(c: Body, node: ast.Expr, known: Facts | None) -> tuple[str, Type] | None:
    """The key and present type of an expression that facts can be about."""
    kind = node.__class__
    if kind is ast.Name:
        key = node.id  # type: ignore[union-attr]
        found = known.get(key) if known else None
        found = found or c.env.get(key)
        return None if found is None or found.__class__ in SPECIAL else (key, found)
    if kind is ast.Attribute and c.attributes.get(node) == "field":  # type: ignore[arg-type]
        key = path(node)
        if key:
            found = known.get(key) if known else None
            return key, found or c.types[node]
    return None


def _truth(c: Body, node: ast.Expr, truth: bool, known: Facts | None, depth: int) -> Facts | None:
    now = _now(c, node, known)
    if now is None:
        return None
    key, found = now
    if isinstance(found, OptionalType):
        if truth:
            return {key: _true(found.inner)}
        return None if falsy(found.inner) else {key: NONE}
    if isinstance(found, LiteralType):
        return {key: _only(found, tuple(v for v in found.values if bool(v) is truth))}
    if found is NONE and truth:
        return {key: NEVER}
    return None


def _true(t: Type) -> Type:
    return _only(t, tuple(v for v in t.values if v)) if isinstance(t, LiteralType) else t


def _only(t: LiteralType, values: tuple[str | int | bool, ...]) -> Type:
    return t if len(values) == len(t.values) else LiteralType(values, t.spelled) if values else NEVER


def _not(c: Body, node: ast.Unary, truth: bool, known: Facts | None, depth: int) -> Facts | None:
    return facts(c, node.operand, not truth, known, depth) if node.op == "not" else None


def _bool_op(c: Body, node: ast.BoolOp, truth: bool, known: Facts | None, depth: int) -> Facts | None:
    if (node.op == "and") is truth:  # all operands came out so
        made: Facts = {}
        for operand in node.operands:
            found = facts(c, operand, truth, {**(known or {}), **made}, depth)
            if found:
                made.update(found)
        return made or None
    # One came out so, after those before it came out otherwise.
    if depth == DEPTH:
        return None
    so_far: Facts = {}
    either: Facts | None = None
    for operand in node.operands:
        here = {**(known or {}), **so_far}
        found = {**so_far, **(facts(c, operand, truth, here, depth + 1) or {})}
        if not found:
            return None
        if either is None:
            either = found
        else:
            joined: Facts = {}
            for key in either.keys() & found.keys():
                made_one = join(either[key], found[key])
                if not isinstance(made_one, Clash):
                    joined[key] = made_one
            either = joined
        if not either:
            return None
        so_far.update(facts(c, operand, not truth, here, depth + 1) or {})
    return either


def _compare(c: Body, node: ast.Compare, truth: bool, known: Facts | None, depth: int) -> Facts | None:
    ops = node.ops
    if len(ops) != 1:
        if not truth:
            return None
        made: Facts = {}
        for i, op in enumerate(ops):
            made.update(_pair(c, node.operands[i], op, node.operands[i + 1], True, known) or {})
        return made or None
    return _pair(c, node.operands[0], ops[0], node.operands[1], truth, known)


_FLIPPED = {"!=": "==", "is not": "is", "not in": "in"}


def _pair(c: Body, left: ast.Expr, op: str, right: ast.Expr, truth: bool, known: Facts | None) -> Facts | None:
    flipped = _FLIPPED.get(op)
    if flipped is not None:
        op, truth = flipped, not truth
    if op == "in":
        now = _now(c, left, known)
        return _among(c, now, right, truth) if now is not None else None
    if op != "==" and op != "is":
        return None
    now = _now(c, left, known)
    if now is not None:
        found = _equal(c, now, right, truth)
        if found is not None:
            return found
    now = _now(c, right, known)
    return _equal(c, now, left, truth) if now is not None else None


def _equal(c: Body, now: tuple[str, Type], other: ast.Expr, truth: bool) -> Facts | None:
    key, found = now
    if isinstance(other, ast.Constant):
        if other.value is None:
            return _is_none(key, found, truth)
        if not isinstance(other.value, float):
            return _narrowed(key, found, (other.value,), truth)
        return {key: found.inner} if truth and isinstance(found, OptionalType) else None
    kind = c.types.get(other)
    if truth and isinstance(found, OptionalType) and _not_none(kind):
        return {key: found.inner}
    return None


def _not_none(kind: Type | None) -> bool:
    """Whether no value of the type equals None, for sure."""
    if kind is None or kind is NONE or kind is NEVER or isinstance(kind, OptionalType):
        return False
    return kind.__class__ in (LiteralType, ListType, DictType, SetType, TupleType, RecordType) or (
        getattr(kind, "name", "") in ("int", "float", "str", "bool", "Image", "Video", "Audio"))


def _is_none(key: str, found: Type, truth: bool) -> Facts | None:
    if isinstance(found, OptionalType):
        return {key: NONE if truth else found.inner}
    if found is NONE:
        return None if truth else {key: NEVER}
    return {key: NEVER} if truth and _not_none(found) else None


def _narrowed(key: str, found: Type, values: tuple[str | int | bool, ...], truth: bool) -> Facts | None:
    """The local is, or is not, one of `values`."""
    maybe = isinstance(found, OptionalType)
    inner = found.inner if isinstance(found, OptionalType) else found
    if isinstance(inner, LiteralType):
        left = _only(inner, tuple(v for v in inner.values if _has(values, v) is truth))
        if truth or not maybe:
            return {key: left}
        return {key: NONE if left is NEVER else OptionalType(left)}
    if not truth:
        return None
    if inner is STR and all(isinstance(v, str) for v in values):
        return {key: LiteralType(values, spelled=True)}
    return {key: inner} if maybe else None


def _has(values: tuple[str | int | bool, ...], value: str | int | bool) -> bool:
    return any(v == value for v in values)  # as Python compares: 1 == True


def _among(c: Body, now: tuple[str, Type], container: ast.Expr, truth: bool) -> Facts | None:
    key, found = now
    if isinstance(container, (ast.ListExpr, ast.TupleExpr, ast.SetExpr)):
        values: list[Any] = []
        for element in container.items:
            if not isinstance(element, ast.Constant) or element.value is None or isinstance(element.value, float):
                break
            if element.value not in values:
                values.append(element.value)
        else:
            return _narrowed(key, found, tuple(values), truth) if values else None
    kind = c.types.get(container)
    if truth and isinstance(found, OptionalType):
        if isinstance(kind, (ListType, SetType, IterableType)) and _not_none(plain(kind.item)):
            return {key: found.inner}
        if isinstance(kind, DictType) and _not_none(plain(kind.key)):
            return {key: found.inner}
    return None


_RULES: dict[type, Callable[..., Facts | None]] = {
    ast.Name: _truth,
    ast.Attribute: _truth,
    ast.Unary: _not,
    ast.BoolOp: _bool_op,
    ast.Compare: _compare,
}
