"""What once broke fmplang does so no more: the files of regressions/, each a program that a fuzzer or a person found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.fuzz import hold

FILES = sorted((Path(__file__).resolve().parent / "regressions").glob("*.fmp"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_regression_holds(path: Path) -> None:
    hold(path.read_text(encoding="utf-8"))


def test_there_are_some() -> None:
    assert FILES
