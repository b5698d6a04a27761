"""Generates well-typed pure programs, whose meaning is the same in FMP and in CPython.

A program is a function `main` over one variable of each type. Expressions are drawn by type, statements change
the variables. Sets are looked at only where their order does not show (FMP's sets iterate in insertion order).
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Chance(Protocol):
    """Where the choices of a generator come from."""

    def pick(self, choices: Sequence[Any]) -> Any: ...
    def integer(self) -> int: ...
    def text(self) -> str: ...


class Drawn:
    """From Hypothesis, which can then make a failing program smaller."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def integer(self) -> int:
        return self.draw(_ints)

    def text(self) -> str:
        return self.draw(_texts)


class Seeded:
    """From a generator of numbers: many times faster, the same programs for the same seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.random() * len(choices))]

    def integer(self) -> int:
        return self.rng.randint(-9, 9) if self.rng.random() < 0.7 else self.pick(_LARGE)

    def text(self) -> str:
        return "".join(self.pick(_CHARACTERS) for _ in range(int(self.rng.random() * 7)))

    def number(self) -> float:
        if self.rng.random() < 0.4:
            return self.pick(_FLOATS)
        if self.rng.random() < 0.2:  # any bits at all
            return struct.unpack("<d", self.rng.randbytes(8))[0]
        return self.rng.uniform(-100, 100)

    def some(self, make: Callable[[], Any], most: int) -> list[Any]:
        return [make() for _ in range(self.rng.randint(0, most))]

    def inputs(self) -> dict[str, Any]:
        """Values for PARAMS."""
        small = self.rng.randint
        return {
            "a": self.integer(), "b": self.integer(), "p": self.number(), "q": self.number(),
            "u": self.pick((False, True)), "s": self.text(), "w": self.text(),
            "xs": self.some(self.integer, 5), "fs": self.some(self.number, 4), "ws": self.some(self.text, 4),
            "rows": self.some(lambda: self.some(lambda: small(-3, 3), 3), 3),
            "d": {self.text(): self.integer() for _ in range(small(0, 3))},
            "ks": set(self.some(lambda: small(-4, 4), 4)),
            "t": (self.integer(), self.text()), "o": self.pick((None, self.integer())),
        }


PARAMS = {
    "a": "int", "b": "int", "p": "float", "q": "float", "u": "bool", "s": "str", "w": "str",
    "xs": "list[int]", "fs": "list[float]", "ws": "list[str]", "rows": "list[list[int]]", "d": "dict[str, int]",
    "ks": "set[int]", "t": "tuple[int, str]", "o": "int | None",
}
HEADER = f"def main({', '.join(f'{name}: {kind}' for name, kind in PARAMS.items())})"

_LARGE = (2**30, -(2**31), 2**62, 10**19, -(10**20))
_FLOATS = (0.0, -0.0, 0.1, -2.5, 1e300, -1e300, 1e-300, float("inf"), float("-inf"), float("nan"))
_CHARACTERS = "abAB0 9.,-{}éß"
_ints = st.one_of(st.integers(-9, 9), st.sampled_from(_LARGE))
_floats = st.one_of(st.sampled_from(_FLOATS), st.floats(-100, 100))
_texts = st.text(st.sampled_from(_CHARACTERS), max_size=6)

inputs = st.fixed_dictionaries({
    "a": _ints, "b": _ints, "p": _floats, "q": _floats, "u": st.booleans(), "s": _texts, "w": _texts,
    "xs": st.lists(_ints, max_size=5), "fs": st.lists(_floats, max_size=4), "ws": st.lists(_texts, max_size=4),
    "rows": st.lists(st.lists(st.integers(-3, 3), max_size=3), max_size=3),
    "d": st.dictionaries(_texts, _ints, max_size=3), "ks": st.sets(st.integers(-4, 4), max_size=4),
    "t": st.tuples(_ints, _texts), "o": st.none() | _ints,
})


class Writer:
    """Draws expressions; `names` are the variables in scope by type, `fresh` numbers the new ones."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.names: dict[str, list[str]] = {}
        self.fresh = 0
        for name, kind in PARAMS.items():
            self.names.setdefault(kind, []).append(name)

    def pick(self, *choices: Any) -> Any:
        return self.chance.pick(choices)

    def new(self) -> str:
        self.fresh += 1
        return f"v{self.fresh}"

    def expr(self, kind: str, depth: int) -> str:
        if depth <= 0:
            return self.leaf(kind)
        options = _RULES[kind]
        rule = self.chance.pick(options)
        return rule(self, depth - 1)

    def leaf(self, kind: str) -> str:
        names = self.names.get(kind, [])
        if names and self.pick(0, 1, 2, 3):
            return self.pick(*names)
        return _LITERALS[kind](self)

    def within(self, kind: str, depth: int, bound: list[tuple[str, str]]) -> str:
        """An expression with more variables in scope."""
        for name, of in bound:
            self.names.setdefault(of, []).append(name)
        made = self.expr(kind, depth)
        for _, of in bound:
            self.names[of].pop()
        return made


