"""A warm start: on a few inputs every backend is asked, so that the policy begins with what is known of them all.

Each input is run once with the strongest backend at every call, all others beside it as shadows. The runs are recorded
under the policy's name, so it learns from them as from its own. Then static configurations, one backend per call site,
are tried on the same inputs, with the answers already had; what is still missing is asked, once, and charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from fmplang.backends.caching import MemoryStore, caching
from fmplang.errors import ConfigError, FmpError, LimitError
from fmplang.host.decide import policy_name
from fmplang.host.run import Run
from fmplang.host.runtime import Runtime
from fmplang.policy.base import Decision, PolicyCall, certain, learns_nothing
from fmplang.policy.strongest import Strongest
from fmplang.runtime.program import Program
from fmplang.runtime.replay import alike

MOST = 64  # configurations that are tried one and all; of more, sites are bettered one after the other


@dataclass(frozen=True, slots=True)
class Row:
    """Inputs of one run, and its label where there is one (None is a label too)."""

    inputs: Mapping[str, Any]
    label: Any = None
    labelled: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A static configuration over all inputs: site to backend.

    `utility` is the mean reward, `cost` the mean share of the program's dearest pass, `net` utility - lambda * cost.
    """

    choices: Mapping[str, str]
    utility: float
    cost: float
    net: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `calibrate` found. `tried` has the best first. `spent` is all that was paid, `trying` the part of it for the
    configurations; `judge` says whether answers were held against labels or against the strongest's answers."""

    runs: int
    failed: int
    spent: float
    trying: float
    unit: str
    judge: str
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Tried:
        return self.tried[0]


class EverythingAsked:
    """The strongest backend with all others as shadows, under the name of the policy that is to learn from it."""

    needs_features = True
    learn = learns_nothing

    def __init__(self, name: str) -> None:
        self.name = name
        self._strongest = Strongest()

    def choose(self, call: PolicyCall) -> Decision:
        taken = self._strongest.choose(call)
        others = tuple(index for index in range(len(call.arms)) if index != taken.arm)
        return Decision(taken.arm, taken.propensities, {"calibration": 1.0}, shadows=others)


class Assigned:
    """One backend per site; the strongest where that one cannot answer."""

    name = "assigned"
    learn = learns_nothing

    def __init__(self, choices: Mapping[str, str]) -> None:
        self.choices = choices
        self._strongest = Strongest()

    def choose(self, call: PolicyCall) -> Decision:
        wanted = self.choices.get(call.request.site.id)
        for index, arm in enumerate(call.arms):
            if arm.backend == wanted:
                return certain(call.arms, index)
        return self._strongest.choose(call)


def calibrate(runtime: Runtime, program: Program, rows: Sequence[Row],
              told: Callable[[int], None] = lambda done: None) -> Calibration:
    """Run the program on the rows, for the runtime's ledger and policy, on its budget. `told` hears how many are done.

    Inputs whose run fails are counted and left out. ConfigError (FMP802) where none is left; LimitError (FMP613) where
    the budget ends: what was run until then is recorded.
    """
    pool = caching(runtime.pool, MemoryStore())
    left = None if runtime.budget is None else max(0.0, runtime.budget - runtime.spent)
    asking = Runtime(pool, EverythingAsked(policy_name(runtime.policy)), trade_off=runtime.trade_off, budget=left,
                     ledger=runtime.ledger, limits=runtime.limits, seed=runtime.seed, recovery=runtime.recovery)
    runs: list[tuple[Row, Run]] = []
    failed = 0
    try:
        for done, row in enumerate(rows, 1):
            try:
                run = asking.run(program, **row.inputs)
                if row.labelled:
                    asking.feedback(run.id, label=row.label)
                runs.append((row, run))
            except FmpError as error:
                if isinstance(error, LimitError) and error.limit == "budget":
                    raise
                failed += 1
            told(done)
        if not runs:
            raise ConfigError("no input could be run, so nothing was learned", code="FMP802",
                              hint="fmplang run with one of the inputs says why")
        trial = _Trial(runtime, program, pool, runs, None if left is None else left - asking.spent)
        try:
            tried = trial.all()
        finally:
            runtime.charge(trial.spent)
    finally:
        runtime.charge(asking.spent)
        runtime.catch_up()
    return Calibration(len(runs), failed, asking.spent + trial.spent, trial.spent, runtime.unit,
                       "labels" if trial.judged else "agreement with the strongest", tuple(tried))


class _Trial:
    """The static configurations on the inputs of the runs that were made."""

    def __init__(self, runtime: Runtime, program: Program, pool: Any, runs: Sequence[tuple[Row, Run]],
                 left: float | None) -> None:
        self.runtime, self.program, self.pool, self.runs, self.left = runtime, program, pool, runs, left
        self.judged = all(row.labelled for row, _ in runs)
        self.spent = 0.0
        self.arms: dict[str, dict[str, float]] = {}  # by site, what was ever offered there, with its price
        for _, run in runs:
            for call in run.trace:
                self.arms.setdefault(call.site, {}).update(zip(call.arms, call.prices, strict=True))
        self._known: dict[tuple[str, ...], Tried] = {}

    def all(self) -> list[Tried]:
        """The best first, of equal ones the cheapest."""
        sites = list(self.arms)
        if prod(len(arms) for arms in self.arms.values()) <= MOST:
            for choice in product(*self.arms.values()):
                self._try(dict(zip(sites, choice, strict=True)))
        else:
            self._better(sites)
        return sorted(self._known.values(), key=lambda one: (-one.net, one.cost))

    def _better(self, sites: Sequence[str]) -> None:
        """From both ends, each site in turn takes the backend that is best beside the others', twice over."""
        for end in (max, min):
            choices = {site: end(arms, key=arms.__getitem__) for site, arms in self.arms.items()}
            for site in (*sites, *sites):
                found = [self._try({**choices, site: backend}) for backend in self.arms[site]]
                choices = dict(max(found, key=lambda one: one.net).choices)

    def _try(self, choices: dict[str, str]) -> Tried:
        key = tuple(choices.values())
        if key not in self._known:
            left = None if self.left is None else max(0.0, self.left - self.spent)
            with Runtime(self.pool, Assigned(choices), trade_off=self.runtime.trade_off, budget=left,
                         limits=self.runtime.limits, seed=self.runtime.seed, trace_statements=False,
                         recovery=self.runtime.recovery) as trial:
                try:
                    found = [self._one(trial, row, run) for row, run in self.runs]
                finally:
                    self.spent += trial.spent
            utility, cost = (sum(column) / len(found) for column in zip(*found, strict=True))
            self._known[key] = Tried(choices, utility, cost, utility - self.runtime.trade_off * cost)
        return self._known[key]

    def _one(self, trial: Runtime, row: Row, run: Run) -> tuple[float, float]:
        """Reward and share of cost, at the prices that the backends ask."""
        try:
            made = trial.run(self.program, **row.inputs)
        except FmpError as error:
            if isinstance(error, LimitError) and error.limit == "budget":
                raise
            record = trial.ledger.find_run(error.run_id or "last").record
            return 0.0, sum(call.prices[call.answerer] for call in record.calls) / record.scale
        cost = sum(call.prices[call.answerer] for call in made.trace) / made.record.scale
        if self.judged:
            return trial.feedback(made.id, label=row.label).reward, cost
        return float(alike(made.value, run.value)), cost
