"""An eye without weights: what stands out from the ground, by its outline and its colour.

The ground is what the edge of the picture shows. What differs from it is cut into connected patches; each patch is laid
over the outlines of all kinds, and its colour is the nearest ink. It takes things that touch for one, and scraps for
things, and knows no pattern and no word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image as pil
from PIL import ImageFilter

from fmplang.backends.embedded.scenes import pairs
from fmplang.backends.embedded.scenes.eye import Look, square
from fmplang.backends.embedded.scenes.plan import CHOICES, MOST
from fmplang.scenes.figures import SHAPES, outline
from fmplang.scenes.graph import COLOURS, KINDS
from fmplang.scenes.inks import INKS

SIDE = 128
_UNRELATED = -4.0  # the logit of any laid relation
_GRID = 20  # cells a side that outlines are compared on
_POSES = 4
_GROUNDS = 6  # colours that a ground may have
_APART = 30.0  # grey levels that a thing differs from the ground by, at least
_SMALLEST = 50  # pixels of a patch


class OutlineEye:
    """`look` as eye.Eye has it."""

    @property
    def flops(self) -> int:
        """Roughly: the comparisons with the ground, the filters, and MOST patches laid over all outlines."""
        return 2 * SIDE * SIDE * (_GROUNDS * 3 + 9 + 20) + 2 * MOST * len(KINDS) * 2 * _POSES * _GRID**2

    def forget(self) -> None:
        """It remembers nothing."""

    def look(self, pixels: np.ndarray, digest: str = "") -> Look:
        height, width = pixels.shape[:2]
        picture = np.asarray(pil.fromarray(square(pixels, SIDE)).filter(ImageFilter.MedianFilter(3)), np.float32)
        inside = _inside(height, width)
        mask = _different(picture, inside)
        boxes, kinds, colours = [], [], []
        for rows, columns in patches(mask):
            top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
            cut = np.zeros((bottom - top, right - left), np.uint8)
            cut[rows - top, columns - left] = 255
            boxes.append((left, top, right, bottom))
            kinds.append(_alike(cut))
            colours.append(_inks(picture[rows, columns]))
        order = np.argsort([-max(kind) for kind in kinds], kind="stable")[:MOST]
        scale = max(height, width) / SIDE
        shift = np.array([(max(height, width) - width) // 2, (max(height, width) - height) // 2] * 2)
        found = (np.array(boxes, np.float32).reshape(-1, 4)[order] * scale - shift) / max(height, width)
        best = np.array([max(kind) for kind in kinds], np.float32)[order]
        logits = {name: np.zeros((len(order), len(values)), np.float32) for name, values in CHOICES.items()}
        logits["kind"] = 30 * np.array(kinds, np.float32).reshape(-1, len(KINDS))[order]
        logits["colour"] = np.array(colours, np.float32).reshape(-1, len(COLOURS))[order]
        longer = (found[:, 2:] - found[:, :2]).max(axis=1, initial=0.0)
        for at, band in enumerate((0.08, 0.24, 0.42)):
            logits["size"][:, at] = -60 * np.abs(longer - band)
        return Look(np.clip(best, 0.05, 0.99), found.clip(0, 1), np.zeros(len(order), np.int64), logits,
                    np.ones(len(order), np.float32))


def patches(mask: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows and columns of each connected patch (side by side or one above another) of enough pixels: runs of each
    row, joined where they meet those of the row before."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(edges == 1)
    _, end = np.nonzero(edges == -1)
    parent = list(range(len(row)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first = np.searchsorted(row, np.arange(mask.shape[0] + 1))
    for y in range(1, mask.shape[0]):
        above, here = first[y - 1], first[y]
        while above < first[y] and here < first[y + 1]:
            if start[above] < end[here] and start[here] < end[above]:
                parent[root(here)] = root(above)
            if end[above] < end[here]:
                above += 1
            else:
                here += 1
    groups: dict[int, list[int]] = {}
    for at in range(len(row)):
        groups.setdefault(root(at), []).append(at)
    for runs in groups.values():
        lengths = end[runs] - start[runs]
        if lengths.sum() >= _SMALLEST:
            yield (np.repeat(row[runs], lengths),
                   np.concatenate([np.arange(start[at], end[at]) for at in runs]))


def _inside(height: int, width: int) -> np.ndarray:
    """Which pixels of the padded square are the picture's."""
    longer = max(height, width)
    top, left = (longer - height) // 2 * SIDE // longer, (longer - width) // 2 * SIDE // longer
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : max(top + 1, SIDE - top), left : max(left + 1, SIDE - left)] = True
    return mask


