"""A backend that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request, Value

Script = Union[Callable[[Request], Value], Mapping[str, Any], Sequence[Any]]


class ScriptedBackend:
    """Answers by a script. Nothing is loaded, nothing is random.

    `script` is one of
    - a function from the request to the answer,
    - a table by site id, else by function name; an entry that is a function is called with the request,
    - a list: the n-th call gets the n-th entry.

    An answer may be a value, a Response, or an exception (the failure of that call). `failures` maps the
    number of a call, from 1, to the exception that it meets in place of an answer:

        ScriptedBackend("detect", {"find": []}, failures={2: BackendTimeout("too slow")})

    `requests` holds every request in the order asked, `batches` the size of each batch. What the script does
    not know is a BackendError.
    """

    def __init__(self, capability: str, script: Script, *, name: str = "scripted", cost: float = 0.0,
                 confidence: float | None = None, version: str = "1", unit: str | None = None,
                 failures: Mapping[int, Exception] | None = None,
                 supports: Callable[[Request], bool] | None = None) -> None:
        self.name = name
        self.capability = capability
        self.version = version
        self.unit = unit
        self.cost = cost
        self.confidence = confidence
        self.requests: list[Request] = []
        self.batches: list[int] = []
        self._script = script
        self._failures = dict(failures or {})
        self._supports = supports
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<scripted backend {self.name} for {self.capability}, asked {len(self.requests)} times>"

    def supports(self, request: Request) -> bool:
        return self._supports is None or self._supports(request)

    def price(self, request: Request) -> float:
        return self.cost

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        with self._lock:
            first = len(self.requests) + 1
            self.requests.extend(requests)
            self.batches.append(len(requests))
        return [self._answer(number, request) for number, request in enumerate(requests, first)]

    def health(self) -> Health:
        return HEALTHY

    def describe(self) -> str:
        return "answers by a script"

    def _answer(self, number: int, request: Request) -> Response | Exception:
        if number in self._failures:
            return self._failures[number]
        try:
            said = self._said(number, request)
        except Exception as error:
            return error
        if isinstance(said, (Response, Exception)):
            return said
        return Response(said, confidence=self.confidence)

    def _said(self, number: int, request: Request) -> Any:
        script = self._script
        if isinstance(script, Mapping):
            for key in (request.site.id, request.function.name):
                if key in script:
                    entry = script[key]
                    return entry(request) if callable(entry) else entry
            raise self._unknown(request, f"knows neither {request.site.id!r} nor {request.function.name!r}")
        if callable(script):
            return script(request)
        if number > len(script):
            raise self._unknown(request, f"has {len(script)} answers and was asked for number {number}")
        return script[number - 1]

    def _unknown(self, request: Request, what: str) -> BackendError:
        return BackendError(
            f"the script of backend {self.name} {what}", code="FMP707", site=request.site.id, backend=self.name,
            hint="Add an answer to the script.",
        )
