"""Neural expressions: generator functions that hand out requests.

Most nodes compute all their parts and then do one thing. Their neural version computes the parts in order, up to
the last neural one, into temporaries of the frame; then the pure closure of the node runs, with those parts
replaced by loads. So every operator and builtin is compiled in one place only. What is lazy has its own version:
`and`, `or`, conditional expressions, comparisons in a chain, and everything that walks through elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fmplang.runtime.compile.call import textual
from fmplang.runtime.compile.context import Context
from fmplang.runtime.frames import Coroutine, Frame, Neural, Pure
from fmplang.syntax import ast


class Part:
    """A closure, and whether it is neural."""

    __slots__ = ("neural", "run")

    def __init__(self, run: Any, neural: bool) -> None:
        self.run = run
        self.neural = neural


def part(c: Context, node: ast.Node) -> Part:
    return Part(c.neural(node), True) if c.is_neural(node) else Part(c.expr(node), False)


# ------------------------------------------------------- parts, then one thing


def parts_of(c: Context, node: ast.Node) -> list[ast.Expr]:
    """The parts that are all computed, in order, before the node does its one thing."""
    match node:
        case ast.Attribute(value=value):
            return [value]
        case ast.Subscript(value=value, index=ast.Slice(lower=lower, upper=upper, step=step)):
            return [value, *(bound for bound in (lower, upper, step) if bound is not None)]
        case ast.Subscript(value=value, index=index):
            return [value, index]  # type: ignore[list-item]  # a slice was the case before
        case ast.Unary(operand=operand):
            return [operand]
        case ast.Binary(operands=operands):
            return list(operands)
        case ast.ListExpr(items=items) | ast.TupleExpr(items=items) | ast.SetExpr(items=items):
            return list(items)
        case ast.DictExpr(keys=keys, values=values):
            return [part for pair in zip(keys, values, strict=True) for part in pair]
        case ast.FString(parts=parts):
            return _interpolated(parts)
        case ast.Call():
            return textual(c, node)
    raise AssertionError(f"{type(node).__name__} has no neural version")


def _interpolated(parts: tuple[str | ast.Interpolation, ...]) -> list[ast.Expr]:
    found: list[ast.Expr] = []
    for piece in parts:
        if isinstance(piece, ast.Interpolation):
            found += [piece.value, *_interpolated(piece.spec)]
    return found


def held(c: Context, parts: Sequence[ast.Expr], finish: Callable[[], Any]) -> tuple[list[tuple[int, Part]], Any]:
    """Steps that fill temporaries with the parts up to the last neural one, and what `finish` compiles to after that.

    Constants and locals stay where they are: nothing that runs between can change them. A lazy iterable is opened
    where it stands, and its elements are asked for when all parts are there.
    """
    last = max((i for i, node in enumerate(parts) if c.is_neural(node)), default=-1)
    slots: dict[ast.Node, int] = {}
    steps: list[tuple[int, Part]] = []
    collecting: list[tuple[int, Part]] = []
    for node in parts[: last + 1]:
        if c.local(node) is None and c.constant(node) is None and not isinstance(node, ast.Lambda):
            slot = slots[node] = c.temporary()
            lazy = c.library.lazy_part(c, node, slot)
            steps.append((slot, part(c, node) if lazy is None else lazy[0]))
            if lazy is not None:
                collecting.append((slot, lazy[1]))
    steps += collecting
    with c.holding(slots):
        return steps, finish()


def compile_strict(c: Context, node: ast.Expr) -> Neural:
    """Compute the parts, then the node itself, which is pure once they are there."""
    steps, finish = held(c, parts_of(c, node), lambda: c.library.pure[type(node)](c, node))
    return then(steps, finish)


def then(steps: list[tuple[int, Part]], finish: Pure) -> Neural:
    if len(steps) == 1 and steps[0][1].neural:
        slot, only = steps[0]
        ask = only.run

        def run_one(frame: Frame) -> Coroutine:
            frame[slot] = yield from ask(frame)
            return finish(frame)

        return run_one

    def run(frame: Frame) -> Coroutine:
        for slot, step in steps:
            frame[slot] = (yield from step.run(frame)) if step.neural else step.run(frame)
        return finish(frame)

    return run


# ---------------------------------------------------------------------- lazy


def compile_bool(c: Context, node: ast.BoolOp) -> Neural:
    operands = [part(c, operand) for operand in node.operands]
    stop_at = node.op == "or"

    def run(frame: Frame) -> Coroutine:
        value = None
        for operand in operands:
            value = (yield from operand.run(frame)) if operand.neural else operand.run(frame)
            if bool(value) is stop_at:
                break
        return value

    return run


def compile_if(c: Context, node: ast.IfExp) -> Neural:
    test, body, orelse = part(c, node.test), part(c, node.body), part(c, node.orelse)

    def run(frame: Frame) -> Coroutine:
        holds = (yield from test.run(frame)) if test.neural else test.run(frame)
        chosen = body if holds else orelse
        return (yield from chosen.run(frame)) if chosen.neural else chosen.run(frame)

    return run
