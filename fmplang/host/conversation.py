"""One run as a conversation that does no I/O of its own.

    interpreter -> request -> policy.choose -> decision -> (Work) -> answer -> decode -> interpreter

`Conversation.steps` is a generator. It yields Work: decisions that must be on the disk first, and requests for
backends. Whoever drives it (host/drivers.py: one run after another, several in lockstep, or on an event loop)
does the work and sends the answers back, so the walk of a neural call is written once. A call that its first ask
does not settle goes on as a pursuit (host/pursuit.py), a run whose assertion failed as host/mending.py says.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fmplang.backends.base import Backend
from fmplang.errors import DecodeError, FmpError, RunError
from fmplang.host.account import Account
from fmplang.host.answers import Failure, Settled, placed, settled
from fmplang.host.decide import decide, prices_of
from fmplang.host.mending import Slicer, go_on_after
from fmplang.host.pursuit import Pursuit
from fmplang.host.work import Answer, Arms, Ask, Choice, Steps, Work
from fmplang.policy.base import Arm, Decision, Policy, PolicyCall
from fmplang.runtime.replay import answers_it, compare
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, RunRecord, Shadow

if TYPE_CHECKING:
    import numpy as np

    from fmplang.backends.pool import Pool
    from fmplang.host.learner import Learner
    from fmplang.host.pacing import Pace
    from fmplang.host.recovery import Recovery
    from fmplang.host.spend import Purse
    from fmplang.limits import Limits
    from fmplang.runtime.execution import Execution
    from fmplang.runtime.program import Program

Features = Callable[[Request, "float | None"], "np.ndarray"]  # of a call, with the confidence of the answer before it


class Setting:
    """What the runs of one Runtime share: `pace` holds the budget of all runs, `durable` says whether the ledger
    outlives the process, so that paid decisions go there first. `slicer` finds what a failed assertion depended on,
    `traced` is whether runs note which statements ran."""

    def __init__(self, pool: Pool, policy: Policy, pace: Pace, features: Features | None, durable: bool,
                 learner: Learner, recovery: Recovery, slicer: Slicer, traced: bool) -> None:
        self.pool = pool
        self.policy = policy
        self.pace = pace
        self.features = features
        self.durable = durable
        self.learner = learner
        self.recovery = recovery
        self.slicer = slicer
        self.traced = traced
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
    """A run under way. `purse` is what this run may spend, `floor` the cheapest way through a run; `execution` is the
    program begun with the run's inputs. `round` counts how often it was begun anew."""

    def __init__(self, program: Program, execution: Execution, record: RunRecord, setting: Setting, purse: Purse,
                 rng: np.random.Generator, limits: Limits, floor: float) -> None:
        self.program = program
        self.execution = execution
        self.record = record
        self.round = 0
        self.setting = setting
        self.account = Account(record, purse, setting.pace, floor)
        self.rng = rng
        self.limits = limits
        self._uncommitted: list[CallRecord] = []
        self._confidence: float | None = None
        self._memory: dict[str, Any] = {}  # the policy's, of this run
        self._requests: list[Request] = []
        self._known: dict[tuple[int, ...], list[CallRecord]] = {}  # those of earlier rounds, by order
        self._again: set[int] = set()  # the ids of those that this round stands on too
        self._asked = False  # whether what is reserved was handed out

    def steps(self) -> Steps:
        """Yields Work until the run has ended; returns its value. Raises what the run failed with."""
        record = self.record
        started = perf_counter()
        failed: BaseException | None = None
        try:
            try:
                record.value = yield from self._talk()
            except RunError as error:
                record.value = yield from go_on_after(self, error)
        except GeneratorExit:  # nobody waits for this run any more
            self.account.close(self._asked)
            raise
        except BaseException as error:
            failed = error
            record.error = f"{error.code}: {error.message}" if isinstance(error, FmpError) else type(error).__name__
        self.account.close(self._asked)
        record.seconds = perf_counter() - started
        self.end_round()
        record.notes = list(self.execution.notes)
        record.executed = self.execution.executed
        if failed is None:
            if any(call.shadows for call in record.calls):
                record.comparisons = compare(partial(self.program.start, record.inputs, self.limits), record)
            yield from self._record()
            return record.value
        if isinstance(failed, FmpError):
            failed.run_id, failed.record = record.id, record
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
                taken = self._take(choice, answers, 0)
                if type(taken) is Pursuit:
                    yield from self._pursue((taken,))
                    taken = self.conclude(taken)
                self._hand_over(step, taken)
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
        taken = []
        for choice in choices:
            taken.append(self._take(choice, answers, first))
            first += len(choice.asks)
        pursuits = [each for each in taken if type(each) is Pursuit]
        if pursuits:
            yield from self._pursue(pursuits)
        for request, each in zip(requests, taken, strict=True):
            self._hand_over(request, self.conclude(each) if type(each) is Pursuit else each)

    def _hand_over(self, request: Request, answer: Any) -> None:
        if type(answer) is Failure:
            self.execution.fail(answer.error, request)
            return
        try:
            self.execution.answer(answer, request)
        except DecodeError as error:
            self.execution.fail(error, request)

    def nobody_was_asked(self) -> None:
        """What was handed out last is given up before it reached a backend, so it costs nothing."""
        self._asked = False

    # ------------------------------------------------------ beginning anew

    def talk_again(self) -> Steps:
        """As `_talk`, of a run that was begun anew: what is known is not asked again."""
        execution = self.execution
        step = execution.advance()
        while not isinstance(step, Finished):
            requests = step.requests if isinstance(step, Group) else (step,)
            new = [request for request in requests if not self._answer_again(request)]
            if new:
                yield from self._talk_of(new)
            step = execution.advance()
        return step.value

    def begin_anew(self) -> None:
        """Start the program again. Its calls so far are known, and abandoned until this round asks for them too."""
        record, earlier = self.record, self.execution
        self.round += 1
        self.account.begin_anew()
        record.error = None
        self._known = {}
        for call in (*record.calls, *reversed(record.abandoned)):
            self._known.setdefault(call.order, []).append(call)
        record.abandoned += record.calls
        record.calls = []
        self.execution = self.program.start(record.inputs, self.limits, record.id, self.setting.traced)
        self.execution.meter.go_on_from(earlier.meter)

    def end_round(self) -> None:
        """Put the calls in order, and part them from those that the run no longer stands on."""
        record = self.record
        record.calls.sort(key=_by_order)
        if self.round:
            record.abandoned = sorted([call for call in record.abandoned if id(call) not in self._again],
                                      key=lambda call: (call.round, call.order))
            self._again.clear()

    def ask_beyond(self, call: CallRecord, arm: int) -> Generator[Work, Sequence[Answer], Pursuit]:
        """Ask one more arm of a call that has its answer. The pursuit stands where it ended; `conclude` ends it."""
        pool = self.setting.pool
        arms = Arms([pool[name] for name in call.arms], call.prices, (), call.arms)
        request = next(each for each in reversed(self._requests)
                       if each.order == call.order and answers_it(call, each))
        pursuit = Pursuit.beyond(call, request, arms, self.setting.recovery, arm)
        yield from self._pursue((pursuit,))
        return pursuit

    def _calls(self) -> int:
        """How many calls were made in all rounds."""
        return len(self.record.calls) + len(self.record.abandoned) - len(self._again)

    def _answer_again(self, request: Request) -> bool:
        """Give a request the answer that it has from an earlier round, where it has one."""
        for call in self._known.get(request.order, ()):
            if call.done and call.error is None and id(call) not in self._again and answers_it(call, request):
                self._again.add(id(call))
                self.account.passed(min(call.prices))
                self.record.calls.append(call)
                self._confidence = call.confidence
                self._hand_over(request, call.value)
                return True
        return False

    # ------------------------------------------------------------- deciding

    def _choose(self, request: Request) -> Choice:
        """Decide, reserve the price, and write the decision down."""
        setting = self.setting
        record = self.record
        site = request.site
        function = site.function
        try:
            if self.round and self._calls() >= self.limits.neural_calls:
                self.execution.meter.no_more_calls()
            arms = self._feasible(request)
            features = None if setting.features is None else setting.features(request, self._confidence)
            decision = decide(setting.policy, PolicyCall(
                request, arms.arms, record.scale, record.trade_off, self.rng, features, self._memory,
            ))
            arm = int(decision.arm)
            price = arms.prices[arm]
            self.account.reserve(price)
        except FmpError as error:
            raise placed(error, request) from error.__cause__
        backend = arms.backends[arm]
        call = CallRecord(
            site.id, site.span, site.source.name, function.name, function.capability, request.order, backend.name,
            arms.names, arms.prices, decision.propensities, arm, 0.0, 0.0, False, None, None, dict(request.args),
        )
        record.calls.append(call)
        call.version = setting.learner.row
        self._requests.append(request)
        if self.round:
            call.round = self.round
        if features is not None:
            call.features = tuple(features.tolist())
        if decision.note:
            call.note = {str(key): _plain(value) for key, value in decision.note.items()}
        asks = (Ask(request, backend, price),)
        if decision.shadows or decision.escalate:
            return self._with_more(call, asks, decision, arms)
        return Choice(call, asks, (), arms, ())

    def _with_more(self, call: CallRecord, asks: tuple[Ask, ...], decision: Decision, arms: Arms) -> Choice:
        """Shadows that can be paid for are asked too; the others are left out, and the call says so."""
        taken = []
        for arm in decision.shadows:
            price = arms.prices[arm]
            if self.account.reserve_beyond(price, True):
                asks = (*asks, Ask(asks[0].request, arms.backends[arm], price))
                taken.append(int(arm))
            else:
                call.flags = (*call.flags, f"no money for the shadow {arms.names[arm]}")
        chain = tuple([(int(arm), float(bound)) for arm, bound in decision.escalate])
        return Choice(call, asks, tuple(taken), arms, chain)

    def _feasible(self, request: Request) -> Arms:
        """The backends that can answer and can be paid, in the pool's order."""
        backends: Sequence[Backend] = self.setting.pool.backends_for(request)
        prices = prices_of(backends, request)
        if self.account.purses:
            backends, prices = self.account.payable(backends, prices)
        return self.setting.arms(backends, prices)

    def _to_commit(self, choices: Sequence[Choice]) -> list[CallRecord]:
        """The decisions that must be durable before these asks: all not yet so, where one of the asks costs money."""
        self._uncommitted += [choice.record for choice in choices]
        return self._due([ask.backend for choice in choices for ask in choice.asks])

    def _due(self, backends: Sequence[Backend]) -> list[CallRecord]:
        paid = self.setting.pool.paid
        if not any(map(paid, backends)):
            return []
        commit, self._uncommitted = self._uncommitted, []
        return commit

    # -------------------------------------------------------------- settling

    def _take(self, choice: Choice, answers: Sequence[Answer], first: int) -> Any:
        """The value for the program, or a Pursuit where the call is not settled; spending settled, record filled."""
        call = choice.record
        ask = choice.asks[0]
        result = self._settle(ask, answers[first], call)
        if choice.shadows:
            call.shadows = tuple(
                self._shadow(arm, shadow, answers[first + place], call)
                for place, (arm, shadow) in enumerate(zip(choice.shadows, choice.asks[1:], strict=True), 1)
            )
        if result.error is not None or choice.escalate:
            pursuit = Pursuit(call, ask.request, choice.arms, self.setting.recovery, choice.escalate)
            pursuit.heard(result)
            pursuit.write()
            return pursuit
        call.value, call.cost, call.seconds, call.confidence = (
            result.value, result.cost, result.seconds, result.confidence)
        call.done = True
        if result.cached:
            call.cached = True
        if result.flags:
            call.flags = (*call.flags, *result.flags)
        self._confidence = result.confidence
        return result.value

    def _pursue(self, pursuits: Sequence[Pursuit]) -> Generator[Work, Sequence[Answer], None]:
        """Until each is settled, asking for all of them together."""
        while True:
            asks = []
            asking = []
            for pursuit in pursuits:
                ask = pursuit.next(self.account.reserve_beyond)
                if ask is not None:
                    asks.append(ask)
                    asking.append(pursuit)
                else:
                    pursuit.write()
            if not asking:
                return
            if self.setting.durable and (commit := self._due_beyond(asking, asks)):
                try:
                    yield Work(self.record, commit=commit)
                except BaseException:  # nobody was asked
                    for pursuit in asking:
                        pursuit.write()
                    raise
            self._asked = True
            answers = yield Work(self.record, asks)
            self._asked = False
            for pursuit, ask, answer in zip(asking, asks, answers, strict=True):
                pursuit.heard(self._settle(ask, answer, pursuit.record))
                pursuit.write()
            pursuits = asking

    def _due_beyond(self, asking: Sequence[Pursuit], asks: Sequence[Ask]) -> list[CallRecord]:
        """What must be durable before these asks, which no decision tells of."""
        paid = [pursuit for pursuit, ask in zip(asking, asks, strict=True) if self.setting.pool.paid(ask.backend)]
        commit = self._due([ask.backend for ask in asks])
        for pursuit, ask in zip(asking, asks, strict=True):
            if pursuit in paid:
                pursuit.write(asking=ask.backend.name)
        return [*commit, *(pursuit.record for pursuit in paid if not any(pursuit.record is each for each in commit))]

    def conclude(self, pursuit: Pursuit) -> Any:
        """The value for the program, or Failure, of a pursuit that has come to its end."""
        call = pursuit.record
        pursuit.write()
        call.flags = (*call.flags, *pursuit.flags())
        call.done = True
        self._confidence = call.confidence
        error = pursuit.error()
        return call.value if error is None else Failure(error)

    def _shadow(self, arm: int, ask: Ask, answer: Answer, call: CallRecord) -> Shadow:
        result = self._settle(ask, answer, call)
        return Shadow(arm, ask.backend.name, result.value, result.cost, result.seconds, result.confidence, result.told,
                      result.cached)

    def _settle(self, ask: Ask, answer: Answer, call: CallRecord) -> Settled:
        price = ask.price
        result = settled(ask.request, ask.backend, price, answer.result, answer.seconds, self.limits)
        self.account.pay(price, result.cost)
        if result.cost > price and "cost above price" not in call.flags:
            call.flags = (*call.flags, "cost above price")
        return result


def _by_order(call: CallRecord) -> tuple[int, ...]:
    return call.order


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, (int, float)) else str(value)
