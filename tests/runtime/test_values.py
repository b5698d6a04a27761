"""The closed universe: sets against Python's, records, types, sizes, copies, JSON, digests, prompts."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.check import types as t
from fmplang.errors import InputError, LimitError
from fmplang.runtime.values import (
    Image,
    OrderedSet,
    RecordShape,
    RecordValue,
    checker,
    copy_in,
    copy_out,
    digest,
    fields_of,
    fits,
    from_json,
    largest,
    record,
    render_prompt,
    shape_of,
    text_size,
    to_json,
    tree_size,
    type_name,
)
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.video import Video, VideoSource

PICTURE = Image.from_pixels(np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3))
VIDEO = Video(VideoSource(lambda i: PICTURE, 2, 1.0, "<frames>"))
AUDIO = Audio(np.zeros(4, np.float32), 4)
BOX = t.RecordType("Box", "", (("left", t.INT), ("label", t.OptionalType(t.STR))))

# ----------------------------------------------------------------------- sets

items = st.integers(-4, 4)
sets = st.lists(items, max_size=7)


@given(sets, sets)
def test_operators_are_pythons_in_the_order_of_the_left_side(a, b):
    x, y = OrderedSet(a), OrderedSet(b)
    p, q = set(a), set(b)
    for ours, theirs in ((x | y, p | q), (x & y, p & q), (x - y, p - q), (x ^ y, p ^ q)):
        assert set(ours) == theirs and ours == theirs
        first = [i for i in dict.fromkeys(a) if i in theirs]
        assert list(ours) == first + [i for i in dict.fromkeys(b) if i in theirs and i not in first]
    assert [x <= y, x < y, x >= y, x > y, x == y, x != y] == [p <= q, p < q, p >= q, p > q, p == q, p != q]
    assert len(x) == len(p) and bool(x) == bool(p) and list(x) == list(dict.fromkeys(a))


@pytest.mark.parametrize(
    "name", ["union", "intersection", "difference", "update", "intersection_update", "difference_update"])
@given(sets, st.lists(sets, max_size=3))
def test_methods_of_many_are_pythons(name, a, others):
    x, p = OrderedSet(a), set(a)
    ours, theirs = getattr(x, name)(*others), getattr(p, name)(*others)
    assert ours == theirs and x == p


@pytest.mark.parametrize(
    "name", ["symmetric_difference", "symmetric_difference_update", "issubset", "issuperset", "isdisjoint"])
@given(sets, sets)
def test_methods_of_one_are_pythons(name, a, b):
    x, p = OrderedSet(a), set(a)
    assert getattr(x, name)(b) == getattr(p, name)(b) and x == p
    assert getattr(x, name)(OrderedSet(b)) == getattr(p, name)(set(b)) and x == p


@pytest.mark.parametrize("op", ["__ior__", "__iand__", "__isub__", "__ixor__"])
@given(sets, sets)
def test_operators_in_place_are_pythons(op, a, b):
    x, p = OrderedSet(a), set(a)
    assert getattr(x, op)(OrderedSet(b)) is x
    getattr(p, op)(set(b))
    assert x == p


@pytest.mark.parametrize("op", ["__ior__", "__iand__", "__isub__", "__ixor__"])
@given(sets)
def test_a_set_meets_itself(op, a):
    x, p = OrderedSet(a), set(a)
    getattr(x, op)(x)
    getattr(p, op)(p)
    assert x == p


def test_operators_take_sets_only():
    x = OrderedSet([1])
    for op in ("__or__", "__and__", "__sub__", "__xor__", "__ior__", "__iand__", "__isub__", "__ixor__", "__le__",
               "__lt__", "__ge__", "__gt__", "__eq__"):
        assert getattr(x, op)([1]) is NotImplemented
    assert x != [1] and x == {1} == frozenset([1]) and x != {1: 2}


def test_single_elements():
    x = OrderedSet([2, 1])
    x.add(3)
    x.add(2)
    x.discard(9)
    assert list(x) == [2, 1, 3] and 3 in x and 4 not in x
    x.remove(1)
    assert x.pop() == 3 and x.copy() == x and x.copy() is not x
    x.clear()
    assert repr(x) == "set()" and repr(OrderedSet(["a", 1])) == "{'a', 1}"
    with pytest.raises(KeyError):
        x.pop()
    with pytest.raises(KeyError):
        x.remove(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    with pytest.raises(TypeError, match="unhashable"):
        x.add([])
    with pytest.raises(RuntimeError, match="changed size"):
        grow(OrderedSet([1]))


def grow(x):
    for i in x:
        x.add(i + 1)


# -------------------------------------------------------------------- records


def test_a_record_is_read_by_name_and_by_index_and_never_changed():
    box = record(shape_of(BOX), {"left": 3, "label": None})
    assert (box.left, box.label, box.__values__[0]) == (3, None, 3)
    assert repr(box) == "Box(left=3, label=None)" and list(fields_of(box)) == [("left", 3), ("label", None)]
    for change in (lambda: setattr(box, "left", 4), lambda: setattr(box, "new", 4), lambda: delattr(box, "left"),
                   lambda: setattr(box, "__values__", ())):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(AttributeError, match="no field"):
        _ = box.right
    assert box == RecordValue(shape_of(BOX), (3, None)) and hash(box) == hash(RecordValue(shape_of(BOX), (3, None)))
    assert box != RecordValue(shape_of(BOX), (4, None)) and box != (3, None)
    assert box != RecordValue(RecordShape("Box", "fmp.vision", ("left", "label")), (3, None))
    assert {box: 1}[copy.copy(box)] == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(RecordValue(shape_of(BOX), ([], None)))
    with pytest.raises(KeyError):
        record(shape_of(BOX), {"left": 3})


def test_a_record_may_have_fields_named_like_anything():
    shape = RecordShape("R", "", ("values", "shape", "fields", "_values", "name"))
    assert RecordValue(shape, (1, 2, 3, 4, 5)).values == 1
    assert RecordValue(shape, (1, 2, 3, 4, 5))._values == 4


# ---------------------------------------------------------------------- types

FITS = [
    (t.NONE, [None], [0, False, ""]),
    (t.BOOL, [True, False], [1, 0, None, "true", np.bool_(True)]),
    (t.INT, [1, True, -(2**80)], [1.0, "1", None, np.int64(1)]),
    (t.FLOAT, [1.5, 1, True, float("nan")], ["1.5", None, 1j]),
    (t.STR, ["", "a"], [b"a", 1, None, ["a"]]),
    (t.IMAGE, [PICTURE], ["a.png", None, VIDEO]),
    (t.VIDEO, [VIDEO], [PICTURE]),
    (t.AUDIO, [AUDIO], [PICTURE]),
    (t.ListType(t.INT), [[], [1, 2]], [(1,), [1.0], ["a"], [None], None]),
    (t.ListType(t.ListType(t.FLOAT)), [[[1, 2.5], []]], [[1], [["a"]]]),
    (t.SetType(t.STR), [OrderedSet(), OrderedSet(["a"])], [{"a"}, ["a"], OrderedSet([1])]),
    (t.DictType(t.STR, t.INT), [{}, {"a": 1}], [{1: 1}, {"a": "b"}, []]),
    (t.TupleType((t.INT, t.STR)), [(1, "a")], [(1,), (1, "a", 2), ("a", 1), [1, "a"], ()]),
    (t.TupleType(()), [()], [(1,), []]),
    (t.TupleOf(t.INT), [(), (1, 2)], [("a",), [1]]),
    (t.OptionalType(t.INT), [None, 1], ["a", 1.0]),
    (t.LiteralType(("a", 1)), ["a", 1], ["b", True, 1.0, None, [], {}]),
    (t.LiteralType((True,)), [True], [1, False]),
    (BOX, [RecordValue(shape_of(BOX), (1, None))], [
        RecordValue(shape_of(BOX), ("a", None)), (1, None), {"left": 1, "label": None},
        RecordValue(RecordShape("Box", "other", ("left", "label")), (1, None)),
        RecordValue(RecordShape("Box", "", ("left", "right")), (1, None))]),
    (t.FunctionType((t.INT,), t.INT), [abs], [1]),
    (t.IterableType(t.INT), [[1], range(3), iter([1])], [1]),
    (t.ERROR, [1, None, "x"], []),
    (t.NEVER, [], [1, None]),
    (t.ListType(t.NEVER), [[]], [[1]]),
]


@pytest.mark.parametrize(("type_", "yes", "no"), FITS, ids=lambda case: str(case) if isinstance(case, t.Type) else "")
def test_what_fits_a_type(type_, yes, no):
    check = checker(type_)
    for value in yes:
        assert check(value) is True and fits(value, type_)
    for value in no:
        assert check(value) is False


def test_names_of_types():
    values = [None, True, 1, 1.5, "a", [], {}, (), OrderedSet(), PICTURE, VIDEO, AUDIO, abs]
    assert [type_name(v) for v in values] == [
        "None", "bool", "int", "float", "str", "list", "dict", "tuple", "set", "Image", "Video", "Audio", "function"]
    assert type_name(RecordValue(shape_of(BOX), (1, None))) == "Box"
    assert type_name(object()) == "object"


# ---------------------------------------------------------------- any value

leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=6)
hashable = st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.tuples(st.integers(0, 3), st.text(max_size=2))
PAIR = RecordShape("Pair", "", ("a", "b"))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(hashable, inner, max_size=3),
        st.lists(hashable, max_size=3).map(OrderedSet), st.tuples(inner, inner).map(lambda ab: RecordValue(PAIR, ab)),
    ), max_leaves=12,
)


@given(values)
def test_the_size_of_a_text_is_known_before_it_is_made(value):
    assert text_size(value) == len(repr(value))


@given(values)
def test_a_copy_is_equal_and_shares_nothing_that_changes(value):
    for made in (copy_in(value), copy_out(value)):
        assert made == value and repr(made) == repr(value)
        assert mutable_parts(made).isdisjoint(mutable_parts(value))


def mutable_parts(value):
    inner = [*value.keys(), *value.values()] if type(value) is dict else (
        value.__values__ if type(value) is RecordValue else value if type(value) in (list, tuple, OrderedSet) else [])
    found = set().union(*map(mutable_parts, inner))
    return found | {id(value)} if type(value) in (list, dict, OrderedSet) else found


@given(values)
def test_equal_values_of_equal_types_have_equal_digests(value):
    assert digest(value) == digest(copy_out(value))
    assert len(digest(value)) == 32


@given(values, values)
def test_different_values_have_different_digests(a, b):
    assert (digest(a) == digest(b)) == (repr(a) == repr(b))


def test_digests_tell_what_looks_alike_apart():
    alike = [1, 1.0, True, "1", [1], (1,), OrderedSet([1]), {1: None}, [[1]], [1, 1], "", [], (), {}, None, "None", 0.0,
             -0.0,
             ["a", "b"], ["ab"], [["a"], "b"], ["a", ["b"]], {"a": "b"}, PICTURE, PICTURE.crop(0, 0, 1, 1),
             RecordValue(PAIR, (1, 2)), RecordValue(RecordShape("Pair", "m", ("a", "b")), (1, 2)), "\ud800", VIDEO,
             AUDIO]
    assert len({digest(v) for v in alike}) == len(alike)
    with pytest.raises(TypeError, match="function"):
        digest(abs)


def test_digests_are_the_same_in_every_process():
    code = "from fmplang.runtime.values import digest, OrderedSet; print(digest([{'a': 1.5}, OrderedSet('xyz'), None]))"
    made = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."}).stdout.strip()
        for seed in ("1", "2")
    }
    assert made == {digest([{"a": 1.5}, OrderedSet("xyz"), None])}


def test_copies_keep_sharing_and_refuse_what_is_no_value():
    shared = [1]
    made = copy_out([shared, shared])
    assert made[0] is made[1] and made[0] is not shared

    class Text(str):
        pass

    class Number(int):
        pass

    class Real(float):
        pass

    plain = copy_in([Text("a"), Number(1), Real(2.0), {1}, frozenset([2]), abs])
    assert [type(v) for v in plain[:5]] == [str, int, float, OrderedSet, OrderedSet]
    for alien in (object(), b"bytes", 1j, [np.zeros(2)]):
        with pytest.raises(TypeError, match="no type of FMP"):
            copy_in(alien)


# ---------------------------------------------------------------------- sizes


def bush(depth):
    """2 ** depth leaves, 2 * depth objects."""
    value = (1,)
    for _ in range(depth):
        value = (value, value)
    return value


def test_shared_branches_are_counted_once_and_charged_each_time():
    assert tree_size(bush(60)) == 2**60 * 2 + 2**60 - 1
    assert text_size(bush(60)) > 2**60
    assert largest([1, "a", bush(3)]) == tree_size(bush(3))
    assert largest([]) == largest([1, 2.5, None]) == 1
    assert tree_size("a" * 640) == 11
    assert copy_out(bush(60)) is not None and digest(bush(60)) == digest(bush(60))
    with pytest.raises(LimitError) as caught:
        to_json(bush(60))
    assert caught.value.code == "FMP610"
    with pytest.raises(LimitError) as caught:
        render_prompt("{x}", {"x": bush(60)})
    assert caught.value.code == "FMP609"


def test_depth_has_an_end():
    deep = []
    for _ in range(300):
        deep = [deep]
    for work in (tree_size, text_size):
        with pytest.raises(LimitError) as caught:
            work(deep)
        assert caught.value.code == "FMP603"


# ----------------------------------------------------------------------- JSON

LABEL = t.LiteralType(("low", "high"))
keys = st.sampled_from([(t.STR, st.text(max_size=3)), (t.INT, st.integers(-3, 3)), (t.BOOL, st.booleans()),
                        (t.TupleType((t.INT, t.STR)), st.tuples(st.integers(0, 2), st.text(max_size=2)))])
scalars = st.sampled_from([
    (t.NONE, st.none()), (t.BOOL, st.booleans()), (t.INT, st.integers(-(2**80), 2**80)), (t.FLOAT, st.floats()),
    (t.STR, st.text(max_size=5)), (LABEL, st.sampled_from(["low", "high"])), (t.FLOAT, st.integers(-5, 5)),
])


def typed(inner):
    """Pairs of a type and a strategy for its values."""
    return st.one_of(
        inner.map(lambda p: (t.ListType(p[0]), st.lists(p[1], max_size=3))),
        inner.map(lambda p: (t.TupleOf(p[0]), st.lists(p[1], max_size=3).map(tuple))),
        inner.filter(lambda p: p[0] not in (t.NONE,) and not isinstance(p[0], t.OptionalType)).map(
            lambda p: (t.OptionalType(p[0]), st.none() | p[1])),
        keys.map(lambda p: (t.SetType(p[0]), st.lists(p[1], max_size=3).map(OrderedSet))),
        st.tuples(keys, inner).map(lambda kp: (
            t.DictType(kp[0][0], kp[1][0]), st.dictionaries(kp[0][1], kp[1][1], max_size=3))),
        st.tuples(inner, inner).map(lambda ab: (t.TupleType((ab[0][0], ab[1][0])), st.tuples(ab[0][1], ab[1][1]))),
        st.tuples(inner, inner).map(lambda ab: (
            t.RecordType("Pair", "", (("a", ab[0][0]), ("b", ab[1][0]))),
            st.tuples(ab[0][1], ab[1][1]).map(lambda v: RecordValue(PAIR, v)))),
    )


typed_values = st.recursive(scalars, typed, max_leaves=5).flatmap(lambda p: st.tuples(st.just(p[0]), p[1]))


@given(typed_values)
def test_json_there_and_back(case):
    type_, value = case
    assert fits(value, type_)
    text = json.dumps(to_json(value), allow_nan=False)
    back = from_json(json.loads(text), type_)
    assert fits(back, type_)
    assert repr(back) == repr(value)


@pytest.mark.parametrize(
    ("data", "type_", "where"),
    [
        (1, t.STR, "value"), ("a", t.INT, "value"), (True, t.STR, "value"), ([1, "a"], t.ListType(t.INT), "value[1]"),
        ({"a": {"b": 1}}, t.DictType(t.STR, t.DictType(t.STR, t.STR)), "value['a']['b']"),
        ([1], t.TupleType(()), "value"),
        ({"left": 1}, BOX, "value"), ({"left": 1, "label": 2}, BOX, "value.label"), ("mid", LABEL, "value"),
        ([[1]], t.DictType(t.INT, t.INT), "value"), ({"$image": "a.png"}, t.IMAGE, "value"),
        ("x" * 500, t.FLOAT, "value"),
        (None, t.INT, "value"), ({}, t.ListType(t.INT), "value"),
    ],
)
def test_json_that_does_not_fit_says_where(data, type_, where):
    with pytest.raises(InputError) as caught:
        from_json(data, type_)
    assert caught.value.message.startswith(f"{where}: expected ")
    assert len(caught.value.message) < 200


def test_media_go_by_reference():
    crop = PICTURE.crop(1, 0, 3, 2)
    reference = to_json([crop, VIDEO.trim(1), AUDIO.trim(0.5)])
    assert reference[0] == {"$image": "<array>", "digest": crop.source.digest, "box": [1, 0, 3, 2]}
    assert reference[1]["frames"] == [1, 2] and reference[2]["samples"] == [2, 4]
    json.dumps(reference)
    found = from_json(reference[0], t.IMAGE, lambda type_, data: PICTURE.crop(*data["box"]))
    assert found == crop
    with pytest.raises(TypeError, match="function"):
        to_json([abs])


# -------------------------------------------------------------------- prompts


@pytest.mark.parametrize(
    ("template", "args", "expected"),
    [
        ("Is {name} here?", {"name": "a dog"}, "Is a dog here?"),
        ("{{name}} {name}", {"name": 1}, "{name} 1"),
        ("{name}", {"name": "{other}", "other": 1}, "{other}"),
        ("{x.real} {x[0]} {x!r} {x:>9} {} {0}", {"x": 1}, "{x.real} {x[0]} {x!r} {x:>9} {} {0}"),
        ('{"json": {x}}', {"x": 1}, '{"json": 1}'),
        ("{unknown}", {}, "{unknown}"),
        ("{a} {b} {c}", {"a": True, "b": None, "c": 2.5}, "yes none 2.5"),
        ("{xs}", {"xs": ["cat", "dog"]}, "cat, dog"),
        ("{xs}", {"xs": ["a, b", "c"]}, "- a, b\n- c"),
        ("{xs}", {"xs": []}, "none"),
        ("{xs}", {"xs": [[1, 2], [None, False]]}, "- [1, 2]\n- [none, no]"),
        ("{d}", {"d": {"color": "red", "n": {"a": 1}}}, "color: red\nn: {a: 1}"),
        ("{r}", {"r": RecordValue(PAIR, (1, ("x",)))}, "a: 1\nb: [x]"),
        ("{i}{v}{a}{l}", {"i": PICTURE, "v": VIDEO, "a": AUDIO, "l": [PICTURE]}, "<image><video><audio><image>"),
        ("{s}", {"s": OrderedSet([2, 1])}, "2, 1"),
        ("{", {}, "{"), ("}", {}, "}"), ("", {}, ""),
    ],
)
def test_a_prompt(template, args, expected):
    assert render_prompt(template, args) == expected


def test_values_load_neither_arrays_nor_pictures():
    code = "import sys, fmplang.runtime.values, fmplang.runtime.builtins; print({'numpy', 'PIL'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
