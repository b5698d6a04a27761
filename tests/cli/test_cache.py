"""Answers kept between commands."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call


def test_a_second_run_asks_nobody_and_says_what_it_saved(call: Call, folder: Path) -> None:
    (folder / "fmplang.toml").write_text('pool = "scripted"\nledger = "runs.db"\n', encoding="utf-8")
    args = ("run", "query.fmp", "--inputs", "text=dogs", "--policy", "strongest")
    first, second = call(*args), call(*args)
    assert first.out == second.out == "4\n"
    assert ", 8 units, " in first.err and "saved" not in first.err
    assert ", 0 units (answers kept from earlier saved 8), " in second.err
    assert (folder.parent / "cache" / "fmplang" / "answers.db").exists()
    told = call(*args, "--json").json
    assert (told["cost"], told["cost_uncached"]) == (0.0, 8.0)
    assert [(c["cached"], c["cost"]) for c in told["calls"]] == [(True, 0.0)] * 2
    assert call(*args, "--no-cache", "--json").json["cost"] == 8.0


def test_the_file_can_be_named_and_both_at_once_make_no_sense(call: Call, folder: Path) -> None:
    args = ("run", "query.fmp", "--inputs", "text=dogs", "--cache", "mine.db")
    assert call(*args).code == 0 and (folder / "mine.db").exists()
    ended = call(*args, "--no-cache")
    assert ended.code == 2 and "opposite" in ended.err


def test_shadows_are_kept_too(call: Call, folder: Path) -> None:
    args = ("run", "query.fmp", "--inputs", "text=dogs", "--cache", "mine.db", "--ask-all", "--json")
    first, second = call(*args).json, call(*args).json
    assert (first["cost"], second["cost"], second["cost_uncached"]) == (10.0, 0.0, 10.0)
    assert all(shadow["cached"] for c in second["calls"] for shadow in c["shadows"])
