"""Short ways to read a program in a test."""

from __future__ import annotations

from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source

ROOMY = Limits(source=10**7, nodes=10**7)


def read(text: str, limits: Limits = ROOMY) -> ast.Module:
    """The tree of a right program."""
    parsed = parse(Source(text), limits)
    assert parsed.diagnostics == (), [(d.where, d.code, d.title) for d in parsed.diagnostics]
    return parsed.module


def errors(text: str, limits: Limits = ROOMY) -> tuple[Diagnostic, ...]:
    return parse(Source(text), limits).diagnostics


def found(text: str) -> list[tuple[str, str]]:
    """Where and what is wrong: [("2:5", "FMP020"), ...]."""
    return [(d.where.removeprefix("<program>:"), d.code) for d in errors(text)]


def main(*lines: str) -> str:
    """A program around the lines of a function's body."""
    return "def main(x: int) -> int:\n" + "".join(f"    {line}\n" for line in lines)


def statement(line: str) -> ast.Stmt:
    (item,) = read(main(line)).items
    assert isinstance(item, ast.Function)
    (stmt,) = item.body
    return stmt


def expression(text: str) -> ast.Expr:
    stmt = statement(f"y = {text}")
    assert isinstance(stmt, ast.Assign)
    return stmt.value


def mend(text: str, only_safe: bool = True) -> str:
    """The text with the fixes of all its diagnostics applied, as `check --fix` does."""
    edits = [edit for d in errors(text) for fix in d.fixes[:1] if fix.safe or not only_safe for edit in fix.edits]
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        text = text[:edit.span.start] + edit.text + text[edit.span.end:]
    return text
