"""Which statements ran and how tests came out: code that tells an observer.

A program is compiled once more for this, its tests wrapped; ordinary runs pay nothing. Tests are those of `if` and
`elif`, of conditional expressions, the conditions of comprehensions, and what `and` and `or` decide by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmplang.check.typed import FunctionInfo, TypedProgram
from fmplang.frozen import Frozen
from fmplang.runtime.compile.code import Library
from fmplang.runtime.compile.context import Context
from fmplang.runtime.compile.statement import traced
from fmplang.runtime.frames import LANE, Coroutine, Frame, Neural, Pure
from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span

WAY = 400  # tests of a run that its path is known by

Side = tuple[int, bool]  # the index of a test, and how it came out
Mark = tuple[str, int, int]  # a statement, as runs remember it


class Test(Frozen):
    """A test in the user's own text. `kind` is "if", "conditional", "condition", "and" or "or"."""

    node: ast.Expr
    kind: str
    span: Span


class Seen:
    """What one run did: the sides of tests, the order in which they came, the user's own statement that began last."""

    __slots__ = ("last", "sides", "way")

    def __init__(self) -> None:
        self.last: Span | None = None
        self.sides: set[Side] = set()
        self.way: list[int] = []

    def passed(self, test: int, side: bool) -> None:
        self.sides.add((test, side))
        if len(self.way) < WAY:
            self.way.append(2 * test + side)


class CoverLibrary(Library):
    """The code of a program that is watched."""

    def __init__(self, typed: TypedProgram, traced: bool) -> None:
        super().__init__(typed, traced)
        self.tests = {test.node: index for index, test in enumerate(tests_of(typed))}

    @staticmethod
    def mark(c: Context, statement: ast.Stmt, made: Pure) -> Pure:
        marked = traced(c, statement, made)
        if c.source is not c.typed.source:
            return marked
        span = statement.span

        def run(frame: Frame) -> Any:
            frame[LANE].run.observer.last = span
            return marked(frame)

        return run

    def context(self, info: FunctionInfo, source: Source) -> Context:
        return CoverContext(self, info, source, self.traced)


class CoverContext(Context):
    """One function being compiled, its tests wrapped."""

    def expr(self, node: ast.Node) -> Pure:
        made = super().expr(node)
        test = self._test(node)
        return made if test is None else _watched(made, test)

    def neural(self, node: ast.Node) -> Neural:
        made = super().neural(node)
        test = self._test(node)
        return made if test is None else _watched_neural(made, test)

    def _test(self, node: ast.Node) -> int | None:
        library = self.library
        assert isinstance(library, CoverLibrary)
        return library.tests.get(node) if node not in self.held else None  # type: ignore[call-overload]


def _watched(made: Pure, test: int) -> Pure:
    def run(frame: Frame) -> Any:
        value = made(frame)
        frame[LANE].run.observer.passed(test, bool(value))
        return value

    return run


def _watched_neural(made: Neural, test: int) -> Neural:
    def run(frame: Frame) -> Coroutine:
        value = yield from made(frame)
        frame[LANE].run.observer.passed(test, bool(value))
        return value

    return run


# ------------------------------------------------------------------ what there is


def own_functions(program: TypedProgram) -> list[FunctionInfo]:
    """The functions of the user's own text that the entry reaches, in its order."""
    own = [function for function in program.functions if function.source is program.source]
    return sorted(own, key=lambda function: function.node.start)


def nodes(node: ast.Node) -> Iterator[ast.Node]:
    """The node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(list(ast.children(node)))


def tests_of(program: TypedProgram) -> list[Test]:
    found: list[Test] = []
    for function in own_functions(program):
        for statement in function.node.body:
            for node in nodes(statement):
                found += _tests(node)
    made: dict[ast.Expr, Test] = {}
    for test in found:
        made.setdefault(test.node, test)
    return [test for test in made.values() if not isinstance(test.node, ast.Constant)]


def _tests(node: ast.Node) -> list[Test]:
    if isinstance(node, ast.If):
        return [Test(branch.test, "if", branch.test.span) for branch in node.branches]
    if isinstance(node, ast.IfExp):
        return [Test(node.test, "conditional", node.test.span)]
    if isinstance(node, ast.BoolOp):
        return [Test(operand, node.op, operand.span) for operand in node.operands[:-1]]
    if isinstance(node, ast.Clause):
        return [Test(condition, "condition", condition.span) for condition in node.conditions]
    return []


def statements_of(program: TypedProgram) -> list[tuple[ast.Stmt, bool]]:
    """All statements of the user's own functions, and whether each begins a block or follows one that leaves it."""
    found: list[tuple[ast.Stmt, bool]] = []

    def block(statements: tuple[ast.Stmt, ...]) -> None:
        for index, statement in enumerate(statements):
            found.append((statement, index == 0))
            if isinstance(statement, ast.If):
                for branch in statement.branches:
                    block(branch.body)
                block(statement.orelse)
            elif isinstance(statement, ast.For):
                block(statement.body)

    for function in own_functions(program):
        block(function.node.body)
    return found
