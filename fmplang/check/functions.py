"""One function: its locals numbered, its body checked, its end asked for what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fmplang.check import (  # noqa: F401  (they fill the table of rules)
    attributes,
    calls,
    comprehensions,
    conditions,
    displays,
    names,
    operators,
    subscripts,
)
from fmplang.check.body import Body
from fmplang.check.holes import Clash, Hole, in_error, open_hole, plain, resolve
from fmplang.check.relations import join
from fmplang.check.statements import block
from fmplang.check.typed import FunctionInfo, Local
from fmplang.check.types import (
    ERROR,
    NEVER,
    NONE,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.check.session import Session


def check_function(session: Session, info: FunctionInfo) -> Body:
    """Fill the tables for one function. Its signature is known already."""
    c = Body(session, session.scopes[info.module], info)
    for p in info.params:
        c.locals[p.name] = Local(len(c.locals))
        c.env[p.name] = p.type
        c.declared[p.name] = p.type
    _assigned(c, info.node.body)
    for name in c.own:
        if name not in c.locals:
            c.locals[name] = Local(len(c.locals))
    c.next_slot = len(c.locals)
    if session.broken and not info.module:
        c.quiet = any(info.node.start <= at <= info.node.end for at in session.layout)
        _unsure(c, info.node.body)
    warnings = len(session.diagnostics)
    block(c, info.node.body)
    if len(session.diagnostics) > warnings + 1:
        _one_result(c, info, warnings)
    _end(c, info)
    _unused(c, info)
    session.missing.update(key[5:] for key in c.reported if key.startswith("call "))
    if info.module:
        session.diagnostics[warnings:] = [d for d in session.diagnostics[warnings:] if d.severity == "error"]
    settle(c)
    info.slots = c.next_slot
    return c


def _assigned(c: Body, statements: tuple[ast.Stmt, ...]) -> list[str]:
    """Collect the names that statements assign; for each loop, those that its turns assign."""
    found: list[str] = []
    for s in statements:
        kind = s.__class__
        if kind is ast.Assign:
            for target in s.targets:  # type: ignore[union-attr]
                _targets(c, target, found)
        elif kind is ast.For:
            inner: list[str] = []
            _targets(c, s.target, inner)  # type: ignore[union-attr]
            inner += _assigned(c, s.body)  # type: ignore[union-attr]
            found += inner
        elif kind is ast.If:
            for branch in s.branches:  # type: ignore[union-attr]
                found += _assigned(c, branch.body)
            found += _assigned(c, s.orelse)  # type: ignore[union-attr]
        elif kind is ast.AnnAssign or kind is ast.AugAssign:
            _targets(c, s.target, found)  # type: ignore[union-attr]
    return found


_ASSIGNED = re.compile(r"(?:for\s+(?P<loop>.*?)\s+in\b|(?P<left>[^=]*?)(?<![=!<>])=(?!=)|\s*(?P<first>\w+))", re.DOTALL)


def _unsure(c: Body, statements: tuple[ast.Stmt, ...]) -> None:
    """The names that statements which did not parse may assign: all in a block, else those left of its `=`."""
    for s in statements:
        if isinstance(s, ast.ErrorStmt):
            text = c.source.slice(s.span)
            found = _ASSIGNED.match(text)
            if "\n" in text or found is None:
                c.unsure.update(s.names)
            else:
                c.unsure.update(re.findall(r"\w+", found["loop"] or (found["left"] or "").split(":")[0] or found[0]))
        elif isinstance(s, ast.If):
            for branch in s.branches:
                _unsure(c, branch.body)
            _unsure(c, s.orelse)
        elif isinstance(s, ast.For):
            _unsure(c, s.body)


def _targets(c: Body, target: ast.Node, found: list[str]) -> None:
    if target.__class__ is ast.Name:
        found.append(target.id)
        c.own.setdefault(target.id, target)
    elif isinstance(target, ast.TupleExpr):
        for part in target.items:
            _targets(c, part, found)


# --------------------------------------------------------------------- the end


def _end(c: Body, info: FunctionInfo) -> None:
    """What happens where the body is left by its end."""
    if info.node.returns is None:
        _annotation(c, info)
        return
    returns = info.returns
    if c.dead or c.quiet or returns is ERROR or returns is NONE:
        return
    name = info.node.name
    labels = (Label(info.node.returns.span, f"a {returns} is promised here"), *_ways_out(info.node.body))
    if not info.node.body:
        if c.session.broken:
            return
        c.error("FMP302", name, f"`{info.name}` has no body", expected=returns,
                help="Write one. A question to a model is declared with a decorator, as in `@neural(\"llm\")`.")
    elif isinstance(returns, OptionalType):
        c.warn("FMP405", name, f"`{info.name}` may end without `return`: it gives None then",
               "If that is meant, write `return None` at the end.", labels=labels)
    else:
        c.error("FMP302", name, f"`{info.name}` may end without returning a value", expected=returns, labels=labels,
                help="End every path with `return`.")


def _one_result(c: Body, info: FunctionInfo, mark: int) -> None:
    """Where no `return` gives what is declared, the declaration is the mistake: one diagnostic, not one for each."""
    told = c.session.diagnostics
    returns = [s for s, _ in c.returned]
    if len(returns) < 2 or info.returns is ERROR or info.node.returns is None:
        return
    wrong: list[Diagnostic] = []
    for s in returns:
        inside = [d for d in told[mark:] if d.source is c.source and s.start <= d.span.start and d.span.end <= s.end]
        if len(inside) != 1 or inside[0].code not in ("FMP201", "FMP210") or inside[0].expected != str(info.returns):
            return
        wrong.append(inside[0])
    wrong.sort(key=lambda d: d.span.start)
    first, kinds = wrong[0], {d.found for d in wrong}
    kind = kinds.pop() if len(kinds) == 1 else ""
    at = info.node.returns.span
    made = Diagnostic(
        "FMP201", f"no `return` of `{info.name}` gives a {info.returns}", c.source, at, "error",
        tuple(Label(d.span, f"{d.found or 'another type'} here") for d in wrong[:5]),
        first.expected, first.found,
        f"Declare what it gives: `-> {kind}`." if kind else f"Give a {info.returns} everywhere, or declare what it "
        "gives.", (Fix(f"declare `-> {kind}`", (Edit(at, kind),)),) if kind else ())
    told[mark:] = [d for d in told[mark:] if d not in wrong] + [made]


def _ways_out(body: tuple[ast.Stmt, ...]) -> tuple[Label, ...]:
    """Where control falls off the end."""
    if not body:
        return ()
    last = body[-1]
    if isinstance(last, ast.If):
        if not last.orelse:
            test = last.branches[-1].test
            return (Label(test.span, "when this is false, nothing is returned"),)
        for block_ in (*(b.body for b in last.branches), last.orelse):
            if not _leaves(block_):
                return _ways_out(block_)
    if isinstance(last, ast.For):
        return (Label(last.iter.span, "when this loop has ended, nothing is returned"),)
    return (Label(last.span, "after this, nothing is returned"),)


def _leaves(body: tuple[ast.Stmt, ...]) -> bool:
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return bool(last.orelse) and all(_leaves(b.body) for b in last.branches) and _leaves(last.orelse)
    return isinstance(last, (ast.Return, ast.Break, ast.Continue))


def _annotation(c: Body, info: FunctionInfo) -> None:
    """The result's type is not written: say what the body gives."""
    found: Type = NEVER if c.dead else NONE
    for _, t in c.returned:
        found = ERROR if t is ERROR or found is ERROR else join(found, t)
        if isinstance(found, Clash):
            break
    made = resolve(plain(found)) if not isinstance(found, Clash) else found
    title = f"the result of `{info.name}` has no type"
    if made is ERROR or made is NEVER or isinstance(made, (Clash, IterableType, FunctionType)) or open_hole(found):
        what = f": it returns {found}" if isinstance(found, Clash) else ""
        c.error("FMP206", info.node.name, title + what, help="Write `-> T:` after the parameters, with the type of "
                "what it returns; `-> None:` where it returns nothing.")
        return
    at = _before_colon(c, info.node)
    fixes = (Fix(f"write `-> {made}`", (Edit(Span(at, at), f" -> {made}"),), safe=True),) if at else ()
    c.error("FMP206", info.node.name, title, help=f"Its body returns {made}: write `-> {made}`.", fixes=fixes)


