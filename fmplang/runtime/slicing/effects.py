"""What a statement could do, read from its text: what it may assign, change, leave, and where it may fail.

A run shows only the branches that were taken. For the others it must be known what they would have done, or a slice
would miss the test that skipped them (potential dependences: Agrawal, Horgan, Krauser and Wong 1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fmplang.check.builtins import MUTATORS
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallValue,
    FunctionInfo,
    FunctionRef,
    Local,
    TypedProgram,
)
from fmplang.check.types import IterableType, ListType
from fmplang.runtime.slicing.failing import Failing
from fmplang.runtime.slicing.kinds import holds_more, may_hold
from fmplang.runtime.slicing.trees import (
    arguments_of,
    expressions,
    leaves,
    nested,
    stored,
    target_names,
    walk,
)
from fmplang.syntax import ast


@dataclass(frozen=True, slots=True)
class Effects:
    """`assigned`: slots of locals. `changed`: locals whose object may be changed, with whether what it holds may be
    too; `wild` where it is not known which. `leaves`: of "break", "continue", "return"."""

    assigned: frozenset[int]
    changed: frozenset[tuple[int, bool]]
    wild: bool
    fails: bool
    leaves: frozenset[str]


NOTHING = Effects(frozenset(), frozenset(), False, False, frozenset())


class Reader(Failing):
    """Reads the statements of one program."""

    def __init__(self, typed: TypedProgram) -> None:
        super().__init__(typed)
        self._fails: dict[FunctionInfo, bool] = {}

    def effects(self, statements: Sequence[ast.Stmt]) -> Effects:
        """Of the statements, with all that they hold, should they be executed any number of times."""
        if not statements:
            return NOTHING
        inside = [inner for statement in statements for inner in nested(statement)]
        leaving = frozenset(name for statement in statements for name in leaves(statement))
        fails = any(self.statement_fails(statement) or self._changes_its_iterable(statement) for statement in inside)
        return self._effects(inside, fails, leaving, self.changes)

    def own(self, statement: ast.Stmt) -> Effects:
        """Of the expressions that the statement evaluates itself."""
        return self._effects([statement], False, frozenset(), self.changes_of_expressions)

    def _effects(self, inside: Sequence[ast.Stmt], fails: bool, leaving: frozenset[str],
                 changes: Callable[[ast.Stmt], Iterator[tuple[ast.Expr, bool]]]) -> Effects:
        fresh: dict[int, bool] = {}
        for statement in inside:
            for assigned, made in self.assigned(statement):
                fresh[assigned] = fresh.get(assigned, True) and made
            for part in expressions(statement):
                fresh.update(dict.fromkeys(self._bound(part), False))
        changed: set[tuple[int, bool]] = set()
        wild = False
        for statement in inside:
            for receiver, deep in changes(statement):
                slot = self.slot(receiver)
                # An object made inside is of no concern outside; else it is the one that the name holds now.
                if slot is not None and fresh.get(slot, True):
                    changed.add((slot, deep))
                else:
                    wild = True
        fails = fails or any(self._may_fail(node) for statement in inside
                             for part in expressions(statement) for node in walk(part))
        return Effects(frozenset(fresh), frozenset(changed), wild, fails, leaving)

    # ------------------------------------------------------------- assigned, changed

    def slot(self, node: ast.Expr) -> int | None:
        """The slot of a local variable, read or assigned."""
        if not isinstance(node, ast.Name):
            return None
        found = self.typed.names.get(node)
        return found.slot if isinstance(found, Local) else self.typed.targets.get(node)

    def assigned(self, statement: ast.Stmt) -> Iterator[tuple[int, bool]]:
        """The slots that the statement itself assigns, and whether to an object made for it."""
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name in target_names(target):
                    yield self.typed.targets[name], target is name and self.fresh(statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield self.typed.targets[statement.target], self.fresh(statement.value)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            yield self.typed.targets[statement.target], True  # the same object, or a new one
        elif isinstance(statement, ast.For):
            for name in target_names(statement.target):
                yield self.typed.targets[name], False

    def changes(self, statement: ast.Stmt) -> Iterator[tuple[ast.Expr, bool]]:
        """The expressions in the statement itself that say which object is changed, and whether in depth."""
        for target in stored(statement):
            yield target, False
        if isinstance(statement, ast.AugAssign):
            if isinstance(statement.target, ast.Name) or self.holds_objects(statement.target.value):
                yield statement.target, False
        yield from self.changes_of_expressions(statement)

    def changes_of_expressions(self, statement: ast.Stmt) -> Iterator[tuple[ast.Expr, bool]]:
        for part in expressions(statement):
            for node in walk(part):
                if isinstance(node, ast.Call):
                    yield from self.changes_of_call(node)

    def changes_of_call(self, node: ast.Call) -> Iterator[tuple[ast.Expr, bool]]:
        target = self.typed.calls.get(node)
        if isinstance(target, CallMethod):
            if (target.kind, target.name) in MUTATORS and isinstance(node.func, ast.Attribute):
                yield node.func.value, False
        elif isinstance(target, CallFunction):
            if target.function.mutates:
                for argument in arguments_of(node, target.method):
                    if may_hold(self.typed.types.get(argument)):
                        yield argument, True
        elif isinstance(target, CallValue):
            yield node, True  # whatever the function does
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            found = self.typed.names.get(argument) if isinstance(argument, ast.Name) else None
            if isinstance(found, FunctionRef) and found.function.mutates:
                yield node, True

    def _bound(self, node: ast.Expr) -> Iterator[int]:
        """The slots of the variables of comprehensions and lambdas: they have what is there while these run."""
        for part in walk(node):
            if isinstance(part, ast.Clause):
                yield from (self.typed.targets[name] for name in target_names(part.target))
            elif isinstance(part, ast.Lambda):
                yield from (self.typed.targets[name] for name in part.params)

    def holds_objects(self, node: ast.Expr) -> bool:
        """Whether an element of the list or dict can be changed in place."""
        of = self.typed.types.get(node)
        return may_hold(of) and holds_more(of)

    def fresh(self, node: ast.Expr) -> bool:
        """Whether the value cannot be an object that existed before."""
        if not may_hold(self.typed.types.get(node)):
            return True
        if isinstance(node, ast.Call):
            target = self.typed.calls.get(node)
            if isinstance(target, CallBuiltin):
                return target.name in ("list", "dict", "set", "sorted")
            if isinstance(target, CallMethod):
                return target.name == "copy" or target.kind == "str"
            return isinstance(target, CallNeural)
        if isinstance(node, ast.Subscript):
            return isinstance(node.index, ast.Slice)
        return isinstance(node, (ast.ListExpr, ast.SetExpr, ast.DictExpr, ast.Comprehension, ast.DictComp, ast.Binary))

    # ------------------------------------------------------------- failing

    def _may_fail(self, node: ast.Node) -> bool:
        """Whether evaluating the node may fail, its parts aside, what it calls included."""
        target = self.typed.calls.get(node) if isinstance(node, ast.Call) else None
        if isinstance(target, CallFunction):
            return self._function_fails(target.function)
        found = self.typed.names.get(node) if isinstance(node, ast.Name) else None
        if isinstance(found, FunctionRef):
            return self._function_fails(found.function)
        return isinstance(target, CallValue) or self.expression_fails(node)

    def _function_fails(self, function: FunctionInfo) -> bool:
        found = self._fails.get(function)
        if found is None:
            found = self._fails[function] = self.effects(function.node.body).fails
        return found

    def _changes_its_iterable(self, node: ast.Stmt) -> bool:
        """Whether the loop may change a dict or set that it walks through."""
        if not isinstance(node, ast.For):
            return False
        of = self.typed.types.get(node.iter)
        if isinstance(of, ListType) or (isinstance(of, IterableType) and of.kind == "range"):
            return False
        return any(True for inner in node.body for part in nested(inner) for _ in self.changes(part))
