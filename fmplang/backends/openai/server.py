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
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fmplang.backends.openai import loop
from fmplang.backends.openai.connection import Address, Connection
from fmplang.backends.openai.faults import Fault, message_in, no_protocol, of_exception, of_status
from fmplang.backends.openai.features import Features
from fmplang.backends.openai.keys import hidden
from fmplang.backends.openai.rates import Bucket
from fmplang.backends.openai.settings import Settings

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
    """What belongs to the event loop: made on it, used on it alone. A request takes the free connection that was used
    last."""

    loop: asyncio.AbstractEventLoop
    address: Address
    gate: asyncio.Semaphore
    requests: Bucket | None
    tokens: Bucket | None
    free: list[Connection] = field(default_factory=list)
    all: list[Connection] = field(default_factory=list)

    def connection(self) -> Connection:
        if self.free:
            return self.free.pop()
        self.all.append(Connection(self.address))
        return self.all[-1]

    async def close(self) -> None:
        for each in self.all:
            await each.close()


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
        if line is not None and loop.runs(line.loop):
            loop.begin(line.close()).result(timeout=5)

    async def ask(self, body: Callable[[Features], dict[str, Any]], tokens: Callable[[], float],
                  again: bool) -> Reply:
        """Send a request, again where that may help. `body` makes it for the features that the server has; `tokens`
        says what it counts for the limit a minute. `again`: also after a try that may be charged for.

        Raises Failed. What is sent again costs nothing: see `faults`.
        """
        settings = self.settings
        line = self._on_line()
        features, learned = self.features, False
        tries, began, reserved = 0, self._clock(), 0.0
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
                connection = line.connection()
                try:
                    data = await self._try(connection, body(features))
                except Fault as fault:
                    failed = fault
                else:
                    if learned:
                        self.features = features
                    if line.tokens is not None:
                        line.tokens.give_back(reserved - _used(data, reserved))
                    return Reply(data, tries, self._clock() - started)
                finally:
                    line.free.append(connection)
            fewer = features.without(failed.told) if failed.of_a_feature else None
            if fewer is not None:
                features, learned = fewer, True
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
        most = min(LONGEST_WAIT, self.settings.backoff * 2.0 ** min(tries - 1, 30))
        return fault.wait + most * self._draw()

    async def _try(self, connection: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
        """One request. Raises Fault."""
        settings = self.settings
        key = settings.key.read()
        content = json.dumps(body, separators=(",", ":")).encode()
        try:
            async with timeout(settings.timeout):
                said = await connection.post(content, key, MOST_BYTES)
        except Exception as error:
            fault = of_exception(settings.host, error, settings.timeout)
            fault.why = hidden(fault.why, key)
            raise fault from None
        if not 200 <= said.status < 300:
            raise of_status(settings.host, said.status, said.headers, hidden(message_in(bytes(said.body)), key))
        return _parsed(settings.host, said.body, key)

    def _on_line(self) -> _Line:
        """On the loop. What it needs is made when it is first wanted, and anew after a fork."""
        with self._lock:
            here = asyncio.get_running_loop()
            if self._line is None or self._line.loop is not here:
                self._line = self._new_line(here)
            return self._line

    def _new_line(self, here: asyncio.AbstractEventLoop) -> _Line:
        settings = self.settings
        requests, tokens = (None if rate is None else Bucket(rate, self._clock)
                            for rate in (settings.requests_per_minute, settings.tokens_per_minute))
        line = _Line(here, Address(settings.url, min(settings.timeout, CONNECTING)),
                     asyncio.Semaphore(settings.concurrency), requests, tokens)
        weakref.finalize(self, _hang_up, line)
        return line


def _hang_up(line: _Line) -> None:
    """Close the connections of a server that nobody holds any more. May be called on any thread, so waits for none."""
    if loop.runs(line.loop):
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
