"""A policy replayed on answers that are known already: what it would have earned, exactly, and for nothing.

The policy chooses at every call, and where the answer of the backend that it chose is known, the run goes on with it. A
request whose answer nobody paid for makes the run unknown: it is counted, never guessed. The policy is told of each
replayed run and of its outcome as live, in the order in which the ledger was, so it learns along; of unknown runs it
is told nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from fmplang.errors import BackendError, ConfigError, EvaluationError, FmpError, PolicyError
from fmplang.host.decide import decide, policy_name
from fmplang.host.feedback import outcome_for
from fmplang.host.reread import Reread
from fmplang.ledger.base import Ledger, StoredOutcome
from fmplang.ledger.plain import dump
from fmplang.limits import Limits
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.policy.registry import resolve
from fmplang.runtime.program import Program
from fmplang.runtime.replay import alike, compare
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, Comparison, RunRecord, Shadow

SELECTED = 0.9  # coverage below which the covered runs may well differ from the others
RESAMPLES = 2000


class Known(NamedTuple):
    """A backend's answer to a request: a value of the declared type, or `error` as "CODE: message". `cost` is in the
    unit of the arms' prices."""

    value: Any
    cost: float
    confidence: float | None = None
    error: str | None = None


class Answers(Protocol):
    """What is known of one input: a table of every backend's answers, or what a run paid for."""

    def arms(self, request: Request) -> Sequence[Arm]:
        """The backends that could be chosen, with their prices; none where nothing is known of the request."""

    def known(self, request: Request, backend: str) -> Known | None:
        """The backend's answer, or None where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input to replay. `reward` gives U in [0, 1] of a final value, with what the run failed with or None; it gives
    None where that is not known. `label` is the right answer, for policies whose aim needs it."""

    id: str
    inputs: Mapping[str, Any]
    answers: Answers
    reward: Callable[[Any, str | None], float | None]
    label: Any = None


@dataclass(frozen=True, slots=True)
class Means:
    """Per run: U, C as a share of the program's dearest pass, and U - lambda C."""

    utility: float
    cost: float
    net: float


@dataclass(frozen=True, slots=True)
class PolicyReplay:
    """`runs` cases, of which `covered` could be replayed to their ends; means are over the `judged` ones of these,
    where U is known. `unknown` counts runs by the site of the request that nobody knew the answer to.

    `logged` is what was earned when the runs were made, in the same runs, and `gain` the difference in net with its 95%
    bootstrap interval over runs, in the order in which they came; both None where there was no logged policy.
    """

    policy: str
    runs: int
    covered: int
    judged: int
    unknown: Mapping[str, int]
    target: Means
    logged: Means | None = None
    gain: tuple[float, float, float] | None = None

    @property
    def warning(self) -> str:
        if self.covered >= SELECTED * self.runs:
            return ""
        return (f"only {100 * self.covered / self.runs:.0f}% of runs could be replayed: those where the answers "
                "happened to be known, so these figures need not hold for the others")


def replay_table(policy: str | Policy, program: Program, cases: Iterable[Case], *, trade_off: float, scale: float,
                 seed: int = 0, limits: Limits | None = None) -> PolicyReplay:
    """The policy on cases whose answers are known, each outcome told at once. `scale` is the cost of the program's
    dearest pass."""
    player = _Player(resolve(policy), program, seed, limits or Limits())
    tally = _Tally(player.policy)
    for number, case in enumerate(cases):
        record = player.play(case, number, scale, trade_off, tally)
        if record is None:
            continue
        reward = case.reward(record.value, record.error)
        tally.covered(record, reward)
        if reward is not None:
            player.learn(record, StoredOutcome("", record.id, reward, case.label))
    return tally.told()


def replay_ledger(policy: str | Policy, program: Program, ledger: Ledger, *, trade_off: float | None = None,
                  seed: int = 0, limits: Limits | None = None,
                  progress: Callable[[int], None] | None = None) -> PolicyReplay:
    """The policy on the runs that a ledger holds of this program, with the answers that each run and its shadows paid
    for. A final value that the run did not have is judged by the run's label.

    Raises ConfigError (FMP842) where the ledger holds no such run, EvaluationError where a file is gone (FMP844) or
    no replayed run has an outcome (FMP840).
    """
    ceiling = limits or Limits()
    player = _Player(resolve(policy), program, seed, ceiling)
    tally = _Tally(player.policy)
    reread = Reread(ceiling)
    played: dict[str, RunRecord] = {}
    for event in ledger.events():
        stored = event.run
        own = stored.record
        if own.program != program.digest:
            continue
        if event.outcome is None:
            if progress is not None:
                progress(tally.runs)
            last = stored.outcomes[-1] if stored.outcomes else None
            case = Case(own.id, reread.inputs(program, own.inputs), Recorded(own, reread), reward_by(own, last))
            worth = own.trade_off if trade_off is None else trade_off
            record = player.play(case, own.number, own.scale, worth, tally)
            if record is not None:
                played[own.id] = record
                tally.covered(record, case.reward(record.value, record.error), last.reward if last else None,
                              (own.cost + own.saved) / own.scale)
        elif own.id in played:
            record = played.pop(own.id)
            reward = reward_by(own, event.outcome)(record.value, record.error)
            if reward is not None:
                player.learn(record, replace(event.outcome, reward=reward))
    if not tally.runs:
        raise ConfigError("the ledger holds no run of this program that has ended", code="FMP842",
                          hint="name the ledger with --ledger; a program that was changed since counts as another one")
    return tally.told()


