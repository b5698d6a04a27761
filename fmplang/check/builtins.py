"""What is in scope without being declared: functions, methods, attributes and `math`, with their types.

Signatures are text, read when a program first uses the name (fmplang.check.signatures). The implementations and
their charges live in fmplang.runtime under the same names; a test holds that both sides have the same.

In a signature:

    T, K, V, A, B, C, D      a type, found from the arguments; for methods T, K and V are the receiver's
    H                        the same, and hashable
    O                        the same, and ordered: int, float, bool, str, and tuples and lists of such
    Any                      any value that can be stored
    Sized                    what `len` takes
    Sequence[T]              what `reversed` takes: list, str, tuple, dict, range
    Iterable[T]              what `for` takes
    Iterator[T] Range View[T]  Iterables that say where they come from; no value of a program, never stored
    tuple[T, ...]            a tuple of any length

Several signatures are overloads: the first that the arguments fit is taken. `int` fits `float` and `bool` fits
`int`, so `abs(x: int)` stands before `abs(x: float)`.
"""

from __future__ import annotations

FUNCTIONS: dict[str, tuple[str, ...]] = {
    "abs": ("abs(x: int, /) -> int", "abs(x: float, /) -> float"),
    "all": ("all(xs: Iterable[Any], /) -> bool",),
    "any": ("any(xs: Iterable[Any], /) -> bool",),
    "bool": ("bool(x: Any = False, /) -> bool",),
    "dict": (
        "dict() -> dict[H, V]",
        "dict(d: dict[H, V], /) -> dict[H, V]",
        "dict(pairs: Iterable[tuple[H, V]], /) -> dict[H, V]",
        "dict(**values: V) -> dict[str, V]",
    ),
    "distance": ("distance(a: Image, b: Image) -> float", "distance(a: float, b: float) -> float"),
    "enumerate": ("enumerate(xs: Iterable[T], start: int = 0) -> Iterator[tuple[int, T]]",),
    "filter": (
        "filter(f: None, xs: Iterable[T | None], /) -> Iterator[T]",
        "filter(f: Callable[[T], Any], xs: Iterable[T], /) -> Iterator[T]",
    ),
    "float": ("float(x: float = 0.0, /) -> float", "float(x: str, /) -> float"),
    "int": (
        "int(x: float = 0, /) -> int",
        "int(x: str, /, base: int = 10) -> int",
    ),
    "len": ("len(x: Sized, /) -> int",),
    "list": ("list() -> list[T]", "list(xs: Iterable[T], /) -> list[T]"),
    "map": (
        "map(f: Callable[[A], T], a: Iterable[A], /) -> Iterator[T]",
        "map(f: Callable[[A, B], T], a: Iterable[A], b: Iterable[B], /) -> Iterator[T]",
        "map(f: Callable[[A, B, C], T], a: Iterable[A], b: Iterable[B], c: Iterable[C], /) -> Iterator[T]",
    ),
    "max": (
        "max(xs: Iterable[O], /) -> O",
        "max(xs: Iterable[O], /, *, default: O) -> O",
        "max(xs: Iterable[O], /, *, default: None) -> O | None",
        "max(xs: Iterable[T], /, *, key: Callable[[T], O]) -> T",
        "max(xs: Iterable[T], /, *, key: Callable[[T], O], default: T) -> T",
        "max(xs: Iterable[T], /, *, key: Callable[[T], O], default: None) -> T | None",
        "max(a: O, b: O, /, *rest: O) -> O",
        "max(a: T, b: T, /, *rest: T, key: Callable[[T], O]) -> T",
    ),
    "min": (
        "min(xs: Iterable[O], /) -> O",
        "min(xs: Iterable[O], /, *, default: O) -> O",
        "min(xs: Iterable[O], /, *, default: None) -> O | None",
        "min(xs: Iterable[T], /, *, key: Callable[[T], O]) -> T",
        "min(xs: Iterable[T], /, *, key: Callable[[T], O], default: T) -> T",
        "min(xs: Iterable[T], /, *, key: Callable[[T], O], default: None) -> T | None",
        "min(a: O, b: O, /, *rest: O) -> O",
        "min(a: T, b: T, /, *rest: T, key: Callable[[T], O]) -> T",
    ),
    "next": (
        "next(xs: Iterator[T], default: T, /) -> T",
        "next(xs: Iterator[T], default: None, /) -> T | None",
    ),
    "print": ('print(*values: Any, sep: str = " ", end: str = "\\n") -> None',),
    "range": (
        "range(stop: int, /) -> Range",
        "range(start: int, stop: int, /) -> Range",
        "range(start: int, stop: int, step: int, /) -> Range",
    ),
    "reversed": ("reversed(xs: Sequence[T], /) -> Iterator[T]",),
    "round": (
        "round(number: float) -> int",
        "round(number: int, ndigits: int) -> int",
        "round(number: float, ndigits: int) -> float",
    ),
    "set": ("set() -> set[H]", "set(xs: Iterable[H], /) -> set[H]"),
    "sorted": (
        "sorted(xs: Iterable[O], /, *, reverse: bool = False) -> list[O]",
        "sorted(xs: Iterable[T], /, *, key: Callable[[T], O], reverse: bool = False) -> list[T]",
    ),
    "str": ('str(x: Any = "", /) -> str',),
    "sum": (
        "sum(xs: Iterable[int], /, start: int = 0) -> int",
        "sum(xs: Iterable[float], /, start: float = 0) -> float",
        "sum(xs: Iterable[list[T]], /, start: list[T]) -> list[T]",
    ),
    "tuple": ("tuple() -> tuple[()]", "tuple(xs: Iterable[T], /) -> tuple[T, ...]"),
    "zip": (
        "zip(a: Iterable[A], /, *, strict: bool = False) -> Iterator[tuple[A]]",
        "zip(a: Iterable[A], b: Iterable[B], /, *, strict: bool = False) -> Iterator[tuple[A, B]]",
        "zip(a: Iterable[A], b: Iterable[B], c: Iterable[C], /, *, strict: bool = False) -> Iterator[tuple[A, B, C]]",
        "zip(a: Iterable[A], b: Iterable[B], c: Iterable[C], d: Iterable[D], /, *, strict: bool = False)"
        " -> Iterator[tuple[A, B, C, D]]",
    ),
}

