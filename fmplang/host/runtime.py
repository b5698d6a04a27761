"""Where programs, pools, policies and ledgers meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from weakref import WeakKeyDictionary

from fmplang.config import DEFAULT_POLICY, DEFAULT_POOL, DEFAULT_SEED, DEFAULT_TRADE_OFF, zero_or_more
from fmplang.errors import ConfigError, FmpError, InputError
from fmplang.host.conversation import Conversation, Features, Setting
from fmplang.host.decide import policy_name
from fmplang.host.drivers import Running, drive, lockstep
from fmplang.host.feedback import UNSAID, outcome_of
from fmplang.host.learner import Learner
from fmplang.host.mending import sliced
from fmplang.host.nominal import Prices
from fmplang.host.pacing import Pace
from fmplang.host.recovery import Recovery
from fmplang.host.run import Run, run_of
from fmplang.host.scale import program_pass
from fmplang.host.spend import budget_purse, run_purse
from fmplang.ledger.base import Ledger, StoredOutcome, open_ledger
from fmplang.ledger.ids import new_run_id
from fmplang.limits import Limits
from fmplang.policy.base import Policy
from fmplang.policy.registry import resolve
from fmplang.runtime.inputs import from_python
from fmplang.runtime.program import Program
from fmplang.runtime.trace import RunRecord, StreamRow

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fmplang.backends.caching import Store
    from fmplang.backends.pool import Pool
    from fmplang.host.gathering import Gathering


@dataclass(frozen=True, slots=True)
class Start:
    """One run of a stream: its inputs, its number, which seeds its chance, and its place in the stream."""

    inputs: Mapping[str, Any]
    number: int
    stream: StreamRow | None = None


class Runtime:
    """Runs programs against a pool of backends, with a policy that says who answers which call.

    `pool` and `policy` are names or objects; `trade_off` is lambda, what one unit of scaled cost is worth in
    reward; `budget` is what all runs of this Runtime together may spend, in the pool's unit (None: no end), and
    `horizon` for how many runs it is meant: then lambda only begins at `trade_off` and follows what is left;
    `ledger` is a path, an open ledger, or None to remember runs in memory only. Same seed, same ledger: same
    decisions. `trace_statements` keeps in each run's record which statements ran. Wrong settings raise
    ConfigError. `recovery` says what is done when a backend or an assertion of the program fails. `cache` is a file, or
    a store, where answers are kept so that the same request is paid for once. Close it, or use it in a `with` block,
    when the ledger is a file.
    """

    def __init__(self, pool: str | Pool = DEFAULT_POOL, policy: str | Policy = DEFAULT_POLICY, *,
                 trade_off: float = DEFAULT_TRADE_OFF, budget: float | None = None, horizon: int | None = None,
                 ledger: str | Path | Ledger | None = None, limits: Limits | None = None,
                 seed: int = DEFAULT_SEED, trace_statements: bool = True, recovery: Recovery | None = None,
                 cache: str | Path | Store | None = None) -> None:
        from fmplang.backends.cache_file import FileStore
        from fmplang.backends.caching import caching
        from fmplang.backends.pool import resolve_pool

        self.pool = resolve_pool(pool)
        if cache is not None:
            self.pool = caching(self.pool, FileStore(Path(cache)) if isinstance(cache, (str, Path)) else cache)
        self.policy = resolve(policy)
        self.limits = limits or Limits()
        self.seed = _whole("seed", seed)
        self.trade_off = _positive("trade_off", trade_off)
        self.budget = None if budget is None else _positive("budget", budget)
        self.ledger: Ledger = open_ledger(ledger) if ledger is None or isinstance(ledger, (str, Path)) else ledger
        self.unit: str = self.pool.unit
        self.trace_statements = trace_statements
        self.horizon = None if horizon is None else _whole("horizon", horizon)
        self.recovery = recovery if recovery is not None else Recovery()
        for name in self.recovery.backends:  # raises where the pool has none of that name
            self.pool[name]
        self._purse = budget_purse(self.budget)
        self._pace = Pace(self._purse, self.horizon, self.trade_off)
        self._learner = Learner(self.policy, self.ledger)
        self._setting = Setting(self.pool, self.policy, self._pace, self._features(), self.ledger.durable,
                                self._learner, self.recovery, sliced, trace_statements)
        self._lock = threading.Lock()
        self._number: int | None = None
        self._gatherings: WeakKeyDictionary[AbstractEventLoop, Gathering] = WeakKeyDictionary()
        self._prices = Prices(self.pool)
        self._scales: WeakKeyDictionary[Program, tuple[float, float]] = WeakKeyDictionary()

    @property
    def spent(self) -> float:
        """What all runs of this Runtime have cost so far, in the pool's unit."""
        return self._purse.spent

    def run(self, program: Program, /, **inputs: Any) -> Run:
        """Run once. Inputs by the entry's parameter names: Python values, paths of images, or text as typed.

        Raises InputError before anything runs, and afterwards RunError, LimitError, BackendError, PolicyError or
        LedgerError; these have `.run_id`.
        """
        conversation = self._start(program, inputs)
        drive(conversation, self.ledger)
        return run_of(conversation.record)

    async def arun(self, program: Program, /, **inputs: Any) -> Run:
        """As `run`, on an event loop: backends work in threads, and several runs go on side by side. What they ask of a
        backend that gains from batches is gathered while it is busy."""
        from fmplang.host.drivers_async import adrive

        conversation = self._start(program, inputs)
        await adrive(conversation, self.ledger, self._gathering())
        return run_of(conversation.record)

    def stream(self, program: Program, rows: Iterable[Mapping[str, Any]], *, concurrency: int = 1,
               on_error: Literal["raise", "yield"] = "raise") -> Iterator[Run]:
        """Run once per row of inputs, yielding runs in the order of rows.

        Up to `concurrency` runs go on in lockstep, their requests answered in common batches. A failed run raises
        when its turn comes, or with on_error="yield" is yielded with its `.error`. Rows are taken as needed, so
        feedback given between two runs is known to the later one (but for those already under way).
        """
        if _whole("concurrency", concurrency) < 1:
            raise ConfigError("concurrency is at least 1", code="FMP802", hint="1 runs one row after another")
        if on_error not in ("raise", "yield"):
            raise ConfigError(f"on_error is 'raise' or 'yield', not {on_error!r}", code="FMP802",
                              hint="take one of them")
        return self._stream(program, iter(rows), concurrency, on_error == "yield")

    def _stream(self, program: Program, rows: Iterator[Mapping[str, Any]], concurrency: int,
                go_on: bool) -> Iterator[Run]:
        def starts() -> Iterator[Conversation | FmpError]:
            for row in rows:
                try:
                    yield self._start(program, row)
                except FmpError as error:
                    yield error

        return self._ended(lockstep(starts(), self.ledger, concurrency), go_on)

    def _ended(self, ended: Iterator[Running], go_on: bool) -> Iterator[Run]:
        for running in ended:
            error = running.error
            if error is None:
                assert running.conversation is not None
                yield run_of(running.conversation.record)
            elif not go_on or not isinstance(error, FmpError):
                raise error
            elif running.conversation is not None:
                yield run_of(running.conversation.record, error)
            else:  # refused at the door: there was no run
                yield run_of(RunRecord("", "", "", unit=self.unit, error=f"{error.code}: {error.message}"), error)

    def feedback(self, run_id: str, *, label: Any = UNSAID, reward: float | None = None, weight: float = 1.0,
                 outcome_id: str | None = None) -> StoredOutcome:
        """Record how good a run's answer was, now or later: the right answer (`label`), or a `reward` from 0 to 1.

        The id may be the first characters of a run's id, or "last". The same feedback again changes nothing;
        different feedback takes the place of the earlier one, which stays in the ledger. It is durable when this
        returns. Raises LedgerError where the run is not known, InputError where the feedback makes no sense.
        """
        stored = self.ledger.find_run(run_id)
        outcome = outcome_of(stored, label, reward, weight, outcome_id)
        _, row = self.ledger.record_outcome(outcome)
        self._learner.told(stored.record, outcome, row)
        return outcome

    def charge(self, cost: float) -> None:
        """Count what was spent for this Runtime elsewhere, as by `calibrate`."""
        self._purse.settle(0.0, cost)
        self._pace.charged(cost)

    def catch_up(self) -> None:
        """Let the policy learn what has come into the ledger; every run does so before it begins."""
        self._learner.catch_up()

    def close(self) -> None:
        """Keep what the policy has learned, and close the ledger. The Runtime opens it again if it is used again."""
        try:
            self._learner.save()
        finally:
            self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    # ------------------------------------------------------------- for host/streams.py alone

    @property
    def _policy_key(self) -> str:
        """The policy's name and settings."""
        return self._learner.key

    def _first_number(self) -> int:
        """The number that the next run has, which seeds its chance."""
        self.ledger.prepare()
        return self.ledger.count() if self._number is None else self._number

    def _go_on_from(self, cost: float, ended: bool) -> None:
        """Count a run that an earlier process made for this budget; `ended` is whether it came to its end."""
        self._purse.settle(0.0, cost)
        if ended:
            self._pace.ended(cost)

    def _side_by_side(self, program: Program, starts: Sequence[Start], *, until: int | None = None,
                     begun: Callable[[], None] = lambda: None) -> list[Run]:
        """Run once for each start, in lockstep, with one state of the policy for all: that after the last event, or
        after the event `until`. What the runs teach is told when all have ended. `begun` is called when all have
        begun. Runs that failed have an `.error`, and no id where their inputs were refused.
        """
        self._learner.catch_up(until)
        self._learner.hold()
        conversations: list[Conversation | FmpError] = []
        for start in starts:
            try:
                conversations.append(self._start(program, start.inputs, start.number, start.stream))
            except FmpError as error:
                conversations.append(error)
        begun()
        runs = list(self._ended(lockstep(iter(conversations), self.ledger, max(1, len(starts))), go_on=True))
        self._learner.release()
        return runs

    def _answered(self, record: RunRecord, outcome: StoredOutcome) -> None:
        """Record the outcome of a run whose record is at hand."""
        _, row = self.ledger.record_outcome(outcome)
        self._learner.told(record, outcome, row)

    # ------------------------------------------------------------- beginning and end

    def _start(self, program: Program, inputs: Mapping[str, Any], number: int | None = None,
               stream: StreamRow | None = None) -> Conversation:
        """A run at its door: inputs checked, ledger open, nothing asked. Without a `number` it takes the next one."""
        import numpy as np

        if not isinstance(program, Program):
            raise InputError(f"a program is needed, not {type(program).__name__}",
                             hint="fmplang.load(path) or fmplang.compile(text) makes one")
        values = self._values(program, inputs)
        run_id = new_run_id()
        execution = program.start(values, self.limits, run_id, self.trace_statements)
        if number is None:
            number = self._next_number()
        scale, floor = self._scale(program)
        record = RunRecord(
            run_id, program.digest, program.entry.name, type=str(program.entry.returns), name=program.source.name,
            unit=self.unit, policy=policy_name(self.policy), number=number, scale=scale,
            trade_off=self._pace.trade_off, inputs=values, stream=stream,
        )
        self._learner.catch_up()
        return Conversation(program, execution, record, self._setting, run_purse(self.limits.spend),
                            np.random.default_rng((self.seed, number)), self.limits, floor)

    def _gathering(self) -> Gathering:
        """That of the running event loop."""
        from asyncio import get_running_loop

        from fmplang.host.gathering import Gathering

        loop = get_running_loop()
        with self._lock:
            known = self._gatherings.get(loop)
            if known is None:
                known = self._gatherings[loop] = Gathering()
        return known

    def _values(self, program: Program, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs as values of the entry's types; names that it does not have are left for the program to refuse."""
        types = {param.name: param.type for param in program.entry.params}
        return {name: from_python(given, types[name], self.limits, name=name) if name in types else given
                for name, given in inputs.items()}

    def _next_number(self) -> int:
        with self._lock:
            if self._number is None:
                self.ledger.prepare()
                self._number = self.ledger.count()
            number = self._number
            self._number += 1
            return number

    def _scale(self, program: Program) -> tuple[float, float]:
        """What its dearest single pass costs, and what it costs where every call takes the cheapest backend."""
        known = self._scales.get(program)
        if known is None:
            known = self._scales[program] = (program_pass(program.typed, self._prices.dearest) or 1.0,
                                             program_pass(program.typed, self._prices.cheapest))
        return known

    def _features(self) -> Features | None:
        if not getattr(self.policy, "needs_features", False):
            return None
        from fmplang.policy.context import Context

        return Context(self.pool.encoder)


def _positive(name: str, value: float) -> float:
    try:
        return float(zero_or_more(value))
    except ValueError:
        raise ConfigError(f"{name} should be a number, zero or more, not {value!r}", code="FMP802",
                          hint=f"give the Runtime another {name}") from None


def _whole(name: str, value: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"{name} should be a whole number, zero or more, not {value!r}", code="FMP802",
                          hint=f"give the Runtime another {name}")
    return value

