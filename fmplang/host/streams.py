"""A program on one row of data after another, with feedback on the way, so that it can be cut and go on exactly.

Rows go in groups of `concurrency`. The runs of a group go side by side, and all their decisions are made with one state
of the policy: that after the groups before. What they teach is told when the last of them has ended, and then the
outcomes that are due are given, in the order of rows. So what a run decides hangs on its row, its number (which seeds
its chance) and the events of earlier groups, and on no clock.

Where no backend costs money, the rows of a short while go to the disk in one transaction, and are told after it.

The ledger holds the stream with its settings, and with each run its row and a digest of its inputs, written in the
transaction of the run's start. Going on is the same walk over the same data: a row whose run has ended is taken from
the ledger, a run that was cut off is made again with its number, and outcomes that were due and are not there are
given. Where a group was cut, the policy is told of the events before it only, until the rest of the group has ended.
The money that was spent is counted again, run by run in the order in which they ended.

Two things are not as they would have been. Asks that were cut off are counted at their price, so that no budget is
overspent. And where a budget leaves a call of a group with fewer arms than it has, what is left hangs on what the runs
beside it have under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Any, Protocol

from fmplang.errors import ConfigError, FmpError, InputError, LedgerError, LimitError, PolicyError
from fmplang.host.feedback import UNSAID, outcome_of
from fmplang.host.run import Run, run_of
from fmplang.host.runtime import Runtime, Start
from fmplang.ledger.base import StoredOutcome, StoredRun, StoredStream, StreamEnd
from fmplang.ledger.ids import new_run_id
from fmplang.runtime.program import Program
from fmplang.runtime.trace import RunRecord, StreamRow

SHORT = 0.05  # seconds for which rows are held back, to go to the disk together
MOST = 256  # rows that are
HELD = 256  # runs whose outcome is to come and whose record stays in memory; of more it is read again
MAY_CHANGE = ("budget",)


@dataclass(frozen=True, slots=True)
class Item:
    """A row of data: its number, from 1 on; where it stands, for messages; a digest of its inputs, and what reads them
    (raises InputError). `label` is UNSAID and `reward` None where there is none. `error` is why it is no row."""

    row: int
    place: str
    digest: str
    inputs: Callable[[], Mapping[str, Any]]
    label: Any = UNSAID
    reward: float | None = None
    error: FmpError | None = None


class Source(Protocol):
    """Rows, in the order of their numbers."""

    def __next__(self) -> Item: ...

    def ready(self) -> bool:
        """Whether the next row is there, or is known not to come, without waiting."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A row and its run. `earlier`: it was answered before the stream went on. `reward` is what its feedback comes to,
    whether or not that is due yet; `refused` is why there is none although there is a label or a reward.

    The run of a row that was refused has an `.error` and no id.
    """

    item: Item
    run: Run
    earlier: bool = False
    reward: float | None = None
    refused: InputError | None = None


class Stream:
    """`delay` is how many rows later the feedback of a row is given; what is owed at the end of the data is given then.
    `about` are further settings that the stream hangs on, as the names of the fields of feedback. With `resume` the
    newest stream of the program with the same settings goes on: ConfigError (FMP835) where there is none.
    """

    def __init__(self, runtime: Runtime, program: Program, *, concurrency: int = 1, delay: int = 0,
                 about: Mapping[str, Any] | None = None, resume: bool = False) -> None:
        self.runtime, self.program, self.concurrency, self.delay = runtime, program, concurrency, delay
        self.stopping = False  # set it, and the stream ends after the group under way
        self.settings = {**_settings(runtime, concurrency, delay), **(about or {})}
        self._owed: deque[tuple[int, StoredOutcome, RunRecord | None]] = deque()
        self._ends: Iterator[StreamEnd] = iter(())
        self._end: StreamEnd | None = None
        self._earlier: Iterator[tuple[StreamRow, StoredRun, int]] = iter(())
        if resume:
            self._stored = self._found()
            self._ends = runtime.ledger.stream_ends(self._stored.id)
            self._earlier = runtime.ledger.stream_runs(self._stored.id)
        else:
            self._stored = StoredStream(new_run_id(), program.digest, self.settings, runtime._first_number())
            runtime.ledger.record_stream(self._stored)
        self._next = next(self._earlier, None)

    @property
    def id(self) -> str:
        return self._stored.id

    def answers(self, items: Source) -> Iterator[Answered]:
        """Each row with its run, in the order of rows; runs that fail do not end it.

        Raises what is not of a row: LedgerError, PolicyError, LimitError where the budget ends, and ConfigError
        (FMP836) where a row that was answered before holds other inputs now.
        """
        fatal: BaseException | None = None
        ended = False
        while not (ended or self.stopping or fatal):
            answered: list[Answered] = []
            try:
                with self._together():
                    began = last = monotonic()
                    while not (ended or self.stopping or fatal):
                        group = self._group(items)
                        ended = not group
                        if group:
                            found, fatal = self._answer(group)
                            answered += found
                        self._give(group[-1].row if group else None)
                        now = monotonic()
                        if now - began + now - last > SHORT or len(answered) > MOST or not items.ready():
                            break
                        last = now
            except KeyboardInterrupt as error:  # what was answered before is told first
                fatal = error
            yield from answered
        if fatal is not None:
            raise fatal

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What is written in the block goes to the disk at its end, at once, where no backend costs money: runs that
        a kill takes back are made again for nothing. No row is told before."""
        ledger, pool = self.runtime.ledger, self.runtime.pool
        if any(map(pool.paid, pool)):
            yield
            return
        ledger.gather()
        try:
            yield
        finally:  # each run and outcome is whole
            ledger.commit()

    # ------------------------------------------------------------- one group

    def _group(self, items: Source) -> list[Item]:
        """The next rows up to the end of a group; of rows that arrive one by one, those that are there."""
        group: list[Item] = []
        while not group or (group[-1].row % self.concurrency and items.ready()):
            try:
                group.append(next(items))
            except StopIteration:
                break
        return group

    def _answer(self, group: Sequence[Item]) -> tuple[list[Answered], FmpError | None]:
        """The group's rows, up to one that ends the stream, and why it does."""
        earlier = {item.row: known for item in group if (known := self._known(item)) is not None}
        made = {row: run_of(stored.record, _error_of(stored.record)) for row, (stored, _) in earlier.items()}
        starts: dict[int, Start] = {}
        for item in group:
            try:
                if item.row not in earlier:
                    starts[item.row] = self._start(item, group[0].row)
            except FmpError as error:
                made[item.row] = self._refused(error)
        if starts:
            until = min([event for _, event in earlier.values()], default=None)
            self._count(until)
            runs = self.runtime._side_by_side(self.program, list(starts.values()),
                                             until=None if until is None else until - 1,
                                             begun=lambda: self._count(None))
            made.update(zip(starts, runs, strict=True))
        answered: list[Answered] = []
        fatal: FmpError | None = None
        for item in group:  # the outcomes are owed in the order of rows
            run = made[item.row]
            fatal = fatal or (run.error if _is_fatal(run.error) else None)
            if not _is_fatal(run.error):
                found = self._judged(item, run, earlier[item.row][0] if item.row in earlier else None)
                answered += [found] if fatal is None else []
        return answered, fatal

    def _start(self, item: Item, group: int) -> Start:
        if item.error is not None:
            raise item.error
        return Start(item.inputs(), self._stored.first + item.row - 1, StreamRow(self.id, item.row, item.digest, group))

    def _refused(self, error: FmpError) -> Run:
        return run_of(RunRecord("", "", "", unit=self.runtime.unit, error=f"{error.code}: {error.message}"), error)

    # -------------------------------------------------------------- feedback

    def _judged(self, item: Item, run: Run, stored: StoredRun | None = None) -> Answered:
        """The row with what its feedback comes to; the outcome is owed, unless it was given before."""
        if not run.id or (item.label is UNSAID and item.reward is None):
            return Answered(item, run, stored is not None)
        name = f"{self.id}/{item.row}"
        given = stored or StoredRun(run.record, 0.0, True)
        before = next((outcome for outcome in given.outcomes if outcome.id == name), None)
        if before is not None:
            return Answered(item, run, True, before.reward)
        try:
            outcome = outcome_of(given, item.label if item.reward is None else UNSAID, item.reward, outcome_id=name)
        except InputError as error:
            return Answered(item, run, stored is not None, refused=error)
        self._owed.append((item.row, replace(outcome, recorded=0.0), run.record if self.delay <= HELD else None))
        return Answered(item, run, stored is not None, outcome.reward)

    def _give(self, last: int | None) -> None:
        """The outcomes that are due after the row `last`, or all of them."""
        while self._owed and (last is None or self._owed[0][0] <= last - self.delay):
            _, outcome, record = self._owed.popleft()
            self.runtime._answered(record or self.runtime.ledger.find_run(outcome.run_id).record, outcome)

    # -------------------------------------------------------------- going on

    def _found(self) -> StoredStream:
        ledger = self.runtime.ledger
        streams = ledger.streams(self.program.digest)
        if not streams:
            raise ConfigError(f"{ledger.where} holds no stream of this program", code="FMP835",
                              hint="without --resume one begins")
        for stream in streams:
            if not _differences(stream.settings, self.settings):
                return stream
        raise ConfigError("the stream that is there was begun otherwise: "
                          + "; ".join(_differences(streams[0].settings, self.settings)), code="FMP835",
                          hint="give what it was begun with, or begin another one without --resume")

    def _known(self, item: Item) -> tuple[StoredRun, int] | None:
        """The run that answered the row before this process began, and its event."""
        while self._next is not None and self._next[0].row < item.row:
            self._next = next(self._earlier, None)
        if self._next is None or self._next[0].row != item.row:
            return None
        row, run, event = self._next
        if item.error is not None or row.digest != item.digest:
            raise ConfigError(f"{item.place}: the inputs of row {item.row} are not those that run {run.record.id} "
                              "answered", code="FMP836",
                              hint="give the data as it was, or begin another stream without --resume")
        return None if self._was_broke(run.record.error) else (run, event)

    def _was_broke(self, error: str | None) -> bool:
        """Whether a run failed since the budget of all had come to its end: then it is made again."""
        own = self.runtime.limits.spend
        return error is not None and error.startswith("FMP613: ") and (own is None or f" of {own:g} only" not in error)

    def _count(self, until: int | None) -> None:
        """Count what earlier processes spent, up to an event."""
        while True:
            end = self._end or next(self._ends, None)
            if end is None or (until is not None and end.event >= until):
                self._end = end
                return
            self._end = None
            self.runtime._go_on_from(end.cost, end.event > 0)


