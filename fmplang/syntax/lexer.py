"""Text to tokens.

One regular expression, made of the grammar's terminals (kinds.py), finds the tokens; the loop around it makes lines
and indentation out of the layout. What is no token becomes one of kind `error` that carries a ready diagnostic
(slips.py writes it); the parser reports it when it gets there.
"""

from __future__ import annotations

import re

from fmplang.limits import Limits
from fmplang.syntax import slips, slips_layout
from fmplang.syntax.ast import Comment
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix
from fmplang.syntax.kinds import BRACKET, CLOSERS, COMMENT, END, NEWLINE, PAIRS, SIGN, Kinds
from fmplang.syntax.source import Source

# A line that begins like this does not continue an open bracket.
_STATEMENT = re.compile(r"(?:def|class|return|assert|pass|break|continue|import|from|while|try|with|raise|global)\b|@")
_CONTINUED = re.compile(r"\\\r?\n\Z")
_CONTINUATIONS = re.compile(r"(?:\\\r?\n[ \t]*)+")
_FIRST_BLANKS = re.compile(r"(?:[ \t]*\r?\n)*+[ \t]*+")


class Tokens:
    """Parallel lists. A token without text (line end, indentation) ends where the last one with text did."""

    __slots__ = ("comments", "ends", "errors", "found", "kinds", "starts", "unclosed", "words")

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.words: list[str] = []
        self.errors: dict[int, Diagnostic] = {}  # by index, for tokens of kind `error`
        self.unclosed: dict[int, int] = {}  # index of such a token -> where its open bracket is
        self.comments: list[Comment] = []
        self.found: list[Diagnostic] = []  # what was wrong, but could be read all the same