def _literal_list(kind: str) -> Callable[[Writer], str]:
    return lambda w: "[" + ", ".join(w.leaf(kind) for _ in range(w.pick(1, 2, 3))) + "]"


_LITERALS: dict[str, Callable[[Writer], str]] = {
    "int": lambda w: str(w.chance.integer()),
    "float": lambda w: w.pick("0.0", "-0.0", "0.5", "2.0", "-1.5", "1e16", "1e308", "0.1"),
    "bool": lambda w: w.pick("True", "False"),
    "str": lambda w: repr(w.chance.text()),
    "list[int]": _literal_list("int"),
    "list[float]": _literal_list("float"),
    "list[str]": _literal_list("str"),
    "list[list[int]]": _literal_list("list[int]"),
    "dict[str, int]": lambda w: "{" + f"{w.leaf('str')}: {w.leaf('int')}, {w.leaf('str')}: {w.leaf('int')}" + "}",
    "set[int]": lambda w: "{" + f"{w.leaf('int')}, {w.leaf('int')}" + "}",
    "tuple[int, str]": lambda w: f"({w.leaf('int')}, {w.leaf('str')})",
}


_HOLE = re.compile("<(" + "|".join(re.escape(kind) for kind in _LITERALS) + ")>")


def rule(template: str) -> Callable[[Writer, int], str]:
    """A rule from a template: `<int>` stands for an expression of that type."""

    pieces = _HOLE.split(template)

    def write(w: Writer, depth: int) -> str:
        return "".join(w.expr(piece, depth) if i % 2 else piece for i, piece in enumerate(pieces))

    return write


def _operator(kind: str, *ops: str) -> Callable[[Writer, int], str]:
    def write(w: Writer, depth: int) -> str:
        parts = [w.expr(kind, depth)]
        for _ in range(w.pick(1, 1, 2)):
            parts += [w.pick(*ops), w.expr(kind, depth)]
        return "(" + " ".join(parts) + ")"

    return write


def _compare(kind: str, *ops: str) -> Callable[[Writer, int], str]:
    return _operator(kind, *(ops or ("<", "<=", ">", ">=", "==", "!=")))


def _comprehension(element: str, brackets: str, *, pair: bool = False) -> Callable[[Writer, int], str]:
    def write(w: Writer, depth: int) -> str:
        name, (of, kind) = w.new(), w.pick(("list[int]", "int"), ("list[str]", "str"), ("list[float]", "float"))
        bound = [(name, kind)]
        source = w.expr(of, depth)
        clause = f"for {name} in {source}"
        if w.pick(0, 1):
            clause += f" if {w.within('bool', depth, bound)}"
        if w.pick(0, 0, 1):
            inner = w.new()
            rows = w.within("list[int]", 0, bound)
            clause += f" for {inner} in {rows}"
            bound.append((inner, "int"))
        value = w.within(element, depth, bound)
        if pair:
            value = f"{w.within('str', depth, bound)}: {value}"
        return f"{brackets[0]}{value} {clause}{brackets[1]}"

    return write


