"""The ledger in a file: what is written and read in its transactions. The file itself is sqlite_file.py's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, cast

from fmplang.errors import LedgerError
from fmplang.ledger import rows
from fmplang.ledger.base import (
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
from fmplang.ledger.plain import dump
from fmplang.ledger.schema import schema
from fmplang.ledger.sqlite_file import SqliteFile
from fmplang.ledger.sqlite_streams import asked_for, cut_off, ends_after, rows_after, stored_streams
from fmplang.runtime.trace import ASKED, CallRecord, RunRecord, StreamRow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

SNAPSHOTS = 2  # kept of each policy: should the newest be damaged, there is one more
PAGE = 256  # events read at a time


class SqliteLedger:
    """Several threads and several processes may share one file."""

    durable = True

    def __init__(self, path: Path, *, parents: bool = False) -> None:
        self.path = path
        self.where = str(path)
        self._file = SqliteFile(path, parents)
        self._started: set[str] = set()  # runs whose start this object has written
        self._version = ""

    # ---------------------------------------------------------------- writing

    def gather(self) -> None:
        self._file.gather()

    def commit(self) -> None:
        self._file.commit()

    def prepare(self) -> None:
        with self._file.transaction():
            pass

    def record_decisions(self, run: RunRecord, calls: Sequence[CallRecord]) -> None:
        tables = schema()
        with self._file.transaction() as connection:
            self._start(connection, run)
            _append(connection, tables.decisions, [rows.decision_row(run.id, call) for call in calls])
            beyond = [call for call in calls if call.attempts and call.attempts[-1][1] == ASKED]
            _append(connection, tables.asks, [rows.ask_row(run.id, call) for call in beyond])
        self._started.add(run.id)

    def record_run(self, run: RunRecord) -> int:
        tables = schema()
        with self._file.transaction() as connection:
            self._start(connection, run)
            calls = [(call, abandoned) for calls, abandoned in ((run.calls, False), (run.abandoned, True))
                     for call in calls]
            _append(connection, tables.decisions, [rows.decision_row(run.id, call) for call, _ in calls])
            _append(connection, tables.answers, [rows.answer_row(run.id, call, abandoned)
                                                 for call, abandoned in calls if call.done])
            new = _append(connection, tables.finishes, [rows.finish_row(run, time())])
            row = self._event(connection, run.id, None) if new else 0
        self._started.discard(run.id)
        return row

    def record_outcome(self, outcome: StoredOutcome) -> tuple[bool, int]:
        tables = schema()
        outcome = replace(outcome, recorded=outcome.recorded or time())
        with self._file.transaction(make=False) as connection:
            if connection.exec_driver_sql("SELECT row FROM runs WHERE id = ?", (outcome.run_id,)).first() is None:
                raise no_run(outcome.run_id, self.where)
            known = connection.exec_driver_sql("SELECT * FROM outcomes WHERE id = ?", (outcome.id,)).first()
            if known is not None:
                if not says_the_same(rows.outcome_from(cast(rows.Row, known._mapping)), outcome):
                    raise clash(outcome)
                return False, 0
            of_run = connection.exec_driver_sql("SELECT row FROM outcomes WHERE run_id = ? LIMIT 1", (outcome.run_id,))
            first = of_run.first() is None
            _append(connection, tables.outcomes, [{
                "id": outcome.id, "run_id": outcome.run_id, "reward": outcome.reward, "label": dump(outcome.label),
                "weight": outcome.weight, "recorded": outcome.recorded,
            }])
            return True, self._event(connection, outcome.run_id, outcome.id) if first else 0

    def save_snapshot(self, snapshot: Snapshot) -> None:
        from sqlalchemy import select

        kept = schema().snapshots
        with self._file.transaction() as connection:
            connection.execute(kept.insert().values(policy=snapshot.policy, event=snapshot.row, plain=snapshot.plain,
                                                    arrays=snapshot.arrays))
            newest = (select(kept.c.row).where(kept.c.policy == snapshot.policy)
                      .order_by(kept.c.event.desc(), kept.c.row.desc()).limit(SNAPSHOTS))
            connection.execute(kept.delete().where(kept.c.policy == snapshot.policy, kept.c.row.not_in(newest)))

    def record_stream(self, stream: StoredStream) -> None:
        tables = schema()
        with self._file.transaction() as connection:
            tables.metadata.create_all(connection, [tables.streams, tables.stream_rows])
            connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS events_of_run ON events (run_id)")
            connection.execute(tables.streams.insert().values(
                id=stream.id, started=stream.started or time(), program=stream.program,
                settings=dump(stream.settings), first=stream.first))

    # ---------------------------------------------------------------- reading

    def count(self) -> int:
        from sqlalchemy import func, select

        if not self._file.begun():
            return 0
        with self._file.reading() as connection:
            found = connection.execute(select(func.max(schema().runs.c.row))).scalar()
        return int(found or 0)

    def find_run(self, prefix: str) -> StoredRun:
        from sqlalchemy import select

        prefix = check_prefix(prefix)
        tables = schema()
        runs = tables.runs.c
        if not self._file.begun():
            raise LedgerError(f"there is no ledger at {self.where}", code="FMP821",
                              hint="name the one that the run was recorded in with --ledger")
        with self._file.reading() as connection:
            if prefix == "last":
                query = select(tables.runs).order_by(runs.row.desc()).limit(1)
            else:  # a run id has only letters and digits, and "~" sorts after them all
                query = select(tables.runs).where(runs.id >= prefix, runs.id < prefix + "~").order_by(runs.id).limit(4)
            found = [cast(rows.Row, row._mapping) for row in connection.execute(query)]
            if not found:
                raise no_run(prefix, self.where)
            if len(found) > 1:
                raise ambiguous(prefix, [row["id"] for row in found[:3]])
            return _stored(connection, found)[0]

    def last_event(self) -> int:
        if not self._file.begun():
            return 0
        with self._file.reading() as connection:
            return int(connection.exec_driver_sql("SELECT max(row) FROM events").scalar() or 0)

    def events(self, after: int = 0) -> Iterator[Event]:
        from sqlalchemy import select

        events = schema().events
        while self._file.begun():
            with self._file.reading() as connection:
                query = select(events).where(events.c.row > after).order_by(events.c.row).limit(PAGE)
                page = [cast(rows.Row, row._mapping) for row in connection.execute(query)]
                runs = self._runs(connection, {event["run_id"] for event in page})
            if not page:
                return
            for event in page:
                run = runs[event["run_id"]]
                outcome = next((o for o in run.outcomes if o.id == event["outcome_id"]), None)
                yield Event(event["row"], run, outcome)
            after = page[-1]["row"]

    def runs(self) -> Iterator[StoredRun]:
        return (event.run for event in self.events() if event.outcome is None)

    def streams(self, program: str) -> list[StoredStream]:
        if not self._file.begun():
            return []
        with self._file.reading() as connection:
            return stored_streams(connection, program)

    def stream_ends(self, stream: str) -> Iterator[StreamEnd]:
        with self._file.reading() as connection:
            lost = list(self._runs(connection, cut_off(connection, stream)).values())
        for run in lost:
            yield StreamEnd(run.record.id, 0, asked_for(run.record))
        after = 0
        while True:
            with self._file.reading() as connection:
                page = ends_after(connection, stream, after, PAGE)
            if not page:
                return
            yield from page
            after = page[-1].event

    def stream_runs(self, stream: str) -> Iterator[tuple[StreamRow, StoredRun, int]]:
        after = 0
        while True:
            with self._file.reading() as connection:
                page = rows_after(connection, stream, after, PAGE)
                runs = self._runs(connection, {run_id for _, run_id, _ in page})
            if not page:
                return
            yield from ((row, runs[run_id], event) for row, run_id, event in page)
            after = page[-1][0].row

    def load_snapshots(self, policy: str) -> list[Snapshot]:
        from sqlalchemy import select

        kept = schema().snapshots
        if not self._file.begun():
            return []
        with self._file.reading() as connection:
            query = select(kept).where(kept.c.policy == policy).order_by(kept.c.event.desc(), kept.c.row.desc())
            return [Snapshot(row.policy, row.event, row.plain, row.arrays) for row in connection.execute(query)]

    def _runs(self, connection: Connection, ids: set[str]) -> dict[str, StoredRun]:
        from sqlalchemy import select

        runs = schema().runs
        query = select(runs).where(runs.c.id.in_(ids))
        found = [cast(rows.Row, row._mapping) for row in connection.execute(query)]
        return {stored.record.id: stored for stored in _stored(connection, found)}

    def close(self) -> None:
        self._file.close()

    # ------------------------------------------------------------------- rows

    def _event(self, connection: Connection, run_id: str, outcome_id: str | None) -> int:
        made = connection.exec_driver_sql("INSERT INTO events (run_id, outcome_id) VALUES (?, ?)", (run_id, outcome_id))
        return int(made.lastrowid)

    def _start(self, connection: Connection, run: RunRecord) -> None:
        if run.id in self._started:
            return
        if not self._version:
            from importlib.metadata import PackageNotFoundError, version

            try:
                self._version = version("fmplang")
            except PackageNotFoundError:
                self._version = "unknown"
        _append(connection, schema().runs, [rows.run_row(run, time(), self._version)])
        if run.stream is not None:
            _append(connection, schema().stream_rows, [rows.stream_row(run.id, run.stream)])


def _append(connection: Connection, table: Table, new: list[dict[str, Any]]) -> bool:
    """Rows already there stay as they are, so that recording something again changes nothing. Whether any was new."""
    return bool(new) and connection.execute(_appending(table), new).rowcount > 0


@cache
def _appending(table: Table) -> Any:
    """Made once: a stream appends rows all the time."""
    from sqlalchemy.dialects.sqlite import insert

    return insert(table).on_conflict_do_nothing()


def _stored(connection: Connection, runs: Sequence[rows.Row]) -> list[StoredRun]:
    """The runs of these rows, whole."""
    from sqlalchemy import select

    tables = schema()
    ids = [run["id"] for run in runs]

    def by_run(table: Table) -> dict[str, list[rows.Row]]:
        found: dict[str, list[rows.Row]] = {}
        for row in connection.execute(select(table).where(table.c.run_id.in_(ids))):
            found.setdefault(row.run_id, []).append(cast(rows.Row, row._mapping))
        return found

    decisions, answers = by_run(tables.decisions), by_run(tables.answers)
    finishes, outcomes, asks = by_run(tables.finishes), by_run(tables.outcomes), by_run(tables.asks)
    made = []
    for run in runs:
        key = run["id"]
        finish = finishes[key][0] if key in finishes else None
        record = rows.run_from(run, finish, decisions.get(key, ()), answers.get(key, ()),
                               sorted(asks.get(key, ()), key=lambda row: row["row"]))
        given = sorted(outcomes.get(key, ()), key=lambda row: row["row"])
        made.append(StoredRun(record, run["started"], finish is not None, tuple(map(rows.outcome_from, given))))
    return made
