"""The sessions of docs/diagnostics.md are what the command says."""

from __future__ import annotations

import re
from pathlib import Path

from fmplang.check import catalogue
from tests.cli.conftest import Call

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "diagnostics.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_sessions(call: Call, folder: Path) -> None:
    blocks = [(m.group(1), m.group(2), PAGE[:m.start()].rstrip()) for m in BLOCK.finditer(PAGE)]
    shown = fixed = 0
    program = ""
    for kind, text, before in blocks:
        path = folder / "draft.fmp"
        if kind == "python" and before.endswith("After `check --fix`:"):
            path.write_text(program)
            call("check", "--fix", "draft.fmp")
            assert path.read_text() == text
            assert call("check", "draft.fmp").out == ""
            fixed += 1
        elif kind == "python":
            program = text
        else:
            path.write_text(program)
            assert call("check", "draft.fmp").out.strip() == text.strip()
            shown += 1
    assert (shown, fixed) == (2, 2)


def test_the_table_names_every_hint() -> None:
    named = re.findall(r"^\| (FMP4\d\d) \|", PAGE, re.MULTILINE)
    assert named == [e.code for e in catalogue.LINTS if e.code >= "FMP410"]
