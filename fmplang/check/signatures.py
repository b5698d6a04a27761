"""Signatures of builtins: the text of fmplang.check.builtins, read when a program first uses a name."""

from __future__ import annotations

import re
from functools import cache

from fmplang.check import builtins
from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    Prim,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.frozen import Frozen

ANY = Prim("Any")  # any value that can be stored
SIZED = Prim("Sized")


class Var(Type, eq=True):
    """A type variable of a builtin's signature. H is hashable, O ordered."""

    name: str

    def __str__(self) -> str:
        return self.name


class SequenceOf(Type, eq=True):
    """What `reversed` takes."""

    item: Type

    def __str__(self) -> str:
        return f"Sequence[{self.item}]"


class SigParam(Frozen):
    name: str
    type: Type
    required: bool = True


class Signature(Frozen):
    """One overload.

    `positional` may be given by position, `by_name` by keyword (a parameter may be in both); `star` and
    `starstar` take the rest. `text` is the declaration as messages show it.
    """

    name: str
    positional: tuple[SigParam, ...]
    by_name: dict[str, SigParam]
    star: SigParam | None
    starstar: SigParam | None
    returns: Type
    text: str
    least: int  # positional parameters without a default that cannot come by name
    required: tuple[str, ...]  # names that must come, by position or by name

    def takes(self, count: int, names: tuple[str, ...]) -> bool:
        """Whether `count` positional and these named arguments have the right shape."""
        if count > len(self.positional) and self.star is None:
            return False
        if count < self.least:
            return False
        for name in names:
            if name not in self.by_name:
                if self.starstar is None:
                    return False
            elif any(p.name == name for p in self.positional[:count]):
                return False
        return all(
            name in names or any(p.name == name for p in self.positional[:count]) for name in self.required
        )


_TOKEN = re.compile(r'\s*(->|\*\*|\.\.\.|"[^"]*"|-?[\d][\w.]*(?:-\d+)?|\w+|[^\s\w])')
_PRIMS: dict[str, Type] = {
    "bool": BOOL, "int": INT, "float": FLOAT, "str": STR, "None": NONE, "Image": IMAGE, "Video": VIDEO,
    "Audio": AUDIO, "Any": ANY, "Sized": SIZED,
}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def next(self) -> str:
        self.at += 1
        token: str = self.tokens[self.at - 1]
        return token

    def take(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def type(self) -> Type:
        made = self._one()
        if self.take("|"):
            self.next()  # None
            return OptionalType(made)
        return made

    def _one(self) -> Type:
        name = self.next()
        if name in _PRIMS:
            return _PRIMS[name]
        if len(name) == 1:
            return Var(name)
        if name == "Range":
            return IterableType(INT, "range")
        self.next()  # [
        if name == "Callable":
            self.next()
            params = self._types("]")
            self.next()  # ,
            made: Type = FunctionType(params, self.type())
            self.next()
            return made
        if name == "tuple":
            if self.take("("):
                self.at += 2
                return TupleType(())
            items = self._types("]")
            return TupleOf(items[0]) if items and items[-1] is NONE else TupleType(items)
        items = self._types("]")
        if name == "dict":
            return DictType(items[0], items[1])
        if name == "View":
            return IterableType(items[0], "view")
        kinds = {
            "list": ListType, "set": SetType, "Iterable": IterableType, "Iterator": IterableType,
            "Sequence": SequenceOf,
        }
        return kinds[name](items[0])

    def _types(self, end: str) -> tuple[Type, ...]:
        items: list[Type] = []
        while not self.take(end):
            items.append(NONE if self.take("...") else self.type())
            self.take(",")
        return tuple(items)

    def signature(self) -> Signature:
        name = self.next()
        self.next()  # (
        positional: list[SigParam] = []
        names: dict[str, SigParam] = {}
        only_position = 0
        only_name = False
        star = starstar = None
        while not self.take(")"):
            if self.take("/"):
                only_position = len(positional)
                for p in positional:
                    names.pop(p.name, None)
            elif self.take("**"):
                starstar = self._param()
            elif self.take("*"):
                only_name = True
                if self.tokens[self.at] != ",":
                    star = self._param()
            else:
                p = self._param()
                names[p.name] = p
                if not only_name:
                    positional.append(p)
            self.take(",")
        self.next()  # ->
        return Signature(
            name, tuple(positional), names, star, starstar, self.type(), self.text,
            least=sum(p.required for p in positional[:only_position]),
            required=tuple(p.name for p in names.values() if p.required),
        )

    def _param(self) -> SigParam:
        name = self.next()
        self.next()  # :
        kind = self.type()
        if self.take("="):
            self.next()
            return SigParam(name, kind, required=False)
        return SigParam(name, kind)


@cache
def function(name: str) -> tuple[Signature, ...]:
    """The overloads of a builtin function, `math`'s included."""
    texts = builtins.FUNCTIONS.get(name) or builtins.MATH[name]
    return tuple(_Reader(text).signature() for text in texts)


@cache
def method(kind: str, name: str) -> tuple[Signature, ...]:
    return tuple(_Reader(text).signature() for text in builtins.METHODS[kind][name])


@cache
def attribute(kind: str, name: str) -> Type | None:
    text = builtins.ATTRIBUTES.get(kind, {}).get(name)
    return _PRIMS[text] if text else None
