"""What an eye should have said: windows of scenes, and the answer for each cell of its grid.

An eye must know whole pictures and crops alike, since programs ask about both. So a batch mixes whole pictures, some of
them mirrored, with windows of all sizes, and with tight crops around one thing that are padded to a square in grey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmplang.backends.embedded.scenes.eye import square
from fmplang.backends.embedded.scenes.plan import EDGES, SLOTS, Plan
from fmplang.zoo.examples import AT, Examples

SEEN = 0.3  # things of which less can be seen need not be found
LEFT_OUT = 0.12  # of which less can be seen must not be found

_BOX = slice(AT["left"], AT["bottom"] + 1)


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` N x 3 x side x side uint8. `heat` N x SLOTS x rows x columns: 1 at the middles, less around them; -1
    where anything goes. The rest are rows of P places that the second stage is asked at: `place` P x 4 (picture, slot,
    row, column), `box` P x 4 distances from the cell's middle in quarters of the side, `labels` P x 5 (kind, colour,
    material, size, word; -1 where it does not count), `visible` P."""

    pictures: np.ndarray
    heat: np.ndarray
    place: np.ndarray
    box: np.ndarray
    labels: np.ndarray
    visible: np.ndarray


def batch(examples: Examples, plan: Plan, size: int, rng: np.random.Generator, whole: float = 0.5,
          windows: float = 0.25, easy: float = 0.0) -> Batch:
    """`size` views: whole pictures and windows to these shares, the rest tight crops. Such a share as `easy` is of easy
    scenes alone, the rest of any."""
    cells = plan.side // plan.cell
    pictures = np.empty((size, 3, plan.side, plan.side), np.uint8)
    heat = np.zeros((size, SLOTS, cells, cells), np.float32)
    rows: list[tuple[np.ndarray, ...]] = []
    for at in range(size):
        simple = easy > 0 and rng.random() < easy and len(examples.easy) > 0
        scene = examples.easy[int(rng.integers(len(examples.easy)))] if simple else int(rng.integers(len(examples)))
        picture, things, _ = examples[int(scene)]
        things = things[things[:, AT["present"]] > 0].copy()
        made, things = view(picture, things, plan.side, rng, whole, windows)
        pictures[at] = made.transpose(2, 0, 1)
        rows.append(_place(heat[at], things, at, cells, rng))
    place, box, labels, visible = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return Batch(pictures, heat, place, box, labels, visible)


def view(picture: np.ndarray, things: np.ndarray, side: int, rng: np.random.Generator, whole: float,
         windows: float) -> tuple[np.ndarray, np.ndarray]:
    """A random view of a picture, `side` pixels a side, and the things as they lie in it; `things` is changed."""
    draw = rng.random()
    if draw < whole:
        made, things = looked(picture, things, (0.0, 0.0, 1.0, 1.0), side)
        if rng.random() < 0.3:
            made = made[:, ::-1]
            things[:, [AT["left"], AT["right"]]] = 1 - things[:, [AT["right"], AT["left"]]]
            things[:, AT["word"]] = -1
        return made, things
    things[:, AT["size"]] = -1  # cannot be told in a window
    if draw < whole + windows or not len(things):
        scale = rng.uniform(0.4, 1.0)
        left, top = rng.uniform(0, 1 - scale, 2)
        return looked(picture, things, (left, top, left + scale, top + scale), side)
    left, top, right, bottom = things[int(rng.integers(len(things))), _BOX]
    margin = rng.uniform(-0.08, 0.2, 4) if rng.random() < 0.7 else rng.uniform(0, 0.6, 4)
    across, down = right - left, bottom - top
    pixel = 1 / len(picture)
    left, top = max(0.0, left - margin[0] * across), max(0.0, top - margin[1] * down)
    right, bottom = right + margin[2] * across, bottom + margin[3] * down
    bounds = (min(left, 1 - pixel), min(top, 1 - pixel), min(1.0, max(right, left + pixel)),
              min(1.0, max(bottom, top + pixel)))
    return looked(picture, things, bounds, side)


