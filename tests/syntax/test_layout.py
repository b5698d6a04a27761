"""Lines, indentation, brackets, characters: what the lexer makes of the layout."""

from __future__ import annotations

import pytest

from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source
from tests.syntax.support import errors, found, main, mend, read


@pytest.mark.parametrize("text", [
    "", "\n", "   \n\t\n", "# only a comment", "X = 1", "X = 1\nY = 2\n", "\n\n  # comment\nX = 1\n\n",
    "X = (1 +\n2)\n", "X = [\n# comment\n\n1,\n]\n", "X = 1 + \\\n    2\n",
    "def f():\n\tif x:\n\t\tpass\n\treturn\n", "def f():\n  if x:\n        pass\n  return\n",
    "def f():\n    pass\n# comment\n    # comment\n        # comment\n    pass\n", "def f(): pass\nX = 1",
    "def f():\n    pass\n\n    \n  \n\n    pass\n\n", "def f():\n    x = [\n1,\n2]\n    pass\n",
    "def f(\n    a,\n):\n    pass", 'X = """\n  a\nb"""\n', "def f():\n    if x: pass\n    else: pass\n",
])
def test_layouts_that_are_fine(text: str) -> None:
    read(text)
    read(text.replace("\n", "\r\n"))


def test_windows_lines_give_the_same_tree() -> None:
    text = 'def f():\n    """A\n    b"""\n    x = [1,\n2]\n    return """c\nd"""\n'
    assert ast.same(read(text), read(text.replace("\n", "\r\n")))


