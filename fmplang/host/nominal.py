"""What a call of a neural function costs at most, told before there is any request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fmplang.check.typed import NeuralFunction, Site
from fmplang.check.types import (
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
from fmplang.errors import FmpError
from fmplang.host.decide import price_of
from fmplang.limits import Limits
from fmplang.runtime.requests import Request
from fmplang.runtime.values import OrderedSet, RecordValue, shape_of
from fmplang.syntax.source import Source, Span

if TYPE_CHECKING:
    from fmplang.backends.pool import Pool

SIDE = 256  # pixels of the example picture
TEXT = "an example of a text, about as long as the questions that programs ask"


def dearest_in(pool: Pool) -> Callable[[NeuralFunction], float]:
    """The highest price in the pool for an example request of a function; 0 where nobody tells one."""
    known: dict[NeuralFunction, float] = {}

    def dearest(function: NeuralFunction) -> float:
        if function not in known:
            known[function] = max((_price(backend, function) for backend in pool.having(function.capability)),
                                  default=0.0)
        return known[function]

    return dearest


def _price(backend: Any, function: NeuralFunction) -> float:
    site = Site(f"<example>/{function.name}", function, Span(0, 0), Source("", "<example>"))
    try:
        args = {p.name: p.default if p.has_default else example(p.type) for p in function.params}
        return price_of(backend, Request(site, args, (0,)))
    except FmpError:  # it prices real requests only: a policy then sees its costs on a smaller scale
        return 0.0


def example(type_: Type) -> Any:
    """A small value of a type; None for what has no example (a video, a function)."""
    if isinstance(type_, OptionalType):
        return example(type_.inner)
    if isinstance(type_, ListType):
        return [example(type_.item)]
    if isinstance(type_, SetType):
        return OrderedSet([example(type_.item)])
    if isinstance(type_, DictType):
        return {example(type_.key): example(type_.value)}
    if isinstance(type_, TupleType):
        return tuple(map(example, type_.items))
    if isinstance(type_, LiteralType):
        return type_.values[0]
    if isinstance(type_, RecordType):
        return RecordValue(shape_of(type_), tuple(example(field) for _, field in type_.fields))
    if type_ == IMAGE:
        import numpy as np

        from fmplang.runtime.image_files import image_from_array

        return image_from_array(np.full((SIDE, SIDE, 3), 127, dtype=np.uint8), Limits(), name="<example>")
    scalars: dict[Type, Any] = {BOOL: False, INT: 1, FLOAT: 1.0, STR: TEXT}
    return scalars.get(type_)
