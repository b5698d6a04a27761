"""Laws of decoding: any text gives a value or DecodeError, and what is rendered decodes to itself without a flag."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.decode import QUOTED, decode, render
from fmplang.backends.decode_flags import certainty
from fmplang.check import types as t
from fmplang.errors import DecodeError
from fmplang.limits import Limits
from fmplang.runtime.values import OrderedSet, RecordValue, fits, shape_of
from tests.backends.decoding.corpus_types import corpus, types_of

LIMITS = Limits()
ROWS = [row for _, row in corpus()]
TYPES = types_of(row["type"] for row in ROWS)
RAW = [row["raw"] for row in ROWS]
LEVEL = t.LiteralType(("low", "normal", "very high", "high"))
BOX = t.RecordType("Box", "", (("left", t.INT), ("label", t.OptionalType(t.STR)), ("level", LEVEL)))


def holds(text: str, type_: t.Type) -> None:
    try:
        made = decode(text, type_, LIMITS)
    except DecodeError as error:
        assert error.code == "FMP702" and error.hint
        assert error.message.isprintable() and len(error.message) < QUOTED + 1000
    else:
        assert fits(made.value, type_)
        assert made.certainty == certainty(made.flags) and 0 < made.certainty <= 1


PIECES = st.sampled_from([*RAW, *"{}[]()\"'`*-,.:;\n\\/# ?<>|%$", "```", "<think>", "</think>", "//", "/*", "\\u12",
                          "\\ud83d", "\ud800", "\x00", "\u202e", "\ufeff", "\u00b2", "NaN", "1e999", "9" * 5000])


@given(st.lists(PIECES | st.text(max_size=5), max_size=5).map("".join), st.integers(0, 30),
       st.sampled_from(sorted(TYPES)))
def test_pieces_of_answers_give_a_value_of_the_type_or_an_error(text: str, start: int, name: str) -> None:
    holds(text[start:], TYPES[name])


@given(st.text(max_size=80), st.sampled_from(sorted(TYPES)))
def test_any_text_gives_a_value_of_the_type_or_an_error(text: str, name: str) -> None:
    holds(text, TYPES[name])


@given(st.sampled_from(ROWS), st.data())
def test_an_answer_that_breaks_off_says_nothing_else(row: dict[str, Any], data: st.DataObject) -> None:
    """JSON cut anywhere gives the whole answer's value, or none at all."""
    raw = row["raw"]
    if "error" in row or raw[:1] not in ("{", "[") or raw[-1:] not in ("}", "]"):
        return
    type_ = TYPES[row["type"]]
    try:
        made = decode(raw[: data.draw(st.integers(0, len(raw) - 1))], type_, LIMITS)
    except DecodeError:
        return
    assert type_ == t.STR or made.value == decode(raw, type_, LIMITS).value


# ------------------------------------------------------------------ rendering

NONES = {"none", "null", "n/a", "n.a", "n-a", "na", "nil", "not applicable"}
inner_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
not_none = inner_texts.filter(lambda s: not any(word in s.casefold() for word in NONES))
bare_texts = inner_texts.filter(lambda s: s == s.strip().strip("\ufeff\u200b\u2060").strip() and "<" not in s)


def scalars() -> st.SearchStrategy[tuple[t.Type, Any]]:
    """Types that can be a key or an element, each with a value of it."""
    floats = st.floats(allow_nan=False, allow_infinity=False)
    return st.one_of(
        st.tuples(st.just(t.BOOL), st.booleans()), st.tuples(st.just(t.INT), st.integers(-(2**255), 2**255)),
        st.tuples(st.just(t.FLOAT), floats), st.tuples(st.just(t.STR), inner_texts),
        st.tuples(st.just(LEVEL), st.sampled_from(LEVEL.values)),
        st.tuples(st.just(t.LiteralType((1, 2, True))), st.sampled_from([1, 2, True])),
    )


def records() -> st.SearchStrategy[tuple[t.Type, Any]]:
    values = st.tuples(st.integers(-9, 9), st.none() | not_none, st.sampled_from(LEVEL.values))
    return values.map(lambda parts: (BOX, RecordValue(shape_of(BOX), parts)))


def collections(case: tuple[t.Type, Any]) -> st.SearchStrategy[tuple[t.Type, Any]]:
    """Collections with the value in them."""
    type_, value = case
    made = [
        (t.ListType(type_), [value, value]), (t.ListType(type_), []), (t.TupleType((type_, t.INT)), (value, 3)),
        (t.DictType(t.STR, type_), {"a": value, " b ": value}), (t.DictType(t.INT, type_), {1: value}),
        (t.DictType(t.STR, type_), {}),
    ]
    if not isinstance(value, (list, dict)) and not isinstance(type_, (t.SetType, t.OptionalType)):
        try:
            made += [(t.SetType(type_), OrderedSet([value])), (t.DictType(type_, t.BOOL), {value: True})]
        except TypeError:
            pass
    if not isinstance(type_, t.OptionalType) and type_ != t.STR:
        made += [(t.ListType(t.OptionalType(type_)), [value, None]), (t.OptionalType(type_), value)]
    return st.sampled_from(made)


CASES = st.one_of(scalars(), records()).flatmap(lambda case: st.just(case) | collections(case) | collections(
    case).flatmap(collections))


@given(CASES)
def test_what_is_rendered_decodes_to_itself_without_a_flag(case: tuple[t.Type, Any]) -> None:
    type_, value = case
    if type_ == t.STR and decode(value, t.STR, LIMITS).flags:
        return  # blanks at its ends: test_a_text_that_cannot_be_rendered
    made = decode(render(value, type_), type_, LIMITS)
    assert repr(made.value) == repr(value) and made.flags == () and made.certainty == 1.0
    assert render(made.value, type_) == render(value, type_)


@given(bare_texts)
def test_a_text_decodes_to_itself(text: str) -> None:
    made = decode(text, t.STR, LIMITS)
    assert made == (text, (), 1.0)


@pytest.mark.parametrize(("type_", "value"), [
    (t.STR, " a"), (t.OptionalType(t.STR), "n/a"), (t.STR, "<think>a</think>b"),
])
def test_a_text_that_cannot_be_rendered_is_flagged(type_: t.Type, value: str) -> None:
    made = decode(render(value, type_), type_, LIMITS)
    assert made.value != value and made.flags


# ----------------------------------------------------------------------- size

LARGE = 1_000_000
UNITS = ["1,", "[", '{"a":', '"', "\\", "/*", "[1,", "three ", "- a\n", "a: 1\n", " ", "answer is 3. ", "\\boxed{1}",
         "<think>", "<|im_end|>", "a, ", "I'd say ", "1.5 million "]


@pytest.mark.parametrize("unit", UNITS)
def test_a_megabyte_of_anything_is_decoded_or_refused(unit: str) -> None:
    """One that takes more than linear time would never end here."""
    for name in ("bool", "int", "list[str]", "Person"):
        holds(unit * (LARGE // len(unit)), TYPES[name])
        holds("[" + unit * (LARGE // len(unit)), TYPES[name])
