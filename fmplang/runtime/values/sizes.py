"""How large a value is, before anything is done with it.

Values are trees that may share branches: forty lines `b = [a, a]` make a value of forty lists whose text has a
million million parts. So sizes are counted once per shared branch, and work is charged by the size of the tree.
"""

from __future__ import annotations

from typing import Any

from fmplang.errors import LimitError
from fmplang.runtime.values.records import RecordValue, fields_of
from fmplang.runtime.values.sets import OrderedSet

CHARS_A_STEP = 64
DEEPEST = 200  # nested types are refused long before this


def tree_size(value: Any) -> int:
    """Steps to compare, hash or copy the value as a tree: 1 for each scalar and container, more for long text."""
    kind = type(value)
    if kind is int or kind is float or kind is bool or value is None:
        return 1
    if kind is str:
        return 1 + len(value) // CHARS_A_STEP
    return _tree_size(value, {}, 0)


def _tree_size(value: Any, seen: dict[int, int], depth: int) -> int:
    kind = type(value)
    if kind is str:
        return 1 + len(value) // CHARS_A_STEP
    if kind is dict:
        parts: Any = [*value.keys(), *value.values()]
    elif kind is RecordValue:
        parts = value.__values__
    elif kind is list or kind is tuple or kind is OrderedSet:
        parts = value
    else:
        return 1
    known = seen.get(id(value))
    if known is None:
        _check_depth(depth)
        known = 1
        for part in parts:
            kind = type(part)
            known += 1 if kind is int or kind is float or kind is bool else _tree_size(part, seen, depth + 1)
        seen[id(value)] = known
    return known


def largest(items: Any) -> int:
    """The size of the largest element, at least 1: what one comparison may cost."""
    most = 1
    for item in items:
        kind = type(item)
        if kind is int or kind is float or kind is bool:
            continue
        most = max(most, tree_size(item))
    return most


def text_size(value: Any) -> int:
    """`len(repr(value))`, without making the text."""
    return _text_size(value, {}, 0)


def _text_size(value: Any, seen: dict[int, int], depth: int) -> int:
    kind = type(value)
    if kind is str:
        plain = value.isascii() and value.isprintable() and "'" not in value and "\\" not in value
        return len(value) + 2 if plain else len(repr(value))
    if kind is dict or kind is list or kind is tuple or kind is OrderedSet or kind is RecordValue:
        known = seen.get(id(value))
        if known is None:
            _check_depth(depth)
            known = seen[id(value)] = _container_size(value, seen, depth + 1)
        return known
    return len(repr(value))


def _container_size(value: Any, seen: dict[int, int], depth: int) -> int:
    if type(value) is RecordValue:
        shape = value.__shape__
        inside = sum(len(f) + 1 + _text_size(v, seen, depth) for f, v in fields_of(value))
        return len(shape.name) + 2 + inside + 2 * max(0, len(shape.fields) - 1)
    if not value:
        return 5 if type(value) is OrderedSet else 2
    commas = 2 * (len(value) - 1)
    if type(value) is dict:
        return 2 + commas + sum(_text_size(k, seen, depth) + 2 + _text_size(v, seen, depth) for k, v in value.items())
    trailing = 1 if type(value) is tuple and len(value) == 1 else 0
    return 2 + commas + trailing + sum(_text_size(item, seen, depth) for item in value)


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise LimitError(f"a value is nested deeper than {DEEPEST}", limit="nesting", ceiling=DEEPEST, code="FMP603",
                         hint="Nest values less.")
