"""The cost of a program before it runs: what a pool asks for each neural function, and the bounds that follow.

A backend may price a call by what it is asked, so each is asked for its price of several example requests, from a
picture of one pixel to the largest that is reckoned with. The dearest counts for the most and the cheapest for the
least: this holds where prices grow with pictures, texts and lists, as those of all backends that ship do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fmplang.check.bounds import Bounds, Price, Range, SiteBounds, bounds
from fmplang.check.typed import NeuralFunction, TypedProgram
from fmplang.check.types import IMAGE, STR, ListType
from fmplang.errors import BackendError, ConfigError, FmpError
from fmplang.frozen import replace
from fmplang.host.decide import prices_of
from fmplang.host.examples import SIDE as USUAL
from fmplang.host.examples import examples
from fmplang.host.recovery import Recovery
from fmplang.limits import Limits
from fmplang.runtime.requests import Request

if TYPE_CHECKING:
    from fmplang.backends.base import Backend
    from fmplang.backends.pool import Pool
    from fmplang.ledger.base import StoredRun

SIDE = 1024  # pixels of the largest picture, where nobody says
CHARACTERS = 1_000  # of the longest text
ELEMENTS = 20  # of the longest list of texts or pictures that is handed over
ONE_ARM = frozenset({"static", "cheapest", "strongest", "random", "oracle", "router", "full", "thompson",
                     "reinforce"})
"""Policies that ask one backend for each call. All others may ask more, to learn or to be sure."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The largest arguments that prices are asked for."""

    width: int = SIDE
    height: int = SIDE
    characters: int = CHARACTERS


class CallPrices:
    """What a call of a function costs under a pool, as far as that can be told before it. NoBackend (FMP703) where
    nothing in the pool can answer, BackendError (FMP706) where nobody tells a price."""

    def __init__(self, pool: Pool, recovery: Recovery, sizes: Sizes = Sizes(), *, several: bool = True) -> None:
        self._pool = pool
        self._recovery = recovery
        self._sizes = sizes
        self._several = several
        self._known: dict[NeuralFunction, Price] = {}

    def of(self, function: NeuralFunction) -> Price:
        if function not in self._known:
            self._known[function] = self._price(function)
        return self._known[function]

    def _price(self, function: NeuralFunction) -> Price:
        self._pool.require(function)
        health = self._pool.health()
        requests = list(_sized(function, self._sizes))
        told: dict[str, list[float]] = {}
        for backend in self._pool.having(function.capability):
            prices = _told(backend, requests) if health[backend.name].ok else []
            if prices:
                told[backend.name] = prices
        if not told:
            raise BackendError(f"no backend with the capability {function.capability!r} tells a price for "
                               f"{function.name}", code="FMP706", hint="mend their `price`")
        usual = [prices[0] for prices in told.values()]
        most = {name: max(prices) for name, prices in told.items()}
        return Price(min(map(min, told.values())), sum(usual) / len(usual), max(most.values()), self._everything(most))

    def _everything(self, most: dict[str, float]) -> float:
        """Every backend that may be asked for one call, as often as it may be."""
        rule = self._recovery
        tries = 1 + rule.retries
        if self._several or rule.recoveries or rule.fallback in ("dearer", "cheaper"):
            return tries * sum(most.values())
        others = sum(most.get(name, 0.0) for name in rule.backends)
        return tries * min(sum(most.values()), max(most.values()) + others)


def program_bounds(program: TypedProgram, pool: Pool, recovery: Recovery, limits: Limits, *,
                   sizes: Sizes = Sizes(), usual: float | None = None, policy: str = "") -> Bounds:
    """The bounds of a program under a pool. `usual` is how long lists of unknown length are on average; a `policy`
    that is known to ask one backend for each call makes `everything` smaller."""
    several = policy.partition(":")[0] not in ONE_ARM
    prices = CallPrices(pool, recovery, sizes, several=several)
    more: dict[str, Any] = {} if usual is None else {"usual": usual}
    return bounds(program, prices.of, limits, rounds=1 + recovery.recoveries, **more)


