"""Composed scenes hold what is wanted, and nothing that is forbidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.errors import ConfigError
from fmplang.scenes.graph import RELATIONS, Scene, Thing
from fmplang.scenes.layout import Wanted, compose
from tests.scenes.test_layout import holds

numbers = st.integers(0, 10**6)
RIDE = [Wanted("man"), Wanted("cup", "red"), Wanted("dog"), Wanted("horse")]
RIDDEN = [("holding", 0, 1), ("left of", 0, 2), ("on", 0, 3)]


def cups(thing: Thing) -> bool:
    return thing.kind == "cup"


@given(numbers, st.floats(0, 1))
def test_a_rider_with_a_cup_left_of_a_dog(number: int, hard: float) -> None:
    made = compose("bench", number, RIDE, RIDDEN, without=cups, hardness=hard)
    holds(made)
    assert made == compose("bench", number, RIDE, RIDDEN, without=cups, hardness=hard)
    (cup,) = [i for i, thing in enumerate(made.things) if thing.kind == "cup"]
    assert made.things[cup].colour == "red"
    (man,) = [a for relation, a, b in made.laid if relation == "holding" and b == cup]
    assert made.things[man].kind == "man"
    assert any(made.related("on", man, i) and thing.kind == "horse" for i, thing in enumerate(made.things))
    assert any(made.related("left of", man, i) and thing.kind == "dog" for i, thing in enumerate(made.things))


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_relation_can_be_wanted(relation: str) -> None:
    first, second = ("man", "star") if relation == "holding" else ("cat", "box")
    for number in range(5):
        made = compose("bench", number, [Wanted(first), Wanted(second)], [(relation, 0, 1)], count=4,
                       without=lambda thing: thing.kind in (first, second))
        places = {thing.kind: i for i, thing in enumerate(made.things)}
        assert len(made.things) <= 4
        assert made.related(relation, places[first], places[second])


@given(numbers)
def test_what_is_left_open_is_open_to_without(number: int) -> None:
    made = compose("bench", number, [Wanted("cup"), Wanted("cup")], hardness=0.6,
                   without=lambda thing: thing.colour in ("red", "blue"))
    assert all(thing.colour not in ("red", "blue") for thing in made.things)
    assert sum(thing.kind == "cup" for thing in made.things) >= 2


def test_refused_scenes_are_not_given() -> None:
    def crowded(made: Scene) -> bool:
        return made.background != "brick"

    assert all(compose("bench", number, [Wanted("dog")], refuse=crowded).background == "brick" for number in range(3))


def test_nothing_wanted_is_a_scene_too() -> None:
    assert len(compose("bench", 3, [], count=5, hardness=0.1).things) >= 2


@pytest.mark.parametrize(("things", "relations", "said"), [
    ([Wanted("dragon")], [], "'dragon' is not drawn"),
    ([Wanted("dog", text="STOP")], [], "signs alone"),
    ([Wanted("dog"), Wanted("cat")], [("holding", 0, 1)], "a dog holds nothing"),
    ([Wanted("dog"), Wanted("cup")], [("inside", 0, 1)], "nothing is inside a cup"),
    ([Wanted("dog", size="large"), Wanted("box", size="small")], [("on", 0, 1)], "sizes"),
    ([Wanted("dog"), Wanted("cat")], [("beside", 0, 1)], "no relation"),
    ([Wanted("dog"), Wanted("cat")], [("on", 0, 2)], "no relation"),
    ([Wanted("dog"), Wanted("cat")], [("left of", 0, 1), ("left of", 1, 0)], "no scene was found"),
    ([Wanted("dog")] * 13, [], "too many"),
])
def test_what_cannot_be_is_said(things: list[Wanted], relations: list[tuple[str, int, int]], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as told:
        compose("bench", 0, things, relations)
    assert told.value.code == "FMP860" and told.value.hint
