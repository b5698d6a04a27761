"""Arithmetic: one closure for each operator, with quick ones where the types say that numbers meet numbers.

`float` may hold an int, as in Python's typing, so a float's quick path looks at what came out.
"""

from __future__ import annotations

from typing import Any

from fmplang.runtime.compile.context import Context, Place, Shape
from fmplang.runtime.compile.operators import BINARY, QUICK, checked, power, sized
from fmplang.runtime.frames import METER, Frame, Pure
from fmplang.syntax import ast

_NUMBERS = ("int", "float")


NEST = 64
"""So many closures of one chain call each other; a longer chain is computed in rounds, however long it is."""


def compile_binary(c: Context, node: ast.Binary) -> Pure:
    first, *rest = node.operands
    made, kind, shape = c.expr(first), c.kind(first), c.shape(first)
    rounds: list[Pure] = []
    slot = c.temporary() if len(rest) > NEST else 0
    for i, (op, operand) in enumerate(zip(node.ops, rest, strict=True), 1):
        right = c.expr(operand)
        other = c.kind(operand)
        made = binary(c, op, made, kind, shape, right, other, c.shape(operand), node)
        kind, shape = result_kind(op, kind, other), None
        if i % NEST == 0 and i < len(rest):
            rounds.append(made)
            made = _so_far(slot)
    return _in_rounds(slot, rounds, made) if rounds else made


def _so_far(slot: int) -> Pure:
    return lambda frame: frame[slot]


def _in_rounds(slot: int, rounds: list[Pure], last: Pure) -> Pure:
    """Each round leaves what it computed where the next one begins."""
    def run(frame: Frame) -> Any:
        for compute in rounds:
            frame[slot] = compute(frame)
        return last(frame)

    return run


def binary(c: Context, op: str, left: Pure, left_kind: str, left_shape: Shape | None,
           right: Pure, right_kind: str, right_shape: Shape | None, node: ast.Node) -> Pure:
    """`left op right`; shapes say which operands need no closure."""
    at = c.at(node)
    if left_kind in _NUMBERS and right_kind in _NUMBERS:
        if left_kind == right_kind == "int" and op in ("+", "-", "*"):
            if left_shape and right_shape and left_shape.kind == "local":
                if right_shape.kind == "const":
                    return _LOCAL_CONST[op](left_shape.a, right_shape.a, at)
                if right_shape.kind == "local":
                    return _LOCAL_LOCAL[op](left_shape.a, right_shape.a, at)
            return _INTS[op](left, right, at)
        return _NUMERIC[op](left, right, at)
    return _general(op, left, right, at)


def result_kind(op: str, left: str, right: str) -> str:
    """The kind of an inner result of a flat chain, which has no node of its own to look up."""
    if left in _NUMBERS and right in _NUMBERS:
        if op == "/":
            return "float"
        if op == "**":
            return "float"  # a negative exponent leaves the integers
        return "int" if left == right == "int" else "float"
    if op == "*" and left in _NUMBERS:
        return right
    return left


def _general(op: str, left: Pure, right: Pure, at: Place) -> Pure:
    operate, merges = BINARY[op], op in ("|", "&", "^", "-")

    def apply(frame: Frame, at: Place = at) -> Any:
        made = operate(frame[METER], left(frame), right(frame))
        return sized(frame[METER], made) if merges else made

    return apply


# ------------------------------------------------------- an int meets an int


def _int_add(left: Pure, right: Pure, place: Place) -> Pure:
    def add(frame: Frame, at: Place = place) -> int:
        made: int = left(frame) + right(frame)
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return add


def _int_subtract(left: Pure, right: Pure, place: Place) -> Pure:
    def subtract(frame: Frame, at: Place = place) -> int:
        made: int = left(frame) - right(frame)
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return subtract


def _int_multiply(left: Pure, right: Pure, place: Place) -> Pure:
    def multiply(frame: Frame, at: Place = place) -> int:
        a, b = left(frame), right(frame)
        if -QUICK < a < QUICK and -QUICK < b < QUICK:
            made: int = a * b
            return made if -QUICK < made < QUICK else checked(frame[METER], made)
        made = BINARY["*"](frame[METER], a, b)
        return made

    return multiply


_INTS = {"+": _int_add, "-": _int_subtract, "*": _int_multiply}


