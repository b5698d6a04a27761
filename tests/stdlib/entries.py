"""A program for each function of the library that is written in FMP, so that tests can run it as one."""

from __future__ import annotations

import re
from pathlib import Path

from fmplang.check.scope import module_exports

ROOT = Path(__file__).resolve().parent.parent.parent


def library() -> list[tuple[str, str]]:
    """A program for each function of the library that is written in FMP: its entry has the same parameters."""
    made = []
    for path in sorted((ROOT / "stdlib").glob("*.fmp")):
        text = path.read_text(encoding="utf-8")
        for name, params, returns in re.findall(r"^def (\w+)\((.*)\) -> (.*):\n    \"\"\"(?:.|\n)*?>>>", text, re.M):
            assert name in module_exports(f"fmp.{path.stem}")
            names = ", ".join(part.split(":")[0].strip() for part in re.split(r", (?=\w+:)", params))
            made.append((name, f"def main({params}) -> {returns}:\n    return {name}({names})\n"))
    return made
