"""Confidence from log-probabilities."""

from __future__ import annotations

from math import log
from typing import Any

import pytest

from fmplang.backends.openai.confidence import Token, confidence, read_tokens
from fmplang.check.types import BOOL, FLOAT, INT, STR, ListType, LiteralType, OptionalType, Type

COLOUR = LiteralType(("red", "reddish", "blue"))


def token(text: str, chance: float, **others: float) -> Token:
    return Token(text, log(chance), ((text, log(chance)), *((t, log(p)) for t, p in others.items())))


@pytest.mark.parametrize(("tokens", "type_", "expected"), [
    ([token("yes", 0.6, no=0.3)], BOOL, 0.6 / 0.9),
    ([token(" Yes", 0.6, No=0.2, true=0.1, the=0.1)], BOOL, 0.7 / 0.9),
    ([token("yes", 0.9)], BOOL, 1.0),  # nothing else was told
    ([token("y", 0.5, n=0.5), token("es", 0.8)], BOOL, 0.5),
    ([token("blue", 0.5, red=0.25)], COLOUR, 2 / 3),
    ([token("re", 0.5, b=0.5), token("d", 0.6, ddish=0.2)], COLOUR, 0.5 * 0.6 / 0.8),
    ([token("red", 0.5, blue=0.5), token("dish", 0.2)], COLOUR, 0.5),
    ([token("none", 0.5, yes=0.25, null=0.25)], OptionalType(BOOL), 0.75),
    ([token("1", 0.5), token("7", 0.8)], INT, 0.4),
    ([token("a", 0.25), token(" dog", 1.0)], STR, 0.5),
    ([token("perhaps", 0.9)], BOOL, None),  # no option
    ([token("[1, 2]", 0.25)], ListType(INT), 0.25),
])
def test_of_an_answer_in_words(tokens: list[Token], type_: Type, expected: float | None) -> None:
    text = "".join(each.text for each in tokens)
    found = confidence(tokens, text, 0, len(text), type_)
    assert found == (expected if expected is None else pytest.approx(expected))


def test_of_an_answer_in_the_wrapper() -> None:
    tokens = [token('{"', 1.0), token("answer", 1.0), token('":', 0.9), token(" true", 0.6, **{" false": 0.2}),
              token("}", 0.5)]
    text = "".join(each.text for each in tokens)
    start = text.index("true")
    assert confidence(tokens, text, start, start + 4, BOOL) == pytest.approx(0.75)
    assert confidence([Token("<s>", -3.0), *tokens], text, start, start + 4, BOOL) == pytest.approx(0.75)


def test_tokens_that_do_not_add_up_to_the_text_tell_nothing() -> None:
    assert confidence([token("no", 0.5)], "yes", 0, 3, BOOL) is None
    assert confidence([token("7.5", 0.5)], "7.5", 0, 3, FLOAT) == pytest.approx(0.5)


@pytest.mark.parametrize("odd", [
    None, {}, {"content": None}, {"content": []}, {"content": [7]}, {"content": [{"token": "a"}]},
    {"content": [{"token": "a", "logprob": "x"}]}, {"content": [{"token": "a", "logprob": float("nan")}]},
    {"content": [{"token": "a", "logprob": 3.0}]}, {"content": [{"token": 7, "logprob": -1.0}]},
    {"content": [{"token": "a", "logprob": -1.0, "top_logprobs": [{}]}]},
    {"content": [{"token": "a", "logprob": -1.0, "top_logprobs": 7}]},
])
def test_odd_log_probabilities_are_none(odd: Any) -> None:
    assert read_tokens(odd) is None


def test_log_probabilities_that_are_a_little_off() -> None:
    assert read_tokens({"content": [{"token": "a", "logprob": 1e-6}, {"token": "b", "logprob": float("-inf")}]}) == [
        Token("a", 0.0), Token("b", -1e4)]
