"""Arms told beforehand for every run: for replays where the truth is known. No policy for real use."""

from __future__ import annotations

from collections.abc import Mapping

from fmplang.errors import PolicyError
from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing


class Oracle:
    """`table` maps a run's id and a site's id to a backend's name."""

    name = "oracle"
    learn = learns_nothing

    def __init__(self, table: Mapping[tuple[str, str], str]) -> None:
        self.table = table

    def choose(self, call: PolicyCall) -> Decision:
        wanted = self.table.get((call.request.run_id, call.request.site.id))
        for index, arm in enumerate(call.arms):
            if arm.backend == wanted:
                return certain(call.arms, index)
        raise PolicyError(f"the oracle's table has no feasible backend for {call.request.site.id} in the run "
                          f"{call.request.run_id}", code="FMP752",
                          hint="the oracle replays runs whose answers are known; choose another policy for real runs")
