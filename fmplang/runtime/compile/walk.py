"""Neural comprehensions, calls and comparisons: where elements are walked through, lazily or as a group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.typed import CallFunction, CallMethod, CallNeural, CallValue
from fmplang.check.types import DictType, SetType
from fmplang.runtime.builtins import FUNCTIONS, METHODS
from fmplang.runtime.builtins.iteration import take
from fmplang.runtime.compile.ask import compile_asking_call
from fmplang.runtime.compile.call import textual
from fmplang.runtime.compile.compare import comparison
from fmplang.runtime.compile.comprehension import charge_growth
from fmplang.runtime.compile.context import Context, Place
from fmplang.runtime.compile.neural import Part, compile_strict, held, part, then
from fmplang.runtime.compile.weights import weigher
from fmplang.runtime.frames import METER, Coroutine, Frame, Neural
from fmplang.runtime.lanes import Start, one_by_one, side_by_side
from fmplang.runtime.pipelines import passing, pipeline
from fmplang.runtime.streams import (
    END,
    Source,
    Walk,
    builtin_name,
    call_function,
    collect,
    compile_stream,
    is_lazy,
    may_ask,
    pull,
)
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast

# ------------------------------------------------------------- comprehensions


def compile_comprehension(c: Context, node: ast.Comprehension) -> Neural:
    """A list or set; of a generator, the list of its elements, for those who take all of them anyway."""
    if _only_first_asks(c, node.clauses, (node.element,)):
        return _over_asked(c, node)
    if node.kind == "generator":
        return _collected(c, node)
    grouped = node in c.typed.groups
    run = _clauses(c, node.clauses, lambda: part(c, node.element), grouped).whole
    place = c.at(node)
    if node.kind == "set":
        return _set(c, node, run, place)

    def make(frame: Frame, at: Place = place) -> Coroutine:
        made = yield from run(frame)
        frame[METER].items(len(made))
        return made

    return make


def compile_dict_comprehension(c: Context, node: ast.DictComp) -> Neural:
    if _only_first_asks(c, node.clauses, (node.key, node.value)):
        return _over_asked(c, node)
    run = _clauses(c, node.clauses, lambda: _pair(c, node), node in c.typed.groups).whole
    of, place = c.type(node), c.at(node)
    weigh = weigher(of.key) if isinstance(of, DictType) else None

    def make(frame: Frame, at: Place = place) -> Coroutine:
        made: dict[Any, Any] = {}
        for key, value in (yield from run(frame)):
            if weigh is not None:
                weigh(frame[METER], key)
            count = len(made)
            made[key] = value
            charge_growth(frame, count, len(made))
        return made

    return make


def _set(c: Context, node: ast.Comprehension, run: Neural, place: Place) -> Neural:
    of = c.type(node)
    weigh = weigher(of.item) if isinstance(of, SetType) else None

    def make(frame: Frame, at: Place = place) -> Coroutine:
        made = OrderedSet()
        for item in (yield from run(frame)):
            if weigh is not None:
                weigh(frame[METER], item)
            count = len(made)
            made.add(item)
            charge_growth(frame, count, len(made))
        return made

    return make


def _only_first_asks(c: Context, clauses: tuple[ast.Clause, ...], elements: tuple[ast.Expr, ...]) -> bool:
    """`[pure for x in neural if pure]`, the usual case: ask once, then it is a pure comprehension."""
    first, *rest = clauses
    others = [*first.conditions, *elements]
    for clause in rest:
        others += [clause.iter, *clause.conditions]
    return not any(map(c.is_neural, others)) and not is_lazy(c, first.iter)


def _over_asked(c: Context, node: ast.Comprehension | ast.DictComp) -> Neural:
    steps, finish = held(c, [node.clauses[0].iter], lambda: c.library.pure[type(node)](c, node))
    return then(steps, finish)


def _pair(c: Context, node: ast.DictComp) -> Part:
    key, value = part(c, node.key), part(c, node.value)

    def pair(frame: Frame) -> Coroutine:
        name = (yield from key.run(frame)) if key.neural else key.run(frame)
        return name, (yield from value.run(frame)) if value.neural else value.run(frame)

    return Part(pair, True)


class _Elements:
    """All elements of a comprehension: `open` computes its first iterable, `run` makes the list."""

    __slots__ = ("open", "run")

    def __init__(self, open: Neural, run: Callable[[Frame, Any], Coroutine]) -> None:
        self.open = open
        self.run = run

    def whole(self, frame: Frame) -> Coroutine:
        return (yield from self.run(frame, (yield from self.open(frame))))


def _clauses(c: Context, clauses: tuple[ast.Clause, ...], element: Callable[[], Part], grouped: bool) -> _Elements:
    """Each item of a clause contributes the list of elements that it leads to."""
    pipe = pipeline(c, clauses[0].iter) if grouped else None
    walk = Walk(c, clauses[0], pipe is None)
    inner = Part(_clauses(c, clauses[1:], element, grouped).whole, True) if len(clauses) > 1 else element()
    store, last, cost = walk.store, len(clauses) == 1, walk.cost

    def contribution(frame: Frame, value: Any) -> Coroutine:
        store(frame, value)
        if walk.conditions and not (yield from walk.wanted(frame)):
            return ()
        made = (yield from inner.run(frame)) if inner.neural else inner.run(frame)
        return (made,) if last else made

    if pipe is not None:
        return _Elements(pipe.open, lambda frame, opened: pipe.run(frame, opened, contribution, cost))
    source = walk.source
    return _Elements(source.open, lambda frame, opened: _one_by_one(frame, source, opened, contribution, cost))


def _one_by_one(frame: Frame, source: Source, opened: Any, start: Start, cost: int) -> Coroutine:
    """The list of all contributions, in Python's order."""
    out: list[Any] = []
    at = source.place
    while (value := (yield from source.take(opened, at))) is not END:
        frame[METER].work(cost)
        out.extend((yield from start(frame, value)))
        frame[METER].size(len(out))
    return out


