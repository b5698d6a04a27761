"""What each syntax code means, for `fmplang explain`, the docs, and the repair prompt for language models."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`failing` is a program that causes the code (and no other), `mended` the same one made right."""

    code: str
    title: str
    why: str
    failing: str
    mended: str


def _body(line: str) -> str:
    """A program around the lines of a function's body."""
    lines = "".join(f"    {part}\n" for part in line.split("\n"))
    return f"def main(x: int, xs: list[int]) -> int:\n{lines}"


def _in_main(code: str, title: str, why: str, failing: str, mended: str) -> Entry:
    return Entry(code, title, why, _body(failing), _body(mended))


ENTRIES: tuple[Entry, ...] = (
    _in_main("FMP001", "something is missing or too much",
             "The line does not read as a statement. The message says what could stand at the place.",
             "return (x + ) * 2", "return (x + 1) * 2"),
    _in_main("FMP002", "':' is missing",
             "A line that begins a block (`def`, `class`, `if`, `elif`, `else`, `for`) ends in a colon.",
             "if x > 3\n    return 1\nreturn 0", "if x > 3:\n    return 1\nreturn 0"),
    _in_main("FMP003", "brackets do not match",
             "Each (, [ and { is closed by its own partner. The label shows the bracket that is open.",
             "return max(x, abs(x)", "return max(x, abs(x))"),
    _in_main("FMP004", "a string does not end",
             "A string ends with the quote that it began with, on the same line. A text over several lines stands "
             'between """ and """. A text that contains \' stands best between " and ".',
             "print('it's hot')\nreturn x", 'print("it\'s hot")\nreturn x'),
    _in_main("FMP005", "a block is missing", "Behind a line that ends in ':' comes at least one indented line.",
             "if x > 3:\nreturn 1", "if x > 3:\n    return 1\nreturn 0"),
    _in_main("FMP006", "a line is indented for no reason",
             "Indentation begins a block, and only a line that ends in ':' begins one.",
             "y = x\n    return y", "y = x\nreturn y"),
    Entry("FMP007", "indentation does not fit",
          "All lines of a block begin with the same spaces or tabs. A line that ends a block begins like the line "
          "that the block belongs to.",
          "def main(x: int) -> int:\n    y = x\n   return y\n", "def main(x: int) -> int:\n    y = x\n    return y\n"),
    _in_main("FMP008", "a character cannot stand here",
             "Code is made of ASCII letters, digits and signs; any letter may stand in strings and comments. Quotes, "
             "spaces and dashes that a word processor put in are no code, nor are control characters.",
             "return x – 1", "return x - 1"),
    _in_main("FMP009", "a number is malformed",
             "Numbers are written like 12, 1_000, 0x1F, 0.5 or 1e-3, without leading zeros, and with a space before "
             "a word.", "return x + 007", "return x + 7"),
    _in_main("FMP010", "an escape in a string is unknown",
             "Python knows \\n, \\t, \\\\, \\\", \\', \\xNN, \\uNNNN and a few more. A backslash is written \\\\; in "
             'a raw string, r"...", it stands for itself. Strings have no prefixes but r, f and u.',
             'print("\\d+")\nreturn x', 'print("\\\\d+")\nreturn x'),
    _in_main("FMP011", "an f-string is malformed",
             "Braces in an f-string hold an expression: not empty, without a backslash, a comment or the quote of the "
             "f-string. {{ and }} stand for braces.",
             'print(f"{x} }")\nreturn x', 'print(f"{x} }}")\nreturn x'),
    _in_main("FMP012", "this cannot be assigned",
             "The left side of '=' is a name, names with commas between, or `xs[i]`. The variable of a loop is a name, "
             "or names with commas between.", "abs(x) = 3\nreturn x", "y = abs(x)\nreturn y"),
    _in_main("FMP013", "'=' where '==' is meant",
             "'=' gives a name a value and is no expression; '==' compares.",
             "if x = 3:\n    return 1\nreturn 0", "if x == 3:\n    return 1\nreturn 0"),
    _in_main("FMP014", "this is another language's spelling",
             "FMP is written like Python: `and`, `or`, `not`, `elif`, `x += 1`, `a if c else b`, `name: type = value`.",
             "if x > 3 && x < 9:\n    return 1\nreturn 0", "if x > 3 and x < 9:\n    return 1\nreturn 0"),
    _in_main("FMP015", "a keyword is used as a name", "Keywords cannot name variables, fields or functions.",
             "in = 3\nreturn x", "inside = 3\nreturn x + inside"),
    _in_main("FMP016", "arguments are out of order",
             "Arguments without a name come first, each name is given once, and a generator beside other arguments "
             "stands in parentheses.", "return pow(exp=2, x)", "return pow(x, exp=2)"),
    Entry("FMP017", "parameters are out of order",
          "Parameters have different names, and those with a default come last.",
          "def main(a: int = 1, b: int) -> int:\n    return a + b\n",
          "def main(b: int, a: int = 1) -> int:\n    return a + b\n"),
    Entry("FMP018", "this is no part of a program",
          "Text around a program, such as a Markdown fence or a sentence, has to go; a comment begins with '#'.",
          "Here is the program\ndef main(x: int) -> int:\n    return x\n",
          "# Here is the program\ndef main(x: int) -> int:\n    return x\n"),
    _in_main("FMP019", "statements on one line", "Each statement stands on its own line.",
             "y = x; return y", "y = x\nreturn y"),
    _in_main("FMP020", "FMP has no 'while'",
             "Every program ends, and its cost has a bound: loops run over lists and ranges.",
             "while x > 3:\n    x -= 1\nreturn x",
             "for i in range(100):\n    if x <= 3:\n        break\n    x -= 1\nreturn x"),
    _in_main("FMP021", "FMP has no 'try' and no 'raise'",
             "What a checked program can do wrong at run time (an index, a key, a division) is asked before. A model "
             "that fails is the host's business.",
             "try:\n    return xs[3]\nexcept IndexError:\n    return 0", "if len(xs) > 3:\n    return xs[3]\nreturn 0"),
    _in_main("FMP022", "FMP has no 'with'",
             "A program opens nothing: no file, no connection. Its inputs are the parameters of the entry function.",
             'with open("a.txt") as file:\n    return 1\nreturn x', "return x"),
    Entry("FMP023", "a record holds typed fields only",
          "A record is a class with lines `name: type`: no methods, defaults or base classes. A function beside the "
          "record whose first parameter takes it is called like a method.",
          "class Box:\n    width: int\n\n    def double(self) -> int:\n        return self.width * 2\n",
          "class Box:\n    width: int\n\n\ndef double(box: Box) -> int:\n    return box.width * 2\n"),
    Entry("FMP024", "this cannot be imported",
          "Only FMP's own modules can be imported, name by name, at the top: `from fmp.video import frames`. Builtins, "
          "math, types and the standard library need no import.",
          "import math\n\n\ndef main(x: float) -> float:\n    return math.sqrt(x)\n",
          "def main(x: float) -> float:\n    return math.sqrt(x)\n"),
    _in_main("FMP025", "FMP has no 'global' and no 'nonlocal'",
             "Functions change nothing outside of themselves but the lists, dicts and sets that they are given.",
             "global total\ntotal = x\nreturn total", "total = x\nreturn total"),
    _in_main("FMP026", "FMP has no 'yield' and no 'async'",
             "Functions return once. The host answers independent calls together without being told.",
             "for y in xs:\n    yield y", "total = 0\nfor y in xs:\n    total += y\nreturn total"),
    _in_main("FMP027", "FMP has no 'del'", "Elements go by `pop` or `remove`; names need not go.",
             "del xs[0]\nreturn x", "xs.pop(0)\nreturn x"),
    _in_main("FMP028", "FMP has no ':='", "A name gets its value on a line of its own.",
             "if (n := len(xs)) > 3:\n    return n\nreturn x", "n = len(xs)\nif n > 3:\n    return n\nreturn x"),
    _in_main("FMP029", "FMP has no '*' and '**' before arguments, elements or parameters",
             "Each call says which argument goes to which parameter. Lists are joined with '+'.",
             "return max(*xs)", "return max(xs)"),
    _in_main("FMP030", "FMP has no names that begin with two underscores",
             "Such names belong to Python's own machinery, which a program cannot reach.",
             "return x.__class__", "return x"),
    Entry("FMP031", "FMP has no such decorator",
          'The only decorator is @neural("capability"). A record needs no @dataclass.',
          "@dataclass\nclass Box:\n    width: int\n", "class Box:\n    width: int\n"),
    _in_main("FMP032", "'else' or 'elif' without 'if'",
             "`elif` and `else` stand right behind the block of their `if`, with its indentation. Loops have none.",
             "for y in xs:\n    if y > x:\n        break\nelse:\n    return 0\nreturn x",
             "found = False\nfor y in xs:\n    if y > x:\n        found = True\n        break\nif not found:\n"
             "    return 0\nreturn x"),
    _in_main("FMP033", "FMP has no shifts, no '~' and no matrix product",
             "Integers are numbers, not bit patterns.", "return x << 2", "return x * 4"),
    _in_main("FMP034", "FMP has no bytes, complex numbers or '...'",
             "Texts are strings, numbers are int and float. An empty body is `pass`.",
             'print(b"hot")\nreturn x', 'print("hot")\nreturn x'),
    Entry("FMP035", "only definitions stand at the top level",
          "A program is a set of imports, constants, records and functions. The host calls `main`, so nothing else "
          "needs to run.",
          "def main(x: int) -> int:\n    return x\n\n\nprint(main(3))\n", "def main(x: int) -> int:\n    return x\n"),
    _in_main("FMP036", "functions and records do not stand inside functions",
             "All functions stand at the top level, so each has one name and one place.",
             "def twice(y: int) -> int:\n    return 2 * y\nreturn x", "return 2 * x"),
    Entry("FMP037", "an attribute cannot be assigned",
          "Records are values and do not change; a changed one is built anew. Images and videos do not change either.",
          "class Box:\n    width: int\n\n\ndef main(box: Box) -> Box:\n    box.width = 3\n    return box\n",
          "class Box:\n    width: int\n\n\ndef main(box: Box) -> Box:\n    return Box(width=3)\n"),
    _in_main("FMP038", "a lambda takes plain names",
             "The parameters of a lambda are names with commas between, without parentheses, types or defaults.",
             "return max(xs, key=lambda y=1: -y)", "return max(xs, key=lambda y: -y)"),
    _in_main("FMP039", "FMP has no 'match'", "Cases are told apart by `if` and `elif`.",
             "match x:\n    case 1:\n        return 2\nreturn 0", "if x == 1:\n    return 2\nreturn 0"),
    Entry("FMP040", "a neural function is malformed",
          'A neural function is @neural("capability") over a signature, with a docstring as its whole body: the host '
          "answers the call, and the docstring says what is asked.",
          '@neural("llm")\ndef urgency(ticket: str) -> Literal["low", "high"]:\n    ...\n',
          '@neural("llm")\ndef urgency(ticket: str) -> Literal["low", "high"]:\n    """How urgent? {ticket}"""\n'),
    _in_main("FMP041", "a type comment means nothing",
             "Comments are for readers. Types are written as annotations, where they are needed at all.",
             "ys = []  # type: list[int]\nreturn len(ys)", "ys: list[int] = []\nreturn len(ys)"),
    _in_main("FMP042", "a keyword is misspelled",
             "The line reads as soon as one letter of a name is changed, so the name was meant as that keyword.",
             "retrun x", "return x"),
)
