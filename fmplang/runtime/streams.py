"""Lazy iterables whose elements may ask: generators, `map`, `filter` and `enumerate` over neural calls.

A stream is a coroutine that hands up requests like any other, and elements, each in an Item. Who consumes it
passes the requests on and takes the elements: as many as it wants, in Python's order. It is opened first, where it
stands: that computes the first iterable of a generator and the arguments of a builtin.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from fmplang.check.typed import CallBuiltin, Local
from fmplang.runtime.compile.ask import asks_when_called
from fmplang.runtime.compile.call import NeuralValue
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.neural import Part, part
from fmplang.runtime.compile.statement import SIZE, compile_target
from fmplang.runtime.frames import METER, Coroutine, Frame, Neural
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

    `kind` "pure": `run(frame)` gives a Python iterable; "neural": a coroutine that gives one; "stream": one that
    gives a Stream.
    """

    __slots__ = ("kind", "place", "run")

    def __init__(self, c: Context, node: ast.Expr) -> None:
        self.place = c.at(node)
        self.run: Callable[[Frame], Any]
        if is_lazy(c, node):
            self.kind, self.run = "stream", compile_stream(c, node)
        else:
            found = part(c, node)
            self.kind, self.run = "neural" if found.neural else "pure", found.run

    def open(self, frame: Frame) -> Coroutine:
        """What `take` takes from."""
        if self.kind == "stream":
            return (yield from self.run(frame))
        return iter((yield from self.run(frame)) if self.kind == "neural" else self.run(frame))

    def take(self, opened: Any, at: Place) -> Coroutine:
        """The next element, or END."""
        if self.kind == "stream":
            return (yield from pull(opened))
        return next(opened, END)

    def whole(self, frame: Frame) -> Coroutine:
        """The iterable, of a source that is no stream."""
        return (yield from self.run(frame)) if self.kind == "neural" else self.run(frame)


def collect(frame: Frame, stream: Stream, at: Place) -> Coroutine:
    """All elements of a stream as a list."""
    out: list[Any] = []
    while (value := (yield from pull(stream))) is not END:
        out.append(value)
        frame[METER].size(len(out))
    frame[METER].items(len(out))
    return out


def is_lazy(c: Context, node: ast.Expr) -> bool:
    """Whether the elements of the iterable are asked for one by one, while they are consumed."""
    if not c.is_neural(node):
        return False
    if isinstance(node, ast.Comprehension):
        return node.kind == "generator"
    if not isinstance(node, ast.Call):
        return False
    name = builtin_name(c, node)
    if name in ("map", "filter"):
        return may_ask(c, node.args[0]) or any(is_lazy(c, argument) for argument in node.args[1:])
    return name in ("enumerate", "zip") and any(is_lazy(c, argument) for argument in node.args)


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


def compile_stream(c: Context, node: ast.Expr) -> Neural:
    """A coroutine that opens the stream and returns it."""
    if isinstance(node, ast.Comprehension):
        return _generator(c, node.clauses, node.element)
    assert isinstance(node, ast.Call)
    name = builtin_name(c, node)
    if name == "enumerate":
        return _enumerate(c, node)
    if name == "zip":
        return _zip(c, node)
    function = c.expr(node.args[0])
    sources = [Source(c, argument) for argument in node.args[1:]]
    place = c.at(node)
    if name == "filter":
        return _filter(function, sources[0], place)
    return _map(function, sources, place)


def _generator(c: Context, clauses: tuple[ast.Clause, ...], element: ast.Expr) -> Neural:
    walk = Walk(c, clauses[0])
    inner = _generator(c, clauses[1:], element) if len(clauses) > 1 else None
    made = part(c, element) if inner is None else None

    def elements(frame: Frame, opened: Any) -> Stream:
        while (yield from walk.next(frame, opened)):
            if inner is not None:
                yield from (yield from inner(frame))
            elif made is not None:
                yield Item((yield from made.run(frame)) if made.neural else made.run(frame))

    def start(frame: Frame) -> Coroutine:
        return elements(frame, (yield from walk.source.open(frame)))

    return start