def _lambda(template: str, of: str, *results: str) -> Callable[[Writer, int], str]:
    """`@` in the template is a lambda over an element of type `of`, `$` the list it runs over."""

    def write(w: Writer, depth: int) -> str:
        name = w.new()
        body = w.within(w.pick(*(results or ("int", "bool"))), depth, [(name, of)])
        return template.replace("@", f"lambda {name}: {body}").replace("$", w.expr(f"list[{of}]", depth))

    return write


def _fstring(w: Writer, depth: int) -> str:
    kind, spec = w.pick(("int", ":>6"), ("int", ":+d"), ("int", ":x"), ("int", ":,"), ("float", ":.2f"),
                        ("float", ":8.3e"), ("float", ":g"), ("str", ":*^7"), ("str", "!r"), ("list[int]", ""),
                        ("float", ""), ("bool", ""), ("tuple[int, str]", ""), ("str", ":.2"))
    value = w.expr(kind, depth)
    if any(mark in value for mark in ("'", '"', "\\", "{", "}", "#")):
        value = w.pick(*w.names[kind])
    return f'f"<{{{value}{spec}}}>"'


_RULES: dict[str, list[Callable[[Writer, int], str]]] = {
    "int": [
        *([_operator("int", "+", "-")] * 3), _operator("int", "*"), _operator("int", "//", "%"),
        _operator("int", "&", "|", "^"), rule("(<int> ** 3)"), rule("(-<int>)"), rule("abs(<int>)"),
        rule("(<int> if <bool> else <int>)"), rule("len(<str>)"), rule("len(<list[int]>)"), rule("int(<float>)"),
        rule("int(<bool>)"), rule("round(<float>)"), rule("sum(<list[int]>)"), rule("max(<int>, <int>)"),
        rule("min(<list[int]>)"), rule("<list[int]>[<int>]"), rule("xs[0]"), rule("xs[-1]"), rule("xs[a]"),
        rule("rows[0][-1]"), rule("d[<str>]"), rule("d.get(<str>, <int>)"), rule("<str>.find(<str>)"),
        rule("<list[int]>.index(<int>)"), rule("<list[int]>.count(<int>)"), rule("<tuple[int, str]>[0]"),
        rule("(<int> and <int>)"), rule("(<int> or <int>)"), rule("(o if o is not None else <int>)"),
        rule("len(<set[int]>)"), rule("<str>.count(<str>)"), rule("int(<str>)"), rule("(<bool> + <int>)"),
        _lambda("min($, key=@)", "int"), _lambda("sum(map(@, $))", "int", "int"),
        lambda w, depth: "sum(" + _comprehension("int", "()")(w, depth)[1:-1] + ")",
    ],
    "float": [
        _operator("float", "+", "-"), _operator("float", "*", "/"), _operator("float", "//", "%"),
        rule("(<int> / <int>)"), rule("(<int> + <float>)"), rule("(-<float>)"), rule("abs(<float>)"),
        rule("float(<int>)"), rule("round(<float>, 2)"), rule("(<float> if <bool> else <float>)"),
        rule("sum(<list[float]>)"), rule("max(<list[float]>)"), rule("min(<float>, <float>)"), rule("fs[0]"),
        rule("(<float> or <float>)"), rule("float(<str>)"), rule("(<float> ** 2)"),
    ],
    "bool": [
        _compare("int"), _compare("float"), _compare("str"), _compare("list[int]"), _compare("tuple[int, str]"),
        _compare("set[int]", "<=", "==", "!="), rule("(not <bool>)"), rule("(<bool> and <bool>)"),
        rule("(<bool> or <bool>)"), rule("(<int> in <list[int]>)"), rule("(<str> in <str>)"),
        rule("(<str> not in <dict[str, int]>)"), rule("(<int> in <set[int]>)"), rule("(o is None)"),
        rule("bool(<list[str]>)"), rule("(<int> < <int> < <int>)") , rule("(a < b <= <int>)"), rule("(xs[0] < xs[-1])"),
        rule("<str>.startswith(<str>)"), rule("<str>.isdigit()"), rule("(<list[list[int]]> == rows)"),
        rule("(<bool> if <bool> else <bool>)"), rule("(<int> == <float>)"),
        lambda w, depth: w.pick("any", "all") + _comprehension("bool", "()")(w, depth),
    ],
    "str": [
        _operator("str", "+"), rule("(<str> * 3)"), rule("<str>[<int>]"), rule("<str>[<int>:]"), rule("<str>[::-1]"),
        rule("str(<int>)"), rule("str(<float>)"), rule("str(<bool>)"), rule("str(<list[str]>)"), rule("<str>.upper()"),
        rule("<str>.strip()"), rule("<str>.replace(<str>, <str>)"), rule("<str>.join(<list[str]>)"),
        rule("<str>.title()"), rule("(<str> if <bool> else <str>)"), rule("<tuple[int, str]>[1]"), rule("ws[-1]"),
        rule("'{} {!r:>4}'.format(<int>, <str>)"), rule("<str>.zfill(5)"), _fstring, _fstring,
        rule("(<str> or <str>)"),
    ],
    "list[int]": [
        _comprehension("int", "[]"), _comprehension("int", "[]"), rule("(<list[int]> + <list[int]>)"),
        rule("(<list[int]> * 2)"), rule("<list[int]>[<int>:<int>]"), rule("<list[int]>[::2]"),
        rule("sorted(<set[int]>)"), rule("list(range(abs(<int>) % 7))"), rule("list(range(5, -5, -3))"),
        rule("sorted(<list[int]>, reverse=<bool>)"), rule("list(reversed(<list[int]>))"), rule("list(d.values())"),
        rule("[<int>]"), _lambda("sorted($, key=@)", "int"), _lambda("list(filter(@, $))", "int"),
        _lambda("list(map(@, $))", "str", "int"),
        rule("[i * j for i, j in zip(<list[int]>, <list[int]>)]"), rule("[i + j for i, j in enumerate(<list[int]>)]"),
        rule("[y for row in <list[list[int]]> for y in row]"), rule("rows[<int>]"),
    ],
    "list[float]": [
        _comprehension("float", "[]"), rule("(<list[float]> + <list[float]>)"), rule("sorted(<list[float]>)"),
        rule("<list[float]>[1:]"),
    ],
    "list[str]": [
        _comprehension("str", "[]"), rule("<str>.split()"), rule("<str>.split(',')"), rule("sorted(<list[str]>)"),
        _lambda("sorted($, key=@)", "str"), rule("list(<str>)"), rule("list(<dict[str, int]>)"),
        rule("<list[str]>[:2]"),
    ],
    "list[list[int]]": [rule("[<list[int]>, <list[int]>]"), rule("[sorted(row) for row in <list[list[int]]>]"),
                        rule("<list[list[int]]>[-2:]")],
    "dict[str, int]": [
        _comprehension("int", "{}", pair=True), rule("{<str>: <int>}"), rule("dict(d)"), rule("(d | {<str>: 1})"),
    ],
    "set[int]": [_comprehension("int", "{}"), _operator("set[int]", "|", "&", "-", "^"), rule("set(<list[int]>)")],
    "tuple[int, str]": [rule("(<int>, <str>)")],
}

