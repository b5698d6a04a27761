"""What a user gets of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fmplang.errors import FmpError
from fmplang.runtime.trace import CallRecord, RunRecord


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended. `cost` counts `unit`s, `seconds` is wall time, `type` is spelled as in a program.

    `trace` is the calls in the program's sequential order; `notes` is what it printed. `error` is None but for
    runs of a stream that was asked to go on after failures.
    """

    id: str
    value: Any
    type: str
    cost: float
    unit: str
    seconds: float
    trace: tuple[CallRecord, ...]
    notes: tuple[str, ...]
    record: RunRecord = field(repr=False)
    error: FmpError | None = None


def run_of(record: RunRecord, error: FmpError | None = None) -> Run:
    return Run(record.id, record.value, record.type, record.cost, record.unit, record.seconds, tuple(record.calls),
               tuple(record.notes), record, error)
