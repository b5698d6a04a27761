"""What the compiler knows while it turns one function into closures.

The tree of a function becomes nested Python closures, once per program. A pure node becomes `f(frame)`, which
gives the value; a neural node becomes a generator function `g(frame)`, which hands out requests and returns
the value. Pure closures never contain neural ones, so pure code pays nothing for the coroutine.

Errors are placed without any cost where none happens: a closure that can fail has the place of its node as the
default of its last parameter, named `at`. When an exception arrives at the top, the innermost frame of its
traceback that has an `at` says where the program was (see faults.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.check.typed import FunctionInfo, Global, Local, TypedProgram
from fmplang.check.types import LiteralType, OptionalType, Prim, Type
from fmplang.runtime.frames import LOCALS, Neural, Pure
from fmplang.syntax import ast
from fmplang.syntax.source import Source

if TYPE_CHECKING:
    from fmplang.runtime.compile.code import Code, Library


class Place(NamedTuple):
    """Where a closure's node stands."""

    node: ast.Node
    source: Source


class Shape(NamedTuple):
    """An operand that needs no closure of its own: it has no effect and cannot change while its neighbours run.

    kind "local": frame[a]; "const": the value a; "field": frame[a].__values__[b], which cannot fail;
    "item": frame[a][b] with a constant b, which can.
    """

    kind: str
    a: Any
    b: Any = None


class Context:
    """One function being compiled.

    `size` is how long its frames must be. `held` maps nodes that were computed before to the slot that holds
    their value: they compile to a load. `weight` counts the nodes seen, for the static part of the charge.
    """

    def __init__(self, library: Library, info: FunctionInfo | None, source: Source, traced: bool) -> None:
        self.library = library
        self.typed: TypedProgram = library.typed
        self.info = info
        self.source = source
        self.traced = traced
        self.size = LOCALS + (info.slots if info else 0)
        self.held: dict[ast.Node, int] = {}
        self.weight = 0
        self.callees: list[Code] = []
        self.depth = 0
        self.deepest = 0  # how deep closures nest in each other: what a call needs of Python's own stack

    # ------------------------------------------------------------- compiling

    def expr(self, node: ast.Node) -> Pure:
        """A closure for a pure expression, or for one whose neural parts are held."""
        self.weight += 1
        if node in self.held:
            slot = self.held[node]
            return lambda frame: frame[slot]
        made: Pure = self._nested(self.library.pure[type(node)], node)
        return made

    def neural(self, node: ast.Node) -> Neural:
        """A generator function for a neural expression or statement."""
        self.weight += 1
        made: Neural = self._nested(self.library.neural[type(node)], node)
        return made

    def statement(self, node: ast.Stmt) -> Pure:
        made: Pure = self._nested(self.library.statements[type(node)], node)
        return self.library.mark(self, node, made) if self.traced else made

    def _nested(self, compile: Callable[[Context, Any], Any], node: ast.Node) -> Any:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        made = compile(self, node)
        self.depth -= 1
        return made

    def is_neural(self, node: ast.Node) -> bool:
        """Whether evaluating the node may ask. A function value does not: calling it may."""
        return node in self.typed.neural and node not in self.held and not isinstance(node, (ast.Lambda, ast.Name))

    def code(self, function: FunctionInfo) -> Code:
        """The code of a function that this one calls."""
        made = self.library.code(function)
        self.callees.append(made)
        return made

    # ------------------------------------------------------------- asking

    def at(self, node: ast.Node) -> Place:
        return Place(node, self.source)

    def type(self, node: ast.Node) -> Type | None:
        return self.typed.types.get(node)

    def slot(self, slot: int) -> int:
        """The place of the checker's slot in the frame."""
        if slot + LOCALS >= self.size:
            self.size = slot + LOCALS + 1
        return slot + LOCALS

    def target(self, node: ast.Name) -> int:
        """The place in the frame of an assigned or bound name."""
        return self.slot(self.typed.targets[node])

    def temporary(self) -> int:
        self.size += 1
        return self.size - 1

    @contextmanager
    def holding(self, held: dict[ast.Node, int]) -> Iterator[None]:
        """Inside, the given nodes compile to loads of their slots."""
        before = self.held
        self.held = {**before, **held}
        try:
            yield
        finally:
            self.held = before

    def local(self, node: ast.Node) -> int | None:
        """The slot of a local variable or a held value, else None."""
        if node in self.held:
            return self.held[node]
        if isinstance(node, ast.Name):
            found = self.typed.names.get(node)
            if isinstance(found, Local):
                return self.slot(found.slot)
        return None

    def constant(self, node: ast.Node) -> tuple[Any] | None:
        """The value of a literal, in a tuple of one; None where it is none."""
        if isinstance(node, ast.Name):
            found = self.typed.names.get(node)
            if isinstance(found, Global):
                return self.constant(self.typed.constants[found.index][0].value)
        if isinstance(node, ast.Constant):
            return (node.value,)
        if isinstance(node, ast.Unary) and node.op == "-" and isinstance(node.operand, ast.Constant):
            value = node.operand.value
            if type(value) is int or type(value) is float:
                return (-value,)
        return None

    def shape(self, node: ast.Node) -> Shape | None:
        slot = self.local(node)
        if slot is not None:
            return Shape("local", slot)
        constant = self.constant(node)
        if constant is not None:
            return Shape("const", constant[0])
        if isinstance(node, ast.Attribute) and self.typed.attributes.get(node) == "field":
            slot = self.local(node.value)
            if slot is not None:
                return Shape("field", slot, self.field(node))
        if isinstance(node, ast.Subscript) and not isinstance(node.index, ast.Slice):
            slot, constant = self.local(node.value), self.constant(node.index)
            if slot is not None and constant is not None:
                return Shape("item", slot, constant[0])
        return None

    def field(self, node: ast.Attribute) -> int:
        """The index of the field that an attribute reads."""
        record = self.type(node.value)
        names = [name for name, _ in record.fields]  # type: ignore[union-attr]
        return names.index(node.name)

    def kind(self, node: ast.Node) -> str:
        return kind(self.type(node))


def kind(type: Type | None) -> str:
    """What the operators need to know of a type.

    "int" (bool too), "float" (which may hold an int, as in Python's typing), "str", "none", "list", "tuple", "dict",
    "set", "iterable", "record", "media" (compared by identity), "?" (anything else: nothing is assumed).
    """
    if isinstance(type, Prim):
        return _PRIMS.get(type.name, "?")
    if isinstance(type, LiteralType):
        kinds = {"str" if isinstance(v, str) else "int" for v in type.values}
        return kinds.pop() if len(kinds) == 1 else "?"
    return _KINDS.get(type.__class__.__name__, "?")


_PRIMS = {
    "bool": "int", "int": "int", "float": "float", "str": "str", "None": "none",
    "Image": "media", "Video": "media", "Audio": "media",
}
_KINDS = {
    "ListType": "list", "TupleType": "tuple", "TupleOf": "tuple", "DictType": "dict", "SetType": "set",
    "IterableType": "iterable", "RecordType": "record",
}


def scalar(type: Type | None) -> bool:
    """Whether values of the type hold no other values: comparing two of them is one step."""
    if isinstance(type, OptionalType):
        return scalar(type.inner)
    return isinstance(type, LiteralType) or (isinstance(type, Prim) and type.name in _PRIMS)
