"""Answers are paid for once: a pool whose backends look into a store before they answer.

The key is content alone: the backend with its version, the function with its types and prompt, and the arguments,
pictures by their bytes and box. The same request under way is asked once and shared. A hit costs nothing and says so;
failures are not kept. A backend that answers the same request differently each time sets `cacheable = False`.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Protocol

from fmplang.backends.base import Backend, Health, Response, gains_from_batches
from fmplang.backends.pool import Pool, describe, health_of
from fmplang.errors import FmpError, InputError
from fmplang.runtime.requests import Request
from fmplang.runtime.values import (
    Audio,
    Image,
    OrderedSet,
    RecordValue,
    Video,
    digest,
    fields_of,
    fits,
    from_json,
    to_json,
)

LARGEST = 1_000_000  # characters of an answer that is kept


class Store(Protocol):
    """Texts by key. Neither method raises: a cache in trouble is a cache without answers."""

    def get(self, key: bytes) -> str | None: ...

    def put(self, key: bytes, text: str) -> None: ...


class MemoryStore:
    """The last `kept` answers, for as long as the process lives."""

    def __init__(self, kept: int = 100_000) -> None:
        self._kept = kept
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> str | None:
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, key: bytes, text: str) -> None:
        with self._lock:
            self._texts[key] = text
            while len(self._texts) > self._kept:
                self._texts.popitem(last=False)


class Cached:
    """A backend behind a store. Its price stays what the backend asks, so that a run tells what it would have cost."""

    def __init__(self, backend: Backend, store: Store, paid: bool) -> None:
        self.backend = backend
        self.name, self.capability, self.version = backend.name, backend.capability, backend.version
        self.unit: str | None = getattr(backend, "unit", None)
        self.paid = paid
        self.gains_from_batches = gains_from_batches(backend)
        self._store = store
        self._lock = threading.Lock()
        self._under_way: dict[bytes, Future[Response | Exception]] = {}
        if hasattr(backend, "begin"):
            self.begin = self._begin

    def __repr__(self) -> str:
        return f"{self.backend!r} with its answers kept"

    def supports(self, request: Request) -> bool:
        return self.backend.supports(request)

    def price(self, request: Request) -> float:
        return self.backend.price(request)

    def health(self) -> Health:
        return health_of(self.backend)

    def describe(self) -> str:
        return describe(self.backend)

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        """One request after another could have been asked: the first of equal ones pays, the others are hits."""
        keys = [key_of(self.backend, request) for request in requests]
        made: dict[bytes, Response | Exception] = {}
        ours: dict[bytes, Request] = {}
        others: dict[bytes, tuple[Request, Future[Response | Exception]]] = {}
        with self._lock:
            for key, request in zip(keys, requests, strict=True):
                if key in made or key in ours or key in others:
                    continue
                known = recalled(self._store.get(key), request)
                if known is not None:
                    made[key] = known
                elif key in self._under_way:
                    others[key] = request, self._under_way[key]
                else:
                    ours[key] = request
                    self._under_way[key] = Future()
        made |= self._ask(ours)
        for key, (request, future) in others.items():  # ours are answered first, so nobody waits for us meanwhile
            made[key] = self._shared(request, future)
        paid: set[bytes] = set()
        answers: list[Response | Exception] = []
        for key in keys:
            answer = made[key]
            if key in paid and isinstance(answer, Response):
                answer = replace(answer, cost=0.0, cached=True)
            paid.add(key)
            answers.append(answer)
        return answers

    def _begin(self, requests: Sequence[Request]) -> Future[Sequence[Response | Exception]]:
        """As `answer`, without waiting. A thread for the batch, since it may wait for what others asked."""
        whole: Future[Sequence[Response | Exception]] = Future()
        whole.set_running_or_notify_cancel()

        def work() -> None:
            try:
                whole.set_result(self.answer(requests))
            except BaseException as error:
                whole.set_exception(error)

        threading.Thread(target=work, name=f"fmplang-{self.name}", daemon=True).start()
        return whole

    def _ask(self, ours: dict[bytes, Request]) -> dict[bytes, Response | Exception]:
        made: dict[bytes, Response | Exception] = {}
        if not ours:
            return made
        try:
            got: Any = self.backend.answer(list(ours.values()))
            made = dict(zip(ours, got, strict=True))
            for key, request in ours.items():
                text = kept(made[key], request)
                if text is not None:
                    self._store.put(key, text)
        finally:
            with self._lock:
                for key in ours:
                    self._under_way.pop(key).set_result(made.get(key, InterruptedError("the one that asked failed")))
        return made

    def _shared(self, request: Request, future: Future[Response | Exception]) -> Response | Exception:
        """Another caller's answer; where it failed, we ask ourselves, as we would have done after it."""
        got = future.result()
        if isinstance(got, Response):
            return replace(got, cost=0.0, cached=True)
        answer: Response | Exception = self.backend.answer([request])[0]
        return answer


def caching(pool: Pool, store: Store) -> Pool:
    """The pool with its answers kept in a store, but for backends with `cacheable = False`."""
    return pool.with_backends(
        Cached(each, store, pool.paid(each)) if getattr(each, "cacheable", True) is True else each
        for each in pool.backends)


# ------------------------------------------------------------------------ keys


def key_of(backend: Backend, request: Request) -> bytes:
    """32 hex digits in ASCII, which two requests share only where the backend cannot tell them apart."""
    function = request.function
    asked = [backend.name, backend.version, function.name, function.capability, str(function.returns), function.prompt]
    return digest((asked, dict(request.args))).encode("ascii")


# --------------------------------------------------------------------- answers


def kept(answer: Response | Exception, request: Request) -> str | None:
    """An answer as text; None for what cannot be kept: failures, and what is neither text nor a value of the type."""
    if not isinstance(answer, Response):
        return None
    value = answer.value
    try:
        if isinstance(value, str):
            plain: Any = value
        elif fits(value, request.returns):
            plain = [to_json(value)]
            if not _pictures(value) <= _pictures(list(request.args.values())):
                return None  # a picture that the request did not bring could not be found again
        else:
            return None
        text = json.dumps({"value": plain, "confidence": answer.confidence, "cost": answer.cost})
    except (FmpError, TypeError, ValueError):
        return None
    return text if len(text) <= LARGEST else None


def recalled(text: str | None, request: Request) -> Response | None:
    """The answer that `kept` wrote; None where there is none, or it does not fit."""
    if text is None:
        return None

    def picture(type_: Any, told: dict[str, Any]) -> Any:
        for image in _images(list(request.args.values())):
            if image.source.digest == told.get("digest"):
                left, lower, right, upper = told["box"]
                return Image(image.source, (left, lower, right, upper))
        raise InputError("a picture that is not here")

    try:
        told = json.loads(text)
        value = told["value"]
        if not isinstance(value, str):
            value = from_json(value[0], request.returns, picture)
        return Response(value, told["confidence"], 0.0, True)
    except (FmpError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _pictures(value: Any) -> set[str]:
    """The digests of all media in a value; a video or sound counts as one that cannot be found again."""
    return {image.source.digest if isinstance(image, Image) else f"lost {id(image)}" for image in _images(value)}


def _images(value: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (Image, Video, Audio)):
            found.append(part)
        elif isinstance(part, (list, tuple, OrderedSet)):
            waiting += list(part)
        elif isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, RecordValue):
            waiting += [inner for _, inner in fields_of(part)]
    return found
