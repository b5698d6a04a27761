"""A stable name for what a program does: the hash of the trees that its entry reaches."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from fmplang.check.typed import FunctionInfo, NeuralFunction, TypedProgram
from fmplang.frozen import fields
from fmplang.syntax.ast import Function, Node, Record

VERSION = b"fmp-1"  # part of every digest: a change in what is hashed must not look like the same program
_SKIPPED = {"start", "end", "name_start", "comments"}


def program_digest(typed: TypedProgram) -> str:
    """32 hexadecimal digits. Places, comments and the docstrings of FMP functions do not count; prompts do."""
    state = blake2b(VERSION, digest_size=16)
    for word in _words(typed):
        state.update(word.encode("utf-8", "surrogatepass"))
        state.update(b"\0")
    return state.hexdigest()


def _words(typed: TypedProgram) -> Iterator[str]:
    neural: set[NeuralFunction] = set()
    yield typed.entry.name
    for function in sorted(typed.functions, key=_name):
        yield from ("function", function.module)
        yield from _tree(function.node)
        neural |= {call.target for call in function.calls if isinstance(call.target, NeuralFunction)}
    for asked in sorted(neural, key=_name):
        yield from ("neural", asked.module, asked.name, asked.capability, asked.prompt, str(asked.returns))
        for param in asked.params:
            yield from (param.name, str(param.type), repr(param.default) if param.has_default else "")
    for item in typed.module.items:
        if isinstance(item, Record):
            yield from _tree(item)
    for definition, _ in typed.constants:
        yield from ("constant", definition.name.id)
        yield from _tree(definition.value)


def _name(function: FunctionInfo | NeuralFunction) -> tuple[str, str]:
    return function.module, function.name


def _tree(value: Any) -> Iterator[str]:
    """The canonical tree as words, each part closed by a bracket of its own."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Node):
            yield f"({type(part).__name__}"
            skipped = _SKIPPED | {"doc"} if isinstance(part, Function) else _SKIPPED
            waiting.append(_CLOSE)
            names = [name for name in fields(type(part)) if name not in skipped]
            waiting += [getattr(part, name) for name in reversed(names)]
        elif isinstance(part, tuple):
            yield "["
            waiting.append(_CLOSE)
            waiting += reversed(part)
        elif part is _CLOSE:
            yield ")"
        else:
            yield f"{type(part).__name__} {part!r}"


_CLOSE: Any = object()
