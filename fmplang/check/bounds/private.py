"""Which objects a program changes, and by what names.

A local is private where all that is ever assigned to it is new and it is never handed on: then nobody else changes
the list, dict or set that it holds, and its own statements (`xs.append(...)`) are followed one by one. Everything
else that is changed is known by the shape of its type only: `changed` holds those shapes.
"""

from __future__ import annotations

from fmplang.check.bounds.facts import Shape, shape
from fmplang.check.builtins import MUTATORS
from fmplang.check.effects import below
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallRecord,
    FunctionInfo,
    Local,
    TypedProgram,
)
from fmplang.check.types import DictType, ListType, OptionalType, SetType, Type
from fmplang.syntax import ast

_GIVE_BACK = frozenset({"max", "min", "next", "sum"})  # these may give one of their arguments
_ORDER_ONLY = frozenset({"sort", "reverse"})  # these change no length


class Privacy:
    """`private` are the slots of private locals by function."""

    def __init__(self, program: TypedProgram) -> None:
        self.private: dict[FunctionInfo | None, frozenset[int]] = {None: frozenset()}
        changed: set[Shape] = set()
        for function in program.functions:
            uses = _Uses(program, function)
            self.private[function] = uses.private()
            changed |= uses.changed()
        for definition, _ in program.constants:
            constant = _Uses(program, None)
            constant.visit(definition.value)
            changed |= constant.changed()
        self.changed = frozenset(changed)


def collection(t: Type | None) -> bool:
    return isinstance(t, (ListType, SetType, DictType))


