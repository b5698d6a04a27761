"""Each kind of backend with something that goes wrong at chosen asks: what the table of faults is played on.

A Case is one fault at one kind: `how` it comes about, the `code` of the error, what the ask `costs` (the price told
before, nothing, or what was used) and whether it `passes`, so that the host asks again. Where a kind cannot have a
fault, IMPOSSIBLE says why.
"""

from __future__ import annotations

import json
import os
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import fmplang
from fmplang.backends.base import Backend, Response
from fmplang.backends.embedded.tesseract import Tesseract
from fmplang.backends.embedded.words import WordsClassify
from fmplang.backends.transformers import transformers_backend
from fmplang.runtime.requests import Request
from tests.backends.asking import plain
from tests.backends.openai.serving import CALL, ServerOfSteps, Step, backend_of, completion, http, refuses, says

NAMES = ("refuses", "times out", "drips", "resets", "429", "500", "503", "empty", "truncated", "wrong type", "enormous",
         "wrong usage")
PRICE, FREE, USED = "price", "free", "used"
ENORMOUS = "billing " * 1_300_000  # 10 MB


class Case(NamedTuple):
    how: Any
    code: str
    costs: str
    passes: bool
    told: str


class Stage(NamedTuple):
    """A backend `bad` that has its fault at the asks in `faulty` (from 0), a program of three dependent calls for it,
    and what each call costs when all is well: None for its price."""

    backend: Backend
    program: fmplang.Program
    inputs: dict[str, Any]
    used: float | None = None


LABELS = fmplang.compile('''
@neural("classify")
def topic(ticket: str) -> Literal["billing", "shipping"]:
    """Which topic? {ticket}"""

def main(t: str) -> str:
    a = topic(t)
    b = topic(f"{t} {a}")
    return a + b + topic(f"{t} {a} {b}")
''', name="labels.fmp")
READS = fmplang.compile('''
def main(image: Image) -> str:
    a = image.read_text()
    b = image.crop(0, 0, 30, 20 if a else 25).read_text()
    return a + b + image.crop(0, 0, 20, 20 if b else 25).read_text()
''', name="reads.fmp")
TICKET = {"t": "my card was charged twice for one invoice"}


class Hanging:
    """A function that hangs until the test is over, and a clock that is up as soon as it does."""

    def __init__(self) -> None:
        self.hangs = threading.Event()
        self.over = threading.Event()

    def hang(self) -> None:
        self.hangs.set()
        self.over.wait(60)

    def wait(self, done: threading.Event, seconds: float) -> bool:
        while not done.wait(0.001):
            if self.hangs.is_set():
                self.hangs.clear()
                return False
        return True


class TooMany(RuntimeError):
    """As clients of servers raise it."""

    transient = True


def _raises(error: Exception) -> Callable[[Hanging], Any]:
    def raise_it(hanging: Hanging) -> Any:
        raise error

    return raise_it


def _hangs(hanging: Hanging) -> Any:
    hanging.hang()


def _drips(hanging: Hanging) -> Any:
    text = ""
    for letter in "bill":
        text += letter
    hanging.hang()
    return text


def _gives(value: Any) -> Callable[[Hanging], Any]:
    return lambda hanging: value


# What a model gives, at any kind of backend in this process.
GIVEN = {
    "empty": Case(_gives(""), "FMP702", PRICE, True, "empty"),
    "truncated": Case(_gives('{"answer": "bill'), "FMP702", PRICE, True, "answer was"),
    "wrong type": Case(_gives(7), "FMP702", PRICE, True, "int"),
    "enormous": Case(_gives(ENORMOUS), "FMP702", PRICE, True, "10,400,000 characters"),
    "wrong usage": Case(_gives(Response("billing", cost=float("nan"))), "FMP704", PRICE, False, "cost of nan"),
}
# --------------------------------------------------------------------- functions

FUNCTION = {
    "refuses": Case(_raises(ConnectionRefusedError("refused")), "FMP700", FREE, True, "refused"),
    "times out": Case(_hangs, "FMP701", PRICE, True, "no answer within"),
    "drips": Case(_drips, "FMP701", PRICE, True, "no answer within"),
    "resets": Case(_raises(ConnectionResetError("reset")), "FMP700", FREE, True, "reset"),
    "429": Case(_raises(TooMany("429 Too Many Requests")), "FMP700", FREE, True, "429"),
    "500": Case(_raises(RuntimeError("500 Internal Server Error")), "FMP700", FREE, False, "500"),
    "503": Case(_raises(TooMany("503 Service Unavailable")), "FMP700", FREE, True, "503"),
    **GIVEN,
}


