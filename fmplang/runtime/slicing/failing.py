"""Where a program may fail for a value: an index, a key, a divisor, an assert.

Limits do not count, nor do numbers too large for a float: an int has 256 bits unless somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from fmplang.check.typed import CallBuiltin, CallMethod, TypedProgram
from fmplang.check.types import DictType, IterableType, ListType, Prim, SetType, TupleOf, TupleType, Type
from fmplang.runtime.slicing.kinds import may_hold
from fmplang.runtime.slicing.trees import stored_targets
from fmplang.syntax import ast


class Failing:
    """Looks at one node at a time: whether it may fail itself, its parts aside."""

    def __init__(self, typed: TypedProgram) -> None:
        self.typed = typed

    def statement_fails(self, node: ast.Stmt) -> bool:
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.AugAssign):
            return isinstance(node.target, ast.Subscript) or self._operator_fails(node.op, node.value)
        if isinstance(node, ast.Assign):
            of = self.typed.types.get(node.value)
            lists = [target for target in stored_targets(node)
                     if not isinstance(self.typed.types.get(target.value), DictType)]
            return bool(lists) or any(self._unpacking_fails(target, of) for target in node.targets)
        if not isinstance(node, ast.For):
            return False
        return self._unpacking_fails(node.target, item_of(self.typed.types.get(node.iter)))

    def expression_fails(self, node: ast.Node) -> bool:
        """A call of an FMP function does not fail itself: something in the function does."""
        rule = _FAILING.get(type(node))
        if rule is not None:
            return rule(self, node)
        if not isinstance(node, ast.Call):
            return False
        target = self.typed.calls.get(node)
        if isinstance(target, CallBuiltin):
            return self._builtin_fails(node, target.name)
        return isinstance(target, CallMethod) and self._method_fails(node, target.kind, target.name)

    def _unpacking_fails(self, target: ast.Expr, of: Type | None) -> bool:
        if isinstance(target, ast.TupleExpr):
            if not isinstance(of, TupleType) or len(of.items) != len(target.items):
                return True
            return any(map(self._unpacking_fails, target.items, of.items))
        return False

    def _operator_fails(self, op: str, right: ast.Expr) -> bool:
        return not nonzero(right) if op in ("/", "//", "%") else op == "**"

    def _builtin_fails(self, node: ast.Call, name: str) -> bool:
        if name in ("min", "max"):
            return len(node.args) == 1 and not any(keyword.name == "default" for keyword in node.keywords)
        if name in ("int", "float", "round"):
            return any(not _is(self.typed.types.get(argument), "int", "bool") for argument in node.args)
        if name == "range":
            return len(node.args) == 3 and not nonzero(node.args[2])
        if name == "zip":
            return bool(node.keywords)
        if name in ("set", "dict", "sum"):
            of = self.typed.types.get(node)
            return may_hold(of.item if isinstance(of, SetType) else of.key if isinstance(of, DictType) else None)
        return name not in _SAFE_BUILTINS

    def _method_fails(self, node: ast.Call, kind: str, name: str) -> bool:
        if name in ("split", "rsplit"):
            return any(not (isinstance(a, ast.Constant) and a.value) for a in (*node.args, *(
                keyword.value for keyword in node.keywords)))
        if name == "sort":
            return any(keyword.name == "key" for keyword in node.keywords)
        if kind == "dict" and name == "pop":
            return len(node.args) == 1
        if kind == "str":
            return name in ("index", "rindex", "format", "center", "ljust", "rjust", "partition", "rpartition")
        return name not in _SAFE_METHODS.get(kind, ())

    def _binary(self, node: ast.Binary) -> bool:
        return any(map(self._operator_fails, node.ops, node.operands[1:]))

    def _subscript(self, node: ast.Subscript) -> bool:
        if isinstance(node.index, ast.Slice):
            return node.index.step is not None and not nonzero(node.index.step)
        return not (isinstance(self.typed.types.get(node.value), TupleType) and isinstance(node.index, ast.Constant))

    def _comprehension(self, node: ast.Comprehension | ast.DictComp) -> bool:
        return any(self._unpacking_fails(clause.target, item_of(self.typed.types.get(clause.iter)))
                   for clause in node.clauses)


_FAILING: dict[type, Callable[[Failing, ast.Node], bool]] = {
    ast.Binary: Failing._binary,  # type: ignore[dict-item]
    ast.Subscript: Failing._subscript,  # type: ignore[dict-item]
    ast.Comprehension: Failing._comprehension,  # type: ignore[dict-item]
    ast.DictComp: Failing._comprehension,  # type: ignore[dict-item]
    ast.FString: lambda reader, node: any(
        isinstance(part, ast.Interpolation) and bool(part.spec) for part in node.parts),  # type: ignore[attr-defined]
}
_SAFE_BUILTINS = frozenset({
    "abs", "all", "any", "bool", "distance", "enumerate", "filter", "len", "list", "map", "next", "print", "reversed",
    "sorted", "str", "tuple",
})
_SAFE_METHODS: dict[str, frozenset[str]] = {
    "list": frozenset({"append", "clear", "copy", "count", "extend", "insert", "reverse", "sort"}),
    "tuple": frozenset({"count"}),
    "dict": frozenset({"clear", "copy", "get", "items", "keys", "setdefault", "update", "values"}),
    "set": frozenset({
        "add", "clear", "copy", "difference", "difference_update", "discard", "intersection", "intersection_update",
        "isdisjoint", "issubset", "issuperset", "symmetric_difference", "symmetric_difference_update", "union",
        "update",
    }),
}


def nonzero(node: ast.Expr) -> bool:
    if isinstance(node, ast.Unary):
        return nonzero(node.operand)
    return isinstance(node, ast.Constant) and bool(node.value)


def _is(of: Type | None, *names: str) -> bool:
    return isinstance(of, Prim) and of.name in names


def item_of(of: Type | None) -> Type | None:
    """The type of the elements that a loop takes."""
    if isinstance(of, (ListType, SetType, IterableType, TupleOf)):
        return of.item
    return of.key if isinstance(of, DictType) else None
