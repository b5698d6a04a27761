"""Each kind of node, from its text; and where it says it stands."""

from __future__ import annotations

import pytest

from fmplang.frozen import fields
from fmplang.syntax import ast
from tests.syntax.support import expression, main, read, statement


def shape(node: object) -> object:
    """A node without places: ("Name", "x")."""
    if isinstance(node, ast.Node):
        parts = [getattr(node, f) for f in fields(type(node)) if f not in ("start", "end", "name_start")]
        return (type(node).__name__, *map(shape, parts))
    if isinstance(node, tuple):
        return [shape(item) for item in node]
    return node


X, Y, Z = ("Name", "x"), ("Name", "y"), ("Name", "z")
ONE = ("Constant", 1)

EXPRESSIONS = [
    ("x", X),
    ("None", ("Constant", None)), ("True", ("Constant", True)), ("False", ("Constant", False)),
    ("1", ONE), ("0x1F", ("Constant", 31)), ("0b11", ("Constant", 3)), ("0o17", ("Constant", 15)),
    ("1_000", ("Constant", 1000)), ("00", ("Constant", 0)),
    ("1.5", ("Constant", 1.5)), (".5", ("Constant", 0.5)), ("1.", ("Constant", 1.0)), ("1e3", ("Constant", 1000.0)),
    ('"a" \'b\'', ("Constant", "ab")), ('""', ("Constant", "")),
    ('f"a{x}b"', ("FString", ["a", ("Interpolation", X, "", []), "b"])),
    ('f"{x!r:>{y}}"', ("FString", [("Interpolation", X, "r", [">", ("Interpolation", Y, "", [])])])),
    ('"a" f"b{x}" "c"', ("FString", ["ab", ("Interpolation", X, "", []), "c"])),
    ('f"{{}}"', ("FString", ["{}"])),
    ("x.y", ("Attribute", X, "y")),
    ("x()", ("Call", X, [], [])),
    ("x(1, y=z,)", ("Call", X, [ONE], [("Keyword", "y", Z)])),
    ("x[1]", ("Subscript", X, ONE)),
    ("x[1:y]", ("Subscript", X, ("Slice", ONE, Y, None))),
    ("x[::1]", ("Subscript", X, ("Slice", None, None, ONE))),
    ("x[:]", ("Subscript", X, ("Slice", None, None, None))),
    ("x[1, y]", ("Subscript", X, ("TupleExpr", [ONE, Y]))),
    ("not x", ("Unary", "not", X)), ("-x", ("Unary", "-", X)), ("+x", ("Unary", "+", X)),
    ("x + 1 - y", ("Binary", [X, ONE, Y], ["+", "-"])),
    ("x * 1 / y // z % 1", ("Binary", [X, ONE, Y, Z, ONE], ["*", "/", "//", "%"])),
    ("x | y ^ z & 1", ("Binary", [X, ("Binary", [Y, ("Binary", [Z, ONE], ["&"])], ["^"])], ["|"])),
    ("x + y * z", ("Binary", [X, ("Binary", [Y, Z], ["*"])], ["+"])),
    ("(x + y) + z", ("Binary", [("Binary", [X, Y], ["+"]), Z], ["+"])),
    ("x ** y ** z", ("Binary", [X, ("Binary", [Y, Z], ["**"])], ["**"])),
    ("-x ** -y", ("Unary", "-", ("Binary", [X, ("Unary", "-", Y)], ["**"]))),
    ("x and y and z", ("BoolOp", "and", [X, Y, Z])),
    ("x or y and z", ("BoolOp", "or", [X, ("BoolOp", "and", [Y, Z])])),
    ("x < y <= 1 != z", ("Compare", [X, Y, ONE, Z], ["<", "<=", "!="])),
    ("x not in y", ("Compare", [X, Y], ["not in"])),
    ("x is not None", ("Compare", [X, ("Constant", None)], ["is not"])),
    ("x is y", ("Compare", [X, Y], ["is"])), ("x in y", ("Compare", [X, Y], ["in"])),
    ("x if y else z", ("IfExp", Y, X, Z)),
    ("[]", ("ListExpr", [])), ("[x, 1,]", ("ListExpr", [X, ONE])),
    ("()", ("TupleExpr", [])), ("(x,)", ("TupleExpr", [X])), ("(x, y)", ("TupleExpr", [X, Y])),
    ("x, y", ("TupleExpr", [X, Y])), ("(x)", X),
    ("{x, 1}", ("SetExpr", [X, ONE])),
    ("{}", ("DictExpr", [], [])), ("{x: 1, y: z}", ("DictExpr", [X, Y], [ONE, Z])),
    ("[x for x in y if z if 1]", ("Comprehension", "list", X, [("Clause", X, Y, [Z, ONE])])),
    ("{x for x, (y, z) in y for z in x}",
     ("Comprehension", "set", X, [("Clause", ("TupleExpr", [X, ("TupleExpr", [Y, Z])]), Y, []), ("Clause", Z, X, [])])),
    ("(x for x in y)", ("Comprehension", "generator", X, [("Clause", X, Y, [])])),
    ("z(x for x in y)", ("Call", Z, [("Comprehension", "generator", X, [("Clause", X, Y, [])])], [])),
    ("{x: 1 for x in y}", ("DictComp", X, ONE, [("Clause", X, Y, [])])),
    ("lambda x, y: z", ("Lambda", [X, Y], Z)), ("lambda: 1", ("Lambda", [], ONE)),
]


