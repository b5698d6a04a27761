"""Answers and what they decode to: one table, a row a case. Raw texts of chat models are in decoding/corpus."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as pil

from fmplang.backends.decode import decode, quoted
from fmplang.check import types as t
from fmplang.errors import DecodeError
from fmplang.limits import Limits
from fmplang.runtime.values import Image, OrderedSet, RecordValue, fits, shape_of, to_json

LIMITS = Limits()
LEVEL = t.LiteralType(("low", "normal", "very high", "high"))
MIXED = t.LiteralType(("a", 1, True))
BOX = t.RecordType("Box", "", (("left", t.INT), ("label", t.OptionalType(t.STR))))
PERSON = t.RecordType("Person", "", (("name", t.STR), ("age", t.INT), ("is_adult", t.BOOL)))
NAMES, NUMBERS = t.ListType(t.STR), t.ListType(t.INT)
MAYBE = t.OptionalType(t.INT)
POINT = t.TupleType((t.INT, t.INT))
WRONG = object()


def box(left, label=None):
    return RecordValue(shape_of(BOX), (left, label))


ann = RecordValue(shape_of(PERSON), ("Ann", 41, True))

TABLE = [
    # -- yes and no
    (t.BOOL, "yes", True), (t.BOOL, "No", False), (t.BOOL, "TRUE", True), (t.BOOL, "false", False),
    (t.BOOL, "Yes.", True),
    (t.BOOL, " no!\n", False), (t.BOOL, "**Yes**", True), (t.BOOL, '"no"', False), (t.BOOL, "y", True),
    (t.BOOL, "`true`", True),
    (t.BOOL, "Yes, there is a dog.", True), (t.BOOL, "No, there is no dog.", False), (t.BOOL, "Yes - it is red", True),
    (t.BOOL, "No. The car is blue.", False), (t.BOOL, "Yes it is", True), (t.BOOL, "The answer is yes.", True),
    (t.BOOL, "Answer: No", False), (t.BOOL, "I see two dogs.\nSo the final answer is: **yes**", True),
    (t.BOOL, "Let me look. There is a dog on a mat.\n\nYes", True), (t.BOOL, "No\n\nThere is only a cat.", False),
    (t.BOOL, "```\nyes\n```", True), (t.BOOL, '{"answer": true}', True),
    (t.BOOL, '```json\n{"answer": "no"}\n```', False),
    (t.BOOL, '{"reason": "a dog", "answer": "yes"}', True), (t.BOOL, "<think>no? hmm, yes</think>\nYes", True),
    (t.BOOL, "The answer is \\boxed{no}", False), (t.BOOL, "ＹＥＳ", True), (t.BOOL, "\ufeffyes", True),
    (t.BOOL, "", WRONG), (t.BOOL, "   ", WRONG), (t.BOOL, "maybe", WRONG), (t.BOOL, "yes and no", WRONG),
    (t.BOOL, "Yes or no?", WRONG),
    (t.BOOL, "I am not sure.", WRONG), (t.BOOL, "No idea.", WRONG), (t.BOOL, "No, I cannot tell.", WRONG),
    (t.BOOL, "1", WRONG),
    (t.BOOL, "There is a dog.", WRONG), (t.BOOL, "Yes\n\nOn second thought: no", WRONG),
    (t.BOOL, "Yes, but the answer is no.", WRONG),
    (t.BOOL, "The answer is yes. The answer is no.", WRONG), (t.BOOL, "not", WRONG), (t.BOOL, "none", WRONG),
    (t.BOOL, "nope", WRONG),
    (t.BOOL, '{"answer": "perhaps"}', WRONG), (t.BOOL, '{"a": true, "b": false}', WRONG),
    (t.BOOL, "Yes, probably.", WRONG),
    (t.BOOL, "I think the answer could be yes", WRONG), (t.BOOL, "yesterday", WRONG),
    (t.BOOL, "```\nyes\n```\n```\nno\n```", WRONG),
    # -- whole numbers
    (t.INT, "3", 3), (t.INT, " 42\n", 42), (t.INT, "-7", -7), (t.INT, "+5", 5), (t.INT, "\u22124", -4),
    (t.INT, "1,234", 1234),
    (t.INT, "1 234 567", 1234567), (t.INT, "1'000", 1000), (t.INT, "3.0", 3), (t.INT, "3.", 3), (t.INT, "**3**", 3),
    (t.INT, "007", 7),
    (t.INT, "three", 3), (t.INT, "Twenty-one", 21), (t.INT, "twenty one", 21), (t.INT, "one hundred", 100),
    (t.INT, "Zero.", 0),
    (t.INT, "one", 1), (t.INT, "minus two", -2), (t.INT, "a hundred", 100), (t.INT, "The answer is 3.", 3),
    (t.INT, "Answer: three", 3),
    (t.INT, "There are 3 dogs.", 3), (t.INT, "I count twelve people in the image.", 12), (t.INT, "3 dogs", 3),
    (t.INT, "There are three (3) dogs.", 3), (t.INT, "about 20 people", 20),
    (t.INT, "The answer is 4, because 2 hide.", 4),
    (t.INT, "5\n\nThere are five cups on the table.", 5), (t.INT, '{"count": 3}', 3), (t.INT, "\\boxed{12}", 12),
    (t.INT, "$40", 40),
    (t.INT, "３", 3), (t.INT, "It costs 1,200 dollars.", 1200), (t.INT, "<thinking>1, 2</thinking> 2", 2),
    (t.INT, "3.5", WRONG), (t.INT, "3 or 4", WRONG), (t.INT, "3-4", WRONG), (t.INT, "at least 3", WRONG),
    (t.INT, "more than 100", WRONG),
    (t.INT, "3 dogs and 2 cats", WRONG), (t.INT, "2 dogs and 2 cats", WRONG), (t.INT, "many", WRONG),
    (t.INT, "none", WRONG),
    (t.INT, "10:30", WRONG), (t.INT, "50%", WRONG), (t.INT, "3/4", WRONG), (t.INT, "v2", WRONG),
    (t.INT, "2024-01-02", WRONG),
    (t.INT, "1,23", WRONG), (t.INT, "1.234.567", WRONG), (t.INT, "The answer is 3. No, the answer is 4.", WRONG),
    (t.INT, "not 3", WRONG),
    (t.INT, "One of the 3 dogs", WRONG), (t.INT, "one or two", WRONG), (t.INT, "1e3", WRONG), (t.INT, "~5", 5),
    (t.INT, "true", WRONG),
    (t.INT, '{"dogs": 3, "cats": 2}', WRONG), (t.INT, "3\n\n4", WRONG), (t.INT, "inf", WRONG),
    (t.INT, "9" * 5000, WRONG),
    (t.INT, "9" * 100, WRONG), (t.INT, "#3", WRONG), (t.INT, "I see 3, maybe 3.", WRONG), (t.INT, "", WRONG),
    (t.INT, "[3, 4]", WRONG),
    # -- numbers
    (t.FLOAT, "0.75", 0.75), (t.FLOAT, ".5", 0.5), (t.FLOAT, "-1.5e3", -1500.0), (t.FLOAT, "3", 3.0),
    (t.FLOAT, "1,234.5", 1234.5),
    (t.FLOAT, "Score: 0.8", 0.8), (t.FLOAT, "The total is $23.45.", 23.45), (t.FLOAT, "€12.50", 12.5),
    (t.FLOAT, "two", 2.0),
    (t.FLOAT, "The similarity is 0.31 here", 0.31), (t.FLOAT, "answer = 2.50", 2.5), (t.FLOAT, '{"score": 0.5}', 0.5),
    (t.FLOAT, "nan", WRONG), (t.FLOAT, "inf", WRONG), (t.FLOAT, "1e999", WRONG), (t.FLOAT, "50%", WRONG),
    (t.FLOAT, "7/10", WRONG),
    (t.FLOAT, "0.5 to 0.7", WRONG), (t.FLOAT, "1.2.3", WRONG), (t.FLOAT, "0,75", WRONG), (t.FLOAT, "high", WRONG),
    (t.FLOAT, "<0.5", WRONG),
    # -- labels
    (LEVEL, "low", "low"), (LEVEL, "Low.", "low"), (LEVEL, "VERY HIGH", "very high"), (LEVEL, "very_high", "very high"),
    (LEVEL, "**normal**", "normal"), (LEVEL, "The answer is high.", "high"),
    (LEVEL, "I would say it is very high.", "very high"),
    (LEVEL, "Urgency: low", "low"), (LEVEL, "normal\n\nNothing is on fire.", "normal"),
    (LEVEL, '{"urgency": "Low"}', "low"),
    (LEVEL, '"high"', "high"), (t.LiteralType(("not urgent", "urgent")), "It is not urgent", "not urgent"),
    (t.LiteralType(("yes", "no", "can't tell")), "Can't tell.", "can't tell"), (t.LiteralType(("A", "a")), "a", "a"),
    (t.LiteralType(("C++", "C")), "c++", "C++"), (t.LiteralType((1, 2)), "two", 2),
    (t.LiteralType((True, False)), "no", False),
    (MIXED, "a", "a"), (MIXED, "1", 1), (MIXED, "yes", True), (LEVEL, "ｌｏｗ", "low"),
    (LEVEL, "medium", WRONG), (LEVEL, "low or normal", WRONG), (LEVEL, "not high", WRONG),
    (LEVEL, "It isn't low", WRONG),
    (LEVEL, "lower", WRONG), (LEVEL, "high\n\nlow", WRONG), (LEVEL, "", WRONG), (LEVEL, "maybe high", WRONG),
    (LEVEL, "Low, high", WRONG),
    (t.LiteralType(("A", "a")), "The A", WRONG), (t.LiteralType((1, 2)), "3", WRONG), (LEVEL, "higher than low", WRONG),
    # -- nothing
    (t.NONE, "none", None), (t.NONE, "N/A", None), (t.NONE, "something", WRONG), (t.NONE, None, None),
    (t.NONE, "", WRONG),
    (MAYBE, "none", None), (MAYBE, "null", None), (MAYBE, "N/A.", None), (MAYBE, "3", 3), (MAYBE, "three", 3),
    (MAYBE, None, None),
    (MAYBE, 3, 3), (t.OptionalType(t.STR), "None", None), (t.OptionalType(t.STR), "no name", "no name"),
    (t.OptionalType(t.LiteralType(("none", "some"))), "None", "none"), (t.OptionalType(NAMES), "null", None),
    (MAYBE, "", WRONG),
    (MAYBE, "many", WRONG),
    # -- text
    (t.STR, "a red car", "a red car"), (t.STR, " red\n", "red"), (t.STR, "", ""), (t.STR, "```x```", "```x```"),
    (t.STR, '"q"', '"q"'),
    (t.STR, "<think>hm</think>\nred", "red"), (t.STR, 3, WRONG), (t.STR, b"red", WRONG), (t.STR, None, WRONG),
    (t.STR, "\ud83d", WRONG),
    (t.STR, {"a": 1, "b": 2}, WRONG), (t.STR, ["a"], WRONG),
    # -- lists
    (NAMES, '["cat", "dog"]', ["cat", "dog"]), (NAMES, "[]", []), (NAMES, '```json\n["cat"]\n```', ["cat"]),
    (NAMES, 'Here they are: ["cat", "dog"]. Done [sic].', ["cat", "dog"]), (NAMES, "- cat\n- dog", ["cat", "dog"]),
    (NAMES, "* cat\n* a big dog, asleep", ["cat", "a big dog, asleep"]), (NAMES, "1. cat\n2) dog", ["cat", "dog"]),
    (NAMES, "I found:\n- cat\n- dog", ["cat", "dog"]), (NAMES, "cat, dog", ["cat", "dog"]),
    (NAMES, "cat, dog, and bird.", ["cat", "dog", "bird"]),
    (NAMES, "cat", ["cat"]), (NAMES, "none", []), (NAMES, "cat\ndog", ["cat", "dog"]),
    (NAMES, '{"animals": ["cat"]}', ["cat"]),
    (NAMES, '"cat", "dog"', ["cat", "dog"]), (NAMES, "cat; dog", ["cat", "dog"]), (NAMES, "(cat, dog)", ["cat", "dog"]),
    (NUMBERS, "1, 2, 3", [1, 2, 3]), (NUMBERS, "[1, 2.0, \"3\"]", [1, 2, 3]), (NUMBERS, "1, 2 and 3", [1, 2, 3]),
    (NUMBERS, "one, two", [1, 2]),
    (NUMBERS, "- 4\n- 5", [4, 5]), (t.ListType(t.BOOL), "yes, no", [True, False]),
    (t.ListType(LEVEL), "low and high", ["low", "high"]),
    (t.ListType(NUMBERS), "[[1], [2, 3]]", [[1], [2, 3]]), (t.ListType(MAYBE), "[1, null]", [1, None]),
    (t.ListType(t.FLOAT), [1, 0.5], [1, 0.5]),
    (t.SetType(t.STR), "cat, dog, cat", OrderedSet(["cat", "dog"])), (t.SetType(t.INT), "[2, 1]", OrderedSet([2, 1])),
    (POINT, "[3, 4]", (3, 4)), (POINT, "(3, 4)", (3, 4)), (POINT, "3, 4", (3, 4)), (t.TupleOf(t.INT), "1, 2", (1, 2)),
    (NAMES, "I see a cat, and a dog is there.", WRONG), (NAMES, "cat, dog and bird", WRONG),
    (NAMES, "There is a cat", WRONG),
    (NAMES, "- cat\nand more", WRONG), (NAMES, '["cat"] and ["dog"]', WRONG), (NAMES, '["cat", "dog"', WRONG),
    (NAMES, "", WRONG),
    (NAMES, "cat,, dog", WRONG), (NUMBERS, "1, two dogs", WRONG), (NUMBERS, '["a"]', WRONG),
    (NUMBERS, "[1, 2.5]", WRONG), (POINT, "[3]", WRONG),
    (POINT, "3, 4, 5", WRONG), (NUMBERS, "[NaN]", WRONG), (NUMBERS, "[1] [2]", WRONG), (NUMBERS, "[" * 5000, WRONG),
    (NAMES, '{"a": ["x"], "b": 1}', WRONG),
    (t.ListType(t.FLOAT), "[1e999]", WRONG), (t.SetType(NUMBERS), "[[1]]", WRONG), (NAMES, "[" + "x [" * 100, WRONG),
    # -- records and dicts
    (BOX, '{"left": 3, "label": "cat"}', box(3, "cat")),
    (BOX, '```json\n{"left": "3", "label": null}\n```', box(3)), (BOX, '{"left": 3}', box(3)),
    (BOX, 'The box is {"left": 3, "label": "a"}.', box(3, "a")),
    (BOX, {"left": np.int64(3), "label": None}, box(3)), (BOX, box(1), box(1)),
    (PERSON, '{"Name": "Ann", "AGE": 41, "isAdult": "yes"}', ann),
    (PERSON, '{"name": "Ann", "age": 41, "is adult": true, "x": 1}', ann),
    (t.ListType(BOX), '[{"left": 1}, {"left": 2, "label": "b"}]', [box(1), box(2, "b")]),
    (t.DictType(t.STR, t.INT), '{"a": 1}', {"a": 1}), (t.DictType(t.INT, t.BOOL), '{"1": true}', {1: True}),
    (t.DictType(t.STR, NUMBERS), {"a": (1, 2)}, {"a": [1, 2]}),
    (t.DictType(LEVEL, t.INT), '{"Low": 1}', {"low": 1}), (t.DictType(t.STR, t.STR), "{}", {}),
    (BOX, '{"label": "a"}', WRONG), (BOX, "left: 3", box(3)), (BOX, '{"left": 3', WRONG),
    (BOX, '{"a": {"left": 3}', WRONG), (BOX, '{"left": 1, "LEFT": 2}', WRONG),
    (BOX, '{"left": 1, "left": 2}', WRONG), (BOX, '{"left": 1} {"left": 2}', WRONG), (BOX, "[3]", WRONG),
    (BOX, '{"left": "three dogs"}', WRONG),
    (t.DictType(t.INT, t.INT), '{"a": 1}', WRONG), (t.DictType(t.INT, t.INT), '{"1": 1, "01": 2}', WRONG),
    (t.DictType(t.STR, t.INT), [1], WRONG),
    # -- values of other libraries
    (t.BOOL, True, True), (t.BOOL, np.bool_(False), False), (t.INT, np.int64(3), 3), (t.INT, np.float32(3), 3),
    (t.FLOAT, np.float64(0.5), 0.5),
    (t.INT, np.array(3), 3), (t.FLOAT, 2, 2), (NUMBERS, np.array([1, 2]), [1, 2]),
    (t.ListType(t.FLOAT), np.array([0.5], np.float32), [0.5]),
    (t.ListType(t.ListType(t.FLOAT)), np.eye(2), [[1.0, 0.0], [0.0, 1.0]]), (POINT, [1, 2], (1, 2)),
    (t.SetType(t.STR), {"a"}, OrderedSet(["a"])),
    (t.STR, np.str_("a"), "a"), (NUMBERS, (1, 2), [1, 2]), (NUMBERS, ["1", "two"], [1, 2]),
    (t.BOOL, 1, WRONG), (t.BOOL, 0.9, WRONG), (t.INT, 3.5, WRONG), (t.INT, float("nan"), WRONG),
    (t.FLOAT, float("inf"), WRONG), (t.INT, 2**300, WRONG),
    (t.FLOAT, np.float64("nan"), WRONG), (t.INT, object(), WRONG), (NUMBERS, 3, WRONG),
    (NUMBERS, np.array([0.5]), WRONG), (NUMBERS, {"a": 1}, WRONG),
    (t.INT, 1j, WRONG), (t.FLOAT, np.complex64(1), WRONG), (t.STR, object(), WRONG), (LEVEL, 3, WRONG),
    (t.VIDEO, "clip", WRONG), (t.IMAGE, "cat", WRONG),
]


@pytest.mark.parametrize("row", range(len(TABLE)))
def test_the_table(row):
    type_, answer, expected = TABLE[row]
    if expected is WRONG:
        with pytest.raises(DecodeError) as caught:
            decode(answer, type_, LIMITS)
        error = caught.value
        assert error.code == "FMP702" and error.hint
        assert error.message.startswith(f"expected {type_}, but ")
        assert error.message.isprintable() and len(error.message) < 600
    else:
        value = decode(answer, type_, LIMITS).value
        assert value == expected and type(value) is type(expected) and fits(value, type_)


def test_the_table_is_large_and_has_no_row_twice():
    assert len(TABLE) > 300
    seen = [(str(type_), repr(answer)) for type_, answer, _ in TABLE if "object at" not in repr(answer)]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("type_", "answer", "flags"),
    [
        (t.STR, "a", ()), (t.BOOL, True, ()), (t.STR, "a\n", ("strip",)), (t.BOOL, "Yes", ("spelling",)),
        (t.INT, "There are 3 dogs.", ("sentence",)), (t.INT, 3.0, ("float->int",)),
        (t.BOOL, "```\nyes\n```", ("fence",)), (LEVEL, "Low", ("spelling",)), (LEVEL, "low", ()),
        (MAYBE, "none", ("none",)), (NUMBERS, "[1]", ()), (NUMBERS, "see [1]", ("json in text",)),
        (NAMES, "- a\n- b", ("bullets",)), (NAMES, "a, b", ("commas",)), (NAMES, "none", ("none",)),
        (BOX, '{"left": 1, "x": 2}', ("extra keys", "missing->None")),
        (t.INT, '{"n": 1}', ("unwrapped",)),
        (t.SetType(t.INT), [1, 1], ("duplicates",)), (t.BOOL, "<think>a</think>yes", ("thoughts",)),
        (t.FLOAT, "two", ("words",)),
    ],
)
def test_flags_name_each_step(type_, answer, flags):
    assert decode(answer, type_, LIMITS).flags == flags


# --------------------------------------------------------------------- images

PICTURE = Image.from_pixels(np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3))
PATCH = PICTURE.crop(5, 2, 15, 8)
IMAGES = t.ListType(t.IMAGE)


@pytest.mark.parametrize(
    ("answer", "boxes"),
    [
        ([], []), ([(0, 0, 3, 2)], [(5, 2, 8, 4)]), ([[1, 1, 10, 6], (0, 0, 1, 1)], [(6, 3, 15, 8), (5, 2, 6, 3)]),
        (np.array([[1, 1, 4, 4]]), [(6, 3, 9, 6)]), (np.zeros((0, 4)), []),
        ([np.array([1.9, 1, 4.2, 4])], [(6, 3, 9, 6)]),
        ([(-5, -5, 99, 99)], [(5, 2, 15, 8)]), ([PATCH.crop(0, 0, 1, 1)], [(5, 2, 6, 3)]),
        ("[[0, 0, 3, 2]]", [(5, 2, 8, 4)]),
        ("[]", []), ([(np.int32(0), 0, 1, 1)], [(5, 2, 6, 3)]),
    ],
)
def test_boxes_are_parts_of_the_given_image(answer, boxes):
    value = decode(answer, IMAGES, LIMITS, {"name": "cat", "image": PATCH}).value
    assert [image.box for image in value] == boxes
    assert all(image.source is PICTURE.source for image in value)


@pytest.mark.parametrize(
    ("answer", "args"),
    [
        ([(0, 0, 0, 5)], {"image": PATCH}), ([(50, 50, 60, 60)], {"image": PATCH}), ([(0, 0, 1)], {"image": PATCH}),
        ([(0, 0, 1, float("nan"))], {"image": PATCH}), ([(0, 0, 1, True)], {"image": PATCH}), ([(0, 0, 1, 1)], {}),
        ([(0, 0, 1, 1)], {"a": PATCH, "b": PICTURE}), ([(0.1, 0.1, 0.9, 0.9)], {"image": PATCH}),
        (["cat"], {"image": PATCH}),
        ("a cat at (1, 1, 4, 4)", {"image": PATCH}), (None, {"image": PATCH}), ([None], {"image": PATCH}),
    ],
)
def test_boxes_that_are_none(answer, args):
    with pytest.raises(DecodeError):
        decode(answer, IMAGES, LIMITS, args)


def test_pictures_become_images():
    for answer in (PICTURE.pixels, pil.fromarray(PICTURE.pixels.copy()), PICTURE):
        assert decode(answer, t.IMAGE, LIMITS).value == PICTURE
    assert decode((0, 0, 4, 4), t.IMAGE, LIMITS, {"image": PICTURE}).value == PICTURE.crop(0, 0, 4, 4)
    with pytest.raises(DecodeError):
        decode(np.zeros((2, 2)) - 1, t.IMAGE, LIMITS)
    with pytest.raises(DecodeError):
        decode(PICTURE.pixels, t.IMAGE, Limits(image_pixels=10))


# -------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    ("type_", "answer"),
    [
        (t.STR, "x" * (LIMITS.string + 1)), (NUMBERS, [0] * (LIMITS.items + 1)),
        (NUMBERS, np.zeros(LIMITS.items + 1, int)),
        (t.INT, "answer:" * 3000), (t.INT, "answer:" + " " * 1_000_000 + "x"), (t.BOOL, "yes " * 200_000),
        (NAMES, "[" * 1_000_000),
 (t.BOOL, "```" * 300_000), (BOX, "{" * 1_000_000),
        (BOX, '{"a":' * 100_000),
        (LEVEL, "low " * 250_000), (t.INT, "1" * 1_000_000 + "x"), (t.INT, "1," * 500_000), (NAMES, ", " * 400_000),
        (t.FLOAT, "1 " * 500_000), (t.INT, "<think>" * 100_000), (BOX, "```json" + "a" * 1_000_000),
        (t.STR, "\x1b[31mred" + "\ud800"),
    ],
)
def test_enormous_answers_are_refused_quickly(type_, answer):
    with pytest.raises(DecodeError) as caught:
        decode(answer, type_, LIMITS)
    assert caught.value.message.isprintable() and len(caught.value.message) < 700


@given(st.text(max_size=60) | st.text("yesno truefalse 0123456789.,-[]{}\":\n", max_size=60),
       st.sampled_from([t.BOOL, t.INT, t.FLOAT, LEVEL, MAYBE, NAMES, NUMBERS, BOX, POINT, t.DictType(t.STR, t.INT),
       IMAGES]))
def test_any_text_gives_a_value_of_the_type_or_an_error(text, type_):
    try:
        assert fits(decode(text, type_, LIMITS).value, type_)
    except DecodeError as error:
        assert error.message.isprintable()


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3)


@given(st.recursive(ANY, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3),
                    max_leaves=6),
       st.sampled_from([t.BOOL, t.INT, t.FLOAT, t.STR, LEVEL, NAMES, BOX, POINT, t.DictType(t.STR, NUMBERS), IMAGES,
       t.NONE]))
def test_any_object_gives_a_value_of_the_type_or_an_error(answer, type_):
    try:
        assert fits(decode(answer, type_, LIMITS).value, type_)
    except DecodeError as error:
        assert error.message.isprintable()


words = st.text("abcdefgh xyz", min_size=1, max_size=8).map(str.strip).filter(bool)
CASES = st.one_of(
    st.tuples(st.just(t.BOOL), st.booleans()), st.tuples(st.just(t.INT), st.integers(-(2**200), 2**200)),
    st.tuples(st.just(t.FLOAT), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just(t.STR), words), st.tuples(st.just(LEVEL), st.sampled_from(LEVEL.values)),
    st.tuples(st.just(MAYBE), st.none() | st.integers(-5, 5)), st.tuples(st.just(NAMES), st.lists(words, max_size=4)),
    st.tuples(st.just(t.ListType(t.FLOAT)), st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3)),
    st.tuples(st.just(t.DictType(t.STR, t.BOOL)), st.dictionaries(words, st.booleans(), max_size=3)),
    st.tuples(st.just(BOX), st.builds(box, st.integers(-9, 9), st.none() | words.filter(lambda w: w != "na"))),
    st.tuples(st.just(POINT), st.tuples(st.integers(), st.integers(0, 5)).filter(lambda p: abs(p[0]) < 2**255)),
)
PLAIN = (t.BOOL, t.INT, t.FLOAT, t.STR, LEVEL)


@given(CASES)
def test_what_is_rendered_decodes_to_itself(case):
    type_, value = case
    written = [json.dumps(to_json(value))] if type_ not in PLAIN else [str(value), f" {value}\n", f"{value}."]
    if type_ == t.STR:
        written = written[:2]
    if type_ not in PLAIN:
        written.append(f"```json\n{written[0]}\n```")
    for text in written:
        made = decode(text, type_, LIMITS).value
        assert made == value and fits(made, type_)
    assert decode(value, type_, LIMITS).value == value


@given(st.text())
def test_a_quote_is_one_short_line(text):
    assert quoted(text).isprintable() and len(quoted(text)) < 250
