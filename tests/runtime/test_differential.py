"""Pure programs mean what CPython says they mean: the same value, or an error of the same kind."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from fmplang import Limits
from fmplang.errors import LimitError, RunError
from fmplang.runtime.values import OrderedSet
from tests.runtime.generated import expressions, inputs, programs
from tests.runtime.talk import shown, talk

# Tight, so that CPython is asked only about programs that end soon.
LIMITS = Limits(steps=20_000, integer_bits=2_000, string=20_000, items=3_000)


def outcome_here(text: str, given_inputs: dict[str, Any]) -> str | None:
    """The value or the kind of error; None where a limit came first."""
    values = {name: OrderedSet(v) if isinstance(v, set) else v for name, v in given_inputs.items()}
    done = talk(text, limits=LIMITS, **values)
    if isinstance(done.error, LimitError):
        return None
    if done.error is not None:
        assert isinstance(done.error, RunError), done.error
        assert done.error.span is not None and done.error.code != "FMP500", done.error
        return f"raises {done.error.kind}"
    return shown(done.value)


def outcome_there(text: str, given_inputs: dict[str, Any]) -> str:
    scope: dict[str, Any] = {}
    exec(compile(text, "<generated>", "exec"), scope)  # the oracle; the text is our own
    try:
        return shown(scope["main"](**copy.deepcopy(given_inputs)))
    except Exception as error:
        return f"raises {type(error).__name__}"


def agree(text: str, given_inputs: dict[str, Any]) -> None:
    here = outcome_here(text, given_inputs)
    if here is not None:
        assert here == outcome_there(text, given_inputs), text


@pytest.mark.fuzz
@given(expressions(), inputs)
def test_expressions(text: str, given_inputs: dict[str, Any]) -> None:
    agree(text, given_inputs)


@pytest.mark.fuzz
@given(programs(), inputs)
def test_statements(text: str, given_inputs: dict[str, Any]) -> None:
    agree(text, given_inputs)


@pytest.mark.nightly
@given(expressions() | programs(), inputs)
def test_many(text: str, given_inputs: dict[str, Any]) -> None:
    agree(text, given_inputs)


def test_the_generator_reaches_values_and_errors() -> None:
    """A generator that only makes one of them would test nothing."""
    found: set[str] = set()

    @given(programs(), inputs)
    def collect(text: str, given_inputs: dict[str, Any]) -> None:
        outcome = outcome_here(text, given_inputs) or "limit"
        found.add(outcome if outcome.startswith("raises") else "value")

    collect()
    assert {"value", "raises IndexError"} <= found, found
