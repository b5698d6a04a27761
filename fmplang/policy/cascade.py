"""A confidence cascade: the cheapest first, the next dearer one where it is not sure enough, up to the dearest.

The bound of each arm is learned per primitive. The first `warm` runs ask all arms; afterwards a share of the calls
still does. Over the calls where arm and dearest arm both answered, the bound t is the one that maximises the sum over
the calls with confidence >= t of  lambda * (price of asking on) + V * [ answers differ ],  V as in worth.py, from
replays and outcomes. It is looked for every twenty comparisons, at the prices of the last of them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.worth import Worth
from fmplang.runtime.trace import CallRecord, RunRecord

_KEPT = 2000  # comparisons per arm


class Cascade:
    """See the module's text. Ignores features; the bounds move every twenty comparisons."""

    name = "cascade"

    def __init__(self, warm: int = 80, explore: float = 0.01) -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.warm, self.explore = warm, explore
        self.runs = 0
        self._seen: dict[tuple[str, str], list[tuple[float, float]]] = {}  # confidence, whether it differed
        self._worth: dict[tuple[str, str], Worth] = {}
        self._bounds: dict[tuple[str, str], float] = {}

    def choose(self, call: PolicyCall) -> Decision:
        order = sorted(range(len(call.arms)), key=lambda index: call.arms[index].cost)
        if len(order) == 1:
            return certain(call.arms, 0)
        function = call.request.function.name
        everything = self.runs < self.warm or call.rng.random() < self.explore
        chain = []
        for here, after in pairwise(order):
            bound = 2.0
            if not everything:
                bound = self._bounds.get((function, call.arms[here].backend), 2.0)
            chain.append((after, bound))
        made = certain(call.arms, order[0])
        return Decision(made.arm, made.propensities, {"all": float(everything)}, escalate=tuple(chain))

    def _look_for_bound(self, key: tuple[str, str], price: float) -> float:
        pairs = np.array(sorted(self._seen[key], reverse=True))
        worth = self._worth[key].of("")[0] if key in self._worth else -0.5
        gains = np.cumsum(price + worth * pairs[:, 1])
        best = int(gains.argmax())
        return float(pairs[best, 0]) if gains[best] > 0 else 2.0

    def observe(self, run: RunRecord) -> None:
        self.runs += 1
        for call in run.calls:
            if call.note.get("all") and call.answerer == _dearest(call):
                for comparison in run.comparisons:
                    if run.calls[comparison.call] is call:
                        self._note(run, call, comparison.arm, not comparison.same, comparison.changed)

    def _note(self, run: RunRecord, call: CallRecord, arm: int, differs: bool, changed: bool | None) -> None:
        key = (call.function, call.arms[arm])
        shadow = next(s for s in call.shadows if s.arm == arm)
        seen = self._seen.setdefault(key, [])
        seen.append((shadow.confidence if shadow.confidence is not None else 0.0, float(differs)))
        del seen[:-_KEPT]
        if differs and changed is not None:
            self._worth.setdefault(key, Worth()).replayed("", changed)
        if len(seen) % 20 == 0:
            dearer = [price for price in call.prices if price > call.prices[arm]]
            if dearer:
                self._bounds[key] = self._look_for_bound(key, run.trade_off * min(dearer) / run.scale)

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        for comparison, exchanged in zip(run.comparisons, outcome.exchanged, strict=False):
            call = run.calls[comparison.call]
            if comparison.changed and exchanged is not None and call.answerer == _dearest(call):
                self._worth.setdefault((call.function, call.arms[comparison.arm]), Worth()).labelled(
                    "", exchanged - outcome.reward, outcome.weight)

    def state(self) -> dict[str, Any]:
        return {"version": 1, "runs": self.runs,
                "seen": [{"key": list(key), "pairs": np.array(pairs).reshape(-1, 2)}
                         for key, pairs in self._seen.items()],
                "worth": [{"key": list(key), **worth.state()} for key, worth in self._worth.items()],
                "bounds": [{"key": list(key), "bound": bound} for key, bound in self._bounds.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        self.runs = int(state["runs"])
        self._seen = {(one["key"][0], one["key"][1]): [(float(a), float(b)) for a, b in one["pairs"]]
                      for one in state["seen"]}
        self._bounds = {(one["key"][0], one["key"][1]): float(one["bound"]) for one in state["bounds"]}
        self._worth = {}
        for one in state["worth"]:
            made = self._worth[(one["key"][0], one["key"][1])] = Worth()
            made.restore(one)


def _dearest(call: CallRecord) -> int:
    return max(range(len(call.prices)), key=lambda index: call.prices[index])
