"""Inputs from the command line, from JSON and from Python: read by type, whole or not at all."""

from __future__ import annotations

import enum
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as pil

from fmplang.check import types as t
from fmplang.errors import FmpError, InputError, LimitError
from fmplang.limits import Limits
from fmplang.runtime.inputs import convert, from_python
from fmplang.runtime.values import Audio, Image, OrderedSet, RecordValue, Video, shape_of, to_json

LIMITS = Limits()
BOX = t.RecordType("Box", "", (("left", t.INT), ("label", t.OptionalType(t.STR))))
SCENE = t.RecordType("Scene", "", (("photo", t.IMAGE), ("boxes", t.ListType(BOX))))
LEVEL = t.LiteralType(("low", "high"))
RAMP = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def box(left, label=None):
    return RecordValue(shape_of(BOX), (left, label))


@pytest.fixture
def folder(tmp_path):
    pil.fromarray(RAMP).save(tmp_path / "photo.png")
    (tmp_path / "clip").mkdir()
    pil.fromarray(RAMP).save(tmp_path / "clip" / "1.png")
    (tmp_path / "notes.png").write_text("no picture")
    return tmp_path


# --------------------------------------------------------------- command line


@pytest.mark.parametrize(
    ("raw", "type_", "value"),
    [
        ("true", t.BOOL, True), ("Yes", t.BOOL, True), ("FALSE", t.BOOL, False), (" no ", t.BOOL, False),
        ("42", t.INT, 42), (" -7 ", t.INT, -7), ("1_000", t.INT, 1000), ("1.5", t.FLOAT, 1.5), ("2", t.FLOAT, 2.0),
        ("1e3", t.FLOAT, 1000.0), ("inf", t.FLOAT, float("inf")),
        ("", t.STR, ""), (" as it is ", t.STR, " as it is "), ("null", t.STR, "null"), ("5", t.STR, "5"),
        ('"q"', t.STR, '"q"'),
        ("low", LEVEL, "low"), ("2", t.LiteralType((1, 2)), 2), ("true", t.LiteralType((True,)), True),
        ("null", t.NONE, None),
        ("null", t.OptionalType(t.INT), None), ("", t.OptionalType(t.INT), None),
        ("None", t.OptionalType(t.FLOAT), None),
        ("3", t.OptionalType(t.INT), 3), ("null", t.OptionalType(t.STR), None), ("", t.OptionalType(t.STR), ""),
        ("none", t.OptionalType(t.STR), "none"), ("none", t.OptionalType(LEVEL), None),
        ("[1, 2]", t.ListType(t.INT), [1, 2]), ("[]", t.ListType(t.STR), []),
        ("[1, 2.5]", t.ListType(t.FLOAT), [1, 2.5]),
        ('["a", null]', t.ListType(t.OptionalType(t.STR)), ["a", None]),
        ("null", t.OptionalType(t.ListType(t.INT)), None),
        ('{"a": 1}', t.DictType(t.STR, t.INT), {"a": 1}), ('{"1": "a"}', t.DictType(t.INT, t.STR), {1: "a"}),
        ('[[[1, "a"], 2]]', t.DictType(t.TupleType((t.INT, t.STR)), t.INT), {(1, "a"): 2}),
        ('{"true": 1}', t.DictType(t.BOOL, t.INT), {True: 1}), ('{"low": 1}', t.DictType(LEVEL, t.INT), {"low": 1}),
        ("[2, 1, 2]", t.SetType(t.INT), OrderedSet([2, 1])), ('[1, "a"]', t.TupleType((t.INT, t.STR)), (1, "a")),
        ("[1, 2]", t.TupleOf(t.INT), (1, 2)),
        ('{"left": 3, "label": null}', BOX, box(3)), ('{"label": "a", "left": 3}', BOX, box(3, "a")),
        ('[{"left": 1, "label": "x"}]', t.ListType(BOX), [box(1, "x")]),
    ],
)
def test_text_is_read_by_its_type(raw, type_, value):
    made = convert(raw, type_, LIMITS)
    assert made == value and type(made) is type(value)


