"""Canonical text: says the same, keeps the comments, and changes nothing when printed again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from fmplang import resources
from fmplang.syntax import ast
from fmplang.syntax.layout import WIDTH
from fmplang.syntax.parser import parse
from fmplang.syntax.printer import print_expr, print_module
from fmplang.syntax.quoting import Unprintable
from fmplang.syntax.source import Source
from tests.strategies import expressions, modules
from tests.syntax.support import ROOMY, expression, main, read
from tests.syntax.test_cpython import SHAPES
from tests.syntax.test_recovery import MANY


def fmt(text: str) -> str:
    """As the formatter prints: with the source at hand."""
    return print_module(read(text), Source(text))


def check(text: str) -> None:
    """Printed with and without the source: the same tree, the same comments, and stable."""
    module = read(text)
    for source in (Source(text), None):
        once = print_module(module, source)
        again = read(once)
        assert ast.same(module, again), once
        assert sorted(c.text for c in again.comments) == sorted(c.text for c in module.comments)
        assert print_module(again, Source(once) if source else None) == once


@settings(max_examples=100)
@given(modules)
def test_printing_and_parsing_gives_the_tree_back(module: ast.Module) -> None:
    try:
        text = print_module(module)
    except Unprintable:
        return  # a text in the braces of an f-string that needs an escape: no program has it
    assert ast.same(module, read(text)), text
    assert print_module(read(text)) == text
    assert print_module(read(text), Source(text)) == text


@settings(max_examples=100)
@given(expressions)
def test_an_expression_is_printed_on_one_line(expr: ast.Expr) -> None:
    try:
        text = print_expr(expr)
    except Unprintable:
        return
    assert "\n" not in text.replace('"""', "") or "f" in text
    assert ast.same(expr, expression(f"({text})"))


@pytest.mark.parametrize("text", [
    *SHAPES, *[path.read_text(encoding="utf-8") for path in resources.stdlib_modules().values()]])
def test_shapes(text: str) -> None:
    check(text)


@pytest.mark.parametrize(("text", "wanted"), [
    ("(a)", "a"), ("(a+b)*c", "(a + b) * c"), ("(a*b)+c", "a * b + c"), ("(a+b)+c", "(a + b) + c"), ("a-(b-c)",
    "a - (b - c)"),
    ("(-a)**b", "(-a) ** b"), ("-(a**b)", "-a ** b"), ("a**(-b)", "a ** -b"), ("(a**b)**c", "(a ** b) ** c"),
    ("not(a)", "not a"), ("(not a)==b", "(not a) == b"), ("not(a==b)", "not a == b"), ("(a and b)or c", "a and b or c"),
    ("a and(b or c)", "a and (b or c)"), ("(a or b)or c", "(a or b) or c"), ("(a<b)<c", "(a < b) < c"), ("- -a", "--a"),
    ("(a if b else c)if d else e", "(a if b else c) if d else e"), ("a if b else(c if d else e)",
    "a if b else c if d else e"),
    ("(lambda:a)()", "(lambda: a)()"), ("lambda x:(x,1)", "lambda x: (x, 1)"), ("(a.b).c", "a.b.c"), ("(1).real",
    "(1).real"),
    ("(1.5).real", "(1.5).real"), ("'a'.join(b)", '"a".join(b)'), ("'a\"b'", "'a\"b'"), ("\"it's\"", "\"it's\""),
    ("'\\'\"'", "\"'\\\"\""),
    ("'a' 'b'", '"ab"'), ("0x10", "16"), ("1_000", "1000"), ("1e3", "1000.0"), ("f'{a}'", 'f"{a}"'), ("f'{a[\"b\"]}'",
    "f\"{a['b']}\""),
    ("f'{ {1:2} }'", 'f"{ {1: 2} }"'), ("f'{(lambda x:x)(1)}'", 'f"{(lambda x: x)(1)}"'), ("f'{(lambda:1)}'",
    'f"{(lambda: 1)}"'),
    ("f'{a!r:>{b}}'", 'f"{a!r:>{b}}"'), ("f'{{}}'", 'f"{{}}"'), ("f'{a,b}'", 'f"{a, b}"'), ("f'{a}\"'", 'f"{a}\\""'),
    ("(a for b in c)", "(a for b in c)"), ("f((a for b in c))", "f(a for b in c)"), ("f((a for b in c),d)",
    "f((a for b in c), d)"),
    ("[a for b in(c if d else e)if(f if g else h)]", "[a for b in (c if d else e) if (f if g else h)]"), ("a[(b,c)]",
    "a[b, c]"),
    ("a[b,]", "a[(b,)]"), ("a[b:c:d]", "a[b:c:d]"), ("a[::-1]", "a[::-1]"), ("(a,)", "(a,)"), ("()", "()"), ("{1,2}",
    "{1, 2}"),
    ("{1:2}", "{1: 2}"), ("a if b else c", "a if b else c"), ("a is not b not in c", "a is not b not in c"),
    ("[(a,b)]", "[(a, b)]"),
])
def test_expressions(text: str, wanted: str) -> None:
    assert print_expr(expression(text)) == wanted


def test_the_quotes_of_fstrings_are_found() -> None:
    for text in ["f'''{f\"\"\"{f'{f\"{x}\"}'}\"\"\"}'''", "f\"{'it'}\"", "f'''{\"it's\" '\"'}'''",
                 "f'{\"a\"}' f\"{'b'}\"", "f'''{\"a\"}\n'''", "f\"{f'{a}' 'b'}\"", "f'''{f\"{a}'\"}'''"]:
        node = expression(text)
        assert ast.same(node, expression(print_expr(node)))


