"""What is asked of a server, what becomes of its answers, and how many requests are under way at once."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import json
import signal
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from math import log
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil

import fmplang
from fmplang.backends.base import Response
from fmplang.backends.caching import MemoryStore
from fmplang.backends.openai import loop, openai_backend
from fmplang.backends.openai.backend import OpenAIBackend
from fmplang.backends.openai.connection import Address
from fmplang.backends.pool_file import Repriced
from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    STR,
    VIDEO,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    TupleType,
    Type,
)
from fmplang.errors import BackendError
from tests.backends.asking import FIND, QUERY, READ, answer, ask, image, neural, plain
from tests.backends.openai.serving import CALL, USAGE, ServerOfSteps, Step, backend_of, refuses, says
from tests.host.programs import program

pytest.importorskip("httpcore2")  # an extra

ASK = neural("ask", "llm", BOOL, ("text", STR))


def prompt(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


# ------------------------------------------------------------------ what is asked


def test_the_body_of_a_request(server: ServerOfSteps) -> None:
    server.reset([says('{"answer": true}')])
    with backend_of(server, system="Be brief.", extra_body={"seed": 7}) as backend:
        said = answer(backend, ASK, "dogs")
    assert said.value is True and said.cost == pytest.approx(CALL) and said.flags == ()
    (body,) = server.bodies
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"]["properties"] == {"answer": {"type": "boolean"}}
    assert (body["model"], body["temperature"], body["seed"], body["max_tokens"]) == ("tiny", 0.0, 7, 32)
    assert (body["logprobs"], body["top_logprobs"]) == (True, 8)
    assert prompt(body).startswith("ask?\n\nAnswer with JSON alone")
    assert "authorization" not in server.heads[0].lower()


@pytest.mark.parametrize(("type_", "said", "value", "form"), [
    (STR, " A dog.\n", "A dog.", ""),
    (BOOL, "Yes.", True, "yes or no alone"),
    (INT, "There are 3 dogs.", 3, "one whole number alone"),
    (FLOAT, "0.5", 0.5, "one number alone"),
    (LiteralType(("red", "blue")), "Blue", "blue", "word for word: red, blue."),
    (LiteralType((True, False)), "no", False, "word for word: yes, no."),
    (OptionalType(INT), "none", None, "or with the word none"),
    (ListType(STR), '```json\n{"answer": ["a", "b"]}\n```', ["a", "b"], '"array"'),
    (DictType(STR, INT), '{"answer": [{"key": "a", "value": 1}]}', {"a": 1}, '"key"'),
    (DictType(STR, INT), '{"answer": {"a": 1}}', {"a": 1}, '"key"'),
    (DictType(INT, INT), '<think>{"answer": 0}</think>{"answer": [{"key": 2, "value": 1}]}', {2: 1}, '"key"'),
    (TupleType((INT, STR)), '{"answer": {"item_1": 1, "item_2": "x"}}', (1, "x"), '"item_1"'),
    (TupleType((INT, STR)), '{"answer": [1, "x"]}', (1, "x"), '"item_1"'),
])
def test_without_structured_output_the_form_is_told(
        type_: Type, said: str, value: Any, form: str, server: ServerOfSteps) -> None:
    server.reset([says(said)])
    with backend_of(server, structured="none") as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")
        source = f'@neural("llm")\ndef say(t: str) -> {type_}:\n    "Say {{t}}."\n\ndef main() -> {type_}:\n' \
                 '    return say("it")\n'
        assert runtime.run(fmplang.compile(source)).value == value
    assert "response_format" not in server.bodies[0] and form in prompt(server.bodies[0])


def test_a_guided_server_gets_the_schema_in_its_own_way(server: ServerOfSteps) -> None:
    server.reset([says('{"answer": 4}')])
    with backend_of(server, structured="guided") as backend:
        assert answer(backend, neural("n", "llm", INT, ("t", STR)), "x").value == 4
    assert server.bodies[0]["structured_outputs"]["json"]["required"] == ["answer"]
    assert "response_format" not in server.bodies[0]


@pytest.mark.parametrize(("refusal", "status", "left_out"), [
    ("response_format of type json_schema is not supported", "400 Bad Request", {"response_format"}),
    ("This model does not support logprobs", "400 Bad Request", {"logprobs", "top_logprobs"}),
    ("You are not allowed to request logprobs", "403 Forbidden", {"logprobs", "top_logprobs"}),
    ("temperature does not support 0", "400 Bad Request", {"temperature"}),
    ("use max_completion_tokens instead", "400 Bad Request", {"max_tokens"}),
    ("bad field", "422 Unprocessable Entity", {"response_format", "logprobs", "top_logprobs"}),
])
def test_what_a_server_refuses_is_left_out_from_then_on(
        refusal: str, status: str, left_out: set[str], server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        return refuses(status, refusal) if left_out & body.keys() else says('{"answer": true}')

    server.reset(script)
    with backend_of(server) as backend:
        assert answer(backend, ASK, "a").value is True
        asked = len(server.bodies)
        assert answer(backend, ASK, "b").value is True
    assert 2 <= asked <= 3 and len(server.bodies) == asked + 1
    assert server.bodies[0].keys() - server.bodies[-1].keys() == left_out
    assert ("max_completion_tokens" in server.bodies[-1]) == ("max_tokens" in left_out)


def test_who_did_not_meet_the_refusal_does_not_forget_it(server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        if "response_format" in body:
            return refuses("400 Bad Request", "no response_format here")
        return Step(*says("yes").parts, wait=0.0 if prompt(body).startswith("ask") else 0.05)

    server.reset(script)
    with backend_of(server) as backend:
        said = backend.answer([ask(neural("say", "llm", STR, ("t", STR)), "x"), ask(ASK, "x")])
        assert all(isinstance(each, Response) for each in said) and len(server.bodies) == 3
        answer(backend, ASK, "x")
    assert len(server.bodies) == 4


# ------------------------------------------------------------------------ pictures


def sent_picture(part: dict[str, Any]) -> Any:
    head, _, data = part["image_url"]["url"].partition(",")
    picture = pil.open(io.BytesIO(base64.b64decode(data)))
    assert head == f"data:image/{picture.format.lower()};base64"  # type: ignore[union-attr]
    return picture


def test_a_small_picture_is_sent_as_it_is_and_a_large_one_made_smaller(server: ServerOfSteps) -> None:
    server.reset([says("a cat"), says("a wall")])
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    with backend_of(server, "vqa", image_side=512) as backend:
        assert answer(backend, QUERY, image(noise), "What?").value == "a cat"
        answer(backend, QUERY, plain((200, 10, 10), 2000, 1000), "What?")
        prices = [backend.price(ask(QUERY, image(noise), "What?")), backend.price(ask(READ, plain((0, 0, 0), 9, 9)))]
    first, text = server.bodies[0]["messages"][0]["content"]
    assert (np.asarray(sent_picture(first)) == noise).all() and text["text"] == "simple_query?"
    second = sent_picture(server.bodies[1]["messages"][0]["content"][0])
    assert second.size == (512, 256) and second.format == "JPEG"
    assert all(price > 2.0 for price in prices)  # 2,000 tokens of a picture


def test_a_picture_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch, server: ServerOfSteps) -> None:
    from fmplang.backends.openai import pictures

    monkeypatch.setattr(pictures, "MOST_BYTES", 60_000)
    server.reset([says("noise")])
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    with backend_of(server, "vqa") as backend:
        answer(backend, QUERY, image(noise), "What?")
    picture = sent_picture(server.bodies[0]["messages"][0]["content"][0])
    assert picture.size[0] < 300


def test_several_pictures_are_named(server: ServerOfSteps) -> None:
    server.reset([says("the second")])
    which = neural("which", "vqa", STR, ("left", IMAGE), ("others", ListType(IMAGE)))
    red = plain((255, 0, 0))
    with backend_of(server, "vqa") as backend:
        answer(backend, which, red, [red, red])
    texts = [part["text"] for part in server.bodies[0]["messages"][0]["content"] if part["type"] == "text"]
    assert texts == ["The image `left`:", "The image `others 1`:", "The image `others 2`:", "which?"]


def test_boxes_are_in_pixels_of_the_picture_that_was_sent(server: ServerOfSteps) -> None:
    boxes = [{"left": 10, "top": 20, "right": 30, "bottom": 60.0}, {"left": 0, "top": 0, "right": 100, "bottom": 50}]
    server.reset([says(json.dumps({"answer": boxes})), says('{"answer": [{"left": "x"}]}')])
    source = 'def main(image: Image) -> list[Image]:\n    return image.find("dog")\n'
    with backend_of(server, "detect", image_side=100) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")
        wide = np.zeros((200, 200, 3), dtype=np.uint8)
        run = runtime.run(fmplang.compile(source), image=wide)
        assert [found.box for found in run.value] == [(20, 80, 60, 160), (0, 100, 200, 200)]
        with pytest.raises(fmplang.FmpError) as caught:
            runtime.run(fmplang.compile(source), image=wide)
    assert caught.value.code == "FMP702"
    assert "100 pixels wide and 100 high" in prompt(server.bodies[0])


@pytest.mark.parametrize(("function", "args", "fits"), [
    (QUERY, (plain((0, 0, 0)), "x"), True), (FIND, (plain((0, 0, 0)), "x"), True),
    (neural("f", "llm", ListType(IMAGE), ("t", STR)), ("x",), False),
    (neural("f", "llm", IMAGE, ("a", IMAGE), ("b", IMAGE)), (plain((0, 0, 0)), plain((0, 0, 0))), False),
    (neural("f", "llm", AUDIO, ("t", STR)), ("x",), False), (neural("f", "llm", VIDEO, ("t", STR)), ("x",), False),
])
def test_what_it_takes(function: Any, args: tuple[Any, ...], fits: bool, server: ServerOfSteps) -> None:
    with backend_of(server) as backend, backend_of(server, images=False) as blind:
        assert backend.supports(ask(function, *args)) is fits
        assert blind.supports(ask(function, *args)) is False and blind.supports(ask(ASK, "x"))


# --------------------------------------------------------------------- confidence


def chosen(*tokens: tuple[str, float, dict[str, float]]) -> dict[str, Any]:
    return {"content": [{"token": text, "logprob": log(chance), "top_logprobs": [
        {"token": other, "logprob": log(p)} for other, p in {text: chance, **others}.items()]}
        for text, chance, others in tokens]}


def test_confidence_is_read_from_the_answers_own_tokens(server: ServerOfSteps) -> None:
    server.reset([
        says('{"answer": false}',
             logprobs=chosen(('{"answer":', 0.5, {}), (" false", 0.6, {" true": 0.2}), ("}", 1, {}))),
        says("no", logprobs=chosen(("no", 0.9, {"yes": 0.1}))),
        says("no", logprobs={"content": [{"token": 7}]}),
        says("no"),
    ])
    with backend_of(server) as backend:
        said = [answer(backend, ASK, "x") for _ in range(4)]
    assert [s.value for s in said] == [False, "no", "no", "no"]
    assert [s.confidence for s in said] == [pytest.approx(0.75), pytest.approx(0.9), None, None]


def test_a_cut_answer_and_one_in_parts(server: ServerOfSteps) -> None:
    parts = [{"type": "text", "text": "a "}, {"type": "text", "text": "dog"}, {"type": "other"}]
    server.reset([says("a dog and", finish_reason="length"), says(parts)])
    with backend_of(server) as backend:
        assert answer(backend, neural("say", "llm", STR, ("t", STR)), "x").flags == ("cut at max_tokens",)
        assert answer(backend, neural("say", "llm", STR, ("t", STR)), "x").value == "a dog"


# ---------------------------------------------------------------- many at once


def numbered(body: dict[str, Any]) -> Step:
    return says(prompt(body).splitlines()[0].partition(" ")[2].rstrip("?") or "0", usage=USAGE)


MANY = fmplang.compile("""
@neural("llm")
def say(t: str) -> str:
    "Say {t}"

