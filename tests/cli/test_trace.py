"""`fmplang run --trace` and `--ask-all`, and what `--json` says of credit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.test_run import error_of, run
from tests.pages.reading import Page


def test_a_run_is_written_as_a_page(call: Call, folder: Path) -> None:
    ended = run(call, "--trace", "out.html")
    assert (ended.code, ended.out) == (0, "4\n")
    assert ended.err.splitlines()[-1] == "the run is shown in out.html"
    page = Page((folder / "out.html").read_text(encoding="utf-8"))
    assert [card["id"] for card in page.all("li", cls="card")] == ["call-1", "call-2"]
    assert "looking at dogs" in page.text and "Answer 4" in page.text
    assert "out.html" not in run(call, "--trace", "out.html", "-q").err


def test_json_tells_the_credit_of_each_call(call: Call) -> None:
    told = run(call, "--json", "--policy", "strongest").json
    assert [c["exchanges"][0]["why"] for c in told["calls"]] == ["it was not asked"] * 2
    assert [c["credit"] for c in told["calls"]] == [{"small": None}] * 2
    assert (told["not_executed"], told["not_executed_more"]) == ([], False)
    assert told["strongest"] == {"cost": 8.0, "exact": True}
    asked = run(call, "--json", "--ask-all", "--policy", "cheapest").json
    assert (asked["cost"], asked["policy"], [c["backend"] for c in asked["calls"]]) == (10.0, "cheapest", ["small"] * 2)
    assert [c["credit"] for c in asked["calls"]] == [{"big": 0.0}] * 2
    assert [c["shadow_cost"] for c in asked["calls"]] == [4.0] * 2
    assert asked["calls"][0]["exchanges"][0]["answer"] is True
    assert [c["depended"] for c in asked["calls"]] == ["control", "data"]
    assert [c["stands_on"] for c in asked["calls"]] == [[], [0]]


def test_sites_that_asked_nothing_are_in_the_json(call: Call, folder: Path) -> None:
    (folder / "p.fmp").write_text((folder / "query.fmp").read_text().replace("if ask(text):", "if len(text) > 9:"))
    told = call("run", "p.fmp", "--json", "--inputs", "text=dogs").json
    assert [(idle["site"], idle["line"]) for idle in told["not_executed"]] == [("main/count", 14)]


def test_a_failing_run_is_shown_too(call: Call, folder: Path) -> None:
    ended = run(call, "--trace", "out.html", text="fail")
    assert ended.code == 5 and "error[FMP700]" in ended.err and ended.out == ""
    page = Page((folder / "out.html").read_text(encoding="utf-8"))
    assert "The run failed FMP700" in page.text and "the line is dead" in page.text
    assert len(page.all("li", cls="failed")) == 2  # the line, and the card
    told = run(call, "--trace", "out.html", "--json", text="fail").json
    assert told["error"]["code"] == "FMP700" and told["calls"][0]["error"].startswith("FMP700")


def test_without_a_ledger_a_failing_run_is_told_as_well(call: Call) -> None:
    assert run(call, "--json", "--no-ledger", text="fail").json["calls"][0]["backend"] == "big"


@pytest.mark.parametrize("name", ["out.txt", "query.fmp", "no/such/out.html", "folder.html", "a\x00.html", ""])
def test_a_page_that_cannot_be_written_costs_nothing(call: Call, folder: Path, name: str) -> None:
    (folder / "folder.html").mkdir()
    before = (folder / "query.fmp").read_text()
    assert "help:" in error_of(run(call, "--trace", name), "FMP833", 2)
    assert (folder / "query.fmp").read_text() == before
    assert not (folder / "runs.db").exists()


def test_a_read_only_folder_is_seen_before_anything_is_asked(call: Call, folder: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    error_of(run(call, "--trace", "out.html"), "FMP833", 2)
    assert not (folder / "runs.db").exists()


def test_a_page_that_fails_in_the_end_is_told_after_the_answer(call: Call, folder: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    def full(old: object, new: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "out.html").write_text("before")
    monkeypatch.setattr(os, "replace", full)
    ended = run(call, "--trace", "out.html")
    assert (ended.code, ended.out) == (2, "4\n")
    assert "error[FMP833]" in ended.err and "No space left on device" in ended.err
    assert (folder / "out.html").read_text() == "before"
    assert [path.name for path in folder.iterdir() if path.name.startswith(".out")] == []
    assert run(call, "--trace", "out.html", text="fail").code == 5


def test_the_same_run_is_written_over_and_a_new_file_has_the_usual_mode(call: Call, folder: Path) -> None:
    mask = os.umask(0o022)
    try:
        run(call, "--trace", "new.HTML")
        assert (folder / "new.HTML").stat().st_mode & 0o777 == 0o644
        os.chmod(folder / "new.HTML", 0o600)
        run(call, "--trace", "new.HTML")
        assert (folder / "new.HTML").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)


# ------------------------------------------------------------------------ fmplang trace


def test_a_recorded_run_is_shown_later_with_what_was_said_of_it(call: Call, folder: Path) -> None:
    run_id = run(call, "--json", "--ask-all").json["run_id"]
    run(call, text="cat")
    assert call("feedback", run_id, "--label", "4").code == 0
    ended = call("trace", run_id[:14], "--out", "later.html")
    assert (ended.code, ended.out, ended.err) == (0, "later.html\n", f"run {run_id} of query.fmp\n")
    page = Page((folder / "later.html").read_text(encoding="utf-8"))
    assert "judged: reward 1, should be 4" in page.text and len(page.all("li", cls="card")) == 2
    told = call("trace", run_id, "--out", "later.html", "--json").json
    assert (told["page"], told["reward"], told["calls"][0]["credit"]) == ("later.html", 1.0, {"small": 0.0})


def test_a_recorded_failure_is_shown_too(call: Call, folder: Path) -> None:
    run(call, text="fail")
    assert call("trace", "last", "--out", "later.html").code == 0
    assert "the line is dead" in (folder / "later.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("args", "code", "exit_code"), [
    (["last", "--out", "out.html", "--program", "other.fmp"], "FMP834", 2), (["last", "--out", "out.txt"], "FMP833", 2),
    (["zzzz", "--out", "out.html"], "FMP825", 2), (["last"], "FMP805", 2),
    (["last", "--out", "out.html", "--no-ledger"], "FMP805", 2),
    (["last", "--out", "out.html", "--program", "none.fmp"], "FMP830", 2),
    (["last", "--out", "out.html", "--program", "wrong.fmp"], "", 1),
])
def test_a_recorded_run_that_cannot_be_shown(call: Call, folder: Path, args: list[str], code: str,
                                             exit_code: int) -> None:
    run(call)
    (folder / "other.fmp").write_text("def main() -> int:\n    return 1\n")
    (folder / "wrong.fmp").write_text("def main() -> int:\n    return 'x'\n")
    ended = call("trace", *args)
    assert (ended.code, ended.out) == (exit_code, "") and "error[" in ended.err
    assert code in ended.err
    assert not (folder / "out.html").exists()