# --------------------------------------------------------------------- calls


def compile_call(c: Context, node: ast.Call) -> Neural:
    target = c.typed.calls[node]
    if isinstance(target, (CallNeural, CallValue)) or (isinstance(target, CallFunction) and target.function.neural):
        return compile_asking_call(c, node)
    name = builtin_name(c, node)
    if name in ("any", "all", "next") and is_lazy(c, node.args[0]):
        return _next(c, node) if name == "next" else _any(c, node, name == "any")
    if is_lazy(c, node) and not _numbers_a_group(c, node):
        return _collected(c, node)
    if name in ("sorted", "min", "max") or (isinstance(target, CallMethod) and target.name == "sort"):
        if any(keyword.name == "key" and may_ask(c, keyword.value) for keyword in node.keywords):
            return _by_key(c, node, name or "sort")
    return compile_strict(c, node)


def lazy_part(c: Context, node: ast.Expr, slot: int) -> tuple[Part, Part] | None:
    """For a lazy iterable: a part that opens it, and one that makes a list of what `slot` then holds."""
    if not is_lazy(c, node) or _numbers_a_group(c, node):
        return None
    place, grouped = c.at(node), node in c.typed.groups
    if grouped and isinstance(node, ast.Comprehension) and len(node.clauses) > 1:
        elements = _clauses(c, node.clauses, lambda: part(c, node.element), True)
        return Part(elements.open, True), Part(lambda frame: elements.run(frame, frame[slot]), True)
    pipe = pipeline(c, node) if grouped else None
    if pipe is None:
        return Part(compile_stream(c, node), True), Part(lambda frame: collect(frame, frame[slot], place), True)
    found = pipe

    def together(frame: Frame, at: Place = place) -> Coroutine:
        made = yield from found.run(frame, frame[slot], passing, 0)
        frame[METER].items(len(made))
        return made

    return Part(found.open, True), Part(together, True)


def _numbers_a_group(c: Context, node: ast.Expr) -> bool:
    return isinstance(node, ast.Call) and builtin_name(c, node) == "enumerate" and node.args[0] in c.typed.groups


def _collected(c: Context, node: ast.Expr) -> Neural:
    """All elements of a lazy iterable, as a list."""
    slot = c.temporary()
    parts = lazy_part(c, node, slot)
    assert parts is not None
    opening, collecting = parts

    def run(frame: Frame) -> Coroutine:
        frame[slot] = yield from opening.run(frame)
        return (yield from collecting.run(frame))

    return run


def _any(c: Context, node: ast.Call, stop_at: bool) -> Neural:
    stream = compile_stream(c, node.args[0])

    def run(frame: Frame) -> Coroutine:
        elements = yield from stream(frame)
        while (value := (yield from pull(elements))) is not END:
            if bool(value) is stop_at:
                return stop_at
        return not stop_at

    return run


def _next(c: Context, node: ast.Call) -> Neural:
    stream, default = compile_stream(c, node.args[0]), part(c, node.args[1])

    def run(frame: Frame) -> Coroutine:
        elements = yield from stream(frame)
        otherwise = (yield from default.run(frame)) if default.neural else default.run(frame)
        value = yield from pull(elements)
        return otherwise if value is END else value

    return run


