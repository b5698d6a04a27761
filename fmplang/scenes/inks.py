"""What the named colours look like, and the shades that go with them."""

from __future__ import annotations

from collections.abc import Mapping

from fmplang.scenes.chance import Chance

Ink = tuple[int, int, int]

INKS: Mapping[str, Ink] = {
    "red": (206, 44, 42), "orange": (240, 134, 30), "yellow": (246, 212, 52), "green": (52, 150, 66),
    "blue": (48, 96, 206), "purple": (128, 62, 172), "pink": (246, 152, 188), "brown": (124, 78, 42),
    "black": (40, 40, 44), "white": (243, 243, 240),
}
# What stripes and dots are made of: far enough from the colour, and not another thing's name for it.
SECOND: Mapping[str, Ink] = {
    "red": (250, 226, 214), "orange": (112, 56, 22), "yellow": (120, 84, 24), "green": (222, 240, 206),
    "blue": (214, 228, 250), "purple": (238, 222, 248), "pink": (156, 52, 96), "brown": (226, 198, 160),
    "black": (168, 168, 172), "white": (128, 130, 138),
}


def shade(ink: Ink, by: float) -> Ink:
    """Darker below 1; above, so much of the way to white."""
    if by <= 1:
        return int(ink[0] * by), int(ink[1] * by), int(ink[2] * by)
    left = 2 - by
    return (int(255 - (255 - ink[0]) * left), int(255 - (255 - ink[1]) * left), int(255 - (255 - ink[2]) * left))


def varied(colour: str, chance: Chance) -> Ink:
    """A shade of the named colour that still has its name."""
    by = chance.between(0.92, 1.06)
    red, green, blue = shade(INKS[colour], by)
    return (_byte(red + chance.between(-6, 6)), _byte(green + chance.between(-6, 6)),
            _byte(blue + chance.between(-6, 6)))


def rim_of(colour: str, ink: Ink) -> Ink:
    """The outline: darker, and for black lighter, so that it is seen on dark ground too."""
    if colour == "black":
        return 112, 112, 120
    return shade(ink, 0.42)


def distance(one: Ink, other: Ink) -> float:
    """How far two colours are apart, from 0 to 1: the larger of the differences in light and in hue."""
    light = abs(0.3 * (one[0] - other[0]) + 0.59 * (one[1] - other[1]) + 0.11 * (one[2] - other[2]))
    hue = (abs((one[0] - one[1]) - (other[0] - other[1])) + abs((one[1] - one[2]) - (other[1] - other[2]))) / 2
    return min(1.0, max(light, hue) / 255)


def _byte(value: float) -> int:
    return min(255, max(0, int(value)))
