"""Values from outside: checked against their type, charged, and copied so that nobody shares them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.types import FLOAT, INT, STR, LiteralType, OptionalType, Prim, Type
from fmplang.limits import Meter
from fmplang.runtime.builtins.iteration import ENTRY
from fmplang.runtime.compile.operators import checked
from fmplang.runtime.values import OrderedSet, RecordValue, checker, copy_in, tree_size

Adopt = Callable[[Meter, Any], Any]
_ONLY_FLOATS = {float}


class Misfit(Exception):
    """The value is not of the type."""


def adopter(type_: Type) -> Adopt:
    """A function that gives the program's own value for one from outside, or raises Misfit.

    Python's sets become the program's ordered ones; everything else must have the exact type. Raises LimitError
    where the value is larger than the run may hold.
    """
    fits = checker(type_)
    inner = type_.inner if isinstance(type_, OptionalType) else type_
    if isinstance(inner, LiteralType) or (isinstance(inner, Prim) and inner not in (STR, INT, FLOAT)):

        def adopt_whole(meter: Meter, value: Any) -> Any:
            if not fits(value):
                raise Misfit
            return value

        return adopt_whole
    if inner in (STR, INT, FLOAT):

        def adopt_scalar(meter: Meter, value: Any) -> Any:
            if not fits(value):
                raise Misfit
            if type(value) is str:
                meter.text(len(value))
                return value
            return checked(meter, value)

        return adopt_scalar

    def adopt(meter: Meter, value: Any) -> Any:
        meter.work(tree_size(value) >> 2)
        try:
            own = copy_in(value)
        except (TypeError, RecursionError):
            raise Misfit from None
        if not fits(own):
            raise Misfit
        charge(meter, own)
        return own

    return adopt


def charge(meter: Meter, value: Any) -> None:
    """Charge a whole value."""
    kind = type(value)
    if kind is str:
        meter.text(len(value))
    elif kind is list or kind is tuple:
        meter.items(len(value))
        if set(map(type, value)) != _ONLY_FLOATS:  # which cost nothing each
            for item in value:
                charge(meter, item)
    elif kind is OrderedSet:
        meter.items(len(value), ENTRY)
        for item in value:
            charge(meter, item)
    elif kind is dict:
        meter.items(len(value), ENTRY)
        for key, item in value.items():
            charge(meter, key)
            charge(meter, item)
    elif kind is RecordValue:
        meter.items(len(value.__values__))
        for item in value.__values__:
            charge(meter, item)
    else:
        checked(meter, value)
