"""What every ledger promises, for the one in memory and the one in a file alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fmplang.errors import LedgerError
from fmplang.ledger.base import UNFINISHED, Ledger, StoredOutcome, open_ledger
from fmplang.ledger.ids import LENGTH, new_run_id
from fmplang.ledger.memory import MemoryLedger
from fmplang.ledger.plain import dump
from fmplang.runtime.trace import ASKED, CallRecord, Recovered, RunRecord, Shadow


def a_call(order: tuple[int, ...] = (0,), **more: object) -> CallRecord:
    fields: dict[str, object] = {
        "site": "main/find:dog", "span": (10, 20), "source": "p.fmp", "function": "find", "capability": "detect",
        "order": order, "backend": "small", "arms": ("small", "big"), "prices": (1.0, 5.0),
        "propensities": (0.25, 0.75), "arm": 0, "args": {"name": "dog"},
    }
    return CallRecord(**{**fields, **more})  # type: ignore[arg-type]


def a_run(run_id: str = "", **more: object) -> RunRecord:
    fields: dict[str, object] = {
        "id": run_id or new_run_id(), "program": "d1gest", "entry": "main", "type": "bool", "name": "p.fmp",
        "unit": "flops", "policy": "random", "number": 3, "inputs": {"n": 1}, "scale": 12.0, "trade_off": 0.3,
    }
    return RunRecord(**{**fields, **more})  # type: ignore[arg-type]


def answered(call: CallRecord, **more: object) -> CallRecord:
    call.value, call.cost, call.seconds, call.done = [1, 2], 1.0, 0.5, True
    for name, value in more.items():
        setattr(call, name, value)
    return call


@pytest.fixture(params=["memory", "file"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(None if request.param == "memory" else tmp_path / "runs.db")
    yield made
    made.close()


def test_a_run_is_found_again_with_all_that_was_recorded(ledger: Ledger) -> None:
    first = answered(a_call((0, 1)), confidence=0.5, flags=("shadow",), attempts=(("big", "timeout"),))
    first.shadows = (Shadow(1, "big", [3], 5.0, 0.1, 0.9), Shadow(1, "big", error="FMP701"))
    second = answered(a_call((0, 0), features=(0.5, 1.0), note={"sampled": 0.25, "why": "first"}), cached=True)
    run = a_run(value=True, cost=2.0, seconds=1.5, notes=["seen"], calls=[second, first],
                executed={"p.fmp": ((0, 4), (5, 9))})
    ledger.prepare()
    ledger.record_run(run)
    stored = ledger.find_run(run.id)
    assert stored.record == run
    assert stored.finished and stored.outcomes == () and stored.started > 1_600_000_000


def test_what_recovery_leaves_is_found_again(ledger: Ledger) -> None:
    """Two calls of different rounds at one place, one of them abandoned, and one that another arm answered."""
    first = answered(a_call((0,)), answered=1, backend="big", lost=2.5, attempts=(("small", "FMP701: slow"),))
    old, new = answered(a_call((1,))), answered(a_call((1,), round=1, arm=1, backend="big"), value=7)
    older = answered(a_call((2,)))
    tried = (Recovered("p.fmp", (4, 9), "main/find:dog", (0,), 0, "small", "big", 5.0, "another answer", True),
             Recovered("p.fmp", (4, 9), "main/find:dog", (1,), 1, "small", "big"))
    run = a_run(value=1, cost=9.5, calls=[first, new], abandoned=[old, older], recoveries=tried)
    ledger.record_decisions(run, [first, old])
    ledger.record_run(run)
    assert ledger.find_run(run.id).record == run
    assert (first.answerer, first.spent, new.answerer) == (1, 3.5, 1)


def test_what_was_asked_beyond_the_decision_is_kept_before_it_is_answered(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "runs.db")
    plain, asking = a_call((0,)), a_call((1,), round=1)
    run = a_run(calls=[plain, asking, a_call((1,))])
    ledger.record_decisions(run, run.calls)
    asking.attempts = (("small", "FMP701"), ("big", ASKED))
    ledger.record_decisions(run, [asking])
    asking.attempts = (("small", "FMP701"), ("big", "FMP700"), ("huge", ASKED))
    ledger.record_decisions(run, [asking])
    record = ledger.find_run(run.id).record
    assert [(c.order, c.round, c.attempts, c.error) for c in record.calls] == [
        ((0,), 0, (), UNFINISHED), ((1,), 1, (("big", ASKED), ("huge", ASKED)), UNFINISHED)]
    assert [(c.order, c.round) for c in record.abandoned] == [((1,), 0)]
    ledger.close()


def test_recording_a_run_again_changes_nothing(ledger: Ledger) -> None:
    run = a_run(calls=[answered(a_call())])
    ledger.record_run(run)
    ledger.record_run(run)
    assert ledger.count() == 1
    assert len(ledger.find_run(run.id).record.calls) == 1


def test_decisions_of_a_run_that_never_ended_are_marked(ledger: Ledger) -> None:
    asked = a_call()
    run = a_run(calls=[asked])
    ledger.record_decisions(run, [asked])
    stored = ledger.find_run(run.id)
    assert not stored.finished
    assert stored.record.error == UNFINISHED
    assert [call.error for call in stored.record.calls] == [UNFINISHED]
    assert run.error is None and asked.error is None  # the run itself goes on
    ledger.record_run(a_run(run.id, calls=[answered(asked)], value=False))
    stored = ledger.find_run(run.id)
    assert stored.finished and stored.record.error is None
    assert [(call.error, call.value) for call in stored.record.calls] == [(None, [1, 2])]


def test_a_run_is_found_by_a_unique_prefix_in_any_case(ledger: Ledger) -> None:
    for run_id in ("0aaaaaaaaaaaaaaa", "0aaaaaaaaaaaaaab", "0b00000000000000"):
        ledger.record_run(a_run(run_id))
    assert ledger.find_run("0B").record.id == "0b00000000000000"
    assert ledger.find_run("0aaaaaaaaaaaaaab").record.id == "0aaaaaaaaaaaaaab"
    assert ledger.find_run("last").record.id == "0b00000000000000"
    with pytest.raises(LedgerError, match="more than one run begins with 0a") as raised:
        ledger.find_run("0a")
    assert raised.value.code == "FMP826"


@pytest.mark.parametrize("prefix", ["zz", "", "../x", "%", "0a_", "x" * 40, "last"])
def test_a_run_that_is_not_there(ledger: Ledger, prefix: str) -> None:
    ledger.prepare()
    with pytest.raises(LedgerError) as raised:
        ledger.find_run(prefix)
    assert raised.value.code == "FMP825"


def test_an_outcome_counts_once(ledger: Ledger) -> None:
    run = a_run()
    ledger.record_run(run)
    outcome = StoredOutcome("o1", run.id, 1.0, True)
    assert ledger.record_outcome(outcome)[0] is True
    assert ledger.record_outcome(outcome)[0] is False
    assert ledger.record_outcome(StoredOutcome("o2", run.id, 0.0, None))[0] is True
    told = [(o.id, o.reward, o.label) for o in ledger.find_run(run.id).outcomes]
    assert told == [("o1", 1.0, True), ("o2", 0.0, None)]
    with pytest.raises(LedgerError) as raised:
        ledger.record_outcome(StoredOutcome("o1", run.id, 0.5, True))
    assert raised.value.code == "FMP827"
    assert len(ledger.find_run(run.id).outcomes) == 2


def test_an_outcome_needs_its_run(ledger: Ledger) -> None:
    ledger.prepare()
    with pytest.raises(LedgerError) as raised:
        ledger.record_outcome(StoredOutcome("o1", "0a", 1.0))
    assert raised.value.code == "FMP825"


def test_texts_that_no_database_takes(ledger: Ledger) -> None:
    run = a_run(name="\udcff.fmp", error="said \ud800\x00", value="\ud800", calls=[answered(a_call(), error="\ud800")])
    ledger.record_run(run)
    stored = ledger.find_run(run.id).record
    assert stored.value == "\ud800"
    assert stored.error is not None and stored.error.startswith("said ")


def test_memory_keeps_the_last_runs_and_says_so() -> None:
    ledger = MemoryLedger(kept=2)
    runs = [a_run() for _ in range(3)]
    for run in runs:
        ledger.record_run(run)
    assert ledger.count() == 3
    assert ledger.find_run(runs[1].id).record is runs[1]
    with pytest.raises(LedgerError, match=r"only the last 2 runs .* ledger in a file"):
        ledger.record_outcome(StoredOutcome("o", runs[0].id, 1.0))


def test_ids_are_unique_and_sort_by_age() -> None:
    ids = [new_run_id() for _ in range(5_000)]
    assert len(set(ids)) == len(ids) and ids == sorted(ids)
    assert {len(i) for i in ids} == {LENGTH}


def test_values_become_one_line_of_ascii() -> None:
    assert dump("a\n\x1b[31m\u2028\ud800") == '"a\\n\\u001b[31m\\u2028\\ud800"'
    assert dump([float("nan"), -float("inf")]) == '["nan","-inf"]'


def test_a_value_out_of_all_proportion_is_told_by_its_size() -> None:
    shared: list[object] = ["x"]
    for _ in range(40):
        shared = [shared, shared]  # 2 ** 40 parts in 41 lists
    assert dump(shared).startswith('{"$omitted": ')
    assert dump("x" * 5_000_000).startswith('{"$omitted": ')


def test_a_damaged_image_is_no_reason_for_a_run_to_fail() -> None:
    from fmplang.errors import InputError
    from fmplang.runtime.values.images import Image, ImageSource

    def load() -> object:
        raise InputError("torn.png: the image is damaged", code="FMP813")

    assert dump({"image": Image(ImageSource(load, "torn.png"))}) == (  # type: ignore[arg-type]
        '{"$omitted": "torn.png: the image is damaged"}')
