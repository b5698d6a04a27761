"""Example requests: what a call of a neural function looks like before there is any program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmplang.check.typed import NeuralFunction, Site
from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
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
from fmplang.runtime.requests import Request
from fmplang.runtime.values import OrderedSet, RecordValue, shape_of
from fmplang.syntax.source import Source, Span

SIDE = 256  # pixels of the example picture
RATE = 16_000  # samples of the example sound, which is one second long
TEXT = "an example of a text, about as long as the questions that programs ask"
# What specialists take, by the parameter's name; the first that a backend supports is used.
WORDS = {
    "name": ("face", "person", "dog"), "property": ("red", "large"), "question": ("What color is this?", TEXT),
    "statement": ("the picture is grey", TEXT),
}


def library_functions() -> dict[str, NeuralFunction]:
    """The first neural function of the standard library for each capability."""
    from fmplang.check.scope import module_exports
    from fmplang.check.session import Session
    from fmplang.resources import stdlib_modules

    session = Session(Source("", "<none>"), Limits())
    found: dict[str, NeuralFunction] = {}
    for module in stdlib_modules():
        for name in module_exports(module):
            entity = session.library_entity(module, name)
            if isinstance(entity, NeuralFunction):
                found.setdefault(entity.capability, entity)
    return found


def examples(function: NeuralFunction) -> Iterator[Request]:
    """Requests that differ in their words; at least one."""
    site = Site(f"<example>/{function.name}", function, Span(0, 0), Source("", "<example>"))
    rounds = max((len(WORDS.get(p.name, ())) for p in function.params if p.type == STR), default=1) or 1
    for turn in range(rounds):
        args: dict[str, Any] = {}
        for p in function.params:
            if p.type == STR:
                words = WORDS.get(p.name, (TEXT,))
                args[p.name] = words[min(turn, len(words) - 1)]
            else:
                args[p.name] = p.default if p.has_default else value_of(p.type)
        yield Request(site, args, (turn,))


def value_of(type_: Type) -> Any:
    """A small value of a type; None for what has no example (a video, a function)."""
    if isinstance(type_, OptionalType):
        return value_of(type_.inner)
    if isinstance(type_, ListType):
        return ["low", "high"] if type_.item == STR else [value_of(type_.item)]
    if isinstance(type_, SetType):
        return OrderedSet([value_of(type_.item)])
    if isinstance(type_, DictType):
        return {value_of(type_.key): value_of(type_.value)}
    if isinstance(type_, TupleType):
        return tuple(map(value_of, type_.items))
    if isinstance(type_, LiteralType):
        return type_.values[0]
    if isinstance(type_, RecordType):
        return RecordValue(shape_of(type_), tuple(value_of(field) for _, field in type_.fields))
    if type_ == IMAGE:
        import numpy as np

        from fmplang.runtime.values.image_files import image_from_array

        return image_from_array(np.full((SIDE, SIDE, 3), 127, dtype=np.uint8), Limits(), name="<example>")
    if type_ == AUDIO:
        import numpy as np

        from fmplang.runtime.values.audio import Audio

        return Audio(np.zeros(RATE, dtype=np.float32), RATE, name="<example>")
    scalars: dict[Type, Any] = {BOOL: False, INT: 1, FLOAT: 1.0, STR: TEXT}
    return scalars.get(type_)
