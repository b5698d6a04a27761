"""Annotations read as types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fmplang.check.holes import LARGEST, Clash, optional, spread
from fmplang.check.properties import hashable
from fmplang.check.relations import join
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.types import (
    AUDIO,
    BOOL,
    ERROR,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Prim,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.scope import Scope

SIMPLE: dict[str, Type] = {
    "bool": BOOL, "int": INT, "float": FLOAT, "str": STR, "None": NONE, "Image": IMAGE, "Video": VIDEO,
    "Audio": AUDIO, "ImagePatch": IMAGE, "VideoSegment": VIDEO,
}
GENERIC = {
    "list": "list", "List": "list", "dict": "dict", "Dict": "dict", "set": "set", "Set": "set", "tuple": "tuple",
    "Tuple": "tuple", "Optional": "Optional", "Union": "Union", "Literal": "Literal", "Callable": "Callable",
}
NAMES = frozenset(SIMPLE) | frozenset(GENERIC)
"""The names of types: no definition may take one."""

_INSTEAD = {
    "Any": "Every value has one type here: write the one that it has.",
    "object": "Every value has one type here: write the one that it has.",
    "Iterable": "Write `list[...]`: a function takes a whole list.",
    "Sequence": "Write `list[...]`.",
    "Iterator": "Write `list[...]`.",
    "Generator": "Write `list[...]`.",
    "Mapping": "Write `dict[...]`.",
    "ndarray": "Pictures are `Image`, arrays of numbers `list[float]`.",
    "string": "Write `str`.",
    "boolean": "Write `bool`.",
    "integer": "Write `int`.",
    "number": "Write `float`: it takes ints too.",
    "NoneType": "Write `None`.",
    "bytes": "There are no bytes; text is `str`.",
    "complex": "Write `float`.",
    "frozenset": "Write `set[...]`.",
    "array": "Write `list[...]`.",
}


class Reader:
    """Reads the annotations of one module. `callables` says whether function types may stand here."""

    __slots__ = ("callables", "scope")

    def __init__(self, scope: Scope, *, callables: bool = False) -> None:
        self.scope = scope
        self.callables = callables

    def whole(self, node: ast.Expr) -> Type:
        """The type of a whole annotation, which has no more parts than types may have."""
        kind = self.read(node)
        if kind.__class__ is not Prim and spread(kind):
            self.scope.session.error("FMP225", "this type has too many parts", self.scope.source, node.span,
                                     help=f"A type has {LARGEST:,} parts at most, those of its records included.")
            return ERROR
        return kind

    def read(self, node: ast.Expr) -> Type:
        rule = _RULES.get(type(node))
        if rule is None:
            return self._bad(node, "this is no type", "Write a type such as `str`, `list[Image]` or `int | None`.")
        return rule(self, node)

    def _bad(self, node: ast.Node, title: str, help: str) -> Type:
        self.scope.session.error("FMP207", title, self.scope.source, node.span, help=help)
        return ERROR

    def name(self, node: ast.Name) -> Type:
        return self._named(node, node.id)

    def _named(self, node: ast.Node, name: str) -> Type:
        simple = SIMPLE.get(name)
        if simple is not None:
            return simple
        generic = GENERIC.get(name)
        if generic is not None:
            return self._bad(node, f"`{name}` does not say of what", f"Write {_EXAMPLES[generic]}.")
        entity = self.scope.find(name) if name in self.scope.items or name in self.scope.imported else None
        entity = entity or self.scope.found.get(name)
        if isinstance(entity, RecordType):
            return entity
        session = self.scope.session
        if entity is not None:
            if type(entity).__name__ != "Broken":
                return self._bad(node, f"`{name}` is not a type", "Only types and records can annotate.")
            return ERROR
        entity = self.scope.find(name)
        if isinstance(entity, RecordType):
            return entity
        near = nearest(name, [*NAMES, *self._records()]) if session.may_suggest() else []
        session.error(
            "FMP108", f"no type is called `{name}`", self.scope.source, node.span,
            help=_INSTEAD.get(name) or spoken(near) or "Types are bool, int, float, str, Image, Video, Audio, list[T], "
            "dict[K, V], set[T], tuple[A, B], T | None, Literal[...] and records.",
            fixes=() if name in _INSTEAD else fixes(name, node.span, near),
        )
        return ERROR

    def _records(self) -> list[str]:
        return [name for name, item in self.scope.items.items() if isinstance(item, ast.Record)]

    def constant(self, node: ast.Constant) -> Type:
        value = node.value
        if value is None:
            return NONE
        if isinstance(value, str) and value.isidentifier():
            return self._named(node, value)  # Python's forward reference
        return self._bad(node, "a value stands where a type belongs", "A closed set of values is `Literal[...]`.")

    def attribute(self, node: ast.Attribute) -> Type:
        if isinstance(node.value, ast.Name) and node.value.id in ("typing", "t", "collections", "abc"):
            return self._named(node, node.name)
        return self._bad(node, "types have no dots in their names", _INSTEAD.get(node.name, "Write the name alone."))

    def binary(self, node: ast.Binary) -> Type:
        if any(op != "|" for op in node.ops):
            return self._bad(node, "this is no type", "Only `|` joins types, as in `int | None`.")
        return self._union(node, node.operands)

    def _union(self, node: ast.Node, members: tuple[ast.Expr, ...]) -> Type:
        kinds = [self.read(m) for m in members]
        made = kinds[0] if kinds else NONE
        for kind in kinds[1:]:
            if isinstance(made, FunctionType) or isinstance(kind, FunctionType):
                return self._bad(node, "a function parameter cannot be optional", "Pass a function, always.")
            made = join(made, kind)
            if isinstance(made, Clash):
                return self._bad(node, f"a value cannot be {made}",
                                 "A union is `T | None`. For more, declare a record with a field for each case.")
        return made

    def subscript(self, node: ast.Subscript) -> Type:
        head = node.value
        name = head.id if isinstance(head, ast.Name) else head.name if isinstance(head, ast.Attribute) else ""
        generic = GENERIC.get(name)
        if generic is None:
            kind = self.read(head)
            return kind if kind is ERROR else self._bad(node, f"`{name or 'this'}` takes no types in brackets",
                                                         f"Write `{kind}`.")
        index = node.index
        if isinstance(index, ast.Slice):
            return self._bad(node, "this is no type", f"Write {_EXAMPLES[generic]}.")
        items = index.items if isinstance(index, ast.TupleExpr) else (index,)
        return _GENERICS[generic](self, node, items)

    def _counted(self, node: ast.Subscript, items: tuple[ast.Expr, ...], name: str, count: int) -> list[Type] | None:
        if len(items) != count:
            self._bad(node, f"`{name}` takes {count} type{'s' if count > 1 else ''}, not {len(items)}",
                      f"Write {_EXAMPLES[name]}.")
            return None
        return [self._data(item) for item in items]

    def _data(self, node: ast.Expr) -> Type:
        """A type inside another: no function."""
        kind = self.read(node)
        if isinstance(kind, FunctionType):
            return self._bad(node, "functions cannot be stored", "Pass a function as an argument of its own.")
        return kind

    def of_list(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        kinds = self._counted(node, items, "list", 1)
        return ListType(kinds[0]) if kinds else ERROR

    def of_set(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        kinds = self._counted(node, items, "set", 1)
        if kinds and not hashable(kinds[0]):
            return self._unhashable(items[0], kinds[0], "in a set")
        return SetType(kinds[0]) if kinds else ERROR

    def of_dict(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        kinds = self._counted(node, items, "dict", 2)
        if kinds and not hashable(kinds[0]):
            return self._unhashable(items[0], kinds[0], "a key")
        return DictType(kinds[0], kinds[1]) if kinds else ERROR

    def _unhashable(self, node: ast.Node, kind: Type, what: str) -> Type:
        self.scope.session.error("FMP215", f"{kind} cannot be {what}", self.scope.source, node.span, found=str(kind),
                                 help="What can change cannot be looked up. Use a tuple.")
        return ERROR

    def of_tuple(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        if len(items) == 1 and isinstance(items[0], ast.TupleExpr) and not items[0].items:
            return TupleType(())
        return TupleType(tuple(self._data(item) for item in items))

    def of_optional(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        kinds = self._counted(node, items, "Optional", 1)
        return optional(kinds[0]) if kinds else ERROR

    def of_union(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        return self._union(node, items)

    def of_literal(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        values: list[str | int | bool] = []
        for item in items:
            value = item.value if isinstance(item, ast.Constant) else None
            if isinstance(item, ast.Unary) and isinstance(item.operand, ast.Constant) and item.op == "-":
                number = item.operand.value
                value = -number if type(number) is int else None
            if not isinstance(value, (str, int)):
                return self._bad(item, "`Literal` holds strings, whole numbers, True and False",
                                 "Write `Literal[...] | None` where None is possible.")
            if not any(type(v) is type(value) and v == value for v in values):
                values.append(value)
        if not values:
            return self._bad(node, "`Literal` holds no value", f"Write {_EXAMPLES['Literal']}.")
        if len({type(v) for v in values}) > 1:
            return self._bad(node, "the values of a `Literal` have one type", "Write all as strings.")
        return LiteralType(tuple(values))

    def of_callable(self, node: ast.Subscript, items: tuple[ast.Expr, ...]) -> Type:
        if len(items) != 2 or not isinstance(items[0], ast.ListExpr):
            return self._bad(node, "`Callable` takes a list of types and a result", f"Write {_EXAMPLES['Callable']}.")
        if not self.callables:
            return self._bad(node, "functions cannot be stored or returned",
                             "`Callable` annotates parameters of functions only.")
        return FunctionType(tuple(self._data(item) for item in items[0].items), self._data(items[1]))


_EXAMPLES = {
    "list": "`list[str]`", "dict": "`dict[str, int]`", "set": "`set[str]`", "tuple": "`tuple[int, str]`",
    "Optional": "`str | None`", "Union": "`str | None`", "Literal": '`Literal["low", "high"]`',
    "Callable": "`Callable[[Image], bool]`",
}
_RULES: dict[type, Callable[..., Type]] = {
    ast.Name: Reader.name,
    ast.Constant: Reader.constant,
    ast.Attribute: Reader.attribute,
    ast.Binary: Reader.binary,
    ast.Subscript: Reader.subscript,
}
_GENERICS: dict[str, Callable[..., Type]] = {
    "list": Reader.of_list, "set": Reader.of_set, "dict": Reader.of_dict, "tuple": Reader.of_tuple,
    "Optional": Reader.of_optional, "Union": Reader.of_union, "Literal": Reader.of_literal,
    "Callable": Reader.of_callable,
}
