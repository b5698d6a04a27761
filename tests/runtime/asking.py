"""Generates well-typed programs that ask, for the laws about slices.

A program is two functions and `main`, over the same variables: numbers, a truth, lists that may be one and the same,
lists in a list, a dict. Statements assign, change in place, branch, loop, leave early, call, assert and fail.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from hypothesis import strategies as st

from fmplang import Request

Draw = Callable[[st.SearchStrategy[Any]], Any]

HEADER = '''
@neural("vqa")
def ask(x: int) -> bool:
    "Is {x} even?"


@neural("llm")
def num(x: int) -> int:
    "A number like {x}."


@neural("llm")
def total(xs: list[int]) -> int:
    "A number for {xs}."


@neural("llm")
def nums(x: int) -> list[int]:
    "Numbers like {x}."


class Box:
    zs: list[int]
    n: int


LIMIT = 3
SIX = sum([LIMIT for _ in range(2)])
SHARED = [1, 2]


def put(zs: list[int], x: int) -> int:
    zs.append(x)
    return len(zs)


def either(u: bool, a: int, b: int) -> int:
    if u:
        return a
    return b


def chosen(u: bool, xs: list[int], ys: list[int]) -> list[int]:
    return xs if u else ys


def each(f: Callable[[int], int], xs: list[int]) -> int:
    best = 0
    for x in xs:
        best = max(best, f(x))
    return best


def double(x: int) -> int:
    return x + x


def likely(x: int) -> int:
    if ask(x):
        return num(x)
    return x

'''
PARAMS = "a: int, b: int, u: bool, xs: list[int], ys: list[int], rows: list[list[int]], d: dict[int, int]"

_RULES: dict[str, tuple[str, ...]] = {
    "int": (
        "a", "b", "a", "b", "LIMIT", "SIX", "(<int> + <int>)", "(<int> - <int>)", "num(<int>)", "num(<n>)", "num(<n>)",
        "len(<xs>)", "sum(<xs>)", "total(<xs>)", "<xs>[0]", "<xs>[<int>]", "rows[0][0]", "rows[-1][<int>]",
        "d.get(<int>, <int>)", "d[<int>]", "put(<xs>, <int>)", "either(<bool>, <int>, <int>)",
        "each(lambda z: z + <int>, <xs>)", "each(double, <xs>)", "each(num, <xs>)", "each(lambda z: num(z), <xs>)",
        "likely(<int>)", "<xs>.pop()", "(<int> if <bool> else <int>)", "max(<xs>, default=<int>)", "(<int> // <int>)",
        "int(<bool>)", "sum(num(z) for z in <xs> if ask(z))", "min(<xs>, key=lambda z: num(z))", "(<int> or <int>)",
        "len(rows)", "sum([sum(row) for row in rows])", "each(likely, <xs>)", "sum(map(num, <xs>))",
        "next((z for z in <xs> if ask(z)), 0)", "d.setdefault(<int>, <int>)",
        "max([put(row, <int>) for row in rows])", "<call>", "len({z for z in <xs> if ask(z)})",
        "sum([z * w for z in <xs> for w in <xs> if ask(w)])", "sum(pair[0])", "len({z: num(z) for z in <xs>})",
        "pair[1]", "box.n", "sum(box.zs)", "len(f'{<xs>}')", "len(str(box))",
        "sum([w for row in rows if len(row) > <int> for w in row])", "put(box.zs, <int>)",
        "each(lambda z: put(ys, z), <xs>)", "sum([v if ask(k) else num(v) for k, v in d.items()])",
        "max(map(num, sorted(<xs>)), default=0)",
    ),
    "bool": (
        "u", "u", "ask(<int>)", "ask(<n>)", "ask(<n>)", "(not <bool>)", "(<bool> and <bool>)", "(<bool> or <bool>)",
        "(<int> < <int>)", "(<int> == <int>)", "(<int> in <xs>)", "(<int> in d)", "(<int> < <int> < <int>)",
        "(len(<xs>) > 1)", "any(ask(z) for z in <xs>)", "all([ask(z) for z in <xs>])",
        "(ask(<n>) and put(<xs>, <int>) > 2)", "(<xs> == <xs>)", "(rows[0] == <xs>)", "(<xs> in rows)",
    ),
    "xs": (
        "xs", "ys", "xs", "ys", "SHARED", "rows[0]", "rows[-1]", "[<int>, <int>]", "[<int>]", "nums(<n>)",
        "sorted(<xs>)", "(<xs> + <xs>)", "[z + <int> for z in <xs>]", "[num(z) for z in <xs>]",
        "[z for z in <xs> if ask(z)]", "chosen(<bool>, <xs>, <xs>)", "(<xs> if <bool> else <xs>)", "<xs>[:2]",
        "sorted(<xs>, key=lambda z: num(z))", "sorted(<xs>, key=num)", "list(d.values())", "(<xs> or <xs>)",
        "list(filter(ask, <xs>))", "pair[0]", "box.zs", "list(map(num, <xs>))", "[z for row in rows for z in row]",
        "[z + w for z, w in zip(map(num, <xs>), <xs>)]",
    ),
}


_LEAVES = {"int": ("a", "b", "1"), "bool": ("u", "(b > 1)"), "xs": ("xs", "ys")}


_FAILING = ("= rows", "[0]", "[-1]", "[<int>]", "d[<int>] +=", ".pop()", "//", "min(")


def _safe(template: str) -> bool:
    """Whether a statement or expression cannot fail."""
    return not any(part in template for part in _FAILING)


class Writer:
    """Draws one function. `calls` are the functions that it may call; `calm`: it cannot fail."""

    def __init__(self, draw: Draw, calls: tuple[str, ...], calm: bool) -> None:
        self.draw = draw
        self.rules = {kind: tuple(filter(_safe, rules)) for kind, rules in _RULES.items()} if calm else _RULES
        self.simple = tuple(filter(_safe, _SIMPLE)) if calm else _SIMPLE
        self.calm = calm
        self.calls = calls
        self.lines: list[str] = []
        self.asked = 0

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def expr(self, kind: str, depth: int = 2) -> str:
        if kind == "n":
            self.asked += 1
            return str(self.asked % 7)
        if kind == "call":
            return f"{self.pick(*self.calls)}({self.args()})" if self.calls else "a"
        if depth <= 0:
            return str(self.pick(*_LEAVES[kind]))
        return self.fill(self.pick(*self.rules[kind]), depth - 1)

    def args(self) -> str:
        return ", ".join([self.expr("int", 1), self.expr("int", 0), self.expr("bool", 1), self.expr("xs", 1),
                          self.expr("xs", 0), "rows", "d"])

    def fill(self, template: str, depth: int = 2) -> str:
        made = ""
        while "<" in template:
            before, _, rest = template.partition("<")
            name, closed, after = rest.partition(">")
            if closed and name in ("int", "bool", "xs", "n", "call"):
                made += before + self.expr(name, depth)
                template = after
            else:
                made += before + "<"
                template = rest
        return made + template

    def block(self, indent: str, depth: int, loops: bool) -> None:
        for _ in range(self.pick(1, 2, 3)):
            self.statement(indent, depth, loops)

    def statement(self, indent: str, depth: int, loops: bool) -> None:
        kind = self.pick("simple", "simple", "simple", *(["if", "if", "for"] if depth else []), "leave")
        if kind == "simple":
            self.lines.append(indent + self.fill(self.pick(*self.simple)))
        elif kind == "leave":
            leaving = self.pick("return <int>", *(["break", "continue"] * 3 if loops else []),
                                *(() if self.calm else ("assert <bool>",)))
            if leaving.startswith("assert"):
                self.lines.append(f"{indent}assert {self.expr('bool')}")
                return
            self.lines.append(f"{indent}if {self.expr('bool')}:")
            if self.pick(0, 1):
                self.lines.append(f"{indent}    {self.fill(self.pick(*self.simple))}")
            self.lines.append(f"{indent}    {self.fill(leaving)}")
        elif kind == "if":
            self.lines.append(f"{indent}if {self.expr('bool')}:")
            self.block(indent + "    ", depth - 1, loops)
            if self.pick(0, 0, 1):
                self.lines.append(f"{indent}elif {self.expr('bool')}:")
                self.block(indent + "    ", depth - 1, loops)
            if self.pick(0, 1):
                self.lines.append(f"{indent}else:")
                self.block(indent + "    ", depth - 1, loops)
        else:
            head = self.pick(*_HEADS)
            self.lines.append(indent + self.fill(head))
            self.block(indent + "    ", depth - 1, True)


_HEADS = (
    "for a in <xs>:", "for i in range(3):", "for b in <xs>:", "for xs in rows:", "for ys in rows:", "for a in list(d):",
    "for a, b in enumerate(<xs>):", "for a, b in zip(<xs>, <xs>):", "for a in [num(z) for z in <xs>]:",
    "for a in (z for z in <xs> if ask(z)):", "for i in range(num(<n>)):", "for a, b in d.items():",
)
_SIMPLE = (
    "a = <int>", "b = <int>", "a = <int>", "b = <int>", "u = <bool>", "u = <bool>", "a += <int>", "b -= <int>",
    "xs = <xs>", "ys = <xs>", "xs = ys", "ys = xs", "ys = <xs>", "xs.append(<int>)", "ys.append(<int>)", "xs += <xs>",
    "ys += [<int>]", "rows.append(<xs>)", "rows[0].append(<int>)", "rows[-1] += [<int>]", "rows[<int>].append(<int>)",
    "rows[0] = <xs>", "rows = [<xs>, <xs>]", "d[<int>] = <int>", "d[<int>] = <int>", "d[<int>] += <int>",
    "xs[0] = <int>", "xs[<int>] = <int>", "a, b = b, a", "xs, ys = ys, xs", "a, u = <int>, <bool>", "a = b = <int>",
    "print(<int>)", "put(<xs>, <int>)", "xs.sort()", "xs.clear()", "chosen(<bool>, xs, ys).append(<int>)",
    "<xs>.append(<int>)", "b = <xs>.pop()", "a = <call>", "b = <call>", "xs.sort(key=lambda z: num(z))",
    "pair = (<xs>, <int>)", "box = Box(zs=<xs>, n=<int>)", "box.zs.append(<int>)", "pair[0].append(<int>)",
    "xs, a = pair", "pair = (box.zs, box.n)", "rows.append(pair[0])", "rows.sort(key=lambda row: total(row))",
    "d = {k: num(v) for k, v in d.items()}", "a = sum([put(row, num(<n>)) for row in rows if ask(len(row))])",
    "xs, ys = [num(z) for z in <xs>], [a, b]", "a = put(xs, num(<n>)) + len(xs)", "pair = (xs, put(xs, <int>))",
    "a = total(xs) + put(xs, total(ys))", "SHARED.append(<int>)", "xs *= 2", "xs, ys = rows", "a *= <int>",
    "a = len(xs) + put(xs, <int>)", "put(ys, num(<n>))", "a = num(<n>)", "b = num(<n>)", "u = ask(<n>)", "num(<n>)",
)


_RESULTS = {
    "a": "int", "b": "int", "len(xs)": "int", "sum(ys)": "int", "str(rows)": "str", "str(xs)": "str", "str(d)": "str",
    "str(u)": "str", "sum(SHARED)": "int", "xs": "list[int]", "rows": "list[list[int]]", "num(a)": "int",
    "total(xs)": "int", "(xs, a)": "tuple[list[int], int]", "pair": "tuple[list[int], int]", "str(box)": "str",
    "one(a, b, u, xs, ys, rows, d)": "int",
}
_START = """    a = 1
    b = 2
    u = False
    xs = [1, 2]
    ys = [3]
    rows = [{row}, [5, 6]]
    d = {{0: 1, 1: 2}}
    pair = (xs, 1)
    box = Box(zs=ys, n=0)
