"""A warm start: everything is asked once, the policy learns from it, static configurations are told honestly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.errors import ConfigError, LimitError
from fmplang.host import calibrate as module
from fmplang.host.calibrate import Row, calibrate
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.state import pack
from tests.host.test_learner import PROGRAM, a_pool, from_the_ledger

ROWS = [Row({"n": n}, bool(n % 2 and n > 50), True) for n in range(0, 100, 2)] + [
    Row({"n": n}, bool(n % 2 and n > 50), True) for n in range(1, 60, 2)]


def right(n: int, odd_dear: bool, large_dear: bool) -> bool:
    odd = bool(n % 2) ^ (not odd_dear and n % 3 == 0)
    return (odd and (n > 50) ^ (not large_dear and n % 3 == 0)) == (n % 2 == 1 and n > 50)


def test_the_configurations_are_those_of_the_truth_and_the_best_comes_first() -> None:
    runtime = fmplang.Runtime(a_pool(), "counterfactual", trade_off=0.2)
    found = calibrate(runtime, PROGRAM, ROWS)
    assert (found.runs, found.failed, found.judge, len(found.tried)) == (80, 0, "labels", 4)
    for one in found.tried:
        odd, large = (backend == "dear" for backend in one.choices.values())
        assert one.utility == pytest.approx(sum(right(r.inputs["n"], odd, large) for r in ROWS) / 80)
        assert one.net == pytest.approx(one.utility - 0.2 * one.cost)
    assert [one.net for one in found.tried] == sorted((one.net for one in found.tried), reverse=True)


def test_every_request_is_paid_for_once_and_all_of_it_is_charged() -> None:
    pool = a_pool()
    asked: list[tuple[str, str, int]] = []
    for backend in pool:
        inner = backend.answer

        def answer(requests: Any, inner: Any = inner, name: str = backend.name) -> Any:
            asked.extend((name, r.function.name, r.args["n"]) for r in requests)
            return inner(requests)

        backend.answer = answer  # type: ignore[method-assign]
    runtime = fmplang.Runtime(pool, "counterfactual", trade_off=0.2)
    found = calibrate(runtime, PROGRAM, ROWS)
    assert len(asked) == len(set(asked))
    assert found.spent == pytest.approx(sum(pool[name].price(None) for name, _, _ in asked))  # type: ignore[arg-type]
    assert runtime.spent == pytest.approx(found.spent) and found.trying > 0


def test_the_policy_has_learned_from_it_here_and_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with fmplang.Runtime(a_pool(), "counterfactual", ledger=path, trade_off=0.2) as runtime:
        calibrate(runtime, PROGRAM, ROWS)
        policy: Any = runtime.policy
        assert policy.since == 80 and policy.forced == 0
        live = pack(policy.state())
        first = runtime.run(PROGRAM, n=2)
    again = from_the_ledger("counterfactual", path)
    assert again.since == 81 and pack(again.state()) != live
    assert first.trace[0].version == 160
    assert pack(Counterfactual().state()) != live


def test_without_labels_answers_are_held_against_the_strongest() -> None:
    runtime = fmplang.Runtime(a_pool(), "counterfactual", trade_off=0.2)
    found = calibrate(runtime, PROGRAM, [Row(r.inputs) for r in ROWS])
    assert found.judge == "agreement with the strongest"
    assert next(one for one in found.tried if set(one.choices.values()) == {"dear"}).utility == 1.0
    assert runtime.ledger.last_event() == 80


def test_of_many_configurations_sites_are_bettered_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = calibrate(fmplang.Runtime(a_pool(), "counterfactual", trade_off=0.2), PROGRAM, ROWS)
    monkeypatch.setattr(module, "MOST", 1)
    part = calibrate(fmplang.Runtime(a_pool(), "counterfactual", trade_off=0.2), PROGRAM, ROWS)
    assert part.best.net == pytest.approx(whole.best.net)


def test_a_budget_ends_it_and_what_was_run_is_kept() -> None:
    runtime = fmplang.Runtime(a_pool(), "counterfactual", budget=10)
    with pytest.raises(LimitError, match="of 10"):
        calibrate(runtime, PROGRAM, ROWS)
    assert 0 < runtime.spent <= 10 + 1e-9
    assert runtime.ledger.last_event() > 0


def test_inputs_that_fail_are_counted_and_if_all_do_it_is_an_error() -> None:
    runtime = fmplang.Runtime(a_pool(), "counterfactual")
    assert calibrate(runtime, PROGRAM, [Row({"n": "x"}), *ROWS[:3]]).failed == 1
    with pytest.raises(ConfigError, match="no input could be run"):
        calibrate(runtime, PROGRAM, [Row({"n": "x"})])


