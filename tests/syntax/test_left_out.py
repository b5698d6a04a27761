"""What FMP leaves out of Python: each with a diagnostic of its own that says what to write instead."""

from __future__ import annotations

import ast as python

import pytest

from fmplang.syntax.catalogue import ENTRIES
from tests.syntax.support import errors, main, mend, read

# (text, code, a part of the help, where the diagnostic begins)
STATEMENTS = [
    ("while x > 3:\n        x -= 1", "FMP020", "for i in range", "while"),
    ("try:\n        x = 1\n    except ValueError as e:\n        x = 2\n    finally:\n        x = 3", "FMP021",
     "if key in d", "try"),
    ('raise ValueError("x")', "FMP021", "assert", "raise"),
    ("with open(x) as y:\n        pass", "FMP022", "parameters", "with"),
    ("import math\n    return x", "FMP024", "need no import", "import"),
    ("from fmp.video import frames", "FMP024", "out of the block", "from"),
    ("global y", "FMP025", "parameter", "global"), ("nonlocal y", "FMP025", "parameter", "nonlocal"),
    ("yield x", "FMP026", "append", "yield"), ("y = yield", "FMP026", "append", "yield"),
    ("async for y in x:\n        pass", "FMP026", "leave it out", "async"),
    ("await x", "FMP026", "leave it out", "await"),
    ("y = [z async for z in x]", "FMP026", "leave it out", "async"),
    ("del x[0]", "FMP027", "pop", "del"),
    ("print(y := 3)", "FMP028", "line of its own", ":="),
    ("if (y := x):\n        pass", "FMP028", "line of its own", ":="),
    ("f(*x)", "FMP029", "join lists", "*x"), ("f(1, **x)", "FMP029", "one by one", "**x"),
    ("y = [*x, 1]", "FMP029", "join", "*x"),
    ("y = {**x}", "FMP029", "copy the dict", "**x"), ("a, *b = x", "FMP029", "join lists", "*b"),
    ("*a, b = x", "FMP029", "join", "*a"),
    ("print(__name__)", "FMP030", "builtins", "__name__"), ("y = x.__class__", "FMP030", "builtins", "__class__"),
    ("__y = 1", "FMP030", "another name", "__y"), ("f(__x=1)", "FMP030", "another name", "__x"),
    ("for y in x:\n        pass\n    else:\n        pass", "FMP032", "after the loop", "else"),
    ("y = x << 1", "FMP033", "2 ** n", "<<"), ("y = x >> 1", "FMP033", "2 ** n", ">>"),
    ("x <<= 1", "FMP033", "2 ** n", "<<="),
    ("y = x @ x", "FMP033", "zip", "@ x"), ("y = ~x", "FMP033", "not x", "~"), ("x @= y", "FMP033", "zip", "@="),
    ("...", "FMP034", "pass", "..."), ("y = x[...]", "FMP034", "pass", "..."),
    ("y: tuple[int, ...] = x", "FMP034", "list[T]", "..."),
    ("y = 3j", "FMP034", "two floats", "3j"), ('y = b"a"', "FMP034", "plain string", 'b"a"'),
    ("def f():\n        pass", "FMP036", "top level", "def"),
    ("class P:\n        y: int", "FMP036", "top level", "class"),
    ("@cache\n    def f():\n        pass", "FMP031", "delete the line", "@"),
    ("x.y = 1", "FMP037", "build a new one", "x.y"), ("x.y += 1", "FMP037", "build a new one", "x.y"),
    ("a, x.y = 1, 2", "FMP037", "build a new one", "x.y"),
    ("f(lambda y=1: y)", "FMP038", "leave it out", "=1"), ("f(lambda (a, b): a)", "FMP038", "lambda x, y", "(a, b)"),
    ("f(lambda *a: a)", "FMP029", "", "*a"),
    ("match x:\n        case 1:\n            pass\n        case _:\n            pass", "FMP039", "elif", "match"),
    ("x[1:2] = y", "FMP012", "build the new list", "x[1:2]"), ("[a, b] = x", "FMP012", "a name", "[a, b]"),
    ("() = x", "FMP012", "a name", "()"), ("f() = 1", "FMP012", "a name", "f()"), ("1 = x", "FMP012", "a name", "1"),
    ("x + 1 = 2", "FMP012", "'=='", "x + 1"), ("a, b += 1", "FMP012", "one line for each", "a, b"),
    ("(a, b): int = 1", "FMP012", "name: type", "(a, b)"), ("x[0]: int = 1", "FMP012", "name: type", "x[0]"),
    ("(y): int = 1", "FMP012", "name: type", "(y)"), ("for x.y in z:\n        pass", "FMP012", "for x in xs", "."),
    ("for x[0] in z:\n        pass", "FMP012", "for x in xs", "["), ("y = [a for a.b in x]", "FMP001", "", "."),
    ("y = []  # type: list[int]", "FMP041", "annotation", "# type"),
]

