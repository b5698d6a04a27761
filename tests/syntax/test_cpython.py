"""Every accepted program is Python with the same tree: CPython's own parser is the judge."""

from __future__ import annotations

import random
import re
import warnings

import pytest
from hypothesis import given, settings

from fmplang import resources
from fmplang.syntax.parser import parse
from fmplang.syntax.printer import print_module
from fmplang.syntax.quoting import Unprintable
from fmplang.syntax.source import Source
from tests.strategies import modules
from tests.syntax.cpython import from_ours, from_python
from tests.syntax.support import ROOMY, read
from tests.syntax.test_left_out import ENTRIES

LIBRARY = [path.read_text(encoding="utf-8") for path in resources.stdlib_modules().values()]

# Shapes that CPython reads in a way of its own.
SHAPES = [
    "x = a if b else c if d else e\n", "x = not a == b\n", "x = -a ** -b\n", "x = a ** -b ** c\n", "x = (yes)\n",
    "x = a,\n", "x = (a,), ()\n",
    "x = a[b,]\n", "x = a[b:c]\n", "x = lambda: (1, 2)\n", "x = lambda a,: a\n", "x = f(a for b in c)\n",
    "x = [a for b in c if d for e in f]\n", "x = [a for b, in c]\n", "x = [a for (b) in c]\n",
    "x = 'a' f'b' rf'\\{c}' u'd'\n",
    "x = f'{a}{{b}}{c!r}{d:>{e}}{f!s:{g}.{h}}'\n",
    "x = f'{ a }{ {1: 2}[1] }{(lambda b: b)(1)}{a if b else c}{a, b}{a!=b}{a==b}{a<b}{a>=b}'\n",
    "x = f'''{\na\n}\"{'b'}'''\n", 'x = f"\\n{a}\\x41\\N{EN DASH}"\n', "x = f'{a:\\n}'\n",
    "x = f''\n", "x = f'' ''\n", "x = '' f'{a}' ''\n",
    "x = f'{a[\"b\"]}'\n", "x = f'{a:{b}}{c}'\n", "x = 1_0.0_1e-1_0\n", "x = 0xFf, 0b1, 0o7, 00\n", "x = 1 .real\n",
    "x = 1..real\n",
    "x = 1.0.real\n", "x = a.b.c(d)(e)[f].g\n", "x = a < b > c is d is not e in f not in g != h == i <= j >= k\n",
    "x = (a < b) < c\n", "x = a + (b + c)\n",
    "x = a or b and not c\n", "x = a | b ^ c & d + e * f\n", "x = +-+a\n", "def f():\n    '''doc'''\n    'more'\n",
    "def f():\n    ('doc')\n",
    "def f():\n    'a' 'b'\n", "def f(): 'doc'\n",
    "def f():\n    x: int\n    y: int = 1, 2\n    z = w = 1\n    (x) = 1\n    a, (b, c), d[0] = x\n    a[b] += 1, 2\n",
    "def f():\n    return\n    return 1,\n    assert a, b\n    a,\n    a, b\n",
    "def f():\n    for a, in b: pass\n    for (a, b), c in d, e: pass\n",
    "def f():\n    if a: pass\n    elif b: pass\n    else: pass\n", "def f(a, b: int, c=1, d: int = 2,): pass\n",
    "from fmp.x import (a, b,)\n", "from fmp import a\n",
    "''\nx = 1\n", "'doc' 'more'\nx = 1\n", "class P:\n    ''\n    x: int\n", "match = 1\ncase = 2\ntype = 3\n_ = 4\n",
    "x = (  # comment\n    1  # more\n    +\n\n    2)\n", "x = 1 + \\\n    2\n",
    "def f():\n\tif a:\n\t\tpass\n\n  # odd\n\treturn\n", "x = '''a\r\nb'''\r\n",
    "x = 'a\\\nb'\n", "x = \"\\\r\n\"\r\n", "x = '\\0\\7\\177\\x00'\n",
    "x = '\\N{LATIN SMALL LETTER E WITH ACUTE}'\n", "x = '\\''\n", "x = r'\\''\n", "x = None, True, False\n",
    "x = {}, {a}, {a: b}, {a: b for c in d}, {a for b in c}, [], [a], (a for b in c)\n", "x = [a, b,]\n",
    "x = f(a, b=c,)\n", "x = f(a)(b for c in d)\n", "@neural('a')\ndef f(): 'doc' 'more'\n",
    "x = a if (b for c in d) else [e]\n",
    "x = 1 if a else lambda: 2\n", "x = {lambda: 1: 2}\n", "x = a[lambda: 1:2]\n", "x = a[b if c else d:e]\n",
]


