"""Ways to break a program that is right, each at every place where it applies.

A mutation changes one thing and says what it changed. Whether the result is wrong never rests on what the checker says
of it. It is wrong by construction (an unknown name, one argument too few, a text where an int is asked for: the types
come from the program before it was broken), or, for the mutations of the text, because CPython's own parser refuses
it. A mutation that may give another correct program (one variable in place of another of the same type, `<` in place
of `<=`) is no mutation here: no checker can know which of the two was meant.

`places` are the ranges of the broken text where a reader would mend it. Mostly that is what was changed. Where
something was taken away nothing is left to point at; then it is what misses it: the reads of a name that is assigned
no more, the name and the last statement of a function that returns no more.
"""

from __future__ import annotations

import ast as python
import io
import tokenize
from collections.abc import Callable, Iterator
from typing import NamedTuple

from fmplang.check import check
from fmplang.check.relations import fits
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallRecord,
    FunctionInfo,
    Local,
    TypedProgram,
)
from fmplang.check.types import BOOL, FLOAT, IMAGE, INT, STR, DictType, ListType, LiteralType, OptionalType, Type
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span

LIMITS = Limits(source=1_000_000, nodes=200_000)


class Mutant(NamedTuple):
    operator: str
    text: str
    places: tuple[Span, ...]


class Edit(NamedTuple):
    """Replace [start, end) by `new`; `places` in the coordinates of the old text, () for the new text itself."""

    start: int
    end: int
    new: str
    places: tuple[Span, ...] = ()


