"""`kill -9` at random points: what was acknowledged is there and counts once, and the policy is what the ledger says.

A child process runs a stream on a ledger in a file: a run, then its outcome, which it reports as acknowledged only when
`feedback` has returned. It is killed at a random moment, again and again; the next child first sends again the outcomes
that were never acknowledged, as a client would, with the same ids.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.host import learner
from fmplang.host.learner import Learner
from fmplang.ledger.base import open_ledger
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.state import pack
from tests.host.test_learner import PROGRAM, a_pool

SETTINGS: dict[str, Any] = {"warm": 10, "pairs": 10}


def child(path: Path, out: int, seed: int, owed: list[str]) -> None:
    """Runs until it is killed. Lines to `out`: "ran ID" when a run has ended, "told ID" when its outcome is safe."""
    rng = np.random.default_rng(seed)
    runtime = fmplang.Runtime(paid(a_pool()), Counterfactual(**SETTINGS), ledger=path, trade_off=0.2)
    for run_id in owed:
        runtime.feedback(run_id, reward=1.0, outcome_id=f"outcome of {run_id}")
        os.write(out, f"told {run_id}\n".encode())
    while True:
        n = int(rng.integers(0, 100))
        run = runtime.run(PROGRAM, n=n)
        os.write(out, f"ran {run.id}\n".encode())
        runtime.feedback(run.id, reward=1.0, outcome_id=f"outcome of {run.id}")
        os.write(out, f"told {run.id}\n".encode())


def paid(pool: fmplang.Pool) -> fmplang.Pool:
    """Counted in dollars, so that every decision goes to the disk before its backend is asked."""
    return fmplang.Pool(pool.backends, unit="usd")


def life(path: Path, seed: int, seconds: float, owed: list[str]) -> tuple[list[str], list[str]]:
    """The runs that ended and the outcomes that were acknowledged in one child's life."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reader)
            child(path, writer, seed, owed)
        finally:
            os._exit(1)  # only where something failed: else it is killed
    os.close(writer)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    with os.fdopen(reader) as lines:
        said = [line.split() for line in lines.read().splitlines() if line.count(" ") == 1]
    assert os.WIFSIGNALED(status), "the child failed by itself"
    return [i for what, i in said if what == "ran"], [i for what, i in said if what == "told"]


def state_of(policy: Any) -> Any:
    return pack(policy.state())


def replayed(path: Path, snapshots: bool) -> Any:
    """The policy's state as a new process has it, from the newest snapshot or from the first event on."""
    policy = Counterfactual(**SETTINGS)
    told = Learner(policy, open_ledger(path))
    if not snapshots:
        told._stored = False
    told.catch_up()
    told.ledger.close()
    return state_of(policy)


def storm(path: Path, kills: int, events: int, seed: int) -> dict[str, int]:
    """Kills, until there were so many and so many events; checks what must hold after each and at the end."""
    rng = np.random.default_rng(seed)
    ended: list[str] = []
    acknowledged: set[str] = set()
    killed, seconds = 0, 0.03
    while killed < kills or count(path) < events:
        owed = [run_id for run_id in ended if run_id not in acknowledged][-20:]
        ran, told = life(path, seed * 100_000 + killed, float(rng.uniform(0.0, 2 * seconds)), owed)
        killed += 1
        ended += ran
        acknowledged |= set(told)
        goal = events * killed / kills
        seconds = min(0.5, seconds * 1.1) if count(path) < goal else max(0.002, seconds / 1.1)
        if killed % max(1, kills // 10) == 0:
            assert replayed(path, snapshots=True) == replayed(path, snapshots=False)
    assert_whole(path, ended, acknowledged)
    return {"kills": killed, "events": count(path), "runs": len(ended), "acknowledged": len(acknowledged)}


def count(path: Path) -> int:
    if not path.exists():
        return 0
    with sqlite3.connect(path, timeout=10) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
            return 0
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def assert_whole(path: Path, ended: list[str], acknowledged: set[str]) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows = connection.execute("SELECT row, run_id, outcome_id FROM events ORDER BY row").fetchall()
    assert [row for row, _, _ in rows] == list(range(1, len(rows) + 1))
    runs = [run_id for _, run_id, outcome in rows if outcome is None]
    outcomes = [run_id for _, run_id, outcome in rows if outcome is not None]
    assert len(set(runs)) == len(runs) and set(ended) <= set(runs)  # nothing lost, nothing twice
    assert len(set(outcomes)) == len(outcomes) and acknowledged <= set(outcomes)
    places = connection.execute("SELECT count(*), count(DISTINCT run_id || place || ' ' || round) FROM decisions")
    places = places.fetchone()
    assert places[0] == places[1]
    answered = {run_id for run_id, in connection.execute("SELECT run_id FROM answers")}
    assert answered <= set(runs)  # an answer is recorded with the end of its run
    connection.close()
    assert replayed(path, snapshots=True) == replayed(path, snapshots=False)


@pytest.mark.parametrize("seed", [0])
def test_kills_lose_nothing_and_count_nothing_twice(seed: int, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "EVERY", 25)
    told = storm(tmp_path / "runs.db", 25, 200, seed)
    assert told["kills"] >= 25 and told["acknowledged"] > 0


@pytest.mark.nightly
def test_a_thousand_kills_over_ten_thousand_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "EVERY", 100)
    told = storm(tmp_path / "runs.db", 1000, 10_000, 1)
    print(told)
    assert told["kills"] >= 1000 and told["events"] >= 10_000
