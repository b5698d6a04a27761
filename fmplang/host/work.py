"""What a conversation hands out to be done, and what comes back.

These are made for every neural call, so they are plain classes with slots: a tuple with names or a frozen dataclass
takes two and five times as long to make.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.base import Backend, Response
from fmplang.policy.base import Arm
from fmplang.runtime.requests import Request
from fmplang.runtime.trace import CallRecord, RunRecord

if TYPE_CHECKING:
    from typing import TypeAlias


class Ask:
    """A request for one backend, and the price reserved for it."""

    __slots__ = ("backend", "price", "request")

    def __init__(self, request: Request, backend: Backend, price: float) -> None:
        self.request = request
        self.backend = backend
        self.price = price


class Answer:
    """What came back, and the seconds that the backend took."""

    __slots__ = ("result", "seconds")

    def __init__(self, result: Response | Exception, seconds: float) -> None:
        self.result = result
        self.seconds = seconds


class Arms(NamedTuple):
    """What can be chosen for a request, told in the three ways that are needed."""

    backends: Sequence[Backend]
    prices: tuple[float, ...]
    arms: tuple[Arm, ...]
    names: tuple[str, ...]


class Choice:
    """A call on its way: the chosen backend is `asks[0]`, the others are its shadows (with their arms). `escalate` is
    the decision's."""

    __slots__ = ("arms", "asks", "escalate", "record", "shadows")

    def __init__(self, record: CallRecord, asks: tuple[Ask, ...], shadows: tuple[int, ...], arms: Arms,
                 escalate: tuple[tuple[int, float], ...]) -> None:
        self.record = record
        self.asks = asks
        self.shadows = shadows
        self.arms = arms
        self.escalate = escalate


class Work:
    """To be done outside: make `commit` durable, or ask `asks`; or, where `end` is set, record the whole run and say in
    `row` which event that was."""

    __slots__ = ("asks", "commit", "end", "row", "run")

    def __init__(self, run: RunRecord, asks: Sequence[Ask] = (), commit: Sequence[CallRecord] = (),
                 end: bool = False) -> None:
        self.run = run
        self.asks = asks
        self.commit = commit
        self.end = end
        self.row = 0


Steps: TypeAlias = "Generator[Work, Sequence[Answer], Any]"