_FIND = "(sub: str, start: int | None = None, end: int | None = None, /)"
_AFFIX = (
    "(affix: str, start: int | None = None, end: int | None = None, /) -> bool",
    "(affix: tuple[str, ...], start: int | None = None, end: int | None = None, /) -> bool",
)

METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "str": {
        **{name: (f"{name}() -> str",) for name in ("capitalize", "casefold", "lower", "swapcase", "title", "upper")},
        **{
            name: (f"{name}() -> bool",)
            for name in ("isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper")
        },
        **{name: (f"{name}{_FIND} -> int",) for name in ("count", "find", "index", "rfind", "rindex")},
        **{name: tuple(name + rest for rest in _AFFIX) for name in ("endswith", "startswith")},
        **{name: (f'{name}(width: int, fill: str = " ", /) -> str',) for name in ("center", "ljust", "rjust")},
        **{name: (f"{name}(chars: str | None = None, /) -> str",) for name in ("lstrip", "rstrip", "strip")},
        **{name: (f"{name}(affix: str, /) -> str",) for name in ("removeprefix", "removesuffix")},
        **{name: (f"{name}(sep: str, /) -> tuple[str, str, str]",) for name in ("partition", "rpartition")},
        **{
            name: (f"{name}(sep: str | None = None, maxsplit: int = -1) -> list[str]",)
            for name in ("rsplit", "split")
        },
        "format": ("format(*args: Any, **values: Any) -> str",),
        "join": ("join(xs: Iterable[str], /) -> str",),
        "replace": ("replace(old: str, new: str, count: int = -1, /) -> str",),
        "splitlines": ("splitlines(keepends: bool = False) -> list[str]",),
        "zfill": ("zfill(width: int, /) -> str",),
    },
    "list": {
        "append": ("append(x: T, /) -> None",),
        "clear": ("clear() -> None",),
        "copy": ("copy() -> list[T]",),
        "count": ("count(x: T, /) -> int",),
        "extend": ("extend(xs: Iterable[T], /) -> None",),
        "index": ("index(x: T, start: int = 0, stop: int = 0, /) -> int",),
        "insert": ("insert(i: int, x: T, /) -> None",),
        "pop": ("pop(i: int = -1, /) -> T",),
        "remove": ("remove(x: T, /) -> None",),
        "reverse": ("reverse() -> None",),
        "sort": (
            "sort(*, reverse: bool = False) -> None",
            "sort(*, key: Callable[[T], O], reverse: bool = False) -> None",
        ),
    },
    "dict": {
        "clear": ("clear() -> None",),
        "copy": ("copy() -> dict[K, V]",),
        "get": (
            "get(key: K, /) -> V | None",
            "get(key: K, default: V, /) -> V",
            "get(key: K, default: None, /) -> V | None",
        ),
        "items": ("items() -> View[tuple[K, V]]",),
        "keys": ("keys() -> View[K]",),
        "pop": (
            "pop(key: K, /) -> V",
            "pop(key: K, default: V, /) -> V",
            "pop(key: K, default: None, /) -> V | None",
        ),
        "setdefault": ("setdefault(key: K, default: V, /) -> V",),
        "update": (
            "update(other: dict[K, V], /) -> None",
            "update(pairs: Iterable[tuple[K, V]], /) -> None",
        ),
        "values": ("values() -> View[V]",),
    },
    "set": {
        "add": ("add(x: T, /) -> None",),
        "clear": ("clear() -> None",),
        "copy": ("copy() -> set[T]",),
        "difference": ("difference(*others: Iterable[T]) -> set[T]",),
        "difference_update": ("difference_update(*others: Iterable[T]) -> None",),
        "discard": ("discard(x: T, /) -> None",),
        "intersection": ("intersection(*others: Iterable[T]) -> set[T]",),
        "intersection_update": ("intersection_update(*others: Iterable[T]) -> None",),
        "isdisjoint": ("isdisjoint(other: Iterable[T], /) -> bool",),
        "issubset": ("issubset(other: Iterable[T], /) -> bool",),
        "issuperset": ("issuperset(other: Iterable[T], /) -> bool",),
        "pop": ("pop() -> T",),
        "remove": ("remove(x: T, /) -> None",),
        "symmetric_difference": ("symmetric_difference(other: Iterable[T], /) -> set[T]",),
        "symmetric_difference_update": ("symmetric_difference_update(other: Iterable[T], /) -> None",),
        "union": ("union(*others: Iterable[T]) -> set[T]",),
        "update": ("update(*others: Iterable[T]) -> None",),
    },
    "tuple": {
        "count": ("count(x: T, /) -> int",),
        "index": ("index(x: T, start: int = 0, stop: int = 0, /) -> int",),
    },
    "Image": {
        "crop": ("crop(left: float, lower: float, right: float, upper: float) -> Image",),
        "overlaps_with": ("overlaps_with(left: float, lower: float, right: float, upper: float) -> bool",),
    },
    "Video": {
        "frame_from_index": ("frame_from_index(index: int) -> Image",),
        "frame_iterator": ("frame_iterator() -> Iterator[Image]",),
        "trim": ("trim(start: int | None = None, end: int | None = None) -> Video",),
    },
    "Audio": {
        "trim": ("trim(start: float = 0.0, end: float | None = None) -> Audio",),
    },
}

