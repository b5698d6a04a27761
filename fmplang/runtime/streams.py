"""Lazy iterables whose elements may ask: generators, `map`, `filter` and `enumerate` over neural calls.

A stream is a coroutine that hands up requests like any other, and elements, each in an Item. Who consumes it
passes the requests on and takes the elements: as many as it wants, in Python's order.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from fmplang.check.typed import CallBuiltin, Local
from fmplang.runtime.compile_ask import asks_when_called
from fmplang.runtime.compile_call import NeuralValue
from fmplang.runtime.compile_neural import Part, part
from fmplang.runtime.compile_statement import SIZE, compile_target
from fmplang.runtime.context import Context, Place
from fmplang.runtime.frames import METER, Coroutine, Frame
from fmplang.syntax import ast

Stream: TypeAlias = "Generator[Any, Any, Any]"
END: Any = object()


class Item:
    """An element of a stream."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def pull(stream: Stream) -> Coroutine:
    """The next element, or END. Passes requests on, and their answers back."""
    try:
        out = stream.send(None)
        while type(out) is not Item:
            out = stream.send((yield out))
    except StopIteration:
        return END
    return out.value


class Source:
    """An iterable in a place where its elements are taken one by one.

    `kind` "pure": `run(frame)` gives a Python iterable; "neural": a coroutine that gives one; "stream": a Stream.
    """

    __slots__ = ("kind", "place", "run")

    def __init__(self, c: Context, node: ast.Expr) -> None:
        self.place = c.at(node)
        self.run: Callable[[Frame], Any]
        if is_stream(c, node):
            self.kind, self.run = "stream", compile_stream(c, node)
        else:
            found = part(c, node)
            self.kind, self.run = "neural" if found.neural else "pure", found.run

    def open(self, frame: Frame) -> Coroutine:
        """What `take` takes from."""
        if self.kind == "stream":
            return self.run(frame)
        return iter((yield from self.run(frame)) if self.kind == "neural" else self.run(frame))

    def take(self, opened: Any, at: Place) -> Coroutine:
        """The next element, or END."""
        if self.kind == "stream":
            return (yield from pull(opened))
        return next(opened, END)

    def whole(self, frame: Frame) -> Coroutine:
        """An iterable, once all elements that have to be asked for are there."""
        if self.kind == "pure":
            return self.run(frame)
        if self.kind == "neural":
            return (yield from self.run(frame))
        return (yield from collect(frame, self.run(frame), self.place))


def collect(frame: Frame, stream: Stream, at: Place) -> Coroutine:
    """All elements of a stream as a list."""
    out: list[Any] = []
    while (value := (yield from pull(stream))) is not END:
        out.append(value)
        frame[METER].size(len(out))
    frame[METER].items(len(out))
    return out


def is_stream(c: Context, node: ast.Expr) -> bool:
    """Whether the elements of the iterable are asked for one by one, while they are consumed."""
    if not c.is_neural(node) or node in c.typed.groups:
        return False
    if isinstance(node, ast.Comprehension):
        return node.kind == "generator"
    name = builtin_name(c, node)
    if isinstance(node, ast.Call) and name in ("map", "filter"):
        return may_ask(c, node.args[0]) or any(is_stream(c, argument) for argument in node.args[1:])
    return isinstance(node, ast.Call) and name == "enumerate" and bool(node.args) and is_stream(c, node.args[0])


def builtin_name(c: Context, node: ast.Expr) -> str:
    target = c.typed.calls.get(node) if isinstance(node, ast.Call) else None
    return target.name if isinstance(target, CallBuiltin) else ""


def may_ask(c: Context, function: ast.Expr) -> bool:
    """Whether calling the function argument may ask; of a parameter that is known only when it runs."""
    return asks_when_called(c, function) or (
        isinstance(function, ast.Name) and isinstance(c.typed.names.get(function), Local)
    )