@pytest.mark.parametrize(("text", "wanted"), EXPRESSIONS)
def test_expressions(text: str, wanted: object) -> None:
    assert shape(expression(text)) == wanted


STATEMENTS = [
    ("x = 1", ("Assign", [X], ONE)), ("x = y = 1", ("Assign", [X, Y], ONE)),
    ("x, (y, z) = 1", ("Assign", [("TupleExpr", [X, ("TupleExpr", [Y, Z])])], ONE)),
    ("(x) = 1", ("Assign", [X], ONE)),
    ("x[1] = y", ("Assign", [("Subscript", X, ONE)], Y)),
    ("x: y", ("AnnAssign", X, Y, None)), ("x: y = 1, z", ("AnnAssign", X, Y, ("TupleExpr", [ONE, Z]))),
    ("x += 1", ("AugAssign", X, "+", ONE)), ("x[1] //= y", ("AugAssign", ("Subscript", X, ONE), "//", Y)),
    ("return", ("Return", None)), ("return x, y", ("Return", ("TupleExpr", [X, Y]))),
    ("assert x", ("Assert", X, None)), ("assert x, y", ("Assert", X, Y)),
    ("break", ("Break",)), ("continue", ("Continue",)), ("pass", ("Pass",)), ("x()", ("ExprStmt", ("Call", X, [], []))),
    ("if x: pass", ("If", [("Branch", X, [("Pass",)])], [])),
    ("if x:\n        y\n    elif z: pass\n    else:\n        x",
     ("If", [("Branch", X, [("ExprStmt", Y)]), ("Branch", Z, [("Pass",)])], [("ExprStmt", X)])),
    ("for x, y in z: pass", ("For", ("TupleExpr", [X, Y]), Z, [("Pass",)])),
    ("for x in y, z:\n        break", ("For", X, ("TupleExpr", [Y, Z]), [("Break",)])),
]


@pytest.mark.parametrize(("text", "wanted"), STATEMENTS)
def test_statements(text: str, wanted: object) -> None:
    assert shape(statement(text)) == wanted


ITEMS = [
    ("from fmp.video import frames, trim\n", ("Import", "fmp.video", [("Name", "frames"), ("Name", "trim")])),
    ("from fmp.video import (\n    frames,\n    trim,\n)\n",
     ("Import", "fmp.video", [("Name", "frames"), ("Name", "trim")])),
    ("LIMIT = 3\n", ("ConstantDef", ("Name", "LIMIT"), None, ("Constant", 3))),
    ("x: y = 1, z\n", ("ConstantDef", X, Y, ("TupleExpr", [ONE, Z]))),
    ('class P:\n    """doc"""\n    x: y\n    y: z\n',
     ("Record", ("Name", "P"), "doc", [("Field", "x", Y), ("Field", "y", Z)])),
    ("class P:\n    pass\n", ("Record", ("Name", "P"), "", [])),
    ('class P:\n    "doc"\n', ("Record", ("Name", "P"), "doc", [])),
    ('@neural("llm")\ndef x(y: z) -> x:\n    """Doc."""\n',
     ("Neural", ("Constant", "llm"), X, [("Param", "y", Z, None)], X, "Doc.")),
    ('@neural("llm")\ndef x(y): """Doc."""\n',
     ("Neural", ("Constant", "llm"), X, [("Param", "y", None, None)], None, "Doc.")),
    ("def x(): pass\n", ("Function", X, [], None, "", [("Pass",)])),
    ('def x(y: z, z=1,) -> x:\n    """Doc.""" " More."\n    return y\n',
     ("Function", X, [("Param", "y", Z, None), ("Param", "z", None, ONE)], X, "Doc. More.", [("Return", Y)])),
    ('def x():\n    "doc"\n', ("Function", X, [], None, "doc", [])),
    ('def x():\n    ""\n', ("Function", X, [], None, "", [("ExprStmt", ("Constant", ""))])),
    ('def x():\n    f"{y}"\n',
     ("Function", X, [], None, "", [("ExprStmt", ("FString", [("Interpolation", Y, "", [])]))])),
]


