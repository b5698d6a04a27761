"""A token that fits no production, and what stands around it: what the rules of `explain` look at."""

from __future__ import annotations

from functools import cached_property

from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.machine import Machine
from fmplang.syntax.source import Span

BLOCK_WORDS = frozenset({"IF", "ELIF", "ELSE", "FOR", "DEF", "CLASS"})
LINE_WORDS = frozenset({"RETURN", "PASS", "BREAK", "CONTINUE", "ASSERT"})
BOUNDARIES = frozenset({"_NEWLINE", "_INDENT", "_DEDENT"})
OPERAND_ENDS = frozenset({"NAME", "STRING", "INTEGER", "FLOAT", "RPAR", "RSQB", "RBRACE", "NONE", "TRUE", "FALSE"})
OPERANDS = frozenset({"NAME", "STRING", "INTEGER", "FLOAT", "LPAR", "LSQB", "LBRACE", "NONE", "TRUE", "FALSE"})


class Place:
    """The machine's token and what stands around it.

    `first` is the first token of its statement, `height` that of the machine's stack before it.
    """

    def __init__(self, machine: Machine, first: int, height: int) -> None:
        self.machine = machine
        self.t = machine.tokens
        self.k = machine.engine.kinds
        self.index = machine.index
        self.first = first
        self.height = height
        self.kind = self.name(self.index)
        self.word = self.t.words[self.index]

    @cached_property
    def states(self) -> list[int]:
        """The states before the machine saw the token: it may have reduced too much before it found no way on."""
        begin = self.machine.states[:self.height + 1]
        states = self.machine.after(begin, self.t.kinds[self.first:self.index])
        return states or self.machine.states

    def name(self, index: int) -> str:
        """The name of a token's kind: of a terminal in the grammar, or the foreign word or sign itself."""
        return self.k.names[self.t.kinds[index]] if 0 <= index < len(self.t.kinds) else ""

    @property
    def before(self) -> str:
        return self.name(self.index - 1)

    @property
    def after(self) -> str:
        return self.name(self.index + 1)

    @property
    def boundary(self) -> bool:
        """Whether the token is the first of its line."""
        return self.index == 0 or self.before in BOUNDARIES

    @property
    def top_level(self) -> bool:
        """Whether the statement stands outside of functions and records."""
        return self.began("FROM")

    @property
    def in_record(self) -> bool:
        """Whether the statement is a line of a record's body."""
        return self.began("BROKEN") and not self.began("FROM") and not self.began("RETURN")

    def accepts(self, *names: str) -> bool:
        """Whether these tokens could come here, one after the other."""
        return bool(self.machine.after(self.states, [self.k.number[name] for name in names]))

    def began(self, name: str) -> bool:
        """Whether this token could have come where the statement began."""
        return bool(self.machine.after(self.machine.states[:self.height + 1], [self.k.number[name]]))

    def found(self) -> str:
        """What a reader calls the token."""
        if self.kind == "NAME":
            return f"'{self.word}'"
        if self.kind == "$END" and not self.began("$END"):
            return "the end of the braces"
        return self.k.spell[self.t.kinds[self.index]]

    def span(self, first: int | None = None, last: int | None = None) -> Span:
        last = (self.index if first is None else first) if last is None else last
        first = self.index if first is None else first
        start, end = self.t.starts[first], self.t.ends[last]
        if end < start:  # a line end or a change of indentation: the place behind the last token
            return Span(end, end)
        return Span(start, end)

    def line(self) -> range:
        """The tokens from the statement's first to the end of the line, without the line end."""
        end = self.index
        while self.name(end) not in ("_NEWLINE", "$END"):
            end += 1
        return range(self.first, end)

    def say(self, code: str, title: str, help: str = "", *fixes: Fix, span: Span | None = None, expected: str = "",
            found: str = "", labels: tuple[Label, ...] = ()) -> Diagnostic:
        return Diagnostic(code, title, self.machine.source, span or self.span(), help=help, fixes=fixes,
                          expected=expected, found=found, labels=labels)

    def replace(self, text: str, first: int | None = None, last: int | None = None, safe: bool = False) -> Fix:
        title = f"write `{text.strip()}`" if text.strip() else "delete it"
        return Fix(title, (Edit(self.span(first, last), text),), safe=safe)

    def drop_line(self, safe: bool = False) -> Fix:
        """Delete the line, with its indentation and its end."""
        text = self.machine.source.text
        start = text.rfind("\n", 0, self.t.starts[self.first]) + 1
        end = text.find("\n", self.t.ends[self.line()[-1]]) + 1 or len(text)
        return Fix("delete the line", (Edit(Span(start, end), ""),), safe=safe)
