"""What a user may set for a server, read and checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from fmplang.backends.kinds import BadSetting
from fmplang.backends.openai.keys import Key
from fmplang.backends.openai.prices import Prices

OFFICIAL = "https://api.openai.com/v1"
STRUCTURED = ("json_schema", "guided", "none")


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are in seconds. `timeout` ends one try, `total_time` all tries of a request together, counted from the
    first. `retries` is how often a request is sent again, `backoff` the most that is waited before the first of these;
    it doubles. `concurrency` is how many requests are under way at once. `image_side` is the longer side, in pixels, to
    which pictures are brought down; `image_tokens` the most tokens that the server counts for one.
    """

    model: str
    base_url: str = OFFICIAL
    key: Key = field(default_factory=Key)
    prices: Prices | None = None
    concurrency: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout: float = 60.0
    total_time: float = 180.0
    retries: int = 3
    backoff: float = 0.5
    structured: str = "json_schema"
    logprobs: bool = True
    temperature: float = 0.0
    max_tokens: int | None = None
    system: str = ""
    images: bool = True
    image_side: int = 1024
    image_tokens: int = 2000
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The model, and eight letters that change with all that its answers depend on."""
        asked = (self.base_url, self.structured, self.temperature, self.max_tokens, self.system, self.image_side,
                 json.dumps(self.extra_body, sort_keys=True, default=str))
        return f"{self.model}@{sha256(repr(asked).encode()).hexdigest()[:8]}"

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def url(self) -> str:
        return f"{self.base_url}/chat/completions"


OURS = ("model", "messages", "max_tokens", "max_completion_tokens", "n", "stream", "logprobs", "top_logprobs",
        "response_format", "structured_outputs")
POSITIVE = ("timeout", "total_time", "requests_per_minute", "tokens_per_minute")
AT_LEAST = {"concurrency": 1, "retries": 0, "backoff": 0, "temperature": 0, "max_tokens": 1, "image_side": 16,
            "image_tokens": 1}


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings from the keys of a pool file (see `fmplang.backends.kinds.OPENAI`). Raises BadSetting."""
    known = dict(given)
    known["base_url"] = _address(known.get("base_url", OFFICIAL))
    key_env, key_file = known.pop("api_key_env", ""), known.pop("api_key_file", "")
    if key_env and key_file:
        raise BadSetting("api_key_file", "the key is given twice: keep api_key_env or api_key_file")
    if not key_env and not key_file and known["base_url"] == OFFICIAL:
        key_env = "OPENAI_API_KEY"
    if key_env and (not key_env.isascii() or not key_env.isidentifier()):
        raise BadSetting("api_key_env", "it is the name of an environment variable, not the key itself")
    known["key"] = Key(key_env, key_file)
    if "prices" in known:
        known["prices"] = Prices.read(known["prices"])
    if not known["model"].strip():
        raise BadSetting("model", "it is empty")
    try:
        json.dumps(known.get("extra_body", {}), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadSetting("extra_body", f"it cannot be written as JSON: {error}") from None
    for name in known.get("extra_body", {}):
        if name in OURS:
            raise BadSetting("extra_body", f"{name} is said by fmplang; prices and confidence depend on it")
    for name in POSITIVE:
        if name in known and not (0 < known[name] < math.inf):
            raise BadSetting(name, f"it should be above zero, not {known[name]!r}")
    for name, least in AT_LEAST.items():
        if name in known and not least <= known[name] < math.inf:
            raise BadSetting(name, f"it should be at least {least}, not {known[name]!r}")
    if known.get("structured", "none") not in STRUCTURED:
        raise BadSetting("structured", f"it is one of {', '.join(STRUCTURED)}")
    return Settings(**known)


def _address(text: str) -> str:
    """The address without a slash at its end. It may hold no name and password: addresses stand in messages."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (looks whether it is a number)
    except ValueError as error:
        raise BadSetting("base_url", f"this is no address: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise BadSetting("base_url", "it holds a name or password; give the key by api_key_env")
    if not text.isascii():
        raise BadSetting("base_url", "it has letters beyond ASCII; write the name as xn--...")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting("base_url", "it should be as http://127.0.0.1:8000/v1, without a question mark")
    return text.rstrip("/")
