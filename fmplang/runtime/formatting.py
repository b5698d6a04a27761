"""Text from values: `str`, `repr`, format specs, f-strings and `str.format`.

The results are CPython's, character by character, but a spec is read here first: how long the text will be is
charged before Python's own `format` is called, and only on int, float, bool and str. `str.format` is read here
entirely: a field is a position or a name, and nothing can be looked up inside a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.runtime.values import text_size, type_name

if TYPE_CHECKING:
    from fmplang.limits import Meter

_SPEC = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?[-+ ]?z?#?0?(?P<width>\d+)?(?P<group>[,_])?(?:\.(?P<precision>\d+))?"
    r"(?P<type>[bcdeEfFgGnosxX%])?",
    re.DOTALL,
)
_FLOAT_ROOM = 450  # 309 digits before the point with their separators, sign, exponent
_INT_ROOM = 16  # sign, prefix and separators of a small int


def text_of(meter: Meter, value: Any) -> str:
    """`str(value)`."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int or kind is float or kind is bool or value is None:
        made = str(value)
        meter.text(len(made))
        return made
    return repr_of(meter, value)


def repr_of(meter: Meter, value: Any) -> str:
    """`repr(value)`."""
    length = text_size(value)
    meter.text(length)
    meter.work(length >> 4)
    return repr(value)


def format_value(meter: Meter, value: Any, spec: str = "", conversion: str = "") -> str:
    """`f"{value!conversion:spec}"`."""
    if conversion == "r":
        value = repr_of(meter, value)
    elif conversion == "s":
        value = text_of(meter, value)
    elif conversion == "a":
        value = _ascii(meter, value)
    if not spec:
        return text_of(meter, value)
    kind = type(value)
    if kind not in (int, float, bool, str):
        raise TypeError(f"unsupported format string passed to {type_name(value)}.__format__")
    read = _read(spec) if len(spec) <= _KEPT_SPEC else _parse(spec)
    if read is None:
        raise ValueError(f"invalid format spec {spec[:40]!r} for a {kind.__name__}")
    if read.type == "n" and kind is not str:  # like d or g, but in the host's locale
        spec = spec[:-1] + ("g" if kind is float else "d")
    meter.text(_length(value, read))
    meter.work(len(spec) >> 4)
    return format(value, spec)


class _Spec(NamedTuple):
    width: int
    precision: int | None
    grouped: bool
    type: str


def _parse(spec: str) -> _Spec | None:
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    precision = found["precision"]
    return _Spec(_number(found["width"] or "0"), None if precision is None else _number(precision),
                 found["group"] is not None, found["type"] or "")


_read = lru_cache(256)(_parse)
_KEPT_SPEC = 32  # longer specs are read each time: the cache must stay small


def _length(value: Any, spec: _Spec) -> int:
    """At least the length of the formatted text, and little more."""
    if type(value) is str:
        length = len(value) if spec.precision is None else min(len(value), spec.precision)
    elif type(value) is float or spec.type in ("e", "E", "f", "F", "g", "G", "%"):
        # Only large values fill the room before the point.
        length = (6 if spec.precision is None else spec.precision) + (32 if abs(value) < 1e17 else _FLOAT_ROOM)
    else:
        bits = int(value).bit_length() + 1
        length = _INT_ROOM + (bits if spec.type == "b" else bits // 3) * (5 if spec.grouped else 4) // 4
    return max(spec.width, length)


def _number(digits: str) -> int:
    return int(digits) if len(digits) < 19 else 10**18


def _ascii(meter: Meter, value: Any) -> str:
    repr_of(meter, value)
    made = ascii(value)
    meter.text(len(made))
    return made


# ---------------------------------------------------------------- str.format


def format_template(meter: Meter, template: str, args: Sequence[Any], named: Mapping[str, Any]) -> str:
    """`template.format(*args, **named)`. ValueError where a field looks inside a value."""
    meter.work(len(template) >> 5)
    parts, _ = _fill(meter, template, args, named, _Counter(), 2)
    meter.text(sum(map(len, parts)))
    return "".join(parts)


class _Counter:
    """How fields without a number are numbered. `automatic` is None until the first field decides."""

    __slots__ = ("automatic", "next")

    def __init__(self) -> None:
        self.automatic: bool | None = None
        self.next = 0

    def index(self, given: str) -> int:
        automatic = given == ""
        if self.automatic is not None and self.automatic != automatic:
            raise ValueError("cannot switch between numbered and unnumbered fields in a format string")
        self.automatic = automatic
        if not automatic:
            return int(given) if len(given) < 19 else 10**18
        self.next += 1
        return self.next - 1


def _fill(meter: Meter, text: str, args: Sequence[Any], named: Mapping[str, Any], counter: _Counter,
          depth: int) -> tuple[list[str], int]:
    if depth == 0:
        raise ValueError("max string recursion exceeded: a format spec within a format spec within a format spec")
    parts: list[str] = []
    length = at = 0
    while at < len(text):
        brace = _next_brace(text, at)
        if brace > at:
            parts.append(text[at:brace])
            length += brace - at
        if brace == len(text):
            break
        if text[brace : brace + 2] in ("{{", "}}"):
            parts.append(text[brace])
            length += 1
            at = brace + 2
            continue
        if text[brace] == "}":
            raise ValueError("single '}' encountered in format string")
        end = _closing(text, brace + 1)
        made = _field(meter, text[brace + 1 : end], args, named, counter, depth)
        meter.work(1)
        parts.append(made)
        length += len(made)
        if length > meter.limits.string:
            meter.text(length)  # stops here, before the parts grow without end
        at = end + 1
    return parts, length


_BRACE = re.compile(r"[{}]")


def _next_brace(text: str, at: int) -> int:
    found = _BRACE.search(text, at)
    return found.start() if found else len(text)


def _closing(text: str, at: int) -> int:
    """The index of the `}` that closes a field which begins at `at`."""
    if at == len(text):
        raise ValueError("single '{' encountered in format string")
    depth = 1
    for found in _BRACE.finditer(text, at):
        depth += 1 if found.group() == "{" else -1
        if not depth:
            return found.start()
    raise ValueError("expected '}' before end of string")


def _field(meter: Meter, field: str, args: Sequence[Any], named: Mapping[str, Any], counter: _Counter,
           depth: int) -> str:
    stop = min((p for p in (field.find("!"), field.find(":")) if p >= 0), default=len(field))
    name, rest, conversion = field[:stop], field[stop:], ""
    if "{" in name:
        raise ValueError("unexpected '{' in field name")
    if "." in name or "[" in name:
        raise ValueError(f"a format string cannot look inside a value: {{{name[:40]}}}; pass the part itself")
    if rest.startswith("!"):
        conversion, rest = rest[1:2], rest[2:]
        if not conversion or (rest and not rest.startswith(":")):
            raise ValueError("expected one of !r, !s, !a and then ':' in a format string")
    if name == "" or name.isdecimal():
        index = counter.index(name)
        if index >= len(args):
            raise IndexError(f"replacement index {index} out of range for {len(args)} positional arguments")
        value = args[index]
    else:
        value = named[name]
    if conversion not in ("", "r", "s", "a"):
        raise ValueError(f"unknown conversion {conversion!r} in a format string; there are !r, !s and !a")
    spec = rest[1:]
    if "{" in spec or "}" in spec:
        spec = "".join(_fill(meter, spec, args, named, counter, depth - 1)[0])
    return format_value(meter, value, spec, conversion)
