"""What can go wrong with a server, as typed errors that say whether to ask again and what it may have cost."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fmplang.backends.decode import quoted
from fmplang.errors import BackendError, BackendTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})  # statuses after which the same request may well succeed
LIKELY_TOO_LONG = ("context length", "context_length", "context window", "maximum context", "too many tokens",
                   "exceed_context", "prompt is too long", "longer than the model")


class Fault(Exception):
    """One try that failed. `charged`: the server may count it as answered. `wait`: seconds that the server asks for.
    `told` is what the server said, for looking at; `make` gives the error for the host."""

    def __init__(self, why: str, *, code: str = "FMP724", hint: str = "", passing: bool = False, charged: bool = False,
                 late: bool = False, wait: float = 0.0, status: int = 0, told: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.code = code
        self.hint = hint
        self.passing = passing
        self.charged = charged
        self.late = late
        self.wait = wait
        self.status = status
        self.told = told

    @property
    def of_a_feature(self) -> bool:
        """Whether the server may refuse what goes beyond the plain protocol."""
        if self.status == 403:
            return "logprobs" in self.told
        return self.code == "FMP723" and self.status in (400, 422)

    def error(self, backend: str, site: str, tries: int, cost: float) -> BackendError:
        """`cost` is what the call is charged with."""
        after = f" (asked {tries} times)" if tries > 1 else ""
        kind = BackendTimeout if self.late else BackendError
        made = kind(f"the backend {backend} failed at {site}: {self.why}{after}", code=self.code, hint=self.hint,
                    site=site, backend=backend, transient=self.passing)
        made.cost = cost  # type: ignore[attr-defined]  # the host reads it
        return made


def of_status(host: str, status: int, headers: Mapping[str, str], told: str) -> Fault:
    """The server answered with a status that is no success. Such answers are not charged for."""
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    why = f"the server {host} answered {name}" + (f": {quoted(told)}" if told else "")
    low = told.casefold()
    if status in (401, 403):
        return Fault(why, code="FMP720", status=status, told=told,
                     hint="Look whether the key is right, may use this model, and stands in the variable or file that "
                          "the pool names.")
    if status == 429:
        if "insufficient_quota" in low or "billing" in low:
            return Fault(why, code="FMP721", status=status, told=told, hint="Look at the account that pays.")
        return Fault(why, code="FMP721", status=status, told=told, passing=True, wait=_wait(headers),
                     hint="Wait, or set concurrency, requests_per_minute or tokens_per_minute of the backend lower.")
    if status == 413 or (400 <= status < 500 and any(words in low for words in LIKELY_TOO_LONG)):
        return Fault(why, code="FMP722", status=status, told=told,
                     hint="Ask with less text, or take a model with a longer context.")
    if status in PASSING:
        return Fault(why, status=status, told=told, passing=True, wait=_wait(headers),
                     hint="Try again later, or take another backend.")
    if 300 <= status < 500:
        hint = "Look whether base_url leads to a server of this protocol (it often ends in /v1) and has the model." \
            if status == 404 or status < 400 else "Look at the settings of the backend: model, structured, extra_body."
        return Fault(why, code="FMP723", status=status, told=told, hint=hint)
    return Fault(why, status=status, told=told, hint="Look at the server's own messages.")


def of_exception(host: str, error: Exception, timeout: float) -> Fault:
    """The request met an exception of the client or of the network."""
    import httpcore2

    if isinstance(error, TimeoutError):
        return Fault(f"the server {host} gave no whole answer within {timeout:g} seconds", code="FMP701", late=True,
                     passing=True, charged=True, hint="Set the timeout of the backend higher, or take another one.")
    cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError)):
        return Fault(f"the server {host} cannot be reached ({cause})", passing=True,
                     hint="Look whether it runs and base_url is right.")
    if isinstance(error, (httpcore2.NetworkError, httpcore2.RemoteProtocolError)):
        return Fault(f"the server {host} broke off ({cause})", passing=True, charged=True,
                     hint="Look at the server's own messages.")
    return Fault(f"the request to {host} failed ({cause})", charged=True, hint="Look at the settings of the backend.")


def no_protocol(host: str, why: str, body: bytes) -> Fault:
    """The server said that all is well, and what it sent is no answer. It may be charged for."""
    shown = f": {quoted(body[:400].decode('utf-8', 'replace'))}" if body else ""
    return Fault(f"the server {host} {why}{shown}", code="FMP704", passing=True, charged=True,
                 hint="Look whether base_url leads to a server that speaks the protocol of chat completions.")


def message_in(body: bytes) -> str:
    """What the body of a refusal says, in the forms that servers have."""
    text = body[:20_000].decode("utf-8", "replace")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return " ".join(text.split())
    for key in ("error", "detail", "message"):
        if isinstance(found, dict) and found.get(key):
            found = found[key]
    if isinstance(found, dict):
        found = " ".join(str(found[key]) for key in ("code", "type") if found.get(key)) or text
    return found if isinstance(found, str) else text


def _wait(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float:
    """Seconds to wait by the headers `retry-after-ms` and `retry-after`: a number, or a date. 0 where they say nothing
    sensible."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "")
        try:
            seconds = float(text) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(text).timestamp() - now()
            except (ValueError, TypeError, IndexError, OverflowError):
                continue
        if 0 < seconds < float("inf"):
            return seconds
    return 0.0
