"""Programs that are right: those that were written, and as many generated ones as one likes, the same each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from fmplang.check import catalogue as of_check
from fmplang.check import check
from fmplang.syntax import catalogue as of_syntax
from tests.check.strategies import programs

ROOT = Path(__file__).resolve().parent.parent.parent
MUTANTS = ROOT / "tests" / "check" / "mutants"


def files() -> list[Path]:
    """Every program file of the repository that is right, examples first."""
    found = [*sorted((ROOT / "examples").glob("*.fmp")), *sorted(MUTANTS.glob("*.fmp"))]
    return found + [p for p in sorted((ROOT / "tests" / "programs").rglob("*.fmp"))
                    if "# error" not in p.read_text(encoding="utf-8")]


def written() -> list[str]:
    """The texts of the files, of the mended examples of `fmplang explain`, and of docs/language.md."""
    texts = [p.read_text(encoding="utf-8") for p in files()]
    texts += [e.mended for e in (*of_check.ENTRIES, *of_syntax.ENTRIES)]
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    texts += [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "def main" in block]
    return [text for text in dict.fromkeys(texts) if check(text).program is not None]


def generated(count: int) -> Iterator[str]:
    """Programs of tests/check/strategies.py."""
    made: list[str] = []

    @settings(max_examples=max(1, count), database=None, derandomize=True, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(programs())
    def collect(text: str) -> None:
        made.append(text)

    if count:
        collect()
    yield from made
