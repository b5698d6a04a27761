"""Runs a program through its conversation, and remembers what it asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fmplang
from fmplang import Finished, Group, Limits, Request
from fmplang.frozen import replace
from fmplang.runtime.execution import Execution
from fmplang.runtime.program import Program
from fmplang.runtime.values import OrderedSet, RecordValue

Answers = Callable[[Request], Any]

NEURAL = '''
@neural("vqa")
def ask(x: int) -> bool:
    "Is {x} even?"


@neural("llm")
def num(x: int) -> int:
    "A number like {x}."


@neural("llm")
def word(text: str) -> str:
    "A word for {text}."


'''


def program(text: str, *, groups: bool = True) -> Program:
    """A checked program; without `groups` it asks one by one, which is the sequential reference."""
    made = fmplang.compile(text)
    return made if groups else Program(replace(made.typed, groups=frozenset()))


def requests_of(step: Any) -> tuple[Request, ...]:
    return step.requests if isinstance(step, Group) else (step,)


class Talk:
    """A finished run: `value` or `error`, `asked` (every request, in the order handed out), `rounds` (by step)."""

    def __init__(self, execution: Execution, answers: Answers | None) -> None:
        self.execution = execution
        self.rounds: list[tuple[Request, ...]] = []
        self.value: Any = None
        self.error: fmplang.FmpError | None = None
        try:
            step = execution.advance()
            while not isinstance(step, Finished):
                self.rounds.append(requests_of(step))
                for request in requests_of(step):
                    assert answers is not None, f"nobody answers {request}"
                    answer = answers(request)
                    if isinstance(answer, Exception):
                        execution.fail(answer, request)
                    else:
                        execution.answer(answer, request)
                step = execution.advance()
            self.value = step.value
        except fmplang.FmpError as error:
            self.error = error

    @property
    def asked(self) -> list[Request]:
        return [request for step in self.rounds for request in step]

    @property
    def sequence(self) -> list[tuple[str, dict[str, Any]]]:
        """Sites and arguments in sequential order."""
        return [(r.site.id, dict(r.args)) for r in sorted(self.asked, key=lambda request: request.order)]


def talk(text: str | Program, answers: Answers | None = None, *, limits: Limits | None = None, groups: bool = True,
         trace: bool = False, **inputs: Any) -> Talk:
    made = text if isinstance(text, Program) else program(text, groups=groups)
    return Talk(made.start(inputs, limits, "run", trace_statements=trace), answers)


def value(text: str, answers: Answers | None = None, **inputs: Any) -> Any:
    done = talk(text, answers, **inputs)
    if done.error is not None:
        raise done.error
    return done.value


def shown(value: Any) -> str:
    """A value with its types; sets without their order."""
    if isinstance(value, (set, OrderedSet)):
        return "{" + ", ".join(sorted(map(shown, value))) + "}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(k)}: {shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, RecordValue):
        return repr(value)
    return f"{type(value).__name__} {value!r}"
