"""From what a backend did to a checked value or a typed error, with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.base import Backend, Response
from fmplang.backends.decode import decode
from fmplang.backends.decode_flags import certainty
from fmplang.check.types import BOOL
from fmplang.errors import BackendError, BackendTimeout, DecodeError, FmpError
from fmplang.syntax.visible import escape

if TYPE_CHECKING:
    from fmplang.limits import Limits
    from fmplang.runtime.requests import Request

CAUSE = 1000  # characters of a backend's exception that an error tells
LARGEST_COST = 1e300  # so that sums of costs stay finite
MOST_FLAGS, LONGEST_FLAG = 50, 200


class Settled:
    """One answer: the value, or the error that stands for it. `cost` is what it cost either way, `flags` what decoding
    had to do. `confidence` is the backend's own times the certainty of the decoding, None where the backend has none:
    that an answer is well written does not say that it is right.
    One is made for every call: slots are quicker to fill than a named tuple."""

    __slots__ = ("cached", "confidence", "cost", "error", "flags", "seconds", "value")

    def __init__(self, value: Any, error: FmpError | None, cost: float, seconds: float, confidence: float | None,
                 cached: bool = False, flags: tuple[str, ...] = ()) -> None:
        self.value = value
        self.error = error
        self.cost = cost
        self.seconds = seconds
        self.confidence = confidence
        self.cached = cached
        self.flags = flags

    @property
    def certainty(self) -> float:
        """How sure the decoding is, in [0, 1]; 0 for an error."""
        return 0.0 if self.error is not None else certainty(self.flags)

    @property
    def told(self) -> str | None:
        return None if self.error is None else f"{self.error.code}: {self.error.message}"


class Failure(NamedTuple):
    """An error in the place of a value."""

    error: FmpError


def settled(request: Request, backend: Backend, price: float, result: Response | Exception, seconds: float,
            limits: Limits) -> Settled:
    """Decode an answer. Nothing that a backend did gets out of here but as a value of the declared type or FmpError."""
    if isinstance(result, Exception):
        return Settled(None, wrapped(result, request, backend), _cost_of_failure(result, price), seconds, None)
    cost = price if result.cost is None else result.cost
    plain = (type(cost) is float and 0.0 <= cost <= LARGEST_COST and result.confidence is None
             and type(result.flags) is tuple and not result.flags)
    wrong = "" if plain else _wrong(result, cost)
    if wrong:
        error = BackendError(f"the backend {backend.name} answered {request.site.id} with {wrong}", code="FMP704",
                             hint="mend the backend: a Response has a finite cost, zero or more, a confidence from 0 "
                                  "to 1, and a tuple of short texts as flags", site=request.site.id,
                             backend=backend.name)
        return Settled(None, placed(error, request), price, seconds, None)
    cached = result.cached is True
    value = result.value
    if (value is True or value is False) and request.site.function.returns is BOOL:
        return Settled(value, None, cost, seconds, result.confidence, cached, result.flags)
    try:
        decoded = decode(result.value, request.returns, limits, request.args)
    except Exception as error:
        return Settled(None, wrapped(error, request, backend), cost, seconds, result.confidence, cached, result.flags)
    sure = result.confidence
    if sure is not None:
        sure *= decoded.certainty
    flags = (*result.flags, *decoded.flags) if result.flags else decoded.flags
    return Settled(decoded.value, None, cost, seconds, sure, cached, flags)


def wrapped(error: Exception, request: Request, backend: Backend) -> FmpError:
    """The exception as an error that names site, backend and cause."""
    site = request.site.id
    if isinstance(error, FmpError):  # not a BackendError: as a damaged image, which shows when its pixels are looked at
        if isinstance(error, BackendError):
            error.site = error.site or site
            error.backend = error.backend or backend.name
        error.message, error.hint = escape(error.message, keep="\n"), escape(error.hint, keep="\n")
        return placed(error, request)
    cause = escape(_cause(error))
    if isinstance(error, TimeoutError):
        made: BackendError = BackendTimeout(f"the backend {backend.name} took too long at {site}: {cause}", site=site,
                                            backend=backend.name, hint="try again, or take another backend")
    else:
        passes = isinstance(error, ConnectionError) or getattr(error, "transient", False) is True
        made = BackendError(f"the backend {backend.name} failed at {site}: {cause}", code="FMP700", site=site,
                            backend=backend.name, hint="fmplang pool test says whether the backend works at all",
                            transient=passes)
    made.__cause__ = error
    return placed(made, request)


def _cause(error: Exception) -> str:
    """The exception in a few words; what it says may quote a whole answer of a model."""
    try:
        told = str(error)
    except Exception:  # its own __str__ fails
        told = ""
    if len(told) > CAUSE:
        told = f"{told[:CAUSE]}... ({len(told):,} characters)"
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def wrong_count(got: object, backend: Backend, count: int) -> BackendError:
    """A batch was not answered by one Response or exception per request."""
    told = f"{len(got)} answers" if isinstance(got, (list, tuple)) else f"a {type(got).__name__}"
    return BackendError(f"the backend {backend.name} gave {told} for {count} request{'' if count == 1 else 's'}",
                        code="FMP704", hint="mend the backend: one Response or exception per request, in order",
                        backend=backend.name)


def placed(error: FmpError, request: Request) -> FmpError:
    if error.span is None:
        error.source, error.span = request.site.source, request.site.span
    return error


def _cost_of_failure(error: Exception, price: float) -> float:
    """What a failed call cost: what the exception's `cost` says; else nothing, or the price of one that timed out."""
    told = getattr(error, "cost", None)
    if _is_number(told, LARGEST_COST):
        return float(told)  # type: ignore[arg-type]
    return price if isinstance(error, (TimeoutError, BackendTimeout, DecodeError)) else 0.0


def _wrong(response: Response, cost: float) -> str:
    if not _is_number(cost, LARGEST_COST):
        return f"a cost of {_short(cost)}"
    if response.confidence is not None and not _is_number(response.confidence, 1.0):
        return f"a confidence of {_short(response.confidence)}"
    flags: Any = response.flags
    if not isinstance(flags, tuple) or len(flags) > MOST_FLAGS or not all(
            isinstance(flag, str) and len(flag) <= LONGEST_FLAG for flag in flags):
        return f"flags of {_short(flags)}"
    return ""


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def _short(value: object) -> str:
    """What a backend gave, as far as it can be told."""
    try:
        return f"{value!r:.40}"
    except Exception:  # a number of too many digits, or an object whose __repr__ fails
        return f"a {type(value).__name__}"
