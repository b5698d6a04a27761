"""The compiled functions of a program: each is compiled when it is first called, and once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fmplang.check.typed import FunctionInfo, NeuralFunction, TypedProgram
from fmplang.check.types import RecordType
from fmplang.runtime.adopt import Adopt, adopter
from fmplang.runtime.compile import (
    arithmetic,
    ask,
    call,
    compare,
    comprehension,
    neural,
    neural_statement,
    statement,
    value,
    walk,
)
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.faults import own_failure
from fmplang.runtime.frames import LOCALS, METER, RESULT, Frame, Pure
from fmplang.runtime.values import RecordShape, shape_of
from fmplang.syntax import ast
from fmplang.syntax.source import Source

PURE: dict[type, Callable[[Context, Any], Any]] = {
    ast.Constant: value.compile_constant,
    ast.Name: call.compile_name,
    ast.Attribute: call.compile_attribute,
    ast.Call: call.compile_call,
    ast.Lambda: call.compile_lambda,
    ast.Subscript: value.compile_subscript,
    ast.ListExpr: value.compile_list,
    ast.TupleExpr: value.compile_tuple,
    ast.SetExpr: value.compile_set,
    ast.DictExpr: value.compile_dict,
    ast.FString: value.compile_fstring,
    ast.Unary: arithmetic.compile_unary,
    ast.Binary: arithmetic.compile_binary,
    ast.BoolOp: compare.compile_bool,
    ast.Compare: compare.compile_compare,
    ast.IfExp: compare.compile_if,
    ast.Comprehension: comprehension.compile_comprehension,
    ast.DictComp: comprehension.compile_dict_comprehension,
}
STATEMENTS: dict[type, Callable[[Context, Any], Any]] = {
    ast.Assign: statement.compile_assign,
    ast.AnnAssign: statement.compile_annotated,
    ast.AugAssign: statement.compile_augmented,
    ast.If: statement.compile_branches,
    ast.For: statement.compile_for,
    ast.Break: statement.compile_break,
    ast.Continue: statement.compile_continue,
    ast.Pass: statement.compile_pass,
    ast.Return: statement.compile_return,
    ast.Assert: statement.compile_assert,
    ast.ExprStmt: statement.compile_effect,
}
_STRICT = (
    ast.Attribute, ast.Subscript, ast.ListExpr, ast.TupleExpr, ast.SetExpr, ast.DictExpr, ast.FString, ast.Unary,
    ast.Binary,
)
NEURAL: dict[type, Callable[[Context, Any], Any]] = {
    **dict.fromkeys(_STRICT, neural.compile_strict),
    ast.BoolOp: neural.compile_bool,
    ast.IfExp: neural.compile_if,
    ast.Compare: walk.compile_compare,
    ast.Call: walk.compile_call,
    ast.Comprehension: walk.compile_comprehension,
    ast.DictComp: walk.compile_dict_comprehension,
    ast.Assign: neural_statement.compile_assign,
    ast.AnnAssign: neural_statement.compile_annotated,
    ast.AugAssign: neural_statement.compile_augmented,
    ast.If: neural_statement.compile_branches,
    ast.For: neural_statement.compile_for,
    ast.Return: neural_statement.compile_return,
    ast.Assert: neural_statement.compile_assert,
    ast.ExprStmt: neural_statement.compile_effect,
}


class Code:
    """One function. `run(frame)` gives its value, or its coroutine where it is neural.

    `rest` is what a frame needs behind header and arguments. It is set before `run`, so that threads which share
    a program never see a new `run` with an old `rest`; a frame that is too long does no harm.
    """

    __slots__ = ("callees", "callers", "info", "library", "need", "own", "rest", "run")

    def __init__(self, library: Library, info: FunctionInfo | None) -> None:
        self.library = library
        self.info = info
        self.rest: list[None] = []
        self.own = 0  # Python frames that one call takes, without those of the functions it calls
        self.need = 0  # with those, as far as they are compiled
        self.callees: list[Code] = []
        self.callers: list[Code] = []
        self.run: Callable[[Frame], Any] = self._first

    def _first(self, frame: Frame) -> Any:
        run = _patiently(self._compile)
        frame.extend(self.rest)
        self.library.make_room()
        self.run = run
        return run(frame)

    def _compile(self) -> Callable[[Frame], Any]:
        info = self.info
        assert info is not None
        c = self.library.context(info, info.source)
        run = neural_statement.compile_function(c, info) if info.neural else _compile_pure(c, info)
        run = self.library.entered(c, info, run)
        self.note(c)
        self.rest = [None] * (c.size - LOCALS - len(info.params))
        return run


    def note(self, c: Context) -> None:
        """Take down what a call needs of Python's stack; callers need more by that."""
        self.callees, self.own = c.callees, 40 + 4 * c.deepest
        for callee in c.callees:
            callee.callers.append(self)
        waiting = [self]
        while waiting:
            code = waiting.pop()
            need = code.own + max((callee.need for callee in code.callees), default=0)
            if need > code.need:
                code.need = need
                waiting += code.callers


