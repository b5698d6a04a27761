"""What a server can do beyond the plain protocol. It is asked for as set; what it refuses is left out from then on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fmplang.backends.openai.confidence import options
from fmplang.backends.openai.messages import Messages
from fmplang.backends.openai.schema import wrapped
from fmplang.backends.openai.settings import Settings
from fmplang.check.types import STR, Type

TOP = 8  # log-probabilities of so many tokens in the place of each, for closed sets
_STRUCTURE = ("response_format", "json_schema", "structured", "guided", "schema", "grammar")


@dataclass(frozen=True, slots=True)
class Features:
    """`most` is the name of the field for the most tokens, which newer models of OpenAI have renamed."""

    structured: str
    logprobs: bool
    temperature: bool = True
    most: str = "max_tokens"

    def without(self, refusal: str) -> Features | None:
        """What is left after a refusal; None where nothing can be left out. Where the refusal names no feature, they
        are left out one after another."""
        low = refusal.casefold()
        if self.most == "max_tokens" and "max_completion_tokens" in low:
            return replace(self, most="max_completion_tokens")
        if self.temperature and "temperature" in low:
            return replace(self, temperature=False)
        if self.logprobs and "logprobs" in low:
            return replace(self, logprobs=False)
        if self.structured != "none" and (any(word in low for word in _STRUCTURE) or not self.logprobs):
            return replace(self, structured="none")
        if self.logprobs:
            return replace(self, logprobs=False)
        return None

    def body(self, messages: Messages, type_: Type, settings: Settings, most: int) -> dict[str, Any]:
        """The request's body for an answer of a type."""
        structured = self.structured != "none" and type_ != STR
        body: dict[str, Any] = {
            "model": settings.model, "messages": messages.structured if structured else messages.plain, self.most: most,
        }
        if self.temperature:
            body["temperature"] = settings.temperature
        if structured and self.structured == "json_schema":
            body["response_format"] = {
                "type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": wrapped(type_)}}
        elif structured:
            body["structured_outputs"] = {"json": wrapped(type_)}
        if self.logprobs:
            body["logprobs"] = True
            if options(type_) is not None:
                body["top_logprobs"] = TOP
        body.update(settings.extra_body)
        return body
