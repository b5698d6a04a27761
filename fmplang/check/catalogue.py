"""What each code of the checker means, for `fmplang explain`, the docs, and the repair prompt for language models."""

from __future__ import annotations

from fmplang.syntax.catalogue import Entry


def _main(body: str, head: str = "image: Image, n: int, s: str, xs: list[int]", returns: str = "int",
          before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"{before}def main({head}) -> {returns}:\n{lines}"


def _in_main(code: str, title: str, why: str, failing: str, mended: str, *, returns: str = "int",
             before: str = "") -> Entry:
    return Entry(code, title, why, _main(failing, returns=returns, before=before),
                 _main(mended, returns=returns, before=before))


_BOX = "class Box:\n    left: int\n    label: str | None\n\n\n"
_TWICE = "def twice(k: int, times: int = 2) -> int:\n    return k * times\n\n\n"
_URGENCY = (
    '@neural("llm")\ndef urgency(ticket: str) -> Literal["low", "high"]:\n    """How urgent is {ticket}?"""\n\n\n'
)

NAMES = (
    _in_main("FMP101", "the name is unknown",
             "Nothing of this name is in scope: no parameter, local, function, record, constant, builtin or name of "
             "the library. The nearest names are suggested.",
             "total = n + 1\nreturn totl", "total = n + 1\nreturn total"),
    _in_main("FMP102", "the value has no such member",
             "The type of the value has no attribute, field or method of this name, and no function in scope takes it "
             "as its first parameter.", "return image.widht", "return image.width"),
    Entry("FMP103", "a name is defined twice",
          "A name of a module, a field of a record, and the declared type of a local are said once.",
          "def main(n: int) -> int:\n    return n\n\n\ndef main(s: str) -> str:\n    return s\n",
          "def main(n: int) -> int:\n    return n\n\n\ndef other(s: str) -> str:\n    return s\n"),
    Entry("FMP104", "there is no such module", "Programs import modules of the standard library only.",
          "from fmp.visoin import find\n\n\n" + _main("return n"),
          "from fmp.vision import find\n\n\n" + _main("return n")),
    Entry("FMP105", "the module has no such name", "The name is not defined in that module of the library.",
          "from fmp.vision import fnid\n\n\n" + _main("return n"),
          "from fmp.vision import find\n\n\n" + _main("return n")),
    Entry("FMP106", "the program has no entry",
          "A program starts at `main`, else at `execute_command`, else at its only function.",
          "def first(n: int) -> int:\n    return n\n\n\ndef second(n: int) -> int:\n    return first(n)\n",
          "def first(n: int) -> int:\n    return n\n\n\ndef main(n: int) -> int:\n    return first(n)\n"),
    Entry("FMP107", "the name is taken by the language",
          "Names of types, and `math`, mean the same in every program.",
          "class Image:\n    left: int\n\n\n" + _main("return n"),
          "class Place:\n    left: int\n\n\n" + _main("return n")),
    Entry("FMP108", "the type is unknown",
          "Types are bool, int, float, str, None, Image, Video, Audio, list, dict, set, tuple, Literal, records, and "
          "`T | None` of these. Python's older spellings (List, Optional, ...) work too.",
          "def main(s: string) -> str:\n    return s\n", "def main(s: str) -> str:\n    return s\n"),
    _in_main("FMP109", "Python has this, FMP has not",
             "Files, the network, clocks, chance, and looking into values at run time are left out on purpose. The "
             "message says what to write in place.", "return n if isinstance(n, int) else 0", "return n"),
    Entry("FMP110", "the prompt names something that is no parameter",
          "In the docstring of a neural function `{name}` is replaced by the argument of that name. A brace that is "
          "meant as a brace is written twice.",
          _main("return answer(s)", returns="str", before='@neural("llm")\ndef answer(question: str) -> str:\n'
                '    """{qestion}"""\n\n\n'),
          _main("return answer(s)", returns="str", before='@neural("llm")\ndef answer(question: str) -> str:\n'
                '    """{question}"""\n\n\n')),
    Entry("FMP111", "the entry takes a function",
          "The host gives the entry its arguments, and it has no functions of FMP to give.",
          "def main(f: Callable[[int], int], n: int) -> int:\n    return f(n)\n",
          "def double(n: int) -> int:\n    return n * 2\n\n\ndef main(n: int) -> int:\n    return double(n)\n"),
)

TYPES = (
    _in_main("FMP201", "the type does not fit",
             "A value stands where another type is asked for. An int may stand for a float, a value for an optional of "
             "it, and a text written out for a `Literal`. Lists, dicts and sets fit only exactly, unless they are made "
             "on the spot or nobody can change them: who held a list of ints as one of floats could put 0.5 into it.",
             "return s", "return int(s)"),
    _in_main("FMP202", "an argument is missing", "Parameters without a default are given in every call.",
             "return twice()", "return twice(n)", before=_TWICE),
    _in_main("FMP203", "there are too many arguments", "The function has fewer parameters.",
             "return twice(n, 2, 3)", "return twice(n, 2)", before=_TWICE),
    _in_main("FMP204", "there is no such parameter", "The function, or record, has no parameter of this name.",
             "return twice(n, tims=3)", "return twice(n, times=3)", before=_TWICE),
    _in_main("FMP205", "an argument is given twice", "Once by position and once by name, or twice by name.",
             "return twice(n, k=n)", "return twice(k=n)", before=_TWICE),
    Entry("FMP206", "a type is missing",
          "Parameters and results of functions are annotated. Locals need no types: they are inferred.",
          "def main(n: int):\n    return n + 1\n", "def main(n: int) -> int:\n    return n + 1\n"),
    Entry("FMP207", "the annotation is malformed",
          "A type says of what it is made: `list[str]`, `dict[str, int]`. A union is `T | None`.",
          "def main(xs: list) -> int:\n    return len(xs)\n", "def main(xs: list[str]) -> int:\n    return len(xs)\n"),
    _in_main("FMP208", "the operator does not go with these types",
             "Arithmetic takes numbers; `+` also joins texts with texts, lists with lists and tuples with tuples.",
             'return "n = " + n', 'return f"n = {n}"', returns="str"),
    _in_main("FMP209", "the values cannot be compared or ordered",
             "`<` compares numbers with numbers and texts with texts; `is` is for None; sorting needs such values, or "
             "a `key` that gives them.", "return 1 if n < s else 0", "return 1 if n < int(s) else 0"),
    _in_main("FMP210", "the value may be None",
             "An optional value has to be tested before it is used. `if x is not None:`, `if x:`, an early return, "
             "`and`, `or` and conditional expressions count as tests.",
             'return {"a": n}.get(s) + 1', 'return {"a": n}.get(s, 0) + 1'),
    _in_main("FMP211", "this cannot be called", "Only functions, records and methods are called.",
             "return n(3)", "return n * 3"),
    _in_main("FMP212", "this cannot be walked",
             "`for`, comprehensions and builtins such as `sum` walk lists, tuples, sets, dicts, texts and ranges.",
             "total = 0\nfor i in n:\n    total += i\nreturn total",
             "total = 0\nfor i in range(n):\n    total += i\nreturn total"),
    _in_main("FMP213", "this has no elements to take, or none that can change",
             "Lists, tuples, texts and dicts have elements by index or key; only those of lists and dicts can change.",
             "return {1, 2}[0]", "return sorted({1, 2})[0]"),
    _in_main("FMP214", "the tuple has another length",
             "The number of elements of a tuple is part of its type; names and indices have to agree with it.",
             "a, b, c = (n, 2)\nreturn a + b + c", "a, b = (n, 2)\nreturn a + b"),
    _in_main("FMP215", "this cannot be a key",
             "Keys of dicts and elements of sets must not change: lists, dicts and sets cannot be looked up.",
             "seen = {xs}\nreturn len(seen)", "seen = {tuple(xs)}\nreturn len(seen)"),
    Entry("FMP216", "what the list holds is not said",
          "An empty list, dict or set in a function takes its type from its first use. Where there is none in reach, "
          "as in a constant of the module, the type is written.",
          "FOUND = []\n\n\n" + _main("return len(FOUND)"), "FOUND: list[str] = []\n\n\n" + _main("return len(FOUND)")),
    _in_main("FMP217", "the values have different types",
             "The elements of a list have one type, as have both branches of `x if c else y`, and a local where two "
             "paths meet and it is read.",
             'if n > 3:\n    x = 1\nelse:\n    x = "a"\nprint(x)\nreturn n',
             "if n > 3:\n    x = 1\nelse:\n    x = 2\nprint(x)\nreturn n"),
    _in_main("FMP218", "this can only be walked where it stands",
             "`range`, `zip`, `map`, `d.items()` and generators are no values: they are walked by `for`, or given to a "
             "builtin that walks. `list(...)` makes a value of them.",
             "pairs = zip(xs, xs)\nreturn len(list(xs))", "pairs = list(zip(xs, xs))\nreturn len(pairs)"),
    _in_main("FMP219", "a function stands where a value belongs",
             "Functions are called, or passed as arguments. They are kept nowhere, and a lambda stands only where a "
             "function of known parameters is asked for.",
             "f = lambda k: k + 1\nreturn n", "return sorted(xs, key=lambda k: -k)[0] if xs else n"),
    _in_main("FMP220", "the format does not fit the value",
             "Formats such as `.2f` are for numbers, alignment and width for texts and numbers. What stands in an "
             "f-string or template is checked as far as it is written out.",
             'return f"{s:.2f}"', 'return f"{float(s):.2f}"', returns="str"),
    _in_main("FMP221", "a record is built by keyword", "So a reader sees what is what, and fields may be reordered.",
             "return Box(n, s).left", "return Box(left=n, label=s).left", before=_BOX),
    Entry("FMP222", "a default is a constant",
          "A default is a number, a text, True, False, None, or a tuple of these: it is the same in every call.",
          "def main(xs: list[int] = []) -> int:\n    return len(xs)\n",
          "def main(xs: list[int] | None = None) -> int:\n    return len(xs) if xs is not None else 0\n"),
    Entry("FMP223", "a record contains itself",
          "Its value would contain a value of it, and so on. Keep an index into a list in place of the record.",
          "class Node:\n    next: Node | None\n\n\n" + _main("return n"),
          "class Node:\n    next: int | None\n\n\n" + _main("return n")),
    Entry("FMP224", "a neural function answers something",
          "Its type decides how an answer is read; None leaves nothing to read.",
          _main("return n", before='@neural("llm")\ndef tell(s: str) -> None:\n    """{s}"""\n\n\n'),
          _main("return n", before='@neural("llm")\ndef tell(s: str) -> str:\n    """{s}"""\n\n\n')),
    _in_main("FMP225", "a type has too many parts",
             "Tuples of tuples double with every line, and so do records of records. A record keeps together what "
             "belongs together, under one name; a list keeps what comes many times.",
             "t0 = (n, n)" + "".join(f"\nt{i + 1} = (t{i}, t{i})" for i in range(10)) + "\nreturn len(t10)",
             "t0 = (n, n)\nt1 = (t0, t0)\nreturn len(t1)"),
)

FLOW = (
    _in_main("FMP301", "a local may have no value here",
             "On some path to this place nothing was assigned. A loop may run zero times, and a branch may not be "
             "taken. A name that a function assigns is local to it everywhere, as in Python.",
             "for x in xs:\n    last = x\nreturn last", "last = n\nfor x in xs:\n    last = x\nreturn last"),
    _in_main("FMP302", "a path ends without a result",
             "A function that promises a value gives one on every path. The label shows where control falls off.",
             "if n > 3:\n    return n", "if n > 3:\n    return n\nreturn 0"),
    Entry("FMP303", "functions call themselves",
          "Every program ends: no function may reach itself by calls. Use a loop.",
          "def main(n: int) -> int:\n    return 1 if n < 2 else n * main(n - 1)\n",
          "def main(n: int) -> int:\n    product = 1\n    for i in range(2, n + 1):\n        product *= i\n"
          "    return product\n"),
    _in_main("FMP304", "break or continue outside a loop", "They belong to the innermost `for` around them.",
             "if n > 3:\n    break\nreturn n", "if n > 3:\n    return 3\nreturn n"),
    Entry("FMP306", "a constant calls a function",
          "Constants of a module are made from literals, operators, builtins, records and the constants above them. "
          "A neural call in one would be made before the program begins.",
          _TWICE + "FOUR = twice(2)\n\n\n" + _main("return n + FOUR"),
          _TWICE + _main("four = twice(2)\nreturn n + four")),
)

LINTS = (
    _in_main("FMP401", "a local is never used", "It may be a slip of the pen. `_` stands for what is not needed.",
             "m = n + 1\nreturn n", "m = n + 1\nreturn m"),
    _in_main("FMP402", "the code is never reached", "Every path has left the function or the loop before.",
             "return n\nprint(s)", "print(s)\nreturn n"),
    _in_main("FMP403", "the comparison always comes out the same",
             "Values of these types are never equal, or never in such a container.",
             "return 1 if s == 3 else 0", 'return 1 if s == "3" else 0'),
    _in_main("FMP404", "the condition always comes out the same",
             "A picture, a record or a tuple with elements has no false value; None has no true one.",
             "return 1 if image else 0", "return 1 if image.width > 10 else 0"),
    _in_main("FMP405", "a path ends without `return`", "It gives None then. Say so, if that is meant.",
             "if n > 3:\n    return n", "if n > 3:\n    return n\nreturn None", returns="int | None"),
    _in_main("FMP406", "the statement does nothing", "Its value is made and thrown away.",
             "sorted(xs)\nreturn xs[0]", "xs.sort()\nreturn xs[0]"),
    Entry("FMP407", "a function hides a builtin", "In this program the name means the function.",
          "def max(a: int, b: int) -> int:\n    return a if a > b else b\n\n\n" + _main("return max(n, 3)"),
          "def larger(a: int, b: int) -> int:\n    return a if a > b else b\n\n\n" + _main("return larger(n, 3)")),
    _in_main("FMP408", "the template does not use an argument", "It has no field for it.",
             'return "{} of".format(n, len(xs))', 'return "{} of {}".format(n, len(xs))', returns="str"),
    _in_main("FMP410", "a list of findings may be empty",
             "A model finds what it finds. An index into nothing ends the run with FMP501.",
             'return image.find("dog")[0].left', 'dogs = image.find("dog")\nreturn dogs[0].left if dogs else 0'),
    _in_main("FMP411", "free text is compared with yes or no",
             "A model may say `Yes.`, `yes, it is` or `I think so`. A bool is decoded, and asked again if unclear.",
             'return image.simple_query("Is it red?") == "yes"', 'return image.verify("it is red")', returns="bool"),
    _in_main("FMP412", "the truth of a free text is asked", 'Every text but "" is true, "no" among them.',
             'return 1 if image.simple_query("Is it red?") else 0', 'return 1 if image.verify("it is red") else 0'),
    _in_main("FMP413", "the same is asked on every turn of a loop", "The answers cost each time. Ask once, before.",
             'count = 0\nfor x in xs:\n    if image.exists("dog"):\n        count += x\nreturn count',
             'count = 0\ndogs = image.exists("dog")\nfor x in xs:\n    if dogs:\n        count += x\nreturn count'),
    _in_main("FMP414", "the same is asked twice", "The second answer costs again, and may even differ.",
             'if image.exists("dog"):\n    return 1\nreturn 2 if image.exists("dog") else 3',
             'dog = image.exists("dog")\nif dog:\n    return 1\nreturn 3'),
    _in_main("FMP415", "an answer is not used", "The call costs all the same.",
             'image.find("dog")\nreturn n', 'return len(image.find("dog"))'),
    _in_main("FMP416", "an answer is compared with a closed set of texts",
             "A model that answers freely will find a fourth word. Declared as a `Literal`, the answer is one of the "
             "set, and the checker knows the set too.",
             'answer = s.llm_query()\nif answer == "low":\n    return 1\nif answer == "high":\n    return 2\n'
             'if answer == "none":\n    return 3\nreturn 0',
             'answer = urgency(s)\nif answer == "low":\n    return 1\nreturn 2', before=_URGENCY),
    Entry("FMP417", "a prompt does not use a parameter",
          "Pictures, videos and sounds go to a model beside the prompt. Anything else reaches a model that reads "
          "prompts only where the docstring names it in braces.",
          '@neural("llm")\ndef reply(text: str, tone: str) -> str:\n    """Answer this letter: {text}"""\n\n\n'
          + _main('return reply(s, "friendly")', returns="str"),
          '@neural("llm")\ndef reply(text: str, tone: str) -> str:\n    """Answer this letter, {tone}: {text}"""\n\n\n'
          + _main('return reply(s, "friendly")', returns="str")),
    _in_main("FMP418", "models are asked when the result is settled",
             "After the first yes a loop that only sets a local to a constant changes nothing more, and `and` needs no "
             "answer where a test that costs nothing says no.",
             'found = False\nfor dog in image.find("dog"):\n    if dog.verify("it sleeps"):\n        found = True\n'
             "return 1 if found else 2",
             'found = False\nfor dog in image.find("dog"):\n    if dog.verify("it sleeps"):\n        found = True\n'
             "        break\nreturn 1 if found else 2"),
)

ENTRIES: tuple[Entry, ...] = (*NAMES, *TYPES, *FLOW, *LINTS)
