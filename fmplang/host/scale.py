"""The cost of a program's dearest single pass: what a policy measures costs against.

At the dearest backends; or, for what has to be kept back so that a run can be finished, at the cheapest.

Every site of the longest path once, at its dearest backend: of the branches of an `if` the dearest counts, a
loop's body counts once, and what follows a `return` counts only where the return is not taken. A ceiling on one
pass, exact for programs whose conditions are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from fmplang.check.typed import FunctionInfo, NeuralFunction, TypedProgram
from fmplang.syntax import ast

NEVER = float("-inf")  # the cost of a path that does not exist


def program_pass(program: TypedProgram, price: Callable[[NeuralFunction], float]) -> float:
    """In the unit of `price`, which gives what a call of a function costs. 0 where nothing costs anything."""
    known: dict[FunctionInfo, float] = {}
    for function in program.functions:  # callees come before their callers
        known[function] = _Pass(function, known, price).cost()
    return known[program.entry]


class _Paths(NamedTuple):
    """The dearest path that falls off the end, that returns, and that leaves the loop around."""

    through: float
    returned: float = NEVER
    broke: float = NEVER


class _Pass:
    """One function, its callees known."""

    def __init__(self, function: FunctionInfo, known: dict[FunctionInfo, float],
                 price: Callable[[NeuralFunction], float]) -> None:
        self.body = function.node.body
        self.prices: dict[ast.Node, float] = {}
        for call in function.calls:
            target = call.target
            self.prices[call.node] = price(target) if isinstance(target, NeuralFunction) else known[target]

    def cost(self) -> float:
        paths = self.block(self.body)
        return max(0.0, paths.through, paths.returned)

    def block(self, statements: Iterable[ast.Stmt]) -> _Paths:
        through, returned, broke = 0.0, NEVER, NEVER
        for statement in statements:
            one = self.statement(statement)
            returned, broke = max(returned, through + one.returned), max(broke, through + one.broke)
            through += one.through
            if through == NEVER:
                break
        return _Paths(through, returned, broke)

    def statement(self, node: ast.Stmt) -> _Paths:
        if isinstance(node, ast.If):
            tests, paths = 0.0, []
            for branch in node.branches:
                tests += self.all_of(branch.test)
                paths.append(_after(tests, self.block(branch.body)))
            paths.append(_after(tests, self.block(node.orelse)))
            return _Paths(*map(max, zip(*paths, strict=True)))
        if isinstance(node, ast.For):
            body = self.block(node.body)
            return _after(self.all_of(node.iter), _Paths(max(0.0, body.through, body.broke), body.returned))
        if isinstance(node, ast.Return):
            return _Paths(NEVER, 0.0 if node.value is None else self.all_of(node.value))
        if isinstance(node, (ast.Break, ast.Continue)):
            return _Paths(NEVER, NEVER, 0.0)
        return _Paths(self.all_of(node))

    def all_of(self, node: ast.Node) -> float:
        """All calls in an expression or a plain statement, of a conditional expression the dearer side."""
        if isinstance(node, ast.IfExp):
            return self.all_of(node.test) + max(self.all_of(node.body), self.all_of(node.orelse))
        return self.prices.get(node, 0.0) + sum(map(self.all_of, ast.children(node)))


def _after(cost: float, paths: _Paths) -> _Paths:
    return _Paths(cost + paths.through, cost + paths.returned, cost + paths.broke)
