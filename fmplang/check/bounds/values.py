"""What operators and builtins give, as far as ranges and lengths go."""

from __future__ import annotations

from math import inf

from fmplang.check.bounds.facts import (
    ANY_NUMBER,
    EITHER,
    Fact,
    Items,
    Number,
    Parts,
    Text,
    item_of,
    join,
    length,
    truth,
)
from fmplang.syntax import ast

TRUE, FALSE = Number(1, 1), Number(0, 0)


def decided(known: bool | None) -> Fact:
    return EITHER if known is None else TRUE if known else FALSE


def binary(op: str, a: Fact, b: Fact) -> Fact:
    """`a op b`, of ints, texts and lists."""
    if isinstance(a, Number) and isinstance(b, Number):
        return _arithmetic(op, a, b)
    if op == "+" and isinstance(a, Items) and isinstance(b, Items):
        item = b.item if not a.high else a.item if not b.high else join(a.item, b.item)
        return Items(a.low + b.low, a.high + b.high, item)
    if op == "+" and isinstance(a, Text) and isinstance(b, Text):
        both = None if a.value is None or b.value is None else a.value + b.value
        return Text(a.low + b.low, a.high + b.high, both)
    if op == "*" and isinstance(a, Items) and isinstance(b, Number):
        return Items(_product(a.low, max(0, b.low)), _product(a.high, max(0, b.high)), a.item)
    if op == "|" and isinstance(a, Items) and isinstance(b, Items):
        return Items(max(a.low, b.low), a.high + b.high, join(a.item, b.item))
    if op == "&" and isinstance(a, Items) and isinstance(b, Items):
        return Items(0, min(a.high, b.high), a.item)
    if op == "-" and isinstance(a, Items):
        return Items(0, a.high, a.item)
    if op == "^" and isinstance(a, Items) and isinstance(b, Items):
        return Items(0, a.high + b.high, join(a.item, b.item))
    return None


