"""The bounds of a program: how often each site is asked, and what a run costs, at least, at most and on average."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmplang.check.bounds.amounts import CALLS, COST, EVERYTHING, SUMS, Amounts, Path, Price, meet
from fmplang.check.bounds.expressions import Lost
from fmplang.check.bounds.facts import by_type
from fmplang.check.bounds.frame import Turn
from fmplang.check.bounds.statements import Walker
from fmplang.check.typed import FunctionInfo, NeuralFunction, Site, SiteNode, TypedProgram
from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Label
from fmplang.syntax.source import Span

USUAL = 3.0  # elements of a list of unknown length, on average
FUEL = 1_000_000  # nodes looked at


class Range(Frozen, eq=True):
    """At least, on average, at most. `mean` is None where nothing can be said."""

    least: float
    mean: float | None
    most: float


class SiteBounds(Frozen):
    """One site: its calls in a run, and what they cost. `share` is what it adds to the most that a run may cost."""

    site: Site
    calls: Range
    cost: Range


class PathBounds(Frozen):
    """One way through the entry: the choices made on it, where it ends, and what it takes. `chance` by the model."""

    turns: tuple[Turn, ...]
    end: Span | None
    chance: float
    calls: Range
    cost: Range


class Bounds(Frozen):
    """What `bounds` found.

    `calls` and `cost` are of a run that comes to its end: one that fails may stop sooner, and none takes more, as
    long as each call is answered by the first backend asked and no assertion fails. `everything` holds also where
    backends fail and others are asked, where a policy asks more than one, and where runs are begun anew.
    `stopped` says that only the limit of neural calls bounds the calls; `followed` that the walk came to its end.
    """

    program: TypedProgram
    sites: tuple[SiteBounds, ...]
    paths: tuple[PathBounds, ...]
    calls: Range
    cost: Range
    everything: float
    stopped: bool
    followed: bool
    neural_calls: int


def bounds(program: TypedProgram, price: Callable[[NeuralFunction], Price], limits: Limits = Limits(), *,  # noqa: B008
           usual: float = USUAL, rounds: int = 1, fuel: int = FUEL) -> Bounds:
    """The bounds of a program's runs within `limits`, at these prices.

    The model behind the averages: every test comes out either way as often, but for those that are decided; a list
    of unknown length has `usual` elements, as far as what is known of its length allows that. `rounds` is how often a
    run may be begun, with failed assertions.
    """
    cap = limits.neural_calls
    sites = list(_sites(program.root, ()))
    if not any(isinstance(node, ast.Assert) for function in program.functions for node in _all(function)):
        rounds = 1
    try:
        walker = Walker(program, price, limits, usual, fuel)
        walker.apart = True
        entry = program.entry
        states = walker.ways(entry, (), {i: by_type(p.type, limits) for i, p in enumerate(entry.params)})
        whole = meet([(state.amounts, state.chance) for state in states])
    except (Lost, RecursionError):
        return _unfollowed(program, sites, price, cap, rounds)
    prices = {path: price(site.function) for path, site in sites}
    found = []
    for path, site in sites:
        calls = _range(whole, path, cap)
        each = prices[path]
        found.append(SiteBounds(site, calls, Range(
            calls.least * each.least, None if calls.mean is None else calls.mean * each.mean, calls.most * each.most)))
    chances = sum(state.chance for state in states) or 1.0
    paths = [
        PathBounds(state.turns, state.end, state.chance / chances, _range(state.amounts, CALLS, cap),
                   _cost(state.amounts, prices, cap))
        for state in sorted(states, key=lambda state: (state.end is None, state.end.start if state.end else 0))
    ]
    cost = _cost(whole, prices, cap)
    every = {path: each.everything for path, each in prices.items()}
    most = {path: calls * rounds for path, calls in whole.most.items() if path not in SUMS}
    everything = min(whole.most.get(EVERYTHING, 0.0) * rounds, _dearest(most, every, cap))
    return Bounds(program, tuple(found), tuple(paths), _range(whole, CALLS, cap), cost, max(everything, cost.most),
                  whole.most.get(CALLS, 0) > cap, True, cap)


def over_budget(found: Bounds, budget: float, unit: str = "") -> Diagnostic | None:
    """What is wrong where the most that a run may cost is more than `budget`; it points at the dearest site."""
    if found.everything <= budget * (1 + 1e-9):
        return None
    entry = found.program.entry
    source = found.program.source
    told = f" {unit}" if unit else ""
    own = [each for each in found.sites if each.site.source is source] or list(found.sites)
    dearest = max(own, key=lambda each: each.cost.most, default=None)
    name = entry.node.name
    labels: tuple[Label, ...] = ()
    span = name.span
    if dearest is not None and dearest.site.source is source:
        span = dearest.site.span
    elif dearest is not None:
        key = dearest.site.id.split("/")[1] if "/" in dearest.site.id else ""
        span = next((call.node.span for call in entry.calls if call.key == key), name.span)
    if dearest is not None:
        often = "once" if dearest.calls.most == 1 else f"up to {dearest.calls.most:g} times"
        text = f"asked {often}, for up to {dearest.cost.most:.6g}{told}"
        labels = (Label(name.span, "runs begin here"),) if span != name.span else ()
        title = (f"a run may cost {found.everything:.6g}{told}, and the budget is {budget:g}: {dearest.site.id} is "
                 f"{text}")
    else:
        title = f"a run may cost {found.everything:.6g}{told}, and the budget is {budget:g}"
    first = f"Without retries and second opinions it is {found.cost.most:.6g}. " \
        if found.everything > found.cost.most * (1 + 1e-9) else ""
    help = f"{first}Cut the lists that are looped over (`xs[:5]`), or lower a limit: `--limit neural_calls=N`."
    return Diagnostic("FMP617", title, source, span, "error", labels, f"at most {budget:g}{told}",
                      f"up to {found.everything:.6g}{told}", help, ())


def _sites(node: SiteNode, path: Path) -> Iterator[tuple[Path, Site]]:
    for index, call in enumerate(node.function.calls):
        if isinstance(call.target, NeuralFunction):
            yield (*path, index), node.site(index)
        else:
            yield from _sites(node.child(index), (*path, index))


def _range(amounts: Amounts, key: Path, cap: float) -> Range:
    least, most = amounts.least.get(key, 0), min(cap, amounts.most.get(key, 0))
    return Range(least, min(max(amounts.mean.get(key, 0.0), least), max(most, least)), most)


def _cost(amounts: Amounts, prices: dict[Path, Price], cap: float) -> Range:
    least = amounts.least.get(COST, 0.0)
    most = min(amounts.most.get(COST, 0.0), _dearest(amounts.most, {k: p.most for k, p in prices.items()}, cap))
    return Range(least, min(max(amounts.mean.get(COST, 0.0), least), max(most, least)), most)


def _dearest(calls: dict[Path, float], price: dict[Path, float], cap: float) -> float:
    """The most that `cap` calls can cost, of each site no more than it has."""
    left, cost = cap, 0.0
    for path in sorted(price, key=lambda path: -price[path]):
        taken = min(left, calls.get(path, 0))
        if taken:
            cost += taken * price[path]
            left -= taken
    return cost


def _unfollowed(program: TypedProgram, sites: list[tuple[Path, Site]], price: Callable[[NeuralFunction], Price],
                cap: int, rounds: int) -> Bounds:
    """Only the limit of neural calls is known."""
    found = tuple([
        SiteBounds(site, Range(0, None, cap), Range(0.0, None, cap * price(site.function).most)) for _, site in sites])
    most = max((each.cost.most for each in found), default=0.0)
    everything = max((cap * price(site.function).everything for _, site in sites), default=0.0)
    calls = cap if sites else 0
    return Bounds(program, found, (), Range(0, None, calls), Range(0.0, None, most), everything, bool(sites), False,
                  cap)


def _all(function: FunctionInfo) -> Iterator[ast.Node]:
    stack: list[ast.Node] = list(function.node.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Assert, ast.If, ast.For, ast.Branch)):
            yield node
            stack += ast.children(node)

