"""Pure programs mean what CPython says they mean: the same value, or an error of the same kind.

The whole comparison is a command, tests/runtime/differential.py; its record stands beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.runtime.differential import agree, compare, example, outcome_here
from tests.runtime.generated import expressions, inputs, programs

RECORD = Path(__file__).resolve().with_name("differential.json")


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


@pytest.mark.fuzz
def test_a_slice_of_the_command_agrees() -> None:
    found = compare(seed=2, programs=150)
    assert found["differences"] == []
    assert found["values"] > 50 and found["errors"] > 20, found


def test_a_program_follows_from_seed_and_number() -> None:
    assert repr(example(1, 7)) == repr(example(1, 7)) != repr(example(2, 7))


def test_the_record_is_of_ten_thousand_programs_without_a_difference() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert record["programs"] >= 10_000 and record["differences"] == 0
    assert min(record["values"], record["errors"]) > 5_000
