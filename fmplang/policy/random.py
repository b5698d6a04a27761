"""Every backend that can answer, with equal chances: the policy that logs the best data."""

from __future__ import annotations

from fmplang.policy.base import Decision, PolicyCall, learns_nothing


class Random:
    """A uniform draw from the run's own generator. Learns nothing."""

    name = "random"
    learn = learns_nothing

    def choose(self, call: PolicyCall) -> Decision:
        count = len(call.arms)
        return Decision(int(call.rng.integers(count)), (1.0 / count,) * count)
