"""What builtin functions, methods and attributes do; their types stand in fmplang.check.builtins.

    FUNCTIONS[name](meter, *args, **keywords)                 "len", "math.floor", ...
    METHODS[kind][name](meter, receiver, *args, **keywords)   "str", "list", "dict", "set", "tuple", "Image", ...
    ATTRIBUTES[kind][name](receiver)
    MATH_CONSTANTS[name]
    PLAIN[name](*args, **keywords)                            those of FUNCTIONS that need no charge, without meter

They give what CPython gives and raise what it raises. Each charges before it does the work; where only the work
tells how large the result is, it works in pieces, or charges a bound first. Functions that are handed over
(`key=`) are plain callables here. `print` gives its text, and the interpreter writes it to the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fmplang.runtime.builtins.containers import DICT, LIST, SET, TUPLE, charge_sorting, ordered
from fmplang.runtime.builtins.iteration import build, compare_cost, count_of, metered, of_keys, take
from fmplang.runtime.builtins.numbers import MATH, MATH_CONSTANTS, PLAIN_MATH
from fmplang.runtime.builtins.texts import STR
from fmplang.runtime.formatting import text_of
from fmplang.runtime.values.images import Image, distance

if TYPE_CHECKING:
    from fmplang.limits import Meter
    from fmplang.runtime.values import OrderedSet
    from fmplang.runtime.values.audio import Audio
    from fmplang.runtime.values.video import Video

__all__ = ["ATTRIBUTES", "FUNCTIONS", "MATH_CONSTANTS", "METHODS", "PLAIN"]

_MISSING: Any = object()
_SMALL_BITS = 64

# ------------------------------------------------------------------- numbers


def _bounded(meter: Meter, number: int) -> int:
    """Charge an integer that came out of a float, a text or a sum."""
    bits = number.bit_length()
    if bits > _SMALL_BITS or bits > meter.integer_bits:
        meter.integer(bits)
    return number


def int_(meter: Meter, x: Any = 0, /, base: int = _MISSING) -> int:
    if type(x) is str:
        meter.work(len(x) >> 4)  # linear: in bases that are no powers of two Python stops at 4300 digits
    return _bounded(meter, int(x) if base is _MISSING else int(x, base))


def float_(meter: Meter, x: Any = 0.0, /) -> float:
    if type(x) is str:
        meter.work(len(x) >> 6)
    return float(x)


def round_(meter: Meter, number: float, ndigits: int | None = None) -> float:
    if ndigits is None:
        return _bounded(meter, round(number))
    if isinstance(number, int) and ndigits < 0 and -ndigits > number.bit_length():
        return 0  # Python would compute 10 ** -ndigits first
    made = round(number, ndigits)
    return _bounded(meter, made) if isinstance(made, int) else made


def sum_(meter: Meter, xs: Iterable[Any], /, start: Any = 0) -> Any:
    if type(start) is list:
        made = take(meter, start)  # Python makes a new list for every element; the result is the same
        for part in metered(meter, xs):
            if type(part) is not list:
                raise TypeError(f'can only concatenate list (not "{type(part).__name__}") to list')
            meter.items(len(made) + len(part))
            meter.work(len(made) + len(part) >> 4)
            made += part
        return made
    total = sum(_charged(meter, xs), start)
    return _bounded(meter, total) if type(total) is int else total


def _charged(meter: Meter, xs: Iterable[Any]) -> Iterable[Any]:
    """The same elements, a step charged for each."""
    count = count_of(xs)
    if count is None:
        return metered(meter, xs)
    meter.work(count)
    return xs


# ------------------------------------------------------------------- choosing


def min_(meter: Meter, *args: Any, key: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
    return _extreme(min, meter, args, key, default)


def max_(meter: Meter, *args: Any, key: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
    return _extreme(max, meter, args, key, default)


def _extreme(choose: Callable[..., Any], meter: Meter, args: tuple[Any, ...], key: Callable[[Any], Any] | None,
             default: Any) -> Any:
    xs = args[0] if len(args) == 1 else args
    if count_of(xs) is None:
        xs = take(meter, xs)
    if default is not _MISSING and not count_of(xs):
        return default
    if key is None:
        meter.work((count_of(xs) or 0) * compare_cost(meter, xs))
        return choose(xs)
    items = take(meter, xs)
    keys = [key(x) for x in items]
    meter.work(len(keys) * compare_cost(meter, keys))
    return items[choose(range(len(items)), key=keys.__getitem__)]


def sorted_(meter: Meter, xs: Iterable[Any], /, *, key: Callable[[Any], Any] | None = None,
            reverse: bool = False) -> list[Any]:
    made = take(meter, xs)
    if key is not None:
        return ordered(meter, made, key, reverse)
    charge_sorting(meter, made)
    made.sort(reverse=reverse)
    return made


def any_(meter: Meter, xs: Iterable[Any], /) -> bool:
    return any(_charged_lightly(meter, xs))


def all_(meter: Meter, xs: Iterable[Any], /) -> bool:
    return all(_charged_lightly(meter, xs))


def _charged_lightly(meter: Meter, xs: Iterable[Any]) -> Iterable[Any]:
    count = count_of(xs)
    if count is None:
        return metered(meter, xs)
    meter.work(count if type(xs) is range else count >> 3)
    return xs


# --------------------------------------------------------------- containers


def list_(meter: Meter, xs: Iterable[Any] = (), /) -> list[Any]:
    return take(meter, xs)


def tuple_(meter: Meter, xs: Iterable[Any] = (), /) -> tuple[Any, ...]:
    if type(xs) is tuple:
        return xs
    return tuple(take(meter, xs))


def set_(meter: Meter, xs: Iterable[Any] = (), /) -> OrderedSet:
    return of_keys(build(meter, xs))


def dict_(meter: Meter, xs: Any = (), /, **values: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    DICT["update"](meter, made, xs)
    if values:
        meter.items(len(values), 100)
        made.update(values)
    return made


# ------------------------------------------------------------- conversation


def print_(meter: Meter, *values: Any, sep: str = " ", end: str = "\n") -> str:
    """The text that `print` would write, without the line's end where that is the usual one."""
    parts = [text_of(meter, value) for value in values]
    end = "" if end == "\n" else end
    meter.text(sum(map(len, parts)) + len(sep) * max(0, len(parts) - 1) + len(end))
    return sep.join(parts) + end


