"""The page on scenes says what is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from fmplang.cli.app import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenes.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_python_of_the_page_runs(tmp_path: Path) -> None:
    (text,) = [text for kind, text in FENCE.findall(PAGE.read_text(encoding="utf-8")) if kind == "python"]
    file = tmp_path / "snippet.py"
    file.write_text(text, encoding="utf-8")
    assert len(runpy.run_path(str(file))["held"].things) >= 3


def test_the_commands_of_the_page_exist() -> None:
    (text,) = [text for kind, text in FENCE.findall(PAGE.read_text(encoding="utf-8")) if not kind]
    group = app.get_command(None, "scenes")  # type: ignore[arg-type]
    for line in text.splitlines():
        program, scenes, name, *rest = line.partition("#")[0].split()
        assert (program, scenes) == ("fmplang", "scenes")
        command = group.commands[name]  # type: ignore[union-attr]
        command.make_context(name, list(rest), resilient_parsing=False)


def test_the_picture_of_the_page_is_small() -> None:
    assert (PAGE.parent / "scenes.jpg").stat().st_size < 200_000