class Lexer:
    """Reads `text[begin:end]` once. `text` has the length of the source's text, but may differ from it (see slips)."""

    def __init__(self, source: Source, text: str, kinds: Kinds, limits: Limits) -> None:
        self.source = source
        self.text = text
        self.k = kinds
        self.limits = limits
        self.tokens = Tokens()
        self.levels = [""]  # the open indentations
        self.open: list[tuple[str, int]] = []  # the open brackets, with the index of their token
        self.cautious = -1  # up to here a bracket that stays open is known to be missing its end
        self.brace_blocks = 0  # blocks in braces whose end is to come
        self.odd_blanks: set[str] = set()  # indentations reported already
        self.odd_spaces: list[Edit] = []  # the fix for all spaces that are none ...
        self.spaces = -1  # ... and which finding it belongs to
        self.fences: list[Edit] = []  # the same for Markdown fences
        self.fence_at = -1

    # ------------------------------------------------------------------ whole programs

    def program(self) -> Tokens:
        """All tokens of a program: every line ends in a `_NEWLINE`, every block in a `_DEDENT`, then `$END`."""
        text, k, t = self.text, self.k, self.tokens
        match, groups, words, signs = k.match.match, k.groups, k.words, k.signs
        name, string = k.name, k.string
        kinds, starts, ends, values = t.kinds, t.starts, t.ends, t.words
        pos = slips.beginning(self)
        pos = self.first_line(pos)
        while True:
            m = match(text, pos)
            assert m is not None  # the last alternative takes any character
            group = m.lastindex
            assert group is not None
            kind = groups[group]
            start, pos = m.span(group)
            if kind >= 0:
                word = m[group]
                if kind == name:
                    kind = words.get(word, name)
                    if word[0] == "_" and word.startswith("__"):
                        slips.dunder(self, word, start, pos)
                        continue
                elif kind == string and starts and ends[-1] == start and kinds[-1] == name:
                    pos = slips.prefix(self, start, pos)
                    continue
                kinds.append(kind)
                starts.append(start)
                ends.append(pos)
                values.append(word)
            elif kind == SIGN:
                word = m[group]
                kinds.append(signs[word])
                starts.append(start)
                ends.append(pos)
                values.append(word)
            elif kind == BRACKET:
                pos = self.bracket(m[group], start, pos)
            elif kind == NEWLINE:
                if self.open:
                    pos = self.inner_line(start, pos)
                else:
                    pos = self.line_end(start, pos)
            elif kind == COMMENT:
                line = text.rfind("\n", 0, start) + 1
                indent = -1 if text[line:start].strip() else start - line
                slips.comment(self, start, pos, indent >= 0)
                t.comments.append(Comment(start, pos, text[start:pos].rstrip(), indent))
            elif kind == END:
                if self.open:
                    pos = self.give_up(start)
                    if pos < start:
                        continue
                if _CONTINUED.search(text, max(0, start - 3)):
                    slips.continued_end(self, start)
                break
            else:
                pos = slips.character(self, start)
        self.finish(len(text))
        return t

    def inside(self, begin: int, end: int) -> Tokens:
        """The tokens of an f-string's expression at [begin, end): as if between brackets."""
        k, t = self.k, self.tokens
        pos = begin
        while True:
            m = k.match.match(self.text, pos, end)
            assert m is not None and m.lastindex is not None
            kind = k.groups[m.lastindex]
            start, pos = m.span(m.lastindex)
            word = m[m.lastindex]
            if kind >= 0:
                if kind == k.name:
                    kind = k.words.get(word, kind)
                    if word.startswith("__"):
                        slips.dunder(self, word, start, pos)
                        continue
                elif kind == k.string and t.kinds and t.ends[-1] == start and t.kinds[-1] == k.name:
                    pos = slips.prefix(self, start, pos)
                    continue
                self.add(kind, start, pos, word)
            elif kind == SIGN:
                self.add(k.signs[word], start, pos, word)
            elif kind == BRACKET:
                pos = self.bracket(word, start, pos)
            elif kind == END:
                break
            elif kind not in (NEWLINE, COMMENT):
                pos = slips.character(self, start)
        self.add(k.end, end, t.ends[-1] if t.ends else begin, "")
        return t

    # --------------------------------------------------------------------------- lines

    def first_line(self, pos: int) -> int:
        """The first line may not be indented; blank lines and comments do not count."""
        m = _FIRST_BLANKS.match(self.text, pos)
        assert m is not None
        return self.indentation(m.end())

    def line_end(self, start: int, pos: int) -> int:
        """A line end outside of brackets: a `_NEWLINE` if the line had tokens, then the next line's indentation."""
        kinds = self.tokens.kinds
        if kinds and kinds[-1] not in (self.k.newline, self.k.indent, self.k.dedent):
            self.add(self.k.newline, start, self.tokens.ends[-1], "")
        return self.indentation(pos)

    def indentation(self, pos: int) -> int:
        """Compare the blanks before `pos`, where a line's first token begins, with the open blocks."""
        text, levels, k = self.text, self.levels, self.k
        first = text[pos:pos + 1]
        line = max(text.rfind("\n", 0, pos) + 1, self.floor)
        if first > "~" or first in ("\f", "\v"):
            pos = slips.odd_indentation(self, pos)
            first = text[pos:pos + 1]
        if first in ("#", "\r", "\n", ""):
            return pos
        if first == "\\" and (continued := _CONTINUATIONS.match(text, pos)):
            slips.leading_backslash(self, pos)
            return self.indentation(continued.end())
        if first == "`" and text.startswith("```", pos):
            return slips_layout.fence(self, pos)
        blanks = slips.plain(text[line:pos])
        if blanks == levels[-1]:
            return pos
        end = self.tokens.ends[-1] if self.tokens.ends else 0
        if blanks.startswith(levels[-1]):
            if len(levels) > self.limits.nesting:
                return slips_layout.too_many_blocks(self, line, pos)
            levels.append(blanks)
            self.add(k.indent, pos, end, "")
            return pos
        if blanks not in levels:
            slips_layout.indentation(self, line, pos, blanks)
            return pos
        while levels[-1] != blanks:
            levels.pop()
            self.add(k.dedent, pos, end, "")
        return pos

    @property
    def floor(self) -> int:
        return 1 if self.text.startswith("\ufeff") else 0

    # ------------------------------------------------------------------------ brackets

    def bracket(self, sign: str, start: int, pos: int) -> int:
        t = self.tokens
        if sign in PAIRS:
            if len(self.open) == self.limits.nesting:
                slips.too_many_brackets(self, start)
            self.open.append((sign, len(t.kinds)))
        elif not self.open:
            slips.unopened(self, sign, start)
            return pos
        else:
            opener, index = self.open.pop()
            if opener != CLOSERS[sign] and not self.mismatch(opener, index, sign, start):
                return self.give_up(start) if self.open and self.open[-1] == (opener, index) else pos
        self.add(self.k.signs[sign], start, pos, sign)
        return pos

    def mismatch(self, opener: str, index: int, sign: str, start: int) -> bool:
        """A closing bracket that does not fit the last open one; whether it closes one further out."""
        opened = self.tokens.starts[index]
        if any(outer == CLOSERS[sign] for outer, _ in self.open):
            slips.inner_unclosed(self, opener, opened, sign, start)
            while self.open.pop()[0] != CLOSERS[sign]:
                pass
            return True
        if "\n" in self.text[opened:start] and self.cautious < start:
            self.open.append((opener, index))
        else:
            slips.mismatch(self, opener, opened, sign, start)
        return False

    def inner_line(self, start: int, pos: int) -> int:
        """A line end between brackets: nothing, unless the bracket was never closed."""
        if self.tokens.words[-1] == "{" and slips.brace_block(self):
            return start
        if _STATEMENT.match(self.text, pos) or (self.tokens.words[-1] == ":" and self._header()):
            return self.give_up(start)
        if self.cautious > start and self.text[pos:pos + 1] not in ("#", ")", "]", "}"):
            blanks = pos - self.text.rfind("\n", 0, pos) - 1
            if blanks <= len(self.levels[-1]):
                return self.give_up(start)
        return pos

    def _header(self) -> bool:
        """Whether the `:` that ends the line ends the header of a block, and the bracket open was forgotten."""
        opener, index = self.open[-1]
        if opener != "(" or "lambda" in self.tokens.words[index:]:
            return False
        first = index
        while first > 0 and self.tokens.kinds[first - 1] not in (self.k.newline, self.k.indent, self.k.dedent):
            first -= 1
        return self.tokens.words[first] in ("def", "if", "elif", "for", "class")

    def give_up(self, start: int) -> int:
        """A bracket is not closed up to `start`, where it should be: report it, and end its line.

        The first time, go back to the bracket and take the first line that is indented no deeper than the
        bracket's own as the end; this is not done at once, because such a line is fine where a bracket is closed.
        """
        t = self.tokens
        outer = self.open[0][1]
        if self.cautious < start and "\n" in self.text[t.starts[outer]:start].rstrip():
            self.cautious = start
            begin = t.starts[outer]
            self.open.clear()
            for items in (t.kinds, t.starts, t.ends, t.words):
                del items[outer:]
            for index in [i for i in t.errors if i >= outer]:
                t.errors.pop(index)
                t.unclosed.pop(index, None)
            while t.comments and t.comments[-1].start >= begin:
                t.comments.pop()
            return begin
        slips.unclosed(self, start)
        self.open.clear()
        return start

    # -------------------------------------------------------------------------- tokens

    def add(self, kind: int, start: int, end: int, word: str) -> None:
        t = self.tokens
        t.kinds.append(kind)
        t.starts.append(start)
        t.ends.append(end)
        t.words.append(word)

    def fail(self, start: int, end: int, diagnostic: Diagnostic) -> None:
        """Put an error in place of a token."""
        self.tokens.errors[len(self.tokens.kinds)] = diagnostic
        self.add(self.k.error, start, end, self.text[start:end])

    def finish(self, end: int) -> None:
        t, k = self.tokens, self.k
        if self.odd_spaces:
            fix = Fix("write plain spaces", tuple(dict.fromkeys(self.odd_spaces)), safe=True)
            t.found[self.spaces] = t.found[self.spaces].with_fix(fix)
        if self.fences:
            fix = Fix("delete the fences", tuple(self.fences), safe=True)
            t.found[self.fence_at] = t.found[self.fence_at].with_fix(fix)
        last = t.ends[-1] if t.ends else 0
        if t.kinds and t.kinds[-1] not in (k.newline, k.indent, k.dedent):
            self.add(k.newline, end, last, "")
        for _ in self.levels[1:]:
            self.add(k.dedent, end, last, "")
        self.add(k.end, end, last, "")
