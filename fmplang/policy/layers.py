"""The small network of `reinforce` in numpy: outputs, gradients and Adam's steps of a network with one hidden layer.

It is the same as the one in torch (torch_network.py), which is the definition: a test holds that outputs, gradients and
ten steps are equal to 1e-9. Numpy serves because the network is small: torch takes ten times as long to make a step
of so few numbers, and everyone who runs a policy would have to install it.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class Layers:
    """`size` inputs, `hidden` rectified units, `arms` outputs; the first weights are drawn from `seed`. `weights` are
    flat: the hidden layer's, its biases, the outputs', theirs. Adam has torch's usual settings."""

    def __init__(self, size: int, hidden: int, arms: int, rate: float, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.shape = (size, hidden, arms)
        self.rate = rate
        first = rng.uniform(-1, 1, (hidden, size)) / np.sqrt(size)
        second = rng.uniform(-1, 1, (arms, hidden)) / np.sqrt(hidden)
        self.weights = np.concatenate([first.ravel(), np.zeros(hidden), second.ravel(), np.zeros(arms)])
        self.moments = np.zeros((2, len(self.weights)))
        self.steps = 0

    def gradients(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size, hidden, arms = self.shape
        first, bias, second, last = self._parts()
        units = np.maximum(first @ inputs + bias, 0.0)
        outputs = second @ units + last
        made = np.zeros((arms, len(self.weights)))
        back = second * (units > 0)
        made[:, :hidden * size] = (back[:, :, None] * inputs).reshape(arms, -1)
        made[:, hidden * size:hidden * (size + 1)] = back
        rest = made[:, hidden * (size + 1):]
        for arm in range(arms):
            rest[arm, arm * hidden:(arm + 1) * hidden] = units
            rest[arm, arms * hidden + arm] = 1.0
        return outputs, made

    def ascend(self, inputs: np.ndarray, arm: int, reward: float) -> None:
        outputs, gradients = self.gradients(inputs)
        chances = np.exp(outputs - outputs.max())
        chances /= chances.sum()
        step = reward * (gradients[arm] - chances @ gradients)
        self.steps += 1
        self.moments[0] += 0.1 * (step - self.moments[0])
        self.moments[1] += 0.001 * (step * step - self.moments[1])
        first = self.moments[0] / (1 - 0.9 ** self.steps)
        second = self.moments[1] / (1 - 0.999 ** self.steps)
        self.weights += self.rate * first / (np.sqrt(second) + 1e-8)

    def state(self) -> dict[str, Any]:
        return {"weights": self.weights.copy(), "moments": self.moments.copy(), "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        self.weights, self.moments = np.array(state["weights"]), np.array(state["moments"])
        self.steps = int(state["steps"])

    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        size, hidden, arms = self.shape
        ends = np.cumsum([hidden * size, hidden, arms * hidden])
        first, bias, second, last = np.split(self.weights, ends)
        return first.reshape(hidden, size), bias, second.reshape(arms, hidden), last
