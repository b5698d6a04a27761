"""A router: one decision for the whole run, as where every input goes to one of several models. Cost is in its
objective.

At a run's first call it chooses a rank by linear Thompson sampling on U - lambda * C of the run; every call of the
run takes the backend of that rank by price, cheapest first (the dearest where a call has fewer).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Gaussian, Scale, draw, scaled, seen, shares
from fmplang.runtime.trace import RunRecord


class Router:
    """See the module's text. The run's chance is logged at its first call; `prior` is the prior deviation of a
    weight."""

    name = "router"
    needs_features = True

    def __init__(self, samples: int = 32, noise: float = 0.1, floor: float = 0.01,
                 prior: float = 1.0) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.samples, self.noise, self.floor, self.prior = samples, noise, floor, prior
        self._models: dict[int, Gaussian] = {}
        self._scale: Scale | None = None

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        order = sorted(range(len(call.arms)), key=lambda index: call.arms[index].cost)
        if "rank" in call.memory:
            return certain(call.arms, order[min(call.memory["rank"], len(order) - 1)])
        z = scaled(self._scale, call.features)
        gains = np.empty((self.samples, len(order)))
        for place in range(len(order)):
            model = self._models.get(place) or self._new(len(z))
            mean, deviation = model.predict(z)
            gains[:, place] = mean[0] + deviation * call.rng.standard_normal(self.samples)
        chances = shares(gains, self.floor)
        rank = call.memory["rank"] = draw(chances, call.rng)
        by_arm = np.zeros(len(order))
        by_arm[order] = chances
        return Decision(order[rank], tuple(by_arm.tolist()), {"rank": float(rank)})

    def observe(self, run: RunRecord) -> None:
        self._scale = seen(self._scale, (call.features for call in run.calls if "rank" in call.note))

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        if self._scale is None or not run.calls:
            return
        first = next((call for call in run.calls if "rank" in call.note), None)
        if first is None or first.features is None:
            return
        z = self._scale.apply(np.array(first.features))
        reward = outcome.reward - run.trade_off * sum(call.full_cost + call.lost for call in run.calls) / run.scale
        self._model(int(first.note["rank"]), len(z)).add(z, np.array([reward]), outcome.weight)

    def _new(self, size: int) -> Gaussian:
        return Gaussian(np.full(size, self.prior ** 2), self.noise)

    def _model(self, rank: int, size: int) -> Gaussian:
        found = self._models.get(rank)
        if found is None:
            found = self._models[rank] = self._new(size)
        return found

    def state(self) -> dict[str, Any]:
        return {"version": 1, "scale": None if self._scale is None else self._scale.state(),
                "models": [{"rank": rank, **model.state()} for rank, model in self._models.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        self._scale = None
        if state["scale"] is not None:
            self._scale = Scale(len(state["scale"]["total"]))
            self._scale.restore(state["scale"])
        self._models = {}
        for one in state["models"]:
            self._model(int(one["rank"]), len(one["mean"])).restore(one)
