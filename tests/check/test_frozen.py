"""Frozen records behave as frozen dataclasses do."""

from __future__ import annotations

import copy

import pytest

from fmplang.check.types import INT, STR, DictType, ListType, SetType
from fmplang.frozen import Frozen, fields, replace


class Point(Frozen, eq=True):
    x: int
    y: int = 0


class Named(Point, eq=True):
    name: str = ""


class Node(Frozen):
    at: int


def test_fields_come_in_order_with_defaults_and_by_name() -> None:
    assert fields(Named) == ("x", "y", "name")
    one = Named(1, name="a")
    assert (one.x, one.y, one.name) == (1, 0, "a")
    assert repr(one) == "Named(x=1, y=0, name='a')"


def test_equality_is_by_structure_and_by_class() -> None:
    assert Point(1) == Point(1, 0) and hash(Point(1)) == hash(Point(1, 0))
    assert Point(1) != Point(2) and Point(1) != Named(1)
    assert ListType(INT) == ListType(INT) != SetType(INT)
    assert DictType(STR, INT) != DictType(INT, STR)


def test_identity_is_the_default() -> None:
    assert Node(1) != Node(1)
    assert len({Node(1), Node(1)}) == 2


def test_nothing_can_be_assigned() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Point(1).z = 2  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        del Point(1).x


@pytest.mark.parametrize("args, named", [((), {}), ((1, 2, 3), {}), ((1,), {"z": 3}), ((1,), {"x": 3})])
def test_wrong_arguments_are_type_errors(args: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(*args, **named)


def test_copies_and_replacements() -> None:
    one = Point(1, 2)
    assert copy.copy(one) is one and copy.deepcopy([one])[0] is one
    assert replace(one, y=3) == Point(1, 3)
