from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from fmplang.backends.openai import loop
from fmplang.backends.openai import server as server_module
from tests.backends.openai.real_server import Served, started
from tests.backends.openai.serving import ServerOfSteps


@pytest.fixture(scope="session")
def running() -> Iterator[ServerOfSteps]:
    server = ServerOfSteps()
    yield server
    server.close()


@pytest.fixture
def server(running: ServerOfSteps) -> Iterator[ServerOfSteps]:
    running.reset()
    yield running
    running.listen()


@pytest.fixture
def time_is_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Timeouts that end when the test says so, not when a clock does."""
    begun: list[asyncio.Timeout] = []

    def timeout(seconds: float) -> asyncio.Timeout:
        begun.append(asyncio.timeout(60))
        return begun[-1]

    monkeypatch.setattr(server_module, "timeout", timeout)
    return lambda: loop.event_loop().call_soon_threadsafe(lambda: begun[-1].reschedule(0.0)) and None


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`transformers serve` with tiny models, for all tests; ended with them."""
    with started(tmp_path_factory.mktemp("served")) as server:
        yield server
