"""The cost of a program under a pool, and that no run of a host costs more: with retries, fallbacks, second opinions
and runs that are begun anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fmplang
from fmplang import Limits, Recovery, Response
from fmplang.errors import BackendError, ConfigError, FmpError, NoBackend
from fmplang.host.costs import CallPrices, Sizes, observed, program_bounds, with_observed
from fmplang.policy.ask_all import AskAll
from fmplang.policy.registry import resolve
from tests.check.bounds.lengths import programs
from tests.host.programs import backend, program

ONCE = Recovery(retries=0, fallback="none", recoveries=0)
LIMITS = Limits(neural_calls=400, steps=20_000, items=8, own_seconds=300.0, memory=2**30)


def a_pool(*backends: Any) -> fmplang.Pool:
    return fmplang.Pool(backends or [backend("vqa", True, "small", 1.0), backend("vqa", False, "big", 4.0),
                                     backend("llm", "x", "talker", 2.0)])


ASK = program("if ask(t):\n    return 1\nreturn 0", "t: str", "int")


def test_the_pool_prices_each_call() -> None:
    found = program_bounds(ASK.typed, a_pool(), ONCE, Limits(), policy="strongest")
    assert (found.cost.least, found.cost.mean, found.cost.most, found.everything) == (1.0, 2.5, 4.0, 4.0)


@pytest.mark.parametrize(("recovery", "policy", "most"), [
    (ONCE, "strongest", 4.0), (ONCE, "counterfactual", 5.0), (ONCE, "static:vqa=small", 4.0),
    (Recovery(retries=2, fallback="none", recoveries=0), "cheapest", 12.0),
    (Recovery(retries=0, fallback="dearer", recoveries=0), "cheapest", 5.0),
    (Recovery(retries=1, fallback=("small",), recoveries=0), "cheapest", 10.0),
    (Recovery(retries=1, fallback="cheaper", recoveries=3), "lints:warm=3", 10.0),
])
def test_everything_counts_what_a_host_may_ask_besides(recovery: Recovery, policy: str, most: float) -> None:
    assert program_bounds(ASK.typed, a_pool(), recovery, Limits(), policy=policy).everything == most


def test_a_pool_that_cannot_answer_has_no_price() -> None:
    with pytest.raises(NoBackend):
        program_bounds(ASK.typed, a_pool(backend("llm", "x", "talker", 2.0)), ONCE, Limits())


def test_prices_that_grow_are_asked_at_both_ends() -> None:
    text = "def main(image: Image, t: str) -> str:\n    return simple_query(image, t)\n"
    made = fmplang.compile(text)

    def area(request: Any) -> float:
        width, height = request.args["image"].size
        return width * height / 100 + len(request.args["question"])

    pool = fmplang.Pool([fmplang.backend("vqa", name="by-size", cost=area)(lambda request: "x")])
    (function,) = {site.function for site in made.sites()}
    price = CallPrices(pool, ONCE, Sizes(200, 100, 500)).of(function)
    assert price.least == 0.01 and price.most == 200 * 100 / 100 + 500


def test_a_specialist_that_takes_none_of_the_examples_is_priced_too() -> None:
    def wants_zebras(request: Any) -> bool:
        return bool(request.args["text"] == "zebra")

    zebra = fmplang.backend("vqa", name="zebra", cost=50.0, supports=wants_zebras)(lambda request: True)
    pool = a_pool(backend("vqa", True, "small", 1.0), zebra)
    assert program_bounds(ASK.typed, pool, ONCE, Limits()).cost.most == 50.0


def test_a_backend_that_tells_no_price_is_an_error_where_it_is_alone() -> None:
    def none(request: Any) -> float:
        raise ValueError("no")

    pool = fmplang.Pool([fmplang.backend("vqa", name="odd", cost=none)(lambda request: True)])
    with pytest.raises(BackendError, match="tells a price"):
        program_bounds(ASK.typed, pool, ONCE, Limits())


def runs_of(text: str, seed: int, policy: Any, recovery: Recovery, failing: bool) -> tuple[Any, list[Any]]:
    """The bounds of a program, and the records of a few of its runs on backends that answer by chance."""
    import random

    chance = random.Random(seed)

    def answer(request: Any) -> Any:
        if failing and chance.random() < 0.2:
            raise TimeoutError("slow") if chance.random() < 0.5 else ConnectionError("reset")
        name = request.function.name
        if name == "ask":
            return Response(chance.random() < 0.5, confidence=chance.random())
        if name == "nums":
            return [chance.randrange(-1, 4) for _ in range(chance.choice((0, 1, 3, 8)))]
        if name == "words":
            return ["red"] * chance.randrange(4)
        return chance.choice(("red", "blue")) if name == "kind" else chance.randrange(-2, 6)

    pool = fmplang.Pool([backend(capability, answer, f"{capability}-{cost:g}", cost)
                         for capability in ("vqa", "llm") for cost in (1.0, 3.0, 7.5)])
    made = fmplang.compile(text)
    found = program_bounds(made.typed, pool, recovery, LIMITS, policy="asks more than one")
    records = []
    with fmplang.Runtime(pool=pool, policy=policy, ledger=None, limits=LIMITS, recovery=recovery, seed=seed,
                         cache=None) as runtime:
        for inputs in ({"n": 2, "xs0": [1, 2]}, {"n": 5, "xs0": []}):
            try:
                run = runtime.run(made, **inputs)
            except FmpError as error:
                records.append(error.record)
            else:
                records.append(run)
    return found, records


def hold(found: Any, records: Sequence[Any], failing: bool) -> None:
    for run in records:
        if run is None:
            continue
        cost = run.cost
        assert cost <= found.everything + 1e-9
        done = getattr(run, "error", None) is None
        if not failing and done and not getattr(getattr(run, "trace", run), "recoveries", ()):
            assert cost >= found.cost.least - 1e-9


@pytest.mark.fuzz
@settings(max_examples=8)
@given(programs(), st.integers(0, 99))
def test_no_run_of_a_host_costs_more(text: str, seed: int) -> None:
    policy = AskAll(resolve("random")) if seed % 3 == 0 else "random"
    found, records = runs_of(text, seed, policy, Recovery(1, "dearer", 1), seed % 2 == 0)
    hold(found, records, seed % 2 == 0 or seed % 3 == 0)


@pytest.mark.nightly
@settings(max_examples=400)
@given(programs(), st.integers(0, 999))
def test_no_run_of_many_costs_more(text: str, seed: int) -> None:
    policy = (AskAll(resolve("random")), "random", "counterfactual", "cascade")[seed % 4]
    found, records = runs_of(text, seed, policy, Recovery(seed % 3, "dearer", seed % 2), seed % 5 > 2)
    hold(found, records, True)


def test_means_come_from_recorded_runs() -> None:
    pool = a_pool()
    with fmplang.Runtime(pool=pool, policy="strongest", ledger=None, recovery=ONCE, cache=None) as runtime:
        for text in ("a", "b"):
            runtime.run(ASK, t=text)
        seen = observed(runtime.ledger.runs(), ASK.digest)
        with pytest.raises(ConfigError, match="no run of this program"):
            observed(runtime.ledger.runs(), "another")
    assert (seen.runs, seen.calls, seen.costs, seen.cost) == (2, {"main/ask": 1.0}, {"main/ask": 4.0}, 4.0)
    found = with_observed(program_bounds(ASK.typed, pool, ONCE, Limits()), seen)
    assert (found.cost.mean, found.calls.mean, found.sites[0].cost.mean) == (4.0, 1.0, 4.0)
