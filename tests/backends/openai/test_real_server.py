"""`transformers serve` with tiny models: a server of others that speaks the protocol, for what ours can only play.

It leaves out what goes beyond the plain protocol (schemas, log-probabilities) without a word, as some servers do.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import numpy as np
import pytest

import fmplang
from fmplang.backends.decode import decode
from fmplang.backends.openai.messages import question
from fmplang.backends.openai.schema import from_json
from fmplang.errors import BackendError, DecodeError

NEEDED = ("httpcore2", "torch", "transformers", "fastapi", "uvicorn", "openai")
missing = [name for name in NEEDED if find_spec(name) is None]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")]

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


def taught() -> dict[str, str]:
    """The questions of the program as they are sent, with their answers."""
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
    return made


class Served(NamedTuple):
    url: str
    models: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server, started by the tests, with both models in its reach; ended with them."""
    folder = tmp_path_factory.mktemp("served")
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


Pools = Callable[..., fmplang.Pool]


@pytest.fixture
def pool_of(served: Served, tmp_path: Path) -> Iterator[Pools]:
    """Makes pools from pool files, as a user writes them, and closes them at the end."""
    made: list[Any] = []

    def make(model: str, capability: str, more: str = "") -> fmplang.Pool:
        file = tmp_path / "pool.toml"
        file.write_text(f"""
[pool]
preset = "none"
[pool.backends.tiny]
kind = "openai.chat"
base_url = "{served.url}"
model = '{served.models / model}'
capability = "{capability}"
prices = {{ input = 100.0, output = 200.0 }}
backoff = 0.01
{more}
""", encoding="utf-8")
        pool = fmplang.Pool.from_file(file)
        made.extend(pool)
        return pool

    yield make
    for backend in made:
        backend.close()


def test_a_program_is_answered(pool_of: Pools) -> None:
    runtime = fmplang.Runtime(pool=pool_of("text", "llm"), policy="cheapest", budget=1.0)
    run = runtime.run(CITY, country="France")
    assert run.value == VALUE and len(run.trace) == 5
    for call in run.trace:  # by the server's own count of tokens
        assert 0 < call.cost < call.prices[0] and not set(call.flags) & {"no usage", "wrong usage"}
    assert runtime.spent == pytest.approx(sum(call.cost for call in run.trace))


def test_many_runs_at_once(pool_of: Pools) -> None:
    runtime = fmplang.Runtime(pool=pool_of("text", "llm"), policy="cheapest")
    rows = [{"country": "France"}] * 6
    assert [run.value for run in runtime.stream(CITY, rows, concurrency=6)] == [VALUE] * 6

    async def several() -> list[Any]:
        return [r.value for r in await asyncio.gather(*(runtime.arun(CITY, country="France") for _ in range(3)))]

    assert asyncio.run(several()) == [VALUE] * 3


def test_a_picture_is_looked_at(pool_of: Pools) -> None:
    pool = pool_of("vision", "vqa", "max_tokens = 12")
    look = fmplang.compile('def main(image: Image) -> str:\n    return image.simple_query("What is this?")\n')
    red = np.full((300, 400, 3), (255, 0, 0), dtype=np.uint8)
    run = fmplang.Runtime(pool=pool, policy="cheapest").run(look, image=red)
    assert isinstance(run.value, str) and 0 < run.cost < run.trace[0].prices[0]


@pytest.mark.parametrize("returns", ["bool", "int", "list[int]", "dict[str, int]"])
def test_nonsense_is_a_typed_error(pool_of: Pools, returns: str) -> None:
    pool = pool_of("vision", "vqa", "max_tokens = 12")
    source = f'@neural("vqa")\ndef look(image: Image) -> {returns}:\n    "Look."\n\n' \
             f"def main(image: Image) -> {returns}:\n    return look(image)\n"
    runtime = fmplang.Runtime(pool=pool, policy="cheapest")
    with pytest.raises(DecodeError) as caught:
        runtime.run(fmplang.compile(source), image=np.zeros((40, 40, 3), dtype=np.uint8))
    assert caught.value.site == "main/look" and caught.value.backend == "tiny" and runtime.spent > 0


def test_a_model_that_is_not_there_is_a_typed_error_and_costs_nothing(pool_of: Pools) -> None:
    pool = pool_of("missing", "llm", "retries = 1")
    runtime = fmplang.Runtime(pool=pool, policy="cheapest")
    with pytest.raises(BackendError) as caught:
        runtime.run(CITY, country="France")
    assert caught.value.code in ("FMP723", "FMP724") and "127.0.0.1" in caught.value.message and runtime.spent == 0
