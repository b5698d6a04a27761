"""Whatever a backend answers, for every return type: a value of the type or an error of ours, and nothing that a
terminal or a page would obey, wherever the answer is shown.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections import UserDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.backends.base import HEALTHY, Response
from fmplang.check.sites import all_sites
from fmplang.check.types import Type
from fmplang.cli import console
from fmplang.cli import run as run_command
from fmplang.cli.pool import _tried
from fmplang.errors import FmpError
from fmplang.host.credit import credit_of
from fmplang.ledger.base import open_ledger
from fmplang.pages.trace import trace_page
from fmplang.policy.ask_all import AskAll
from fmplang.policy.registry import resolve
from fmplang.runtime.values import fits
from tests.cli.test_hostile_answers import HOSTILE, obeyed
from tests.pages.reading import Page
from tests.pages.test_trace_page import HIDDEN
from tests.pages.test_trace_page import HOSTILE as MARKUP

TYPES = ("bool", "int", "float", "str", 'Literal["low", "high"]', "Literal[1, 2]", "list[str]", "list[float]",
         "list[list[int]]", "set[str]", "dict[str, int]", "dict[str, list[str]]", "tuple[int, str]", "Note",
         "Note | None", "str | None", "int | None", "list[Note]", "Image", "list[Image]", "Image | None")
SOURCE = '''
class Note:
    title: str
    stars: int | None

@neural("any")
def say(image: Image, text: str) -> {0}:
    """{{text}}"""

def main(image: Image, text: str) -> {0}:
    got = say(image, text)
    print(got)
    return got
'''
PROGRAMS = {name: fmplang.compile(SOURCE.format(name), name="any.fmp") for name in TYPES}
PICTURE = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)


class Fails:
    """Fails at whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("\x1b[31mno <b>" + name)

    def __repr__(self) -> str:
        raise ValueError("no")

    __len__ = __iter__ = __bool__ = __hash__ = __eq__ = __str__ = __float__ = __repr__  # type: ignore[assignment]


class Mute(Exception):
    def __str__(self) -> str:
        raise KeyError("\x1b[2J")


class Long(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 10**9


class Endless(list):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[int]:
        raise OverflowError("never")


class Word(str):
    def strip(self, *_: Any) -> Any:
        return 7

    def __str__(self) -> str:
        return "\x1b[31m"


class Costly(RuntimeError):
    cost = float("inf")
    transient = "yes"


def nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


LOOP: list[Any] = []
LOOP.append(LOOP)
KEYED: dict[str, Any] = {}
KEYED["answer"] = KEYED
ODD: tuple[Any, ...] = (
    None, ..., NotImplemented, object(), Fails(), type, len, b"\xff\x00", bytearray(b"x"), memoryview(b"x"), 1j,
    float("nan"), float("inf"), -0.0, 10**5000, -(2**70), Decimal("NaN"), Fraction(1, 3), datetime(2020, 1, 1),
    range(10**9), iter([1]), UserDict(answer=1), Long(), Endless([1]), Word("yes"), nested(5000), LOOP, KEYED,
    np.float32(0.5), np.int64(3), np.bool_(True), np.array("x"), np.array([]), np.array([[1.5, np.nan]]),
    np.array([object()]), np.zeros((3, 3, 3), dtype=np.uint8), np.zeros((0, 5, 3), dtype=np.uint8),
    np.zeros((2, 2), dtype=[("a", "i4")]), np.str_("high"), {"answer": "\x1b[31m"}, {1: 2, "1": 3}, {"a": Fails()},
    [[0, 0, 10, 10]], [(-5, 0, 1e300, float("nan"))], (3, 3, 1, 1), [0, 0, 9, 9], {"title": 1, "stars": "many"},
    ValueError("broken \x1b[31m<script>"), Mute(), Costly(), StopIteration(3), StopAsyncIteration(), GeneratorExit,
    ExceptionGroup("<i>", [ValueError("\x9b31m")]), RecursionError(), MemoryError(), fmplang.FmpError("own \x1b[2J"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), asyncio.CancelledError(), "x" * 2_000_000, "[" * 50_000,
    '{"title": "<script>alert(1)</script>", "stars": 3}', '["\\u001b[31m", "\\ud800"]', "- \x1b[31m\n- b",
)
texts = st.sampled_from([*HOSTILE.values(), *MARKUP, "yes", "7", "low", "null", "[]", "{}"]) | st.text(
    st.characters(exclude_categories=()), max_size=20)
odd = st.integers(0, len(ODD) - 1).map(ODD.__getitem__)
scalars = texts | odd | st.booleans() | st.integers() | st.floats()
nests = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
                     | st.tuples(inner, inner), max_leaves=5)
