"""What the text of a statement shows: which statements and expressions it has, and how control may leave it."""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.check.typed import BuiltinRef, CallValue, FunctionRef, NeuralRef, TypedProgram
from fmplang.check.types import FunctionType
from fmplang.syntax import ast


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
        for part in expressions(statement) for node in ast.walk(part))


def late(typed: TypedProgram, statement: ast.Stmt) -> bool:
    """Whether its expressions hold functions as values, or generators: what these do comes when they are used."""
    for part in expressions(statement):
        keys = set()
        for node in ast.walk(part):
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
        isinstance(part, ast.Name) and part.id in ("map", "filter")) for part in ast.walk(node))
