"""Each of the twelve faults at the first, a middle and the last call, for each kind of backend.

A fault ends as it is declared: asked again, replaced, or a typed error that names site, backend and cause; with one row
for each decision, and the spend right to the cent. The three places take the three ways of driving a run in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import fmplang
from fmplang.backends import deadline
from fmplang.backends.openai import loop
from fmplang.backends.openai import server as server_module
from fmplang.backends.transformers import loader
from fmplang.errors import BackendError
from fmplang.host.recovery import Recovery
from tests.backends.openai.serving import ServerOfSteps
from tests.faults import every_kind
from tests.faults.every_kind import FREE, IMPOSSIBLE, KINDS, NAMES, PRICE, TICKET, Case, Hanging, Stage
from tests.host.programs import backend

NEEDED = {"embedded": ("sklearn",), "transformers": ("torch", "transformers"), "server": ("httpcore2",)}
WITHOUT = Recovery(retries=0, fallback="none", recoveries=0)
AGAIN = Recovery(retries=1, fallback="none", recoveries=0)
DEARER = Recovery(retries=0, fallback="dearer", recoveries=0)
GOOD = 1000.0  # what the backend that always answers costs
Play = Callable[[str, "Case | None", set[int]], Stage]


@pytest.fixture(scope="module")
def running() -> Iterator[ServerOfSteps]:
    server = ServerOfSteps()
    yield server
    server.close()


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from fmplang.backends.transformers.loader import QUIET
    from tests.backends.transformers import tiny

    folder = tmp_path_factory.mktemp("nli")
    torch.manual_seed(11)
    with QUIET:
        tiny.nli(folder)
    return folder


@pytest.fixture
def play(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Makes the stage of a kind, with a case at some asks. No clock runs: a time is up when something hangs."""
    hanging = Hanging()
    monkeypatch.setattr(deadline, "wait", hanging.wait)
    begun: list[asyncio.Timeout] = []

    def timeout(seconds: float) -> asyncio.Timeout:
        begun.append(asyncio.timeout(60))
        return begun[-1]

    def time_is_up() -> None:
        loop.event_loop().call_soon_threadsafe(lambda: begun[-1].reschedule(0.0))

    with ExitStack() as stack:
        def make(kind: str, case: Case | None, faulty: set[int]) -> Stage:
            if any(find_spec(package) is None for package in NEEDED.get(kind, ())):
                pytest.skip(f"{' and '.join(NEEDED[kind])} not installed")
            if kind == "server":
                monkeypatch.setattr(server_module, "timeout", timeout)
                return stack.enter_context(every_kind.server(case, faulty, request.getfixturevalue("running"),
                                                             time_is_up))
            if kind == "tesseract":
                return every_kind.tesseract(case, faulty, tmp_path, monkeypatch.setenv)
            if kind == "transformers":
                monkeypatch.setattr(loader, "gc", SimpleNamespace(collect=int))  # a second for all that torch holds
                stage = every_kind.transformers(case, faulty, hanging, request.getfixturevalue("tiny_model"),
                                                monkeypatch.setattr)
                stack.callback(stage.backend.unload)  # type: ignore[attr-defined]
                return stage
            if kind == "embedded":
                return every_kind.embedded(case, faulty, hanging)
            return every_kind.function(case, faulty, hanging, batch=kind == "function of batches")

        yield make
    hanging.over.set()


def once(made: fmplang.Runtime, stage: Stage) -> fmplang.Run:
    return made.run(stage.program, **stage.inputs)


def by_arun(made: fmplang.Runtime, stage: Stage) -> fmplang.Run:
    return asyncio.run(made.arun(stage.program, **stage.inputs))


def by_stream(made: fmplang.Runtime, stage: Stage) -> fmplang.Run:
    (run,) = made.stream(stage.program, [stage.inputs], concurrency=3)
    return run


DRIVERS = (once, by_arun, by_stream)
CASES = [pytest.param(kind, name, id=f"{kind}-{name}") for kind, cases in KINDS.items() for name in cases]
every_case = pytest.mark.parametrize(("kind", "name"), CASES)
PLACES = ("first", "middle", "last")
every_place = pytest.mark.parametrize("place", range(3), ids=PLACES)
# Where processes are started or models loaded, one place in turn, and the others by night.
at_places = pytest.mark.parametrize(("kind", "name", "place"), [
    pytest.param(kind, name, place, id=f"{kind}-{name}-{where}", marks=pytest.mark.nightly
                 if kind in ("tesseract", "transformers") and place != NAMES.index(name) % 3 else ())
    for kind, cases in KINDS.items() for name in cases for place, where in enumerate(PLACES)])


@pytest.fixture(scope="module")
def usual() -> dict[str, list[Any]]:
    """What the calls of a kind give when all is well, once it is known."""
    return {}


def when_all_is_well(kind: str, play: Play, usual: dict[str, list[Any]]) -> list[Any]:
    if kind not in usual:
        stage = play(kind, None, set())
        usual[kind] = [call.value for call in once(runtime(stage, WITHOUT), stage).trace]
        if kind == "transformers":
            stage.backend.unload()  # type: ignore[attr-defined]
    return usual[kind]


def runtime(stage: Stage, rule: Recovery, *more: Any) -> fmplang.Runtime:
    pool = fmplang.Pool([stage.backend, *more], unit="units")
    return fmplang.Runtime(pool=pool, policy="cheapest", budget=1e6, recovery=rule)


