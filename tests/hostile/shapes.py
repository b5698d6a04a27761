"""Texts that are hostile by their shape: deep, long, wide, or not quite text. No editor would keep them as files."""

from __future__ import annotations

DEEP = 20_000
HEAD = "def main(a: int) -> int:\n"


def body(expression: str, result: str = "int") -> str:
    return f"{HEAD.replace('int:', result + ':')}    return {expression}\n"


def fill(text: str) -> str:
    """`text` as often as a source of the greatest size holds it."""
    return text * (64_000 // len(text))


def ladder(line: str, depth: int, last: str, width: int = 1) -> str:
    """`line` again and again, each deeper by `width` spaces, and `last` below."""
    steps = "".join(" " * (width * (i + 1)) + line + "\n" for i in range(depth))
    return HEAD + steps + " " * (width * (depth + 1)) + last + "\n"


def chain(length: int) -> str:
    """Functions each of which calls the one before."""
    functions = (f"def f{i}(a: int) -> int:\n    return {f'f{i - 1}(a)' if i else 'a'}\n" for i in range(length))
    return "".join(functions) + body(f"f{length - 1}(a)")


def records(length: int, fields: str) -> str:
    """Records each of which holds the one before, once per letter of `fields`."""
    made = ""
    for i in range(length):
        made += f"class R{i}:\n" + "".join(f"    {f}: {f'R{i - 1}' if i else 'int'}\n" for f in fields)
    return made


NESTING: dict[str, str] = {
    "parentheses": body("(" * DEEP + "a" + ")" * DEEP),
    "lists": body("[" * 500 + "]" * 500, "list[int]"),
    "lists far": body("[" * DEEP + "]" * DEEP, "list[int]"),
    "dicts": body("{1: " * 500 + "1" + "}" * 500),
    "tuples": body("(" * 500 + "a" + ",)" * 500),
    "unclosed": body("(" * DEEP),
    "unclosed mixed": body("([{" * 5000),
    "closed too often": body("a" + ")" * DEEP),
    "crossed brackets": body("([" * 500 + ")]" * 500),
    "not": body(fill("not ") + "a", "bool"),
    "minus": body("-" * DEEP + "a"),
    "minus and plus": body("-+" * DEEP + "a"),
    "power": body(fill("a ** ") + "a"),
    "sum": body(fill("a + ") + "a"),
    "mixed sum": body("a + a * a - " * 5000 + "a"),
    "and": body(fill("a > 0 and ") + "a > 0", "bool"),
    "and or": body(fill("a > 0 and a < 0 or ") + "a > 0", "bool"),
    "comparison": body(fill("a < ") + "a", "bool"),
    "string juxtaposed": body(fill("'a' "), "str"),
    "string sum": body(fill("'a' + ") + "'a'", "str"),
    "attributes": body("a" + ".x" * DEEP),
    "calls": body("a" + "()" * DEEP),
    "subscripts": body("a" + "[0]" * DEEP),
    "slices": body("a" + "[:]" * DEEP),
    "nested subscripts": body("a[" * 500 + "0" + "]" * 500),
    "nested calls": body("abs(" * 500 + "a" + ")" * 500),
    "methods": body("'a'" + fill(".strip()"), "str"),
    "conditional": body(fill("1 if a else ") + "2"),
    "conditional inside": body("(1 if a else " * 500 + "2" + ")" * 500),
    "lambdas": body("(lambda x: " * 500 + "a" + ")" * 500),
    "comprehensions": body("[x for x in " * 500 + "[a]" + "]" * 500, "list[int]"),
    "clauses": body("[a " + fill("for x in range(2) ") + "]", "list[int]"),
    "conditions": body("[a for x in range(2) " + "if x " * 5000 + "]", "list[int]"),
    "f-strings": body("f'{" * 200 + "a" + "}'" * 200, "str"),
    "f-string parts": body("f'" + "{a}" * DEEP + "'", "str"),
    "f-string specs": body("f'{a:" + "{a:" * 500 + "}" * 500 + "}'", "str"),
    "types": "def main(a: " + "list[" * 500 + "int" + "]" * 500 + ") -> int:\n    return 1\n",
    "type union": "def main(a: " + fill("int | ") + "None) -> int:\n    return 1\n",
    "type tuple": "def main(a: tuple[" + fill("int, ") + "int]) -> int:\n    return 1\n",
    "literal": "def main(a: Literal[" + ", ".join(f"'{i}'" for i in range(4000)) + "]) -> int:\n    return 1\n",
    "if": ladder("if a:", 500, "return 1", 4),
    "if far": ladder("if a:", 300, "return 1"),
    "for": ladder("for x in [1]:", 300, "a = 1\n return a"),
    "elif": HEAD + "    if a:\n        return 1\n" + fill("    elif a:\n        return 1\n") + "    return 2\n",
    "one line if": "def main(a: int) -> int:\n    " + "if a: " * 3000 + "return 1\n    return 2\n",
    "targets": "def main(a: int) -> int:\n    " + "x = " * 5000 + "a\n    return x\n",
    "tuple targets": "def main(a: int) -> int:\n    " + "(" * 500 + "x" + ",)" * 500 + " = a\n    return x\n",
    "functions": chain(1000),
    "functions in a call chain": chain(80),
    "function in function": ladder("def f(a: int) -> int:", 200, "return 1"),
    "records in records": records(500, "x") + body("1 // 0"),
    "records doubled": records(60, "xy") + "def main(a: R59) -> int:\n    return 1 // 0\n",
    "types doubled": HEAD + "    x0 = (a, a)\n"
    + "".join(f"    x{i + 1} = (x{i}, x{i})\n" for i in range(60))
    + "    return len(str(x60)) // 0\n",
    "literals doubled": HEAD + "    x = []\n" + "    y = [x, x]\n    x = [y, y]\n" * 60 + "    return 1 // 0\n",
}

TOKENS: dict[str, str] = {
    "empty": "",
    "blank": "\n \n\t\n",
    "only a comment": "# nothing",
    "only a docstring": '"""nothing"""',
    "long name": body("a" * 60_000),
    "long source": "# " + "x" * 70_000 + "\n" + body("a"),
    "long integer": body("9" * 5000),
    "long hexadecimal": body("0x" + "f" * 5000),
    "long octal": body("0o" + "7" * 5000),
    "long binary": body("0b" + "1" * 5000),
    "long float": body("0." + "9" * 5000 + " // 0.0", "float"),
    "long exponent": body("1e" + "9" * 5000 + " // 0.0", "float"),
    "long zeros": body("0" * 5000 + " // 0"),
    "leading zeros": body("007"),
    "underscores": body("1" + "_" * 5000 + "0"),
    "imaginary": body("1j"),
    "bytes": body("b'a'", "str"),
    "unicode string prefix": body("u'a'", "str") + "\n1//",
    "unterminated string": body("'abc"),
    "unterminated triple": body('"""abc'),
    "unterminated f-string": body("f'{a"),
    "f-string brace": body("f'}'", "str"),
    "f-string empty": body("f'{}'", "str"),
    "f-string statement": body("f'{a = 1}'", "str"),
    "f-string with a backslash": body(r"f'{\"\n\"}'", "str"),
    "f-string with a comment": body("f'{a # }'", "str"),
    "f-string conversion": body("f'{a!x}'", "str"),
    "escape": body(r"'\N{BULLET}\xZZ\u12'", "str"),
    "escape surrogate": body(r"'\ud800' + str(1 // 0)", "str"),
    "escape huge": body(r"'\U99999999'", "str"),
    "many quotes": body("'" * 10_001),
    "backslash at the end": "def main(a: int) -> int:\n    return a\\",
    "backslashes": body("\\\n" * 5000 + "a // 0"),
    "backslash and blank": body("\\ \n a"),
    "nul": body("a\x00"),
    "nul at the start": "\x00" + body("a"),
    "lone surrogate": body("'\ud800'", "str"),
    "lone surrogate name": body("\udfff"),
    "byte order marks": "\ufeff\ufeff" + body("a"),
    "byte order mark inside": body("\ufeffa"),
    "right to left override": body("'\u202e' + a"),
    "zero width name": body("a\u200b"),
    "homoglyph": body("\u0430"),
    "combining": body("a\u0301"),
    "fullwidth": body("\uff41 + \uff11"),
    "arabic digits": body("\u0661\u0662"),
    "superscript": body("a\u00b2"),
    "emoji": body("\U0001f600"),
    "no-break space": body("a\u00a0+\u00a0a"),
    "ideographic space": "def main(a: int) -> int:\n\u3000\u3000return a\n",
    "line separator": "def main(a: int) -> int:\u2028    return a\n",
    "next line": "def main(a: int) -> int:\x85    return a\n",
    "carriage returns": "def main(a: int) -> int:\r    return a // 0\r",
    "carriage returns mixed": "def main(a: int) -> int:\r\n    if a:\n        a = 1\r    return a // 0\r\n",
    "form feed": "def main(a: int) -> int:\n\f    return a // 0\n",
    "vertical tab": "def main(a: int) -> int:\n\v    return a // 0\n",
    "control": body("a\x1b[2J"),
    "delete": body("a\x7f"),
    "tab among spaces": "def main(a: int) -> int:\n    if a:\n\treturn 1\n    return 2\n",
    "tab then spaces": "def main(a: int) -> int:\n\tif a:\n        return 1\n\treturn 2\n",
    "space then tab": "def main(a: int) -> int:\n \tif a:\n  \treturn 1\n \treturn 2\n",
    "wrong dedent": "def main(a: int) -> int:\n        if a:\n            a = 1\n      return a\n",
    "no indentation": "def main(a: int) -> int:\nreturn a\n",
    "indented first line": "    def main(a: int) -> int:\n        return a\n",
    "wide indentation": "def main(a: int) -> int:\n" + " " * 60_000 + "return a // 0\n",
    "many blank lines": "\n" * 60_000 + body("a // 0"),
    "many comments": "#\n" * 30_000 + body("a // 0"),
    "many statements": "def main(a: int) -> int:\n" + "    a\n" * 9000 + "    return 1\n",
    "many semicolons": "def main(a: int) -> int:\n    " + "a;" * 9000 + "return 1\n",
    "many errors": "def main(a: int) -> int:\n" + "    a b c\n" * 6000,
    "many unknown names": "def main(a: int) -> int:\n" + "    x = y\n" * 5000 + "    return a\n",
    "many functions": "".join(f"def f{i}() -> int:\n    return 1\n" for i in range(1800)),
    "many parameters": "def main(" + ", ".join(f"a{i}: int" for i in range(4000)) + ") -> int:\n    return 1 // 0\n",
    "many arguments": body("max(" + ", ".join(["a"] * 9000) + ") // 0"),
    "many keywords": body("f(" + ", ".join(f"k{i}=a" for i in range(4000)) + ")"),
    "many fields": "class R:\n" + "".join(f"    f{i}: int\n" for i in range(3000)) + body("1 // 0"),
    "many decorators": "@neural('llm')\n" * 3000 + "def main(a: int) -> str:\n    'x'\n",
    "many imports": "from fmp.vision import find\n" * 2000 + body("1 // 0"),
    "every character": body("'' + " + "".join(map(chr, range(32, 0x300)))),
    "a shell": "#!/bin/sh\nrm -rf nothing\n",
    "html": "<script>alert(1)</script>",
    "json": '{"def": "main"}',
    "a zip": "PK\x03\x04" + "\x14\x00" * 100,
}
