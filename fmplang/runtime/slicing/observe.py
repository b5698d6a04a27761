"""The compile mode of slicing: the closures of an ordinary run, wrapped so that they tell a Graph what they do.

What a local holds has two shadows in its frame: the node that its value depends on, and the node that decided which
object it is (None where it cannot be another one). While a statement runs, CELL of its frame is the node that takes
what is read, and STMT the node of the statement. Lanes copy frames, so both follow a lane through its waits.

    control of a statement   the statement that it stands in, and every test passed that could have left the block
    behind a statement       what its branches may assign or change depends on its test, taken or not
    reading a list, dict     also depends on all changes of that object, by whatever name they were made
    what may fail            what comes later depends on it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from fmplang.check.builtins import MUTATORS
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallValue,
    FunctionInfo,
    FunctionRef,
    Global,
    Local,
    NeuralRef,
    TypedProgram,
)
from fmplang.check.types import FunctionType
from fmplang.runtime.compile.ask import compile_request, neural_reference
from fmplang.runtime.compile.call import NeuralValue, textual
from fmplang.runtime.compile.code import Library
from fmplang.runtime.compile.context import Context, Place, Shape
from fmplang.runtime.frames import LANE, LOCALS, SITES, Coroutine, Frame, Neural, Pure
from fmplang.runtime.slicing.effects import (
    NOTHING,
    Effects,
    Reader,
    blocks,
    expressions,
    holds_more,
    late,
    leaves_out,
    may_hold,
    nested,
    stored,
    target_names,
    unfinished,
)
from fmplang.runtime.slicing.graph import Graph, Node
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast
from fmplang.syntax.source import Source

Enter = Callable[[Frame, Node], None]
Leave = Callable[[Frame, Any, Node], None]


def graph_of(frame: Frame) -> Graph:
    return frame[LANE].run.observer  # type: ignore[no-any-return]


_SCOPES = (ast.BoolOp, ast.IfExp, ast.Compare, ast.Comprehension, ast.DictComp)


class Position:
    """Where a statement stands: in which other statement, in which of its branches, and what is left of the block."""

    __slots__ = ("branch", "first", "parent", "rest")

    def __init__(self, parent: ast.Stmt | None, branch: int, first: bool, rest: tuple[ast.Stmt, ...]) -> None:
        self.parent = parent
        self.branch = branch
        self.first = first
        self.rest = rest


class SliceContext(Context):
    """One function being compiled with its shadows."""

    def __init__(self, library: SliceLibrary, info: FunctionInfo, source: Source) -> None:
        super().__init__(library, info, source, True)
        self.reader = library.reader
        self.cell, self.stmt, self.guard, self.entry, self.result = (self.temporary() for _ in range(5))
        self.continued, self.broken, self.returned = (self.temporary() for _ in range(3))
        self.shadows = self.size
        self.size += 2 * info.slots
        self.places: dict[ast.Stmt, Position] = {}
        self.owners: dict[ast.Stmt, int] = {}  # for `if` and `for`: the slot of the node of the running instance
        self.taken: dict[ast.Stmt, int] = {}  # for `if`: the slot of the branch that was taken
        self.receivers: dict[ast.Expr, tuple[int, int]] = {}  # slots of the object that is changed, and of its node
        self.arguments: dict[ast.Expr, int] = {}
        self.sources: dict[ast.Expr, tuple[list[int], int, int]] = {}  # iterables of comprehensions, see _source
        self.deciding: dict[ast.Expr, int] = {}  # expressions that decide whether others are evaluated, see _decide
        self.bodies: dict[ast.Expr, int] = {}  # of lambdas: the slot of what decides that they are called
        self.shallow: set[ast.Expr] = set()
        self.open: list[ast.Node] = []
        self._place(None, 0, info.node.body)

    def _place(self, parent: ast.Stmt | None, branch: int, block: tuple[ast.Stmt, ...]) -> None:
        for index, statement in enumerate(block):
            self.places[statement] = Position(parent, branch, index == 0, block[index + 1 :])
            inner = blocks(statement)
            if inner:
                self.owners[statement] = self.temporary()
                self.taken[statement] = self.temporary()
            for number, inside in enumerate(inner):
                self._place(statement, number, inside)

    def shadow(self, slot: int) -> int:
        """Of the checker's slot; the shadow behind it is that of the identity."""
        return self.shadows + 2 * slot

    # ------------------------------------------------------------- compiling

    def local(self, node: ast.Node) -> int | None:
        """Only held values: locals are to be read through their closures."""
        return self.held.get(node)

    def shape(self, node: ast.Node) -> Shape | None:
        constant = self.constant(node)
        return None if constant is None else Shape("const", constant[0])

    def code(self, function: FunctionInfo) -> Any:
        made = super().code(function)
        node = self.open[-1]
        target = self.typed.calls.get(node) if isinstance(node, ast.Call) else None
        if not isinstance(target, CallFunction):
            return made
        given = textual(self, node)  # type: ignore[arg-type]
        slots = [self.arguments.get(given[i], -1) if i >= 0 else -1 for i in target.binding]
        return _Entrance(self, made, slots)

    def expr(self, node: ast.Node) -> Pure:
        if node in self.held:
            return super().expr(node)
        self._prepare(node)
        self.open.append(node)
        if isinstance(node, ast.Name) and isinstance(self.typed.names.get(node), (Local, Global)):
            made = self._name(node)
        else:
            made = super().expr(node)
        self.open.pop()
        return self._wrapped(node, made)

    def neural(self, node: ast.Node) -> Neural:
        self._prepare(node)
        self.open.append(node)
        made = super().neural(node)
        self.open.pop()
        if node in self.places:
            return self._neural_statement(node, made)  # type: ignore[arg-type]
        return self._wrapped_neural(node, made)

    def statement(self, node: ast.Stmt) -> Pure:
        self._prepare(node)
        self.open.append(node)
        made = super().statement(node)
        self.open.pop()
        return self._statement(node, made)

    def _prepare(self, node: ast.Node) -> None:
        """Say of parts of the node what is to be kept of them."""
        typed = self.typed
        if isinstance(node, ast.Call):
            target = typed.calls.get(node)
            if isinstance(target, CallFunction):
                for argument in textual(self, node):
                    if self.constant(argument) is None and argument not in self.held:
                        self.arguments[argument] = self.temporary()
                        self.temporary()
            elif isinstance(target, CallMethod) and isinstance(node.func, ast.Attribute):
                if (target.kind, target.name) in MUTATORS:
                    self._receive(node.func.value)
                if target.name in ("append", "clear", "copy", "extend", "get", "insert", "items", "keys", "pop", "values"):
                    self.shallow.add(node.func.value)
            elif isinstance(target, CallBuiltin) and target.name == "len":
                self.shallow.update(node.args)
            if node.keywords and node.keywords[-1].name == "key" and isinstance(node.keywords[-1].value, ast.Lambda):
                if not any(map(unfinished, node.args)):
                    self.bodies[node.keywords[-1].value.body] = self.temporary()
        elif isinstance(node, (ast.Comprehension, ast.DictComp)):
            before = self.guard
            for clause in node.clauses:
                base = self.temporary()
                targets = [typed.targets[name] for name in target_names(clause.target)]
                self.sources[clause.iter] = targets, before, base
                self.shallow.add(clause.iter)
                for number, condition in enumerate(clause.conditions):
                    self.deciding[condition] = self.guard if number else base
                before = self.guard if clause.conditions else base
        elif isinstance(node, ast.BoolOp) or (isinstance(node, ast.Compare) and len(node.ops) > 1):
            self.deciding.update(dict.fromkeys(node.operands[:-1], self.guard))
        elif isinstance(node, ast.IfExp):
            self.deciding[node.test] = self.guard
        elif isinstance(node, ast.If):
            self.deciding.update({branch.test: self.guard for branch in node.branches[:-1]})
        elif isinstance(node, ast.For):
            self.shallow.add(node.iter)
        elif isinstance(node, ast.Subscript) and not isinstance(node.index, ast.Slice):
            self.shallow.add(node.value)
        for container in stored(node) if node in self.places else ():  # type: ignore[arg-type, operator]
            self._receive(container)
            self.shallow.add(container)

    def _receive(self, node: ast.Expr) -> None:
        self.receivers[node] = self.temporary(), self.temporary()

    # ------------------------------------------------------------- expressions

    def _name(self, node: ast.Name) -> Pure:
        """A local or a module-level constant, with what it depends on."""
        self.weight += 1
        constant = self.constant(node)
        if constant is not None:
            value = constant[0]
            return lambda frame: value
        found, of, cell, stmt = self.typed.names[node], self.type(node), self.cell, self.stmt
        may, deep = may_hold(of), holds_more(of) and node not in self.shallow
        if isinstance(found, Global):
            index = found.index

            def load_global(frame: Frame) -> Any:
                value = frame[LANE].run.constants[index]
                if may:
                    graph_of(frame).read(value, frame[cell], deep)
                    frame[stmt].values.append((value, deep))
                return value

            return load_global
        assert isinstance(found, Local)
        slot, shadow = self.slot(found.slot), self.shadow(found.slot)
        if isinstance(of, FunctionType):

            def load_function(frame: Frame) -> Any:
                frame[cell].add(frame[shadow])
                self.met(frame, frame[slot])
                return frame[slot]

            return load_function

        def load(frame: Frame) -> Any:
            frame[cell].add(frame[shadow])
            return frame[slot]

        def load_object(frame: Frame) -> Any:
            value = frame[slot]
            frame[cell].add(frame[shadow])
            graph_of(frame).read(value, frame[cell], deep)
            frame[stmt].values.append((value, deep))
            return value

        return load_object if may else load

    def met(self, frame: Frame, function: Any) -> None:
        """The statement may call a function value: what that reads belongs here, what it is given to its maker."""
        found = graph_of(frame).makers.get(id(function))
        if found is not None:
            frame[self.cell].add(found[1])
            found[1].add(frame[self.stmt])

    def _kept(self, node: ast.Node) -> tuple[list[Enter], list[Leave]]:
        """What is to be done around an expression whose dependences are kept in a cell of their own."""
        enter: list[Enter] = []
        leave: list[Leave] = []
        if self.reader.expression_fails(node, False):
            enter.append(lambda frame, cell: graph_of(frame).survive_data(cell))
        if node in self.arguments:
            leave.append(self._argument(node, self.arguments[node]))  # type: ignore[arg-type, index]
        if node in self.receivers:
            value, of = self.receivers[node]  # type: ignore[index]

            def receive(frame: Frame, made: Any, cell: Node) -> None:
                frame[value], frame[of] = made, cell

            leave.append(receive)
        if node in self.sources:
            enter.append(self._source(node, *self.sources[node]))  # type: ignore[arg-type, index]
        if node in self.deciding:
            leave.append(self._decide(self.deciding[node]))  # type: ignore[index]
        if node in self.bodies:
            decided, guard = self.bodies[node], self.guard  # type: ignore[index]

            def decide(frame: Frame, cell: Node) -> None:
                frame[guard] = frame[decided]

            enter.append(decide)
        return enter, leave

    def _decide(self, before: int) -> Leave:
        """What comes after in the expression is evaluated for what came out here, and what the slot `before` holds."""
        guard = self.guard

        def decide(frame: Frame, made: Any, cell: Node) -> None:
            frame[guard] = graph_of(frame).node((), (frame[before], cell))

        return decide

    def _argument(self, node: ast.Expr, slot: int) -> Leave:
        identity = self._identity(node)

        def pass_on(frame: Frame, made: Any, cell: Node) -> None:
            frame[slot], frame[slot + 1] = cell, identity(frame, cell)

        return pass_on

    def _identity(self, node: ast.Expr) -> Callable[[Frame, Node], Node | None]:
        """What decided which object the expression gave."""
        if self.reader.fresh(node):
            return lambda frame, cell: None
        found = self.typed.names.get(node) if isinstance(node, ast.Name) else None
        if isinstance(found, Local):
            shadow = self.shadow(found.slot) + 1
            return lambda frame, cell: frame[shadow]
        if isinstance(found, Global):
            return lambda frame, cell: None
        return lambda frame, cell: cell

    def _source(self, node: ast.Expr, targets: list[int], before: int, base: int) -> Enter:
        """The targets hold what the iterable gives. `base` then holds what decides of an element, conditions aside."""
        shadows, late, stmt, guard = [self.shadow(slot) for slot in targets], unfinished(node), self.stmt, self.guard

        def source(frame: Frame, cell: Node) -> None:
            if late:
                cell.add(frame[stmt])
            for shadow in shadows:
                frame[shadow] = frame[shadow + 1] = cell
            frame[base] = frame[guard] = graph_of(frame).node((), (frame[before], cell))

        return source

    def _after(self, node: ast.Node) -> list[Callable[[Frame, Any], None]]:
        """What is to be done with the value of an expression."""
        after: list[Callable[[Frame, Any], None]] = []
        if isinstance(node, ast.Call):
            target = self.typed.calls.get(node)
            changed = [part for part, _ in self.reader.changes_of_call(node)]
            if isinstance(target, CallMethod) and changed == [node.func.value]:  # type: ignore[attr-defined]
                after.append(self._changed(changed[0]))
        of = self.type(node)
        if isinstance(node, (ast.Call, ast.Subscript, ast.Attribute)) and may_hold(of):
            cell, stmt, deep = self.cell, self.stmt, holds_more(of) and node not in self.shallow

            def look(frame: Frame, made: Any) -> None:
                graph_of(frame).read(made, frame[cell], deep)
                frame[stmt].values.append((made, deep))

            after.append(look)
        return after

    def _changed(self, receiver: ast.Expr, deep: bool = False) -> Callable[[Frame, Any], None]:
        """An object was changed, by what the statement has read."""
        (value, node), identity, stmt = self.receivers[receiver], self._identity(receiver), self.stmt

        def change(frame: Frame, _: Any) -> None:
            graph = graph_of(frame)
            graph.change(frame[value], frame[stmt], deep)
            which = identity(frame, frame[node])
            if which is not None or deep:
                graph.change_any(frame[node] if deep else which)

        return change

    def _calls(self, node: ast.Node) -> bool:
        return isinstance(node, ast.Call) and not isinstance(self.typed.calls.get(node), CallNeural)

    def _wrapped(self, node: ast.Node, made: Pure) -> Pure:
        if isinstance(node, ast.Lambda):
            return self._lambda(node, made)
        enter, leave = self._kept(node)
        after = self._after(node)
        if self._calls(node):
            made = self._calling(node, made)
        if after:
            made = _then(made, after)
        scope = isinstance(node, _SCOPES)
        if not enter and not leave and not scope:
            return made
        slot, stmt, guard, passed = self.cell, self.stmt, self.guard, node in self.arguments

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

    def _calling(self, node: ast.Node, made: Pure) -> Pure:
        target = self.typed.calls.get(node)  # type: ignore[call-overload]
        slot = self.slot(target.slot) if isinstance(target, CallValue) else -1

        def call(frame: Frame) -> Any:
            graph = graph_of(frame)
            before, graph.caller = graph.caller, (frame, self)
            if slot >= 0:
                self.met(frame, frame[slot])
            value = made(frame)
            graph.caller = before
            return value

        return call

    def _wrapped_neural(self, node: ast.Node, made: Neural) -> Neural:
        enter, leave = self._kept(node)
        after, slot, stmt, guard, passed = self._after(node), self.cell, self.stmt, self.guard, node in self.arguments
        target = self.typed.calls.get(node) if isinstance(node, ast.Call) else None
        function = self.slot(target.slot) if isinstance(target, CallValue) else -1
        scope = isinstance(node, _SCOPES)
        keeps = bool(enter or leave)
        kept = keeps or scope or isinstance(target, CallNeural)

        def run(frame: Frame) -> Coroutine:
            graph = graph_of(frame)
            graph.caller = frame, self
            outer, decided = frame[slot], frame[guard]
            cell = outer
            if kept:
                cell = frame[slot] = graph.cell(outer, frame[stmt] if passed else outer)
                cell.keeps = keeps
                for act in enter:
                    act(frame, cell)
            if function >= 0:
                self.met(frame, frame[function])
            value = yield from made(frame)
            graph.caller = frame, self
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

    def _lambda(self, node: ast.Lambda, made: Pure) -> Pure:
        shadows = [self.shadow(self.typed.targets[name]) for name in node.params]
        cell, guard, decided = self.cell, self.guard, self.bodies.get(node.body, -1)

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

    # ------------------------------------------------------------- statements

    def _statement(self, node: ast.Stmt, made: Pure) -> Pure:
        around = _Around(self, node)
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

    def _neural_statement(self, node: ast.Stmt, made: Neural) -> Neural:
        around = _Around(self, node)
        begin, end = around.begin, around.end

        def run(frame: Frame) -> Coroutine:
            state = begin(frame)
            try:
                signal = yield from made(frame)
            except Exception:
                graph_of(frame).failed.append(state.whole)
                raise
            graph_of(frame).caller = frame, self
            end(frame, state, signal)
            return signal

        return run


