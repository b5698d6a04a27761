"""Names, attributes, calls and function values, where nothing neural is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fmplang.check.typed import (
    BuiltinRef,
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallRecord,
    CallTarget,
    CallValue,
    FunctionRef,
    Global,
    Local,
    NeuralRef,
    Parameter,
)
from fmplang.runtime.builtins import ATTRIBUTES, FUNCTIONS, MATH_CONSTANTS, METHODS, PLAIN
from fmplang.runtime.builtins.iteration import metered
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.statement import SIZE
from fmplang.runtime.compile.value import gather
from fmplang.runtime.frames import DEPTH, LANE, METER, Frame, Pure
from fmplang.runtime.values import RecordValue
from fmplang.syntax import ast


def compile_name(c: Context, node: ast.Name) -> Pure:
    constant = c.constant(node)
    if constant is not None:
        value = constant[0]
        return lambda frame: value
    slot = c.local(node)
    if slot is not None:
        return lambda frame: frame[slot]
    found = c.typed.names[node]
    if isinstance(found, Global):
        index = found.index
        return lambda frame: frame[LANE].run.constants[index]
    assert not isinstance(found, Local)
    return function_value(c, found, c.at(node))


def compile_attribute(c: Context, node: ast.Attribute) -> Pure:
    kind = c.typed.attributes.get(node)
    if kind == "field":
        index, slot = c.field(node), c.local(node.value)
        if slot is not None:
            return lambda frame: frame[slot].__values__[index]
        record = c.expr(node.value)
        return lambda frame: record(frame).__values__[index]
    if kind == "math":
        name = f"math.{node.name}"
        if name in MATH_CONSTANTS:
            value = MATH_CONSTANTS[name]
            return lambda frame: value
        return function_value(c, BuiltinRef(name), c.at(node))
    if kind is None:
        return _never(c, node, node.value)
    receiver, read, place = c.expr(node.value), ATTRIBUTES[str(c.type(node.value))][node.name], c.at(node)

    def attribute(frame: Frame, at: Place = place) -> Any:
        return read(receiver(frame))

    return attribute


def _never(c: Context, node: ast.Node, receiver: ast.Expr) -> Pure:
    """What stands on an element of a list that stays empty: evaluating that element is where it fails, as in Python."""
    reach = c.expr(receiver)

    def never(frame: Frame) -> Any:
        reach(frame)
        raise SystemError(f"{type(node).__name__} at {node.start} was thought to be out of reach")

    return never


# --------------------------------------------------------------------- calls


def has_receiver(target: CallTarget | None) -> bool:
    """Whether the receiver of the call's method syntax is an argument."""
    return isinstance(target, CallMethod) or (isinstance(target, (CallFunction, CallNeural)) and target.method)


def textual(c: Context, node: ast.Call) -> list[ast.Expr]:
    """The textual arguments of a call in order of evaluation (see check/typed.py)."""
    receiver: list[ast.Expr] = []
    if has_receiver(c.typed.calls.get(node)):
        assert isinstance(node.func, ast.Attribute)
        receiver = [node.func.value]
    return [*receiver, *node.args, *(keyword.value for keyword in node.keywords)]


def bound(arguments: list[Pure], binding: Sequence[int],
          params: Sequence[Parameter] | None) -> Callable[[Frame], list[Any]]:
    """A closure that evaluates textual arguments in order and gives them in the order of the parameters."""
    given = [i for i in binding if i >= 0]
    if given == sorted(given):
        ordered = [arguments[i] if i >= 0 else _default(params, at) for at, i in enumerate(binding)]
        return gather(ordered)
    evaluate = gather(arguments)
    defaults = [None if i >= 0 or params is None else params[at].default for at, i in enumerate(binding)]

    def permuted(frame: Frame) -> list[Any]:
        values = evaluate(frame)
        return [values[i] if i >= 0 else defaults[at] for at, i in enumerate(binding)]

    return permuted