def _local_add_const(slot: int, constant: int, place: Place) -> Pure:
    def add(frame: Frame, at: Place = place) -> int:
        made: int = frame[slot] + constant
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return add


def _local_subtract_const(slot: int, constant: int, place: Place) -> Pure:
    def subtract(frame: Frame, at: Place = place) -> int:
        made: int = frame[slot] - constant
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return subtract


def _local_multiply_const(slot: int, constant: int, place: Place) -> Pure:
    return _int_multiply(lambda frame: frame[slot], lambda frame: constant, place)


_LOCAL_CONST = {"+": _local_add_const, "-": _local_subtract_const, "*": _local_multiply_const}


def _local_add_local(one: int, two: int, place: Place) -> Pure:
    def add(frame: Frame, at: Place = place) -> int:
        made: int = frame[one] + frame[two]
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return add


def _local_subtract_local(one: int, two: int, place: Place) -> Pure:
    def subtract(frame: Frame, at: Place = place) -> int:
        made: int = frame[one] - frame[two]
        return made if -QUICK < made < QUICK else checked(frame[METER], made)

    return subtract


def _local_multiply_local(one: int, two: int, place: Place) -> Pure:
    return _int_multiply(lambda frame: frame[one], lambda frame: frame[two], place)


_LOCAL_LOCAL = {"+": _local_add_local, "-": _local_subtract_local, "*": _local_multiply_local}

# ------------------------------------------------- a number meets a number


def _add(left: Pure, right: Pure, place: Place) -> Pure:
    def add(frame: Frame, at: Place = place) -> float:
        made: float = left(frame) + right(frame)
        return made if type(made) is float else checked(frame[METER], made)

    return add


def _subtract(left: Pure, right: Pure, place: Place) -> Pure:
    def subtract(frame: Frame, at: Place = place) -> float:
        made: float = left(frame) - right(frame)
        return made if type(made) is float else checked(frame[METER], made)

    return subtract


def _multiply(left: Pure, right: Pure, place: Place) -> Pure:
    def multiply(frame: Frame, at: Place = place) -> float:
        a, b = left(frame), right(frame)
        made: float = a * b if type(a) is float or type(b) is float else BINARY["*"](frame[METER], a, b)
        return made

    return multiply


# The results of the next six are no larger than their operands.


def _divide(left: Pure, right: Pure, place: Place) -> Pure:
    def divide(frame: Frame, at: Place = place) -> float:
        return left(frame) / right(frame)  # type: ignore[no-any-return]

    return divide


def _floor_divide(left: Pure, right: Pure, place: Place) -> Pure:
    def floor_divide(frame: Frame, at: Place = place) -> float:
        return left(frame) // right(frame)  # type: ignore[no-any-return]

    return floor_divide


def _modulo(left: Pure, right: Pure, place: Place) -> Pure:
    def modulo(frame: Frame, at: Place = place) -> float:
        return left(frame) % right(frame)  # type: ignore[no-any-return]

    return modulo


def _or(left: Pure, right: Pure, place: Place) -> Pure:
    def bit_or(frame: Frame, at: Place = place) -> int:
        return left(frame) | right(frame)  # type: ignore[no-any-return]

    return bit_or


def _and(left: Pure, right: Pure, place: Place) -> Pure:
    def bit_and(frame: Frame, at: Place = place) -> int:
        return left(frame) & right(frame)  # type: ignore[no-any-return]

    return bit_and


def _xor(left: Pure, right: Pure, place: Place) -> Pure:
    def bit_xor(frame: Frame, at: Place = place) -> int:
        return left(frame) ^ right(frame)  # type: ignore[no-any-return]

    return bit_xor


def _power(left: Pure, right: Pure, place: Place) -> Pure:
    def raised(frame: Frame, at: Place = place) -> float:
        made: float = power(frame[METER], left(frame), right(frame))
        return made

    return raised


_NUMERIC = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "//": _floor_divide, "%": _modulo, "**": _power,
    "|": _or, "&": _and, "^": _xor,
}

# -------------------------------------------------------------------- unary


def compile_unary(c: Context, node: ast.Unary) -> Pure:
    constant = c.constant(node)
    if constant is not None:
        value = constant[0]
        return lambda frame: value
    operand = c.expr(node.operand)
    if node.op == "not":
        return lambda frame: not operand(frame)
    if node.op == "-":
        return lambda frame: -operand(frame)
    return lambda frame: +operand(frame)
