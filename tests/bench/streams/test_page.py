"""The page on streams says what is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from fmplang.bench.streams import binary, openform
from fmplang.bench.streams.items import ORDINARY

PAGE = Path(__file__).resolve().parents[3] / "docs" / "streams.md"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_python_of_the_page_runs(tmp_path: Path) -> None:
    texts = PYTHON.findall(PAGE.read_text(encoding="utf-8"))
    assert len(texts) == 2
    for text in texts:
        file = tmp_path / "snippet.py"
        file.write_text(text, encoding="utf-8")
        runpy.run_path(str(file))


def test_the_numbers_of_the_page_are_so() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"| `binary` | {len(binary.queries())} of two to five conditions | {binary.COUNT:,} |" in page
    assert f"| `openform` | {len(openform.queries())} of five kinds | {openform.COUNT} |" in page
    assert f"{ORDINARY:,} scenes that all questions share" in page
