"""What a statement could do, read from its text: what it may assign, change, leave, and where it may fail.

A run shows only the branches that were taken. For the others it must be known what they would have done, or a slice
would miss the test that skipped them (potential dependences: Agrawal, Horgan, Krauser and Wong 1993).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class _Own(NamedTuple):
    """What one statement does itself, without those that it holds. `receivers`: the slot of each object that it may
    change, None where it has no name, and whether in depth; `called` those of its expressions alone."""

    assigned: tuple[tuple[int, bool], ...]
    receivers: frozenset[tuple[int | None, bool]]
    called: frozenset[tuple[int | None, bool]]
    fails: bool
    called_fails: bool


class Reader(Failing):
    """Reads the statements of one program."""

    def __init__(self, typed: TypedProgram) -> None:
        super().__init__(typed)
        self._fails: dict[FunctionInfo, bool] = {}
        self._read: dict[ast.Stmt, _Own] = {}

    def effects(self, statements: Sequence[ast.Stmt]) -> Effects:
        """Of the statements, with all that they hold, should they be executed any number of times."""
        if not statements:
            return NOTHING
        inside = [self._own(inner) for statement in statements for inner in nested(statement)]
        fresh = _fresh(inside)
        receivers = frozenset().union(*(own.receivers for own in inside))
        leaving = frozenset(name for statement in statements for name in leaves(statement))
        return Effects(frozenset(fresh), *_changed(receivers, fresh), any(own.fails for own in inside), leaving)

    def own(self, statement: ast.Stmt) -> Effects:
        """Of the expressions that the statement evaluates itself."""
        own = self._own(statement)
        fresh = _fresh([own])
        return Effects(frozenset(fresh), *_changed(own.called, fresh), own.called_fails, frozenset())

    def _own(self, statement: ast.Stmt) -> _Own:
        own = self._read.get(statement)
        if own is None:
            bound = [(slot, False) for part in expressions(statement) for slot in self._bound(part)]
            called = frozenset((self.slot(node), deep) for node, deep in self.changes_of_expressions(statement))
            receivers = frozenset((self.slot(node), deep) for node, deep in self.changes(statement))
            called_fails = any(self._may_fail(node) for part in expressions(statement) for node in ast.walk(part))
            fails = called_fails or self.statement_fails(statement) or self._changes_its_iterable(statement)
            own = self._read[statement] = _Own((*self.assigned(statement), *bound), receivers, called, fails,
                                               called_fails)
        return own

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
            for node in ast.walk(part):
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
                        yield argument, holds_more(self.typed.types.get(argument))
        elif isinstance(target, CallValue):
            yield node, True  # whatever the function does
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            found = self.typed.names.get(argument) if isinstance(argument, ast.Name) else None
            if isinstance(found, FunctionRef) and found.function.mutates:
                yield node, True

    def _bound(self, node: ast.Expr) -> Iterator[int]:
        """The slots of the variables of comprehensions and lambdas: they have what is there while these run."""
        for part in ast.walk(node):
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


def _fresh(inside: Sequence[_Own]) -> dict[int, bool]:
    """The slots that are assigned, and whether only to objects made for it."""
    fresh: dict[int, bool] = {}
    for own in inside:
        for slot, made in own.assigned:
            fresh[slot] = fresh.get(slot, True) and made
    return fresh


def _changed(receivers: frozenset[tuple[int | None, bool]],
             fresh: dict[int, bool]) -> tuple[frozenset[tuple[int, bool]], bool]:
    """The locals whose present object may be changed, and whether others may be too.

    An object made inside is of no concern outside. Without one, it is that which the name holds now.
    """
    named = frozenset((slot, deep) for slot, deep in receivers
                      if slot is not None and fresh.get(slot, True) and not (deep and slot in fresh))
    return named, len(named) < len(receivers)
