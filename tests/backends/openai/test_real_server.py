"""`transformers serve` with tiny models: a server of others that speaks the protocol, for what ours can only play.

It leaves out what goes beyond the plain protocol (schemas, log-probabilities) without a word, as some servers do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.errors import BackendError, DecodeError
from tests.backends.openai.real_server import CITY, MISSING, VALUE, Served

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed")]

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
