"""The protocol between the host and whatever answers a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fmplang.runtime.requests import Request, Value


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as the backend gave it.

    `value` is a Python value that should fit the declared type, or text that still has to be decoded
    (`decode` tells them apart by the declared type). `confidence` is in [0, 1] where the backend has one.
    `cost` is what this answer really cost, in the pool's unit; None means the price told before. `cached` says that it
    was had before and not paid for again. `flags` say what was odd about it, for the trace. `seconds` is what this
    answer took, where it was one of several at once.
    """

    value: Value
    confidence: float | None = None
    cost: float | None = None
    cached: bool = False
    flags: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a backend can work here. Where not: `why`, and what `mend`s it (a command, a step)."""

    ok: bool
    why: str = ""
    mend: str = ""


HEALTHY = Health(True)


@runtime_checkable
class Backend(Protocol):
    """Something that answers requests of one capability.

    `answer` takes a batch and gives one Response or one exception per request, in order, so that one bad
    request does not spoil its batch; an exception that is raised fails the whole batch. It may be called from
    several threads. Costs are in the pool's unit; `price` is known before the call.

    A backend may also have `unit` (what its costs count: "milliseconds", "usd", "flops", "parameters"),
    `health() -> Health` (cheap: imports no model) and `describe() -> str` (one line). One that waits for others may
    have `begin(requests)`, which starts what `answer` does and gives a concurrent.futures.Future of its result, so
    that the host waits for several backends at once and needs no thread for each. One that is quicker with several
    requests at once than with one after another says so with a true `gains_from_batches`: requests of concurrent runs
    then wait for each other while it is busy.
    """

    name: str
    capability: str
    version: str

    def supports(self, request: Request) -> bool: ...

    def price(self, request: Request) -> float: ...

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]: ...


def gains_from_batches(backend: Backend) -> bool:
    """Whether a backend says that it is quicker with several requests at once."""
    return getattr(backend, "gains_from_batches", False) is True
