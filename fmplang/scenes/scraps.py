"""Clutter: scraps that are no thing. They follow from a scene's name and their number: layout and render agree."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.inks import INKS, Ink, shade

OVER = 0.2  # the share of scraps that lie over the things


@dataclass(frozen=True, slots=True)
class Scrap:
    """A polygon in pixels from the upper left, its colour, and whether it lies over the things."""

    points: tuple[tuple[float, float], ...]
    ink: Ink
    over: bool


def scraps(name: str, count: int, width: int, height: int) -> tuple[Scrap, ...]:
    """The first `count` scraps of a scene."""
    if not count:
        return ()
    chance = Chance(seed_of(name, "scraps"))
    inks = tuple(INKS.values())
    unit = max(width, height) / 128
    made = []
    for _ in range(count):
        x, y = chance.between(0, width), chance.between(0, height)
        over = chance.happens(OVER)
        size = chance.between(1.6, 3.2 if over else 4.8) * unit
        long = chance.pick((1.0, 1.0, 2.6))
        turn, corners = chance.between(0, pi), chance.whole(3, 5)
        points = []
        for i in range(corners):
            angle, far = 2 * pi * i / corners, size * chance.between(0.5, 1.0)
            a, b = far * long * cos(angle), far * sin(angle) / long
            points.append((x + a * cos(turn) - b * sin(turn), y + a * sin(turn) + b * cos(turn)))
        made.append(Scrap(tuple(points), shade(chance.pick(inks), chance.between(0.6, 1.2)), over))
    return tuple(made)
