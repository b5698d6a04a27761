"""Conditions, and the expressions that choose: `and`, `or`, `x if c else y`."""

from __future__ import annotations

from fmplang.check.body import EXPR, Body, infer, value
from fmplang.check.facts import applied, facts
from fmplang.check.holes import Clash, optional
from fmplang.check.mismatch import fresh, mismatch, together, widens
from fmplang.check.properties import falsy, truthy
from fmplang.check.relations import fits, join
from fmplang.check.signatures import ANY
from fmplang.check.types import (
    BOOL,
    ERROR,
    NEVER,
    NONE,
    OptionalType,
    Prim,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic


def condition(c: Body, node: ast.Expr) -> None:
    """Type an expression that is only asked for its truth."""
    kind = node.__class__
    if kind is ast.BoolOp:
        saved, doubted = c.env, set(c.doubted)
        for i, operand in enumerate(node.operands):  # type: ignore[union-attr]
            condition(c, operand)
            if i + 1 < len(node.operands):  # type: ignore[union-attr]
                applied(c, facts(c, operand, node.op == "and"))  # type: ignore[union-attr]
        c.env = saved
        _taken_as_tested(c, c.doubted - doubted)
        kinds = [c.types[operand] for operand in node.operands]  # type: ignore[union-attr]
        c.types[node] = BOOL if all(t is BOOL for t in kinds) else ANY
        return
    if kind is ast.Unary and node.op == "not":  # type: ignore[union-attr]
        condition(c, node.operand)  # type: ignore[union-attr]
        c.types[node] = BOOL
        return
    mark = len(c.session.diagnostics)
    found = infer(c, node)
    if len(c.session.diagnostics) > mark:
        names = _names(node) | c.meant
        c.doubted |= names
        _taken_as_tested(c, names)
    if found.__class__ is not Prim or found.name in ("Image", "Video", "Audio", "None"):
        if found is NEVER or found is ERROR:
            return
        if not falsy(found):
            c.warn("FMP404", node, f"this is always true: {found} has no false value",
                   "Compare it, or test a part of it.")
        elif not truthy(found):
            c.warn("FMP404", node, "this is always false", help="Remove it, or test something else.")


def _names(node: ast.Node) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def _taken_as_tested(c: Body, names: set[str]) -> None:
    """A condition in error may have been meant as the test of an optional local: what follows is not told twice."""
    tested = {name: t.inner for name in names if isinstance(t := c.env.get(name), OptionalType)}
    applied(c, tested)


def bool_op(c: Body, node: ast.BoolOp, expected: Type | None) -> Type:
    """`a or b` as a value: the last operand, or the part of an earlier one that decides."""
    saved = c.env
    is_and = node.op == "and"
    made: Type = NEVER
    last = len(node.operands) - 1
    for i, operand in enumerate(node.operands):
        found = value(c, operand, expected if i == last else _or_none(expected))
        if i < last:
            applied(c, facts(c, operand, is_and))
            if not is_and and isinstance(found, OptionalType):
                found = found.inner
            elif (not is_and and found is NONE) or (is_and and not falsy(found)):
                found = NEVER
            elif is_and and isinstance(found, OptionalType) and not falsy(found.inner):
                found = NONE
        joined = together(c, node.operands[:i], made, operand, found)
        if isinstance(joined, Clash):
            c.env = saved
            return c.error("FMP217", node, f"this is {joined}", help="`and` and `or` give one of their operands, as in "
                           "Python. Compare first, or use `x if c else y` with values of one type.")
        made = joined
    c.env = saved
    return made


def _or_none(expected: Type | None) -> Type | None:
    return None if expected is None else optional(expected)


def if_exp(c: Body, node: ast.IfExp, expected: Type | None) -> Type:
    condition(c, node.test)
    saved = c.env
    applied(c, facts(c, node.test, True))
    mark = len(c.session.diagnostics)
    body = infer(c, node.body, expected)
    c.env = saved
    applied(c, facts(c, node.test, False))
    middle = len(c.session.diagnostics)
    orelse = infer(c, node.orelse, expected)
    c.env = saved
    if expected is not None:
        told = c.session.diagnostics
        if _unfit(body, expected, told[mark:middle]) and _unfit(orelse, expected, told[middle:]) and not (
                fresh(c, node) and (widens(body, expected) or widens(orelse, expected))):
            del told[mark:]
            made = join(body, orelse)
            return c.error("FMP201", node, _BOTH, expected=expected, found="" if made is ERROR else made,
                           help=f"Give a {expected} in each, or declare what they give.")
        ok = True
        for n, t in ((node.body, body), (node.orelse, orelse)):
            if not (t is expected or fits(t, expected)):
                ok = mismatch(c, n, t, expected, "this branch") is not ERROR and ok
        if not ok:
            return ERROR
    made = together(c, (node.body,), body, node.orelse, orelse)
    if isinstance(made, Clash):
        if expected is not None:
            return expected
        return c.error("FMP217", node, f"this is {made}", help="Both branches have one type.")
    return made


_BRANCH, _BOTH = "this branch has the wrong type", "both branches have the wrong type"


def _unfit(found: Type, expected: Type, told: list[Diagnostic]) -> bool:
    """Whether a branch has the wrong type, and nothing else is wrong with it."""
    if found is ERROR:
        return bool(told) and all(d.title in (_BRANCH, _BOTH) for d in told)
    return not told and not (found is expected or fits(found, expected))


EXPR.update({ast.BoolOp: bool_op, ast.IfExp: if_exp})
