"""Linear Thompson sampling, one model per site and arm: no sharing, no shadows, cost inside the reward.

The reward of an executed call is U - lambda * (own cost + the cost of the calls after it).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Gaussian, Scale, draw, scaled, seen, shares
from fmplang.runtime.trace import RunRecord


class Lints:
    """See the module's text. Keys are site and backend; `prior` is the prior deviation of a weight."""

    name = "lints"
    needs_features = True

    def __init__(self, samples: int = 32, noise: float = 0.2, floor: float = 0.01,
                 prior: float = 0.3) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.samples, self.noise, self.floor, self.prior = samples, noise, floor, prior
        self._models: dict[tuple[str, str], Gaussian] = {}
        self._scale: Scale | None = None

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        z = scaled(self._scale, call.features)
        gains = np.empty((self.samples, len(call.arms)))
        for index, arm in enumerate(call.arms):
            model = self._models.get((call.request.site.id, arm.backend)) or self._new(len(z))
            mean, deviation = model.predict(z)
            gains[:, index] = mean[0] + deviation * call.rng.standard_normal(self.samples)
        chances = shares(gains, self.floor)
        return Decision(draw(chances, call.rng), tuple(chances.tolist()))

    def observe(self, run: RunRecord) -> None:
        self._scale = seen(self._scale, (call.features for call in run.calls))

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        if self._scale is None:
            return
        spent = 0.0
        for call in reversed(run.calls):
            spent += (call.full_cost + call.lost) / run.scale
            if call.features is not None:
                z = self._scale.apply(np.array(call.features))
                self._model(call.site, call.arms[call.arm], len(z)).add(
                    z, np.array([outcome.reward - run.trade_off * spent]), outcome.weight)

    def _new(self, size: int) -> Gaussian:
        return Gaussian(np.full(size, self.prior ** 2), self.noise)

    def _model(self, site: str, arm: str, size: int) -> Gaussian:
        found = self._models.get((site, arm))
        if found is None:
            found = self._models[(site, arm)] = self._new(size)
        return found

    def state(self) -> dict[str, Any]:
        return {"version": 1, "scale": None if self._scale is None else self._scale.state(),
                "models": [{"key": list(key), **model.state()} for key, model in self._models.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        self._scale = None
        if state["scale"] is not None:
            self._scale = Scale(len(state["scale"]["total"]))
            self._scale.restore(state["scale"])
        self._models = {}
        for one in state["models"]:
            self._model(one["key"][0], one["key"][1], len(one["mean"])).restore(one)
