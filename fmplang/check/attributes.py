"""Attributes of values and of `math`."""

from __future__ import annotations

from fmplang.check import builtins, signatures
from fmplang.check.body import EXPR, Body, infer
from fmplang.check.facts import path
from fmplang.check.holes import plain
from fmplang.check.mismatch import may_be_none
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.types import (
    ERROR,
    FLOAT,
    NEVER,
    NONE,
    DictType,
    FunctionType,
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
    if called and not isinstance(found, RecordType):
        candidates += [n for n in c.scope.names() if n not in builtins.FUNCTIONS and n != "math"]
    near = nearest(text, candidates) if c.session.may_suggest() else []
    shown = "None" if found is NONE else str(found)
    help = spoken(near) or (f"It has {', '.join(fields)}." if fields else "") or (
        f"It has {', '.join(attributes)}." if attributes and not called else "")
    return c.error("FMP102", span, f"{shown} has no `{text}`", found=found, help=help or
                   "Check the spelling, or define a function that takes it as its first parameter.",
                   fixes=fixes(text, span, near))


EXPR.update({ast.Attribute: attribute})
