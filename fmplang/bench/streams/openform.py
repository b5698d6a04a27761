"""`openform`: 50 questions with open answers, each with its program, on pictures of which some do not answer them.

After the streaming open-form visual question answering of the paper. Ten questions of each kind: spatial, logical,
numerical, comparison, knowledge. The right answer is a text: a word, a number, "yes" or "no", and "N/A" where the
picture cannot answer, as where there are look-alikes alone of what is asked for. A stream has three sorts of pictures:
hits, composed to have an answer; near misses, composed likewise but with "N/A" as the answer; and ordinary ones, which
all streams share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from fmplang.bench.streams.items import Item, Part, all_of, named, ordered, ordinary, ordinary_part
from fmplang.bench.streams.open_queries import QUERIES, STREAM, OpenQuery
from fmplang.bench.streams.staging import Stage, broken, composed, staged
from fmplang.scenes.chance import Chance
from fmplang.scenes.forms import NOTHING
from fmplang.scenes.graph import Scene
from fmplang.scenes.truth import Known

__all__ = ["COUNT", "OpenQuery", "made", "openform", "pictures", "queries", "query_named", "questions"]

COUNT = 500
HITS, NEAR = 0.5, 0.2  # shares of the pictures that are composed to have an answer, and to have none


@dataclass(frozen=True, slots=True)
class _Judge:
    query: OpenQuery

    def __call__(self, scene: Scene) -> str:
        return self.query.answer(Known(scene))


def queries() -> tuple[OpenQuery, ...]:
    """All of them, ten of each kind."""
    return QUERIES


def query_named(name: str) -> OpenQuery:
    """ConfigError (FMP863) where there is none."""
    return named(STREAM, QUERIES, name)


def questions() -> Mapping[str, Callable[[Scene], str]]:
    """What is true of a scene, for the questions that `scenes.read` does not read in full; for the simulation."""
    return {query.text: _Judge(query) for query in QUERIES if query.needs or query.rule}


@lru_cache(maxsize=2 ** 15)
def made(name: str, role: str, number: int) -> Scene:
    """The scene of a query: role `hit`, `near` or `ordinary`, from 0. Ordinary ones are the same for all."""
    if role == "ordinary":
        return ordinary(number)
    query = query_named(name)

    def make(chance: Chance) -> Stage:
        if role == "near" and query.near and chance.happens(0.6):
            return staged(chance.pick(query.near), chance)
        stage = staged(chance.pick(query.staged), chance)
        return broken(stage, chance) if role == "near" else stage

    def fits(scene: Scene) -> bool:
        truth = query.label(scene)
        return truth is not None and (truth != NOTHING) == (role == "hit")

    return composed(STREAM, name, role, number, make, fits)


def openform(query: str, seed: int = 0, count: int = COUNT) -> Iterator[Item]:
    """The stream of a query: `count` pictures. Which, and in which order, follows from the query and the seed. Labels
    are texts.

    Raises ConfigError (FMP863) for a query that there is not.
    """
    query_named(query)
    return ordered(STREAM, query, seed, _parts(count), partial(made, query), partial(_labelled, query))


def pictures(query: str) -> Iterator[Item]:
    """Every picture that any seed's stream of the usual length may show, some 6,000: for tables of answers."""
    query_named(query)
    return all_of(_parts(COUNT), partial(made, query), partial(_labelled, query))


def _parts(count: int) -> tuple[Part, ...]:
    hits, near = round(count * HITS), round(count * NEAR)
    return (Part("hit", hits, max(hits, round(COUNT * HITS))), Part("near", near, max(near, round(COUNT * NEAR))),
            ordinary_part(count - hits - near))


@lru_cache(maxsize=2 ** 19)
def _labelled(name: str, role: str, number: int) -> str | None:
    return query_named(name).label(made(name, role, number))
