"""Always the cheapest backend that can answer."""

from __future__ import annotations

from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing


class Cheapest:
    """The arm with the lowest price; of equal prices the first in the pool's order. Learns nothing."""

    name = "cheapest"
    learn = learns_nothing

    def choose(self, call: PolicyCall) -> Decision:
        arms = call.arms
        best = 0
        for index in range(1, len(arms)):
            if arms[index].cost < arms[best].cost:
                best = index
        return certain(arms, best)
