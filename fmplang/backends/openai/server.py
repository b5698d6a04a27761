"""A server: its connections, its limits, and what was learned of its features. Backends of one server share it."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
import weakref
from asyncio import timeout
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.openai import loop
from fmplang.backends.openai.faults import Fault, message_in, no_protocol, of_exception, of_status
from fmplang.backends.openai.features import Features
from fmplang.backends.openai.keys import hidden
from fmplang.backends.openai.rates import Bucket
from fmplang.backends.openai.settings import Settings

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 8_000_000  # of a reply
CONNECTING = 10.0  # seconds for a connection, within the timeout
LONGEST_WAIT = 30.0  # seconds between two tries, where the server asks for none


class Reply(NamedTuple):
    """What the server said, as parsed JSON. `tries` is how often it was asked, `seconds` what the last try took."""

    data: dict[str, Any]
    tries: int
    seconds: float


class Failed(Exception):
    """The last fault, after `tries`."""

    def __init__(self, fault: Fault, tries: int) -> None:
        super().__init__(fault.why)
        self.fault = fault
        self.tries = tries


@dataclass(slots=True)
class _Line:
    """What belongs to the event loop: made on it, used on it alone.

    Each request takes the `free` client that was used last, and a client has one connection. One client with many
    connections would look at all of them before and after each request: for 32 at once that is a quarter of the
    time that a request takes here.
    """

    loop: asyncio.AbstractEventLoop
    free: list[httpx2.AsyncClient]
    all: list[httpx2.AsyncClient]
    gate: asyncio.Semaphore
    requests: Bucket | None
    tokens: Bucket | None
    url: httpx2.URL
    timeouts: dict[str, float | None]
    tls: Any  # one for all clients: it takes 15 ms to make

    async def close(self) -> None:
        for client in self.all:
            await client.aclose()


class Server:
    """Safe to use from several threads. `clock` and `draw` (a number below 1) are for tests."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic,
                 draw: Callable[[], float] | None = None) -> None:
        self.settings = settings
        self.features = Features(settings.structured, settings.logprobs)
        self._clock = clock
        self._draw = draw or random.Random().random
        self._line: _Line | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections. The server can be used again; it opens new ones then."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None and line.loop is loop.event_loop():
            loop.begin(line.close()).result(timeout=5)

    async def ask(self, body: Callable[[Features], dict[str, Any]], tokens: Callable[[], float],
                  again: bool) -> Reply:
        """Send a request, again where that may help. `body` makes it for the features that the server has; `tokens`
        says what it counts for the limit a minute. `again`: also after a try that may be charged for.

        Raises Failed. What is sent again costs nothing: see `faults`.
        """
        settings = self.settings
        line = self._on_line()
        features, tries, began, reserved = self.features, 0, self._clock(), 0.0
        while True:
            if line.requests is not None:
                await line.requests.take(1)
            if line.tokens is not None:
                reserved = tokens()
                await line.tokens.take(reserved)
            async with line.gate:
                if not tries:
                    began = self._clock()
                tries += 1
                started = self._clock()
                client = line.free.pop() if line.free else self._connected(line)
                try:
                    data = await self._try(line, client, body(features))
                except Fault as fault:
                    failed = fault
                else:
                    self.features = features
                    if line.tokens is not None:
                        line.tokens.give_back(reserved - _used(data, reserved))
                    return Reply(data, tries, self._clock() - started)
                finally:
                    line.free.append(client)
            fewer = features.without(failed.told) if failed.of_a_feature else None
            if fewer is not None:
                features = fewer
                tries -= 1
                continue
            wait = self._wait(failed, tries)
            if not failed.passing or (failed.charged and not again) or tries > settings.retries \
                    or self._clock() - began + wait > settings.total_time:
                raise Failed(failed, tries)
            await asyncio.sleep(wait)

    def _wait(self, fault: Fault, tries: int) -> float:
        """Exponential backoff with full jitter (M. Brooker, Exponential Backoff And Jitter, 2015); what the server asks
        for is the least."""
        most = min(LONGEST_WAIT, self.settings.backoff * 2.0 ** (tries - 1))
        return fault.wait + most * self._draw()

    async def _try(self, line: _Line, client: httpx2.AsyncClient, body: Mapping[str, Any]) -> dict[str, Any]:
        """One request. Raises Fault."""
        import httpx2

        settings = self.settings
        host = settings.host
        key = settings.key.read()
        headers = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        content = json.dumps(body, separators=(",", ":")).encode()
        request = httpx2.Request("POST", line.url, content=content, headers=headers,
                                 extensions={"timeout": line.timeouts})
        try:
            async with timeout(settings.timeout):
                reply = await client.send(request, stream=True)
                try:
                    status, said = reply.status_code, reply.headers
                    raw = bytearray()
                    async for chunk in reply.aiter_raw():
                        raw += chunk
                        if len(raw) > MOST_BYTES:
                            break
                finally:
                    await reply.aclose()
        except Exception as error:
            fault = of_exception(host, error, settings.timeout)
            fault.why = hidden(fault.why, key)
            raise fault from None
        if not 200 <= status < 300:
            raise of_status(host, status, said, hidden(message_in(bytes(raw)), key))
        return _parsed(host, raw, key)

    def _on_line(self) -> _Line:
        """On the loop. What it needs is made when it is first wanted, and anew after a fork."""
        with self._lock:
            here = asyncio.get_running_loop()
            if self._line is None or self._line.loop is not here:
                self._line = self._new_line(here)
            return self._line

    def _new_line(self, here: asyncio.AbstractEventLoop) -> _Line:
        import httpx2

        settings = self.settings
        requests, tokens = (None if rate is None else Bucket(rate, self._clock)
                            for rate in (settings.requests_per_minute, settings.tokens_per_minute))
        secure = settings.base_url.startswith("https:")
        line = _Line(here, [], [], asyncio.Semaphore(settings.concurrency), requests, tokens, httpx2.URL(settings.url),
                     httpx2.Timeout(None, connect=min(settings.timeout, CONNECTING)).as_dict(),
                     httpx2.create_ssl_context() if secure else False)
        weakref.finalize(self, _hang_up, line)
        return line

    def _connected(self, line: _Line) -> httpx2.AsyncClient:
        """One more client; it opens its connection with the first request."""
        import httpx2

        client = httpx2.AsyncClient(verify=line.tls, follow_redirects=False,
                                    limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1))
        line.all.append(client)
        return client