class Program:
    """A correct program, its tables, and its nodes in the order of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        report = check(Source(text, "correct"), LIMITS)
        assert report.program is not None, report.diagnostics
        self.typed: TypedProgram = report.program
        self.before = [d.code for d in report.diagnostics]
        self.functions = [f for f in self.typed.functions if not f.module]
        self.functions.sort(key=lambda f: f.node.start)
        self.nodes = [(f, n) for f in self.functions for s in f.node.body for n in below(s)]
        self.nodes.sort(key=lambda pair: pair[1].start)
        self.words = set(_words(text))

    def slice(self, node: ast.Node) -> str:
        return self.text[node.start:node.end]

    def type(self, node: ast.Node) -> Type | None:
        return self.typed.types.get(node)

    def misspelled(self, name: str) -> str:
        """A slip of the pen that gives a name the program does not have."""
        for made in (name[:-1], name[:1] + name[2:], name + name[-1], name[:-2] + name[-1:] + name[-2:-1], name + "x"):
            if made and made.isidentifier() and made not in self.words and made not in _KNOWN and not made[-1] == "_":
                return made
        return name + "xyz"


def below(node: ast.Node) -> Iterator[ast.Node]:
    yield node
    for child in ast.children(node):
        yield from below(child)


def _words(text: str) -> list[str]:
    import re

    return re.findall(r"\w+", text)


def _known() -> frozenset[str]:
    import keyword

    from fmplang.check.annotations import NAMES
    from fmplang.check.builtins import ATTRIBUTES, FUNCTIONS, METHODS
    from fmplang.check.scope import exports

    names = {*FUNCTIONS, *NAMES, *exports(), *keyword.kwlist, "math"}
    for table in (*ATTRIBUTES.values(), *METHODS.values()):
        names.update(table)
    return frozenset(names)


_KNOWN = _known()

WRONG = ((STR, '"wrong"'), (INT, "17"), (FLOAT, "2.5"), (BOOL, "True"))


def wrong_for(wanted: Type) -> str:
    """A literal that does not fit a type."""
    for kind, text in WRONG:
        if not fits(kind, wanted) and not (isinstance(wanted, LiteralType) and kind is not FLOAT):
            return text
    return "None" if not isinstance(wanted, OptionalType) else '{"wrong": 1}'


Operator = Callable[[Program], Iterator[Edit]]
OPERATORS: dict[str, Operator] = {}


def operator(make: Operator) -> Operator:
    OPERATORS[make.__name__.replace("_", " ").strip()] = make
    return make


def mutants(program: Program) -> Iterator[Mutant]:
    for name, make in OPERATORS.items():
        yield from made_by(program, name, make)


def made_by(program: Program, name: str, make: Operator) -> Iterator[Mutant]:
    """All mutants of one operator, no text twice."""
    seen = {program.text}
    for edit in make(program):
        text = program.text[:edit.start] + edit.new + program.text[edit.end:]
        if text in seen:
            continue
        seen.add(text)
        grown = len(edit.new) - (edit.end - edit.start)
        moved = tuple(
            Span(s + grown * (s >= edit.end and s > edit.start), e + grown * (e >= edit.end)) for s, e in edit.places)
        yield Mutant(name, text, moved or (Span(edit.start, edit.start + len(edit.new)),))


# --------------------------------------------------------------------------- names


def _reads(p: Program) -> Iterator[tuple[FunctionInfo, ast.Name]]:
    for f, n in p.nodes:
        if isinstance(n, ast.Name) and isinstance(p.typed.names.get(n), Local) and n not in p.typed.targets:
            yield f, n


@operator
def rename_a_use(p: Program) -> Iterator[Edit]:
    for _, n in _reads(p):
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
            reads = [n.span for g, n in _reads(p) if g is f and n.id == text and n is not found[0][0]]
            first, statement = found[0]
            if len(found) == 1 and reads and text not in params and text not in _KNOWN and isinstance(
                    statement, (ast.Assign, ast.AnnAssign)):
                yield f, first, statement, reads


@operator
def rename_a_definition(p: Program) -> Iterator[Edit]:
    for _, name, _, reads in _assigned_once(p):
        yield Edit(name.start, name.end, name.id + "_other", (name.span, *reads))


@operator
def remove_an_assignment(p: Program) -> Iterator[Edit]:
    for _, name, s, reads in _assigned_once(p):
        if isinstance(s, ast.Assign) and s.targets == (name,):
            yield Edit(s.start, s.end, "pass", tuple(reads))


@operator
def use_before_assignment(p: Program) -> Iterator[Edit]:
    """Two statements that follow each other change places; the second reads what the first assigns."""
    for f in p.functions:
        once = {s: (name, reads) for _, name, s, reads in _assigned_once(p)}
        for one, two in _neighbours(f.node.body):
            if one not in once or not isinstance(two, (ast.Assign, ast.AnnAssign, ast.Return, ast.ExprStmt)):
                continue
            if not isinstance(one, ast.Assign) or not isinstance(one.targets[0], ast.Name):
                continue
            name, reads = once[one]
            if any(two.start <= at.start < two.end for at in reads):
                between = p.text[one.end:two.start]
                new = p.slice(two) + between + p.slice(one)
                yield Edit(one.start, two.end, new)


def _neighbours(body: tuple[ast.Stmt, ...]) -> Iterator[tuple[ast.Stmt, ast.Stmt]]:
    yield from zip(body, body[1:], strict=False)
    for s in body:
        for inner in (*([b.body for b in s.branches] + [s.orelse] if isinstance(s, ast.If) else []),
                      *([s.body] if isinstance(s, ast.For) else [])):
            yield from _neighbours(inner)


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
        if isinstance(item, (ast.Function, ast.Neural)) and item.name.id not in _KNOWN:
            calls = [n.func.span for _, n in p.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
                     and n.func.id == item.name.id]
            calls += [Span(n.func.name_start, n.func.end) for _, n in p.nodes if isinstance(n, ast.Call)
                      and isinstance(n.func, ast.Attribute) and n.func.name == item.name.id]
            if calls and p.typed.entry.node is not item:
                yield Edit(item.name.start, item.name.end, item.name.id + "_other", (item.name.span, *calls))


@operator
def wrong_attribute(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.Attribute):
            yield Edit(n.name_start, n.end, p.misspelled(n.name))


# ----------------------------------------------------------------------- arguments


def _calls(p: Program) -> Iterator[tuple[ast.Call, CallFunction | CallNeural]]:
    for _, n in p.nodes:
        if isinstance(n, ast.Call):
            target = p.typed.calls.get(n)
            if isinstance(target, (CallFunction, CallNeural)):
                yield n, target


def _given(call: ast.Call, target: CallFunction | CallNeural) -> list[ast.Expr | None]:
    """For each parameter the argument as it stands in the text; None for a receiver and for what is left out."""
    first = int(target.method)
    texts: list[ast.Expr | None] = [None] * first
    texts += [*call.args, *[k.value for k in call.keywords]]
    return [texts[at] if at >= 0 else None for at in target.binding]


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
    for call, target in _calls(p):
        params = target.function.params
        positional = [a for a in _given(call, target) if a is not None and a in call.args]
        for param, arg in zip(params, _given(call, target), strict=True):
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
    for call, target in _calls(p):
        if not call.keywords and len(call.args) + target.method == len(target.function.params):
            if p.text[call.end - 1] == ")" and not p.text[:call.end - 1].rstrip().endswith(","):
                yield Edit(call.end - 1, call.end - 1, ", 17" if call.args else "17")


@operator
def swap_arguments(p: Program) -> Iterator[Edit]:
    """Two arguments by position, neither of which fits where the other goes."""
    for call, target in _calls(p):
        given = [(q, a) for q, a in zip(target.function.params, _given(call, target), strict=True)
                 if a is not None and a in call.args]
        for (p1, a1), (p2, a2) in zip(given, given[1:], strict=False):
            t1, t2 = p.type(a1), p.type(a2)
            if t1 is None or t2 is None or fits(t1, p2.type) or fits(t2, p1.type):
                continue
            new = p.slice(a2) + p.text[a1.end:a2.start] + p.slice(a1)
            yield Edit(a1.start, a2.end, new)


@operator
def wrong_argument_type(p: Program) -> Iterator[Edit]:
    for call, target in _calls(p):
        for param, arg in zip(target.function.params, _given(call, target), strict=True):
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
    for call, target in _calls(p):
        for param, arg in zip(target.function.params, _given(call, target), strict=True):
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
    for _, n in _reads(p):
        if p.type(n) in (INT, FLOAT, STR, BOOL, IMAGE) and p.text[n.end:n.end + 1] not in ("(", ":"):
            yield Edit(n.start, n.end, f"{n.id}()")


@operator
def take_an_element_of_a_number(p: Program) -> Iterator[Edit]:
    for _, n in _reads(p):
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
        for one, two in _neighbours(f.node.body):
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
                    if isinstance(n, ast.Name) and n.id in _KNOWN:
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
        for (q1, a1), (q2, a2) in zip(params, params[1:], strict=False):
            t1, t2 = (next(x.type for x in f.params if x.name == q.name) for q in (q1, q2))
            calls = [c for c, target in _calls(p) if isinstance(target, CallFunction) and target.function is f]
            if fits(t1, t2) or fits(t2, t1) or not calls or a1 is None or a2 is None:
                continue
            new = p.slice(a2) + p.text[a1.end:a2.start] + p.slice(a1)
            yield Edit(a1.start, a2.end, new, (Span(q1.start, q2.end), *[c.span for c in calls]))


@operator
def wrong_type_of_a_local(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.AnnAssign) and n.value is not None:
            kind = p.type(n.value)
            if kind is not None and not isinstance(n.value, (ast.ListExpr, ast.DictExpr)):
                yield Edit(n.annotation.start, n.annotation.end, "str" if not fits(kind, STR) else "int",
                           (n.span,))


# ---------------------------------------------------------------------------- text


def refused(text: str) -> bool:
    """Whether CPython's parser refuses a text: the judge of the mutations below."""
    try:
        python.parse(text)
    except (SyntaxError, ValueError):
        return True
    return False


