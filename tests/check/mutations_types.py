"""Mutations of results, operands and declared types."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fmplang.check.relations import fits
from fmplang.check.typed import CallFunction, FunctionInfo
from fmplang.check.types import BOOL, FLOAT, IMAGE, INT, STR, DictType, ListType, LiteralType, OptionalType
from fmplang.syntax import ast
from fmplang.syntax.source import Span
from tests.check.mutating import KNOWN, Edit, Program, below, calls, given, neighbours, operator, reads, wrong_for

# ------------------------------------------------------------------------- results


def _returns(p: Program) -> Iterator[tuple[FunctionInfo, ast.Return]]:
    for f, n in p.nodes:
        if isinstance(n, ast.Return) and f.node.returns is not None:
            yield f, n


@operator
def return_a_wrong_type(p: Program) -> Iterator[Edit]:
    for f, n in _returns(p):
        if n.value is not None:
            yield Edit(n.value.start, n.value.end, wrong_for(f.returns))


@operator
def return_nothing(p: Program) -> Iterator[Edit]:
    for f, n in _returns(p):
        if n.value is not None and not isinstance(f.returns, OptionalType):
            yield Edit(n.start, n.end, "return", (n.span,))


@operator
def remove_the_last_return(p: Program) -> Iterator[Edit]:
    for f in p.functions:
        last = f.node.body[-1]
        if isinstance(last, ast.Return) and last.value is not None and not isinstance(f.returns, OptionalType):
            yield Edit(last.start, last.end, "pass")


@operator
def declare_another_result(p: Program) -> Iterator[Edit]:
    """`-> int` where every `return` gives something else."""
    for f in p.functions:
        returns = f.node.returns
        given = [p.type(n.value) for g, n in _returns(p) if g is f and n.value is not None]
        used = any(isinstance(t, CallFunction) and t.function is f for t in p.typed.calls.values())
        if returns is None or used or not given:
            continue
        for kind, text in ((INT, "int"), (STR, "str"), (IMAGE, "Image"), (BOOL, "bool")):
            if not any(t is None or fits(t, kind) for t in given):
                yield Edit(returns.start, returns.end, text)
                break


@operator
def drop_a_case_of_a_literal(p: Program) -> Iterator[Edit]:
    """One branch of an `if` that takes every value of a Literal and returns in each."""
    for _, n in p.nodes:
        if isinstance(n, ast.If) and not n.orelse and len(n.branches) > 1:
            tests = [b.test for b in n.branches]
            kinds = [p.type(t.operands[0]) for t in tests if isinstance(t, ast.Compare) and t.ops == ("==",)]
            first = kinds[0] if len(kinds) == len(tests) else None
            if isinstance(first, LiteralType) and len(first.values) == len(tests):
                last = n.branches[-1]
                end = last.body[-1].end
                name = next(f.node for f in p.functions if f.node.start <= n.start < f.node.end).name
                start = len(p.text[:last.start].rstrip())
                yield Edit(start, end, "", (name.span, n.branches[-2].test.span))


@operator
def misspell_a_literal(p: Program) -> Iterator[Edit]:
    """A text that is compared with, or given as, one of a closed set."""
    for _, n in p.nodes:
        if isinstance(n, ast.Compare) and len(n.ops) == 1:
            left, right = n.operands
            kind = p.type(left)
            if isinstance(kind, LiteralType) and not kind.spelled and isinstance(right, ast.Constant) and isinstance(
                    right.value, str):
                yield Edit(right.start, right.end, f'"{right.value}q"')
    for call, target in calls(p):
        for param, arg in zip(target.function.params, given(call, target), strict=True):
            if isinstance(param.type, LiteralType) and isinstance(arg, ast.Constant):
                yield Edit(arg.start, arg.end, '"no such"')


# ---------------------------------------------------------------------- expressions


@operator
def wrong_operand_type(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Binary):
            for one, op, two in zip(n.operands, n.ops, n.operands[1:], strict=False):
                kinds = {p.type(one), p.type(two)}
                if kinds <= {INT, FLOAT} and op in ("-", "/", "//", "+", "**"):
                    yield Edit(two.start, two.end, '"wrong"')
                elif kinds == {STR} and op == "+":
                    yield Edit(two.start, two.end, "17")


@operator
def order_unlike_things(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Compare) and len(n.ops) == 1 and n.ops[0] in ("<", "<=", ">", ">="):
            left, right = n.operands
            if {p.type(left), p.type(right)} <= {INT, FLOAT}:
                yield Edit(right.start, right.end, '"wrong"')


@operator
def compare_unlike_things(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Compare) and len(n.ops) == 1 and n.ops[0] in ("==", "!="):
            left, right = n.operands
            kind = p.type(left)
            if kind is INT or kind is FLOAT:
                yield Edit(right.start, right.end, '"wrong"')
            elif kind is STR:
                yield Edit(right.start, right.end, "17")


@operator
def wrong_element_type(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        kind = p.type(n)
        if isinstance(n, ast.ListExpr) and len(n.items) > 1 and isinstance(kind, ListType):
            if kind.item in (INT, STR):
                for item in n.items:
                    yield Edit(item.start, item.end, "2.5" if kind.item is STR else '"wrong"')


@operator
def wrong_key_type(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Subscript) and not isinstance(n.index, ast.Slice):
            kind = p.type(n.value)
            if isinstance(kind, DictType) and kind.key is STR:
                yield Edit(n.index.start, n.index.end, "17")
            elif isinstance(kind, ListType):
                yield Edit(n.index.start, n.index.end, '"wrong"')


@operator
def call_what_is_no_function(p: Program) -> Iterator[Edit]:
    for _, n in reads(p):
        if p.type(n) in (INT, FLOAT, STR, BOOL, IMAGE) and p.text[n.end:n.end + 1] not in ("(", ":"):
            yield Edit(n.start, n.end, f"{n.id}()")


@operator
def take_an_element_of_a_number(p: Program) -> Iterator[Edit]:
    for _, n in reads(p):
        if p.type(n) in (INT, FLOAT, BOOL, IMAGE) and p.text[n.end:n.end + 1] != "(":
            yield Edit(n.start, n.end, f"{n.id}[0]")


@operator
def walk_a_number(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, (ast.For, ast.Clause)):
            yield Edit(n.iter.start, n.iter.end, "17")


@operator
def unpack_one_too_many(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.TupleExpr):
            target = n.targets[0]
            at = target.items[-1].end
            yield Edit(at, at, ", one_more", (target.span, n.value.span))


@operator
def forget_that_it_may_be_none(p: Program) -> Iterator[Edit]:
    """`if x is None: return` or `x = ...` goes; what comes after needs x."""
    for f in p.functions:
        for one, two in neighbours(f.node.body):
            if not isinstance(one, ast.If) or one.orelse or len(one.branches) != 1:
                continue
            test = one.branches[0].test
            if not (isinstance(test, ast.Compare) and test.ops == ("is",) and isinstance(test.operands[0], ast.Name)):
                continue
            name = test.operands[0].id
            kind = p.type(test.operands[0])
            needs = [n.value.span for _, n in p.nodes if isinstance(n, (ast.Attribute, ast.Subscript))
                     and n.start >= two.start and isinstance(n.value, ast.Name) and n.value.id == name
                     and p.type(n.value) == getattr(kind, "inner", None)]
            needs += [n.span for _, n in p.nodes if isinstance(n, ast.Binary) and n.start >= two.start
                      and any(isinstance(o, ast.Name) and o.id == name for o in n.operands)]
            if needs:
                yield Edit(one.start, one.end, "pass", tuple(needs))


# -------------------------------------------------------------------------- types


@operator
def misspell_a_type(p: Program) -> Iterator[Edit]:
    for item in p.typed.module.items:
        if isinstance(item, (ast.Function, ast.Neural)):
            for a in (*[q.annotation for q in item.params], item.returns):
                for n in below(a) if a is not None else ():
                    if isinstance(n, ast.Name) and n.id in KNOWN:
                        yield Edit(n.start, n.end, p.misspelled(n.id))
                    if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id == "Literal":
                        break


@operator
def drop_an_annotation(p: Program) -> Iterator[Edit]:
    for item in p.typed.module.items:
        if isinstance(item, ast.Function):
            for q in item.params:
                if q.annotation is not None and q.default is None:
                    yield Edit(q.start + len(q.name), q.annotation.end, "", (Span(q.start, q.start + len(q.name)),))
            if item.returns is not None:
                arrow = p.text.rindex("->", item.name.end, item.returns.start)
                yield Edit(len(p.text[:arrow].rstrip()), item.returns.end, "", (item.name.span,))


@operator
def swap_types_of_parameters(p: Program) -> Iterator[Edit]:
    """Two annotations change places; at some call neither argument fits."""
    for f in p.functions:
        params = [(q, q.annotation) for q in f.node.params if q.annotation is not None]
        for (q1, a1), (q2, a2) in pairwise(params):
            t1, t2 = (next(x.type for x in f.params if x.name == q.name) for q in (q1, q2))
            used = [c for c, target in calls(p) if isinstance(target, CallFunction) and target.function is f]
            if fits(t1, t2) or fits(t2, t1) or not used or a1 is None or a2 is None:
                continue
            new = p.slice(a2) + p.text[a1.end:a2.start] + p.slice(a1)
            yield Edit(a1.start, a2.end, new, (Span(q1.start, q2.end), *[c.span for c in used]))


@operator
def wrong_type_of_a_local(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.AnnAssign) and n.value is not None:
            kind = p.type(n.value)
            if kind is not None and not isinstance(n.value, (ast.ListExpr, ast.DictExpr)):
                yield Edit(n.annotation.start, n.annotation.end, "str" if not fits(kind, STR) else "int",
                           (n.span,))


