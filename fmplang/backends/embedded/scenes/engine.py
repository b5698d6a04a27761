"""A plan run in numpy: convolutions as products of matrices, channels last."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fmplang.backends.embedded.scenes.plan import Plan

Weights = Mapping[str, np.ndarray]


def features(plan: Plan, weights: Weights, pictures: np.ndarray) -> np.ndarray:
    """N x rows x columns x plan.features float32, from N x H x W x 3 uint8 whose sides 16 divides."""
    made: dict[str, np.ndarray] = {"": normed(pictures)}
    for layer in plan.layers:
        grid = made[layer.source]
        weight = weights[f"{layer.name}.weight"]
        found = deep(grid, weight, layer.stride) if layer.deep else conv(grid, weight, layer.stride)
        found += weights[f"{layer.name}.bias"]
        if layer.plus:
            added = made[layer.plus]
            if layer.raised:  # each value for 2 x 2 cells
                n, h, w, c = added.shape
                found.reshape(n, h, 2, w, 2, c)[...] += added[:, :, None, :, None, :]
            else:
                found += added
        if layer.relu:
            np.maximum(found, 0, out=found)
        made[layer.name] = found
    return made[plan.layers[-1].name]


def normed(pictures: np.ndarray) -> np.ndarray:
    """Grey levels brought to about -2 to 2."""
    return np.asarray((pictures.astype(np.float32) - 127.5) * np.float32(1 / 64))


def conv(grid: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """A convolution of N x H x W x C by k x k x C x O, zeros around; at stride 2 even sides are expected."""
    n, h, w, c = grid.shape
    k, _, _, o = weight.shape
    if k == 1:
        return np.asarray(grid.reshape(-1, c) @ weight[0, 0]).reshape(n, h, w, o)
    padded = np.zeros((n, h + 2, w + 2, c), np.float32)
    padded[:, 1:-1, 1:-1] = grid
    rows, columns = -(-h // stride), -(-w // stride)
    patches = np.empty((n, rows, columns, 9, c), np.float32)
    for i in range(9):
        y, x = divmod(i, 3)
        patches[:, :, :, i] = padded[:, y : y + stride * rows : stride, x : x + stride * columns : stride][
            :, :rows, :columns]
    return np.asarray(patches.reshape(-1, 9 * c) @ weight.reshape(9 * c, o)).reshape(n, rows, columns, o)


def deep(grid: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """A depthwise 3 x 3 convolution of N x H x W x C by 3 x 3 x 1 x C."""
    n, h, w, c = grid.shape
    padded = np.zeros((n, h + 2, w + 2, c), np.float32)
    padded[:, 1:-1, 1:-1] = grid
    rows, columns = -(-h // stride), -(-w // stride)
    found = np.zeros((n, rows, columns, c), np.float32)
    for y in range(3):
        for x in range(3):
            part = padded[:, y : y + stride * rows : stride, x : x + stride * columns : stride][:, :rows, :columns]
            found += part * weight[y, x, 0]
    return found


def around(grid: np.ndarray, rows: np.ndarray, columns: np.ndarray, plan: Plan) -> np.ndarray:
    """P x plan.seen: what the second stage reads at P places of one picture's grid (rows x columns x features)."""
    if not plan.around:
        return np.asarray(grid[rows, columns])
    padded = np.pad(grid, ((1, 1), (1, 1), (0, 0)))
    return np.concatenate([padded[rows + y, columns + x] for y in range(3) for x in range(3)], axis=1)


def second(weights: Weights, seen: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """P x WIDTH outputs at P places."""
    hidden = np.empty((len(seen), weights["hidden.weight"].shape[2]), np.float32)
    for slot in range(len(weights["hidden.weight"])):
        here = slots == slot
        if here.any():
            hidden[here] = seen[here] @ weights["hidden.weight"][slot] + weights["hidden.bias"][slot]
    np.maximum(hidden, 0, out=hidden)
    return np.asarray(hidden @ weights["out.weight"] + weights["out.bias"])