def _textual(p: Program, edits: Iterator[Edit]) -> Iterator[Edit]:
    for edit in edits:
        if refused(p.text[:edit.start] + edit.new + p.text[edit.end:]):
            yield edit


def _tokens(p: Program) -> list[tuple[int, str, int, int]]:
    """CPython's tokens: kind, text, start, end."""
    starts = Source(p.text).line_starts
    return [(t.type, t.string, starts[t.start[0] - 1] + t.start[1], starts[t.end[0] - 1] + t.end[1])
            for t in tokenize.generate_tokens(io.StringIO(p.text).readline) if t.start[0] <= len(starts)
            and t.end[0] <= len(starts)]


@operator
def missing_colon(p: Program) -> Iterator[Edit]:
    lines = Source(p.text)
    for i, start in enumerate(lines.line_starts):
        line = lines.line(i + 1)
        if line.rstrip().endswith(":") and line.lstrip()[:1] not in ("#", '"', ""):
            at = start + len(line.rstrip()) - 1
            yield from _textual(p, iter([Edit(at, at + 1, "", (Span(at - 1, at + 1),))]))


@operator
def missing_quote(p: Program) -> Iterator[Edit]:
    for kind, text, start, end in _tokens(p):
        if kind != tokenize.COMMENT and text[-1:] in "\"'" and text[:3] not in ('"""', "'''") and len(text) > 1 and "\n" not in text:
            for at in (start + len(text) - len(text.lstrip("rfuRFU")), end - 1):
                line_end = p.text.find("\n", start)
                yield from _textual(p, iter([Edit(at, at + 1, "", (Span(start, line_end),))]))


