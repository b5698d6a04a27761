"""One run as a conversation that does no I/O of its own.

    interpreter -> request -> policy.choose -> decision -> (Work) -> answer -> decode -> interpreter

`Conversation.steps` is a generator. It yields Work: decisions that must be on the disk first, and requests for
backends. Whoever drives it (host/drivers.py: one run after another, several in lockstep, or on an event loop)
does the work and sends the answers back, so the walk of a neural call is written once.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fmplang.backends.base import Backend, Response
from fmplang.errors import BackendError, BackendTimeout, DecodeError, FmpError
from fmplang.host.decide import decide, price_of
from fmplang.policy.base import Arm, Policy, PolicyCall
from fmplang.runtime.requests import Finished, Request
from fmplang.runtime.trace import CallRecord, RunRecord

if TYPE_CHECKING:
    import numpy as np

    from fmplang.backends.pool import Pool
    from fmplang.host.spend import Purse
    from fmplang.ledger.base import Ledger
    from fmplang.runtime.program import Execution


@dataclass(slots=True)
class Choice:
    """A request on its way to the backend that was chosen for it."""

    request: Request
    backend: Backend
    price: float
    record: CallRecord


@dataclass(slots=True)
class Answer:
    """What came back: a Response or the exception, and the backend's seconds."""

    result: Response | Exception
    seconds: float


@dataclass(slots=True)
class Work:
    """To be done outside: make `commit` durable, then ask `choices`; or, where `end` is set, record the whole run."""

    run: RunRecord
    choices: Sequence[Choice] = ()
    commit: Sequence[CallRecord] = ()
    end: bool = False


Steps = Generator[Work, Sequence[Answer], Any]


class Conversation:
    """A run under way. `purses` are all that its calls are paid from; `paid` names the backends that cost money."""

    def __init__(self, execution: Execution, record: RunRecord, *, pool: Pool, policy: Policy, trade_off: float,
                 scale: float, rng: np.random.Generator, purses: Sequence[Purse], ledger: Ledger) -> None:
        self.execution = execution
        self.record = record
        self.pool = pool
        self.policy = policy
        self.trade_off = trade_off
        self.scale = scale
        self.rng = rng
        self.purses = purses
        self.ledger = ledger

    def steps(self) -> Steps:
        """Yields Work until the run has ended; returns its value. Raises what the run failed with."""
        started = perf_counter()
        record = self.record
        try:
            record.value = yield from self._talk()
        except GeneratorExit:
            raise
        except BaseException as error:
            record.error = f"{error.code}: {error.message}" if isinstance(error, FmpError) else type(error).__name__
            self._close(started)
            if isinstance(error, FmpError):
                error.run_id = record.id
            yield Work(record, end=True)
            raise
        self._close(started)
        yield Work(record, end=True)
        return record.value

    def _talk(self) -> Steps:
        execution = self.execution
        step = execution.advance()
        while type(step) is not Finished:
            if type(step) is Request:
                choice = self._choose(step)
                (answer,) = yield Work(self.record, (choice,), self._to_commit((choice,)))
                result = self._settle(choice, answer)
                if isinstance(result, FmpError):
                    execution.fail(result)
                else:
                    execution.answer(result)
            else:
                choices = self._choose_all(step.requests)
                answers = yield Work(self.record, choices, self._to_commit(choices))
                results = [self._settle(choice, answer) for choice, answer in zip(choices, answers, strict=True)]
                failed = next((r for r in results if isinstance(r, FmpError)), None)
                if failed is not None:
                    execution.fail(failed)
                else:
                    execution.answer(results)
            step = execution.advance()
        return step.value
