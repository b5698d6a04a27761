"""What things stand before: grounds of muted colours, made with numpy from a scene's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.inks import Ink, shade

Pixels = NDArray[np.uint8]
Field = NDArray[np.float32]

_BASES: tuple[Ink, ...] = ((190, 184, 172), (160, 174, 184), (172, 182, 160), (200, 188, 164), (150, 152, 160),
                           (188, 170, 174), (132, 138, 144), (164, 156, 180))
_FIXED: Mapping[str, Ink] = {"brick": (174, 140, 124), "wood": (186, 158, 124), "sand": (208, 192, 160),
                             "waves": (142, 176, 190)}
_SKY: tuple[Ink, ...] = ((176, 204, 224), (196, 208, 216), (214, 200, 186))
_GRASS: tuple[Ink, ...] = ((138, 164, 112), (156, 160, 116), (120, 150, 116))


def tones(name: str, ground: str) -> tuple[Ink, Ink, float]:
    """The mean colours of the upper and the lower part, and how high, as a share, the line between them lies."""
    chance = Chance(seed_of(name, "ground"))
    if ground == "meadow":
        return chance.pick(_SKY), chance.pick(_GRASS), chance.between(0.4, 0.62)
    if ground in _FIXED:
        base = shade(_FIXED[ground], chance.between(0.94, 1.06))
    else:
        base = shade(chance.pick(_BASES), chance.between(0.92, 1.1))
    return base, base, 0.5


@lru_cache(8)
def _grid(width: int, height: int) -> tuple[Field, Field]:
    """Across and up, in units of 1/128 of the longer side, from the upper left."""
    unit = 128 / max(width, height)
    return (np.arange(width, dtype=np.float32) * unit)[None, :], (np.arange(height, dtype=np.float32) * unit)[:, None]


@lru_cache(4)
def _grain(width: int, height: int) -> Field:
    """One sheet of grain, from -1 to 1; scenes take it turned and shifted."""
    return (np.random.default_rng(7).random((height, width), dtype=np.float32) * 2 - 1).astype(np.float32)


def _plain(x: Field, y: Field, chance: Chance) -> Field:
    return np.zeros((y.shape[0], x.shape[1]), np.float32)


def _fade(x: Field, y: Field, chance: Chance) -> Field:
    a, b = chance.between(-1, 1), chance.pick((-1.0, 1.0))
    made: Field = (a * (x - 64) + b * (y - 64)) * np.float32(0.3)
    return made


def _brick(x: Field, y: Field, chance: Chance) -> Field:
    row = np.floor(y / 9)
    across = (x + 9 * (row % 2)) % 18
    mortar = (across < 1.3) | (y % 9 < 1.3)
    tint = (np.floor((x + 9 * (row % 2)) / 18) * 7 + row * 13) % 5 - 2
    return np.where(mortar, np.float32(26), tint * np.float32(4))


def _checker(x: Field, y: Field, chance: Chance) -> Field:
    cell = chance.between(11, 20)
    made: Field = ((np.floor(x / cell) + np.floor(y / cell)) % 2 - 0.5) * np.float32(26)
    return made


def _speckle(x: Field, y: Field, chance: Chance) -> Field:
    grain = np.roll(_grain(x.shape[1], y.shape[0]), chance.whole(0, 90), 1)
    return np.where(np.abs(grain) > 0.9, grain * 40, grain * 8).astype(np.float32)


def _wood(x: Field, y: Field, chance: Chance) -> Field:
    plank = chance.between(15, 22)
    wave = np.sin(y * 1.7 + 2.5 * np.sin(x * 0.05 + np.floor(y / plank) * 2.1)) * np.float32(7)
    made: Field = wave - np.where(y % plank < 1.2, np.float32(30), np.float32(0))
    return made


def _sand(x: Field, y: Field, chance: Chance) -> Field:
    grain = np.roll(_grain(x.shape[1], y.shape[0]), chance.whole(0, 90), 0)
    made: Field = grain * 10 + np.sin(y * 0.16 + np.sin(x * 0.04) * 2) * np.float32(7)
    return made


def _waves(x: Field, y: Field, chance: Chance) -> Field:
    made: Field = np.sin(y * 0.5 + 1.6 * np.sin(x * chance.between(0.06, 0.1))) * np.float32(9)
    return made


def _paper(x: Field, y: Field, chance: Chance) -> Field:
    broad = chance.between(6, 12)
    return np.where(x % (2 * broad) < broad, np.float32(9), np.float32(-9)) + 0 * y


def _tiles(x: Field, y: Field, chance: Chance) -> Field:
    cell = chance.between(18, 28)
    return np.where((x % cell < 1.2) | (y % cell < 1.2), np.float32(-32), np.float32(4))


_FIELDS: Mapping[str, Callable[[Field, Field, Chance], Field]] = {
    "plain": _plain, "fade": _fade, "meadow": _plain, "brick": _brick, "checker": _checker, "speckle": _speckle,
    "wood": _wood, "sand": _sand, "waves": _waves, "paper": _paper, "tiles": _tiles,
}
GROUNDS: tuple[str, ...] = tuple(_FIELDS)


def ground(name: str, kind: str, width: int, height: int) -> Pixels:
    """The ground of a scene, (height, width, 3)."""
    x, y = _grid(width, height)
    upper, lower, line = tones(name, kind)
    chance = Chance(seed_of(name, "field"))
    colour: Field
    if kind == "meadow":
        edge = (1 - line) * height + np.sin(x[0] * chance.between(0.03, 0.06) + chance.between(0, 6)) * (height / 40)
        below = np.arange(height)[:, None] > edge[None, :]
        blades = np.roll(_grain(width, height), chance.whole(0, 90), 1) * 9
        colour = np.where(below[..., None], np.asarray(lower, np.float32), np.asarray(upper, np.float32))
        colour += np.where(below, blades, (y - 40) * 0.2)[..., None]
    else:
        colour = np.asarray(upper, np.float32) + _FIELDS[kind](x, y, chance)[..., None]
    return np.clip(colour, 0, 255).astype(np.uint8)
