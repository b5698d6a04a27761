"""`fmplang bench`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Call


def test_policies_on_a_tiny_stream_as_json(call: Call, folder: Path) -> None:
    ended = call("bench", "policies", "--quick", "--seeds", "1", "--inputs", "24", "--policies", "counterfactual,lints",
                 "--workers", "1", "--out", "made.json", "--rows", "rows.jsonl", "--json")
    assert ended.code == 0, ended.err
    told = ended.json
    assert (told["benchmark"], told["simulation"], told["inputs"]) == ("policies", True, 24)
    assert [one["policy"] for one in told["summary"]] == ["counterfactual", "lints"]
    assert all(one["net"][0] <= one["utility"][0] for one in told["summary"])
    kept = json.loads((folder / "made.json").read_text())
    assert kept["summary"] == told["summary"] and len(kept["rows"]) == 2
    assert ended.err == ""  # no progress but on a terminal


def test_the_text_says_that_it_is_a_simulation(call: Call) -> None:
    ended = call("bench", "policies", "--seeds", "2", "--inputs", "16", "--scenarios", "rare", "--trade-offs", "0.1",
                 "--policies", "cheapest, counterfactual:warm=5,objective=f1", "--workers", "1")
    assert ended.out.startswith("SIMULATION")
    assert "counterfactual:warm=5,objective=f1 " in ended.out
    assert "headroom" in ended.out and "F1" in ended.out


def test_what_there_is_not_is_named(call: Call, folder: Path) -> None:
    for args, said in ((("polices",), "policies"), (("policies", "--scenarios", "toe"), "two"),
                       (("policies", "--trade-offs", "much"), "--trade-offs"),
                       (("policies", "--policies", "rendom"), "random"),
                       (("policies", "--stress", "hard"), "missing90"),
                       (("policies", "--out", "no/where.json"), "make it")):
        ended = call("bench", *args)
        assert ended.code == 2
        assert said in ended.err
    (folder / "other.txt").write_text("hello\nworld\n")
    assert call("bench", "policies", "--rows", "other.txt").code == 2


def test_help_lists_the_benchmarks(call: Call) -> None:
    assert "policies" in call("bench", "--help").out
    assert "SIMULATION" in call("bench", "policies", "--help").out
