"""A pool whose backends remember, in memory, what they were asked: the same request is paid for once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fmplang.backends.base import Backend, Health, Response
from fmplang.backends.pool import Pool, health_of
from fmplang.runtime.requests import Request
from fmplang.runtime.values import to_json

if TYPE_CHECKING:
    from collections.abc import Hashable


class Remembering:
    """A backend that is asked each request once; a remembered answer costs nothing. Failures are not remembered.

    Its price stays what the backend asks, so that a run's prices tell what it would have cost.
    """

    def __init__(self, backend: Backend, paid: bool) -> None:
        self.backend = backend
        self.name, self.capability, self.version = backend.name, backend.capability, backend.version
        self.unit: str | None = getattr(backend, "unit", None)
        self.paid = paid
        self._known: dict[Hashable, Response] = {}

    def supports(self, request: Request) -> bool:
        return self.backend.supports(request)

    def price(self, request: Request) -> float:
        return self.backend.price(request)

    def health(self) -> Health:
        return health_of(self.backend)

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        keys = [_key(request) for request in requests]
        new = {key: request for key, request in zip(keys, requests, strict=True) if key not in self._known}
        got = dict(zip(new, self.backend.answer(list(new.values())), strict=True)) if new else {}
        made: list[Response | Exception] = []
        for key in keys:
            remembered = self._known.get(key)
            result = remembered if remembered is not None else got[key]
            if remembered is None and isinstance(result, Response):
                self._known[key] = replace(result, cost=0.0)
            made.append(result)
        return made


def remembering(pool: Pool) -> Pool:
    """The pool, of backends that remember."""
    return Pool([Remembering(each, pool.paid(each)) for each in pool.backends], name=pool.name, unit=pool.unit,
                encoder=pool.encoder)


def _key(request: Request) -> Hashable:
    return request.function.name, json.dumps({name: to_json(value) for name, value in request.args.items()},
                                             sort_keys=True)