@pytest.mark.parametrize("text", [*SHAPES, *LIBRARY, *[entry.mended for entry in ENTRIES]])
def test_shapes(text: str) -> None:
    assert from_ours(read(text)) == from_python(text)


@settings(max_examples=120)
@given(modules)
def test_random_programs(module: object) -> None:
    try:
        text = print_module(module)  # type: ignore[arg-type]
    except Unprintable:
        return
    assert from_ours(read(text)) == from_python(text)


# ------------------------------------------------------------------- damaged programs

_TOKEN = re.compile(
    r"""[rRfFuUbB]*(?:\"{3}(?s:.*?)\"{3}|'{3}(?s:.*?)'{3}|"[^"\n]*"|'[^'\n]*')|\w+|[ \t]+|\n|[^\w\s]""")
_ODD = ['"', "\\", "\n", "    ", " ", "\t", "(", ")", "[", "]", "{", "}", ":", ",", "=", "*", "**", "->", "@", ".",
"...", "lambda", "x",
        "not", "in", "is", "if", "else", "for", 'f"{x}"', 'f"{', '}"', 'r"a"', 'b"a"', "1", "1.", ".5", "0x1F",
        "1_000", "01", "1e5", "1j", "#", '"""', "\r\n",
        "\r", "\f", ";", "!", ":=", "~", "async", "await", "def", "class", "return", "é", "\u00a0", "\ufeff", "0",
        "None", "1if", '"\\d"', '"\\x41"', 'u"x"',
        'f"{x!r}"', 'f"{x:>{y}}"', "f'{x=}'", "f'{{'", "-", "--", "<<", "\\\n", "import", "'it's'", "f'''{x}\n'''",
        "not in", "is not", "__x", "print"]


def damaged(count: int, seed: int) -> list[str]:
    """Programs with tokens deleted, doubled, replaced and swapped."""
    chance = random.Random(seed)
    originals = [_TOKEN.findall(text) for text in [*LIBRARY, *SHAPES]]
    out = []
    for _ in range(count):
        tokens = list(chance.choice(originals))
        if len(tokens) > 300:
            starts = [i + 1 for i, token in enumerate(tokens) if token == "\n" and tokens[i + 1:i + 2] in (["def"],
            ["@"], ["class"])]
            begin = chance.choice(starts)
            tokens = tokens[begin:begin + chance.randrange(40, 250)]
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            at = chance.randrange(len(tokens) + 1)
            new = chance.choice(_ODD if chance.random() < 0.6 else tokens or ["x"])
            match chance.randrange(4):
                case 0:
                    del tokens[at:at + 1]
                case 1:
                    tokens.insert(at, new)
                case 2:
                    tokens[at:at + 1] = [new]
                case _:
                    tokens[at:at + 2] = tokens[at:at + 2][::-1]
        out.append("".join(tokens))
    return out


def judge(text: str) -> bool:
    """Whether the program is accepted; then CPython must accept it, without a warning, and see the same tree."""
    parsed = parse(Source(text), ROOMY)
    if any(d.severity == "error" for d in parsed.diagnostics):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert from_ours(parsed.module) == from_python(text), text
    return True


def test_damaged_programs() -> None:
    accepted = [judge(text) for text in damaged(600, seed=1)]
    assert 60 < sum(accepted) < 540


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
def test_damaged_programs_at_night(seed: int) -> None:
    for text in damaged(10_000, seed=100 + seed):
        judge(text)
