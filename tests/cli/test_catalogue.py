"""Every code that fmplang can give is explained, and every explained code can be given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fmplang
from fmplang.catalogue_run import ENTRIES, catalogue
from fmplang.errors import FmpError
from fmplang.syntax.catalogue import Entry

PACKAGE = Path(fmplang.__file__).parent
RUN = [e for e in ENTRIES if e.failing.startswith("def main()")]


def raised() -> set[str]:
    """The codes that stand in quotes in the package's source, but for the catalogues themselves."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if not path.name.startswith("catalogue") and "catalogue" not in path.parent.name:
            found |= set(re.findall(r"[\"'](FMP\d{3})[\"']", path.read_text(encoding="utf-8")))
    return found


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    known = set(catalogue())
    assert raised() - known == set()
    assert known - raised() == set()


def test_entries_are_told_once_and_in_full() -> None:
    entries = list(catalogue().values())
    assert len({e.title for e in entries}) == len(entries)
    for entry in entries:
        assert re.fullmatch(r"FMP\d{3}", entry.code) and entry.title and entry.why.strip()
        assert not entry.title.endswith(".") and bool(entry.failing.strip()) == bool(entry.mended.strip()), entry.code
    codes = [e.code for e in ENTRIES]
    assert codes == sorted(codes)


@pytest.mark.parametrize("entry", RUN, ids=lambda e: e.code)
def test_the_failing_example_fails_and_the_mended_one_does_not(entry: Entry) -> None:
    assert len(RUN) > 10
    with pytest.raises(FmpError) as raised:
        fmplang.compile(entry.failing).start({}).advance()
    assert raised.value.code == entry.code
    assert isinstance(fmplang.compile(entry.mended).start({}).advance(), fmplang.Finished)
