"""What a run left behind: its ordered calls, plain data that the ledger stores and policies learn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class CallRecord:
    """One executed neural call. `cost` is in the pool's unit, `seconds` is the backend's time.

    `arms` and `propensities` are what could have been chosen and with which probability; `attempts` names
    the backends that were asked before this answer came, each with what it did. `done` is set when the answer, or
    the error, is in: a call without it was decided and never answered.
    """

    site: str
    span: tuple[int, int]
    source: str
    function: str
    capability: str
    order: tuple[int, ...]
    backend: str
    arms: tuple[str, ...]
    prices: tuple[float, ...]
    propensities: tuple[float, ...]
    arm: int
    cost: float = 0.0
    seconds: float = 0.0
    cached: bool = False
    confidence: float | None = None
    value: Any = None
    args: dict[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    attempts: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    done: bool = False

    @property
    def propensity(self) -> float:
        return self.propensities[self.arm]


@dataclass(slots=True)
class RunRecord:
    """One execution of a program. `calls` are in sequential order (`order`).

    `executed` are the spans of the statements that ran, by source name, where asked for; `notes` is what
    `print` wrote. `program` is the digest of the program's text, `name` what its source is called; `unit` is the
    unit of all costs, `policy` the name of what decided, `number` the run's place in its ledger, which seeds chance.
    """

    id: str
    program: str
    entry: str
    value: Any = None
    type: str = ""
    calls: list[CallRecord] = field(default_factory=list)
    cost: float = 0.0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    executed: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    error: str | None = None
    name: str = ""
    unit: str = ""
    policy: str = ""
    number: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)
