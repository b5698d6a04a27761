"""The figures: what each kind of thing looks like, as polygons.

A figure is a list of parts, each a role and a polygon, painted in their order. They are designed on a sheet of about
100 by 100 with the origin at the upper left, and then stretched to fill the box of a thing to its edges. The
role says the colour: `main` is the thing's own and bears its material, `deep` and `pale` are shades of it, the rest are
fixed (`TONES`). Widths to heights are in `SHAPES`: a layout picks one, and the figure follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi, sin

from PIL import Image, ImageDraw

from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.graph import Box
from fmplang.scenes.inks import Ink

Points = list[tuple[float, float]]
Part = tuple[str, Points]

TONES: Mapping[str, Ink] = {
    "dark": (44, 42, 46), "skin": (232, 184, 148), "tan": (168, 112, 76), "glass": (198, 222, 236),
    "metal": (150, 152, 158), "wood": (118, 82, 52), "light": (250, 246, 232), "hollow": (92, 84, 78),
    "hair": (74, 48, 30), "blond": (206, 160, 78), "beak": (238, 160, 40), "room": (240, 226, 184),
    "pink": (236, 164, 170), "eye": (222, 226, 120), "mane": (58, 44, 36), "tail": (214, 60, 52),
}
# Width to height: from, to.
SHAPES: Mapping[str, tuple[float, float]] = {
    "circle": (1.0, 1.0), "square": (1.0, 1.0), "triangle": (0.95, 1.15), "star": (1.0, 1.05), "hexagon": (1.1, 1.16),
    "cross": (1.0, 1.0), "heart": (1.0, 1.12), "ring": (1.0, 1.0), "man": (0.56, 0.64), "woman": (0.54, 0.62),
    "dog": (1.2, 1.4), "cat": (0.78, 0.92), "horse": (1.1, 1.25), "bird": (1.15, 1.35), "car": (1.8, 2.1),
    "truck": (1.5, 1.75), "tree": (0.66, 0.84), "house": (0.95, 1.15), "cup": (1.0, 1.2), "box": (1.0, 1.15),
    "umbrella": (0.95, 1.15), "sign": (1.2, 1.4),
}
# Shares of a box from its lower left: where something may stand on a thing, be in it, or be held by it.
SEATS: Mapping[str, float] = {"horse": 0.6, "box": 0.9, "house": 0.9, "car": 0.9, "truck": 0.92,
                              "square": 0.93, "dog": 0.56, "hexagon": 0.93, "tree": 0.84, "sign": 0.94}
ROOMS: Mapping[str, Box] = {"ring": (0.25, 0.25, 0.75, 0.75), "box": (0.12, 0.1, 0.88, 0.72),
                             "house": (0.22, 0.1, 0.78, 0.52)}
HANDS: Mapping[str, tuple[float, float]] = {"man": (0.06, 0.45), "woman": (0.06, 0.47)}
BOARD: Box = (0.05, 0.4, 0.95, 0.95)  # where a sign's text stands

_TURNS = [(cos(2 * pi * i / 22), sin(2 * pi * i / 22)) for i in range(22)]


def _oval(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Points:
    if not turn:
        return [(x + rx * c, y + ry * s) for c, s in _TURNS]
    ct, st = cos(turn), sin(turn)
    return [(x + rx * c * ct - ry * s * st, y + rx * c * st + ry * s * ct) for c, s in _TURNS]


def _slab(left: float, top: float, right: float, low: float) -> Points:
    return [(left, top), (right, top), (right, low), (left, low)]


def _plate(left: float, top: float, right: float, low: float, r: float) -> Points:
    """A slab with cut corners."""
    k = 0.3 * r
    return [(left + r, top), (right - r, top), (right - k, top + k), (right, top + r), (right, low - r),
            (right - k, low - k), (right - r, low), (left + r, low), (left + k, low - k),
            (left, low - r), (left, top + r), (left + k, top + k)]


def _limb(x0: float, y0: float, x1: float, y1: float, w0: float, w1: float | None = None) -> Points:
    """A bar from one point to another, of one width at its start and another at its end."""
    w1 = w0 if w1 is None else w1
    dx, dy = x1 - x0, y1 - y0
    long = (dx * dx + dy * dy) ** 0.5 or 1.0
    nx, ny = -dy / long / 2, dx / long / 2
    return [(x0 + nx * w0, y0 + ny * w0), (x1 + nx * w1, y1 + ny * w1), (x1 - nx * w1, y1 - ny * w1),
            (x0 - nx * w0, y0 - ny * w0)]


def _corners(n: int, turn: float, radii: tuple[float, ...] = (50.0,)) -> Points:
    angles = [2 * pi * i / n + turn for i in range(n)]
    return [(50 + radii[i % len(radii)] * sin(a), 50 - radii[i % len(radii)] * cos(a)) for i, a in enumerate(angles)]


def _turned(points: Points, turn: float) -> Points:
    c, s = cos(turn), sin(turn)
    return [(50 + (x - 50) * c - (y - 50) * s, 50 + (x - 50) * s + (y - 50) * c) for x, y in points]


def _circle(chance: Chance) -> list[Part]:
    return [("main", _oval(50, 50, 50, 50))]


def _square(chance: Chance) -> list[Part]:
    return [("main", _turned(_slab(0, 0, 100, 100), chance.between(-0.05, 0.05)))]


def _triangle(chance: Chance) -> list[Part]:
    return [("main", _turned([(50 + chance.between(-6, 6), 0), (100, 92), (0, 92)], chance.between(-0.08, 0.08)))]


def _star(chance: Chance) -> list[Part]:
    return [("main", _corners(10, chance.between(-0.16, 0.16), (50, chance.between(20, 24))))]


def _hexagon(chance: Chance) -> list[Part]:
    return [("main", _corners(6, pi / 6 + chance.between(-0.06, 0.06)))]


def _cross(chance: Chance) -> list[Part]:
    a = chance.between(15, 18)
    b, c = 50 - a, 50 + a
    points = [(b, 0), (c, 0), (c, b), (100, b), (100, c), (c, c), (c, 100), (b, 100), (b, c), (0, c), (0, b), (b, b)]
    return [("main", _turned(points, chance.between(-0.12, 0.12)))]


def _heart(chance: Chance) -> list[Part]:
    points = []
    for i in range(36):
        t = 2 * pi * i / 36
        down = 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
        points.append((50 + 3.1 * 16 * sin(t) ** 3, 45 - 3.1 * down))
    return [("main", _turned(points, chance.between(-0.1, 0.1)))]


def _ring(chance: Chance) -> list[Part]:
    r = chance.between(34, 36)
    outer = _oval(50, 50, 50, 50)
    inner = _oval(50, 50, r, r)
    return [("main", [*outer, outer[0], inner[0], *reversed(inner)])]


def _man(chance: Chance) -> list[Part]:
    step, skin = chance.between(3, 9), chance.pick(("skin", "skin", "tan"))
    hair = chance.pick(("hair", "dark", "blond"))
    return [
        ("deep", _limb(44, 58, 44 - step, 95, 15, 11)), ("deep", _limb(56, 58, 56 + step, 95, 15, 11)),
        ("dark", _plate(32 - step, 93, 51 - step, 100, 3)), ("dark", _plate(49 + step, 93, 68 + step, 100, 3)),
        ("main", _limb(36, 34, 18, 52, 12, 10)), ("main", _limb(64, 34, 82, 52, 12, 10)),
        (skin, _oval(16, 55, 6, 6)), (skin, _oval(84, 55, 6, 6)),
        ("main", [(32, 31), (40, 27), (60, 27), (68, 31), (65, 63), (35, 63)]),
        (skin, _slab(46, 22, 54, 29)), (skin, _oval(50, 14, 11, 12.5)),
        (hair, [(38.5, 14), (38, 6), (44, 0), (56, 0), (62, 6), (61.5, 14), (58, 8), (42, 8)]),
        ("dark", _oval(46, 14.5, 1.6, 1.8)), ("dark", _oval(54, 14.5, 1.6, 1.8)),
    ]


def _woman(chance: Chance) -> list[Part]:
    wide, skin = chance.between(24, 29), chance.pick(("skin", "skin", "tan"))
    hair = chance.pick(("hair", "dark", "blond"))
    return [
        (hair, [(36, 12), (40, 2), (50, 0), (60, 2), (64, 12), (68, 36), (60, 38), (40, 38), (32, 36)]),
        (skin, _limb(44, 74, 43, 96, 8, 6)), (skin, _limb(56, 74, 57, 96, 8, 6)),
        ("dark", _plate(36, 94, 47, 100, 2)), ("dark", _plate(53, 94, 64, 100, 2)),
        (skin, _limb(40, 33, 19, 50, 8, 7)), (skin, _limb(60, 33, 81, 50, 8, 7)),
        (skin, _oval(18, 53, 5.5, 5.5)), (skin, _oval(82, 53, 5.5, 5.5)),
        ("main", [(40, 28), (60, 28), (64, 36), (58, 50), (50 + wide, 80), (50 - wide, 80), (42, 50), (36, 36)]),
        (skin, _slab(46.5, 22, 53.5, 30)), (skin, _oval(50, 14, 9.5, 11.5)),
        (hair, [(39, 14), (40, 4), (50, 1), (60, 4), (61, 14), (54, 7)]),
        ("dark", _oval(46.5, 15, 1.5, 1.8)), ("dark", _oval(53.5, 15, 1.5, 1.8)),
    ]


def _dog(chance: Chance) -> list[Part]:
    up, step = chance.between(-6, 4), chance.between(-4, 4)
    return [
        ("main", _limb(18, 46, 2, 22 + up, 11, 5)),
        ("deep", _limb(28, 60, 24 + step, 97, 10, 8)), ("deep", _limb(66, 60, 70 + step, 97, 10, 8)),
        ("main", _plate(14, 40, 78, 70, 13)),
        ("main", _limb(20, 58, 16 - step, 98, 13, 9)), ("main", _limb(71, 58, 75 - step, 98, 12, 9)),
        ("main", _limb(70, 52, 82, 28, 26, 20)),
        ("main", _oval(84, 26, 14, 13)), ("main", _plate(86, 24, 112, 38, 6)),
        ("dark", _oval(110, 27, 4.5, 4)), ("deep", _oval(76, 30, 6.5, 15, 0.25)),
        ("light", _oval(89, 22, 3.4, 3.6)), ("dark", _oval(90, 22.4, 2.1, 2.4)),
        ("dark", _limb(96, 34.5, 110, 34, 1.6)),
    ]


def _cat(chance: Chance) -> list[Part]:
    tail = chance.between(-5, 5)
    return [
        ("main", [(70, 98), (86, 96), (97, 84), (98, 66), (93 + tail, 50), (86 + tail, 52), (89, 68), (86, 80),
                  (70, 84)]),
        ("main", [(30, 100), (24, 84), (28, 62), (40, 46), (60, 46), (74, 62), (78, 84), (74, 100)]),
        ("deep", _oval(36, 95, 9, 5)), ("deep", _oval(62, 95, 9, 5)),
        ("main", [(24, 34), (23, 0), (46, 17)]), ("main", [(76, 34), (77, 0), (54, 17)]),
        ("pink", [(28, 22), (27.5, 9), (38, 17)]), ("pink", [(72, 22), (72.5, 9), (62, 17)]),
        ("main", _oval(50, 34, 30, 24)),
        ("eye", _oval(39, 31, 5.5, 6)), ("eye", _oval(61, 31, 5.5, 6)),
        ("dark", _oval(39, 31, 2, 5.4)), ("dark", _oval(61, 31, 2, 5.4)),
        ("pink", [(46, 40), (54, 40), (50, 45)]),
        ("dark", _limb(32, 43, 12, 40, 1.4)), ("dark", _limb(32, 46, 13, 49, 1.4)),
        ("dark", _limb(68, 43, 88, 40, 1.4)), ("dark", _limb(68, 46, 87, 49, 1.4)),
    ]


def _horse(chance: Chance) -> list[Part]:
    step, nod = chance.between(-4, 4), chance.between(-3, 3)
    return [
        ("mane", [(16, 38), (6, 46), (3, 74), (9, 76), (16, 56), (22, 46)]),
        ("deep", _limb(30, 56, 33 + step, 97, 10, 6)), ("deep", _limb(66, 58, 64 - step, 97, 9, 6)),
        ("main", _plate(14, 34, 78, 64, 14)),
        ("main", _limb(21, 54, 20 - step, 96, 13, 7)), ("main", _limb(73, 54, 76 + step, 96, 11, 7)),
        ("dark", _slab(15.5 - step, 94, 25 - step, 100)), ("dark", _slab(71.5 + step, 94, 81 + step, 100)),
        ("main", _limb(70, 50, 85, 14 + nod, 26, 14)),
        ("mane", [(62, 40), (74, 10 + nod), (80, 3 + nod), (85, 8 + nod), (78, 22), (71, 42)]),
        ("main", [(79, 8 + nod), (91, 7 + nod), (109, 25 + nod), (107, 33 + nod), (98, 33 + nod), (82, 25 + nod)]),
        ("main", [(80, 10 + nod), (82, -4 + nod), (89, 8 + nod)]),
        ("dark", _oval(91, 15 + nod, 2.2, 2.4)), ("dark", _oval(104, 27 + nod, 1.5, 1.5)),
    ]


def _bird(chance: Chance) -> list[Part]:
    lift = chance.between(-12, 4)
    return [
        ("dark", _limb(50, 70, 47, 96, 3)), ("dark", _limb(60, 70, 59, 96, 3)),
        ("dark", _limb(43, 95, 54, 95, 3)), ("dark", _limb(56, 95, 67, 95, 3)),
        ("deep", [(32, 54), (0, 44 + lift / 3), (-4, 56 + lift / 3), (4, 66 + lift / 3), (30, 68)]),
        ("main", [(22, 60), (34, 46), (56, 36), (78, 38), (86, 50), (80, 66), (64, 77), (42, 75), (28, 69)]),
        ("main", _oval(84, 32, 16, 15)),
        ("beak", [(98, 26), (117, 33), (98, 39)]),
        ("light", _oval(89, 29, 4.2, 4.2)), ("dark", _oval(90, 29, 2.6, 2.8)),
        ("deep", [(64, 46), (68, 58), (56, 68), (34, 66), (10, 50 + lift), (36, 46 + lift / 2)]),
    ]


def _car(chance: Chance) -> list[Part]:
    back = chance.between(-5, 5)
    return [
        ("main", [(26 + back, 27), (34 + back, 0), (76, 0), (92, 27)]),
        ("glass", [(32 + back, 25), (38 + back, 5), (53, 5), (53, 25)]),
        ("glass", [(57, 25), (57, 5), (74, 5), (85, 25)]),
        ("main", [(2, 32), (12, 25), (98, 24), (114, 31), (118, 38), (118, 52), (0, 52), (0, 38)]),
        ("light", _oval(114, 36, 3.4, 4)), ("tail", _slab(0, 33, 5, 40)), ("deep", _slab(0, 46, 118, 52)),
        ("dark", _slab(60, 30, 68, 32.4)),
        ("dark", _oval(27, 51, 13, 12.5)), ("dark", _oval(91, 51, 13, 12.5)),
        ("metal", _oval(27, 51, 6, 5.8)), ("metal", _oval(91, 51, 6, 5.8)),
    ]


def _truck(chance: Chance) -> list[Part]:
    high = chance.between(-4, 4)
    return [
        ("main", _slab(0, high, 76, 54)), ("deep", _slab(0, 50, 76, 58)),
        ("main", [(79, 22), (98, 22), (108, 38), (114, 40), (114, 60), (79, 60)]),
        ("glass", [(85, 26), (96, 26), (103, 39), (85, 39)]),
        ("dark", _slab(0, 57, 114, 62)), ("light", _slab(110, 46, 115, 53)),
        ("dark", _oval(16, 64, 10.5, 10.5)), ("dark", _oval(40, 64, 10.5, 10.5)), ("dark", _oval(96, 64, 10.5, 10.5)),
        ("metal", _oval(16, 64, 4.6, 4.6)), ("metal", _oval(40, 64, 4.6, 4.6)), ("metal", _oval(96, 64, 4.6, 4.6)),
    ]


def _tree(chance: Chance) -> list[Part]:
    lean, wide = chance.between(-3, 3), chance.between(-3, 3)
    return [
        ("wood", [(43, 76), (57, 76), (59, 100), (41, 100)]),
        ("main", [(50, 44), (90 + wide, 84), (70, 81), (50, 87), (30, 81), (10 - wide, 84)]),
        ("main", [(50 + lean, 20), (82, 60), (66, 58), (50, 63), (34, 58), (18, 60)]),
        ("main", [(50 + lean, 0), (73, 36), (60, 34), (50, 39), (40, 34), (27, 36)]),
    ]


def _house(chance: Chance) -> list[Part]:
    left = chance.between(62, 68)
    return [
        ("deep", _slab(left, 6, left + 10, 30)),
        ("main", _slab(10, 38, 90, 100)),
        ("deep", [(50, 0), (100, 42), (0, 42)]),
        ("light", _slab(18, 46, 82, 92)), ("room", _slab(21, 49, 79, 89)),
        ("main", _slab(10, 92, 90, 100)),
    ]


def _cup(chance: Chance) -> list[Part]:
    taper = chance.between(3, 9)
    outer = _oval(76, 50, 24, 25)
    inner = _oval(75, 50, 14, 15)
    return [
        ("main", [*outer, outer[0], inner[0], *reversed(inner)]),
        ("main", [(2, 10), (78, 10), (78 - taper, 92), (70 - taper, 99), (10 + taper, 99), (2 + taper, 92)]),
        ("pale", _oval(40, 10, 39, 10)), ("hollow", _oval(40, 10, 33, 7)),
    ]


def _box(chance: Chance) -> list[Part]:
    return [
        ("pale", [(0, 18), (8, 0), (92, 0), (100, 18)]),
        ("main", _slab(0, 17, 100, 100)), ("hollow", _slab(10, 27, 90, 91)),
        ("deep", [(10, 27), (18, 33), (18, 84), (10, 91)]), ("deep", [(90, 27), (82, 33), (82, 84), (90, 91)]),
    ]


def _umbrella(chance: Chance) -> list[Part]:
    dome: Points = [(50 - 50 * cos(pi * i / 16), 52 - 46 * sin(pi * i / 16)) for i in range(17)]
    edge: Points = [(100 - 25 * k - 25 * j / 6, 52 - 7 * sin(pi * j / 6)) for k in range(4) for j in range(1, 7)]
    return [
        ("dark", _limb(50, 2, 50, 92, 4)), ("dark", _limb(51.5, 94, 36, 95, 4.5)), ("dark", _limb(37, 97, 35, 86, 4.5)),
        ("dark", _limb(50, 0, 50, 10, 4)), ("main", [*dome, *edge]),
        ("deep", [(50, 6), (66, 30), (75, 52), (62, 46), (58, 28)]),
        ("deep", [(50, 6), (34, 30), (25, 52), (38, 46), (42, 28)]),
    ]


def _sign(chance: Chance) -> list[Part]:
    return [("metal", _slab(46, 50, 54, 100)), ("main", _plate(0, 0, 100, 66, 7))]


_FIGURES: Mapping[str, Callable[[Chance], list[Part]]] = {
    "circle": _circle, "square": _square, "triangle": _triangle, "star": _star, "hexagon": _hexagon, "cross": _cross,
    "heart": _heart, "ring": _ring, "man": _man, "woman": _woman, "dog": _dog, "cat": _cat, "horse": _horse,
    "bird": _bird, "car": _car, "truck": _truck, "tree": _tree, "house": _house, "cup": _cup, "box": _box,
    "umbrella": _umbrella, "sign": _sign,
}


def pose(name: str, kind: str, box: Box) -> Chance:
    """The draws that decide how a thing at this place of this scene stands and is shaded."""
    return Chance(seed_of(name, kind, *map(int, box)))


def figure(kind: str, chance: Chance, width: float, height: float) -> list[Part]:
    """The parts of a figure, stretched to fill a sheet of this size from edge to edge, origin at the upper left; half
    of those that are no sign are mirrored."""
    parts = _FIGURES[kind](chance)
    mirrored = chance.happens(0.5) and kind != "sign"
    xs = [x for _, points in parts for x, _ in points]
    ys = [y for _, points in parts for _, y in points]
    left, top = min(xs), min(ys)
    across, down = width / (max(xs) - left), height / (max(ys) - top)
    if mirrored:
        right = max(xs)
        return [(role, [((right - x) * across, (y - top) * down) for x, y in points]) for role, points in parts]
    return [(role, [((x - left) * across, (y - top) * down) for x, y in points]) for role, points in parts]


def outline(name: str, kind: str, box: Box) -> Image.Image:
    """The pixels that a thing takes, before anything hides them: 255 in a picture of mode L and of the box's size."""
    width, height = int(box[2] - box[0]), int(box[3] - box[1])
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for _, points in figure(kind, pose(name, kind, box), width - 1, height - 1):
        draw.polygon(points, 255)
    return mask
