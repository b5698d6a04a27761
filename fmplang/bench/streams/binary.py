"""`binary`: 33 yes/no questions of two to five conditions, each with its program, and yes in 1 of 100 pictures.

After the streaming binary visual question answering of the paper. A stream has three sorts of pictures: hits, composed
to be a yes; near misses, composed likewise but with one condition broken (a look-alike, another colour, a relation
turned round or missing); and ordinary pictures, which all questions share. So 33 streams of 2,000 pictures show about
12,000 different ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from fmplang.bench.streams.items import (
    Item,
    Part,
    all_of,
    named,
    ordered,
    ordinary,
    ordinary_part,
    program_text,
    sure,
)
from fmplang.bench.streams.staging import Stage, broken, composed, staged, understood
from fmplang.scenes.chance import Chance
from fmplang.scenes.forms import Form
from fmplang.scenes.graph import Scene
from fmplang.scenes.truth import answer

STREAM = "binary"
COUNT = 2000
SHARE = 0.01  # of yes
NEAR = 0.075  # of hard noes
HITS_OF_ALL, NEAR_OF_ALL = 20, 150  # composed pictures that the seeds choose among, unless a stream needs more


@dataclass(frozen=True)
class Query:
    """`text` is the question; what it means, and so the truth, is what `scenes.read` reads. `staged` are descriptions
    of pictures to begin with, where the question itself is none; `near` are some that should be a no."""

    name: str
    text: str
    staged: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        return understood(self.text)

    @property
    def program(self) -> str:
        """The text of its FMP program."""
        return program_text(STREAM, self.name)

    def label(self, scene: Scene) -> bool | None:
        """The right answer; None where it hangs on a hair."""
        truth = sure(scene, lambda seen: answer(seen, self.form).value)
        return None if truth is None else bool(truth)


QUERIES: tuple[Query, ...] = (
    Query("rider_with_cup", "Is there a man that is on a horse and is holding a cup?",
          near=("a man on a horse and a woman holding a cup", "a man holding a cup and a horse")),
    Query("star_in_ring", "Is there a red star inside a ring that is next to a dog?"),
    Query("umbrella_and_car", "Is there a woman who is holding an umbrella and is to the left of a car?"),
    Query("dog_on_box", "Is there a brown dog on a green box?"),
    Query("cat_at_stop_sign", "Is there a cat inside a house and a sign that says STOP?"),
    Query("horses_alone", "Are there at least two horses but no people?",
          near=("two horses and a person", "a horse and a dog and a tree", "a person on a horse and a horse")),
    Query("bird_over_truck", "Is there a bird above a blue truck?"),
    Query("striped_cup", "Is there a striped cup on a green box?"),
    Query("taxi", "Is there a yellow car next to a sign that says TAXI?"),
    Query("cafe_guest", "Is there a person who is holding a cup and is next to a sign that says CAFE?"),
    Query("blue_shapes", "Are there at least two shapes and are the shapes blue?", ("two blue shapes",),
          ("a blue shape and a red shape", "two blue shapes and a purple shape", "a blue shape and a blue box")),
    Query("more_dogs", "Are there more dogs than cats, and is there a woman?",
          ("a dog and a woman", "two dogs and a cat and a woman"),
          ("a dog and a cat and a woman", "two dogs and a man", "two cats and a dog and a woman")),
    Query("cup_under_bird", "Is there a cup that is to the right of a dotted box and is below a bird?"),
    Query("same_colour", "Are the man and the woman the same colour?",
          ("a red man and a red woman", "a blue man and a blue woman", "a green man and a green woman"),
          ("a man and a woman", "two blue men and a purple woman", "a red man and a red dog")),
    Query("horse_behind_tree", "Is there a white horse behind a tree?"),
    Query("heart_in_box", "Is there a heart inside a box but no star?",
          near=("a heart inside a box and a star", "a heart and a box", "a star inside a box and a heart")),
    Query("bus_stop", "Is there a truck to the left of a house and a sign that says BUS?"),
    Query("three_circles", "Are there exactly three circles and a large square?",
          near=("four circles and a large square", "two circles and a large square", "three circles and a small square",
                "two circles and a ring and a large square")),
    Query("bird_on_house", "Is there a bird on a house that is to the left of a tree?"),
    Query("horse_and_dog", "Is there a woman on a horse that is next to a dog?"),
    Query("shiny_red_car", "Is there a shiny red car but no truck?",
          near=("a shiny red car and a truck", "a plain red car and a shiny blue car", "a shiny red truck")),
    Query("cross_by_hexagon", "Is there a small cross next to a large hexagon?"),
    Query("help_sign", "Is there a man holding a sign that says HELP?"),
    Query("cat_behind_car", "Is there a black cat behind a car?"),
    Query("first_has_cup", "Is the leftmost person holding a cup?", ("a person holding a cup and a person",),
          ("a person and a person holding a cup", "a person and a cup", "a person holding an umbrella and a cup")),
    Query("largest_animal", "Is the largest animal a striped horse?",
          ("a striped horse and a dog", "a large striped horse and a cat"),
          ("a large dog and a small striped horse", "a large plain horse and a medium dog", "a large striped dog")),
    Query("two_umbrellas", "Are there two umbrellas and are the umbrellas different colours?", ("two umbrellas",),
          ("two red umbrellas", "two blue umbrellas", "three umbrellas", "an umbrella and a bird")),
    Query("guarded", "Is there a dog inside a house or a cat inside a box?",
          near=("a dog inside a box and a house", "a cat inside a house and a box", "a dog and a house")),
    Query("speed_limit", "Is there a sign that says 50 above a car?"),
    Query("three_purple", "Are there at least three purple things?",
          near=("two purple things and a pink thing", "two purple things and a blue thing")),
    Query("cup_of_hers", "Is there a man who is not holding a cup and is next to a woman who is holding a cup?",
          near=("a man who is holding a cup and is next to a woman who is holding a cup",
                "a man holding a cup next to a woman", "a man next to a woman, and a cup")),
    Query("white_bird", "Is the topmost bird white, and is there a triangle?", ("a white bird and a triangle",),
          ("a white bird and a bird and a triangle", "a black bird and a triangle", "a white bird and a tree")),
    Query("cup_on_car", "Is there a cup on a car that is next to a tree?"),
)


def queries() -> tuple[Query, ...]:
    """All of them, in their order."""
    return QUERIES


def query_named(name: str) -> Query:
    """ConfigError (FMP863) where there is none."""
    return named(STREAM, QUERIES, name)


@lru_cache(maxsize=2 ** 13)
def made(name: str, role: str, number: int) -> Scene:
    """The scene of a query: role `hit`, `near` or `ordinary`, from 0. Ordinary ones are the same for all."""
    if role == "ordinary":
        return ordinary(number)
    query = query_named(name)

    def make(chance: Chance) -> Stage:
        if role == "near" and query.near and chance.happens(0.5):
            return staged(chance.pick(query.near), chance)
        stage = staged(chance.pick(query.staged or (query.text,)), chance)
        return broken(stage, chance) if role == "near" else stage

    return composed(STREAM, name, role, number, make, lambda scene: query.label(scene) is (role == "hit"))


def binary(query: str, seed: int = 0, count: int = COUNT, share: float = SHARE) -> Iterator[Item]:
    """The stream of a query: `count` pictures, of which `share` are a yes. Which ordinary ones, and the order of all,
    follow from the query and the seed. Labels are bools.

    Raises ConfigError (FMP863) for a query that there is not, or for more pictures than can be found.
    """
    query_named(query)
    return ordered(STREAM, query, seed, _parts(count, share), partial(made, query), partial(_labelled, query))


def pictures(query: str) -> Iterator[Item]:
    """Every picture that any seed's stream of the usual length may show, some 6,000: for tables of answers."""
    query_named(query)
    return all_of(_parts(COUNT, SHARE), partial(made, query), partial(_labelled, query))


def _parts(count: int, share: float) -> tuple[Part, ...]:
    hits = max(1, round(count * share)) if share else 0
    near = round(min(count - hits, NEAR * count))
    return (Part("hit", hits, max(hits, HITS_OF_ALL)), Part("near", near, max(near, NEAR_OF_ALL)),
            ordinary_part(count - hits - near))


@lru_cache(maxsize=2 ** 18)
def _labelled(name: str, role: str, number: int) -> bool | None:
    """None for an ordinary picture that is a yes: of those the streams show none."""
    truth = query_named(name).label(made(name, role, number))
    return None if truth and role == "ordinary" else truth
