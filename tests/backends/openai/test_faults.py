"""Whatever a server does: a result or a typed error, the spend right to the cent, the budget held, no key seen."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import fmplang
from fmplang.backends.openai import server as server_module
from fmplang.errors import BackendError, BackendTimeout, DecodeError
from fmplang.host.recovery import Recovery
from tests.backends.openai.serving import (
    CALL,
    KEY,
    ServerOfSteps,
    Step,
    backend_of,
    completion,
    http,
    refuses,
    says,
)
from tests.host.programs import program

pytest.importorskip("httpcore2")  # an extra

THREE = program("a = count(t)\nb = count(f'{t} {a}')\nreturn a + b + count(f'{t} {b}')", "t: str")
ONCE = Recovery(retries=0, fallback="none", recoveries=0)
GOOD = says('{"answer": 7}')
BODY = completion('{"answer": 7}')
PRICE, FREE, USED = "price", "free", "used"


class Fault(NamedTuple):
    """`code` of the error, or "" where there is a result all the same; what the call `costs`; whether it `passes`. The
    server says it `repeats` times: it is asked for less and less before it is taken at its word."""

    step: Callable[[Callable[[], None]], Step]
    code: str
    costs: str
    passes: bool
    told: str
    kind: type[BackendError] = BackendError
    repeats: int = 1


def plain(step: Step) -> Callable[[Callable[[], None]], Step]:
    return lambda time_is_up: step


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
FAULTS = {
    "late": Fault(lambda up: Step(end="stall", then=up), "FMP701", PRICE, True, "no whole answer", BackendTimeout),
    "drip": Fault(lambda up: Step(HEAD, b"{", b'"', b"c", end="stall", then=up), "FMP701", PRICE, True,
                  "no whole answer", BackendTimeout),
    "drip of headers": Fault(lambda up: Step(b"HTTP/1.1 ", b"200", b" O", end="stall", then=up), "FMP701", PRICE, True,
                             "no whole answer", BackendTimeout),
    "hang-up": Fault(plain(Step(end="close")), "FMP724", PRICE, True, "broke off"),
    "reset": Fault(plain(Step(HEAD, BODY[:100], end="reset")), "FMP724", PRICE, True, "broke off"),
    "cut": Fault(plain(Step(HEAD, BODY[:100], end="close")), "FMP724", PRICE, True, "broke off"),
    "no HTTP": Fault(plain(Step(b"\x00\x01\x02 hello\r\n\r\n", end="close")), "FMP724", PRICE, True, "broke off"),
    "429": Fault(plain(refuses("429 Too Many Requests", "slow down")), "FMP721", FREE, True, "429"),
    "429 with a wait": Fault(plain(refuses("429 Too Many Requests", "slow down", Retry_After="0.003")), "FMP721", FREE,
                             True, "slow down"),
    "no money": Fault(plain(refuses("429 Too Many Requests", "insufficient_quota")), "FMP721", FREE, False, "quota"),
    "500": Fault(plain(refuses("500 Internal Server Error", "\x1b[31moops")), "FMP724", FREE, True, "\\x1b[31moops"),
    "503": Fault(plain(http(b"<html>busy</html>", "503 Service Unavailable")), "FMP724", FREE, True, "503 Service"),
    "odd status": Fault(plain(http(b"", "599 Odd")), "FMP724", FREE, False, "599"),
    "redirect": Fault(plain(http(b"", "307 Temporary Redirect", {"Location": "http://127.0.0.1:1/"})), "FMP723", FREE,
                      False, "307"),
    "wrong key": Fault(plain(refuses("401 Unauthorized", f"no such key: {KEY}")), "FMP720", FREE, False, "***"),
    "no such model": Fault(plain(refuses("404 Not Found", "no such model")), "FMP723", FREE, False, "no such model"),
    "bad request": Fault(plain(refuses("422 Unprocessable Entity", "bad")), "FMP723", FREE, False, "bad",
                         repeats=3),  # without log-probabilities, and without a schema
    "too long": Fault(plain(refuses("400 Bad Request", "maximum context length is 10 tokens")), "FMP722", FREE, False,
                      "context length"),
    "empty": Fault(plain(http(b"")), "FMP704", PRICE, True, "empty"),
    "truncated JSON": Fault(plain(http(BODY[:-30])), "FMP704", PRICE, True, "no JSON"),
    "deep JSON": Fault(plain(http(b"[" * 50_000)), "FMP704", PRICE, True, "no JSON"),
    "long number": Fault(plain(http(b'{"choices": ' + b"9" * 5_000 + b"}")), "FMP704", PRICE, True, "no JSON"),
    "another JSON": Fault(plain(http(b'{"choices": []}')), "FMP704", PRICE, True, "without a choice"),
    "key sent back": Fault(plain(http(f'{{"choices": "{KEY}"}}'.encode())), "FMP704", PRICE, True, "***"),
    "enormous": Fault(plain(http(b" " * 300_000)), "FMP704", PRICE, True, "more than"),
    "error in a 200": Fault(plain(http(b'{"error": {"message": "lost", "code": 503}}')), "FMP724", FREE, True, "lost"),
    "no text": Fault(plain(says(None)), "FMP704", USED, True, "without text"),
    "a number as text": Fault(plain(says(7)), "FMP704", USED, True, "without text"),
    "refusal": Fault(plain(http(BODY.replace(b'"content": "{\\"answer\\": 7}"', b'"refusal": "I will not"'))),
                     "FMP707", USED, False, "refuses"),
    "filter": Fault(plain(says("", finish_reason="content_filter")), "FMP707", USED, False, "filter"),
    "thought too long": Fault(plain(says("", finish_reason="length")), "FMP707", USED, False, "all tokens"),
    "wrong type": Fault(plain(says('{"answer": "blue"}')), "FMP702", USED, False, "int", DecodeError),
    "a sentence": Fault(plain(says("I cannot tell.")), "FMP702", USED, False, "int", DecodeError),
    "usage missing": Fault(plain(says("7", usage=None)), "", PRICE, False, "no usage"),
    "usage negative": Fault(plain(says("7", usage={"prompt_tokens": -50, "completion_tokens": 5})), "", PRICE, False,
                            "wrong usage"),
    "usage zero": Fault(plain(says("7", usage={"prompt_tokens": 0, "completion_tokens": 0})), "", PRICE, False,
                        "wrong usage"),
    "usage absurd": Fault(plain(says("7", usage={"prompt_tokens": 50, "completion_tokens": 10**12})), "", PRICE, False,
                          "wrong usage"),
    "usage a text": Fault(plain(says("7", usage={"prompt_tokens": "50", "completion_tokens": 5.0})), "", PRICE, False,
                          "wrong usage"),
    "usage infinite": Fault(plain(http(BODY.replace(b"50", b"Infinity"))), "", PRICE, False, "wrong usage"),
    "more cached than asked": Fault(
        plain(says("7", usage={"prompt_tokens": 50, "completion_tokens": 5,
                               "prompt_tokens_details": {"cached_tokens": 51}})), "", PRICE, False, "wrong usage"),
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(server_module, "MOST_BYTES", 200_000)


def seen(error: BaseException | None, caplog: pytest.LogCaptureFixture, *things: Any) -> str:
    """All that a user, a log or a ledger could show."""
    told = [repr(error), str(error), *(repr(thing) for thing in things), caplog.text]
    if error is not None:
        told += [*traceback.format_exception(error), getattr(error, "hint", "")]
    return "\n".join(told)


@pytest.mark.parametrize("place", range(3), ids=["first", "middle", "last"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_program_of_three_calls(
        name: str, place: int, server: ServerOfSteps, time_is_up: Callable[[], None],
        caplog: pytest.LogCaptureFixture) -> None:
    fault = FAULTS[name]
    steps = [GOOD, GOOD, GOOD]
    steps[place:place + 1] = [fault.step(time_is_up)] * fault.repeats
    server.reset(steps)
    caplog.set_level(logging.DEBUG)
    error: BackendError | None = None
    with backend_of(server, "count", api_key_env="TEST_KEY") as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", budget=30.0, recovery=ONCE)
        try:
            assert runtime.run(THREE, t="dogs").value == 21
        except BackendError as caught:
            error = caught
        record = runtime.ledger.find_run("last").record
        spent = runtime.spent
    calls = record.calls
    price = calls[place].prices[0]
    cost = {PRICE: price, FREE: 0.0, USED: CALL}[fault.costs]
    assert bool(fault.code) == (error is not None)
    if error is not None:
        assert type(error) is fault.kind and error.code == fault.code and error.transient is fault.passes
        assert error.site == calls[place].site and error.backend == "gpt" and error.run_id == record.id
        assert fault.told in str(error) and error.hint and len(calls) == place + 1
        assert "gpt" in error.message or isinstance(error, DecodeError)
        assert spent == pytest.approx(place * CALL + cost, abs=1e-9)
    else:
        assert fault.told in calls[place].flags and len(calls) == 3
        assert spent == pytest.approx(2 * CALL + cost, abs=1e-9)
    assert calls[place].cost == pytest.approx(cost, abs=1e-9) and record.cost == pytest.approx(spent, abs=1e-9)
    assert 0 <= spent <= 30.0 and runtime._purse.reserved == 0
    assert f"authorization: bearer {KEY}" in server.heads[0].lower()
    assert KEY not in seen(error, caplog, backend, backend.server.settings, runtime.pool, record)


@pytest.mark.parametrize("step", [FAULTS["wrong key"], FAULTS["key sent back"], None], ids=["refused", "odd", "said"])
def test_no_key_in_a_ledgers_file(step: Fault | None, server: ServerOfSteps, tmp_path: Path) -> None:
    said = fmplang.compile('@neural("count")\ndef name(t: str) -> str:\n    "{t}"\n\n'
                           "def main(t: str) -> str:\n    return name(t)\n")
    server.reset([says(f"the key is {KEY}") if step is None else step.step(lambda: None)])
    with backend_of(server, "count", api_key_env="TEST_KEY") as backend, fmplang.Runtime(
            pool=fmplang.Pool([backend]), policy="cheapest", ledger=tmp_path / "runs.db") as runtime:
        try:
            assert runtime.run(said, t="dogs").value == "the key is ***"
        except BackendError:
            pass
    assert tmp_path.joinpath("runs.db").stat().st_size
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("name", [n for n, f in FAULTS.items() if f.code and f.passes])
@pytest.mark.parametrize("free", [False, True], ids=["paid", "free"])
def test_what_may_pass_is_asked_again_where_that_costs_nothing(
        name: str, free: bool, server: ServerOfSteps, time_is_up: Callable[[], None]) -> None:
    fault = FAULTS[name]
    server.reset([GOOD, fault.step(time_is_up), GOOD, GOOD])
    prices = {} if free else {"input": 1000.0, "output": 10000.0}
    answered = fault.costs == USED  # there was an answer, though without a text: the host's to repeat
    with backend_of(server, "count", retries=2, prices=prices) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        if (fault.costs == FREE or free) and not answered:
            assert runtime.run(THREE, t="dogs").value == 21 and len(server.bodies) == 4
            assert server.bodies[1] == server.bodies[2]
            assert runtime.spent == pytest.approx(0.0 if free else 3 * CALL)
        else:
            with pytest.raises(BackendError) as caught:
                runtime.run(THREE, t="dogs")
            assert caught.value.transient and len(server.bodies) == 2


@pytest.mark.parametrize("place", range(3), ids=["first", "middle", "last"])
@pytest.mark.parametrize("name", [n for n, f in FAULTS.items() if f.code and (f.passes or f.kind is DecodeError)])
def test_the_host_asks_again_with_the_price_reserved_anew(
        name: str, place: int, server: ServerOfSteps, time_is_up: Callable[[], None]) -> None:
    fault = FAULTS[name]
    steps = [GOOD, GOOD, GOOD]
    steps.insert(place, fault.step(time_is_up))
    server.reset(steps)
    with backend_of(server, "count") as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", budget=30.0)
        run = runtime.run(THREE, t="dogs")
    lost = {PRICE: run.trace[place].prices[0], FREE: 0.0, USED: CALL}[fault.costs]
    assert run.value == 21 and len(server.bodies) == 4 and len(run.trace) == 3
    assert runtime.spent == pytest.approx(3 * CALL + lost, abs=1e-9) and run.cost == pytest.approx(runtime.spent)
    assert run.trace[place].attempts[0][0] == "gpt" and run.trace[place].lost == pytest.approx(lost)


def test_a_budget_that_holds_one_price_is_not_overspent_by_asking_again(
        server: ServerOfSteps, time_is_up: Callable[[], None]) -> None:
    late = FAULTS["late"].step(time_is_up)
    server.reset([late, GOOD, GOOD, GOOD])
    with backend_of(server, "count") as backend:
        price = backend.price(THREE.start({"t": "dogs"}).advance())  # type: ignore[arg-type]  # the first request
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", budget=1.5 * price)
        with pytest.raises(fmplang.FmpError) as caught:
            runtime.run(THREE, t="dogs")
    assert caught.value.code in ("FMP701", "FMP613") and len(server.bodies) <= 1
    assert runtime.spent <= 1.5 * price


def test_a_server_that_does_not_run_and_comes_back(server: ServerOfSteps) -> None:
    server.reset([GOOD, GOOD, GOOD])
    server.refuse()
    with backend_of(server, "count", retries=2) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        with pytest.raises(BackendError) as caught:
            runtime.run(THREE, t="dogs")
        error = caught.value
        assert error.code == "FMP724" and error.transient and runtime.spent == 0.0
        assert "cannot be reached" in error.message and "(asked 3 times)" in error.message
        server.listen()
        assert runtime.run(THREE, t="dogs").value == 21


@pytest.mark.parametrize("place", range(3), ids=["first", "middle", "last"])
def test_a_server_that_goes_away_before_a_call(place: int, server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        last = len(server.bodies) == place
        step = http(BODY, end="close", headers={"Connection": "close"})
        step.then = (lambda: server._listener.close()) if last else None  # type: ignore[union-attr]
        return step

    server.reset(script)
    if place == 0:
        server.refuse()
    with backend_of(server, "count") as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        with pytest.raises(BackendError) as caught:
            runtime.run(THREE, t="dogs")
    server._listener = None
    assert caught.value.code == "FMP724" and "cannot be reached" in caught.value.message
    assert runtime.spent == pytest.approx(place * CALL)


def test_what_is_said_again_and_again_ends(server: ServerOfSteps) -> None:
    server.reset(lambda body: refuses("503 Service Unavailable", "busy"))
    with backend_of(server, "count", retries=3) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        with pytest.raises(BackendError, match=r"\(asked 4 times\)"):
            runtime.run(THREE, t="dogs")
    assert len(server.bodies) == 4


def test_a_wait_that_is_longer_than_all_the_time_is_not_begun(server: ServerOfSteps) -> None:
    server.reset(lambda body: refuses("429 Too Many Requests", "slow", Retry_After="3600"))
    with backend_of(server, "count", retries=3, total_time=60.0) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        with pytest.raises(BackendError, match="429"):
            runtime.run(THREE, t="dogs")
    assert len(server.bodies) == 1


def test_one_bad_request_does_not_spoil_its_batch(server: ServerOfSteps) -> None:
    def script(body: dict[str, Any]) -> Step:
        return refuses("500 Internal Server Error", "no") if "bad" in str(body["messages"]) else says('{"answer": 2}')

    server.reset(script)
    many = program("return sum([count(t) for t in ts])", "ts: list[str]")
    with backend_of(server, "count", concurrency=4) as backend:
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest", recovery=ONCE)
        assert runtime.run(many, ts=["a", "b", "c"]).value == 6
        with pytest.raises(BackendError, match="500"):
            runtime.run(many, ts=["a", "bad", "c"])
        record = runtime.ledger.find_run("last").record
    assert [call.error is None for call in record.calls] == [True, False, True]
    assert runtime.spent == pytest.approx(5 * CALL)
