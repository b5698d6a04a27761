"""One look at a picture: what may be there, where, and how likely it is each kind, colour, material, size and word."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np
from PIL import Image as pil

from fmplang.backends.embedded.scenes import engine
from fmplang.backends.embedded.scenes.plan import CHOICES, MOST, OUTPUTS, Plan

GREY = 128  # around pictures that are not square
LEAST = 0.04  # heat below which nothing is a candidate
_SAME = 0.6  # overlap from which two candidates of one look are one thing
_AGREE = 0.5  # overlap from which candidates of two looks are one thing
_KEPT = 64  # looks that are remembered


@dataclass(frozen=True, slots=True)
class Look:
    """n candidates, likeliest first. `heat` n: how much the network believes in each, in (0, 1), not calibrated.
    `boxes` n x 4: left, top, right, bottom as shares of the picture's longer side, from its upper left corner. `slots`
    n. `logits` by name, n x values. `visible` n: the share that nothing covers."""

    heat: np.ndarray
    boxes: np.ndarray
    slots: np.ndarray
    logits: Mapping[str, np.ndarray]
    visible: np.ndarray

    def __len__(self) -> int:
        return len(self.heat)


@dataclass(frozen=True, slots=True)
class View:
    """How a picture is put before the network: as a square of `side` pixels, mirrored or not."""

    side: int
    mirrored: bool = False


def square(pixels: np.ndarray, side: int) -> np.ndarray:
    """H x W x 3 uint8 padded with grey to a square and brought to side x side pixels."""
    height, width = pixels.shape[:2]
    if height != width:
        longer = max(height, width)
        padded = np.full((longer, longer, 3), GREY, np.uint8)
        top, left = (longer - height) // 2, (longer - width) // 2
        padded[top : top + height, left : left + width] = pixels
        pixels = padded
    if len(pixels) == side:
        return pixels
    return np.asarray(pil.fromarray(pixels).resize((side, side), pil.Resampling.BILINEAR))


def look(plan: Plan, weights: engine.Weights, pixels: np.ndarray, views: Sequence[View]) -> Look:
    """The candidates of one picture, H x W x 3 uint8, seen in one or several ways."""
    found = []
    for view in views:
        picture = square(pixels, view.side)
        grid = engine.features(plan, weights, (picture[:, ::-1] if view.mirrored else picture)[None])[0]
        found.append(_unpadded(candidates(plan, weights, grid, view), pixels.shape[0], pixels.shape[1]))
    return found[0] if len(found) == 1 else together(found)


def candidates(plan: Plan, weights: engine.Weights, grid: np.ndarray, view: View) -> Look:
    """The candidates in a grid of features (rows x columns x features) of a view.

    The network measures in pixels, as it has learnt at the plan's side: in a larger view boxes must be brought down,
    and what it makes of sizes does not count. Nor does the text of a mirrored sign.
    """
    rows, columns = grid.shape[:2]
    heat = _sigmoid(grid @ weights["heat.weight"] + weights["heat.bias"])
    padded = np.zeros((rows + 2, columns + 2, heat.shape[2]), np.float32)
    padded[1:-1, 1:-1] = heat
    across = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    peak = np.maximum(np.maximum(across[:-2], across[1:-1]), across[2:])
    row, column, slot = np.nonzero((heat == peak) & (heat > LEAST))
    score = heat[row, column, slot]
    order = np.argsort(-score, kind="stable")[:MOST]
    row, column, slot, score = row[order], column[order], slot[order], score[order]
    out = engine.second(weights, engine.around(grid, row, column, plan), slot)
    ends = np.cumsum(list(OUTPUTS.values()))[:-1]
    parts = dict(zip(OUTPUTS, np.split(out, ends, axis=1), strict=True))
    middle = np.stack([(column + 0.5) / columns, (row + 0.5) / rows], axis=1)
    reach = parts["box"] * np.float32(plan.side / view.side / 4)
    boxes = np.clip(np.concatenate([middle - reach[:, :2], middle + reach[:, 2:]], axis=1), 0, 1)
    if view.mirrored:
        boxes = np.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], axis=1)
    kept = _distinct(boxes)
    logits = {name: parts[name][kept] for name in CHOICES}
    if view.mirrored:
        logits["word"] = np.zeros_like(logits["word"])
    if view.side != plan.side:
        logits["size"] = np.zeros_like(logits["size"])
    return Look(score[kept], boxes[kept], slot[kept], logits, _sigmoid(parts["visible"][kept, 0]))


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """n x m: intersection over union of boxes n x 4 and m x 4."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1) for boxes in (first, second)]
    return np.asarray(both / np.maximum(areas[0][:, None] + areas[1][None, :] - both, 1e-9))