def _arithmetic(op: str, a: Number, b: Number) -> Fact:
    if op == "+":
        return Number(a.low + b.low, a.high + b.high)
    if op == "-":
        return Number(a.low - b.high, a.high - b.low)
    if op == "*":
        ends = [_product(x, y) for x in a for y in b]
        return Number(min(ends), max(ends))
    if op == "//" and b.low > 0:
        ends = [x if abs(x) == inf else x // y if y != inf else (0 if x >= 0 else -1) for x in a for y in b]
        return Number(min(ends), max(ends))
    if op == "%" and b.low > 0:
        return Number(0, b.high - 1)
    return ANY_NUMBER if op in ("//", "%", "&", "|", "^") else None


def _product(a: float, b: float) -> float:
    return 0 if a == 0 or b == 0 else a * b


def compare(op: str, a: Fact, b: Fact) -> bool | None:
    """Whether the comparison holds, where that is certain."""
    if isinstance(a, Text) and isinstance(b, Text) and a.value is not None and b.value is not None:
        if op in ("==", "!="):
            return (a.value == b.value) is (op == "==")
        return None
    if not isinstance(a, Number) or not isinstance(b, Number):
        return None
    if op == "<":
        return True if a.high < b.low else False if a.low >= b.high else None
    if op == "<=":
        return True if a.high <= b.low else False if a.low > b.high else None
    if op in (">", ">="):
        return compare("<" if op == ">" else "<=", b, a)
    if op in ("==", "!="):
        same = True if a.low == a.high == b.low == b.high else False if a.high < b.low or b.high < a.low else None
        return same if same is None or op == "==" else not same
    return None


def within(value: Number, op: str, bound: Number) -> Number | None:
    """What is left of `value` where `value op bound` holds; None where it cannot."""
    low, high = value
    if op == "<":
        high = min(high, bound.high - 1)
    elif op == "<=":
        high = min(high, bound.high)
    elif op == ">":
        low = max(low, bound.low + 1)
    elif op == ">=":
        low = max(low, bound.low)
    elif op == "==":
        low, high = max(low, bound.low), min(high, bound.high)
    elif op == "!=" and bound.low == bound.high:
        low = low + 1 if low == bound.low else low
        high = high - 1 if high == bound.low else high
    return Number(low, high) if low <= high else None


OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def sliced(fact: Fact, lower: Fact, upper: Fact, node: ast.Slice) -> Fact:
    """`fact[lower:upper:step]`."""
    size = length(fact)
    if size is None:
        return None
    low, high = size
    least: float = 0
    if node.step is None:
        start = lower if node.lower is not None else FALSE
        if isinstance(start, Number) and start.low == start.high and start.low >= 0:
            first = start.low
            low, high = max(0, low - first), max(0, high - first)
            if node.upper is None:
                least = low
            elif isinstance(upper, Number) and upper.low >= 0:
                width = max(0, upper.high - first)
                least, high = min(low, max(0, upper.low - first)), min(high, width)
            elif isinstance(upper, Number) and upper.low == upper.high:  # counted from the end
                least, high = max(0, low + upper.low), max(0, high + upper.low)
        elif isinstance(start, Number) and start.low == start.high and node.upper is None:  # the last few
            least, high = min(low, -start.low), min(high, -start.low)
    elif node.lower is None and node.upper is None:
        least = min(low, 1)
    if isinstance(fact, Text):
        return Text(least, high)
    return Items(least, high, item_of(fact))


def ranged(facts: list[Fact]) -> Items:
    """`range(...)`. What is not known has no end."""
    numbers = [fact if isinstance(fact, Number) else ANY_NUMBER for fact in facts]
    start = numbers[0] if len(numbers) > 1 else FALSE
    stop = numbers[1] if len(numbers) > 1 else numbers[0]
    step = numbers[2] if len(numbers) > 2 else TRUE
    assert isinstance(start, Number) and isinstance(step, Number)
    if step.low != step.high or step.low == 0:
        return Items(0, inf, ANY_NUMBER)
    by = step.low
    if by < 0:
        start, stop, by = Number(-start.high, -start.low), Number(-stop.high, -stop.low), -by
    low, high = stop.low - start.high, stop.high - start.low
    turns = Items(_steps(low, by), _steps(high, by))
    ends = Number(start.low, max(start.low, stop.high - 1))
    return turns._replace(item=ends if step.low > 0 else Number(-ends.high, -ends.low))


def _steps(length: float, by: float) -> float:
    if length <= 0:
        return 0
    return inf if length == inf else -(-length // by)


def extreme(name: str, facts: list[Fact]) -> Fact:
    """`min` or `max` of arguments."""
    if all(isinstance(fact, Number) for fact in facts):
        numbers = [fact for fact in facts if isinstance(fact, Number)]
        choose = min if name == "min" else max
        return Number(choose(n.low for n in numbers), choose(n.high for n in numbers))
    if any(isinstance(fact, Number) for fact in facts):  # the others are not known, but bound nothing away
        numbers = [fact for fact in facts if isinstance(fact, Number)]
        if name == "min":
            return Number(-inf, min(n.high for n in numbers))
        return Number(max(n.low for n in numbers), inf)
    made = facts[0]
    for fact in facts[1:]:
        made = join(made, fact)
    return made


def distinct(fact: Fact) -> Fact:
    """A set or the keys of a dict made from elements."""
    size = length(fact)
    return None if size is None else Items(min(1, size[0]), size[1], item_of(fact))


def conjunction(known: list[bool | None]) -> bool | None:
    if any(each is False for each in known):
        return False
    return True if all(known) else None


def parts_or_items(facts: list[Fact], kind: type[ast.Node]) -> Fact:
    if kind is ast.TupleExpr:
        return Parts(tuple(facts))
    if not facts:
        return Items(0, 0)
    item = facts[0]
    for fact in facts[1:]:
        item = join(item, fact)
    return Items(len(facts) if kind is ast.ListExpr else 1, len(facts), item)


def negated(fact: Fact) -> Fact:
    known = truth(fact)
    return decided(None if known is None else not known)
