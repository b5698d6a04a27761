"""How hard a thing and a scene are to see, from 0 to 1, from what can be seen in the picture alone.

A thing's difficulty is 1 - (1 - a)(1 - b)..., over what hinders it, each with its weight, so it never falls when
something gets worse:

    hinders     grows with                                                         at most
    size        the longer side falling from 50 to 12 pixels of 128                0.40
    hidden      the share of it that is covered, from 0 to 0.65                    0.50
    contrast    the colour nearing the ground's, from a distance of 0.35 to 0      0.30
    near        things and scraps close to it, from 0 to 6                         0.22
    noise       grey levels over what contrast is left, from 0 to 60; more where small   0.60
    blur        its radius against the size: from 0 to a tenth of it                0.55
    dark        the share of light that is missing, from 0 to 0.85                 0.35
    haze        the share of contrast that is missing, from 0 to 0.85              0.40

A scene's is the mean of the mean over its things and of the hardest of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmplang.scenes.graph import Box, Nuisance, Thing
from fmplang.scenes.grounds import tones
from fmplang.scenes.inks import INKS, distance
from fmplang.scenes.scraps import scraps

_REACH = 8.0  # pixels of 128: how far from a thing its neighbours count


def thing_difficulty(size: float, visible: float, contrast: float, near: float, nuisance: Nuisance) -> float:
    """`size` is the longer side in pixels of 128, `near` the number of neighbours."""
    small = _share((50 - size) / 38)
    noise = nuisance.noise / max(0.15, (1 - nuisance.dark) * (1 - nuisance.haze))
    left = (1 - 0.4 * small)
    left *= 1 - 0.5 * _share((1 - visible) / 0.65)
    left *= 1 - 0.3 * _share((0.35 - contrast) / 0.35)
    left *= 1 - 0.22 * _share(near / 6)
    left *= 1 - 0.6 * _share(noise / 60 * (0.6 + 0.4 * small))
    left *= 1 - 0.55 * _share(nuisance.blur / size * 10)
    left *= 1 - 0.35 * _share(nuisance.dark / 0.85)
    left *= 1 - 0.4 * _share(nuisance.haze / 0.85)
    return 1 - left


def scene_difficulty(things: Sequence[float]) -> float:
    """Of the difficulties of its things."""
    return (sum(things) / len(things) + max(things)) / 2 if things else 0.0


def contrast(name: str, background: str, colour: str, box: Box, height: int) -> float:
    """How far, from 0 to 1, the thing's colour is from the ground it stands before."""
    upper, lower, line = tones(name, background)
    return distance(INKS[colour], upper if (box[1] + box[3]) / 2 > line * height else lower)


def neighbours(name: str, boxes: Sequence[Box], clutter: int, width: int, height: int) -> list[float]:
    """For each box how many others come near; a scrap counts a third."""
    reach = _REACH * max(width, height) / 128
    bits = [(sum(x for x, _ in bit.points) / len(bit.points), height - sum(y for _, y in bit.points) / len(bit.points))
            for bit in scraps(name, clutter, width, height)]
    counts = []
    for i, (left, low, right, high) in enumerate(boxes):
        left, low, right, high = left - reach, low - reach, right + reach, high + reach
        count = sum(1.0 for j, box in enumerate(boxes)
                    if j != i and box[0] < right and box[2] > left and box[1] < high and box[3] > low)
        counts.append(count + sum(1 for x, y in bits if left < x < right and low < y < high) / 3)
    return counts


def difficulties(name: str, background: str, things: Sequence[Thing], nuisance: Nuisance, width: int,
                 height: int) -> list[float]:
    """The difficulty of each thing of a scene, of its box, colour and visible share."""
    unit = max(width, height) / 128
    near = neighbours(name, [thing.box for thing in things], nuisance.clutter, width, height)
    return [thing_difficulty(max(t.box[2] - t.box[0], t.box[3] - t.box[1]) / unit, t.visible,
                             contrast(name, background, t.colour, t.box, height), count, nuisance)
            for t, count in zip(things, near, strict=True)]


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
