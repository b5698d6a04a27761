"""Where the files that are not Python lie: the grammar and the standard library.

A wheel carries them in fmplang/data; a checkout has them beside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def grammar_text() -> str:
    """The text of fmp.lark, or "" where the file is missing (the tables then stand alone)."""
    try:
        return (_folder("grammar") / "fmp.lark").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


@cache
def stdlib_modules() -> dict[str, Path]:
    """The modules of the standard library by name: {"fmp.vision": .../vision.fmp, ...}, sorted by name."""
    return {f"fmp.{path.stem}": path for path in sorted(_folder("stdlib").glob("*.fmp"))}
