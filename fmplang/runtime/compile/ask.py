"""Calls that may ask: neural functions, FMP functions that reach one, and function values of either kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.typed import CallFunction, CallNeural, CallValue, FunctionRef, NeuralFunction, NeuralRef
from fmplang.check.types import DictType, ListType, OptionalType, RecordType, SetType, TupleOf, TupleType, Type
from fmplang.runtime.compile.call import NeuralValue, bound, textual
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.neural import held
from fmplang.runtime.compile.statement import SIZE
from fmplang.runtime.compile.value import gather
from fmplang.runtime.frames import DEPTH, LANE, METER, SITES, Coroutine, Frame, Neural, Pure
from fmplang.runtime.requests import Request
from fmplang.runtime.values import copy_out, tree_size
from fmplang.syntax import ast


def compile_asking_call(c: Context, node: ast.Call) -> Neural:
    """A call whose target may ask: compute the arguments, then run the target's coroutine."""
    steps, start = held(c, textual(c, node), lambda: _starter(c, node))
    if not steps:
        return start  # type: ignore[no-any-return]

    def run(frame: Frame) -> Coroutine:
        for slot, step in steps:
            frame[slot] = (yield from step.run(frame)) if step.neural else step.run(frame)
        return (yield from start(frame))

    return run


def _starter(c: Context, node: ast.Call) -> Neural:
    target, place = c.typed.calls[node], c.at(node)
    arguments = [c.expr(argument) for argument in textual(c, node)]
    if isinstance(target, CallNeural):
        return c.library.request(c, target, arguments, place)
    if isinstance(target, CallValue):
        return _call_value(c.slot(target.slot), gather(arguments), place)
    assert isinstance(target, CallFunction)
    return _enter(c, target, arguments, place)


def compile_request(c: Context, target: CallNeural, arguments: list[Pure], place: Place) -> Neural:
    index, values = target.index, bound(arguments, target.binding, target.function.params)
    prepare = _preparation(target.function)

    def ask(frame: Frame, at: Place = place) -> Coroutine:
        return (yield request(frame, index, prepare(frame, values(frame))))

    return ask


def request(frame: Frame, index: int, args: dict[str, Any]) -> Request:
    """A request of the frame's site `index`, counted before it is handed out.

    `loop_index` counts the requests of the site in the order they are made: that of the sequential program
    wherever each element of a group asks a site at most once.
    """
    frame[METER].call()
    lane = frame[LANE]
    run = lane.run
    site = frame[SITES].site(index)
    asked = run.asked.get(site, 0)
    run.asked[site] = asked + 1
    lane.count += 1
    return Request(site, args, (*lane.prefix, lane.count - 1), run.run_id, asked)


def _preparation(function: NeuralFunction) -> Callable[[Frame, list[Any]], dict[str, Any]]:
    """Arguments by name. What the program could still change is copied: the host may keep its request."""
    names = [param.name for param in function.params]
    changing = [param.name for param in function.params if changes(param.type)]
    if not changing:
        return lambda frame, values: dict(zip(names, values, strict=True))

    def prepare(frame: Frame, values: list[Any]) -> dict[str, Any]:
        args = dict(zip(names, values, strict=True))
        for name in changing:
            frame[METER].work(tree_size(args[name]) >> 2)
            args[name] = copy_out(args[name])
        return args

    return prepare


def changes(type: Type) -> bool:
    """Whether values of the type can be changed, or hold something that can."""
    if isinstance(type, OptionalType):
        return changes(type.inner)
    if isinstance(type, TupleType):
        return any(map(changes, type.items))
    if isinstance(type, TupleOf):
        return changes(type.item)
    if isinstance(type, RecordType):
        return any(changes(field) for _, field in type.fields)
    return isinstance(type, (ListType, DictType, SetType))


def _enter(c: Context, target: CallFunction, arguments: list[Pure], place: Place) -> Neural:
    code, index = c.code(target.function), target.index
    values = bound(arguments, target.binding, target.function.params)

    def enter(frame: Frame, at: Place = place) -> Coroutine:
        depth = frame[DEPTH] + 1
        meter = frame[METER]
        given = values(frame)
        if depth > meter.depth:
            meter.too_deep()
        child = frame[SITES].child(index)
        return (yield from code.run([meter, frame[LANE], child, depth, None, *given, *code.rest]))

    return enter


def _call_value(slot: int, values: Callable[[Frame], list[Any]], place: Place) -> Neural:
    def call(frame: Frame, at: Place = place) -> Coroutine:
        function = frame[slot]
        if type(function) is NeuralValue:
            return (yield from function.start(frame, *values(frame)))
        return function(*values(frame))

    return call


# ----------------------------------------------------------- function values


def neural_reference(c: Context, found: NeuralRef | FunctionRef, place: Place) -> Pure:
    """A closure that gives the NeuralValue of a named function."""
    index = found.index
    if isinstance(found, NeuralRef):
        prepare = _preparation(found.function)
        defaults = [param.default for param in found.function.params]

        def make_asking(frame: Frame) -> NeuralValue:
            sites = frame[SITES]

            def ask(caller: Frame, *args: Any, at: Place = place) -> Coroutine:
                standing = [caller[METER], caller[LANE], sites]
                values = [*args, *defaults[len(args) :]]
                return (yield request(standing, index, prepare(standing, values)))

            return NeuralValue(ask)

        return make_asking
    code = c.code(found.function)
    defaults = [param.default for param in found.function.params]

    def make_entering(frame: Frame) -> NeuralValue:
        sites = frame[SITES]

        def enter(caller: Frame, *args: Any, at: Place = place) -> Coroutine:
            depth = caller[DEPTH] + 1
            if depth > caller[METER].depth:
                caller[METER].too_deep()
            rest = (*defaults[len(args) :], *code.rest)
            return (yield from code.run([caller[METER], caller[LANE], sites.child(index), depth, None, *args, *rest]))

        return NeuralValue(enter)

    return make_entering


def neural_lambda(c: Context, node: ast.Lambda, slots: list[int]) -> Pure:
    """A lambda that may ask runs on a copy of its frame: several lanes may be inside it at once."""
    before, c.weight = c.weight, 0
    body, place = c.neural(node.body), c.at(node)
    cost = 1 + c.weight // SIZE
    c.weight = before

    def make(frame: Frame) -> NeuralValue:
        def start(caller: Frame, *values: Any, at: Place = place) -> Coroutine:
            caller[METER].work(cost)
            own = frame[:]
            own[LANE], own[DEPTH] = caller[LANE], caller[DEPTH]
            for slot, value in zip(slots, values, strict=True):
                own[slot] = value
            return (yield from body(own))

        return NeuralValue(start)

    return make


def asks_when_called(c: Context, node: ast.Expr) -> bool:
    if isinstance(node, ast.Lambda):
        return node.body in c.typed.neural
    if isinstance(node, ast.Name):
        found = c.typed.names.get(node)
        return isinstance(found, NeuralRef) or (isinstance(found, FunctionRef) and found.function.neural)
    return False
