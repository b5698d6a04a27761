"""`kill -9` while a backend that no decision names is asked for money: the ledger says who was about to be asked."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.ledger.base import StoredRun, open_ledger
from fmplang.policy.base import Decision, PolicyCall
from tests.host.programs import backend, program

PROGRAM = program('x = count("first")\ny = count("second")\nassert x == y, "they differ"\nreturn x + count("third")')


class First:
    """Takes the first arm, and is as sure as `escalate` says."""

    def __init__(self, escalate: tuple[tuple[int, float], ...] = ()) -> None:
        self.escalate = escalate

    def choose(self, call: PolicyCall) -> Decision:
        return Decision(0, (1.0, 0.0), escalate=self.escalate)

    def learn(self, run: object, outcome: object) -> None: ...


class Everything:
    calls = (0, 1)


def killed(path: Path, weak: Any, policy: Any) -> StoredRun:
    """A run in a child that dies the moment `dear` is asked, as the ledger has it."""
    process = os.fork()
    if process == 0:
        try:
            def die(request: Any) -> Any:
                os.kill(os.getpid(), signal.SIGKILL)

            free, dear = backend("count", weak, "free", 0.0), backend("count", die, "dear", 2.0)
            dear.paid = True  # type: ignore[attr-defined]
            runtime = fmplang.Runtime(pool=[free, dear], policy=policy, ledger=path)
            runtime._setting.slicer = lambda *of: Everything()
            runtime.run(PROGRAM)
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    ledger = open_ledger(path)
    stored = ledger.find_run("last")
    ledger.close()
    return stored


def by_text(request: Any) -> Any:
    if request.args["text"] == "second":
        raise ValueError("broken")
    return 1


@pytest.mark.parametrize(("weak", "policy", "where"), [
    pytest.param(by_text, First(), 1, id="fallback"),
    pytest.param(1, First(((1, 0.5),)), 0, id="cascade"),
    pytest.param(lambda request: len(request.args["text"]), First(), 1, id="failed assertion"),
])
def test_who_was_about_to_be_paid_is_known(weak: Any, policy: Any, where: int, tmp_path: Path) -> None:
    stored = killed(tmp_path / "runs.db", weak, policy)
    assert not stored.finished
    calls = stored.record.calls
    assert len(calls) > where and all(call.error == "unfinished" for call in calls)
    assert [call.attempts for call in calls] == [
        (("dear", "asked"),) if place == where else () for place in range(len(calls))]
    assert calls[where].arms[calls[where].arm] == "free"  # the decision stays what it was


def test_the_ledger_goes_on_after_it(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    killed(path, by_text, First())
    with fmplang.Runtime(pool=[backend("count", 4, "free")], ledger=path) as runtime:
        run = runtime.run(PROGRAM)
        assert run.value == 8 and runtime.ledger.find_run(run.id).finished and runtime.ledger.count() == 2