ATTRIBUTES: dict[str, dict[str, str]] = {
    "Image": {
        "left": "int",
        "lower": "int",
        "right": "int",
        "upper": "int",
        "width": "int",
        "height": "int",
        "horizontal_center": "float",
        "vertical_center": "float",
    },
    "Video": {"num_frames": "int", "duration": "float"},
    "Audio": {"duration": "float", "sample_rate": "int"},
}

MATH: dict[str, tuple[str, ...]] = {
    **{
        f"math.{name}": (f"{name}(x: float, /) -> float",)
        for name in (
            "acos", "asin", "atan", "cos", "degrees", "exp", "fabs", "log10", "log2", "radians", "sin", "sqrt", "tan",
        )
    },
    **{f"math.{name}": (f"{name}(x: float, /) -> int",) for name in ("ceil", "floor", "trunc")},
    **{f"math.{name}": (f"{name}(x: float, /) -> bool",) for name in ("isfinite", "isinf", "isnan")},
    "math.atan2": ("atan2(y: float, x: float, /) -> float",),
    "math.dist": ("dist(p: Iterable[float], q: Iterable[float], /) -> float",),
    "math.gcd": ("gcd(*integers: int) -> int",),
    "math.hypot": ("hypot(*coordinates: float) -> float",),
    "math.isclose": ("isclose(a: float, b: float, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool",),
    "math.log": ("log(x: float, /) -> float", "log(x: float, base: float, /) -> float"),
    "math.pow": ("pow(x: float, y: float, /) -> float",),
}

MATH_CONSTANTS: dict[str, str] = {
    "math.e": "float",
    "math.inf": "float",
    "math.nan": "float",
    "math.pi": "float",
    "math.tau": "float",
}

MUTATORS: frozenset[tuple[str, str]] = frozenset(
    (kind, name)
    for kind, names in {
        "list": ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"),
        "dict": ("clear", "pop", "setdefault", "update"),
        "set": (
            "add", "clear", "difference_update", "discard", "intersection_update", "pop", "remove",
            "symmetric_difference_update", "update",
        ),
    }.items()
    for name in names
)
"""Methods that change their receiver."""

NOTES: frozenset[str] = frozenset({"print"})
"""Functions that write to the run's notes: their order shows."""

LAZY: frozenset[str] = frozenset({"all", "any", "next", "enumerate", "filter", "map", "reversed", "zip"})
"""Functions that may leave their iterable unfinished, or hand elements on one by one, as in Python.

Every other function and method that takes an Iterable takes all of it before it does anything else.
"""

CALLERS: frozenset[str] = frozenset({"filter", "map", "max", "min", "sorted"})
"""Functions that call an argument of function type once for each element; `list.sort` is the one method."""
