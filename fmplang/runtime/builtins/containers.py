"""The methods of list, tuple, dict and set. Each is Python's own, behind its charge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from fmplang.runtime.builtins.iteration import (
    ENTRY,
    build,
    compare_cost,
    count_of,
    hash_cost,
    key_cost,
    of_keys,
    pieces,
    search_cost,
    take,
)
from fmplang.runtime.values import OrderedSet

if TYPE_CHECKING:
    from fmplang.limits import Meter

Table = dict[str, Callable[..., Any]]
_MISSING: Any = object()

# --------------------------------------------------------------------- list


def _append(meter: Meter, xs: list[Any], x: Any) -> None:
    meter.room -= 8
    if meter.room < 0 or len(xs) >= meter.limits.items:  # the hot path: no calls
        meter.memory(0)
        meter.size(len(xs) + 1)
    xs.append(x)


def _extend(meter: Meter, xs: list[Any], more: Iterable[Any]) -> None:
    count = count_of(more)
    if count is not None:
        meter.size(len(xs) + count)
    taken = take(meter, more)
    meter.size(len(xs) + len(taken))
    xs += taken


def _insert(meter: Meter, xs: list[Any], i: int, x: Any) -> None:
    meter.size(len(xs) + 1)
    meter.memory(8)
    meter.work(len(xs) >> 6)
    xs.insert(i, x)


def _list_pop(meter: Meter, xs: list[Any], i: int = -1) -> Any:
    if i != -1:
        meter.work(len(xs) >> 6)
    return xs.pop(i)


def _remove(meter: Meter, xs: list[Any], x: Any) -> None:
    search_cost(meter, len(xs), x)
    xs.remove(x)


def _count(meter: Meter, xs: Any, x: Any) -> int:
    search_cost(meter, len(xs), x)
    return xs.count(x)  # type: ignore[no-any-return]


def _index(meter: Meter, xs: Any, x: Any, *where: int) -> int:
    search_cost(meter, len(xs), x)
    return xs.index(x, *where)  # type: ignore[no-any-return]


def _list_copy(meter: Meter, xs: list[Any]) -> list[Any]:
    meter.items(len(xs))
    meter.work(len(xs) >> 4)
    return xs.copy()


def _reverse(meter: Meter, xs: list[Any]) -> None:
    meter.work(len(xs) >> 4)
    xs.reverse()


def _sort(meter: Meter, xs: list[Any], *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> None:
    if key is None:
        charge_sorting(meter, xs)
        xs.sort(reverse=reverse)
        return
    held = xs[:]
    xs.clear()  # as in Python: a key that looks at the list sees nothing
    try:
        made = ordered(meter, held, key, reverse)
    except BaseException:
        xs[:] = held
        raise
    changed = bool(xs)
    xs[:] = made
    if changed:
        raise ValueError("list modified during sort")


def ordered(meter: Meter, xs: list[Any], key: Callable[[Any], Any], reverse: bool) -> list[Any]:
    """A sorted copy. All keys are made before two are compared, as in Python, so what they cost is known in time."""
    keys = [key(x) for x in xs]
    charge_sorting(meter, keys)
    return [xs[i] for i in sorted(range(len(xs)), key=keys.__getitem__, reverse=reverse)]


def charge_sorting(meter: Meter, keys: list[Any]) -> None:
    count = len(keys)
    meter.memory(8 * count)
    meter.work(count * max(1, count.bit_length()) * compare_cost(meter, keys) >> 2)


def _clear(meter: Meter, xs: Any) -> None:
    xs.clear()


LIST: Table = {
    "append": _append,
    "clear": _clear,
    "copy": _list_copy,
    "count": _count,
    "extend": _extend,
    "index": _index,
    "insert": _insert,
    "pop": _list_pop,
    "remove": _remove,
    "reverse": _reverse,
    "sort": _sort,
}

TUPLE: Table = {"count": _count, "index": _index}

# --------------------------------------------------------------------- dict


def _dict_copy(meter: Meter, d: dict[Any, Any]) -> dict[Any, Any]:
    meter.items(len(d), ENTRY)
    meter.work(len(d) >> 2)
    return d.copy()


def _get(meter: Meter, d: dict[Any, Any], key: Any, default: Any = None) -> Any:
    key_cost(meter, key)
    return d.get(key, default)


def _dict_pop(meter: Meter, d: dict[Any, Any], key: Any, default: Any = _MISSING) -> Any:
    key_cost(meter, key)
    return d.pop(key) if default is _MISSING else d.pop(key, default)


def _setdefault(meter: Meter, d: dict[Any, Any], key: Any, default: Any) -> Any:
    key_cost(meter, key)
    if key not in d:
        meter.size(len(d) + 1)
        meter.memory(ENTRY)
    return d.setdefault(key, default)


def _update(meter: Meter, d: dict[Any, Any], other: Any) -> None:
    if type(other) is dict:
        meter.memory(ENTRY * len(other))
        meter.work(len(other) >> 1)
        if len(d) + len(other) > meter.limits.items:
            meter.size(len(d) + sum(1 for key in other if key not in d))
        d.update(other)
        return
    made: dict[Any, Any] = {}
    for piece in pieces(meter, other):
        pairs = [_pair(pair) for pair in piece]
        hash_cost(meter, [pair[0] for pair in pairs])
        meter.memory(ENTRY * len(pairs))
        made.update(pairs)
        meter.size(len(made))
    _update(meter, d, made)


def _pair(pair: Any) -> Any:
    if type(pair) is not tuple and type(pair) is not list:
        raise TypeError("a dict is made of pairs")
    if len(pair) != 2:
        raise ValueError(f"a dict is made of pairs, not of {len(pair)} elements")
    return pair


DICT: Table = {
    "clear": _clear,
    "copy": _dict_copy,
    "get": _get,
    "items": lambda meter, d: d.items(),
    "keys": lambda meter, d: d.keys(),
    "pop": _dict_pop,
    "setdefault": _setdefault,
    "update": _update,
    "values": lambda meter, d: d.values(),
}

# ---------------------------------------------------------------------- set


def _as_set(meter: Meter, xs: Iterable[Any]) -> OrderedSet:
    """All elements, before anything is done with them."""
    return xs if type(xs) is OrderedSet else of_keys(build(meter, xs))


def _add(meter: Meter, s: OrderedSet, x: Any) -> None:
    key_cost(meter, x)
    if x not in s:
        meter.size(len(s) + 1)
        meter.memory(ENTRY)
    s.add(x)


def _discard(meter: Meter, s: OrderedSet, x: Any) -> None:
    key_cost(meter, x)
    s.discard(x)


def _set_remove(meter: Meter, s: OrderedSet, x: Any) -> None:
    key_cost(meter, x)
    s.remove(x)


def _set_pop(meter: Meter, s: OrderedSet) -> Any:
    return s.pop()


def _set_copy(meter: Meter, s: OrderedSet) -> OrderedSet:
    meter.items(len(s), ENTRY)
    meter.work(len(s) >> 2)
    return s.copy()


def _grow(meter: Meter, s: OrderedSet, others: Iterable[OrderedSet]) -> None:
    for other in others:
        meter.memory(ENTRY * len(other))
        meter.work(len(other) >> 2)
        if len(s) + len(other) > meter.limits.items:
            meter.size(len(s) + sum(1 for x in other if x not in s))
        s.update(other)


def _set_update(meter: Meter, s: OrderedSet, *others: Iterable[Any]) -> None:
    _grow(meter, s, [_as_set(meter, other) for other in others])


def _union(meter: Meter, s: OrderedSet, *others: Iterable[Any]) -> OrderedSet:
    taken = [_as_set(meter, other) for other in others]
    made = _set_copy(meter, s)
    _grow(meter, made, taken)
    return made


def _shrinks(name: str) -> Callable[..., Any]:
    """A method whose result has no more elements than the receiver, or that only compares."""
    method = getattr(OrderedSet, name)
    compares = name.startswith("is")

    def shrink(meter: Meter, s: OrderedSet, *others: Iterable[Any]) -> Any:
        taken = [_as_set(meter, other) for other in others]
        if not compares:
            meter.items(len(s), ENTRY)
        meter.work(len(s) * (len(taken) + 1) + sum(map(len, taken)) >> 2)
        return method(s, *taken)

    return shrink


def _symmetric_difference_update(meter: Meter, s: OrderedSet, other: Iterable[Any]) -> None:
    taken = _as_set(meter, other)
    meter.memory(ENTRY * len(taken))
    meter.work(len(taken) >> 1)
    if len(s) + len(taken) > meter.limits.items:
        meter.size(len(s) + sum(-1 if x in s else 1 for x in taken))
    s.symmetric_difference_update(taken)


def _symmetric_difference(meter: Meter, s: OrderedSet, other: Iterable[Any]) -> OrderedSet:
    taken = _as_set(meter, other)
    made = _set_copy(meter, s)
    _symmetric_difference_update(meter, made, taken)
    return made


SET: Table = {
    **{
        name: _shrinks(name)
        for name in (
            "difference", "difference_update", "intersection", "intersection_update", "isdisjoint", "issubset",
            "issuperset",
        )
    },
    "add": _add,
    "clear": _clear,
    "copy": _set_copy,
    "discard": _discard,
    "pop": _set_pop,
    "remove": _set_remove,
    "symmetric_difference": _symmetric_difference,
    "symmetric_difference_update": _symmetric_difference_update,
    "union": _union,
    "update": _set_update,
}
