"""What a statement could do, read from its text: what it may assign, change, leave, and where it may fail.

A run shows only the branches that were taken. For the others it must be known what they would have done, or a slice
would miss the test that skipped them (potential dependences: Agrawal, Horgan, Krauser and Wong 1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fmplang.check.builtins import MUTATORS
from fmplang.check.typed import (
    BuiltinRef,
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallRecord,
    CallValue,
    FunctionInfo,
    FunctionRef,
    Local,
    NeuralRef,
    TypedProgram,
)
from fmplang.check.types import (
    DictType,
    FunctionType,
    IterableType,
    ListType,
    LiteralType,
    OptionalType,
    Prim,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
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


class Reader:
    """Reads the statements of one program."""

    def __init__(self, typed: TypedProgram) -> None:
        self.typed = typed
        self._fails: dict[FunctionInfo, bool] = {}

    def effects(self, statements: Sequence[ast.Stmt]) -> Effects:
        """Of the statements, with all that they hold, should they be executed any number of times."""
        if not statements:
            return NOTHING
        inside = [inner for statement in statements for inner in nested(statement)]
        leaving = frozenset(name for statement in statements for name in leaves(statement))
        fails = any(map(self.statement_fails, inside))
        return self._effects(inside, fails, leaving, self.changes)

    def own(self, statement: ast.Stmt) -> Effects:
        """Of the expressions that the statement evaluates itself."""
        return self._effects([statement], False, frozenset(), self.changes_of_expressions)

    def _effects(self, inside: Sequence[ast.Stmt], fails: bool, leaving: frozenset[str],
                 changes: Callable[[ast.Stmt], Iterator[tuple[ast.Expr, bool]]]) -> Effects:
        fresh: dict[int, bool] = {}
        for statement in inside:
            for slot, made in self.assigned(statement):
                fresh[slot] = fresh.get(slot, True) and made
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
        fails = fails or any(self.expression_fails(node, True) for statement in inside
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

    def statement_fails(self, node: ast.Stmt) -> bool:
        """Whether the statement may fail besides its expressions."""
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.AugAssign):
            return isinstance(node.target, ast.Subscript) or self._operator_fails(node.op, node.value)
        if isinstance(node, ast.Assign):
            return any(isinstance(target, ast.Subscript) for target in stored_targets(node)) or any(
                self._unpacking_fails(target, self.typed.types.get(node.value)) for target in node.targets)
        if isinstance(node, ast.For):
            of = self.typed.types.get(node.iter)
            steady = isinstance(of, ListType) or (isinstance(of, IterableType) and of.kind == "range")
            if not steady and any(
                    True for inner in node.body for part in nested(inner) for _ in self.changes(part)):
                return True  # a dict or set that changes while it is walked through
            return self._unpacking_fails(node.target, item_of(of))
        return False

    def _unpacking_fails(self, target: ast.Expr, of: Type | None) -> bool:
        if isinstance(target, ast.TupleExpr):
            if not isinstance(of, TupleType) or len(of.items) != len(target.items):
                return True
            return any(map(self._unpacking_fails, target.items, of.items))
        return False

    def _operator_fails(self, op: str, right: ast.Expr) -> bool:
        if op in ("/", "//", "%"):
            return not (isinstance(right, ast.Constant) and bool(right.value))
        return op == "**"

    def expression_fails(self, node: ast.Node, region: bool) -> bool:
        """Whether evaluating the node may fail, its parts aside. In a `region` that was not executed, a call of an FMP
        function fails where something in that may; where it is executed, that is seen there.

        Limits do not count, nor do numbers too large for a float: an int has 256 bits unless somebody says otherwise.
        """
        rule = _FAILING.get(type(node))
        if rule is not None:
            return rule(self, node)
        if not isinstance(node, ast.Call):
            return False
        target = self.typed.calls.get(node)
        if isinstance(target, CallBuiltin):
            return self._builtin_fails(node, target.name)
        if isinstance(target, CallMethod):
            return self._method_fails(node, target.kind, target.name)
        if not region or isinstance(target, (CallNeural, CallRecord)):
            return False
        return not isinstance(target, CallFunction) or self.function_fails(target.function)

    def function_fails(self, function: FunctionInfo) -> bool:
        found = self._fails.get(function)
        if found is None:
            found = self._fails[function] = self.effects(function.node.body).fails
        return found

    def _builtin_fails(self, node: ast.Call, name: str) -> bool:
        if name in ("min", "max"):
            return len(node.args) == 1 and not any(keyword.name == "default" for keyword in node.keywords)
        if name in ("int", "float", "round"):
            return any(not _is(self.typed.types.get(argument), "int", "bool") for argument in node.args)
        if name == "range":
            return len(node.args) == 3 and not _nonzero(node.args[2])
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
            return node.index.step is not None and not _nonzero(node.index.step)
        return not (isinstance(self.typed.types.get(node.value), TupleType) and isinstance(node.index, ast.Constant))

    def _comprehension(self, node: ast.Comprehension | ast.DictComp) -> bool:
        return any(self._unpacking_fails(clause.target, item_of(self.typed.types.get(clause.iter)))
                   for clause in node.clauses)


_FAILING: dict[type, Callable[[Reader, ast.Node], bool]] = {
    ast.Binary: Reader._binary,  # type: ignore[dict-item]
    ast.Subscript: Reader._subscript,  # type: ignore[dict-item]
    ast.Comprehension: Reader._comprehension,  # type: ignore[dict-item]
    ast.DictComp: Reader._comprehension,  # type: ignore[dict-item]
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
        "isdisjoint", "issubset", "issuperset", "symmetric_difference", "symmetric_difference_update", "union", "update",
    }),
}


def _nonzero(node: ast.Expr) -> bool:
    if isinstance(node, ast.Unary):
        return _nonzero(node.operand)
    return isinstance(node, ast.Constant) and bool(node.value)


def _is(of: Type | None, *names: str) -> bool:
    return isinstance(of, Prim) and of.name in names


# ---------------------------------------------------------------------- types


def may_hold(of: Type | None) -> bool:
    """Whether values of the type can be changed, or hold something that can."""
    if of is None or isinstance(of, (Prim, LiteralType, FunctionType)):
        return False
    if isinstance(of, OptionalType):
        return may_hold(of.inner)
    if isinstance(of, TupleType):
        return any(map(may_hold, of.items))
    if isinstance(of, TupleOf):
        return may_hold(of.item)
    if isinstance(of, RecordType):
        return any(may_hold(field) for _, field in of.fields)
    return True


def holds_more(of: Type | None) -> bool:
    """Whether values of the type hold others that can be changed."""
    if isinstance(of, OptionalType):
        return holds_more(of.inner)
    if isinstance(of, ListType):
        return may_hold(of.item)
    if isinstance(of, DictType):
        return may_hold(of.value)
    return not isinstance(of, SetType)


def item_of(of: Type | None) -> Type | None:
    """The type of the elements that a loop takes."""
    if isinstance(of, (ListType, SetType, IterableType, TupleOf)):
        return of.item
    return of.key if isinstance(of, DictType) else None


# ----------------------------------------------------------------------- trees


def nested(statement: ast.Stmt) -> Iterator[ast.Stmt]:
    """The statement and all that stand in it."""
    yield statement
    for block in blocks(statement):
        for inner in block:
            yield from nested(inner)


def blocks(statement: ast.Stmt) -> list[tuple[ast.Stmt, ...]]:
    if isinstance(statement, ast.If):
        return [*(branch.body for branch in statement.branches), statement.orelse]
    return [statement.body] if isinstance(statement, ast.For) else []


def expressions(statement: ast.Stmt) -> list[ast.Expr]:
    """What the statement itself evaluates."""
    found: list[ast.Expr | None] = []
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.AugAssign(value=value) | ast.Return(
                value=value) | ast.ExprStmt(value=value):
            found = [value]
        case ast.If(branches=branches):
            found = [branch.test for branch in branches]
        case ast.For(iter=iter):
            found = [iter]
        case ast.Assert(test=test, message=message):
            found = [test, message]
    for target in stored_targets(statement):
        found += [target.value, target.index]  # type: ignore[list-item]  # a slice is no target
    return [node for node in found if node is not None]


def stored_targets(statement: ast.Stmt) -> list[ast.Subscript]:
    """`xs[i]` in what the statement stores to."""
    targets: list[ast.Expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.For)):
        targets = [statement.target]
    found = []
    while targets:
        target = targets.pop(0)
        if isinstance(target, ast.TupleExpr):
            targets += target.items
        elif isinstance(target, ast.Subscript):
            found.append(target)
    return found


def stored(statement: ast.Stmt) -> list[ast.Expr]:
    """The expressions of the objects that the statement stores into."""
    return [target.value for target in stored_targets(statement)]


def target_names(target: ast.Expr) -> list[ast.Name]:
    if isinstance(target, ast.Name):
        return [target]
    if isinstance(target, ast.TupleExpr):
        return [name for item in target.items for name in target_names(item)]
    return []


def walk(node: ast.Node) -> Iterator[ast.Node]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += ast.children(found)


def arguments_of(node: ast.Call, method: bool) -> list[ast.Expr]:
    """The textual arguments, the receiver of method syntax first."""
    receiver = [node.func.value] if method and isinstance(node.func, ast.Attribute) else []
    return [*receiver, *node.args, *(keyword.value for keyword in node.keywords)]


def leaves(statement: ast.Stmt) -> set[str]:
    """How control may leave the statement other than by its end."""
    if isinstance(statement, ast.Break):
        return {"break"}
    if isinstance(statement, ast.Continue):
        return {"continue"}
    if isinstance(statement, ast.Return):
        return {"return"}
    found = {name for block in blocks(statement) for inner in block for name in leaves(inner)}
    return found & {"return"} if isinstance(statement, ast.For) else found


_LAZY = (ast.BoolOp, ast.IfExp, ast.Comprehension, ast.DictComp, ast.Lambda)


def leaves_out(statement: ast.Stmt) -> bool:
    """Whether parts of its expressions are evaluated only where others say so."""
    return (isinstance(statement, ast.If) and len(statement.branches) > 1) or any(
        isinstance(node, _LAZY) or (isinstance(node, ast.Compare) and len(node.ops) > 1)
        for part in expressions(statement) for node in walk(part))


def late(typed: TypedProgram, statement: ast.Stmt) -> bool:
    """Whether its expressions hold functions as values, or generators: what these do comes when they are used."""
    for part in expressions(statement):
        keys = set()
        for node in walk(part):
            if isinstance(node, ast.Call) and node.keywords and node.keywords[-1].name == "key":
                if not any(map(unfinished, node.args)):
                    keys.add(node.keywords[-1].value)
            if isinstance(node, ast.Lambda) and node not in keys:
                return True
            if isinstance(node, ast.Comprehension) and node.kind == "generator":
                return True
            if isinstance(node, ast.Name) and (isinstance(typed.types.get(node), FunctionType) or isinstance(
                    typed.names.get(node), (BuiltinRef, FunctionRef, NeuralRef))):
                return True
            if isinstance(node, ast.Call) and isinstance(typed.calls.get(node), CallValue):
                return True
    return False


def unfinished(node: ast.Expr) -> bool:
    """Whether parts of an iterable may be evaluated while it is walked through."""
    return any(isinstance(part, ast.Lambda) or (isinstance(part, ast.Comprehension) and part.kind == "generator") or (
        isinstance(part, ast.Name) and part.id in ("map", "filter")) for part in walk(node))
