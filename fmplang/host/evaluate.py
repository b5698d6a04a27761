"""A policy against a ledger that another one wrote: from stored runs to what fmplang.ledger.offpolicy estimates from.

A policy that learns is taught on the first part of the log, in its order, and judged frozen on the rest: what it would
earn there as it then is. Its chances at a logged call come from its own `choose`, with the features, arms and prices of
that call. What it remembers within a run must fit the arms that were really taken, so where it remembers anything its
`choose` is asked again, by a fresh draw, until it draws the logged arm, and that memory is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

import numpy as np

from fmplang.check.typed import NeuralFunction, Site
from fmplang.check.types import NONE
from fmplang.errors import ConfigError, EvaluationError, FmpError, PolicyError
from fmplang.host.decide import decide, policy_name
from fmplang.host.feedback import outcome_for
from fmplang.host.reread import Reread
from fmplang.ledger.base import Ledger, StoredRun
from fmplang.ledger.offpolicy import LEAST, Report, estimate
from fmplang.ledger.trajectories import Step, Trajectory
from fmplang.limits import Limits
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall, learns_nothing
from fmplang.policy.registry import resolve
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Request
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.syntax.source import Source, Span

TRIES = 300  # draws until a policy takes the logged arm; one that takes it more rarely gives the run hardly any weight
TEACH = 0.5
OWN_STREAM = 8_128  # a run draws from (seed, number)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`report`, for the policy `policy` by the runs of `logged`, the names of those that decided. `taught` runs before
    the ones weighed were shown to the policy; `program` is the digest and `name` the name of what was run."""

    report: Report
    policy: str
    logged: tuple[str, ...]
    program: str
    name: str
    taught: int


def evaluate(ledger: Ledger | Iterable[StoredRun], policy: str | Policy, *, estimator: str = "dr",
             trade_off: float | None = None, program: Program | None = None, digest: str = "",
             teach: float | None = None, least: float = LEAST, level: float = 0.95, seed: int = 0,
             limits: Limits | None = None, progress: Callable[[int, int], None] | None = None) -> Evaluation:
    """What `policy` would earn on the runs of one program, by default that of `program`, or by the first letters of its
    `digest`, or the only one of the ledger.

    `trade_off` is that of the last run where none is given. `teach` is the share of the runs with outcomes that the
    policy learns from before it is judged: one half, or none for one that does not learn. `program` is needed where the
    policy wants features and the logged one had none. `progress` is told runs done and runs in all. Raises
    EvaluationError where the log says too little (FMP840, FMP841, FMP843), ConfigError where it has no such run or
    several programs (FMP842), PolicyError from the policy.
    """
    read = read_log(ledger, policy, trade_off=trade_off, program=program, digest=digest, teach=teach, seed=seed,
                    limits=limits, progress=progress)
    report = estimate(read.runs, estimator=estimator, trade_off=read.trade_off, earlier=read.earlier, least=least,
                      level=level)
    return Evaluation(report, read.policy, read.logged, read.program, read.name, len(read.earlier))


@dataclass(frozen=True, slots=True)
class Log:
    """Runs with both policies' chances: those before `teach` of the outcomes, and the rest, which are to be weighed."""

    earlier: list[Trajectory]
    runs: list[Trajectory]
    trade_off: float
    policy: str
    logged: tuple[str, ...]
    program: str
    name: str


def read_log(ledger: Ledger | Iterable[StoredRun], policy: str | Policy, *, trade_off: float | None = None,
             program: Program | None = None, digest: str = "", teach: float | None = None, seed: int = 0,
             limits: Limits | None = None, progress: Callable[[int, int], None] | None = None) -> Log:
    """As `evaluate`, up to what is estimated from."""
    target = resolve(policy)
    stored = _of_one_program(ledger, program, digest)
    learns = getattr(type(target), "learn", None) is not learns_nothing or hasattr(target, "observe")
    share = (TEACH if learns else 0.0) if teach is None else teach
    split = _split(stored, share)
    worth = stored[-1].record.trade_off if trade_off is None else trade_off
    reader = _Reader(target, program, worth, seed, limits or Limits())
    records = [reader.prepared(run.record) for run in stored]
    for run, record in zip(stored[:split], records[:split], strict=True):
        if learns:
            _teach(target, run, record)
    runs = []
    for done, (run, record) in enumerate(zip(stored, records, strict=True)):
        if progress is not None and done % 50 == 0:
            progress(done, len(stored))
        runs.append(reader.trajectory(record, run.outcomes[-1].reward if run.outcomes else None))
    last = stored[-1].record
    logged = tuple(dict.fromkeys(run.record.policy for run in stored[split:]))
    return Log(runs[:split], runs[split:], worth, policy_name(target), logged, last.program, last.name)


