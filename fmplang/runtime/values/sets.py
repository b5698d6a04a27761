"""The set of FMP: Python's set, but it iterates in the order of insertion, so that a run never depends on hashing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Self


class OrderedSet:
    """Equal to another set with the same elements, whatever their order. Mutable, so not hashable.

    Results of operators keep the order of the left side, then that of the right side. `pop` takes the last
    element (Python takes an arbitrary one). Operators take sets only and methods any iterable, as in Python.
    """

    __slots__ = ("_items",)
    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items: dict[Any, None] = dict.fromkeys(items)

    @staticmethod
    def _of(items: dict[Any, None]) -> OrderedSet:
        made = OrderedSet.__new__(OrderedSet)
        made._items = items
        return made

    # ------------------------------------------------------------- reading

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self._items)) + "}" if self._items else "set()"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderedSet):
            return self._items.keys() == other._items.keys()
        if isinstance(other, (set, frozenset)):
            return self._items.keys() == other
        return NotImplemented

    def __le__(self, other: object) -> bool:
        return self._items.keys() <= other._items.keys() if isinstance(other, OrderedSet) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._items.keys() < other._items.keys() if isinstance(other, OrderedSet) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._items.keys() >= other._items.keys() if isinstance(other, OrderedSet) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._items.keys() > other._items.keys() if isinstance(other, OrderedSet) else NotImplemented

    def issubset(self, other: Iterable[Any]) -> bool:
        return self <= _as_set(other)

    def issuperset(self, other: Iterable[Any]) -> bool:
        return self >= _as_set(other)

    def isdisjoint(self, other: Iterable[Any]) -> bool:
        mine = self._items
        return not any(item in mine for item in other)

    def copy(self) -> OrderedSet:
        return self._of(self._items.copy())

    # ----------------------------------------------------------- combining

    def union(self, *others: Iterable[Any]) -> OrderedSet:
        made = self.copy()
        made.update(*others)
        return made

    def intersection(self, *others: Iterable[Any]) -> OrderedSet:
        made = self.copy()
        made.intersection_update(*others)
        return made

    def difference(self, *others: Iterable[Any]) -> OrderedSet:
        made = self.copy()
        made.difference_update(*others)
        return made

    def symmetric_difference(self, other: Iterable[Any]) -> OrderedSet:
        made = self.copy()
        made.symmetric_difference_update(other)
        return made

    def __or__(self, other: object) -> OrderedSet:
        return self._of({**self._items, **other._items}) if isinstance(other, OrderedSet) else NotImplemented

    def __and__(self, other: object) -> OrderedSet:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        theirs = other._items
        return self._of({item: None for item in self._items if item in theirs})

    def __sub__(self, other: object) -> OrderedSet:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        theirs = other._items
        return self._of({item: None for item in self._items if item not in theirs})

    def __xor__(self, other: object) -> OrderedSet:
        return self.symmetric_difference(other) if isinstance(other, OrderedSet) else NotImplemented

    # ------------------------------------------------------------ changing

    def add(self, item: object) -> None:
        self._items[item] = None

    def discard(self, item: object) -> None:
        self._items.pop(item, None)

    def remove(self, item: object) -> None:
        del self._items[item]

    def pop(self) -> Any:
        if not self._items:
            raise KeyError("pop from an empty set")
        return self._items.popitem()[0]

    def clear(self) -> None:
        self._items.clear()

    def update(self, *others: Iterable[Any]) -> None:
        for other in others:
            self._items.update(dict.fromkeys(other))

    def intersection_update(self, *others: Iterable[Any]) -> None:
        for other in others:
            theirs = _as_set(other)._items
            self._items = {item: None for item in self._items if item in theirs}

    def difference_update(self, *others: Iterable[Any]) -> None:
        for other in others:
            for item in list(other):
                self._items.pop(item, None)

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        for item in _as_set(other).copy():
            if item in self._items:
                del self._items[item]
            else:
                self._items[item] = None

    def __ior__(self, other: object) -> Self:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        self.update(other)
        return self

    def __iand__(self, other: object) -> Self:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        self.intersection_update(other)
        return self

    def __isub__(self, other: object) -> Self:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        self.difference_update(other)
        return self

    def __ixor__(self, other: object) -> Self:
        if not isinstance(other, OrderedSet):
            return NotImplemented
        self.symmetric_difference_update(other)
        return self


def _as_set(items: Iterable[Any]) -> OrderedSet:
    return items if isinstance(items, OrderedSet) else OrderedSet(items)