ITEMS = [
    ("import os\n", "FMP024", "need no import", "import"), ("import math\n", "FMP024", "need no import", "import"),
    ("import numpy as np\n", "FMP024", "need no import", "import"),
    ("from typing import List\n", "FMP024", "delete the line", "from"),
    ("from os import path\n", "FMP024", "delete", "from"),
    ("from fmp.video import *\n", "FMP024", "list them", "*"),
    ("from fmp.video import frames as f\n", "FMP024", "itself", "as"),
    ("from . import x\n", "FMP024", "from fmp.video", "."), ("from .. import x\n", "FMP024", "from fmp.video", "."),
    ("from ... import x\n", "FMP024", "from fmp.video", "..."),
    ("def f(*args):\n    pass\n", "FMP029", "name each", "*args"),
    ("def f(a, **kw):\n    pass\n", "FMP029", "name each", "**kw"),
    ("def f(a, /, b):\n    pass\n", "FMP029", "name each", "/"),
    ("def f(a, *, b):\n    pass\n", "FMP029", "name each", "*"),
    ("def __init__():\n    pass\n", "FMP030", "", "__init__"),
    ("@dataclass\nclass P:\n    x: int\n", "FMP031", "delete the line", "@dataclass"),
    ("@functools.cache\ndef f():\n    pass\n", "FMP031", "delete the line", "@functools"),
    ('@model("llm")\ndef f() -> int:\n    """a"""\n', "FMP031", "delete the line", "@model"),
    ("async def f():\n    pass\n", "FMP026", "leave it out", "async"),
    ("class P:\n    x: int\n    def f(self):\n        return 1\n    def g(self):\n        return 2\n", "FMP023",
     "beside", "def f"),
    ("class P:\n    x: int = 3\n", "FMP023", "all its fields", "= 3"),
    ("class P:\n    x = 3\n", "FMP023", "x: type", "= 3"),
    ("class P(Q):\n    x: int\n", "FMP023", "class Name:", "(Q)"),
    ("class P():\n    x: int\n", "FMP023", "class Name:", "()"),
    ("class P:\n    print(1)\n", "FMP023", "name: type", "(1)"),
    ("class P:\n    return\n", "FMP023", "name: type", "return"),
    ("class P:\n    @property\n    def f(self):\n        return 1\n", "FMP023", "beside", "@"),
    ("print(1)\n", "FMP035", "def main", "(1)"), ("if x:\n    pass\n", "FMP035", "def main", "if"),
    ("for x in y:\n    pass\n", "FMP035", "def main", "for"), ("return 1\n", "FMP035", "def main", "return"),
    ("x, y = 1, 2\n", "FMP035", "NAME = value", ", y"), ("x = y = 1\n", "FMP035", "NAME = value", "= 1"),
    ("x += 1\n", "FMP035", "NAME = value", "+="), ("x: int\n", "FMP035", "NAME: type = value", ""),
    ('if __name__ == "__main__":\n    main()\n', "FMP035", "the host runs", "if"),
    ("x\ny\nx()\n", "FMP035", "def main", ""),
    ('@neural("llm")\ndef f() -> int:\n    pass\n', "FMP040", "docstring", "pass"),
    ('@neural("llm")\ndef f() -> int: ...\n', "FMP040", "docstring", "..."),
    ('@neural("llm")\ndef f() -> int:\n', "FMP040", "docstring", ""),
    ('@neural("llm")\ndef f() -> int:\nx = 1\n', "FMP040", "docstring", "x"),
    ('@neural("llm")\ndef f() -> int:\n    """a"""\n    return 1\n', "FMP040", "delete", "return"),
    ('@neural("llm")\ndef f() -> int:\n    """a"""\n    ...\n', "FMP040", "delete", "..."),
    ('@neural\ndef f() -> int:\n    """a"""\n', "FMP040", "@neural(", "@neural"),
    ('@neural(llm)\ndef f() -> int:\n    """a"""\n', "FMP040", "plain string", "@neural"),
    ('@neural(capability="llm")\ndef f() -> int:\n    """a"""\n', "FMP040", "plain string", "@neural"),
    ('@neural(f"llm")\ndef f() -> int:\n    """a"""\n', "FMP040", "@neural(", 'f"llm"'),
    ('@neural("")\ndef f() -> int:\n    """a"""\n', "FMP040", "@neural(", '""'),
    ('@neural("llm")\nx = 1\n', "FMP040", "under it", "@neural"), ('@neural("llm")\n', "FMP040", "under it", "@neural"),
    ('@neural("llm")\ndef f() -> int:\n    f"""{x}"""\n', "FMP040", "without f", 'f"""'),
    ("def f(a=1, b):\n    pass\n", "FMP017", "last", "b)"), ("def f(a, b, a):\n    pass\n", "FMP017", "rename", "a)"),
    ("X = lambda a, a: 1\n", "FMP017", "rename", "a:"),
]


@pytest.mark.parametrize(("text", "code", "help", "at"),
                         [(main(text), *rest) for text, *rest in STATEMENTS] + ITEMS)
