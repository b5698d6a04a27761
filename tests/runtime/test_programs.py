"""The programs of tests/programs that say what running them gives. Each case is a few comment lines:

    # inputs: {"n": 3}                    JSON, by name; none where the line is missing
    # answers: {"ask": [true, false]}     JSON, by neural function, in sequential order
    # returns: [1, 2]                     the value as text; or
    # fails: FMP501 IndexError at `xs[n]` the code, the kind, and the text at the place
    # asks: ask(0) num(7)                 optional: the questions in sequential order

A program without neural functions is also run by CPython, which must give the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fmplang import Request
from fmplang.errors import RunError
from tests.runtime.talk import program, talk

PROGRAMS = Path(__file__).parent.parent / "programs"
_LINE = re.compile(r"^# (inputs|answers|returns|fails|asks): (.*)$", re.MULTILINE)
_FAILS = re.compile(r"(FMP\d{3}) (\w+) at `(.*)`")


@dataclass
class Case:
    inputs: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    returns: str | None = None
    fails: str | None = None
    asks: str | None = None


def cases(text: str) -> list[Case]:
    found: list[Case] = []
    for word, rest in _LINE.findall(text):
        if word == "inputs" or not found:
            found.append(Case())
        setattr(found[-1], word, json.loads(rest) if word in ("inputs", "answers") else rest.strip())
    return found


FILES = [path for path in sorted(PROGRAMS.rglob("*.fmp")) if cases(path.read_text(encoding="utf-8"))]
CASES = [(path, i) for path in FILES for i in range(len(cases(path.read_text(encoding="utf-8"))))]


def in_turn(answers: dict[str, list[Any]]) -> Callable[[Request], Any]:
    left = {name: list(values) for name, values in answers.items()}
    return lambda request: left[request.function.name].pop(0)


@pytest.mark.parametrize(("path", "index"), CASES, ids=[f"{p.relative_to(PROGRAMS)} {i}" for p, i in CASES])
@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
def test_case(path: Path, index: int, trace: bool) -> None:
    text = path.read_text(encoding="utf-8")
    case = cases(text)[index]
    done = talk(program(text), in_turn(case.answers), trace=trace, **case.inputs)
    if case.fails is not None:
        found = _FAILS.fullmatch(case.fails)
        assert found is not None
        error = done.error
        assert isinstance(error, RunError) and error.source is not None and error.span is not None
        assert (error.code, error.kind, error.source.slice(error.span)) == found.groups()
    else:
        if done.error is not None:
            raise done.error
        assert repr(done.value) == case.returns
    if case.asks is not None:
        asked = [f"{r.function.name}({', '.join(map(repr, r.args.values()))})"
                 for r in sorted(done.asked, key=lambda request: request.order)]
        assert " ".join(asked) == case.asks
    if "@neural" not in text and "class " not in text:
        by_cpython(text, case)


def by_cpython(text: str, case: Case) -> None:
    scope: dict[str, Any] = {"Callable": Callable}
    exec(compile(text, "<program>", "exec"), scope)  # the oracle
    try:
        value = scope["main"](**case.inputs)
    except Exception as error:
        assert case.fails is not None and type(error).__name__ == case.fails.split()[1]
    else:
        assert repr(value) == case.returns


def test_there_are_programs_to_run() -> None:
    assert len(FILES) >= 14
