"""Deep, huge and broken texts: always a tree and diagnostics, never an exception, never a runaway."""

from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source
from tests.syntax.support import ROOMY, main

HUGE = [
    ("+".join(["1"] * 20_000), ""), ("<".join(["a"] * 20_000), ""), (" and ".join(["a"] * 20_000), ""),
    ("[" * 500 + "]" * 500, "FMP603"), ("(" * 500 + "a" + ")" * 500, "FMP603"), ("{1:" * 500 + "2" + "}" * 500,
    "FMP603"),
    ("9" * 5_000, "FMP611"), ("0x" + "9" * 5_000, "FMP611"), ("-" * 20_000 + "a", "FMP603"), ("not " * 20_000 + "a",
    "FMP603"),
    ("**".join(["a"] * 20_000), "FMP603"), ("a" + ".b" * 20_000, "FMP603"), ("a" + "()" * 20_000, "FMP603"),
    ("a" + "[0]" * 20_000, "FMP603"), ("a if b else " * 20_000 + "c", "FMP603"), ("lambda: " * 20_000 + "c", "FMP603"),
    ("[" + "1, " * 20_000 + "]", ""), ("f(" + "a, " * 20_000 + ")", ""), ('"a" ' * 20_000, ""),
    ('"' + "\\n" * 30_000 + '"', ""),
    ('f"' + "{x}" * 5_000 + '"', ""), ('f"{' + "[" * 500 + "]" * 500 + '}"', "FMP603"),
    ('f"{x:' + "{x}" * 5_000 + '}"', ""),
    ("[a" + " for a in b if c" * 5_000 + "]", ""), ("f(" + ", ".join(f"a{i}=1" for i in range(5_000)) + ")", ""),
    ("{" + "1: 2, " * 10_000 + "}", ""),
]


@pytest.mark.parametrize(("text", "code"), HUGE, ids=[f"{text[:12]}..." for text, _ in HUGE])
def test_huge_expressions(text: str, code: str) -> None:
    assert sys.getrecursionlimit() <= 1000
    parsed = parse(Source(main(f"x = {text}", "return 1")), ROOMY)
    assert [d.code for d in parsed.diagnostics] == ([code] if code else [])
    (function,) = parsed.module.items
    assert isinstance(function, ast.Function) and isinstance(function.body[-1], ast.Return)


@pytest.mark.parametrize("text", [
    "(" * 60_000, ")" * 60_000, "x = (\n" * 10_000, "def f():\n" + "    x = g(\n" * 5_000, "'" * 60_001,
    "x = '\n" * 10_000,
    'x = """' * 8_000, "while x:\n" * 7_000, "x = = 3\n" * 7_000, "x = " + "a && " * 10_000 + "a\n",
    "def f():\n    " + "a;" * 20_000,
    'f"' + "{" * 30_000 + '"', "@neural('x')\n" * 4_000, "def f():\n" + "    else:\n        pass\n" * 2_500,
    "#" * 60_000, "\n" * 60_000,
    " " * 60_000, "\u00a0" * 60_000, "x\u00a0=\u00a01\n" * 8_000, "\\\n" * 30_000, "a " * 30_000, "```\n" * 15_000,
    "x = “a”\n" * 8_000,
    "".join(" " * i + "if a:\n" for i in range(300)), "class A:\n" + "    def f(self): pass\n" * 2_500, "\0" * 60_000,
    "\r" * 60_000,
    "def f():\n    if a: pass\n" + "    elif a: pass\n" * 3_000,
    "def f(" + ",".join(f"a{i}" for i in range(9_000)) + "): pass\n",
    "\ud800" * 60_000, "$" * 60_000, "é" * 60_000, "0_" * 30_000, "{" * 20_000 + "\n" + "}" * 20_000,
    "if x {\n" * 8_000, "}\n" * 20_000,
    "def f():\n" + "".join("\t" * (i % 3) + " " * (i % 5) + "x\n" for i in range(8_000)), "x = [\n]\n)\n" * 5_000,
    "(]" * 20_000, "([)]" * 9_000,
    "(\n]\n" * 9_000, "\u2028" * 20_000, "import a\n" * 7_000, "case x:\n" * 7_000,
    "f'''{f\"\"\"{f'{f\"{x}\"}'}\"\"\"}'''\n" * 2_000,
])
def test_huge_texts_give_a_tree(text: str) -> None:
    parsed = parse(Source(text), ROOMY)
    assert isinstance(parsed.module, ast.Module)
    assert len(parsed.diagnostics) <= 2 * 102
    assert all(0 <= d.span.start <= d.span.end <= len(text) + 1 for d in parsed.diagnostics)


