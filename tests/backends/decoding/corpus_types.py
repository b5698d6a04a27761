"""The types of the corpus, spelled as a program spells them and read by the checker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fmplang
from fmplang.check.sites import all_sites
from fmplang.check.types import Type

FOLDER = Path(__file__).parent / "corpus"
RECORDS = """\
class Person:
    name: str
    age: int
    adult: bool

class Box:
    left: int
    label: str | None

class Scene:
    place: Box
    tags: list[str]

"""


def types_of(names: Iterable[str]) -> dict[str, Type]:
    """Each name's type: what a neural function that returns it is checked to return."""
    names = list(dict.fromkeys(names))
    functions = "".join(f'@neural("llm")\ndef f{i}() -> {name}:\n    """Say."""\n\n' for i, name in enumerate(names))
    calls = "".join(f"    a{i} = f{i}()\n" for i in range(len(names)))
    program = fmplang.compile(f"{RECORDS}{functions}def main() -> int:\n{calls}    return 0\n")
    found = {site.function.name: site.function.returns for site in all_sites(program.typed)}
    return {name: found[f"f{i}"] for i, name in enumerate(names)}


def corpus() -> list[tuple[str, dict[str, Any]]]:
    """The rows, each with the name of its file: `type`, `raw`, and `value` and `flags` or `error`, a part of why."""
    return [(file.stem, json.loads(line)) for file in sorted(FOLDER.glob("*.jsonl"))
            for line in file.read_text(encoding="ascii").splitlines()]
