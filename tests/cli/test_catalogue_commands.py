"""The examples of `fmplang explain` that are commands, settings or Python are run too, where that needs no server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.catalogue_run import ENTRIES
from fmplang.errors import FmpError
from fmplang.syntax.catalogue import Entry
from tests.cli.conftest import Call

ROOT = Path(__file__).resolve().parent.parent.parent
PHOTO = ROOT / "examples" / "inputs" / "chelsea.jpg"
PROGRAM = 'def main(image: Image) -> bool:\n    return image.verify("a cat looks up")\n'
FACES = 'def main(image: Image) -> bool:\n    return image.exists("face")\n'

NOT_RUN = {
    "FMP700": "a backend has to fail", "FMP705": "a library has to be missing", "FMP720": "needs a server",
    "FMP708": "needs a folder of simulated pictures",
    "FMP721": "needs a server", "FMP752": "asks for a backend that is in no pool of the tests",
    "FMP834": "needs a ledger with a run of another program", "FMP840": "needs a log that says too little",
    "FMP835": "needs a stream in the ledger", "FMP841": "needs a log of one policy",
    "FMP862": "a pool tells it as the state of its backends", "FMP880": "a library has to be missing",
}
COMMANDS = [e for e in ENTRIES if e.failing.startswith("$ ") and e.code not in NOT_RUN]
SETTINGS = [e for e in ENTRIES if e.failing.startswith("# fmplang.toml") and e.code not in NOT_RUN]
PYTHON = [e for e in ENTRIES if e.failing.startswith(("@fmplang.backend", "import fmplang")) and e.code not in NOT_RUN]


@pytest.fixture
def place(call: Call, folder: Path) -> Path:
    """A folder as the examples take it for granted: a program, a photo, notes, a ledger with a run."""
    (folder / "query.fmp").write_text(PROGRAM)
    shutil.copy(PHOTO, folder / "photo.jpg")
    (folder / "notes.txt").write_text("notes\n")
    (folder / "steps.txt").write_text(
        "ANSWER0=VQA(image=IMAGE,question='What is it?')\nFINAL_RESULT=RESULT(var=ANSWER0)\n")
    assert call("run", "query.fmp", "--inputs", "image=photo.jpg").code == 0
    return folder


def ended(call: Call, text: str) -> str:
    """What the commands of an example print, and with which code the last one ends."""
    said = ""
    for line in text.strip().split("\n"):
        assert line.startswith("$ ")
        command, _, _ = line[2:].partition("     #")
        stdin = None
        if "|" in command:
            echo, _, command = command.partition(" | ")
            stdin = shlex.split(echo)[1]
        words = shlex.split(command)
        assert words[0] == "fmplang"
        done = call(*words[1:], stdin=stdin)
        said = f"{done.code}\n{done.out}\n{done.err}"
    return said


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda e: e.code)
def test_commands(entry: Entry, call: Call, place: Path) -> None:
    if "--pool embedded" in entry.mended:
        (place / "query.fmp").write_text(FACES)
    assert f"[{entry.code}]" in ended(call, entry.failing)
    mended = ended(call, entry.mended)
    assert mended.startswith("0\n"), mended


@pytest.mark.parametrize("entry", SETTINGS, ids=lambda e: e.code)
def test_settings(entry: Entry, call: Call, folder: Path) -> None:
    for text, right in ((entry.failing, False), (entry.mended, True)):
        (folder / "fmplang.toml").write_text(text)
        done = call("env")
        assert (done.code == 0) is right and (f"[{entry.code}]" in done.err) is not right, done


ASKS = '''
@neural("{capability}")
def ask(x: int) -> {returns}:
    """Is it {{x}}?"""


def main() -> list[{returns}]:
    return [ask(x) for x in [1, 2]]
'''


@pytest.mark.parametrize("entry", [e for e in PYTHON if e.failing.startswith("@")], ids=lambda e: e.code)
def test_backends(entry: Entry) -> None:
    def run(text: str) -> Any:
        names: dict[str, Any] = {"fmplang": fmplang}
        exec(compile(text, "<example>", "exec"), names)  # an example of the catalogue
        (capability,) = re.findall(r'backend\("(\w+)"', text)
        program = ASKS.format(capability=capability, returns="bool" if "bool" in entry.failing else "str")
        backend = next(v for k, v in names.items() if k in ("answer", "mine"))
        runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), ledger=None, policy="cheapest")
        return runtime.run(fmplang.compile(program))

    with pytest.raises(FmpError) as raised:
        run(entry.failing)
    assert raised.value.code == entry.code
    if "..." not in entry.mended:
        assert run(entry.mended).value


def test_what_is_not_run_is_still_there() -> None:
    assert set(NOT_RUN) <= {e.code for e in ENTRIES}
    assert len(COMMANDS) >= 12 and len(SETTINGS) >= 3, json.dumps([e.code for e in COMMANDS])
