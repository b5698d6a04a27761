"""Literals mean what they mean in Python; what Python warns about is refused."""

from __future__ import annotations

import ast as python
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.limits import Limits
from fmplang.syntax import ast
from tests.strategies import texts
from tests.syntax.support import errors, expression, main


def value(text: str) -> Any:
    node = expression(text)
    assert isinstance(node, ast.Constant)
    return node.value


@pytest.mark.parametrize("text", [
    r'"\n\t\\\'\"\a\b\f\r\v"', r'"\x41\u00e9\U0001F600"', r'"\N{EM DASH}\101\7"', r"r'\d\n'", r'R"\x"', "u'a'",
    "'a\\\nb'",
    '"""a\n"b"\n\\"""c"""', "'''it's'''", "'a' 'b' r'\\c'", '""""a"""', "''''a'''", '"é"', "'\\\\'", 'r"\\""',
    "0", "00_0", "0xFf_1", "0B1_0", "0O17", "12_345", "1_0.0_1e+1_0", "1e-5", ".5", "5.", "0.0", "1E5", "0e0",
    "012.5", "09e1",
])
def test_literals_have_pythons_value(text: str) -> None:
    wanted = python.literal_eval(text)
    got = value(text)
    assert (type(got), got) == (type(wanted), wanted)


@given(texts)
def test_any_text_can_be_written(text: str) -> None:
    assert value(repr(text)) == text


@given(st.integers(0, 2**256 - 1))
def test_integers(number: int) -> None:
    assert value(str(number)) == value(hex(number)) == number


@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_floats(number: float) -> None:
    assert value(repr(number)) == number


def test_windows_line_ends_in_a_string_are_line_ends() -> None:
    assert value('"""a\r\nb\\\r\nc"""') == "a\nbc"


@pytest.mark.parametrize(("text", "code", "help"), [
    (r'"\d"', "FMP010", r"write \\d"), (r'"\8"', "FMP010", r"write \\8"), (r'"\400"', "FMP010", "write \\u0100"),
    (r'"\x4"', "FMP010", r"write \\x"), (r'"\u12"', "FMP010", r"write \\u"), (r'"\U00110000"', "FMP010", "last one"),
    (r'"\N{NO SUCH}"', "FMP010", "write the character itself"),
    (r'"\N{KEYCAP DIGIT ONE}"', "FMP010", "write the character"),
    (r'"\ud800"', "FMP010", "write the character itself"), ('f"\\{x}"', "FMP010", "write {{"),
    ('b"a"', "FMP034", "write a plain string"), ('rb"a"', "FMP034", "write a plain string"),
    ('fu"a"', "FMP010", "strings are"),
    ('x"a"', "FMP010", "strings are"), ("012", "FMP009", "write 12"), ("1__0", "FMP009", "a single '_'"),
    ("1_", "FMP009", "a single '_'"), ("0x", "FMP009", "cannot begin with a digit"),
    ("1if x else 2", "FMP009", "put a space"),
    ("0xfor x", "FMP009", "cannot begin with a digit"), ("1e", "FMP009", "cannot begin"),
    ("1.e", "FMP009", "write it like"),
    ("1.real", "FMP009", "write it like"), ("2x", "FMP009", "a name cannot begin with a digit"),
    ("1j", "FMP034", "two floats"), ("1.5e3J", "FMP034", "two floats"), ("1e400", "FMP009", "1.8e308"),
    ("9" * 5000, "FMP611", "float"), (str(2**256), "FMP611", "float"), ("0x" + "f" * 65, "FMP611", "float"),
    ('"a', "FMP004", 'end it with " on the same line'), ("'a", "FMP004", "end it with '"),
    ('"""a', "FMP004", 'end it with """'),
    ('f"a', "FMP004", "end it with"), ("'it's'", "FMP004", 'can stand between " and "'),
])
def test_malformed_literals(text: str, code: str, help: str) -> None:
    (diagnostic,) = errors(main(f"y = {text}"))
    assert diagnostic.code == code
    assert help in diagnostic.help


def test_the_limit_on_bits_is_the_runs() -> None:
    assert errors(main("y = 256"), Limits(integer_bits=8))[0].code == "FMP611"
    assert errors(main("y = 255"), Limits(integer_bits=8)) == ()


@pytest.mark.parametrize(("text", "part", "title"), [
    ('f"{}"', "{}", "empty"), ('f"{ }"', "{ }", "empty"), ('f"{!r}"', "{!", "empty"), ('f"{x"', "{", "never closed"),
    ('f"}"', "}", "closes nothing"), ('f"{x}}"', "}", "closes nothing"), ('f"{x!a}"', "!a", "conversion"),
    ('f"{x! r}"', "! ", "conversion"), ('f"{x!r }"', " ", "':' or '}' is missing"), ('f"{x=}"', "=", "no '='"),
    ('f"{x:{y:{z}}}"', "{", "nested too deeply"), ('f"{x:{{}}}"', "{{", "format spec"), ('f"{x + }"', "", "the braces"),
    ("f\"{'\\n'}\"", "\\", "backslash"), ('f"""{x # c\n}"""', "#", "comment"), ('f"{x)}"', ")", "closes nothing"),
    ('f"{(x}"', "}", "closes nothing"), ('f"{[x)}"', ")", "closes nothing"), ('f"{x y}"', "y", "is missing before"),
    ('f"{lambda x: x}"', "", "the braces"), ('f"{x:{"', "{", "never closed"), ('f"{*x}"', "*", "no '*'"),
    ('f"{x!', "f", "does not end"), ('f"{yield x}"', "yield", "no 'yield'"), ('f"{x := 1}"', None, None),
    ('f"{a.__class__}"', "__class__", "two underscores"), ('f"{1if}"', "1if", "space is missing"),
])
def test_malformed_fstrings(text: str, part: str | None, title: str | None) -> None:
    source = main(f"y = {text}")
    if part is None:
        assert errors(source) == ()  # `:= 1` is a format spec
        return
    (diagnostic,) = errors(source)
    assert title is not None and title in diagnostic.title
    assert source[diagnostic.span.start:diagnostic.span.end] in (part, text if title == "does not end" else part)


def test_an_fstring_of_many_parts() -> None:
    node = expression("""f'''a{x!s:0>{ y }.{z}f}{ {1: 2}["b"] }{x if y else "c"}{x != y}{x,}''' rf"\\d{x}\"""")
    assert isinstance(node, ast.FString)
    assert [part if isinstance(part, str) else type(part.value).__name__ for part in node.parts] == [
        "a", "Name", "Subscript", "IfExp", "Compare", "TupleExpr", "\\d", "Name"]
