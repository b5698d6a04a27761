"""The ledger's file: who may write it, what is not one, and what a kill or a full disk leaves."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fmplang.errors import LedgerError
from fmplang.ledger.base import StoredOutcome
from fmplang.ledger.sqlite import SqliteLedger
from tests.ledger.test_ledger import a_call, a_run, answered


def code_of(ledger: SqliteLedger) -> str:
    with pytest.raises(LedgerError) as raised:
        ledger.prepare()
    assert raised.value.hint
    return raised.value.code


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "runs.db")
    assert ledger.count() == 0
    with pytest.raises(LedgerError):
        ledger.find_run("0a")
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_owner_only_and_its_folder_is_made_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "runs.db"
    assert code_of(SqliteLedger(path)) == "FMP821"
    ledger = SqliteLedger(path, parents=True)
    ledger.prepare()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    ledger.close()


def test_it_outlives_the_process_in_wal_mode_with_full_synchronisation(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    ledger = SqliteLedger(path)
    run = a_run(calls=[answered(a_call())])
    ledger.record_run(run)
    with ledger._file.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    ledger.close()
    again = SqliteLedger(path)
    assert again.count() == 1
    assert again.find_run("last").record == run
    again.close()


def test_an_empty_file_is_a_new_ledger(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.touch()
    ledger = SqliteLedger(path)
    ledger.prepare()
    assert ledger.count() == 0
    ledger.close()


def test_a_text_is_not_a_ledger_and_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n" * 200)
    assert code_of(SqliteLedger(path)) == "FMP822"
    assert path.read_text() == "my notes\n" * 200


def test_another_database_is_not_a_ledger_and_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    ledger = SqliteLedger(path)
    assert code_of(ledger) == "FMP822"
    ledger.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    connection.close()


def test_a_directory_is_not_a_ledger(tmp_path: Path) -> None:
    assert code_of(SqliteLedger(tmp_path)) == "FMP821"


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    ledger = SqliteLedger(path)
    ledger.prepare()
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    again = SqliteLedger(path)
    assert code_of(again) == "FMP823"
    again.close()


def test_a_folder_that_nobody_can_write() -> None:
    assert code_of(SqliteLedger(Path("/proc/runs.db"))) == "FMP821"


def test_a_full_disk_is_told_and_what_was_acknowledged_is_still_there(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "runs.db")
    kept = a_run(calls=[answered(a_call())])
    ledger.record_run(kept)
    with ledger._file.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="full") as raised:
        ledger.record_run(a_run(notes=["x" * 100_000]))
    assert raised.value.code == "FMP824" and "disk" in raised.value.hint
    assert ledger.count() == 1
    assert ledger.find_run(kept.id).record == kept
    ledger.close()


def test_another_writer_is_waited_for_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmplang.ledger.sqlite_file.BUSY_SECONDS", 0.05)
    path = tmp_path / "runs.db"
    ledger = SqliteLedger(path)
    ledger.prepare()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="in use by another process"):
        ledger.record_run(a_run())
    other.execute("ROLLBACK")
    other.close()
    ledger.record_run(a_run())
    assert ledger.count() == 1
    ledger.close()


def test_threads_share_one_ledger(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "runs.db")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                ledger.record_run(a_run(calls=[answered(a_call())]))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and ledger.count() == 20
    ledger.close()


KILLED = """
import os, sys
from pathlib import Path
from fmplang.ledger.base import StoredOutcome
from fmplang.ledger.sqlite import SqliteLedger
from tests.ledger.test_ledger import a_call, a_run, answered
ledger = SqliteLedger(Path(sys.argv[1]))
whole = a_run("0a00000000000000", calls=[answered(a_call())])
ledger.record_run(whole)
ledger.record_outcome(StoredOutcome("o1", whole.id, 1.0, True))
first, second = answered(a_call((0,))), a_call((1,))
cut = a_run("0b00000000000000", calls=[first, second])
ledger.record_decisions(cut, [first])
ledger.record_decisions(cut, [second])
print("acknowledged", flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_killed_run_leaves_its_decisions_and_every_acknowledged_outcome_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root, capture_output=True, text=True)
    assert ended.returncode == -9 and ended.stdout == "acknowledged\n", ended.stderr
    ledger = SqliteLedger(path)
    cut = ledger.find_run("0b")
    assert not cut.finished and cut.record.error == "unfinished"
    assert [call.error for call in cut.record.calls] == ["unfinished", "unfinished"]
    assert [o.id for o in ledger.find_run("0a").outcomes] == ["o1"]
    assert ledger.record_outcome(StoredOutcome("o1", "0a00000000000000", 1.0, True))[0] is False
    assert len(ledger.find_run("0a").outcomes) == 1
    ledger.close()


def test_a_file_that_a_kill_left_empty_is_as_none_at_all(tmp_path: Path) -> None:
    (tmp_path / "runs.db").touch()
    ledger = SqliteLedger(tmp_path / "runs.db")
    assert (ledger.count(), ledger.last_event(), list(ledger.events()), ledger.load_snapshots("x")) == (0, 0, [], [])
    with pytest.raises(LedgerError) as raised:
        ledger.find_run("last")
    assert raised.value.code == "FMP821"
    ledger.record_run(a_run())
    assert ledger.last_event() == 1
    ledger.close()


def test_what_is_gathered_is_there_for_others_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    ledger, other = SqliteLedger(path), SqliteLedger(path)
    ledger.prepare()
    ledger.gather()
    first, second = a_run(id="0a", calls=[answered(a_call())]), a_run(id="0b", calls=[answered(a_call())])
    assert (ledger.record_run(first), ledger.record_run(second)) == (1, 2)
    assert ledger.last_event() == 2 and ledger.find_run("0b").record == second  # it sees them itself
    with pytest.raises(LedgerError):
        ledger.record_outcome(StoredOutcome("o", "0z", 1.0))
    assert ledger.record_outcome(StoredOutcome("o", "0a", 1.0)) == (True, 3)
    assert (other.count(), other.last_event()) == (0, 0)
    ledger.commit()
    assert (other.count(), other.last_event()) == (2, 3)
    ledger.record_run(a_run(id="0c"))
    assert other.count() == 3
    ledger.commit()  # there was nothing to commit
    ledger.close()
    other.close()


def test_what_was_gathered_and_never_committed_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    script = ("import os, sys\nfrom pathlib import Path\nfrom fmplang.ledger.sqlite import SqliteLedger\n"
              "from tests.ledger.test_ledger import a_run\nledger = SqliteLedger(Path(sys.argv[1]))\n"
              "ledger.record_run(a_run(id='0a'))\nledger.gather()\nledger.record_run(a_run(id='0b'))\nos._exit(9)\n")
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", script, str(path)], cwd=root, check=False).returncode == 9
    ledger = SqliteLedger(path)
    assert [run.record.id for run in ledger.runs()] == ["0a"]
    ledger.close()
