"""FMP418: models are asked although the answer cannot change the result any more.

Two shapes. A loop that only sets a local to a constant where a model says yes: after the first yes, every further turn
asks for nothing. And `and` or `or` with a model's answer before a test that costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmplang.check.typed import CallBuiltin, Local
from fmplang.check.types import BOOL
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.check.body import Body

Asks = Callable[[ast.Node], bool]


def settled_loop(c: Body, loop: ast.For, asks: Asks, read_later: Callable[[str], bool]) -> None:
    """A loop of the first shape. `asks` says whether evaluating a node asks a model; `read_later` whether a local is
    read behind the loop."""
    setting = _only_sets(loop.body)
    if setting is None or any(read_later(n.id) for n in _names(loop.target)):
        return
    branch, tests = setting
    if not any(asks(test) for test in tests) or any(_does_more(c, n) for test in tests for n in ast.walk(test)):
        return
    names = {n.id for s in branch for n in _names(s.targets[0])}
    if any(isinstance(n, ast.Name) and n.id in names for test in tests for n in ast.walk(test)):
        return  # the test asks itself whether it is settled
    last = branch[-1]
    text = c.source.text
    line = text.rfind("\n", 0, last.start) + 1
    indent = text[line:last.start]
    fixes: tuple[Fix, ...] = ()
    if not indent.strip():
        fixes = (Fix("leave the loop", (Edit(Span(last.end, last.end), f"\n{indent}break"),), safe=True),)
    c.warn("FMP418", branch[0], "the loop goes on asking when the result is settled",
           "Leave it: write `break` behind this.", fixes,
           (Label(loop.iter.span, "each further element is asked about for nothing"),))


def _only_sets(body: tuple[ast.Stmt, ...]) -> tuple[list[ast.Assign], list[ast.Expr]] | None:
    """The statements that set locals to constants, where a loop does nothing else, and the tests above them."""
    tests: list[ast.Expr] = []
    while len(body) == 1 and isinstance(body[0], ast.If):
        if len(body[0].branches) != 1 or body[0].orelse:
            return None
        tests.append(body[0].branches[0].test)
        body = body[0].branches[0].body
    sets = [s for s in body if isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)
            and isinstance(s.value, ast.Constant)]
    return (sets, tests) if tests and sets and len(sets) == len(body) else None


def _does_more(c: Body, node: ast.Node) -> bool:
    """Whether a test may do more than ask: it prints, or calls a method that changes something."""
    if not isinstance(node, ast.Call):
        return False
    target = c.calls.get(node)
    if isinstance(target, CallBuiltin):
        return target.name == "print"
    function = getattr(target, "function", None)
    if function is None:
        from fmplang.check.builtins import MUTATORS

        return (getattr(target, "kind", ""), getattr(target, "name", "")) in MUTATORS
    return bool(getattr(function, "mutates", False))


def asked_too_early(c: Body, node: ast.BoolOp, asks: Asks) -> None:
    """An operand that asks a model, and behind it one that costs nothing and cannot fail."""
    for i, operand in enumerate(node.operands[:-1]):
        if not asks(operand) or c.types.get(operand) is not BOOL:
            continue
        for later in node.operands[i + 1:]:
            if c.types.get(later) is not BOOL or asks(later) or not _plain(c, later):
                continue
            one, other = c.source.slice(operand.span), c.source.slice(later.span)
            fixes: tuple[Fix, ...] = ()
            if len(node.operands) == 2 and not (isinstance(operand, ast.IfExp) or isinstance(later, ast.IfExp)):
                fixes = (Fix("change their places", (Edit(operand.span, other), Edit(later.span, one)), safe=True),)
            c.warn("FMP418", operand, "a model is asked before a test that costs nothing",
                   f"Where `{c.text(later)}` settles it, the answer is not needed: write the test first.", fixes,
                   (Label(later.span, "this costs nothing"),))
            return


def _plain(c: Body, node: ast.Expr) -> bool:
    """Whether an expression cannot fail: names, constants, parts of pictures and records, comparisons, `len`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            target = c.calls.get(inner)
            if not (isinstance(target, CallBuiltin) and target.name == "len"):
                return False
        elif isinstance(inner, ast.Name):
            if not isinstance(c.names.get(inner), Local) and inner.id != "len":
                return False
        elif not isinstance(inner, (ast.Constant, ast.Attribute, ast.Compare, ast.Unary)):
            return False
        if isinstance(inner, ast.Constant) and inner is node:
            return False
    return True


def _names(target: ast.Node) -> list[ast.Name]:
    return [n for n in ast.walk(target) if isinstance(n, ast.Name)]