def _of_one_program(ledger: Ledger | Iterable[StoredRun], program: Program | None, digest: str) -> list[StoredRun]:
    wanted = program.digest if program is not None else digest
    runs: Any = ledger.runs() if hasattr(ledger, "runs") else ledger
    found = [run for run in runs if run.record.program.startswith(wanted)]
    names = {run.record.program: run.record.name for run in found}
    if not found:
        raise ConfigError(f"the ledger holds no run of {'this program' if wanted else 'any program'} that has ended",
                          code="FMP842", hint="name the ledger with --ledger; a program that was changed since counts "
                                              "as another one")
    if len(names) > 1:
        told = ", ".join(f"{key[:8]} ({name})" for key, name in names.items())
        raise ConfigError(f"the ledger holds runs of {len(names)} programs: {told}", code="FMP842",
                          hint="say which one with --program: its file, or the first letters of its digest")
    return found


def _split(runs: Sequence[StoredRun], share: float) -> int:
    """How many runs hold this share of all outcomes."""
    if not 0 <= share < 1:
        raise ConfigError(f"the share of the log to teach on is from 0 to below 1, not {share!r}", code="FMP802",
                          hint="0.5 teaches on the first half")
    total = sum(bool(run.outcomes) for run in runs)
    seen = 0
    for place, run in enumerate(runs):
        if seen >= share * total:
            return place
        seen += bool(run.outcomes)
    return len(runs)


def _teach(policy: Policy, run: StoredRun, record: RunRecord) -> None:
    try:
        observe = getattr(policy, "observe", None)
        if observe is not None:
            observe(record)
        if run.outcomes:
            policy.learn(record, outcome_for(record, run.outcomes[-1]))
    except FmpError:
        raise
    except Exception as error:
        raise PolicyError(f"the policy {policy_name(policy)} could not learn from run {record.id}: "
                          f"{type(error).__name__}: {error}", code="FMP750",
                          hint="take another policy, or mend this one") from error


