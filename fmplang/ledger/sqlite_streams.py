"""Where streams stand in a ledger's file: which run answered which row of the data. Read in pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fmplang.ledger.base import StoredStream, StreamEnd
from fmplang.ledger.schema import schema
from fmplang.runtime.trace import RunRecord, StreamRow

if TYPE_CHECKING:
    from sqlalchemy import Connection


def stored_streams(connection: Connection, program: str) -> list[StoredStream]:
    """The newest first; none in a ledger that is older than streams."""
    from sqlalchemy import select

    if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'streams'").scalar():
        return []
    kept = schema().streams
    query = select(kept).where(kept.c.program == program).order_by(kept.c.row.desc())
    return [StoredStream(row.id, row.program, json.loads(row.settings), row.first, row.started)
            for row in connection.execute(query)]


def cut_off(connection: Connection, stream: str) -> set[str]:
    """The ids of the runs that began and never ended."""
    found = connection.exec_driver_sql(
        "SELECT s.run_id FROM stream_rows s LEFT JOIN finishes f ON f.run_id = s.run_id "
        "WHERE s.stream = ? AND f.run_id IS NULL", (stream,))
    return {row[0] for row in found}


def asked_for(record: RunRecord) -> float:
    """What the asks of a run that was cut off may have cost: the prices of those that were written down."""
    total = 0.0
    for call in (*record.calls, *record.abandoned):
        asked = [call.backend, *(backend for backend, _ in call.attempts)]
        prices = dict(zip(call.arms, call.prices, strict=True))
        total += sum(prices.get(backend, 0.0) for backend in asked)
    return total


def ends_after(connection: Connection, stream: str, after: int, most: int) -> list[StreamEnd]:
    """The ends of its runs after an event, in the order of events."""
    found = connection.exec_driver_sql(
        "SELECT e.run_id, e.row, f.cost FROM events e JOIN finishes f ON f.run_id = e.run_id "
        "WHERE e.row > ? AND e.outcome_id IS NULL AND e.run_id IN (SELECT run_id FROM stream_rows WHERE stream = ?) "
        "ORDER BY e.row LIMIT ?", (after, stream, most))
    return [StreamEnd(*row) for row in found]


def rows_after(connection: Connection, stream: str, after: int, most: int) -> list[tuple[StreamRow, str, int]]:
    """The rows after one that are answered, each with its run and the run's event; of several runs the last."""
    found = connection.exec_driver_sql(
        "SELECT s.number, s.digest, s.first, s.run_id, max(e.row) FROM stream_rows s "
        "JOIN events e ON e.run_id = s.run_id AND e.outcome_id IS NULL "
        "WHERE s.stream = ? AND s.number > ? GROUP BY s.number ORDER BY s.number LIMIT ?", (stream, after, most))
    return [(StreamRow(stream, number, digest, group), run_id, event) for number, digest, group, run_id, event in found]