def loss(case: Case, stage: Stage, price: float) -> float:
    """What the faulty ask costs."""
    return {PRICE: price, FREE: 0.0}.get(case.costs, stage.used or 0.0)


def books(made: fmplang.Runtime, stage: Stage, rows: int) -> tuple[list[Any], list[float]]:
    """The rows of the run, one for each decision, and what each call costs when all is well."""
    record = made.ledger.find_run("last").record
    assert len(record.calls) == rows == len({call.order for call in record.calls}) and not record.abandoned
    assert all(call.done for call in record.calls) and made._purse.reserved == 0
    assert record.cost == pytest.approx(made.spent, abs=1e-9)
    assert sum(call.spent for call in record.calls) == pytest.approx(made.spent, abs=1e-9)
    return record.calls, [call.prices[0] if stage.used is None else stage.used for call in record.calls]


def test_every_fault_is_in_the_table_of_every_kind_or_said_to_be_impossible() -> None:
    for kind, cases in KINDS.items():
        if kind != "function of batches":
            assert [n for n in NAMES if n not in cases] == [n for k, n in IMPOSSIBLE if k == kind]


@every_place
@every_case
def test_without_a_rule_it_is_a_typed_error(kind: str, name: str, place: int, play: Play) -> None:
    case = KINDS[kind][name]
    stage = play(kind, case, {place})
    made = runtime(stage, WITHOUT)
    error: BackendError | None = None
    try:
        DRIVERS[place](made, stage)
    except BackendError as caught:
        error = caught
    calls, costs = books(made, stage, 3 if not case.code else place + 1)
    call = calls[place]
    cost = loss(case, stage, call.prices[0])
    costs[place] = cost
    assert made.spent == pytest.approx(sum(costs), abs=1e-9) and call.cost == pytest.approx(cost, abs=1e-9)
    if not case.code:
        assert error is None and case.told in call.flags
        return
    assert error is not None and error.code == case.code and error.site == call.site and error.backend == "bad"
    assert case.told in error.message and error.message.isprintable() and len(error.message) < 1500
    assert error.hint and error.run_id == made.ledger.find_run("last").record.id and call.error.startswith(case.code)
    assert error.source is not None and error.span is not None


@at_places
def test_asked_again_it_passes_where_that_is_declared(kind: str, name: str, place: int, play: Play,
                                                      usual: dict[str, list[Any]]) -> None:
    case = KINDS[kind][name]
    right = when_all_is_well(kind, play, usual)
    stage = play(kind, case, {place})
    made = runtime(stage, AGAIN)
    if case.code and not case.passes:
        with pytest.raises(BackendError) as caught:
            DRIVERS[place](made, stage)
        assert caught.value.code == case.code and books(made, stage, place + 1)[0][place].attempts == ()
        return
    run = DRIVERS[place](made, stage)
    calls, costs = books(made, stage, 3)
    lost = loss(case, stage, calls[place].prices[0])
    assert run.value == "".join(right) and calls[place].backend == "bad"
    if case.code:
        ((who, did),) = calls[place].attempts
        assert who == "bad" and did.startswith(case.code) and calls[place].lost == pytest.approx(lost, abs=1e-9)
        assert made.spent == pytest.approx(sum(costs) + lost, abs=1e-9)


@at_places
def test_another_backend_takes_its_place(kind: str, name: str, place: int, play: Play,
                                         usual: dict[str, list[Any]]) -> None:
    case = KINDS[kind][name]
    if not case.code:
        return
    right = when_all_is_well(kind, play, usual)
    stage = play(kind, case, {place})
    good = backend(stage.backend.capability, lambda request: right[place], "good", GOOD)
    made = runtime(stage, DEARER, good)
    run = DRIVERS[place](made, stage)
    calls, costs = books(made, stage, 3)
    call = calls[place]
    lost = loss(case, stage, call.prices[0])
    assert run.value == "".join(right) and (call.backend, call.arm, call.answered) == ("good", 0, 1)
    assert [who for who, _ in call.attempts] == ["bad"] and call.lost == pytest.approx(lost, abs=1e-9)
    costs[place] = GOOD + lost
    assert made.spent == pytest.approx(sum(costs), abs=1e-9) and len(good.requests) == 1


def test_a_function_that_hangs_is_left_behind_and_the_run_goes_on(play: Play) -> None:
    """The host cannot stop it: its thread goes on, and does not keep the process."""
    stage = play("function", KINDS["function"]["times out"], {0})
    made = runtime(stage, DEARER, backend("classify", "shipping", "good", GOOD))
    assert once(made, stage).value == "shippingbillingbilling"


def test_a_run_that_is_given_up_on_an_event_loop_counts_what_it_may_cost() -> None:
    """Without a timeout of its own a function hangs as long as it likes; a loop need not wait for it."""
    hanging = Hanging()

    @fmplang.backend("classify", name="bad", cost=3.0)
    def bad(request: Any) -> str:
        hanging.hang()
        return "billing"

    made = fmplang.Runtime(pool=[bad], policy="cheapest", budget=100.0)

    async def give_up() -> None:
        run = asyncio.ensure_future(made.arun(every_kind.LABELS, **TICKET))
        await asyncio.to_thread(hanging.hangs.wait)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        hanging.over.set()

    asyncio.run(give_up())
    record = made.ledger.find_run("last").record
    assert made.spent == record.cost == 3.0 and made._purse.reserved == 0 and record.error == "CancelledError"
    assert len(record.calls) == 1 and not record.calls[0].done
