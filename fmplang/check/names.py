"""Constants and names: what a local holds at this point of the flow, and what is said of names that mean nothing."""

from __future__ import annotations

from fmplang.check.body import EXPR, Body
from fmplang.check.holes import SPECIAL, Clash, Maybe, plain, widen
from fmplang.check.scope import Broken, ConstantInfo
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import Global
from fmplang.check.types import (
    BOOL,
    ERROR,
    FLOAT,
    INT,
    NONE,
    STR,
    FunctionType,
    LiteralType,
    OptionalType,
    Prim,
    RecordType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Label
from fmplang.syntax.source import Span

_CONSTANTS: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: STR, type(None): NONE}


def constant(c: Body, node: ast.Constant, expected: Type | None) -> Type:
    found = _CONSTANTS[node.value.__class__]
    if expected is not None and expected.__class__ is not Prim and found is not NONE and found is not FLOAT:
        target = expected.inner if isinstance(expected, OptionalType) else expected
        if isinstance(target, LiteralType) and plain(target) is found:
            for v in target.values:
                if v == node.value:
                    return LiteralType((v,))
    return found


def name(c: Body, node: ast.Name, expected: Type | None) -> Type:
    text = node.id
    found = c.env.get(text)
    if found is not None:
        c.names[node] = c.locals[text]
        c.read.add(text)
        if found.__class__ in SPECIAL:
            return _special(c, node, found)
        return found
    if text in c.own:
        return _unassigned(c, node)
    if isinstance(expected, FunctionType):
        from fmplang.check.callables import function_value

        return function_value(c, node, expected)
    if text in c.unsure:
        return ERROR
    entity = c.scope.find(text)
    if isinstance(entity, ConstantInfo):
        c.names[node] = Global(entity.index)
        if c.info is None:
            return too_early(c, node, entity.node) or entity.type
        return entity.type
    if isinstance(entity, Broken):
        return ERROR
    if entity is None:
        return unknown(c, node)
    if isinstance(entity, RecordType):
        return c.error("FMP219", node, f"`{text}` is a record, not a value",
                       help=f"Build one: `{text}({', '.join(f'{n}=...' for n, _ in entity.fields)})`.")
    return c.error("FMP219", node, f"`{text}` is a function, not a value", help=f"Call it: `{text}(...)`.")


def too_early(c: Body, node: ast.Node, item: ast.ConstantDef | ast.Record) -> Type | None:
    """A constant that names what the module defines only below it."""
    if item.start < node.start or item not in c.scope.tree.items:
        return None
    return c.error("FMP301", node, f"`{item.name.id}` has no value yet",
                   labels=(Label(item.name.span, "defined here"),),
                   help="Constants are evaluated from the top. Move this one below.")


def _special(c: Body, node: ast.Name, found: Type) -> Type:
    if isinstance(found, Maybe):
        found = found.inner
        if "maybe " + node.id not in c.reported and not c.quiet:
            c.reported.add("maybe " + node.id)
            first = c.own.get(node.id)
            c.error("FMP301", node, f"`{node.id}` may have no value here",
                    labels=(Label(Span(first.start, first.end), "it is assigned here, but not on every path"),)
                    if first is not None else (),
                    help=f"Assign `{node.id}` before the branch or loop: a loop may run zero times.")
            c.env[node.id] = found if not isinstance(found, Clash) else ERROR
            return ERROR if isinstance(found, Clash) else found
    if isinstance(found, Clash):
        c.env[node.id] = ERROR
        return c.error("FMP217", node, f"`{node.id}` is {found} here", found=found,
                       labels=_assignments(c, node.id, node.start),
                       help="Give each its own name, or the same type on every path.")
    return found


def _assignments(c: Body, text: str, before: int) -> tuple[Label, ...]:
    made = [
        Label(target.span, f"{widen(c.types[target])} here")
        for target in c.targets
        if target.id == text and target in c.types and c.info is not None
        and c.info.node.start <= target.start < c.info.node.end and c.info.source is c.source
    ]
    return tuple(made[-4:])


def _unassigned(c: Body, node: ast.Name) -> Type:
    if node.id not in c.reported and not c.quiet:
        c.reported.add(node.id)
        first = c.own[node.id]
        near: list[str] = []
        if c.asked is not None and c.asked[0] is node and c.session.may_suggest():
            fit = c.asked[1]
            near = nearest(node.id, [n for n, t in c.env.items() if t.__class__ not in SPECIAL and fit(t)])
        c.error("FMP301", node, f"`{node.id}` has no value yet",
                labels=(Label(first.span, "it gets one only here"),) if first.start != node.start else (),
                fixes=fixes(node.id, node.span, near, None),
                help=spoken(near) or "Assign it first. A name that a function assigns is local to it, as in Python.")
    return ERROR


def unknown(c: Body, node: ast.Name, *, called: bool = False) -> Type:
    """A name that means nothing here. Told once for each name and function; what is called, once for the program."""
    text = node.id
    if text in c.unsure or c.session.lost(text):
        return ERROR
    if text == "math":
        return c.error("FMP219", node, "`math` is a namespace, not a value", help="Write `math.sqrt(x)` and the like.")
    if text in c.reported or (called and text in c.session.missing):
        return ERROR
    c.reported.add(text)
    if called:
        c.reported.add("call " + text)
    from fmplang.check.absent import ABSENT

    instead = ABSENT.get(text)
    if instead is not None:
        return c.error("FMP109", node, f"`{text}` is not part of FMP", help=instead)
    near, sure = _meant(c, node, called) if c.session.may_suggest() else ([], False)
    c.read.update(near)  # meant here, so not unused
    c.meant.update(near)
    return c.error("FMP101", node, f"nothing is called `{text}` here", help=spoken(near) or
                   "Define it, or check the spelling.", fixes=fixes(text, node.span, near, sure))


def _meant(c: Body, node: ast.Name, called: bool) -> tuple[list[str], bool | None]:
    """The nearest names that could stand here: what is called is a function, and a value has a type that fits.

    Also whether one alone fits by its type; None where only names were found that stand for no value.
    """
    text = node.id
    values = {n: t for n, t in c.env.items() if "." not in n}
    functions = [n for n, t in values.items() if isinstance(t, FunctionType)]
    if called:
        near = nearest(text, [*functions, *(n for n in c.scope.names() if not isinstance(
            c.scope.items.get(n), ast.ConstantDef))])
        return near or nearest(text, values), False
    if c.asked is not None and c.asked[0] is node:
        fit = c.asked[1]
        near = nearest(text, [n for n, t in values.items() if t.__class__ not in SPECIAL and fit(t)])
        if near:
            return near, len(near) == 1 and len(text) > 2
    constants = [n for n, item in c.scope.items.items() if isinstance(item, ast.ConstantDef)]
    near = nearest(text, [*values, *constants])
    return (near, False) if near else (nearest(text, c.scope.names()), None)


EXPR.update({ast.Constant: constant, ast.Name: name})
