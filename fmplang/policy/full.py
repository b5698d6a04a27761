"""The paper's ablation: one policy over the product of all sites' arms, updated whatever part of it ran.

At a run's first call a configuration of all known sites is chosen by the same network and the same sampling as
`reinforce`; the reward is -lambda * C - L of the run. A site that was not known is answered by its first arm, and
joins the product after the run, which then starts anew, as it does where a site has one arm more than before. Z grows
by the squared gradient of the configuration that was chosen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.gaussian import draw, seen
from fmplang.policy.reinforce import Reinforce
from fmplang.runtime.trace import CallRecord, RunRecord

_LARGEST = 4096  # configurations


class Full(Reinforce):
    """See the module's text. Settings are those of Reinforce."""

    name = "full"

    def __init__(self, network: str = "features", hidden: int = 32, rate: float = 0.01, nu: float = 0.3,
                 ridge: float = 1.0, samples: int = 32, floor: float = 0.01, centred: bool = False,
                 seed: int = 0) -> None:
        super().__init__(network, hidden, rate, nu, ridge, samples, floor, centred, seed)
        self._sites: dict[str, int] = {}  # arms by site, in the order of being met

    def choose(self, call: PolicyCall) -> Decision:
        assert call.features is not None
        site = call.request.site.id
        note: dict[str, float | str] = {}
        chances: np.ndarray | None = None
        if "configuration" not in call.memory and self._sites:
            chances = self._chances(self._key(), self._input(call.features, call.request.args), self._product(),
                                    call.rng)
            chosen = call.memory["configuration"] = draw(chances, call.rng)
            note = {"configuration": float(chosen), "key": self._key()}
        if site not in self._sites:
            return certain(call.arms, 0)
        configuration = call.memory.get("configuration", 0)
        arm = min(self._arm(site, configuration), len(call.arms) - 1)
        if chances is None:
            return certain(call.arms, arm)
        by_arm = np.zeros(len(call.arms))
        for other, chance in enumerate(chances):
            by_arm[min(self._arm(site, other), len(call.arms) - 1)] += chance
        return Decision(arm, tuple(by_arm.tolist()), note)

    def observe(self, run: RunRecord) -> None:
        self._scale = seen(self._scale, (call.features for call in run.calls))
        first = self._first(run)
        if first is not None:
            self._count(self._key(), self._input(np.array(first.features), first.args), self._product(),
                        int(first.note["configuration"]))
        for call in run.calls:
            before = self._sites.get(call.site, 1)
            if len(call.arms) > before and self._size() // before * len(call.arms) <= _LARGEST:
                self._sites[call.site] = len(call.arms)

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        first = self._first(run)
        if first is None:
            return
        cost = sum(call.full_cost + call.lost for call in run.calls) / run.scale
        reward = -run.trade_off * cost - (1.0 - outcome.reward)
        inputs = self._input(np.array(first.features), first.args)
        self._ascend(self._key(), inputs, self._product(), int(first.note["configuration"]), outcome.weight * reward)

    def _first(self, run: RunRecord) -> CallRecord | None:
        """The call at which the run's configuration was chosen, of today's product."""
        first = next((call for call in run.calls if "configuration" in call.note), None)
        if first is None or first.note["key"] != self._key() or not self._usable(first):
            return None
        return first

    def _key(self) -> str:
        return "|".join(f"{site} {arms}" for site, arms in self._sites.items())

    def _size(self) -> int:
        made = 1
        for arms in self._sites.values():
            made *= arms
        return made

    def _product(self) -> list[str]:
        """The configurations, by number."""
        return [str(index) for index in range(self._size())]

    def _arm(self, site: str, configuration: int) -> int:
        for name, arms in self._sites.items():
            if name == site:
                return configuration % arms
            configuration //= arms
        return 0

    def state(self) -> dict[str, Any]:
        return {**super().state(), "sites": dict(self._sites)}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._sites = {str(k): int(v) for k, v in state["sites"].items()}
