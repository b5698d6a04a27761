"""The answer of a form, exact over a scene, and with a confidence over what somebody believes to see.

Both are one computation. Whoever looks at a picture is a `Seen`: so many things that may be there, each with chances
for what it is and how it stands to the others. `Known` is the scene itself, whose chances are all 0 or 1; then every
confidence is exactly 1.

Chances are taken to be independent of each other: between things, between the attributes of a thing, and between
relations. Existence, counts, comparisons and attributes follow exactly from that (a count is a Poisson binomial, by
convolution). Where a relation stands in a phrase, two things may lean on the same third one, and `Both` and `Either`
may ask twice about one thing; these are taken as independent as well, so their confidences are near, not exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fmplang.scenes import graph
from fmplang.scenes.forms import (
    NOTHING,
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
    meet,
    valued,
    without_most,
)

Chances = NDArray[np.float64]
Value = bool | int | str


class Seen(Protocol):
    """What somebody believes to see: n candidate things. All chances are from 0 to 1."""

    def present(self) -> Chances:
        """(n,): that the candidate is a thing at all."""

    def chance(self, attribute: str, value: str) -> Chances:
        """(n,): that a thing, if present, has the value. The chances of all values of an attribute sum to 1 at most.
        `attribute` is one of forms.ATTRIBUTES; for `kind` the values are single kinds, never groups."""

    def values(self, attribute: str) -> Sequence[str]:
        """The values that any thing may have; others are never asked for by `What` and `Same`."""

    def related(self, relation: str) -> Chances:
        """(n, n): that the thing of the row, if both are present, stands so to the thing of the column.
        `relation` is one of graph.RELATIONS."""

    def further(self, most: str) -> Chances:
        """(n, n): that the thing of the column is further that way than the thing of the row; forms.MOST."""


class Answer(NamedTuple):
    value: Value
    confidence: float


def answer(seen: Seen, form: Form) -> Answer:
    """The likeliest answer and its chance. Of equally likely answers the one that `chances` lists first."""
    spread = chances(seen, form)
    value = max(spread, key=lambda one: spread[one])
    return Answer(value, min(1.0, max(0.0, spread[value])))


def chances(seen: Seen, form: Form) -> dict[Value, float]:
    """Every possible answer and its chance; they sum to 1. True comes first, N/A last."""
    judge = _Judge(seen)
    if isinstance(form, Count):
        return {number: float(p) for number, p in enumerate(_counted(judge.fits(form.phrase)))}
    if isinstance(form, What):
        return judge.what(form.phrase, form.attribute)
    yes = judge.holds(form)
    return {True: yes, False: 1.0 - yes}


def fits(seen: Seen, phrase: Phrase) -> Chances:
    """(n,): that the candidate is a thing that fits the phrase. What `find` gives back."""
    return _Judge(seen).fits(phrase)


class Known:
    """A scene, or what is left of it, as seen by who knows it. `slack` is how much the geometry is bent: relations that
    are placed are judged as if the picture's side were so much longer (1.5: they must hold clearly). `edge` is by how
    much a thing must be further to count as further, in shares of the picture's side (negative: it need not quite be).
    Things of which less than `visible` can be seen are left out."""

    def __init__(self, scene: graph.Scene, slack: float = 1.0, edge: float = 0.0, visible: float = 0.0) -> None:
        self._scene = scene
        self._kept = [i for i, thing in enumerate(scene.things) if thing.visible >= visible]
        self._things = [scene.things[i] for i in self._kept]
        self._side = max(scene.width, scene.height)
        self._slack, self._edge = slack, edge
        self._found: dict[str, Chances] = {}  # relations, as far as asked for

    def present(self) -> Chances:
        return np.ones(len(self._things))

    def chance(self, attribute: str, value: str) -> Chances:
        return np.array([float(getattr(thing, attribute) == value) for thing in self._things])

    def values(self, attribute: str) -> Sequence[str]:
        return sorted({str(getattr(thing, attribute)) for thing in self._things} - {""})

    def related(self, relation: str) -> Chances:
        if relation not in self._found:
            self._found[relation] = self._stand(relation)
        return self._found[relation]

    def _stand(self, relation: str) -> Chances:
        n = len(self._things)
        found = np.zeros((n, n))
        if relation in graph.LAID:
            place = {kept: i for i, kept in enumerate(self._kept)}
            for name, first, second in self._scene.laid:
                if name == relation and first != second and first in place and second in place:
                    found[place[first], place[second]] = 1.0
            return found
        side = self._side * self._slack
        for i, one in enumerate(self._things):
            for j, other in enumerate(self._things):
                found[i, j] = i != j and graph.placed(relation, one.box, other.box, side)
        return found

    def further(self, most: str) -> Chances:
        boxes = np.array([thing.box for thing in self._things], dtype=np.float64).reshape(-1, 4)
        return further(most, boxes, self._edge * self._side)


def further(most: str, boxes: Chances, edge: float = 0.0) -> Chances:
    """(n, n): 1 where the column's box is further that way than the row's by more than `edge` pixels, as middles of
    `boxes` (n, 4) or, for size, as roots of areas."""
    left, lower, right, upper = boxes.T
    far = {
        "leftmost": -(left + right) / 2, "rightmost": (left + right) / 2, "topmost": (lower + upper) / 2,
        "bottommost": -(lower + upper) / 2, "largest": np.sqrt((right - left) * (upper - lower)),
        "smallest": -np.sqrt((right - left) * (upper - lower)),
    }[most]
    found: Chances = (far[None, :] > far[:, None] + edge).astype(np.float64)
    np.fill_diagonal(found, 0.0)
    return found


class _Judge:
    """Computes over one `Seen`; phrases and relations that come twice are computed once."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._present = seen.present()
        self._fits: dict[Phrase, Chances] = {}
        self._related: dict[str, Chances] = {}

    def holds(self, form: Form) -> float:
        """The chance that it is true. TypeError for a form that is no yes/no question."""
        match form:
            case Exists(phrase):
                return 1.0 - _none(self.fits(without_most(phrase)))  # where there are any, one is the most
            case Is(phrase, quality):
                each = self.fit_all(phrase, quality)
                return min(1.0, float(each.sum())) if phrase.most or quality.most else 1.0 - _none(each)
            case AllAre(phrase, quality):
                return self._every(phrase, quality)
            case Number(phrase, how, number):
                spread = _counted(self.fits(phrase))
                if how == "exactly":
                    return float(spread[number]) if number < len(spread) else 0.0
                return float(spread[number:].sum() if how == "at least" else spread[:number + 1].sum())
            case Compare(first, second, how):
                return self._compared(first, second, how)
            case Same(first, second, attribute, differ):
                return self._alike(first, second, attribute, differ)
            case Both(one, other):
                return self.holds(one) * self.holds(other)
            case Either(one, other):
                return 1.0 - (1.0 - self.holds(one)) * (1.0 - self.holds(other))
            case Not(inner):
                return 1.0 - self.holds(inner)
        raise TypeError(f"not a yes/no question: {form!r}")

    def what(self, phrase: Phrase, attribute: str) -> dict[Value, float]:
        found: dict[Value, float] = {value: self._every(phrase, valued(attribute, value))
                                     for value in self._seen.values(attribute)}
        found[NOTHING] = 1.0 - sum(found.values())
        return found

    def _every(self, phrase: Phrase, quality: Phrase) -> float:
        """The chance that all that fit the phrase have the quality, and that there is at least one."""
        each, so = self.fits(phrase), self.fit_all(phrase, quality)
        if not phrase.most:
            return float(np.prod(1.0 - each + so)) - _none(each)
        # One thing at a time is the most, so chances add up. What they are too many by is due to ties.
        ties = float(each.sum()) - self.holds(Exists(phrase))
        return max(0.0, float(so.sum()) - ties)

    def fits(self, phrase: Phrase) -> Chances:
        if phrase not in self._fits:
            plain = without_most(phrase)
            each = self._plain(plain)
            self._fits[phrase] = each * self._ahead(phrase.most, each) if phrase.most else each
        return self._fits[phrase]

    def fit_all(self, *phrases: Phrase) -> Chances:
        """(n,): that the thing fits all of them. The `most` of each picks from what fits that one alone."""
        together: Phrase | None = phrases[0]
        for phrase in phrases[1:]:
            together = together and meet(together, phrase)
        if together is None:
            return np.zeros(len(self._present))
        each = self._plain(without_most(together))
        for phrase in phrases:
            if phrase.most:
                each = each * self._ahead(phrase.most, self.fits(without_most(phrase)))
        return each

    def _plain(self, phrase: Phrase) -> Chances:
        """(n,): as `fits`, for a phrase without `most`."""
        if phrase in self._fits:
            return self._fits[phrase]
        if phrase.but:
            kept = replace(phrase, but=phrase.but[1:])
            each = np.maximum(self.fits(kept) - self.fit_all(kept, phrase.but[0]), 0.0)
        else:
            each = self._present
            if phrase.kind:
                each = each * sum(self._seen.chance("kind", kind) for kind in phrase.kinds)
            for attribute in ("colour", "material", "size", "text"):
                value = getattr(phrase, attribute)
                if value:
                    each = each * self._seen.chance(attribute, value)
            for relation, other in phrase.related:
                each = each * (1.0 - np.prod(1.0 - self._stands(relation) * self.fits(other)[None, :], axis=1))
        self._fits[phrase] = each
        return each

    def _stands(self, relation: str) -> Chances:
        if relation not in self._related:
            turned = TURNED.get(relation)
            found = self._seen.related(turned).T if turned else self._seen.related(relation)
            self._related[relation] = found * (1.0 - np.eye(len(found)))
        return self._related[relation]

    def _ahead(self, most: str, each: Chances) -> Chances:
        """(n,): that no thing of those is further than this one."""
        beyond = self._seen.further(most)
        return np.asarray(np.prod(1.0 - beyond * (1.0 - np.eye(len(each))) * each[None, :], axis=1))

    def _compared(self, first: Phrase, second: Phrase, how: str) -> float:
        """By the spread of the difference of both counts: what fits both adds nothing to it."""
        shared = self.fit_all(first, second)
        up, down = self.fits(first) - shared, self.fits(second) - shared
        spread = np.ones(1)
        for a, b in zip(up, down, strict=True):
            spread = np.convolve(spread, (b, 1.0 - a - b, a))
        middle = len(up)
        return float({"more": spread[middle + 1:], "fewer": spread[:middle], "as many": spread[middle:middle + 1]}[how]
                     .sum())

    def _alike(self, first: Phrase, second: Phrase, attribute: str, differ: bool) -> float:
        ones, others, shared = self.fits(first), self.fits(second), self.fit_all(first, second)
        neither = 1.0 - (ones + others - shared)
        none = float(np.prod(neither))
        alike = 0.0
        for value in self._seen.values(attribute):
            quality = valued(attribute, value)
            one, other = self.fit_all(first, quality), self.fit_all(second, quality)
            common = self.fit_all(first, second, quality)
            # All that fit either have the value; less the worlds without any of the first, and of the second.
            alike += float(np.prod(neither + one + other - common) - np.prod(neither + other - common)
                           - np.prod(neither + one - common)) + none
        if not differ:
            return alike
        return 1.0 - _none(ones) - _none(others) + none - alike


def _none(each: Chances) -> float:
    return float(np.prod(1.0 - each))


def _counted(each: Chances) -> Chances:
    """(n + 1,): the chance of every number of them (a Poisson binomial)."""
    spread = np.ones(1)
    for one in each:
        spread = np.convolve(spread, (1.0 - one, one))
    return spread