# ---------------------------------------------------------------- statements

_CHANGED = ("int", "float", "bool", "str", "list[int]", "list[str]", "dict[str, int]")


class Body:
    """Writes statements, a line each; `loops` tells whether `break` and `continue` may stand here."""

    def __init__(self, writer: Writer) -> None:
        self.w = writer
        self.lines: list[str] = []

    def block(self, indent: str, depth: int, loops: bool) -> None:
        for _ in range(self.w.pick(1, 2, 3)):
            self.statement(indent, depth, loops)

    def statement(self, indent: str, depth: int, loops: bool) -> None:
        w = self.w
        kinds = ["assign", "assign", "augment", "call", "store", "unpack"]
        if depth:
            kinds += ["if", "for", "for"]
        if loops:
            kinds.append("leave")
        kind = w.pick(*kinds)
        if kind == "assign":
            of = w.pick(*_CHANGED)
            self.lines.append(f"{indent}{w.pick(*w.names[of])} = {w.expr(of, 2)}")
        elif kind == "augment":
            target, value = w.pick(
                ("a += ", "int"), ("b -= ", "int"), ("a *= ", "int"), ("b //= ", "int"), ("a %= ", "int"),
                ("p += ", "float"), ("q *= ", "float"), ("s += ", "str"), ("xs += ", "list[int]"), ("xs[0] += ", "int"),
                ("d['a'] += ", "int"), ("b |= ", "int"), ("ks |= ", "set[int]"), ("ws *= 2 + 0 * ", "int"),
            )
            self.lines.append(f"{indent}{target}{w.expr(value, 2)}")
        elif kind == "call":
            self.lines.append(indent + w.pick(
                f"xs.append({w.expr('int', 2)})", f"ws.insert(0, {w.expr('str', 1)})", "xs.reverse()", "xs.sort()",
                f"d.update({w.expr('dict[str, int]', 1)})", f"ks.add({w.expr('int', 1)})", "b = xs.pop()",
                f"a = d.pop({w.expr('str', 1)})", f"ks.discard({w.expr('int', 1)})", f"xs.remove({w.expr('int', 1)})",
                f"a = d.setdefault({w.expr('str', 1)}, {w.expr('int', 1)})", f"xs.extend({w.expr('list[int]', 1)})",
                f"assert {w.expr('bool', 2)}",
            ))
        elif kind == "store":
            self.lines.append(indent + w.pick(
                f"xs[{w.expr('int', 1)}] = {w.expr('int', 1)}", f"d[{w.expr('str', 1)}] = {w.expr('int', 1)}",
                f"rows[0] = {w.expr('list[int]', 1)}", f"t = {w.expr('tuple[int, str]', 1)}",
            ))
        elif kind == "unpack":
            self.lines.append(indent + w.pick(
                "a, b = b, a", "a, s = t", f"a = b = {w.expr('int', 1)}",
                f"a, (p, w) = {w.expr('int', 1)}, ({w.expr('float', 1)}, {w.expr('str', 1)})",
            ))
        elif kind == "leave":
            self.lines.append(f"{indent}if {w.expr('bool', 1)}:")
            self.lines.append(f"{indent}    {w.pick('break', 'continue', 'return str(a)')}")
        elif kind == "if":
            self.lines.append(f"{indent}if {w.expr('bool', 2)}:")
            self.block(indent + "    ", depth - 1, loops)
            if w.pick(0, 1):
                self.lines.append(f"{indent}elif {w.expr('bool', 1)}:")
                self.block(indent + "    ", depth - 1, loops)
            if w.pick(0, 1):
                self.lines.append(f"{indent}else:")
                self.block(indent + "    ", depth - 1, loops)
        else:
            name, (source, of) = w.new(), w.pick(
                (w.expr("list[int]", 1), "int"), ("xs", "int"), ("range(4)", "int"), ("d", "str"), ("s", "str"),
                ("ws", "str"), ("range(a, b, 2)", "int"), ("sorted(ks)", "int"),
            )
            self.lines.append(f"{indent}for {name} in {source}:")
            w.names[of].append(name)
            self.block(indent + "    ", depth - 1, True)
            w.names[of].remove(name)


def expression_program(chance: Chance) -> str:
    """A program that is one expression."""
    w = Writer(chance)
    kind = chance.pick([k for k in _RULES if k != "set[int]"])
    return f"{HEADER} -> {kind}:\n    return {w.expr(kind, 3)}\n"


def statement_program(chance: Chance) -> str:
    """A program of statements; its result shows all variables."""
    body = Body(Writer(chance))
    body.block("    ", 2, False)
    body.block("    ", 2, False)
    shown = ", ".join(name for name in PARAMS if name != "ks")
    return "\n".join([f"{HEADER} -> str:", *body.lines, f"    return str(({shown}, sorted(ks)))", ""])


@st.composite
def expressions(draw: Draw) -> str:
    return expression_program(Drawn(draw))


@st.composite
def programs(draw: Draw) -> str:
    return statement_program(Drawn(draw))