@pytest.mark.parametrize(("text", "wanted"), [
    ("  X = 1\n", [("1:3", "FMP006")]),
    ("def f():\n    x\n      y\n    z\n", [("3:7", "FMP006")]),
    ("def f():\nx = 1\n", [("1:8", "FMP005")]), ("def f():\n", [("1:8", "FMP005")]),
    ("def f():\n    if x:\n    y\n", [("2:9", "FMP005")]), ("def f():\n    if x:\n# comment\n", [("2:9", "FMP005")]),
    ("def f():\n    if x:\n        pass\n    else:\n    y\n", [("4:9", "FMP005")]),
    ("class P:\n", [("1:8", "FMP005")]), ("def f():\n    for x in y:\n\ndef g():\n    pass\n", [("2:15", "FMP005")]),
    ("def f():\n    x\n   y\n", [("3:1", "FMP007")]),
    ("def f():\n    if x:\n        y\n      z\n      w\n    v\n", [("4:1", "FMP007")]),
    ("def f():\n    x\n\ty\n", [("3:1", "FMP007")]), ("def f():\n\tif x:\n        y\n", [("3:1", "FMP007")]),
    ("def f():\n\tx\n        y\n", [("3:1", "FMP007")]), ("def f():\n    if x:\n\t\ty\n", [("3:1", "FMP007")]),
    ("X = 1\\\n", [("1:6", "FMP008")]), ("X = 1\\", [("1:6", "FMP008")]), ("X = 1 \\ \n+ 2\n", [("1:7", "FMP008")]),
    ("\\\nX = 1\n", [("1:1", "FMP008")]), ("def f():\n    x\n  \\\n    y\n", [("3:3", "FMP008")]),
    ("\ufeffX = 1\n", [("1:1", "FMP008")]), ("X = 1\rY = 2\r", [("1:6", "FMP008")]), ("X = 1\0\n", [("1:6", "FMP008")]),
    ('X = "\0"\n', [("1:6", "FMP008")]), ("# \0\nX = 1\n", [("1:3", "FMP008")]),
    ('X = "\ud800"\n', [("1:6", "FMP008")]),
    ("X = 1 # \udfff\n", [("1:9", "FMP008")]), ("X\ud800 = 1\n", [("1:2", "FMP008")]),
    ("X = 1\f\n", [("1:6", "FMP008")]), ("\fX = 1\n", [("1:1", "FMP008")]), ("X = 1\v\n", [("1:6", "FMP008")]),
    ("X\u00a0=\u00a01\nY\u00a0= 1\n", [("1:2", "FMP008")]),
    ("def f():\n\u00a0\u00a0\u00a0 x\n    y\n", [("2:1", "FMP008")]),
    ("X = 1\u200b\n", [("1:6", "FMP008")]), ("X = “a”\n", [("1:5", "FMP008")]),
    ("X = f(‘a’, ‘b’)\n", [("1:7", "FMP008")]),
    ("naïve = 1\n", [("1:1", "FMP008")]), ("é = 1\n", [("1:1", "FMP008")]), ("X = 日本\n", [("1:5", "FMP008")]),
    ("X = ١\n", [("1:5", "FMP008")]), ("X = $a\n", [("1:5", "FMP008")]), ("X = `a`\n", [("1:5", "FMP008")]),
    ("X = 3 × 4\n", [("1:7", "FMP008")]), ("X = 😀\n", [("1:5", "FMP008")]), ("X = \x01\n", [("1:5", "FMP008")]),
    ("X = a\\b\n", [("1:6", "FMP008")]), ("X = 1 %% 2\n", [("1:8", "FMP001")]),
    ("X = (1\n", [("1:5", "FMP003")]), ("X = (1]\n", [("1:7", "FMP003")]), ("X = 1)\n", [("1:6", "FMP003")]),
    ("X = (1\nY = 2\nZ = 3\n", [("1:5", "FMP003")]),
    ("def f():\n    x = g(1, [2\n    return x\n", [("2:14", "FMP003")]),
    ("def f(a:\n    return a\n", [("1:6", "FMP003")]),
    ("def f():\n    if g(x:\n        y\n    z = = 1\n", [("2:9", "FMP003"), ("4:9", "FMP001")]),
    ("X = [\n    1,\n    2,\nY = 3\n", [("1:5", "FMP003")]),
    ("X = {\n    1: [2,\n    3: 4,\n}\nY = 1\n", [("2:8", "FMP003")]),
    ("X = (1,\n     2]\nY = (3]\n", [("2:7", "FMP003"), ("3:7", "FMP003")]),
    ('X = f("a)\nY = 1\n', [("1:7", "FMP004")]), ('X = f(\n    "a,\n    "b")\nY = = 1\n', [("2:5", "FMP004"),
    ("4:5", "FMP001")]),
    ('X = """a\nY = 1\n', [("1:5", "FMP004")]),
    ("```python\nX = 1\n```\n", [("1:1", "FMP018")]), ("Here is the code:\nX = 1\n", [("1:1", "FMP018")]),
    ("X = 1\nI hope this helps!\n", [("2:1", "FMP018")]),
    ("X = 1; Y = 2;\n", [("1:6", "FMP019"), ("1:13", "FMP019")]), ("def f():\n    if x: y; z\n", [("2:12", "FMP019")]),
])
def test_slips_of_layout(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize("text", [
    "```python\nX = 1\n```\n", "```\nX = 1\n```", "X\u00a0=\u00a01\nY\u00a0= 1\n", "\ufeffX = 1\n", "X = 1\rY = 2\r",
     "X = 1\0\n",
    "X = 1\f\n", "X = 1\\\n", "\\\nX = 1\n", "X = “a”\n", "X = f(‘a’, ‘b’)\n", "X = 1 \\ \n+ 2\n",
     "def f():\n\u00a0\u00a0\u00a0 x\n    y\n",
])
def test_safe_fixes_of_layout(text: str) -> None:
    assert errors(text) != ()
    assert errors(mend(text)) == ()


def test_a_fix_keeps_the_indentation_of_the_block() -> None:
    text = "def f():\n    x\n   y\n"
    assert mend(text, only_safe=False) == "def f():\n    x\n    y\n"


def test_an_open_bracket_shows_where_it_ends_at_the_latest() -> None:
    text = main("y = max(x, [1, 2")
    (diagnostic,) = errors(text)
    assert text[diagnostic.span.start] == "["
    assert mend(text, only_safe=False) == main("y = max(x, [1, 2])")
    text = main("if len(x:", "    return 1")
    assert mend(text, only_safe=False) == main("if len(x):", "    return 1")


def test_a_bracket_that_does_not_match_shows_its_partner() -> None:
    text = main("y = (x]")
    (diagnostic,) = errors(text)
    assert [text[label.span.start] for label in diagnostic.labels] == ["("]
    assert (diagnostic.expected, diagnostic.found) == ("')'", "']'")


def test_source_size() -> None:
    parsed = parse(Source("X = 1\n"), Limits(source=5))
    assert [d.code for d in parsed.diagnostics] == ["FMP601"]
    assert parsed.module.items == ()
    assert errors("X = 1\n", Limits(source=6)) == ()


def test_nodes() -> None:
    assert errors("X = [1, 1]\n", Limits(nodes=6)) == ()  # the module, the constant, its name, the list, two numbers
    assert errors("X = [1, 1]\n", Limits(nodes=5)) != ()
    text = "X = [" + "1, " * 100 + "]\n"
    wanted = sum(1 for _ in _walk(read(text)))
    assert errors(text, Limits(nodes=wanted)) == ()
    parsed = parse(Source("A = 1\n" + text), Limits(nodes=wanted))
    assert [d.code for d in parsed.diagnostics] == ["FMP602"]
    assert isinstance(parsed.module.items[0], ast.ConstantDef) and isinstance(parsed.module.items[-1], ast.ErrorStmt)


def _walk(node: ast.Node) -> list[ast.Node]:
    return [node, *[below for child in ast.children(node) for below in _walk(child)]]


@pytest.mark.parametrize("text", [
    'from fmp.video import a, b\nclass P:\n    """d"""\n    x: int\n    y: list[int]\n\n'
    '@neural("x")\ndef n(a: int, b: int = 1) -> int:\n    """p"""\n',
    "def f(a, b: int = 2) -> int:\n    if a: pass\n    elif b: pass\n    elif c: pass\n    else: pass\n"
    "    for i, j in x: break\n",
    'def f():\n    x = y[2] = lambda a, b: f"{a!r:{b}}" "c"\n    x: int = 1\n    x += (yes if a else b)[1:2]\n'
    '    assert x, "a"\n',
    "X = [a for b in c if d], {a: b for c in d}, {1: 2}, f(1, a=2), not -1 + 2 * 3, a < b < c and d or e, None\n",
])
def test_the_count_of_nodes_is_that_of_the_tree(text: str) -> None:
    count = len(_walk(read(text)))
    assert errors(text, Limits(nodes=count)) == ()
    assert [d.code for d in errors(text, Limits(nodes=count - 1))] == ["FMP602"]


@pytest.mark.parametrize(("text", "depth"), [
    ("X = a\n", 0), ("X = [a]\n", 1), ("X = [[a]]\n", 2), ("X = a.b\n", 1), ("X = a.b()[0]\n", 3), ("X = -a\n", 1),
    ("X = not -a\n", 2),
    ("X = a + b + c\n", 1), ("X = a + b * c\n", 2), ("X = a ** b ** c\n", 2),
    ("X = a if b else c if d else e\n", 2), ("X = (((a)))\n", 3),
    ("X = lambda: lambda: a\n", 2), ("X = f'{a}'\n", 1), ("X = f'{[a]:{b}}'\n", 2), ("def f():\n    pass\n", 1),
    ("def f():\n    if a:\n        pass\n", 2),
    ("def f():\n    if a:\n        pass\n    elif b: pass\n    elif c: pass\n    else:\n        d()\n", 3),
    ("def f():\n    for x in y:\n        if a:\n            b[0].c()\n", 6), ("class P:\n    x: list[int]\n", 2),
    ("X = a < b < c\n", 1),
])
def test_nesting(text: str, depth: int) -> None:
    """Brackets, operators and blocks one inside another count; lists of things side by side do not."""
    assert errors(text, Limits(nesting=depth)) == ()
    if depth:
        assert {d.code for d in errors(text, Limits(nesting=depth - 1))} == {"FMP603"}


def test_statements_after_one_that_is_too_deep_are_kept() -> None:
    text = "def f():\n    x = [[[a]]]\n    return x\n\n\ndef g():\n    if a:\n        x = [b]\n\n\nX = 1\n"
    parsed = parse(Source(text), Limits(nesting=2))
    places = [(d.where, d.code, text[d.span.start:d.span.end]) for d in parsed.diagnostics]
    assert places == [("<program>:2:11", "FMP603", "["), ("<program>:6:1", "FMP603", "def g():")]
    f, g, x = parsed.module.items
    assert isinstance(f, ast.Function) and [type(s).__name__ for s in f.body] == ["ErrorStmt", "Return"]
    assert isinstance(g, ast.ErrorStmt) and set(g.names) == {"g", "a", "b", "x"}
    assert isinstance(x, ast.ConstantDef)


def test_a_block_that_is_too_deep_is_skipped() -> None:
    text = "def f():\n    if a:\n        if b:\n            pass\n        x = = 1\n    return 1\n"
    diagnostics = errors(text, Limits(nesting=2))
    assert [(d.where, d.code) for d in diagnostics] == [("<program>:4:13", "FMP603"), ("<program>:5:13", "FMP001")]
