"""What streams are made of: pictures with the right answer, and the ordinary pictures that all queries share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from fmplang.errors import ConfigError
from fmplang.runtime.values.images import Image, ImageSource
from fmplang.scenes import graph
from fmplang.scenes.ask import Views
from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from fmplang.scenes.truth import Chances, Known, Seen, Value

SPLIT = "bench"
ORDINARY = 6000  # how many ordinary pictures all queries share
PROGRAMS = Path(__file__).resolve().parent.parent / "programs"


@dataclass(frozen=True)
class Item:
    """One input of a stream: its place from 0, what the picture shows, the right answer, and the role it plays:
    `hit`, `near` (a hard one: a condition is broken) or `ordinary`. The picture is drawn when it is asked for."""

    number: int
    scene: graph.Scene
    label: Value
    role: str

    @cached_property
    def image(self) -> Image:
        """What a program gets. The picture is drawn when its pixels are first looked at."""
        return Image(ImageSource(lambda: draw(self.scene), self.scene.name), (0, 0, self.scene.width,
                                                                               self.scene.height))

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 3), from 0 to 255."""
        return self.image.pixels


class _Middles(Known):
    """A scene as by who goes by the middles of boxes alone, however little they differ, and takes one of what is
    level or as large."""

    def __init__(self, scene: graph.Scene) -> None:
        super().__init__(scene)
        self._bare = Known(scene, slack=0.0)

    def related(self, relation: str) -> Chances:
        if relation == "next to" or relation in graph.LAID:
            return super().related(relation)
        return self._bare.related(relation)

    def further(self, most: str) -> Chances:
        found = super().further(most)
        broken: Chances = np.maximum(found, np.tril((found == 0) & (found.T == 0), -1))
        return broken


def sure(scene: graph.Scene, judge: Callable[[Seen], Value]) -> Value | None:
    """What is judged of a scene, or None where it hangs on a hair: on whether something is far enough to the left, or
    near enough, or clear enough to see. Such pictures stand in no stream, so that a program may take "left of" as it
    likes."""
    exact, *others = Views(scene).ways
    truth = judge(exact)
    return truth if all(judge(other) == truth for other in (*others, _Middles(scene))) else None


@lru_cache(maxsize=2 * ORDINARY)
def ordinary(number: int) -> graph.Scene:
    """The scene of that number that all streams share."""
    return scene(SPLIT, number)


@dataclass(frozen=True, slots=True)
class Part:
    """So many pictures of a role, chosen by the seed `among` the first ones there are."""

    role: str
    count: int
    among: int


def ordinary_part(count: int) -> Part:
    """Among more than all share only where a stream is very long."""
    return Part("ordinary", count, ORDINARY if count < 0.6 * ORDINARY else 2 * count)


Made = Callable[[str, int], graph.Scene]  # of a role and a number
Label = Callable[[str, int], Value | None]  # of the same; None where the picture is not to be shown


def ordered(stream: str, query: str, seed: int, parts: Sequence[Part], made: Made, label: Label) -> Iterator[Item]:
    """The items of a stream, in an order of their own for each seed. Raises ConfigError (FMP863) where there are too
    few."""
    chance = Chance(seed_of(stream, query, seed))
    places = chance.shuffled([part.role for part in parts for _ in range(part.count)])
    left = {part.role: iter(chance.shuffled(range(part.among))) for part in parts}
    for number, role in enumerate(places):
        for at in left[role]:
            truth = label(role, at)
            if truth is not None:
                yield Item(number, made(role, at), truth, role)
                break
        else:
            raise ConfigError(f"{stream}/{query} has too few pictures of the role {role}", code="FMP863",
                              hint="ask for fewer")


def all_of(parts: Sequence[Part], made: Made, label: Label) -> Iterator[Item]:
    """Every picture that a stream of these parts may show."""
    number = 0
    for part in parts:
        for at in range(part.among):
            truth = label(part.role, at)
            if truth is not None:
                yield Item(number, made(part.role, at), truth, part.role)
                number += 1


class Named(Protocol):
    """A query."""

    @property
    def name(self) -> str: ...


Q = TypeVar("Q", bound=Named)


def named(stream: str, queries: Sequence[Q], name: str) -> Q:
    """The query of that name. ConfigError (FMP863) where there is none."""
    for query in queries:
        if query.name == name:
            return query
    raise ConfigError(f"there is no query {name!r} in {stream}", code="FMP863",
                      hint=f"there is {', '.join(query.name for query in queries)}")


def program_text(stream: str, query: str) -> str:
    """The FMP program of a query."""
    return (PROGRAMS / stream / f"{query}.fmp").read_text(encoding="utf-8")
