"""The tables, and what a connection must be set to. SQLAlchemy is imported when the first one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

APPLICATION = 0x464D504C  # "FMPL" in SQLite's header: tells a ledger from any other database
VERSION = 3


@dataclass(frozen=True, slots=True)
class Schema:
    metadata: MetaData
    runs: Table
    decisions: Table
    answers: Table
    finishes: Table
    outcomes: Table
    asks: Table
    events: Table
    snapshots: Table
    streams: Table
    stream_rows: Table


@cache
def schema() -> Schema:
    """One row per fact, no row ever changed. JSON is text that `plain.dump` wrote.

    `decisions.place` is the call's `order`, joined by dots; with `round` it identifies a call within its run. A
    decision without an answer, and a run without a finish, were cut off. `asks` are backends that cost money and that
    no decision names, each written down before it was asked in the chosen one's place. `events` are what policies
    learn from, in the order in which they do: ends of runs, and outcomes. A snapshot is a policy's state after the
    event it names; it can be had again from the events, so only the newest of a policy are kept. `streams` and
    `stream_rows` say which run answers which row of a stream's data; an older ledger gets them with its first stream.
    """
    from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

    metadata = MetaData()

    def text(name: str, **more: Any) -> Column[str]:
        return Column(name, Text, nullable=False, **more)

    def number(name: str, kind: Any = Float, **more: Any) -> Column[Any]:
        return Column(name, kind, nullable=False, **more)

    def run_id(**more: Any) -> Column[str]:
        return Column("run_id", Text, ForeignKey("runs.id"), nullable=False, **more)

    runs = Table(
        "runs", metadata,
        Column("row", Integer, primary_key=True),
        text("id", unique=True), number("started"), number("number", Integer), text("program"), text("name"),
        text("entry"), text("type"), text("unit"), text("policy"), number("scale"), number("trade_off"), text("inputs"),
        text("fmplang"),
    )
    decisions = Table(
        "decisions", metadata,
        run_id(primary_key=True), text("place", primary_key=True), number("round", Integer, primary_key=True),
        text("site"), text("source"), number("span_start", Integer), number("span_end", Integer), text("function"),
        text("capability"), text("args"), text("arms"), text("prices"), text("propensities"), number("arm", Integer),
        text("features"), text("note"), number("version", Integer),
        sqlite_with_rowid=False,
    )
    answers = Table(
        "answers", metadata,
        run_id(primary_key=True), text("place", primary_key=True), number("round", Integer, primary_key=True),
        text("backend"), text("value"), number("cost"), number("seconds"), number("cached", Integer),
        Column("confidence", Float), text("flags"), text("attempts"), text("shadows"), Column("answered", Integer),
        number("lost"), number("abandoned", Integer), Column("error", Text),
        sqlite_with_rowid=False,
    )
    finishes = Table(
        "finishes", metadata,
        run_id(primary_key=True),
        number("finished"), text("value"), number("cost"), number("seconds"), text("notes"), text("executed"),
        text("comparisons"), text("recoveries"), Column("error", Text),
        sqlite_with_rowid=False,
    )
    outcomes = Table(
        "outcomes", metadata,
        Column("row", Integer, primary_key=True),
        text("id", unique=True), run_id(), number("reward"), text("label"), number("weight"), number("recorded"),
        Index("outcomes_of_run", "run_id"),
    )
    asks = Table(
        "asks", metadata,
        Column("row", Integer, primary_key=True),
        run_id(), text("place"), number("round", Integer), text("backend"),
        Index("asks_of_run", "run_id"),
    )
    events = Table(
        "events", metadata,
        Column("row", Integer, primary_key=True),
        run_id(), Column("outcome_id", Text, ForeignKey("outcomes.id")),
        Index("events_of_run", "run_id"),
    )
    snapshots = Table(
        "snapshots", metadata,
        Column("row", Integer, primary_key=True),
        text("policy"), number("event", Integer), text("plain"), number("arrays", LargeBinary),
        Index("snapshots_of_policy", "policy", "event"),
    )
    streams = Table(
        "streams", metadata,
        Column("row", Integer, primary_key=True),
        text("id", unique=True), number("started"), text("program"), text("settings"), number("first", Integer),
    )
    stream_rows = Table(
        "stream_rows", metadata,
        text("stream", primary_key=True), number("number", Integer, primary_key=True), run_id(primary_key=True),
        text("digest"), number("first", Integer),
        sqlite_with_rowid=False,
    )
    return Schema(metadata, runs, decisions, answers, finishes, outcomes, asks, events, snapshots, streams, stream_rows)
