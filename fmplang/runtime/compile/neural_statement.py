"""Neural statements, and functions whose calls are coroutines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fmplang.check.typed import FunctionInfo
from fmplang.runtime.compile import statement as pure
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.neural import Part, held, part
from fmplang.runtime.compile.operators import in_place
from fmplang.runtime.compile.statement import SIZE, compile_target, leaves, sequence
from fmplang.runtime.formatting import text_of
from fmplang.runtime.frames import BREAK, METER, RESULT, RETURN, Coroutine, Frame, Neural, Signal
from fmplang.runtime.streams import END, Source
from fmplang.syntax import ast


def compile_function(c: Context, info: FunctionInfo) -> Neural:
    body = info.node.body
    run, charge = _body(c, body)
    cost, place = charge + 1, c.at(body[0] if body else info.node.name)

    def execute(frame: Frame, at: Place = place) -> Coroutine:
        frame[METER].work(cost)
        if run.neural:
            yield from run.run(frame)
        else:
            run.run(frame)
        return frame[RESULT]

    return execute


def _body(c: Context, statements: tuple[ast.Stmt, ...]) -> tuple[Part, int]:
    """A block whose owner charges for it, and what it costs. Neighbouring pure statements become one closure."""
    if not any(map(c.is_neural, statements)):
        run, cost = pure.compile_body(c, statements)
        return Part(run, False), cost
    before, c.weight, cost = c.weight, 0, 0
    steps: list[Part] = []
    plain: list[ast.Stmt] = []
    waiting: list[Any] = []
    for statement in statements:
        c.weight = 0
        if c.is_neural(statement):
            if plain:
                steps.append(Part(sequence(waiting, [leaves(s) for s in plain]), False))
                plain, waiting = [], []
            made = c.neural(statement)
            steps.append(Part(c.library.mark(c, statement, made) if c.traced else made, True))
        else:
            plain.append(statement)
            waiting.append(c.statement(statement))
        cost += 1 + c.weight // SIZE
    if plain:
        steps.append(Part(sequence(waiting, [leaves(s) for s in plain]), False))
    c.weight = before
    if len(steps) == 1:
        return steps[0], cost

    def run_steps(frame: Frame) -> Coroutine:
        for step in steps:
            signal = (yield from step.run(frame)) if step.neural else step.run(frame)
            if signal is not None:
                return signal
        return None

    return Part(run_steps, True), cost


def _block(c: Context, statements: tuple[ast.Stmt, ...]) -> Part:
    """A block that charges for itself."""
    if not any(map(c.is_neural, statements)):
        return Part(pure.compile_block(c, statements), False)
    body, cost = _body(c, statements)
    place = c.at(statements[0])

    def block(frame: Frame, at: Place = place) -> Coroutine:
        frame[METER].work(cost)
        return (yield from body.run(frame))

    return Part(block, True)


# ------------------------------------------------------- plain statements


def _after(c: Context, node: ast.Stmt, parts: Sequence[ast.Expr]) -> Neural:
    """Compute the parts, then run the statement, which is pure once they are there."""
    steps, finish = held(c, parts, lambda: c.library.statements[type(node)](c, node))

    def run(frame: Frame) -> Coroutine:
        for slot, step in steps:
            frame[slot] = (yield from step.run(frame)) if step.neural else step.run(frame)
        return finish(frame)

    return run


def compile_assign(c: Context, node: ast.Assign) -> Neural:
    if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return _to_local(c, node.targets[0], node.value)
    return _after(c, node, [node.value, *(inner for target in node.targets for inner in _subscripts(target))])


def _subscripts(target: ast.Expr) -> list[ast.Expr]:
    """What a target computes before it stores, in order."""
    if isinstance(target, ast.TupleExpr):
        return [inner for item in target.items for inner in _subscripts(item)]
    if isinstance(target, ast.Subscript) and not isinstance(target.index, ast.Slice):
        return [target.value, target.index]
    return []


def compile_annotated(c: Context, node: ast.AnnAssign) -> Neural:
    assert node.value is not None
    return _to_local(c, node.target, node.value)


def _to_local(c: Context, target: ast.Name, value: ast.Expr) -> Neural:
    slot, made = c.target(target), c.neural(value)

    def assign(frame: Frame) -> Coroutine:
        frame[slot] = yield from made(frame)

    return assign


def compile_augmented(c: Context, node: ast.AugAssign) -> Neural:
    if isinstance(node.target, ast.Name):
        return _after(c, node, [node.value])
    target, op, place = node.target, node.op, c.at(node)
    assert not isinstance(target.index, ast.Slice)
    container, index, value = part(c, target.value), part(c, target.index), part(c, node.value)

    def augment(frame: Frame, at: Place = place) -> Coroutine:
        values = (yield from container.run(frame)) if container.neural else container.run(frame)
        key = (yield from index.run(frame)) if index.neural else index.run(frame)
        before = values[key]
        more = (yield from value.run(frame)) if value.neural else value.run(frame)
        values[key] = in_place(frame[METER], op, before, more)

    return augment


def compile_effect(c: Context, node: ast.ExprStmt) -> Neural:
    value = c.neural(node.value)

    def effect(frame: Frame) -> Coroutine:
        yield from value(frame)

    return effect


def compile_return(c: Context, node: ast.Return) -> Neural:
    assert node.value is not None
    value = c.neural(node.value)

    def leave(frame: Frame) -> Coroutine:
        frame[RESULT] = yield from value(frame)
        return RETURN

    return leave


def compile_assert(c: Context, node: ast.Assert) -> Neural:
    test, place = part(c, node.test), c.at(node)
    message = Part(lambda frame: "", False) if node.message is None else part(c, node.message)

    def check(frame: Frame, at: Place = place) -> Coroutine:
        if not ((yield from test.run(frame)) if test.neural else test.run(frame)):
            text = (yield from message.run(frame)) if message.neural else message.run(frame)
            raise AssertionError(text_of(frame[METER], text))

    return check


# -------------------------------------------------------------------- control


def compile_branches(c: Context, node: ast.If) -> Neural:
    branches = [(part(c, branch.test), _block(c, branch.body)) for branch in node.branches]
    orelse = _block(c, node.orelse) if node.orelse else Part(lambda frame: None, False)

    def choose(frame: Frame) -> Coroutine:
        chosen = orelse
        for test, block in branches:
            if (yield from test.run(frame)) if test.neural else test.run(frame):
                chosen = block
                break
        return (yield from chosen.run(frame)) if chosen.neural else chosen.run(frame)

    return choose


def compile_for(c: Context, node: ast.For) -> Neural:
    source, store = Source(c, node.iter), compile_target(c, node.target)
    body, charge = _body(c, node.body)
    cost, run, neural = charge + 1, body.run, body.neural

    def loop(frame: Frame, at: Place = source.place) -> Coroutine:
        work = frame[METER].work
        for value in (yield from source.whole(frame)):
            work(cost)
            store(frame, value)
            signal: Signal | None = (yield from run(frame)) if neural else run(frame)
            if signal is not None:
                if signal is BREAK:
                    break
                if signal is RETURN:
                    return signal
        return None

    def lazy_loop(frame: Frame, at: Place = source.place) -> Coroutine:
        stream = yield from source.open(frame)
        while (value := (yield from source.take(stream, at))) is not END:
            frame[METER].work(cost)
            store(frame, value)
            signal: Signal | None = (yield from run(frame)) if neural else run(frame)
            if signal is not None:
                if signal is BREAK:
                    break
                if signal is RETURN:
                    return signal
        return None

    return lazy_loop if source.kind == "stream" else loop
