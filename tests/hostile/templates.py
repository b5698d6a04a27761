"""What the classes of hostile programs are made of: the registry, and programs around given lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

Made = Iterator[tuple[str, str]]  # name within the class, text


class Class(NamedTuple):
    make: Callable[[], Made]
    ends: frozenset[str]


CLASSES: dict[str, Class] = {}


def hostile(*ends: str) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    def keep(make: Callable[[], Made]) -> Callable[[], Made]:
        CLASSES[make.__name__] = Class(make, frozenset(ends))
        return make

    return keep


RECORD = "class Box:\n    n: int\n\n\n"
# A value of each kind, as an expression that is in reach of `body`.
VALUES = {
    "int": "a", "float": "1.5", "str": '"s"', "bool": "True", "list": "[a]", "dict": '{"k": a}', "set": "{a}",
    "tuple": "(a, 1)", "image": "image", "record": "Box(n=a)", "patches": 'image.find("x")', "none": "None",
}


def body(*lines: str, head: str = "", result: str = "0") -> str:
    inner = "".join(f"    {line}\n" for text in lines for line in text.split("\n"))
    return f"{RECORD}{head}def main(a: int, image: Image) -> int:\n{inner}    return {result}\n"


def returning(kind: str, *lines: str) -> str:
    inner = "".join(f"    {line}\n" for text in lines for line in text.split("\n"))
    return f"{RECORD}def main(a: int, image: Image) -> {kind}:\n{inner}"