@pytest.mark.parametrize(
    ("raw", "type_", "says"),
    [
        ("1", t.BOOL, "expected bool, found '1'"), ("maybe", t.BOOL, "expected bool, found 'maybe'"),
        ("", t.BOOL, "found ''"),
        ("1.5", t.INT, "expected int, found '1.5'"), ("true", t.INT, "found 'true'"), ("", t.INT, "found ''"),
        ("one", t.FLOAT, "expected float"), ("mid", LEVEL, "expected Literal['low', 'high'], found 'mid'"),
        ("Low", LEVEL, "found 'Low'"), ("3", t.LiteralType((1, 2)), "found '3'"), ("x", t.NONE, "expected None"),
        ("1, 2", t.ListType(t.INT), "expected list[int] as JSON"), ("", t.ListType(t.INT), "as JSON"),
        ("[1, 2", t.ListType(t.INT), "as JSON"), ("{}", t.ListType(t.INT), "found a dict of 0"),
        ('[1, "a"]', t.ListType(t.INT), "value[1]: expected int, found 'a'"), ("[1.0]", t.ListType(t.INT), "value[0]"),
        ("[[1], [2, null]]", t.ListType(t.ListType(t.INT)), "value[1][1]: expected int, found None"),
        ("[1]", t.TupleType((t.INT, t.STR)), "expected tuple[int, str], found a list of 1"),
        ('{"a": 1, "a": 2}', t.DictType(t.STR, t.INT), "stands there twice"),
        ('{"1": 1, "01": 2}', t.DictType(t.INT, t.INT), "stands there twice"),
        ('{"x": 1}', t.DictType(t.INT, t.INT), "(the key): expected int, found 'x'"),
        ('{"a": {"b": "c"}}', t.DictType(t.STR, t.DictType(t.STR, t.INT)), "value['a']['b']"),
        ('{"left": 3}', BOX, "lacks label"), ('{"left": 3, "label": null, "top": 1}', BOX, "has no 'top'"),
        ('{"left": "a", "label": null}', BOX, "value.left: expected int"), ("[]", BOX, "expected Box"),
        ("[" * 100_000, t.ListType(t.INT), "nested too deep"), ('["\\ud800"]', t.ListType(t.STR), "lone surrogate"),
        ("[" + "9" * 5000 + "]", t.ListType(t.INT), "as JSON"), ("[[1]]", t.SetType(t.ListType(t.INT)), "expected set"),
        ("NaN", t.ListType(t.FLOAT), "found nan"), ("x" * 500, t.INT, "..."), ("9" * 5000, t.INT, "expected int"),
        ("[]", t.FunctionType((), t.INT), "expected Callable"),
    ],
)
def test_text_that_does_not_fit_names_the_input(raw, type_, says):
    with pytest.raises(InputError) as caught:
        convert(raw, type_, LIMITS, name="value")
    message = caught.value.message
    assert message.startswith("input value") and says in message
    assert caught.value.code == "FMP810" and caught.value.hint and caught.value.name == "value"
    assert len(message) < 300 and message.isprintable()


def test_media_come_from_paths(folder):
    image = convert("photo.png", t.IMAGE, LIMITS, folder, name="photo")
    assert np.array_equal(image.pixels, RAMP)
    assert convert(str(folder / "photo.png"), t.OptionalType(t.IMAGE), LIMITS) == image
    assert convert("clip", t.VIDEO, LIMITS, folder).num_frames == 1
    assert convert('["photo.png", "photo.png"]', t.ListType(t.IMAGE), LIMITS, folder) == [image, image]
    scene = convert('{"photo": "photo.png", "boxes": [{"left": 1, "label": "a"}]}', SCENE, LIMITS, folder)
    assert scene == RecordValue(shape_of(SCENE), (image, [box(1, "a")]))
    again = json.dumps(to_json(image.crop(1, 1, 3, 2)))
    assert convert(again, t.IMAGE, LIMITS, folder) == image.crop(1, 1, 3, 2)


