"""docs/threats.md tells the figures of the records and of the corpus."""

from __future__ import annotations

import json
from pathlib import Path

from tests.hostile import bombs, corpus
from tests.hostile.test_hostile import FILES, SHAPES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


def test_the_corpus_has_so_many_programs() -> None:
    assert f"{len(corpus.programs()):,} programs in {len(corpus.CLASSES)} classes" in PAGE
    assert f"| {len(FILES)}, {len(bombs.PROGRAMS)} and {len(SHAPES)} |" in PAGE


def test_the_classes_that_the_page_names_exist() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    unnamed = {name for name in corpus.CLASSES if not any(name in row for row in rows)}
    assert unnamed == {"exceptions", "prompt_injection", "slices_and_indices", "sort_keys"}


def test_the_records_are_told() -> None:
    fuzzed = json.loads((ROOT / "tests" / "hostile" / "record.json").read_text(encoding="utf-8"))
    assert f"| {fuzzed['inputs']:,} inputs of seed {fuzzed['seed']}: none breaks" in PAGE
    compared = json.loads((ROOT / "tests" / "runtime" / "differential.json").read_text(encoding="utf-8"))
    assert f"{compared['programs']:,} programs, {compared['compared']:,} comparisons: no difference" in PAGE
