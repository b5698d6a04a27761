"""`fmplang run` and `fmplang feedback`, end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call, Ended


def run(call: Call, *more: str, text: str = "dogs") -> Ended:
    return call("run", "query.fmp", "--inputs", f"text={text}", *more)


def error_of(ended: Ended, code: str, exit_code: int) -> str:
    """The message, which stands on standard error alone."""
    assert (ended.code, ended.out) == (exit_code, ""), ended
    assert f"error[{code}]" in ended.err, ended.err
    return ended.err


def test_the_answer_is_on_standard_output_and_the_rest_on_standard_error(call: Call) -> None:
    ended = run(call)
    assert (ended.code, ended.out) == (0, "4\n")
    notes, summary = ended.err.splitlines()
    assert notes == "looking at dogs"
    assert summary.startswith("run ") and ": 2 calls, 10 units, 0." in summary
    assert run(call, "--quiet").err == "looking at dogs\n"


def test_json_is_one_object_with_every_call(call: Call, folder: Path) -> None:
    ended = run(call, "--json")
    told = ended.json
    assert ended.out.count("\n") == 1
    assert {k: told[k] for k in ("value", "type", "cost", "unit", "policy", "notes", "version")} == {
        "value": 4, "type": "int", "cost": 10.0, "unit": "units", "policy": "counterfactual",
        "notes": ["looking at dogs"], "version": 1}
    first, second = told["calls"]
    assert set(first) >= {"site", "span", "primitive", "backend", "propensity", "cost", "seconds", "cached"}
    assert (first["site"], first["primitive"], first["backend"]) == ("main/ask", "ask", "big")
    assert (first["propensity"], first["cost"], first["cached"], first["value"]) == (1.0, 4.0, False, True)
    assert first["span"]["file"] == "query.fmp" and first["span"]["start"]["line"] == 13
    assert second["span"]["start"] == {"line": 14, "column": 16, "offset": (folder / "query.fmp").read_text().index(
        "count(text) * n")}
    assert told["seconds"] >= first["seconds"] > 0
    assert (first["flags"], first["certainty"]) == ([], 1.0)


def test_the_settings_reach_the_run(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    backends = lambda *more: [c["backend"] for c in run(call, "--json", *more).json["calls"]]  # noqa: E731
    assert backends("--policy", "cheapest") == ["small", "small"]
    assert backends("--policy", "static:main/ask=small,vqa=big") == ["small", "big"]
    assert backends("--budget", "5") == ["big", "small"]
    monkeypatch.setenv("FMPLANG_POLICY", "cheapest")
    assert backends() == ["small", "small"]
    assert {b for seed in "1234" for b in backends("--policy", "random", "--seed", seed)} == {"small", "big"}


# ----------------------------------------------------------------------- inputs


@pytest.mark.parametrize("args", [
    ("--inputs", "text=dogs", "n=3"), ("--inputs", "text=dogs", "--inputs", "n=3"), ("--inputs=text=dogs", "n=3"),
    ("--inputs", "inputs.json"), ("--inputs", "inputs.json", "n=3"), ("--inputs", "two.json", "--inputs", "n=3"),
])
def test_inputs_come_as_pairs_or_files_and_pairs_win(call: Call, folder: Path, args: tuple[str, ...]) -> None:
    (folder / "inputs.json").write_text('{"text": "dogs", "n": 3}')
    (folder / "two.json").write_text('{"text": "dogs", "n": 7}')
    assert call("run", "query.fmp", "-q", *args).out == "12\n"
    assert call("run", *args, "query.fmp", "-q").out == "12\n"
    assert call("run", *args, "-q", "query.fmp").out == "12\n"


def test_inputs_and_programs_come_from_standard_input(call: Call, folder: Path) -> None:
    assert call("run", "query.fmp", "-q", "--inputs", "-", stdin='{"text": "cats!"}').out == "5\n"
    text = (folder / "query.fmp").read_text()
    assert call("run", "-", "-q", "--inputs", "text=cats", stdin=text).out == "4\n"
    assert "FMP805" in error_of(call("run", "-", "--inputs", "-", stdin=text), "FMP805", 2)


def test_an_input_may_hold_anything(call: Call) -> None:
    assert call("run", "query.fmp", "-q", "--inputs", "text=a=b --n=3\n犬").out == "11\n"
    assert call("run", "query.fmp", "-q", "--inputs", "text=").out == "0\n"


def test_images_are_paths_and_those_in_a_file_relative_to_it(call: Call, folder: Path) -> None:
    (folder / "size.fmp").write_text("def main(image: Image) -> list[int]:\n    return [image.width, image.height]\n")
    below = folder / "data"
    below.mkdir()
    Image.fromarray(np.zeros((4, 6, 3), dtype=np.uint8)).save(below / "photo.png")
    (below / "in.json").write_text('{"image": "photo.png"}')
    assert call("run", "size.fmp", "-q", "--inputs", "image=data/photo.png").out == "[6, 4]\n"
    assert call("run", "size.fmp", "-q", "--inputs", "data/in.json").out == "[6, 4]\n"
    (folder / "same.fmp").write_text("def main(image: Image) -> Image:\n    return image\n")
    told = call("run", "same.fmp", "--json", "--inputs", "image=data/photo.png").json["value"]
    assert (told["$image"], told["box"]) == ("data/photo.png", [0, 0, 6, 4])


def write_bad_files(folder: Path) -> None:
    (folder / "size.fmp").write_text("def main(image: Image) -> int:\n    return image.width\n")
    (folder / "text.png").write_text("I am text")
    (folder / "empty.png").touch()
    (folder / "dir.png").mkdir()
    Image.fromarray(np.zeros((2, 2, 3), dtype=np.uint8)).save(folder / "good.png")
    whole = (folder / "good.png").read_bytes()
    (folder / "torn.png").write_bytes(whole[:len(whole) // 2 + 10])
    huge = bytearray(whole)
    huge[16:24] = (10_000).to_bytes(4, "big") * 2
    import zlib

    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    (folder / "huge.png").write_bytes(huge)


@pytest.mark.parametrize(("given", "code", "exit_code", "told"), [
    (["image=missing.png"], "FMP811", 2, "missing.png"),
    (["image=dir.png"], "FMP811", 2, "folder"),
    (["image=text.png"], "FMP812", 2, "text.png"),
    (["image=empty.png"], "FMP812", 2, "empty"),
    (["image=huge.png"], "FMP615", 4, "10000 x 10000"),
    (["picture=good.png"], "FMP810", 2, "picture"),
    ([], "FMP810", 2, "needs image"),
    (["image=a\0b"], "FMP811", 2, "not a path"),
    (["missing.json"], "FMP811", 2, "missing.json"),
    (["good.png"], "FMP816", 2, "not JSON"),
    (["dir.png"], "FMP811", 2, "NAME=VALUE"),
    (["image=good.png", "image=good.png"], "FMP805", 2, "given twice"),
])
def test_a_bad_input_is_told_with_the_right_code_and_leaves_nothing(
        call: Call, folder: Path, given: list[str], code: str, exit_code: int, told: str) -> None:
    write_bad_files(folder)
    before = sorted(folder.rglob("*"))
    args = ["--inputs", *given] if given else []
    message = error_of(call("run", "size.fmp", *args), code, exit_code)
    assert told in message and "help:" in message
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("given", ["n=three", "n=1.5", "n=", "n=true"])
def test_a_wrong_type_is_told(call: Call, folder: Path, given: str) -> None:
    message = error_of(call("run", "query.fmp", "--inputs", "text=x", given), "FMP810", 2)
    assert "n" in message and "int" in message
    assert not (folder / "runs.db").exists()


def test_a_damaged_image_fails_the_run_as_an_input(call: Call, folder: Path) -> None:
    write_bad_files(folder)
    ended = call("run", "size.fmp", "--inputs", "image=torn.png")
    assert ended.code == 2 and "error[FMP813]" in ended.err and ended.out == ""


# --------------------------------------------------------------------- failures


@pytest.mark.parametrize(("text", "code", "exit_code", "told"), [
    ("fail", "FMP700", 5, "the line is dead"),
    ("nonsense", "FMP702", 5, "perhaps"),
])
def test_a_failing_backend(call: Call, text: str, code: str, exit_code: int, told: str) -> None:
    message = error_of(run(call, text=text), code, exit_code)
    assert told in message and "query.fmp:13:8" in message and "^^^^^^^^^" in message
    ended = run(call, "--json", text=text)
    assert ended.code == exit_code
    assert ended.json["error"]["code"] == code and ended.json["error"]["site"] == "main/ask"
    assert ended.json["error"]["place"] == {"file": "query.fmp", "line": 13, "column": 8}
    (first,) = ended.json["calls"]
    assert first["error"].startswith(code) and ended.json["run_id"]


@pytest.mark.parametrize(("body", "args", "code", "exit_code"), [
    ("xs = [1]\n    return xs[n]", [], "FMP501", 3),
    ("return 1 // (n - n)", [], "FMP503", 3),
    ("total = 0\n    for i in range(9999):\n        for j in range(9999):\n            total += 1\n    return total",
     [], "FMP604", 4),
    ("return len(str(n) * 50)", ["--limit", "string=10"], "FMP609", 4),
])
def test_a_failing_program(call: Call, folder: Path, body: str, args: list[str], code: str, exit_code: int) -> None:
    (folder / "p.fmp").write_text(f"def main(n: int = 3) -> int:\n    {body}\n")
    message = error_of(call("run", "p.fmp", *args), code, exit_code)
    assert "--> p.fmp:" in message


def test_a_program_with_errors_is_not_run(call: Call, folder: Path) -> None:
    (folder / "p.fmp").write_text("def main() -> int:\n    return 'x'\n")
    ended = call("run", "p.fmp")
    assert ended.code == 1 and "--> p.fmp:2:12" in ended.err and ended.out == ""
    assert call("run", "p.fmp", "--json").json["error"]["diagnostics"][0]["span"]["start"]["line"] == 2
    assert not (folder / "runs.db").exists()


@pytest.mark.parametrize(("args", "code"), [
    (["--policy", "best"], "FMP803"), (["--pool", "nowhere"], "FMP806"), (["--pool", "no/such.toml"], "FMP804"),
    (["--budget", "much"], "FMP802"), (["--seed", "1.5"], "FMP802"), (["--limit", "steps"], "FMP805"),
    (["--limit", "step=3"], "FMP801"), (["--limit", "steps=x"], "FMP802"), (["--trade-off=-1"], "FMP802"),
    (["--ledger", "no/such/folder.db"], "FMP821"), (["--ledger", "."], "FMP821"), (["--ledger", "query.fmp"], "FMP822"),
    (["--ledger", "a.db", "--no-ledger"], "FMP805"), (["--nonsense"], "FMP805"),
])
def test_wrong_settings_exit_with_2_and_say_what_to_do(call: Call, folder: Path, args: list[str], code: str) -> None:
    message = error_of(run(call, *args), code, 2)
    assert "help:" in message
    assert (folder / "query.fmp").read_text().startswith("@neural")
    ended = run(call, "--json", *args)
    assert ended.code == 2 and ended.json["error"]["code"] == code


def test_a_budget_that_is_spent_is_a_limit(call: Call) -> None:
    message = error_of(run(call, "--budget", "1.5"), "FMP613", 4)
    assert "0.5 is left" in message


def test_an_interrupt_exits_with_130_and_the_run_is_recorded(call: Call) -> None:
    ended = run(call, text="interrupt")
    assert ended.code == 130 and ended.out == "" and "interrupted" in ended.err
    assert call("feedback", "last", "--reward", "1").code == 0


def test_text_of_models_cannot_steer_the_terminal(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "say.fmp").write_text('@neural("llm")\ndef say(text: str) -> str:\n    """{text}"""\n\n'
                                    'def main() -> str:\n    print(say("evil"))\n    return say("evil")\n')
    ended = call("run", "say.fmp", "-q")
    assert ended.out == "\x1b[31mred\x07\n\u202e\n"  # a pipe gets the text as it is
    assert ended.err == "\\x1b[31mred\\x07\\n\\u202e\n"
    monkeypatch.setattr("fmplang.cli.run.is_terminal", lambda stream: stream.name == "<stdout>")
    assert call("run", "say.fmp", "-q").out == "\\x1b[31mred\\x07\n\\u202e\n"

# --------------------------------------------------------------------- recovery


CHECKED = '''@neural("vqa")
def count(text: str) -> int:
    """How many? {text}"""


def main(text: str) -> int:
    n = count(text)
    assert n > 0, "there should be some"
    return n + count("three")
'''


def test_a_run_that_was_mended_says_how(call: Call, folder: Path) -> None:
    (folder / "checked.fmp").write_text(CHECKED)
    args = ("run", "checked.fmp", "--policy", "cheapest", "--inputs", "text=more")
    ended = call(*args)
    assert (ended.code, ended.out) == (0, "9\n") and ended.err.endswith("begun anew after a failed assertion\n")
    told = call(*args, "--json").json
    first, second = told["calls"]
    assert (first["chosen"], first["backend"], first["round"], second["round"]) == ("small", "big", 0, 1)
    assert [(s["backend"], s["value"], s["cost"]) for s in first["shadows"]] == [("small", 0, 1.0)]
    (mended,) = told["recoveries"]
    assert mended == {
        "assertion": {"file": "checked.fmp", "start": {"line": 8, "column": 5, "offset": CHECKED.index("assert")},
                      "end": {"line": 8, "column": 41, "offset": CHECKED.index("\n    return")}},
        "site": first["site"], "order": [0], "round": 0, "before": "small", "after": "big", "cost": 4.0,
        "told": "another answer", "mended": True}
    assert told["abandoned"] == [] and told["cost"] == 6.0
    ended = call(*args, "--recoveries", "0", "--json")
    assert ended.code == 3 and ended.json["recoveries"] == [] and ended.json["error"]["code"] == "FMP505"


def test_attempts_and_fallbacks_are_told_and_can_be_set(call: Call, folder: Path) -> None:
    (folder / "checked.fmp").write_text(CHECKED)
    args = ("run", "checked.fmp", "--policy", "cheapest", "--json", "--inputs", "text=small fails")
    first = call(*args).json["calls"][0]
    assert (first["backend"], first["chosen"], first["cost"], first["lost"]) == ("big", "small", 4.0, 0.0)
    assert [a["backend"] for a in first["attempts"]] == ["small"] * 2 and first["shadows"] == [] == first["flags"]
    assert first["attempts"][0]["did"] == "FMP700: the backend small failed at main/count: ConnectionError: reset"
    assert len(call(*args, "--retries", "3").json["calls"][0]["attempts"]) == 4
    for rule in ("none", "cheaper", "small"):
        ended = call(*args, "--fallback", rule)
        assert ended.code == 5 and ended.json["error"]["code"] == "FMP700"
    assert call(*args, "--fallback", "big,small").json["calls"][0]["backend"] == "big"
    (folder / "fmplang.toml").write_text((folder / "fmplang.toml").read_text()
                                         + '[recovery]\nretries = 0\nfallback = ["big"]\n')
    assert [a["backend"] for a in call(*args).json["calls"][0]["attempts"]] == ["small"]
    told = call("env", "--json").json["settings"]
    assert told["recovery.fallback"]["value"] == "big"
    assert told["recovery.recoveries"] == {"value": 1, "from": "default"}
    message = error_of(call("run", "checked.fmp", "--policy", "strongest", "--fallback", "dearer", "--retries", "1",
                            "--inputs", "text=fail"), "FMP700", 5)
    assert message.count("was asked then") == 1 and "small was asked then: FMP700" in message
    error_of(call("run", "checked.fmp", "--inputs", "text=x", "--fallback", "biggest"), "FMP806", 2)
    for option in ("--retries=-1", "--recoveries=some", "--fallback=big,big"):
        error_of(call("run", "checked.fmp", "--inputs", "text=x", option), "FMP802", 2)


# ---------------------------------------------------------------------- feedback


def outcomes(folder: Path, run_id: str = "last") -> list[Any]:
    from fmplang.ledger.sqlite import SqliteLedger

    ledger = SqliteLedger(folder / "runs.db")
    found = ledger.find_run(run_id)
    ledger.close()
    return [(o.reward, o.label) for o in found.outcomes]


def test_feedback_finds_the_run_again_in_another_process_days_later(call: Call, folder: Path) -> None:
    run_id = run(call, "--json").json["run_id"]
    run(call)
    ended = call("feedback", run_id[:14], "--label", "4")
    assert (ended.code, ended.out, ended.err) == (0, f"run {run_id}: reward 1\n", "recorded\n")
    assert "nothing has changed" in call("feedback", run_id, "--label", "4").err
    assert call("feedback", run_id, "--reward", "0.25", "--json").json["new"] is True
    assert outcomes(folder, run_id) == [(1.0, "4"), (0.25, None)]
    assert outcomes(folder) == []


@pytest.mark.parametrize(("args", "code"), [
    (["last"], "FMP818"), (["last", "--label", "4", "--reward", "1"], "FMP818"), (["last", "--reward", "2"], "FMP818"),
    (["last", "--reward", "much"], "FMP818"), (["last", "--label", "many"], "FMP818"),
    (["zzzz", "--reward", "1"], "FMP825"), (["no id", "--reward", "1"], "FMP825"),
    (["last", "--reward", "1", "--no-ledger"], "FMP805"),
    (["last", "--reward", "1", "--ledger", "other.db"], "FMP821"), ([], "FMP805"),
])
def test_feedback_that_makes_no_sense(call: Call, folder: Path, args: list[str], code: str) -> None:
    run(call)
    error_of(call("feedback", *args), code, 2)
    assert outcomes(folder) == [] and not (folder / "other.db").exists()


def test_no_ledger_keeps_nothing(call: Call, folder: Path) -> None:
    assert run(call, "--no-ledger").out == "4\n"
    assert not (folder / "runs.db").exists()


def test_the_default_ledger_lies_in_the_users_data(call: Call, folder: Path) -> None:
    (folder / "fmplang.toml").write_text('pool = "scripted"\n')
    assert run(call).code == 0
    assert (folder.parent / "data" / "fmplang" / "ledger.db").exists()
    assert call("feedback", "last", "--label", "4").code == 0


def test_a_json_file_of_inputs_is_read_with_care(call: Call, folder: Path) -> None:
    for text in ("[1]", '{"text": "a", "text": "b"}', "{" * 100_000, '{"text": "\\ud800"', "", "\x00"):
        (folder / "in.json").write_text(text)
        error_of(call("run", "query.fmp", "--inputs", "in.json"), "FMP816", 2)
    (folder / "in.json").write_text('{"text": "\\ud800"}')
    assert call("run", "query.fmp", "--inputs", "in.json").code in (0, 2)  # half a character may be refused
    (folder / "in.json").write_bytes(b'{"text": "\xff"}')
    error_of(call("run", "query.fmp", "--inputs", "in.json"), "FMP816", 2)
    (folder / "in.json").write_text(json.dumps({"text": "x", "n": "3"}))
    error_of(call("run", "query.fmp", "--inputs", "in.json"), "FMP810", 2)