def _before_colon(c: Body, node: ast.Function) -> int:
    """The place after the closing parenthesis of the parameters, 0 where it is not plain to see."""
    text = c.source.text
    at = text.find("(", node.name.end)
    depth = 0
    while 0 <= at < len(text):
        if text[at] in "\"'#":
            return 0
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[at], 0)
        at += 1
        if not depth:
            return at
    return 0


def _unused(c: Body, info: FunctionInfo) -> None:
    if c.quiet or info.module or c.own.keys() <= c.read:
        return
    params = {p.name for p in info.params}
    bound: set[str] = set()
    _bound(info.node.body, bound)
    for name, node in c.own.items():
        if name in c.read or name.startswith("_") or name in params or name in bound or name in c.reported:
            continue
        if not in_error(c.types.get(node, ERROR)):
            c.warn("FMP401", node, f"`{name}` is never used", "Use it, or remove it.")


def _bound(statements: tuple[ast.Stmt, ...], found: set[str]) -> None:
    """The variables of loops, and the parts of tuples: they need not all be used."""
    for s in statements:
        if isinstance(s, ast.For):
            found.update(_names(s.target))
            _bound(s.body, found)
        elif isinstance(s, ast.If):
            for branch in s.branches:
                _bound(branch.body, found)
            _bound(s.orelse, found)
        elif isinstance(s, ast.Assign):
            for target in s.targets:
                if isinstance(target, ast.TupleExpr):
                    found.update(_names(target))


def _names(target: ast.Node) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    return [n for part in target.items for n in _names(part)] if isinstance(target, ast.TupleExpr) else []


def settle(c: Body) -> None:
    """Replace holes in the types of a body by what they came to hold, and hand the types over."""
    types = c.types
    for node, t in types.items():
        if t.__class__ in _HOLDERS:
            types[node] = resolve(t)
    c.session.types.update(types)


_HOLDERS = frozenset({Hole, ListType, SetType, DictType, TupleType, TupleOf, OptionalType, IterableType, FunctionType})
