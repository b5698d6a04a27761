"""The default policy: credit by exact replay with one answer exchanged.

Every arm is measured against the reference, the dearest backend the primitive was seen with. For arm a at site s:

    gain(a) = P(differ | s, a, phi) * ( V(s, a) - lambda * L(s, a) ) - lambda * ( c_a - c_ref )         gain(ref) = 0

P is a logistic curve with floor and plateau (plateau.py), learned from every shadow, without labels. V and L, a few
numbers per site (worth.py), come from replays and outcomes. c are prices as shares of the program's dearest pass.

V is what an error costs where the other calls of the run are right: a replay counts as much as the chance that all of
them were answered as the reference would have. Without that, a policy that once took cheap backends in all places sees
that one better answer seldom changes the end, and stays. In choosing, V is taken some
deviations to the dear side, `caution` at first and fewer as replays come in: of the two ways to be wrong early, only
the dear one goes on learning. Where cost weighs little the reference is taken often anyway, and caution is less. It
grows with the root of 1 + `growth` * ln(runs / warm), as upper confidence bounds do (Auer, Cesa-Bianchi and Fischer,
Machine Learning 47, 2002): a site whose few replays happened to change nothing would otherwise be answered cheaply, and
so not be replayed, for good. Where replays go on coming the deviation shrinks faster than that.

How it explores. Where the reference is chosen the others can be asked too, as shadows: the same information as the
other way round, and the better answer. So all exploration is choosing the reference:
- The first `warm` runs take the reference everywhere with all shadows; so does a pair with fewer than `pairs`
  comparisons. That is the calibration; it is charged like everything else.
- Afterwards a run is an exploring one with probability e. Its calls all take the reference, since with the other sites
  cheap a single better answer often changes nothing: the gains of a joint change show only together. No coin is
  thrown: at each call the probability that this run explores, given its arms so far, is known by Bayes' rule, and the
  arm is drawn from
      p = b * [reference] + (1 - b) * pi,        b <- b / ( b + (1 - b) * pi[reference] ) after a reference, else 0
  which is the same law. So the propensity logged is exact given the run's earlier decisions, and multiplies over a run.
- pi is the share of M posterior samples in which each arm has the best gain, mixed with a floor.

Where an arm in the middle was taken, still cheaper ones are asked too; it stands in for the reference where it is
known to agree with it nine times in ten, and the comparison counts as much as that chance.

What information may cost: an observation is worth about kappa / n where n have been made, in net utility, and more
where the decision hangs on it. So an exploring run has e = kappa / (runs * lambda * 0.6 D), where D is what a run with
the reference everywhere costs, and the calibration ends after `warm` passes where runs are longer than one. A shadow
that costs lambda * c is asked with probability min(1, kappa * ( base + boost * q ) / (n * lambda * c)), where q is how
often the shadow's arm is the best over the posterior's full width (the draws that choose are narrower, by `spread`).
Shadows depend on phi and time alone, which the curve is conditioned on, so they need no weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.drift import PageHinkley
from fmplang.policy.objective import OPPOSITE, Objective, change_of
from fmplang.policy.plateau import Plateau, sigmoid
from fmplang.policy.worth import Worth
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord

_CAREFUL = 100.0  # replays at a site after which caution is halved
_WARY = 0.25  # the trade-off from which caution is whole: below it the reference is taken often enough to learn from


class _Pair:
    """What is known of one arm against the reference, for one primitive."""

    def __init__(self, size: int) -> None:
        self.differ = Plateau(size)
        self.worth = Worth()
        self.test = PageHinkley(slack=0.12, bound=10.0)


class Counterfactual:
    """See the module's text. `spread` scales the posterior's width in sampling; 0 is greedy. `objective` says what
    final values are worth (objective.py)."""

    name = "counterfactual"
    needs_features = True

    def __init__(self, warm: int = 30, pairs: int = 20, samples: int = 32, spread: float = 0.15, kappa: float = 0.3,
                 floor: float = 0.002, rewarm: int = 50, shadows: bool = True, base: float = 0.3,
                 boost: float = 15.0, caution: float = 1.0, growth: float = 2.0,
                 objective: str | Mapping[str, float] = "reward") -> None:
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self.warm, self.pairs, self.samples, self.spread = warm, pairs, samples, spread
        self.base, self.boost, self.caution, self.growth = base, boost, caution, growth
        self.kappa, self.floor, self.rewarm, self.shadows = kappa, floor, rewarm, shadows
        self.objective = Objective(objective)
        self.since = 0  # runs of experience that still count: fewer after an alarm
        self.forced = float(warm)  # runs still to be made with the reference everywhere; a long one counts for more
        self.alarms = 0
        self._pairs: dict[tuple[str, str, str], _Pair] = {}
        self._reference: dict[str, tuple[str, float]] = {}
        self._ahead: dict[str, float] = {}  # by site: the usual cost from a call there to the end of the run
        self._dear = [0.0, 0.0]  # calibrating runs, and the sum of their costs as shares
        self._level = [0.0, 0.0]  # weight and sum of rewards
        self._rewards = PageHinkley(slack=0.05, bound=6.0, both=False)

    # ---------------------------------------------------------------- choosing

    def choose(self, call: PolicyCall) -> Decision:
        function = call.request.function.name
        # The chance that the run explores, given its arms so far.
        exploring: float = call.memory.setdefault("explores", self._exploration(call.trade_off))
        if len(call.arms) == 1:
            return certain(call.arms, 0)
        assert call.features is not None
        reference, price = self._reference_for(function, ((arm.backend, arm.cost / call.scale) for arm in call.arms))
        shares, wide, sure = self._shares(function, call, call.features, reference, price)
        at = next((i for i, arm in enumerate(call.arms) if arm.backend == reference), None)
        if at is None:
            drawn = shares
        else:
            drawn = (1 - exploring) * shares
            drawn[at] += exploring
        drawn = drawn / drawn.sum()
        arm = int(np.searchsorted(np.cumsum(drawn)[:-1], call.rng.random(), side="right"))
        if at is not None:
            left = exploring / (exploring + (1 - exploring) * shares[at]) if arm == at and exploring else 0.0
            call.memory["explores"] = left
        asked = self._asked(function, call, arm, reference, wide,
                            sure and (at is None or shares[at] >= 0.5))
        return Decision(arm, tuple(drawn.tolist()), shadows=asked)

    def _exploration(self, trade_off: float) -> float:
        """The chance that a run which begins now explores."""
        if self.forced > 0:
            return 1.0
        dear = self._dear[1] / self._dear[0] if self._dear[0] else 1.0
        return min(0.5, self.kappa / (max(self.since, 1) * max(trade_off, 1e-3) * 0.6 * max(dear, 0.5)))

    def _reference_for(self, function: str, arms: Iterable[tuple[str, float]]) -> tuple[str, float]:
        """The dearest backend ever offered for this primitive, also where it is not among these arms, and its price as
        a share."""
        best = self._reference.get(function)
        for backend, cost in arms:
            if best is None or cost > best[1] or backend == best[0]:
                best = (backend, cost)
        assert best is not None
        return best

    def _shares(self, function: str, call: PolicyCall, features: np.ndarray,
                reference: str, price: float) -> tuple[np.ndarray, np.ndarray, bool]:
        """How often each arm has the best gain over posterior samples, with the floor; the same over the posterior's
        full width, without the floor; and whether all pairs are known."""
        count, site = len(call.arms), call.request.site.id
        gains = np.zeros((2, self.samples, count))
        noise = call.rng.standard_normal((2, self.samples, count))
        widths = np.array([[self.spread], [1.0]])
        sure = True
        caution = self.caution * min(1.0, call.trade_off / _WARY) * math.sqrt(
            1.0 + self.growth * math.log(max(self.since / max(self.warm, 1), 1.0)))
        for index, arm in enumerate(call.arms):
            if arm.backend == reference:
                continue
            pair = self._pairs.get((function, arm.backend, reference))
            if pair is None or pair.differ.seen < self.pairs:
                gains[:, :, index] = -1.0 - arm.cost / call.scale  # not known well enough to be chosen
                sure = False
                continue
            mean, deviation = pair.differ.score(site, features)
            low, high = pair.differ.ends
            value, width, later = pair.worth.of(site, self.objective.changes)
            chance = low + (high - low) * sigmoid(mean + deviation * widths * noise[0, :, index])
            value -= caution * width * _CAREFUL / (_CAREFUL + pair.worth.replays(site))
            gains[:, :, index] = (chance * (value + width * widths * noise[1, :, index] - call.trade_off * later)
                               - call.trade_off * (arm.cost / call.scale - price))
        best = gains.argmax(axis=2)
        shares, wide = (np.bincount(row, minlength=count) / self.samples for row in best)
        return (1 - self.floor) * shares + self.floor / count, wide, sure

    def _asked(self, function: str, call: PolicyCall, taken: int, reference: str, wide: np.ndarray,
               expected: bool) -> tuple[int, ...]:
        """The cheaper arms to be asked as well: all of them where the reference was taken though not expected."""
        if not self.shadows:
            return ()
        all_of_them = not expected and call.arms[taken].backend == reference
        asked = []
        for index, arm in enumerate(call.arms):
            if index == taken or arm.backend == reference or arm.cost > call.arms[taken].cost:
                continue
            pair = self._pairs.get((function, arm.backend, reference))
            seen = 0.0 if pair is None else pair.differ.weight
            price = max(call.trade_off * arm.cost / call.scale, 1e-9)
            if all_of_them or call.rng.random() < self.kappa * (self.base + self.boost * wide[index]) / (
                    max(seen, 1.0) * price):
                asked.append(index)
        return tuple(asked)

    # ---------------------------------------------------------------- learning

    def observe(self, run: RunRecord) -> None:
        """The end of a run: what its shadows and replays say without any outcome."""
        self.since += 1
        if self.forced > 0:
            spent = sum(call.full_cost for call in run.calls) / run.scale
            self._dear = [self._dear[0] + 1.0, self._dear[1] + spent]
            self.forced = max(0.0, self.forced - max(1.0, spent))
        for call in run.calls:
            prices = (price / run.scale for price in call.prices)
            self._reference[call.function] = self._reference_for(call.function, zip(call.arms, prices, strict=True))
        left = 0.0
        for call in reversed(run.calls if run.error is None else ()):
            left += (call.full_cost + call.lost) / run.scale
            usual = self._ahead.get(call.site)
            self._ahead[call.site] = left if usual is None else usual + 0.05 * (left - usual)
        context = self._context(run)
        for comparison in run.comparisons:
            call = run.calls[comparison.call]
            found = self._oriented(call, comparison)
            if found is None or call.features is None:
                continue
            pair, sign, trust = found
            heard = trust * context(comparison.call)
            features = np.array(call.features)
            if pair.differ.seen >= 2 * self.pairs and pair.test.add(
                    float(not comparison.same) - self._chance(pair, call.site, features)):
                self._alarm()
            pair.differ.add(call.site, features, not comparison.same, trust)
            if not comparison.same:
                if comparison.changed is not None:
                    pair.worth.replayed(call.site, comparison.changed, heard)
                later = comparison.later
                if later is None:  # what usually follows from where the replay stopped, less what followed here
                    ahead = self._ahead.get(comparison.unknown)
                    later = None if ahead is None else ahead * run.scale - sum(
                        after.full_cost for after in run.calls[comparison.call + 1:])
                if later is not None:
                    pair.worth.priced(call.site, sign * later / run.scale, heard)
        for pair in self._pairs.values():
            if pair.differ.due():
                pair.differ.fit()

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        """An outcome, whenever it comes: what the exchanges that mattered were worth."""
        self.objective.saw(run, outcome)
        flip = change_of(run, outcome)
        context = self._context(run)
        for comparison, exchanged in zip(run.comparisons, outcome.exchanged, strict=False):
            call = run.calls[comparison.call]
            found = self._oriented(call, comparison) if comparison.changed else None
            if found is None or exchanged is None:
                continue
            pair, sign, trust = found
            heard = outcome.weight * trust * context(comparison.call)
            if flip is not None and comparison.error is None:
                pair.worth.flipped(call.site, flip if sign > 0 else OPPOSITE[flip], heard)
            else:
                pair.worth.labelled(call.site, sign * (exchanged - outcome.reward), heard)
        weight, total = self._level
        if weight >= 50 and self._rewards.add(total / weight - outcome.reward):
            self._alarm()
        elif weight:
            self._level = [min(weight + 1, 500.0), (total + outcome.reward) * min(1.0, 500.0 / (weight + 1))]
        else:
            self._level = [1.0, outcome.reward]

    def _alarm(self) -> None:
        """The world has changed: what was seen counts for little, and the reference is taken for a while."""
        self.alarms += 1
        self.forced, self.since = float(self.rewarm), self.rewarm
        self._level = [0.0, 0.0]
        for pair in self._pairs.values():
            pair.differ.temper(min(0.1, 20.0 / max(pair.differ.weight, 1.0)))
            pair.worth.temper(0.3)

    def _oriented(self, call: CallRecord, comparison: Comparison) -> tuple[_Pair, float, float] | None:
        """The pair that a comparison speaks of, the sign that makes its differences arm minus reference, its weight."""
        reference = self._reference.get(call.function)
        if reference is None:
            return None
        if call.arms[call.answerer] == reference[0]:
            return self._pair(call.function, call.arms[comparison.arm], reference[0], call.features), 1.0, 1.0
        if call.arms[comparison.arm] == reference[0]:
            return self._pair(call.function, call.arms[call.answerer], reference[0], call.features), -1.0, 1.0
        stand_in = self._pair(call.function, call.arms[call.answerer], reference[0], call.features)
        if call.features is None or stand_in.differ.seen < self.pairs:
            return None
        if call.prices[comparison.arm] > call.prices[call.answerer]:
            return None
        agrees = 1.0 - self._chance(stand_in, call.site, np.array(call.features))
        if agrees < 0.9:
            return None
        return self._pair(call.function, call.arms[comparison.arm], reference[0], call.features), 1.0, agrees

    def _context(self, run: RunRecord) -> Callable[[int], float]:
        """For each call, the chance that all others of the run were answered as the reference would have."""
        agree = [self._agrees(call) for call in run.calls]

        def others(index: int) -> float:
            made = 1.0
            for other, chance in enumerate(agree):
                if other != index:
                    made *= chance
            return made

        return others

    def _agrees(self, call: CallRecord) -> float:
        reference = self._reference.get(call.function)
        if reference is None or call.arms[call.answerer] == reference[0] or call.features is None:
            return 1.0
        pair = self._pairs.get((call.function, call.arms[call.answerer], reference[0]))
        return 0.5 if pair is None else 1.0 - self._chance(pair, call.site, np.array(call.features))

    def _pair(self, function: str, arm: str, reference: str, features: Any) -> _Pair:
        key = (function, arm, reference)
        found = self._pairs.get(key)
        if found is None:
            found = self._pairs[key] = _Pair(len(features) if features is not None else 0)
        return found

    @staticmethod
    def _chance(pair: _Pair, site: str, features: np.ndarray) -> float:
        low, high = pair.differ.ends
        return low + (high - low) * float(sigmoid(np.array(pair.differ.score(site, features)[0])))

    # ------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        """Arrays and plain values: everything that `restore` needs to go on exactly as before."""
        return {
            "version": 3, "since": self.since, "dear": list(self._dear), "forced": self.forced, "alarms": self.alarms,
            "level": list(self._level), "rewards": self._rewards.state(), "objective": self.objective.state(),
            "ahead": dict(self._ahead), "reference": {name: list(pair) for name, pair in self._reference.items()},
            "pairs": [{"key": list(key), "differ": pair.differ.state(), "worth": pair.worth.state(),
                       "test": pair.test.state(), "size": pair.differ.size} for key, pair in self._pairs.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.since = int(state["since"])
        self.forced, self.alarms = float(state["forced"]), int(state["alarms"])
        self._dear = [float(x) for x in state["dear"]]
        self._level = [float(x) for x in state["level"]]
        self._rewards.restore(state["rewards"])
        self.objective.restore(state["objective"])
        self._ahead = {str(k): float(v) for k, v in state["ahead"].items()}
        self._reference = {k: (str(v[0]), float(v[1])) for k, v in state["reference"].items()}
        self._pairs = {}
        for one in state["pairs"]:
            pair = _Pair(int(one["size"]))
            pair.differ.restore(one["differ"])
            pair.worth.restore(one["worth"])
            pair.test.restore(one["test"])
            self._pairs[(one["key"][0], one["key"][1], one["key"][2])] = pair
