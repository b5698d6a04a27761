"""Credit: what each call was worth, by hand on small programs whose backends are functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

import fmplang
from fmplang.host.credit import SITES, credit_of, slice_of
from fmplang.host.feedback import outcome_for
from fmplang.ledger.base import StoredOutcome
from fmplang.policy.ask_all import AskAll
from fmplang.policy.cheapest import Cheapest
from fmplang.policy.strongest import Strongest
from fmplang.runtime.slicing import Slice
from fmplang.runtime.trace import RunRecord
from tests.host.programs import TWO, a_pool, program

ORDERED = program(
    'first = ask("a")\nsecond = ask("b")\nthird = ask("c")\nreturn first and second', returns="bool")


@fmplang.backend("vqa", name="guess", cost=1.0)
def guess(request: Any) -> bool:
    return request.args["text"] != "b"


@fmplang.backend("vqa", name="know", cost=3.0)
def know(request: Any) -> bool:
    return True


@fmplang.backend("vqa", name="break", cost=2.0)
def broken(request: Any) -> bool:
    raise ConnectionError("no line")


def judged(run: RunRecord, reward: float, label: Any = None) -> Any:
    return outcome_for(run, StoredOutcome("o", run.id, reward, label))


def cut(calls: set[int], data: set[int]) -> Slice:
    """A slice by hand, of a run with three calls."""
    return Slice(frozenset(calls), frozenset(data), {"p.fmp": ((3, 9),)}, (frozenset(), frozenset({0}), frozenset()))


def test_the_credit_of_each_exchange_by_hand() -> None:
    runtime = fmplang.Runtime(pool=fmplang.Pool([guess, know, broken]), policy=AskAll(Cheapest()))
    run = runtime.run(ORDERED)
    assert run.value is False and run.cost == 3 * (1 + 3)  # `guess` used; `know` asked too; `break` costs nothing
    credit = credit_of(ORDERED, run.record, cut({0, 1}, {1}), judged(run.record, 0.0))
    assert [call["depended"] for call in credit["calls"]] == ["control", "data", "no"]
    assert [call["stands_on"] for call in credit["calls"]] == [[], [0], []]
    assert [call["cost_share"] for call in credit["calls"]] == [1 / 12] * 3
    assert [call["shadow_cost"] for call in credit["calls"]] == [3.0] * 3
    # Exchanged for the right answer, the second call would have won the run; the others said the same.
    assert [call["credit"] for call in credit["calls"]] == [
        {"know": 0.0, "break": None}, {"know": -1.0, "break": None}, {"know": 0.0, "break": 0.0}]
    second, dead = credit["calls"][1]["exchanges"]
    assert {k: second[k] for k in ("backend", "answer", "same", "changed", "final", "own", "later", "why")} == {
        "backend": "know", "answer": True, "same": False, "changed": True, "final": True, "own": 2.0, "later": 0.0,
        "why": ""}
    assert (dead["same"], dead["changed"]) == (None, None)
    assert dead["why"].startswith("it gave no answer: FMP700") and "no line" in dead["why"]
    assert credit["reward"] == 0.0 and credit["statements"] == {"p.fmp": [[3, 9]]}
    assert json.loads(json.dumps(credit)) == credit


@pytest.mark.parametrize(("reward", "worth"), [(1.0, 1.0), (0.0, -1.0), (0.25, -0.5)])
def test_of_two_truth_values_the_reward_says_what_the_other_is_worth(reward: float, worth: float) -> None:
    run = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy=AskAll(Cheapest())).run(ORDERED).record
    assert credit_of(ORDERED, run, None, judged(run, reward))["calls"][1]["credit"] == {"know": worth}


def test_without_an_outcome_only_what_changes_nothing_is_known() -> None:
    run = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy=AskAll(Cheapest())).run(ORDERED).record
    credit = credit_of(ORDERED, run)
    assert [call["credit"]["know"] for call in credit["calls"]] == [0.0, None, 0.0]
    assert credit["calls"][1]["exchanges"][0]["why"] == "there is no outcome yet"
    assert [call["depended"] for call in credit["calls"]] == [None] * 3 and credit["statements"] is None
    assert credit["reward"] is None


def test_what_nobody_answered_is_unknown_and_says_where() -> None:
    run = fmplang.Runtime(pool=a_pool(), policy=AskAll(Cheapest())).run(TWO, t="x").record
    credit = credit_of(TWO, run, None, judged(run, 1.0))
    (told,) = credit["calls"][0]["exchanges"]
    assert told["changed"] is None and told["later"] is None and told["own"] == 3.0
    assert told["why"] == "the run would have asked something else at main/count, which nobody answered"
    assert credit["calls"][0]["credit"] == {"big": None}


def test_what_the_answer_does_not_depend_on_is_worth_nothing_asked_or_not() -> None:
    run = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy="cheapest").run(ORDERED).record
    credit = credit_of(ORDERED, run, cut({0, 1}, {1}))
    assert [call["credit"]["know"] for call in credit["calls"]] == [None, None, 0.0]
    (told,) = credit["calls"][2]["exchanges"]
    assert (told["changed"], told["same"], told["why"]) == (False, None, "it was not asked")


def test_later_costs_are_told_beside_the_credit() -> None:
    run = fmplang.Runtime(pool=a_pool(), policy=AskAll(Strongest())).run(TWO, t="x").record
    credit = credit_of(TWO, run, None, judged(run, 1.0, 10))
    ask, count = credit["calls"]
    assert (ask["exchanges"][0]["own"], ask["exchanges"][0]["later"]) == (-3.0, -8.0)  # `count` is not asked then
    assert (ask["credit"], count["credit"]) == ({"small": 1.0}, {"few": 1.0})
    assert ask["cost_share"] == 4 / 15 and count["cost_share"] == 8 / 15
    assert credit["strongest"] == {"cost": 12.0, "exact": True}


def test_the_strongest_is_exact_only_where_all_dearest_arms_agreed() -> None:
    runtime = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy=AskAll(Cheapest()))
    assert credit_of(ORDERED, runtime.run(ORDERED).record)["strongest"] == {"cost": 9.0, "exact": False}
    agreeing = program('return ask("a")', returns="bool")
    assert credit_of(agreeing, runtime.run(agreeing).record)["strongest"] == {"cost": 3.0, "exact": True}
    unasked = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy="cheapest").run(agreeing).record
    assert credit_of(agreeing, unasked)["strongest"] == {"cost": 3.0, "exact": False}
    (told,) = credit_of(agreeing, unasked)["calls"][0]["exchanges"]
    assert (told["asked"], told["why"], "answer" in told) == (False, "it was not asked", False)


def test_an_exchange_that_would_have_failed_earns_nothing() -> None:
    failing = program('assert ask("a") == ask("b") or ask("c")\nif ask("b"):\n    return [1][3]\nreturn 1')
    run = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy=AskAll(Cheapest())).run(failing).record
    last = credit_of(failing, run, None, judged(run, 1.0))["calls"][-1]
    assert last["credit"] == {"know": 1.0}
    assert (last["exchanges"][0]["changed"], last["exchanges"][0]["final_error"]) == (True, "FMP501")


def test_a_failed_run_compares_with_nothing() -> None:
    failing = program('ask("a")\nreturn [1][3]')
    with pytest.raises(fmplang.RunError) as raised:
        fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy=AskAll(Cheapest())).run(failing)
    credit = credit_of(failing, raised.value.record)
    (told,) = credit["calls"][0]["exchanges"]
    assert told["why"] == "the run failed, so there is no answer to compare with"
    assert credit["strongest"]["exact"] is False


def test_no_money_for_a_shadow_is_said() -> None:
    run = fmplang.Runtime(pool=a_pool(), policy=AskAll(Strongest()), budget=4.0).run(program('return count("a")'))
    assert run.trace[0].arms == ("few",)
    rich = fmplang.Runtime(pool=a_pool(), policy=AskAll(Strongest()), budget=9.0).run(program('return count("a")'))
    (told,) = credit_of(program('return count("a")'), rich.record)["calls"][0]["exchanges"]
    assert (told["backend"], told["why"]) == ("few", "there was no money to ask it")


def test_sites_that_asked_nothing_are_listed_with_their_places() -> None:
    run = fmplang.Runtime(pool=a_pool(), policy="cheapest").run(TWO, t="a").record
    credit = credit_of(TWO, run)
    (idle,) = credit["not_executed"]
    assert {k: idle[k] for k in ("site", "primitive", "capability", "file", "line", "column")} == {
        "site": "main/count", "primitive": "count", "capability": "count", "file": "p.fmp", "line": 12, "column": 16}
    assert credit["not_executed_more"] is False


def test_sites_without_end_are_cut() -> None:
    levels = "".join(f"def f{n}(t: str) -> bool:\n    return " + " or ".join([f"f{n - 1}(t)"] * 5) + "\n\n"
                     for n in range(1, 6))
    text = ('@neural("vqa")\ndef f0(t: str) -> bool:\n    """{t}"""\n\n' + levels
            + "def main(t: str) -> bool:\n    return len(t) > 9 or f5(t)\n")
    many = fmplang.compile(text)
    run = fmplang.Runtime(pool=a_pool(), policy="strongest").run(many, t="0123456789").record
    credit = credit_of(many, run)
    assert (len(credit["not_executed"]), credit["not_executed_more"], run.calls) == (SITES, True, [])


def test_the_slice_of_a_run_says_what_its_answer_depended_on() -> None:
    run = fmplang.Runtime(pool=fmplang.Pool([guess, know]), policy="cheapest").run(ORDERED).record
    credit = credit_of(ORDERED, run, slice_of(ORDERED, run))
    assert [call["depended"] for call in credit["calls"]][2] == "no"
    assert "no" not in [call["depended"] for call in credit["calls"]][:2]
    assert [call["credit"]["know"] for call in credit["calls"]] == [None, None, 0.0]
    assert slice_of(ORDERED, run, fmplang.Limits(steps=1)) is None
