"""What the checker says of a program as a language model drafts it, word for word.

After a change that is meant: `python -m tests.check.test_messages` writes the file anew.
"""

from __future__ import annotations

from pathlib import Path

from fmplang.check import check
from fmplang.syntax.source import Source

GOLDEN = Path(__file__).parent.parent / "golden"
DRAFT, SAID = GOLDEN / "draft.fmp", GOLDEN / "draft.txt"


def said() -> str:
    source = Source(DRAFT.read_text(encoding="utf-8"), "draft.fmp")
    lines = []
    for d in check(source).diagnostics:
        lines.append(f"{d.where} {d.severity} {d.code}: {d.title}")
        lines.append(f"    at: {' '.join(source.slice(d.span).split())}")
        lines += [f"    label: {source.slice(label.span)}: {label.text}" for label in d.labels]
        if d.expected or d.found:
            lines.append(f"    expected: {d.expected or '-'}; found: {d.found or '-'}")
        lines.append(f"    help: {d.help}")
        lines += [f"    fix{' (safe)' if f.safe else ''}: {f.title}" for f in d.fixes]
    return "\n".join(lines) + "\n"


def test_messages() -> None:
    assert said() == SAID.read_text(encoding="utf-8")


if __name__ == "__main__":
    SAID.write_text(said(), encoding="utf-8")
