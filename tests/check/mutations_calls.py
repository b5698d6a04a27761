"""Mutations of names and of arguments."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fmplang.check.relations import fits
from fmplang.check.typed import CallBuiltin, CallMethod, CallRecord, FunctionInfo, Local
from fmplang.syntax import ast
from fmplang.syntax.source import Span
from tests.check.mutating import KNOWN, Edit, Program, below, calls, given, neighbours, operator, reads, wrong_for

# --------------------------------------------------------------------------- names


@operator
def rename_a_use(p: Program) -> Iterator[Edit]:
    for _, n in reads(p):
        yield Edit(n.start, n.end, p.misspelled(n.id))


def _assigned_once(p: Program) -> Iterator[tuple[FunctionInfo, ast.Name, ast.Stmt, list[Span]]]:
    """Locals with one assignment, in a statement of its own, and where they are read."""
    for f in p.functions:
        targets: dict[str, list[tuple[ast.Name, ast.Stmt]]] = {}
        for s in f.node.body:
            for n in below(s):
                if isinstance(n, ast.Assign):
                    for t in n.targets:
                        for name in below(t):
                            if isinstance(name, ast.Name) and isinstance(t, (ast.Name, ast.TupleExpr)):
                                targets.setdefault(name.id, []).append((name, n))
                elif isinstance(n, (ast.AnnAssign, ast.AugAssign, ast.For)):
                    for name in below(n.target):
                        if isinstance(name, ast.Name):
                            targets.setdefault(name.id, []).append((name, n))
                elif isinstance(n, ast.Clause):
                    for name in below(n.target):
                        if isinstance(name, ast.Name):
                            targets.setdefault(name.id, []).append((name, s))
                elif isinstance(n, ast.Lambda):
                    for name in n.params:
                        targets.setdefault(name.id, []).append((name, s))
        params = {q.name for q in f.params}
        for text, found in targets.items():
            found_reads = [n.span for g, n in reads(p) if g is f and n.id == text and n is not found[0][0]]
            first, statement = found[0]
            if len(found) == 1 and found_reads and text not in params and text not in KNOWN and isinstance(
                    statement, (ast.Assign, ast.AnnAssign)):
                yield f, first, statement, found_reads


@operator
def rename_a_definition(p: Program) -> Iterator[Edit]:
    for _, name, _, at in _assigned_once(p):
        yield Edit(name.start, name.end, name.id + "_other", (name.span, *at))


@operator
def remove_an_assignment(p: Program) -> Iterator[Edit]:
    for _, name, s, at in _assigned_once(p):
        if isinstance(s, ast.Assign) and s.targets == (name,):
            yield Edit(s.start, s.end, "pass", tuple(at))


@operator
def use_before_assignment(p: Program) -> Iterator[Edit]:
    """Two statements that follow each other change places; the second reads what the first assigns."""
    for f in p.functions:
        once = {s: spans for _, _, s, spans in _assigned_once(p)}
        for one, two in neighbours(f.node.body):
            if one not in once or not isinstance(two, (ast.Assign, ast.AnnAssign, ast.Return, ast.ExprStmt)):
                continue
            if not isinstance(one, ast.Assign) or not isinstance(one.targets[0], ast.Name):
                continue
            if any(two.start <= at.start < two.end for at in once[one]):
                between = p.text[one.end:two.start]
                new = p.slice(two) + between + p.slice(one)
                yield Edit(one.start, two.end, new)


@operator
def undefined_function(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and not isinstance(
                p.typed.names.get(n.func), Local):
            yield Edit(n.func.start, n.func.end, p.misspelled(n.func.id))


@operator
def rename_a_function(p: Program) -> Iterator[Edit]:
    """The definition is called otherwise, its calls are not."""
    for item in p.typed.module.items:
        if isinstance(item, (ast.Function, ast.Neural)) and item.name.id not in KNOWN:
            used = [n.func.span for _, n in p.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
                     and n.func.id == item.name.id]
            used += [Span(n.func.name_start, n.func.end) for _, n in p.nodes if isinstance(n, ast.Call)
                      and isinstance(n.func, ast.Attribute) and n.func.name == item.name.id]
            if used and p.typed.entry.node is not item:
                yield Edit(item.name.start, item.name.end, item.name.id + "_other", (item.name.span, *used))


@operator
def wrong_attribute(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Attribute):
            yield Edit(n.name_start, n.end, p.misspelled(n.name))


# ----------------------------------------------------------------------- arguments


def _without(p: Program, call: ast.Call, part: ast.Node) -> tuple[int, int]:
    """The range of an argument with one comma beside it."""
    start, end = part.start, part.end
    behind = p.text[end:call.end]
    if behind.lstrip().startswith(","):
        end += len(behind) - len(behind.lstrip()) + 1
        end += len(p.text[end:]) - len(p.text[end:].lstrip(" "))
    else:
        before = p.text[call.start:start].rstrip()
        if before.endswith(","):
            start = call.start + len(before) - 1
    return start, end


@operator
def drop_an_argument(p: Program) -> Iterator[Edit]:
    """The last argument by position, or any by keyword, of a call that needs it."""
    for call, target in calls(p):
        params = target.function.params
        positional = [a for a in given(call, target) if a is not None and a in call.args]
        for param, arg in zip(params, given(call, target), strict=True):
            if arg is None or param.has_default or (arg in call.args and arg is not positional[-1]):
                continue
            part: ast.Node = next((k for k in call.keywords if k.value is arg), arg)
            start, end = _without(p, call, part)
            yield Edit(start, end, "", (call.span,))
    for _, n in p.nodes:
        if isinstance(n, ast.Call) and isinstance(p.typed.calls.get(n), CallRecord):
            for k in n.keywords:
                start, end = _without(p, n, k)
                yield Edit(start, end, "", (n.span,))


@operator
def extra_argument(p: Program) -> Iterator[Edit]:
    for call, target in calls(p):
        if not call.keywords and len(call.args) + target.method == len(target.function.params):
            if p.text[call.end - 1] == ")" and not p.text[:call.end - 1].rstrip().endswith(","):
                yield Edit(call.end - 1, call.end - 1, ", 17" if call.args else "17")


@operator
def swap_arguments(p: Program) -> Iterator[Edit]:
    """Two arguments by position, neither of which fits where the other goes."""
    for call, target in calls(p):
        pairs = [(q, a) for q, a in zip(target.function.params, given(call, target), strict=True)
                 if a is not None and a in call.args]
        for (p1, a1), (p2, a2) in pairwise(pairs):
            t1, t2 = p.type(a1), p.type(a2)
            if t1 is None or t2 is None or fits(t1, p2.type) or fits(t2, p1.type):
                continue
            new = p.slice(a2) + p.text[a1.end:a2.start] + p.slice(a1)
            yield Edit(a1.start, a2.end, new)


@operator
def wrong_argument_type(p: Program) -> Iterator[Edit]:
    for call, target in calls(p):
        for param, arg in zip(target.function.params, given(call, target), strict=True):
            if arg is not None:
                yield Edit(arg.start, arg.end, wrong_for(param.type))
    for _, n in p.nodes:
        if isinstance(n, ast.Call):
            target2 = p.typed.calls.get(n)
            if isinstance(target2, CallRecord):
                fields = dict(target2.record.fields)
                for k in n.keywords:
                    yield Edit(k.value.start, k.value.end, wrong_for(fields[k.name]))


@operator
def wrong_keyword(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Call):
            for k in n.keywords:
                if not isinstance(p.typed.calls.get(n), CallMethod):
                    yield Edit(k.start, k.start + len(k.name), p.misspelled(k.name))


@operator
def wrong_builtin_argument(p: Program) -> Iterator[Edit]:
    """A builtin that measures, walks or computes gets what it cannot take."""
    for _, n in p.nodes:
        target = p.typed.calls.get(n) if isinstance(n, ast.Call) else None
        if isinstance(n, ast.Call) and isinstance(target, CallBuiltin) and n.args and target.name in (
                "len", "sum", "sorted", "range", "enumerate", "abs", "round", "zip", "reversed", "any", "all"):
            new = '"wrong"' if target.name in ("range", "abs", "round") else "17"
            yield Edit(n.args[0].start, n.args[0].end, new)


