"""One run as a conversation that does no I/O of its own.

    interpreter -> request -> policy.choose -> decision -> (Work) -> answer -> decode -> interpreter

`Conversation.steps` is a generator. It yields Work: decisions that must be on the disk first, and requests for
backends. Whoever drives it (host/drivers.py: one run after another, several in lockstep, or on an event loop)
does the work and sends the answers back, so the walk of a neural call is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.base import Backend, Response
from fmplang.errors import DecodeError, FmpError
from fmplang.host.answers import Failure, Settled, placed, settled
from fmplang.host.decide import decide, price_of
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.runtime.requests import Finished, Request
from fmplang.runtime.trace import CallRecord, RunRecord, Shadow

if TYPE_CHECKING:
    import numpy as np

    from fmplang.backends.pool import Pool
    from fmplang.host.spend import Purse
    from fmplang.limits import Limits
    from fmplang.runtime.execution import Execution

Features = Callable[[Request, "float | None"], "np.ndarray"]  # of a call, with the confidence of the answer before it


class Ask(NamedTuple):
    """A request for one backend, and the price reserved for it."""

    request: Request
    backend: Backend
    price: float


class Answer(NamedTuple):
    """What came back, and the seconds that the backend took."""

    result: Response | Exception
    seconds: float


class Choice(NamedTuple):
    """A call on its way: the chosen backend is `asks[0]`, the others are its shadows (with their arms)."""

    record: CallRecord
    asks: tuple[Ask, ...]
    shadows: tuple[int, ...]


class Work(NamedTuple):
    """To be done outside: make `commit` durable, then ask; or, where `end` is set, record the whole run."""

    run: RunRecord
    asks: Sequence[Ask] = ()
    commit: Sequence[CallRecord] = ()
    end: bool = False


Steps = Generator[Work, Sequence[Answer], Any]


@dataclass(slots=True)
class Setting:
    """What the runs of one Runtime share."""

    pool: Pool
    policy: Policy
    trade_off: float
    purse: Purse  # the budget of all runs
    features: Features | None
    durable: bool  # whether the ledger outlives the process, so that paid decisions go there first


class Conversation:
    """A run under way. `scale` is the cost of the program's dearest single pass, `purse` what this run may spend."""

    def __init__(self, execution: Execution, record: RunRecord, setting: Setting, purse: Purse,
                 rng: np.random.Generator, limits: Limits) -> None:
        self.execution = execution
        self.record = record
        self.setting = setting
        self.purses = (purse, setting.purse)
        self.rng = rng
        self.limits = limits
        self._uncommitted: list[CallRecord] = []
        self._confidence: float | None = None
        self._reserved = 0.0
        self._asked = False  # whether the reserved calls were handed out

    def steps(self) -> Steps:
        """Yields Work until the run has ended; returns its value. Raises what the run failed with."""
        record = self.record
        started = perf_counter()
        failed: BaseException | None = None
        try:
            record.value = yield from self._talk()
        except GeneratorExit:  # nobody waits for this run any more
            self._release()
            raise
        except BaseException as error:
            failed = error
            record.error = f"{error.code}: {error.message}" if isinstance(error, FmpError) else type(error).__name__
        self._release()
        record.seconds = perf_counter() - started
        record.calls.sort(key=_by_order)
        record.notes = list(self.execution.notes)
        record.executed = self.execution.executed
        if failed is None:
            yield Work(record, end=True)
            return record.value
        if isinstance(failed, FmpError):
            failed.run_id = record.id
        try:
            yield Work(record, end=True)
        except FmpError as error:  # the ledger's trouble is told beside the run's own, not in its place
            failed.add_note(str(error))
        raise failed

    def _release(self) -> None:
        """Let go of what is still reserved. Calls that were asked and never answered count at their price."""
        lost = self._reserved if self._asked else 0.0
        for purse in self.purses:
            purse.settle(self._reserved, lost)
        self.record.cost += lost
        self._reserved = 0.0

    def _talk(self) -> Steps:
        execution = self.execution
        step = execution.advance()
        while type(step) is not Finished:
            requests = (step,) if type(step) is Request else step.requests  # type: ignore[union-attr]
            choices = [self._choose(request) for request in requests]
            asks = choices[0].asks if len(choices) == 1 else [ask for choice in choices for ask in choice.asks]
            work = Work(self.record, asks, self._to_commit(choices))
            self._asked = True
            answers = iter((yield work))
            self._asked = False
            for request, choice in zip(requests, choices, strict=True):
                self._hand_over(request, self._take(choice, answers))
            step = execution.advance()
        return step.value

    def _hand_over(self, request: Request, answer: Any) -> None:
        if type(answer) is Failure:
            self.execution.fail(answer.error, request)
            return
        try:
            self.execution.answer(answer, request)
        except DecodeError as error:
            self.execution.fail(error, request)

    # ------------------------------------------------------------- deciding

    def _choose(self, request: Request) -> Choice:
        try:
            return self._decide(request)
        except FmpError as error:
            raise placed(error, request) from error.__cause__

    def _decide(self, request: Request) -> Choice:
        setting = self.setting
        record = self.record
        backends, prices = self._feasible(request)
        arms = tuple([Arm(backend.name, price) for backend, price in zip(backends, prices, strict=True)])
        features = setting.features(request, self._confidence) if setting.features is not None else None
        call_seen = PolicyCall(request, arms, record.scale, setting.trade_off, self.rng, features)
        decision = decide(setting.policy, call_seen)
        arm = int(decision.arm)
        site = request.site
        call = CallRecord(
            site.id, site.span, site.source.name, site.function.name, site.function.capability, request.order,
            backends[arm].name, tuple([a.backend for a in arms]), tuple(prices), decision.propensities, arm,
        )
        call.args = dict(request.args)
        if features is not None:
            call.features = tuple(features.tolist())
        if decision.note:
            call.note = {str(key): _plain(value) for key, value in decision.note.items()}
        self._reserve(prices[arm])
        record.calls.append(call)
        asks = (Ask(request, backends[arm], prices[arm]),)
        if not decision.shadows:
            return Choice(call, asks, ())
        return self._with_shadows(call, asks, decision, backends, prices)

    def _with_shadows(self, call: CallRecord, asks: tuple[Ask, ...], decision: Decision, backends: Sequence[Backend],
                      prices: Sequence[float]) -> Choice:
        """Shadows that can be paid for are asked too; the others are left out, and the call says so."""
        taken = []
        for arm in decision.shadows:
            if all(purse.fits(prices[arm]) for purse in self.purses):
                self._reserve(prices[arm])
                asks = (*asks, Ask(asks[0].request, backends[arm], prices[arm]))
                taken.append(arm)
            else:
                call.flags = (*call.flags, f"no money for the shadow {backends[arm].name}")
        return Choice(call, asks, tuple(taken))

    def _feasible(self, request: Request) -> tuple[Sequence[Backend], list[float]]:
        """The backends that can answer and can be paid, in the pool's order, and their prices."""
        backends = self.setting.pool.backends_for(request)
        prices = [price_of(backend, request) for backend in backends]
        ceiling = min(purse.left for purse in self.purses)
        if ceiling >= max(prices):
            return backends, prices
        fitting = [i for i, price in enumerate(prices) if all(purse.fits(price) for purse in self.purses)]
        if not fitting:
            cheapest = min(prices)
            raise next(purse for purse in self.purses if not purse.fits(cheapest)).refusal(cheapest)
        return [backends[i] for i in fitting], [prices[i] for i in fitting]

    def _reserve(self, price: float) -> None:
        done = []
        try:
            for purse in self.purses:
                purse.reserve(price)
                done.append(purse)
        except FmpError:
            for purse in done:
                purse.settle(price, 0.0)
            raise
        self._reserved += price

    def _to_commit(self, choices: Sequence[Choice]) -> list[CallRecord]:
        """The decisions that must be durable before these asks: all not yet so, where one of the asks costs money."""
        if not self.setting.durable:
            return []
        self._uncommitted += [choice.record for choice in choices]
        paid = self.setting.pool.paid
        if not any(paid(ask.backend) for choice in choices for ask in choice.asks):
            return []
        commit, self._uncommitted = self._uncommitted, []
        return commit

    # -------------------------------------------------------------- settling

    def _take(self, choice: Choice, answers: Iterator[Answer]) -> Any:
        """The value for the program, or Failure; spending settled and the record filled."""
        call = choice.record
        ask = choice.asks[0]
        result = self._settle(ask, next(answers))
        call.cost, call.seconds, call.confidence = result.cost, result.seconds, result.confidence
        call.cached = result.cached
        if result.flags:
            call.flags = (*call.flags, *result.flags)
        call.value, call.error = result.value, result.told
        call.done = True
        self._confidence = result.confidence
        if choice.shadows:
            shadows = []
            for arm, shadow in zip(choice.shadows, choice.asks[1:], strict=True):
                other = self._settle(shadow, next(answers))
                shadows.append(Shadow(arm, shadow.backend.name, other.value, other.cost, other.seconds,
                                      other.confidence, other.told))
            call.shadows = tuple(shadows)
        return result.value if result.error is None else Failure(result.error)

    def _settle(self, ask: Ask, answer: Answer) -> Settled:
        result = settled(ask.request, ask.backend, ask.price, answer.result, answer.seconds, self.limits)
        for purse in self.purses:
            purse.settle(ask.price, result.cost)
        self._reserved = max(0.0, self._reserved - ask.price)
        self.record.cost += result.cost
        return result


def _by_order(call: CallRecord) -> tuple[int, ...]:
    return call.order


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, (int, float)) else str(value)
