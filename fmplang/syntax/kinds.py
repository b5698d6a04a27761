"""What kinds of tokens there are, and the regular expression that finds them, made of the grammar's terminals."""

from __future__ import annotations

import re
from functools import cache

from fmplang.frozen import Frozen
from fmplang.syntax.tables import Tables, load

# Words and signs of Python (and of other languages) that the grammar does not have: they get kinds of their own, so
# that the parser can say what to write instead.
FOREIGN_WORDS = ("as", "async", "await", "del", "except", "finally", "global", "nonlocal", "raise", "try", "while",
                 "with", "yield")
FOREIGN_SIGNS = (":=", "...", "<<=", ">>=", "@=", "<<", ">>", "~", ";", "!", "&&", "||", "?", "===", "!==", "<>", "=>")

PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {")": "(", "]": "[", "}": "{"}

# Groups of the expression that are no single terminal.
SIGN, BRACKET, NEWLINE, COMMENT, END, OTHER = -1, -2, -3, -4, -5, -6

_SPELL = {"NAME": "a name", "STRING": "a string", "INTEGER": "a number", "FLOAT": "a number",
          "$END": "the end of the file", "_NEWLINE": "the end of the line", "_INDENT": "an indented block",
          "_DEDENT": "the end of the block", "AUG_ASSIGN": "an assignment"}


class Kinds(Frozen):
    """The numbers of token kinds; `groups[i]` is the kind of group i of `match`, or one of the constants above."""

    names: tuple[str, ...]  # by number: terminals of the grammar, then foreign words and signs, then "error"
    words: dict[str, int]
    signs: dict[str, int]
    spell: tuple[str, ...]  # by number: what a reader calls it: "'if'", "a name", ...
    number: dict[str, int]  # the inverse of `names`
    groups: tuple[int, ...]
    match: re.Pattern[str]
    end: int
    newline: int
    indent: int
    dedent: int
    broken: int
    name: int
    string: int
    error: int


@cache
def kinds() -> Kinds:
    """The kinds of the grammar at hand."""
    return of_tables(load())


def of_tables(tables: Tables) -> Kinds:
    names = (*tables.terminals, *FOREIGN_WORDS, *FOREIGN_SIGNS, "error")
    number = {name: i for i, name in enumerate(names)}
    words, signs = _literals(tables, number)
    spell = [_SPELL.get(name, name) for name in names]
    for text, i in (words | signs).items():
        spell[i] = f"'{text}'"
    patterns = _groups(tables, number, signs)
    blanks = tables.patterns["BLANKS"][1]
    expression = f"(?:{blanks})*+(?:" + "|".join(f"({pattern})" for _, pattern in patterns) + ")"
    return Kinds(
        names=names, words=words, signs=signs, spell=tuple(spell), number=number,
        groups=(OTHER, *(kind for kind, _ in patterns)), match=re.compile(expression),
        end=number["$END"], newline=number["_NEWLINE"], indent=number["_INDENT"], dedent=number["_DEDENT"],
        broken=number["BROKEN"], name=number["NAME"], string=number["STRING"], error=number["error"],
    )


def _literals(tables: Tables, number: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Keywords and signs. A quoted text of the grammar that could be a name is a keyword."""
    could_be_name = re.compile(tables.patterns["NAME"][1])
    words = {word: number[word] for word in FOREIGN_WORDS}
    signs = {sign: number[sign] for sign in FOREIGN_SIGNS}
    for terminal, (how, text) in tables.patterns.items():
        if how == "str":
            (words if could_be_name.fullmatch(text) else signs)[text] = number[terminal]
    return words, signs


def _groups(tables: Tables, number: dict[str, int], signs: dict[str, int]) -> list[tuple[int, str]]:
    """The alternatives in the order in which they are tried.

    A string may begin like a name, FLOAT like INTEGER, `+=` like `+`.
    """
    regexps = [name for name, (how, _) in tables.patterns.items() if how == "re" and name not in ("COMMENT", "BLANKS")]
    order = {"STRING": 0, "NAME": 1, "FLOAT": 2, "INTEGER": 3}
    regexps.sort(key=lambda name: (order.get(name, 4), name))
    brackets = "".join(re.escape(sign) for sign in (*PAIRS, *CLOSERS))
    others = sorted((sign for sign in signs if sign not in PAIRS and sign not in CLOSERS), key=len, reverse=True)
    return [
        *((number[name], tables.patterns[name][1]) for name in regexps),
        (BRACKET, f"[{brackets}]"),
        (SIGN, "|".join(map(re.escape, others))),
        (NEWLINE, r"\r?\n(?:[ \t]*\r?\n)*+[ \t]*+"),
        (COMMENT, tables.patterns["COMMENT"][1]),
        (END, r"\Z"),
        (OTHER, r"(?s:.)"),
    ]