@pytest.mark.parametrize(("text", "wanted"), ITEMS)
def test_items(text: str, wanted: object) -> None:
    (item,) = read(text).items
    assert shape(item) == wanted


def test_the_module_has_its_docstring_and_comments() -> None:
    module = read('# one\n"""Doc."""  # two\nX = 1\n    # three\n')
    assert module.doc == "Doc."
    assert [(c.text, c.indent) for c in module.comments] == [("# one", 0), ("# two", -1), ("# three", 4)]
    assert module.span == (0, 42)


PLACES = [
    "x + y * z", "(x + y) * z", "x.y.z", "x.y(1)[2]", "f(a, b=1)", "[x for x in y if z]", "(x for x in y)",
    "x if y else z", "lambda x: x", "not x", "-x ** 2", "a < b < c", "a and b or c", "{1: 2}", "{1, 2}", "(1, 2)", "()",
    '"a" "b"', 'f"{x}"', "x[1:2]",
]


@pytest.mark.parametrize("text", PLACES)
def test_an_expression_spans_its_text(text: str) -> None:
    node = expression(text)
    source = main(f"y = {text}")
    assert source[node.start:node.end] == text


def test_parts_span_their_text() -> None:
    text = (
        'from fmp.video import frames\n\nclass P:\n    x: int\n\n'
        'def main(a: int = 1, b: str = "c") -> bool:\n'
        "    # comment\n"
        "    if (a + 1) * 2 > 3:  # comment\n"
        "        b.upper().lower()\n"
        "    elif f'{a + 1:>{ b }}':\n"
        "        pass\n\n"
        "    for i, (j) in enumerate(g(k=a)):\n"
        "        xs[i] += lambda q: q\n"
        "    return {1: 2}[1]\n"
    )
    seen: dict[str, list[str]] = {}
    waiting: list[ast.Node] = [read(text)]
    while waiting:
        node = waiting.pop()
        seen.setdefault(type(node).__name__, []).append(text[node.start:node.end])
        for child in ast.children(node):
            assert node.start <= child.start <= child.end <= node.end
            waiting.append(child)
    assert seen["Import"] == ["from fmp.video import frames"]
    assert seen["Record"] == ["class P:\n    x: int"]
    assert seen["Field"] == ["x: int"]
    assert seen["Function"] == [text[text.index("def"):-1]]
    assert sorted(seen["Param"]) == ["a: int = 1", 'b: str = "c"']
    assert seen["If"] == [text[text.index("if "):text.index("\n\n    for")]]
    assert sorted(seen["Branch"]) == ["elif f'{a + 1:>{ b }}':\n        pass",
                                      "if (a + 1) * 2 > 3:  # comment\n        b.upper().lower()"]
    assert sorted(seen["Interpolation"]) == ["{ b }", "{a + 1:>{ b }}"]
    assert sorted(seen["Binary"]) == ["(a + 1) * 2", "a + 1", "a + 1"]
    assert sorted(seen["Call"]) == ["b.upper()", "b.upper().lower()", "enumerate(g(k=a))", "g(k=a)"]
    assert seen["Keyword"] == ["k=a"]
    assert seen["TupleExpr"] == ["i, (j)"]
    assert seen["Lambda"] == ["lambda q: q"]
    assert seen["AugAssign"] == ["xs[i] += lambda q: q"]
    assert seen["Return"] == ["return {1: 2}[1]"]


def test_an_attribute_knows_where_its_name_begins() -> None:
    node = expression("x . y")
    assert isinstance(node, ast.Attribute)
    assert main("y = x . y")[node.name_start:node.end] == "y"
