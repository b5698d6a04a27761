"""What a simulated model believes to see.

Of each thing in view, and of each attribute, the model holds one value for the likeliest and one for the next best:
the truth and what looks like it, in this order where it is right. How sure it is is drawn first, more or less as the
thing is easy to see; then whether it is right, with just that chance. So a belief of 0.8 is right in 8 of 10 cases, and
the answers of truth.py over it have a confidence that is worth what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from fmplang.scenes import graph
from fmplang.scenes.graph import Box, Scene, Thing
from fmplang.scenes.truth import further

Chances = NDArray[np.float64]

SEEN = 0.3  # the share of a thing's box that must lie in a crop for it to be in view
OF_IT = 0.5  # a crop is of a thing when they share so much of what they cover together
# How likely each is taken for another, against a kind.
WEIGHTS = {"present": 0.8, "kind": 1.0, "colour": 0.5, "material": 0.8, "size": 0.6, "text": 1.0}
_PLACED, _LAID = 0.25, 1.0  # the same for relations
_OTHERS = {"colour": graph.COLOURS, "material": graph.MATERIALS, "size": graph.SIZES, "text": graph.WORDS}


@dataclass(frozen=True, slots=True)
class Eyes:
    """How often a model takes one thing for another: `easy` at difficulty 0, `hard` at difficulty 1. With each further
    thing that a question names it errs more often, by the share `strain`."""

    easy: float
    hard: float
    strain: float = 0.0

    def error(self, difficulty: Chances, things: int = 1) -> Chances:
        """Of each thing, for a question that names so many."""
        plain = self.easy + (self.hard - self.easy) * difficulty ** 2
        return plain * (1 + self.strain * max(0, things - 1))


class View:
    """The part of a scene that an image shows.

    `things` are places in the scene. `of` is the one that a crop is of, as a detector's boxes are; other things of
    its kind do not count then, since who asks about such a crop means that one.
    """

    def __init__(self, scene: Scene, box: Box) -> None:
        self.scene = scene
        self.box = box
        self.whole = box[0] <= 0 and box[1] <= 0 and box[2] >= scene.width and box[3] >= scene.height
        shared = [_shared(thing.box, box) for thing in scene.things]
        area = _area(box)
        self.near = {i: part / (_area(thing.box) + area - part)
                     for i, (thing, part) in enumerate(zip(scene.things, shared, strict=True))}
        kept = [i for i, thing in enumerate(scene.things) if self.whole or shared[i] >= SEEN * _area(thing.box)]
        close = [] if self.whole else [i for i in kept if self.near[i] >= OF_IT]
        self.of = max(close, key=lambda i: self.near[i]) if close else None
        self.things = tuple(kept)

    def meant(self) -> View:
        """Without the others of the kind that the crop is of."""
        if self.of is not None:
            kind = self.scene.things[self.of].kind
            self.things = tuple(i for i in self.things if i == self.of or self.scene.things[i].kind != kind)
        return self

    def difficulty(self) -> Chances:
        """Of each thing in view: its own in a crop; in a whole picture the mean of its own and the scene's."""
        own = np.array([self.scene.things[i].difficulty for i in self.things], dtype=np.float64)
        return (own + self.scene.difficulty) / 2 if self.whole else own


