"""Boxes that detectors found: merging them, how sure they are, and the crops that programs get.

Boxes here are (left, top, width, height) in pixels of the searched image, origin at the top left, as the
detectors give them; `crops` turns them round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fmplang.runtime.values.images import Image


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate. `votes` is how many windows at neighbouring places and sizes agree on it."""

    left: float
    top: float
    width: float
    height: float
    votes: float

    def scaled(self, factor: float) -> Found:
        return Found(self.left * factor, self.top * factor, self.width * factor, self.height * factor, self.votes)

    def shifted(self, right: float, down: float) -> Found:
        return Found(self.left + right, self.top + down, self.width, self.height, self.votes)


def shared(a: Found, b: Found) -> float:
    """The area that two boxes share."""
    across = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    down = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    return max(0.0, across) * max(0.0, down)


def overlap(a: Found, b: Found) -> float:
    """Intersection over union."""
    both = shared(a, b)
    return both / (a.width * a.height + b.width * b.height - both) if both else 0.0


def distinct(found: Iterable[Found], *, most: float = 0.3, inside: float = 0.7) -> list[Found]:
    """Non-maximum suppression: of boxes that overlap, or lie in one another, the one with most votes stays."""
    kept: list[Found] = []
    for box in sorted(found, key=_order):
        area = box.width * box.height
        if not any(overlap(box, k) > most or shared(box, k) > inside * min(area, k.width * k.height) for k in kept):
            kept.append(box)
    return kept


def merged(found: Iterable[Found], *, least: float = 0.5) -> list[Found]:
    """Boxes of several searches as one each: the mean by votes, with all their votes."""
    made = []
    rest = sorted(found, key=_order)
    while rest:
        same = [other for other in rest if overlap(other, rest[0]) > least]
        rest = [other for other in rest if other not in same]
        votes = sum(box.votes for box in same)
        left, top, width, height = (
            sum(getattr(box, side) * box.votes for box in same) / votes for side in ("left", "top", "width", "height")
        )
        made.append(Found(left, top, width, height, votes))
    return made


def agreed(first: Iterable[Found], second: Sequence[Found], *, least: float = 0.4) -> list[Found]:
    """The boxes of the first that the second also has; votes are those of the more doubtful of the two."""
    both = []
    for box in first:
        others = [other for other in second if overlap(box, other) > least]
        if others:
            votes = min(box.votes, max(other.votes for other in others))
            both.append(Found(box.left, box.top, box.width, box.height, votes))
    return both


def confidence(found: Iterable[Found], needed: float) -> float:
    """How sure a list is, in [0.5, 1]: how far the most doubtful candidate lies from the votes it needs."""
    sure = 1.0
    for box in found:
        high, low = max(box.votes, needed), min(box.votes, needed)
        sure = min(sure, high / (high + low))
    return sure


def crops(image: Image, found: Iterable[Found]) -> list[Image]:
    """The crops of an image, most votes first, then from the left, then from the top."""
    made = []
    for box in sorted(found, key=_order):
        left, right = round(box.left), round(box.left + box.width)
        top, bottom = round(box.top), round(box.top + box.height)
        height = image.height
        if min(right, image.width) > max(left, 0) and min(bottom, height) > max(top, 0):
            made.append(image.crop(left, height - bottom, right, height - top))
    return made


def _order(box: Found) -> tuple[float, ...]:
    return (-box.votes, box.left, box.top, box.width, box.height)
