"""Scenes for a question: what must be in a picture for a description to hold, and what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from fmplang.bench.streams.items import SPLIT
from fmplang.errors import ConfigError
from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.forms import (
    OPPOSITE,
    TURNED,
    AllAre,
    Both,
    Either,
    Exists,
    Form,
    Is,
    Number,
    Phrase,
    meet,
    without_most,
)
from fmplang.scenes.graph import COLOURS, LAID, LOOK_ALIKES, MATERIALS, SIZES, WORDS, Scene
from fmplang.scenes.layout import Wanted, compose
from fmplang.scenes.placing import Relation
from fmplang.scenes.read import read

_TRIES = 40
_VALUES: Mapping[str, tuple[str, ...]] = {"colour": COLOURS, "material": MATERIALS, "size": SIZES, "text": WORDS}


@dataclass(frozen=True, slots=True)
class Stage:
    """Things and relations to compose a scene of."""

    things: tuple[Wanted, ...]
    relations: tuple[Relation, ...]


def staged(text: str, chance: Chance) -> Stage:
    """What a description in English asks for: "a man holding a red cup, and two dogs". Of a group a kind is drawn; what
    must not be there is left to who judges the scene. Raises ValueError for what is not understood."""
    form = understood(text)
    things: list[Wanted] = []
    relations: list[Relation] = []

    def put(phrase: Phrase) -> int:
        at = len(things)
        kind = chance.pick(phrase.kinds) if phrase.kinds else ""
        things.append(Wanted(kind, phrase.colour, phrase.material, phrase.size, phrase.text))
        for relation, other in phrase.related:
            to = put(other)
            relations.append((TURNED[relation], to, at) if relation in TURNED else (relation, at, to))
        return at

    def stage(form: Form) -> None:
        match form:
            case Exists(phrase):
                put(phrase)
            case Is(phrase, quality) | AllAre(phrase, quality):
                joined = meet(without_most(phrase), without_most(quality))
                put(phrase if joined is None else joined)
            case Number(phrase, _, number):
                for _ in range(number):
                    put(phrase)
            case Both(first, second):
                stage(first)
                stage(second)
            case Either(first, second):
                stage(first if chance.happens(0.5) else second)
            case _:
                pass

    stage(form)
    return Stage(tuple(things), tuple(relations))


@lru_cache(maxsize=1024)
def understood(text: str) -> Form:
    """What a question or description means. ValueError where that is not understood."""
    form = read(text) or read(f"there is {text}")
    if form is None:
        raise ValueError(f"not understood: {text!r}")
    return form


def broken(stage: Stage, chance: Chance) -> Stage:
    """The stage with one condition changed: another kind, colour, material, size or text, a relation turned round or
    left out, or a thing taken away."""
    fields = ("kind", *_VALUES)
    ways = [(field, at) for at, thing in enumerate(stage.things) for field in fields if getattr(thing, field)]
    ways += [("gone", at) for at in range(len(stage.things)) if len(stage.things) > 1]
    ways += [(way, at) for at in range(len(stage.relations)) for way in ("apart", "turned")]
    way, at = chance.pick(ways)
    if way == "gone":
        return _taken(stage, at)
    if way in fields:
        thing = stage.things[at]
        value = getattr(thing, way)
        others = LOOK_ALIKES[value] if way == "kind" else [other for other in _VALUES[way] if other != value]
        changed = replace(thing, **{way: chance.pick(others)})
        if way == "kind":
            changed = replace(changed, text="")
        return replace(stage, things=(*stage.things[:at], changed, *stage.things[at + 1:]))
    relation, first, second = stage.relations[at]
    kept = stage.relations[:at] + stage.relations[at + 1:]
    if way == "apart":
        return replace(stage, relations=kept)
    if relation == "behind":
        return replace(stage, relations=(*kept, (relation, second, first)))
    if relation in LAID or relation == "next to":  # close by or to one side, but not so
        others = [other for other in ("next to", "left of", "right of") if other != relation]
        return replace(stage, relations=(*kept, (chance.pick(others), first, second)))
    return replace(stage, relations=(*kept, (OPPOSITE[relation], first, second)))


def composed(stream: str, query: str, role: str, number: int, make: Callable[[Chance], Stage],
             fits: Callable[[Scene], bool]) -> Scene:
    """The scene of that number for a role: what `make` stages, such that it `fits`. Raises ConfigError (FMP860) where
    none is found."""
    chance = Chance(seed_of(stream, query, role, number))
    place = seed_of(stream, query, role) * 10_000 + number
    for _ in range(_TRIES):
        stage = make(chance)
        try:
            return compose(SPLIT, place, stage.things, stage.relations, refuse=lambda scene: not fits(scene),
                           count=len(stage.things) + chance.whole(0, 3))
        except ConfigError:  # too full, or what is changed cannot be: another way
            continue
    raise ConfigError(f"no scene was found for {role} {number} of {stream}/{query}", code="FMP860",
                      hint="this is a fault of the query's table")


def _taken(stage: Stage, at: int) -> Stage:
    """Without a thing, and what was said of it."""
    def place(of: int) -> int:
        return of - (of > at)

    return Stage(stage.things[:at] + stage.things[at + 1:],
                 tuple((r, place(a), place(b)) for r, a, b in stage.relations if at not in (a, b)))

