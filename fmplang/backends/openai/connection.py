"""One connection to a server, on httpcore2, the engine below httpx2.

It is opened with the first request, and anew where it was closed or lay idle too long. Whoever holds it sends one
request after another, so nothing has to choose among connections: a pool looks at all of them before and after each
request, which for 32 is a quarter of the time that a request takes here.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

IDLE = 5.0  # seconds after which an unused connection is not trusted any more: servers close them without a word


class Said(NamedTuple):
    """A server's reply; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytearray


@dataclass(frozen=True)
class Address:
    """Where requests go. `connecting` is in seconds."""

    url: str
    connecting: float

    @cached_property
    def target(self) -> Any:
        import httpcore2

        return httpcore2.URL(self.url)

    @cached_property
    def host(self) -> bytes:
        return urlsplit(self.url).netloc.encode("ascii")

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """One for all connections: it takes 15 ms to make."""
        import httpcore2

        return httpcore2.default_ssl_context() if self.url.startswith("https:") else None

    @cached_property
    def proxy(self) -> str:
        """The proxy that the environment names for this address, or ""."""
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(self.url)
        if proxy_bypass(parts.hostname or ""):
            return ""
        proxies = getproxies()
        return proxies.get(parts.scheme) or proxies.get("all") or ""


class Connection:
    """To an address. Used on one event loop, by one task at a time."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._line: Any = None
        self.opened = 0

    async def post(self, content: bytes, key: str, most: int) -> Said:
        """Send a request and read its reply, at most a little more than `most` bytes of it."""
        import httpcore2

        address = self._address
        headers = [
            (b"Host", address.host), (b"User-Agent", b"fmplang"), (b"Content-Type", b"application/json"),
            (b"Accept", b"application/json"), (b"Accept-Encoding", b"identity"),
            (b"Content-Length", str(len(content)).encode()),
        ]
        if key:
            headers.append((b"Authorization", b"Bearer " + key.encode("ascii")))
        line = await self._ready()
        try:
            reply = await line.handle_async_request(httpcore2.Request(
                b"POST", address.target, headers=headers, content=content,
                extensions={"timeout": {"connect": address.connecting}}))
            try:
                body = bytearray()
                async for part in reply.aiter_stream():
                    body += part
                    if len(body) > most:
                        break
            finally:
                await reply.aclose()
        except BaseException:
            await self.close()
            raise
        if reply.status >= 400:  # many servers hang up after a failure, and not all of them say so
            await self.close()
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
        return Said(reply.status, named, body)

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.aclose()

    @property
    def open(self) -> bool:
        return self._line is not None

    async def _ready(self) -> Any:
        import httpcore2

        line, address = self._line, self._address
        if line is not None and (address.proxy or not (line.is_closed() or line.has_expired())):
            return line
        await self.close()
        self.opened += 1
        if address.proxy:
            self._line = _through(address)
        else:
            self._line = httpcore2.AsyncHTTPConnection(address.target.origin, address.tls, keepalive_expiry=IDLE)
        return self._line


def _through(address: Address) -> Any:
    """By the proxy, which keeps the connection itself."""
    import httpcore2

    parts = urlsplit(address.proxy)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"a proxy of the kind {parts.scheme!r} is not known here")
    named = (parts.username, parts.password or "") if parts.username else None
    place = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    return httpcore2.AsyncHTTPProxy(place, proxy_auth=named, ssl_context=address.tls, max_connections=1,
                                    keepalive_expiry=IDLE)