@dataclass(frozen=True, slots=True)
class Observed:
    """What recorded runs of a program asked and paid: means over `runs` runs, by site id and in all."""

    runs: int
    calls: Mapping[str, float]
    costs: Mapping[str, float]
    cost: float


def observed(runs: Iterable[StoredRun], digest: str) -> Observed:
    """The means over the runs of one program that came to their end. ConfigError (FMP842) where there are none."""
    count, paid = 0, 0.0
    calls: dict[str, int] = {}
    costs: dict[str, float] = {}
    for run in runs:
        record = run.record
        if record.program != digest or record.error is not None:
            continue
        count += 1
        paid += record.cost
        for call in record.calls:
            calls[call.site] = calls.get(call.site, 0) + 1
            costs[call.site] = costs.get(call.site, 0.0) + call.cost
    if not count:
        raise ConfigError("the ledger holds no run of this program that has come to its end", code="FMP842",
                          hint="name the ledger with --ledger; a program that was changed since counts as another")
    return Observed(count, {site: n / count for site, n in calls.items()},
                    {site: cost / count for site, cost in costs.items()}, paid / count)


def with_observed(found: Bounds, seen: Observed) -> Bounds:
    """The bounds with the means of recorded runs in the place of the model's."""
    sites = tuple([
        SiteBounds(each.site, _with_mean(each.calls, seen.calls.get(each.site.id, 0.0)),
                   _with_mean(each.cost, seen.costs.get(each.site.id, 0.0))) for each in found.sites])
    return replace(found, sites=sites, calls=_with_mean(found.calls, sum(seen.calls.values())),
                   cost=_with_mean(found.cost, seen.cost))


def _with_mean(told: Range, mean: float) -> Range:
    return Range(told.least, mean, told.most)


def _told(backend: Backend, requests: Iterable[Request]) -> list[float]:
    """What a backend asks for those of the requests that it can price. Whether it would answer them is not looked at:
    a specialist may take none of the examples, and the program's own calls."""
    prices: list[float] = []
    for request in requests:
        try:
            prices += prices_of((backend,), request)
        except FmpError:
            continue
    return prices


def _sized(function: NeuralFunction, sizes: Sizes) -> Iterator[Request]:
    """Example requests; the first is an ordinary one."""
    small, large = _picture(1, 1), _picture(sizes.width, sizes.height)
    usual = _picture(min(USUAL, sizes.width), min(USUAL, sizes.height))
    for given in examples(function):
        args = {name: _resized(value, usual) for name, value in given.args.items()}
        example = Request(given.site, args, given.order)
        yield example
        for picture in (small, large):
            args = {name: _resized(value, picture) for name, value in example.args.items()}
            yield Request(example.site, args, example.order)
        text = "x" * sizes.characters
        long = dict(example.args)
        for param in function.params:
            if param.type == STR:
                long[param.name] = text
            elif param.type == ListType(STR):
                long[param.name] = [text] * ELEMENTS
            elif param.type == ListType(IMAGE):
                long[param.name] = [large] * ELEMENTS
            else:
                long[param.name] = _resized(long[param.name], large)
        yield Request(example.site, long, example.order)
        short = {param.name: "" if param.type == STR else [] if isinstance(param.type, ListType)
                 else _resized(example.args[param.name], small) for param in function.params}
        yield Request(example.site, short, example.order)


def _picture(width: int, height: int) -> Any:
    """Of one colour; its pixels are made when somebody looks at them."""
    from fmplang.runtime.values.images import Image, ImageSource

    def load() -> Any:
        import numpy as np

        return np.broadcast_to(np.uint8(127), (height, width, 3))

    return Image(ImageSource(load, "<example>"), (0, 0, width, height))


def _resized(value: Any, picture: Any) -> Any:
    from fmplang.runtime.values.images import Image

    if isinstance(value, Image):
        return picture
    if isinstance(value, list):
        return [_resized(item, picture) for item in value]
    return value
