"""Where things go: boxes for a list of wanted things that hold the wanted relations and no others by accident.

Things that nothing is said of stand apart. Where a scene is crowded two of them may overlap, and then the one in
front stands lower and hides a clear share of the other, which is noted as `behind`; so what overlaps by chance is never
taken for `on`, `inside` or `holding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fmplang.scenes.chance import Chance
from fmplang.scenes.figures import HANDS, ROOMS, SEATS, SHAPES, outline
from fmplang.scenes.graph import LAID, Box, placed
from fmplang.scenes.scraps import scraps

BANDS = {"small": (13, 19), "medium": (26, 36), "large": (46, 64)}  # the longer side, in pixels of 128
LEAST_VISIBLE = 0.35
_LEAST_HIDDEN = 0.12  # less than this is no overlap that a person would name
_TRIES = 40

Mask = NDArray[np.bool_]
Relation = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Stand:
    """A thing that is to be placed: what it is, and how large."""

    kind: str
    size: str
    loose: bool  # nothing is said of it, so it may overlap by chance


class Table:
    """Boxes and masks so far, of one attempt."""

    def __init__(self, name: str, width: int, height: int, stands: Sequence[Stand], relations: Sequence[Relation],
                 chance: Chance, crowd: float) -> None:
        self.name, self.width, self.height = name, width, height
        self.unit = max(width, height) / 128
        self.stands, self.relations, self.chance, self.crowd = stands, relations, chance, crowd
        self.boxes: dict[int, Box] = {}
        self.masks: dict[int, Mask] = {}
        self.before: set[tuple[int, int]] = set()  # (i, j): i is painted before j
        self.behind: set[tuple[int, int]] = set()
        self.tied = _tied(relations)

    def fill(self) -> bool:
        """Place all. False where the attempt has failed."""
        for i, how in _order(len(self.stands), self.relations):
            if not any(self._put(i, how) for _ in range(_TRIES)):
                return False
        return True

    def _put(self, i: int, how: Relation | None) -> bool:
        width, height = self._measures(i, how)
        spot = self._anywhere(width, height) if how is None else self._laid(i, how, width, height)
        if spot is None:
            return False
        left, low = round(spot[0]), round(spot[1])
        if left < 1 or low < 1 or left + width > self.width - 1 or low + height > self.height - 1:
            return False
        box = (float(left), float(low), float(left + width), float(low + height))
        for relation, a, b in self.relations:
            if relation not in LAID and i in (a, b):
                other = b if a == i else a
                if other in self.boxes:
                    pair = (box, self.boxes[other]) if a == i else (self.boxes[other], box)
                    if not placed(relation, *pair, max(self.width, self.height)):
                        return False
        return self._settle(i, box, how)

    def _measures(self, i: int, how: Relation | None) -> tuple[int, int]:
        stand = self.stands[i]
        low, high = BANDS[stand.size]
        longer = self.chance.between(low, high) * self.unit
        across = self.chance.between(*SHAPES[stand.kind])
        if how is not None and how[0] == "inside":
            left, bottom, right, top = ROOMS[self.stands[how[2]].kind]
            around = self.boxes[how[2]]
            fits = min((right - left) * (around[2] - around[0]) / min(1.0, across),
                       (top - bottom) * (around[3] - around[1]) * max(1.0, across))
            longer = max(low * self.unit, min(longer, fits - 2))
        width, height = (longer, longer / across) if across >= 1 else (longer * across, longer)
        least, most = round(low * self.unit), round(high * self.unit)
        if width >= height:
            return min(max(round(width), least), most), max(round(height), 5)
        return max(round(width), 5), min(max(round(height), least), most)

    def _anywhere(self, width: int, height: int) -> tuple[float, float]:
        return self.chance.between(1, self.width - 1 - width), self.chance.between(1, self.height - 1 - height)

    def _laid(self, i: int, how: Relation, width: int, height: int) -> tuple[float, float] | None:
        """The left lower corner of a thing that stands in a relation to one that is placed."""
        relation, first, second = how
        chance = self.chance
        if relation == "behind":
            front = self.boxes[second if first == i else first]
            wide, high = front[2] - front[0], front[3] - front[1]
            aside = chance.pick((-1, 1)) * chance.between(0.15, 0.75) * (width + wide) / 2
            middle = (front[0] + front[2]) / 2 + aside
            if first == i:
                return middle - width / 2, front[1] + 3 * self.unit + chance.between(0.02, 0.6) * high
            return middle - width / 2, front[1] - 3 * self.unit - chance.between(0.02, 0.6) * height
        left, low, right, high = self.boxes[second] if relation != "holding" else self.boxes[first]
        wide, tall = right - left, high - low
        if relation == "holding":
            x, y = HANDS[self.stands[first].kind]
            x = x if chance.happens(0.5) else 1 - x
            out = -1 if x < 0.5 else 1
            return (left + x * wide + out * width * chance.between(0.12, 0.3) - width / 2,
                    low + y * tall + height * chance.between(0.05, 0.25) - height / 2)
        if relation == "inside":
            a, b, c, d = ROOMS[self.stands[second].kind]
            spare_x, spare_y = (c - a) * wide - width, (d - b) * tall - height
            if min(spare_x, spare_y) < -1.5 * self.unit:
                return None
            up = spare_y / 2 if self.stands[second].kind == "ring" else min(1.0, max(0.0, spare_y))
            return left + a * wide + spare_x * chance.between(0.35, 0.65), low + b * tall + up
        seat = SEATS[self.stands[second].kind] * tall
        if self.stands[second].kind == "horse" and self.stands[first].kind in HANDS:
            seat -= min(0.18 * tall, 0.3 * height)  # astride
        reach = 0.06 if self.stands[second].kind in ("house", "tree", "horse") else 0.16
        aside = chance.between(-reach, reach)
        return left + (0.5 + aside) * wide - width / 2, low + seat - 1

    def _settle(self, i: int, box: Box, how: Relation | None) -> bool:
        """Take the box if what it touches is as it should be."""
        mask: Mask | None = None
        before: set[tuple[int, int]] = set()
        behind: set[tuple[int, int]] = set()
        gap_x, gap_y = 2 * self.unit, 5 * self.unit
        for j, other in self.boxes.items():
            if frozenset((i, j)) in self.tied:
                continue
            across = max(box[0], other[0]) - min(box[2], other[2])
            up = max(box[1], other[1]) - min(box[3], other[3])
            if across >= gap_x or up >= gap_y:
                continue
            if not (self.stands[i].loose and self.stands[j].loose and self.crowd and across < 0 and up < 0):
                return False
            if mask is None:
                mask = self._mask(i, box)
            back, front = (i, j) if box[1] > other[1] else (j, i)
            if self.stands[back].kind == "sign":  # its text is to be read
                return False
            if abs(box[1] - other[1]) < 3 * self.unit or not self.chance.happens(self.crowd):
                return False
            hidden = _share(mask, box, self.masks[j], other) if back == i else _share(self.masks[j], other, mask, box)
            if not _LEAST_HIDDEN <= hidden <= 0.55:
                return False
            before.add((back, front))
            behind.add((back, front))
        if mask is None:
            mask = self._mask(i, box)
        if how is not None:
            relation, first, second = how
            if relation == "behind":
                other = self.boxes[second if first == i else first]
                its = self.masks[second if first == i else first]
                hidden = _share(mask, box, its, other) if first == i else _share(its, other, mask, box)
                if not 0.15 <= hidden <= 0.55:
                    return False
            if relation == "on" and _share(mask, box, self.masks[second], self.boxes[second]) > 0.6:
                return False
        for relation, first, second in self.relations:
            if relation in LAID and i in (first, second):
                before.add({"behind": (first, second), "holding": (first, second)}.get(relation, (second, first)))
        self.boxes[i], self.masks[i] = box, mask
        self.before |= before
        self.behind |= behind
        return True

    def _mask(self, i: int, box: Box) -> Mask:
        return np.asarray(outline(self.name, self.stands[i].kind, box)) > 0

    def painting(self) -> list[int] | None:
        """An order in which each thing comes after what it hides; what is free goes from the back to the front, so from
        high to low. None where there is none."""
        left = sorted(self.boxes, key=lambda i: -self.boxes[i][1])
        done: list[int] = []
        while left:
            free = next((i for i in left if not any((j, i) in self.before for j in left if j != i)), None)
            if free is None:
                return None
            left.remove(free)
            done.append(free)
        return done

    def visible(self, order: Sequence[int], clutter: int) -> dict[int, float]:
        """Which share of each thing's pixels neither later things nor scraps cover."""
        cover = np.zeros((self.height, self.width), np.bool_)
        over = [bit for bit in scraps(self.name, clutter, self.width, self.height) if bit.over]
        if over:
            sheet = Image.new("L", (self.width, self.height))
            pen = ImageDraw.Draw(sheet)
            for bit in over:
                pen.polygon(list(bit.points), 255)
            cover |= np.asarray(sheet) > 0
        shares = {}
        for i in reversed(order):
            left, low, right, high = map(int, self.boxes[i])
            part, mask = cover[self.height - high:self.height - low, left:right], self.masks[i]
            pixels = int(mask.sum())
            shares[i] = round(1 - int((mask & part).sum()) / pixels, 4) if pixels else 0.0
            part |= mask
        return shares


