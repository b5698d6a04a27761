"""Scenes at random, and scenes that hold what a benchmark asks for.

`scene` and `compose` are pure functions of their arguments. Each split has a code of its own, which goes into the seed
with the number, so what models are trained on and what they are measured on never share a scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fmplang.errors import ConfigError
from fmplang.scenes.chance import Chance
from fmplang.scenes.difficulty import contrast, difficulties, scene_difficulty
from fmplang.scenes.figures import HANDS, ROOMS, SEATS
from fmplang.scenes.graph import (
    COLOURS,
    GROUPS,
    KINDS,
    LAID,
    LOOK_ALIKES,
    MATERIALS,
    RELATIONS,
    SIZES,
    WORDS,
    Nuisance,
    Scene,
    Thing,
)
from fmplang.scenes.grounds import GROUNDS
from fmplang.scenes.placing import LEAST_VISIBLE, Relation, Stand, Table

SPLITS: Mapping[str, int] = {"train": 101, "calibrate": 202, "bench": 303, "test": 404, "develop": 505}
EASY = 0.3  # scenes below this are easy
_MOST_THINGS = 12
_ATTEMPTS = 60

_HELD = ("cup", "umbrella", "sign", "heart", "star", "box", "circle", "bird", "ring", "cross")
_RIDERS = ("man", "woman", "dog", "cat", "bird", "cup", "box", "star", "heart", "circle", "triangle", "umbrella")
_INMATES = ("dog", "cat", "bird", "cup", "star", "heart", "circle", "triangle", "cross", "hexagon", "horse", "square")
_SIZES_OF = {  # the sizes that the two of a relation may have
    "on": {(a, b) for a in SIZES for b in SIZES if SIZES.index(a) < SIZES.index(b)} | {("medium", "medium")},
    "inside": {("small", "large")},
    "holding": {("medium", "small"), ("large", "small"), ("large", "medium")},
    "behind": {(a, b) for a in SIZES for b in SIZES if abs(SIZES.index(a) - SIZES.index(b)) < 2},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thing that a scene shall hold. What is left empty is drawn at random."""

    kind: str = ""
    colour: str = ""
    material: str = ""
    size: str = ""
    text: str = ""


def scene(split: str, number: int, *, hardness: float | None = None, side: int = 128) -> Scene:
    """The scene of that number: 2 to 9 things in a square picture of `side` pixels.

    `hardness`, from 0 to 1, fixes about what `difficulty` the scene has; without, half of the scenes are easy and the
    rest spread up to 1. Raises ConfigError (FMP860) for a split that is not known.
    """
    chance = _chance(split, number, 0)
    hard = _hardness(hardness, chance)
    count = _count(chance, hard)
    found = None
    while found is None:  # what one story has no room for, the next has
        things, relations = _story(chance, hard)
        found = _found(f"{split}/{number}", chance, things, relations, count, hard, side, None, None, 8)
    return found


def compose(split: str, number: int, things: Sequence[Wanted], relations: Sequence[Relation] = (), *,
            without: Callable[[Thing], bool] | None = None, refuse: Callable[[Scene], bool] | None = None,
            hardness: float | None = None, count: int | None = None, side: int = 128) -> Scene:
    """A scene that holds the wanted things, so related, and others at random.

    `relations` are (relation, first, second) with places in `things`, laid or placed. No other thing fulfils
    `without`, a wanted one only if what is said of it leaves no choice, and no scene that fulfils
    `refuse` is given: hard negatives are made with it. `count` is the number of all things. The wanted things come
    anywhere in the scene's own list, since that is in painting order. Raises ConfigError (FMP860) where no such scene
    is found.
    """
    for wanted in things:
        _check(wanted)
    for relation, a, b in relations:
        if relation not in RELATIONS or a == b or not (0 <= a < len(things) and 0 <= b < len(things)):
            raise _impossible(f"({relation!r}, {a}, {b}) is no relation of two of the {len(things)} things",
                              f"relations are {', '.join(RELATIONS)}")
    chance = _chance(split, number, 1)
    hard = _hardness(hardness, chance)
    total = max(len(things), count if count is not None else _count(chance, hard))
    if total > _MOST_THINGS:
        raise _impossible(f"{total} things are too many", f"at most {_MOST_THINGS} have room")
    name = f"{split}/{number}/composed"
    found = _found(name, chance, things, relations, total, hard, side, without, refuse, _ATTEMPTS)
    if found is None:
        raise _impossible(f"no scene was found that holds all that is wanted for {name}",
                          "want fewer or smaller things, or look whether the relations contradict each other")
    return found


