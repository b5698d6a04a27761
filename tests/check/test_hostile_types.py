"""Programs made to keep the checker busy: they end in a report, like all others."""

from __future__ import annotations

import pytest

from fmplang.check import check
from fmplang.limits import Limits


def body(*lines: str) -> str:
    head = "def main(image: Image, n: int, s: str, xs: list[int]) -> int:\n"
    return head + "".join(f"    {line}\n" for line in lines)


def loops(depth: int) -> str:
    """Loops in loops, and a value that needs a turn of each to get from one local to the next."""
    names = [f"v{i}" for i in range(depth)]
    lines = [f"{name} = None" for name in names]
    lines += ["    " * i + f"for i{i} in xs:" for i in range(depth)]
    lines += ["    " * depth + f"{names[0]} = n"]
    lines += ["    " * (depth - i) + f"{names[i]} = {names[i - 1]}" for i in range(1, depth)]
    return body(*lines, f"print({', '.join(names)})", "return n")


SHAPES = {
    "a tuple that doubles": (body("t0 = (n, n)", *(f"t{i + 1} = (t{i}, t{i})" for i in range(60)), "print(t60)",
                                  "return n"), {"FMP225"}),
    "pairs that double": (body("t0 = [(n, n)]", *(f"t{i + 1} = list(zip(t{i}, t{i}))" for i in range(60)), "print(t60)",
                               "return n"), {"FMP225"}),
    "variables that double": (body("print(" + "".join(f"[(a{i}, a{i}) for a{i} in " for i in range(20)) + "[n]"
                                   + "]" * 20 + ")", "return n"), {"FMP225"}),
    "lists in lists": (body("x0 = [n]", *(f"x{i + 1} = [x{i}]" for i in range(500)), "print(x500)", "return n"),
                       {"FMP225"}),
    "a list in itself": (body("a = []", "a.append(a)", "return n"), {"FMP201"}),
    "two lists in each other": (body("a = []", "b = []", "a.append(b)", "b.append(a)", "return n"), {"FMP201"}),
    "unknown names": (body(*(f"print(unknown_{i})" for i in range(2000)), "return n"), {"FMP101"}),
    "and in or in and": (body("x = " + "(" * 30 + "n > 1" + "".join(
        f" {'and' if i % 2 else 'or'} n > {i})" for i in range(30)), "return 1 if x else 2"), set()),
    "loops in loops": (loops(40), set()),
    "many branches": (body("y = 0", *(f"if n > {i}:\n        y = {i}" for i in range(700)), "return y"), set()),
    "records in records": ("".join(f"class R{i}:\n    a: R{i + 1}\n" for i in range(1000))
                           + "class R1000:\n    a: int\n" + body("return n"), {"FMP603"}),
    "functions in a circle": ("".join(
        f"def f{i}(n: int) -> int:\n    return f{(i + 1) % 900}(n)\n" for i in range(900))
        + body("return f0(n)"), {"FMP303"}),
    "a chain of functions": ("".join(f"def f{i}(n: int) -> int:\n    return f{i + 1}(n)\n" for i in range(900))
                             + "def f900(n: int) -> int:\n    return n\n" + body("return f0(n)"), set()),
    "functions handed on": ("".join(
        f"def h{i}(f: Callable[[int], int], n: int) -> int:\n    return h{i + 1}(lambda k: f(k), n)\n"
        for i in range(200))
        + "def h200(f: Callable[[int], int], n: int) -> int:\n    return f(n)\n"
        + body('return h0(lambda k: len(image.find("dog")), n)'), set()),
    "lambdas in lambdas": (body("return " + "max(xs, key=lambda a: " * 25 + "n" + ")" * 25), set()),
    "overloads in overloads": (body("return " + "abs(" * 50 + "n" + ")" * 50), set()),
    "a large set of texts": (body(*(f'if s in ("a", "b{i}"):\n        return {i}' for i in range(500)), "return n"),
                             set()),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    text, codes = SHAPES[name]
    report = check(text, Limits(source=1_000_000, nodes=100_000))
    assert {d.code for d in report.diagnostics} == codes
    for d in report.diagnostics:
        assert len(d.title) <= 400


def test_a_full_stack_is_a_diagnostic() -> None:
    """The checker's own recursion is bounded by `nesting`; a caller who is deep already gets a report all the same."""
    import sys

    text = body("return " + "(" * 50 + "n" + " + 1)" * 50)
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]

    def deep(left: int) -> set[str]:
        if left:
            return deep(left - 1)
        return {d.code for d in check(text).diagnostics}

    assert deep(sys.getrecursionlimit() - depth - 60) == {"FMP603"}
