"""Runs in lockstep and on an event loop are, each of them, exactly what they are one after another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fmplang
from fmplang.backends.base import Response
from fmplang.backends.caching import MemoryStore
from fmplang.errors import FmpError
from fmplang.host import gathering
from fmplang.policy.base import Decision, PolicyCall
from fmplang.runtime.requests import Request
from tests.host.programs import TWO, backend, program

THREADS = ThreadPoolExecutor(4)


class Steady:
    """Answers each request as its text and the backend's name say, whatever else it was asked: a value, text that
    decodes or does not, a failure that passes, or one that does not. `way` is how it takes requests."""

    version, unit = "1", "units"

    def __init__(self, name: str, capability: str, price: float, way: str) -> None:
        self.name, self.capability, self.cost = name, capability, price
        self.gains_from_batches = way == "batches"
        self.batches: list[int] = []
        self._tried: set[Any] = set()
        self._lock = threading.Lock()
        if way == "begins":
            self.begin = self._begin

    def supports(self, request: Request) -> bool:
        return True

    def price(self, request: Request) -> float:
        return self.cost + len(request.args["text"]) / 8

    def answer(self, requests: Sequence[Request]) -> list[Response | Exception]:
        self.batches.append(len(requests))
        return [self._said(request) for request in requests]

    def _begin(self, requests: Sequence[Request]) -> Future[list[Response | Exception]]:
        return THREADS.submit(self.answer, requests)

    def _said(self, request: Request) -> Response | Exception:
        chance = crc32(f"{self.name} {request.function.name} {request.args['text']}".encode())
        key = request.run_id, request.order, request.args["text"]
        with self._lock:
            first = key not in self._tried
            self._tried.add(key)
        match chance % 9:
            case 0:
                return ValueError("broken")
            case 1 if first:
                return ConnectionError("reset")
            case 2:
                return Response("perhaps", cost=0.5)
        if self.capability == "vqa":
            return Response(bool(chance & 64), confidence=(chance >> 8) % 100 / 100)
        return Response(str(chance // 64 % 5), confidence=None if chance & 32 else 0.5)


class Draws:
    """Chooses by chance, now and then with shadows and cascades."""

    def choose(self, call: PolicyCall) -> Decision:
        count = len(call.arms)
        order = [int(arm) for arm in call.rng.permutation(count)]
        shadows = tuple(arm for arm in order[1:] if call.rng.random() < 0.3)
        chain = tuple((arm, 0.6) for arm in order[1:] if arm not in shadows and call.rng.random() < 0.4)
        return Decision(order[0], (1 / count,) * count, {}, shadows, chain)

    def learn(self, run: object, outcome: object) -> None: ...


STATEMENTS = ('n += count(f"{t}{n}")', 'if ask(f"{t}{n}"):\n    n += 1', 'n += sum([count(f"{u}{n}") for u in ts])',
              'for u in ts:\n    if ask(f"{u}{n}"):\n        n += count(u)', 'assert n % 5 != 4, "four"',
              'n += len([u for u in ts if ask(u)])', 'n += count(t) + count(f"{t}!")')
programs = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4).map(
    lambda body: program("\n".join(["n = 0", *body, "return n"]), "t: str, ts: list[str]"))
pools = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from(["plain", "batches", "begins"])),
                 min_size=1, max_size=3)
rows = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("uvwxyz"), max_size=3)), min_size=1,
                max_size=6).map(lambda drawn: [{"t": t, "ts": ts} for t, ts in drawn])
Told = list[Any]


def told(error: FmpError | None, record: Any) -> Any:
    """All of a run but its id and what took how long."""

    def call(each: Any) -> Any:
        return (each.site, each.order, each.round, each.backend, each.arms, each.prices, each.propensities, each.arm,
                each.answered, each.value, each.error, each.cost, each.lost, each.attempts, each.flags,
                each.confidence, each.done, each.cached,
                [(s.arm, s.value, s.cost, s.confidence, s.error) for s in each.shadows])

    return (record.value, record.cost, record.number, record.notes, record.comparisons, record.recoveries,
            None if error is None else (error.code, error.message, error.hint),
            [call(each) for each in record.calls], [call(each) for each in record.abandoned])


def one_after_another(made: fmplang.Runtime, what: fmplang.Program, given: Sequence[dict[str, Any]]) -> Told:
    seen = []
    for row in given:
        try:
            run = made.run(what, **row)
            seen.append(told(None, run.record))
        except FmpError as error:
            seen.append(told(error, error.record))  # type: ignore[attr-defined]
    return seen


def in_lockstep(width: int) -> Callable[..., Told]:
    def drive(made: fmplang.Runtime, what: fmplang.Program, given: Sequence[dict[str, Any]]) -> Told:
        return [told(run.error, run.record)
                for run in made.stream(what, given, concurrency=width, on_error="yield")]

    return drive


def on_a_loop(made: fmplang.Runtime, what: fmplang.Program, given: Sequence[dict[str, Any]]) -> Told:
    async def one(row: dict[str, Any]) -> Any:
        try:
            return told(None, (await made.arun(what, **row)).record)
        except FmpError as error:
            return told(error, error.record)  # type: ignore[attr-defined]

    async def all_of_them() -> Told:
        return await asyncio.gather(*(one(row) for row in given))

    return asyncio.run(all_of_them())


@settings(max_examples=40)
@given(programs, pools, rows, st.sampled_from(["draws", "cheapest", "strongest", "random"]), st.integers(0, 3))
def test_runs_side_by_side_are_those_one_after_another(what: fmplang.Program, pool: list[tuple[float, str]],
                                                       given_rows: list[dict[str, Any]], policy: str,
                                                       seed: int) -> None:
    def driven(drive: Callable[..., Told]) -> Told:
        backends = [Steady(f"{capability}{place}", capability, price, way)
                    for place, (price, way) in enumerate(pool) for capability in ("vqa", "count")]
        made = fmplang.Runtime(pool=fmplang.Pool(backends), policy=Draws() if policy == "draws" else policy, seed=seed)
        seen = drive(made, what, given_rows)
        assert made._purse.reserved == 0 and made.spent == pytest.approx(sum(run[1] for run in seen))
        return seen

    expected = driven(one_after_another)
    for drive in (in_lockstep(2), in_lockstep(len(given_rows) + 1), on_a_loop):
        assert driven(drive) == expected


# --------------------------------------------------------------------- gathering


def counters(**more: Any) -> tuple[list[int], Any]:
    """The sizes of the batches that a function is asked, and the function."""
    sizes: list[int] = []

    @fmplang.backend("count", name="many", cost=2.0, batch=True, **more)
    def many(requests: list[Request]) -> list[int]:
        sizes.append(len(requests))
        return [len(request.args["text"]) for request in requests]

    return sizes, many


STEPS = program('a = count(t)\nb = count(f"{t} {a}")\nreturn a + b', "t: str")


def side_by_side(made: fmplang.Runtime, what: fmplang.Program, texts: Sequence[str]) -> list[fmplang.Run]:
    async def all_of_them() -> list[fmplang.Run]:
        return await asyncio.gather(*(made.arun(what, t=text) for text in texts))

    return asyncio.run(all_of_them())


def test_what_concurrent_runs_ask_is_gathered() -> None:
    sizes, many = counters()
    runs = side_by_side(fmplang.Runtime(pool=[many], policy="cheapest"), STEPS, list("abcdefgh"))
    assert [run.value for run in runs] == [1 + 3] * 8 and sizes == [8, 8]


def test_a_batch_is_bounded_and_what_a_run_asks_together_stays_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 5)
    sizes, many = counters()
    made = fmplang.Runtime(pool=[many], policy="cheapest")
    side_by_side(made, STEPS, list("abcdefg"))
    assert sizes == [5, 2, 5, 2]
    sizes.clear()
    group = program("return sum([count(f'{t}{i}') for i in range(6)])", "t: str")
    side_by_side(made, group, ["a", "b"])
    assert sizes == [6, 6]


def test_what_comes_while_a_backend_is_busy_waits_for_the_next_batch() -> None:
    begun, go = threading.Event(), threading.Event()
    sizes: list[int] = []

    @fmplang.backend("count", name="many", cost=2.0, batch=True)
    def many(requests: list[Request]) -> list[int]:
        sizes.append(len(requests))
        begun.set()
        go.wait(60)
        return [1] * len(requests)

    made = fmplang.Runtime(pool=[many], policy="cheapest", budget=100.0)
    one = program("return count(t)", "t: str")

    async def drive() -> list[int]:
        first = asyncio.ensure_future(made.arun(one, t="a"))
        await asyncio.to_thread(begun.wait)
        later = [asyncio.ensure_future(made.arun(one, t=text)) for text in "bcd"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        later[0].cancel()  # it waits, so it is never asked
        with pytest.raises(asyncio.CancelledError):
            await later[0]
        go.set()
        return [run.value for run in await asyncio.gather(first, *later[1:])]

    assert asyncio.run(drive()) == [1, 1, 1] and sizes == [1, 2]
    assert made._purse.reserved == 0 and made.spent == 3 * 2.0


def test_a_backend_that_gains_nothing_is_asked_run_by_run() -> None:
    plain = backend("count", 1, "plain", 1.0)
    side_by_side(fmplang.Runtime(pool=[plain], policy="cheapest"), STEPS, list("abcd"))
    assert plain.batches == [1] * 8


def test_a_stop_while_a_batch_is_asked_reaches_the_caller() -> None:
    @fmplang.backend("count", name="many", batch=True)
    def many(requests: list[Request]) -> list[int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(fmplang.Runtime(pool=[many], policy="cheapest"), STEPS, ["a", "b"])


def test_a_failure_of_a_batch_is_an_error_of_each_runs_own() -> None:
    @fmplang.backend("vqa", name="many", batch=True, cost=3.0)
    def many(requests: list[Request]) -> list[bool]:
        raise fmplang.BackendError("down", code="FMP705")

    made = fmplang.Runtime(pool=[many, backend("count", 1, "some")], policy="cheapest")
    runs = list(made.stream(TWO, [{"t": text} for text in "abc"], concurrency=3, on_error="yield"))
    errors: list[Any] = [run.error for run in runs]
    assert len({id(error) for error in errors}) == 3 and [error.run_id for error in errors] == [r.id for r in runs]
    assert all(error.record is run.record for error, run in zip(errors, runs, strict=True))


@pytest.mark.parametrize("way", ["plain", "batches", "begins"])
@pytest.mark.parametrize("drive", [one_after_another, in_lockstep(6), on_a_loop])
def test_the_same_request_under_way_is_asked_once(way: str, drive: Callable[..., Told]) -> None:
    """With answers kept, six equal runs pay for one, however they are driven. Which of them pays depends on time."""
    steady = Steady("steady", "count", 2.0, way)
    made = fmplang.Runtime(pool=[steady], policy="cheapest", cache=MemoryStore())
    seen = drive(made, STEPS, [{"t": "e"}] * 6)
    assert sum(steady.batches) == 2 and len({run[0] for run in seen}) == 1
    assert sum(call[17] for run in seen for call in run[7]) == 10  # hits
    assert made.spent == pytest.approx(sum(run[1] for run in seen)) == pytest.approx(
        sum(call[5][0] for call in seen[0][7]))
