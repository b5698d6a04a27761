"""Expressions that tell the graph what they read, what they change and where they might have failed.

Some expressions have a node of their own, a cell, that takes what is read while they are evaluated: arguments of FMP
functions, objects that are about to be changed, iterables and conditions of comprehensions, and all that may fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fmplang.check.typed import CallMethod, CallNeural, CallValue, Global, Local
from fmplang.runtime.frames import Coroutine, Frame, Neural, Pure
from fmplang.runtime.slicing.graph import Node, graph_of
from fmplang.runtime.slicing.kinds import holds_more, may_hold
from fmplang.runtime.slicing.trees import unfinished
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.runtime.slicing.context import SliceContext

Enter = Callable[[Frame, Node], None]
Leave = Callable[[Frame, Any, Node], None]
_SCOPES = (ast.BoolOp, ast.IfExp, ast.Compare, ast.Comprehension, ast.DictComp)


def wrap(c: SliceContext, node: ast.Node, made: Pure) -> Pure:
    if isinstance(node, ast.Lambda):
        return _lambda(c, node, made)
    enter, leave = _kept(c, node)
    after = _after(c, node)
    if isinstance(node, ast.Call) and not isinstance(c.typed.calls.get(node), CallNeural):
        made = _calling(c, node, made)
    if after:
        made = _then(made, after)
    scope = isinstance(node, _SCOPES) or node in c.bodies
    if not enter and not leave and not scope:
        return made
    slot, stmt, guard, passed = c.cell, c.stmt, c.guard, node in c.arguments

    def keep(frame: Frame) -> Any:
        outer, graph, decided = frame[slot], graph_of(frame), frame[guard]
        cell = frame[slot] = graph.cell(outer, frame[stmt] if passed else outer)
        for act in enter:
            act(frame, cell)
        value = made(frame)
        if graph.changes != cell.since:
            cell.add(frame[stmt])
        frame[slot] = outer
        if scope:
            frame[guard] = decided
        for note in leave:
            note(frame, value, cell)
        return value

    return keep


def wrap_neural(c: SliceContext, node: ast.Node, made: Neural) -> Neural:
    enter, leave = _kept(c, node)
    after, slot, stmt, guard, passed = _after(c, node), c.cell, c.stmt, c.guard, node in c.arguments
    target = c.typed.calls.get(node) if isinstance(node, ast.Call) else None
    function = c.slot(target.slot) if isinstance(target, CallValue) else -1
    scope = isinstance(node, _SCOPES) or node in c.bodies
    keeps = bool(enter or leave)
    kept = keeps or scope or isinstance(target, CallNeural)

    def run(frame: Frame) -> Coroutine:
        graph = graph_of(frame)
        graph.caller = frame, c
        outer, decided = frame[slot], frame[guard]
        cell = outer
        if kept:
            cell = frame[slot] = graph.cell(outer, frame[stmt] if passed else outer)
            cell.keeps = keeps
            for act in enter:
                act(frame, cell)
        if function >= 0:
            c.met(frame, frame[function])
        value = yield from made(frame)
        graph.caller = frame, c
        for look in after:
            look(frame, value)
        if kept:
            if graph.changes != cell.since:
                cell.add(frame[stmt])
            frame[slot] = outer
            if scope:
                frame[guard] = decided
            for note in leave:
                note(frame, value, cell)
        return value

    return run


def _then(made: Pure, after: Sequence[Callable[[Frame, Any], None]]) -> Pure:
    def run(frame: Frame) -> Any:
        value = made(frame)
        for look in after:
            look(frame, value)
        return value

    return run


def _calling(c: SliceContext, node: ast.Call, made: Pure) -> Pure:
    target = c.typed.calls.get(node)
    slot = c.slot(target.slot) if isinstance(target, CallValue) else -1

    def call(frame: Frame) -> Any:
        graph = graph_of(frame)
        before, graph.caller = graph.caller, (frame, c)
        if slot >= 0:
            c.met(frame, frame[slot])
        value = made(frame)
        graph.caller = before
        return value

    return call


def _lambda(c: SliceContext, node: ast.Lambda, made: Pure) -> Pure:
    shadows = [c.shadow(c.typed.targets[name]) for name in node.params]
    cell, guard, decided = c.cell, c.guard, c.bodies.get(node.body, -1)

    def make(frame: Frame) -> Any:
        function, graph, maker = made(frame), graph_of(frame), frame[cell]
        of = maker
        if decided >= 0:  # it is called for elements that are there already
            of = graph.snapshot(maker)
            frame[decided] = graph.node((), (frame[guard], of))
        for shadow in shadows:
            frame[shadow] = frame[shadow + 1] = of
        graph.makers[id(function)] = function, maker
        return function

    return make


# ---------------------------------------------------------------------- cells


def _kept(c: SliceContext, node: ast.Node) -> tuple[list[Enter], list[Leave]]:
    """What is to be done around an expression whose dependences are kept in a cell of their own."""
    enter: list[Enter] = []
    leave: list[Leave] = []
    if c.reader.expression_fails(node):
        enter.append(lambda frame, cell: graph_of(frame).survive_data(cell))
    if node in c.arguments:
        leave.append(_argument(c, node, c.arguments[node]))
    if node in c.receivers:
        value, of = c.receivers[node]

        def receive(frame: Frame, made: Any, cell: Node) -> None:
            frame[value], frame[of] = made, cell

        leave.append(receive)
    if node in c.sources:
        enter.append(_source(c, node, *c.sources[node]))
    if node in c.deciding:
        leave.append(_decide(c, c.deciding[node]))
    if node in c.bodies:
        decided, guard = c.bodies[node], c.guard

        def decide(frame: Frame, cell: Node) -> None:
            frame[guard] = frame[decided]

        enter.append(decide)
    return enter, leave


def _decide(c: SliceContext, before: int) -> Leave:
    """What comes after in the expression is evaluated for what came out here, and what the slot `before` holds."""
    guard = c.guard

    def decide(frame: Frame, made: Any, cell: Node) -> None:
        frame[guard] = graph_of(frame).node((), (frame[before], cell))

    return decide


def _argument(c: SliceContext, node: ast.Expr, slot: int) -> Leave:
    which = identity(c, node)

    def pass_on(frame: Frame, made: Any, cell: Node) -> None:
        frame[slot], frame[slot + 1] = cell, which(frame, cell)

    return pass_on


def identity(c: SliceContext, node: ast.Expr) -> Callable[[Frame, Node], Node | None]:
    """What decided which object the expression gave."""
    if c.reader.fresh(node):
        return lambda frame, cell: None
    found = c.typed.names.get(node) if isinstance(node, ast.Name) else None
    if isinstance(found, Local):
        shadow = c.shadow(found.slot) + 1
        return lambda frame, cell: frame[shadow]
    if isinstance(found, Global):
        return lambda frame, cell: None
    return lambda frame, cell: cell


def _source(c: SliceContext, node: ast.Expr, targets: list[int], before: int, base: int) -> Enter:
    """The targets hold what the iterable gives. `base` then holds what decides of an element, conditions aside."""
    shadows, late, stmt, guard = [c.shadow(slot) for slot in targets], unfinished(node), c.stmt, c.guard

    def source(frame: Frame, cell: Node) -> None:
        if late:
            cell.add(frame[stmt])
        for shadow in shadows:
            frame[shadow] = frame[shadow + 1] = cell
        frame[base] = frame[guard] = graph_of(frame).node((), (frame[before], cell))

    return source


def _after(c: SliceContext, node: ast.Node) -> list[Callable[[Frame, Any], None]]:
    """What is to be done with the value of an expression."""
    after: list[Callable[[Frame, Any], None]] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.value in c.receivers:
        if isinstance(c.typed.calls.get(node), CallMethod):
            after.append(changed(c, node.func.value))
    of = c.type(node)
    if isinstance(node, (ast.Call, ast.Subscript, ast.Attribute)) and may_hold(of):
        cell, stmt, deep = c.cell, c.stmt, holds_more(of) and node not in c.shallow

        def look(frame: Frame, made: Any) -> None:
            graph_of(frame).read(made, frame[cell], deep)
            frame[stmt].values.append((made, deep))

        after.append(look)
    return after


def changed(c: SliceContext, receiver: ast.Expr, deep: bool = False) -> Callable[[Frame, Any], None]:
    """An object was changed, by what the statement has read."""
    (value, node), decided, stmt = c.receivers[receiver], identity(c, receiver), c.stmt

    def change(frame: Frame, _: Any) -> None:
        graph = graph_of(frame)
        graph.change(frame[value], frame[stmt], deep)
        which = decided(frame, frame[node])
        if which is not None or deep:
            graph.change_any(frame[node] if deep else which)

    return change