def _by_key(c: Context, node: ast.Call, name: str) -> Neural:
    """`sorted`, `min`, `max`, `list.sort` with a key that may ask: all keys first, then Python's own function."""
    if name in ("min", "max") and len(node.args) == 1 and is_lazy(c, node.args[0]):
        return _extreme(c, node, name)
    place, arguments = c.at(node), textual(c, node)
    names = [keyword.name for keyword in node.keywords]
    slots: dict[ast.Node, int] = {argument: c.temporary() for argument in arguments}
    steps = [(slot, part(c, argument)) for argument, slot in slots.items()]
    lazy = lazy_part(c, arguments[0], steps[0][0])
    if lazy is not None:
        steps = [(steps[0][0], lazy[0]), *steps[1:], (steps[0][0], lazy[1])]
    sort, choose = METHODS["list"]["sort"], FUNCTIONS.get(name)
    drive = side_by_side if node in c.typed.groups else one_by_one

    def run(frame: Frame, at: Place = place) -> Coroutine:
        for slot, step in steps:
            frame[slot] = (yield from step.run(frame)) if step.neural else step.run(frame)
        values = [frame[slot] for slot in slots.values()]
        positional = values[: len(values) - len(names)]
        keywords = dict(zip(names, values[len(positional) :], strict=True))
        function = keywords.pop("key")
        items = take(frame[METER], positional[0] if len(positional) == 1 else positional)

        def contribution(own: Frame, value: Any) -> Coroutine:
            return ((yield from call_function(own, function, value)),)

        keys = iter((yield from drive(frame, items, contribution, 1, at)))
        if choose is None:
            return sort(frame[METER], positional[0], key=lambda _: next(keys), **keywords)
        return choose(frame[METER], items, key=lambda _: next(keys), **keywords)

    return run


def _extreme(c: Context, node: ast.Call, name: str) -> Neural:
    """`min` and `max` over elements that are asked for: Python takes each key before the next element."""
    drive: Callable[[Frame, Any, Start], Coroutine]
    pipe = pipeline(c, node.args[0]) if node in c.typed.groups else None
    if pipe is not None:
        open, drive = pipe.open, lambda frame, opened, start: pipe.run(frame, opened, start, 1)
    else:
        source = Source(c, node.args[0])
        open, drive = source.open, lambda frame, opened, start: _one_by_one(frame, source, opened, start, 1)
    options = {keyword.name: part(c, keyword.value) for keyword in node.keywords}
    choose, place = FUNCTIONS[name], c.at(node)

    def run(frame: Frame, at: Place = place) -> Coroutine:
        opened = yield from open(frame)
        keywords = {}
        for word, option in options.items():
            keywords[word] = (yield from option.run(frame)) if option.neural else option.run(frame)
        function = keywords.pop("key")

        def weighed(own: Frame, value: Any) -> Coroutine:
            return ((value, (yield from call_function(own, function, value))),)

        pairs = yield from drive(frame, opened, weighed)
        keys = iter([key for _, key in pairs])
        return choose(frame[METER], [value for value, _ in pairs], key=lambda _: next(keys), **keywords)

    return run


# --------------------------------------------------------------- comparisons


def compile_compare(c: Context, node: ast.Compare) -> Neural:
    """Each operand once, and none behind the first comparison that fails."""
    if len(node.ops) == 1 and node.ops[0] in ("in", "not in") and is_lazy(c, node.operands[1]):
        return _in_stream(c, node)
    slots: dict[ast.Node, int] = {operand: c.temporary() for operand in node.operands}
    operands = [part(c, operand) for operand in node.operands]
    with c.holding(slots):
        links = [
            comparison(c, op, left, right, node)
            for op, left, right in zip(node.ops, node.operands[:-1], node.operands[1:], strict=True)
        ]
    places = list(slots.values())
    rest = list(zip(places[1:], operands[1:], links, strict=True))
    first, first_place = operands[0], places[0]

    def run(frame: Frame) -> Coroutine:
        frame[first_place] = (yield from first.run(frame)) if first.neural else first.run(frame)
        result = True
        for place, operand, link in rest:
            frame[place] = (yield from operand.run(frame)) if operand.neural else operand.run(frame)
            result = link(frame)
            if not result:
                break
        return result

    return run


def _in_stream(c: Context, node: ast.Compare) -> Neural:
    wanted, stream, found = part(c, node.operands[0]), compile_stream(c, node.operands[1]), node.ops[0] == "in"
    weigh, place = weigher(c.type(node.operands[0])), c.at(node)

    def run(frame: Frame, at: Place = place) -> Coroutine:
        item = (yield from wanted.run(frame)) if wanted.neural else wanted.run(frame)
        elements = yield from stream(frame)
        while (value := (yield from pull(elements))) is not END:
            if weigh is not None:
                weigh(frame[METER], item)
            if value is item or value == item:
                return found
        return not found

    return run
