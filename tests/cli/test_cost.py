"""`fmplang cost` and `fmplang check --budget`, end to end, under the scripted pool: vqa at 1 and 4, llm at 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call

ONE_EACH = ("--policy", "strongest", "--retries", "0", "--fallback", "none", "--recoveries", "0")


def test_sites_and_paths_are_told(call: Call) -> None:
    ended = call("cost", "query.fmp", *ONE_EACH)
    assert ended.code == 0
    assert ended.out == (
        "site        calls least  mean  most  cost least  mean  most\n"
        "main/ask              1     1     1           1   2.5     4\n"
        "main/count            0   0.5     1           0  1.25     4\n"
        "a run                 1   1.5     2           1  3.75     8\n"
        "\n"
        "path                calls least  mean  most  cost least  mean  most\n"
        "13 yes, ends at 14            2     2     2           2     5     8\n"
        "13 no, ends at 15             1     1     1           1   2.5     4\n"
        "\n"
        "at most 8 units with every retry, fallback and second opinion\n")
    assert "costs in units, of the pool scripted, for pictures up to 1024x1024 and texts up to 1000" in ended.err


def test_the_same_as_json(call: Call) -> None:
    told = call("cost", "query.fmp", "--json", "--image", "64x48", "--text", "10").json
    assert (told["version"], told["entry"], told["pool"], told["unit"]) == (1, "main", "scripted", "units")
    assert told["calls"] == {"least": 1, "mean": 1.5, "most": 2} and told["cost"]["most"] == 8
    assert told["everything"] == 20.0 and told["sizes"] == {"image": [64, 48], "text": 10}  # twice five, twice
    (ask, count), (yes, no) = told["sites"], told["paths"]
    assert (ask["id"], ask["calls"]["least"], count["cost"]) == ("main/ask", 1, {"least": 0, "mean": 1.25, "most": 4})
    assert [turn["side"] for turn in yes["turns"]] == ["yes"] and yes["end"]["start"]["line"] == 14
    assert no["chance"] == 0.5 and told["followed"] and not told["stopped_by_limit"]


def test_the_means_may_come_from_the_ledger(call: Call) -> None:
    for text in ("one", "two"):
        assert call("run", "query.fmp", "--inputs", f"text={text}", "--policy", "cheapest").code == 0
    told = call("cost", "query.fmp", "--json", "--ledger", "runs.db").json
    assert told["runs"] == 2 and told["calls"]["mean"] == 2.0 and told["cost"]["mean"] == 2.0
    ended = call("cost", "query.fmp", "--ledger", "runs.db")
    assert "the means of sites and of a run are those of 2 recorded runs" in ended.err
    assert call("cost", "query.fmp", "--ledger", "none.db").code == 2


def test_lengths_and_limits_are_settings(call: Call, folder: Path) -> None:
    (folder / "loop.fmp").write_text(
        '@neural("llm")\ndef say(x: str) -> str:\n    "{x}"\n\n\ndef main(xs: list[str]) -> list[str]:\n'
        "    return [say(x) for x in xs]\n")
    ended = call("cost", "loop.fmp")
    assert "main/say            0     3    64" in ended.out
    assert "only the limit neural_calls keeps a run at 64 calls" in ended.err
    assert "main/say            0     5     7" in call("cost", "loop.fmp", "--length", "5", "--limit", "items=7").out
    assert call("cost", "loop.fmp", "--json", "--limit", "neural_calls=9").json["cost"]["most"] == 18


def test_a_program_that_asks_nothing_costs_nothing(call: Call, folder: Path) -> None:
    (folder / "pure.fmp").write_text("def main() -> int:\n    return 1\n")
    ended = call("cost", "pure.fmp")
    assert (ended.code, ended.out) == (0, "") and "asks no model" in ended.err


def test_what_is_wrong_is_told(call: Call, folder: Path) -> None:
    (folder / "wrong.fmp").write_text("def main() -> int:\n    return 'x'\n")
    assert call("cost", "wrong.fmp").code == 1
    (folder / "depth.fmp").write_text("def main(image: Image) -> float:\n    return image.compute_depth()\n")
    ended = call("cost", "depth.fmp")
    assert ended.code == 5 and "FMP703" in ended.err
    for given in (("--image", "x"), ("--image", "0x5"), ("--text", "-1"), ("--length", "many"), ("--ledger", "none"),
                  ("--policy", "strongst"), ("--fallback", ""), ("--retries", "x")):
        assert call("cost", "query.fmp", *given).code == 2, given


# ---------------------------------------------------------------- check --budget


def test_a_program_that_fits_its_budget_passes(call: Call) -> None:
    ended = call("check", "query.fmp", "--budget", "8", *ONE_EACH)
    assert (ended.code, ended.out) == (0, "")


def test_a_program_that_does_not_fit_is_refused_at_its_dearest_site(call: Call) -> None:
    ended = call("check", "query.fmp", "--budget", "7.9", *ONE_EACH)
    assert ended.code == 1 and "1 file checked: 1 error" in ended.err
    assert "a run may cost 8 units, and the budget is 7.9: main/ask is asked once, for up to 4 units" in ended.out
    assert "--> query.fmp:13:8" in ended.out
    (found,) = call("check", "query.fmp", "--budget", "7.9", "--json", *ONE_EACH).json["files"][0]["diagnostics"]
    assert found["code"] == "FMP617" and found["span"]["start"] == {"line": 13, "column": 8, "offset": 222}


def test_retries_and_second_opinions_count(call: Call) -> None:
    ended = call("check", "query.fmp", "--budget", "8")
    assert ended.code == 1 and "a run may cost 20 units" in ended.out
    assert "Without retries and second opinions it is 8." in ended.out
    assert call("check", "query.fmp", "--budget", "20").code == 0


def test_no_run_of_a_program_that_fits_costs_more(call: Call) -> None:
    assert call("check", "query.fmp", "--budget", "20").code == 0
    for text in ("one", "small fails", "nonsense", "fail", "small fails more"):
        told = call("run", "query.fmp", "--inputs", f"text={text}", "--json", "--ask-all").json
        assert told.get("cost", 0.0) <= 20


def test_a_budget_of_a_broken_program_or_pool(call: Call, folder: Path) -> None:
    (folder / "wrong.fmp").write_text("def main() -> int:\n    return 'x'\n")
    ended = call("check", "wrong.fmp", "query.fmp", "--budget", "1")
    assert ended.code == 1 and "2 files checked: 2 errors" in ended.err
    assert call("check", "query.fmp", "--budget", "much").code == 2
    (folder / "depth.fmp").write_text("def main(image: Image) -> float:\n    return image.compute_depth()\n")
    assert call("check", "depth.fmp", "--budget", "1").code == 2


@pytest.mark.parametrize("given", [(), ("--strict",)])
def test_without_a_budget_no_pool_is_looked_at(call: Call, given: tuple[str, ...]) -> None:
    assert call("check", "query.fmp", "--pool", "no such pool", *given).code == 0
