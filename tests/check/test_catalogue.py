"""Every code of the checker is explained, by a program that causes it and no other, and by one that is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fmplang.check.catalogue as catalogue
from fmplang.check import check
from fmplang.syntax.catalogue import Entry

SOURCES = Path(catalogue.__file__).parent


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda e: e.code)
def test_examples(entry: Entry) -> None:
    failing = check(entry.failing)
    assert {d.code for d in failing.diagnostics} == {entry.code}, failing.diagnostics
    mended = check(entry.mended)
    assert mended.diagnostics == (), mended.diagnostics
    assert mended.program is not None
    assert entry.title and entry.why.endswith(".")


def test_every_code_that_the_checker_gives_is_explained() -> None:
    given = {
        code for path in SOURCES.glob("*.py") if path.name != "catalogue.py"
        for code in re.findall(r'"(FMP[1-4]\d\d)"', path.read_text(encoding="utf-8"))
    }
    assert given == {entry.code for entry in catalogue.ENTRIES}


def test_codes_are_in_order_and_their_own() -> None:
    codes = [entry.code for entry in catalogue.ENTRIES]
    assert codes == sorted(set(codes))