def _hang_up(line: _Line) -> None:
    """Close the connections of a server that nobody holds any more. May be called on any thread, so waits for none."""
    if line.loop is loop.event_loop():
        loop.begin(line.close())


def _parsed(host: str, raw: bytearray, key: str) -> dict[str, Any]:
    body = bytes(raw)
    if len(body) > MOST_BYTES:
        raise no_protocol(host, f"sent more than {MOST_BYTES:,} bytes", b"")
    if not body.strip():
        raise no_protocol(host, "sent an empty answer", b"")
    shown = hidden(body.decode("utf-8", "replace"), key)
    try:
        data = json.loads(shown)
    except (ValueError, RecursionError):
        raise no_protocol(host, "sent what is no JSON", shown.encode()) from None
    if isinstance(data, dict) and isinstance(data.get("error"), dict) and "choices" not in data:
        code = data["error"].get("code")
        status = code if type(code) is int and 400 <= code < 600 else 502
        raise of_status(host, status, {}, message_in(shown.encode()))
    if not isinstance(data, dict) or not _has_choice(data):
        raise no_protocol(host, "sent JSON without a choice and its message", shown.encode())
    return data


def _has_choice(data: Mapping[str, Any]) -> bool:
    choices = data.get("choices")
    return isinstance(choices, list) and bool(choices) and isinstance(choices[0], dict) \
        and isinstance(choices[0].get("message"), dict)


def _used(data: Mapping[str, Any], tokens: float) -> float:
    usage = data.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return float(total) if type(total) is int and 0 <= total <= tokens else tokens