def _settings(runtime: Runtime, concurrency: int, delay: int) -> dict[str, Any]:
    """All that decisions hang on, as plain JSON."""
    return {
        "policy": runtime._policy_key, "pool": [[backend.name, str(backend.version)] for backend in runtime.pool],
        "trade-off": runtime.trade_off, "budget": runtime.budget, "horizon": runtime.horizon, "seed": runtime.seed,
        "concurrency": concurrency, "feedback delay": delay,
        "recovery": {name: list(value) if isinstance(value, tuple) else value
                     for name, value in asdict(runtime.recovery).items()},
    }


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [f"{name} was {then.get(name)!r} and is {now.get(name)!r}" for name in {**then, **now}
            if name not in MAY_CHANGE and then.get(name) != now.get(name)]


def _is_fatal(error: FmpError | None) -> bool:
    """Whether it is not of the row: the next one would meet it too."""
    return isinstance(error, (LedgerError, PolicyError)) or (isinstance(error, LimitError) and error.limit == "budget")


def _error_of(record: RunRecord) -> FmpError | None:
    """What a recorded run failed with, as far as the ledger tells."""
    if record.error is None:
        return None
    code, sign, message = record.error.partition(": ")
    return FmpError(message, code=code) if sign and code.startswith("FMP") else FmpError(record.error, code="FMP899")
