"""Mutations of the text: what they make, CPython's parser refuses."""

from __future__ import annotations

import ast as python
import io
import tokenize
from collections.abc import Iterator

from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span
from tests.check.mutating import Edit, Program, operator

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
        if kind == tokenize.STRING and text[:3] not in ('"""', "'''") and "\n" not in text:
            for at in (start + len(text) - len(text.lstrip("rfuRFU")), end - 1):
                line_end = p.text.find("\n", start)
                yield from _textual(p, iter([Edit(at, at + 1, "", (Span(start, line_end),))]))


@operator
def missing_bracket(p: Program) -> Iterator[Edit]:
    pairs: list[tuple[int, int]] = []
    open_: list[int] = []
    for _, text, start, _ in _tokens(p):
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


