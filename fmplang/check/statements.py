"""Statements: what they ask of types, and how they change what is known of the locals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.assignments import ann_assign, assign, aug_assign, to_target
from fmplang.check.body import RERUNS, Body, Loop, infer, value
from fmplang.check.builtins import MUTATORS
from fmplang.check.comprehensions import walked
from fmplang.check.conditions import condition
from fmplang.check.facts import applied, facts
from fmplang.check.flow import grown, meet, meet_all
from fmplang.check.holes import Clash, in_error, peek
from fmplang.check.mismatch import mismatch
from fmplang.check.relations import element, fits
from fmplang.check.typed import CallBuiltin, CallMethod, CallNeural
from fmplang.check.types import (
    ERROR,
    NEVER,
    NONE,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span


def block(c: Body, statements: tuple[ast.Stmt, ...]) -> None:
    told = c.dead
    for i, s in enumerate(statements):
        if c.dead and not told:
            told = True
            before = statements[i - 1]
            if not c.quiet and (not isinstance(before, ast.If) or before.orelse):
                # (Behind branches that take all values of a Literal it guards against a change of the type.)
                c.warn("FMP402", Span(s.start, statements[-1].end), "this is never reached",
                       "Every path has left before. Remove it.")
        _STATEMENTS[s.__class__](c, s)


def if_(c: Body, s: ast.If) -> None:
    was_dead = c.dead
    ends: list[dict[str, Type]] = []
    dead_end: dict[str, Type] = c.env
    unread: dict[str, Type] | None = None  # the end of a branch that did not parse: it may have returned
    shaken = False  # a test is in error
    for branch in s.branches:
        mark = len(c.session.diagnostics)
        condition(c, branch.test)
        shaken = shaken or len(c.session.diagnostics) > mark
        before = c.env
        c.env = dict(before)
        applied(c, facts(c, branch.test, True))
        block(c, branch.body)
        if c.dead and not was_dead:
            dead_end = c.env
        elif any(s.__class__ is ast.ErrorStmt for s in branch.body):
            unread = c.env
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
    elif not _exhausted(before, c.env) and not (
            not ends and len(s.branches) > 1 and (shaken or any(_unknown(c, b.test) for b in s.branches))):
        # (Where a test is in error, nobody knows whether the branches take all there is.)
        ends.append(c.env)
    if unread is not None and not ends:
        ends.append(unread)
    if ends:
        c.env = dict(meet_all(ends)) if len(ends) == 1 else meet_all(ends)
    else:
        c.dead = True
        c.env = dead_end


def _unknown(c: Body, test: ast.Expr) -> bool:
    """Whether a test asks for something whose type is in error."""
    return any(c.types.get(node) is ERROR for node in (test, *ast.children(test)))


def _exhausted(before: dict[str, Type], after: dict[str, Type]) -> bool:
    """Whether the tests of an `if` without `else` leave some local no value: one of its branches is always taken."""
    return after is not before and any(t is NEVER and before.get(name) is not NEVER for name, t in after.items())


def for_(c: Body, s: ast.For) -> None:
    c.place_of(s.iter, lambda t: element(t) is not None)
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
        if changed and len(c.session.diagnostics) > diagnostics:
            # What a turn left in error was told in this turn. Another turn that began with it would tell nothing.
            lost = {name for name in changed if in_error(end.get(name))}
            changed = [name for name in changed if name not in lost]
        else:
            lost = set()
        if not changed and all(peek(hole) is NEVER for hole in c.unfilled[unread:]):
            break
        c.reruns += 1
        if c.reruns > RERUNS:
            for name in changed:
                end[name] = ERROR if end.get(name) is None else Clash(head[name], end[name])
            break
        head = {name: head[name] if name in lost else end[name] for name in head if name in end}
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
        if c.quiet:
            return  # the loop may be what did not parse
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
        mark = len(c.session.diagnostics)
        found = value(c, s.value, None if wanted is ERROR else wanted)
        told = c.session.diagnostics
        for i in range(mark, len(told)):
            if told[i].code == "FMP201" and told[i].expected == str(wanted) and not told[i].labels:
                for label in _declared(c):
                    told[i] = told[i].with_label(label)
        if not (found is wanted or fits(found, wanted)):
            mismatch(c, s.value, found, wanted, ("the result of", c.info.name), _declared(c))
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
                   "A call that nobody reads costs all the same. Use it, or remove it.", _without(c, s))
    elif kind is ast.Constant and isinstance(node.value, str):  # type: ignore[union-attr]
        return
    elif found is not ERROR and kind not in (ast.Comprehension, ast.DictComp, ast.BoolOp, ast.IfExp):
        help = "Write `=` to assign." if kind is ast.Compare and "==" in node.ops else "Use the value, or remove it."  # type: ignore[union-attr]
        c.warn("FMP406", node, "this does nothing", help)
    elif kind is ast.Comprehension and node.kind == "generator":  # type: ignore[union-attr]
        c.warn("FMP406", node, "a generator that nobody walks does nothing", "Write a `for` loop.")


def _without(c: Body, s: ast.ExprStmt) -> tuple[Fix, ...]:
    """`pass` in place of a statement: right wherever it stands."""
    return (Fix("remove the call", (Edit(s.span, "pass"),)),)


def error_stmt(c: Body, s: ast.ErrorStmt) -> None:
    """What did not parse may have assigned, and may have left: what follows from either is not told."""
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
