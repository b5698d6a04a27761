"""The policy of Nie et al. (COLM 2025), for comparison: one small network per call site, REINFORCE, Thompson sampling.

    r_k       = -lambda * C(a_k) - L / N      L = 1 - U the run's loss, N the calls it executed; only these are updated
    sigma_a^2 = ridge * sum( g_a^2 / Z )      g_a the gradient of arm a's output f_a by the weights
    Z         = ridge + sum over the executed calls of the site of g_{a_k}^2          (elementwise; the diagonal)
    choose    : the arm with the largest draw from N( f_a, nu^2 sigma_a^2 )
    learn     : theta <- theta + eta * r_k * grad log softmax(f)[a_k], by Adam, one step for every executed call

f are the logits of the network, as in the authors' code: trained as those of a softmax, and taken as predicted rewards
in sampling. What is not as in the paper:
- The network sees the call's features (24 numbers, context.py). With `network="resnet18"` it is convolutional on the
  pixels of the call's picture, as in the paper, but for its normalisation (resnet.py).
- C is the share of the program's dearest pass, so that lambda means the same for every policy here.
- The arm is drawn from the frequencies of each arm over `samples` draws, mixed with `floor`: the same law but for the
  floor, and the propensity in the log is exact.
- Z grows at the end of a run, with the weights of then, whether or not an outcome follows. An outcome may come late;
  the step is then made with the weights of then.
- An arm that was never met before makes the site's network begin anew, with one output more.

`network="features"` is computed in numpy (layers.py), `"torch"` is the same network in torch and equal to 1e-9; torch
is imported for it and for the convolutional one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from fmplang.errors import ConfigError
from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Scale, draw, scaled, seen, shares
from fmplang.policy.layers import Layers
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.runtime.values.images import Image

NETWORKS = ("features", "torch", "resnet18")


class Network(Protocol):
    """Weights as one flat vector. `inputs` are features, or pixels (H x W x 3 uint8)."""

    def gradients(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The outputs (arms), and the gradient of each (arms x weights)."""

    def ascend(self, inputs: np.ndarray, arm: int, reward: float) -> None:
        """One step along reward * grad log softmax(f)[arm]."""

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


class _Head:
    """The network of one site, with an output for each of `arms`, and Z."""

    def __init__(self, network: Network, arms: Sequence[str]) -> None:
        self.network, self.arms = network, tuple(arms)
        self.seen: np.ndarray | None = None
        self.rewards = np.zeros(2)  # how many, and their sum

    def usual(self) -> float:
        """The mean of the rewards so far."""
        return float(self.rewards[1] / self.rewards[0]) if self.rewards[0] else 0.0


