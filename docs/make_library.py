"""Writes library.md from stdlib/*.fmp: `python docs/make_library.py`. A test holds that the page is up to date."""

from __future__ import annotations

from pathlib import Path

from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source

HERE = Path(__file__).resolve().parent
MODULES = ("vision", "text", "video", "audio")

HEAD = """\
# The library

Written from stdlib/ by `python docs/make_library.py`. All these names are in scope without an import, and every
function may be called in method syntax: `image.find("dog")` is `find(image, "dog")`. Where a capability is named, the
function is neural: a backend of the pool with that capability answers it. The others are plain FMP on top of them;
their text in stdlib/ shows what they ask.
"""


def signature(source: Source, item: ast.Function | ast.Neural) -> str:
    """`find(image: Image, name: str) -> list[Image]` on one line."""
    text = source.text[item.name.start:]
    return " ".join(text[: text.index(":\n")].split())


def rows(module: str) -> list[str]:
    source = Source((HERE.parent / "stdlib" / f"{module}.fmp").read_text(encoding="utf-8"), f"{module}.fmp")
    made = []
    for item in parse(source).module.items:
        if isinstance(item, (ast.Function, ast.Neural)):
            capability = f"`{item.capability.value}`" if isinstance(item, ast.Neural) else ""
            cells = f"`{signature(source, item)}`", capability, item.doc.strip().splitlines()[0]
            made.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return made


def page() -> str:
    parts = [HEAD]
    for module in MODULES:
        parts.append(f"\n## fmp.{module}\n\n| function | capability | meaning, or prompt |\n| --- | --- | --- |\n")
        parts.append("\n".join(rows(module)) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    (HERE / "library.md").write_text(page(), encoding="utf-8")