@operator
def missing_bracket(p: Program) -> Iterator[Edit]:
    pairs: list[tuple[int, int]] = []
    open_: list[int] = []
    for _, text, start, end in _tokens(p):
        if text in ("(", "[", "{"):
            open_.append(start)
        elif text in (")", "]", "}") and open_:
            pairs.append((open_.pop(), start))
    for one, other in pairs:
        # Of several brackets inside each other nobody can say which was forgotten: all around it are places.
        around = [(a, b) for a, b in pairs if a <= one and other <= b]
        place = Span(min(a for a, _ in around), max(b for _, b in around) + 1)
        for at in (one, other):
            yield from _textual(p, iter([Edit(at, at + 1, "", (place,))]))


@operator
def break_indentation(p: Program) -> Iterator[Edit]:
    lines = Source(p.text)
    for i, start in enumerate(lines.line_starts):
        line = lines.line(i + 1)
        text = line.lstrip()
        if not text or text.startswith("#") or not line.startswith("    "):
            continue
        end = start + len(line)
        for less in (2, -2, -4):
            edit = (Edit(start, start + less, "", (Span(start, end),)) if less > 0 else
                    Edit(start, start, " " * -less, (Span(start, end),)))
            yield from _textual(p, iter([edit]))


@operator
def misspell_a_keyword(p: Program) -> Iterator[Edit]:
    slips = {"def": "dfe", "return": "retrun", "if": "fi", "elif": "elsif", "else": "esle", "for": "fro", "in": "ni",
             "not": "nto", "and": "adn", "or": "ro", "is": "si", "class": "clas", "continue": "contineu",
             "lambda": "lamda", "from": "form", "import": "imoprt"}
    for _, text, start, end in _tokens(p):
        if text in slips:
            yield from _textual(p, iter([Edit(start, end, slips[text])]))


@operator
def drop_a_comma_or_operator(p: Program) -> Iterator[Edit]:
    for _, text, start, end in _tokens(p):
        if text in (",", "+", "*", "/", "//", "==", "<", ">", "<=", ">=", "->"):
            yield from _textual(p, iter([Edit(start, end, " ", (Span(start - 1, end + 1),))]))


@operator
def double_an_operator(p: Program) -> Iterator[Edit]:
    for _, text, start, end in _tokens(p):
        if text in ("=", ".", ",", "<", ">", "/"):
            yield from _textual(p, iter([Edit(start, end, f"{text} {text}")]))


@operator
def assign_in_a_condition(p: Program) -> Iterator[Edit]:
    for _, text, start, end in _tokens(p):
        if text == "==":
            yield from _textual(p, iter([Edit(start, end, "=")]))


@operator
def loop_with_while(p: Program) -> Iterator[Edit]:
    for _, n in p.nodes:
        if isinstance(n, ast.For):
            yield Edit(n.start, n.iter.end, f"while {p.slice(n.iter)}", (n.span,))


@operator
def spell_like_another_language(p: Program) -> Iterator[Edit]:
    other = {"and": "&&", "or": "||", "elif": "else if", "None": "null", "True": "true", "False": "false"}
    for _, text, start, end in _tokens(p):
        if text in other:
            yield Edit(start, end, other[text])


# --------------------------------------------------------------------------- verdict


class Verdict(NamedTuple):
    flagged: bool  # something is said that was not said of the correct program
    one: bool  # exactly one error (where only warnings are new: exactly one)
    covers: bool  # one, and its span lies on a place
    labelled: bool  # one, and its span or one of its labels lies on a place
    said: tuple[str, ...]


def verdict(program: Program, mutant: Mutant) -> Verdict:
    report = check(Source(mutant.text, "mutant"), LIMITS)
    errors = [d for d in report.diagnostics if d.severity == "error"]
    warnings = [d for d in report.diagnostics if d.severity == "warning"]
    old = list(program.before)
    fresh = []
    for d in warnings:
        if d.code in old:
            old.remove(d.code)
        else:
            fresh.append(d)
    found = errors or fresh
    one = len(found) == 1
    near = [_touches(d.span, mutant.places) for d in found]
    also = [any(_touches(label.span, mutant.places) for label in d.labels if label.source is None) for d in found]
    return Verdict(bool(found), one, one and near[0], one and (near[0] or also[0]),
                   tuple(f"{d.where} {d.code} {d.title}" for d in found))


def _touches(span: Span, places: tuple[Span, ...]) -> bool:
    return any(span.start <= place.end and place.start <= span.end for place in places)


__all__ = ["LIMITS", "OPERATORS", "Mutant", "Program", "Verdict", "made_by", "mutants", "verdict"]
