"""`fmplang replay` and `fmplang evaluate`, end to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def logged(call: Call) -> Call:
    """A folder with a ledger of runs that explored, with feedback."""
    for number in range(3):
        assert call("run", "query.fmp", "-q", "--policy", "random", "--inputs", f"text={'a' * (number + 2)}").code == 0
        assert call("feedback", "last", "--label", str(number + 2)).code == 0
    return call


def test_a_run_again(logged: Call) -> None:
    ended = logged("replay", "last", "--program", "query.fmp")
    assert ended.code == 0 and re.fullmatch(r"run \w{16}: the same value, by the same 2 calls\n", ended.out)
    told = logged("replay", "last", "--program", "query.fmp", "--json").json
    assert (told["same"], told["edited"], told["value"], told["calls"]) == (True, False, 4, 2)


def test_a_run_that_differs_is_a_finding(logged: Call, folder: Path) -> None:
    text = (folder / "query.fmp").read_text()
    (folder / "query.fmp").write_text(text.replace("count(text) * n", "count(text) + n"))
    ended = logged("replay", "last", "--program", "query.fmp")
    assert ended.code == 1 and ended.out.endswith(": the value is 5; it was 4\n")
    assert "edited" in ended.err
    told = logged("replay", "last", "--program", "query.fmp", "--json")
    assert told.code == 1 and told.json["differences"] == ["the value is 5; it was 4"]


def test_a_policy_on_what_was_paid_for(call: Call) -> None:
    for text in ("aa", "aaa"):
        assert call("run", "query.fmp", "-q", "--policy", "static:main/ask=small", "--inputs", f"text={text}").code == 0
        assert call("feedback", "last", "--label", "3").code == 0
    ended = call("replay", "--policy", "static:main/ask=small", "--program", "query.fmp")
    assert ended.code == 0 and "static on 2 of 2 runs; 2 could be replayed" in ended.out and ended.err == ""
    assert "\nutility" in ended.out and "0.5000  0.5000" in ended.out
    assert "net above the logged one: +0.0000, 95% between +0.0000 and +0.0000" in ended.out
    told = call("replay", "--policy", "static:main/ask=small", "--program", "query.fmp", "--json").json
    assert (told["runs"], told["covered"], told["judged"], told["unknown"], told["warning"]) == (2, 2, 2, {}, "")
    ended = call("replay", "--policy", "strongest", "--program", "query.fmp")
    assert (ended.code, ended.out) == (1, "") and "of 2 runs 0 could be replayed" in ended.err


@pytest.mark.parametrize(("args", "code", "exit_code"), [
    (("replay", "--program", "query.fmp"), "FMP805", 2),
    (("replay", "last", "--policy", "random", "--program", "query.fmp"), "FMP805", 2),
    (("replay", "last"), "FMP805", 2),
    (("replay", "last", "--program", "query.fmp", "--ledger", "nowhere.db"), "FMP821", 2),
    (("replay", "zz", "--program", "query.fmp"), "FMP825", 2),
    (("replay", "--policy", "magic", "--program", "query.fmp"), "FMP803", 2),
    (("evaluate",), "FMP805", 2),
    (("evaluate", "--policy", "random", "--estimator", "magic"), "FMP805", 2),
    (("evaluate", "--policy", "random", "--ledger", "none"), "FMP805", 2),
    (("evaluate", "--policy", "random", "--program", "abcd1234"), "FMP842", 2),
    (("evaluate", "--policy", "strongest"), "FMP840", 1),
])
def test_refusals_say_why(logged: Call, args: tuple[str, ...], code: str, exit_code: int) -> None:
    ended = logged(*args)
    assert (ended.code, ended.out) == (exit_code, "") and f"error[{code}]" in ended.err, ended
    assert logged(*args, "--json").json["error"]["code"] == code


def test_an_estimate_from_the_ledger(call: Call, folder: Path) -> None:
    """Through the library, as so many commands would take long."""
    import fmplang
    from tests.cli.scripted_pool import backends

    program = fmplang.load("query.fmp")
    pool = fmplang.Pool(list(backends()))
    with fmplang.Runtime(pool, "random", ledger=folder / "runs.db", trade_off=0.25) as runtime:
        for _ in range(110):
            run = runtime.run(program, text="ab")
            runtime.feedback(run.id, reward=float(run.trace[0].backend == "big"))
    args = ("evaluate", "--policy", "random", "--estimator", "snipw")
    told = call(*args, "--json").json
    assert (told["runs"], told["judged"], told["taught"], told["trade_off"]) == (110, 110, 0, 0.25)
    assert set(told["target"]) == {"utility", "cost", "net"}
    assert told["target"]["utility"]["value"] == pytest.approx(told["logged_means"]["utility"]["value"])
    ended = call(*args, "--program", "query.fmp", "--trade-off", "2")
    assert ended.code == 0 and "random on 110 runs of query.fmp, logged by random; self-normalised" in ended.out
    assert "net at 2" in ended.out and "effective runs 110" in ended.err
    assert call(*args, "--program", program.digest[:10]).code == 0
