"""The wheel carries what a program needs, and works where the checkout is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = ("torch", "transformers", "opencv", "scikit", "pytesseract", "tokenizers", "httpx", "openai", "accelerate")


def test_the_core_has_few_and_light_dependencies() -> None:
    core = PROJECT["dependencies"]
    assert len(core) <= 8
    assert [d for d in core if d.startswith(HEAVY)] == []


def test_no_extra_but_the_ones_that_say_so_bring_torch() -> None:
    extras = PROJECT["optional-dependencies"]

    def needs_torch(name: str) -> bool:
        return any(
            d.startswith("torch") or (d.startswith("fmplang[") and any(map(needs_torch, d[8:-1].split(","))))
            for d in extras[name]
        )

    assert {name for name in extras if needs_torch(name)} == {"torch", "hf"}


def test_the_constraints_admit_no_cuda_build_on_linux() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    torch = [line for line in lines if line.startswith("torch")]
    assert torch == ['torch==2.13.0+cpu; platform_system == "Linux"', 'torch==2.13.0; platform_system != "Linux"']
    assert all("==" in line for line in lines if line and not line.startswith("#"))


def run(*command: str | Path, **settings: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, **settings)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_carries_grammar_library_and_tables(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (*(ROOT / "grammar").glob("*.lark"), *(ROOT / "stdlib").glob("*.fmp")):
        assert f"fmplang/data/{path.relative_to(ROOT)}" in names
    for path in (ROOT / "fmplang").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(ROOT)) in names
    assert not [name for name in names if name.startswith(("tests/", "examples/", "benchmarks/"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_an_installed_wheel_checks_and_runs_with_the_core_alone(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FMPLANG", "VIRTUAL"))}
    clean["HOME"] = str(tmp_path)

    installed = run(python, "-m", "pip", "list", env=clean).stdout.lower()
    assert not [name for name in HEAVY if f"\n{name}" in installed]

    program = tmp_path / "p.fmp"
    program.write_text("def main(a: int) -> int:\n    return a + 1\n", encoding="utf-8")
    fmplang = environment / "bin" / "fmplang"
    run(fmplang, "check", program, cwd=tmp_path, env=clean)
    assert run(fmplang, "run", program, "--inputs", "a=41", cwd=tmp_path, env=clean).stdout == "42\n"
    run(fmplang, "sites", ROOT / "examples" / "faces.fmp", cwd=tmp_path, env=clean)

    # Without the extra, asking for a model says what to install.
    picture = tmp_path / "p.png"
    run(python, "-c", f"from PIL import Image; Image.new('RGB', (40, 40)).save({str(picture)!r})", env=clean)
    lacking = subprocess.run(
        [fmplang, "run", ROOT / "examples" / "faces.fmp", "--inputs", f"image={picture}"],
        capture_output=True, text=True, cwd=tmp_path, env=clean, timeout=600,
    )
    assert lacking.returncode == 5, lacking.stderr
    assert "FMP70" in lacking.stderr and "fmplang[" in lacking.stderr
    assert "Traceback" not in lacking.stderr
