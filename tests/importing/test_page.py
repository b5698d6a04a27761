"""docs/import.md: each example gives what the page shows, and its commands run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmplang.cli.app import app

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "import.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ORIGINALS = [text for kind, text in BLOCKS if kind == "text"]
RESULTS = [text for kind, text in BLOCKS if kind == "python"]


def test_the_page_shows_what_its_commands_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "query.py").write_text(ORIGINALS[0], encoding="utf-8")
    (tmp_path / "steps.txt").write_text(ORIGINALS[1], encoding="utf-8")
    (commands,) = [text for kind, text in BLOCKS if not kind]
    assert len(commands.splitlines()) == len(ORIGINALS) == len(RESULTS) == 2
    for line in commands.splitlines():
        words = line.split()
        assert words[0] == "fmplang"
        ended = CliRunner().invoke(app, words[1:])
        assert ended.exit_code == 0, ended.output
    assert (tmp_path / "query.fmp").read_text(encoding="utf-8") == RESULTS[0]
    plain = CliRunner().invoke(app, ["import", "--from", "visprog", "steps.txt"])
    assert (plain.stdout, plain.stderr) == (RESULTS[1], "imported: no findings\n")
