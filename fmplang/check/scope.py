"""What names mean at module level: the user's own definitions, imports, builtins, then the library.

A module's definitions are declared when first looked up, so that of the library only what a program uses is
ever typed. The user's own module is declared as a whole, to report all that is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Union

from fmplang.check.builtins import FUNCTIONS
from fmplang.check.typed import FunctionInfo, NeuralFunction
from fmplang.check.types import RecordType, Type
from fmplang.frozen import Frozen
from fmplang.syntax import ast
from fmplang.syntax.source import Source

if TYPE_CHECKING:
    from fmplang.check.session import Session


class Builtin(Frozen, eq=True):
    name: str


class ConstantInfo(Frozen):
    """A module-level constant. `index` is its place among the program's constants."""

    name: str
    index: int
    type: Type
    node: ast.ConstantDef


class Broken:
    """A name whose definition is in error: whatever is done with it causes no more diagnostics."""


BROKEN = Broken()
Entity = Union[FunctionInfo, NeuralFunction, RecordType, ConstantInfo, Builtin, Broken]


class Library(Frozen):
    """One module of the standard library, parsed."""

    name: str
    source: Source
    tree: ast.Module


_DEFINITION = re.compile(r"^(?:def|class)[ \t]+([A-Za-z]\w*)", re.MULTILINE)


@cache
def exports() -> dict[str, str]:
    """The public names of the library, each with its module; the first module that has a name keeps it."""
    found: dict[str, str] = {}
    for module, text in _texts().items():
        for name in _DEFINITION.findall(text):
            found.setdefault(name, module)
    return found


@cache
def module_exports(module: str) -> frozenset[str]:
    return frozenset(_DEFINITION.findall(_texts()[module]))


ORDER = ("fmp.vision", "fmp.text", "fmp.video", "fmp.audio")


@cache
def _texts() -> dict[str, str]:
    from fmplang.resources import stdlib_modules

    paths = stdlib_modules()
    names = [n for n in ORDER if n in paths] + sorted(n for n in paths if n not in ORDER)
    return {name: paths[name].read_text(encoding="utf-8") for name in names}


def modules() -> tuple[str, ...]:
    return tuple(_texts())


@cache
def library(module: str) -> Library:
    from fmplang.syntax.parser import parse

    source = Source(_texts()[module], f"{module}")
    return Library(module, source, parse(source).module)


def definition(item: ast.Item) -> ast.Name | None:
    """The name that a top-level item defines."""
    if isinstance(item, (ast.Record, ast.Function, ast.Neural, ast.ConstantDef)):
        return item.name
    return None


class Scope:
    """The names of one module. `module` is "" for the user's own."""

    __slots__ = ("found", "imported", "items", "module", "session", "source", "tree")

    def __init__(self, session: Session, module: str, source: Source, tree: ast.Module) -> None:
        self.session = session
        self.module = module
        self.source = source
        self.tree = tree
        self.items: dict[str, ast.Item] = {}
        self.imported: dict[str, str] = {}
        self.found: dict[str, Entity] = {}
        for item in tree.items:
            name = definition(item)
            if name is not None:
                self.items.setdefault(name.id, item)
            elif isinstance(item, ast.Import):
                self.imported.update((n.id, item.module) for n in item.names)
            elif isinstance(item, ast.ErrorStmt):
                self.found.update((n, BROKEN) for n in item.names)

    def find(self, name: str) -> Entity | None:
        """What a name means here, or None."""
        entity = self.found.get(name)
        if entity is None:
            entity = self._find(name)
            if entity is not None:
                self.found[name] = entity
        return entity

    def _find(self, name: str) -> Entity | None:
        item = self.items.get(name)
        if item is not None:
            return self.session.declare(self, item)
        module = self.imported.get(name)
        if module is not None:
            return self.session.library_entity(module, name) or BROKEN
        if name in FUNCTIONS:
            return Builtin(name)
        module = exports().get(name)
        if module is not None and module != self.module:
            return self.session.library_entity(module, name)
        return None

    def functions(self, name: str) -> Entity | None:
        """What `x.name(...)` calls: a function of this module or the library, never a builtin function."""
        entity = self.find(name)
        return entity if isinstance(entity, (FunctionInfo, NeuralFunction, Broken)) else None

    def names(self) -> Iterator[str]:
        """All names that could have been meant."""
        yield from self.items
        yield from self.imported
        yield from FUNCTIONS
        yield "math"
        yield from (n for n in exports() if not n.startswith("_"))