class Reinforce:
    """See the module's text. `network` is "features", "torch" or "resnet18"; `hidden` units are of the first two;
    `seed` draws the first weights. `centred` takes the mean of the site's earlier rewards off each, which the paper
    does not."""

    name = "reinforce"
    needs_features = True

    def __init__(self, network: str = "features", hidden: int = 32, rate: float = 0.003, nu: float = 0.3,
                 ridge: float = 1.0, samples: int = 32, floor: float = 0.01, centred: bool = False,
                 seed: int = 0) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        if network not in NETWORKS:
            raise ConfigError(f"the network is {', '.join(NETWORKS[:-1])} or {NETWORKS[-1]}, not {network!r}",
                              code="FMP803")
        self.network, self.hidden, self.rate, self.nu, self.ridge = network, hidden, rate, nu, ridge
        self.samples, self.floor, self.centred, self.seed = samples, floor, centred, seed
        self._heads: dict[str, _Head] = {}
        self._scale: Scale | None = None

    # ---------------------------------------------------------------- choosing

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        chances = self._chances(call.request.site.id, self._input(call.features, call.request.args),
                                [arm.backend for arm in call.arms], call.rng)
        return Decision(draw(chances, call.rng), tuple(chances.tolist()))

    def _chances(self, key: str, inputs: np.ndarray, arms: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        """How often each of the arms wins over draws of its output."""
        head, outputs = self._place(key, inputs, arms)
        values, gradients = head.network.gradients(inputs)
        values, gradients = values[outputs], gradients[outputs]
        gradients *= gradients
        spread = gradients.sum(axis=1) / self.ridge if head.seen is None else gradients @ (1.0 / head.seen)
        deviations = self.nu * np.sqrt(self.ridge * spread)
        return shares(values + deviations * rng.standard_normal((self.samples, len(outputs))), self.floor)

    # ---------------------------------------------------------------- learning

    def observe(self, run: RunRecord) -> None:
        """The squared gradients of the arms that were chosen join Z."""
        self._scale = seen(self._scale, (call.features for call in run.calls))
        for call in run.calls:
            if self._usable(call):
                self._count(call.site, self._input(np.array(call.features), call.args), call.arms, call.arm)

    def _count(self, key: str, inputs: np.ndarray, arms: Sequence[str], arm: int) -> None:
        head, outputs = self._place(key, inputs, arms, keep=True)
        gradient = head.network.gradients(inputs)[1][outputs[arm]]
        if head.seen is None:
            head.seen = np.full(len(gradient), self.ridge)
        head.seen += gradient * gradient

    def _usable(self, call: CallRecord) -> bool:
        """Whether there is something to learn from: a choice, features, and the picture where pixels are looked at. A
        run that was read back from a ledger has no pixels: the network of the paper cannot learn late."""
        return len(call.arms) > 1 and call.features is not None and (
            self.network != "resnet18" or any(isinstance(value, Image) for value in call.args.values()))

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        for call in run.calls:
            if self._usable(call):
                cost = (call.full_cost + call.lost) / run.scale
                reward = -run.trade_off * cost - (1.0 - outcome.reward) / len(run.calls)
                inputs = self._input(np.array(call.features), call.args)
                self._ascend(call.site, inputs, call.arms, call.arm, outcome.weight * reward)

    def _ascend(self, key: str, inputs: np.ndarray, arms: Sequence[str], arm: int, reward: float) -> None:
        head, outputs = self._place(key, inputs, arms, keep=True)
        head.network.ascend(inputs, outputs[arm], reward - head.usual() if self.centred else reward)
        head.rewards += (1.0, reward)

    def _input(self, features: np.ndarray, args: Any) -> np.ndarray:
        if self.network == "resnet18":
            image = next((value for value in args.values() if isinstance(value, Image)), None)
            if image is None:
                raise ConfigError("this network needs a picture among a call's arguments", code="FMP803",
                                  hint='use network="features"')
            return image.pixels
        made: np.ndarray = scaled(self._scale, features) * np.sqrt(len(features))
        return made

    def _place(self, key: str, inputs: np.ndarray, arms: Sequence[str], keep: bool = False) -> tuple[_Head, list[int]]:
        """The head that has an output for each of the arms, and which these are. A new one is the same for the same key
        and arms, so that a choice need not keep it."""
        head = self._heads.get(key)
        known = () if head is None else head.arms
        if head is None or any(arm not in known for arm in arms):
            head = self._new_head(key, inputs, [*known, *(arm for arm in arms if arm not in known)])
            if keep:
                self._heads[key] = head
        return head, [head.arms.index(arm) for arm in arms]

    def _new_head(self, key: str, inputs: np.ndarray, arms: Sequence[str]) -> _Head:
        seed = self.seed + crc32(key.encode("utf-8", "surrogatepass"))
        if self.network == "features":
            return _Head(Layers(len(inputs), self.hidden, len(arms), self.rate, seed), arms)
        from fmplang.policy.torch_network import TorchNetwork, on_features, on_pixels

        module = (on_pixels(len(arms), seed) if self.network == "resnet18"
                  else on_features(Layers(len(inputs), self.hidden, len(arms), self.rate, seed)))
        return _Head(TorchNetwork(module, self.rate), arms)

    # ------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        heads = [{"key": key, "arms": list(head.arms), "network": head.network.state(),
                  "z": None if head.seen is None else head.seen.copy(), "rewards": head.rewards.copy()}
                 for key, head in self._heads.items()]
        return {"version": 2, "heads": heads, "scale": None if self._scale is None else self._scale.state()}

    def restore(self, state: dict[str, Any]) -> None:
        self._scale = None
        size = 0
        if state["scale"] is not None:
            size = len(state["scale"]["total"])
            self._scale = Scale(size)
            self._scale.restore(state["scale"])
        self._heads = {}
        for one in state["heads"]:
            head, _ = self._place(str(one["key"]), np.zeros(size + 1), [str(arm) for arm in one["arms"]], keep=True)
            head.network.restore(one["network"])
            head.seen = None if one["z"] is None else np.array(one["z"])
            head.rewards = np.array(one["rewards"])
