"""The code of a program that is being sliced: functions, requests and function values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.typed import CallNeural, FunctionInfo, FunctionRef, NeuralRef, TypedProgram
from fmplang.runtime.compile.ask import compile_request, neural_reference
from fmplang.runtime.compile.call import NeuralValue
from fmplang.runtime.compile.code import Library
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.frames import SITES, Coroutine, Frame, Neural, Pure
from fmplang.runtime.requests import Request
from fmplang.runtime.slicing.calls import enter, guard, leave
from fmplang.runtime.slicing.context import SliceContext
from fmplang.runtime.slicing.effects import Reader
from fmplang.runtime.slicing.graph import Node, graph_of
from fmplang.syntax.source import Source


class SliceLibrary(Library):
    """The code of a program that is being sliced."""

    mark = staticmethod(lambda c, statement, made: made)

    def __init__(self, typed: TypedProgram, traced: bool) -> None:
        super().__init__(typed, traced)
        self.reader = Reader(typed)
        self.contexts: dict[FunctionInfo, SliceContext] = {}

    def context(self, info: FunctionInfo, source: Source) -> Context:
        made = self.contexts[info] = SliceContext(self, info, source)
        return made

    def entered(self, c: Context, info: FunctionInfo, run: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
        assert isinstance(c, SliceContext)
        count = len(info.params)

        def run_pure(frame: Frame) -> Any:
            caller = enter(c, count, frame)
            value = run(frame)
            leave(c, frame, caller)
            return value

        def run_neural(frame: Frame) -> Coroutine:
            caller = enter(c, count, frame)
            value = yield from run(frame)
            leave(c, frame, caller)
            return value

        return run_neural if info.neural else run_pure

    @staticmethod
    def request(c: Context, target: CallNeural, arguments: list[Pure], place: Place) -> Neural:
        assert isinstance(c, SliceContext)
        start, cell, stmt = compile_request(c, target, arguments, place), c.cell, c.stmt

        def ask(frame: Frame) -> Coroutine:
            made = _first(start(frame))
            graph = graph_of(frame)
            own: Node = frame[cell]
            if graph.changes != own.since:
                own.add(frame[stmt])
            node = graph.called(made, graph.snapshot(own), guard(graph, frame, c))
            try:
                answer = yield made
            except Exception:
                graph.failed.append(node)
                raise
            graph.caller = frame, c
            (own if own.keeps or own.outer is None else own.outer).add(node)
            return answer

        return ask

    @staticmethod
    def neural_reference(c: Context, found: NeuralRef | FunctionRef, place: Place) -> Pure:
        library = c.library
        assert isinstance(library, SliceLibrary)
        make = neural_reference(c, found, place)

        def start(function: NeuralValue) -> Callable[..., Coroutine]:
            def run(caller: Frame, *values: Any) -> Coroutine:
                graph, own = graph_of(caller), library.contexts[caller[SITES].function]
                graph.caller = caller, own
                running = function.start(caller, *values)
                if isinstance(found, FunctionRef):
                    return (yield from running)
                request = _first(running)
                cell: Node = caller[own.cell]
                node = graph.called(request, graph.snapshot(cell), guard(graph, caller, own))
                try:
                    answer = yield request
                except Exception:
                    graph.failed.append(node)
                    raise
                graph.caller = caller, own
                cell.add(node)
                return answer

            return run

        return lambda frame: NeuralValue(start(make(frame)))


def _first(running: Coroutine) -> Request:
    """The only request of a coroutine that asks once; its answer is taken by somebody else."""
    request = running.send(None)
    running.close()
    assert isinstance(request, Request)
    return request