class Walk:
    """A clause of a neural comprehension."""

    __slots__ = ("conditions", "cost", "source", "store")

    def __init__(self, c: Context, clause: ast.Clause, source: bool = True) -> None:
        if source:
            self.source = Source(c, clause.iter)
        before, c.weight = c.weight, 0
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


def _enumerate(c: Context, node: ast.Call) -> Neural:
    source, place = Source(c, node.args[0]), c.at(node)
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    start = part(c, starts[0]) if starts else Part(lambda frame: 0, False)

    def stream(opened: Any, count: int, at: Place) -> Stream:
        while (value := (yield from source.take(opened, at))) is not END:
            yield Item((count, value))
            count += 1

    def begin(frame: Frame, at: Place = place) -> Coroutine:
        opened = yield from source.open(frame)
        return stream(opened, (yield from start.run(frame)) if start.neural else start.run(frame), at)

    return begin


def _zip(c: Context, node: ast.Call) -> Neural:
    sources, place = [Source(c, argument) for argument in node.args], c.at(node)
    strict = part(c, node.keywords[0].value) if node.keywords else Part(lambda frame: False, False)

    def stream(frame: Frame, pairs: list[tuple[Source, Any]], whole: bool, at: Place) -> Stream:
        while True:
            values: list[Any] = []
            for source, where in pairs:
                value = yield from source.take(where, at)
                if value is END:
                    if whole:
                        yield from _same_length(pairs, len(values), at)
                    return
                values.append(value)
            frame[METER].work(1)
            yield Item(tuple(values))

    def begin(frame: Frame, at: Place = place) -> Coroutine:
        pairs = yield from _open_all(frame, sources)
        return stream(frame, pairs, (yield from strict.run(frame)) if strict.neural else strict.run(frame), at)

    return begin


def _open_all(frame: Frame, sources: list[Source]) -> Coroutine:
    """The sources, each with what it takes from."""
    pairs = []
    for source in sources:
        pairs.append((source, (yield from source.open(frame))))
    return pairs


def _same_length(pairs: list[tuple[Source, Any]], ended: int, at: Place) -> Coroutine:
    """`zip(strict=True)`: the argument number `ended`, from 0, was the first to end."""
    if ended:
        raise ValueError(f"zip() argument {ended + 1} is shorter than argument{_first(ended)}")
    for number, (source, where) in enumerate(pairs[1:], 1):
        if (yield from source.take(where, at)) is not END:
            raise ValueError(f"zip() argument {number + 1} is longer than argument{_first(number)}")


def _first(count: int) -> str:
    return " 1" if count == 1 else f"s 1-{count}"


def _map(function: Callable[[Frame], Any], sources: list[Source], place: Place) -> Neural:
    def stream(frame: Frame, applied: Any, pairs: list[tuple[Source, Any]], at: Place) -> Stream:
        while True:
            values = []
            for source, where in pairs:
                value = yield from source.take(where, at)
                if value is END:
                    return
                values.append(value)
            frame[METER].work(1)
            yield Item((yield from call_function(frame, applied, *values)))

    def begin(frame: Frame, at: Place = place) -> Coroutine:
        applied = function(frame)
        return stream(frame, applied, (yield from _open_all(frame, sources)), at)

    return begin


def _filter(function: Callable[[Frame], Any], source: Source, place: Place) -> Neural:
    def stream(frame: Frame, applied: Any, opened: Any, at: Place) -> Stream:
        while (value := (yield from source.take(opened, at))) is not END:
            frame[METER].work(1)
            if value if applied is None else (yield from call_function(frame, applied, value)):
                yield Item(value)

    def begin(frame: Frame, at: Place = place) -> Coroutine:
        applied = function(frame)
        return stream(frame, applied, (yield from source.open(frame)), at)

    return begin
