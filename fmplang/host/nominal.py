"""What a call of a neural function costs, told before there is any request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmplang.backends.base import Backend
from fmplang.check.typed import NeuralFunction
from fmplang.errors import FmpError
from fmplang.host.decide import prices_of
from fmplang.host.examples import examples
from fmplang.runtime.requests import Request

if TYPE_CHECKING:
    from fmplang.backends.pool import Pool


def dearest_in(pool: Pool) -> Callable[[NeuralFunction], float]:
    """The highest price in the pool for an example request of a function; 0 where nobody tells one."""
    known: dict[NeuralFunction, float] = {}

    def dearest(function: NeuralFunction) -> float:
        if function not in known:
            prices = (nominal_price(backend, function) for backend in pool.having(function.capability))
            known[function] = max((price for price in prices if price is not None), default=0.0)
        return known[function]

    return dearest


def nominal_price(backend: Backend, function: NeuralFunction) -> float | None:
    """The price of an example request, or None where the backend prices real requests only."""
    try:
        return prices_of((backend,), fitting(backend, function) or next(examples(function)))[0]
    except FmpError:
        return None


def fitting(backend: Backend, function: NeuralFunction) -> Request | None:
    """An example request that the backend takes."""
    for request in examples(function):
        try:
            if backend.supports(request):
                return request
        except Exception:  # third-party code: what it cannot look at, it does not take
            continue
    return None
