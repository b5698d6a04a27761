"""The methods of str. Each is Python's own, behind the charge for what it makes and what it reads.

Python's reverse searches compare the whole needle at every place, and `strip` looks up every character in its
set, so their charge is a product; forward searches are linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from fmplang.runtime.builtins.iteration import take
from fmplang.runtime.formatting import format_template

if TYPE_CHECKING:
    from fmplang.limits import Meter

_TEXT = frozenset({str})
_PART = 8 + 56  # bytes of a short string in a list, besides its characters


def _reads(name: str) -> Callable[..., Any]:
    """A method that looks at the text and gives a bool or a number."""
    method = getattr(str, name)

    def read(meter: Meter, text: str, *args: Any) -> Any:
        if len(text) > 64:
            meter.work(len(text) >> 6)
        return method(text, *args)

    return read


def _affix(name: str) -> Callable[..., bool]:
    """`startswith` and `endswith`: with a tuple, each of its texts may be compared with the whole text."""
    method = getattr(str, name)

    def compare(meter: Meter, text: str, affix: str | tuple[str, ...], *args: Any) -> bool:
        if len(text) > 64:
            meter.work(len(text) >> 6)
        if type(affix) is tuple:
            meter.work(len(affix) >> 2)
            meter.work(sum([min(len(text), len(one)) for one in affix]) >> 6)
        return method(text, affix, *args)  # type: ignore[no-any-return]

    return compare


def _reads_backwards(name: str) -> Callable[..., Any]:
    method = getattr(str, name)

    def read(meter: Meter, text: str, sub: str, *args: Any) -> Any:
        _product(meter, text, sub)
        return method(text, sub, *args)

    return read


def _product(meter: Meter, text: str, other: str | None) -> None:
    if other is not None:
        meter.work(len(text) * len(other) >> 6)


def _changes_case(name: str) -> Callable[..., str]:
    """A letter can become three: what is more than the text itself is charged when it is known."""
    method = getattr(str, name)

    def change(meter: Meter, text: str) -> str:
        meter.text(len(text))
        meter.work(len(text) >> 5)
        made: str = method(text)
        if len(made) > len(text):
            meter.text(len(made))
        return made

    return change


def _cuts(name: str) -> Callable[..., str]:
    """A method that gives a part of the text."""
    method = getattr(str, name)

    def cut(meter: Meter, text: str, *arg: str | None) -> str:
        if name.endswith("strip") and arg:
            _product(meter, text, arg[0])
        meter.text(len(text))
        return method(text, *arg)  # type: ignore[no-any-return]

    return cut


def _pads(name: str) -> Callable[..., str]:
    method = getattr(str, name)

    def pad(meter: Meter, text: str, width: int, *fill: str) -> str:
        meter.text(max(width, len(text)))
        return method(text, width, *fill)  # type: ignore[no-any-return]

    return pad


def _partition(name: str) -> Callable[..., tuple[str, str, str]]:
    method = getattr(str, name)

    def partition(meter: Meter, text: str, sep: str) -> tuple[str, str, str]:
        if name == "rpartition":
            _product(meter, text, sep)
        meter.text(len(text))
        meter.items(3, _PART)
        return method(text, sep)  # type: ignore[no-any-return]

    return partition


def _splits(name: str) -> Callable[..., list[str]]:
    method = getattr(str, name)

    def split(meter: Meter, text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
        if name == "rsplit":
            _product(meter, text, sep)
        meter.work(len(text) >> 4)
        # One part more than allowed is enough to know; so the work has a bound before it starts.
        most = meter.limits.items
        made: list[str] = method(text, sep, most if maxsplit < 0 else min(maxsplit, most))
        _charge_parts(meter, made, text)
        return made

    return split


_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def _splitlines(meter: Meter, text: str, keepends: bool = False) -> list[str]:
    meter.work(len(text) >> 4)
    if len(text) > meter.limits.items:  # only then can there be too many lines: count them first
        ends = sum(map(text.count, _LINE_ENDS)) - text.count("\r\n")
        meter.size(ends + (text[-1] not in _LINE_ENDS))
    made = text.splitlines(keepends)
    _charge_parts(meter, made, text)
    return made


def _charge_parts(meter: Meter, parts: list[str], text: str) -> None:
    meter.items(len(parts), _PART)
    meter.memory(len(text))


def _join(meter: Meter, sep: str, xs: Iterable[str]) -> str:
    parts = take(meter, xs)
    if _TEXT.issuperset(map(type, parts)):
        length = sum(map(len, parts)) + len(sep) * max(0, len(parts) - 1)
        meter.text(length)
        meter.work(length >> 6)
    return sep.join(parts)


def _replace(meter: Meter, text: str, old: str, new: str, count: int = -1) -> str:
    found = text.count(old)
    times = found if count < 0 else min(found, count)
    length = len(text) + times * (len(new) - len(old))
    meter.work((len(text) + length >> 6) + (times >> 2))
    meter.text(length)
    return text.replace(old, new, count)


def _format(meter: Meter, template: str, *args: Any, **named: Any) -> str:
    return format_template(meter, template, args, named)


STR: dict[str, Callable[..., Any]] = {
    **{name: _changes_case(name) for name in ("capitalize", "casefold", "lower", "swapcase", "title", "upper")},
    **{
        name: _reads(name)
        for name in (
            "count", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace",
            "isupper",
        )
    },
    **{name: _affix(name) for name in ("endswith", "startswith")},
    **{name: _reads_backwards(name) for name in ("rfind", "rindex")},
    **{name: _cuts(name) for name in ("lstrip", "removeprefix", "removesuffix", "rstrip", "strip")},
    **{name: _pads(name) for name in ("center", "ljust", "rjust", "zfill")},
    **{name: _partition(name) for name in ("partition", "rpartition")},
    **{name: _splits(name) for name in ("rsplit", "split")},
    "format": _format,
    "join": _join,
    "replace": _replace,
    "splitlines": _splitlines,
}
