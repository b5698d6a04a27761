"""Models on servers that speak OpenAI's protocol of chat completions: vLLM, SGLang, llama.cpp, hosted ones.

    [pool.backends.gpt]
    kind = "openai.chat"
    model = "gpt-4o-mini"
    capabilities = ["llm", "vqa", "caption"]     # one backend for each: gpt-llm, gpt-vqa, gpt-caption
    api_key_env = "OPENAI_API_KEY"
    prices = { input = 0.15, output = 0.60 }     # US dollars for a million tokens

The pool `openai` takes the same from the environment: OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL and OPENAI_PRICES
("input=0.15 output=0.60").
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from fmplang.backends.base import Health
from fmplang.backends.kinds import BadSetting
from fmplang.backends.openai.backend import OpenAIBackend
from fmplang.backends.openai.server import Server
from fmplang.backends.openai.settings import OFFICIAL, read_settings
from fmplang.errors import ConfigError

CAPABILITIES = ("llm", "classify", "vqa", "verify", "caption", "ocr", "detect")  # of the pool `openai`
_CAPABILITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")


def openai_backend(kind: str, name: str, *, capability: str = "", capabilities: Sequence[str] = (),
                   **settings: Any) -> OpenAIBackend | tuple[OpenAIBackend, ...]:
    """The backend of a pool file's table; with `capabilities` one for each, named NAME-CAPABILITY, that share the
    server's connections and limits. Raises BadSetting."""
    if capability and capabilities:
        raise BadSetting("capabilities", "give capability or capabilities")
    if len(set(capabilities)) < len(capabilities):
        raise BadSetting("capabilities", "a capability stands there twice")
    for each in (capability, *capabilities):
        if each and not _CAPABILITY.fullmatch(each):
            raise BadSetting("capabilities" if capabilities else "capability", f"{each!r:.60} is no capability")
    server = Server(read_settings(settings))
    if not capabilities:
        return OpenAIBackend(name, capability or "llm", server)
    return tuple(OpenAIBackend(f"{name}-{each}", each, server) for each in capabilities)


def environment_backends() -> tuple[OpenAIBackend, ...]:
    """The pool `openai`: what the environment describes. Without OPENAI_MODEL its backends say what is missing. Raises
    ConfigError (FMP802)."""
    settings: dict[str, Any] = {"model": os.environ.get("OPENAI_MODEL", "").strip() or NO_MODEL}
    settings["base_url"] = os.environ.get("OPENAI_BASE_URL", "").strip() or OFFICIAL
    if os.environ.get("OPENAI_API_KEY") or settings["base_url"].rstrip("/") == OFFICIAL:
        settings["api_key_env"] = "OPENAI_API_KEY"
    named = {"prices": "OPENAI_PRICES", "base_url": "OPENAI_BASE_URL", "model": "OPENAI_MODEL"}
    try:
        if os.environ.get("OPENAI_PRICES", "").strip():
            settings["prices"] = _prices(os.environ["OPENAI_PRICES"])
        server = Server(read_settings(settings))
    except BadSetting as error:
        variable = named.get(error.key, error.key)
        raise ConfigError(f"{variable}: {error.message}", code="FMP802",
                          hint=f"Set {variable} to another value.") from None
    kind = OpenAIBackend if settings["model"] != NO_MODEL else _WithoutModel
    return tuple(kind(f"openai-{each}", each, server) for each in CAPABILITIES)


NO_MODEL = "no model"


class _WithoutModel(OpenAIBackend):
    def health(self) -> Health:
        return Health(False, "the variable OPENAI_MODEL is not set", "export OPENAI_MODEL=...")


def _prices(text: str) -> dict[str, float]:
    """`input=0.15 output=0.60`; commas may stand between."""
    made = {}
    for part in text.replace(",", " ").split():
        key, _, value = part.partition("=")
        try:
            made[key] = float(value)
        except ValueError:
            raise BadSetting("prices", f"{part!r:.60} is not as in: input=0.15 output=0.60") from None
    return made
