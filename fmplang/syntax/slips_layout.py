"""What the lexer says about lines: Markdown fences, blocks too deep, and blanks that fit no block. As slips.py does for
characters, each function says where to read on, if it moves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.slips import line_end
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.syntax.kinds import Kinds
    from fmplang.syntax.lexer import Lexer, Tokens

BEGINS = "the block begins here"
_STEP = 4


def fence(lexer: Lexer, pos: int) -> int:
    """A line of a Markdown fence: skipped, reported once with one fix for all."""
    end = line_end(lexer.text, pos)
    after = end + 1 if lexer.text.startswith("\n", end) else end
    line = lexer.text.rfind("\n", 0, pos) + 1
    if not lexer.fences:
        lexer.fence_at = len(lexer.tokens.found)
        lexer.tokens.found.append(Diagnostic(
            "FMP018", "a Markdown fence is no part of a program", lexer.source, Span(pos, end),
            help="delete the lines with ```"))
    lexer.fences.append(Edit(Span(line, after), ""))
    return end


def too_many_blocks(lexer: Lexer, line: int, pos: int) -> int:
    """A block one level too deep: skip it."""
    text, top = lexer.text, len(lexer.levels[-1])
    end = pos
    while True:
        end = line_end(text, end)
        m = re.compile(r"\r?\n[ \t]*").match(text, end)
        if m is None or (m.end() - text.rfind("\n", 0, m.end()) - 1 <= top and text[m.end():m.end() + 1] not in "\r\n"):
            break
        end = m.end()
    lexer.fail(pos, end, Diagnostic(
        "FMP603", f"blocks are nested deeper than {lexer.limits.nesting}", lexer.source,
        Span(pos, line_end(text, pos)), help="move the inner part into a function of its own"))
    return end


def indentation(lexer: Lexer, line: int, pos: int, blanks: str) -> None:
    """Blanks that fit no open block: take the nearest level, and say so the first time."""
    levels, k, t = lexer.levels, lexer.k, lexer.tokens
    width = len(blanks.expandtabs(8))
    widths = [len(level.expandtabs(8)) for level in levels]
    mixed = any(not level.startswith(blanks) and not blanks.startswith(level) for level in levels)
    end = t.ends[-1] if t.ends else 0
    if width >= widths[-1] and t.words and t.kinds[-1] == k.newline and t.kinds[-2] == k.signs[":"]:
        levels.append(blanks)
        lexer.add(k.indent, pos, end, "")
    else:
        best = min(range(len(levels)), key=lambda i: (abs(widths[i] - width), -i))
        while len(levels) - 1 > best:
            levels.pop()
            lexer.add(k.dedent, pos, end, "")
    if blanks in lexer.odd_blanks:
        return
    lexer.odd_blanks.add(blanks)
    level = levels[-1]
    title = ("this line mixes tabs and spaces with the lines before it" if mixed
             else "this line is indented like no line before it")
    fixes = () if mixed and level == blanks else (Fix("indent it like the block", (Edit(Span(line, pos), level),)),)
    span = Span(line, max(pos, line + 1))
    labels = _block_begin(lexer) or line_before(t, k, len(t.kinds))
    if labels and labels[0].text == BEGINS and odd_one(lexer.text, labels[0].span.start, width):
        span, labels, fixes = labels[0].span, (Label(span, "this line is indented as the block should be"),), ()
        title = "this line is indented otherwise than the lines after it"
    t.found.append(Diagnostic(
        "FMP007", title, lexer.source, span, labels=labels, fixes=fixes,
        help="indent each block by four spaces, and all its lines alike"))


def odd_one(text: str, first: int, width: int) -> bool:
    """Whether of two lines of one block the first, at `first`, is the one that is indented wrongly.

    It is where it does not stand one step deeper than the line above it, and the other, indented by `width`, does.
    """
    start = text.rfind("\n", 0, first) + 1
    above = text[:start].rstrip()
    line = above[above.rfind("\n") + 1:]
    step = len(line) - len(line.lstrip()) + _STEP
    return line.endswith(":") and width == step != first - start > step - _STEP


def _block_begin(lexer: Lexer) -> tuple[Label, ...]:
    """The first line of the innermost open block: the line that the others should stand under."""
    t, k, closed = lexer.tokens, lexer.k, 0
    for i in range(len(t.kinds) - 1, -1, -1):
        if t.kinds[i] == k.dedent:
            closed += 1
        elif t.kinds[i] == k.indent and closed:
            closed -= 1
        elif t.kinds[i] == k.indent and i + 1 < len(t.kinds):
            last = i + 1
            while last + 1 < len(t.kinds) and t.kinds[last + 1] != k.newline:
                last += 1
            return (Label(Span(t.starts[i + 1], t.ends[last]), BEGINS),)
    return ()


def line_before(t: Tokens, k: Kinds, index: int) -> tuple[Label, ...]:
    """The last line of code before token `index`: indentation is wrong beside another line."""
    layout = (k.newline, k.indent, k.dedent)
    last = index - 1
    while last >= 0 and t.kinds[last] in layout:
        last -= 1
    first = last
    while first > 0 and t.kinds[first - 1] not in layout:
        first -= 1
    return (Label(Span(t.starts[first], t.ends[last]), "the line before begins here"),) if last >= 0 else ()
