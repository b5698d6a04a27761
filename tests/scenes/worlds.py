"""Scenes, forms and uncertain views of them for these tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from fmplang.scenes import graph
from fmplang.scenes.forms import (
    MOST,
    TURNED,
    AllAre,
    Both,
    Compare,
    Count,
    Either,
    Exists,
    Form,
    Is,
    Not,
    Number,
    Phrase,
    Same,
    What,
)
from fmplang.scenes.graph import Scene, Thing

VALUES = {"kind": graph.KINDS, "colour": graph.COLOURS, "material": graph.MATERIALS, "size": graph.SIZES,
          "text": graph.WORDS}


def thing(kind: str, colour: str = "red", at: tuple[float, float] = (10, 10), *, material: str = "plain",
          size: str = "medium", text: str = "", side: float = 20, visible: float = 1.0) -> Thing:
    return Thing(kind, colour, material, size, (at[0], at[1], at[0] + side, at[1] + side), text, visible)


def scene(*things: Thing, laid: Sequence[tuple[str, int, int]] = ()) -> Scene:
    return Scene("test/0", 128, 128, "white", things, frozenset(laid))


def random_scene(rng: np.random.Generator, most: int = 6, kinds: Sequence[str] = graph.KINDS) -> Scene:
    """Things anywhere, some laid on others."""
    count = int(rng.integers(0, most + 1))
    things = []
    for _ in range(count):
        left, lower, side = *rng.integers(0, 98, 2), int(rng.integers(10, 30))
        kind = str(rng.choice(kinds))
        things.append(Thing(kind, str(rng.choice(graph.COLOURS[:3])), str(rng.choice(graph.MATERIALS[:2])),
                            str(rng.choice(graph.SIZES)),
                            (float(left), float(lower), float(left + side), float(lower + side)),
                            str(rng.choice(graph.WORDS)) if kind == "sign" else ""))
    laid = {(str(rng.choice(graph.LAID)), int(rng.integers(count)), int(rng.integers(count)))
            for _ in range(count)} if count else set()
    return scene(*things, laid=[one for one in laid if one[1] != one[2]])


class Doubtful:
    """A `Seen` of any chances; `sample` draws a world from it, with every chance independent."""

    def __init__(self, rng: np.random.Generator, things: int, values: dict[str, Sequence[str]]) -> None:
        self._values = values
        self._present = rng.uniform(0.1, 1.0, things)
        self._chance = {attribute: rng.dirichlet(np.ones(len(options)), things)
                        for attribute, options in values.items()}
        self._related = {relation: rng.uniform(0.0, 1.0, (things, things)) for relation in graph.RELATIONS}
        self._places = rng.permutation(things)

    def present(self) -> np.ndarray:
        return self._present

    def chance(self, attribute: str, value: str) -> np.ndarray:
        options = list(self._values[attribute])
        if value not in options:
            return np.zeros(len(self._present))
        return self._chance[attribute][:, options.index(value)]

    def values(self, attribute: str) -> Sequence[str]:
        return self._values[attribute]

    def related(self, relation: str) -> np.ndarray:
        return self._related[relation]

    def further(self, most: str) -> np.ndarray:
        return (self._places[None, :] > self._places[:, None]).astype(float)

    def sample(self, rng: np.random.Generator) -> Doubtful:
        drawn = object.__new__(Doubtful)
        drawn._values = self._values
        drawn._present = (rng.uniform(size=self._present.shape) < self._present).astype(float)
        drawn._chance = {}
        for attribute, chance in self._chance.items():
            picks = (chance.cumsum(axis=1) > rng.uniform(size=(len(chance), 1))).argmax(axis=1)
            drawn._chance[attribute] = np.eye(chance.shape[1])[picks]
        drawn._related = {name: (rng.uniform(size=one.shape) < one).astype(float)
                          for name, one in self._related.items()}
        drawn._places = self._places
        return drawn


# ------------------------------------------------------------------ an evaluator that looks at one thing at a time


def plainly_fits(world: Scene, i: int, phrase: Phrase) -> bool:
    one = world.things[i]
    if phrase.kind and one.kind not in phrase.kinds:
        return False
    if any(value and getattr(one, field) != value
           for field in ("colour", "material", "size", "text") for value in [getattr(phrase, field)]):
        return False
    for relation, other in phrase.related:
        if not any(plainly_fits(world, j, other) and plainly_related(world, relation, i, j)
                   for j in range(len(world.things))):
            return False
    if any(plainly_fits(world, i, refused) for refused in phrase.but):
        return False
    if phrase.most:
        rest = Phrase(phrase.kind, phrase.colour, phrase.material, phrase.size, phrase.text, phrase.related, phrase.but)
        return all(plainly_far(world, j, phrase.most) <= plainly_far(world, i, phrase.most)
                   for j in range(len(world.things)) if plainly_fits(world, j, rest))
    return True


def plainly_related(world: Scene, relation: str, i: int, j: int) -> bool:
    return world.related(TURNED[relation], j, i) if relation in TURNED else world.related(relation, i, j)


def plainly_far(world: Scene, i: int, most: str) -> float:
    one = world.things[i]
    area = (one.box[2] - one.box[0]) * (one.box[3] - one.box[1])
    return {"leftmost": -one.middle[0], "rightmost": one.middle[0], "topmost": one.middle[1],
            "bottommost": -one.middle[1], "largest": area, "smallest": -area}[most]


def plain_truth(world: Scene, form: Form) -> bool | int | str:
    def those(phrase: Phrase) -> set[int]:
        return {i for i in range(len(world.things)) if plainly_fits(world, i, phrase)}

    match form:
        case Exists(phrase):
            return bool(those(phrase))
        case Count(phrase):
            return len(those(phrase))
        case Number(phrase, how, number):
            count = len(those(phrase))
            return {"exactly": count == number, "at least": count >= number, "at most": count <= number}[how]
        case Is(phrase, quality):
            return bool(those(phrase) & those(quality))
        case AllAre(phrase, quality):
            return bool(those(phrase)) and those(phrase) <= those(quality)
        case What(phrase, attribute):
            found = {getattr(world.things[i], attribute) for i in those(phrase)}
            return found.pop() or "N/A" if len(found) == 1 else "N/A"
        case Compare(first, second, how):
            a, b = len(those(first)), len(those(second))
            return {"more": a > b, "fewer": a < b, "as many": a == b}[how]
        case Same(first, second, attribute, differ):
            if not those(first) or not those(second):
                return False
            found = {getattr(world.things[i], attribute) for i in those(first) | those(second)}
            return (len(found) == 1 and "" not in found) != differ
        case Both(one, other):
            return bool(plain_truth(world, one)) and bool(plain_truth(world, other))
        case Either(one, other):
            return bool(plain_truth(world, one)) or bool(plain_truth(world, other))
        case Not(inner):
            return not plain_truth(world, inner)


# ------------------------------------------------------------------ forms of every shape


def _field(options: Sequence[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.sampled_from(options))


def phrases(depth: int = 1, most: bool = True) -> st.SearchStrategy[Phrase]:
    kinds = _field((*graph.KINDS[8:], "person", "animal", "vehicle", "shape"))
    relations = st.sampled_from((*graph.RELATIONS, *TURNED))
    inner = phrases(depth - 1, False) if depth else st.nothing()
    related = st.lists(st.tuples(relations, inner), max_size=2, unique=True).map(tuple) if depth else st.just(())
    but = st.lists(phrases(0, False), max_size=1).map(tuple) if depth else st.just(())
    return st.builds(Phrase, kinds, _field(graph.COLOURS[:3]), _field(graph.MATERIALS[:2]), _field(graph.SIZES),
                     st.just(""), related, but, _field(MOST) if most else st.just(""))


def forms(some: st.SearchStrategy[Phrase]) -> st.SearchStrategy[Form]:
    attributes = st.sampled_from(("kind", "colour", "material", "size", "text"))
    asked = st.one_of(
        st.builds(Exists, some), st.builds(Is, some, some), st.builds(AllAre, some, some),
        st.builds(Number, some, st.sampled_from(("exactly", "at least", "at most")), st.integers(0, 4)),
        st.builds(Compare, some, some, st.sampled_from(("more", "fewer", "as many"))),
        st.builds(Same, some, some, attributes, st.booleans()))
    return st.one_of(asked, st.builds(Count, some), st.builds(What, some, attributes), st.builds(Both, asked, asked),
                     st.builds(Either, asked, asked), st.builds(Not, asked))
