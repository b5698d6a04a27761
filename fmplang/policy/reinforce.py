"""The policy of Nie et al. (COLM 2025), for comparison: one small network per call site, REINFORCE, Thompson sampling.

    r_k       = -lambda * C(a_k) - L / N      L = 1 - U the run's loss, N the calls it executed; only these are updated
    sigma_a^2 = ridge * sum( g_a^2 / Z )      g_a the gradient of arm a's output f_a, Z the running sum of its squares
    choose    : the arm with the largest draw from N( f_a, nu^2 sigma_a^2 )
    learn     : theta <- theta + eta * r_k * grad log softmax(f)[a_k], by Adam

f are the logits of the network, as in the authors' code. Propensities are the frequencies of each arm over such
draws, and the arm is drawn from them, so that the log is exact. The network has one hidden layer on the call's
features, or, with `network="resnet18"`, is convolutional on the pixels of the call's picture, as in the paper; torch
is imported for that one alone.
"""

from __future__ import annotations

from typing import Any, Protocol
from zlib import crc32

import numpy as np

from fmplang.errors import ConfigError
from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Scale, draw, scaled, seen, shares
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.runtime.values.images import Image


class Network(Protocol):
    """Weights as one flat vector. `inputs` are features, or pixels (H x W x 3 uint8)."""

    def gradients(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The outputs (arms), and the gradient of each (arms x weights)."""

    def ascend(self, inputs: np.ndarray, arm: int, reward: float) -> None:
        """One step along reward * grad log softmax(f)[arm]."""

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


class Layers:
    """One hidden layer of rectified units, in numpy; the first weights are drawn from `seed`."""

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


class _Head:
    """The network of one site, and Z."""

    def __init__(self, network: Network, arms: int) -> None:
        self.network, self.arms = network, arms
        self.seen: np.ndarray | None = None


class Reinforce:
    """See the module's text. `network` is "features" or "resnet18"; `seed` draws the first weights."""

    name = "reinforce"
    needs_features = True

    def __init__(self, network: str = "features", hidden: int = 32, rate: float = 0.01, nu: float = 0.1,
                 ridge: float = 1.0, samples: int = 32, floor: float = 0.01, seed: int = 0) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        if network not in ("features", "resnet18"):
            raise ConfigError(f'the network is "features" or "resnet18", not {network!r}', code="FMP803")
        self.network, self.hidden, self.rate, self.nu, self.ridge = network, hidden, rate, nu, ridge
        self.samples, self.floor, self.seed = samples, floor, seed
        self._heads: dict[str, _Head] = {}
        self._scale: Scale | None = None

    # ---------------------------------------------------------------- choosing

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        chances = self._chances(call.request.site.id, self._input(call.features, call.request.args), len(call.arms),
                                call.rng)
        return Decision(draw(chances, call.rng), tuple(chances.tolist()))

    def _chances(self, key: str, inputs: np.ndarray, arms: int, rng: np.random.Generator) -> np.ndarray:
        """How often each arm wins over draws of its output."""
        head = self._heads.get(key) or self._new_head(key, inputs, arms)
        values, gradients = head.network.gradients(inputs)
        gradients *= gradients
        spread = gradients.sum(axis=1) / self.ridge if head.seen is None else gradients @ (1.0 / head.seen)
        deviations = self.nu * np.sqrt(self.ridge * spread)
        return shares(values + deviations * rng.standard_normal((self.samples, arms)), self.floor)

    # ---------------------------------------------------------------- learning

    def observe(self, run: RunRecord) -> None:
        """The squared gradients of the arms that were chosen join Z."""
        self._scale = seen(self._scale, (call.features for call in run.calls))
        for call in run.calls:
            if self._usable(call):
                self._count(call.site, self._input(np.array(call.features), call.args), len(call.arms), call.arm)

    def _count(self, key: str, inputs: np.ndarray, arms: int, arm: int) -> None:
        head = self._head(key, inputs, arms)
        gradient = head.network.gradients(inputs)[1][arm]
        if head.seen is None:
            head.seen = np.full(len(gradient), self.ridge)
        head.seen += gradient * gradient

    def _usable(self, call: CallRecord) -> bool:
        """Whether there is something to learn from: a choice, features, and the picture where pixels are looked at. A
        run that was read back from a ledger has no pixels: the network of the paper cannot learn late."""
        return len(call.arms) > 1 and call.features is not None and (
            self.network == "features" or any(isinstance(value, Image) for value in call.args.values()))

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        for call in run.calls:
            if self._usable(call):
                cost = (call.full_cost + call.lost) / run.scale
                reward = -run.trade_off * cost - (1.0 - outcome.reward) / len(run.calls)
                inputs = self._input(np.array(call.features), call.args)
                self._head(call.site, inputs, len(call.arms)).network.ascend(inputs, call.arm, outcome.weight * reward)

    def _input(self, features: np.ndarray, args: Any) -> np.ndarray:
        if self.network == "resnet18":
            image = next((value for value in args.values() if isinstance(value, Image)), None)
            if image is None:
                raise ConfigError("this network needs a picture among a call's arguments", code="FMP803",
                                  hint='use network="features"')
            return image.pixels
        made: np.ndarray = scaled(self._scale, features) * np.sqrt(len(features))
        return made

    def _head(self, key: str, inputs: np.ndarray, arms: int) -> _Head:
        found = self._heads.get(key)
        if found is None:
            found = self._heads[key] = self._new_head(key, inputs, arms)
        return found

    def _new_head(self, key: str, inputs: np.ndarray, arms: int) -> _Head:
        """The same for the same key, so that a choice need not keep it."""
        seed = self.seed + crc32(key.encode("utf-8", "surrogatepass"))
        if self.network == "resnet18":
            from fmplang.policy.resnet import Convolutional

            return _Head(Convolutional(arms, self.rate, seed), arms)
        return _Head(Layers(len(inputs), self.hidden, arms, self.rate, seed), arms)

    # ------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        heads = [{"key": key, "arms": head.arms, "network": head.network.state(),
                  "z": None if head.seen is None else head.seen.copy()} for key, head in self._heads.items()]
        return {"version": 1, "heads": heads, "scale": None if self._scale is None else self._scale.state()}

    def restore(self, state: dict[str, Any]) -> None:
        self._scale = None
        size = 0
        if state["scale"] is not None:
            size = len(state["scale"]["total"])
            self._scale = Scale(size)
            self._scale.restore(state["scale"])
        self._heads = {}
        for one in state["heads"]:
            head = self._head(str(one["key"]), np.zeros(size + 1), int(one["arms"]))
            head.network.restore(one["network"])
            head.seen = None if one["z"] is None else np.array(one["z"])