def test_a_tree_without_a_text_is_refused() -> None:
    inner = ast.Constant(0, 0, "\\")
    with pytest.raises(Unprintable):
        print_expr(ast.FString(0, 0, (ast.Interpolation(0, 0, inner, "", ()),)))


UGLY = '''\
# leading
"""Doc."""   # behind the docstring
from fmp.video import frames,trim
# above LIMIT
LIMIT=0x10# most


OTHER : list [str]=['a',"b"]
# alone

# above P
class P : # P

    # above its docstring
    """doc"""   # its docstring
    # above x
    x : int   # x

    y : list[str]
    # end of P
@neural ( "llm" )
# between
def urgency(ticket:str)->Literal["low","high"] :  # header
    """How urgent?
      {ticket}
    """
    # end of urgency
def main(image:Image,n:int=3)->bool :  # main
    # above the docstring
    """Doc."""

    # first
    if not image.exists('motorcycle') : # if
        return False # no
        # end of if
    # above elif
    elif n>2 : return True   # elif
    # above else

    else : # else
        # in else
        pass
    # behind if
    dogs = image.find("dog", # inside
       # alone inside
       3)   # behind dogs


    for i,(a,b) in enumerate(dogs) :

        x:int=1_000
        # end of for
    return (True)

    # end of main
# the end
'''

NEAT = '''\
# leading
"""Doc."""  # behind the docstring

from fmp.video import frames, trim

# above LIMIT
LIMIT = 0x10  # most

OTHER: list[str] = ['a', "b"]


# alone

# above P
class P:  # P
    # above its docstring
    """doc"""  # its docstring
    # above x
    x: int  # x

    y: list[str]
    # end of P


@neural("llm")
# between
def urgency(ticket: str) -> Literal["low", "high"]:  # header
    """How urgent?
      {ticket}
    """
    # end of urgency


def main(image: Image, n: int = 3) -> bool:  # main
    # above the docstring
    """Doc."""

    # first
    if not image.exists('motorcycle'):  # if
        return False  # no
        # end of if
    # above elif
    elif n > 2:
        return True  # elif
    # above else

    else:  # else
        # in else
        pass
    # behind if
    # inside
    # alone inside
    dogs = image.find("dog", 3)  # behind dogs

    for i, (a, b) in enumerate(dogs):
        x: int = 1_000
        # end of for
    return True

    # end of main
# the end
'''


def test_the_layout_is_canonical_and_comments_stay_at_their_statement() -> None:
    assert fmt(UGLY) == NEAT
    assert fmt(NEAT) == NEAT
    check(UGLY)


def test_without_the_source_no_comment_is_lost() -> None:
    text = print_module(read(UGLY))
    assert [c.text for c in read(text).comments] == [c.text for c in read(UGLY).comments]


# A to E stand for long names.
LONG = [line.translate({ord(name): name.lower() * 27 for name in "ABCDE"}) for line in [
    "return foo(A, B, C, D)", "x = A + B * C - D", "if A and B or not C and D: pass", "for A, B in zip(C, D): pass",
    "return A, B, C, D", "x[y] = [A(x) for B in C if D]", "x = {'A': 1, 'B': [2, 3], 'C': f(4), 'D': x}",
    "assert A == B, f(C, D)", "x = A if B else C.D.x()", "x = A(B, C).D(x).E(y)", "x = f(lambda A, B: A + B, k=C)",
    "x: dict[A, list[B]] = C(D)", "x += A(B)[C + D].x", "x = not (A < B < C < D)", "x = f(k=A + B + C + D)",
]]


@pytest.mark.parametrize("line", LONG)
def test_long_lines_are_broken(line: str) -> None:
    text = main(line)
    check(text)
    assert max(map(len, fmt(text).split("\n"))) <= WIDTH < max(map(len, text.split("\n")))


def test_a_long_signature_and_import_are_broken() -> None:
    text = f"from fmp.video import {', '.join(f'name_number_{i}' for i in range(9))}\n\n\n" + (
        f"def f({', '.join(f'parameter_{i}: int = {i}' for i in range(6))}) -> dict[str, int]:\n    pass\n")
    check(text)
    assert max(map(len, fmt(text).split("\n"))) <= WIDTH


def test_how_a_call_is_broken() -> None:
    text = main(LONG[0])
    assert fmt(text) == main(
        "return foo(", *[f"    {name * 27}," for name in "abcd"], ")")


def test_deep_nesting_is_printed_in_good_time() -> None:
    text = "X = " + "f(a, b, c)(d, " * 31 + "e" + ")" * 31 + "\n"
    check(text)


def test_the_source_keeps_its_spelling() -> None:
    text = "X = 0x1F, 1_000, 1e3, 'a', r\"\\d\", f'{a}', 'it' \"'s\"\n"
    assert fmt(text) == text
    assert print_module(read(text)) == "X = 31, 1000, 1000.0, \"a\", \"\\\\d\", f\"{a}\", \"it's\"\n"


def test_programs_that_did_not_parse_are_printed_too() -> None:
    source = Source(MANY)
    module = parse(source, ROOMY).module
    assert "def right(a: int) -> int:\n    return a\n" in print_module(module, source)
    assert "x = = 3" not in print_module(module)


def test_an_empty_program() -> None:
    assert fmt("") == "" and fmt("\n\n") == "" and fmt("# a\n") == "# a\n" and fmt('"""a"""\n') == '"""a"""\n'


def test_blank_lines() -> None:
    text = "X = 1\nY = 2\n\n\n\nZ = 3\ndef f():\n\n    a()\n\n\n\n    b()\n    c()\nW = 4\n"
    assert fmt(text) == "X = 1\nY = 2\n\nZ = 3\n\n\ndef f():\n    a()\n\n    b()\n    c()\n\n\nW = 4\n"