class Belief:
    """A `scenes.truth.Seen`: what the model holds to be in view, asked a question that names so many `things`. `key` is
    what its errors hang on."""

    def __init__(self, view: View, eyes: Eyes, key: str, things: int = 1) -> None:
        self._view, self._key = view, key
        self._things: Sequence[Thing] = [view.scene.things[i] for i in view.things]
        self._error = eyes.error(view.difficulty(), things)
        self._held: dict[str, tuple[list[str], list[str], Chances]] = {}
        self._relations: dict[str, Chances] = {}

    def present(self) -> Chances:
        unsure, right = self._drawn("present", WEIGHTS["present"] * self._error)
        return np.where(right, 1 - unsure, unsure)

    def chance(self, attribute: str, value: str) -> Chances:
        first, second, unsure = self._attribute(attribute)
        return np.array([1 - u if value == a else u if value == b else 0.0
                         for a, b, u in zip(first, second, unsure, strict=True)])

    def values(self, attribute: str) -> Sequence[str]:
        first, second, unsure = self._attribute(attribute)
        return sorted(({*first} | {b for b, u in zip(second, unsure, strict=True) if u > 0}) - {""})

    def related(self, relation: str) -> Chances:
        if relation not in self._relations:
            n, view = len(self._things), self._view
            stand = np.array([[view.scene.related(relation, i, j) for j in view.things] for i in view.things],
                             dtype=bool).reshape(n, n)
            error = np.maximum(self._error[:, None], self._error[None, :])
            if relation in graph.LAID:  # taken for so only where they touch
                error = error * _LAID * np.array([[stand[i, j] or (i != j and _shared(a.box, b.box) > 0)
                                                   for j, b in enumerate(self._things)]
                                                  for i, a in enumerate(self._things)], dtype=bool).reshape(n, n)
            else:
                error = error * _PLACED * (1 - np.eye(n))
            unsure, right = self._drawn(relation, error)
            self._relations[relation] = np.where(stand == right, 1 - unsure, unsure)
        return self._relations[relation]

    def further(self, most: str) -> Chances:
        """Of the parts that are in view. Nothing is larger than what a crop is of: it is what "this" means."""
        left, lower, right, upper = self._view.box
        found = further(most, np.array([(max(box[0], left), max(box[1], lower), min(box[2], right), min(box[3], upper))
                                        for box in (thing.box for thing in self._things)],
                                       dtype=np.float64).reshape(-1, 4))
        if most == "largest" and self._view.of is not None:
            of = self._view.things.index(self._view.of)
            found[:, of] = 1.0
            found[of, :] = 0.0
        return found

    def scene(self) -> tuple[Scene, float]:
        """The likeliest scene, as far as it is in view, and the chance that all things in it are as believed."""
        present = self.present()
        sure = float(np.prod(np.maximum(present, 1 - present)))
        things = list(self._things)
        for attribute in ("kind", "colour", "material", "size", "text"):
            first, _, unsure = self._attribute(attribute)
            sure *= float(np.prod(1 - unsure))
            things = [replace(thing, **{attribute: value})  # type: ignore[arg-type]
                      for thing, value in zip(things, first, strict=True)]
        kept = [i for i, p in enumerate(present) if p >= 0.5]
        laid = frozenset((relation, a, b) for relation in graph.LAID for a, i in enumerate(kept)
                         for b, j in enumerate(kept) if i != j and self.related(relation)[i, j] >= 0.5)
        return replace(self._view.scene, things=tuple(things[i] for i in kept), laid=laid), sure

    def _attribute(self, attribute: str) -> tuple[list[str], list[str], Chances]:
        if attribute not in self._held:
            values = [str(getattr(thing, attribute)) for thing in self._things]
            error = WEIGHTS[attribute] * self._error * np.array([bool(value) for value in values], dtype=bool)
            unsure, right = self._drawn(attribute, error)
            others = [self._other(attribute, thing, spin)
                      for thing, spin in zip(self._things, self._spins(attribute), strict=True)]
            first = [a if ok else b for a, b, ok in zip(values, others, right, strict=True)]
            second = [b if ok else a for a, b, ok in zip(values, others, right, strict=True)]
            self._held[attribute] = first, second, unsure
        return self._held[attribute]

    def _other(self, attribute: str, thing: Thing, spin: float) -> str:
        """What the thing's value may be taken for."""
        value = str(getattr(thing, attribute))
        options = graph.LOOK_ALIKES[value] if attribute == "kind" else [o for o in _OTHERS[attribute] if o != value]
        return options[int(spin * len(options))]

    def _drawn(self, what: str, error: Chances) -> tuple[Chances, NDArray[np.bool_]]:
        """How unsure the model is, on average as unsure as `error`, at most 0.5; and whether it is right."""
        draws = np.random.default_rng(hashed(self._key, what)).random((2, *error.shape))
        unsure = np.minimum(0.5, 3 * error * draws[0] ** 2)
        return unsure, draws[1] >= unsure

    def _spins(self, what: str) -> Chances:
        return np.random.default_rng(hashed(self._key, what, "other")).random(len(self._things))


def hashed(*parts: object) -> int:
    """A whole number below 2^64 that follows from what is named."""
    text = "\0".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _shared(first: Box, second: Box) -> float:
    across = min(first[2], second[2]) - max(first[0], second[0])
    up = min(first[3], second[3]) - max(first[1], second[1])
    return across * up if across > 0 and up > 0 else 0.0
