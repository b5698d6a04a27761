"""A ledger that lives as long as its process. Same promises as the file's, but for durability and age."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import time

from fmplang.errors import LedgerError
from fmplang.ledger.base import (
    UNFINISHED,
    Event,
    Snapshot,
    StoredOutcome,
    StoredRun,
    StoredStream,
    StreamEnd,
    ambiguous,
    check_prefix,
    clash,
    no_run,
    says_the_same,
)
from fmplang.runtime.trace import CallRecord, RunRecord, StreamRow

KEPT = 10_000  # runs; a stream may be longer than memory


class MemoryLedger:
    """Keeps the last `kept` runs, as they are; feedback for older ones needs a ledger in a file."""

    where = "the ledger in memory"
    durable = False

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._count = 0
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, tuple[RunRecord, float]] = OrderedDict()
        self._ended: set[str] = set()
        self._outcomes: dict[str, list[StoredOutcome]] = {}
        self._last = 0
        self._events: deque[tuple[int, str, StoredOutcome | None]] = deque()
        self._snapshots: dict[str, Snapshot] = {}

    def prepare(self) -> None:
        pass

    def count(self) -> int:
        return self._count

    def record_decisions(self, run: RunRecord, calls: Sequence[CallRecord]) -> None:
        with self._lock:
            self._start(run)

    def record_run(self, run: RunRecord) -> int:
        with self._lock:
            self._start(run)
            if run.id in self._ended:
                return 0
            self._ended.add(run.id)
            return self._event(run.id, None)

    def record_outcome(self, outcome: StoredOutcome) -> tuple[bool, int]:
        with self._lock:
            if outcome.run_id not in self._runs:
                raise self._gone(outcome.run_id)
            for known in self._outcomes.setdefault(outcome.run_id, []):
                if known.id == outcome.id:
                    if not says_the_same(known, outcome):
                        raise clash(outcome)
                    return False, 0
            outcome = replace(outcome, recorded=outcome.recorded or time())
            known_outcomes = self._outcomes[outcome.run_id]
            known_outcomes.append(outcome)
            return True, self._event(outcome.run_id, outcome) if len(known_outcomes) == 1 else 0

    def last_event(self) -> int:
        return self._last

    def events(self, after: int = 0) -> Iterator[Event]:
        with self._lock:
            known = [event for event in self._events if event[0] > after and event[1] in self._runs]
        for row, run_id, outcome in known:
            yield Event(row, self.find_run(run_id), outcome)

    def runs(self) -> Iterator[StoredRun]:
        with self._lock:
            known = [run_id for _, run_id, outcome in self._events if outcome is None and run_id in self._runs]
        for run_id in known:
            yield self.find_run(run_id)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshots[snapshot.policy] = snapshot

    def load_snapshots(self, policy: str) -> list[Snapshot]:
        return [self._snapshots[policy]] if policy in self._snapshots else []

    def gather(self) -> None:
        pass

    def commit(self) -> None:
        pass

    def record_stream(self, stream: StoredStream) -> None:
        pass  # what ends with its process is never resumed

    def streams(self, program: str) -> list[StoredStream]:
        return []

    def stream_ends(self, stream: str) -> Iterator[StreamEnd]:
        return iter(())

    def stream_runs(self, stream: str) -> Iterator[tuple[StreamRow, StoredRun, int]]:
        return iter(())

    def find_run(self, prefix: str) -> StoredRun:
        prefix = check_prefix(prefix)
        with self._lock:
            if prefix == "last":
                found = [next(reversed(self._runs))] if self._runs else []
            elif prefix in self._runs:
                found = [prefix]
            else:
                found = sorted(run for run in self._runs if run.startswith(prefix))
            if not found:
                raise self._gone(prefix)
            if len(found) > 1:
                raise ambiguous(prefix, found[:3])
            record, started = self._runs[found[0]]
            finished = record.id in self._ended
            if not finished:
                calls = [c if c.done else replace(c, error=UNFINISHED) for c in record.calls]
                record = replace(record, calls=calls, error=UNFINISHED)
            return StoredRun(record, started, finished, tuple(self._outcomes.get(record.id, ())))

    def close(self) -> None:
        pass

    def _event(self, run_id: str, outcome: StoredOutcome | None) -> int:
        self._last += 1
        self._events.append((self._last, run_id, outcome))
        while len(self._events) > 2 * self._kept:
            self._events.popleft()
        return self._last

    def _start(self, run: RunRecord) -> None:
        if run.id in self._runs:
            return
        self._count += 1
        self._runs[run.id] = (run, time())
        while len(self._runs) > self._kept:
            old, _ = self._runs.popitem(last=False)
            self._ended.discard(old)
            self._outcomes.pop(old, None)

    def _gone(self, prefix: str) -> LedgerError:
        error = no_run(prefix, self.where)
        if self._count > len(self._runs):
            error.hint = f"only the last {self._kept:,} runs are kept in memory: give the Runtime a ledger in a file"
        return error
