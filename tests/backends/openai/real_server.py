"""`transformers serve` with tiny models: a server of others, started by the tests; what its text model is taught."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import numpy as np

import fmplang
from fmplang.backends.decode import decode
from fmplang.backends.openai.messages import question
from fmplang.backends.openai.schema import from_json
from fmplang.runtime.values import Image

NEEDED = ("httpcore2", "torch", "transformers", "fastapi", "uvicorn", "openai")
MISSING = [name for name in NEEDED if find_spec(name) is None]

CITY = fmplang.compile('''
class City:
    name: str
    millions: float

@neural("llm")
def capital(country: str) -> str:
    """What is the capital of {country}?"""

@neural("llm")
def is_old(city: str) -> bool:
    """Is {city} an old city?"""

@neural("llm")
def rivers(city: str) -> list[str]:
    """Which rivers flow through {city}?"""

@neural("llm")
def facts(city: str) -> City:
    """How many people live in {city}?"""

@neural("llm")
def spelled(city: str) -> dict[str, int]:
    """How often stands each letter in {city}?"""

def main(country: str) -> str:
    city = capital(country)
    known = facts(city)
    old = "old" if is_old(city) else "new"
    return f"{known.name} ({known.millions}), {old}, at {rivers(city)}, {spelled(city)['P']}"
''')
ANSWERS: dict[str, Any] = {
    "capital": "Paris", "is_old": {"answer": True}, "rivers": {"answer": ["Seine", "Bievre"]},
    "facts": {"answer": {"name": "Paris", "millions": 2.1}},
    "spelled": {"answer": [{"key": "P", "value": 1}]},
}
VALUE = "Paris (2.1), old, at ['Seine', 'Bievre'], 1"


THING = fmplang.load(Path(__file__).with_name("thing.fmp"))
TICKET = "I was charged twice for one invoice."


def taught() -> dict[str, str]:
    """The questions of both programs as they are sent, with their answers."""
    made = {}
    execution = CITY.start({"country": "France"})
    step = execution.advance()
    while not isinstance(step, fmplang.Finished):
        for request in getattr(step, "requests", (step,)):
            said = ANSWERS[request.function.name]
            made[question(request, (), structured=True)] = said if isinstance(said, str) else json.dumps(said)
            value = said if isinstance(said, str) else from_json(said["answer"], request.returns, lambda box: box)
            execution.answer(decode(value, request.returns, fmplang.Limits()).value, request)
        step = execution.advance()
    assert step.value == VALUE
    blank = Image.from_pixels(np.zeros((8, 8, 3), dtype=np.uint8))
    first: Any = THING.start({"image": blank, "ticket": TICKET}).advance()
    made[question(first, (), structured=True)] = json.dumps({"answer": "billing"})
    return made


class Served(NamedTuple):
    url: str
    models: Path


@contextmanager
def started(folder: Path) -> Iterator[Served]:
    """The server, with both models in its reach."""
    (folder / "questions.json").write_text(json.dumps(taught()), encoding="utf-8")
    settings = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
                "TRANSFORMERS_VERBOSITY": "error"}
    maker = Path(__file__).with_name("tiny_models.py")
    subprocess.run([sys.executable, str(maker), str(folder), str(folder / "questions.json")], env=settings, check=True,
                   capture_output=True, timeout=240)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve",
             "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"], env=settings, stdout=log,
            stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield Served(f"http://127.0.0.1:{port}/v1", folder)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