def together(looks: Sequence[Look]) -> Look:
    """Several looks at one picture as one: candidates that overlap are one thing, and where a look misses it, that
    counts against it. Boxes, heat and logits are means, by heat; logits that a look could not tell do not count."""
    boxes = np.concatenate([one.boxes for one in looks])
    heat = np.concatenate([one.heat for one in looks])
    whose = np.concatenate([np.full(len(one), at) for at, one in enumerate(looks)])
    slots = np.concatenate([one.slots for one in looks])
    logits = {name: np.concatenate([one.logits[name] for one in looks]) for name in CHOICES}
    visible = np.concatenate([one.visible for one in looks])
    near = overlaps(boxes, boxes) >= _AGREE
    free = np.ones(len(heat), bool)
    groups: list[np.ndarray] = []
    for at in np.argsort(-heat, kind="stable"):
        if not free[at]:
            continue
        same = [at]
        for look_at in range(len(looks)):
            others = np.nonzero(free & near[at] & (whose == look_at))[0]
            if look_at != whose[at] and len(others):
                same.append(int(others[heat[others].argmax()]))
        free[same] = False
        groups.append(np.array(same))
    groups = groups[:MOST]
    shares = [heat[group] / heat[group].sum() for group in groups]

    def mean(values: np.ndarray) -> np.ndarray:
        return np.array([share @ values[group] for group, share in zip(groups, shares, strict=True)],
                        np.float32).reshape(len(groups), *values.shape[1:])

    def told(values: np.ndarray) -> np.ndarray:
        made = np.zeros((len(groups), values.shape[1]), np.float32)
        for at, (group, share) in enumerate(zip(groups, shares, strict=True)):
            weights = share * values[group].any(axis=1)
            if weights.any():
                made[at] = weights @ values[group] / weights.sum()
        return made

    believed = np.array([heat[group].sum() / len(looks) for group in groups], np.float32)
    order = np.argsort(-believed, kind="stable")
    return Look(believed[order], mean(boxes)[order], np.array([slots[group[0]] for group in groups], np.int64)[order],
                {name: told(values)[order] for name, values in logits.items()}, mean(visible)[order])


class Looking(Protocol):
    """Whatever looks at a picture; `flops` are the operations of one look."""

    @property
    def flops(self) -> int: ...

    def look(self, pixels: np.ndarray, digest: str = "") -> Look: ...

    def forget(self) -> None: ...


class Eye:
    """A network with its weights that remembers its latest looks, since a program asks much about few pictures."""

    def __init__(self, plan: Plan, weights: engine.Weights, views: Sequence[View]) -> None:
        self.plan = plan
        self.weights = weights
        self.views = tuple(views)
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._lock = Lock()

    @property
    def flops(self) -> int:
        return sum(self.plan.flops(view.side) for view in self.views)

    def forget(self) -> None:
        """Remember no look: for those that measure."""
        with self._lock:
            self._looks.clear()

    def look(self, pixels: np.ndarray, digest: str = "") -> Look:
        """The candidates of a picture; `digest` names it, where it may come again."""
        if digest:
            with self._lock:
                known = self._looks.get(digest)
                if known is not None:
                    self._looks.move_to_end(digest)
                    return known
        made = look(self.plan, self.weights, pixels, self.views)
        if digest:
            with self._lock:
                self._looks[digest] = made
                if len(self._looks) > _KEPT:
                    self._looks.popitem(last=False)
        return made


def _unpadded(made: Look, height: int, width: int) -> Look:
    """From shares of the padded square to shares of the longer side of the picture in it."""
    if height == width:
        return made
    longer = max(height, width)
    shift = np.array([(longer - width) // 2, (longer - height) // 2] * 2) / longer
    high = np.array([width, height] * 2) / longer
    boxes = np.clip(made.boxes - shift, 0, high)
    return Look(made.heat, boxes.astype(made.boxes.dtype), made.slots, made.logits, made.visible)


def _distinct(boxes: np.ndarray) -> np.ndarray:
    """Of candidates that nearly cover each other, the first."""
    near = overlaps(boxes, boxes) > _SAME
    kept: list[int] = []
    for at in range(len(boxes)):
        if not near[at, kept].any():
            kept.append(at)
    return np.array(kept, np.int64)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))