written = st.recursive(texts | st.none() | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3)
                       | st.dictionaries(texts, inner, max_size=3), max_leaves=5).map(json.dumps)
responses = st.builds(Response, nests, confidence=scalars, cost=st.none() | scalars, cached=scalars, seconds=scalars,
                      flags=scalars | st.lists(texts, max_size=3).map(tuple))
answers = nests | written | responses


class Says:
    """Answers each request with a thing, whatever it is."""

    capability, version, unit = "any", "1", "units"

    def __init__(self, name: str, price: float, thing: Any) -> None:
        self.name, self.cost, self.thing = name, price, thing

    def supports(self, request: object) -> bool:
        return True

    def price(self, request: object) -> float:
        return self.cost

    def answer(self, requests: Any) -> Any:
        return [self.thing if isinstance(self.thing, (Response, Exception)) else Response(self.thing)
                for _ in requests]


@contextmanager
def a_terminal() -> Iterator[io.StringIO]:
    """Both streams are one terminal; what was written to it."""
    screen = io.StringIO()
    with mock.patch.object(console, "is_terminal", lambda stream: True), \
            mock.patch.object(run_command, "is_terminal", lambda stream: True), \
            mock.patch.object(sys, "stdout", screen), mock.patch.object(sys, "stderr", screen), \
            mock.patch.dict("os.environ", {"NO_COLOR": "1"}):
        yield screen


def shown(program: fmplang.Program, run: fmplang.Run | None, error: FmpError | None) -> tuple[str, str]:
    """All that is told of a run: on the terminal (answer, notes, error, JSON) and on its page."""
    record: Any = run.record if run is not None else error.record  # type: ignore[union-attr]
    credit = credit_of(program, record)
    with a_terminal() as screen:
        if error is not None:
            console.show_error(error)
            console.out_json(console.error_json(error))
        else:
            assert run is not None
            for line in run.notes:
                console.note(run_command.escape(line))
            console.out(run_command._answer(run.value))
            console.note(run_command._summary(run))
            console.out_json(run_command._run_json(run, program, credit))
    return screen.getvalue(), trace_page(program, record, credit, error=error)


@given(st.sampled_from(TYPES), answers, answers, st.integers(0, 2))
def test_any_answer_of_any_type_anywhere(name: str, first: Any, second: Any, how: int) -> None:
    program = PROGRAMS[name]
    pool = fmplang.Pool([Says("one", 1.0, first), Says("two", 2.0, second)])
    made = fmplang.Runtime(pool=pool, policy=AskAll(resolve("cheapest")), budget=1e9)
    inputs = {"image": PICTURE, "text": "t"}
    run: fmplang.Run | None = None
    error: FmpError | None = None
    try:
        if how == 0:
            run = made.run(program, **inputs)
        elif how == 1:
            run = asyncio.run(made.arun(program, **inputs))
        else:
            (run,) = made.stream(program, [inputs], concurrency=2, on_error="yield")
            error, run = (run.error, None) if run.error is not None else (None, run)  # type: ignore[assignment]
    except FmpError as failed:
        error = failed
    type_: Type = program.entry.returns
    if run is not None:
        assert fits(run.value, type_)
    else:
        assert error is not None and error.code.startswith("FMP") and error.run_id
    assert made._purse.reserved == 0 and 0 <= made.spent < float("inf")
    screen, page = shown(program, run, error)
    assert not obeyed(screen), ascii(obeyed(screen))
    parts = Page(page)
    assert len(parts.all("script")) == 1 and parts.all("img") == [] and not HIDDEN.search(page)
    assert not any(key.startswith("on") for _, attributes in parts.elements for key in attributes)


@given(st.sampled_from(TYPES), answers)
def test_pool_test_tells_any_answer(name: str, thing: Any) -> None:
    function = next(all_sites(PROGRAMS[name].typed)).function
    told = _tried(Says("one", 1.0, thing), HEALTHY, function)
    with a_terminal() as screen:
        console.out(console.table([[told["name"], told["state"], told["told"]]], ["backend", "state", "answer"]))
        console.out_json(told)
    assert told["state"] in ("ok", "failed") and not obeyed(screen.getvalue())


def test_every_odd_thing_alone_and_what_a_traceback_would_print(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path / "runs.db")) as ledger:
        for place, thing in enumerate(ODD):
            made = fmplang.Runtime(pool=[Says("one", 1.0, thing)], policy="cheapest", ledger=ledger)
            for name in ("str", "int", "Note", "list[Image]"):
                program = PROGRAMS[name]
                try:
                    value = made.run(program, image=PICTURE, text="t").value
                    assert fits(value, program.entry.returns), (place, name)
                except FmpError as error:
                    assert error.run_id and not obeyed(str(error).replace("\n", "")), (place, name)
