"""The command as a process: streams, exit codes, what is loaded, and how it ends when others leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Call

PURE = "def main(text: str) -> int:\n    return len(text)\n"


def fmplang(folder: Path, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("FMPLANG_")}
    return subprocess.run([sys.executable, "-m", "fmplang", *args], cwd=folder, text=True, capture_output=True,
                          env={**own, "XDG_DATA_HOME": str(folder), **(env or {})}, timeout=120)


@pytest.fixture
def pure(tmp_path: Path) -> Path:
    (tmp_path / "p.fmp").write_text(PURE)
    (tmp_path / "q.fmp").write_text(PROGRAM)
    (tmp_path / "fmplang.toml").write_text('[pool]\npreset = "none"\n')
    return tmp_path


def test_a_run_and_its_feedback_in_processes_of_their_own(pure: Path) -> None:
    ran = fmplang(pure, "run", "p.fmp", "--inputs", "text=four", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    told = json.loads(ran.stdout)
    assert told["value"] == 4
    fed = fmplang(pure, "feedback", told["run_id"], "--label", "4")
    assert (fed.returncode, fed.stdout) == (0, f"run {told['run_id']}: reward 1\n")
    assert (pure / "fmplang" / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_what_the_pool_lacks_is_a_backend_error(pure: Path) -> None:
    ran = fmplang(pure, "run", "q.fmp", "--inputs", "text=x")
    assert ran.returncode == 5 and ran.stdout == ""
    assert "error[FMP703]" in ran.stderr and "vqa" in ran.stderr and "--> q.fmp:13:8" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_reader_that_leaves_early_ends_it_quietly(pure: Path) -> None:
    (pure / "long.fmp").write_text('def main() -> list[str]:\n    return ["x" * 1000 for i in range(5000)]\n')
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen([sys.executable, "-m", "fmplang", "run", "long.fmp", "-q", "--no-ledger"], cwd=pure,
                               env=buffered, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_an_interrupt_from_the_keyboard(pure: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "fmplang", "check", "-"], cwd=pure, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"def main() ->")  # it waits for more
    process.stdin.flush()
    import time

    time.sleep(1.0)  # past the start of the interpreter, where a signal would still give Python's own traceback
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"") and err.strip() == b"interrupted"


def test_output_survives_a_narrow_encoding(pure: Path) -> None:
    (pure / "p.fmp").write_text('def main() -> str:\n    return "犬"\n', encoding="utf-8")
    ran = fmplang(pure, "run", "p.fmp", "-q", env={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stdout) == (0, "\\u72ac\n")
    (pure / "p.fmp").write_text('def main() -> str:\n    return 犬\n', encoding="utf-8")
    ran = fmplang(pure, "check", "p.fmp", env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 1 and "\\u72ac" in ran.stdout


def test_debug_shows_where_it_failed_and_otherwise_there_is_no_traceback(pure: Path) -> None:
    assert "Traceback" not in fmplang(pure, "run", "missing.fmp").stderr
    assert "Traceback" in fmplang(pure, "run", "missing.fmp", env={"FMPLANG_DEBUG": "1"}).stderr


def test_a_fault_of_fmplang_itself_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from fmplang.cli.app import app

    def broken(*args: object) -> None:
        raise ZeroDivisionError("oh\x1b[31m")

    monkeypatch.setattr("fmplang.cli.sites.program_source", broken)
    result = CliRunner().invoke(app, ["sites", "query.fmp"])
    assert result.exit_code == 70
    assert "error[FMP899]: fmplang itself failed: ZeroDivisionError: oh\\x1b[31m" in result.stderr


def test_checking_stays_light(pure: Path) -> None:
    code = ("import sys\nfrom fmplang.cli import main\nsys.argv = ['fmplang', 'check', 'p.fmp']\n"
            "try:\n    main()\nexcept SystemExit:\n    print(*sorted(sys.modules))")
    ran = subprocess.run([sys.executable, "-c", code], cwd=pure, capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "fmplang.check.checker" in loaded
    heavy = {"numpy", "PIL", "lark", "sqlalchemy", "rich", "asyncio", "fmplang.host.runtime", "fmplang.runtime.program",
             "importlib.metadata", "tempfile"}
    assert loaded & heavy == set()


def test_python_dash_m_and_the_version(pure: Path) -> None:
    import fmplang as package

    assert fmplang(pure, "--version").stdout == f"fmplang {package.__version__}\n"
    assert "Exit codes: 0" in fmplang(pure, "-h").stdout