@pytest.mark.parametrize(
    ("raw", "type_", "code", "says"),
    [
        ("missing.png", t.IMAGE, "FMP811", "there is no such file"), (".", t.IMAGE, "FMP811", "is a folder"),
        ("notes.png", t.IMAGE, "FMP812", "it is text"), ("", t.IMAGE, "FMP811", ""),
        ("missing.wav", t.AUDIO, "FMP811", "no such file"), ("photo.png", t.AUDIO, "FMP812", "not a WAV"),
        ("photo.png", t.VIDEO, "FMP812", "not a video"), (".", t.AUDIO, "FMP811", "folder"),
        ('{"$image": "photo.png", "box": [0, 0, 9, 9]}', t.IMAGE, "FMP810", "no part of the picture"),
        ('{"$image": "photo.png", "box": [0, 0, "a"]}', t.IMAGE, "FMP810", "no part of the picture"),
        ('{"image": "photo.png"}', t.IMAGE, "FMP810", "expected Image"),
        ('["photo.png", "missing.png"]', t.ListType(t.IMAGE), "FMP811", "input photo[1]: "),
    ],
)
def test_bad_media_name_the_input_and_the_file(folder, raw, type_, code, says):
    with pytest.raises(InputError) as caught:
        convert(raw, type_, LIMITS, folder, name="photo")
    assert caught.value.code == code
    assert caught.value.message.startswith("input photo") and says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("raw", "type_", "code", "limits"),
    [
        ("x" * 11, t.STR, "FMP609", Limits(string=10)),
        ('["%s"]' % ("x" * 11), t.ListType(t.STR), "FMP609", Limits(string=10)),
        ("[1, 2, 3]", t.ListType(t.INT), "FMP610", Limits(items=2)),
        ('{"a": 1}', t.DictType(t.STR, t.INT), "FMP610", Limits(items=0)),
        (str(2**256), t.INT, "FMP611", LIMITS), (f"[{2**256}]", t.ListType(t.FLOAT), "FMP611", LIMITS),
        ("photo.png", t.IMAGE, "FMP614", Limits(image_bytes=10)),
        ("photo.png", t.IMAGE, "FMP615", Limits(image_pixels=19)),
    ],
)
def test_limits_hold_at_the_door(folder, raw, type_, code, limits):
    with pytest.raises(LimitError) as caught:
        convert(raw, type_, limits, folder, name="n")
    assert caught.value.code == code and caught.value.message.startswith("input n") and caught.value.limit


def test_limits_allow_what_just_fits(folder):
    assert convert("x" * 10, t.STR, Limits(string=10)) == "x" * 10
    assert convert("[1, 2]", t.ListType(t.INT), Limits(items=2)) == [1, 2]
    assert convert(str(2**256 - 1), t.INT, LIMITS) == 2**256 - 1
    assert convert("photo.png", t.IMAGE, Limits(image_pixels=20), folder).size == (5, 4)


@given(st.text(max_size=40), st.sampled_from([t.BOOL, t.INT, t.FLOAT, t.ListType(t.INT), BOX, LEVEL, t.IMAGE,
t.AUDIO, t.VIDEO,
                                              t.OptionalType(t.DictType(t.STR, t.FLOAT))]))
def test_any_text_gives_a_value_or_one_of_our_errors(tmp_path_factory, raw, type_):
    try:
        convert(raw, type_, LIMITS, tmp_path_factory.getbasetemp() / "nowhere")
    except FmpError as error:
        assert error.hint and error.message.isprintable()


# --------------------------------------------------------------------- Python


class Level(enum.StrEnum):
    LOW = "low"


