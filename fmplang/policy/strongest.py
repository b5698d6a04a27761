"""Always the strongest backend that can answer, price taken as the sign of strength."""

from __future__ import annotations

from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing


class Strongest:
    """The arm with the highest price; of equal prices the last in the pool's order. Learns nothing."""

    name = "strongest"
    learn = learns_nothing

    def choose(self, call: PolicyCall) -> Decision:
        arms = call.arms
        best = 0
        for index in range(1, len(arms)):
            if arms[index].cost >= arms[best].cost:
                best = index
        return certain(arms, best)
