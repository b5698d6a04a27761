"""The functions of `math`. Only those that give integers need a charge: a float can have 1,024 bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from fmplang.runtime.builtins.iteration import take

if TYPE_CHECKING:
    from fmplang.limits import Meter

PLAIN_MATH: dict[str, Callable[..., Any]] = {
    f"math.{name}": getattr(math, name)
    for name in (
        "acos", "asin", "atan", "atan2", "cos", "degrees", "exp", "fabs", "gcd", "hypot", "isclose", "isfinite",
        "isinf", "isnan", "log", "log10", "log2", "pow", "radians", "sin", "sqrt", "tan",
    )
}


def _whole(function: Callable[[Any], int]) -> Callable[..., int]:
    def whole(meter: Meter, x: float, /) -> int:
        made = function(x)
        if made.bit_length() > 64:
            meter.integer(made.bit_length())
        return made

    return whole


def _dist(meter: Meter, p: Iterable[float], q: Iterable[float], /) -> float:
    return math.dist(take(meter, p), take(meter, q))


def _with_meter(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda meter, *args, **keywords: function(*args, **keywords)


MATH: dict[str, Callable[..., Any]] = {
    **{name: _with_meter(function) for name, function in PLAIN_MATH.items()},
    "math.ceil": _whole(math.ceil),
    "math.floor": _whole(math.floor),
    "math.trunc": _whole(math.trunc),
    "math.dist": _dist,
}

MATH_CONSTANTS: dict[str, float] = {f"math.{name}": getattr(math, name) for name in ("e", "inf", "nan", "pi", "tau")}
