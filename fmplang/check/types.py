"""The types of FMP, as values that compare by structure."""

from __future__ import annotations

from typing import Literal

from fmplang.frozen import Frozen


class Type(Frozen):
    """Base of all types. `str(t)` is how a program spells it."""


class Prim(Type, eq=True):
    name: str

    def __str__(self) -> str:
        return self.name


BOOL, INT, FLOAT, STR, NONE = Prim("bool"), Prim("int"), Prim("float"), Prim("str"), Prim("None")
IMAGE, VIDEO, AUDIO = Prim("Image"), Prim("Video"), Prim("Audio")
ERROR = Prim("<error>")  # the type of an expression in error: fits everything, causes no more diagnostics
NEVER = Prim("<never>")  # the element type of an empty display before its first use


class ListType(Type, eq=True):
    item: Type

    def __str__(self) -> str:
        return f"list[{self.item}]"


class SetType(Type, eq=True):
    item: Type

    def __str__(self) -> str:
        return f"set[{self.item}]"


class DictType(Type, eq=True):
    key: Type
    value: Type

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.value}]"


class TupleType(Type, eq=True):
    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items)) or '()'}]"


class TupleOf(Type, eq=True):
    """A tuple of any length, as `tuple(xs)` gives. Inferred only: no annotation spells it."""

    item: Type

    def __str__(self) -> str:
        return f"tuple[{self.item}, ...]"


class OptionalType(Type, eq=True):
    """`inner | None`; `inner` is neither NONE nor optional."""

    inner: Type

    def __str__(self) -> str:
        return f"{self.inner} | None"


class LiteralType(Type, eq=True):
    """One of a closed set of strings, integers or booleans, in the order written.

    `spelled`: inferred from texts written out, not declared; kept in a list or dict it is a plain `str`.
    """

    values: tuple[str | int | bool, ...]
    spelled: bool = False

    def __str__(self) -> str:
        return f"Literal[{', '.join(map(repr, self.values))}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteralType) and self._keys == other._keys

    def __hash__(self) -> int:
        return hash(self._keys)

    @property
    def _keys(self) -> frozenset[tuple[type, str | int | bool]]:
        return frozenset((type(v), v) for v in self.values)


class RecordType(Type, eq=True):
    """A nominal record: `name` and the `module` it was declared in identify it."""

    name: str
    module: str
    fields: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordType) and (self.name, self.module) == (other.name, other.module)

    def __hash__(self) -> int:
        return hash((self.name, self.module))


class FunctionType(Type, eq=True):
    params: tuple[Type, ...]
    returns: Type

    def __str__(self) -> str:
        return f"Callable[[{', '.join(map(str, self.params))}], {self.returns}]"


class IterableType(Type, eq=True):
    """What `range`, `zip`, `d.items()` or a generator give: consumed where it stands, never stored.

    `kind` says what `len`, `reversed` and `next` may do with it; types that differ in it alone are equal.
    """

    item: Type
    kind: Literal["iterator", "range", "view"] = "iterator"

    def __str__(self) -> str:
        return f"Iterable[{self.item}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IterableType) and self.item == other.item

    def __hash__(self) -> int:
        return hash((IterableType, self.item))
