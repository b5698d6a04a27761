"""A policy's state is a function of the ledger: the same from the first event, from a snapshot, in any process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.errors import ConfigError, PolicyError
from fmplang.host.learner import Learner
from fmplang.ledger.base import open_ledger
from fmplang.policy.base import Decision, Outcome, PolicyCall, certain
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.registry import resolve
from fmplang.policy.state import pack, unpack
from fmplang.runtime.trace import RunRecord

LEARNERS = ["counterfactual", "thompson", "lints", "reinforce", "full", "router", "cascade"]
PROGRAM = fmplang.compile('''\
@neural("llm")
def odd(n: int) -> bool:
    """Is {n} odd?"""

@neural("llm")
def large(n: int) -> bool:
    """Is {n} large?"""

def main(n: int) -> bool:
    if not odd(n):
        return False
    return large(n)
''')


def a_pool() -> fmplang.Pool:
    """A dear backend that is right, and a cheap one that errs on every third number."""

    def truth(request: Any) -> bool:
        return bool(request.args["n"] % 2) if request.site.function.name == "odd" else bool(request.args["n"] > 50)

    @fmplang.backend("llm", name="cheap", cost=0.1)
    def cheap(request: Any) -> bool:
        return truth(request) ^ (request.args["n"] % 3 == 0)

    @fmplang.backend("llm", name="dear", cost=1.0)
    def dear(request: Any) -> bool:
        return truth(request)

    return fmplang.Pool([cheap, dear])


def stream(runtime: fmplang.Runtime, numbers: Any, told: Any = lambda n: True) -> list[list[str]]:
    chosen = []
    for n in numbers:
        run = runtime.run(PROGRAM, n=n)
        chosen.append([call.backend for call in run.trace])
        if told(n):
            runtime.feedback(run.id, label=bool(n % 2 and n > 50))
    return chosen


def plain(policy: Any) -> Any:
    return pack(policy.state())


def from_the_ledger(name: str, path: Path) -> Any:
    policy = resolve(name)
    learner = Learner(policy, open_ledger(path))
    learner.catch_up()
    learner.ledger.close()
    return policy


@pytest.mark.parametrize("name", LEARNERS)
def test_the_state_is_that_of_a_new_policy_that_is_told_the_ledger(name: str, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    runtime = fmplang.Runtime(a_pool(), name, ledger=path, trade_off=0.2)
    stream(runtime, range(45), lambda n: n % 4 != 0)
    live = plain(runtime.policy)
    runtime.ledger.close()  # no snapshot is kept
    assert plain(from_the_ledger(name, path)) == live


@pytest.mark.parametrize("name", LEARNERS)
def test_it_goes_on_from_a_snapshot_as_if_nothing_had_happened(name: str, tmp_path: Path) -> None:
    whole = stream(fmplang.Runtime(a_pool(), name, ledger=tmp_path / "whole.db", trade_off=0.2), range(60))
    parts = []
    for first in range(0, 60, 30):
        with fmplang.Runtime(a_pool(), name, ledger=tmp_path / "parts.db", trade_off=0.2) as runtime:
            parts += stream(runtime, range(first, first + 30))
    assert parts == whole
    ledger = open_ledger(tmp_path / "parts.db")
    policy = resolve(name)
    snapshots = ledger.load_snapshots(Learner(policy, ledger).key)
    assert [s.row for s in snapshots] == [120, 60]
    assert unpack(snapshots[0].plain, snapshots[0].arrays).keys() == policy.state().keys()  # type: ignore[attr-defined]
    ledger.close()


def test_an_outcome_from_another_process_is_learned_from_before_the_next_choice(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    ours = fmplang.Runtime(a_pool(), "counterfactual", ledger=path)
    other = fmplang.Runtime(a_pool(), "counterfactual", ledger=path)
    run = ours.run(PROGRAM, n=51)
    other.feedback(run.id, label=True)
    other.run(PROGRAM, n=3)
    ours.run(PROGRAM, n=5)
    other.run(PROGRAM, n=5)
    ours._learner.catch_up()
    other._learner.catch_up()
    assert plain(ours.policy) == plain(other.policy) == plain(from_the_ledger("counterfactual", path))
    assert [call.version for call in ours.ledger.find_run("last").record.calls] == [4, 4]


def test_of_many_outcomes_of_a_run_the_first_teaches_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    runtime = fmplang.Runtime(a_pool(), "counterfactual", ledger=path)
    run = runtime.run(PROGRAM, n=51)
    runtime.feedback(run.id, reward=1.0)
    once = plain(runtime.policy)
    for reward in (1.0, 0.25, 0.0):
        runtime.feedback(run.id, reward=reward)
    assert plain(runtime.policy) == once == plain(from_the_ledger("counterfactual", path))
    assert runtime.ledger.last_event() == 2


def test_a_policy_hears_of_its_own_runs_alone(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with fmplang.Runtime(a_pool(), "random", ledger=path) as runtime:
        stream(runtime, range(5))
    assert plain(from_the_ledger("counterfactual", path)) == plain(Counterfactual())


def test_other_settings_are_another_state(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with fmplang.Runtime(a_pool(), "counterfactual:warm=5", ledger=path) as runtime:
        stream(runtime, range(40))
    runtime = fmplang.Runtime(a_pool(), "counterfactual:warm=6", ledger=path)
    runtime._learner.catch_up()
    policy: Any = runtime.policy
    assert (policy.warm, policy.since) == (6, 40)


def test_a_damaged_snapshot_is_passed_over_and_one_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    from dataclasses import replace

    path = tmp_path / "runs.db"
    with fmplang.Runtime(a_pool(), "counterfactual", ledger=path) as runtime:
        stream(runtime, range(40))
        live = plain(runtime.policy)
    ledger = open_ledger(path)
    key = Learner(resolve("counterfactual"), ledger).key
    good = ledger.load_snapshots(key)[0]
    ledger.save_snapshot(replace(good, arrays=good.arrays[:50]))
    ledger.save_snapshot(replace(good, plain='{"$array":"900"}'))
    assert plain(from_the_ledger("counterfactual", path)) == live
    ledger.save_snapshot(replace(good, plain='{"version":2}'))
    ledger.close()
    with pytest.raises(ConfigError) as raised:
        from_the_ledger("counterfactual", path)
    assert raised.value.code == "FMP829"


class Choosy:
    """Takes the first arm and remembers what it was told."""

    name = "choosy"

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[tuple[str, float | None]] = []
        self.error = error

    def choose(self, call: PolicyCall) -> Decision:
        call.memory["calls"] = call.memory.get("calls", 0) + 1
        return Decision(0, certain(call.arms, 0).propensities, {"calls": float(call.memory["calls"])})

    def observe(self, run: RunRecord) -> None:
        self.heard.append((run.id, None))
        if self.error is not None:
            raise self.error

    def learn(self, run: RunRecord, outcome: Outcome) -> None:
        self.heard.append((run.id, outcome.reward))


def test_a_policy_without_a_state_is_told_everything_again(tmp_path: Path) -> None:
    first = Choosy()
    with fmplang.Runtime(a_pool(), first, ledger=tmp_path / "runs.db") as runtime:
        run = runtime.run(PROGRAM, n=53)
        assert [call.note for call in run.trace] == [{"calls": 1.0}, {"calls": 2.0}]
        runtime.feedback(run.id, reward=0.5)
        runtime.run(PROGRAM, n=2)
    second = Choosy()
    with fmplang.Runtime(a_pool(), second, ledger=tmp_path / "runs.db") as runtime:
        assert runtime.run(PROGRAM, n=4).trace[0].note == {"calls": 1.0}
    assert second.heard[:-1] == first.heard == [(run.id, None), (run.id, 0.5), (first.heard[2][0], None)]


def test_a_policy_that_fails_on_the_end_of_a_run_is_named_and_the_run_kept(tmp_path: Path) -> None:
    runtime = fmplang.Runtime(a_pool(), Choosy(ValueError("no")), ledger=tmp_path / "runs.db")
    with pytest.raises(PolicyError, match=r"choosy could not learn from run .*: ValueError: no"):
        runtime.run(PROGRAM, n=53)
    assert runtime.ledger.find_run("last").finished


def test_a_state_survives_packing_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    state = {"a": rng.normal(size=(3, 2)), "b": [1, 0.1, None, "x", {"c": np.arange(3), "d": np.float64(0.1)}],
             "empty": np.zeros((0, 7)), "flag": np.array([True, False])}
    text, arrays = pack(state)
    found = unpack(text, arrays)
    assert (found["a"] == state["a"]).all() and found["a"].dtype == np.float64
    assert found["b"][:4] == [1, 0.1, None, "x"] and found["b"][4]["d"] == 0.1
    assert found["empty"].shape == (0, 7) and found["flag"].tolist() == [True, False]
    assert pack(found) == (text, arrays)
    with pytest.raises(ValueError, match="JSON"):
        pack({"a": float("nan")})
    with pytest.raises(TypeError):
        pack({"a": {1: 2}})


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_seed_on_the_same_ledger_decides_the_same_whatever_the_unit_of_cost(
        name: str, tmp_path: Path) -> None:
    def decisions(unit: float, seed: int) -> list[list[tuple[str, tuple[float, ...]]]]:
        pool = a_pool()
        for backend in pool:
            price = float(backend.price(None))  # type: ignore[arg-type]
            backend.price = lambda request, price=price: price * unit  # type: ignore[method-assign, misc]
        made = []
        path = tmp_path / f"{unit}-{seed}-{len(list(tmp_path.iterdir()))}.db"
        with fmplang.Runtime(pool, name, ledger=path, trade_off=0.2, seed=seed) as runtime:
            for n in range(50):
                run = runtime.run(PROGRAM, n=n)
                made.append([(call.backend, call.propensities) for call in run.trace])
                runtime.feedback(run.id, label=bool(n % 2 and n > 50))
        return made

    plain_unit = decisions(1.0, 3)
    assert decisions(1.0, 3) == plain_unit
    scaled = decisions(1024.0, 3)  # a power of two: no rounding in between
    assert [[arm for arm, _ in run] for run in scaled] == [[arm for arm, _ in run] for run in plain_unit]