def _then(made: Pure, after: Sequence[Callable[[Frame, Any], None]]) -> Pure:
    def run(frame: Frame) -> Any:
        value = made(frame)
        for look in after:
            look(frame, value)
        return value

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
        self.rest = reader.effects(place.rest)
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
        self.changed = [c._changed(part, isinstance(node, ast.AugAssign) and reader.holds_objects(part))
                        for part in stored(node)]
        self.augmented = self.copied = -1
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.augmented = c.typed.targets[node.target]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Name):
            found = c.typed.names.get(node.value)
            if isinstance(found, Local):
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


class _Entrance:
    """The code of a function, as one call enters it: it says what each argument depends on."""

    __slots__ = ("c", "code", "slots")

    def __init__(self, c: SliceContext, code: Any, slots: list[int]) -> None:
        self.c = c
        self.code = code
        self.slots = slots

    @property
    def rest(self) -> list[None]:
        return self.code.rest  # type: ignore[no-any-return]

    def run(self, frame: Frame) -> Any:
        graph = graph_of(frame)
        if graph.caller is not None:
            caller, c = graph.caller
            assert c is self.c
            graph.entering = [(caller[slot], caller[slot + 1]) if slot >= 0 else (None, None) for slot in self.slots]
        return self.code.run(frame)


