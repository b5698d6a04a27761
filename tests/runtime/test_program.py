"""A program as a value: its name, its sites, what it takes."""

from __future__ import annotations

import pytest

from fmplang.errors import LimitError
from tests.runtime.talk import NEURAL, program

TEXT = NEURAL + """
LEAST = 3


class Pair:
    first: int
    second: int


def helper(n: int) -> int:
    return num(n) + LEAST


def main(n: int, s: str = "x") -> bool:
    pair = Pair(first=n, second=helper(n))
    return ask(helper(pair.second))
"""


def test_what_a_program_tells() -> None:
    made = program(TEXT)
    assert made.entry.name == "main" and str(made.entry.returns) == "bool"
    params = [(param.name, str(param.type), param.has_default) for param in made.entry.params]
    assert params == [("n", "int", False), ("s", "str", True)]
    assert made.source.text == TEXT and "main(n: int, s: str) -> bool" in repr(made)


def test_sites_in_the_order_of_the_source() -> None:
    ids = [site.id for site in program(TEXT).sites()]
    assert sorted(ids) == ["main/ask", "main/helper#2/num", "main/helper/num"]


def test_sites_are_counted_before_they_are_listed() -> None:
    """Each level doubles the paths."""
    levels = ["def f0(n: int) -> int:\n    return num(n)\n"]
    levels += [f"def f{i}(n: int) -> int:\n    return f{i - 1}(n) + f{i - 1}(n)\n" for i in range(1, 11)]
    made = program(NEURAL + "\n\n".join(levels) + "\n\ndef main(n: int) -> int:\n    return f10(n)\n")
    assert len(made.sites(1024)) == 1024
    with pytest.raises(LimitError) as caught:
        made.sites(1023)
    assert caught.value.code == "FMP616"


SAME = [
    TEXT + "\n# a comment\n",
    TEXT.replace("    pair = Pair", "\n    pair = Pair"),
    TEXT.replace("first=n, second", "first = n,  second"),
    TEXT.replace("    return num(n) + LEAST", '    """What it does."""\n    return num(n) + LEAST'),
]
DIFFERENT = [
    TEXT.replace("LEAST = 3", "LEAST = 4"),
    TEXT.replace("num(n) + LEAST", "num(n) - LEAST"),
    TEXT.replace("A number like", "A number unlike"),
    TEXT.replace('s: str = "x"', 's: str = "y"'),
    TEXT.replace("first: int", "first: float"),
    TEXT.replace('@neural("vqa")', '@neural("llm")'),
]


@pytest.mark.parametrize("index", range(len(SAME)))
def test_the_digest_stays(index: int) -> None:
    assert SAME[index] != TEXT and program(SAME[index]).digest == program(TEXT).digest


@pytest.mark.parametrize("index", range(len(DIFFERENT)))
def test_the_digest_changes(index: int) -> None:
    assert DIFFERENT[index] != TEXT and program(DIFFERENT[index]).digest != program(TEXT).digest


def test_the_digest_is_the_same_everywhere() -> None:
    """Ledgers of other machines and versions of Python name programs by it."""
    assert program("def main(n: int) -> float:\n    return n + 0.5\n").digest == "f3385a659e5f85f645c02b6b91976103"
