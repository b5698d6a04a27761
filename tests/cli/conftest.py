"""A command line in a folder of its own, with a pool that a script answers for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmplang.backends import pool
from fmplang.cli.app import app

PROGRAM = '''\
@neural("vqa")
def ask(text: str) -> bool:
    """Is it so? {text}"""


@neural("vqa")
def count(text: str) -> int:
    """How many? {text}"""


def main(text: str, n: int = 1) -> int:
    print("looking at", text)
    if ask(text):
        return count(text) * n
    return 0
'''


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with query.fmp in it; no settings of the machine reach it."""
    import os

    for name in list(os.environ):
        if name.startswith("FMPLANG_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(pool.PRESETS, "scripted", ("tests.cli.scripted_pool", "backends"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (work / "fmplang.toml").write_text('pool = "scripted"\nledger = "runs.db"\ncache = "none"\n')
    (work / "query.fmp").write_text(PROGRAM)
    return work


@pytest.fixture
def call(folder: Path) -> Call:
    """Run `fmplang ARGS`; a traceback or a fault of fmplang itself fails the test."""

    def run(*args: str, stdin: str | bytes | None = None) -> Ended:
        result = CliRunner().invoke(app, [str(a) for a in args], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr and "error[FMP899]" not in result.stderr, result.output
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run
