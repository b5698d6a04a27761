"""The kinds of backends that a pool file may declare by `kind`.

    [pool.backends.eyes]
    kind = "transformers.vqa"
    model = "Qwen/Qwen2.5-VL-3B-Instruct"

A kind says where the factory lies and which settings it takes; nothing is imported before a pool uses it. To add
kinds, add a table of them below and a line in KINDS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from fmplang.errors import ConfigError

if TYPE_CHECKING:
    from fmplang.backends.base import Backend


@dataclass(frozen=True, slots=True)
class Kind:
    """`factory(kind=..., name=..., **settings)` in `module` makes the backend.

    The factory imports no model library and opens no connection. It may give several backends, in a tuple. It raises
    BadSetting, or another ValueError, for a value that cannot be. `keys` are the settings by name: str, int, float
    (which takes whole numbers too), bool, list (of texts) or dict. The settings `kind` and `cost` are every backend's
    and not among them. `places` are keys whose value, where it begins with "~" or a dot and a slash, is a path that
    is relative to the pool file's folder.
    """

    module: str
    factory: str
    keys: Mapping[str, type]
    required: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class BadSetting(ConfigError, ValueError):
    """A setting whose value cannot be; `key` is its name."""

    default_code = "FMP802"

    def __init__(self, key: str, why: str, *, hint: str = "") -> None:
        super().__init__(why, hint=hint or f"Mend the setting `{key}`.")
        self.key = key


def make(kind: str, name: str, settings: Mapping[str, object]) -> tuple[Backend, ...]:
    """What these settings describe, mostly one backend. Raises ValueError; KeyError where there is no such kind."""
    known = KINDS[kind]
    made: Backend | tuple[Backend, ...] = getattr(import_module(known.module), known.factory)(
        kind=kind, name=name, **settings)
    return made if isinstance(made, tuple) else (made,)


# ------------------------------------------------------------ transformers: models in this process

_MODEL: Mapping[str, type] = {
    "model": str, "revision": str, "device": str, "dtype": str, "batch_size": int, "local_files_only": bool,
    "capability": str, "parameters": float,
}
_WRITES: Mapping[str, type] = {**_MODEL, "max_new_tokens": int, "cost_per_1k_tokens": float}
_SEES: Mapping[str, type] = {**_WRITES, "max_side": int}


def _transformers(keys: Mapping[str, type]) -> Kind:
    return Kind("fmplang.backends.transformers", "transformers_backend", keys, required=("model",), places=("model",))


TRANSFORMERS: Mapping[str, Kind] = {
    "transformers.detect": _transformers({**_MODEL, "threshold": float}),
    "transformers.vqa": _transformers(_SEES),
    "transformers.verify": _transformers(_SEES),
    "transformers.ocr": _transformers(_SEES),
    "transformers.caption": _transformers(_WRITES),
    "transformers.match": _transformers(_MODEL),
    "transformers.depth": _transformers(_MODEL),
    "transformers.llm": _transformers(_WRITES),
    "transformers.classify": _transformers({**_MODEL, "template": str}),
    "transformers.embed": _transformers({**_MODEL, "pooling": str, "prefix": str}),
    "transformers.asr": _transformers({**_WRITES, "language": str}),
}

# ------------------------------------------------------------ openai: models on servers that speak its protocol

OPENAI: Mapping[str, Kind] = {
    "openai.chat": Kind("fmplang.backends.openai", "openai_backend", {
        "model": str, "base_url": str, "api_key_env": str, "api_key_file": str, "capability": str, "capabilities": list,
        "prices": dict, "concurrency": int, "requests_per_minute": float, "tokens_per_minute": float,
        "timeout": float, "total_time": float, "retries": int, "backoff": float, "structured": str, "logprobs": bool,
        "temperature": float, "max_tokens": int, "system": str, "images": bool, "image_side": int, "image_tokens": int,
        "extra_body": dict,
    }, required=("model",), places=("api_key_file",)),
}

KINDS: Mapping[str, Kind] = {**TRANSFORMERS, **OPENAI}