def main(ts: list[str]) -> list[str]:
    return [say(t) for t in ts]
""")
TEXTS = [str(i) for i in range(20)]


def test_a_batch_is_under_way_together_in_order_and_no_more_than_allowed(server: ServerOfSteps) -> None:
    server.reset(numbered, delay=0.04)
    with backend_of(server, concurrency=5) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")
        run = runtime.run(MANY, ts=TEXTS)
    assert run.value == TEXTS and run.cost == pytest.approx(20 * CALL)
    assert server.most == 5 and server.open == 5  # connections are used again
    assert all(0.01 < call.seconds for call in run.trace)  # each its own time, not a share of the batch's


def test_several_threads_and_event_loops_share_a_backend(server: ServerOfSteps) -> None:
    server.reset(numbered, delay=0.005)
    with backend_of(server, concurrency=4) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")

        async def several() -> list[Any]:
            return [run.value for run in await asyncio.gather(*(runtime.arun(MANY, ts=[str(i)]) for i in range(12)))]

        with ThreadPoolExecutor(3) as threads:
            plain_runs = [threads.submit(lambda: runtime.run(MANY, ts=TEXTS).value) for _ in range(2)]
            loops = threads.submit(lambda: asyncio.run(several()))
            assert all(run.result() == TEXTS for run in plain_runs)
            assert loops.result() == [[str(i)] for i in range(12)]
    assert server.most <= 4 and server.open <= 4


@pytest.mark.parametrize("kept", [False, True], ids=["plain", "with a cache"])
def test_the_async_driver_asks_for_as_many_runs_as_there_are(kept: bool, server: ServerOfSteps) -> None:
    server.reset(numbered, delay=30.0)  # nothing is answered: how many can wait side by side does not hang on the load
    with backend_of(server, concurrency=50) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest",
                                  cache=MemoryStore() if kept else None)

        async def several() -> None:
            runs = [asyncio.create_task(runtime.arun(MANY, ts=[str(i)])) for i in range(50)]
            for _ in range(2000):
                if server.most > 32:
                    break
                await asyncio.sleep(0.005)
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

        asyncio.run(several())
    assert server.most > 32  # the threads of an event loop are a few for each core


def test_cancelling_a_run_gives_up_its_requests(server: ServerOfSteps) -> None:
    server.reset(numbered, delay=30.0)
    with backend_of(server, concurrency=1) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")

        async def cut_short() -> None:
            task = asyncio.create_task(runtime.arun(MANY, ts=["1"]))
            while not server.waiting:
                await asyncio.sleep(0.002)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cut_short())
        assert runtime.spent == pytest.approx(backend.price(ask(neural("say", "llm", STR, ("t", STR)), "1")), rel=0.1)
        server.delay = 0.0
        assert runtime.run(MANY, ts=["2"]).value == ["2"]  # the one place is free again


def test_connections_of_a_backend_that_nobody_holds_are_closed(server: ServerOfSteps) -> None:
    server.reset(lambda body: says("yes"))
    backend = openai_backend("openai.chat", "gpt", model="m", base_url=server.url)
    assert isinstance(backend, OpenAIBackend)
    backend.answer([ask(ASK, "x")])
    line = backend.server._line
    assert line is not None and line.all[0].open
    del backend
    gc.collect()
    loop.begin(asyncio.sleep(0)).result(5)
    assert not line.all[0].open


def test_a_connection_that_the_server_closed_is_not_used_again(server: ServerOfSteps) -> None:
    server.reset([Step(*says("yes").parts, end="close"), Step(*says("no").parts, end="close"), says("yes")])
    with backend_of(server) as backend:
        for number, expected in enumerate(("yes", "no", "yes"), 1):
            assert answer(backend, ASK, "x").value == expected
            while server.ended < min(number, 2):
                time.sleep(0.001)
    assert server.open == 3


def test_a_connection_is_not_trusted_after_a_failure(server: ServerOfSteps) -> None:
    failing = refuses("500 Internal Server Error", "no")
    server.reset([Step(*failing.parts, end="close"), says("yes"), says("no")])
    with backend_of(server, retries=1) as backend:
        assert [answer(backend, ASK, "x").value for _ in range(2)] == ["yes", "no"]
    assert server.open == 2


def test_a_proxy_of_the_environment_is_gone_through(server: ServerOfSteps, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server.reset([says("yes"), says("no")])
    monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{server.port}")
    with backend_of(server, base_url="http://elsewhere.invalid/v1") as backend:
        assert [answer(backend, ASK, "x").value for _ in range(2)] == ["yes", "no"]
    assert server.heads[1].startswith("POST http://elsewhere.invalid/v1/chat/completions HTTP/1.1")
    assert "proxy-authorization: basic bwu6c2vjcmv0" in server.heads[0].lower() and server.open == 1
    monkeypatch.setenv("http_proxy", "socks5://me:secret@127.0.0.1:1")
    with backend_of(server, base_url="http://elsewhere.invalid/v1") as backend:
        with pytest.raises(BackendError, match="'socks5' is not known") as caught:
            answer(backend, ASK, "x")
    assert "secret" not in str(caught.value)


def test_an_address_with_tls_is_verified() -> None:
    secure = Address("https://elsewhere.invalid/v1/chat/completions", 5.0)
    assert secure.tls is not None and secure.tls.verify_mode is ssl.CERT_REQUIRED and secure.tls.check_hostname
    assert Address("http://elsewhere.invalid/v1/chat/completions", 5.0).tls is None


def test_a_closed_backend_opens_anew(server: ServerOfSteps) -> None:
    server.reset(lambda body: says("yes"))
    with backend_of(server) as backend:
        for _ in range(2):
            assert isinstance(backend.answer([ask(ASK, "x")])[0], Response)
            backend.close()
    assert server.open == 2


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of threads")
def test_an_interrupt_gives_up_what_is_under_way(server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        later = threading.Timer(0.1, lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT))
        later.start()  # by then the main thread waits
        return says("yes")

    server.reset(script, delay=30.0)
    with backend_of(server, concurrency=1) as backend:
        with pytest.raises(KeyboardInterrupt):
            backend.answer([ask(ASK, "x")])
        server.reset(lambda body: says("yes"))
        assert isinstance(backend.answer([ask(ASK, "x")])[0], Response)


def test_a_price_of_ones_own_counts_for_failures_too(server: ServerOfSteps) -> None:
    server.reset([says("yes"), says(None), refuses("500 Internal Server Error", "no")])
    with backend_of(server) as backend:
        own = Repriced(backend, 40.0)
        whole = own.begin([ask(ASK, "x")]).result(10)
        (silent,), (refused,) = own.answer([ask(ASK, "x")]), own.answer([ask(ASK, "x")])
    assert isinstance(whole[0], Response) and whole[0].cost is None and own.price(ask(ASK, "x")) == 40.0
    assert getattr(silent, "cost", None) == 40.0 and getattr(refused, "cost", None) == 0.0


@pytest.mark.parametrize("kept", [False, True], ids=["plain", "with a cache"])
def test_two_servers_are_waited_for_at_once(kept: bool, server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        return says(body["model"])

    server.reset(script, delay=0.05)
    with backend_of(server, "vqa", model="yes") as one, backend_of(server, "count", model="3") as two:
        runtime = fmplang.Runtime(pool=fmplang.Pool([one, _Named(two, "other")]), policy="cheapest",
                                  cache=MemoryStore() if kept else None)
        work = program("if first:\n    return 1 if ask(t) else 0\nreturn count(t)", "t: str, first: bool")
        runs = list(runtime.stream(work, [{"t": "x", "first": True}, {"t": "x", "first": False}], concurrency=2))
    assert [run.value for run in runs] == [1, 3] and server.most == 2


class _Named:
    """A backend under another name."""

    def __init__(self, backend: Any, name: str) -> None:
        self._backend = backend
        self.name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def test_what_goes_wrong_while_a_batch_is_begun_is_one_error_for_all(server: ServerOfSteps) -> None:
    class Broken:
        name, capability, version, unit = "broken", "count", "1", "usd"

        def supports(self, request: Any) -> bool:
            return True

        def price(self, request: Any) -> float:
            return 0.0

        def answer(self, requests: Any) -> Any:
            raise OSError("no")

        def begin(self, requests: Any) -> Any:
            raise OSError("the line is dead")

    server.reset(lambda body: says("yes"))
    work = program("if first:\n    return 1 if ask(t) else 0\nreturn count(t)", "t: str, first: bool")
    rows = [{"t": "x", "first": True}, {"t": "x", "first": False}]
    with backend_of(server, "vqa") as one:
        runtime = fmplang.Runtime(pool=fmplang.Pool([one, Broken()]), policy="cheapest")
        runs = list(runtime.stream(work, rows, concurrency=2, on_error="yield"))
        assert runs[0].value == 1 and "the line is dead" in str(runs[1].error)
        with pytest.raises(fmplang.FmpError, match="the line is dead"):
            asyncio.run(runtime.arun(work, t="x", first=False))


def test_a_rate_holds_requests_back(server: ServerOfSteps) -> None:
    server.reset(lambda body: says("yes"))
    with backend_of(server, requests_per_minute=3000.0, tokens_per_minute=1e5, concurrency=50) as backend:
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        assert isinstance(backend.answer([ask(ASK, "x")])[0], Response)
        line = backend.server._line
        assert line is not None and line.requests is not None and line.tokens is not None
        line.requests._sleep, line.requests._left, line.requests._at = sleep, 2.0, 0.0
        line.requests._clock = lambda: 0.0
        assert all(isinstance(said, Response) for said in backend.answer([ask(ASK, "x")] * 6))
        used = line.tokens.size - line.tokens._left
    assert len(waits) == 4 and waits == sorted(waits) and waits[-1] == pytest.approx(0.08)
    assert used < 7 * 56 + 1  # what was reserved and not used came back
