"""A failed assertion makes the host look back, ask a stronger backend, and begin the run anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang import Recovery, Response
from fmplang.errors import BackendError, FmpError, LimitError, RunError
from fmplang.ledger.sqlite import SqliteLedger
from fmplang.policy.base import Decision, PolicyCall
from fmplang.policy.cheapest import Cheapest
from fmplang.runtime.trace import CallRecord, RunRecord
from tests.host.programs import NEURAL, backend, program

# Two calls feed the assertion, `aside` does not; `after` is asked once it holds.
PROGRAM = program('''a = count("aside")
x = count("left")
y = count("right")
assert x == y, "left and right differ"
return a + x + count("after")''')


class Slice:
    def __init__(self, calls: Iterable[int]) -> None:
        self.calls = list(calls)


def of_texts(*texts: str) -> Any:
    """A slicer by the arguments of calls; what it was given is checked."""
    def slicer(of: fmplang.Program, run: RunRecord, limits: fmplang.Limits) -> Slice:
        assert run.error is not None and run.error.startswith("FMP505") and isinstance(limits, fmplang.Limits)
        assert [call.order for call in run.calls] == sorted(call.order for call in run.calls)
        return Slice(i for i, call in enumerate(run.calls) if call.args["text"] in texts)

    return slicer


class Scripted:
    """Answers by text; `log` holds what all of them were asked, in order."""

    def __init__(self, log: list[str], name: str, cost: float, **answers: Any) -> None:
        def answer(request: Any) -> Any:
            text = request.args["text"]
            log.append(f"{name}:{text}")
            said = answers.get(text, 1)
            return said(request) if callable(said) else said

        self.backend = backend("count", answer, name, cost)


def sure(value: int, confidence: float) -> Response:
    return Response(value, confidence=confidence)


def a_runtime(log: list[str], weak: dict[str, Any], *stronger: dict[str, Any], about: Iterable[str] | None = None,
              policy: Any = None, **more: Any) -> fmplang.Runtime:
    """`weak` answers at 1; the stronger ones at 4, 16, ... What an assertion depended on is what the run's slice says,
    or the calls about the texts of `about`."""
    tiers = zip(("weak", "strong", "best"), (1.0, 4.0, 16.0), (weak, *stronger), strict=False)
    made = [Scripted(log, name, cost, **answers).backend for name, cost, answers in tiers]
    runtime = fmplang.Runtime(pool=made, policy=policy or Cheapest(), **more)
    if about is not None:
        runtime._setting.slicer = of_texts(*about)
    return runtime


def once(made: fmplang.Runtime, what: fmplang.Program = PROGRAM, **inputs: Any) -> fmplang.Run:
    return made.run(what, **inputs)


def by_arun(made: fmplang.Runtime, what: fmplang.Program = PROGRAM, **inputs: Any) -> fmplang.Run:
    return asyncio.run(made.arun(what, **inputs))


def by_stream(made: fmplang.Runtime, what: fmplang.Program = PROGRAM, **inputs: Any) -> fmplang.Run:
    (run,) = made.stream(what, [inputs], concurrency=3)
    return run


DRIVERS = pytest.mark.parametrize("drive", [once, by_arun, by_stream])
Drive = Callable[..., fmplang.Run]


def charged(record: RunRecord) -> float:
    return sum(call.spent for call in (*record.calls, *record.abandoned))


@DRIVERS
def test_the_least_certain_call_is_asked_again_and_the_run_goes_on(drive: Drive) -> None:
    log: list[str] = []
    made = a_runtime(log, {"left": sure(3, 0.2), "right": sure(2, 0.9)}, {"left": sure(2, 0.8)}, budget=100)
    run = drive(made)
    assert run.value == 1 + 2 + 1 and run.error is None
    assert log == ["weak:aside", "weak:left", "weak:right", "strong:left", "weak:after"]
    assert run.cost == charged(run.record) == made.spent == 8.0 and made._purse.reserved == 0
    left = run.trace[1]
    assert (left.arm, left.answered, left.backend, left.value, left.cost) == (0, 1, "strong", 2, 4.0)
    assert [(s.arm, s.backend, s.value, s.cost, s.confidence) for s in left.shadows] == [(0, "weak", 3, 1.0, 0.2)]
    assert left.confidence == 0.8 and [call.round for call in run.trace] == [0, 0, 0, 1]
    assert run.record.abandoned == []
    (tried,) = run.record.recoveries
    assert PROGRAM.source.text[slice(*tried.span)].startswith("assert") and tried.source == "p.fmp"
    assert (tried.site, tried.order, tried.round, tried.before, tried.after, tried.cost, tried.mended) == (
        left.site, (1,), 0, "weak", "strong", 4.0, True)
    stored = made.ledger.find_run(run.id).record
    assert stored is run.record and stored.error is None


def test_what_is_learned_from_it() -> None:
    """The earlier answer is a shadow whose replay fails at the assertion."""
    made = a_runtime([], {"left": 3}, {"left": 1}, about=["left"])
    run = once(made)
    (compared,) = run.record.comparisons
    assert (compared.call, compared.arm, compared.same, compared.changed) == (1, 0, False, True)
    assert compared.error == "FMP505"


@pytest.mark.parametrize(("weak", "order"), [
    ({"left": sure(3, 0.4), "right": 2}, ["left", "right"]),       # a missing confidence counts as 0.5
    ({"left": sure(3, 0.6), "right": 2}, ["right", "left"]),
    ({"left": 3, "right": 2}, ["right", "left"]),                  # of equals the later one
    ({"left": sure(3, 0.5), "right": sure(2, 0.5)}, ["right", "left"]),
    ({"left": sure(3, 0.1), "right": sure(2, 0.2)}, ["left", "right"]),
])
def test_the_order_of_asking_and_an_answer_that_agrees_becomes_a_shadow(weak: dict[str, Any], order: list[str]) -> None:
    log: list[str] = []
    made = a_runtime(log, weak, {"left": 3, "right": 2})
    with pytest.raises(RunError) as raised:
        once(made)
    assert log[3:] == [f"strong:{text}" for text in order]
    error = raised.value
    assert error.code == "FMP505" and error.message == "left and right differ"
    assert error.hint.count("asked strong in place of weak: the same answer") == 2
    record = made.ledger.find_run(error.run_id).record
    assert record.error == "FMP505: left and right differ" and record.cost == charged(record) == made.spent == 11.0
    assert [[(s.backend, s.value) for s in call.shadows] for call in record.calls] == [
        [], [("strong", 3)], [("strong", 2)]]
    assert {call.backend for call in record.calls} == {"weak"} and all(c.answered is None for c in record.calls)
    assert [(each.told, each.mended, each.cost) for each in record.recoveries] == [("the same answer", False, 4.0)] * 2


def test_the_next_dearer_comes_when_all_others_had_their_turn() -> None:
    log: list[str] = []
    made = a_runtime(log, {"left": 3, "right": 2}, {"left": 3, "right": 2}, {"left": 2, "right": 2})
    run = once(made)
    assert log[3:] == ["strong:right", "strong:left", "best:right", "best:left", "weak:after"]
    left = run.trace[1]
    assert run.record.recoveries[-1].mended and [each.mended for each in run.record.recoveries].count(True) == 1
    assert (left.backend, left.answered, [s.backend for s in left.shadows]) == ("best", 2, ["strong", "weak"])


@DRIVERS
def test_an_answer_that_does_not_help_fails_with_the_first_assertion(drive: Drive) -> None:
    log: list[str] = []
    made = a_runtime(log, {"left": 3, "right": 2}, {"left": 5, "right": 6})
    with pytest.raises(RunError) as raised:
        drive(made)
    error = raised.value
    assert (error.code, error.message) == ("FMP505", "left and right differ")
    assert "main/count:right asked strong in place of weak: another answer, then FMP505" in error.hint
    assert log[3:] == ["strong:right"]
    record = made.ledger.find_run(error.run_id).record
    assert [(c.args["text"], c.backend) for c in record.calls] == [
        ("aside", "weak"), ("left", "weak"), ("right", "strong")]
    assert not record.recoveries[0].mended and record.comparisons == () and record.cost == charged(record)


def test_more_rounds_where_they_are_allowed() -> None:
    weak, strong = {"left": 3, "right": 2}, {"left": 6, "right": 6}
    log: list[str] = []
    run = once(a_runtime(log, weak, strong, recovery=Recovery(recoveries=2)))
    assert run.value == 1 + 6 + 1 and log[3:] == ["strong:right", "strong:left", "weak:after"]
    assert [(each.round, each.mended) for each in run.record.recoveries] == [(0, True), (1, True)]
    assert [call.round for call in run.trace] == [0, 0, 0, 2]
    with pytest.raises(RunError):
        once(a_runtime([], weak, strong, recovery=Recovery(recoveries=1)))
    log = []
    with pytest.raises(RunError) as raised:
        once(a_runtime(log, weak, strong, recovery=Recovery(recoveries=0)))
    assert len(log) == 3 and raised.value.hint == "the program's own check failed"


def test_calls_that_are_not_among_those_it_depended_on_are_never_asked_again() -> None:
    log: list[str] = []
    made = a_runtime(log, {"aside": sure(1, 0.0), "left": sure(3, 0.9)}, {"left": sure(1, 1.0), "aside": 7})
    assert once(made).value == 3 and "strong:aside" not in log and log.count("weak:aside") == 1
    log.clear()
    with pytest.raises(RunError):
        once(a_runtime(log, {"left": 3}, {"left": 1}, about=()))
    assert log == ["weak:aside", "weak:left", "weak:right"]


def test_where_no_arm_is_dearer_nothing_is_asked() -> None:
    log: list[str] = []
    made = a_runtime(log, {}, {"left": 3}, policy="strongest")
    with pytest.raises(RunError) as raised:
        once(made)
    assert log == ["strong:aside", "strong:left", "strong:right"]
    assert made.ledger.find_run(raised.value.run_id).record.recoveries == ()


def test_a_shadow_that_differs_is_taken_and_costs_nothing_more() -> None:
    class Beside:
        def choose(self, call: PolicyCall) -> Decision:
            return Decision(0, (1.0, 0.0), shadows=(1,) if call.request.args["text"] in ("left", "right") else ())

        def learn(self, run: object, outcome: object) -> None: ...

    log: list[str] = []
    run = once(a_runtime(log, {"left": 3}, {"left": 1}, policy=Beside()))
    assert run.value == 3 and len(log) == 6 and run.cost == charged(run.record) == 12.0
    left = run.trace[1]
    assert (left.backend, [s.backend for s in left.shadows]) == ("strong", ["weak"])
    (tried,) = run.record.recoveries  # right's shadow agreed with it, so it was not worth asking
    assert tried.cost == 0.0 and tried.mended and tried.order == (1,)


def test_a_stronger_backend_that_fails_is_asked_again_and_then_left() -> None:
    log: list[str] = []
    slow: Any = TimeoutError("slow")
    made = a_runtime(log, {"left": sure(3, 0.1)}, {"left": slow}, {"left": 1}, budget=100)
    run = once(made)
    assert run.value == 3 and log[3:] == ["strong:left", "strong:left", "strong:right", "best:left", "weak:after"]
    left = run.trace[1]
    assert left.lost == 8.0 and [who for who, _ in left.attempts] == ["strong", "strong"] and left.backend == "best"
    assert run.cost == charged(run.record) == made.spent
    assert run.record.recoveries[0].told.startswith("FMP701") and run.record.recoveries[0].cost == 8.0


def test_what_cannot_be_paid_is_not_asked() -> None:
    log: list[str] = []
    made = a_runtime(log, {"left": 3}, {"left": 1}, budget=7.9)
    with pytest.raises(RunError) as raised:
        once(made)
    assert log == ["weak:aside", "weak:left", "weak:right"] and made.spent == 3.0
    assert "there was no money to ask it" in raised.value.hint
    record = made.ledger.find_run(raised.value.run_id).record
    assert [each.told for each in record.recoveries] == ["there was no money to ask it"] * 2
    assert record.calls[1].flags == ("no money to ask strong",)


def test_the_money_may_run_out_on_the_way() -> None:
    made = a_runtime([], {"way": 7}, {"way": 4}, about=["way"], limits=fmplang.Limits(spend=7.5))
    with pytest.raises(RunError) as raised:  # the calls of the other branch cannot be paid
        once(made, BRANCH)
    assert raised.value.code == "FMP505" and "another answer, then FMP613" in raised.value.hint and made.spent == 7.0


def test_neural_calls_of_all_rounds_count_together() -> None:
    def run(most: int) -> fmplang.Run:
        return once(a_runtime([], {"left": 3}, {"left": 1}, about=["left"], limits=fmplang.Limits(neural_calls=most)))

    assert run(4).value == 3
    with pytest.raises(RunError) as raised:
        run(3)
    assert "then FMP612" in raised.value.hint
    branches = program('''x = count("way")
for i in range(x):
    count(f"step {i}")
assert x < 3, "too far"
return x''')
    for most in (5, 4):
        made = a_runtime([], {"way": 3}, {"way": 1}, about=["way"], limits=fmplang.Limits(neural_calls=most))
        done = once(made, branches)
        assert done.value == 1 and len(done.record.abandoned) == 2
    new = program('x = count("way")\nfor i in range(x):\n    count(f"{x}: {i}")\nassert x < 3, "too far"\nreturn x')
    made = a_runtime([], {"way": 3}, {"way": 2}, about=["way"], limits=fmplang.Limits(neural_calls=6))
    assert once(made, new).value == 2
    made = a_runtime([], {"way": 3}, {"way": 2}, about=["way"], limits=fmplang.Limits(neural_calls=5))
    with pytest.raises(RunError) as raised:
        once(made, new)
    assert "then FMP612" in raised.value.hint
    record = made.ledger.find_run(raised.value.run_id).record
    assert len(record.calls) + len(record.abandoned) == 5 and made.spent == charged(record)


def test_the_meter_goes_on_where_it_stood() -> None:
    work = program('x = count("way")\nn = 0\nfor i in range(600):\n    n += 1\nassert x == 2, "no"\nreturn x')
    used = work.start({})
    step: Any = used.advance()
    used.answer(2)
    used.advance()
    enough = fmplang.Limits(steps=2 * used.meter.steps)
    assert once(a_runtime([], {"way": 3}, {"way": 2}, about=["way"], limits=enough), work).value == 2 and step
    with pytest.raises(RunError) as raised:
        once(a_runtime([], {"way": 3}, {"way": 2}, about=["way"], limits=fmplang.Limits(steps=used.meter.steps + 9)),
             work)
    assert "then FMP604" in raised.value.hint


# ----------------------------------------------------------- where the calls stand


DEEP = fmplang.compile(NEURAL + '''
def measured(name: str) -> int:
    n = count(name)
    assert n > 0, "nothing there"
    return n

def both(a: str, b: str) -> int:
    return measured(a) + measured(b)

def main() -> int:
    return both("left", "right") * count("after")
''', name="p.fmp")


@DRIVERS
def test_across_a_function_call(drive: Drive) -> None:
    log: list[str] = []
    made = a_runtime(log, {"right": 0, "left": 4, "after": 10}, {"right": 3})
    run = drive(made, DEEP)
    assert run.value == 70 and log == ["weak:left", "weak:right", "strong:right", "weak:after"]
    assert [call.backend for call in run.trace] == ["weak", "strong", "weak"]


LOOP = program('''total = 0
for name in ["a", "b", "c", "d"]:
    n = count(name)
    assert n < 10, "too many"
    total += n
return total''')


@DRIVERS
def test_in_a_loop(drive: Drive) -> None:
    log: list[str] = []
    made = a_runtime(log, {"a": 1, "b": 2, "c": 30, "d": 40}, {"a": 9, "b": 9, "c": 3, "d": 4},
                     recovery=Recovery(recoveries=2), budget=100)
    run = drive(made, LOOP)
    assert run.value == 10
    assert log == ["weak:a", "weak:b", "weak:c", "strong:c", "weak:d", "strong:d"]
    assert [(c.backend, c.round) for c in run.trace] == [("weak", 0), ("weak", 0), ("strong", 0), ("strong", 1)]
    assert run.cost == charged(run.record) == made.spent == 12.0


GROUPED = program('''ns = [count(t) for t in ["a", "b", "c"]]
assert sum(ns) == 6, "they do not add up"
return sum([count(f"{n}") for n in ns])''')


@DRIVERS
def test_in_a_group(drive: Drive) -> None:
    log: list[str] = []
    made = a_runtime(log, {"a": 1, "b": sure(9, 0.1), "c": 3}, {"b": 2}, budget=100)
    run = drive(made, GROUPED)
    assert run.value == 3 and log == ["weak:a", "weak:b", "weak:c", "strong:b", "weak:1", "weak:2", "weak:3"]
    assert [(c.backend, c.round) for c in run.trace] == [("weak", 0), ("strong", 0), ("weak", 0), *[("weak", 1)] * 3]


GUARDED = program('''if count("any") == 0:
    return 0
names = ["left", "right"]
found: list[int] = []
for name in names:
    if count("look") > 0:
        found.append(count(name))
count("unused")
assert len(found) == 2, "both should be there"
return found[0] + found[1]''')


@DRIVERS
def test_by_control_as_well_as_by_data(drive: Drive) -> None:
    log: list[str] = []
    looked = iter([1, 0])
    made = a_runtime(log, {"look": lambda request: sure(next(looked), 0.9), "left": sure(5, 1.0), "right": sure(6, 1.0),
                           "unused": sure(0, 0.0)}, {}, budget=100)
    run = drive(made, GUARDED)
    assert run.value == 5 + 6
    # `unused` comes one place later now, so it is asked anew; the least certain of all, it was not among those tried
    assert log == ["weak:any", "weak:look", "weak:left", "weak:look", "weak:unused",
                   "strong:any", "strong:look", "weak:right", "weak:unused"]
    assert [e.told for e in run.record.recoveries][-1] == "another answer" and run.cost == charged(run.record)


BRANCH = program('''if count("way") > 5:
    y = count("high")
    z = count("both")
else:
    y = count("low")
    z = count("both")
assert y + z == 4, "no"
return y''')


@DRIVERS
def test_calls_that_the_run_no_longer_stands_on_are_kept_apart_and_found_again(drive: Drive, tmp_path: Path) -> None:
    log: list[str] = []
    with a_runtime(log, {"way": 7, "high": 2, "low": 3}, {"way": 4}, about=["way"],
                   ledger=tmp_path / "runs.db") as made:
        run = drive(made, BRANCH)
        record = run.record
        assert run.value == 3 and [(c.args["text"], c.round) for c in record.calls] == [
            ("way", 0), ("low", 1), ("both", 1)]
        assert [(c.args["text"], c.round, c.order) for c in record.abandoned] == [("high", 0, (1,)), ("both", 0, (2,))]
        assert log == ["weak:way", "weak:high", "weak:both", "strong:way", "weak:low", "weak:both"]
        assert run.cost == charged(record) == 9.0
        (compared,) = record.comparisons  # the answers of abandoned calls are known to the replay
        assert (compared.changed, compared.error, compared.unknown) == (True, "FMP505", "")
        stored = made.ledger.find_run(run.id).record
        assert (stored.calls, stored.abandoned, stored.recoveries) == (
            record.calls, record.abandoned, record.recoveries)
        assert stored.comparisons == record.comparisons and stored.cost == record.cost


def test_an_earlier_way_may_be_gone_again_without_paying_for_it_twice() -> None:
    log: list[str] = []
    made = a_runtime(log, {"way": sure(7, 0.1), "high": 2, "low": 9}, {"way": sure(4, 0.2), "high": 3}, {"way": 8},
                     about=["way", "high"], recovery=Recovery(recoveries=3))
    run = once(made, BRANCH)
    # 7 leads to high (2 + 1), 4 to low (9 + 1), 8 back to high, where the stronger one says 3
    assert run.value == 3 and log.count("weak:high") == 1 and run.cost == charged(run.record)
    assert [(c.args["text"], c.backend) for c in run.trace] == [("way", "best"), ("high", "strong"), ("both", "weak")]
    assert [(c.args["text"], c.round) for c in run.record.abandoned] == [("low", 1), ("both", 1)]


def test_lockstep_runs_mend_as_they_would_alone() -> None:
    by_row = program('x = count(t)\nassert x < 5, "no"\nreturn x + count("after")', "t: str")

    def stream(width: int) -> list[Any]:
        weak = {t: 9 if t in "bd" else 2 for t in "abcdef"}
        made = a_runtime([], weak, {"b": 3, "d": 8}, seed=1)
        runs = made.stream(by_row, [{"t": t} for t in "abcdef"], concurrency=width, on_error="yield")
        return [(r.value, r.cost, r.error and r.error.hint, [(c.backend, c.round) for c in r.trace],
                 [e.told for e in r.record.recoveries]) for r in runs]

    first = stream(1)
    assert first == stream(3) == stream(10)
    assert [value for value, *_ in first] == [3, 4, 3, None, 3, 3]


# ------------------------------------------------------------- what else may happen


def test_other_failures_are_not_mended() -> None:
    log: list[str] = []
    wrong = program('xs = [1]\nreturn xs[count("left")]')
    with pytest.raises(RunError) as raised:
        once(a_runtime(log, {"left": 5}, {"left": 0}), wrong)
    assert raised.value.code == "FMP501" and log == ["weak:left"]


@pytest.mark.parametrize(("then", "code"), [(ValueError("gone"), "FMP700"), ("many", "FMP702")])
def test_a_backend_that_fails_after_the_exchange(then: Any, code: str) -> None:
    made = a_runtime([], {"left": sure(3, 0.1), "after": then}, {"left": 1, "after": then})
    with pytest.raises(RunError) as raised:
        once(made)
    assert raised.value.code == "FMP505" and f"another answer, then {code}" in raised.value.hint
    record = made.ledger.find_run(raised.value.run_id).record
    assert record.calls[-1].error is not None and record.cost == charged(record) == made.spent


def test_a_policy_that_fails_after_the_exchange_is_told_itself() -> None:
    class Tires(Cheapest):
        def choose(self, call: PolicyCall) -> Decision:
            if call.request.args["text"] == "after":
                raise ValueError("tired")
            return super().choose(call)

    with pytest.raises(FmpError) as raised:
        once(a_runtime([], {"left": 3}, {"left": 1}, policy=Tires()))
    assert raised.value.code == "FMP750"


def test_a_slice_that_cannot_be_had_leaves_the_failure_as_it_is() -> None:
    def none(*of: Any) -> Any:
        raise LimitError("too long", limit="steps", ceiling=1, code="FMP604")

    made = a_runtime([], {"left": 3}, {"left": 1})
    made._setting.slicer = none
    with pytest.raises(RunError) as raised:
        once(made)
    assert raised.value.code == "FMP505" and raised.value.hint == "the program's own check failed"


def test_a_stop_while_the_stronger_one_is_asked() -> None:
    def stop(request: Any) -> Any:
        raise KeyboardInterrupt

    made = a_runtime([], {"left": 3}, {"right": stop}, budget=50)
    stops = made.pool["strong"]
    stops.answer = lambda requests: stop(None)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        once(made)
    record = made.ledger.find_run("last").record
    assert record.error == "KeyboardInterrupt" and len(record.calls) == 3 and record.abandoned == []
    assert made._purse.reserved == 0 and made.spent == 7.0


@DRIVERS
def test_the_stronger_one_is_on_the_disk_before_it_is_asked(drive: Drive, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    seen: list[Any] = []

    def look(request: Any) -> int:
        reader = SqliteLedger(path)
        record = reader.find_run(request.run_id).record
        reader.close()
        seen.append([(c.args["text"], c.attempts, c.error) for c in record.calls])
        return 1

    with a_runtime([], {"left": 3}, {"left": look}, about=["left"], ledger=path) as made:
        made.pool["strong"].paid = True  # type: ignore[attr-defined]
        run = drive(made)
        assert seen == [[("aside", (), "unfinished"), ("left", (("strong", "asked"),), "unfinished"),
                         ("right", (), "unfinished")]]
        stored = made.ledger.find_run(run.id).record
        assert stored.calls == list(run.trace) and all(call.attempts == () for call in stored.calls)


def test_a_run_that_was_killed_in_its_second_round_shows_both(tmp_path: Path) -> None:
    """A decision of a later round at the same place stands beside that of the earlier one."""
    path = tmp_path / "runs.db"
    shown: list[Any] = []

    def look(request: Any) -> int:
        reader = SqliteLedger(path)
        stored = reader.find_run(request.run_id)
        reader.close()
        shown.append((stored.finished, [(c.args["text"], c.round) for c in stored.record.calls],
                      [(c.args["text"], c.round) for c in stored.record.abandoned]))
        return 3

    with a_runtime([], {"way": 7, "high": 2, "low": look}, {"way": 4}, about=["way"], ledger=path) as made:
        for each in made.pool:
            each.paid = True  # type: ignore[attr-defined]
        once(made, BRANCH)
    assert shown == [(False, [("way", 0), ("low", 1), ("both", 0)], [("high", 0)])]


def test_a_record_holds_only_what_json_holds() -> None:
    run = once(a_runtime([], {"left": 3}, {"left": 1}))
    told = [(e.source, e.span, e.site, e.order, e.before, e.after, e.cost, e.told, e.mended)
            for e in run.record.recoveries]
    assert json.loads(json.dumps(told)) and all(isinstance(call, CallRecord) for call in run.trace)
    assert issubclass(BackendError, FmpError)


@pytest.mark.parametrize("name", ["counterfactual:warm=4,pairs=4", "thompson", "lints", "reinforce", "full", "router",
                                  "cascade"])
def test_policies_learn_the_same_from_the_ledger_as_at_work(name: str, tmp_path: Path) -> None:
    """Retries, fallbacks, exchanges and abandoned calls included."""
    from fmplang.host.learner import Learner
    from fmplang.ledger.base import open_ledger
    from fmplang.policy.registry import resolve
    from fmplang.policy.state import pack

    def weak(request: Any) -> Any:
        n = len(request.args["text"])
        return ConnectionError("busy") if n % 5 == 3 else Response(n % 4, confidence=n % 7 / 7)

    pool = [backend("count", weak, "weak", 1.0), backend("count", 1, "strong", 4.0)]
    checked = program('x = count(t)\nif x > 2:\n    x = count(t + "!")\nassert x == 1 or x > 2, "no"\nreturn x',
                      "t: str")
    path = tmp_path / "runs.db"
    made = fmplang.Runtime(pool=pool, policy=name, ledger=path, trade_off=1.0, recovery=Recovery(recoveries=2))
    runs = list(made.stream(checked, [{"t": "x" * (i % 30)} for i in range(40)], on_error="yield"))
    for i, run in enumerate(runs):
        if i % 3:
            made.feedback(run.id, label=1)
    live = pack(made.policy.state())  # type: ignore[attr-defined]
    made.ledger.close()
    policy = resolve(name)
    told = Learner(policy, open_ledger(path))
    told.catch_up()
    assert pack(policy.state()) == live  # type: ignore[attr-defined]
    stored = [told.ledger.find_run(run.id).record for run in runs]
    told.ledger.close()
    assert [r.calls for r in stored] == [r.record.calls for r in runs]
    assert [(r.abandoned, r.recoveries, r.cost) for r in stored] == [
        (r.record.abandoned, r.record.recoveries, r.cost) for r in runs]
    assert any(call.attempts for r in stored for call in r.calls)
    assert name == "cascade" or any(r.recoveries for r in stored)  # a cascade asks the dearest of all anyway
