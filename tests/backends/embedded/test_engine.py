"""The numpy engine: convolutions by their definition, and the same features as torch."""

from __future__ import annotations

import numpy as np
import pytest

from fmplang.backends.embedded.scenes import engine
from fmplang.backends.embedded.scenes.plan import GAZE, GLANCE, MOST, PLANS, SLOTS, WIDTH, Layer, Plan

NUMBERS = np.random.default_rng(3)


def weights_of(plan: Plan, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    made = {}
    for name, shape in plan.shapes().items():
        fan = int(np.prod(shape[:-1])) or 1
        made[name] = (rng.standard_normal(shape) * (0.1 if name.endswith("bias") else fan**-0.5)).astype(np.float32)
    return made


def by_definition(grid: np.ndarray, weight: np.ndarray, stride: int, deep: bool) -> np.ndarray:
    """Each output as the sum that defines it."""
    n, h, w, _ = grid.shape
    k, _, _, o = weight.shape
    pad = k // 2
    padded = np.pad(grid, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    found = np.zeros((n, -(-h // stride), -(-w // stride), o))
    for y in range(found.shape[1]):
        for x in range(found.shape[2]):
            part = padded[:, y * stride : y * stride + k, x * stride : x * stride + k]
            found[:, y, x] = (part * weight[:, :, 0]).sum((1, 2)) if deep else np.einsum("nijc,ijco->no", part, weight)
    return found


@pytest.mark.parametrize(("kernel", "stride", "deep"), [(1, 1, False), (3, 1, False), (3, 2, False), (3, 1, True),
                                                        (3, 2, True)])
def test_a_convolution_is_the_sum_that_defines_it(kernel: int, stride: int, deep: bool) -> None:
    grid = NUMBERS.standard_normal((2, 8, 6, 5)).astype(np.float32)
    weight = NUMBERS.standard_normal((kernel, kernel, 1 if deep else 5, 5 if deep else 7)).astype(np.float32)
    found = engine.deep(grid, weight, stride) if deep else engine.conv(grid, weight, stride)
    assert np.allclose(found, by_definition(grid, weight, stride, deep), atol=1e-4)


def test_a_layer_adds_another_at_half_the_resolution_and_cuts_at_zero() -> None:
    plan = Plan("made", 8, 4, (Layer("one", "", 2, kernel=1), Layer("two", "one", 2, stride=2),
                               Layer("three", "one", 2, kernel=1, plus="two", raised=True)), 4, False)
    weights = weights_of(plan)
    pictures = NUMBERS.integers(0, 256, (1, 8, 8, 3), np.uint8)
    one = np.maximum(engine.conv(engine.normed(pictures), weights["one.weight"], 1) + weights["one.bias"], 0)
    two = np.maximum(engine.conv(one, weights["two.weight"], 2) + weights["two.bias"], 0)
    three = engine.conv(one, weights["three.weight"], 1) + weights["three.bias"]
    wanted = np.maximum(three + two.repeat(2, axis=1).repeat(2, axis=2), 0)
    assert np.allclose(engine.features(plan, weights, pictures), wanted, atol=1e-5)


@pytest.mark.parametrize("name", PLANS)
def test_several_pictures_at_once_are_as_each_alone(name: str) -> None:
    plan = PLANS[name]
    pictures = NUMBERS.integers(0, 256, (3, plan.side, plan.side, 3), np.uint8)
    weights = weights_of(plan)
    together = engine.features(plan, weights, pictures)
    assert together.shape == (3, plan.side // plan.cell, plan.side // plan.cell, plan.features)
    for at in range(3):
        assert np.allclose(engine.features(plan, weights, pictures[at : at + 1])[0], together[at], atol=1e-4)


def test_the_second_stage_uses_the_weights_of_the_slot() -> None:
    weights = weights_of(GLANCE)
    seen = NUMBERS.standard_normal((5, GLANCE.seen)).astype(np.float32)
    slots = np.array([2, 0, 1, 2, 0])
    found = engine.second(weights, seen, slots)
    assert found.shape == (5, WIDTH)
    for at, slot in enumerate(slots):
        hidden = np.maximum(seen[at] @ weights["hidden.weight"][slot] + weights["hidden.bias"][slot], 0)
        assert np.allclose(found[at], hidden @ weights["out.weight"] + weights["out.bias"], atol=1e-4)


def test_around_reads_nine_cells_with_nothing_beyond_the_edge() -> None:
    grid = NUMBERS.standard_normal((4, 4, GAZE.features)).astype(np.float32)
    (corner, inner) = engine.around(grid, np.array([0, 2]), np.array([0, 1]), GAZE).reshape(2, 9, -1)
    assert not corner[[0, 1, 2, 3, 6]].any() and np.array_equal(corner[4], grid[0, 0])
    assert np.array_equal(inner, grid[1:4, 0:3].reshape(9, -1))


def test_operations_are_twice_the_multiply_adds() -> None:
    plan = Plan("made", 8, 4, (Layer("one", "", 4, stride=2), Layer("deep", "one", 4, deep=True),
                               Layer("two", "deep", 6, kernel=1, stride=1)), 10, True)
    layers = 16 * 27 * 4 + 16 * 9 * 4 + 16 * 4 * 6
    second = MOST * (9 * 6 * 10 + 10 * WIDTH)
    assert plan.flops() == 2 * (layers + 16 * 6 * SLOTS + second)
    assert plan.flops(16) == 2 * (4 * layers + 64 * 6 * SLOTS + second)


@pytest.mark.parametrize("name", PLANS)
def test_torch_sees_the_same_features(name: str) -> None:
    torch = pytest.importorskip("torch")
    from fmplang.zoo.network import Network

    plan = PLANS[name]
    network = Network(plan, seed=2)
    pictures = NUMBERS.integers(0, 256, (2, plan.side, plan.side, 3), np.uint8)
    turned = torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        for _ in range(3):  # so that the running means are no longer what they were
            network.features(turned, training=True)
        theirs = network.features(turned, training=False)
        place = torch.tensor([[0, 1, 2, 3], [1, 0, 0, 0], [1, 2, 5, 4]])
        told = network.second(theirs, *place.unbind(1))
    weights = network.folded()
    mine = engine.features(plan, weights, pictures)
    scale = float(np.abs(mine).max())
    assert np.allclose(theirs.permute(0, 2, 3, 1).numpy(), mine, atol=1e-4 * scale)
    seen = np.concatenate([engine.around(mine[n], np.array([r]), np.array([c]), plan) for n, _, r, c in place.tolist()])
    out = engine.second(weights, seen, place[:, 1].numpy())
    assert np.allclose(torch.cat(list(told.values()), dim=1).numpy(), out, atol=1e-4 * max(1, np.abs(out).max()))
