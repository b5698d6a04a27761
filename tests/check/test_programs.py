"""The programs of tests/programs: each says on its lines what the checker says of them.

    x = yy  # error: FMP101
    y = 1   # warning: FMP401, FMP402

A file without `main` is checked as a library: all its functions, and no entry. What the comments do not name must
not be reported.
"""

from __future__ import annotations

import ast as python
import re
from pathlib import Path

import pytest

from fmplang.check import check
from fmplang.syntax.source import Source

PROGRAMS = Path(__file__).parent.parent / "programs"
FILES = sorted(PROGRAMS.rglob("*.fmp"))
_EXPECTED = re.compile(r"#\s*(error|warning):\s*(FMP\d{3}(?:\s*,\s*FMP\d{3})*)")


def expected(text: str) -> list[tuple[int, str, str]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for severity, codes in _EXPECTED.findall(line):
            found += [(number, severity, code.strip()) for code in codes.split(",")]
    return sorted(found)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PROGRAMS)))
def test_program(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    source = Source(text, path.name)
    report = check(source, library="def main(" not in text)
    found = sorted((source.position(d.span.start)[0], d.severity, d.code) for d in report.diagnostics)
    assert found == expected(text), "\n".join(f"{d.where} {d.code} {d.title}" for d in report.diagnostics)
    assert report.ok == (not any(severity == "error" for _, severity, _ in found))
    if report.ok:
        assert (report.program is not None) == ("def main(" in text)
        python.parse(text)
    for d in report.diagnostics:
        assert d.help, f"{d.code} at {d.where} says nothing of what to do"
        assert 0 <= d.span.start <= d.span.end <= len(text)


def test_the_folder_is_not_empty() -> None:
    assert len(FILES) > 20