class _Reader:
    """From recorded runs to the calls that a policy would have seen."""

    def __init__(self, policy: Policy, program: Program | None, trade_off: float, seed: int, limits: Limits) -> None:
        self.policy = policy
        self.trade_off = trade_off
        self.seed = seed
        self.needs = bool(getattr(policy, "needs_features", False))
        self._reread = Reread(limits)
        self._sites = {} if program is None else {site.id: site for site in program.sites()}
        self._program = program
        self._context: Any = None

    def prepared(self, record: RunRecord) -> RunRecord:
        """The run with features at its calls, where the policy needs them and the log has none."""
        decisions = _decisions(record)
        if not self.needs or all(call.features is not None for call in decisions):
            return record
        if self._program is None:
            raise EvaluationError(f"the policy {policy_name(self.policy)} needs features, and the log has none",
                                  code="FMP843", hint="name the program with --program, so that they can be computed")
        if self._context is None:
            from fmplang.policy.context import Context

            self._context = Context()
        made: dict[int, CallRecord] = {}
        confidence, asked = None, dict[str, int]()
        for call in decisions:
            if call.features is None:
                request = self._request(record, call, asked, True)
                made[id(call)] = replace(call, features=tuple(self._context(request, confidence).tolist()))
            confidence = call.confidence
        return replace(record, calls=[made.get(id(call), call) for call in record.calls],
                       abandoned=[made.get(id(call), call) for call in record.abandoned])

    def trajectory(self, record: RunRecord, outcome: float | None) -> Trajectory:
        # Not the stream that the run itself drew from: the policy's chances must not know the logged draws.
        rng = np.random.default_rng((self.seed, record.number, OWN_STREAM))
        memory: dict[str, Any] = {}
        asked: dict[str, int] = {}
        steps = []
        decisions = _decisions(record)
        for call in decisions:
            self._check(record, call)
            request = self._request(record, call, asked, False)
            seen = None if call.features is None or not self.needs else np.array(call.features)
            arms = tuple(map(Arm, call.arms, call.prices))

            def choose(memory: dict[str, Any], request: Request = request, arms: tuple[Arm, ...] = arms,
                       seen: np.ndarray | None = seen) -> Decision:
                return decide(self.policy, PolicyCall(request, arms, record.scale, self.trade_off, rng, seen, memory))

            trial = deepcopy(memory)
            decision = choose(trial)
            if decision.escalate:
                raise EvaluationError(f"the policy {policy_name(self.policy)} decides by an answer whether to ask "
                                      "another backend", code="FMP843", hint="replay it: `fmplang replay --policy`")
            if call is not decisions[-1]:
                memory = _remembered(choose, memory, trial, decision, call.arm)
            steps.append(Step(
                call.site, call.arms, call.arm, call.propensities, decision.propensities, _paid(call) / record.scale,
                sum(call.prices[shadow] for shadow in decision.shadows) / record.scale, call.features))
        return Trajectory(tuple(steps), outcome, (record.cost + record.saved) / record.scale)

    def _check(self, record: RunRecord, call: CallRecord) -> None:
        escalated = any(shadow.arm == call.arm and shadow.error is None for shadow in call.shadows)
        if escalated and all(one.order != call.order for one in record.recoveries):
            raise EvaluationError(f"run {record.id} was decided by a cascade: which answer was taken hung on the first",
                                  code="FMP843", hint="replay the policy instead: `fmplang replay --policy`")
        if not isclose(sum(call.propensities), 1.0, abs_tol=1e-6) or call.propensities[call.arm] <= 0:
            raise EvaluationError(f"run {record.id} has chances that cannot be at {call.site}", code="FMP843",
                                  hint="its policy was not fmplang's: leave these runs out")

    def _request(self, record: RunRecord, call: CallRecord, asked: dict[str, int], whole: bool) -> Request:
        """The call's request; with `whole` its arguments as values, else as they were recorded."""
        site = self._sites.get(call.site)
        if site is None:
            function = NeuralFunction(call.function, call.capability, (), NONE, "")
            site = self._sites[call.site] = Site(call.site, function, Span(*call.span), Source("", call.source))
        number = asked.get(call.site, 0)
        asked[call.site] = number + 1
        args = self._reread.args(site.function, call.args) if whole else dict(call.args)
        return Request(site, args, call.order, record.id, number)


def _decisions(record: RunRecord) -> list[CallRecord]:
    """All decisions of a run in the order in which they were made: also those of rounds that it no longer stands on.

    Retries, fallbacks and beginning anew are the host's rules and not the policy's: they are part of what follows.
    """
    return sorted((*record.abandoned, *record.calls), key=lambda call: (call.round, call.order))


def _paid(call: CallRecord) -> float:
    """What the answer cost, with what the host asked beside it; the policy's own shadows are not in it. An answer that
    was kept from earlier counts at its price, as everywhere where policies are compared."""
    beside = (call.prices[shadow.arm] if shadow.cached else shadow.cost
              for shadow in call.shadows if shadow.arm == call.arm)
    return call.full_cost + call.lost + sum(beside)


def _remembered(choose: Callable[[dict[str, Any]], Decision], before: dict[str, Any], after: dict[str, Any],
                decision: Decision, taken: int) -> dict[str, Any]:
    """What the policy remembers after it has drawn the arm `taken`."""
    if after == before or decision.propensities[taken] <= 0:
        return after
    trial = after
    for _ in range(TRIES):  # draws of their own: the one that told the chances must not tell the memory
        trial = deepcopy(before)
        if choose(trial).arm == taken:
            break
    return trial
