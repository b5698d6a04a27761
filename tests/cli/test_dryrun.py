"""`fmplang dryrun`, end to end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call

FAILS = '''\
@neural("llm")
def say(x: str) -> str:
    "{x}"


def main(names: list[str], n: int) -> int:
    if n == 12 and len(names) > 1:
        return 1
    if say("a") == "red":
        return int(say("b"))
    if n * n < 0:
        return 3
    return 0
'''


@pytest.fixture
def fails(folder: Path) -> str:
    (folder / "fails.fmp").write_text(FAILS)
    return "fails.fmp"


def test_failures_are_told_with_what_leads_there(call: Call, fails: str) -> None:
    ended = call("dryrun", fails, "--max-runs", "120")
    assert ended.code == 1
    assert ended.out == (
        "error[FMP504]: invalid literal for int() with base 10: ''\n"
        "   --> fails.fmp:10:16\n"
        "    |\n"
        " 10 |         return int(say(\"b\"))\n"
        "    |                ^^^^^^^^^^^^^\n"
        "  input names = []\n"
        "  input n = 0\n"
        "  fails.fmp:9:8 say gave 'red'\n"
        "  fails.fmp:10:20 say gave ''\n"
        "\n"
        "fails.fmp:11:8: never true: if n * n < 0:\n"
        "fails.fmp:12:9: never ran: return 3\n")
    assert ended.err.startswith("120 runs on ") and "1 failure; 6 of 7 statements ran, 7 of 8 sides" in ended.err


def test_the_same_as_json(call: Call, fails: str) -> None:
    told = call("dryrun", fails, "--max-runs", "120", "--json").json
    assert (told["version"], told["ok"], told["runs"], told["entry"]) == (1, False, 120, "main")
    (failure,) = told["failures"]
    assert failure["error"]["code"] == "FMP504" and failure["span"]["start"]["line"] == 10
    assert failure["inputs"] == {"names": [], "n": 0} and failure["reached"] is None
    assert [(each["site"], each["value"]) for each in failure["answers"]] == [("main/say:a", "red"), ("main/say:b", "")]
    assert [(each["what"], each["side"]) for each in told["coverage"]["missed"]] == [("if", True), ("statement", None)]
    assert told["coverage"]["sides_taken"] == 7
    assert call("dryrun", fails, "--max-runs", "120", "--json", "--seed", "0").json == told


def test_a_sound_program_passes_and_nothing_is_asked_or_recorded(call: Call, folder: Path) -> None:
    (folder / "fmplang.toml").write_text('pool = "there is no such pool"\nledger = "runs.db"\n')
    ended = call("dryrun", "query.fmp", "--max-runs", "50")
    assert (ended.code, ended.out) == (0, "") and "0 failures" in ended.err
    assert sorted(path.name for path in folder.iterdir()) == ["fmplang.toml", "query.fmp"]


def test_inputs_limits_and_standard_input(call: Call, fails: str) -> None:
    text = "def main(n: int, d: int) -> float:\n    return n / d\n"
    assert call("dryrun", "-", "--max-runs", "20", stdin=text).code == 1
    assert call("dryrun", "-", "--max-runs", "20", "--inputs", "d=2", stdin=text).code == 0
    loop = ('@neural("llm")\ndef say(x: str) -> str:\n    "{x}"\n\n\ndef main(xs: list[str]) -> list[str]:\n'
            "    return [say(x) for x in xs[:9]]\n")
    assert call("dryrun", "-", "--max-runs", "60", stdin=loop).code == 0
    ended = call("dryrun", "-", "--max-runs", "60", "--limit", "neural_calls=5", stdin=loop)
    assert ended.code == 1 and "FMP612" in ended.out and "more than 5 neural calls" in ended.out


def test_long_lists_and_many_answers_are_told_in_short(call: Call, folder: Path) -> None:
    (folder / "loop.fmp").write_text(
        "def main(image: Image) -> list[str]:\n    return [dog.caption() for dog in image.find('dog')]\n")
    assert "(64 in all)]" in call("dryrun", "loop.fmp", "--max-runs", "40").out
    (folder / "loop.fmp").write_text(
        "def main(image: Image) -> int:\n    n = 0\n    for i in range(70):\n"
        "        n += int(image.verify(f'{i} dogs'))\n    return n\n")
    assert "... and 57 answers more" in call("dryrun", "loop.fmp", "--max-runs", "20").out


def test_what_is_wrong_is_told(call: Call, folder: Path) -> None:
    (folder / "wrong.fmp").write_text("def main() -> int:\n    return 'x'\n")
    assert call("dryrun", "wrong.fmp").code == 1
    for given in (("--max-runs", "0"), ("--max-runs", "x"), ("--seed", "-1"), ("--inputs", "nothing=1"),
                  ("--max-runs", "9" * 30)):
        assert call("dryrun", "query.fmp", *given).code == 2, given


def test_without_hypothesis_it_says_what_to_install(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    ended = call("dryrun", "query.fmp")
    assert ended.code == 2 and "FMP880" in ended.err and "pip install 'fmplang[dryrun]'" in ended.err
