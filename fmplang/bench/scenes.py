"""Pictures for the simulation, whose difficulty shows: the harder, the darker, noisier and more blurred."""

from __future__ import annotations

import numpy as np

PLAIN = (2.0, 2.0, 2.0)


def render(rng: np.random.Generator, difficulty: float, size: int = 64,
           look: tuple[float, float, float] = PLAIN) -> np.ndarray:
    """A picture of overlapping boxes (size x size x 3 uint8), spoilt in proportion to `difficulty` in [0, 1].

    Difficulty is the sum of three nuisances, blur, darkness and noise, in shares drawn afresh for every picture from
    Dirichlet(`look`), so that no single statistic of the pixels tells it.
    """
    made = np.empty((size, size, 3))
    made[:] = rng.uniform(70, 190, 3)
    made += np.linspace(-1, 1, size)[:, None, None] * rng.uniform(-30, 30)
    for _ in range(rng.integers(4, 9)):
        x, y = rng.integers(0, size * 3 // 4, 2)
        width, height = rng.integers(size // 8, size // 2, 2)
        made[y:y + height, x:x + width] = rng.uniform(20, 235, 3)
    blur, dark, noise = difficulty * (0.6 + 0.6 * rng.dirichlet(look))
    made = _blurred(made, 3 * blur)
    made *= 1 - 0.6 * min(1.0, dark)
    made += rng.normal(0, 2.5 + 28 * noise, made.shape)
    return np.clip(made, 0, 255).astype(np.uint8)


def _blurred(made: np.ndarray, passes: float) -> np.ndarray:
    """So many passes of a five-pixel mean; the last one in part."""
    while passes > 0:
        mean = (made + np.roll(made, 1, 0) + np.roll(made, 1, 1) + np.roll(made, -1, 0) + np.roll(made, -1, 1)) / 5
        made = made + min(1.0, passes) * (mean - made)
        passes -= 1
    return made