def test_it_has_a_diagnostic_of_its_own(text: str, code: str, help: str, at: str) -> None:
    diagnostics = errors(text)
    assert [d.code for d in diagnostics] == [code]
    assert help in diagnostics[0].help
    assert text[diagnostics[0].span.start:].startswith(at)
    assert diagnostics[0].title[0] != " " and not diagnostics[0].title.endswith(".")


@pytest.mark.parametrize("text", [main(text) for text, *_ in STATEMENTS] + [text for text, *_ in ITEMS])
def test_safe_fixes_leave_nothing_to_say(text: str) -> None:
    """A safe fix does away with its diagnostic, and applying it again changes nothing."""
    if all(not fix.safe for d in errors(text) for fix in d.fixes):
        assert mend(text) == text
        return
    mended = mend(text)
    assert errors(mended) == ()
    python.parse(mended)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_the_catalogue_shows_what_it_says(entry: object) -> None:
    from fmplang.syntax.catalogue import Entry

    assert isinstance(entry, Entry)
    assert {d.code for d in errors(entry.failing)} == {entry.code}
    read(entry.mended)
    python.parse(entry.mended)
    assert entry.title and entry.why.endswith(".")


def test_the_catalogue_is_complete() -> None:
    """Every syntax code in the sources has an entry, and the other way round."""
    import re
    from pathlib import Path

    import fmplang.syntax

    folder = Path(fmplang.syntax.__file__).parent
    used = {code for path in folder.glob("*.py") if path.name != "catalogue.py"
            for code in re.findall(r'"(FMP0\d\d)"', path.read_text(encoding="utf-8"))}
    assert used == {entry.code for entry in ENTRIES}
    assert [entry.code for entry in ENTRIES] == sorted(used)


@pytest.mark.parametrize(("text", "code", "mended"), [
    ("if x && y || z:\n        pass", "FMP014", "if x and y or z:\n        pass"),
    ("y = !x", "FMP014", "y = not x"), ("if x&&!y:\n        pass", "FMP014", "if x and not y:\n        pass"),
    ("y = x === 1", "FMP014", "y = x == 1"), ("y = x <> 1", "FMP014", "y = x != 1"),
    ("y = x !== 1", "FMP014", "y = x != 1"),
    ("x++", "FMP014", "x += 1"), ("x--", "FMP014", "x -= 1"),
    ("if x:\n        pass\n    else if y:\n        pass", "FMP014", "if x:\n        pass\n    elif y:\n        pass"),
    ("if x:\n        pass\n    elseif y:\n        pass", "FMP014", "if x:\n        pass\n    elif y:\n        pass"),
    ('print "a", x', "FMP014", 'print("a", x)'), ("if x = 1:\n        pass", "FMP013", "if x == 1:\n        pass"),
    ("assert x = 1", "FMP013", "assert x == 1"), ("if x\n        pass", "FMP002", None),
    ("if x:\n        pass\n    else\n        pass", "FMP002", "if x:\n        pass\n    else:\n        pass"),
    ("for i in x\n        pass", "FMP002", "for i in x:\n        pass"), ("if x return 1", "FMP002", "if x: return 1"),
    ("x = 1;", "FMP019", "x = 1"), ("f(y for y in x, 1)", "FMP016", "f((y for y in x), 1)"),
    ("f(y for y in x,)", "FMP016", "f((y for y in x),)"), ("y = 007", "FMP009", "y = 7"),
    ("y = 1if x else 2", "FMP009", "y = 1 if x else 2"),
    ('y = "\\d"', "FMP010", 'y = "\\\\d"'), ("y = x ≤ 1", "FMP008", "y = x <= 1"), ("y = x – 1", "FMP008", "y = x - 1"),
    ("y = “a”", "FMP008", 'y = "a"'), ("y\u00a0=\u00a01", "FMP008", "y = 1"), ("y\u200b = 1", "FMP008", "y = 1"),
    ("y = (x + \\ \n        1)", "FMP008", "y = (x + \\\n        1)"),
])
def test_safe_fixes(text: str, code: str, mended: str | None) -> None:
    assert {d.code for d in errors(main(text))} == {code}
    if mended is not None:
        assert mend(main(text)) == main(mended)


@pytest.mark.parametrize(("text", "help"), [
    ("x ? 1 : 2", "if condition else"), ("y = x => 1", "lambda"), ("int y = 1", "y: int"),
    ("let y = 1", "name = value"),
    ("if x {\n        pass\n    }", "':'"), ("if x then:\n        pass", "':'"), ("switch x:\n        pass", "elif"),
    ("function f(a):\n        pass", "def name"), ("foreach y in x:\n        pass", "for x in xs"),
    ("unless x:\n        pass", "if not"),
])
def test_other_languages(text: str, help: str) -> None:
    first = errors(main(text))[0]
    assert first.code in ("FMP014", "FMP039")
    assert help in first.help
