"""What a language model is asked for a typed answer."""

from __future__ import annotations

import pytest

from fmplang.backends.instructions import can_be_written, form, holds_opaque, question
from fmplang.check.typed import NeuralFunction, Parameter
from fmplang.check.types import (
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    STR,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    TupleType,
    Type,
)
from tests.backends.asking import QUERY, TOPIC, ask, plain

PERSON = RecordType("Person", "main", (("name", STR), ("age", OptionalType(INT)), ("tags", ListType(STR))))


@pytest.mark.parametrize(("type_", "sentence"), [
    (STR, ""), (BOOL, "Answer yes or no."), (INT, "Answer with one whole number alone."),
    (FLOAT, "Answer with one number alone."),
    (LiteralType(("a", "b")), "Answer with one of these alone: a, b."),
    (OptionalType(INT), "Answer with one whole number alone. Where there is none, answer none."),
    (OptionalType(STR), "Where there is none, answer none."),
    (ListType(STR), 'Answer with JSON alone, of this form: ["text", ...]'),
    (PERSON, 'Answer with JSON alone, of this form: {"name": "text", "age": whole number or null, '
             '"tags": ["text", ...]}'),
    (DictType(STR, TupleType((INT, BOOL))),
     'Answer with JSON alone, of this form: {"text": [whole number, true or false], ...}'),
    (ListType(LiteralType(("a", True))), 'Answer with JSON alone, of this form: ["a" or true, ...]'),
])
def test_the_form_of_an_answer(type_: Type, sentence: str) -> None:
    assert form(type_) == sentence


def test_what_the_prompt_already_says_is_not_said_again() -> None:
    assert form(BOOL, "Is it so? Answer yes or no.") == ""
    assert form(LiteralType(("a", "b")), "a or b?") == ""


def test_arguments_that_the_prompt_does_not_name_are_added() -> None:
    assert question(ask(QUERY, plain((0, 0, 0)), "why?")) == "simple_query?\nquestion: why?"
    assert question(ask(TOPIC, "hello {ticket}")) == "topic?\nticket: hello {ticket}"
    named = NeuralFunction("f", "llm", (Parameter("a", STR), Parameter("b", ListType(INT))), STR, "Say {a}")
    assert question(ask(named, "x", [1, 2])) == "Say x\nb: 1, 2"
    bare = NeuralFunction("name_of_it", "llm", (Parameter("a", STR),), STR, "")
    assert question(ask(bare, "x")) == "name of it\na: x"


def test_what_can_be_written() -> None:
    assert can_be_written(PERSON) and can_be_written(OptionalType(DictType(STR, INT)))
    assert not can_be_written(ListType(IMAGE)) and not can_be_written(TupleType((STR, IMAGE)))
    assert holds_opaque([plain((0, 0, 0))]) and holds_opaque({"a": [plain((0, 0, 0))]}) and not holds_opaque(["a"])
