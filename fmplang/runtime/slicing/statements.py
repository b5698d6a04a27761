"""Statements that tell the graph when they begin, what they assigned, and what they would have done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.check.typed import Local
from fmplang.runtime.frames import LOCALS, Coroutine, Frame, Neural, Pure
from fmplang.runtime.slicing.effects import NOTHING, Effects
from fmplang.runtime.slicing.expressions import changed
from fmplang.runtime.slicing.graph import Graph, Node, graph_of
from fmplang.runtime.slicing.trees import blocks, late, leaves, leaves_out, stored, target_names
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.runtime.slicing.context import SliceContext


def wrap_statement(c: SliceContext, node: ast.Stmt, made: Pure) -> Pure:
    around = _Around(c, node)
    begin, end = around.begin, around.end

    def run(frame: Frame) -> Any:
        state = begin(frame)
        try:
            signal = made(frame)
        except Exception:
            graph_of(frame).failed.append(state.whole)
            raise
        end(frame, state, signal)
        return signal

    return run


def wrap_neural_statement(c: SliceContext, node: ast.Stmt, made: Neural) -> Neural:
    around = _Around(c, node)
    begin, end = around.begin, around.end

    def run(frame: Frame) -> Coroutine:
        state = begin(frame)
        try:
            signal = yield from made(frame)
        except Exception:
            graph_of(frame).failed.append(state.whole)
            raise
        graph_of(frame).caller = frame, c
        end(frame, state, signal)
        return signal

    return run


class _Before(NamedTuple):
    """What stood when a statement began. `node` is its own, `whole` takes the arguments of calls too."""

    node: Node
    whole: Node
    outer: Node
    statement: Node
    guard: Node | None
    changes: int
    continued: Node | None
    broken: Node | None
    augmented: Any


class _Around:
    """What is done before and after one statement."""

    def __init__(self, c: SliceContext, node: ast.Stmt) -> None:
        place, reader = c.places[node], c.reader
        self.c = c
        self.node = node
        self.span = (c.source.name, node.start, node.end)
        self.late, lazy = late(c.typed, node), leaves_out(node)
        self.rest = reader.effects(place.rest) if leaves(node) else NOTHING
        self.owner = c.owners.get(node, -1)
        self.taken = c.taken.get(node, -1)
        self.parent = c.owners[place.parent] if place.parent is not None else c.entry
        self.loops = isinstance(node, ast.For)
        self.turns = place.first and isinstance(place.parent, ast.For)
        self.targets: list[int] = []
        if isinstance(place.parent, ast.For):
            self.targets = [c.shadow(c.typed.targets[name]) for name in target_names(place.parent.target)]
        self.branch = (c.taken[place.parent], place.branch) if place.first and place.parent is not None else None
        self.assigned = [(c.shadow(slot), fresh) for slot, fresh in reader.assigned(node)] if not self.loops else []
        self.fails = reader.statement_fails(node)
        self.skipped = reader.own(node) if self.late or lazy else NOTHING  # what its expressions may leave out
        self.returns = isinstance(node, ast.Return)
        self.leaves = [slot for slot, name in (
            (c.continued, "continue"), (c.broken, "break"), (c.returned, "return"))
            if self.owner >= 0 and name in reader.effects((node,)).leaves]
        self.changed = [changed(c, part, isinstance(node, ast.AugAssign) and reader.holds_objects(part))
                        for part in stored(node)]
        self.augmented = self.copied = -1
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.augmented = c.typed.targets[node.target]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Name):
            found = c.typed.names.get(node.value)
            taken_apart = isinstance(node, ast.Assign) and any(isinstance(part, ast.TupleExpr) for part in node.targets)
            if isinstance(found, Local) and not taken_apart:
                self.copied = c.shadow(found.slot) + 1
        inner = blocks(node)
        self.whole = reader.effects((node,)) if inner else NOTHING
        self.branches = [reader.effects(block) for block in inner]

    def begin(self, frame: Frame) -> _Before:
        c = self.c
        graph = graph_of(frame)
        if self.turns:  # another turn of the loop
            frame[c.continued] = None
            loop: Node = frame[self.parent]
            for value, deep in frame[c.stmt].values:
                graph.read(value, loop, deep)
            for shadow in self.targets:
                frame[shadow] = frame[shadow + 1] = loop
        if self.branch is not None:
            frame[self.branch[0]] = self.branch[1]
        node = graph.node((), (frame[self.parent], frame[c.continued], frame[c.broken], frame[c.returned]))
        node.span, node.late = self.span, self.late
        whole = graph.node((node,), node.control)
        before = _Before(node, whole, frame[c.cell], frame[c.stmt], frame[c.guard], graph.changes,
                         frame[c.continued], frame[c.broken], None)
        frame[c.cell], frame[c.stmt], frame[c.guard] = node, whole, None
        graph.caller = frame, c
        if self.augmented >= 0:
            node.add(frame[c.shadow(self.augmented)])
            graph.read(frame[self.augmented + LOCALS], node, True)
            before = before._replace(augmented=frame[self.augmented + LOCALS])
        if self.owner >= 0:
            frame[self.owner] = node
            frame[self.taken] = -1
            if self.loops:
                frame[c.continued] = frame[c.broken] = None
        return before

    def end(self, frame: Frame, before: _Before, signal: Any) -> None:
        c, graph = self.c, graph_of(frame)
        node, whole = before.node, before.whole
        if graph.changes != before.changes:
            for value, deep in whole.values:
                graph.read(value, node, deep)
        for change in self.changed:
            change(frame, None)
        if self.augmented >= 0:
            graph.change(before.augmented, node)
            which = frame[c.shadow(self.augmented) + 1]
            if which is not None and isinstance(before.augmented, (list, dict, OrderedSet)):
                graph.change_any(which)
        if self.assigned:
            self._assign(frame, graph, node)
        if self.fails:
            graph.survive_data(node)
        if self.skipped is not NOTHING:
            self._might(frame, graph, whole, NOTHING, self.skipped)
        if self.returns:
            frame[c.result] = node
        if self.owner >= 0:
            self._leave_block(frame, graph, node, before)
        if signal is not None and self.rest is not NOTHING:
            skipped = graph.node((), (node, frame[c.continued], frame[c.broken], frame[c.returned]))
            self._might(frame, graph, skipped, self.rest, self.rest)
        whole.values.clear()
        frame[c.cell], frame[c.stmt], frame[c.guard] = before.outer, before.statement, before.guard

    def _assign(self, frame: Frame, graph: Graph, node: Node) -> None:
        c = self.c
        raised = [frame[slot] for slot in (c.continued, c.broken, c.returned) if frame[slot] is not None]
        copied = frame[self.copied] if self.copied >= 0 else None
        for shadow, fresh in self.assigned:
            frame[shadow] = node
            if self.augmented >= 0:
                continue
            if fresh:
                which = None
            elif self.copied >= 0:
                which = copied
            else:
                which = node
            frame[shadow + 1] = graph.node((which,), raised) if raised else which

    def _leave_block(self, frame: Frame, graph: Graph, node: Node, before: _Before) -> None:
        """Behind an `if` or `for`: what it may have done depends on what decided it."""
        c = self.c
        why = node
        if self.loops:
            why = graph.node((), (node, frame[c.broken], frame[c.returned]))
            frame[c.continued], frame[c.broken] = before.continued, before.broken
            self._might(frame, graph, why, self.whole, self.whole)
        else:
            for number, branch in enumerate(self.branches):
                if number != frame[self.taken]:
                    self._might(frame, graph, why, NOTHING, branch)
            self._might(frame, graph, why, self.whole, NOTHING)
        for slot in self.leaves:
            frame[slot] = graph.node((), (frame[slot], why))

    def _might(self, frame: Frame, graph: Graph, why: Node, assigned: Effects, other: Effects) -> None:
        c = self.c
        for slot in assigned.assigned:
            shadow = c.shadow(slot)
            frame[shadow] = graph.node((frame[shadow],), (why,))
            frame[shadow + 1] = graph.node((frame[shadow + 1],), (why,))
        for slot, deep in other.changed:
            graph.change(frame[slot + LOCALS], why, deep, now=False)
        if other.wild:
            graph.change_any(why)
        if other.fails:
            graph.survive(why)
