"""The backend that tests use."""

from __future__ import annotations

from typing import Any

from fmplang.backends.base import Backend, Response
from fmplang.backends.scripted import ScriptedBackend
from fmplang.errors import BackendError, BackendTimeout
from tests.backends.asking import EMBED, QUERY, ask, plain


def test_a_function_is_a_script() -> None:
    made = ScriptedBackend("embed", lambda request: [float(len(request.args["text"]))], cost=2.0, confidence=0.5)
    assert isinstance(made, Backend)
    request = ask(EMBED, "four")
    assert made.answer([request]) == [Response([4.0], confidence=0.5)]
    assert made.price(request) == 2.0
    assert made.requests == [request] and made.batches == [1]


def test_a_table_goes_by_site_and_then_by_function() -> None:
    made = ScriptedBackend("vqa", {"main/simple_query": "by site", "simple_query": "by function"})
    assert made.answer([ask(QUERY, plain((0, 0, 0)), "?")]) == [Response("by site")]
    made = ScriptedBackend("vqa", {"simple_query": lambda request: request.args["question"]})
    assert made.answer([ask(QUERY, plain((0, 0, 0)), "what?")]) == [Response("what?")]


def test_a_list_goes_by_the_number_of_the_call() -> None:
    given: list[Any] = [[1.0], KeyError("x"), Response([3.0], cost=9.0)]
    made = ScriptedBackend("embed", given)
    first, second = made.answer([ask(EMBED, "a"), ask(EMBED, "b")])
    (third,) = made.answer([ask(EMBED, "c")])
    assert (first, second, third) == (Response([1.0]), given[1], given[2])
    assert made.batches == [2, 1]
    (fourth,) = made.answer([ask(EMBED, "d")])
    assert isinstance(fourth, BackendError) and "has 3 answers and was asked for number 4" in fourth.message


def test_what_the_script_does_not_know_is_an_error() -> None:
    (said,) = ScriptedBackend("embed", {"other": 1}).answer([ask(EMBED, "a")])
    assert isinstance(said, BackendError) and said.code == "FMP707"
    assert "neither 'main/embed' nor 'embed'" in said.message


def test_a_call_can_be_made_to_fail() -> None:
    slow = BackendTimeout("too slow")
    made = ScriptedBackend("embed", {"embed": [1.0]}, failures={2: slow})
    answers = [made.answer([ask(EMBED, "a")])[0] for _ in range(3)]
    assert answers == [Response([1.0]), slow, Response([1.0])]


def test_an_exception_of_the_script_is_the_answer() -> None:
    def script(request: Any) -> Any:
        raise OSError("gone")

    (said,) = ScriptedBackend("embed", script).answer([ask(EMBED, "a")])
    assert isinstance(said, OSError)
