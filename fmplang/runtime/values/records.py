"""Records at run time: immutable, compared by fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fmplang.check.types import RecordType


class RecordShape:
    """What all records of one declaration share. Build it once per declaration: `shape_of(record_type)`."""

    __slots__ = ("fields", "index", "module", "name")

    def __init__(self, name: str, module: str, fields: tuple[str, ...]) -> None:
        self.name = name
        self.module = module
        self.fields = fields
        self.index = {field: i for i, field in enumerate(fields)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RecordShape):
            return NotImplemented
        return (self.name, self.module, self.fields) == (other.name, other.module, other.fields)

    def __hash__(self) -> int:
        return hash((self.name, self.module, self.fields))


def shape_of(record: RecordType) -> RecordShape:
    return RecordShape(record.name, record.module, tuple(name for name, _ in record.fields))


class RecordValue:
    """A record: `values[i]` is the value of the i-th declared field.

    The interpreter reads `record.__values__[i]`; a host may write `record.name`. The two slots have dunder
    names because no field of a program can have one. Hashing a record with a list inside raises TypeError, as
    a tuple would.
    """

    __slots__ = ("__shape__", "__values__")

    __shape__: RecordShape
    __values__: tuple[Any, ...]

    def __init__(self, shape: RecordShape, values: tuple[Any, ...]) -> None:
        _set_shape(self, shape)
        _set_values(self, values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # also an unset slot, which would ask here again
            raise AttributeError(name)
        index = self.__shape__.index.get(name)
        if index is None:
            raise AttributeError(f"{self.__shape__.name} has no field {name!r}")
        return self.__values__[index]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a record cannot be changed; build a new {self.__shape__.name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a record cannot be changed; build a new {self.__shape__.name}")

    def __reduce__(self) -> Any:  # for copy.copy and copy.deepcopy, which would set the slots
        return RecordValue, (self.__shape__, self.__values__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RecordValue):
            return NotImplemented
        mine, theirs = self.__shape__, other.__shape__
        return (mine is theirs or mine == theirs) and self.__values__ == other.__values__

    def __hash__(self) -> int:
        return hash((self.__shape__.name, self.__values__))

    def __repr__(self) -> str:
        shape = self.__shape__
        return f"{shape.name}({', '.join(f'{f}={v!r}' for f, v in zip(shape.fields, self.__values__, strict=True))})"


_set_shape = RecordValue.__dict__["__shape__"].__set__
_set_values = RecordValue.__dict__["__values__"].__set__


def fields_of(record: RecordValue) -> Iterator[tuple[str, Any]]:
    """The fields in declared order, as (name, value)."""
    return zip(record.__shape__.fields, record.__values__, strict=True)


def record(shape: RecordShape, values: Mapping[str, Any]) -> RecordValue:
    """A record from values by field name; KeyError where one is missing."""
    return RecordValue(shape, tuple(values[name] for name in shape.fields))
