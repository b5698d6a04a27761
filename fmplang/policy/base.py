"""The protocol between the host and a policy: choose an arm for a call, learn from an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from fmplang.runtime.requests import Request
    from fmplang.runtime.trace import RunRecord


@dataclass(frozen=True, slots=True)
class Arm:
    """A backend as a choice at a site: its name and its price for this request, in the pool's unit."""

    backend: str
    cost: float


class PolicyCall:
    """What a policy sees of one call; not to be changed.

    `arms` are the feasible ones only, in the pool's order, never empty. `scale` is the cost of the program's
    dearest single pass; a policy works with `cost / scale`, so no decision depends on the unit.
    `features` is a float vector, or None where the policy asked for none (a policy with a true attribute
    `needs_features` asks for them). `rng` is the run's own generator: same seed, same ledger, same decisions.
    `memory` is a dict of the run's own, empty at its first call: what a policy remembers from one call of a run to the
    next stands there, so that its state changes only when it is told of a run or an outcome.
    """

    # A plain class: one is made for every neural call, and a frozen dataclass takes five times as long to make.
    __slots__ = ("arms", "features", "memory", "request", "rng", "scale", "trade_off")

    def __init__(self, request: Request, arms: tuple[Arm, ...], scale: float, trade_off: float,
                 rng: np.random.Generator, features: np.ndarray | None = None,
                 memory: dict[str, Any] | None = None) -> None:
        self.request = request
        self.arms = arms
        self.scale = scale
        self.trade_off = trade_off
        self.rng = rng
        self.features = features
        self.memory = {} if memory is None else memory


@dataclass(frozen=True, slots=True)
class Decision:
    """The arm chosen (an index into `call.arms`) and the probability of each arm when it was chosen.

    `propensities` are given the run's earlier decisions, so that their product over a run is the run's own chance.
    `shadows` are arms to be asked as well, in this order: their answers are charged and stored, and not used.
    `escalate` is a cascade: pairs of an arm and a bound. Where the answer's confidence lies below the bound, or it has
    none, that arm is asked too and its answer taken, and so on; the answers before it are stored as shadows.
    """

    arm: int
    propensities: tuple[float, ...]
    note: dict[str, float | str] = field(default_factory=dict)
    shadows: tuple[int, ...] = ()
    escalate: tuple[tuple[int, float], ...] = ()

    @property
    def propensity(self) -> float:
        return self.propensities[self.arm]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Feedback on a run: `reward` in [0, 1], and the label where one was given.

    `exchanged` is, for each of the run's comparisons, the reward that its other final value would have had; None where
    that is not known.
    """

    run_id: str
    reward: float
    label: str | None = None
    weight: float = 1.0
    exchanged: tuple[float | None, ...] = ()


@runtime_checkable
class Policy(Protocol):
    """Any object with these two methods is a policy.

    Where it also has `observe(run)`, that is called once at the end of every run, before any outcome. Where it has
    `state()` and `restore(state)`, its state can be stored: a dict of arrays and plain JSON values. `choose` leaves
    that state as it is: it is a function of the runs and outcomes that the policy was told of, in their order, so
    that it can be had again from the ledger.
    """

    def choose(self, call: PolicyCall) -> Decision: ...

    def learn(self, run: RunRecord, outcome: Outcome) -> None: ...


def learns_nothing(self: Any, run: RunRecord, outcome: Outcome) -> None:
    """The `learn` of a policy that learns nothing: the host need not read the ledger for it."""


def certain(arms: Sequence[Arm], index: int) -> Decision:
    """A decision without chance."""
    return Decision(index, tuple(1.0 if i == index else 0.0 for i in range(len(arms))))