class _Uses:
    """One function: what is assigned to its locals, how they are used, what is changed."""

    def __init__(self, program: TypedProgram, function: FunctionInfo | None) -> None:
        self.program = program
        self.assigned: dict[int, bool] = {}  # slot -> everything assigned so far is new
        self.handed: set[int] = set()
        self.changes: list[tuple[int | None, Shape]] = []  # the slot where it is a plain name, and what is changed
        self.lambdas = 0
        if function is not None:
            self.handed |= set(range(len(function.params)))
            for statement in function.node.body:
                self.statement(statement)

    def private(self) -> frozenset[int]:
        return frozenset(slot for slot, new in self.assigned.items() if new and slot not in self.handed)

    def changed(self) -> set[Shape]:
        private = self.private()
        return {what for slot, what in self.changes if slot is None or slot not in private}

    # ------------------------------------------------------------ statements

    def statement(self, node: ast.Stmt) -> None:
        if isinstance(node, ast.Assign):
            plain = len(node.targets) == 1
            for target in node.targets:
                self.target(target, node.value if plain else None)
            self.visit(node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.target(node.target, node.value)
                self.visit(node.value)
        elif isinstance(node, ast.AugAssign):
            self.augmented(node)
        elif isinstance(node, ast.For):
            self.target(node.target, None)
            self.look(node.iter)
            for inner in node.body:
                self.statement(inner)
        elif isinstance(node, ast.If):
            for branch in node.branches:
                self.look(branch.test)
                for inner in branch.body:
                    self.statement(inner)
            for inner in node.orelse:
                self.statement(inner)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self.look(node.value)  # the frame is gone then
        elif isinstance(node, ast.Assert):
            self.look(node.test)
            if node.message is not None:
                self.look(node.message)
        elif isinstance(node, ast.ExprStmt):
            call = node.value
            method = self.program.calls.get(call) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and isinstance(method, CallMethod) and isinstance(call.func, ast.Attribute) \
                    and (method.kind, method.name) in MUTATORS:
                self.change(call.func.value, method.name)
                self.arguments(call)
            else:
                self.look(call)

    def target(self, node: ast.Node, value: ast.Expr | None) -> None:
        if isinstance(node, ast.Name):
            slot = self.program.targets.get(node)
            if slot is not None:
                new = value is not None and self.new(value)
                self.assigned[slot] = self.assigned.get(slot, True) and new
        elif isinstance(node, ast.TupleExpr):
            for part in node.items:
                self.target(part, None)
        elif isinstance(node, ast.Subscript):
            self.change(node.value, "")
            if isinstance(node.index, ast.Slice):
                self.handed_on(node.index)
            else:
                self.visit(node.index)

    def augmented(self, node: ast.AugAssign) -> None:
        self.look(node.value)
        if isinstance(node.target, ast.Name):
            slot = self.program.targets.get(node.target)
            of = self.type(node.target)
            if collection(of) or of is None:
                self.changes.append((slot, shape(of)))
            if of is None and slot is not None:
                self.handed.add(slot)
            return
        target = node.target
        self.look(target.value)
        if not isinstance(target.index, ast.Slice):
            self.visit(target.index)
        of = self.type(target)
        inside = self.type(target.value)
        if isinstance(inside, (ListType, DictType)) and of is None:
            of = inside.item if isinstance(inside, ListType) else inside.value
        if collection(of) or of is None:
            self.changes.append((None, shape(of)))

    # ----------------------------------------------------------- expressions

    def look(self, node: ast.Expr) -> None:
        """An expression in a place that neither keeps nor changes its value."""
        if not isinstance(node, ast.Name):
            self.visit(node)

    def visit(self, node: ast.Node) -> None:
        """An expression whose value goes somewhere."""
        if isinstance(node, ast.Name):
            found = self.program.names.get(node)
            if isinstance(found, Local):
                self.handed.add(found.slot)
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Subscript):
            self.look(node.value)
            if isinstance(node.index, ast.Slice):
                self.handed_on(node.index)
            else:
                self.visit(node.index)
        elif isinstance(node, ast.Attribute):
            self.look(node.value)
        elif isinstance(node, (ast.Compare, ast.Binary)):
            for operand in node.operands:
                self.look(operand)
        elif isinstance(node, ast.Unary):
            self.look(node.operand)
        elif isinstance(node, ast.IfExp):
            self.look(node.test)
            self.visit(node.body)
            self.visit(node.orelse)
        elif isinstance(node, ast.Interpolation):
            self.look(node.value)
            for part in node.spec:
                if isinstance(part, ast.Node):
                    self.visit(part)
        elif isinstance(node, (ast.Comprehension, ast.DictComp)):
            for clause in node.clauses:
                self.look(clause.iter)
                for condition in clause.conditions:
                    self.look(condition)
            if isinstance(node, ast.DictComp):
                self.visit(node.key)
                self.visit(node.value)
            else:
                self.visit(node.element)
        elif isinstance(node, ast.Lambda):
            self.lambdas += 1
            self.visit(node.body)
            self.lambdas -= 1
        else:
            self.handed_on(node)

    def handed_on(self, node: ast.Node) -> None:
        for field in below(type(node)):
            inner = getattr(node, field)
            for part in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(part, ast.Node):
                    self.visit(part)

    def call(self, node: ast.Call) -> None:
        target = self.program.calls.get(node)
        if isinstance(target, CallMethod) and isinstance(node.func, ast.Attribute):
            if (target.kind, target.name) in MUTATORS:
                self.visit(node.func.value)  # in the middle of an expression: not followed
                self.change(node.func.value, target.name)
                self.arguments(node)
                return
            self.look(node.func.value)
            self.arguments(node, looked_at=target.name != "get")  # which may give back its default
        elif isinstance(target, (CallBuiltin, CallNeural)):
            if isinstance(node.func, ast.Attribute):
                self.look(node.func.value)
            self.arguments(node, looked_at=isinstance(target, CallNeural) or target.name not in _GIVE_BACK)
        else:
            if isinstance(target, CallFunction) and target.method and isinstance(node.func, ast.Attribute):
                self.visit(node.func.value)
            elif not isinstance(target, (CallFunction, CallRecord)):
                self.visit(node.func)
            self.arguments(node)

    def arguments(self, node: ast.Call, looked_at: bool = False) -> None:
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            if looked_at:
                self.look(argument)
            else:
                self.visit(argument)

    def change(self, node: ast.Expr, method: str) -> None:
        """The object that an expression gives is changed."""
        found = self.program.names.get(node) if isinstance(node, ast.Name) else None
        slot = found.slot if isinstance(found, Local) and not self.lambdas else None
        if slot is None:
            self.visit(node)
        if method not in _ORDER_ONLY:
            self.changes.append((slot, shape(self.type(node))))

    def type(self, node: ast.Node) -> Type | None:
        t = self.program.types.get(node)
        return t.inner if isinstance(t, OptionalType) else t

    def new(self, node: ast.Expr) -> bool:
        """Whether nobody else holds the value."""
        if isinstance(node, (ast.ListExpr, ast.SetExpr, ast.DictExpr, ast.Comprehension, ast.DictComp, ast.Binary)):
            return True
        if isinstance(node, ast.Subscript):
            return isinstance(node.index, ast.Slice)
        if isinstance(node, ast.IfExp):
            return self.new(node.body) and self.new(node.orelse)
        if isinstance(node, ast.Call):
            target = self.program.calls.get(node)
            if isinstance(target, CallBuiltin):
                return target.name in ("list", "set", "dict", "sorted")
            if isinstance(target, CallMethod):
                return target.name in ("copy", "split", "rsplit", "splitlines", "union", "intersection", "difference",
                                       "symmetric_difference")
            return isinstance(target, CallNeural)
        return False


