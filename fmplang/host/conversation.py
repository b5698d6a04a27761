"""One run as a conversation that does no I/O of its own.

    interpreter -> request -> policy.choose -> decision -> (Work) -> answer -> decode -> interpreter

`Conversation.steps` is a generator. It yields Work: decisions that must be on the disk first, and requests for
backends. Whoever drives it (host/drivers.py: one run after another, several in lockstep, or on an event loop)
does the work and sends the answers back, so the walk of a neural call is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.base import Backend, Response
from fmplang.errors import DecodeError, FmpError
from fmplang.host.answers import Failure, Settled, placed, settled
from fmplang.host.decide import decide, prices_of
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.runtime.replay import compare
from fmplang.runtime.requests import Finished, Request
from fmplang.runtime.trace import CallRecord, RunRecord, Shadow

if TYPE_CHECKING:
    import numpy as np

    from fmplang.backends.pool import Pool
    from fmplang.host.learner import Learner
    from fmplang.host.pacing import Pace
    from fmplang.host.spend import Purse
    from fmplang.limits import Limits
    from fmplang.runtime.execution import Execution

Features = Callable[[Request, "float | None"], "np.ndarray"]  # of a call, with the confidence of the answer before it


# What follows is made for every neural call, so these are plain classes with slots: a tuple with names or a frozen
# dataclass takes two and five times as long to make.


class Ask:
    """A request for one backend, and the price reserved for it."""

    __slots__ = ("backend", "price", "request")

    def __init__(self, request: Request, backend: Backend, price: float) -> None:
        self.request = request
        self.backend = backend
        self.price = price


class Answer:
    """What came back, and the seconds that the backend took."""

    __slots__ = ("result", "seconds")

    def __init__(self, result: Response | Exception, seconds: float) -> None:
        self.result = result
        self.seconds = seconds


class Choice:
    """A call on its way: the chosen backend is `asks[0]`, the others are its shadows (with their arms)."""

    __slots__ = ("asks", "record", "shadows")

    def __init__(self, record: CallRecord, asks: tuple[Ask, ...], shadows: tuple[int, ...]) -> None:
        self.record = record
        self.asks = asks
        self.shadows = shadows


class Work:
    """To be done outside: make `commit` durable, or ask `asks`; or, where `end` is set, record the whole run and say in
    `row` which event that was."""

    __slots__ = ("asks", "commit", "end", "row", "run")

    def __init__(self, run: RunRecord, asks: Sequence[Ask] = (), commit: Sequence[CallRecord] = (),
                 end: bool = False) -> None:
        self.run = run
        self.asks = asks
        self.commit = commit
        self.end = end
        self.row = 0


Steps = Generator[Work, Sequence[Answer], Any]


class Arms(NamedTuple):
    """What can be chosen for a request, told in the three ways that are needed."""

    backends: Sequence[Backend]
    prices: tuple[float, ...]
    arms: tuple[Arm, ...]
    names: tuple[str, ...]


class Setting:
    """What the runs of one Runtime share: `pace` holds the budget of all runs, `durable` says whether the ledger
    outlives the process, so that paid decisions go there first."""

    def __init__(self, pool: Pool, policy: Policy, pace: Pace, features: Features | None, durable: bool,
                 learner: Learner) -> None:
        self.pool = pool
        self.policy = policy
        self.pace = pace
        self.purse = pace.purse
        self.features = features
        self.durable = durable
        self.learner = learner
        self._last: dict[str, Arms] = {}

    def arms(self, backends: Sequence[Backend], prices: tuple[float, ...]) -> Arms:
        """Most often these are the same for every request of a capability, so the last ones are kept."""
        capability = backends[0].capability
        last = self._last.get(capability)
        if last is None or last.prices != prices or last.backends != backends:
            names = tuple([backend.name for backend in backends])
            arms = tuple([Arm(name, price) for name, price in zip(names, prices, strict=True)])
            last = self._last[capability] = Arms(backends, prices, arms, names)
        return last


class Conversation:
    """A run under way. `purse` is what this run may spend, `floor` the cheapest way through a run, `again` begins its
    program anew with the same inputs."""

    def __init__(self, execution: Execution, record: RunRecord, setting: Setting, purse: Purse,
                 rng: np.random.Generator, limits: Limits, floor: float, again: Callable[[], Execution]) -> None:
        self.execution = execution
        self._again = again
        self._floor = floor
        self._passed = 0.0  # what the calls so far would have cost at the least
        self._rest = 0.0  # what the calls still to come cost at the least
        self.record = record
        self.setting = setting
        self.purses = tuple([each for each in (purse, setting.purse) if each.ends])  # an endless one refuses nothing
        self.rng = rng
        self.limits = limits
        self._uncommitted: list[CallRecord] = []
        self._confidence: float | None = None
        self._memory: dict[str, Any] = {}  # the policy's, of this run
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
            if any(call.shadows for call in record.calls):
                record.comparisons = compare(self._again, record)
            yield from self._record()
            return record.value
        if isinstance(failed, FmpError):
            failed.run_id = record.id
        try:
            yield from self._record()
        except FmpError as error:  # the ledger's trouble is told beside the run's own, not in its place
            failed.add_note(str(error))
        raise failed

    def _record(self) -> Generator[Work, Sequence[Answer], None]:
        """The end of the run, for the ledger and for the policy."""
        work = Work(self.record, end=True)
        yield work
        self.setting.learner.ended(self.record, work.row)

    def _release(self) -> None:
        """Let go of what is still reserved. Calls that were asked and never answered count at their price."""
        lost = self._reserved if self._asked else 0.0
        self._pay(self._reserved, lost)
        if not self.setting.purse.ends:  # refuses nothing, so it hears of the run as a whole
            self.setting.purse.settle(0.0, self.record.cost)
        self.setting.pace.ended(self.record.cost)

    def _talk(self) -> Steps:
        execution = self.execution
        step = execution.advance()
        while type(step) is not Finished:
            if type(step) is Request:
                choice = self._choose(step)
                if self.setting.durable and (commit := self._to_commit((choice,))):
                    yield Work(self.record, commit=commit)
                self._asked = True
                answers = yield Work(self.record, choice.asks)
                self._asked = False
                self._hand_over(step, self._take(choice, answers, 0))
            else:
                yield from self._talk_of(step.requests)  # type: ignore[union-attr]
            step = execution.advance()
        return step.value

    def _talk_of(self, requests: Sequence[Request]) -> Generator[Work, Sequence[Answer], None]:
        """Independent requests, asked together."""
        choices = [self._choose(request) for request in requests]
        if self.setting.durable and (commit := self._to_commit(choices)):
            yield Work(self.record, commit=commit)
        self._asked = True
        answers = yield Work(self.record, [ask for choice in choices for ask in choice.asks])
        self._asked = False
        first = 0
        for request, choice in zip(requests, choices, strict=True):
            self._hand_over(request, self._take(choice, answers, first))
            first += len(choice.asks)

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
        """Decide, reserve the price, and write the decision down."""
        setting = self.setting
        record = self.record
        site = request.site
        function = site.function
        try:
            arms = self._feasible(request)
            features = None if setting.features is None else setting.features(request, self._confidence)
            decision = decide(setting.policy, PolicyCall(
                request, arms.arms, record.scale, record.trade_off, self.rng, features, self._memory,
            ))
            arm = int(decision.arm)
            price = arms.prices[arm]
            self._reserve(price)
        except FmpError as error:
            raise placed(error, request) from error.__cause__
        backend = arms.backends[arm]
        call = CallRecord(
            site.id, site.span, site.source.name, function.name, function.capability, request.order, backend.name,
            arms.names, arms.prices, decision.propensities, arm, 0.0, 0.0, False, None, None, dict(request.args),
        )
        record.calls.append(call)
        call.version = setting.learner.row
        if features is not None:
            call.features = tuple(features.tolist())
        if decision.note:
            call.note = {str(key): _plain(value) for key, value in decision.note.items()}
        asks = (Ask(request, backend, price),)
        return self._with_shadows(call, asks, decision, arms) if decision.shadows else Choice(call, asks, ())

    def _with_shadows(self, call: CallRecord, asks: tuple[Ask, ...], decision: Decision, arms: Arms) -> Choice:
        """Shadows that can be paid for are asked too; the others are left out, and the call says so."""
        taken = []
        for arm in decision.shadows:
            price = arms.prices[arm]
            if all(purse.fits(price + self._kept(purse)) for purse in self.purses):
                self._reserve(price)
                asks = (*asks, Ask(asks[0].request, arms.backends[arm], price))
                taken.append(int(arm))
            else:
                call.flags = (*call.flags, f"no money for the shadow {arms.names[arm]}")
        return Choice(call, asks, tuple(taken))

    def _feasible(self, request: Request) -> Arms:
        """The backends that can answer and can be paid, in the pool's order."""
        backends: Sequence[Backend] = self.setting.pool.backends_for(request)
        prices = prices_of(backends, request)
        if self.purses:
            backends, prices = self._payable(backends, prices)
        return self.setting.arms(backends, prices)

    def _kept(self, purse: Purse) -> float:
        """What this call may not spend of a purse: the rest of the run, and the other runs, at the cheapest."""
        return self._rest + (self.setting.pace.kept_back(self._floor) if purse is self.setting.purse else 0.0)

    def _payable(self, backends: Sequence[Backend], prices: tuple[float, ...]) -> tuple[
            Sequence[Backend], tuple[float, ...]]:
        """Those after which the run can still be finished, and the other runs of the budget be made, at the cheapest;
        where there are none, those that can be paid at all. LimitError (FMP613) where none can."""
        cheapest = min(prices)
        self._passed += cheapest
        self._rest = max(0.0, self._floor - self._passed)
        for purse in self.purses:
            kept = self._kept(purse)
            if purse.fits(max(prices) + kept):
                continue
            fitting = [i for i, price in enumerate(prices) if purse.fits(price + kept)] or [
                i for i, price in enumerate(prices) if price == cheapest and purse.fits(price)]
            if not fitting:
                raise purse.refusal(cheapest)
            backends = tuple([backends[i] for i in fitting])
            prices = tuple([prices[i] for i in fitting])
        return backends, prices

    def _reserve(self, price: float) -> None:
        for place, purse in enumerate(self.purses):
            try:
                purse.reserve(price)
            except FmpError:
                for before in self.purses[:place]:
                    before.settle(price, 0.0)
                raise
        self._reserved += price

    def _pay(self, reserved: float, cost: float) -> None:
        """Give back what was held back, and count what it cost."""
        for purse in self.purses:
            purse.settle(reserved, cost)
        self._reserved = max(0.0, self._reserved - reserved)
        self.record.cost += cost

    def _to_commit(self, choices: Sequence[Choice]) -> list[CallRecord]:
        """The decisions that must be durable before these asks: all not yet so, where one of the asks costs money."""
        self._uncommitted += [choice.record for choice in choices]
        paid = self.setting.pool.paid
        if not any(paid(ask.backend) for choice in choices for ask in choice.asks):
            return []
        commit, self._uncommitted = self._uncommitted, []
        return commit

    # -------------------------------------------------------------- settling

    def _take(self, choice: Choice, answers: Sequence[Answer], first: int) -> Any:
        """The value for the program, or Failure; spending settled and the record filled."""
        call = choice.record
        result = self._settle(choice.asks[0], answers[first])
        call.value, call.cost, call.seconds, call.confidence = (
            result.value, result.cost, result.seconds, result.confidence)
        call.done = True
        if result.cached:
            call.cached = True
        if result.flags:
            call.flags = (*call.flags, *result.flags)
        if result.cost > choice.asks[0].price:
            call.flags = (*call.flags, "cost above price")
        self._confidence = result.confidence
        if choice.shadows:
            call.shadows = tuple(
                self._shadow(arm, ask, answers[first + place])
                for place, (arm, ask) in enumerate(zip(choice.shadows, choice.asks[1:], strict=True), 1)
            )
        if result.error is None:
            return result.value
        call.error = result.told
        return Failure(result.error)

    def _shadow(self, arm: int, ask: Ask, answer: Answer) -> Shadow:
        result = self._settle(ask, answer)
        return Shadow(arm, ask.backend.name, result.value, result.cost, result.seconds, result.confidence, result.told)

    def _settle(self, ask: Ask, answer: Answer) -> Settled:
        price = ask.price
        result = settled(ask.request, ask.backend, price, answer.result, answer.seconds, self.limits)
        self._pay(price, result.cost)
        return result


def _by_order(call: CallRecord) -> tuple[int, ...]:
    return call.order


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, (int, float)) else str(value)