def reward_by(record: RunRecord, outcome: StoredOutcome | None) -> Callable[[Any, str | None], float | None]:
    """What a final value would have earned in place of the run's own, by its outcome; None where that says nothing of
    it."""

    def reward(value: Any, error: str | None) -> float | None:
        if outcome is None:
            return None
        changed = error != record.error or dump(value) != dump(record.value)
        exchanged = Comparison(0, 0, not changed, changed, value, error=error)
        return outcome_for(replace(record, comparisons=(exchanged,)), outcome).exchanged[0]

    return reward


class Recorded:
    """The answers that one recorded run paid for: its calls' own and their shadows'. A request is known by its site and
    arguments; pictures count as the same where their boxes nearly are (fmplang.runtime.replay)."""

    def __init__(self, record: RunRecord, reread: Reread) -> None:
        self._reread = reread
        self._by_site: dict[str, list[CallRecord]] = {}
        for call in (*record.calls, *record.abandoned):
            self._by_site.setdefault(call.site, []).append(call)
        self._args: dict[int, dict[str, Any]] = {}

    def arms(self, request: Request) -> Sequence[Arm]:
        for call in self._calls(request):
            return tuple(map(Arm, call.arms, call.prices))
        return ()

    def known(self, request: Request, backend: str) -> Known | None:
        for call in self._calls(request):
            if call.done and call.arms[call.answerer] == backend:
                return self._told(request, call.value, call.full_cost, call.confidence, call.error)
            for shadow in call.shadows:
                if shadow.backend == backend:
                    cost = call.prices[shadow.arm] if shadow.cached else shadow.cost
                    return self._told(request, shadow.value, cost, shadow.confidence, shadow.error)
        return None

    def _told(self, request: Request, value: Any, cost: float, confidence: float | None, error: str | None) -> Known:
        read = None if error is not None else self._reread.value(value, request.returns)
        return Known(read, cost, confidence, error)

    def _calls(self, request: Request) -> Iterator[CallRecord]:
        """Those that asked the same, the one at the same place of the run first."""
        calls = self._by_site.get(request.site.id, [])
        for call in sorted(calls, key=lambda call: call.order != request.order):
            args = self._args.get(id(call))
            if args is None:
                args = self._args[id(call)] = self._reread.args(request.function, call.args)
            if args.keys() == request.args.keys() and all(alike(args[k], arg) for k, arg in request.args.items()):
                yield call


class _Unknown(Exception):
    """Nobody paid for the answer at this site."""


class _Player:
    """The host without backends: asks the policy, looks answers up."""

    def __init__(self, policy: Policy, program: Program, seed: int, limits: Limits) -> None:
        self.policy, self.program, self.seed, self.limits = policy, program, seed, limits
        self._observe = getattr(policy, "observe", None)
        self._context: Any = None
        if getattr(policy, "needs_features", False):
            from fmplang.policy.context import Context

            self._context = Context()

    def play(self, case: Case, number: int, scale: float, trade_off: float, tally: _Tally) -> RunRecord | None:
        """The run, of which the policy has been told; None where it came to an answer that is not known."""
        entry = self.program.entry
        run = RunRecord(case.id, self.program.digest, entry.name, type=str(entry.returns), scale=scale,
                        name=self.program.source.name, policy=policy_name(self.policy), number=number,
                        inputs=dict(case.inputs), trade_off=trade_off)
        tally.runs += 1
        execution = self.program.start(case.inputs, self.limits, case.id)
        course = _Course(self, case.answers, run, np.random.default_rng((self.seed, number)))
        try:
            step = execution.advance()
            while not isinstance(step, Finished):
                requests = step.requests if isinstance(step, Group) else (step,)
                decided = [(request, *course.decide(request)) for request in requests]
                for request, decision, arms in decided:
                    answer = course.answer(request, decision, arms)
                    if answer.error is not None:
                        code, _, message = answer.error.partition(": ")
                        execution.fail(BackendError(message or answer.error, code=code if message else None), request)
                    else:
                        execution.answer(answer.value, request)
                step = execution.advance()
            run.value = step.value
        except _Unknown as unknown:
            tally.unknown[str(unknown)] += 1
            return None
        except (EvaluationError, PolicyError, ConfigError):
            raise
        except FmpError as error:
            run.error = f"{error.code}: {error.message}"
        run.calls.sort(key=lambda call: call.order)
        run.cost = sum(call.spent for call in run.calls)
        if any(call.shadows for call in run.calls):
            run.comparisons = compare(lambda: self.program.start(case.inputs, self.limits), run)
        if self._observe is not None:
            self._observe(run)
        return run

    def learn(self, record: RunRecord, outcome: StoredOutcome) -> None:
        self.policy.learn(record, outcome_for(record, outcome))

    def features(self, request: Request, confidence: float | None) -> np.ndarray | None:
        made: np.ndarray | None = None if self._context is None else self._context(request, confidence)
        return made


