"""What a call of a neural function costs, told before there is any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.backends.base import Backend
from fmplang.check.typed import NeuralFunction
from fmplang.errors import FmpError
from fmplang.host.decide import prices_of
from fmplang.host.examples import examples
from fmplang.runtime.requests import Request

if TYPE_CHECKING:
    from fmplang.backends.pool import Pool


class Prices:
    """The prices that a pool's backends ask for an example request of a function."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[NeuralFunction, tuple[float, float]] = {}

    def cheapest(self, function: NeuralFunction) -> float:
        """0 where nobody tells a price."""
        return self._ends(function)[0]

    def dearest(self, function: NeuralFunction) -> float:
        """0 where nobody tells a price."""
        return self._ends(function)[1]

    def _ends(self, function: NeuralFunction) -> tuple[float, float]:
        if function not in self._known:
            told = (nominal_price(backend, function) for backend in self._pool.having(function.capability))
            prices = [price for price in told if price is not None] or [0.0]
            self._known[function] = min(prices), max(prices)
        return self._known[function]


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
