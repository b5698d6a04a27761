"""The compile mode of slicing: the closures of an ordinary run, wrapped so that they tell a Graph what they do.

What a local holds has two shadows in its frame: the node that its value depends on, and the node that decided which
object it is (None where it cannot be another one). While a statement runs, the slot `cell` of its frame has the node
that takes what is read, `stmt` the node of the whole statement, and `guard` what decided, inside the expression, that
this part of it is evaluated. Lanes copy frames, so all of these follow a lane through its waits.

    control of a statement   the statement that it stands in, and every test passed that could have left the block
    behind a statement       what its branches may assign or change depends on its test, taken or not
    reading a list, dict     also depends on all changes of that object, by whatever name they were made
    what may fail            what comes later depends on it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fmplang.check.builtins import MUTATORS
from fmplang.check.typed import CallBuiltin, CallFunction, CallMethod, FunctionInfo, Global, Local
from fmplang.check.types import FunctionType
from fmplang.runtime.compile.call import textual
from fmplang.runtime.compile.context import Context, Shape
from fmplang.runtime.frames import LANE, Frame, Neural, Pure
from fmplang.runtime.slicing.calls import Entrance
from fmplang.runtime.slicing.expressions import wrap, wrap_neural
from fmplang.runtime.slicing.graph import graph_of
from fmplang.runtime.slicing.kinds import holds_more, may_hold
from fmplang.runtime.slicing.statements import wrap_neural_statement, wrap_statement
from fmplang.runtime.slicing.trees import blocks, stored, target_names, unfinished
from fmplang.syntax import ast
from fmplang.syntax.source import Source

if TYPE_CHECKING:
    from fmplang.runtime.slicing.library import SliceLibrary


# Methods that do not look into what the elements hold.
_SHALLOW = frozenset({"append", "clear", "copy", "extend", "get", "insert", "items", "keys", "pop", "values"})


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
        return Entrance(self, made, slots)

    def _nested(self, compile: Callable[[Context, Any], Any], node: ast.Node) -> Any:
        self.depth += 3  # the closures around each closure
        made = super()._nested(compile, node)
        self.depth -= 3
        return made

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
        return wrap(self, node, made)

    def neural(self, node: ast.Node) -> Neural:
        self._prepare(node)
        self.open.append(node)
        made = super().neural(node)
        self.open.pop()
        if node in self.places:
            return wrap_neural_statement(self, node, made)
        return wrap_neural(self, node, made)

    def statement(self, node: ast.Stmt) -> Pure:
        self._prepare(node)
        self.open.append(node)
        made = super().statement(node)
        self.open.pop()
        return wrap_statement(self, node, made)

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
                if target.name in _SHALLOW:
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
        for container in stored(node) if node in self.places else ():
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