class _Course:
    """One run's calls."""

    def __init__(self, player: _Player, answers: Answers, run: RunRecord, rng: np.random.Generator) -> None:
        self.player, self.answers, self.run, self.rng = player, answers, run, rng
        self.memory: dict[str, Any] = {}
        self.confidence: float | None = None
        self._features: dict[int, np.ndarray | None] = {}

    def decide(self, request: Request) -> tuple[Decision, tuple[Arm, ...]]:
        arms = tuple(self.answers.arms(request))
        if not arms:
            raise _Unknown(request.site.id)
        features = self._features[id(request)] = self.player.features(request, self.confidence)
        return decide(self.player.policy, PolicyCall(
            request, arms, self.run.scale, self.run.trade_off, self.rng, features, self.memory)), arms

    def answer(self, request: Request, decision: Decision, arms: tuple[Arm, ...]) -> Known:
        """The answer that the program gets, with the call written down."""
        arm, before = decision.arm, []
        taken = self._known(request, arms[arm])
        for dearer, bound in decision.escalate:
            if taken.error is None and taken.confidence is not None and taken.confidence >= bound:
                break
            before.append(_shadow(arm, arms[arm], taken))
            arm, taken = dearer, self._known(request, arms[dearer])
        shadows = (*before, *(_shadow(each, arms[each], self._known(request, arms[each]))
                              for each in decision.shadows))
        self.confidence = taken.confidence
        features = self._features.pop(id(request))
        site = request.site
        self.run.calls.append(CallRecord(
            site=site.id, span=site.span, source=site.source.name, function=site.function.name,
            capability=site.function.capability, order=request.order, backend=arms[arm].backend,
            arms=tuple(each.backend for each in arms), prices=tuple(each.cost for each in arms),
            propensities=decision.propensities, arm=decision.arm, answered=None if arm == decision.arm else arm,
            cost=taken.cost, confidence=taken.confidence, value=taken.value, args=dict(request.args), done=True,
            error=taken.error, shadows=shadows, features=None if features is None else tuple(features.tolist()),
            note={key: float(value) if isinstance(value, (int, float)) else str(value)
                  for key, value in decision.note.items()}))
        return taken

    def _known(self, request: Request, arm: Arm) -> Known:
        known = self.answers.known(request, arm.backend)
        if known is None:
            raise _Unknown(request.site.id)
        return known


def _shadow(arm: int, told: Arm, known: Known) -> Shadow:
    return Shadow(arm, told.backend, known.value, known.cost, confidence=known.confidence, error=known.error)


class _Tally:
    """Counts, and one row for each judged run: U and C of the policy, and of the logged one."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy_name(policy)
        self.runs = 0
        self.unknown: Counter[str] = Counter()
        self._covered = 0
        self._rows: list[tuple[float, float, float, float, float]] = []
        self._logged = False

    def covered(self, record: RunRecord, reward: float | None, logged: float | None = None,
                spent: float = 0.0) -> None:
        self._covered += 1
        if logged is not None:
            self._logged = True
        if reward is not None:
            self._rows.append((reward, record.cost / record.scale, record.trade_off, logged or 0.0, spent))

    def told(self) -> PolicyReplay:
        if not self._rows:
            raise EvaluationError(
                f"of {self.runs} runs {self._covered} could be replayed, and of none of these the outcome is known",
                code="FMP840", hint="give feedback with labels, or log with a policy that asks shadows: then more "
                                    "answers are known")
        rows = np.array(self._rows)
        new = _means(rows[:, 0], rows[:, 1], rows[:, 2])
        shape = self.policy, self.runs, self._covered, len(rows), dict(self.unknown), new
        if not self._logged:
            return PolicyReplay(*shape)
        ahead = rows[:, 0] - rows[:, 3] - rows[:, 2] * (rows[:, 1] - rows[:, 4])
        return PolicyReplay(*shape, _means(rows[:, 3], rows[:, 4], rows[:, 2]), _bootstrap(ahead))


def _means(utility: np.ndarray, cost: np.ndarray, trade_off: np.ndarray) -> Means:
    return Means(float(utility.mean()), float(cost.mean()), float((utility - trade_off * cost).mean()))


def _bootstrap(values: np.ndarray) -> tuple[float, float, float]:
    rng = np.random.default_rng(0)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