@pytest.mark.parametrize(
    ("obj", "type_", "value"),
    [
        (np.int64(3), t.INT, 3), (np.float32(0.5), t.FLOAT, 0.5), (np.bool_(True), t.BOOL, True),
        (np.str_("a"), t.STR, "a"),
        (np.array(3), t.INT, 3), (np.array([1, 2]), t.ListType(t.INT), [1, 2]),
        (np.array([1.5]), t.ListType(t.FLOAT), [1.5]),
        (np.array([[1, 2], [3, 4]]), t.ListType(t.ListType(t.INT)), [[1, 2], [3, 4]]),
        ((1, 2), t.ListType(t.INT), [1, 2]),
        ({1, 2}, t.SetType(t.INT), OrderedSet([1, 2])), ([1, 1], t.SetType(t.INT), OrderedSet([1])),
        ([1, "a"], t.TupleType((t.INT, t.STR)), (1, "a")), (Level.LOW, LEVEL, "low"), (True, t.INT, True),
        (3, t.FLOAT, 3),
        ({"left": 1, "label": None}, BOX, box(1)), (box(1), BOX, box(1)),
        ({1: "a"}, t.DictType(t.INT, t.STR), {1: "a"}),
        (None, t.OptionalType(BOX), None),
    ],
)
def test_python_objects_are_read_by_type(obj, type_, value):
    made = from_python(obj, type_, LIMITS)
    assert made == value and type(made) is type(value)


def test_not_a_number_has_a_name_in_json():
    made = from_python("nan", t.FLOAT, LIMITS)
    assert made != made


@pytest.mark.parametrize(
    ("obj", "type_"),
    [
        (1, t.STR), ("1", t.INT), (1.5, t.INT), (np.float64(1.0), t.INT), (None, t.INT), ("true", t.BOOL), (1, t.BOOL),
        ([1, "a"], t.ListType(t.INT)), ({1}, t.ListType(t.INT)), ("ab", t.ListType(t.STR)), (object(), t.STR),
        (b"a", t.STR), (np.array(["a"]), t.ListType(t.INT)), (object(), BOX), (object(), t.IMAGE), (3, t.AUDIO),
        ([], t.VIDEO),
        ([3], t.VIDEO), (1j, t.FLOAT), (np.complex64(1), t.FLOAT), ("medium", LEVEL),
        ([[1, 2, 3]], t.DictType(t.INT, t.INT)),
    ],
)
def test_python_objects_that_do_not_fit(obj, type_):
    with pytest.raises(InputError) as caught:
        from_python(obj, type_, LIMITS, name="x")
    assert caught.value.message.startswith("input x") and caught.value.hint


def test_pictures_in_all_their_forms(folder):
    expected = Image.from_pixels(RAMP)
    path = folder / "photo.png"
    for obj in (path, str(path), path.read_bytes(), bytearray(path.read_bytes()), RAMP, RAMP / 255.0,
    pil.fromarray(RAMP),
                expected, RAMP.astype(np.int32)):
        assert from_python(obj, t.IMAGE, LIMITS) == expected
    assert from_python(Path("photo.png"), t.IMAGE, LIMITS, folder) == expected
    assert from_python(RAMP[:, :, 0], t.IMAGE, LIMITS).pixels.shape == (4, 5, 3)
    video = from_python([RAMP, path, expected], t.VIDEO, LIMITS)
    assert isinstance(video, Video) and video.num_frames == 3 and from_python(video, t.VIDEO, LIMITS) is video
    audio = from_python((np.zeros(8), 4), t.AUDIO, LIMITS)
    assert isinstance(audio, Audio) and audio.duration == 2.0 and from_python(audio, t.AUDIO, LIMITS) is audio


def test_nothing_is_shared_with_the_host():
    mine = [[1], [2]]
    made = from_python(mine, t.ListType(t.ListType(t.INT)), LIMITS)
    mine[0].append(9)
    mine.append([3])
    assert made == [[1], [2]]


def test_a_truncated_picture_is_refused_at_the_door(folder):
    data = (folder / "photo.png").read_bytes()
    (folder / "half.png").write_bytes(data[: len(data) - 30])
    with pytest.raises(InputError) as caught:
        convert("half.png", t.IMAGE, LIMITS, folder, name="photo")
    assert caught.value.code == "FMP813"
    assert "input photo: " in caught.value.message and "half.png" in caught.value.message
