"""What evaluation can do: hand out a request, change what others hold, or neither. And the keys of call sites.

A node is neural when evaluating it may hand out a request. That it calls a neural function is seen at once; a
function with function parameters is neural where any caller in the program passes a neural function.

A comprehension, or a call such as `sorted(xs, key=...)`, is a group when its element calls are neural and none
can affect another: no element changes anything that was there before it, and none prints. Generators are groups
only where their consumer takes all elements before it does anything else.

A call's key is the callee's name and a slug of its literal arguments: `find:red-dog`. Within one function, equal
keys are numbered in source order: `find:red-dog#2`. Two different texts never have one slug: what a slug loses is
made up by a hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from fmplang.check.builtins import LAZY, MUTATORS, NOTES
from fmplang.check.mismatch import fresh
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallKey,
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
        higher = any(isinstance(p.type, FunctionType) for f in order for p in f.params)
        for turn in range(ROUNDS if higher else 1):
            if turn == ROUNDS - 1 and higher:  # cannot be reached by programs that people write: assume the worst
                self.passed |= {(f, i) for f in order for i, p in enumerate(f.params) if isinstance(p.type, FunctionType)}
            before = len(self.passed)
            self.neural.clear()
            self.groups.clear()
            for function in order:
                _Walk(self, function)
            if len(self.passed) == before:
                break


_FIELDS: dict[type, tuple[str, ...]] = {}
_SKIPPED = frozenset({"start", "end", "name_start", "ops", "op", "id", "name", "kind", "conversion", "names", "params",
                      "annotation"})


def below(kind: type) -> tuple[str, ...]:
    """The fields of a node class that hold what is evaluated."""
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(f.name for f in fields(kind) if f.name not in _SKIPPED)  # type: ignore[arg-type]
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
        self.keys()

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
        kind = target.__class__
        if kind is FunctionRef:
            return self.reference(node, target.function)  # type: ignore[union-attr]
        if kind is NeuralRef:
            self.found.append((node.start, node.end, node, target.function))  # type: ignore[union-attr]
            return NEURAL
        if kind is Local and (self.function, target.slot) in self.effects.passed:  # type: ignore[union-attr]
            return NEURAL
        return 0

    def reference(self, node: ast.Name, function: FunctionInfo) -> int:
        if function.neural:
            self.found.append((node.start, node.end, node, function))
        return function.neural * NEURAL | function.mutates * OUTWARD

    def call(self, node: ast.Call, bits: int) -> int:
        target = self.calls.get(node)
        kind = target.__class__
        if kind is CallNeural:
            self.found.append((_place(node), node.end, node, target.function))  # type: ignore[union-attr]
            return bits | NEURAL
        if kind is CallFunction:
            function: FunctionInfo = target.function  # type: ignore[union-attr]
            self.pass_functions(node, target)  # type: ignore[arg-type]
            if function.neural:
                self.found.append((_place(node), node.end, node, function))
            return bits | function.neural * NEURAL | function.mutates * OUTWARD
        if kind is CallValue:
            # What is passed may change things too; callers that pass such a function count it on their side.
            return bits | NEURAL if (self.function, target.slot) in self.effects.passed else bits  # type: ignore[union-attr]
        if kind is CallBuiltin:
            name = target.name  # type: ignore[union-attr]
            if name in NOTES:
                bits |= OUTWARD
            if bits & NEURAL:
                self.consume(node, name in LAZY, name in ("sorted", "min", "max"))
        elif kind is CallMethod:
            if (target.kind, target.name) in MUTATORS:  # type: ignore[union-attr]
                bits |= self.changed(node.func.value)  # type: ignore[union-attr]
            if bits & NEURAL:
                self.consume(node, False, target.name == "sort")  # type: ignore[union-attr]
        return bits

    def pass_functions(self, node: ast.Call, target: CallFunction) -> None:
        args = [*([node.func.value] if target.method else []), *node.args, *(k.value for k in node.keywords)]  # type: ignore[union-attr]
        for i, (param, at) in enumerate(zip(target.function.params, target.binding, strict=True)):
            if at >= 0 and isinstance(param.type, FunctionType) and self.hands_over(args[at]):
                self.effects.passed.add((target.function, i))

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
            keys = [k.value for k in node.keywords if k.name == "key"]
            if keys and self.hands_over(keys[0]) and not self.affects(keys[0]):
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

    # ------------------------------------------------------------------- keys

    def keys(self) -> None:
        """Number the calls that carry sites, and write the numbers back to the tables."""
        seen: dict[str, int] = {}
        made: list[CallKey] = []
        for _, _, node, target in sorted(self.found, key=lambda f: f[:2]):
            key = target.name
            if isinstance(node, ast.Call):
                slug = slug_of(self.literals(node))
                key = f"{key}:{slug}" if slug else key
            count = seen[key] = seen.get(key, 0) + 1
            index = len(made)
            made.append(CallKey(key if count == 1 else f"{key}#{count}", target, node))
            if isinstance(node, ast.Call):
                call = self.calls[node]
                if isinstance(call, CallNeural):
                    self.calls[node] = CallNeural(call.function, call.binding, index, call.method)
                elif isinstance(call, CallFunction):
                    self.calls[node] = CallFunction(call.function, call.binding, index, call.method)
            elif isinstance(node, ast.Name):
                self.names[node] = (
                    NeuralRef(target, index) if isinstance(target, NeuralFunction) else FunctionRef(target, index))
        self.function.calls = tuple(made)

    def literals(self, node: ast.Call) -> list[str]:
        args: list[ast.Expr] = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            args.insert(0, node.func.value)
        return [
            str(a.value) for a in args
            if isinstance(a, ast.Constant) and isinstance(a.value, (str, int, float)) and not isinstance(a.value, bool)
        ]


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


def _place(node: ast.Call) -> int:
    """Where a call's own name stands: calls of a chain begin at one place."""
    return node.func.name_start if isinstance(node.func, ast.Attribute) else node.start


SLUG = 24


def slug_of(literals: list[str]) -> str:
    """Literal arguments as a part of a key: readable, of bounded length, different for different arguments."""
    if not literals:
        return ""
    whole = ",".join(literals)
    slug = ",".join(re.sub(r"[^a-z0-9]", "-", text.lower()) for text in literals)
    plain = all(re.fullmatch(r"[a-z0-9]+(?: [a-z0-9]+)*", text) for text in literals)
    if plain and len(slug) <= SLUG:
        return slug
    digest = hashlib.blake2b("\0".join(literals).encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return re.sub(r"-{2,}", "-", slug)[:SLUG].strip("-,") + "~" + digest if whole else "~" + digest