def _found(name: str, chance: Chance, wanted: Sequence[Wanted], relations: Sequence[Relation], count: int, hard: float,
           side: int, without: Callable[[Thing], bool] | None, refuse: Callable[[Scene], bool] | None,
           attempts: int) -> Scene | None:
    for attempt in range(attempts):
        # Where it is too full, fewer fill it; what is wanted stays.
        fill = max(0, count - len(wanted) - attempt // 4)
        found = _attempt(name, chance, wanted, relations, fill, hard, side, without)
        if found is not None and not (refuse is not None and refuse(found)):
            return found
    return None


def _attempt(name: str, chance: Chance, wanted: Sequence[Wanted], relations: Sequence[Relation], fill: int, hard: float,
             side: int, without: Callable[[Thing], bool] | None) -> Scene | None:
    background = chance.pick(GROUNDS)
    sizes = _sizes(wanted, relations, hard, chance)
    things: list[Thing] = []
    for one, size in zip(wanted, sizes, strict=True):
        for _ in range(20 if without else 1):  # what it leaves open is open to `without` too
            made = _thing(one, size, hard, chance, name, background, side)
            if without is None or not without(made):
                break
        things.append(made)
    for _ in range(fill):
        for _ in range(20):
            like = chance.pick(things) if things and chance.happens(0.1 + 0.5 * hard) else None
            made = _thing(_alike(like, chance) if like else Wanted(), "", hard, chance, name, background, side)
            if without is None or not without(made):
                things.append(made)
                break
    tied = {i for relation, a, b in relations if relation in LAID for i in (a, b)}
    stands = [Stand(thing.kind, thing.size, i not in tied) for i, thing in enumerate(things)]
    crowd = 0.0 if hard < EASY else 0.25 + 0.5 * hard
    table = Table(name, side, side, stands, relations, chance, crowd)
    if not table.fill():
        return None
    order = table.painting()
    if order is None:
        return None
    clutter = int(hard * chance.between(0.2, 1.0) * 36) if hard >= EASY else int(chance.between(0, 3) * (hard > 0.15))
    visible = table.visible(order, clutter)
    if min(visible.values()) < LEAST_VISIBLE:
        return None
    place = {i: at for at, i in enumerate(order)}
    laid = {(relation, place[a], place[b]) for relation, a, b in relations if relation in LAID}
    laid |= {("behind", place[a], place[b]) for a, b in table.behind}
    standing = [replace(things[i], box=table.boxes[i], visible=visible[i]) for i in order]
    nuisance, each = _nuisance(name, background, standing, clutter, hard, chance, side)
    final = tuple(replace(thing, difficulty=round(d, 4)) for thing, d in zip(standing, each, strict=True))
    return Scene(name, side, side, background, final, frozenset(laid), nuisance, round(scene_difficulty(each), 4))


def _nuisance(name: str, background: str, things: Sequence[Thing], clutter: int, hard: float, chance: Chance,
              side: int) -> tuple[Nuisance, list[float]]:
    """What spoils the picture, as strong as it takes to be as hard as asked; and how hard each thing is then."""
    mix = [chance.between(0.3, 1.0) if chance.happens(share) else 0.0 for share in (0.65, 0.5, 0.4, 0.4)]
    if not any(mix):
        mix[0] = 1.0
    clean = difficulties(name, background, things, Nuisance(clutter=clutter), side, side)
    low, high = 0.0, 1.6  # up to 1 the mixture alone; above, all that spoils a picture joins in
    best = Nuisance(clutter=clutter), clean
    if scene_difficulty(clean) >= hard:
        return best
    for _ in range(9):
        strength = (low + high) / 2
        blur, noise, dark, haze = (part * min(1.0, strength) + (1 - part) * max(0.0, strength - 1) for part in mix)
        dark, haze = 0.66 * dark, 0.56 * haze
        kept = (1 - dark) * (1 - haze)  # noise goes with the contrast that is left, so that a careful look still tells
        nuisance = Nuisance(round(1.2 * blur, 2), round(46 * noise * kept ** 0.7, 1), round(dark, 3), round(haze, 3),
                            clutter)
        best = nuisance, difficulties(name, background, things, nuisance, side, side)
        if scene_difficulty(best[1]) < hard:
            low = strength
        else:
            high = strength
    return best


def _story(chance: Chance, hard: float) -> tuple[list[Wanted], list[Relation]]:
    """Up to two laid relations among things of their own."""
    things: list[Wanted] = []
    relations: list[Relation] = []
    for _ in range(2 if hard >= EASY and chance.happens(0.4) else 1):
        if not chance.happens(0.6):
            continue
        relation, at = chance.pick(LAID), len(things)
        if relation == "on":
            pair = chance.pick(_RIDERS), chance.pick(tuple(SEATS))
        elif relation == "inside":
            pair = chance.pick(_INMATES), chance.pick(tuple(ROOMS))
        elif relation == "holding":
            pair = chance.pick(GROUPS["person"]), chance.pick(_HELD)
        elif hard < EASY:
            continue  # easy scenes hide nothing
        else:
            pair = chance.pick(tuple(kind for kind in KINDS if kind != "sign")), chance.pick(KINDS)
        things += [Wanted(pair[0]), Wanted(pair[1])]
        relations.append((relation, at, at + 1))
        if relation == "on" and pair[0] in HANDS and chance.happens(0.4):
            things.append(Wanted(chance.pick(_HELD)))
            relations.append(("holding", at, at + 2))
    return things, relations


def _sizes(wanted: Sequence[Wanted], relations: Sequence[Relation], hard: float, chance: Chance) -> list[str]:
    """Sizes that the laid relations allow. ConfigError (FMP860) where there are none."""
    for relation, a, b in relations:
        kinds = {"on": SEATS, "inside": ROOMS}.get(relation)
        bearer, who = (a, HANDS) if relation == "holding" else (b, kinds)
        if who is not None and wanted[bearer].kind not in who:
            named = f"a {wanted[bearer].kind or 'thing of any kind'}"
            raise _impossible(f"{named} holds nothing" if relation == "holding" else f"nothing is {relation} {named}",
                              f"this is drawn for {', '.join(who)}")
    rules = [(_SIZES_OF[relation], a, b) for relation, a, b in relations if relation in LAID]
    chosen: list[str] = []

    def rest() -> bool:
        at = len(chosen)
        if at == len(wanted):
            return True
        first = wanted[at].size or _size(wanted[at].kind, hard, chance)
        for size in (first,) if wanted[at].size else (first, *(s for s in SIZES if s != first)):
            chosen.append(size)
            if all((chosen[a], chosen[b]) in allowed for allowed, a, b in rules if max(a, b) == at) and rest():
                return True
            chosen.pop()
        return False

    if rest():
        return chosen
    raise _impossible("the sizes of the wanted things do not fit their relations",
                      "what holds, bears or surrounds another must be larger: leave the sizes empty, or change them")


def _size(kind: str, hard: float, chance: Chance) -> str:
    if hard < EASY:
        return "medium" if chance.happens(0.55) else "large"
    if kind == "sign" or not chance.happens(0.25 + 0.55 * hard):
        return "medium" if chance.happens(0.65) else "large"
    return "small"


def _thing(wanted: Wanted, size: str, hard: float, chance: Chance, name: str, background: str, side: int) -> Thing:
    of = KINDS if chance.happens(0.5) else GROUPS[chance.pick(tuple(GROUPS))]
    kind = wanted.kind or chance.pick(of)
    material = wanted.material or ("plain" if chance.happens(0.4) else chance.pick(MATERIALS))
    size = size or wanted.size or _size(kind, hard, chance)
    colour = wanted.colour or chance.pick(COLOURS)
    middle = (0.0, 0.0, float(side), float(side))
    for _ in range(8):
        if wanted.colour or contrast(name, background, colour, middle, side) > (0.16 if hard < EASY else 0.07):
            break
        colour = chance.pick(COLOURS)
    text = (wanted.text or chance.pick(WORDS)) if kind == "sign" else ""
    return Thing(kind, colour, material, size, (0.0, 0.0, 1.0, 1.0), text)


def _alike(thing: Thing, chance: Chance) -> Wanted:
    """What may be taken for the thing: a look-alike, or the same kind in other colours."""
    if chance.happens(0.6):
        return Wanted(chance.pick(LOOK_ALIKES[thing.kind]), thing.colour, thing.material if chance.happens(0.5) else "",
                      thing.size if thing.size != "large" else "")
    colour = "" if chance.happens(0.7) else thing.colour
    return Wanted(thing.kind, colour, thing.material if chance.happens(0.5) else "")


def _count(chance: Chance, hard: float) -> int:
    return chance.whole(2, 5) if hard < EASY else min(9, chance.whole(3, 6) + int(hard * chance.between(0, 5)))


def _hardness(given: float | None, chance: Chance) -> float:
    drawn = chance.between(0.02, EASY - 0.02) if chance.happens(0.5) else chance.between(EASY, 1.0)
    if given is None:
        return drawn
    if not 0 <= given <= 1:
        raise _impossible(f"hardness {given!r} is not from 0 to 1", "0 is the easiest")
    return given


def _chance(split: str, number: int, stream: int) -> Chance:
    if split not in SPLITS:
        raise _impossible(f"there is no split {split!r}", f"there is {', '.join(SPLITS)}")
    if number < 0:
        raise _impossible(f"scene {number} is before the first one", "numbers begin with 0")
    return Chance(int(np.random.default_rng([SPLITS[split], number, stream]).integers(2**62)))


def _check(wanted: Wanted) -> None:
    for value, known in ((wanted.kind, KINDS), (wanted.colour, COLOURS), (wanted.material, MATERIALS),
                         (wanted.size, SIZES), (wanted.text, WORDS)):
        if value and value not in known:
            raise _impossible(f"{value!r} is not drawn", f"there is {', '.join(known)}")
    if wanted.text and wanted.kind != "sign":
        raise _impossible(f"{wanted.text!r} stands on signs alone", "say kind='sign' too")


def _impossible(what: str, hint: str) -> ConfigError:
    return ConfigError(what, code="FMP860", hint=hint)
