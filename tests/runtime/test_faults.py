"""Errors of a running program: the kind that CPython raises, a code, and the place of the failing expression."""

from __future__ import annotations

import pytest

from fmplang.errors import RunError
from tests.runtime.talk import NEURAL, program, talk

FAILING = {
    # expression: (kind, code, the text at the error's place)
    "xs[9]": ("IndexError", "FMP501", "xs[9]"),
    "1 + xs[n] * 2": ("IndexError", "FMP501", "xs[n]"),
    "xs[xs[0]] + xs[n]": ("IndexError", "FMP501", "xs[n]"),
    "max([n, xs[-9]])": ("IndexError", "FMP501", "xs[-9]"),
    "int(xs[0] < xs[7])": ("IndexError", "FMP501", "xs[7]"),
    "int(xs[7] < xs[0])": ("IndexError", "FMP501", "xs[7]"),
    "d['zz']": ("KeyError", "FMP502", "d['zz']"),
    "{1: 2}[n]": ("KeyError", "FMP502", "{1: 2}[n]"),
    "d.pop('q')": ("KeyError", "FMP502", "d.pop('q')"),
    "n // 0": ("ZeroDivisionError", "FMP503", "n // 0"),
    "1 + n % (n - n)": ("ZeroDivisionError", "FMP503", "n % (n - n)"),
    "int(1 / (n - n))": ("ZeroDivisionError", "FMP503", "1 / (n - n)"),
    "int(2.5 % 0.0)": ("ZeroDivisionError", "FMP503", "2.5 % 0.0"),
    "int(0.0 ** -1)": ("ZeroDivisionError", "FMP503", "0.0 ** -1"),
    "int('x')": ("ValueError", "FMP504", "int('x')"),
    "xs.index(77)": ("ValueError", "FMP504", "xs.index(77)"),
    "min([x for x in xs if x > 99])": ("ValueError", "FMP504", "min([x for x in xs if x > 99])"),
    "int((-8) ** 0.5)": ("ValueError", "FMP504", "(-8) ** 0.5"),
    "xs[:: n - n][0]": ("ValueError", "FMP504", "xs[:: n - n]"),
    "int(float('inf'))": ("OverflowError", "FMP506", "int(float('inf'))"),
    "int(10.0 ** 400)": ("OverflowError", "FMP506", "10.0 ** 400"),
    "[7 // (x - 2) for x in xs][0]": ("ZeroDivisionError", "FMP503", "7 // (x - 2)"),
    "sum(7 // (x - 2) for x in xs)": ("ZeroDivisionError", "FMP503", "7 // (x - 2)"),
    "sorted(xs, key=lambda x: 7 // (x - 2))[0]": ("ZeroDivisionError", "FMP503", "7 // (x - 2)"),
    "half(0) + 1": ("ZeroDivisionError", "FMP503", "7 // x"),
    "list(map(half, [1, 0]))[0]": ("ZeroDivisionError", "FMP503", "7 // x"),
}


@pytest.mark.parametrize("expression", FAILING)
def test_kind_code_and_place(expression: str) -> None:
    text = f"""
def half(x: int) -> int:
    return 7 // x


def main(n: int, xs: list[int], d: dict[str, int]) -> int:
    return {expression}
"""
    done = talk(text, n=9, xs=[1, 2, 3], d={"a": 1})
    error = done.error
    assert isinstance(error, RunError) and error.source is not None and error.span is not None, done.value
    assert (error.kind, error.code, error.source.slice(error.span)) == FAILING[expression]
    assert error.hint


@pytest.mark.parametrize(("body", "kind", "place"), [
    ("assert n > 10", "AssertionError", "assert n > 10"),
    ("xs[5] = 1", "IndexError", "xs[5]"),
    ("xs[5] += 1", "IndexError", "xs[5] += 1"),
    ("d['q'] += 1", "KeyError", "d['q'] += 1"),
    ("n //= n - n", "ZeroDivisionError", "n //= n - n"),
    ("for k in d:\n        d[k + 'x'] = 1", "RuntimeError", "d"),
    ("for k, v in d.items():\n        d.pop(k)", "RuntimeError", "d.items()"),
    ("for x in [1 // (n - 9)]:\n        pass", "ZeroDivisionError", "1 // (n - 9)"),
    ("w = 'zz'\n    print(f'is {n:{w}}')", "ValueError", "{n:{w}}"),
    ("if xs[n]:\n        pass", "IndexError", "xs[n]"),
])
def test_statements(body: str, kind: str, place: str) -> None:
    text = f"def main(n: int, xs: list[int], d: dict[str, int]) -> int:\n    {body}\n    return 0\n"
    error = talk(text, n=9, xs=[1], d={"a": 1, "b": 2}).error
    assert isinstance(error, RunError) and error.source is not None and error.span is not None
    assert (error.kind, error.source.slice(error.span)) == (kind, place)


def test_messages_are_pythons() -> None:
    for expression, message in (
        ("xs[9]", "list index out of range"), ("1 // 0 * n", "integer division or modulo by zero"),
        ("d['zz']", "there is no key 'zz'"), ("int('x')", "invalid literal for int() with base 10: 'x'"),
    ):
        text = f"def main(n: int, xs: list[int], d: dict[str, int]) -> int:\n    return {expression}\n"
        error = talk(text, n=1, xs=[], d={}).error
        assert error is not None and error.message == message


def test_an_assertion_says_what_its_author_wrote() -> None:
    text = "def main(n: int) -> int:\n    assert n > 2, f'n is {n}'\n    return n\n"
    error = talk(text, n=1).error
    assert isinstance(error, RunError) and error.message == "n is 1" and error.code == "FMP505"


def test_long_values_do_not_fill_messages() -> None:
    for expression in ("d[s]", "int(s)", "d[s * 1000]"):
        text = f"def main(s: str, d: dict[str, int]) -> int:\n    return {expression}\n"
        error = talk(text, s="x" * 5000, d={}).error
        assert error is not None and len(error.message) < 300


def test_the_place_lies_in_the_function_that_failed() -> None:
    text = NEURAL + """
def inner(x: int) -> int:
    return num(x) // (x - 3)


def main(n: int) -> list[int]:
    return [inner(i) for i in range(n)]
"""
    error = talk(text, lambda request: 1, n=5).error
    assert isinstance(error, RunError) and error.source is not None and error.span is not None
    assert error.source.slice(error.span) == "num(x) // (x - 3)"


def test_placing_costs_nothing_where_nothing_fails() -> None:
    """No closure catches what it does not have to: a failing program unwinds through plain calls."""
    made = program("def main(n: int) -> int:\n    return 1 // n\n")
    error = talk(made, n=0).error
    assert isinstance(error, RunError) and error.__cause__ is None
