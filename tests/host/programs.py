"""Programs and backends that the host's tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fmplang
from fmplang.backends.scripted import ScriptedBackend

NEURAL = '''
@neural("vqa")
def ask(text: str) -> bool:
    """Is it so? {text}"""

@neural("count")
def count(text: str) -> int:
    """How many? {text}"""
'''


def program(body: str, params: str = "", returns: str = "int") -> fmplang.Program:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return fmplang.compile(f"{NEURAL}\ndef main({params}) -> {returns}:\n{lines}", name="p.fmp")


def backend(capability: str, answer: Any, name: str, cost: float = 0.0, **more: Any) -> ScriptedBackend:
    """`answer` to every request, or what it gives where it is a function."""
    script: Callable[[Any], Any] = answer if callable(answer) else lambda request: answer
    return ScriptedBackend(capability, script, name=name, cost=cost, **more)


def a_pool(*, unit: str | None = None) -> fmplang.Pool:
    """Two backends a capability: the cheap one says no and 1, the dear one yes and 10."""
    return fmplang.Pool([
        backend("vqa", False, "small", 1.0), backend("vqa", True, "big", 4.0),
        backend("count", 1, "few", 2.0), backend("count", 10, "many", 8.0),
    ], name="test", unit=unit)


TWO = program('if ask(t):\n    return count(t)\nreturn 0', "t: str")
GROUP = program("return sum([count(t) for t in ts])", "ts: list[str]")
