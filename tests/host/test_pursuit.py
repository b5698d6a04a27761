"""A backend that fails is asked again or replaced, by the declared rule; a cascade asks on where it is not sure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang import Recovery, Response
from fmplang.errors import BackendError, BackendTimeout, FmpError, InputError, LedgerError, LimitError
from fmplang.policy.base import Decision, PolicyCall
from tests.host.programs import GROUP, TWO, backend, program

ASK = program("return ask(t)", "t: str", "bool")


def once(made: fmplang.Runtime, what: fmplang.Program = ASK, **inputs: Any) -> fmplang.Run:
    return made.run(what, **(inputs or {"t": "x"}))


def by_arun(made: fmplang.Runtime, what: fmplang.Program = ASK, **inputs: Any) -> fmplang.Run:
    return asyncio.run(made.arun(what, **(inputs or {"t": "x"})))


def by_stream(made: fmplang.Runtime, what: fmplang.Program = ASK, **inputs: Any) -> fmplang.Run:
    (run,) = made.stream(what, [inputs or {"t": "x"}], concurrency=3)
    return run


DRIVERS = pytest.mark.parametrize("drive", [once, by_arun, by_stream])
Drive = Callable[..., fmplang.Run]


class Dear(RuntimeError):
    """A failure that says what it cost, and that it may pass."""

    cost, transient = 2.5, True


# What the backend does, the code of its error, what that costs at a price of 3, and whether asking again may help.
FAULTS = [
    pytest.param(ValueError("broken"), "FMP700", 0.0, False, id="raises"),
    pytest.param(ConnectionError("reset"), "FMP700", 0.0, True, id="reset"),
    pytest.param(Dear("429"), "FMP700", 2.5, True, id="busy"),
    pytest.param(TimeoutError("slow"), "FMP701", 3.0, True, id="times out"),
    pytest.param("perhaps", "FMP702", 3.0, True, id="wrong type"),
    pytest.param("", "FMP702", 3.0, True, id="empty"),
    pytest.param("x" * 2_000_000, "FMP702", 3.0, True, id="enormous"),
    pytest.param(BackendError("I will not", code="FMP707"), "FMP707", 0.0, False, id="refuses"),
    pytest.param(Response(True, cost=float("nan")), "FMP704", 3.0, False, id="wrong cost"),
    pytest.param(Response(True, cost=-1.0), "FMP704", 3.0, False, id="negative cost"),
]


def a_pool(first: Any, then: Any = None, **more: Any) -> fmplang.Pool:
    """`bad` gives `first`, and `then` from its second call on; `good` answers, and is dearer."""
    said = iter([first, *[first if then is None else then] * 9])
    return fmplang.Pool([backend("vqa", lambda request: next(said), "bad", 3.0),
                         backend("vqa", True, "good", 5.0)], **more)


def asked(pool: fmplang.Pool) -> dict[str, int]:
    return {each.name: len(each.requests) for each in pool}  # type: ignore[attr-defined]


def one_row(made: fmplang.Runtime, run_id: str) -> Any:
    record = made.ledger.find_run(run_id).record
    (call,) = record.calls
    assert record.cost == call.spent == made.spent and made._purse.reserved == 0 and call.done
    return call


@DRIVERS
@pytest.mark.parametrize(("fault", "code", "cost", "passes"), FAULTS)
def test_a_retry_mends(drive: Drive, fault: Any, code: str, cost: float, passes: bool) -> None:
    pool = a_pool(fault, True)
    made = fmplang.Runtime(pool=pool, policy="cheapest", budget=100, recovery=Recovery(fallback="none"))
    if not passes:
        with pytest.raises(FmpError) as raised:
            drive(made)
        call = one_row(made, raised.value.run_id)
        assert raised.value.code == code and (call.cost, call.lost, call.attempts) == (cost, 0.0, ())
        assert asked(pool) == {"bad": 1, "good": 0}
        return
    run = drive(made)
    call = one_row(made, run.id)
    assert run.value is True and call.value is True and call.error is None
    assert (call.backend, call.answered, call.cost, call.lost) == ("bad", None, 3.0, cost)
    ((who, what),) = call.attempts
    assert who == "bad" and what.startswith(code) and len(what) <= 300
    assert asked(pool) == {"bad": 2, "good": 0} and run.cost == 3.0 + cost


@DRIVERS
@pytest.mark.parametrize(("fault", "code", "cost", "passes"), FAULTS)
def test_a_fallback_mends(drive: Drive, fault: Any, code: str, cost: float, passes: bool) -> None:
    pool = a_pool(fault)
    made = fmplang.Runtime(pool=pool, policy="cheapest", budget=100)
    run = drive(made)
    call = one_row(made, run.id)
    tries = 2 if passes else 1
    assert run.value is True and (call.arm, call.answered, call.backend, call.answerer) == (0, 1, "good", 1)
    assert (call.cost, call.lost, call.propensities) == (5.0, tries * cost, (1.0, 0.0))
    assert [who for who, _ in call.attempts] == ["bad"] * tries
    assert asked(pool) == {"bad": tries, "good": 1}


@DRIVERS
@pytest.mark.parametrize(("fault", "code", "cost", "passes"), FAULTS)
def test_nothing_mends(drive: Drive, fault: Any, code: str, cost: float, passes: bool) -> None:
    pool = fmplang.Pool([backend("vqa", fault, "bad", 3.0), backend("vqa", KeyError("lost"), "worse", 5.0)])
    made = fmplang.Runtime(pool=pool, policy="cheapest", budget=100, recovery=Recovery(retries=2))
    with pytest.raises(FmpError) as raised:
        drive(made)
    error = raised.value
    assert error.code == code and error.site == "main/ask" and error.backend == "bad"  # type: ignore[attr-defined]
    assert "worse was asked then: FMP700: the backend worse failed at main/ask: KeyError: 'lost'" in error.hint
    assert error.source is not None and error.source.slice(error.span) == "ask(t)"  # type: ignore[arg-type]
    call = one_row(made, error.run_id)
    tries = 1 if not passes else 2 if code == "FMP702" else 3  # what does not decode is asked for again only once
    assert asked(pool) == {"bad": tries, "worse": 1}
    assert (call.backend, call.answered, call.value) == ("bad", None, None) and call.error.startswith(code)
    assert (call.cost, call.lost) == (cost, (tries - 1) * cost)
    assert [who for who, _ in call.attempts] == ["bad"] * (tries - 1) + ["worse"]


def test_the_wrong_number_of_answers_is_no_reason_to_ask_again_but_to_ask_another() -> None:
    pool = a_pool(True)
    pool["bad"].answer = lambda requests: []  # type: ignore[method-assign]
    run = once(fmplang.Runtime(pool=pool, policy="cheapest"))
    assert run.value is True and run.trace[0].attempts[0][1].startswith("FMP704") and run.cost == 5.0


def test_the_requests_own_trouble_is_nobodys_fault() -> None:
    for error in (InputError("the image is damaged", code="FMP813"),
                  LimitError("too many pixels", limit="image_pixels", ceiling=1, code="FMP615")):
        pool = a_pool(error)
        made = fmplang.Runtime(pool=pool, policy="cheapest")
        with pytest.raises(type(error)) as raised:
            once(made)
        assert raised.value is error and asked(pool) == {"bad": 1, "good": 0}
        assert one_row(made, error.run_id).attempts == ()


@pytest.mark.parametrize(("rule", "policy", "order"), [
    (Recovery(), "cheapest", ["a", "b", "c"]), (Recovery(), "static:vqa=b", ["b", "c", "a"]),
    (Recovery(), "strongest", ["c", "b", "a"]), (Recovery(fallback="cheaper"), "static:vqa=b", ["b", "a"]),
    (Recovery(fallback="none"), "strongest", ["c"]), (Recovery(fallback=("a", "c")), "static:vqa=b", ["b", "a", "c"]),
])
def test_the_rule_says_who_is_asked(rule: Recovery, policy: str, order: list[str]) -> None:
    seen: list[str] = []

    def fail(name: str) -> Any:
        def answer(request: Any) -> Any:
            seen.append(name)
            raise ValueError(name)

        return answer

    pool = [backend("vqa", fail(name), name, price) for name, price in (("b", 2.0), ("a", 1.0), ("c", 3.0))]
    with pytest.raises(BackendError, match=f"ValueError: {order[0]}") as raised:
        once(fmplang.Runtime(pool=pool, policy=policy, recovery=rule))
    assert seen == order
    assert [line.split()[0] for line in raised.value.hint.splitlines()[1:]] == order[1:]


@DRIVERS
def test_what_cannot_be_paid_is_not_asked_and_the_call_says_so(drive: Drive) -> None:
    made = fmplang.Runtime(pool=a_pool(TimeoutError()), policy="cheapest", budget=7.5)
    with pytest.raises(BackendTimeout) as raised:
        drive(made)
    call = one_row(made, raised.value.run_id)
    assert made.spent == 6.0 and call.flags == ("no money to ask good",) and asked(made.pool) == {"bad": 2, "good": 0}
    made = fmplang.Runtime(pool=a_pool(TimeoutError()), policy="cheapest", budget=5.5)
    with pytest.raises(BackendTimeout) as raised:
        drive(made)
    call = one_row(made, raised.value.run_id)
    assert made.spent == 3.0 and call.flags == ("no money to ask bad", "no money to ask good")


def test_a_shadow_that_has_answered_is_not_asked_again() -> None:
    class Beside:
        def choose(self, call: PolicyCall) -> Decision:
            return Decision(0, (1.0, 0.0), shadows=(1,))

        def learn(self, run: object, outcome: object) -> None: ...

    pool = a_pool(ValueError("broken"))
    run = once(fmplang.Runtime(pool=pool, policy=Beside()))
    (call,) = run.trace
    assert (run.value, call.answered, call.backend, call.cost, call.shadows) == (True, 1, "good", 5.0, ())
    assert asked(pool) == {"bad": 1, "good": 1} and run.cost == call.spent == 5.0


def test_costs_above_the_price_are_told_wherever_they_come_from() -> None:
    class Late(TimeoutError):
        cost = 4.0

    run = once(fmplang.Runtime(pool=a_pool(Late(), True), policy="cheapest"))
    assert run.trace[0].flags == ("cost above price",) and run.cost == 7.0


# ---------------------------------------------------------------------- groups


def picky(name: str, cost: float, fails: str, passing: str = "") -> Any:
    """A counter that fails for some texts, and for `passing` at its first try only."""
    tried: set[str] = set()

    def answer(request: Any) -> Any:
        text = request.args["text"]
        if text in passing and text not in tried:
            tried.add(text)
            raise ConnectionError(text)
        if text in fails:
            raise ValueError(text)
        return int(cost)

    return backend("count", answer, name, cost)


@DRIVERS
def test_each_of_a_group_goes_its_own_way_and_they_go_together(drive: Drive) -> None:
    pool = fmplang.Pool([picky("one", 1.0, "bd", "c"), picky("two", 2.0, "d"), picky("four", 4.0, "")])
    made = fmplang.Runtime(pool=pool, policy="cheapest", budget=100)
    run = drive(made, GROUP, ts=["a", "b", "c", "d"])
    assert run.value == 1 + 2 + 1 + 4 and run.cost == 8.0
    assert [(c.args["text"], c.backend, len(c.attempts)) for c in run.trace] == [
        ("a", "one", 0), ("b", "two", 1), ("c", "one", 1), ("d", "four", 2)]
    assert [each.batches for each in pool] == [[4, 1], [2], [1]]  # type: ignore[attr-defined]
    assert made.ledger.find_run(run.id).record.calls == list(run.trace) and made._purse.reserved == 0


def test_the_first_in_the_programs_order_fails_the_run_and_the_others_are_settled_too() -> None:
    pool = fmplang.Pool([picky("one", 1.0, "bc"), picky("two", 2.0, "b")])
    made = fmplang.Runtime(pool=pool, policy="cheapest")
    with pytest.raises(BackendError, match="ValueError: b") as raised:
        made.run(GROUP, ts=["a", "b", "c"])
    calls = made.ledger.find_run(raised.value.run_id).record.calls
    assert [(c.backend, c.error is None) for c in calls] == [("one", True), ("one", False), ("two", True)]
    assert made.spent == 3.0


def test_every_way_of_driving_gives_the_same() -> None:
    def told(drive: Drive) -> list[Any]:
        pool = [picky("one", 1.0, "bd", "ac"), picky("two", 2.0, "d", "b"), picky("four", 4.0, "", "d")]
        run = drive(fmplang.Runtime(pool=pool, policy="random", seed=3, budget=60), GROUP, ts=list("abcdabcd"))
        return [run.value, run.cost, [(c.order, c.arm, c.answered, c.attempts, c.cost, c.lost) for c in run.trace]]

    first = told(once)
    assert told(by_arun) == first == told(by_stream) and any(call[3] for call in first[2])


def test_runs_in_lockstep_are_as_they_are_one_after_another() -> None:
    def stream(width: int) -> list[Any]:
        bad = backend("vqa", lambda request: request.args["text"] in "ace" or "perhaps", "bad", 1.0)
        pool = [bad, backend("vqa", False, "good", 4.0), backend("count", 7, "some", 2.0)]
        made = fmplang.Runtime(pool=pool, policy="cheapest")
        return [(r.value, r.cost, [(c.backend, c.attempts) for c in r.trace])
                for r in made.stream(TWO, [{"t": t} for t in "abcdef"], concurrency=width)]

    assert stream(1) == stream(4) == stream(9)


# -------------------------------------------------------------------- cascades


class Chain:
    """Takes the first arm, and escalates as it is told."""

    def __init__(self, *chain: tuple[int, float]) -> None:
        self.chain = chain

    def choose(self, call: PolicyCall) -> Decision:
        rest = (0.0,) * (len(call.arms) - 1)
        return Decision(0, (1.0, *rest), escalate=tuple(pair for pair in self.chain if pair[0] < len(call.arms)))

    def learn(self, run: object, outcome: object) -> None: ...


def unsure(name: str, cost: float, sure: float | None, value: Any = True) -> Any:
    said = value if isinstance(value, Exception) else Response(value, confidence=sure)
    return backend("vqa", said, name, cost)


def three(first: float | None, second: float | None) -> fmplang.Pool:
    return fmplang.Pool([unsure("a", 1.0, first, False), unsure("b", 2.0, second), unsure("c", 4.0, 0.9, False)])


@DRIVERS
@pytest.mark.parametrize(("first", "second", "told", "cost"), [
    (0.8, 0.8, (None, "a", False, []), 1.0), (0.7, 0.8, (1, "b", True, ["a"]), 3.0),
    (None, 0.9, (1, "b", True, ["a"]), 3.0), (0.1, 0.1, (2, "c", False, ["a", "b"]), 7.0),
    (0.1, None, (2, "c", False, ["a", "b"]), 7.0),
])
def test_a_cascade_asks_on_until_it_is_sure(drive: Drive, first: float | None, second: float | None, told: Any,
                                            cost: float) -> None:
    made = fmplang.Runtime(pool=three(first, second), policy=Chain((1, 0.75), (2, 0.75)), budget=100)
    run = drive(made)
    call = one_row(made, run.id)
    assert (call.answered, call.backend, run.value, [s.backend for s in call.shadows]) == told
    assert run.cost == cost and call.lost == 0 and call.attempts == ()
    assert [(c.arm, c.changed) for c in run.record.comparisons] == [
        (s.arm, s.value is not run.value) for s in call.shadows]


def test_a_cascade_that_is_out_of_money_takes_what_it_has() -> None:
    run = once(fmplang.Runtime(pool=three(0.1, 0.1), policy=Chain((1, 0.75), (2, 0.75)), budget=4.5))
    (call,) = run.trace
    assert (run.value, run.cost, call.backend, call.flags) == (True, 3.0, "b", ("no money to ask c",))


def test_a_failure_within_a_cascade() -> None:
    def cascade(*pool: Any) -> Any:
        run = once(fmplang.Runtime(pool=pool, policy=Chain((1, 0.75), (2, 0.75))))
        (call,) = run.trace
        assert run.cost == call.spent
        return call.backend, [s.backend for s in call.shadows], [who for who, _ in call.attempts], run.cost

    broken, slow = ValueError("x"), TimeoutError("x")
    assert cascade(unsure("a", 1, 0.5), unsure("b", 2, 0, broken), unsure("c", 4, 0.9)) == ("c", ["a"], ["b"], 5)
    assert cascade(unsure("a", 1, 0.5), unsure("b", 2, 0, slow), unsure("c", 4, 0, broken)) == (
        "a", [], ["b", "b", "c"], 5)
    assert cascade(unsure("a", 1, 0, broken), unsure("b", 2, 0.8), unsure("c", 4, 0.9)) == ("b", [], ["a"], 2)
    assert cascade(unsure("a", 1, 0, broken), unsure("b", 2, 0.5), unsure("c", 4, 0.9)) == ("c", ["b"], ["a"], 6)


def test_the_shipped_cascade_runs_in_the_host() -> None:
    made = fmplang.Runtime(pool=three(0.1, 0.1), policy="cascade", seed=1)
    runs = [once(made) for _ in range(3)]
    assert {run.trace[0].backend for run in runs} == {"c"} and all(len(run.trace[0].shadows) == 2 for run in runs)


# ------------------------------------------------------- decisions before money


def reading(path: Path, run_id: str) -> Any:
    from fmplang.ledger.sqlite import SqliteLedger

    reader = SqliteLedger(path)
    try:
        return reader.find_run(run_id).record
    except LedgerError:
        return None
    finally:
        reader.close()


def paying(path: Path, names: Sequence[str], seen: list[Any], last: Any = True) -> fmplang.Pool:
    """Backends that fail, but for the last; those named in capitals cost money. Each looks into the ledger first."""
    made = []
    for place, name in enumerate(names):
        def look(request: Any, name: str = name, place: int = place) -> Any:
            record = reading(path, request.run_id)
            seen.append((name, None if record is None else [(c.backend, c.attempts) for c in record.calls]))
            return TimeoutError(name) if place < len(names) - 1 else last

        each = backend("vqa", look, name, 1.0 + place)
        each.paid = name.isupper()
        made.append(each)
    return fmplang.Pool(made)


@DRIVERS
def test_a_fallback_that_costs_money_is_on_the_disk_before_it_is_asked(drive: Drive, tmp_path: Path) -> None:
    path, seen = tmp_path / "runs.db", []  # type: ignore[var-annotated]
    pool = paying(path, ["free", "PAID", "also", "DEAR"], seen)
    with fmplang.Runtime(pool=pool, policy="cheapest", ledger=path) as made:
        run = drive(made)
        before = [("free", (("PAID", "asked"),))]
        again = [("free", (("PAID", "asked"), ("PAID", "asked")))]
        dear = [("free", (("PAID", "asked"), ("PAID", "asked"), ("DEAR", "asked")))]
        assert seen == [("free", None), ("free", None), ("PAID", before), ("PAID", again), ("also", again),
                        ("also", again), ("DEAR", dear)]
        (call,) = made.ledger.find_run(run.id).record.calls
        assert call == run.trace[0] and [who for who, _ in call.attempts] == ["free"] * 2 + ["PAID"] * 2 + ["also"] * 2
        assert (call.arm, call.answered, call.cost, call.lost) == (0, 3, 4.0, 12.0)


@DRIVERS
def test_a_fallback_that_cannot_be_kept_is_not_asked(drive: Drive, tmp_path: Path) -> None:
    from fmplang.ledger.memory import MemoryLedger

    class Full(MemoryLedger):
        durable = True

        def record_decisions(self, run: Any, calls: Any) -> None:
            raise LedgerError("the disk is full", code="FMP824")

    seen: list[Any] = []
    made = fmplang.Runtime(pool=paying(tmp_path / "none.db", ["free", "PAID"], seen), policy="cheapest", ledger=Full(),
                           budget=50)
    with pytest.raises(LedgerError) as raised:
        drive(made)
    assert raised.value.code == "FMP824" and [name for name, _ in seen] == ["free", "free"]
    assert made.spent == 2.0 and made._purse.reserved == 0
    (call,) = made.ledger.find_run("last").record.calls
    assert [who for who, _ in call.attempts] == ["free"] and call.spent == 2.0


@DRIVERS
def test_a_stop_while_another_is_asked_counts_what_it_may_cost(drive: Drive) -> None:
    def stop(requests: object) -> Any:
        raise KeyboardInterrupt

    pool = a_pool(TimeoutError())
    pool["good"].answer = stop  # type: ignore[method-assign]
    made = fmplang.Runtime(pool=pool, policy="cheapest", budget=50)
    with pytest.raises(KeyboardInterrupt):
        drive(made)
    assert made._purse.reserved == 0 and made.spent == 3.0 + 3.0 + 5.0
