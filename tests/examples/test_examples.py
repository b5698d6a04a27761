"""Each example runs with the real embedded pool and answers as it promises.

An example says in comments how to try it and what comes out:

    # Try it: fmplang run examples/x.fmp --inputs image=examples/inputs/y.jpg
    # Answer: True

The command line is run as it stands, in this process. The word VIDEO stands for a moving picture that the test makes:
two grey frames, then the astronaut, then coffee.
"""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.fmp"))
PAIR = re.compile(r"^# Try it: (.*)\n# Answer: (.*)$", re.MULTILINE)


def promises() -> list[Any]:
    found = []
    for path in EXAMPLES:
        text = path.read_text(encoding="utf-8")
        pairs = PAIR.findall(text)
        assert pairs, f"{path.name} does not say how to try it"
        needs = re.findall(r"^# Needs: (\w+)$", text, re.MULTILINE)
        missing = [program for program in needs if shutil.which(program) is None]
        marks = [pytest.mark.skipif(bool(missing), reason=f"needs the program {' '.join(missing)}")]
        for i, (command, answer) in enumerate(pairs):
            found.append(pytest.param(command, answer, id=f"{path.stem}-{i}", marks=marks))
    return found


def moving_picture(path: Path) -> Path:
    from PIL import Image

    greys = [Image.new("RGB", (256, 256), (level,) * 3) for level in (90, 120)]  # equal ones would be merged
    photos = [Image.open(ROOT / "examples" / "inputs" / f"{name}.jpg") for name in ("astronaut", "coffee")]
    resized = [photo.convert("RGB").resize((256, 256)) for photo in photos]
    greys[0].save(path, append_images=[greys[1], *resized], save_all=True)
    return path


def run(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    from fmplang.cli import main

    if "VIDEO" in command:
        command = command.replace("VIDEO", str(moving_picture(tmp_path / "moving.gif")))
    program, *arguments = shlex.split(command)
    assert program == "fmplang"
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FMPLANG_LEDGER", str(tmp_path / "runs.db"))
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    out = capsys.readouterr()
    assert end.value.code in (0, None), out.err
    return out.out


@pytest.mark.parametrize(("command", "answer"), promises())
def test_an_example_answers_as_it_promises(
    command: str, answer: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    assert run(command, capsys, monkeypatch, tmp_path).strip() == answer
    said = json.loads(run(f"{command} --json", capsys, monkeypatch, tmp_path))
    assert said["run_id"] and isinstance(said["cost"], (int, float))
    for call in said["calls"]:
        assert call["site"].startswith("main/") and call["backend"] and 0 < call["propensity"] <= 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_python_and_checks_without_a_word(path: Path) -> None:
    import fmplang

    text = path.read_text(encoding="utf-8")
    ast.parse(text)
    assert [f"{d.where}: {d.code} {d.title}" for d in fmplang.check(text).diagnostics] == []
    assert ast.get_docstring(ast.parse(text)), "say in the docstring what the program asks"


def test_embedding_example(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "embed.py"), run_name="__main__")
    assert capsys.readouterr().out.splitlines() == [
        "cheapest: 1 spots for 1, asked glance at main/find:spot",
        "strongest: 2 spots for 64, asked stare at main/find:spot",
        "main/find:spot asks find(image, name)",
        "nothing found: 0",
    ]


def test_evaluation_example(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "evaluate.py"), run_name="__main__")
    cheapest, strongest, replayed, again, refused = capsys.readouterr().out.splitlines()
    assert cheapest == "cheapest: right in 0.79 of runs, between 0.72 and 0.85; 155 effective runs"
    assert strongest == "strongest: right in 1.00 of runs, between 0.98 and 1.02; 160 effective runs"
    assert replayed == "replayed: 194 of 400 runs, right in 0.77 of them"
    assert again == "the last run again: the same"
    assert refused == "refused: in 100% of runs the policy takes a backend that the logged one could not have taken"
