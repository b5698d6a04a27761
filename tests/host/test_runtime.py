"""Running programs: what a run is, what it costs, what is remembered of it, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.errors import (
    BackendError,
    BackendTimeout,
    ConfigError,
    DecodeError,
    FmpError,
    InputError,
    LedgerError,
    LimitError,
    NoBackend,
    PolicyError,
    RunError,
)
from fmplang.ledger.memory import MemoryLedger
from fmplang.policy.base import Decision, PolicyCall
from fmplang.policy.strongest import Strongest
from tests.host.programs import GROUP, TWO, a_pool, backend, program


def runtime(policy: Any = "strongest", **more: Any) -> fmplang.Runtime:
    return fmplang.Runtime(**{"pool": a_pool(), "policy": policy, **more})


def once(made: fmplang.Runtime, what: fmplang.Program = TWO, **inputs: Any) -> fmplang.Run:
    return made.run(what, **(inputs or {"t": "x"}))


def by_arun(made: fmplang.Runtime, what: fmplang.Program = TWO, **inputs: Any) -> fmplang.Run:
    return asyncio.run(made.arun(what, **(inputs or {"t": "x"})))


def by_stream(made: fmplang.Runtime, what: fmplang.Program = TWO, **inputs: Any) -> fmplang.Run:
    (run,) = made.stream(what, [inputs or {"t": "x"}], concurrency=3)
    return run


DRIVERS = pytest.mark.parametrize("drive", [once, by_arun, by_stream])
Drive = Callable[..., fmplang.Run]


@DRIVERS
def test_a_run_in_full(drive: Drive) -> None:
    run = drive(runtime())
    assert (run.value, run.type, run.cost, run.unit, run.notes) == (10, "int", 12.0, "units", ())
    assert run.seconds > 0 and len(run.id) == 16
    first, second = run.trace
    assert (first.site, first.backend, first.cost, first.value) == ("main/ask", "big", 4.0, True)
    assert (first.arms, first.prices) == (("small", "big"), (1.0, 4.0))
    assert (first.arm, first.propensity, first.propensities) == (1, 1.0, (0.0, 1.0))
    assert (first.function, first.capability, first.args, first.order) == ("ask", "vqa", {"text": "x"}, (0,))
    assert first.seconds > 0 and first.done and not first.cached and first.error is None
    assert TWO.source.slice(fmplang.syntax.source.Span(*second.span)) == "count(t)"  # type: ignore[attr-defined]
    record = run.record
    assert (record.program, record.entry, record.name, record.policy) == (TWO.digest, "main", "p.fmp", "strongest")
    assert (record.inputs, record.scale, record.trade_off) == ({"t": "x"}, 12.0, 0.3)
    ran = [TWO.source.text[start:end].split("\n")[0] for start, end in record.executed["p.fmp"]]
    assert ran == ["if ask(t):", "return count(t)"]


@DRIVERS
def test_the_policy_decides(drive: Drive) -> None:
    assert drive(runtime("cheapest")).value == 0
    run = drive(runtime("static:vqa=big,main/count=few"))
    assert (run.value, run.cost) == (1, 6.0)


@DRIVERS
def test_a_group_is_one_batch_per_backend(drive: Drive) -> None:
    pool = a_pool()
    run = drive(runtime("static:count=many", pool=pool), GROUP, ts=["a", "b", "c"])
    assert run.value == 30 and run.cost == 24.0
    assert pool["many"].batches == [3] and pool["few"].batches == []  # type: ignore[attr-defined]
    assert [call.args["text"] for call in run.trace] == ["a", "b", "c"]
    assert [call.order for call in run.trace] == sorted(call.order for call in run.trace)


def test_what_a_program_prints_is_in_its_notes() -> None:
    run = runtime().run(program('print("seen", 2)\nreturn 3'))
    assert (run.value, run.notes, run.trace, run.cost) == (3, ("seen 2",), (), 0.0)


def test_same_seed_same_decisions_and_a_run_of_its_own_for_each() -> None:
    def decisions(seed: int, concurrency: int = 1) -> list[str]:
        rows = [{"t": str(i)} for i in range(12)]
        return [call.backend for run in runtime("random", seed=seed).stream(TWO, rows, concurrency=concurrency)
                for call in run.trace]

    first = decisions(0)
    assert len(set(first)) > 1
    assert decisions(0) == first == decisions(0, 5)
    assert decisions(1) != first


def test_chance_goes_on_where_the_ledger_ends(tmp_path: Path) -> None:
    def backends(count: int, path: Path) -> list[str]:
        made = []
        for _ in range(count):
            with runtime("random", ledger=path) as opened:
                made += [call.backend for call in opened.run(TWO, t="x").trace]
        return made

    whole = [c.backend for r in runtime("random").stream(TWO, [{"t": "x"}] * 6) for c in r.trace]
    assert backends(6, tmp_path / "a.db") == whole


# ---------------------------------------------------------------------- inputs


@pytest.mark.parametrize(("inputs", "told"), [
    ({}, "needs t"),
    ({"t": "x", "u": 1}, "no input named 'u'"),
    ({"t": 3}, "t"),
])
def test_wrong_inputs_are_told_before_anything_is_asked_or_kept(inputs: dict[str, Any], told: str,
                                                                tmp_path: Path) -> None:
    pool = a_pool()
    with pytest.raises(InputError) as raised, runtime(pool=pool, ledger=tmp_path / "runs.db") as opened:
        opened.run(TWO, **inputs)
    assert told in raised.value.message and not raised.value.run_id
    assert pool["big"].requests == [] and list(tmp_path.iterdir()) == []  # type: ignore[attr-defined]


def test_a_program_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"a program is needed, not str"):
        runtime().run("def main() -> int: ...")  # type: ignore[arg-type]


def test_an_input_may_bear_any_name() -> None:
    odd = program("return program + self", "self: int, program: int")
    assert runtime().run(odd, **{"self": 1, "program": 2}).value == 3


# -------------------------------------------------------------------- failures


def failing(answer: Any, **more: Any) -> fmplang.Runtime:
    return fmplang.Runtime(pool=[backend("vqa", answer, "bad", 3.0), backend("count", 1, "one", 1.0)], **more)


@DRIVERS
@pytest.mark.parametrize(("answer", "kind", "code", "cost"), [
    (ValueError("broken"), BackendError, "FMP700", 0.0),
    (TimeoutError("slow"), BackendTimeout, "FMP701", 3.0),
    ("perhaps", DecodeError, "FMP702", 3.0),
    ("", DecodeError, "FMP702", 3.0),
    ("yes and no", DecodeError, "FMP702", 3.0),
    ("x" * 2_000_000, DecodeError, "FMP702", 3.0),
    (fmplang.Response(True, cost=float("inf")), BackendError, "FMP704", 3.0),
])
def test_a_failed_call_is_one_row_with_its_cost_and_names_site_and_backend(
        drive: Drive, answer: Any, kind: type[FmpError], code: str, cost: float) -> None:
    made = failing(answer, recovery=fmplang.Recovery(retries=0))
    with pytest.raises(kind) as raised:
        drive(made)
    error = raised.value
    assert (error.code, error.site, error.backend) == (code, "main/ask", "bad")  # type: ignore[attr-defined]
    assert error.source is not None and error.span is not None and error.source.slice(error.span) == "ask(t)"
    assert made.spent == cost
    stored = made.ledger.find_run(error.run_id)
    assert stored.finished and stored.record.error is not None and stored.record.error.startswith(code)
    (call,) = stored.record.calls
    assert call.done and call.error is not None and call.error.startswith(code)
    assert (call.cost, stored.record.cost) == (cost, cost)


def test_the_first_failure_in_the_programs_order_is_the_runs() -> None:
    def answer(request: Any) -> Any:
        if request.args["text"] in "bc":
            raise ValueError(request.args["text"])
        return 1

    pool = fmplang.Pool([backend("count", answer, "some", 1.0)])
    made = fmplang.Runtime(pool=pool)
    with pytest.raises(BackendError, match="ValueError: b") as raised:
        made.run(GROUP, ts=["a", "b", "c", "d"])
    calls = made.ledger.find_run(raised.value.run_id).record.calls
    assert [call.error is None for call in calls] == [True, False, False, True]
    assert made.spent == 2.0


@DRIVERS
def test_a_program_that_fails_is_recorded_with_what_it_had_done(drive: Drive) -> None:
    made = runtime()
    wrong = program("xs = [count(t)]\nreturn xs[xs[0]]", "t: str")
    with pytest.raises(RunError) as raised:
        drive(made, wrong)
    assert (raised.value.code, raised.value.kind) == ("FMP501", "IndexError")
    record = made.ledger.find_run(raised.value.run_id).record
    assert record.error is not None and record.error.startswith("FMP501") and len(record.calls) == 1
    assert record.value is None and record.cost == 8.0


def test_what_the_pool_lacks_is_told_with_its_place() -> None:
    with pytest.raises(NoBackend, match=r"'pool'.*'vqa'.*ask") as raised:
        once(fmplang.Runtime(pool=[backend("count", 1, "one")]))
    assert raised.value.site == "main/ask" and raised.value.span is not None and raised.value.run_id
    assert "@fmplang.backend" in raised.value.hint


def test_a_limit_ends_the_run() -> None:
    with pytest.raises(LimitError) as raised:
        runtime(limits=fmplang.Limits(neural_calls=1)).run(TWO, t="x")
    assert raised.value.code == "FMP612" and raised.value.run_id


class Odd(Strongest):
    def choose(self, call: PolicyCall) -> Decision:
        return Decision(7, (1.0,))


def test_a_policy_that_misbehaves_ends_the_run_and_nothing_was_asked() -> None:
    pool = a_pool()
    with pytest.raises(PolicyError) as raised:
        once(runtime(Odd(), pool=pool))
    assert raised.value.code == "FMP751" and raised.value.span is not None
    assert pool["big"].requests == []  # type: ignore[attr-defined]


@DRIVERS
def test_a_stop_from_the_keyboard_goes_through(drive: Drive) -> None:
    def stop(requests: object) -> Any:
        raise KeyboardInterrupt

    slow = backend("vqa", True, "slow", 2.0)
    slow.answer = stop  # type: ignore[method-assign]
    ledger = MemoryLedger()
    made = fmplang.Runtime(pool=[slow], ledger=ledger)
    with pytest.raises(KeyboardInterrupt):
        drive(made)
    assert made._purse.reserved == 0.0 and made.spent == 2.0  # it may have been charged
    if drive is once:
        assert ledger.find_run("last").record.error == "KeyboardInterrupt"


# --------------------------------------------------------------------- spending


def test_a_budget_is_never_overspent_and_narrows_the_choice() -> None:
    made = runtime(budget=20)
    assert (once(made).cost, once(made).cost) == (12.0, 6.0)  # then only 8: yes for 4, and few for 2
    assert [arm for call in once(runtime(budget=3.5)).trace for arm in call.arms] == ["small"]
    with pytest.raises(LimitError) as raised:
        for _ in range(5):
            once(made)
    assert (raised.value.code, raised.value.limit) == ("FMP613", "budget")
    assert made.spent <= 20


def test_a_run_may_spend_only_what_its_limit_allows() -> None:
    made = runtime(limits=fmplang.Limits(spend=0.5))
    with pytest.raises(LimitError, match=r"costs 1 at least, and of 0\.5 only 0\.5 is left") as raised:
        once(made)
    assert raised.value.limit == "spend" and made.spent == 0
    assert once(runtime(limits=fmplang.Limits(spend=12))).cost == 12
    in_between = once(runtime(limits=fmplang.Limits(spend=7)))  # the dear one for the first call leaves enough to end
    assert [call.backend for call in in_between.trace] == ["big", "few"]
    assert once(runtime(limits=fmplang.Limits(spend=5))).cost == 1  # here it would not
    assert once(runtime("cheapest", limits=fmplang.Limits(spend=5))).cost == 1


def test_a_group_cannot_reserve_together_what_is_there_once() -> None:
    pool = a_pool()
    made = runtime("static:count=many", pool=pool, budget=20)
    with pytest.raises((LimitError, PolicyError)):
        made.run(GROUP, ts=["a", "b", "c"])
    assert made.spent == 0 and made._purse.reserved == 0 and pool["many"].requests == []  # type: ignore[attr-defined]


def test_what_a_call_really_cost_is_what_counts() -> None:
    cheap = fmplang.Pool([backend("vqa", fmplang.Response(False, cost=0.5), "v", 4.0)])
    made = fmplang.Runtime(pool=cheap, budget=5)
    for _ in range(3):
        once(made)
    assert made.spent == 1.5
    assert fmplang.Runtime(pool=cheap, budget=4).run(TWO, t="x").cost == 0.5


# --------------------------------------------------------------------- shadows


class WithShadow(Strongest):
    seen: list[Any]
    needs_features = True

    def __init__(self) -> None:
        self.seen = []

    def choose(self, call: PolicyCall) -> Decision:
        self.seen.append(call.features)
        last = len(call.arms) - 1
        propensities = tuple(1.0 if i == last else 0.0 for i in range(len(call.arms)))
        return Decision(last, propensities, {"why": "dear"}, tuple(range(last)))

    def observe(self, run: Any) -> None:
        self.seen.append(run.id)


@DRIVERS
def test_shadows_are_asked_charged_and_stored_but_not_used(drive: Drive) -> None:
    policy = WithShadow()
    made = runtime(policy)
    run = drive(made)
    assert run.value == 10 and run.cost == made.spent == 15.0
    first = run.trace[0]
    assert [(s.arm, s.backend, s.value, s.cost, s.error) for s in first.shadows] == [(0, "small", False, 1.0, None)]
    assert first.note == {"why": "dear"} and first.cost == 4.0
    assert first.features is not None and len(first.features) == 24
    assert policy.seen[-1] == run.id and len(policy.seen) == 3
    asked, counted = run.record.comparisons  # had the small one been asked: no call of count, and 0
    assert (asked.call, asked.arm, asked.same, asked.changed, asked.final) == (0, 0, False, True, 0)
    assert (asked.own, asked.later) == (-3.0, -8.0)
    assert (counted.call, counted.changed, counted.final, counted.own, counted.later) == (1, True, 1, -6.0, 0.0)


def test_a_shadow_that_fails_or_cannot_be_paid_does_not_fail_the_run() -> None:
    pool = fmplang.Pool([backend("vqa", ValueError("x"), "bad", 1.0), backend("vqa", False, "good", 4.0)])
    run = once(fmplang.Runtime(pool=pool, policy=WithShadow()))
    assert run.value == 0 and [s.error for s in run.trace[0].shadows] == ["FMP700: the backend bad failed at main/ask: "
                                                                         "ValueError: x"]
    run = once(fmplang.Runtime(pool=pool, policy=WithShadow(), budget=4))
    assert run.trace[0].shadows == () and run.trace[0].flags == ("no money for the shadow bad",)


# ----------------------------------------------------------------------- stream


def test_a_stream_yields_in_the_order_of_rows_and_shares_batches() -> None:
    pool = a_pool()
    rows = [{"t": str(i)} for i in range(7)]
    runs = list(runtime(pool=pool).stream(TWO, rows, concurrency=3))
    assert [run.record.inputs["t"] for run in runs] == [row["t"] for row in rows]
    assert max(pool["big"].batches) == 3 and sum(pool["big"].batches) == 7  # type: ignore[attr-defined]


def test_a_stream_takes_rows_as_it_needs_them_and_hears_feedback_between() -> None:
    taken: list[int] = []

    def rows() -> Any:
        for i in range(5):
            taken.append(i)
            yield {"t": str(i)}

    made = runtime()
    stream = made.stream(TWO, rows())
    first = next(stream)
    assert taken == [0]
    made.feedback(first.id, label=10)
    next(stream)
    assert taken == [0, 1]
    stream.close()  # type: ignore[attr-defined]
    assert made._purse.reserved == 0


def test_a_failed_row_raises_in_its_turn_or_is_yielded_with_its_error() -> None:
    rows = [{"t": "a"}, {"wrong": 1}, {"t": "b"}]
    for concurrency in (1, 3):
        stream = runtime().stream(TWO, rows, concurrency=concurrency)
        assert next(stream).value == 10
        with pytest.raises(InputError):
            next(stream)
        runs = list(runtime().stream(TWO, rows, concurrency=concurrency, on_error="yield"))
        assert [run.error and run.error.code for run in runs] == [None, "FMP810", None]
        assert [run.value for run in runs] == [10, None, 10]
        failed = list(failing(ValueError("x")).stream(TWO, rows[:1], concurrency=concurrency, on_error="yield"))
        assert failed[0].error is not None and failed[0].error.code == "FMP700" and len(failed[0].trace) == 1


@pytest.mark.parametrize("more", [{"concurrency": 0}, {"concurrency": 1.5}, {"on_error": "skip"}])
def test_a_stream_is_asked_for_properly(more: Any) -> None:
    with pytest.raises(ConfigError):
        runtime().stream(TWO, [], **more)


# ------------------------------------------------------------------------ arun


def test_runs_go_on_side_by_side_on_an_event_loop() -> None:
    import threading

    both = threading.Barrier(2, timeout=20)

    def meet(request: Any) -> bool:
        both.wait()
        return False

    made = fmplang.Runtime(pool=[backend("vqa", meet, "slow")])

    async def two() -> list[fmplang.Run]:
        return list(await asyncio.gather(made.arun(TWO, t="a"), made.arun(TWO, t="b")))

    assert [run.value for run in asyncio.run(two())] == [0, 0]


def test_a_cancelled_run_is_recorded_as_cut_off(tmp_path: Path) -> None:
    import threading

    asked, release = threading.Event(), threading.Event()

    def wait(request: Any) -> bool:
        asked.set()
        release.wait(20)
        return False

    with fmplang.Runtime(pool=[backend("vqa", wait, "slow", 1.0)], ledger=tmp_path / "runs.db") as made:
        async def cancel() -> None:
            task = asyncio.create_task(made.arun(TWO, t="a"))
            await asyncio.to_thread(asked.wait, 20)
            task.cancel()
            release.set()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cancel())
        assert made.ledger.find_run("last").record.error == "CancelledError"
        assert made._purse.reserved == 0


# ------------------------------------------------------- decisions before money


@DRIVERS
@pytest.mark.parametrize(("unit", "before"), [("usd", [1, 2]), ("milliseconds", [None, None])])
def test_a_decision_is_on_the_disk_before_a_backend_that_costs_money(drive: Drive, unit: str, before: list[Any],
                                                                     tmp_path: Path) -> None:
    from fmplang.ledger.sqlite import SqliteLedger

    path = tmp_path / "runs.db"
    seen: list[Any] = []

    def look(request: Any) -> Any:
        reader = SqliteLedger(path)
        try:
            stored = reader.find_run(request.run_id)
            assert not stored.finished and stored.record.calls[-1].site == request.site.id
            seen.append(len(stored.record.calls))
        except LedgerError:
            seen.append(None)
        finally:
            reader.close()
        return True if request.capability == "vqa" else 3

    pool = fmplang.Pool([backend("vqa", look, "v", 1.0), backend("count", look, "c", 1.0)], unit=unit)
    with fmplang.Runtime(pool=pool, ledger=path) as made:
        run = drive(made)
        assert seen == before
        assert made.ledger.find_run(run.id).record.calls == list(run.trace)


def test_nobody_is_paid_where_the_decision_cannot_be_kept(tmp_path: Path) -> None:
    pool = a_pool(unit="usd")
    made = fmplang.Runtime(pool=pool, ledger=tmp_path / "no" / "runs.db")
    with pytest.raises(LedgerError):
        once(made)
    assert pool["big"].requests == []  # type: ignore[attr-defined]
    assert made.spent == 0


@DRIVERS
def test_a_decision_that_cannot_be_kept_costs_nothing(drive: Drive) -> None:
    class Full(MemoryLedger):
        durable = True

        def record_decisions(self, run: Any, calls: Any) -> None:
            raise LedgerError("the disk is full", code="FMP824")

    pool = a_pool(unit="usd")
    made = fmplang.Runtime(pool=pool, ledger=Full(), budget=100)
    with pytest.raises(LedgerError) as raised:
        drive(made)
    assert raised.value.code == "FMP824" and raised.value.run_id
    assert (made.spent, made._purse.reserved) == (0, 0)
    assert pool["big"].requests == []  # type: ignore[attr-defined]


def test_a_run_that_fails_and_cannot_be_recorded_tells_of_both() -> None:
    class Full(MemoryLedger):
        def record_run(self, run: Any) -> None:
            raise LedgerError("the disk is full", code="FMP824")

    with pytest.raises(BackendError, match="broken") as raised:
        failing(ValueError("broken"), ledger=Full()).run(TWO, t="x")
    assert raised.value.__notes__ == ["the disk is full [FMP824]"]
    with pytest.raises(LedgerError):
        fmplang.Runtime(pool=a_pool(), ledger=Full()).run(TWO, t="x")


# ----------------------------------------------------------------------- settings


@pytest.mark.parametrize(("more", "code"), [
    ({"policy": "best"}, "FMP803"), ({"pool": "embeded"}, "FMP806"), ({"pool": 3}, "FMP806"),
    ({"trade_off": -1}, "FMP802"), ({"trade_off": float("nan")}, "FMP802"), ({"budget": -1}, "FMP802"),
    ({"budget": True}, "FMP802"), ({"seed": -1}, "FMP802"), ({"seed": 0.5}, "FMP802"),
])
def test_wrong_settings_are_told_at_once(more: dict[str, Any], code: str) -> None:
    with pytest.raises(ConfigError) as raised:
        runtime(**more)
    assert raised.value.code == code and raised.value.hint
