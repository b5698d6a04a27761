"""Attributes of values and of `math`."""

from __future__ import annotations

from typing import Any

from fmplang.check import builtins, signatures
from fmplang.check.body import EXPR, Body, infer
from fmplang.check.facts import path
from fmplang.check.holes import peek, plain
from fmplang.check.mismatch import may_be_none
from fmplang.check.relations import fits
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import FunctionInfo, NeuralFunction
from fmplang.check.types import (
    ERROR,
    FLOAT,
    NEVER,
    NONE,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    Prim,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix
from fmplang.syntax.source import Span


def attribute(c: Body, node: ast.Attribute, expected: Type | None) -> Type:
    base = node.value
    if base.__class__ is ast.Name and base.id == "math" and "math" not in c.env and "math" not in c.own:
        return _math(c, node, expected)
    if base.__class__ is ast.Name and base.id not in c.env:
        c.place_of(base, lambda t: _has(t, node.name))
    found = infer(c, base)
    if c.paths:
        key = path(node)
        known = c.env.get(key) if key else None
        if known is not None:
            c.attributes[node] = "field"
            return known
    if found is ERROR or found is NEVER:
        return found
    if isinstance(found, RecordType):
        for field, kind in found.fields:
            if field == node.name:
                c.attributes[node] = "field"
                return kind
    elif found.__class__ is Prim:
        made = signatures.attribute(found.name, node.name)
        if made is not None:
            c.attributes[node] = "property"
            return made
    elif isinstance(found, OptionalType):
        return may_be_none(c, base, found, doing=f"it has no `{node.name}` then")
    return no_member(c, node, found, called=False)


def _math(c: Body, node: ast.Attribute, expected: Type | None) -> Type:
    text = f"math.{node.name}"
    if text in builtins.MATH_CONSTANTS:
        c.attributes[node] = "math"
        return FLOAT
    if text in builtins.MATH:
        if isinstance(expected, FunctionType):
            from fmplang.check.callables import function_value

            return function_value(c, node, expected)
        return c.error("FMP219", node, f"`{text}` is a function, not a value", help=f"Call it: `{text}(...)`.")
    return no_math(c, node)


def no_math(c: Body, node: ast.Attribute) -> Type:
    span = Span(node.name_start, node.end)
    names = sorted(n[5:] for n in (*builtins.MATH, *builtins.MATH_CONSTANTS))
    near = nearest(node.name, names)
    return c.error("FMP102", span, f"`math` has no `{node.name}`",
                   help=spoken(near) or f"It has {', '.join(names)}.",
                   fixes=fixes(node.name, span, near))


def kind_of(t: Type) -> str:
    """The name under which a type's methods are listed, or "" for none."""
    t = plain(t)
    if isinstance(t, Prim):
        return t.name
    return _KINDS.get(type(t), "")


_KINDS = {ListType: "list", DictType: "dict", SetType: "set", TupleType: "tuple", TupleOf: "tuple"}


def no_member(c: Body, node: ast.Attribute, found: Type, *, called: bool) -> Type:
    """`value.name` where the value's type has no such thing."""
    text, span, kind = node.name, Span(node.name_start, node.end), kind_of(found)
    methods = builtins.METHODS.get(kind, {})
    if not called and (text in methods or c.scope.functions(text) is not None):
        fix = Fix("call it", (Edit(Span(node.end, node.end), "()"),))
        return c.error("FMP219", span, f"`{text}` is a function, not a value", help=f"Call it: `.{text}(...)`. As an "
                       f"argument, write a lambda: `lambda x: {c.text(node.value)}.{text}(x)`.", fixes=(fix,))
    attributes = builtins.ATTRIBUTES.get(kind, {})
    fields = [n for n, _ in found.fields] if isinstance(found, RecordType) else []
    if called and (text in attributes or text in fields):
        return c.error("FMP211", span, f"`{text}` is a value, not a function", help="Leave out the parentheses.")
    candidates = [*methods, *attributes, *fields]
    if called:
        candidates += [n for n in c.scope.names() if n not in builtins.FUNCTIONS and n != "math"]
    near = nearest(text, candidates) if c.session.may_suggest() else []
    near = [n for n in near if n in methods or n in attributes or n in fields or takes(c, n, found)]
    shown = "None" if found is NONE else str(found)
    element = _of_element(c, node, found, called)
    if not near and (element or any(text in table for table in _MEMBERS) or c.scope.functions(text) is not None):
        if told_already(c, node.value, found):
            return ERROR
    return c.error("FMP102", span, f"{shown} has no `{text}`", found=found, fixes=fixes(text, span, near),
                   help=spoken(near) or element or _instead(found, attributes, fields, called))


_MEMBERS: tuple[dict[str, Any], ...] = (*builtins.METHODS.values(), *builtins.ATTRIBUTES.values())


def told_already(c: Body, node: ast.Expr, found: Type) -> bool:
    """Whether it was said before that this local is used as if it were of another type. From now on it was."""
    if not isinstance(node, ast.Name):
        return False
    key = f"{node.id} is {found}"
    told = key in c.reported
    c.reported.add(key)
    return told


def _has(t: Type, name: str) -> bool:
    """Whether a value of a type has an attribute or field."""
    if isinstance(t, RecordType):
        return any(field == name for field, _ in t.fields)
    return name in builtins.ATTRIBUTES.get(kind_of(t), {})


def takes(c: Body, name: str, found: Type) -> bool:
    """Whether a function in scope can be called on such a value."""
    function = c.scope.functions(name)
    return isinstance(function, (FunctionInfo, NeuralFunction)) and bool(function.params) and fits(
        found, function.params[0].type)


def _of_element(c: Body, node: ast.Attribute, found: Type, called: bool) -> str:
    """What to say where not the list but its elements have the member."""
    item = peek(found.item) if isinstance(found, (ListType, SetType, IterableType)) else NONE
    kind = kind_of(item)
    has = _has(item, node.name) or node.name in builtins.METHODS.get(kind, {})
    if not has and not (called and takes(c, node.name, item)):
        return ""
    return f"Its elements have: loop over them, as in `[x.{node.name}{'(...)' if called else ''} for x in " \
        f"{c.text(node.value)}]`, or take one."


def _instead(found: Type, attributes: dict[str, str], fields: list[str], called: bool) -> str:
    if found is NONE:
        return "It is None here. A method that changes a list, dict or set gives None, as in Python."
    if fields:
        return f"It has {', '.join(fields)}."
    if attributes and not called:
        return f"It has {', '.join(attributes)}."
    return "Check the spelling, or define a function that takes it as its first parameter."


EXPR.update({ast.Attribute: attribute})
