"""Answers of models that would steer a terminal, on every way that one takes to a screen."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest

from fmplang.backends.scripted import ScriptedBackend
from fmplang.cli import console, run
from tests.cli.conftest import Call, Ended

HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;pwned\x07",
    "link": "\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\",
    "copy": "\x1b]52;c;cm0gLXJm\x07",
    "c1": "\x9b31mred\x9d0;title\x9c",
    "nul": "a\x00b\x08\x08\x7f",
    "return": "safe\rfake",
    "bidi": "user\u202e\u2066gpj.exe\u2069",
    "invisible": "a\u200bb\u2060c\U000e0041\ufeffd",
    "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f",
    "private": "\ue000\U0010ffff",
    "half": "a\ud83dz",
    "long": "\x1b[31m" * 5000,
}
HOSTILE["all"] = "".join(text for name, text in HOSTILE.items() if name not in ("half", "long"))
SAY = '''\
class Note:
    title: str

@neural("llm")
def say(text: str) -> str:
    """{text}"""

@neural("llm")
def listed(text: str) -> list[str]:
    """{text}"""

@neural("llm")
def noted(text: str) -> Note:
    """{text}"""

@neural("llm")
def sure(text: str) -> bool:
    """{text}"""

def main(text: str) -> %s:
    %s
'''
BODIES = {
    "str": ("str", "return say(text)"), "list": ("list[str]", "return listed(text)"),
    "record": ("Note", "return noted(text)"), "bool": ("bool", "return sure(text)"),
    "notes": ("int", "print(say(text))\n    return 0"), "key": ("dict[str, int]", "return {say(text): 1}"),
    "raised": ("int", "assert False, say(text)\n    return 0"), "number": ("int", "return int(say(text))"),
}


@pytest.fixture(autouse=True)
def hostile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that says what the question names, and streams that are terminals."""

    def backends() -> tuple[ScriptedBackend, ...]:
        def answer(request: Any) -> Any:
            how, _, name = str(request.args["text"]).partition(" ")
            said = HOSTILE.get(name, HOSTILE["link"])
            if how == "raise":
                raise ValueError(said)
            kind = str(request.returns)
            return [said, said] if kind == "list[str]" else {"title": said} if kind == "Note" else said

        return (ScriptedBackend("llm", answer, name="evil"),)

    monkeypatch.setattr("tests.cli.scripted_pool.backends", backends)
    for module in (console, run):  # both imported before, so that neither keeps what is set here
        monkeypatch.setattr(module, "is_terminal", lambda stream: True)
    monkeypatch.setattr(run, "_working", nullcontext)
    monkeypatch.setenv("NO_COLOR", "1")


def obeyed(text: str) -> set[str]:
    """The characters that a terminal could obey, or that hide or reorder others."""
    return {c for c in text if category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")} - {"\n"}


def is_safe(ended: Ended) -> None:
    for text in (ended.out, ended.err):
        assert not obeyed(text), ascii(text)


def fails_safely(ended: Ended) -> None:
    """An error is short too, however much a model wrote."""
    is_safe(ended)
    assert ended.code != 0 and max(map(len, ended.err.split("\n"))) < 500, ended.err


@pytest.mark.parametrize("name", ["all", "long"])
@pytest.mark.parametrize("body", sorted(BODIES))
def test_no_answer_of_a_model_steers_a_terminal(call: Call, folder: Path, body: str, name: str) -> None:
    (folder / "say.fmp").write_text(SAY % BODIES[body])
    ended = call("run", "say.fmp", "--inputs", f"text=say {name}")
    (fails_safely if body in ("bool", "raised", "number") else is_safe)(ended)
    is_safe(call("run", "say.fmp", "--json", "--trace", "page.html", "--inputs", f"text=say {name}"))
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert not obeyed(page), ascii(obeyed(page))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_error_that_quotes_an_answer_steers_a_terminal(call: Call, folder: Path, name: str) -> None:
    (folder / "say.fmp").write_text(SAY % BODIES["bool"])
    fails_safely(call("run", "say.fmp", "--inputs", f"text=say {name}"))
    fails_safely(call("run", "say.fmp", "--inputs", f"text=raise {name}"))


def test_the_pool_and_the_ledger_tell_it_escaped(call: Call, folder: Path) -> None:
    is_safe(call("pool", "test"))
    is_safe(call("pool", "test", "--json"))
    (folder / "say.fmp").write_text(SAY % BODIES["str"])
    is_safe(call("run", "say.fmp", "--inputs", "text=say link"))
    is_safe(call("feedback", "last", "--label", HOSTILE["link"]))
    is_safe(call("feedback", "last", "--label", HOSTILE["bidi"], "--json"))


def test_the_hostile_answers_are_hostile() -> None:
    assert all(obeyed(text) for text in HOSTILE.values())
