"""Literals, subscripts, displays and f-strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.types import DictType, SetType
from fmplang.runtime.builtins.iteration import ENTRY
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.weights import Weigher, weigher
from fmplang.runtime.formatting import format_value, text_of
from fmplang.runtime.frames import METER, Frame, Pure
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast


def compile_constant(c: Context, node: ast.Constant) -> Pure:
    value = node.value
    return lambda frame: value


# ---------------------------------------------------------------- subscripts


def compile_subscript(c: Context, node: ast.Subscript) -> Pure:
    if isinstance(node.index, ast.Slice):
        return _slice(c, node, node.index)
    place = c.at(node)
    container_slot, index_slot, constant = c.local(node.value), c.local(node.index), c.constant(node.index)
    of = c.type(node.value)
    weigh = weigher(of.key) if isinstance(of, DictType) else None
    container, index = c.expr(node.value), c.expr(node.index)
    if weigh is not None:
        return _weighed_item(container, index, weigh, place)
    if container_slot is not None and index_slot is not None:

        def local_local(frame: Frame, at: Place = place) -> Any:
            return frame[container_slot][frame[index_slot]]

        return local_local
    if container_slot is not None and constant is not None:
        at_index = constant[0]

        def local_constant(frame: Frame, at: Place = place) -> Any:
            return frame[container_slot][at_index]

        return local_constant
    if container_slot is not None:

        def local_any(frame: Frame, at: Place = place) -> Any:
            return frame[container_slot][index(frame)]

        return local_any

    def item(frame: Frame, at: Place = place) -> Any:
        return container(frame)[index(frame)]

    return item


def _weighed_item(container: Pure, index: Pure, weigh: Weigher, place: Place) -> Pure:
    def item(frame: Frame, at: Place = place) -> Any:
        entries, key = container(frame), index(frame)
        weigh(frame[METER], key)
        return entries[key]

    return item


def _slice(c: Context, node: ast.Subscript, index: ast.Slice) -> Pure:
    container, make, place = c.expr(node.value), compile_slice(c, index), c.at(node)

    def part(frame: Frame, at: Place = place) -> Any:
        whole = container(frame)
        made = whole[make(frame)]  # never longer than what is there already
        if type(made) is str:
            frame[METER].text(len(made))
        else:
            frame[METER].items(len(made))
        return made

    return part


def compile_slice(c: Context, node: ast.Slice) -> Pure:
    """A closure that gives Python's slice object."""
    bounds = [None if bound is None else c.expr(bound) for bound in (node.lower, node.upper, node.step)]
    lower, upper, step = bounds
    return lambda frame: slice(
        None if lower is None else lower(frame),
        None if upper is None else upper(frame),
        None if step is None else step(frame),
    )


# ------------------------------------------------------------------ displays


def gather(items: list[Pure]) -> Callable[[Frame], list[Any]]:
    """A closure that evaluates all items from the left."""
    if not items:
        return lambda frame: []
    if len(items) == 1:
        a = items[0]
        return lambda frame: [a(frame)]
    if len(items) == 2:
        a, b = items
        return lambda frame: [a(frame), b(frame)]
    if len(items) == 3:
        a, b, third = items
        return lambda frame: [a(frame), b(frame), third(frame)]
    if len(items) == 4:
        a, b, third, fourth = items
        return lambda frame: [a(frame), b(frame), third(frame), fourth(frame)]
    return lambda frame: [item(frame) for item in items]


def _constants(c: Context, nodes: tuple[ast.Expr, ...]) -> list[Any] | None:
    found = [c.constant(node) for node in nodes]
    return None if None in found else [value[0] for value in found if value is not None]


def compile_list(c: Context, node: ast.ListExpr) -> Pure:
    count, place, constants = len(node.items), c.at(node), _constants(c, node.items)
    make = gather([c.expr(item) for item in node.items])
    if constants is not None:

        def fresh(frame: Frame, at: Place = place) -> list[Any]:
            frame[METER].items(count)
            return constants[:]

        return fresh

    def display(frame: Frame, at: Place = place) -> list[Any]:
        frame[METER].items(count)
        return make(frame)

    return display


def compile_tuple(c: Context, node: ast.TupleExpr) -> Pure:
    count, place, constants = len(node.items), c.at(node), _constants(c, node.items)
    items = [c.expr(item) for item in node.items]
    if constants is not None:
        value = tuple(constants)
        return lambda frame: value
    if count == 2:
        a, b = items

        def pair(frame: Frame, at: Place = place) -> tuple[Any, Any]:
            frame[METER].items(2)
            return a(frame), b(frame)

        return pair
    make = gather(items)

    def display(frame: Frame, at: Place = place) -> tuple[Any, ...]:
        frame[METER].items(count)
        return tuple(make(frame))

    return display


def compile_set(c: Context, node: ast.SetExpr) -> Pure:
    of = c.type(node)
    weigh = weigher(of.item) if isinstance(of, SetType) else None
    count, place, make = len(node.items), c.at(node), gather([c.expr(item) for item in node.items])

    def display(frame: Frame, at: Place = place) -> OrderedSet:
        meter = frame[METER]
        meter.items(count, ENTRY)
        items = make(frame)
        if weigh is not None:
            for item in items:
                weigh(meter, item)
        return OrderedSet(items)

    return display


def compile_dict(c: Context, node: ast.DictExpr) -> Pure:
    of = c.type(node)
    weigh = weigher(of.key) if isinstance(of, DictType) else None
    pairs = [(c.expr(key), c.expr(value)) for key, value in zip(node.keys, node.values, strict=True)]
    count, place = len(pairs), c.at(node)

    def display(frame: Frame, at: Place = place) -> dict[Any, Any]:
        meter = frame[METER]
        meter.items(count, ENTRY)
        made = {}
        for key, value in pairs:
            name = key(frame)
            if weigh is not None:
                weigh(meter, name)
            made[name] = value(frame)
        return made

    return display


# ---------------------------------------------------------------------- text


def compile_fstring(c: Context, node: ast.FString) -> Pure:
    parts, place = [_piece(c, piece) for piece in node.parts], c.at(node)
    if len(parts) == 1:
        return parts[0]

    def text(frame: Frame, at: Place = place) -> str:
        pieces = [piece(frame) for piece in parts]
        frame[METER].text(sum(map(len, pieces)))
        return "".join(pieces)

    return text


def _piece(c: Context, piece: str | ast.Interpolation) -> Pure:
    if isinstance(piece, str):
        return lambda frame: piece
    value, conversion, place = c.expr(piece.value), piece.conversion, c.at(piece)
    if not piece.spec and conversion != "r":

        def plain(frame: Frame, at: Place = place) -> str:
            return text_of(frame[METER], value(frame))

        return plain
    spec = [_piece(c, inner) for inner in piece.spec]

    def formatted(frame: Frame, at: Place = place) -> str:
        made = value(frame)
        return format_value(frame[METER], made, "".join([inner(frame) for inner in spec]), conversion)

    return formatted
