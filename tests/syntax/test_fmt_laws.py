"""Laws of the formatter, with comments and blank lines in every place: it keeps the tree, the comments in their order
and the blank lines between statements, and changes nothing when it is run again.

On every program there is, and on generated ones.
"""

from __future__ import annotations

import io
import random
import tokenize
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmplang import resources
from fmplang.syntax import ast
from fmplang.syntax.printer import print_module
from fmplang.syntax.quoting import Unprintable
from fmplang.syntax.source import Source
from tests.check.correct import files, written
from tests.check.strategies import programs
from tests.strategies import modules
from tests.syntax.support import read
from tests.syntax.test_cpython import SHAPES

EVERY = {path.name: path.read_text(encoding="utf-8") for path in (*files(), *resources.stdlib_modules().values())}


def sprinkled(text: str, chance: random.Random, often: float) -> str:
    """The text with comments and blank lines put in: on lines of their own, behind code, and inside of brackets."""
    numbers = iter(range(10_000))
    starts = Source(text).line_starts
    added: list[tuple[int, str]] = []
    depth = 0

    def comment() -> str:
        return f"#{chance.choice(['', ' ', '  ', '#'])}c{next(numbers)}"

    def lines() -> str:
        blank = chance.choice(["", "   ", "\t"])
        return "".join(chance.choice([f"{blank}\n", f"{' ' * chance.randrange(9)}{comment()}\n"])
                       for _ in range(chance.randrange(1, 3)))

    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.end[0] > len(starts):
            break
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if chance.random() > often:
            continue
        if token.type == tokenize.NEWLINE:
            at = starts[token.start[0] - 1] + token.start[1]
            had = "#" in text[starts[token.start[0] - 1]:at]
            if chance.random() < 0.5 and not had:
                added.append((at, f"{' ' * chance.randrange(3)}{comment()}"))
            else:
                added.append((end, lines()))
        elif depth and token.type == tokenize.OP and token.string in ",([{":
            added.append((end, f"{chance.choice(['', ' ' + comment()])}\n{lines()}    "))
    if chance.random() < often:
        added.append((0, lines()))
    for at, new in sorted(added, key=lambda a: a[0], reverse=True):
        text = text[:at] + new + text[at:]
    return text


def blocks(module: ast.Module) -> Iterator[tuple[ast.Stmt, ...]]:
    stack: list[ast.Node] = list(module.items)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Function, ast.For, ast.Branch)):
            yield node.body
        elif isinstance(node, ast.If):
            yield node.orelse
        stack.extend(ast.children(node))


def apart(text: str, module: ast.Module) -> list[list[bool]]:
    """For each block, whether there is a blank line between each statement and the next."""
    found = []
    for body in blocks(module):
        gaps = [text[a.end:b.start].split("\n")[1:-1] for a, b in pairwise(body)]
        found.append([any(not line.strip() for line in gap) for gap in gaps])
    return found


def check(text: str) -> None:
    module = read(text)
    once = print_module(module, Source(text))
    again = read(once)
    assert ast.same(module, again), once
    assert [c.text.rstrip() for c in again.comments] == [c.text.rstrip() for c in module.comments], once
    assert apart(once, again) == apart(text, module), once
    assert print_module(again, Source(once)) == once
    assert not any(line != line.rstrip() for line in once.split("\n")) or '"""' in once or "'''" in once


@pytest.mark.parametrize("name", EVERY)
def test_every_program_there_is(name: str) -> None:
    text = EVERY[name]
    check(text)
    for seed in range(4):
        check(sprinkled(text, random.Random(f"{name} {seed}"), (0.05, 0.3, 0.7, 1.0)[seed]))


def test_every_example_and_shape() -> None:
    for i, text in enumerate([*written(), *SHAPES]):
        check(text)
        check(sprinkled(text, random.Random(i), 0.5))


@pytest.mark.fuzz
@settings(max_examples=20)
@given(programs(), st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 0.8]))
def test_generated_programs(text: str, seed: int, often: float) -> None:
    check(sprinkled(text, random.Random(seed), often))


@pytest.mark.fuzz
@settings(max_examples=60)
@given(modules, st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 0.8]))
def test_generated_trees(module: ast.Module, seed: int, often: float) -> None:
    try:
        text = print_module(module)
    except Unprintable:
        return  # a text in the braces of an f-string that needs an escape: no program has it
    check(sprinkled(text, random.Random(seed), often))


def test_a_set_that_begins_behind_else_is_no_block() -> None:
    """Found by these laws: the brace at the end of a line was taken for one of another language."""
    check("def main(u: bool) -> int:\n    if (1 in ({0} if u else {\n        0})):\n        return 0\n    return 1\n")
