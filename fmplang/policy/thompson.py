"""Thompson sampling on outcomes alone: where shadow answers are not allowed. Two heads, credit as return-to-go.

    Q_j(s, a, phi) = phi . ( beta[s] + 1[a > 0] * ( w[m(s), a] + u[s, a] ) ),        j in { utility, later cost }

Targets of an executed call: U of the run, and the cost of the calls after it. The H calls of a run share one label,
so each weighs 1/H. Own cost is known and not learned; the trade-off enters only when choosing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Gaussian, Scale, draw, scaled, seen, shares
from fmplang.policy.objective import Objective
from fmplang.runtime.trace import RunRecord

_BASE, _SHARED, _OWN, _BIAS = 0.5, 0.3, 0.15, 0.5  # prior standard deviations


class _Primitive:
    """The joint posterior of all weights of one primitive; it grows when a site or an arm is first seen."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.blocks: dict[tuple[str, str], int] = {}
        self.model = Gaussian(np.zeros(0), 0.35, 2)

    def block(self, site: str, arm: str) -> int:
        """The place of beta[s] (arm ""), w[a] (site "") or u[s, a]."""
        found = self.blocks.get((site, arm))
        if found is None:
            found = self.blocks[(site, arm)] = len(self.blocks)
            deviation = _BASE if not arm else _SHARED if not site else _OWN
            prior = np.full(self.size, deviation ** 2)
            prior[0] = (_BIAS if not arm else deviation) ** 2
            model = self.model
            old = len(model.mean)
            mean, covariance = np.zeros((old + self.size, 2)), np.zeros((old + self.size, old + self.size))
            mean[:old], covariance[:old, :old] = model.mean, model.covariance
            covariance[old:, old:] = np.diag(prior)
            model.mean, model.covariance = mean, covariance
        return found

    def knows(self, site: str, arms: Sequence[str]) -> bool:
        return (site, "") in self.blocks and all(("", a) in self.blocks and (site, a) in self.blocks for a in arms)

    def copy(self) -> _Primitive:
        made = _Primitive(self.size)
        made.blocks = dict(self.blocks)
        made.model.restore(self.model.state())
        return made

    def row(self, site: str, arm: str | None, z: np.ndarray) -> np.ndarray:
        """The regressors; `arm` is None for the first arm."""
        places = [self.block(site, "")]
        if arm is not None:
            places += [self.block("", arm), self.block(site, arm)]
        made = np.zeros(len(self.blocks) * self.size)
        for place in places:
            made[place * self.size:(place + 1) * self.size] = z
        return made


class Thompson:
    """See the module's text. `spread` scales the posterior's width in sampling."""

    name = "thompson"
    needs_features = True

    def __init__(self, samples: int = 32, spread: float = 1.0, floor: float = 0.01,
                 objective: str | Mapping[str, float] = "reward") -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.samples, self.spread, self.floor = samples, spread, floor
        self.objective = Objective(objective)
        self._primitives: dict[str, _Primitive] = {}
        self._scale: Scale | None = None

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        z = scaled(self._scale, call.features)
        site = call.request.site.id
        model = self._primitives.get(call.request.function.name) or _Primitive(len(z))
        if not model.knows(site, [arm.backend for arm in call.arms[1:]]):
            model = model.copy()  # it grows only where it learns
        rows = [model.row(site, arm.backend if index else None, z) for index, arm in enumerate(call.arms)]
        wide = np.zeros((len(rows), len(model.blocks) * model.size))
        for index, row in enumerate(rows):
            wide[index, :len(row)] = row
        mean = wide @ model.model.mean
        spread = wide @ model.model.covariance @ wide.T
        root = np.linalg.cholesky(spread + 1e-9 * np.eye(len(rows)))
        noise = call.rng.standard_normal((2, self.samples, len(rows))) @ root.T * self.spread
        costs = np.array([arm.cost for arm in call.arms]) / call.scale
        gains = mean[:, 0] + noise[0] - call.trade_off * (mean[:, 1] + noise[1] + costs)
        chances = shares(gains, self.floor)
        return Decision(draw(chances, call.rng), tuple(chances.tolist()))

    def observe(self, run: RunRecord) -> None:
        self._scale = seen(self._scale, (call.features for call in run.calls))

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        if self._scale is None:
            return
        self.objective.saw(run, outcome)
        utility = self.objective.utility(run, outcome)
        after = 0.0
        for call in reversed(run.calls):
            if call.features is not None:
                z = self._scale.apply(np.array(call.features))
                model = self._primitive(call.function, len(z))
                row = model.row(call.site, call.arms[call.arm] if call.arm else None, z)
                model.model.add(row, np.array([utility, after]), outcome.weight / len(run.calls))
            after += (call.full_cost + call.lost) / run.scale

    def _primitive(self, function: str, size: int) -> _Primitive:
        found = self._primitives.get(function)
        if found is None:
            found = self._primitives[function] = _Primitive(size)
        return found

    def state(self) -> dict[str, Any]:
        return {"version": 1, "scale": None if self._scale is None else self._scale.state(),
                "objective": self.objective.state(),
                "primitives": {name: {"size": one.size, "blocks": [list(key) for key in one.blocks],
                                      **one.model.state()} for name, one in self._primitives.items()}}

    def restore(self, state: dict[str, Any]) -> None:
        self.objective.restore(state["objective"])
        self._scale = None
        if state["scale"] is not None:
            self._scale = Scale(len(state["scale"]["total"]))
            self._scale.restore(state["scale"])
        self._primitives = {}
        for name, one in state["primitives"].items():
            made = self._primitive(name, int(one["size"]))
            made.blocks = {(key[0], key[1]): index for index, key in enumerate(one["blocks"])}
            made.model.restore(one)
