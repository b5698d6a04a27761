"""One cause, one diagnostic: what follows from a mistake is not told again; and suggestions know types."""

from __future__ import annotations

import pytest

from fmplang.check import check
from fmplang.syntax.diagnostics import Diagnostic

HEAD = "def main(image: Image, n: int, s: str, o: int | None, xs: list[int]) -> int:\n"


def main(body: str, before: str = "") -> str:
    return before + HEAD + "".join(f"    {line}\n" for line in body.split("\n"))


def errors(text: str) -> list[Diagnostic]:
    return [d for d in check(text).diagnostics if d.severity == "error"]


PAIR = "def pair(a: int, b: str) -> str:\n    return b * a\n\n\n"
LEVEL = 'def level(u: Literal["lo", "hi"]) -> int:\n    if u == "lo":\n        return 1\n    elif u == "hi":\n' \
    "        return 2\n\n\n"


@pytest.mark.parametrize("text, code, at", [
    (main("print(pair(s, n))\nreturn n", PAIR), "FMP201", "s, n"),
    (main("print(pair('a', 2), pair('b', 3))\nreturn n", PAIR.replace("b * a", "a.upper() * b")), "FMP201",
     "a: int, b: str"),
    (main("print(o + 1, o + 2)\nfor x in xs:\n    print(o - x)\nreturn n"), "FMP210", "o"),
    (main("if o is null:\n    return 0\nreturn o + 1"), "FMP109", "null"),
    (main("if oo is None:\n    return 0\nreturn o + 1"), "FMP101", "oo"),
    (main("if n > 1:\n    return s\nreturn 'b'"), "FMP201", "int"),
    (main("return s if n > 1 else 'b'"), "FMP201", "s if n > 1 else 'b'"),
    (main("m: str = n\nprint(m.upper(), m.lower())\nreturn n"), "FMP201", "n"),
    (main("print(level('lo'))\nreturn n", LEVEL.replace("if u ==", "if v ==", 1)), "FMP101", "v"),
    (main("total = 0\nfor x in xs:\n    total = total * 10 + 'a'\nreturn total"), "FMP208", "total * 10 + 'a'"),
    (main("print(helpr(n), helpr(n))\nreturn n", "def other(n: int) -> int:\n    return helpr(n)\n\n\n"), "FMP101",
     "helpr"),
    (main("print(xs.width, xs.width)\nreturn n"), "FMP102", "width"),
    # What did not parse may have assigned, returned, or been a loop.
    (main("total = = 3\nreturn total + n"), "FMP001", "="),
    (main("total = max(xs\nprint(total)\nreturn total"), "FMP003", "("),
    (main("if o is None:\n    return f{s}\nreturn o + 1"), "FMP001", "{"),
    (main("for x in xs)\n    total = x\n    break\nreturn n"), "FMP003", ")"),
    ("def helper(a: int -> int:\n    return a\n\n\n" + main("return helper(n)"), "FMP003", "("),
    # Keywords with a slip of the pen.
    (main("retrun n"), "FMP042", "retrun"),
    (main("if n > 1:\n    return 1\nesle:\n    return 2"), "FMP042", "esle"),
    (main("ys = [x fro x in xs]\nreturn len(ys)"), "FMP042", "fro"),
    ("dfe helper(a: int) -> int:\n    return a\n\n\n" + main("return helper(n)"), "FMP042", "dfe"),
    # Indentation: the line that stands out.
    (HEAD + "        m = n\n    if m > 1:\n        return 1\n    return 2\n", "FMP007", "m = n"),
    (HEAD + "  m = n\n    return m\n", "FMP006", "m = n"),
])
def test_one_cause(text: str, code: str, at: str) -> None:
    found = errors(text)
    assert [(d.code, d.source.slice(d.span)) for d in found] == [(code, at)], [(d.where, d.title) for d in found]


def test_independent_errors_are_all_told_also_after_syntax_errors() -> None:
    text = main("a = = 1\nb = nothing_such\nc: str = n\nprint(n.foo, b, c)\nd = [1 2]\nreturn s")
    assert [d.code for d in errors(text)] == ["FMP001", "FMP101", "FMP201", "FMP102", "FMP001", "FMP201"]


def test_a_test_for_every_value_of_a_literal_ends_the_path() -> None:
    assert check(main("return level('lo')", LEVEL)).diagnostics == ()
    missing = LEVEL.replace('    elif u == "hi":\n        return 2\n', "")
    assert [d.code for d in errors(main("return level('lo')", missing))] == ["FMP302"]
    assert [d.code for d in errors(main("return level('lo')", LEVEL.replace('"lo", "hi"', '"lo", "mid", "hi"')))] == [
        "FMP302"]


@pytest.mark.parametrize("body, near", [
    ("dogs = xs\ndot = 3\nprint(dogs, dot)\nreturn len(dog)", "dogs"),
    ("dogs = xs\ndot = 3\nprint(dogs, dot)\nreturn abs(dog)", "dot"),
    ("dogs = image\ndot = 3\nprint(dogs, dot)\nreturn dog.width", "dogs"),
    ("dogs = xs\ndot = 3\nprint(dogs, dot)\nfor d in dog:\n    print(d)\nreturn n", "dogs"),
    ("dogs = xs\ndot = 3\nprint(dogs, dot)\nreturn dog[0]", "dogs"),
    ("dogs = xs\ndot = 's'\nprint(dogs, dot)\nprint(dog.upper())\nreturn n", "dot"),
])
def test_the_nearest_name_is_one_whose_type_fits(body: str, near: str) -> None:
    (found,) = errors(main(body))
    assert found.help == f"Did you mean `{near}`?"
    assert [f.safe for f in found.fixes] == [True]


def test_a_local_that_is_assigned_only_later_may_have_been_meant_as_another() -> None:
    (found,) = errors(main("dogs = xs\nk = len(dog)\nfor dog in dogs:\n    print(dog)\nreturn k"))
    assert (found.code, found.help) == ("FMP301", "Did you mean `dogs`?") and not found.fixes[0].safe


def test_a_function_is_not_suggested_as_a_value_that_is_safe() -> None:
    (found,) = errors(main("text = 3\nreturn nex"))
    assert not any(f.safe for f in found.fixes)
    (found,) = errors(main("return image.exist('a')").replace("-> int", "-> bool"))
    assert found.fixes[0].edits[0].text == "exists" and found.fixes[0].safe