def function(case: Case | None, faulty: set[int], hanging: Hanging, batch: bool = False) -> Stage:
    """A function of the user's own, one request at a time or in batches."""
    asked = 0

    def answer(request: Request) -> Any:
        nonlocal asked
        asked += 1
        return case.how(hanging) if case is not None and asked - 1 in faulty else "billing"

    def answers(requests: list[Request]) -> Any:
        return [answer(request) for request in requests]

    given: Any = answers if batch else answer
    made = fmplang.backend("classify", name="bad", cost=3.0, timeout=60, batch=batch)(given)
    return Stage(made, LABELS, TICKET)


# ----------------------------------------------------------------- embedded models

EMBEDDED = {
    "times out": Case(_raises(TimeoutError("too slow")), "FMP701", PRICE, True, "too slow"),
    "resets": Case(_raises(BrokenPipeError("the worker is gone")), "FMP700", FREE, True, "worker"),
    "500": Case(_raises(RuntimeError("a bug within")), "FMP700", FREE, False, "a bug within"),
    **GIVEN,
}


def embedded(case: Case | None, faulty: set[int], hanging: Hanging) -> Stage:
    """scikit-learn's words, with a model that goes wrong now and then."""
    made = WordsClassify("hash")
    made.name = "bad"
    _break(made, case, faulty, hanging)
    made.price = lambda request: 3.0  # type: ignore[method-assign]
    return Stage(made, LABELS, TICKET)


def _break(backend: Any, case: Case | None, faulty: set[int], hanging: Hanging) -> None:
    """Let the answering of one request go wrong, within the backend."""
    whole = backend.respond
    asked = 0

    def respond(what: Any, *more: Any) -> Any:
        nonlocal asked
        asked += 1
        if case is None or asked - 1 not in faulty:
            return whole(what, *more)
        given = case.how(hanging)
        said = given if isinstance(given, Response) else Response(given)
        return [said] * len(what) if more else said

    backend.respond = respond


# ------------------------------------------------------------------ a program's output

HEADER = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
ROW = "5\t1\t1\t1\t1\t1\t1\t1\t9\t9\t96\tTOTAL\n"
TESSERACT = {
    "refuses": Case("echo no >&2; exit 1", "FMP700", FREE, False, "tesseract failed: no"),
    "times out": Case("exec sleep 60", "FMP701", PRICE, True, "more than 0.02 seconds"),
    "drips": Case("cat header; exec sleep 60", "FMP701", PRICE, True, "more than 0.02 seconds"),
    "resets": Case("kill -9 $$", "FMP700", FREE, False, "exit status -9"),
    "empty": Case("exit 0", "FMP704", FREE, False, "no table"),
    "truncated": Case("head -c 100 table; exit 0", "FMP704", FREE, False, "half a table"),
    "wrong type": Case("head -c 5000 /dev/urandom; exit 0", "FMP704", FREE, False, "no table"),
    "enormous": Case("cat header long; exit 0", "FMP702", PRICE, True, "10,000,000 characters"),
}


def tesseract(case: Case | None, faulty: set[int], folder: Path, setenv: Callable[[str, str], None]) -> Stage:
    """The reader of texts, with a program in the place of Tesseract."""
    for name, text in (("header", HEADER), ("long", ROW.replace("TOTAL", "T" * 10_000_000)), ("table", HEADER + ROW)):
        (folder / name).write_text(text, encoding="utf-8")
    script = folder / "tesseract"
    script.write_text(f"#!/bin/sh\ncd {shlex.quote(str(folder))}\nif [ -f wrong ]; then rm wrong; "
                      f"{case.how if case is not None else ':'}\nfi\ncat table\n", encoding="utf-8")
    script.chmod(0o755)
    setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    made = Tesseract("fast")
    made.name = "bad"
    made.price = lambda request: 3.0  # type: ignore[method-assign]
    whole = made.respond
    asked = 0

    def respond(request: Request) -> Response:
        nonlocal asked
        wrong = asked in faulty
        asked += 1
        made.timeout = 0.02 if wrong and case is not None and "sleep" in case.how else 60.0
        if wrong:
            (folder / "wrong").touch()
        return whole(request)

    made.respond = respond  # type: ignore[method-assign]
    return Stage(made, READS, {"image": plain((255, 255, 255))})


# -------------------------------------------------------------------- transformers