def guard(graph: Graph, frame: Frame, c: SliceContext) -> list[Node | None]:
    """What decided that something is evaluated here."""
    statement: Node = frame[c.stmt]
    found = [*statement.control, frame[c.guard]]
    if statement.data and statement.data[0].late:
        cell: Node | None = frame[c.cell]
        while cell is not None:
            found.append(graph.snapshot(cell))
            cell = cell.outer
    return found


def _enter(c: SliceContext, count: int, frame: Frame) -> Any:
    graph = graph_of(frame)
    caller, given, graph.entering = graph.caller, graph.entering, None
    if caller is None:
        entry, given = graph.node(), []
    else:
        entry = graph.node((), guard(graph, *caller))
        if given is None:
            of = graph.snapshot(caller[0][caller[1].cell])
            given = [(of, of)] * count
    frame[c.entry] = frame[c.cell] = frame[c.stmt] = entry
    for slot, (value, identity) in enumerate(given):
        frame[c.shadow(slot)], frame[c.shadow(slot) + 1] = value, identity
    return caller


def _return(c: SliceContext, frame: Frame, caller: Any) -> None:
    graph = graph_of(frame)
    node: Node | None = frame[c.result]
    if node is None:  # it came to its end
        node = graph.node((), (frame[c.entry], frame[c.returned]))
    if caller is None:
        graph.result = node
    else:
        caller[0][caller[1].cell].add(node)
    graph.caller = caller


