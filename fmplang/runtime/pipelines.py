"""Lazy iterables in a group: each element goes through all stages in a lane of its own.

In `[num(x) for x in map(word, xs) if ask(x)]` the sequential program asks `word`, `ask` and `num` for the first
element before it looks at the second. So the lanes begin at `xs`, and `map` is a stage of each. What cannot be cut
into such stages (two generators zipped, say) has no pipeline: then the group is answered one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.neural import Part, part
from fmplang.runtime.compile.statement import SIZE, compile_target
from fmplang.runtime.frames import METER, Coroutine, Frame
from fmplang.runtime.lanes import Start, side_by_side
from fmplang.runtime.streams import Source, builtin_name, call_function, is_lazy
from fmplang.syntax import ast

Stage = Callable[[Frame], Start]  # bound to the frame of the group; each start gives () or (the value,)


class Pipeline:
    """`sources` are iterated together, in steps where they are several; then the stages, in order."""

    __slots__ = ("place", "sources", "stages")

    def __init__(self, sources: list[Source], stages: list[Stage], place: Place) -> None:
        self.sources = sources
        self.stages = stages
        self.place = place

    def open(self, frame: Frame) -> Coroutine:
        """What `run` runs over: the arguments, computed where they stand."""
        columns = []
        for source in self.sources:
            columns.append((yield from source.whole(frame)))
        items = columns[0] if len(columns) == 1 else zip(*columns, strict=False)
        return items, [bind(frame) for bind in self.stages]

    def run(self, frame: Frame, opened: tuple[Any, list[Start]], last: Start, cost: int) -> Coroutine:
        """The list of what `last` contributes for all elements that come through."""
        items, stages = opened

        def start(own: Frame, value: Any) -> Coroutine:
            for stage in stages:
                passed = yield from stage(own, value)
                if not passed:
                    return ()
                value = passed[0]
            own[METER].work(cost)
            return (yield from last(own, value))

        if stages:  # which charge for themselves
            return (yield from side_by_side(frame, items, start, 0, self.place))
        return (yield from side_by_side(frame, items, last, cost, self.place))


def pipeline(c: Context, node: ast.Expr) -> Pipeline | None:
    """The pipeline of an iterable, or None where its elements must be asked for one by one."""
    if not is_lazy(c, node):
        return Pipeline([Source(c, node)], [], c.at(node))
    if isinstance(node, ast.Comprehension):
        return _through_generator(c, node)
    assert isinstance(node, ast.Call)
    if builtin_name(c, node) not in ("map", "filter"):
        return None
    arguments = node.args[1:]
    if len(arguments) > 1:
        if any(is_lazy(c, argument) for argument in arguments):
            return None
        made: Pipeline | None = Pipeline([Source(c, argument) for argument in arguments], [], c.at(node))
    else:
        made = pipeline(c, arguments[0])
    if made is not None:
        made.stages.append(_calls(c.expr(node.args[0]), builtin_name(c, node) == "filter", len(arguments) > 1))
    return made


def passing(_: Frame, value: Any) -> Coroutine:
    """The last step where nothing is left to do."""
    yield from ()
    return (value,)


def _calls(function: Callable[[Frame], Any], keeps: bool, several: bool) -> Stage:
    def bind(frame: Frame) -> Start:
        applied = function(frame)

        def stage(own: Frame, value: Any) -> Coroutine:
            own[METER].work(1)
            values = value if several else (value,)
            if keeps:
                kept = value if applied is None else (yield from call_function(own, applied, value))
                return (value,) if kept else ()
            return ((yield from call_function(own, applied, *values)),)

        return stage

    return bind


def _through_generator(c: Context, node: ast.Comprehension) -> Pipeline | None:
    if len(node.clauses) > 1:
        return None
    clause = node.clauses[0]
    made = pipeline(c, clause.iter)
    if made is not None:
        made.stages.append(_element(c, clause, node.element))
    return made


def _element(c: Context, clause: ast.Clause, element: ast.Expr) -> Stage:
    before, c.weight = c.weight, 0
    store = compile_target(c, clause.target)
    conditions: list[Part] = [part(c, condition) for condition in clause.conditions]
    cost = 1 + c.weight // SIZE
    c.weight = before
    value = part(c, element)

    def stage(own: Frame, item: Any) -> Coroutine:
        own[METER].work(cost)
        store(own, item)
        for condition in conditions:
            if not ((yield from condition.run(own)) if condition.neural else condition.run(own)):
                return ()
        return ((yield from value.run(own)) if value.neural else value.run(own),)

    return lambda frame: stage
