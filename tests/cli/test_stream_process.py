"""`fmplang stream` as a process: cut by Ctrl-C or killed it goes on as if it had not been; lines are answered as they
come; a reader that leaves ends it quietly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fmplang.ledger.base import open_ledger
from tests.cli.conftest import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
ROWS = [{"text": "x" * (i * 7 % 23 + 1), **({"right": i * 7 % 23 + 1} if i % 4 else {})} for i in range(30)]
LINES = [json.dumps(row) + "\n" for row in ROWS]
ARGS = ["stream", "q.fmp", "--label", "right", "--policy", "counterfactual:warm=4,pairs=3", "--seed", "5"]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "q.fmp").write_text(PROGRAM)
    (tmp_path / "fmplang.toml").write_text('pool = "told"\ncache = "none"\n')
    (tmp_path / "data.jsonl").write_text("".join(LINES))
    return tmp_path


def begin(work: Path, *args: str, pause: float = 0.0, **more: Any) -> subprocess.Popen[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("FMPLANG_") and k != "PYTHONUNBUFFERED"}
    env = {**own, "XDG_DATA_HOME": str(work), "PYTHONPATH": str(ROOT), "FMPLANG_TEST_PAUSE": str(pause)}
    return subprocess.Popen([sys.executable, "-m", "tests.cli.stream_child", *ARGS, *args], cwd=work, env=env,
                            text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})


def to_the_end(work: Path, *args: str, code: int = 0) -> list[dict[str, Any]]:
    process = begin(work, *args)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return [json.loads(line) for line in out.splitlines()]


def read(process: subprocess.Popen[str], lines: int) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(lines)]


def told(path: Path) -> list[Any]:
    store = open_ledger(path)
    try:
        return [(event.row, event.run.record.number, event.run.record.value,
                 event.outcome and (event.outcome.reward, event.outcome.label),
                 [(call.site, call.backend, call.propensities, call.arm, call.version,
                   [shadow.backend for shadow in call.shadows]) for call in event.run.record.calls])
                for event in store.events()]
    finally:
        store.close()


def test_after_ctrl_c_and_kill_9_it_goes_on_as_if_neither_had_been(work: Path) -> None:
    data = ("--inputs", "data.jsonl", "--feedback-delay", "2")
    whole = to_the_end(work, *data, "--ledger", "whole.db")
    cut = (*data, "--ledger", "cut.db")

    process = begin(work, *cut, pause=0.02)
    read(process, 7)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "ending the runs under way" in err and "--resume goes on" in err and "Traceback" not in err

    process = begin(work, *cut, "--resume", "--only-new", pause=0.02)
    read(process, 6)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL

    again = to_the_end(work, *cut, "--resume")
    clocks = {"run_id", "seconds", "earlier"}
    assert [{k: v for k, v in row.items() if k not in clocks} for row in again] == [
        {k: v for k, v in row.items() if k not in clocks} for row in whole]
    assert sum(row.get("earlier", False) for row in again) >= 13
    assert told(work / "cut.db") == told(work / "whole.db")


def test_progress_shows_on_a_terminal_and_answers_go_where_they_should(work: Path) -> None:
    import pty

    master, terminal = pty.openpty()
    out = work / "out.jsonl"
    with out.open("w") as sink:
        process = begin(work, "--inputs", "data.jsonl", pause=0.01, stdout=sink, stderr=terminal)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(master)
    assert process.wait(60) == 0, shown
    assert [json.loads(line)["row"] for line in out.read_text().splitlines()] == list(range(1, 31))
    assert b"q.fmp: " in shown and b"right of" in shown and b"run_id" not in shown


def test_standard_input_is_answered_line_by_line_and_goes_on_when_given_again(work: Path) -> None:
    whole = to_the_end(work, "--inputs", "data.jsonl", "--ledger", "whole.db")
    process = begin(work, "--inputs", "-", "--ledger", "cut.db", stdin=subprocess.PIPE, bufsize=1)
    assert process.stdin is not None
    for line, row in zip(LINES[:5], whole, strict=False):
        process.stdin.write(line)
        process.stdin.flush()
        assert read(process, 1)[0]["value"] == row["value"]
    process.send_signal(signal.SIGINT)  # while it waits for the next line
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "given the same lines from the first on" in err

    process = begin(work, "--inputs", "-", "--ledger", "cut.db", "--resume", stdin=subprocess.PIPE)
    out, err = process.communicate("".join(LINES), timeout=120)
    assert process.returncode == 0, err
    assert [json.loads(line)["value"] for line in out.splitlines()] == [row["value"] for row in whole]
    assert told(work / "cut.db") == told(work / "whole.db")


def test_what_has_arrived_goes_side_by_side_and_nothing_waits_for_more(work: Path) -> None:
    process = begin(work, "--inputs", "-", "--concurrency", "8", stdin=subprocess.PIPE, bufsize=1)
    assert process.stdin is not None
    process.stdin.write("".join(LINES[:3]))
    process.stdin.flush()
    assert [row["row"] for row in read(process, 3)] == [1, 2, 3]
    out, err = process.communicate("".join(LINES[3:20]), timeout=60)
    assert process.returncode == 0, err
    assert len(out.splitlines()) == 17


def test_a_reader_that_leaves_ends_it_quietly_and_the_ledger_is_whole(work: Path) -> None:
    process = begin(work, "--inputs", "data.jsonl", "--ledger", "cut.db", "-q", pause=0.01)
    read(process, 2)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 141
    assert len(to_the_end(work, "--inputs", "data.jsonl", "--ledger", "cut.db", "--resume")) == 30
