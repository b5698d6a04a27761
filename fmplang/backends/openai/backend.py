"""A model on a server that speaks OpenAI's protocol of chat completions, as a backend."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.decode_flags import certainty
from fmplang.backends.decode_json import find_json
from fmplang.backends.decode_raw import Misfit, bared
from fmplang.backends.futures import together
from fmplang.backends.openai import loop
from fmplang.backends.openai.confidence import confidence, read_tokens
from fmplang.backends.openai.faults import no_protocol
from fmplang.backends.openai.features import Features
from fmplang.backends.openai.keys import NoKey
from fmplang.backends.openai.messages import Messages, answer_tokens, images_of, messages_of, prompt_bytes
from fmplang.backends.openai.pictures import box_in
from fmplang.backends.openai.prices import Bound, Charge, charge
from fmplang.backends.openai.schema import ANSWER, from_json, kinds_in
from fmplang.backends.openai.server import Failed, Reply, Server
from fmplang.check.types import AUDIO, IMAGE, STR, VIDEO, Type
from fmplang.errors import BackendError, FmpError
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Audio, Video

INSTALL = "pip install 'fmplang[openai]'"
_WRAPPER = re.compile(rf'\s*\{{\s*"{ANSWER}"\s*:\s*')
_SAID = json.JSONDecoder()


class OpenAIBackend:
    """Answers requests of one capability by a model of a `Server`. Costs are in US dollars, by the server's count of
    tokens and the price table. A try that may be charged for is not repeated here: the error says `transient`, and the
    host may ask again with the price reserved anew.
    """

    def __init__(self, name: str, capability: str, server: Server) -> None:
        self.name = name
        self.capability = capability
        self.server = server
        self.version = server.settings.version
        self.cacheable = server.settings.temperature == 0
        prices = server.settings.prices
        self.paid = prices is None or not prices.free
        self.unit: str | None = "usd" if self.paid else None

    def __repr__(self) -> str:
        return f"<backend {self.name} for {self.capability}: {self.describe()}>"

    def supports(self, request: Request) -> bool:
        """Text and pictures; the answer may hold parts of a picture where exactly one was given."""
        if any(_holds_other_media(value) for value in request.args.values()):
            return False
        images = sum(1 for _ in images_of(request.args))
        kinds = kinds_in(request.returns)
        if kinds & {VIDEO, AUDIO} or (IMAGE in kinds and images != 1):
            return False
        return self.server.settings.images or not images

    def price(self, request: Request) -> float:
        """US dollars, the most that it can cost."""
        return self._bound(request).price(self.server.settings.prices)

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        """All requests are under way at once, as far as `concurrency` and the rates allow."""
        whole = self.begin(requests)
        try:
            return whole.result()
        except BaseException:
            whole.cancel()
            raise

    def begin(self, requests: Sequence[Request]) -> Future[list[Response | Exception]]:
        """Send the requests and do not wait. Those with pictures go out as soon as these are encoded."""
        if any(any(images_of(request.args)) for request in requests):
            return together([self._begin(request) for request in requests])
        return loop.begin(self._all_answered(requests))

    def health(self) -> Health:
        if find_spec("httpcore2") is None:
            return Health(False, "httpcore2 is not installed", INSTALL)
        try:
            self.server.settings.key.read()
        except NoKey as error:
            return Health(False, str(error), error.mend)
        return HEALTHY

    def describe(self) -> str:
        settings = self.server.settings
        return f"{settings.model} at {settings.host}" + ("" if settings.prices else ", without a price table")

    def close(self) -> None:
        """Close the connections of its server."""
        self.server.close()

    # ------------------------------------------------------------------ one request

    def _begin(self, request: Request) -> Future[Response | Exception]:
        """One with pictures, which are encoded on this thread."""
        try:
            messages = messages_of(request, self.server.settings)
        except Exception as error:
            failed: Future[Response | Exception] = Future()
            failed.set_result(error)
            return failed
        return loop.begin(self._answered(request, messages))

    async def _all_answered(self, requests: Sequence[Request]) -> list[Response | Exception]:
        return await asyncio.gather(*(self._answered(request, None) for request in requests))

    async def _answered(self, request: Request, messages: Messages | None) -> Response | Exception:
        settings = self.server.settings
        prices = settings.prices
        try:
            asked = messages or messages_of(request, settings)

            def body(features: Features) -> dict[str, Any]:
                return features.body(asked, request.returns, settings, self._most(request))

            reply = await self.server.ask(body, lambda: sum(self._bound(request).tokens),
                                          again=prices is not None and prices.free)
            return self._response(request, asked, reply,
                                  charge(reply.data.get("usage"), self._bound(request), prices))
        except Failed as failed:
            cost = self._bound(request).price(prices) if failed.fault.charged else 0.0
            return failed.fault.error(self.name, request.site.id, failed.tries, cost)
        except NoKey as error:
            return self._unwell(request, str(error), error.mend)
        except ImportError as error:
            return self._unwell(request, str(error), INSTALL)
        except FmpError as error:
            return error
        except Exception as error:
            return BackendError(f"the backend {self.name} failed at {request.site.id}: {type(error).__name__}: {error}",
                                site=request.site.id, backend=self.name, hint="This is a fault of fmplang.")

    def _unwell(self, request: Request, why: str, mend: str) -> BackendError:
        return BackendError(f"the backend {self.name} cannot work here: {why}", code="FMP705", hint=mend,
                            site=request.site.id, backend=self.name)

    def _response(self, request: Request, messages: Messages, reply: Reply, paid: Charge) -> Response | Exception:
        choice = reply.data["choices"][0]
        text = _text_of(choice["message"])
        if not text:
            return self._silent(request, choice, reply, paid)
        value, steps = _value(text, request, messages)
        sure = self._confidence(choice, text, request.returns)
        if sure is not None:
            sure *= certainty(steps)
        cut = ("cut at max_tokens",) if choice.get("finish_reason") == "length" else ()
        return Response(value, sure, paid.cost, flags=(*paid.flags, *cut, *steps), seconds=reply.seconds)

    def _silent(self, request: Request, choice: dict[str, Any], reply: Reply, paid: Charge) -> BackendError:
        """There is no text in the answer."""
        refusal = choice["message"].get("refusal")
        reason = choice.get("finish_reason")
        if isinstance(refusal, str) and refusal:
            made = BackendError(f"the backend {self.name} failed at {request.site.id}: the model refuses to answer",
                                code="FMP707", hint="Ask in other words, or take another backend.",
                                site=request.site.id, backend=self.name)
        elif reason in ("content_filter", "length"):
            why = "its filter took the answer away" if reason == "content_filter" else \
                "all tokens went by without an answer"
            hint = "Ask in other words, or take another backend." if reason == "content_filter" else \
                "Set max_tokens of the backend higher: models that think first need more."
            made = BackendError(f"the backend {self.name} failed at {request.site.id}: {why}", code="FMP707", hint=hint,
                                site=request.site.id, backend=self.name)
        else:
            fault = no_protocol(self.server.settings.host, "sent an answer without text", b"")
            made = fault.error(self.name, request.site.id, reply.tries, 0.0)
        made.cost = paid.cost  # type: ignore[attr-defined]  # the host reads it
        return made

    def _confidence(self, choice: dict[str, Any], text: str, type_: Type) -> float | None:
        tokens = read_tokens(choice.get("logprobs"))
        if tokens is None:
            return None
        return confidence(tokens, text, *_answer_in(text), type_)

    def _most(self, request: Request) -> int:
        """The most tokens of an answer."""
        return self.server.settings.max_tokens or answer_tokens(request.returns)

    def _bound(self, request: Request) -> Bound:
        settings = self.server.settings
        images = sum(1 for _ in images_of(request.args))
        return Bound(prompt_bytes(request, settings), images, settings.image_tokens, self._most(request))


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):  # some servers give parts
        content = "".join(part["text"] for part in content
                          if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _value(text: str, request: Request, messages: Messages) -> tuple[Any, tuple[str, ...]]:
    """The text, or where it is the wrapped answer of the schema, what is in it, with the flags of the way there.
    `decode` judges either."""
    type_ = request.returns
    if type_ == STR:
        return text, ()
    bare, flags = bared(text)
    try:
        found, more = find_json(bare, (dict,))
    except (Misfit, RecursionError):
        return text, ()
    if type(found) is not dict or found.keys() != {ANSWER}:  # one that breaks off is of another type
        return text, ()

    def box(data: Any) -> Any:
        ((_, image),) = images_of(request.args)
        return box_in(image, messages.pictures[0], data)

    return from_json(found[ANSWER], type_, box), (*flags, *more)


def _answer_in(text: str) -> tuple[int, int]:
    """Where in the text the answer lies: the value of the wrapper, or all of it but the blanks."""
    wrapper = _WRAPPER.match(text)
    if wrapper is not None:
        try:
            return wrapper.end(), _SAID.raw_decode(text, wrapper.end())[1]
        except (ValueError, RecursionError):
            pass
    return len(text) - len(text.lstrip()), len(text.rstrip())


def _holds_other_media(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_other_media(item) for item in value)
    return isinstance(value, (Video, Audio))


