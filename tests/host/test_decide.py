"""What policies and backends may say, and what is made of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fmplang.backends.base import Response
from fmplang.backends.scripted import ScriptedBackend
from fmplang.check.typed import NeuralFunction, Site
from fmplang.check.types import BOOL
from fmplang.errors import BackendError, BackendTimeout, DecodeError, InputError, PolicyError
from fmplang.host.answers import settled
from fmplang.host.decide import decide, policy_name, prices_of
from fmplang.host.drivers import ask_backend
from fmplang.host.work import Ask
from fmplang.limits import Limits
from fmplang.policy.base import Arm, Decision, PolicyCall
from fmplang.runtime.requests import Request
from fmplang.syntax.source import Source, Span

SOURCE = Source("x.is_red()", "p.fmp")
REQUEST = Request(Site("main/ask", NeuralFunction("ask", "vqa", (), BOOL, ""), Span(2, 8), SOURCE), {}, (0,))
CALL = PolicyCall(REQUEST, (Arm("a", 1.0), Arm("b", 2.0)), 1.0, 0.3, np.random.default_rng(0))


class Saying:
    """A policy that decides what a test tells it to."""

    def __init__(self, decision: Any) -> None:
        self.decision = decision

    def choose(self, call: PolicyCall) -> Any:
        if isinstance(self.decision, Exception):
            raise self.decision
        return self.decision

    def learn(self, run: object, outcome: object) -> None:
        raise AssertionError("not asked here")


@pytest.mark.parametrize("decision", [
    Decision(0, (1.0, 0.0)), Decision(1, (0.5, 0.5), shadows=(0,)), Decision(np.int64(1), (0.0, np.float64(1.0))),
    Decision(0, (1.0, 0.0), escalate=((1, 2.0),)), Decision(0, (1.0, 0.0), escalate=((np.int64(1), np.float64(0.5)),)),
    Decision(0, (1.0 - 1e-9, 0.0)), Decision(True - 0, (0.25, 0.75)),
])
def test_a_decision_that_can_be_is_taken(decision: Decision) -> None:
    assert decide(Saying(decision), CALL) is decision


@pytest.mark.parametrize(("decision", "told"), [
    (None, "is not a Decision"),
    (0, "is not a Decision"),
    (Decision(2, (0.5, 0.5)), "arm 2 of 2"),
    (Decision(-1, (0.5, 0.5)), "arm -1 of 2"),
    (Decision("0", (0.5, 0.5)), "arm '0' of 2"),  # type: ignore[arg-type]
    (Decision(0.0, (0.5, 0.5)), "arm 0.0 of 2"),  # type: ignore[arg-type]
    (Decision(True, (0.5, 0.5)), "arm True of 2"),
    (Decision(0, (1.0,)), "2 arms need a tuple of 2 propensities"),
    (Decision(0, [1.0, 0.0]), "2 arms need a tuple"),  # type: ignore[arg-type]
    (Decision(0, (0.5, 0.4)), "sum to 0.9"),
    (Decision(0, (float("nan"), 0.5)), "a propensity of nan"),
    (Decision(0, (1.5, -0.5)), "a propensity of 1.5"),
    (Decision(0, (None, 1.0)), "a propensity of None"),  # type: ignore[arg-type]
    (Decision(0, (0.0, 1.0)), "chosen with propensity 0"),
    (Decision(0, (1.0, 0.0), shadows=(0,)), "a shadow 0 beside arm 0"),
    (Decision(0, (1.0, 0.0), shadows=(2,)), "a shadow 2"),
    (Decision(0, (1.0, 0.0), shadows=(1, 1)), "the same shadow twice"),
    (Decision(0, (1.0, 0.0), escalate=((0, 0.5),)), "arm 0 twice"),
    (Decision(0, (1.0, 0.0), escalate=((1, 0.5), (1, 0.5))), "arm 1 twice"),
    (Decision(0, (1.0, 0.0), shadows=(1,), escalate=((1, 0.5),)), "arm 1 twice"),
    (Decision(0, (1.0, 0.0), escalate=((2, 0.5),)), "a cascade to arm 2 of 2"),
    (Decision(0, (1.0, 0.0), escalate=((True, 0.5),)), "a cascade to arm True"),
    (Decision(0, (1.0, 0.0), escalate=((1, float("nan")),)), "a bound of nan"),
    (Decision(0, (1.0, 0.0), escalate=((1, "0.5"),)), "a bound of '0.5'"),  # type: ignore[arg-type]
    (Decision(0, (1.0, 0.0), escalate=(1,)), "a tuple of pairs"),  # type: ignore[arg-type]
    (Decision(0, (1.0, 0.0), escalate=[(1, 0.5)]), "a tuple of pairs"),  # type: ignore[arg-type]
])
def test_a_decision_that_cannot_be_is_a_clear_error(decision: Any, told: str) -> None:
    with pytest.raises(PolicyError) as raised:
        decide(Saying(decision), CALL)
    assert raised.value.code == "FMP751" and raised.value.hint
    assert told in raised.value.message and "Saying" in raised.value.message and "main/ask" in raised.value.message


def test_a_policy_that_raises_is_named() -> None:
    with pytest.raises(PolicyError, match="the policy Saying failed at main/ask: ValueError: no idea") as raised:
        decide(Saying(ValueError("no idea")), CALL)
    assert raised.value.code == "FMP750" and isinstance(raised.value.__cause__, ValueError)


def test_policies_are_called_by_their_names() -> None:
    policy = Saying(None)
    assert policy_name(policy) == "Saying"
    policy.name = "mine"  # type: ignore[attr-defined]
    assert policy_name(policy) == "mine"


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1.0, "3", None, True])
def test_a_price_that_is_none_is_a_clear_error(cost: Any) -> None:
    backend = ScriptedBackend("vqa", [True], cost=cost)
    with pytest.raises(BackendError, match="scripted asks a price of") as raised:
        prices_of((backend,), REQUEST)
    assert raised.value.code == "FMP706" and raised.value.backend == "scripted" and raised.value.site == "main/ask"


def test_a_price_that_cannot_be_told() -> None:
    backend = ScriptedBackend("vqa", [True])
    backend.price = lambda request: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    with pytest.raises(BackendError, match="ZeroDivisionError"):
        prices_of((backend,), REQUEST)
    assert prices_of((ScriptedBackend("vqa", [True], cost=2),), REQUEST) == (2.0,)


def answered(result: Any, price: float = 3.0) -> Any:
    backend = ScriptedBackend("vqa", [result], name="mine", cost=price)
    (answer,) = ask_backend(backend, [Ask(REQUEST, backend, price)])
    return settled(REQUEST, backend, price, answer.result, answer.seconds, Limits())


def test_answers_become_values_with_their_costs() -> None:
    plain = answered(True)
    assert (plain.value, plain.error, plain.cost) == (True, None, 3.0)
    got = answered(Response("yes", confidence=0.75, cost=1.5))
    assert (got.value, got.cost, got.confidence) == (True, 1.5, 0.75)
    read = answered("No")
    assert (read.value, read.flags, read.confidence, read.certainty) == (False, ("spelling",), None, 0.99)
    read = answered(Response("No.", confidence=0.5))
    assert read.confidence == pytest.approx(0.5 * 0.99 * 0.99) and answered("no").certainty == 1.0
    assert answered("perhaps").certainty == 0.0


@pytest.mark.parametrize(("result", "kind", "code", "cost"), [
    ("perhaps", DecodeError, "FMP702", 3.0),
    ([True], DecodeError, "FMP702", 3.0),
    (Response(True, cost=float("nan")), BackendError, "FMP704", 3.0),
    (Response(True, cost=-1), BackendError, "FMP704", 3.0),
    (Response(True, confidence=1.5), BackendError, "FMP704", 3.0),
    (Response(True, confidence=float("nan")), BackendError, "FMP704", 3.0),
    (KeyError("lost"), BackendError, "FMP700", 0.0),
    (RecursionError(), BackendError, "FMP700", 0.0),
    (MemoryError(), BackendError, "FMP700", 0.0),
    (TimeoutError("slow"), BackendTimeout, "FMP701", 3.0),
    (BackendTimeout("slow"), BackendTimeout, "FMP701", 3.0),
    (InputError("the image is damaged", code="FMP813"), InputError, "FMP813", 0.0),
])
def test_whatever_a_backend_does_is_an_error_of_ours(result: Any, kind: type[Exception], code: str,
                                                     cost: float) -> None:
    got = answered(result)
    assert type(got.error) is kind and got.error.code == code and got.cost == cost
    assert got.value is None and got.told.startswith(code)
    assert (got.error.source, got.error.span) == (SOURCE, Span(2, 8))
    if isinstance(got.error, BackendError):
        assert (got.error.site, got.error.backend) == ("main/ask", "mine")


def test_a_failure_may_say_what_it_cost() -> None:
    error = ConnectionError("reset")
    error.cost = 0.25  # type: ignore[attr-defined]
    assert answered(error).cost == 0.25


@pytest.mark.parametrize("given", [None, "text", [], [Response(True)] * 2, {0: Response(True)}, Response(True), 3])
def test_the_wrong_number_of_answers_is_told(given: Any) -> None:
    backend = ScriptedBackend("vqa", [True], name="mine")
    backend.answer = lambda requests: given  # type: ignore[method-assign]
    (answer,) = ask_backend(backend, [Ask(REQUEST, backend, 1.0)])
    assert isinstance(answer.result, BackendError) and answer.result.code == "FMP704"
    assert "mine gave" in answer.result.message and "for 1 request" in answer.result.message


def test_a_batch_that_raises_fails_each_request_alone() -> None:
    backend = ScriptedBackend("vqa", [True], name="mine")
    backend.answer = lambda requests: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    answers = ask_backend(backend, [Ask(REQUEST, backend, 1.0)] * 3)
    assert [type(a.result) for a in answers] == [ZeroDivisionError] * 3


def test_a_stop_from_the_keyboard_is_no_failure_of_the_backend() -> None:
    def stop(requests: object) -> Any:
        raise KeyboardInterrupt

    backend = ScriptedBackend("vqa", [True])
    backend.answer = stop  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        ask_backend(backend, [Ask(REQUEST, backend, 1.0)])
