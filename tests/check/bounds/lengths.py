"""Generates programs whose number of calls hangs on lengths and small numbers: what the bounds follow most closely.

Lists are private mostly, grow and shrink under their own name, are sliced, walked through, tested and handed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

HEADER = '''
@neural("vqa")
def ask(x: int) -> bool:
    "Is {x} even?"


@neural("llm")
def num(x: int) -> int:
    "A number like {x}."


@neural("llm")
def nums(x: int) -> list[int]:
    "Numbers like {x}."


@neural("llm")
def words(x: int) -> list[str]:
    "Words like {x}."


@neural("llm")
def kind(x: int) -> Literal["red", "blue"]:
    "A colour like {x}."


COLOURS = ["red", "blue", "green"]
FEW = 3


def first(zs: list[int], count: int = 2) -> list[int]:
    return [z for z in zs[:count]]


def longest(zs: list[int], ws: list[int]) -> list[int]:
    if len(zs) >= len(ws):
        return zs
    return ws


def every(zs: list[int]) -> int:
    made = 0
    for z in zs:
        if z > 2:
            break
        made += num(z)
    return made


def times(f: Callable[[int], int], count: int) -> int:
    return sum([f(i) for i in range(count)])

'''

_RULES: dict[str, tuple[str, ...]] = {
    "int": (
        "a", "b", "n", "FEW", "0", "1", "2", "5", "len(<xs>)", "len(ts)", "num(<leaf>)", "every(<xs>)",
        "(<int> + <int>)", "(<int> - <int>)", "(<int> * 2)", "(<int> // 2)", "(<int> % 3)", "min(<int>, <int>)",
        "max(<int>, <int>)", "(<int> if <bool> else <int>)", "times(lambda z: num(z), min(<int>, 4))",
        "times(num, len(<xs>))", "abs(<int>)", "sum([num(z) for z in <xs>])", "sum(num(z) for z in <xs> if z > 1)",
        "len(set(<xs>))", "max(<xs>, default=0)", "min(<xs>, key=lambda z: num(z), default=1)",
        "next((num(z) for z in <xs>), 4)", "(<int> and <int>)", "(<int> or num(<leaf>))", "sum(map(num, <xs>))",
        "len(COLOURS)", "int(<bool>)", "sum([num(z + w) for z, w in zip(<xs>, <xs>)])",
        "sum([num(z) for i, z in enumerate(<xs>) if i < 2])", "len([z for z in <xs> for w in COLOURS if ask(z)])",
        "-<int>",
    ),
    "leaf": ("a", "b", "n", "1", "7"),
    "bool": (
        "ask(<leaf>)", "(<int> > <int>)", "(<int> == <int>)", "(<int> <= 2)", "len(<xs>) > 0", "len(xs) == 0",
        "len(ys) > 1", "len(xs) < 3", "not xs", "bool(ys)", "(<bool> and <bool>)", "(<bool> or <bool>)",
        "not <bool>", "(a < <int> < b)", "any(ask(z) for z in <xs>)", "all(ask(z) for z in <xs>)",
        "all([ask(z) for z in <xs>])", "kind(<leaf>) == 'red'", "(<int> in <xs>)", "('red' in ts)",
        "(a < num(1) < num(2))", "(n in map(num, <xs>))", "2 >= len(xs)", "a != 1",
    ),
    "xs": (
        "xs", "ys", "zs", "xs", "ys", "[]", "[1]", "[<int>, <int>, 3]", "nums(<leaf>)", "<xs>[:2]", "<xs>[1:]",
        "<xs>[-2:]", "<xs>[1:<int>]", "<xs>[::2]", "<xs>[:-1]", "sorted(<xs>)", "list(range(<int>))",
        "list(range(1, <int>, 2))", "list(range(3, <int>, -1))", "(<xs> + <xs>)", "(<xs> * 2)",
        "[z for z in <xs> if z > 1]", "first(<xs>)", "first(<xs>, 3)", "longest(<xs>, <xs>)",
        "(<xs> if <bool> else <xs>)", "list(set(<xs>))", "list(reversed(<xs>))",
        "[z + w for z in <xs> for w in <xs>]", "[num(z) for z in <xs>]", "list(filter(ask, <xs>))",
        "sorted(<xs>, key=num)", "[len(w) for w in ts]",
    ),
}
_SIMPLE = (
    "a = <int>", "b = <int>", "a += 1", "b -= <int>", "xs = list(<xs>)", "ys = sorted(<xs>)", "zs = <xs>",
    "xs = [<int>]", "ys = []", "xs.append(<int>)", "xs.append(<int>)", "ys.append(<int>)", "xs.extend(<xs>)",
    "xs.insert(0, <int>)", "xs += <xs>", "ys += [1]", "ys *= 2", "xs.clear()", "xs.reverse()", "a = num(<leaf>)",
    "b = every(<xs>)", "xs[0] = <int>", "u = <bool>", "ts = words(<leaf>)", "ts = COLOURS[:<int>]", "num(<leaf>)",
    "a, b = b, a", "assert <bool>", "zs = ys", "a = len(xs)", "n = <int>", "print(<int>)",
    "xs = [z for z in xs if z > 0]",
)
_RARE = ("a = xs.pop()", "zs.append(1)", "ys.remove(1)", "d = {'a': xs}", "xs.append(xs.pop())")
_LOOPS = (
    "for z in <xs>:", "for z in xs:", "for i in range(<int>):", "for i in range(len(xs)):", "for z in ys:",
    "for i, z in enumerate(xs):", "for z, w in zip(<xs>, <xs>):", "for t in ts:",
    "for z in (w for w in <xs> if ask(w)):", "for z in map(num, <xs>):", "for z in xs[:2]:", "for z in sorted(ys):",
)
_HOLE = re.compile("<(int|bool|xs|leaf)>")
_LEAVES = {
    "int": ("a", "b", "n", "2"), "bool": ("u", "(a > 1)", "len(xs) > 1"), "xs": ("xs", "ys", "zs"), "leaf": ("a", "1"),
}


class Writer:
    def __init__(self, draw: Draw, rare: bool) -> None:
        self.draw = draw
        self.simple = (*_SIMPLE, *_RARE) if rare else _SIMPLE
        self.lines: list[str] = []

    def pick(self, choices: tuple[str, ...]) -> str:
        return str(self.draw(st.sampled_from(choices)))

    def fill(self, template: str, depth: int) -> str:
        pieces = _HOLE.split(template)
        return "".join(self.expr(piece, depth) if i % 2 else piece for i, piece in enumerate(pieces))

    def expr(self, kind: str, depth: int) -> str:
        return self.pick(_LEAVES[kind]) if depth <= 0 else self.fill(self.pick(_RULES[kind]), depth - 1)

    def block(self, indent: str, depth: int, loops: bool) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(indent, depth, loops)

    def statement(self, indent: str, depth: int, loops: bool) -> None:
        form = self.draw(st.integers(0, 9))
        if form < 3 and depth:
            self.lines.append(indent + self.fill(self.pick(_LOOPS), 1))
            self.block(indent + "    ", depth - 1, True)
        elif form < 6 and depth:
            self.lines.append(f"{indent}if {self.expr('bool', 2)}:")
            self.block(indent + "    ", depth - 1, loops)
            if form == 3:
                self.lines.append(f"{indent}elif {self.expr('bool', 1)}:")
                self.block(indent + "    ", depth - 1, loops)
            if form >= 4:
                self.lines.append(f"{indent}else:")
                self.block(indent + "    ", depth - 1, loops)
        elif form == 6:
            leave = ("break", "continue", "return a") if loops else ("return a",)
            self.lines.append(f"{indent}if {self.expr('bool', 1)}:")
            self.lines.append(f"{indent}    {self.pick(leave)}")
        else:
            self.lines.append(indent + self.fill(self.pick(self.simple), 2))


@st.composite
def programs(draw: Draw) -> str:
    """`main(n, xs0)`; one in four also changes lists in ways that are not followed."""
    w = Writer(draw, draw(st.integers(0, 3)) == 0)
    for depth in (2, 2, 1):
        w.block("    ", depth, False)
    body = "\n".join(w.lines)
    start = ("    a = 1\n    b = 4\n    u = False\n    xs = list(xs0)\n    ys = [1, 2]\n    zs = [5]\n"
             "    ts = [\"red\"]\n    d: dict[str, list[int]] = {}\n")
    return f"{HEADER}def main(n: int, xs0: list[int]) -> int:\n{start}{body}\n    return a + len(d)\n"
