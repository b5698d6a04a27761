"""A server on loopback that does what a test tells it to, one step for each request, good or bad."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fmplang.backends.openai import openai_backend
from fmplang.backends.openai.backend import OpenAIBackend

KEY = "sk-never-to-be-seen-0123456789"
USAGE = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
PRICES = {"input": 1000.0, "output": 10000.0}
CALL = 0.1  # dollars for USAGE by PRICES


class Step:
    """What is done with one request. `parts` are written one after another; then the connection is kept, `close`d,
    `reset`, or left without another byte (`stall`). `then` is called once all that is done; `wait` is in seconds, and
    before it."""

    def __init__(self, *parts: bytes, end: str = "keep", then: Callable[[], None] | None = None,
                 wait: float = 0.0) -> None:
        self.parts = parts
        self.wait = wait
        self.end = end
        self.then = then


def http(body: bytes, status: str = "200 OK", headers: Mapping[str, str] | None = None, length: int | None = None,
         end: str = "keep") -> Step:
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body) if length is None else length),
             **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return Step(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body, end=end)


def completion(content: Any, usage: Any = USAGE, **choice: Any) -> bytes:
    message = {"role": "assistant", "content": content}
    data = {"id": "1", "object": "chat.completion", "model": "tiny",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}]}
    return json.dumps(data if usage is None else {**data, "usage": usage}).encode()


def says(content: Any, usage: Any = USAGE, **choice: Any) -> Step:
    return http(completion(content, usage, **choice))


def refuses(status: str, message: str, **headers: str) -> Step:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http(json.dumps({"error": {"message": message}}).encode(), status, named)


Script = Sequence[Step] | Callable[[dict[str, Any]], Step]


class ServerOfSteps:
    """`script` is one Step per request, in order, or a function of the request's body. `bodies` and `heads` are what
    was asked; `open` is how many connections were made, `ended` how many of them are over, `most` how many requests
    waited for their answers at once."""

    def __init__(self) -> None:
        self.script: Script = ()
        self.bodies: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self.open = 0
        self.ended = 0
        self.waiting = 0
        self.most = 0
        self.delay = 0.0
        self._loop = asyncio.new_event_loop()
        self._listener: asyncio.Server | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def reset(self, script: Script = (), delay: float = 0.0) -> None:
        self.script, self.delay = script, delay
        self.bodies, self.heads = [], []
        self.open = self.ended = self.waiting = self.most = 0

    def listen(self) -> None:
        """Take connections, always on the same port."""
        if self._listener is None:
            self._on_loop(self._listen())

    def refuse(self) -> None:
        """Take no connections, as a server that does not run."""
        if self._listener is not None:
            self._on_loop(self._shut())

    def close(self) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _on_loop(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        listener = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port)
        self._listener = listener
        self.port = listener.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        assert self._listener is not None
        self._listener.close()
        self._listener = None

    def _next(self, body: dict[str, Any]) -> Step:
        self.bodies.append(body)
        if callable(self.script):
            return self.script(body)
        return self.script[len(self.bodies) - 1]


class _Connection(asyncio.Protocol):
    def __init__(self, server: ServerOfSteps) -> None:
        self.server = server
        self.raw = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.open += 1

    def connection_lost(self, error: Exception | None) -> None:
        self.server.ended += 1

    def data_received(self, data: bytes) -> None:
        self.raw += data
        head, gap, rest = self.raw.partition(b"\r\n\r\n")
        if not gap:
            return
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        if len(rest) < length:
            return
        self.raw = rest[length:]
        server = self.server
        server.heads.append(head.decode())
        server.waiting += 1
        server.most = max(server.most, server.waiting)
        step = server._next(json.loads(rest[:length]))
        server._loop.call_later(server.delay + step.wait, self._do, step)

    def _do(self, step: Step) -> None:
        self.server.waiting -= 1
        for part in step.parts:
            self.transport.write(part)
        if step.end == "close":
            self.transport.close()
        elif step.end == "reset":
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.transport.abort()
        if step.then is not None:
            step.then()


@contextmanager
def backend_of(server: ServerOfSteps, capability: str = "llm", **settings: Any) -> Iterator[OpenAIBackend]:
    """A backend `gpt` of this server, closed at the end."""
    given = {"model": "tiny", "base_url": server.url, "prices": PRICES, "backoff": 0.0, "retries": 0, **settings}
    made = openai_backend("openai.chat", "gpt", capability=capability, **given)
    assert isinstance(made, OpenAIBackend)
    try:
        yield made
    finally:
        made.close()
