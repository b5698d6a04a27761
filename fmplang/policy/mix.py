"""A coin thrown once a run between two policies: the chord between two configurations that every learner must beat."""

from __future__ import annotations

from collections import OrderedDict

from fmplang.errors import ConfigError
from fmplang.policy.base import Decision, Outcome, Policy, PolicyCall
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.strongest import Strongest
from fmplang.runtime.trace import RunRecord


class Mix:
    """`second` with probability `share`, else `first`, for a whole run. The coin's chance is in the note of each
    decision, and each decision's propensities are given the coin."""

    name = "mix"

    def __init__(self, share: float = 0.5, first: Policy | None = None, second: Policy | None = None) -> None:
        if not 0.0 <= share <= 1.0:
            raise ConfigError(f"the share of a mix is between 0 and 1, not {share!r}", code="FMP803")
        self.share, self.first, self.second = share, first or Cheapest(), second or Strongest()
        self._open: OrderedDict[str, bool] = OrderedDict()

    @classmethod
    def parse(cls, text: str) -> Mix:
        """From the share of the strongest, as in mix:0.3."""
        try:
            return cls(float(text))
        except ValueError:
            raise ConfigError(f"the share of a mix is a number, not {text!r}", code="FMP803") from None

    def choose(self, call: PolicyCall) -> Decision:
        run = call.request.run_id
        if run not in self._open:
            self._open[run] = bool(call.rng.random() < self.share)
            if len(self._open) > 4096:
                self._open.popitem(last=False)
        second = self._open[run]
        made = (self.second if second else self.first).choose(call)
        return Decision(made.arm, made.propensities, {**made.note, "coin": self.share if second else 1 - self.share},
                        made.shadows)

    def observe(self, run: RunRecord) -> None:
        self._open.pop(run.id, None)

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        pass