class Hub(OSError):
    """As clients of the hub raise it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} error for url: https://hub/model")
        self.response = type("Answer", (), {"status_code": status})


def _loading(error: Exception) -> Case:
    passes = not isinstance(error, FileNotFoundError)
    return Case(error, "FMP705", FREE, passes, "cannot be downloaded now" if passes else "no model")


TRANSFORMERS = {
    "refuses": _loading(FileNotFoundError("no such model")), "times out": _loading(TimeoutError("read timed out")),
    "resets": _loading(ConnectionResetError("reset")), "429": _loading(Hub(429)), "500": _loading(Hub(500)),
    "503": _loading(Hub(503)), **GIVEN,
}


def transformers(case: Case | None, faulty: set[int], hanging: Hanging, folder: Path,
                 setattr_: Callable[[Any, str, Any], None]) -> Stage:
    """A tiny model. What a hub does wrong it does while the model is loaded: before the asks in `faulty`, here."""
    from transformers import AutoTokenizer

    made: Any = transformers_backend("transformers.classify", "bad", model=str(folder), device="cpu")
    if case is None or not isinstance(case.how, Exception):
        _break(made, case, faulty, hanging)
        return Stage(made, LABELS, TICKET)
    whole, load, asked, gone = made.answer, AutoTokenizer.from_pretrained, 0, False

    def answer(requests: Sequence[Request]) -> Any:
        nonlocal asked, gone
        gone = asked in faulty
        asked += 1
        if gone:
            made.unload()
        return whole(requests)

    def from_pretrained(*args: Any, **settings: Any) -> Any:
        if gone:
            raise case.how
        return load(*args, **settings)

    made.answer = answer
    setattr_(AutoTokenizer, "from_pretrained", from_pretrained)
    return Stage(made, LABELS, TICKET)


# -------------------------------------------------------------------------- servers

BODY = completion('{"answer": "billing"}')
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"


def _step(step: Step) -> Callable[[Callable[[], None]], Step]:
    return lambda time_is_up: step


SERVER = {
    "refuses": Case(_step(http(json.dumps({"choices": [{"message": {"refusal": "I will not"}}], "usage": {
        "prompt_tokens": 50, "completion_tokens": 5}}).encode())), "FMP707", USED, False, "refuses"),
    "times out": Case(lambda up: Step(end="stall", then=up), "FMP701", PRICE, True, "no whole answer"),
    "drips": Case(lambda up: Step(HEAD, b"{", b'"', b"c", end="stall", then=up), "FMP701", PRICE, True,
                  "no whole answer"),
    "resets": Case(_step(Step(HEAD, BODY[:100], end="reset")), "FMP724", PRICE, True, "broke off"),
    "429": Case(_step(refuses("429 Too Many Requests", "slow down")), "FMP721", FREE, True, "429"),
    "500": Case(_step(refuses("500 Internal Server Error", "oops")), "FMP724", FREE, True, "500"),
    "503": Case(_step(refuses("503 Service Unavailable", "busy")), "FMP724", FREE, True, "503"),
    "empty": Case(_step(http(b"")), "FMP704", PRICE, True, "empty"),
    "truncated": Case(_step(http(BODY[:-30])), "FMP704", PRICE, True, "no JSON"),
    "wrong type": Case(_step(says('{"answer": 7}')), "FMP702", USED, True, "int"),
    "enormous": Case(_step(http(b" " * 9_000_000)), "FMP704", PRICE, True, "more than"),
    "wrong usage": Case(_step(says('{"answer": "billing"}', usage={"prompt_tokens": -1, "completion_tokens": 5})), "",
                        PRICE, False, "wrong usage"),
}


@contextmanager
def server(case: Case | None, faulty: set[int], running: ServerOfSteps,
           time_is_up: Callable[[], None]) -> Iterator[Stage]:
    """A model on a server that speaks OpenAI's protocol."""

    def script(body: dict[str, Any]) -> Step:
        step: Step = case.how(time_is_up) if case is not None and len(running.bodies) - 1 in faulty \
            else says('{"answer": "billing"}')
        return step

    running.reset(script)
    with backend_of(running, "classify") as made:
        made.name = "bad"
        yield Stage(made, LABELS, TICKET, CALL)


KINDS: dict[str, dict[str, Case]] = {
    "function": FUNCTION, "function of batches": FUNCTION, "embedded": EMBEDDED, "tesseract": TESSERACT,
    "transformers": TRANSFORMERS, "server": SERVER,
}
IN_PROCESS = "it runs in this process: nobody refuses, and nothing comes bit by bit or with a status"
IMPOSSIBLE = {
    ("embedded", "refuses"): IN_PROCESS, ("embedded", "drips"): IN_PROCESS, ("embedded", "429"): IN_PROCESS,
    ("embedded", "503"): IN_PROCESS,
    ("tesseract", "429"): "a program has no statuses", ("tesseract", "500"): "a program has no statuses",
    ("tesseract", "503"): "a program has no statuses", ("tesseract", "wrong usage"): "a program tells no costs",
    ("transformers", "drips"): "what is downloaded bit by bit times out",
}
