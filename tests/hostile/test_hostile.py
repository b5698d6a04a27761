"""Hostile programs are refused or stopped; nothing but an FmpError ever leaves fmplang.

Each program in programs/ says on its first line how it must end: `# ends: refused CODE...` (by the checker, with at
least these codes) or `# ends: stopped CODE`. The programs of bombs.py and shapes.py are made on the spot. All run in
a process of their own under ceilings of the operating system, with the clock of the run set far away: they must meet
a limit that counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fmplang.check import builtins
from tests.hostile import bombs, shapes

HERE = Path(__file__).resolve().parent
FILES = sorted((HERE / "programs").rglob("*.fmp"))
CLASSES = sorted({path.parent.name for path in FILES})
CLOCKS = {"FMP606", "FMP607"}


def run_all(programs: dict[str, str], folder: Path, steps: int = 0) -> dict[str, dict[str, Any]]:
    source, target = folder / "programs.json", folder / "outcomes.jsonl"
    source.write_text(json.dumps(programs), encoding="ascii")
    target.touch()
    command = [sys.executable, str(HERE / "runner.py"), str(source), str(target), str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    lines = [json.loads(line) for line in target.read_text(encoding="ascii").splitlines()]
    found = {line.pop("name"): line for line in lines}
    unfinished = next((name for name in programs if name not in found), None)
    assert unfinished is None, f"{unfinished!r} ended the process: {done.returncode}\n{done.stderr[-2000:]}"
    return found


def file_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def promise(path: Path) -> tuple[str, set[str]]:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ends: "), f"{file_id(path)}: the first line must say how it ends"
    end, *codes = first.removeprefix("# ends: ").split()
    return end, set(codes)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    programs = {file_id(path): path.read_text(encoding="utf-8") for path in FILES}
    return run_all(programs, tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return run_all({**bombs.PROGRAMS, **SHAPES}, tmp_path_factory.mktemp("made"))


def test_there_are_ten_classes() -> None:
    assert len(CLASSES) + 3 >= 10  # and three that are made: bombs, nesting, tokens
    assert len(FILES) > 150


@pytest.mark.parametrize("path", FILES, ids=file_id)
def test_a_hostile_program_ends_as_it_must(path: Path, corpus: dict[str, dict[str, Any]]) -> None:
    end, codes = promise(path)
    found = corpus[file_id(path)]
    assert end in ("refused", "stopped")
    assert found["end"] == end, found
    assert codes and codes <= set(found["codes"]), found
    assert not CLOCKS & set(found["codes"])


@pytest.mark.parametrize("name", bombs.PROGRAMS)
def test_a_size_bomb_meets_a_limit_that_counts(name: str, made: dict[str, dict[str, Any]]) -> None:
    found = made[name]
    assert found["end"] in ("refused", "stopped"), found
    assert not CLOCKS & set(found["codes"]), found


SHAPES = {
    **{f"nesting {name}": text for name, text in shapes.NESTING.items()},
    **{f"tokens {name}": text for name, text in shapes.TOKENS.items()},
}
# Odd but sound: these are programs, and they have an answer.
SOUND = {
    "nesting conditions", "nesting elif", "nesting string juxtaposed", "nesting targets",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_hostile_shape_meets_a_diagnostic(name: str, made: dict[str, dict[str, Any]]) -> None:
    found = made[name]
    expected = ("answered",) if name in SOUND else ("refused", "stopped")
    assert found["end"] in expected, found
    assert not CLOCKS & set(found["codes"]), found


def test_every_builtin_has_a_bomb_or_is_known_to_be_constant() -> None:
    names = {
        *builtins.FUNCTIONS,
        *(f"{kind}.{name}" for kind, methods in builtins.METHODS.items() for name in methods),
        *builtins.MATH,
    }
    covered = set(bombs.BODIES) | bombs.CONSTANT_WORK
    assert names - covered == set(), "write a bomb for these"
    assert covered - names == set(), "these are gone"
