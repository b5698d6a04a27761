"""Operators where a quick path does not do: growth is charged before the work is done, results are checked.

All functions take the meter first. They give what Python gives and raise what Python raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.limits import Meter
from fmplang.runtime.builtins.containers import LIST
from fmplang.runtime.values import OrderedSet

QUICK = (1 << 30) - 1  # results between -QUICK and QUICK need no check; see limits.FREE_BITS
_SMALL_BITS = 64


def checked(meter: Meter, number: Any) -> Any:
    """Charge a result of arithmetic that is not small; gives it back."""
    if type(number) is int:
        bits = number.bit_length()
        if bits > _SMALL_BITS:
            meter.integer(bits)
            meter.work(bits >> 9)
        elif bits > meter.integer_bits:
            meter.integer(bits)
    return number


def add(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, str):
        if isinstance(b, str):
            meter.text(len(a) + len(b))
    elif isinstance(a, (list, tuple)):
        if isinstance(b, (list, tuple)):
            meter.items(len(a) + len(b))
            meter.work((len(a) + len(b)) >> 4)
    else:
        return checked(meter, a + b)
    return a + b


def subtract(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, OrderedSet):
        _charge_entries(meter, len(a))
        return a - b
    return checked(meter, a - b)


def multiply(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(b, (str, list, tuple)):
        if isinstance(a, int):
            _charge_repeat(meter, b, a)
    elif isinstance(a, (str, list, tuple)):
        if isinstance(b, int):
            _charge_repeat(meter, a, b)
    elif isinstance(a, int) and isinstance(b, int):
        bits = a.bit_length() + b.bit_length()
        if bits > _SMALL_BITS:
            if bits > meter.integer_bits + 1:  # the product may have one bit less than the sum
                meter.integer(bits - 1)
            meter.work(bits >> 9)
        return checked(meter, a * b)
    return a * b


def _charge_repeat(meter: Meter, value: str | list[Any] | tuple[Any, ...], times: int) -> None:
    length = len(value) * max(0, times)
    if isinstance(value, str):
        meter.text(length)
    else:
        meter.items(length)
        meter.work(length >> 4)


def divide(meter: Meter, a: Any, b: Any) -> Any:
    return a / b


def floor_divide(meter: Meter, a: Any, b: Any) -> Any:
    return a // b


def modulo(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, str):  # Python would format
        raise TypeError("`%` does not format text here; use an f-string")
    return a % b


def power(meter: Meter, a: Any, b: Any) -> Any:
    """`a ** b`; where Python would leave the real numbers, ValueError."""
    if isinstance(a, int) and isinstance(b, int) and b > 1:
        bits = (a.bit_length() - 1) * b + 1  # at least so many, and less than twice as many
        if bits > _SMALL_BITS and a not in (-1, 0, 1):
            if bits > meter.integer_bits:
                meter.integer(bits)
            meter.work(bits >> 9)
        return checked(meter, a**b)
    result = a**b
    if type(result) is complex:
        raise ValueError("a negative number has no real power with a fraction as exponent")
    return checked(meter, result)


def bit_or(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, (dict, OrderedSet)):
        _charge_entries(meter, len(a) + len(b))
    return a | b


def bit_and(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, OrderedSet):
        _charge_entries(meter, len(a))
    return a & b


def bit_xor(meter: Meter, a: Any, b: Any) -> Any:
    if isinstance(a, OrderedSet):
        _charge_entries(meter, len(a) + len(b))
    return a ^ b


def _charge_entries(meter: Meter, count: int) -> None:
    # The result may be shorter than the bound charged here, so only its real size meets the ceiling.
    meter.memory(56 + 100 * count)
    meter.work(count >> 3)


def sized(meter: Meter, value: Any) -> Any:
    """Check the size of a set or dict that an operator gave."""
    if isinstance(value, (dict, OrderedSet)):
        meter.size(len(value))
    return value


BINARY: dict[str, Callable[[Meter, Any, Any], Any]] = {
    "+": add, "-": subtract, "*": multiply, "/": divide, "//": floor_divide, "%": modulo, "**": power,
    "|": bit_or, "&": bit_and, "^": bit_xor,
}


def in_place(meter: Meter, op: str, a: Any, b: Any) -> Any:
    """`a op= b`: lists, sets and dicts change in place, everything else is replaced."""
    if op == "+" and isinstance(a, list):
        if not isinstance(b, (list, tuple)):
            LIST["extend"](meter, a, b)
            return a
        count = len(b)
        meter.size(len(a) + count)
        meter.memory(8 * count)
        meter.work(count >> 4)
        a += b
        return a
    if op == "*" and isinstance(a, list):
        _charge_repeat(meter, a, b)
        a *= b
        return a
    if isinstance(a, (dict, OrderedSet)):
        _charge_entries(meter, len(b))
        if op == "|":
            a |= b
        elif isinstance(a, OrderedSet):
            if op == "&":
                a &= b
            elif op == "-":
                a -= b
            else:
                a ^= b
        return sized(meter, a)
    return BINARY[op](meter, a, b)


def contains(meter: Meter, item: Any, container: Any) -> bool:
    """`item in container`."""
    if isinstance(container, str):
        meter.work(len(container) >> 6)
    elif isinstance(container, (list, tuple)):
        each = 1 + (len(item) >> 6) if isinstance(item, str) else 1
        meter.work(len(container) * each >> 3)
    elif isinstance(container, range):
        if isinstance(item, float):  # Python would walk through the range
            return item.is_integer() and int(item) in container
    elif not isinstance(container, (dict, OrderedSet)):
        return _walk(meter, item, container)
    return item in container


def _walk(meter: Meter, item: Any, values: Any) -> bool:
    for value in values:
        meter.work(1)
        if value is item or value == item:
            return True
    return False


def unpack(value: Any, count: int) -> Any:
    """A tuple or list of exactly `count` elements, else the ValueError of Python."""
    if isinstance(value, (list, tuple)) and len(value) == count:
        return value
    items = list(value)
    if len(items) < count:
        raise ValueError(f"not enough values to unpack (expected {count}, got {len(items)})")
    if len(items) > count:
        raise ValueError(f"too many values to unpack (expected {count})")
    return items
