"""Statements: what they ask of types, and how they change what is known of the locals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.annotations import Reader
from fmplang.check.body import RERUNS, Body, Loop, infer, require, value
from fmplang.check.builtins import MUTATORS
from fmplang.check.comprehensions import unpacked, walked
from fmplang.check.expressions import condition
from fmplang.check.facts import applied, facts
from fmplang.check.flow import grown, meet, meet_all
from fmplang.check.mismatch import may_be_none, mismatch
from fmplang.check.operators import augmented
from fmplang.check.relations import Clash, Hole, firm, fits, peek
from fmplang.check.typed import CallBuiltin, CallMethod, CallNeural
from fmplang.check.types import (
    ERROR,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Label
from fmplang.syntax.source import Span


def block(c: Body, statements: tuple[ast.Stmt, ...]) -> None:
    told = c.dead
    for s in statements:
        if c.dead and not told:
            told = True
            c.warn("FMP402", Span(s.start, statements[-1].end), "this is never reached",
                   "Every path has left before. Remove it.")
        _STATEMENTS[s.__class__](c, s)


# ------------------------------------------------------------------- assignment


def assign(c: Body, s: ast.Assign) -> None:
    target = s.targets[0]
    if len(s.targets) == 1:
        kind = target.__class__
        if kind is ast.Name:
            declared = c.declared.get(target.id)  # type: ignore[union-attr]
            found = value(c, s.value, declared)
            if declared is not None and not (found is declared or fits(found, declared)):
                found = _unlike(c, target, s.value, found, declared)  # type: ignore[arg-type]
            elif found is STR and s.value.__class__ is ast.Constant and declared is None:
                found = _text(s.value.value)
            to_name(c, target, found)  # type: ignore[arg-type]
            return
        if kind is ast.Subscript:
            _to_item(c, target, s.value)  # type: ignore[arg-type]
            return
    found = value(c, s.value)
    for target in s.targets:
        to_target(c, target, found, s.value)


def _text(text: object) -> Type:
    """A local that holds a text written out may still turn out to be one of a closed set."""
    return LiteralType((text,), spelled=True) if isinstance(text, str) and len(text) <= 40 else STR


def _unlike(c: Body, target: ast.Name, node: ast.Expr, found: Type, declared: Type) -> Type:
    mark = len(c.session.diagnostics)
    made = mismatch(c, node, found, declared, ("the value of", target.id))
    if len(c.session.diagnostics) == mark:
        return made
    from dataclasses import replace

    at = next((p for p in c.info.node.params if p.name == target.id), None) if c.info else None
    where = at or c.own.get(target.id)
    if where is not None and where.start != target.start:
        told = c.session.diagnostics[-1]
        label = Label(Span(where.start, where.end), f"`{target.id}` is declared as {declared}")
        c.session.diagnostics[-1] = replace(told, labels=(*told.labels, label))
    return declared


def to_name(c: Body, target: ast.Name, found: Type) -> None:
    """Assign to a local; `found` fits its declared type."""
    text = target.id
    declared = c.declared.get(text)
    if declared is not None:
        found = _narrowed(declared, found)
    c.types[target] = found
    c.targets[target] = c.locals[text].slot
    c.env[text] = found
    if c.paths:
        prefix = text + "."
        for key in [k for k in c.env if k.startswith(prefix)]:
            del c.env[key]


def _narrowed(declared: Type, found: Type) -> Type:
    """What a local of a declared type holds after an assignment: None or not, no finer."""
    if isinstance(declared, OptionalType):
        if found is NONE:
            return NONE
        if found is not ERROR and not isinstance(found, OptionalType):
            return declared.inner
    return declared


def to_target(c: Body, target: ast.Target, found: Type, node: ast.Expr) -> None:
    """Assign a value of a known type to a target of any kind; `node` is the expression that it came from."""
    if isinstance(target, ast.Name):
        if found.__class__ is Clash:
            c.types[target] = found
        declared = c.declared.get(target.id)
        if declared is not None and not fits(found, declared):
            found = _unlike(c, target, target, found, declared)
        to_name(c, target, found)
    elif isinstance(target, ast.TupleExpr):
        for part, kind in zip(target.items, unpacked(c, target, found), strict=True):
            to_target(c, part, kind, node)  # type: ignore[arg-type]
    else:
        wanted = _element_of(c, target)
        if wanted is not None and not fits(found, wanted):
            mismatch(c, node, found, wanted, "the value")


def _element_of(c: Body, target: ast.Subscript) -> Type | None:
    """What may be stored at `xs[i]`, as it stands (a hole stays one); None where nothing can be."""
    container = infer(c, target.value)
    if isinstance(container, (ListType, DictType)) and not isinstance(target.index, ast.Slice):
        if isinstance(container, ListType):
            require(c, target.index, INT, "the index")
            c.types[target] = peek(container.item)
            return container.item
        key = value(c, target.index, None if peek(container.key) is NEVER else peek(container.key))
        from fmplang.check.expressions import hashes

        if not fits(key, container.key):
            mismatch(c, target.index, key, peek(container.key), "the key")
        elif not hashes(c, target.index, key, "a key"):
            return None
        c.types[target] = peek(container.value)
        return container.value
    if isinstance(target.index, ast.Slice):
        for part in (target.index.lower, target.index.upper, target.index.step):
            if part is not None:
                require(c, part, OptionalType(INT), "a slice's bound")
        if container is not ERROR and container is not NEVER:
            c.error("FMP213", target, "a slice cannot be assigned", help="Build a new list: `xs[:i] + ys + xs[j:]`.")
        return None
    infer(c, target.index)
    if container is ERROR or container is NEVER:
        return None
    if isinstance(container, OptionalType):
        may_be_none(c, target.value, container, doing="nothing can be put into it then")
        return None
    c.error("FMP213", target, f"nothing can be put into {container} by index", found=container,
            help="Lists and dicts can change. Of others, build a new one.")
    return None


def _to_item(c: Body, target: ast.Subscript, node: ast.Expr) -> None:
    wanted = _element_of(c, target)
    if wanted is None:
        value(c, node)
        return
    known = peek(wanted)
    hint = None if known is NEVER or (wanted.__class__ is Hole and not _settled(wanted)) else known
    found = value(c, node, hint)
    if not (found is wanted or fits(found, wanted)):
        mismatch(c, node, found, firm(wanted), "the value")


def _settled(t: Type) -> bool:
    return t.__class__ is Hole and t.firm


def ann_assign(c: Body, s: ast.AnnAssign) -> None:
    target = s.target
    kind = Reader(c.scope).read(s.annotation)
    before = c.declared.get(target.id)
    if before is not None and before != kind and kind is not ERROR and before is not ERROR:
        at = c.own.get(target.id)
        c.error("FMP103", target, f"`{target.id}` is declared twice, as {before} and as {kind}",
                labels=(Label(at.span, "the first time"),) if at is not None and at is not target else (),
                help="Declare it once, or use another name.")
        kind = before
    if kind is ERROR:
        if s.value is not None:
            value(c, s.value)
    elif s.value is not None:
        found = value(c, s.value, kind)
        if not (found is kind or fits(found, kind)):
            found = mismatch(c, s.value, found, kind, ("the value of", target.id))
        c.declared[target.id] = kind
        to_name(c, target, found)
        return
    c.declared[target.id] = kind
    c.types[target] = kind
    c.targets[target] = c.locals[target.id].slot
    if kind is ERROR:
        c.env[target.id] = ERROR


def aug_assign(c: Body, s: ast.AugAssign) -> None:
    target = s.target
    if isinstance(target, ast.Name):
        left = infer(c, target)
        if left is ERROR or left is NEVER:
            infer(c, s.value)
            if target.id in c.own:
                to_name(c, target, left)
            return
        found = augmented(c, s, left, s.value)
        declared = c.declared.get(target.id)
        if declared is not None and not fits(found, declared):
            found = _unlike(c, target, s, found, declared)  # type: ignore[arg-type]
        to_name(c, target, found)
        return
    wanted = _element_of(c, target)
    if wanted is None:
        infer(c, s.value)
        return
    now = peek(wanted)
    if now is NEVER:
        if wanted.__class__ is Hole:
            c.unfilled.append(wanted)
        infer(c, s.value)
        return
    found = augmented(c, s, now, s.value)
    if not fits(found, wanted):
        mismatch(c, s.value, found, firm(wanted), "the result")
    elif peek(wanted) is not now:
        augmented(c, s, peek(wanted), s.value)  # what was stored before may already be of the wider type


# ------------------------------------------------------------------------- flow


def if_(c: Body, s: ast.If) -> None:
    was_dead = c.dead
    ends: list[dict[str, Type]] = []
    dead_end: dict[str, Type] = c.env
    for branch in s.branches:
        condition(c, branch.test)
        before = c.env
        c.env = dict(before)
        applied(c, facts(c, branch.test, True))
        block(c, branch.body)
        if c.dead and not was_dead:
            dead_end = c.env
        else:
            ends.append(c.env)
        c.dead = was_dead
        c.env = before
        applied(c, facts(c, branch.test, False))
    if s.orelse:
        c.env = dict(c.env)
        block(c, s.orelse)
        if c.dead and not was_dead:
            dead_end = c.env
        else:
            ends.append(c.env)
        c.dead = was_dead
    else:
        ends.append(c.env)
    if ends:
        c.env = dict(meet_all(ends)) if len(ends) == 1 else meet_all(ends)
    else:
        c.dead = True
        c.env = dead_end


def for_(c: Body, s: ast.For) -> None:
    kind = walked(c, s.iter, infer(c, s.iter))
    was_dead, loop = c.dead, Loop()
    head = c.env
    again = c.heads.get(s)
    if again is not None:
        head = _wider(head, again)
    while True:
        loop.breaks, loop.continues = [], []
        diagnostics, reported, unread = len(c.session.diagnostics), set(c.reported), len(c.unfilled)
        returned = len(c.returned)
        c.env = dict(head)
        to_target(c, s.target, kind, s.iter)
        c.loops.append(loop)
        block(c, s.body)
        c.loops.pop()
        ends = loop.continues if c.dead and not was_dead else [*loop.continues, c.env]
        c.dead = was_dead
        end = meet_all([head, *ends])
        changed = grown(head, end)
        if not changed and all(peek(hole) is NEVER for hole in c.unfilled[unread:]):
            break
        c.reruns += 1
        if c.reruns > RERUNS:
            for name in changed:
                end[name] = ERROR if end.get(name) is None else Clash(head[name], end[name])
            break
        head = {name: end[name] for name in head if name in end}
        del c.session.diagnostics[diagnostics:]
        del c.unfilled[unread:]
        del c.returned[returned:]
        c.reported = reported
    c.heads[s] = head
    c.env = dict(meet_all([end, *loop.breaks]))


def _wider(before: dict[str, Type], head: dict[str, Type]) -> dict[str, Type]:
    """The state before a loop, with what an earlier look at it found that its turns bring."""
    joined = meet(before, head)
    return {name: joined[name] for name in before if name in joined}


def leave_loop(c: Body, s: ast.Break | ast.Continue) -> None:
    word = "break" if isinstance(s, ast.Break) else "continue"
    if not c.loops:
        c.error("FMP304", s, f"`{word}` stands outside a loop",
                help="Use `return` to leave the function." if word == "break" else "Remove it.")
        return
    if not c.dead:
        (c.loops[-1].breaks if word == "break" else c.loops[-1].continues).append(dict(c.env))
    c.dead = True


def return_(c: Body, s: ast.Return) -> None:
    assert c.info is not None
    wanted = c.info.returns
    if s.value is None:
        found: Type = NONE
        if wanted is not ERROR and not fits(NONE, wanted):
            c.error("FMP201", s, f"`{c.info.name}` returns {wanted}; this returns None", expected=wanted, found=NONE,
                    labels=_declared(c), help="Return a value.")
    else:
        found = value(c, s.value, None if wanted is ERROR else wanted)
        if not (found is wanted or fits(found, wanted)):
            mismatch(c, s.value, found, wanted, ("the result of", c.info.name))
    c.returned.append((s, found))
    c.dead = True


def _declared(c: Body) -> tuple[Label, ...]:
    assert c.info is not None
    node = c.info.node.returns
    return (Label(node.span, "declared here"),) if node is not None else ()


def assert_(c: Body, s: ast.Assert) -> None:
    condition(c, s.test)
    if s.message is not None:
        value(c, s.message)
    applied(c, facts(c, s.test, True))
    if isinstance(s.test, ast.Constant) and not s.test.value:
        c.dead = True


# ------------------------------------------------------------------ expressions


def expr_stmt(c: Body, s: ast.ExprStmt) -> None:
    node = s.value
    found = infer(c, node)
    kind = node.__class__
    if kind is ast.Call:
        target = c.calls.get(node)  # type: ignore[arg-type]
        if isinstance(target, CallBuiltin) and target.name != "print" and found is not ERROR:
            help = "Use the method `sort()` to sort in place." if target.name == "sorted" else "Use it, or remove it."
            c.warn("FMP406", node, f"the result of `{target.name}` is not used", help)
        elif isinstance(target, CallMethod) and (target.kind, target.name) not in MUTATORS and found is not ERROR:
            help = "It gives a new text: assign it." if target.kind == "str" else "Use it, or remove it."
            c.warn("FMP406", node, f"the result of `{target.name}` is not used", help)
        elif isinstance(target, CallNeural):
            c.warn("FMP415", node, f"the answer of `{target.function.name}` is not used",
                   "A call that nobody reads costs all the same. Use it, or remove it.")
    elif kind is ast.Constant and isinstance(node.value, str):  # type: ignore[union-attr]
        return
    elif found is not ERROR and kind not in (ast.Comprehension, ast.DictComp, ast.BoolOp, ast.IfExp):
        help = "Write `=` to assign." if kind is ast.Compare and "==" in node.ops else "Use the value, or remove it."  # type: ignore[union-attr]
        c.warn("FMP406", node, "this does nothing", help)
    elif kind is ast.Comprehension and node.kind == "generator":  # type: ignore[union-attr]
        c.warn("FMP406", node, "a generator that nobody walks does nothing", "Write a `for` loop.")


def error_stmt(c: Body, s: ast.ErrorStmt) -> None:
    c.quiet = True
    for text in s.names:
        if text in c.own:
            c.env[text] = ERROR


def _nothing(c: Body, s: ast.Pass) -> None:
    return


_STATEMENTS: dict[type, Callable[[Body, Any], None]] = {
    ast.Assign: assign,
    ast.AnnAssign: ann_assign,
    ast.AugAssign: aug_assign,
    ast.If: if_,
    ast.For: for_,
    ast.Break: leave_loop,
    ast.Continue: leave_loop,
    ast.Return: return_,
    ast.Assert: assert_,
    ast.ExprStmt: expr_stmt,
    ast.ErrorStmt: error_stmt,
    ast.Pass: _nothing,
}
