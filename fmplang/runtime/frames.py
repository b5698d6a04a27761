"""What a running function stands on.

A frame is a plain list: a fixed header, then the local slots as the checker numbered them, then the
temporaries of the compiler. Closures get the frame as their only argument.

A lane is a line of sequential computation. A run starts with one; each element of a group gets a lane of its
own, so that a request's `order` always says where the sequential program would have asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from fmplang.check.typed import Site
    from fmplang.limits import Meter
    from fmplang.runtime.requests import Request

Frame: TypeAlias = list[Any]
Waiting: TypeAlias = "Request | list[Request]"  # what a coroutine hands up; answered by a value, or by a list
Coroutine: TypeAlias = "Generator[Waiting, Any, Any]"
Pure: TypeAlias = "Callable[[Frame], Any]"
Neural: TypeAlias = "Callable[[Frame], Coroutine]"

METER = 0  # the run's Meter: first, since the hot paths charge it
LANE = 1
SITES = 2  # the SiteNode of this call path; None in pure functions
DEPTH = 3  # how many FMP calls are open, this one included
RESULT = 4  # what `return` left
LOCALS = 5


class Signal:
    """What a statement gives when control leaves it other than by its end; None otherwise."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


BREAK = Signal("break")
CONTINUE = Signal("continue")
RETURN = Signal("return")  # the value is in frame[RESULT]


class RunState:
    """What all lanes of one run share, besides the meter."""

    __slots__ = ("asked", "constants", "executed", "meter", "notes", "observer", "run_id")

    def __init__(self, meter: Meter, run_id: str, constants: int, trace: bool, observer: Any = None) -> None:
        self.meter = meter
        self.run_id = run_id
        self.notes: list[str] = []
        self.constants: list[Any] = [None] * constants
        self.asked: dict[Site, int] = {}
        self.observer = observer  # for the closures of a library that watches; no other looks at it
        self.executed: set[tuple[str, int, int]] | None = set() if trace else None


class Lane:
    """`prefix` starts the order of every request of this lane; `count` numbers what it asked so far."""

    __slots__ = ("count", "prefix", "run")

    def __init__(self, run: RunState, prefix: tuple[int, ...] = ()) -> None:
        self.run = run
        self.prefix = prefix
        self.count = 0

    def next_order(self) -> tuple[int, ...]:
        self.count += 1
        return (*self.prefix, self.count - 1)


class Failed:
    """An answer of a group that is an error."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error
