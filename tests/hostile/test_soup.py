"""Programs that nobody wrote: token soup, and the examples with something changed.

Whatever comes out, checking ends in diagnostics or a program, a program that checks is valid Python, and running it
ends in an answer or an FmpError.
"""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

import fmplang
from tests.hostile.runner import converse

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.fmp"))]

WORDS = """
    def return if elif else for in not and or is None True False lambda pass break continue assert from import class
    while try with yield async await del global nonlocal raise match case
    main x y xs image a Image list dict set tuple int str float bool Literal Callable len range sorted sum map
    filter zip find exists append crop left width "a" "dog" 0 1 2.5 10 -1 f"{x}" f"{x:>{y}}" '''t''' # @neural("llm")
    ( ) [ ] { } : , . = == != < <= > >= + - * / // % ** | & ^ ~ -> += -= := @ ; ... ! ? $ \\ ` ' "
    fmp.vision __class__ _
""".split()
LIMITS = fmplang.Limits(steps=20_000, own_seconds=60.0, neural_calls=16)


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


TOKEN = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|\w+|\s+|.')


def mutated(rng: random.Random, text: str) -> str:
    """An example with tokens dropped, doubled, swapped or replaced by those of another example."""
    tokens = TOKEN.findall(text)
    others = TOKEN.findall(rng.choice(EXAMPLES))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(tokens))
        kind = rng.randrange(6)
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
        else:
            tokens[at] = tokens[at][: rng.randrange(len(tokens[at]) + 1)]
        tokens = tokens or [" "]
    return "".join(tokens)


def hold(text: str) -> str:
    """Runs one text; tells how it ended. Anything but an FmpError passes through and fails the test."""
    report = fmplang.check(text)
    for diagnostic in report.diagnostics:
        assert diagnostic.code.startswith("FMP") and diagnostic.title
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.source.text)
    if not report.ok:
        assert any(d.severity == "error" for d in report.diagnostics)
        return "refused"
    ast.parse(text)
    try:
        program = fmplang.compile(text)
        converse(program, LIMITS)
    except fmplang.FmpError:
        return "stopped"
    return "answered"


def run_soup(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [hold(soup(rng)) for _ in range(count)]


def run_mutants(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [hold(mutated(rng, rng.choice(EXAMPLES))) for _ in range(count)]


@pytest.mark.fuzz
def test_token_soup() -> None:
    assert "refused" in run_soup(1, 300)


@pytest.mark.fuzz
def test_mutated_examples() -> None:
    ends = run_mutants(2, 200)
    assert "refused" in ends and {"answered", "stopped"} & set(ends)  # the mutants reach the interpreter too


@pytest.mark.fuzz
@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
def test_much_token_soup(seed: int) -> None:
    run_soup(1000 + seed, 2_000)


@pytest.mark.fuzz
@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
def test_many_mutated_examples(seed: int) -> None:
    run_mutants(2000 + seed, 1_000)
