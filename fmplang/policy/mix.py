"""A coin thrown once a run between two policies: the chord between two configurations that every learner must beat."""

from __future__ import annotations

from fmplang.errors import ConfigError
from fmplang.policy.base import Decision, Policy, PolicyCall, learns_nothing
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.strongest import Strongest


class Mix:
    """`second` with probability `share`, else `first`, for a whole run. The coin's chance is in the note of each
    decision, and each decision's propensities are given the coin."""

    name = "mix"
    learn = learns_nothing

    def __init__(self, share: float = 0.5, first: Policy | None = None, second: Policy | None = None) -> None:
        if not 0.0 <= share <= 1.0:
            raise ConfigError(f"the share of a mix is between 0 and 1, not {share!r}", code="FMP803")
        self.share, self.first, self.second = share, first or Cheapest(), second or Strongest()

    @classmethod
    def parse(cls, text: str) -> Mix:
        """From the share of the strongest, as in mix:0.3."""
        try:
            return cls(float(text))
        except ValueError:
            raise ConfigError(f"the share of a mix is a number, not {text!r}", code="FMP803") from None

    def choose(self, call: PolicyCall) -> Decision:
        if "second" not in call.memory:
            call.memory["second"] = bool(call.rng.random() < self.share)
        second: bool = call.memory["second"]
        made = (self.second if second else self.first).choose(call)
        return Decision(made.arm, made.propensities, {**made.note, "coin": self.share if second else 1 - self.share},
                        made.shadows)