class SliceLibrary(Library):
    """The code of a program that is being sliced."""

    mark = staticmethod(lambda c, statement, made: made)

    def __init__(self, typed: TypedProgram, traced: bool) -> None:
        super().__init__(typed, traced)
        self.reader = Reader(typed)
        self.contexts: dict[FunctionInfo, SliceContext] = {}

    def context(self, info: FunctionInfo, source: Source) -> Context:
        made = self.contexts[info] = SliceContext(self, info, source)
        return made

    def entered(self, c: Context, info: FunctionInfo, run: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
        assert isinstance(c, SliceContext)
        count = len(info.params)

        def enter(frame: Frame) -> Any:
            caller = _enter(c, count, frame)
            value = run(frame)
            _return(c, frame, caller)
            return value

        def enter_neural(frame: Frame) -> Coroutine:
            caller = _enter(c, count, frame)
            value = yield from run(frame)
            _return(c, frame, caller)
            return value

        return enter_neural if info.neural else enter

    @staticmethod
    def request(c: Context, target: CallNeural, arguments: list[Pure], place: Place) -> Neural:
        assert isinstance(c, SliceContext)
        prepare, cell, stmt = compile_request(c, target, arguments, place), c.cell, c.stmt

        def ask(frame: Frame) -> Coroutine:
            asking = prepare(frame)
            made = asking.send(None)
            asking.close()
            graph = graph_of(frame)
            own: Node = frame[cell]
            if graph.changes != own.since:
                own.add(frame[stmt])
            node = graph.called(made, graph.snapshot(own), guard(graph, frame, c))
            answer = yield made
            graph.caller = frame, c
            (own if own.keeps or own.outer is None else own.outer).add(node)
            return answer

        return ask

    @staticmethod
    def neural_reference(c: Context, found: NeuralRef | FunctionRef, place: Place) -> Pure:
        library = c.library
        assert isinstance(library, SliceLibrary)
        make = neural_reference(c, found, place)

        def start(function: NeuralValue) -> Callable[..., Coroutine]:
            def run(caller: Frame, *values: Any) -> Coroutine:
                graph, own = graph_of(caller), library.contexts[caller[SITES].function]
                graph.caller = caller, own
                running = function.start(caller, *values)
                if isinstance(found, FunctionRef):
                    return (yield from running)
                request = running.send(None)
                running.close()
                cell: Node = caller[own.cell]
                node = graph.called(request, graph.snapshot(cell), guard(graph, caller, own))
                answer = yield request
                graph.caller = caller, own
                cell.add(node)
                return answer

            return run

        return lambda frame: NeuralValue(start(make(frame)))
