"""Module-level constants: evaluated in order, from literals, operators, builtins, records and constants before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.check.annotations import Reader
from fmplang.check.body import Body, require, value
from fmplang.check.holes import Clash, open_hole, resolve
from fmplang.check.scope import ConstantInfo, Scope
from fmplang.check.types import ERROR, NONE, Type
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.session import Session


def constant(session: Session, scope: Scope, item: ast.ConstantDef) -> ConstantInfo:
    """Check a constant, and give it its place among the program's constants."""
    c = Body(session, scope, None)
    c.next_slot = session.constant_slots
    if item in session.declaring:
        c.error("FMP301", item.name, f"`{item.name.id}` is defined by itself", help="Give it a value of its own.")
        return ConstantInfo(item.name.id, -1, ERROR, item)
    session.declaring.append(item)
    mark = len(session.diagnostics)
    kind: Type
    if item.annotation is not None:
        kind = Reader(scope).whole(item.annotation)
        require(c, item.value, kind, ("the value of", item.name.id))
    else:
        kind = value(c, item.value)
        if any(d.severity == "error" for d in session.diagnostics[mark:]):
            kind = ERROR
        if open_hole(kind) is not None:
            kind = c.error("FMP216", item.value, f"what `{item.name.id}` holds is not said",
                           help=f"Write its type: `{item.name.id}: list[str] = []`.")
        kind = ERROR if isinstance(kind, Clash) else resolve(kind)
        if kind is NONE:
            kind = c.error("FMP216", item.value, f"`{item.name.id}` can only be None",
                           help=f"Write its type: `{item.name.id}: int | None = None`.")
    session.declaring.pop()
    session.types.update(c.types)
    session.constant_slots = c.next_slot
    return session.constant(item, scope.source, kind)
