"""What a run left behind: its ordered calls, plain data that the ledger stores and policies learn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ASKED = "asked"  # what an attempt did whose answer is still to come


@dataclass(frozen=True, slots=True)
class Shadow:
    """Another backend's answer to the same request, paid for and not used. `arm` is an index into the call's arms."""

    arm: int
    backend: str
    value: Any = None
    cost: float = 0.0
    seconds: float = 0.0
    confidence: float | None = None
    error: str | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a run would have been with one call's answer exchanged for that of the arm `arm`.

    `call` is an index into the run's calls. `same`: both backends gave the same answer, so nothing would differ.
    `changed`: whether the run's final value would differ; None where the replay reached a call that nobody
    answered, at the site `unknown`. `final` is the other final value, where known. `own` is the other arm's price
    minus the executed arm's, `later` the cost of all later calls there minus here, in the pool's unit; None where
    unknown. The cost of shadows is in neither.
    """

    call: int
    arm: int
    same: bool
    changed: bool | None = False
    final: Any = None
    own: float = 0.0
    later: float | None = 0.0
    unknown: str = ""
    error: str | None = None


@dataclass(slots=True)
class CallRecord:
    """One executed neural call. `cost` is in the pool's unit, `seconds` is the backend's time.

    `arms` and `propensities` are what could have been chosen and with which probability, `arm` is the arm that was
    chosen, `answered` the one whose answer was used in its place (None: its own); `backend` is who answered.
    `attempts` are the other asks, those that gave no answer: the backend and what it did, in their order; `lost` is
    what they cost. `cost` and `seconds` are those of the answer; where nobody answered, of the first ask, whose
    failure is the `error`. `done` is set when the answer, or the error, is in: a call without it was decided and never
    answered. `version` is the last event of the ledger that the policy had learned from when it decided. `round`
    counts the times that the run was begun anew to recover from a failure before this call was made.
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
    shadows: tuple[Shadow, ...] = ()
    features: tuple[float, ...] | None = None
    note: dict[str, float | str] = field(default_factory=dict)
    answered: int | None = None
    version: int = 0
    round: int = 0
    lost: float = 0.0

    @property
    def propensity(self) -> float:
        return self.propensities[self.arm]

    @property
    def answerer(self) -> int:
        """The arm whose answer was used."""
        return self.arm if self.answered is None else self.answered

    @property
    def full_cost(self) -> float:
        """What its answer costs where nobody has it yet: the price, for one that was kept from earlier."""
        return self.prices[self.answerer] if self.cached else self.cost

    @property
    def spent(self) -> float:
        """All that was paid for this call: its answer, the attempts and the shadows."""
        return self.cost + self.lost + sum(shadow.cost for shadow in self.shadows)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A stronger backend that was asked at an earlier call since an assertion had failed.

    `source` and `span` say which assertion, `site` and `order` which call, `round` how often the run had been begun
    anew before. `before` gave the answer that the assertion failed with; `after` was asked, for `cost`, and `told`
    says what came of it. `mended`: the run stood on the new answer when it came to its end.
    """

    source: str
    span: tuple[int, int]
    site: str
    order: tuple[int, ...]
    round: int
    before: str
    after: str
    cost: float = 0.0
    told: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A run's place in a stream: the stream's id, the row of its data (from 1 on), a digest of the row's inputs, and
    the first row of the group whose runs went side by side."""

    stream: str
    row: int
    digest: str
    group: int


@dataclass(slots=True)
class RunRecord:
    """One execution of a program. `calls` are in sequential order (`order`). `scale` and `trade_off` are those that
    its decisions were made with; `comparisons` are what `fmplang.runtime.replay` found from its shadows. `abandoned`
    are calls that were made and paid for, and that the run no longer stands on since it was begun anew, by round and
    order; `recoveries` are the asks that beginning anew hung on, in their order.

    `executed` are the spans of the statements that ran, by source name, where asked for; `notes` is what
    `print` wrote. `program` is the digest of the program's text, `name` what its source is called; `unit` is the
    unit of all costs, `policy` the name of what decided, `number` the run's place in its ledger, which seeds chance.
    `stream` is its place in a stream, known while it is made; the ledger keeps that beside the run.
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
    scale: float = 1.0
    trade_off: float = 0.0
    comparisons: tuple[Comparison, ...] = ()
    abandoned: list[CallRecord] = field(default_factory=list)
    recoveries: tuple[Recovered, ...] = ()
    stream: StreamRow | None = None

    @property
    def saved(self) -> float:
        """What the answers that were kept from earlier would have cost."""
        return sum(
            (call.prices[call.answerer] if call.cached else 0.0)
            + sum(call.prices[shadow.arm] for shadow in call.shadows if shadow.cached)
            for call in (*self.calls, *self.abandoned))
