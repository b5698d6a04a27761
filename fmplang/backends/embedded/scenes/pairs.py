"""How two candidates stand to each other, where boxes alone do not tell: on, inside, holding, behind.

A small network on each ordered pair: what the two are likely to be, and how their boxes lie. What depends on one of
them alone is computed once for each.
"""

from __future__ import annotations

import numpy as np

from fmplang.backends.embedded.scenes.engine import Weights
from fmplang.backends.embedded.scenes.eye import Look, overlaps
from fmplang.backends.embedded.scenes.plan import MOST
from fmplang.scenes.graph import KINDS, LAID

HIDDEN = 32
ALONE = len(KINDS) + 4  # chances of kinds, width, height, visible, heat
BETWEEN = 12

SHAPES = {"first.weight": (ALONE, HIDDEN), "second.weight": (ALONE, HIDDEN), "between.weight": (BETWEEN, HIDDEN),
          "hidden.bias": (HIDDEN,), "laid.weight": (HIDDEN, len(LAID)), "laid.bias": (len(LAID),)}
FLOPS = 2 * (2 * MOST * ALONE * HIDDEN + MOST * MOST * HIDDEN * (BETWEEN + len(LAID)))


def alone(look: Look) -> np.ndarray:
    """n x ALONE."""
    logits = look.logits["kind"]
    chances = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
    chances = chances / chances.sum(axis=1, keepdims=True)
    size = look.boxes[:, 2:] - look.boxes[:, :2]
    return np.concatenate([chances, size * 4, look.visible[:, None], look.heat[:, None]], axis=1).astype(np.float32)


def between(boxes: np.ndarray) -> np.ndarray:
    """n x n x BETWEEN: how the box of the row lies to the box of the column."""
    first, second = boxes[:, None, :], boxes[None, :, :]
    size_first, size_second = (np.maximum(b[..., 2:] - b[..., :2], 1e-3) for b in (first, second))
    scale = np.sqrt(np.prod(size_second, axis=-1, keepdims=True))
    middles = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2 / scale
    inner = np.prod(np.maximum(np.minimum(first[..., 2:], second[..., 2:]) -
                               np.maximum(first[..., :2], second[..., :2]), 0), axis=-1, keepdims=True)
    gap = np.maximum(first[..., :2], second[..., :2]) - np.minimum(first[..., 2:], second[..., 2:])
    made = [np.clip(middles, -3, 3), np.clip(np.abs(middles), 0, 3), np.log(size_first / size_second),
            inner / np.prod(size_first, axis=-1, keepdims=True), inner / np.prod(size_second, axis=-1, keepdims=True),
            overlaps(boxes, boxes)[..., None], np.clip(gap / scale, -1, 2)]
    # What stands lower stands in front; what is on another has its feet there.
    feet = (first[..., 3:] - second[..., 3:]) / scale
    return np.concatenate([*made, np.clip(feet, -3, 3)], axis=-1).astype(np.float32)


def laid(weights: Weights, look: Look) -> np.ndarray:
    """n x n x len(LAID) chances, 0 between a candidate and itself."""
    each = alone(look)
    hidden = (each @ weights["first.weight"])[:, None] + (each @ weights["second.weight"])[None]
    hidden = np.maximum(hidden + between(look.boxes) @ weights["between.weight"] + weights["hidden.bias"], 0)
    logits = hidden @ weights["laid.weight"] + weights["laid.bias"]
    chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return np.asarray(chances * (1 - np.eye(len(look)))[..., None])
