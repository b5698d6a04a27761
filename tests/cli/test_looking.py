"""`fmplang pool`, `env` and `completion`, and what is said of wrong commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmplang.cli.app import COMMANDS
from fmplang.errors import BackendTimeout
from fmplang.host.examples import TEXT
from tests.cli.conftest import Call


def test_pool_list_says_who_can_answer_and_at_what_price(call: Call) -> None:
    ended = call("pool", "list")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "pool scripted, costs in units"
    assert [line.split()[:2] for line in lines[3:]] == [["small", "vqa"], ["big", "vqa"], ["talker", "llm"]]
    told = call("pool", "list", "--json").json
    assert [b["name"] for b in told["backends"]] == ["small", "big", "talker"]
    assert all(b["ready"] for b in told["backends"])


def test_pool_test_asks_each_backend(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from fmplang.backends.base import Health
    from fmplang.backends.scripted import ScriptedBackend
    from fmplang.check.typed import NeuralFunction, Parameter
    from fmplang.check.types import STR

    functions = {c: NeuralFunction("say", c, (Parameter("text", STR),), STR, "{text}") for c in ("vqa", "llm")}
    monkeypatch.setattr("fmplang.cli.pool.library_functions", lambda: functions)
    told = call("pool", "test", "--json").json
    assert told["ok"] and [b["state"] for b in told["backends"]] == ["ok"] * 3
    assert all(b["seconds"] >= 0 for b in told["backends"])
    assert call("pool", "test", "big").out.splitlines()[1].split()[:3] == ["big", "vqa", "ok"]
    assert call("pool", "test", "bigg").code == 2
    (big,) = call("pool", "test", "big", "--json").json["backends"]
    asked = "say('an example of a text...)"
    assert (big["question"], big["answer"], big["price"], big["cost"], big["flags"]) == (
        asked, f"about {TEXT}", 4.0, 4.0, [])
    head, row = call("pool", "test", "big").out.splitlines()
    assert head.split() == ["backend", "capability", "state", "seconds", "units", "answer"]
    assert row.split()[2] == "ok" and row.split()[4] == "4" and f"{asked} gave 'about an example" in row

    late = [BackendTimeout("too slow")]
    monkeypatch.setattr(ScriptedBackend, "answer", lambda self, requests: late)
    (big,) = call("pool", "test", "big", "--json").json["backends"]
    assert (big["state"], big["told"], big["answer"], big["cost"]) == ("failed", "too slow", None, 4.0)

    monkeypatch.setattr(ScriptedBackend, "answer", lambda self, requests: [ConnectionError("dead\x1b")])
    ended = call("pool", "test", "big")
    assert ended.code == 5 and "failed" in ended.out and "dead\\x1b" in ended.out

    monkeypatch.setattr(ScriptedBackend, "health", lambda self: Health(False, "no such library", "pip install it"))
    ended = call("pool", "test")
    assert ended.code == 0 and ended.out.count("missing") == 3 and "pip install it" in ended.out
    assert call("pool", "test", "big").code == 5
    assert "pip install it" in call("pool", "list").out


def test_env_says_where_each_setting_comes_from_and_hides_secrets(call: Call, folder: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMPLANG_API_KEY", "sk-secret")
    monkeypatch.setenv("FMPLANG_SEED", "7")
    monkeypatch.setenv("FMPLANG_PROXY", "http://me:hunter2@proxy.example/x")
    told = call("env", "--json").json
    assert told["settings"]["seed"] == {"value": 7, "from": "FMPLANG_SEED"}
    assert told["settings"]["pool"] == {"value": "scripted", "from": str(folder / "fmplang.toml")}
    assert told["settings"]["limits.steps"]["from"] == "default"
    assert told["variables"] == {"FMPLANG_API_KEY": "***", "FMPLANG_PROXY": "http://***@proxy.example/x",
                                 "FMPLANG_SEED": "7"}
    text = call("env").out
    assert "sk-secret" not in text and "hunter2" not in text and "FMPLANG_SEED" in text and "numpy" in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(call: Call, shell: str) -> None:
    ended = call("completion", shell)
    assert ended.code == 0 and "_FMPLANG_COMPLETE" in ended.out and ended.err == ""


def test_completion_completes_commands_and_options(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def completed(words: str, position: int) -> str:
        monkeypatch.setenv("_FMPLANG_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(position))
        return call().out

    assert completed("fmplang ch", 1).split() == ["plain,check"]
    assert "plain,--policy" in completed("fmplang run --po", 2).split()
    assert completed("fmplang pool ", 2).split() == ["plain,card", "plain,list", "plain,test", "plain,train"]
    assert completed("fmplang nonsense x", 2).strip() == ""


@pytest.mark.parametrize(("args", "told"), [
    (["chek"], "did you mean check?"), (["frobnicate"], "--help lists the commands"), (["pool", "lits"], "lits"),
    (["check"], "missing argument"), (["check", "--nope"], "no such option"), (["completion", "tcsh"], "tcsh"),
    (["run", "query.fmp", "--inputs"], "requires an argument"),
])
def test_a_wrong_command_line_exits_with_2_and_says_what_to_do(call: Call, args: list[str], told: str) -> None:
    ended = call(*args)
    assert ended.code == 2 and ended.out == ""
    assert "error[FMP805]" in ended.err and told in ended.err and "help:" in ended.err
    assert call(*args, "--json").json["error"]["code"] == "FMP805"


@pytest.mark.parametrize("name", [*COMMANDS, "pool list", "pool test"])
def test_every_command_explains_itself(call: Call, name: str) -> None:
    ended = call(*name.split(), "--help")
    assert ended.code == 0 and ended.out.startswith(f"Usage: fmplang {name} ") and ended.err == ""
    if name in COMMANDS:
        about = COMMANDS[name][1]
        assert about in call("--help").out
