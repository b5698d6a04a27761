"""Any function is a backend.

    @fmplang.backend("detect", name="mine", cost=1.5)
    def mine(request):
        return [request.args["image"]]

The decorated function can still be called as before.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar, cast

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.deadline import within
from fmplang.errors import BackendError, ConfigError
from fmplang.runtime.requests import Request, Value

P = ParamSpec("P")
R = TypeVar("R")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")

Cost = float | Callable[[Request], float]
Confidence = float | Callable[[Request, Value], float | None]


class FunctionBackend(Generic[P, R]):
    """A function that answers requests, with what the host needs to know about it. Made by `backend`."""

    def __init__(self, function: Callable[P, R], *, capability: str, name: str, cost: Cost, batch: bool,
                 confidence: Confidence | None, version: str, supports: Callable[[Request], bool] | None,
                 unit: str | None, timeout: float | None) -> None:
        self.name = name
        self.capability = capability
        self.version = version
        self.unit = unit
        self.batch = self.gains_from_batches = batch
        self.timeout = timeout
        self._function = function
        self._cost = cost
        self._confidence = confidence
        self._supports = supports
        self.__name__ = getattr(function, "__name__", name)
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<backend {self.name} for {self.capability}>"

    def supports(self, request: Request) -> bool:
        return self._supports is None or bool(self._supports(request))

    def price(self, request: Request) -> float:
        if not callable(self._cost):
            return self._cost
        price = self._cost(request)
        if not _is_cost(price):
            raise BackendError(
                f"backend {self.name} tells a price of {price!r}", code="FMP706", site=request.site.id,
                backend=self.name, hint="`cost=` must give a finite number that is not negative.",
            )
        return float(price)

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        if self.batch:
            return self._answer_batch(requests)
        answers: list[Response | Exception] = []
        for request in requests:
            try:
                answers.append(self._response(request, self._asked(request)))
            except Exception as error:
                answers.append(error)
        return answers

    def _asked(self, what: Request | list[Request]) -> object:
        """What the function gives; TimeoutError where it takes too long."""
        ask = cast("Callable[[Request | list[Request]], object]", self._function)
        return ask(what) if self.timeout is None else within(self.timeout, lambda: ask(what))

    def health(self) -> Health:
        return HEALTHY

    def describe(self) -> str:
        doc = inspect.getdoc(self._function)
        return doc.splitlines()[0] if doc else f"the function {self.__name__}"

    def _answer_batch(self, requests: Sequence[Request]) -> list[Response | Exception]:
        values = self._asked(list(requests))
        if not isinstance(values, Sequence) or isinstance(values, (str, bytes)):
            raise BackendError(
                f"backend {self.name} takes batches and gave {type(values).__name__} in place of a list",
                code="FMP704", backend=self.name, hint="With batch=True, return one answer per request, in order.",
            )
        if len(values) != len(requests):
            raise BackendError(
                f"backend {self.name} was asked {len(requests)} and gave {len(values)} answers",
                code="FMP704", backend=self.name, hint="With batch=True, return one answer per request, in order.",
            )
        answers: list[Response | Exception] = []
        for request, value in zip(requests, values, strict=True):
            try:
                answers.append(value if isinstance(value, Exception) else self._response(request, value))
            except Exception as error:  # of this answer alone
                answers.append(error)
        return answers

    def _response(self, request: Request, value: object) -> Response:
        if inspect.isawaitable(value):
            close = getattr(value, "close", None)
            if close is not None:
                close()
            raise BackendError(
                f"backend {self.name} gave an awaitable", code="FMP704", site=request.site.id, backend=self.name,
                hint="A backend is a plain function; the host runs it in a thread where that helps.",
            )
        if isinstance(value, Response):
            return value
        sure = self._confidence(request, value) if callable(self._confidence) else self._confidence
        return Response(value, confidence=sure)


def backend(capability: str, *, name: str | None = None, cost: Cost = 0.0, batch: bool = False,
            confidence: Confidence | None = None, version: str = "1",
            supports: Callable[[Request], bool] | None = None,
            unit: str | None = None, timeout: float | None = None) -> Callable[[Callable[P, R]], FunctionBackend[P, R]]:
    """Make a function the backend `name` (its own name, by default) for a capability.

    The function gets the Request (`.function .args .returns .prompt .site .run_id`), or with `batch=True` a list
    of them, and gives a value of the declared type, text that decodes to it, or a Response. What it raises is
    the failure of that request alone; in a batch, an exception in the list is.

    `cost` is in the pool's unit, `unit` names that unit where it matters; `cost` and `confidence` may be
    functions of the request (and the answer). `supports` says which requests it can take. Raise the `version`
    when its answers change. `timeout` is in seconds, for one request or one batch: a function that takes longer runs in
    a thread that is then left to itself, and its call is a timeout (FMP701), charged at its price. Without one the host
    waits for the function as long as it takes. Errors: ConfigError.
    """
    if not isinstance(capability, str):
        raise ConfigError(
            "@fmplang.backend needs a capability", code="FMP807", hint='Write @fmplang.backend("detect", cost=1.0).'
        )
    for what, text in (("capability", capability), ("name", name), ("version", version)):
        if text is not None and (not isinstance(text, str) or not _NAME.fullmatch(text)):
            raise ConfigError(
                f"{text!r} cannot be the {what} of a backend", code="FMP807",
                hint="Use letters, digits, and . _ : / - after the first; at most 100.",
            )
    if not callable(cost) and not _is_cost(cost):
        raise ConfigError(
            f"{cost!r} cannot be the cost of a backend", code="FMP807",
            hint="Give a finite number that is not negative, or a function from the request to one.",
        )
    if confidence is not None and not callable(confidence) and not 0 <= confidence <= 1:
        raise ConfigError(
            f"{confidence!r} cannot be the confidence of a backend", code="FMP807",
            hint="Give a number from 0 to 1, or a function from the request and the answer to one.",
        )
    if timeout is not None and not (_is_cost(timeout) and timeout > 0):
        raise ConfigError(f"{timeout!r:.60} cannot be the timeout of a backend", code="FMP807",
                          hint="Give a number of seconds, more than zero, or None for no end.")

    def decorate(function: Callable[P, R]) -> FunctionBackend[P, R]:
        if inspect.iscoroutinefunction(function):
            raise ConfigError(
                f"{getattr(function, '__name__', 'the function')} is async", code="FMP807",
                hint="A backend is a plain function; the host runs it in a thread where that helps.",
            )
        named = name or str(getattr(function, "__name__", ""))
        if not _NAME.fullmatch(named):
            raise ConfigError(f"{named!r} cannot be the name of a backend", code="FMP807", hint="Give it name=...")
        return FunctionBackend(
            function, capability=capability, name=named, cost=cost if callable(cost) else float(cost), batch=batch,
            confidence=confidence, version=version, supports=supports, unit=unit, timeout=timeout,
        )

    return decorate


def _is_cost(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
