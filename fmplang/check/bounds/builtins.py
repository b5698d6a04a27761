"""Calls of builtins and methods: what they take from their arguments, and what is known of what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.check.bounds.amounts import NOTHING, Amounts, plus, times
from fmplang.check.bounds.facts import EITHER, Fact, Items, Number, Parts, item_of, join, length, truth
from fmplang.check.bounds.frame import Frame
from fmplang.check.bounds.values import decided, distinct, extreme, ranged
from fmplang.check.types import BOOL, INT, STR
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.bounds.expressions import Expressions, Result

_SAME_LENGTH = frozenset({"list", "sorted", "tuple", "reversed"})


def builtin(walk: Expressions, f: Frame, node: ast.Call, name: str) -> Result:
    keywords = {keyword.name: keyword.value for keyword in node.keywords}
    if name in ("map", "filter", "zip", "enumerate", "reversed"):
        found = walk.stream(f, node)
        return found.all(), found.items(walk.limits.steps)
    if name in ("any", "all", "next") and walk.is_stream(node.args[0]):
        return _early(walk, f, node, name)
    if name in ("sorted", "min", "max"):
        return _keyed(walk, f, node, name, keywords)
    made, facts = _arguments(walk, f, node)
    if name == "len":
        size = length(facts[0])
        return made, Number(0, walk.limits.steps) if size is None else Number(*size)
    if name == "range":
        found_range = ranged(facts)
        most = walk.limits.steps
        return made, found_range._replace(low=min(found_range.low, most), high=min(found_range.high, most))
    if name in _SAME_LENGTH and facts:
        size = length(facts[0])
        return made, None if size is None else Items(*size, item_of(facts[0]))
    if name in ("list", "set", "dict", "tuple") and not facts:
        return made, Items(0, 0)
    if name == "set":
        return made, distinct(facts[0])
    if name == "dict" and not node.keywords:
        keys = distinct(facts[0])
        item = keys.item if isinstance(keys, Items) else None
        return made, keys._replace(item=item.parts[0] if isinstance(item, Parts) else None) if isinstance(keys, Items) \
            else None
    if name == "bool" and facts:
        return made, decided(truth(facts[0]))
    if name in ("any", "all"):
        return made, EITHER
    if name in ("int", "abs") and len(facts) == 1 and isinstance(facts[0], Number):
        fact = facts[0]
        if name == "int" or fact.low >= 0:
            return made, fact
        return made, Number(0 if fact.high >= 0 else -fact.high, max(-fact.low, fact.high))
    return made, None


def _arguments(walk: Expressions, f: Frame, node: ast.Call) -> tuple[Amounts, list[Fact]]:
    made, facts = NOTHING, []
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        amounts, fact = walk.consumed(f, argument)
        made = plus(made, amounts)
        facts.append(fact)
    return made, facts


def _early(walk: Expressions, f: Frame, node: ast.Call, name: str) -> Result:
    """`any`, `all` and `next` of a generator: they stop as soon as they know."""
    found = walk.stream(f, node.args[0])
    made = found.some(1.0 if name == "next" else 2 - 0.5 ** max(0, found.mean - 1))
    for argument in node.args[1:]:
        made = plus(made, walk.known(f, argument)[0])
    return made, EITHER if name != "next" else None


def _keyed(walk: Expressions, f: Frame, node: ast.Call, name: str, keywords: dict[str, ast.Expr]) -> Result:
    """`sorted`, `min` and `max`: the key is called once for each element."""
    several = len(node.args) > 1
    made, facts = NOTHING, []
    for argument in node.args:
        amounts, fact = walk.known(f, argument) if several else walk.consumed(f, argument)
        made = plus(made, amounts)
        facts.append(fact)
    for word, argument in keywords.items():
        if word != "key":
            made = plus(made, walk.known(f, argument)[0])
    if "key" in keywords:
        low, high = (len(facts), len(facts)) if several else length(facts[0]) or (0, walk.limits.steps)
        item = None if several else item_of(facts[0])
        function = walk.expr(f, keywords["key"])[1]
        amounts, _ = walk.apply(function, [item], node)
        made = plus(made, times(amounts, low, high, walk.mean(low, high)))
    if name == "sorted":
        size = length(facts[0])
        return made, None if size is None else Items(*size, item_of(facts[0]))
    whole = walk.program.types.get(node) in (INT, BOOL)
    if several and whole and "key" not in keywords:
        return made, extreme(name, facts)
    return made, None


def method(walk: Expressions, f: Frame, node: ast.Call, name: str) -> Result:
    assert isinstance(node.func, ast.Attribute)
    made, fact = walk.known(f, node.func.value)
    given: list[Fact] = []
    for argument in (*node.args, *(keyword.value for keyword in node.keywords if keyword.name != "key")):
        amounts, found = walk.consumed(f, argument)
        made = plus(made, amounts)
        given.append(found)
    for keyword in node.keywords:
        if keyword.name == "key":
            low, high = length(fact) or (0, walk.limits.steps)
            function = walk.expr(f, keyword.value)[1]
            amounts, _ = walk.apply(function, [item_of(fact)], node)
            made = plus(made, times(amounts, low, high, walk.mean(low, high)))
    if name == "frame_iterator":
        return made, Items(1, walk.limits.steps)
    if name in ("split", "rsplit") and given and walk.program.types.get(node.args[0] if node.args else node) == STR:
        # at a separator there is always one part; at None, which is any blank, there may be none
        return made, Items(1, walk.limits.items)
    if isinstance(fact, Items):
        if name in ("copy", "keys"):
            return made, fact
        if name == "items":
            return made, fact._replace(item=Parts((fact.item, None)))
        if name == "values":
            return made, fact._replace(item=None)
    return made, None


def changed_by(name: str, fact: Items, given: list[Fact], limit: float) -> Items:
    """A list, set or dict after one of its methods has changed it."""
    if name in ("sort", "reverse"):
        return fact
    if name == "clear":
        return Items(0, 0)
    if name in ("append", "insert"):
        new = given[-1] if given else None
        return Items(fact.low + 1, fact.high + 1, join(fact.item, new) if fact.high else new)
    if name == "add":
        return Items(max(1, fact.low), fact.high + 1, join(fact.item, given[0]) if fact.high and given else None)
    if name == "extend":
        size = (length(given[0]) if given else None) or (0, limit)
        new = item_of(given[0]) if given else None
        return Items(fact.low + size[0], fact.high + size[1], join(fact.item, new) if fact.high else new)
    if name in ("pop", "remove"):
        return Items(max(0, fact.low - 1), fact.high)
    return Items(0, fact.high + limit)
