"""Every backend that can answer, with equal chances: the policy that logs the best data."""

from __future__ import annotations

from fmplang.policy.base import Decision, Outcome, PolicyCall
from fmplang.runtime.trace import RunRecord


class Random:
    """A uniform draw from the run's own generator. Learns nothing."""

    name = "random"

    def choose(self, call: PolicyCall) -> Decision:
        count = len(call.arms)
        return Decision(int(call.rng.integers(count)), (1.0 / count,) * count)

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        pass