"""


@st.composite
def programs(draw: Draw) -> str:
    """Half of them cannot fail."""
    calm, made = draw(st.booleans()), HEADER
    calls: tuple[str, ...] = ()
    for name in ("one", "two"):
        w = Writer(draw, calls, calm)
        w.block("    ", 1, False)
        lines = ["    pair = (xs, 1)", "    box = Box(zs=ys, n=b)", *w.lines, f"    return {w.expr('int')}"]
        made += f"def {name}({PARAMS}) -> int:\n" + "\n".join(lines) + "\n\n\n"
        calls = (*calls, name)
    w = Writer(draw, calls, calm)
    start = _START.format(row=w.pick("xs", "[4]"))
    for depth in (2, 2, 1):
        w.block("    ", depth, False)
    result = w.pick(*_RESULTS)
    body = "\n".join(w.lines)
    if _RESULTS[result] != "int":
        body = body.replace("return ", "assert 0 == ")
    return f"{made}def main() -> {_RESULTS[result]}:\n{start}{body}\n    return {result}\n"


def answer(request: Request, salt: int) -> Any:
    """An answer that depends on what is asked and where, and on nothing else."""
    seen = blake2b(f"{salt} {request.site.id} {sorted(request.args.items())}".encode(), digest_size=4).digest()
    if request.function.name == "ask":
        return seen[0] % 2 == 0
    if request.function.name == "nums":
        return [byte % 5 for byte in seen[: seen[0] % 4]]
    return seen[0] % 4


def others(value: Any) -> list[Any]:
    """Other values of the same type."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, 0 if value else -1, 9]
    return [[*value, 1], [], [*value[1:], 8]]