def _tied(relations: Sequence[Relation]) -> set[frozenset[int]]:
    """The pairs that may touch: what is laid to each other, and what is borne to all that bears its bearer."""
    pairs = {frozenset((a, b)) for relation, a, b in relations if relation in LAID}
    bearers = {b if relation == "holding" else a: a if relation == "holding" else b
               for relation, a, b in relations if relation in LAID and relation != "behind"}
    for i, above in bearers.items():
        seen = {i}
        while above not in seen:
            pairs.add(frozenset((i, above)))
            seen.add(above)
            above = bearers.get(above, above)
    return pairs


def _order(count: int, relations: Sequence[Relation]) -> list[tuple[int, Relation | None]]:
    """Who is placed when, and by which laid relation: those first that others are laid to, the large clusters first."""
    laid = [one for one in relations if one[0] in LAID]
    done: set[int] = set()
    order: list[tuple[int, Relation | None]] = []

    def grow() -> None:
        growing = True
        while growing:
            growing = False
            for how in laid:
                a, b = how[1], how[2]
                if (a in done) != (b in done):
                    order.append((b if a in done else a, how))
                    done.update((a, b))
                    growing = True

    anchors = [a if relation == "holding" else b for relation, a, b in laid]
    carried = {b if relation == "holding" else a for relation, a, b in laid}
    for i in [*(a for a in anchors if a not in carried), *range(count)]:
        if i not in done:
            done.add(i)
            order.append((i, None))
            grow()
    return order


def _share(back: Mask, back_box: Box, front: Mask, front_box: Box) -> float:
    """Which share of the one mask the other covers."""
    left, right = int(max(back_box[0], front_box[0])), int(min(back_box[2], front_box[2]))
    low, high = int(max(back_box[1], front_box[1])), int(min(back_box[3], front_box[3]))
    if left >= right or low >= high:
        return 0.0
    one = back[int(back_box[3]) - high:int(back_box[3]) - low, left - int(back_box[0]):right - int(back_box[0])]
    other = front[int(front_box[3]) - high:int(front_box[3]) - low, left - int(front_box[0]):right - int(front_box[0])]
    return float((one & other).sum()) / max(1, int(back.sum()))