PIECES = [
    "def", "class", "if", "elif", "else", "for", "in", "return", "assert", "pass", "break", "continue", "from",
    "import", "lambda",
    "not", "and", "or", "is", "None", "True", "while", "try", "with", "as", "yield", "async", "del", "neural", "f",
    "x", "fmp", "case", "match",
    "(", ")", "[", "]", "{", "}", ":", ",", ".", "=", "==", "+=", "+", "-", "*", "**", "/", "//", "%", "|", "^", "&",
    "<", ">", "->", "@", "~", ":=", "...",
    ";", "!", "&&", "<<", "?", "$", "`", "\\", "\n", "\n    ", "\n        ", "\n\t", "\r\n", "\r", "\f", " ", "#",
    "\"", "'", '"""', "'''", '"a"', "f\"{x}\"",
    "f'{", "1", "1.5", "0x", "01", "1_", "1j", "b'a'", "\"\\d\"", "\0", "\ufeff", "\u00a0", "é", "“", "\ud800", "```",
    "__a", "# type: int", '@neural("a")\n',
    "def f(a: int) -> int:\n    ", '"""doc"""\n', "class P:\n    x: int\n",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
def test_any_mixture_of_tokens_gives_a_tree(text: str) -> None:
    _check(text)


@settings(max_examples=150)
@given(st.text(max_size=60))
def test_any_text_gives_a_tree(text: str) -> None:
    _check(text)


@pytest.mark.nightly
@settings(max_examples=20_000)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_mixture_of_tokens_gives_a_tree_at_night(text: str) -> None:
    _check(text)


def _check(text: str) -> None:
    source = Source(text)
    parsed = parse(source, Limits(nesting=5, nodes=60))
    again = parse(source, Limits(nesting=5, nodes=60))
    assert ast.same(parsed.module, again.module) and parsed.diagnostics == again.diagnostics
    for d in parsed.diagnostics:
        assert d.code.startswith("FMP") and d.title and d.source is source
        assert 0 <= d.span.start <= d.span.end <= len(text) + 1
        for fix in d.fixes:
            assert all(0 <= edit.span.start <= edit.span.end <= len(text) for edit in fix.edits)
    waiting: list[ast.Node] = [parsed.module]
    while waiting:
        node = waiting.pop()
        assert 0 <= node.start <= node.end <= len(text), node
        waiting += ast.children(node)


PROGRAM = '''from fmp.video import frames


@neural("llm")
def kind(text: str) -> Literal["a", "b"]:
    """What? {text}"""


class P:
    x: int


def main(image: Image, n: int = 3) -> bool:
    """Doc."""
    xs = [f"{p.x:>3}" for p in ps if p]
    for i, (a, b) in enumerate(xs):
        if a < 1 <= b and not i:
            return {1: (2, 3)}[1][0] == 2
        elif b:
            xs[0] += 'it'
        else:
            pass
    return any(lambda x: x(1) for x in xs)
'''


def test_prefixes_and_damaged_programs() -> None:
    """A program cut off anywhere, or with characters changed, as models write them when they stop early."""
    chance = random.Random(0)
    for end in range(0, len(PROGRAM), 3):
        _check(PROGRAM[:end])
    for _ in range(300):
        at = chance.randrange(len(PROGRAM))
        _check(PROGRAM[:at] + chance.choice("()[]{}:,='\"\\\n\t #@fx1.") + PROGRAM[at + chance.randrange(3):])
