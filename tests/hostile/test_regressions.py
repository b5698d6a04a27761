"""What once broke fmplang does so no more: the files of regressions/ are programs that a fuzzer or a person found."""

from __future__ import annotations

from pathlib import Path

import pytest

import fmplang
from tests.hostile.fuzz import hold

FILES = sorted((Path(__file__).resolve().parent / "regressions").glob("*.fmp"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_regression_holds(path: Path) -> None:
    hold(path.read_text(encoding="utf-8"))


def test_there_are_some() -> None:
    assert FILES


def test_a_dict_behind_else_is_no_block_with_braces() -> None:
    text = (FILES[0].parent / "dict_behind_else_in_brackets.fmp").read_text(encoding="utf-8")
    assert fmplang.check(text).diagnostics == ()
    block = "def main(u: bool) -> int:\n    if (u) {\n        return 1\n    } else {\n        return 2\n    }\n"
    assert {d.code for d in fmplang.check(block).diagnostics} == {"FMP014"}
