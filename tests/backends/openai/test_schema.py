"""Any type that a function may return has a schema, and what a server says by it decodes to the value meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.decode import decode
from fmplang.backends.openai.schema import ANSWER, SIDES, from_json, kinds_in, schema, wrapped
from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.limits import Limits
from fmplang.runtime.values import OrderedSet, RecordValue, shape_of

LIMITS = Limits()
LABELS = ("red", "dark red", "blue", "n 1")

hashable = st.deferred(lambda: st.one_of(
    st.sampled_from([BOOL, INT, FLOAT, STR]), literals,
    st.lists(hashable, max_size=3).map(lambda t: TupleType(tuple(t)))))
literals = st.one_of(
    st.lists(st.sampled_from(LABELS), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(-3, 40), min_size=1, max_size=4, unique=True),
    st.just([True]), st.just([False, True]), st.just(["red", 7]),
).map(lambda values: LiteralType(tuple(values)))


def _record(types: list[Type]) -> RecordType:
    names = ["answer", "key", "item_1", "size"]  # the wrapper's own names among them
    return RecordType(f"R{len(types)}_{abs(hash(tuple(types)))}", "", tuple(zip(names, types, strict=False)))


types = st.recursive(
    st.one_of(st.sampled_from([BOOL, INT, FLOAT, STR]), literals),
    lambda inner: st.one_of(
        inner.map(ListType), hashable.map(SetType), st.tuples(hashable, inner).map(lambda p: DictType(*p)),
        st.lists(inner, max_size=3).map(lambda t: TupleType(tuple(t))),
        st.lists(inner, min_size=1, max_size=4).map(_record),
        inner.filter(lambda t: not isinstance(t, OptionalType)).map(OptionalType),
    ), max_leaves=6)

# A text that `decode` takes as it is: no blanks around it, and none that says there is no answer.
words = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc", "Cf"]), max_size=6).map(
    lambda text: f"x{text}x")


def values_of(type_: Type) -> st.SearchStrategy[Any]:
    if isinstance(type_, LiteralType):
        return st.sampled_from(type_.values)
    if isinstance(type_, OptionalType):
        return st.none() | values_of(type_.inner)
    if isinstance(type_, ListType):
        return st.lists(values_of(type_.item), max_size=3)
    if isinstance(type_, SetType):
        return st.lists(values_of(type_.item), max_size=3).map(OrderedSet)
    if isinstance(type_, DictType):
        return st.dictionaries(values_of(type_.key), values_of(type_.value), max_size=3)
    if isinstance(type_, TupleType):
        return st.tuples(*map(values_of, type_.items))
    if isinstance(type_, RecordType):
        return st.tuples(*(values_of(each) for _, each in type_.fields)).map(
            lambda found: RecordValue(shape_of(type_), found))
    return {BOOL: st.booleans(), INT: st.integers(-2**63, 2**63), STR: words,
            FLOAT: st.floats(allow_nan=False, allow_infinity=False)}[type_]


def written(value: Any, type_: Type) -> Any:
    """The value as a server writes it that keeps to the schema."""
    if isinstance(type_, OptionalType):
        return None if value is None else written(value, type_.inner)
    if isinstance(type_, (ListType, SetType)):
        return [written(item, type_.item) for item in value]
    if isinstance(type_, DictType):
        return [{"key": written(k, type_.key), "value": written(v, type_.value)} for k, v in value.items()]
    if isinstance(type_, TupleType):
        return {f"item_{i}": written(v, t) for i, (v, t) in enumerate(zip(value, type_.items, strict=True), 1)}
    if isinstance(type_, RecordType):
        return {n: written(v, t) for (n, t), v in zip(type_.fields, value.__values__, strict=True)}
    return value


KINDS: dict[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int,), "number": (int, float), "string": (str,),
                                      "null": (type(None),), "array": (list,), "object": (dict,)}


def valid(data: Any, rule: dict[str, Any]) -> bool:
    """Whether data keeps to a schema; only of the words that our schemas have."""
    assert rule.keys() <= {"type", "anyOf", "enum", "items", "properties", "required", "additionalProperties"}
    if "anyOf" in rule:
        return any(valid(data, each) for each in rule["anyOf"])
    if type(data) not in KINDS[rule["type"]]:
        return False
    if "enum" in rule:
        return any(data == each and type(data) is type(each) for each in rule["enum"])
    if rule["type"] == "array":
        return all(valid(item, rule["items"]) for item in data)
    if rule["type"] == "object":  # the strict form: all keys, and no other
        assert rule["required"] == list(rule["properties"]) and rule["additionalProperties"] is False
        inner = rule["properties"]
        return data.keys() == inner.keys() and all(valid(data[key], each) for key, each in inner.items())
    return True


@given(types.flatmap(lambda type_: st.tuples(st.just(type_), values_of(type_))))
def test_a_value_written_by_its_schema_decodes_to_itself(case: tuple[Type, Any]) -> None:
    type_, value = case
    said = {ANSWER: written(value, type_)}
    assert valid(said, json.loads(json.dumps(wrapped(type_))))
    found = json.loads(json.dumps(said))[ANSWER]
    back = decode(from_json(found, type_, lambda data: data), type_, LIMITS).value
    assert back == value and repr(back) == repr(value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["answer", "key", "value", "item_1", "size", "left"]), inner, max_size=3), max_leaves=6)


@given(types, anything)
def test_what_keeps_to_no_schema_is_left_for_decode(type_: Type, data: Any) -> None:
    from_json(data, type_, lambda box: box)


@pytest.mark.parametrize("type_", [AUDIO, ListType(AUDIO), RecordType("R", "", (("a", AUDIO),))])
def test_sounds_have_no_schema(type_: Type) -> None:
    assert kinds_in(type_) == {AUDIO}
    with pytest.raises(ValueError, match="Audio"):
        wrapped(type_)


def test_the_schema_of_each_kind() -> None:
    assert schema(NONE) == {"type": "null"}
    assert schema(LiteralType(("a", 1, True, "b"))) == {"anyOf": [
        {"type": "string", "enum": ["a", "b"]}, {"type": "integer", "enum": [1]}, {"type": "boolean", "enum": [True]}]}
    assert list(schema(IMAGE)["properties"]) == list(SIDES)
    assert schema(DictType(STR, INT)) == {"type": "array", "items": {
        "type": "object", "properties": {"key": {"type": "string"}, "value": {"type": "integer"}},
        "required": ["key", "value"], "additionalProperties": False}}


def test_two_entries_with_one_key_are_no_dict() -> None:
    twice = [{"key": "a", "value": 1}, {"key": "a", "value": 2}]
    assert from_json(twice, DictType(STR, INT), lambda data: data) is twice