def call_function(frame: Frame, function: Any, *values: Any) -> Coroutine:
    if type(function) is NeuralValue:
        return (yield from function.start(frame, *values))
    return function(*values)


def compile_stream(c: Context, node: ast.Expr) -> Callable[[Frame], Stream]:
    if isinstance(node, ast.Comprehension):
        return _generator(c, node.clauses, node.element)
    assert isinstance(node, ast.Call)
    name = builtin_name(c, node)
    if name == "enumerate":
        return _enumerate(c, node)
    function = c.expr(node.args[0])
    sources = [Source(c, argument) for argument in node.args[1:]]
    place = c.at(node)
    if name == "filter":
        return _filter(function, sources[0], place)
    return _map(function, sources, place)


def _generator(c: Context, clauses: tuple[ast.Clause, ...], element: ast.Expr) -> Callable[[Frame], Stream]:
    walk = Walk(c, clauses[0])
    if len(clauses) > 1:
        inner = _generator(c, clauses[1:], element)

        def outer(frame: Frame) -> Stream:
            opened = yield from walk.source.open(frame)
            while (yield from walk.next(frame, opened)):
                yield from inner(frame)

        return outer
    made = part(c, element)

    def elements(frame: Frame) -> Stream:
        opened = yield from walk.source.open(frame)
        while (yield from walk.next(frame, opened)):
            yield Item((yield from made.run(frame)) if made.neural else made.run(frame))

    return elements


class Walk:
    """A clause of a neural comprehension."""

    __slots__ = ("conditions", "cost", "source", "store")

    def __init__(self, c: Context, clause: ast.Clause) -> None:
        before = c.weight
        self.source = Source(c, clause.iter)
        c.weight = 0
        self.store = compile_target(c, clause.target)
        self.conditions: list[Part] = [part(c, condition) for condition in clause.conditions]
        self.cost = 1 + c.weight // SIZE
        c.weight = before

    def next(self, frame: Frame, opened: Any) -> Coroutine:
        """Store the next item that passes the conditions; False at the end."""
        while (value := (yield from self.source.take(opened, self.source.place))) is not END:
            frame[METER].work(self.cost)
            self.store(frame, value)
            if (yield from self.wanted(frame)):
                return True
        return False

    def wanted(self, frame: Frame) -> Coroutine:
        for condition in self.conditions:
            if not ((yield from condition.run(frame)) if condition.neural else condition.run(frame)):
                return False
        return True


def _enumerate(c: Context, node: ast.Call) -> Callable[[Frame], Stream]:
    source, place = Source(c, node.args[0]), c.at(node)
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    start = part(c, starts[0]) if starts else Part(lambda frame: 0, False)

    def stream(frame: Frame, at: Place = place) -> Stream:
        opened = yield from source.open(frame)
        count = (yield from start.run(frame)) if start.neural else start.run(frame)
        while (value := (yield from source.take(opened, at))) is not END:
            yield Item((count, value))
            count += 1

    return stream


def _map(function: Callable[[Frame], Any], sources: list[Source], place: Place) -> Callable[[Frame], Stream]:
    def stream(frame: Frame, at: Place = place) -> Stream:
        applied = function(frame)
        opened = []
        for source in sources:
            opened.append((yield from source.open(frame)))
        while True:
            values = []
            for source, where in zip(sources, opened, strict=True):
                value = yield from source.take(where, at)
                if value is END:
                    return
                values.append(value)
            frame[METER].work(1)
            yield Item((yield from call_function(frame, applied, *values)))

    return stream


def _filter(function: Callable[[Frame], Any], source: Source, place: Place) -> Callable[[Frame], Stream]:
    def stream(frame: Frame, at: Place = place) -> Stream:
        applied = function(frame)
        opened = yield from source.open(frame)
        while (value := (yield from source.take(opened, at))) is not END:
            frame[METER].work(1)
            if value if applied is None else (yield from call_function(frame, applied, value)):
                yield Item(value)

    return stream
