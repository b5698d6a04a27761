"""Many errors in one file: each is found, none causes another, and what is right is in the tree."""

from __future__ import annotations

import pytest

from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source
from tests.syntax.support import errors, found, main

# Lines that begin with `#!` say what is wrong in the line after the next comment: `#! CODE` stands above the line.
MANY = '''\
"""Every line under a mark is wrong in its own way."""
#! FMP024
import os
from fmp.video import frames
#! FMP001
LIMIT = = 3

#! FMP023
class Base(Thing):
    #! FMP023
    x int
    y: str

#! FMP002
def first(a: int) -> int
    #! FMP001
    x = a +
    #! FMP013
    if x = 3:
        #! FMP014
        return a && x
    #! FMP020
    while x:
        #! FMP001
        y = [1 2]
        z = 3
    if x:
        pass
    #! FMP014
    else if x:
        pass
    #! FMP003
    z = max(1, (2, 3)
    #! FMP004
    s = "abc
    #! FMP021
    try:
        #! FMP010
        t = "\\d"
    except ValueError:
        #! FMP009
        u = 08
    else:
        pass
    finally:
        pass
    #! FMP032
    for i in range(3):
        pass
    else:
        #! FMP027
        del i
    #! FMP016
    f(a=1, 2)
    #! FMP037
    a.b = 1
    #! FMP011
    v = f"{}"
    #! FMP005
    if x:
    return x
    #! FMP006
        return x

#! FMP017
def second(a: int = 1, b: int) -> int:
    #! FMP015
    class = 3
    return a

#! FMP031
@cache
def third() -> int:
    #! FMP008
    return “3”

#! FMP040
@neural("llm")
def fourth(a: str) -> str:
    pass

def right(a: int) -> int:
    return a
'''


def test_every_marked_line_is_found_and_no_other() -> None:
    lines = MANY.split("\n")
    wanted = {i + 2: line.split()[1] for i, line in enumerate(lines) if line.lstrip().startswith("#!")}
    # The error shows behind the header: the `else` of a loop, the body of a neural function.
    for header, text in [("    for i in range(3):", "    else:"), ('@neural("llm")', "    pass")]:
        line = lines.index(header) + 1
        wanted[lines.index(text, line) + 1] = wanted.pop(line)
    got = {int(place.split(":")[0]): code for place, code in found(MANY)}
    assert got == wanted
    assert len(found(MANY)) == len(got)


def test_what_is_right_is_in_the_tree() -> None:
    module = parse(Source(MANY)).module
    kinds = [(type(item).__name__, getattr(getattr(item, "name", None), "id", None)) for item in module.items]
    assert kinds == [
        ("ErrorStmt", None), ("Import", None), ("ErrorStmt", None), ("ErrorStmt", None), ("Function", "first"),
        ("ErrorStmt", None), ("ErrorStmt", None), ("Function", "third"), ("Neural", "fourth"), ("Function", "right"),
    ]


def test_an_error_knows_the_names_in_it() -> None:
    module = parse(Source(main("a = b c", "while d:", "    e = f(g=1)", "    h = 1", "return a"))).module
    (item,) = module.items
    assert isinstance(item, ast.Function)
    bad, loop, last = item.body
    assert isinstance(bad, ast.ErrorStmt) and bad.names == ("a", "b", "c")
    assert isinstance(loop, ast.ErrorStmt) and loop.names == ("d", "e", "f", "g", "h")
    assert isinstance(last, ast.Return)


def test_an_error_spans_its_statement() -> None:
    text = main("a = b c", "while d:", "    e = 1", "return a")
    (item,) = parse(Source(text)).module.items
    assert isinstance(item, ast.Function)
    assert [text[s.start:s.end] for s in item.body] == ["a = b c", "while d:\n        e = 1", "return a"]


@pytest.mark.parametrize("lines", [
    # One cause, one diagnostic.
    ["while x:", "    if y:", "        z()", "    else:", "        break"],
    ["try:", "    x()", "except A:", "    y()", "except B as b:", "    z()", "else:", "    w()", "finally:", "    v()"],
    ["if x y:", "    a()", "elif z:", "    b()", "else:", "    c()"],
    ["if x:", "    a()", "elif y z:", "    b()", "elif w:", "    c()", "else:", "    d()"],
    ["match x:", "    case 1:", "        a()", "    case [y, *z]:", "        b()", "    case _:", "        c()"],
    ["with a as b, c as d:", "    e()"], ["async with a:", "    b()"],
    ["def f(a, b):", "    if a:", "        return b", "    return a"],
    ["@cache", "def f(a):", "    return a"], ["x = [", "    1,", "    2", "return x"],
    ["x = f(a,", "      b", "y = 1"], ['x = f("a, b)', "y = 1"], ["x = “a” + “b”"],
    ["for x in range(10) {", "    a()", "}"], ["x = (1, 2]]"], ["x = 'it's', 'that's'"],
    ["f(a b, c d, e f)"], ["x = 1 = = 2 ="], ["x == 1 = 2"], [") ( } ]"],
])
def test_one_cause_one_diagnostic(lines: list[str]) -> None:
    assert len(errors(main(*lines, "return 1"))) == 1


def test_top_level_statements_are_said_once() -> None:
    text = "x = 1\nprint(x)\nif x:\n    print(x)\nfor y in z:\n    print(y)\nf()\n"
    assert found(text) == [("2:6", "FMP035")]


def test_errors_inside_of_wrong_blocks_are_found() -> None:
    text = main("while x:", "    y = = 1", "    if z:", "        w = [1 2]", "    v = 1")
    assert [code for _, code in found(text)] == ["FMP020", "FMP001", "FMP001"]


def test_a_hundred_errors_are_enough() -> None:
    diagnostics = errors(main(*["x = = 1"] * 300))
    assert len(diagnostics) == 102
    assert "more than 100 errors" in " ".join(d.title for d in diagnostics)


def test_diagnostics_are_sorted_and_each_place_has_one() -> None:
    diagnostics = errors(MANY)
    places = [d.span for d in diagnostics]
    assert places == sorted(places)
    assert len({(d.span.start, d.code) for d in diagnostics}) == len(diagnostics)


@pytest.mark.parametrize(("text", "title"), [
    (main("x = f(a b)"), "',' or an operator is missing before 'b'"), (main("x = (a"), "'(' is never closed"),
    (main("x = [a for b c]"), "'in' is missing before 'c'"), (main("x = a if b"),
    "the expression `a if condition` needs an `else`"),
    (main("return return"), "expected an expression, found 'return'"), (main("x ="),
    "the line ends where an expression is missing"),
    (main("x = lambda a b: c"), "',' is missing before 'b'"),
    (main("x = {1: 2, 3}"), "expected ':', found '}'"), (main("for x y in z:", "    pass"), "a loop is written"),
    (main("if x:", "    pass", "elif:", "    pass"), "expected an expression, found ':'"), (main("a b"),
    "an operator is missing before 'b'"),
    ("def f(a b):\n    pass\n", "',' is missing before 'b'"), ("def (a):\n    pass\n", "expected a name, found '('"),
    ("class:\n    x: int\n", "expected a name"),
    ("def f\n    pass\n", "the line ends where '(' is missing"),
    ("from fmp.video frames\n", "expected 'import', found 'frames'"),
])
def test_messages_say_what_could_stand_there(text: str, title: str) -> None:
    (diagnostic,) = errors(text)
    assert title in diagnostic.title
