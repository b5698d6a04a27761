"""Thompson sampling on outcomes alone: where shadow answers are not allowed. Two heads, credit as return-to-go.

    Q_j(s, a, phi) = phi . ( beta[s] + 1[a != ref] * ( w[m(s), a] + u[s, a] ) ),      j in { utility, later cost }

ref is the dearest backend that the primitive was first seen with. Targets of an executed call: U of the run, and the
cost of the calls after it. The H calls of a run share one label, so each weighs 1/H. Own cost is known and not learned;
the trade-off enters only when choosing. Before anything is known another arm is believed to lose `loss` of utility, so
that the first calls take the reference more often than not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import Gaussian, Scale, draw, scaled, seen, shares
from fmplang.policy.objective import Objective
from fmplang.runtime.trace import RunRecord

_LEVEL, _BASE = 0.5, 0.5  # prior mean of the reference's utility, prior deviation of beta


class _Primitive:
    """The joint posterior of all weights of one primitive; it grows when a site or an arm is first seen."""

    def __init__(self, size: int, settings: Mapping[str, Any]) -> None:
        self.size, self.settings = size, settings
        self.blocks: dict[tuple[str, str], int] = {}
        self.model = Gaussian(np.zeros(0), settings["noise"], 2)

    def block(self, site: str, arm: str) -> int:
        """The place of beta[s] (arm ""), w[a] (site "") or u[s, a]."""
        found = self.blocks.get((site, arm))
        if found is None:
            found = self.blocks[(site, arm)] = len(self.blocks)
            deviation = _BASE if not arm else self.settings["own" if site else "shared"]
            prior = np.full(self.size, deviation ** 2)
            model = self.model
            old = len(model.mean)
            mean, covariance = np.zeros((old + self.size, 2)), np.zeros((old + self.size, old + self.size))
            mean[:old], covariance[:old, :old] = model.mean, model.covariance
            mean[old, 0] = _LEVEL if not arm else 0.0 if site else -self.settings["loss"]
            covariance[old:, old:] = np.diag(prior)
            model.mean, model.covariance = mean, covariance
        return found

    def knows(self, site: str, arms: Sequence[str]) -> bool:
        return (site, "") in self.blocks and all(("", a) in self.blocks and (site, a) in self.blocks for a in arms)

    def copy(self) -> _Primitive:
        made = _Primitive(self.size, self.settings)
        made.blocks = dict(self.blocks)
        made.model.restore(self.model.state())
        return made

    def row(self, site: str, arm: str | None, z: np.ndarray) -> np.ndarray:
        """The regressors; `arm` is None for the reference."""
        places = [self.block(site, "")]
        if arm is not None:
            places += [self.block("", arm), self.block(site, arm)]
        made = np.zeros(len(self.blocks) * self.size)
        for place in places:
            made[place * self.size:(place + 1) * self.size] = z
        return made


class Thompson:
    """See the module's text. `spread` scales the posterior's width in sampling; `noise` is the deviation of a target
    from its mean, `shared` and `own` are the prior deviations of w and u."""

    name = "thompson"
    needs_features = True

    def __init__(self, samples: int = 32, spread: float = 0.2, floor: float = 0.01, noise: float = 0.5,
                 loss: float = 0.15, shared: float = 0.5, own: float = 0.15,
                 objective: str | Mapping[str, float] = "reward") -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.samples, self.spread, self.floor = samples, spread, floor
        self.objective = Objective(objective)
        self._primitives: dict[str, _Primitive] = {}
        self._reference: dict[str, str] = {}
        self._scale: Scale | None = None

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        z = scaled(self._scale, call.features)
        site = call.request.site.id
        function = call.request.function.name
        reference = self._reference.get(function) or max(call.arms, key=lambda arm: arm.cost).backend
        others = [None if arm.backend == reference else arm.backend for arm in call.arms]
        model = self._primitives.get(function) or _Primitive(len(z), self.settings)
        if not model.knows(site, [arm for arm in others if arm is not None]):
            model = model.copy()  # it grows only where it learns
        rows = [model.row(site, arm, z) for arm in others]
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
        for call in run.calls:
            self._reference.setdefault(call.function, call.arms[int(np.argmax(call.prices))])

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
                arm = call.arms[call.arm]
                row = model.row(call.site, None if arm == self._reference[call.function] else arm, z)
                model.model.add(row, np.array([utility, after]), outcome.weight / len(run.calls))
            after += (call.full_cost + call.lost) / run.scale

    def _primitive(self, function: str, size: int) -> _Primitive:
        found = self._primitives.get(function)
        if found is None:
            found = self._primitives[function] = _Primitive(size, self.settings)
        return found

    def state(self) -> dict[str, Any]:
        return {"version": 2, "scale": None if self._scale is None else self._scale.state(),
                "objective": self.objective.state(), "reference": dict(self._reference),
                "primitives": {name: {"size": one.size, "blocks": [list(key) for key in one.blocks],
                                      **one.model.state()} for name, one in self._primitives.items()}}

    def restore(self, state: dict[str, Any]) -> None:
        self.objective.restore(state["objective"])
        self._reference = {str(k): str(v) for k, v in state["reference"].items()}
        self._scale = None
        if state["scale"] is not None:
            self._scale = Scale(len(state["scale"]["total"]))
            self._scale.restore(state["scale"])
        self._primitives = {}
        for name, one in state["primitives"].items():
            made = self._primitive(name, int(one["size"]))
            made.blocks = {(key[0], key[1]): index for index, key in enumerate(one["blocks"])}
            made.model.restore(one)
