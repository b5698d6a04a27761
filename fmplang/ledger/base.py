"""What is remembered of runs, and the protocol of whatever remembers it.

Everything is appended, nothing is changed: a run's start, its decisions, the answers to them, its end, and the
outcomes that came afterwards. A run without an end was killed halfway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fmplang.errors import LedgerError
from fmplang.ledger.ids import LENGTH, PREFIX
from fmplang.runtime.trace import CallRecord, RunRecord, StreamRow

UNFINISHED = "unfinished"  # the `error` of a decision whose answer never came


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """Feedback as it was given. `recorded` is in seconds since 1970; of a run's outcomes the last one counts."""

    id: str
    run_id: str
    reward: float
    label: Any = None
    weight: float = 1.0
    recorded: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the ledger knows it: values in `record` are plain JSON. `started` is in seconds since 1970."""

    record: RunRecord
    started: float
    finished: bool
    outcomes: tuple[StoredOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What policies learn from: the end of a run, or the first outcome of a run. `row` counts events from 1 on."""

    row: int
    run: StoredRun
    outcome: StoredOutcome | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A policy's state after the event `row`: JSON, and safetensors for its arrays. `policy` says which policy, with
    which settings."""

    policy: str
    row: int
    plain: str
    arrays: bytes


@dataclass(frozen=True, slots=True)
class StoredStream:
    """A stream as it was begun: `settings` are all that its decisions hang on, `first` is the number of the run of its
    first row. `started` is in seconds since 1970."""

    id: str
    program: str
    settings: dict[str, Any]
    first: int
    started: float = 0.0


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The end of a run of a stream. `event` is the row of its event, 0 for a run that was cut off: then `cost` is the
    price of what it had asked."""

    run_id: str
    event: int
    cost: float


class Ledger(Protocol):
    """Methods raise LedgerError. What a method wrote is durable when it returns, as far as the ledger can."""

    where: str
    durable: bool  # whether it outlives the process

    def prepare(self) -> None:
        """Open it for writing, so that trouble shows before anything is paid for."""

    def count(self) -> int:
        """How many runs it has ever taken."""

    def record_decisions(self, run: RunRecord, calls: Sequence[CallRecord]) -> None:
        """The start of the run, if not yet recorded, and decisions that have no answers yet. A call whose last attempt
        is only asked yet (ASKED) is about to ask that backend: this is kept too."""

    def record_run(self, run: RunRecord) -> int:
        """The end of a run, with all decisions and answers not yet recorded. Recording it again changes nothing.

        Gives the row of its event, 0 where it was recorded before.
        """

    def record_outcome(self, outcome: StoredOutcome) -> tuple[bool, int]:
        """Whether it is new, and the row of its event. An outcome counts once: the same id again changes nothing, and
        must say the same. Only a run's first outcome is an event; the row of others is 0."""

    def last_event(self) -> int:
        """The row of the newest event, 0 where there is none."""

    def events(self, after: int = 0) -> Iterator[Event]:
        """The events after a row, in order. A run's outcomes are those known at the time of the call."""

    def runs(self) -> Iterator[StoredRun]:
        """The runs that have ended, in the order in which they did."""

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps it, and of this policy's earlier ones the newest."""

    def load_snapshots(self, policy: str) -> list[Snapshot]:
        """Those of a policy, the newest first."""

    def gather(self) -> None:
        """From now on what is written is durable only when `commit` returns, all of it at once; each write is whole or
        not there. For one thread alone, and for short: others wait with their writes."""

    def commit(self) -> None:
        """End what `gather` began; without that, nothing."""

    def record_stream(self, stream: StoredStream) -> None:
        """The beginning of a stream. Its rows are recorded with the starts of their runs."""

    def streams(self, program: str) -> list[StoredStream]:
        """The streams of a program, by its digest, the newest first."""

    def stream_ends(self, stream: str) -> Iterator[StreamEnd]:
        """Those that were cut off, then the ends in the order of their events."""

    def stream_runs(self, stream: str) -> Iterator[tuple[StreamRow, StoredRun, int]]:
        """The runs that have ended, by row, with the rows of their events. Of several for one row the last."""

    def find_run(self, prefix: str) -> StoredRun:
        """By its id, the first characters of it where they fit one run only, or "last"."""

    def close(self) -> None: ...


def open_ledger(path: str | Path | None, *, parents: bool = False) -> Ledger:
    """The ledger in a file, or one in memory for None. `parents` makes the folders above the file."""
    if path is None:
        from fmplang.ledger.memory import MemoryLedger

        return MemoryLedger()
    from fmplang.ledger.sqlite import SqliteLedger

    return SqliteLedger(Path(path), parents=parents)


# ------------------------------------------------------- what every ledger says alike


def check_prefix(prefix: str) -> str:
    """The prefix in lower case, if it can be one."""
    prefix = prefix.strip().lower()
    if prefix != "last" and not PREFIX.match(prefix):
        raise LedgerError(f"{prefix[:40]!r} is not a run id", code="FMP825",
                          hint=f"a run id has {LENGTH} letters and digits; `fmplang run --json` prints it as run_id")
    return prefix


def no_run(prefix: str, where: str) -> LedgerError:
    what = "no run yet" if prefix == "last" else f"no run {prefix}"
    return LedgerError(f"{where} holds {what}", code="FMP825",
                       hint="give the id that the run printed, and the ledger that it was recorded in (--ledger)")


def ambiguous(prefix: str, found: Sequence[str]) -> LedgerError:
    return LedgerError(f"more than one run begins with {prefix}: {', '.join(found)}", code="FMP826",
                       hint="give more characters of the id")


def clash(outcome: StoredOutcome) -> LedgerError:
    return LedgerError(f"the outcome {outcome.id} is recorded already and says something else", code="FMP827",
                       hint="an outcome never changes: record the new one under another id")


def says_the_same(a: StoredOutcome, b: StoredOutcome) -> bool:
    return (a.run_id, a.reward, a.label, a.weight) == (b.run_id, b.reward, b.label, b.weight)
