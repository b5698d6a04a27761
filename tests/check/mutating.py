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

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from fmplang.check import check
from fmplang.check.relations import fits
from fmplang.check.typed import (
    CallFunction,
    CallNeural,
    FunctionInfo,
    Local,
    TypedProgram,
)
from fmplang.check.types import BOOL, FLOAT, INT, STR, LiteralType, OptionalType, Type
from fmplang.cli.fixes import mended
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
            if made and made.isidentifier() and made not in self.words and made not in KNOWN and not made[-1] == "_":
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


KNOWN = _known()

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


def reads(p: Program) -> Iterator[tuple[FunctionInfo, ast.Name]]:
    for f, n in p.nodes:
        if isinstance(n, ast.Name) and isinstance(p.typed.names.get(n), Local) and n not in p.typed.targets:
            yield f, n


def calls(p: Program) -> Iterator[tuple[ast.Call, CallFunction | CallNeural]]:
    for _, n in p.nodes:
        if isinstance(n, ast.Call):
            target = p.typed.calls.get(n)
            if isinstance(target, (CallFunction, CallNeural)):
                yield n, target


def given(call: ast.Call, target: CallFunction | CallNeural) -> list[ast.Expr | None]:
    """For each parameter the argument as it stands in the text; None for a receiver and for what is left out."""
    first = int(target.method)
    texts: list[ast.Expr | None] = [None] * first
    texts += [*call.args, *[k.value for k in call.keywords]]
    return [texts[at] if at >= 0 else None for at in target.binding]


def neighbours(body: tuple[ast.Stmt, ...]) -> Iterator[tuple[ast.Stmt, ast.Stmt]]:
    yield from pairwise(body)
    for s in body:
        for inner in (*([b.body for b in s.branches] + [s.orelse] if isinstance(s, ast.If) else []),
                      *([s.body] if isinstance(s, ast.For) else [])):
            yield from neighbours(inner)


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


def fix(mutant: Mutant) -> tuple[bool, bool]:
    """Whether `check --fix` changes the text, and whether what it made of it checks."""
    report, count = mended(check(Source(mutant.text, "mutant"), LIMITS), LIMITS)
    return count > 0, count > 0 and report.ok


def _touches(span: Span, places: tuple[Span, ...]) -> bool:
    return any(span.start <= place.end and place.start <= span.end for place in places)
