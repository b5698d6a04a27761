"""Well-typed pure programs: several functions, records, optionals, lambdas, and locals whose types are inferred.

Everything drawn must check clean, and mean in CPython what it means in FMP (`PRELUDE` gives CPython the records).
What may go wrong at run time is what no checker sees: an index, a key, a division by zero, a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

RECORDS = {
    "Point": {"x": "int", "y": "float"},
    "Item": {"name": "str", "at": "Point", "note": "str | None", "tags": "list[str]"},
}
RECORD_TEXT = "".join(
    f"class {name}:\n" + "".join(f"    {f}: {t}\n" for f, t in fields.items()) + "\n"
    for name, fields in RECORDS.items()
)
PRELUDE = """
from __future__ import annotations
import dataclasses, math
from typing import *
"""

SCALARS = ("int", "float", "bool", "str")
VALUES = (*SCALARS, "list[int]", "list[str]", "dict[str, int]", "set[int]", "tuple[int, str]", "int | None",
          "str | None", "Point", "Item", "list[Point]", "dict[str, list[int]]", "list[float]", 'Literal["lo", "hi"]')
PARAMS = {"a": "int", "p": "float", "u": "bool", "s": "str", "xs": "list[int]", "ws": "list[str]",
          "d": "dict[str, int]", "o": "int | None", "t": "str | None"}

ints = st.integers(-20, 20)
texts = st.text(st.sampled_from("abcAB 01.,"), max_size=5)
inputs = st.fixed_dictionaries({
    "a": ints, "p": st.floats(-50, 50), "u": st.booleans(), "s": texts, "xs": st.lists(ints, max_size=5),
    "ws": st.lists(texts, max_size=4), "d": st.dictionaries(texts, ints, max_size=3), "o": st.none() | ints,
    "t": st.none() | texts,
})


class Writer:
    """Draws one program. `scope` are the locals in reach, each with its type as text."""

    def __init__(self, draw: Draw, methods: bool = True) -> None:
        self.draw = draw
        self.methods = methods  # call functions in method syntax too, which CPython does not have
        self.scope: dict[str, str] = {}
        self.functions: list[tuple[str, list[tuple[str, str]], str]] = []
        self.count = 0
        self.fixed: set[str] = set()  # locals that loops walk or read: not assigned anew

    # ------------------------------------------------------------ drawing

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def new(self, stem: str = "v") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def of(self, kind: str) -> list[str]:
        return [n for n, t in self.scope.items() if t == kind]

    # -------------------------------------------------------- expressions

    def expr(self, kind: str, depth: int = 3) -> str:
        if depth <= 0 or self.number(0, 4) == 0:
            return self.leaf(kind)
        rules = _RULES.get(kind)
        calls = [f for f in self.functions if f[2] == kind]
        if calls and self.number(0, 4) == 0:
            return self.call(self.pick(*calls), depth)
        if self.number(0, 7) == 0:
            return f"({self.expr(kind, depth - 1)} if {self.expr('bool', depth - 1)} else {self.expr(kind, depth - 1)})"
        return self.pick(*rules)(self, depth - 1) if rules else self.leaf(kind)

    def call(self, function: tuple[str, list[tuple[str, str]], str], depth: int) -> str:
        name, params, _ = function
        args = [self.argument(t, depth - 1) for _, t in params]
        if params and self.pick(True, False):
            return f"{name}({', '.join([*args[:-1], f'{params[-1][0]}={args[-1]}'])})"
        first = params[0][1] if params else ""
        if self.methods and first in ("Point", "Item"):
            return f"{args[0]}.{name}({', '.join(args[1:])})"
        return f"{name}({', '.join(args)})"

    def argument(self, kind: str, depth: int) -> str:
        if kind == "Callable[[int], int]":
            return f"lambda n: {self.under({'n': 'int'}, 'int', depth)}"
        return self.expr(kind, depth)

    def under(self, more: dict[str, str], kind: str, depth: int) -> str:
        """An expression in which these names are in scope too."""
        saved = self.scope
        self.scope = {**saved, **more}
        made = self.expr(kind, depth)
        self.scope = saved
        return made

    def leaf(self, kind: str) -> str:
        names = self.of(kind)
        if kind == "float":
            names += self.of("int")
        if names and self.number(0, 3):
            return str(self.pick(*names))
        if kind == "int":
            return str(self.number(0, 12))
        if kind == "float":
            return self.pick("0.5", "2.0", "1.25", "3")
        if kind == "bool":
            return self.pick("True", "False")
        if kind == "str":
            return self.pick('"a"', '"ab c"', '""', '"A1"')
        if kind == 'Literal["lo", "hi"]':
            return self.pick('"lo"', '"hi"')
        if kind.endswith("| None"):
            return "None" if self.pick(True, False) else self.leaf(kind.removesuffix(" | None"))
        if kind.startswith("list["):
            inner = kind[5:-1]
            return "[" + ", ".join(self.leaf(inner) for _ in range(self.number(0, 3))) + "]"
        if kind == "set[int]":
            return "{" + ", ".join(self.leaf("int") for _ in range(self.number(1, 3))) + "}"
        if kind.startswith("dict["):
            inner = kind[len("dict[str, "):-1]
            return "{" + ", ".join(f'"{k}": {self.leaf(inner)}' for k in "ab"[:self.number(0, 2)]) + "}"
        if kind == "tuple[int, str]":
            return f"({self.leaf('int')}, {self.leaf('str')})"
        fields = RECORDS[kind]
        return f"{kind}({', '.join(f'{f}={self.leaf(t)}' for f, t in fields.items())})"

    # --------------------------------------------------------- statements

    def block(self, depth: int, indent: str, size: int) -> list[str]:
        lines: list[str] = []
        for _ in range(size):
            lines += self.pick(*_STATEMENTS)(self, depth, indent)
        return lines or [f"{indent}pass"]

    def inner(self, depth: int, indent: str, more: dict[str, str] | None = None) -> list[str]:
        """A block whose new locals are forgotten after it."""
        saved = dict(self.scope)
        self.scope.update(more or {})
        lines = self.block(depth - 1, indent + "    ", self.number(1, 2))
        self.scope = saved
        return lines


# ------------------------------------------------------------------- by type

Rule = Callable[[Writer, int], str]


def _binary(kind: str, *ops: str, left: str = "", right: str = "") -> Rule:
    return lambda w, n: f"({w.expr(left or kind, n)} {w.pick(*ops)} {w.expr(right or kind, n)})"


def _narrowed(w: Writer, n: int, kind: str, inside: str) -> str:
    """`... if o is not None else ...` over an optional local."""
    names = w.of(f"{kind} | None")
    if not names:
        return w.leaf(inside)
    name = w.pick(*names)
    test = w.pick(f"{name} is not None", f"{name} != None", f"not ({name} is None)")
    saved = w.scope
    w.scope = {**saved, name: kind}
    body = w.expr(inside, n)
    w.scope = saved
    return f"({body} if {test} else {w.expr(inside, n)})"


def _guarded(w: Writer, n: int) -> str:
    names = w.of("int | None")
    if not names:
        return w.leaf("bool")
    name = w.pick(*names)
    saved = w.scope
    w.scope = {**saved, name: "int"}
    body = w.expr("bool", n)
    w.scope = saved
    return w.pick(f"({name} is not None and {body})", f"({name} is None or {body})")


def _comprehension(w: Writer, n: int, kind: str) -> str:
    name = w.new("e")
    source, element = w.pick(("list[int]", "int"), ("list[str]", "str"), ("list[Point]", "Point"))
    made = w.under({name: element}, kind, n)
    test = f" if {w.under({name: element}, 'bool', n)}" if w.pick(True, False) else ""
    return f"[{made} for {name} in {w.expr(source, n)}{test}]"


def _formatted(w: Writer, n: int) -> str:
    inside = w.expr("float", min(n, 1)).replace('"', "'")
    return 'f"{' + inside + w.pick(":.2f", "", ":>8.1f", "!r") + '}"'


def _field(w: Writer, kind: str, field: str) -> str:
    names = w.of(kind)
    return f"{w.pick(*names)}.{field}" if names else f"{w.leaf(kind)}.{field}"


_RULES: dict[str, list[Rule]] = {
    "int": [
        _binary("int", "+", "-", "*"), _binary("int", "//", "%"),
        lambda w, n: f"len({w.expr(w.pick('list[int]', 'str', 'list[str]', 'dict[str, int]', 'set[int]'), n)})",
        lambda w, n: f"sum({w.expr('list[int]', n)})",
        lambda w, n: f"max({w.expr('list[int]', n)}, default={w.leaf('int')})",
        lambda w, n: f"min({w.expr('int', n)}, {w.expr('int', n)})",
        lambda w, n: f"{w.expr('dict[str, int]', n)}.get({w.expr('str', n)}, 0)",
        lambda w, n: f"abs({w.expr('int', n)})",
        lambda w, n: f"round({w.expr('float', n)})",
        lambda w, n: f"int({w.expr('bool', n)})",
        lambda w, n: f"{w.expr('str', n)}.{w.pick('find', 'count')}({w.expr('str', n)})",
        lambda w, n: f"{w.expr('list[int]', n)}[{w.pick('0', '-1', '1')}]",
        lambda w, n: f"({w.expr('int | None', n)} or {w.expr('int', n)})",
        lambda w, n: f"{w.expr('tuple[int, str]', n)}[0]",
        lambda w, n: _narrowed(w, n, "int", "int"),
        lambda w, n: _narrowed(w, n, "str", "int"),
        lambda w, n: _field(w, "Point", "x"),
        lambda w, n: f"sum(len(k) for k in {w.expr('list[str]', n)})",
        lambda w, n: f"sum(map(lambda n: {w.under({'n': 'int'}, 'int', n)}, {w.expr('list[int]', n)}))",
    ],
    "float": [
        _binary("float", "+", "-", "*"), _binary("float", "/", left="int", right="int"), _binary("float", "/"),
        lambda w, n: f"float({w.expr('int', n)})",
        lambda w, n: f"round({w.expr('float', n)}, 2)",
        lambda w, n: f"sum({w.expr('list[float]', n)})",
        lambda w, n: _field(w, "Point", "y"),
        lambda w, n: f"math.sqrt({w.expr('float', n)})",
        lambda w, n: w.expr("int", n),
    ],
    "bool": [
        _binary("bool", "<", "<=", "==", "!=", ">", left="int", right="int"),
        _binary("bool", "<", "==", left="float", right="float"),
        _binary("bool", "==", "<", "in", "not in", left="str", right="str"),
        lambda w, n: f"({w.expr('bool', n)} {w.pick('and', 'or')} {w.expr('bool', n)})",
        lambda w, n: f"(not {w.expr('bool', n)})",
        lambda w, n: f"({w.expr('int', n)} in {w.expr(w.pick('list[int]', 'set[int]'), n)})",
        lambda w, n: f"({w.expr('str', n)} in {w.expr('dict[str, int]', n)})",
        lambda w, n: f"any({w.under({'n': 'int'}, 'bool', n)} for n in {w.expr('list[int]', n)})",
        lambda w, n: f"all([{w.under({'k': 'str'}, 'bool', n)} for k in {w.expr('list[str]', n)}])",
        lambda w, n: f"({w.expr('int', n)} < {w.expr('int', n)} <= {w.expr('int', n)})",
        lambda w, n: w.expr("str", n) + w.pick(".isdigit()", '.startswith("a")', ".isupper()"),
        lambda w, n: f"({w.expr('Point', n)} == {w.expr('Point', n)})",
        lambda w, n: _guarded(w, n),
    ],
    "str": [
        _binary("str", "+"),
        lambda w, n: w.expr("str", n) + w.pick(".upper()", ".strip()", ".title()", '.replace("a", "b")', ".lower()"),
        lambda w, n: f"str({w.expr(w.pick('int', 'bool', 'list[int]', 'tuple[int, str]', 'int | None', 'Point'), n)})",
        lambda w, n: f'", ".join({w.expr("list[str]", n)})',
        lambda w, n: f"{w.expr('str', n)}[{w.pick(':2', '1:', '::-1')}]",
        lambda w, n: f"{w.expr('tuple[int, str]', n)}[1]",
        lambda w, n: f'"{{}}-{{}}".format({w.expr("int", n)}, {w.expr("str", n)})',
        lambda w, n: _narrowed(w, n, "str", "str"),
        lambda w, n: f"({w.expr('str | None', n)} or {w.expr('str', n)})",
        lambda w, n: _field(w, "Item", "name"),
        lambda w, n: f"{w.expr('list[str]', n)}[0]",
        lambda w, n: w.expr('Literal["lo", "hi"]', n),
        lambda w, n: _formatted(w, n),
    ],
    "list[int]": [
        lambda w, n: _comprehension(w, n, "int"),
        lambda w, n: f"sorted({w.expr('list[int]', n)}, reverse={w.expr('bool', n)})",
        lambda w, n: f"sorted({w.expr('list[int]', n)}, key=lambda n: {w.under({'n': 'int'}, 'int', n)})",
        lambda w, n: f"list(range({w.number(0, 4)}))",
        lambda w, n: f"({w.expr('list[int]', n)} + {w.expr('list[int]', n)})",
        lambda w, n: f"{w.expr('list[int]', n)}[{w.pick(':2', '1:', '::-1')}]",
        lambda w, n: f"list(filter(lambda n: {w.under({'n': 'int'}, 'bool', n)}, {w.expr('list[int]', n)}))",
        lambda w, n: f"list(reversed({w.expr('list[int]', n)}))",
        lambda w, n: f"sorted({w.expr('dict[str, int]', n)}.values())",
        lambda w, n: f"sorted({w.expr('set[int]', n)})",
    ],
    "list[float]": [
        lambda w, n: _comprehension(w, n, "float"),
        lambda w, n: f"[{w.expr('int', n)}, {w.expr('float', n)}]",
        lambda w, n: f"sorted({w.expr('list[int]', n)})",
    ],
    "list[str]": [
        lambda w, n: _comprehension(w, n, "str"),
        lambda w, n: f"{w.expr('str', n)}.split()",
        lambda w, n: f"sorted({w.expr('list[str]', n)}, key=len)",
        lambda w, n: f"list(map(str, {w.expr('list[int]', n)}))",
        lambda w, n: f"sorted({w.expr('dict[str, int]', n)})",
        lambda w, n: _field(w, "Item", "tags"),
        lambda w, n: f'[f"{{k}}={{v}}" for k, v in {w.expr("dict[str, int]", n)}.items()]',
    ],
    "list[Point]": [
        lambda w, n: _comprehension(w, n, "Point"),
        lambda w, n: f"sorted({w.expr('list[Point]', n)}, key=lambda q: (q.x, q.y))",
    ],
    "dict[str, int]": [
        lambda w, n: f"{{k: {w.under({'k': 'str'}, 'int', n)} for k in {w.expr('list[str]', n)}}}",
        lambda w, n: f"dict(zip({w.expr('list[str]', n)}, {w.expr('list[int]', n)}))",
    ],
    "dict[str, list[int]]": [
        lambda w, n: f"{{k: {w.under({'k': 'str'}, 'list[int]', n)} for k in {w.expr('list[str]', n)}}}",
    ],
    "set[int]": [
        lambda w, n: f"set({w.expr('list[int]', n)})",
        lambda w, n: f"({w.expr('set[int]', n)} {w.pick('|', '&', '-')} {w.expr('set[int]', n)})",
    ],
    "tuple[int, str]": [lambda w, n: f"({w.expr('int', n)}, {w.expr('str', n)})"],
    "int | None": [
        lambda w, n: f"{w.expr('dict[str, int]', n)}.get({w.expr('str', n)})",
        lambda w, n: f"max({w.expr('list[int]', n)}, default=None)",
        lambda w, n: f"next((n for n in {w.expr('list[int]', n)} if {w.under({'n': 'int'}, 'bool', n)}), None)",
        lambda w, n: w.expr("int", n),
    ],
    "str | None": [
        lambda w, n: _field(w, "Item", "note"),
        lambda w, n: w.expr("str", n),
    ],
    "Point": [
        lambda w, n: f"Point(x={w.expr('int', n)}, y={w.expr('float', n)})",
        lambda w, n: _field(w, "Item", "at"),
    ],
    "Item": [
        lambda w, n: f"Item(name={w.expr('str', n)}, at={w.expr('Point', n)}, note={w.expr('str | None', n)}, "
                     f"tags={w.expr('list[str]', n)})",
    ],
}

# --------------------------------------------------------------- statements

Statement = Callable[[Writer, int, str], list[str]]


def _assign(w: Writer, depth: int, indent: str) -> list[str]:
    kind = w.pick(*VALUES)
    name = w.new()
    text = w.expr(kind)
    declared = kind if w.pick(True, False) or _needs_type(kind) else ""
    w.scope[name] = kind
    return [f"{indent}{name}: {declared} = {text}" if declared else f"{indent}{name} = {text}"]


def _needs_type(kind: str) -> bool:
    """Whether the type of an expression drawn for this kind may be narrower than the kind."""
    return kind.endswith("None") or kind.startswith(("Literal", "float", "list[float")) or "[" in kind


def _change(w: Writer, depth: int, indent: str) -> list[str]:
    names = [n for n, t in w.scope.items() if t in ("int", "float", "str") and n.startswith("v") and n not in w.fixed]
    if not names:
        return _assign(w, depth, indent)
    name = w.pick(*names)
    kind = w.scope[name]
    op = w.pick("+=", "-=", "*=") if kind != "str" else "+="
    if kind != "str" and w.pick(True, False):
        return [f"{indent}{name} {op} {w.expr('int')}"]
    if kind == "str":
        return [f"{indent}{name} += {w.expr('str')}"]
    return [f"{indent}{name} = {w.expr(kind)}"]


def _if(w: Writer, depth: int, indent: str) -> list[str]:
    if depth <= 0:
        return _assign(w, depth, indent)
    kind, name = w.pick("int", "str", "bool", "list[int]"), w.new()
    more = indent + "    "
    lines = [f"{indent}if {w.expr('bool')}:", *w.inner(depth, indent), f"{more}{name} = {w.expr(kind)}"]
    if w.pick(True, False):
        lines += [f"{indent}elif {w.expr('bool')}:", *w.inner(depth, indent), f"{more}{name} = {w.expr(kind)}"]
    lines += [f"{indent}else:", f"{more}{name} = {w.expr(kind)}"]
    w.scope[name] = kind
    return lines


def _narrow(w: Writer, depth: int, indent: str) -> list[str]:
    names = [n for n in w.of("int | None") if n not in w.fixed]
    if not names:
        return _assign(w, depth, indent)
    name = w.pick(*names)
    more = indent + "    "
    lines = [f"{indent}if {name} is None:", f"{more}{name} = {w.expr('int')}"]
    w.scope[name] = "int"
    made = w.new()
    lines.append(f"{indent}{made} = {name} + {w.expr('int')}")
    w.scope[name] = "int | None"
    w.scope[made] = "int"
    return lines


def _loop(w: Writer, depth: int, indent: str) -> list[str]:
    if depth <= 0:
        return _change(w, depth, indent)
    i, x = w.new("i"), w.new("x")
    head, more = w.pick(
        (f"{x} in {w.expr('list[int]')}", {x: "int"}),
        (f"{i}, {x} in enumerate({w.expr('list[str]')})", {i: "int", x: "str"}),
        (f"{i} in range({w.number(0, 3)})", {i: "int"}),
        (f"{i}, {x} in zip({w.expr('list[int]')}, {w.expr('list[str]')})", {i: "int", x: "str"}),
        (f"{i}, {x} in sorted({w.expr('dict[str, int]')}.items())", {i: "str", x: "int"}),
    )
    lines = [f"{indent}for {head}:", *w.inner(depth, indent, more)]
    if w.pick(True, False):
        saved = w.scope
        w.scope = {**saved, **more}
        lines += [f"{indent}    if {w.expr('bool', 1)}:", f"{indent}        {w.pick('break', 'continue')}"]
        w.scope = saved
    return lines


def _collect(w: Writer, depth: int, indent: str) -> list[str]:
    """An empty list that a loop fills: its type comes from the first use."""
    name, x = w.new(), w.new("x")
    element = w.pick("int", "str", "tuple[int, str]", "Point")
    more = indent + "    "
    saved = dict(w.scope)
    w.scope[x] = "int"
    body = w.expr(element)
    guard = f"if {w.expr('bool', 1)}:" if w.pick(True, False) else "if True == True:"
    w.scope = saved
    lines = [f"{indent}{name} = []", f"{indent}for {x} in {w.expr('list[int]')}:", f"{more}{guard}",
             f"{more}    {name}.append({body})"]
    made = w.new()
    w.scope[made] = "int"
    lines.append(f"{indent}{made} = len({name})")
    if f"list[{element}]" in VALUES:
        w.scope[name] = f"list[{element}]"
    return lines


def _tally(w: Writer, depth: int, indent: str) -> list[str]:
    name, x = w.new(), w.new("x")
    more = indent + "    "
    saved = dict(w.scope)
    w.scope[x] = "str"
    step = w.expr("int", 1)
    w.scope = saved
    lines = [f"{indent}{name} = {{}}", f"{indent}for {x} in {w.expr('list[str]')}:"]
    lines += w.pick(
        [f"{more}{name}[{x}] = {name}.get({x}, 0) + {step}"],
        [f"{more}if {x} not in {name}:", f"{more}    {name}[{x}] = 0", f"{more}{name}[{x}] += {step}"],
    )
    w.scope[name] = "dict[str, int]"
    return lines


def _best(w: Writer, depth: int, indent: str) -> list[str]:
    name, x, made = w.new(), w.new("x"), w.new()
    more = indent + "    "
    points = w.expr("list[Point]")
    w.scope[made] = "int"
    return [
        f"{indent}{name} = None", f"{indent}for {x} in {points}:",
        f"{more}if {name} is None or {x}.x > {name}.x:", f"{more}    {name} = {x}",
        f"{indent}{made} = 0 if {name} is None else {name}.x",
    ]


def _unpack(w: Writer, depth: int, indent: str) -> list[str]:
    a, b = w.new(), w.new()
    text = w.expr("tuple[int, str]")
    w.scope[a], w.scope[b] = "int", "str"
    return [f"{indent}{a}, {b} = {text}"]


def _grow(w: Writer, depth: int, indent: str) -> list[str]:
    names = [n for n in w.of("list[int]") if n.startswith("v")]
    if not names:
        return _assign(w, depth, indent)
    name = w.pick(*names)
    return w.pick(
        [f"{indent}{name}.append({w.expr('int')})"], [f"{indent}{name}.extend({w.expr('list[int]')})"],
        [f"{indent}{name}.sort()"], [f"{indent}{name} = {name} + {w.expr('list[int]')}"],
        [f"{indent}if {name}:", f"{indent}    {name}[0] = {w.expr('int')}"],
    )


_STATEMENTS: list[Statement] = [
    _assign, _assign, _change, _if, _loop, _collect, _tally, _best, _unpack, _narrow, _grow,
]


def _function(w: Writer, name: str, params: list[tuple[str, str]], returns: str, size: int) -> str:
    w.scope = dict(params)
    lines = [f"def {name}({', '.join(f'{n}: {t}' for n, t in params)}) -> {returns}:"]
    lines += w.block(2, "    ", size)
    if w.pick(True, False):
        lines += [f"    if {w.expr('bool')}:", f"        return {w.expr(returns)}"]
    lines.append(f"    return {w.expr(returns)}")
    return "\n".join(lines) + "\n"


@st.composite
def programs(draw: Draw, methods: bool = True) -> str:
    """The text of a program whose `main` takes `inputs`."""
    return write(Writer(draw, methods))


def write(w: Writer) -> str:
    parts = [RECORD_TEXT]
    for i in range(w.number(0, 2)):
        params = [(f"q{j}", w.pick(*VALUES)) for j in range(w.number(0, 3))]
        returns = w.pick(*VALUES)
        parts.append(_function(w, f"helper{i}", params, returns, w.number(0, 2)))
        w.functions.append((f"helper{i}", params, returns))
    if w.pick(True, False):
        params = [("f", "Callable[[int], int]"), ("ns", "list[int]")]
        parts.append("def apply(f: Callable[[int], int], ns: list[int]) -> list[int]:\n"
                     "    out = []\n    for n in ns:\n        out.append(f(n))\n    return out\n")
        w.functions.append(("apply", params, "list[int]"))
    parts.append(_function(w, "main", list(PARAMS.items()), w.pick(*VALUES), w.number(1, 5)))
    return "\n".join(parts)
