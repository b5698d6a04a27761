"""Programs that nobody wrote, four ways: token soup, mutants, by the grammar, by the types.

All are functions of a `random.Random` alone, so that an input follows from its seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests.check import strategies
from tests.runtime.generated import Seeded, statement_program

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = tuple(path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.fmp")))

WORDS = """
    def return if elif else for in not and or is None True False lambda pass break continue assert from import class
    while try with yield async await del global nonlocal raise match case
    main x y xs image a Image list dict set tuple int str float bool Literal Callable len range sorted sum map
    filter zip find exists append crop left width "a" "dog" 0 1 2.5 10 -1 f"{x}" f"{x:>{y}}" '''t''' # @neural("llm")
    ( ) [ ] { } : , . = == != < <= > >= + - * / // % ** | & ^ ~ -> += -= := @ ; ... ! ? $ \\ ` ' "
    fmp.vision __class__ _
""".split()


def soup(rng: random.Random) -> str:
    """Lines of words, most with a plausible indentation, some within a function."""
    lines = []
    depth = 0
    if rng.random() < 0.7:
        lines.append("def main(a: int, image: Image) -> int:")
        depth = 1
    for _ in range(rng.randint(1, 12)):
        line = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 10)))
        if rng.random() < 0.3:
            line += ":"
        lines.append("    " * depth + line)
        depth = max(0, depth + rng.choice((-1, 0, 0, 0, 1 if line.endswith(":") else 0)))
    return "\n".join(lines) + rng.choice(("", "\n", "\n\n", "\r\n", "\x00"))


# -------------------------------------------------------------------------------------------------- mutants

TOKEN = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|\w+|\s+|.')
# Characters that no keyboard has a key for, and that a lexer may trip over.
ODD = "\x00\x0b\x0c\x1a\x7f\x85\u00a0\u0301\u200b\u202e\u2028\ufeff\uff11\u0661\u00b2\U0001f600\ud800\U0010ffff"


def mutated(rng: random.Random, text: str) -> str:
    """A program with tokens dropped, doubled, swapped, cut, spoilt, or replaced by those of an example."""
    tokens = TOKEN.findall(text)
    others = TOKEN.findall(rng.choice(EXAMPLES))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(tokens))
        kind = rng.randrange(7)
        if kind == 0:
            del tokens[at:at + rng.randint(1, 4)]
        elif kind == 1:
            tokens[at:at] = tokens[at:at + rng.randint(1, 8)]
        elif kind == 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = rng.choice(others)
        elif kind == 4:
            tokens[at] = rng.choice(WORDS)
        elif kind == 5:
            tokens[at] = tokens[at][: rng.randrange(len(tokens[at]) + 1)]
        elif rng.random() < 0.2:
            tokens[at] += rng.choice(ODD)
        else:  # a word for another of the same text: well formed more often than not
            words = [token for token in tokens if token.isidentifier()] or ["x"]
            tokens[at] = rng.choice(words) if tokens[at].isidentifier() else tokens[at]
        tokens = tokens or [" "]
    return "".join(tokens)


def mutant(rng: random.Random) -> str:
    """Of an example, or now and then of a program that the types made."""
    return mutated(rng, by_types(rng) if rng.random() < 0.15 else rng.choice(EXAMPLES))


# ------------------------------------------------------------------------------------------- by the grammar

NAMES = ("main", "a", "b", "x", "xs", "image", "d", "len", "range", "find", "str", "int", "list", "Image", "math",
         "sum", "max", "sorted", "append", "width", "Box", "f", "_")
STRINGS = ('""', '"a"', "'dog'", '"{}"', 'f"{a}"', "f'{x:>3}'", 'f"{a!r}{b}"', 'r"\\d"', '"""t"""', "'\\n'",
           '"\\ud800"', "'{0.a}'", 'f"{{{a}}}"', '"é"')
NUMBERS = ("0", "1", "2", "7", "1_000", "0x1f", "99999999999999999999")
REALS = ("0.5", "1e308", "1e-300", ".5", "2.")
TERMINALS: dict[str, tuple[str, ...]] = {"NAME": NAMES, "STRING": STRINGS, "INTEGER": NUMBERS, "FLOAT": REALS,
                                         "AUG_ASSIGN": ("+=", "-=", "*=", "//=", "|=")}
TALL = 10**6
Options = list[tuple[str, ...]]


@cache
def grammar() -> tuple[dict[str, tuple[Options, Options]], dict[str, str]]:
    """By nonterminal: its productions, and those of least height; and how the fixed terminals are written."""
    import lark

    from fmplang.resources import grammar_text

    parser: Any = lark.Lark(grammar_text(), parser="lalr", lexer="basic", start=["module", "interpolation"],
                            maybe_placeholders=True)
    rules: dict[str, list[tuple[str, ...]]] = {}
    for rule in parser.rules:
        rules.setdefault(rule.origin.name, []).append(tuple(symbol.name for symbol in rule.expansion))
    fixed = {terminal.name: terminal.pattern.value for terminal in parser.terminals
             if type(terminal.pattern).__name__ == "PatternStr"}
    height = dict.fromkeys((*fixed, *TERMINALS, "_NEWLINE", "_INDENT", "_DEDENT"), 0)
    height["BROKEN"] = TALL  # the lexer never makes one
    changed = True
    while changed:
        changed = False
        for origin, options in rules.items():
            least = min(1 + max((height.get(symbol, TALL) for symbol in option), default=0) for option in options)
            if least < height.get(origin, TALL):
                height[origin], changed = least, True
    ways = {}
    for origin, options in rules.items():
        heights = [max((height.get(symbol, TALL) for symbol in option), default=0) for option in options]
        least = min(heights)
        finite = [option for option, tall in zip(options, heights, strict=True) if tall < TALL]
        ways[origin] = (finite, [option for option, tall in zip(options, heights, strict=True) if tall == least])
    return ways, fixed


def by_grammar(rng: random.Random) -> str:
    """A text that the grammar derives: well formed, hardly ever well typed."""
    ways, fixed = grammar()
    out: list[str] = []
    indent = 0
    budget = rng.randint(20, 250)  # nonterminals; then each takes its shortest way
    todo = [("module" if rng.random() < 0.3 else "function", 0)]
    while todo:
        symbol, depth = todo.pop()
        if symbol == "_NEWLINE":
            out.append("\n")
        elif symbol in ("_INDENT", "_DEDENT"):
            indent += 1 if symbol == "_INDENT" else -1
        elif symbol in ways:
            budget -= 1
            options, shortest = ways[symbol]
            chosen = rng.choice(shortest if budget < 0 or depth > 40 else options)
            todo.extend((part, depth + 1) for part in reversed(chosen))
        else:
            if not out or out[-1] == "\n":
                out.append("    " * indent)
            out.append(rng.choice(TERMINALS[symbol]) if symbol in TERMINALS else fixed[symbol])
            out.append(" ")
    return "".join(out)


# --------------------------------------------------------------------------------------------- by the types


class _Seeded(strategies.Writer):
    """The checker's generator, fed by a seed."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(lambda strategy: None)
        self.rng = rng

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.random() * len(choices))]

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)


def by_types(rng: random.Random) -> str:
    """A text that is well typed, or nearly always so: records, lambdas, loops, narrowing, builtins."""
    if rng.random() < 0.5:
        return statement_program(Seeded(rng))
    return strategies.write(_Seeded(rng))


KINDS: dict[str, Callable[[random.Random], str]] = {
    "soup": soup, "mutant": mutant, "grammar": by_grammar, "types": by_types,
}
# Of twenty inputs: the kinds that cost little come more often.
TURNS = tuple("soup mutant soup grammar soup mutant soup mutant soup grammar "
              "soup mutant soup grammar soup mutant soup mutant types grammar".split())


def nth(seed: int, number: int) -> tuple[str, str]:
    """The kind and the text of this input of a seed."""
    kind = TURNS[number % len(TURNS)]
    return kind, KINDS[kind](random.Random(f"{seed} {number}"))
