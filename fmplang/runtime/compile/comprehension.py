"""Pure comprehensions and generators.

One clause over names is a single loop; more clauses are loops that call each other. Each element tried costs one
step, and more where its expressions are large. The size of a list is watched while it grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fmplang.check.types import DictType, SetType
from fmplang.runtime.builtins.iteration import ENTRY
from fmplang.runtime.compile.compare import conjunction
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.statement import SIZE, compile_target
from fmplang.runtime.compile.weights import Weigher, weigher
from fmplang.runtime.frames import METER, Frame, Pure
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast

Emit = Callable[[Frame, Any], None]  # puts one element into what is being made


class Loop:
    """A clause, compiled: where the items come from, where each goes, which are wanted, what one costs."""

    __slots__ = ("cost", "items", "place", "store", "wanted")

    def __init__(self, c: Context, clause: ast.Clause) -> None:
        self.items = c.expr(clause.iter)
        self.place = c.at(clause.iter)
        before, c.weight = c.weight, 0
        self.store = compile_target(c, clause.target)
        conditions = [c.expr(condition) for condition in clause.conditions]
        self.wanted = conjunction(conditions) if conditions else None
        self.cost = 1 + c.weight // SIZE
        c.weight = before


def compile_comprehension(c: Context, node: ast.Comprehension) -> Pure:
    loops = [Loop(c, clause) for clause in node.clauses]
    element, place = c.expr(node.element), c.at(node)
    if node.kind == "generator":
        return generator(loops, element)
    if node.kind == "set":
        of = c.type(node)
        return _set(loops, element, weigher(of.item) if isinstance(of, SetType) else None, place)
    if len(loops) == 1 and isinstance(node.clauses[0].target, ast.Name):
        return _simple_list(loops[0], c.target(node.clauses[0].target), element, place)

    def emit(frame: Frame, out: list[Any]) -> None:
        out.append(element(frame))
        if len(out) > 1024:
            frame[METER].size(len(out))

    run = nest(loops, emit)

    def make_list(frame: Frame, at: Place = place) -> list[Any]:
        out: list[Any] = []
        run(frame, out)
        frame[METER].items(len(out))
        return out

    return make_list


def _simple_list(loop: Loop, slot: int, element: Pure, place: Place) -> Pure:
    """`[element for name in items if wanted]`."""
    items, wanted, cost = loop.items, loop.wanted, loop.cost

    def every(frame: Frame, at: Place = place) -> list[Any]:
        meter = frame[METER]
        out: list[Any] = []
        append, most = out.append, meter.limits.items
        for frame[slot] in items(frame):  # noqa: B020
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            append(element(frame))
            if len(out) > most:
                meter.size(len(out))
        meter.items(len(out))
        return out

    def some(frame: Frame, at: Place = place) -> list[Any]:
        meter = frame[METER]
        out: list[Any] = []
        append, most = out.append, meter.limits.items
        for frame[slot] in items(frame):  # noqa: B020
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            if wanted(frame):  # type: ignore[misc]
                append(element(frame))
                if len(out) > most:
                    meter.size(len(out))
        meter.items(len(out))
        return out

    return every if wanted is None else some


def nest(loops: list[Loop], emit: Emit) -> Emit:
    """Loops inside each other, around `emit`."""
    run = emit
    for loop in reversed(loops):
        run = _around(loop, run)
    return run


def _around(loop: Loop, inner: Emit) -> Emit:
    items, store, wanted, cost = loop.items, loop.store, loop.wanted, loop.cost

    def each(frame: Frame, out: Any, at: Place = loop.place) -> None:
        meter = frame[METER]
        for value in items(frame):
            meter.fuel -= cost
            if meter.fuel < 0:
                meter.refuel()
            store(frame, value)
            if wanted is None or wanted(frame):
                inner(frame, out)

    return each


def _set(loops: list[Loop], element: Pure, weigh: Weigher | None, place: Place) -> Pure:
    def emit(frame: Frame, out: OrderedSet) -> None:
        item = element(frame)
        if weigh is not None:
            weigh(frame[METER], item)
        count = len(out)
        out.add(item)
        charge_growth(frame, count, len(out))

    run = nest(loops, emit)

    def make_set(frame: Frame, at: Place = place) -> OrderedSet:
        out = OrderedSet()
        run(frame, out)
        return out

    return make_set


def compile_dict_comprehension(c: Context, node: ast.DictComp) -> Pure:
    loops = [Loop(c, clause) for clause in node.clauses]
    key, value, place, of = c.expr(node.key), c.expr(node.value), c.at(node), c.type(node)
    weigh = weigher(of.key) if isinstance(of, DictType) else None

    def emit(frame: Frame, out: dict[Any, Any]) -> None:
        name = key(frame)
        if weigh is not None:
            weigh(frame[METER], name)
        count = len(out)
        out[name] = value(frame)
        charge_growth(frame, count, len(out))

    run = nest(loops, emit)

    def make_dict(frame: Frame, at: Place = place) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        run(frame, out)
        return out

    return make_dict


def charge_growth(frame: Frame, before: int, after: int) -> None:
    if after != before:
        frame[METER].size(after)
        frame[METER].memory(ENTRY)


# ---------------------------------------------------------------- generators


def generator(loops: list[Loop], element: Pure) -> Callable[[Frame], Iterator[Any]]:
    """A closure that gives a Python generator. The first iterable is computed at once, as in Python."""
    *outer, last = loops

    def start(frame: Frame) -> Iterator[Any]:
        return _elements(frame, last, last.items(frame), element, last.place)

    made: Callable[[Frame], Iterator[Any]] = start
    for loop in reversed(outer):
        made = _chained(loop, made)
    return made


def _chained(loop: Loop, inner: Callable[[Frame], Iterator[Any]]) -> Callable[[Frame], Iterator[Any]]:
    return lambda frame: _inner_elements(frame, loop, loop.items(frame), inner, loop.place)


def _elements(frame: Frame, loop: Loop, items: Any, element: Pure, at: Place) -> Iterator[Any]:
    meter, store, wanted, cost = frame[METER], loop.store, loop.wanted, loop.cost
    for value in items:
        meter.fuel -= cost
        if meter.fuel < 0:
            meter.refuel()
        store(frame, value)
        if wanted is None or wanted(frame):
            yield element(frame)


def _inner_elements(frame: Frame, loop: Loop, items: Any, inner: Callable[[Frame], Iterator[Any]],
                    at: Place) -> Iterator[Any]:
    meter, store, wanted, cost = frame[METER], loop.store, loop.wanted, loop.cost
    for value in items:
        meter.fuel -= cost
        if meter.fuel < 0:
            meter.refuel()
        store(frame, value)
        if wanted is None or wanted(frame):
            yield from inner(frame)
