"""What evaluation can do: hand out a request, change what others hold, or neither.

A node is neural when evaluating it may hand out a request. That it calls a neural function is seen at once; a
function with function parameters is neural where any caller in the program passes a neural function.

A comprehension, or a call such as `sorted(xs, key=...)`, is a group when its element calls are neural and none
can affect another: no element changes anything that was there before it, and none prints. Generators are groups
only where their consumer takes all elements before it does anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fmplang.check import keys
from fmplang.check.builtins import LAZY, MUTATORS, NOTES
from fmplang.check.mismatch import fresh
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallValue,
    FunctionInfo,
    FunctionRef,
    Local,
    NeuralFunction,
    NeuralRef,
)
from fmplang.check.types import FunctionType
from fmplang.frozen import fields
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.body import Body
    from fmplang.check.session import Session

NEURAL, OUTWARD, INWARD = 1, 2, 4  # hands out requests; changes what others hold, or prints; changes a local's list
ROUNDS = 20


class Effects:
    """The outcome: for TypedProgram, and on each FunctionInfo."""

    def __init__(self, session: Session, bodies: dict[FunctionInfo, Body], order: Sequence[FunctionInfo]) -> None:
        self.session = session
        self.bodies = bodies
        self.neural: set[ast.Node] = set()
        self.groups: set[ast.Node] = set()
        self.passed: set[tuple[FunctionInfo, int]] = set()  # function parameters that may get a neural function
        self.unclean: set[tuple[FunctionInfo, int]] = set()  # those that may get one that changes things or prints
        higher = any(isinstance(p.type, FunctionType) for f in order for p in f.params)
        for turn in range(ROUNDS if higher else 1):
            if turn == ROUNDS - 1 and higher:  # cannot be reached by programs that people write: assume the worst
                self.passed |= {
                    (f, i) for f in order for i, p in enumerate(f.params) if isinstance(p.type, FunctionType)}
                self.unclean |= self.passed
            before = len(self.passed) + len(self.unclean)
            self.neural.clear()
            self.groups.clear()
            for function in order:
                _Walk(self, function)
            if len(self.passed) + len(self.unclean) == before:
                break


_FIELDS: dict[type[ast.Node], tuple[str, ...]] = {}
_SKIPPED = frozenset({"start", "end", "name_start", "ops", "op", "id", "name", "kind", "conversion", "names", "params",
                      "annotation"})


def below(kind: type[ast.Node]) -> tuple[str, ...]:
    """The fields of a node class that hold what is evaluated."""
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(f for f in fields(kind) if f not in _SKIPPED)
    return names


class _Walk:
    """One function, its callees done before."""

    def __init__(self, effects: Effects, function: FunctionInfo) -> None:
        self.effects = effects
        self.function = function
        self.body = effects.bodies[function]
        self.calls = self.body.calls
        self.names = self.body.names
        self.neural = effects.neural
        self.found: list[tuple[int, int, ast.Expr, NeuralFunction | FunctionInfo]] = []
        self.own: dict[str, bool] | None = None
        bits = 0
        for s in function.node.body:
            bits |= self.visit(s)
        function.neural = bool(bits & NEURAL)
        function.mutates = bool(bits & OUTWARD)
        keys.write(self.body, function, self.found)

    def visit(self, node: Any) -> int:
        kind = node.__class__
        if kind is ast.Constant:
            return 0
        if kind is ast.Name:
            return self.name(node)
        bits = 0
        for field in below(kind):
            inner = getattr(node, field)
            if inner.__class__ is tuple:
                for part in inner:
                    if isinstance(part, ast.Node):
                        bits |= self.visit(part)
            elif isinstance(inner, ast.Node):
                bits |= self.visit(inner)
        rule = _RULES.get(kind)
        if rule is not None:
            bits = rule(self, node, bits)
        if bits & NEURAL and kind is not ast.Lambda:
            self.neural.add(node)
        return bits

    def name(self, node: ast.Name) -> int:
        """A name of a function, handed over: its call happens where it stands."""
        target = self.names.get(node)
        if isinstance(target, Local):
            param = (self.function, target.slot)
            return (param in self.effects.passed) * NEURAL | (param in self.effects.unclean) * OUTWARD
        if isinstance(target, FunctionRef):
            return self.reference(node, target.function)
        if isinstance(target, NeuralRef):
            self.found.append((node.start, node.end, node, target.function))
            return NEURAL
        return 0

    def reference(self, node: ast.Name, function: FunctionInfo) -> int:
        if function.neural:
            self.found.append((node.start, node.end, node, function))
        return function.neural * NEURAL | function.mutates * OUTWARD

    def call(self, node: ast.Call, bits: int) -> int:
        target = self.calls.get(node)
        if isinstance(target, CallNeural):
            self.found.append((keys.place(node), node.end, node, target.function))
            return bits | NEURAL
        if isinstance(target, CallFunction):
            function = target.function
            self.pass_functions(node, target)
            if function.neural:
                self.found.append((keys.place(node), node.end, node, function))
            return bits | function.neural * NEURAL | function.mutates * OUTWARD
        if isinstance(target, CallValue):
            param = (self.function, target.slot)
            return bits | (param in self.effects.passed) * NEURAL | (param in self.effects.unclean) * OUTWARD
        if isinstance(target, CallBuiltin):
            if target.name in NOTES:
                bits |= OUTWARD
            if bits & NEURAL:
                self.consume(node, target.name in LAZY, target.name in ("sorted", "min", "max"))
        elif isinstance(target, CallMethod):
            assert isinstance(node.func, ast.Attribute)
            if (target.kind, target.name) in MUTATORS:
                bits |= self.changed(node.func.value)
            if bits & NEURAL:
                self.consume(node, False, target.name == "sort")
        return bits

    def pass_functions(self, node: ast.Call, target: CallFunction) -> None:
        args: list[ast.Expr] = [*node.args, *(k.value for k in node.keywords)]
        if target.method and isinstance(node.func, ast.Attribute):
            args.insert(0, node.func.value)
        for i, (param, at) in enumerate(zip(target.function.params, target.binding, strict=True)):
            if at >= 0 and isinstance(param.type, FunctionType):
                if self.hands_over(args[at]):
                    self.effects.passed.add((target.function, i))
                if self.affects(args[at]):
                    self.effects.unclean.add((target.function, i))

    def hands_over(self, node: ast.Expr) -> bool:
        """Whether the function written as an argument is neural."""
        if isinstance(node, ast.Lambda):
            return node.body in self.neural
        if isinstance(node, ast.Name):
            target = self.names.get(node)
            if isinstance(target, FunctionRef):
                return target.function.neural
            return isinstance(target, NeuralRef) or (
                isinstance(target, Local) and (self.function, target.slot) in self.effects.passed)
        return False

    def consume(self, node: ast.Call, lazy: bool, keyed: bool) -> None:
        """A builtin takes its arguments: generators among them may be groups, and so may its own `key` calls."""
        if not lazy:
            for arg in node.args:
                self.eager(arg)
        if keyed:
            given = [k.value for k in node.keywords if k.name == "key"]
            if given and self.hands_over(given[0]) and not self.affects(given[0]):
                self.effects.groups.add(node)

    def eager(self, node: ast.Expr) -> None:
        if isinstance(node, ast.Comprehension) and node.kind == "generator":
            if node in self.neural and not self.affects(node):
                self.effects.groups.add(node)
        elif isinstance(node, ast.Call):
            target = self.calls.get(node)
            if not isinstance(target, CallBuiltin):
                return
            if target.name in ("map", "filter"):
                if self.hands_over(node.args[0]) and not self.affects(node.args[0]):
                    self.effects.groups.add(node)
                self.eager(node.args[-1]) if len(node.args) == 2 else None
            elif target.name == "enumerate":
                self.eager(node.args[0])

    def comprehension(self, node: ast.Comprehension | ast.DictComp, bits: int) -> int:
        lazy = isinstance(node, ast.Comprehension) and node.kind == "generator"
        if bits & NEURAL and not bits & (OUTWARD | INWARD) and not lazy:
            self.effects.groups.add(node)
        return bits

    def affects(self, node: ast.Node) -> bool:
        """Whether the code below changes anything, or prints."""
        known = len(self.found)
        bits = _Glance(self).look(node)
        del self.found[known:]
        return bool(bits & (OUTWARD | INWARD))

    def changed(self, node: ast.Expr) -> int:
        """The effect of changing the list, dict or set that an expression gives."""
        if fresh(self.body, node):
            return 0
        return INWARD if isinstance(node, ast.Name) and self.made_here(node.id) else OUTWARD

    def made_here(self, name: str) -> bool:
        """Whether every value that the function assigns to a local is one that nobody else holds."""
        if self.own is None:
            self.own = {}
            _assignments(self.body, self.function.node.body, self.own)
        return self.own.get(name, False) and all(p.name != name for p in self.function.params)

    def subscript_assigned(self, node: ast.Assign | ast.AugAssign, bits: int) -> int:
        targets = node.targets if isinstance(node, ast.Assign) else (node.target,)
        stack: list[ast.Node] = list(targets)
        while stack:
            target = stack.pop()
            if isinstance(target, ast.Subscript):
                bits |= self.changed(target.value)
            elif isinstance(target, ast.TupleExpr):
                stack.extend(target.items)
            elif isinstance(node, ast.AugAssign) and isinstance(target, ast.Name):
                if _changes(self.body.types.get(target)):
                    bits |= self.changed(target)
        return bits


class _Glance(_Walk):
    """The same walk over a part, only to ask for its effects: nothing is recorded."""

    def __init__(self, walk: _Walk) -> None:
        self.effects, self.function, self.body = walk.effects, walk.function, walk.body
        self.calls, self.names, self.found, self.own = walk.calls, walk.names, walk.found, walk.own
        self.neural = set()

    def consume(self, node: ast.Call, lazy: bool, keyed: bool) -> None:
        return

    def comprehension(self, node: ast.Comprehension | ast.DictComp, bits: int) -> int:
        return bits

    def pass_functions(self, node: ast.Call, target: CallFunction) -> None:
        return

    def look(self, node: ast.Node) -> int:
        return self.visit(node)


_RULES: dict[type, Any] = {
    ast.Call: _Walk.call,
    ast.Comprehension: lambda walk, node, bits: walk.comprehension(node, bits),
    ast.DictComp: lambda walk, node, bits: walk.comprehension(node, bits),
    ast.Assign: _Walk.subscript_assigned,
    ast.AugAssign: _Walk.subscript_assigned,
}


def _changes(t: object) -> bool:
    from fmplang.check.types import DictType, ListType, SetType

    return isinstance(t, (ListType, DictType, SetType))


def _assignments(c: Body, statements: tuple[ast.Stmt, ...], own: dict[str, bool]) -> None:
    """For each local, whether it is only ever assigned what is fresh."""
    for s in statements:
        if isinstance(s, ast.Assign):
            for target in s.targets:
                _assignment(c, target, s.value if len(s.targets) == 1 else None, own)
        elif isinstance(s, ast.AnnAssign):
            if s.value is not None:
                _assignment(c, s.target, s.value, own)
        elif isinstance(s, ast.For):
            _assignment(c, s.target, None, own)
            _assignments(c, s.body, own)
        elif isinstance(s, ast.If):
            for branch in s.branches:
                _assignments(c, branch.body, own)
            _assignments(c, s.orelse, own)


def _assignment(c: Body, target: ast.Node, value: ast.Expr | None, own: dict[str, bool]) -> None:
    if isinstance(target, ast.Name):
        own[target.id] = own.get(target.id, True) and value is not None and fresh(c, value)
    elif isinstance(target, ast.TupleExpr):
        for part in target.items:
            _assignment(c, part, None, own)
