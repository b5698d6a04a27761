"""What the documents say is run: programs are checked, commands exist, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import fmplang

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    page for folder in ("docs", "benchmarks") for page in (ROOT / folder).glob("*.md")
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#[^)]*)?\)")


def programs() -> list[object]:
    found = []
    for page in (ROOT / "README.md", ROOT / "docs" / "language.md"):
        for i, (kind, text) in enumerate(FENCE.findall(page.read_text(encoding="utf-8"))):
            if kind == "python" and re.search(r"^def \w+\(", text, re.MULTILINE) and "import fmplang" not in text:
                found.append(pytest.param(text, id=f"{page.stem}-{i}"))
    assert len(found) >= 6
    return found


@pytest.mark.parametrize("text", programs())
def test_a_program_in_a_document_checks(text: str) -> None:
    assert [f"{d.where}: {d.code} {d.title}" for d in fmplang.check(text).diagnostics] == []


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (text,) = [
        text for kind, text in FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
        if kind == "python" and "import fmplang" in text
    ]
    file = tmp_path / "snippet.py"
    file.write_text(text, encoding="utf-8")
    settings = {**os.environ, "FMPLANG_LEDGER": str(tmp_path / "runs.db")}
    done = subprocess.run([sys.executable, str(file)], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(("True ", "False "))


def test_the_python_of_the_page_on_learning_runs_and_learns(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = [text for kind, text in FENCE.findall((ROOT / "docs" / "learning.md").read_text(encoding="utf-8"))
               if kind == "python"]
    file = tmp_path / "snippet.py"
    file.write_text(text, encoding="utf-8")
    runpy.run_path(str(file))
    assert capsys.readouterr().out == "['small'] 1.0\n"


@pytest.mark.parametrize(("policy", "answer"), [("strongest", True), ("cheapest", False)])
def test_the_first_program_of_the_readme_answers_as_its_table_says(policy: str, answer: bool) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = [text for kind, text in FENCE.findall(readme) if kind == "python" and "def main(" in text]
    runtime = fmplang.Runtime(policy=policy)
    assert runtime.run(fmplang.compile(text), image=ROOT / "examples" / "inputs" / "chelsea.jpg").value is answer


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert not target or (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_in_code_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"\b((?:fmplang|tests|examples|stdlib|grammar|docs|benchmarks)/[\w/.*-]+[\w*])", text):
        if "data/" not in path:
            assert list(ROOT.glob(path)), f"{page.name} names {path}"


def test_the_page_of_the_library_is_what_the_library_says() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_library.py"))["page"]()
    assert (ROOT / "docs" / "library.md").read_text(encoding="utf-8") == page


def test_the_command_that_shows_a_run_as_a_page_writes_one(tmp_path: Path) -> None:
    (text,) = [text for kind, text in FENCE.findall((ROOT / "docs" / "trace.md").read_text(encoding="utf-8"))
               if not kind]
    command = text.strip().replace("run.html", str(tmp_path / "run.html")).split()
    assert command[0] == "fmplang"
    settings = {**os.environ, "FMPLANG_LEDGER": str(tmp_path / "runs.db")}
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
    assert "credit 0" in (tmp_path / "run.html").read_text(encoding="utf-8")


def command_line(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "FMPLANG_LEDGER": str(folder / "runs.db"), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "fmplang", *args], cwd=folder, env=settings, capture_output=True,
                          text=True)


def test_the_page_on_costs_shows_what_the_command_prints(tmp_path: Path) -> None:
    """But for the costs themselves, which are measured anew from time to time."""
    fences = FENCE.findall((ROOT / "docs" / "cost.md").read_text(encoding="utf-8"))
    cost, check = [text.split() for kind, text in fences if not kind]
    (shown,) = [text for kind, text in fences if kind == "text"]
    done = command_line(ROOT, *cost[1:])
    assert done.returncode == 0, done.stderr

    def calls(text: str) -> list[str]:
        return [re.match(r"(.*?(?: +(?:[\d.]+|\?)){3})?", line)[0] for line in text.splitlines()]  # type: ignore[index]

    assert calls(done.stdout) == calls(shown) and "a run" in shown
    refused = command_line(ROOT, *check[1:])
    assert refused.returncode == 1 and "FMP617" in refused.stdout


def test_the_page_on_dry_runs_shows_what_the_command_prints(tmp_path: Path) -> None:
    fences = FENCE.findall((ROOT / "docs" / "dryrun.md").read_text(encoding="utf-8"))
    program, snippet = [text for kind, text in fences if kind == "python"]
    (command,) = [text.split() for kind, text in fences if not kind]
    (shown,) = [text for kind, text in fences if kind == "text"]
    (tmp_path / command[-1]).write_text(program, encoding="utf-8")
    done = command_line(tmp_path, *command[1:])
    assert (done.returncode, done.stdout.strip()) == (1, shown.strip()), done.stderr
    file = tmp_path / "snippet.py"
    file.write_text(snippet, encoding="utf-8")
    runpy.run_path(str(file))


def test_the_commands_of_the_page_on_streams_of_ones_own_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "stream.md").read_text(encoding="utf-8")
    commands = [text.strip() for kind, text in FENCE.findall(page) if not kind]
    settings = {**os.environ, "FMPLANG_LEDGER": str(tmp_path / "runs.db")}
    counts = []
    for command in commands:
        done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, env=settings, capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stderr
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        counts.append((len(rows), sum(row.get("earlier", False) for row in rows)))
    assert counts == [(4, 0), (len(list((ROOT / "examples" / "inputs").glob("*.[jp][pn]g"))), 0), (20, 4)]


def readme_command(name: str) -> str:
    script = ROOT / ".ci" / "readme-command"
    return subprocess.run(["bash", str(script), name], capture_output=True, text=True, check=True).stdout.strip()


def test_ci_runs_the_commands_of_the_readme_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in ("run", "test"):
        command = readme_command(name)
        assert command.startswith("python3 -m venv .venv && ")
        assert f"\n{command}\n" in readme
        assert f"$(.ci/readme-command {name})" in script
    assert readme_command("test").endswith("pytest -q")
    assert readme_command("answer") == "True"


def test_the_readme_command_of_an_unknown_name_fails() -> None:
    done = subprocess.run(["bash", str(ROOT / ".ci" / "readme-command"), "nothing"], capture_output=True, text=True)
    assert done.returncode == 1 and "nothing" in done.stderr
