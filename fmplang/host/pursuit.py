"""One call's way through the backends, where its first ask does not settle it.

The chosen arm comes first. It is asked again where that may help; then come the arms of the decision's cascade, then
those of the rule for fallbacks. Where there is an answer, the cascade goes on as long as the answer is not sure
enough. A pursuit asks nobody itself: `next` says who is to be asked, `heard` takes what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmplang.errors import BackendError, DecodeError, FmpError
from fmplang.host.answers import Settled
from fmplang.host.work import Arms, Ask
from fmplang.runtime.trace import ASKED, CallRecord, Shadow

if TYPE_CHECKING:
    from fmplang.host.recovery import Recovery
    from fmplang.runtime.requests import Request

TOLD = 300  # characters of an attempt's error that are kept


class Pursuit:
    """A call under way. `answer` is the answer as it stands, `arm` whose it is; there may be none yet.

    `before` are answers that another took the place of, `failed` the asks that gave none, each with its arm.
    """

    __slots__ = ("_again", "_asked", "_chain", "_earlier", "_others", "_shadows", "_stopped", "_under_way", "answer",
                 "arm", "arms", "before", "failed", "record", "request", "rule")

    def __init__(self, record: CallRecord, request: Request, arms: Arms, rule: Recovery,
                 escalate: tuple[tuple[int, float], ...]) -> None:
        self.record = record
        self.request = request
        self.arms = arms
        self.rule = rule
        self.arm = record.arm
        self.answer: Settled | None = None
        self.before: list[tuple[int, Settled]] = []
        self.failed: list[tuple[int, Settled]] = []
        self._shadows = record.shadows
        self._earlier = record.attempts, record.lost
        self._chain = list(escalate)
        self._others: list[int] | None = None
        self._asked: dict[int, int] = {}  # how often, by arm
        self._again: int | None = None
        self._under_way = record.arm
        self._stopped = False

    @classmethod
    def beyond(cls, record: CallRecord, request: Request, arms: Arms, rule: Recovery, arm: int) -> Pursuit:
        """Of a call that has its answer: `arm` is asked too, however sure the answer is."""
        made = cls(record, request, arms, rule, ((arm, float("inf")),))
        made.arm = record.answerer
        made.answer = Settled(record.value, None, record.cost, record.seconds, record.confidence, record.cached)
        return made

    def next(self, reserve: Callable[[float, bool], bool]) -> Ask | None:
        """The next ask; None where the call is settled. `reserve(price, spare)` reserves its price, `spare` being
        whether there is an answer already. What cannot be paid is left out, and the call says so. An arm that was
        asked as a shadow is not asked again: its answer is taken."""
        while (arm := self._pick()) is not None:
            self._under_way = arm
            self._asked.setdefault(arm, 0)
            known = next((shadow for shadow in self._shadows if shadow.arm == arm), None)
            if known is not None:
                if known.error is None:
                    self._shadows = tuple([shadow for shadow in self._shadows if shadow is not known])
                    self.heard(Settled(known.value, None, known.cost, known.seconds, known.confidence, known.cached))
                continue
            price = self.arms.prices[arm]
            if reserve(price, self.answer is not None):
                return Ask(self.request, self.arms.backends[arm], price)
            self.record.flags = (*self.record.flags, f"no money to ask {self.arms.names[arm]}")
        return None

    def heard(self, result: Settled) -> None:
        """What came of the last ask, or of the chosen arm's."""
        arm = self._under_way
        self._asked[arm] = asked = self._asked.get(arm, 0) + 1
        retries = 0 if result.cached else self.rule.retries
        error = result.error
        if error is None:
            if self.answer is not None:
                self.before.append((self.arm, self.answer))
            self.answer, self.arm = result, arm
            return
        self.failed.append((arm, result))
        if not isinstance(error, BackendError):  # the request's own trouble, whoever is asked
            self._stopped = True
        elif asked <= (min(1, retries) if isinstance(error, DecodeError) else retries if error.transient else 0):
            self._again = arm

    def put_back(self) -> None:
        """Keep the answer before the last one, and the last one as a shadow."""
        assert self.answer is not None
        last = self.arm, self.answer
        self.arm, self.answer = self.before[-1]
        self.before[-1] = last

    def write(self, *, asking: str = "") -> None:
        """What is known so far, into the call's record. `asking` is a backend that is about to be asked."""
        call = self.record
        arm, result, failed = self._standing()
        attempts, lost = self._earlier
        call.attempts = (*attempts, *((self.arms.names[i], (each.told or "")[:TOLD]) for i, each in failed))
        if asking:
            call.attempts = (*call.attempts, (asking, ASKED))
        call.lost = lost + sum(each.cost for _, each in failed)
        call.shadows = (*self._shadows, *(
            Shadow(i, self.arms.names[i], each.value, each.cost, each.seconds, each.confidence, cached=each.cached)
            for i, each in self.before))
        call.value, call.cost, call.seconds, call.confidence, call.cached = (
            result.value, result.cost, result.seconds, result.confidence, result.cached)
        call.error = result.told
        call.backend = self.arms.names[arm]
        call.answered = None if arm == call.arm else arm

    def flags(self) -> tuple[str, ...]:
        """What decoding had to do for the answer."""
        return self._standing()[1].flags

    def error(self) -> FmpError | None:
        """Where nobody answered: the first failure, which is the cause, with the others told in its hint."""
        error = self._standing()[1].error
        if error is None:
            return None
        first, result = self.failed[0]
        said = {(first, result.told)}
        for arm, result in self.failed[1:]:
            told = f"{self.arms.names[arm]} was asked then: {' '.join((result.told or '').split())[:TOLD]}"
            if (arm, result.told) not in said and told not in error.hint:
                error.hint = f"{error.hint}\n  {told}" if error.hint else told
            said.add((arm, result.told))
        return error

    def _pick(self) -> int | None:
        """The arm to ask next."""
        if self._stopped:
            return None
        if self._again is not None:
            arm, self._again = self._again, None
            return arm
        if self._chain:
            arm, bound = self._chain.pop(0)
            sure = None if self.answer is None else self.answer.confidence
            if sure is None or sure < bound:
                return arm
            self._chain.clear()
        if self.answer is not None:
            return None
        if self._others is None:
            self._others = self.rule.others(self.arms.names, self.arms.prices, self.record.arm)
        while self._others:
            arm = self._others.pop(0)
            if arm not in self._asked:
                return arm
        return None

    def _standing(self) -> tuple[int, Settled, list[tuple[int, Settled]]]:
        """The answer, or the first failure where there is none, and the other failures."""
        if self.answer is not None:
            return self.arm, self.answer, self.failed
        return *self.failed[0], self.failed[1:]
