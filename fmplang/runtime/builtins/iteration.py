"""Taking elements from whatever can be iterated, with their charges.

A step is about one element looked at; copying pointers is sixteen times cheaper. What has a length is charged at
once; what has none is taken in pieces, each charged before the next is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from fmplang.runtime.values import OrderedSet, RecordValue, largest, tree_size

if TYPE_CHECKING:
    from fmplang.limits import Meter

PIECE = 256
ENTRY = 100  # bytes of an entry of a set or dict

_SIZED = frozenset({list, tuple, dict, str, OrderedSet, type({}.keys()), type({}.values()), type({}.items())})
_DEEP = frozenset({tuple, RecordValue})
_FLAT = frozenset({int, float, bool, type(None)})


def count_of(xs: Iterable[Any]) -> int | None:
    """How many elements, where that is known without taking them."""
    kind = type(xs)
    if kind in _SIZED:
        return len(xs)  # type: ignore[arg-type]
    if kind is range:
        first, last, step = xs.start, xs.stop, xs.step  # type: ignore[attr-defined]
        return int(max(0, (last - first + step - (1 if step > 0 else -1)) // step))  # len() stops at 2**63
    return None


def pieces(meter: Meter, xs: Iterable[Any]) -> Iterator[list[Any]]:
    """The elements in lists of at most PIECE, a step charged for each element."""
    source = iter(xs)
    while piece := list(islice(source, PIECE)):
        meter.work(len(piece))
        yield piece


def metered(meter: Meter, xs: Iterable[Any]) -> Iterator[Any]:
    """The elements one by one, a step charged for each."""
    for x in xs:
        meter.work(1)
        yield x


def take(meter: Meter, xs: Iterable[Any]) -> list[Any]:
    """A new list of all elements."""
    count = count_of(xs)
    if count is not None:
        if type(xs) is range:
            meter.items(count, 8 + 32)  # makes its integers
            meter.work(count >> 2)
        elif type(xs) is str:
            meter.items(count, 8 + 60)
            meter.work(count >> 2)
        else:
            meter.items(count)
            meter.work(count >> 4)
        return list(xs)
    made: list[Any] = []
    meter.memory(56)
    for piece in pieces(meter, xs):
        meter.size(len(made) + len(piece))
        meter.memory(8 * len(piece))
        made += piece
    return made


def build(meter: Meter, xs: Iterable[Any]) -> dict[Any, None]:
    """The distinct elements in order, as keys.

    In pieces, so that the clocks are looked at even where all elements have one hash.
    """
    if type(xs) is OrderedSet or type(xs) is dict:  # their hashes are known
        meter.items(len(xs), ENTRY)
        meter.work(len(xs) >> 2)
        return dict.fromkeys(xs)
    made: dict[Any, None] = {}
    meter.memory(56)
    for piece in pieces(meter, xs):
        hash_cost(meter, piece)
        before = len(made)
        made.update(dict.fromkeys(piece))
        meter.size(len(made))
        meter.memory(ENTRY * (len(made) - before))
    return made


def of_keys(keys: dict[Any, None]) -> OrderedSet:
    return OrderedSet._of(keys)


def hash_cost(meter: Meter, keys: Iterable[Any]) -> None:
    """Charge for hashing: tuples and records are walked through, every time."""
    if not _DEEP.isdisjoint(map(type, keys)):
        meter.work(sum(map(tree_size, keys)))


def key_cost(meter: Meter, key: Any) -> None:
    """Charge for hashing one key."""
    if type(key) in _DEEP:
        meter.work(tree_size(key))


def compare_cost(meter: Meter, xs: Iterable[Any]) -> int:
    """Steps of one comparison between elements of `xs`, which has a known length."""
    if type(xs) is range or type(xs) is str or _FLAT.issuperset(map(type, xs)):
        return 1
    return largest(xs)


def search_cost(meter: Meter, count: int, x: Any) -> None:
    """Charge for comparing `x` with `count` elements."""
    meter.work(count * tree_size(x) >> 2)