def _default(params: Sequence[Parameter] | None, index: int) -> Pure:
    value = params[index].default if params is not None else None
    return lambda frame: value


def compile_call(c: Context, node: ast.Call) -> Pure:
    target = c.typed.calls.get(node)
    if target is None:
        return _never(c, node, node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    if isinstance(target, CallBuiltin):
        return _builtin(c, node, target.name)
    place = c.at(node)
    if isinstance(target, CallMethod):
        return _apply(c, METHODS[target.kind][target.name], node, place, charged=True)
    arguments = [c.expr(argument) for argument in textual(c, node)]
    if isinstance(target, CallRecord):
        return _record(c, target, arguments, place)
    if isinstance(target, CallValue):
        slot, values = c.slot(target.slot), gather(arguments)

        def call_value(frame: Frame, at: Place = place) -> Any:
            return frame[slot](*values(frame))

        return call_value
    assert isinstance(target, CallFunction)
    return _function(c, target, arguments, place)


def _function(c: Context, target: CallFunction, arguments: list[Pure], place: Place) -> Pure:
    code = c.code(target.function)
    values = bound(arguments, target.binding, target.function.params)

    def call(frame: Frame, at: Place = place) -> Any:
        depth = frame[DEPTH] + 1
        meter = frame[METER]
        given = values(frame)
        if depth > meter.depth:
            meter.too_deep()
        return code.run([meter, frame[LANE], None, depth, None, *given, *code.rest])

    return call


def _record(c: Context, target: CallRecord, arguments: list[Pure], place: Place) -> Pure:
    shape, values = c.library.shape(target.record), bound(arguments, target.binding, None)
    size = 56 + 8 * len(target.binding)

    def make(frame: Frame, at: Place = place) -> RecordValue:
        frame[METER].memory(size)
        return RecordValue(shape, tuple(values(frame)))

    return make


# ------------------------------------------------------------------ builtins


def _builtin(c: Context, node: ast.Call, name: str) -> Pure:
    place = c.at(node)
    if name == "print":
        values = _apply(c, lambda *given, **options: (given, options), node, place, charged=False)

        def note(frame: Frame, at: Place = place) -> None:
            given, options = values(frame)
            _print(frame, *given, **options)

        return note
    if not node.keywords and len(node.args) == 1:
        if name in ("any", "all") and isinstance(node.args[0], ast.Comprehension):
            if node.args[0].kind == "generator" and node.args[0] not in c.held:  # it charges for its elements itself
                return _apply(c, any if name == "any" else all, node, place, charged=False)
        slot = c.local(node.args[0])
        if name == "len" and slot is not None:
            return lambda frame: len(frame[slot])
    if name in ("min", "max") and len(node.args) == 2 and not node.keywords:
        if all(c.kind(argument) in ("int", "float") for argument in node.args):
            return _larger(c, node) if name == "max" else _smaller(c, node)
    if name == "filter":  # what it leaves out, nobody else would count
        return _apply(c, lambda meter, keep, xs: filter(keep, metered(meter, xs)), node, place, charged=True)
    if name in PLAIN:
        return _apply(c, PLAIN[name], node, place, charged=False)
    return _apply(c, FUNCTIONS[name], node, place, charged=True)


def _print(frame: Frame, *values: Any, **options: Any) -> None:
    frame[LANE].run.notes.append(FUNCTIONS["print"](frame[METER], *values, **options))


def _larger(c: Context, node: ast.Call) -> Pure:
    one, two = (c.expr(argument) for argument in node.args)

    def larger(frame: Frame) -> Any:
        a, b = one(frame), two(frame)
        return b if b > a else a

    return larger


def _smaller(c: Context, node: ast.Call) -> Pure:
    one, two = (c.expr(argument) for argument in node.args)

    def smaller(frame: Frame) -> Any:
        a, b = one(frame), two(frame)
        return b if b < a else a

    return smaller


def _apply(c: Context, function: Callable[..., Any], node: ast.Call, place: Place, charged: bool) -> Pure:
    """Call a function of Python on all textual arguments; the meter comes first where the function charges."""
    arguments = [c.expr(argument) for argument in textual(c, node)]
    if node.keywords:
        return _with_keywords(function, arguments, [k.name for k in node.keywords], place, charged)
    values = gather(arguments)
    if len(arguments) not in (1, 2):

        def call(frame: Frame, at: Place = place) -> Any:
            return function(frame[METER], *values(frame)) if charged else function(*values(frame))

        return call
    a, b = arguments[0], arguments[-1]

    def unary(frame: Frame, at: Place = place) -> Any:
        return function(a(frame))

    def charged_unary(frame: Frame, at: Place = place) -> Any:
        return function(frame[METER], a(frame))

    def binary(frame: Frame, at: Place = place) -> Any:
        return function(a(frame), b(frame))

    def charged_binary(frame: Frame, at: Place = place) -> Any:
        return function(frame[METER], a(frame), b(frame))

    if len(arguments) == 1:
        return charged_unary if charged else unary
    return charged_binary if charged else binary


def _with_keywords(function: Callable[..., Any], arguments: list[Pure], names: list[str], place: Place,
                   charged: bool) -> Pure:
    values, first = gather(arguments), len(arguments) - len(names)

    def call(frame: Frame, at: Place = place) -> Any:
        given = values(frame)
        keywords = dict(zip(names, given[first:], strict=True))
        if charged:
            return function(frame[METER], *given[:first], **keywords)
        return function(*given[:first], **keywords)

    return call


# ----------------------------------------------------------- function values


class NeuralValue:
    """A function value that may ask. `start(frame, *args)` gives its coroutine; the frame is the caller's."""

    __slots__ = ("start",)

    def __init__(self, start: Callable[..., Any]) -> None:
        self.start = start


def function_value(c: Context, found: FunctionRef | BuiltinRef | NeuralRef, place: Place) -> Pure:
    """A closure that gives a callable, or a NeuralValue."""
    if isinstance(found, NeuralRef) or (isinstance(found, FunctionRef) and found.function.neural):
        return c.library.neural_reference(c, found, place)
    if isinstance(found, BuiltinRef):
        if found.name == "print":
            return lambda frame: lambda *values: _print(frame, *values)
        if found.name in PLAIN:
            plain = PLAIN[found.name]
            return lambda frame: plain
        function = FUNCTIONS[found.name]
        return lambda frame: partial(function, frame[METER])
    code = c.code(found.function)
    defaults = [param.default for param in found.function.params]

    def make(frame: Frame) -> Callable[..., Any]:
        meter, lane, depth = frame[METER], frame[LANE], frame[DEPTH] + 1

        def call(*args: Any, at: Place = place) -> Any:
            if depth > meter.depth:
                meter.too_deep()
            return code.run([meter, lane, None, depth, None, *args, *defaults[len(args):], *code.rest])

        return call

    return make


def compile_lambda(c: Context, node: ast.Lambda) -> Pure:
    slots = [c.target(param) for param in node.params]
    if c.is_neural(node.body):
        return c.library.neural_lambda(c, node, slots)
    before, c.weight = c.weight, 0
    body, place = c.expr(node.body), c.at(node)
    cost = 1 + c.weight // SIZE
    c.weight = before
    if len(slots) == 1:
        slot = slots[0]

        def make_unary(frame: Frame) -> Callable[[Any], Any]:
            meter = frame[METER]

            def call(value: Any, at: Place = place) -> Any:
                frame[slot] = value
                meter.fuel -= cost
                if meter.fuel < 0:
                    meter.refuel()
                return body(frame)

            return call

        return make_unary

    def make(frame: Frame) -> Callable[..., Any]:
        meter = frame[METER]

        def call(*values: Any, at: Place = place) -> Any:
            for slot, value in zip(slots, values, strict=True):
                frame[slot] = value
            meter.work(cost)
            return body(frame)

        return call

    return make
