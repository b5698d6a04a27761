"""Functions as backends."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import fmplang
from fmplang.backends import deadline
from fmplang.backends.base import HEALTHY, Backend, Response
from fmplang.backends.function import backend
from fmplang.errors import BackendError, ConfigError
from tests.backends.asking import EMBED, FIND, ask, plain


def test_the_public_name_is_this_decorator() -> None:
    assert fmplang.backend is backend


def test_a_function_answers_and_can_still_be_called() -> None:
    @backend("embed", name="lengths", cost=1.5)
    def lengths(request: Any) -> list[float]:
        """The length of the text."""
        return [float(len(request.args["text"]))]

    request = ask(EMBED, "four")
    assert isinstance(lengths, Backend)
    assert (lengths.name, lengths.capability, lengths.version) == ("lengths", "embed", "1")
    assert lengths(request) == [4.0]
    assert lengths.answer([request, request]) == [Response([4.0]), Response([4.0])]
    assert lengths.price(request) == 1.5
    assert lengths.supports(request)
    assert lengths.health() == HEALTHY
    assert lengths.describe() == "The length of the text."
    assert lengths.__name__ == "lengths" and lengths.__doc__ == "The length of the text."


def test_what_a_function_sees_of_a_request() -> None:
    seen: list[Any] = []

    @backend("detect")
    def look(request: Any) -> list[Any]:
        seen.append(request)
        return []

    picture = plain((0, 0, 0))
    look.answer([ask(FIND, picture, "cup")])
    request = seen[0]
    assert look.name == "look"
    assert dict(request.args) == {"image": picture, "name": "cup"}
    assert (request.function.name, request.site.id, request.run_id) == ("find", "main/find", "run-1")
    assert str(request.returns) == "list[Image]"
    assert request.prompt == "find?"


def test_a_failure_is_that_of_one_request() -> None:
    @backend("embed")
    def picky(request: Any) -> list[float]:
        if request.args["text"] == "bad":
            raise ValueError("no")
        return [1.0]

    first, second, third = picky.answer([ask(EMBED, "good"), ask(EMBED, "bad"), ask(EMBED, "good")])
    assert first == third == Response([1.0])
    assert isinstance(second, ValueError) and str(second) == "no"


def test_a_batch_is_asked_at_once() -> None:
    sizes = []

    @backend("embed", batch=True, confidence=0.5)
    def many(requests: list[Any]) -> list[Any]:
        sizes.append(len(requests))
        return [KeyError("x") if r.args["text"] == "bad" else [2.0] for r in requests]

    good, bad = many.answer([ask(EMBED, "good"), ask(EMBED, "bad")])
    assert sizes == [2]
    assert good == Response([2.0], confidence=0.5)
    assert isinstance(bad, KeyError)


@pytest.mark.parametrize("given", [[[1.0]], [[1.0], [1.0], [1.0]], 5, "ab", None])
def test_a_batch_must_have_one_answer_for_each(given: Any) -> None:
    @backend("embed", batch=True)
    def wrong(requests: list[Any]) -> Any:
        return given

    with pytest.raises(BackendError) as caught:
        wrong.answer([ask(EMBED, "a"), ask(EMBED, "b")])
    assert caught.value.code == "FMP704" and caught.value.backend == "wrong"


def test_a_bad_answer_does_not_spoil_its_batch() -> None:
    def sure(request: Any, value: Any) -> float:
        return 1 / len(value)  # fails for an answer without elements

    @backend("embed", batch=True, confidence=sure)
    def many(requests: list[Any]) -> list[Any]:
        return [[1.0], []]

    good, bad = many.answer([ask(EMBED, "a"), ask(EMBED, "b")])
    assert good == Response([1.0], confidence=1.0) and isinstance(bad, ZeroDivisionError)


def test_a_function_that_takes_too_long_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, over = threading.Event(), threading.Event()

    def wait(done: threading.Event, seconds: float) -> bool:
        assert seconds == 2.5
        while not done.wait(0.001):
            if hangs.is_set():
                return False
        return True

    monkeypatch.setattr(deadline, "wait", wait)

    @backend("embed", timeout=2.5)
    def slow(request: Any) -> list[float]:
        if request.args["text"] == "hang":
            hangs.set()
            over.wait(60)
        if request.args["text"] == "fail":
            raise KeyError("own")
        return [1.0]

    fails, good, late = slow.answer([ask(EMBED, text) for text in ("fail", "good", "hang")])
    over.set()
    assert isinstance(fails, KeyError) and good == Response([1.0])
    assert isinstance(late, TimeoutError) and str(late) == "no answer within 2.5 seconds"


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan"), float("inf"), "1", True])
def test_a_wrong_timeout_is_refused(timeout: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        backend("embed", timeout=timeout)
    assert caught.value.code == "FMP807" and "timeout" in caught.value.message


def test_cost_and_confidence_may_depend_on_the_request() -> None:
    @backend("embed", cost=lambda request: len(request.args["text"]), confidence=lambda request, value: value[0])
    def graded(request: Any) -> list[float]:
        return [0.25]

    request = ask(EMBED, "four")
    assert graded.price(request) == 4.0
    assert graded.answer([request]) == [Response([0.25], confidence=0.25)]


def test_a_response_passes_as_it_is() -> None:
    said = Response([1.0], confidence=0.1, cost=7.0)

    @backend("embed", confidence=0.9)
    def full(request: Any) -> Response:
        return said

    assert full.answer([ask(EMBED, "a")]) == [said]


def test_supports_is_asked() -> None:
    @backend("embed", supports=lambda request: request.args["text"] != "")
    def some(request: Any) -> list[float]:
        return []

    assert some.supports(ask(EMBED, "a")) and not some.supports(ask(EMBED, ""))


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf"), "1", True, None])
def test_a_wrong_cost_is_refused(cost: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        backend("embed", cost=cost)
    assert caught.value.code == "FMP807" and "cost" in caught.value.message


@pytest.mark.parametrize("price", [-1.0, float("nan"), "1", True])
def test_a_wrong_price_is_refused(price: Any) -> None:
    made = backend("embed", name="b", cost=lambda request: price)(lambda request: [])
    with pytest.raises(BackendError) as caught:
        made.price(ask(EMBED, "a"))
    assert caught.value.code == "FMP706"


@pytest.mark.parametrize("arguments", [
    {"capability": ""}, {"capability": "a b"}, {"capability": 5}, {"capability": "embed", "name": "a b"},
    {"capability": "embed", "name": ""}, {"capability": "embed", "version": ""},
    {"capability": "embed", "confidence": 1.5},
])
def test_a_wrong_declaration_is_refused(arguments: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        backend(**arguments)(lambda request: [])
    assert caught.value.code == "FMP807" and caught.value.hint


def test_the_decorator_without_a_capability_says_so() -> None:
    with pytest.raises(ConfigError, match="needs a capability"):

        @backend  # type: ignore[arg-type]
        def mine(request: Any) -> Any: ...


def test_an_async_function_is_refused() -> None:
    with pytest.raises(ConfigError, match="is async"):

        @backend("embed")
        async def later(request: Any) -> list[float]:
            return []


def test_an_awaitable_answer_is_an_error() -> None:
    async def later() -> list[float]:
        return []

    made = backend("embed", name="sneaky")(lambda request: later())
    (said,) = made.answer([ask(EMBED, "a")])
    assert isinstance(said, BackendError) and said.code == "FMP704"
