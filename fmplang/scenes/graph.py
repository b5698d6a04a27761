"""What a scene is before it is drawn: things, how they stand to each other, and what makes them hard to see.

A scene is the truth that pictures, questions and models are measured against. It is plain data: it can be written as
JSON, compared, and drawn again. Boxes are in pixels with the origin at the lower left, as everywhere in fmplang.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]  # left, lower, right, upper

GROUPS: Mapping[str, tuple[str, ...]] = {
    "shape": ("circle", "square", "triangle", "star", "hexagon", "cross", "heart", "ring"),
    "person": ("man", "woman"),
    "animal": ("dog", "cat", "horse", "bird"),
    "vehicle": ("car", "truck"),
    "item": ("tree", "house", "cup", "box", "umbrella", "sign"),
}
KINDS: tuple[str, ...] = tuple(kind for kinds in GROUPS.values() for kind in kinds)
COLOURS: tuple[str, ...] = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")
MATERIALS: tuple[str, ...] = ("plain", "striped", "dotted", "shiny")
SIZES: tuple[str, ...] = ("small", "medium", "large")
WORDS: tuple[str, ...] = ("STOP", "EXIT", "OPEN", "TAXI", "CAFE", "SALE", "BANK", "HELP", "FIRE", "MILK", "ROAD", "ZOO",
                          "BUS", "GYM", "INN", "SPA", "24", "37", "50", "68", "91", "15", "42", "80")

# Each with the kinds that take it for another at a glance: hard negatives are made of them.
LOOK_ALIKES: Mapping[str, tuple[str, ...]] = {
    "circle": ("ring", "hexagon"), "ring": ("circle",), "hexagon": ("circle",), "square": ("box",), "box": ("square",),
    "star": ("cross",), "cross": ("star",), "triangle": ("tree",), "tree": ("triangle",), "heart": ("cup",),
    "cup": ("heart",), "man": ("woman",), "woman": ("man",), "dog": ("cat", "horse"), "cat": ("dog",),
    "horse": ("dog",), "bird": ("umbrella",), "umbrella": ("bird",), "car": ("truck",), "truck": ("car",),
    "house": ("sign",), "sign": ("house",),
}

LAID = ("on", "inside", "holding", "behind")  # set by whoever places the things: they cannot be read off boxes alone
PLACED = ("left of", "right of", "above", "below", "next to")  # follow from the boxes
RELATIONS: tuple[str, ...] = (*PLACED, *LAID)

_CLEAR = 0.06  # of the picture's side: how far two middles are apart before one is said to be left of, or above
_NEAR = 0.08  # of the picture's side: the widest gap between two boxes that are next to each other


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a scene. `box` holds all of it, clipped to the picture, also what others hide. `visible` is the
    share of its pixels that nothing covers. `text` stands on signs alone. `difficulty` is from 0, seen at a glance,
    to 1."""

    kind: str
    colour: str
    material: str
    size: str
    box: Box
    text: str = ""
    visible: float = 1.0
    difficulty: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        left, lower, right, upper = self.box
        return (left + right) / 2, (lower + upper) / 2

    @property
    def group(self) -> str:
        return next(group for group, kinds in GROUPS.items() if self.kind in kinds)


@dataclass(frozen=True, slots=True)
class Nuisance:
    """What the picture suffers from; 0 is nothing. `blur` is a radius in pixels at 128 pixels a side, `noise` a
    standard deviation in grey levels of 255, `dark` the share of light that is missing, `haze` the share of contrast
    that is missing, `clutter` the number of scraps that are no thing."""

    blur: float = 0.0
    noise: float = 0.0
    dark: float = 0.0
    haze: float = 0.0
    clutter: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """`things` are in painting order: later ones hide earlier ones. `laid` holds (relation, first, second) with places
    in `things`. `difficulty` is from 0 to 1 and can be seen in the picture. `name` says where it comes from:
    split/number."""

    name: str
    width: int
    height: int
    background: str
    things: tuple[Thing, ...]
    laid: frozenset[tuple[str, int, int]] = frozenset()
    nuisance: Nuisance = Nuisance()
    difficulty: float = 0.0

    def related(self, relation: str, first: int, second: int) -> bool:
        """Whether the first thing stands so to the second."""
        if first == second:
            return False
        if relation in LAID:
            return (relation, first, second) in self.laid
        return placed(relation, self.things[first].box, self.things[second].box, max(self.width, self.height))

    def as_json(self) -> dict[str, Any]:
        """Plain values that `scene_from` reads back."""
        return {
            "name": self.name, "width": self.width, "height": self.height, "background": self.background,
            "difficulty": self.difficulty,
            "things": [{field: (list(value) if field == "box" else value) for field, value in _fields(thing)}
                       for thing in self.things],
            "laid": sorted([list(one) for one in self.laid]), "nuisance": dict(_fields(self.nuisance)),
        }


def placed(relation: str, first: Box, second: Box, side: float) -> bool:
    """Whether two boxes stand so to each other in a picture whose longer side is `side` pixels."""
    if relation == "next to":
        across = max(first[0], second[0]) - min(first[2], second[2])
        up = max(first[1], second[1]) - min(first[3], second[3])
        return max(across, up) <= _NEAR * side
    across = (second[0] + second[2] - first[0] - first[2]) / 2
    up = (first[1] + first[3] - second[1] - second[3]) / 2
    clear = _CLEAR * side
    return {"left of": across > clear, "right of": -across > clear, "above": up > clear, "below": -up > clear}[relation]


def scene_from(made: Mapping[str, Any]) -> Scene:
    """The scene that `as_json` wrote. Raises KeyError or TypeError for anything else."""
    things = tuple(Thing(**{**one, "box": tuple(float(x) for x in one["box"])}) for one in made["things"])
    laid = frozenset((str(r), int(a), int(b)) for r, a, b in made["laid"])
    return Scene(made["name"], made["width"], made["height"], made["background"], things, laid,
                 Nuisance(**made["nuisance"]), made["difficulty"])


def _fields(value: Thing | Nuisance) -> list[tuple[str, Any]]:
    return [(name, getattr(value, name)) for name in value.__slots__]
