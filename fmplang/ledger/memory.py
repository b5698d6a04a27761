"""A ledger that lives as long as its process. Same promises as the file's, but for durability and age."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from time import time

from fmplang.errors import LedgerError
from fmplang.ledger.base import (
    UNFINISHED,
    StoredOutcome,
    StoredRun,
    ambiguous,
    check_prefix,
    clash,
    no_run,
    says_the_same,
)
from fmplang.runtime.trace import CallRecord, RunRecord

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

    def prepare(self) -> None:
        pass

    def count(self) -> int:
        return self._count

    def record_decisions(self, run: RunRecord, calls: Sequence[CallRecord]) -> None:
        with self._lock:
            self._start(run)

    def record_run(self, run: RunRecord) -> None:
        with self._lock:
            self._start(run)
            self._ended.add(run.id)

    def record_outcome(self, outcome: StoredOutcome) -> bool:
        with self._lock:
            if outcome.run_id not in self._runs:
                raise self._gone(outcome.run_id)
            for known in self._outcomes.setdefault(outcome.run_id, []):
                if known.id == outcome.id:
                    if not says_the_same(known, outcome):
                        raise clash(outcome)
                    return False
            self._outcomes[outcome.run_id].append(replace(outcome, recorded=outcome.recorded or time()))
            return True

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