def looked(picture: np.ndarray, things: np.ndarray, bounds: tuple[float, float, float, float],
           side: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture between bounds (shares of its side, not beyond it), made square and `side` pixels long, and
    the things in it: boxes clipped, the share that is seen lessened by what was cut off."""
    full = len(picture)
    if bounds == (0.0, 0.0, 1.0, 1.0):
        made, frame = square(picture, side), (0.0, 0.0, 1.0)
    else:
        left, top = (int(np.floor(x * full)) for x in bounds[:2])
        right, bottom = (int(np.ceil(x * full)) for x in bounds[2:])
        inside = picture[top:bottom, left:right]
        longer = max(inside.shape[:2])
        made = square(inside, side)
        frame = ((left - (longer - inside.shape[1]) // 2) / full, (top - (longer - inside.shape[0]) // 2) / full,
                 longer / full)
    x, y, scale = frame
    boxes = (things[:, _BOX] - (x, y, x, y)) / scale
    area = np.maximum(boxes[:, 2] - boxes[:, 0], 1e-6) * np.maximum(boxes[:, 3] - boxes[:, 1], 1e-6)
    low = ((bounds[0] - x) / scale, (bounds[1] - y) / scale)
    high = ((bounds[2] - x) / scale, (bounds[3] - y) / scale)
    boxes = np.clip(boxes, (*low, *low), (*high, *high))
    left_in = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0) / area
    kept = left_in > 0.05
    things = things[kept]
    things[:, _BOX] = boxes[kept]
    share = left_in[kept]
    things[:, AT["visible"]] *= np.where(share > 0.85, 1.0, share)
    things[:, AT["word"]] = np.where(share > 0.85, things[:, AT["word"]], -1)
    return made, things


def slot(longer: float) -> int:
    """The slot of a box by its longer side, a share of the picture's."""
    return sum(longer >= edge for edge in EDGES)


_NEAR = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))


def _place(heat: np.ndarray, things: np.ndarray, picture: int, cells: int,
           rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Marks the things of one picture in its heat and gives the places to ask at."""
    places, boxes, labels, visible = [], [], [], []
    at = np.arange(cells) + 0.5
    for thing in things:
        if thing[AT["visible"]] < LEFT_OUT:
            continue
        left, top, right, bottom = thing[_BOX] * cells
        x, y, longer = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top) / cells
        row, column = min(int(y), cells - 1), min(int(x), cells - 1)
        here = slot(longer)
        if thing[AT["visible"]] < SEEN:
            _let(heat[here], row, column)
            continue
        for edge_at, edge in enumerate(EDGES):  # near the edge between two slots either will do
            if abs(longer / edge - 1) < 0.12:
                _let(heat[edge_at if here > edge_at else edge_at + 1], row, column)
        spread_x, spread_y = max(0.5, (right - left) / 8), max(0.5, (bottom - top) / 8)
        bump = np.outer(np.exp(-((at - row - 0.5) / spread_y) ** 2 / 2),
                        np.exp(-((at - column - 0.5) / spread_x) ** 2 / 2)).astype(np.float32)
        grid = heat[here]
        np.maximum(grid, np.where(bump > 0.02, bump, 0), out=grid, where=grid >= 0)
        grid[row, column] = 1
        for down, across in (_NEAR[0], _NEAR[int(rng.integers(1, 5))]):
            r, c = row + down, column + across
            if 0 <= r < cells and 0 <= c < cells:
                places.append((picture, here, r, c))
                boxes.append(((c + 0.5 - left) * 4 / cells, (r + 0.5 - top) * 4 / cells,
                              (right - c - 0.5) * 4 / cells, (bottom - r - 0.5) * 4 / cells))
                labels.append(thing[AT["kind"] : AT["word"] + 1])
                visible.append(thing[AT["visible"]])
    return (np.array(places, np.int64).reshape(-1, 4), np.array(boxes, np.float32).reshape(-1, 4),
            np.array(labels, np.int64).reshape(-1, 5), np.array(visible, np.float32))


def _let(grid: np.ndarray, row: int, column: int) -> None:
    """Anything goes around a cell, but where a middle is marked."""
    part = grid[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    part[part < 1] = -1
