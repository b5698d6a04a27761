"""Text to tree: always a tree, and every independent error in one go."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.syntax import ast, slips
from fmplang.syntax.ast import Expr
from fmplang.syntax.build import Builder
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.lexer import Lexer, Tokens
from fmplang.syntax.literals import Slip
from fmplang.syntax.machine import Machine, Stop, engine
from fmplang.syntax.source import Source, Span

if TYPE_CHECKING:
    from fmplang.syntax.recovery import Mender


class Parsed(Frozen, eq=True):
    """A program's tree and what is wrong with its syntax, sorted by place.

    The tree is always there: a statement that did not parse is an `ErrorStmt` in it.
    """

    module: ast.Module
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source, limits: Limits = Limits()) -> Parsed:  # noqa: B008  (frozen)
    """Read a program. Never raises, whatever the text.

    `limits` gives the ceilings of source size, nodes, nesting and integer bits.
    """
    if len(source.text) > limits.source:
        at = Span(limits.source, limits.source + 1)
        return Parsed(ast.Module(0, len(source.text), "", (), ()), (Diagnostic(
            "FMP601", f"the program has {len(source.text):,} characters, the limit is {limits.source:,}", source, at,
            help="make it shorter, or raise the limit `source`"),))
    return _Reading(source, limits).program()


class _Reading:
    """One call of `parse`."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.engine = engine()
        self.text, self.found = slips.clean(source)
        self.mender: Mender | None = None

    def program(self) -> Parsed:
        tokens = Lexer(self.source, self.text, self.engine.kinds, self.limits).program()
        builder = Builder(self.source, self.text, tokens, self.limits, self.engine.kinds, self._inside)
        self.builder = builder
        machine = Machine(self.engine, self.source, tokens, self.limits, builder, "module")
        try:
            module: ast.Module = machine.run(self._recover)
        except Stop as stop:
            self.found.append(stop.diagnostic)
            module = self._unfinished(machine, tokens)
        return Parsed(module, _layout(_sorted([*self.found, *tokens.found, *machine.found]), module))

    def _recover(self, machine: Machine, slip: Slip | None) -> None:
        """Called at an error. Most programs have none, and do without this import."""
        from fmplang.syntax.recovery import Mender

        if self.mender is None:
            self.mender = Mender(machine, self.found)
        self.mender.recover(slip)

    def _refuse(self, machine: Machine, slip: Slip | None) -> None:
        """An error in the braces of an f-string: the statement around them takes it."""
        from fmplang.syntax.recovery import slip_at

        raise slip or slip_at(machine)

    def _inside(self, begin: int, end: int) -> tuple[Expr, int]:
        """The expression in the braces of an f-string, and its nesting."""
        tokens = Lexer(self.source, self.text, self.engine.kinds, self.limits).inside(begin, end)
        outer = self.builder
        builder = Builder(self.source, self.text, tokens, self.limits, self.engine.kinds, self._inside)
        builder.nodes = outer.nodes
        machine = Machine(self.engine, self.source, tokens, self.limits, builder, "interpolation")
        self.builder = builder
        try:
            value: Expr = machine.run(self._refuse)
        finally:
            self.builder = outer
            outer.nodes = builder.nodes
        return value, machine.depths[-1]

    def _unfinished(self, machine: Machine, tokens: Tokens) -> ast.Module:
        """The module up to where reading stopped; the rest is one ErrorStmt."""
        items: list[ast.Item] = []
        doc = ""
        for value in machine.values[:2]:
            if isinstance(value, str):
                doc = value
            elif isinstance(value, list):
                items = [item for item in value if isinstance(item, ast.Node)]  # type: ignore[misc]
        start = items[-1].end if items else 0
        first = bisect_left(tokens.starts, start)
        name = self.engine.kinds.name
        names = dict.fromkeys(word for word, kind in zip(tokens.words[first:], tokens.kinds[first:], strict=True)
                              if kind == name)
        rest = ast.ErrorStmt(start, len(self.source.text), tuple(names))
        return ast.Module(0, len(self.source.text), doc, (*items, rest), tuple(tokens.comments))


_BLOCKS = frozenset({"FMP005", "FMP006", "FMP007"})


def _layout(found: tuple[Diagnostic, ...], module: ast.Module) -> tuple[Diagnostic, ...]:
    """Without what only follows from an indentation that does not fit: told once for a function or record."""
    if not any(d.code == "FMP007" for d in found):
        return found
    starts = [item.start for item in module.items]
    kept: list[Diagnostic] = []
    shaken: dict[int, str] = {}  # by item: the first error of layout in it
    for d in found:
        if d.code in _BLOCKS or d.code == "FMP032":
            item = bisect_left(starts, d.span.start + 1)
            before = shaken.get(item, "")
            if before == "FMP007" or (before and d.code in ("FMP007", "FMP032")):
                continue
            if d.code in _BLOCKS:
                shaken[item] = before or d.code
        kept.append(d)
    return tuple(kept)


def _sorted(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, each place and code once."""
    unique = {(d.span.start, d.code): d for d in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda d: (d.span.start, d.span.end, d.code)))