def _different(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where a picture differs from all colours of its edge, holes of a pixel or two closed."""
    rows, columns = np.nonzero(inside)
    edge = inside.copy()
    edge[rows.min() + 4 : rows.max() - 3, columns.min() + 4 : columns.max() - 3] = False
    colours = picture[edge]
    nearest = np.full(picture.shape[:2], np.inf, np.float32)
    left = np.ones(len(colours), bool)
    spread = 0.0
    for _ in range(_GROUNDS):
        if left.sum() < 0.06 * len(colours):
            break
        coarse = (colours[left] // 24).astype(np.int64) @ np.array([256, 16, 1])
        values, count = np.unique(coarse, return_counts=True)
        middle = np.median(colours[left][coarse == values[count.argmax()]], axis=0)
        far = np.abs(colours - middle).max(axis=1)
        near = left & (far < _APART)
        spread = max(spread, float(np.abs(colours[near] - middle).mean())) if near.any() else spread
        left &= far >= _APART
        np.minimum(nearest, np.abs(picture - middle).max(axis=2), out=nearest)
    mask = (nearest > max(_APART, 3 * spread)) & inside
    wide = pil.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))
    return np.asarray(wide.filter(ImageFilter.MinFilter(3))) > 0


@lru_cache(maxsize=1)
def _outlines() -> tuple[np.ndarray, np.ndarray]:
    """Outlines of all kinds, (kinds * poses * 2) x cells, and the logarithms of their widths over their heights."""
    grids, shapes = [], []
    for kind in KINDS:
        for pose in range(_POSES):
            width, height = (int(60 * share / max(SHAPES[kind])) for share in SHAPES[kind])
            mask = np.asarray(outline("outline", kind, (float(pose), 0.0, width + float(pose), float(height))))
            for way in (mask, mask[:, ::-1]):
                grids.append(_shrunk(way))
                shapes.append(np.log(width / height))
    return np.array(grids), np.array(shapes)


def _shrunk(mask: np.ndarray) -> np.ndarray:
    """The share of each cell that a mask (0 to 255) covers, as one row."""
    small = pil.fromarray(np.ascontiguousarray(mask)).resize((_GRID, _GRID), pil.Resampling.BOX)
    return np.asarray(small, np.float32).ravel() / 255


def _alike(cut: np.ndarray) -> np.ndarray:
    """How well a patch covers each kind's outline, 0 to 1: overlap over union, less for other proportions."""
    grids, shapes = _outlines()
    mine = _shrunk(cut)
    both = np.minimum(grids, mine).sum(axis=1)
    union = np.maximum(grids, mine).sum(axis=1)
    wide = np.log(cut.shape[1] / cut.shape[0])
    score = both / union * np.exp(-0.7 * np.abs(shapes - wide))
    return np.asarray(score.reshape(len(KINDS), -1).max(axis=1))


def _inks(colours: np.ndarray) -> np.ndarray:
    """Logits of the named colours for the pixels of a patch."""
    inks = np.array([INKS[name] for name in COLOURS], np.float32)
    light, here = inks.sum(axis=1) / 3, colours.mean(axis=1, keepdims=True)
    hue = np.abs((colours - here)[:, None] - (inks - light[:, None])[None]).sum(axis=2)
    far = hue + 0.5 * np.abs(here - light[None])
    nearest = np.bincount(far.argmin(axis=1), minlength=len(COLOURS)) / len(colours)
    return np.asarray(6 * nearest)


def unrelated() -> dict[str, np.ndarray]:
    """Weights of the network on pairs for an eye that knows no relation."""
    made = {name: np.zeros(shape, np.float32) for name, shape in pairs.SHAPES.items()}
    made["laid.bias"] += np.float32(_UNRELATED)
    return made
