"""Comparisons, `and`, `or`, conditional expressions.

Comparisons of plain values read their operands in place where these are locals, constants, fields or items:
the inner loops of geometry are made of nothing else. `a > b` is `b < a` there, since reading has no effect.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from fmplang.runtime.compile.context import Context, Place, Shape, scalar
from fmplang.runtime.compile.operators import contains
from fmplang.runtime.compile.weights import Weigher, may_be_text, text_weigher, weigher
from fmplang.runtime.frames import METER, Frame, Pure
from fmplang.syntax import ast


def compile_compare(c: Context, node: ast.Compare) -> Pure:
    if len(node.ops) == 1:
        return comparison(c, node.ops[0], node.operands[0], node.operands[1], node)
    # a < b < c: b is computed once, kept in a temporary, and c only when the first comparison holds.
    links: list[Pure] = []
    before, left = c.held, node.operands[0]
    for op, right in zip(node.ops[:-1], node.operands[1:-1], strict=True):
        if c.shape(right) is not None:
            links.append(comparison(c, op, left, right, node))
        else:
            links.append(_keeping(c, op, left, right, node))
        left = right
    links.append(comparison(c, node.ops[-1], left, node.operands[-1], node))
    c.held = before
    return conjunction(links)


def _keeping(c: Context, op: str, left: ast.Expr, right: ast.Expr, node: ast.Compare) -> Pure:
    """Compare, and hold the right operand for the next link. The left one is evaluated first."""
    first, second = c.temporary(), c.temporary()
    compute_left, compute_right = c.expr(left), c.expr(right)
    c.held = {**c.held, left: first, right: second}
    compare = comparison(c, op, left, right, node)

    def keep(frame: Frame) -> Any:
        frame[first] = compute_left(frame)
        frame[second] = compute_right(frame)
        return compare(frame)

    return keep


def comparison(c: Context, op: str, left: ast.Expr, right: ast.Expr, node: ast.Node) -> Pure:
    """One comparison of two operands."""
    if op in ("is", "is not"):
        return _identity(c, op, left, right)
    if op in ("in", "not in"):
        return _membership(c, op, left, right, node)
    types = c.type(left), c.type(right)
    if not (scalar(types[0]) and scalar(types[1])):
        return _weighed(op, c.expr(left), c.expr(right), weigher(types[0]), weigher(types[1]), c.at(node))
    if c.constant(left) is None and c.constant(right) is None and any(map(may_be_text, types)):
        return _weighed(op, c.expr(left), c.expr(right), text_weigher, None, c.at(node))
    one, two = c.shape(left), c.shape(right)
    if one is not None and two is not None:
        if op in (">", ">="):
            quick = _quick("<" if op == ">" else "<=", two, one)
        else:
            quick = _quick(op, one, two)
        if quick is not None:
            if "item" in (one.kind, two.kind):
                return _careful(quick, _GENERAL[op](c.expr(left), c.expr(right), c.at(node)))
            return quick
    return _GENERAL[op](c.expr(left), c.expr(right), c.at(node))


def _careful(quick: Pure, slow: Pure) -> Pure:
    """Reading an item can fail: then the plain closures do it again and fail at the right place."""

    def compare(frame: Frame) -> Any:
        try:
            return quick(frame)
        except Exception:
            return slow(frame)

    return compare


def _identity(c: Context, op: str, left: ast.Expr, right: ast.Expr) -> Pure:
    one, two = c.expr(left), c.expr(right)
    slot, constant = c.local(left), c.constant(right)
    if slot is not None and constant == (None,):
        if op == "is":
            return lambda frame: frame[slot] is None
        return lambda frame: frame[slot] is not None
    if op == "is":
        return lambda frame: one(frame) is two(frame)
    return lambda frame: one(frame) is not two(frame)


def _membership(c: Context, op: str, left: ast.Expr, right: ast.Expr, node: ast.Node) -> Pure:
    item, container, place = c.expr(left), c.expr(right), c.at(node)
    weigh_item, weigh_container = weigher(c.type(left)), None
    if c.kind(right) in ("list", "tuple") and weigh_item is not None:
        weigh_container = weigher(c.type(right))
    elif c.kind(right) in ("dict", "set") and weigh_item is None:

        def has_key(frame: Frame, at: Place = place) -> bool:
            return item(frame) in container(frame)

        def lacks_key(frame: Frame, at: Place = place) -> bool:
            return item(frame) not in container(frame)

        return has_key if op == "in" else lacks_key
    wanted = op == "in"

    def member(frame: Frame, at: Place = place) -> bool:
        meter = frame[METER]
        value, values = item(frame), container(frame)
        if weigh_item is not None:
            weigh_item(meter, value)
        if weigh_container is not None:
            weigh_container(meter, values)
        return contains(meter, value, values) is wanted

    return member


def _weighed(op: str, left: Pure, right: Pure, one: Weigher | None, two: Weigher | None, place: Place) -> Pure:
    compare = _OPERATORS[op]

    def weigh_and_compare(frame: Frame, at: Place = place) -> Any:
        a, b = left(frame), right(frame)
        if one is not None:
            one(frame[METER], a)
        if two is not None:
            two(frame[METER], b)
        return compare(a, b)

    return weigh_and_compare


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}

# ----------------------------------------------------------- general operands


def _equal(left: Pure, right: Pure, place: Place) -> Pure:
    return lambda frame: left(frame) == right(frame)


def _unequal(left: Pure, right: Pure, place: Place) -> Pure:
    return lambda frame: left(frame) != right(frame)


def _less(left: Pure, right: Pure, place: Place) -> Pure:
    def less(frame: Frame, at: Place = place) -> Any:
        return left(frame) < right(frame)

    return less


def _less_equal(left: Pure, right: Pure, place: Place) -> Pure:
    def less_equal(frame: Frame, at: Place = place) -> Any:
        return left(frame) <= right(frame)

    return less_equal


def _greater(left: Pure, right: Pure, place: Place) -> Pure:
    def greater(frame: Frame, at: Place = place) -> Any:
        return left(frame) > right(frame)

    return greater


def _greater_equal(left: Pure, right: Pure, place: Place) -> Pure:
    def greater_equal(frame: Frame, at: Place = place) -> Any:
        return left(frame) >= right(frame)

    return greater_equal


_GENERAL: dict[str, Callable[[Pure, Pure, Place], Pure]] = {
    "==": _equal, "!=": _unequal, "<": _less, "<=": _less_equal, ">": _greater, ">=": _greater_equal,
}

# ---------------------------------------------------------- operands in place


def _quick(op: str, one: Shape, two: Shape) -> Pure | None:
    make = _SHAPED.get((one.kind, two.kind))
    if make is None:
        return None
    return make(one.a, one.b, two.a, two.b).get(op)


def _local_local(a: int, _: Any, b: int, __: Any) -> dict[str, Pure]:
    return {
        "<": lambda frame: frame[a] < frame[b],
        "<=": lambda frame: frame[a] <= frame[b],
        "==": lambda frame: frame[a] == frame[b],
        "!=": lambda frame: frame[a] != frame[b],
    }


def _local_const(a: int, _: Any, b: Any, __: Any) -> dict[str, Pure]:
    return {
        "<": lambda frame: frame[a] < b,
        "<=": lambda frame: frame[a] <= b,
        "==": lambda frame: frame[a] == b,
        "!=": lambda frame: frame[a] != b,
    }


def _const_local(a: Any, _: Any, b: int, __: Any) -> dict[str, Pure]:
    return {
        "<": lambda frame: a < frame[b],
        "<=": lambda frame: a <= frame[b],
        "==": lambda frame: a == frame[b],
        "!=": lambda frame: a != frame[b],
    }


def _field_field(a: int, i: int, b: int, j: int) -> dict[str, Pure]:
    return {
        "<": lambda frame: frame[a].__values__[i] < frame[b].__values__[j],
        "<=": lambda frame: frame[a].__values__[i] <= frame[b].__values__[j],
        "==": lambda frame: frame[a].__values__[i] == frame[b].__values__[j],
        "!=": lambda frame: frame[a].__values__[i] != frame[b].__values__[j],
    }


def _field_const(a: int, i: int, b: Any, _: Any) -> dict[str, Pure]:
    return {
        "<": lambda frame: frame[a].__values__[i] < b,
        "<=": lambda frame: frame[a].__values__[i] <= b,
        "==": lambda frame: frame[a].__values__[i] == b,
        "!=": lambda frame: frame[a].__values__[i] != b,
    }


def _const_field(a: Any, _: Any, b: int, j: int) -> dict[str, Pure]:
    return {
        "<": lambda frame: a < frame[b].__values__[j],
        "<=": lambda frame: a <= frame[b].__values__[j],
        "==": lambda frame: a == frame[b].__values__[j],
        "!=": lambda frame: a != frame[b].__values__[j],
    }


def _item_item(a: int, i: Any, b: int, j: Any) -> dict[str, Pure]:
    return {
        "<": lambda frame: frame[a][i] < frame[b][j],
        "<=": lambda frame: frame[a][i] <= frame[b][j],
        "==": lambda frame: frame[a][i] == frame[b][j],
        "!=": lambda frame: frame[a][i] != frame[b][j],
    }


_SHAPED: dict[tuple[str, str], Callable[[Any, Any, Any, Any], dict[str, Pure]]] = {
    ("local", "local"): _local_local, ("local", "const"): _local_const, ("const", "local"): _const_local,
    ("field", "field"): _field_field, ("field", "const"): _field_const, ("const", "field"): _const_field,
    ("item", "item"): _item_item,
}

# ------------------------------------------------------- choices


def compile_bool(c: Context, node: ast.BoolOp) -> Pure:
    operands = [c.expr(operand) for operand in node.operands]
    return conjunction(operands) if node.op == "and" else _disjunction(operands)


def conjunction(operands: list[Pure]) -> Pure:
    """`a and b and ...`: the first false value, else the last."""
    if len(operands) == 1:
        return operands[0]
    if len(operands) == 2:
        a, b = operands
        return lambda frame: a(frame) and b(frame)
    if len(operands) == 3:
        a, b, third = operands
        return lambda frame: a(frame) and b(frame) and third(frame)
    if len(operands) == 4:
        a, b, third, fourth = operands
        return lambda frame: a(frame) and b(frame) and third(frame) and fourth(frame)
    *front, last = operands

    def chain(frame: Frame) -> Any:
        for operand in front:
            value = operand(frame)
            if not value:
                return value
        return last(frame)

    return chain


def _disjunction(operands: list[Pure]) -> Pure:
    if len(operands) == 2:
        a, b = operands
        return lambda frame: a(frame) or b(frame)
    if len(operands) == 3:
        a, b, third = operands
        return lambda frame: a(frame) or b(frame) or third(frame)
    *front, last = operands

    def chain(frame: Frame) -> Any:
        for operand in front:
            value = operand(frame)
            if value:
                return value
        return last(frame)

    return chain


def compile_if(c: Context, node: ast.IfExp) -> Pure:
    test, body, orelse = c.expr(node.test), c.expr(node.body), c.expr(node.orelse)
    return lambda frame: body(frame) if test(frame) else orelse(frame)
