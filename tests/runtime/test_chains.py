"""Chains of operators of one precedence are flat, however long: they compute what Python computes, at any length."""

from __future__ import annotations

import random

import pytest

import fmplang
from fmplang import Limits
from fmplang.runtime.compile.arithmetic import NEST
from tests.runtime.talk import NEURAL, talk, value

LENGTHS = (2, NEST, NEST + 1, NEST + 2, 2 * NEST, 2 * NEST + 1, 1500, 2300)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("ops", [("+",), ("-",), ("+", "-"), ("*", "//", "%")])
def test_numbers(length: int, ops: tuple[str, ...]) -> None:
    rng = random.Random(length)
    terms = [rng.choice(("a", "b", "(a + 1)", "3", "7")) for _ in range(length)]
    text = terms[0] + "".join(f" {rng.choice(ops)} {term}" for term in terms[1:])
    expected = eval(text, {"a": 5, "b": 2})  # the oracle; the text is our own
    assert value(f"def main(a: int, b: int) -> int:\n    return {text}\n", a=5, b=2) == expected


@pytest.mark.parametrize("length", LENGTHS)
def test_texts_lists_and_sets(length: int) -> None:
    def chain(term: str, op: str) -> str:
        return f" {op} ".join([term] * length)

    assert value(f"def main(s: str) -> int:\n    return len({chain('s', '+')})\n", s="ab") == 2 * length
    assert value(f"def main(xs: list[int]) -> int:\n    return len({chain('xs', '+')})\n", xs=[1]) == length
    assert value(f"def main(u: int) -> int:\n    return len({chain('{u, 1}', '|')})\n", u=3) == 2


@pytest.mark.parametrize("length", (NEST, 3 * NEST, 1500))
def test_in_constants_comprehensions_lambdas_and_functions(length: int) -> None:
    chain = " + ".join(["n"] * length)
    called = chain.replace("n", "f(n)", 2)
    text = f"""
ONE = len("a")
LONG = {chain.replace("n", "ONE")}


def f(n: int) -> int:
    return {chain}


def main(n: int) -> int:
    return LONG + f(n) + sum([{chain} for n in [1, 2]]) + max([2], key=lambda n: {chain}) + {called}
"""
    total = length + length + 3 * length + 2 + (2 * length + length - 2)
    assert value(text, n=1) == total


@pytest.mark.parametrize("length", (NEST, NEST + 2, 400))
@pytest.mark.parametrize("groups", [True, False])
def test_with_questions_between(length: int, groups: bool) -> None:
    terms = ["num(a)" if i % 50 == 3 else "a" for i in range(length)]
    text = f"{NEURAL}def main(a: int) -> int:\n    return sum([{' - '.join(terms)} for b in [1, 2]])\n"
    done = talk(text, lambda request: 10, limits=Limits(neural_calls=1000), groups=groups, a=1)
    asked = terms.count("num(a)")
    assert len(done.asked) == 2 * asked
    assert done.value == 2 * (1 - (length - 1 - asked) - 10 * asked)


def test_an_error_in_a_later_round_has_its_place() -> None:
    text = f"def main(a: int) -> int:\n    return {' + '.join(['a'] * 300)} + 1 // (a - 1)\n"
    done = talk(text, a=1)
    assert isinstance(done.error, fmplang.RunError) and done.error.kind == "ZeroDivisionError"
    assert done.error.span is not None and text[done.error.span.start:].startswith("1 // (a - 1)")