def str_(meter: Meter, x: Any = "", /) -> str:
    return text_of(meter, x)


# Lazy ones hand elements on one by one; whoever consumes them is charged.


def map_(f: Callable[..., Any], *xs: Iterable[Any]) -> Iterator[Any]:
    return map(f, *xs)


def enumerate_(xs: Iterable[Any], start: int = 0) -> Iterator[tuple[int, Any]]:
    return enumerate(xs, start)


def next_(xs: Iterator[Any], default: Any, /) -> Any:
    return next(xs, default)


PLAIN: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "bool": bool,
    "distance": distance,
    "enumerate": enumerate_,
    "filter": filter,
    "len": len,
    "map": map_,
    "next": next_,
    "range": range,
    "reversed": reversed,
    "zip": zip,
    **PLAIN_MATH,
}


def _with_meter(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda meter, *args, **keywords: function(*args, **keywords)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _with_meter(function) for name, function in PLAIN.items()},
    "all": all_,
    "any": any_,
    "dict": dict_,
    "float": float_,
    "int": int_,
    "list": list_,
    "max": max_,
    "min": min_,
    "print": print_,
    "round": round_,
    "set": set_,
    "sorted": sorted_,
    "str": str_,
    "sum": sum_,
    "tuple": tuple_,
    **MATH,
}

# -------------------------------------------------------------------- media

_OBJECT = 200  # bytes of an image or the like that shares its pixels with another


def _crop(meter: Meter, image: Image, left: float, lower: float, right: float, upper: float) -> Image:
    meter.memory(_OBJECT)
    return image.crop(left, lower, right, upper)


def _overlaps_with(meter: Meter, image: Image, left: float, lower: float, right: float, upper: float) -> bool:
    return image.overlaps_with(left, lower, right, upper)


def _frame_from_index(meter: Meter, video: Video, index: int) -> Image:
    meter.memory(_OBJECT)
    return video.frame_from_index(index)


def _frame_iterator(meter: Meter, video: Video) -> Iterator[Image]:
    return video.frame_iterator()


def _trim_video(meter: Meter, video: Video, start: int | None = None, end: int | None = None) -> Video:
    meter.memory(_OBJECT)
    return video.trim(start, end)


def _trim_audio(meter: Meter, audio: Audio, start: float = 0.0, end: float | None = None) -> Audio:
    meter.memory(_OBJECT)
    return audio.trim(start, end)


METHODS: dict[str, dict[str, Callable[..., Any]]] = {
    "str": STR,
    "list": LIST,
    "dict": DICT,
    "set": SET,
    "tuple": TUPLE,
    "Image": {"crop": _crop, "overlaps_with": _overlaps_with},
    "Video": {"frame_from_index": _frame_from_index, "frame_iterator": _frame_iterator, "trim": _trim_video},
    "Audio": {"trim": _trim_audio},
}

ATTRIBUTES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "Image": {
        "left": lambda image: image.box[0],
        "lower": lambda image: image.box[1],
        "right": lambda image: image.box[2],
        "upper": lambda image: image.box[3],
        "width": lambda image: image.width,
        "height": lambda image: image.height,
        "horizontal_center": lambda image: image.horizontal_center,
        "vertical_center": lambda image: image.vertical_center,
    },
    "Video": {"num_frames": lambda video: video.num_frames, "duration": lambda video: video.duration},
    "Audio": {"duration": lambda audio: audio.duration, "sample_rate": lambda audio: audio.sample_rate},
}