def _compile_pure(c: Context, info: FunctionInfo) -> Pure:
    body = info.node.body
    place = c.at(body[0] if body else info.node.name)
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None and not c.traced:
        value = c.expr(body[0].value)
        cost = 2 + c.weight // statement.SIZE

        def compute(frame: Frame, at: Place = place) -> Any:
            meter = frame[METER]
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            return value(frame)

        return compute
    run, charge = statement.compile_body(c, body)
    cost = charge + 1

    def execute(frame: Frame, at: Place = place) -> Any:
        meter = frame[METER]
        meter.fuel -= cost
        if meter.fuel < 0:
            meter.refuel()
        run(frame)
        return frame[RESULT]

    return execute


class Library:
    """All code of one program. `traced` code remembers which statements ran; it is compiled separately.

    A library that also watches how values flow (fmplang/runtime/slicing) overrides `context`, which compiles the nodes
    of a function, `entered`, which is given the compiled function, and `request`, which compiles a neural call. They
    are called while compiling only, so runs without them pay nothing.
    """

    pure = PURE
    neural = NEURAL
    statements = STATEMENTS
    request = staticmethod(ask.compile_request)
    neural_reference = staticmethod(ask.neural_reference)
    neural_lambda = staticmethod(ask.neural_lambda)
    lazy_part = staticmethod(walk.lazy_part)
    mark = staticmethod(statement.traced)

    def __init__(self, typed: TypedProgram, traced: bool) -> None:
        self.typed = typed
        self.traced = traced
        self.entry = Code(self, typed.entry)
        self._roots = [self.entry]  # also one for each module-level definition that is computed
        self._codes: dict[FunctionInfo, Code] = {typed.entry: self.entry}
        self._shapes: dict[RecordType, RecordShape] = {}
        self._adopters: dict[NeuralFunction, Adopt] = {}
        self._constants: list[tuple[int, Pure]] | None = None
        self._constant_size = LOCALS

    def context(self, info: FunctionInfo, source: Source) -> Context:
        return Context(self, info, source, self.traced)

    def entered(self, c: Context, info: FunctionInfo, run: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
        return run

    def code(self, info: FunctionInfo) -> Code:
        return self._codes.setdefault(info, Code(self, info))

    def shape(self, record: RecordType) -> RecordShape:
        made = self._shapes.get(record)
        if made is None:
            made = self._shapes.setdefault(record, shape_of(record))
        return made

    def adopter(self, function: NeuralFunction) -> Adopt:
        """What checks and copies an answer of the function."""
        made = self._adopters.get(function)
        if made is None:
            made = self._adopters.setdefault(function, adopter(function.returns))
        return made

    def constants(self) -> tuple[list[tuple[int, Pure]], int]:
        """The closures of the module-level definitions that are not literals, and how long their frame must be."""
        if self._constants is None:
            self._constants = _patiently(self._compile_constants)
        return self._constants, self._constant_size

    def _compile_constants(self) -> list[tuple[int, Pure]]:
        made: list[tuple[int, Pure]] = []
        for index, (definition, source) in enumerate(self.typed.constants):
            c = Context(self, None, source, False)
            if c.constant(definition.value) is None:
                made.append((index, c.expr(definition.value)))
                self._roots.append(Code(self, None))
                self._roots[-1].note(c)
            self._constant_size = max(self._constant_size, c.size, LOCALS + self.typed.constant_slots)
        return made

    def make_room(self) -> None:
        """See that Python's own stack holds the deepest path of calls known so far, from here."""
        make_room(max(root.need for root in self._roots))


def make_room(frames: int) -> None:
    """Raise Python's recursion limit where fewer than `frames` are left. It is never lowered: threads share it."""
    depth, frame = 0, sys._getframe()
    while (above := frame.f_back) is not None:
        depth, frame = depth + 1, above
    if depth + frames > sys.getrecursionlimit():
        sys.setrecursionlimit(depth + frames + 200)


def _patiently(compile: Callable[[], Any]) -> Any:
    """Compiling nests as deep as the source does; where Python's stack does not suffice, it gets more."""
    for more in (1_000, 4_000, 16_000, 64_000):
        try:
            return compile()
        except RecursionError:
            make_room(more)
        except Exception as error:
            raise own_failure(error) from error
    return compile()
