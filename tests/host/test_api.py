"""The public face of the package: these names, and no more until this test says so."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import fmplang

NAMES = [
    "BackendError", "BackendTimeout", "ConfigError", "Decision", "DecodeError", "EvaluationError", "Finished",
    "FmpError", "Group",
    "InputError", "LedgerError", "LimitError", "Limits", "NoBackend", "PolicyError", "Pool", "Program", "ProgramError",
    "Recovery", "Request", "Response", "Run", "RunError", "Runtime", "__version__", "backend", "check", "compile",
    "load",
]


def test_the_public_names() -> None:
    assert sorted(fmplang.__all__) == NAMES
    assert set(NAMES) <= set(dir(fmplang))
    for name in NAMES:
        assert getattr(fmplang, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        fmplang.nonsense  # noqa: B018


def test_what_runtime_takes() -> None:
    assert str(inspect.signature(fmplang.Runtime)) == (
        "(pool: 'str | Pool' = 'embedded', policy: 'str | Policy' = 'counterfactual', *, trade_off: 'float' = 0.3, "
        "budget: 'float | None' = None, horizon: 'int | None' = None, "
        "ledger: 'str | Path | Ledger | None' = None, limits: 'Limits | None' = None, "
        "seed: 'int' = 0, trace_statements: 'bool' = True, recovery: 'Recovery | None' = None, "
        "cache: 'str | Path | Store | None' = None) -> 'None'"
    )
    methods = {name for name, _ in inspect.getmembers(fmplang.Runtime, inspect.isfunction) if name[0] != "_"}
    assert methods == {"run", "arun", "stream", "feedback", "close", "charge", "catch_up"}


def test_every_error_is_one_and_has_a_code() -> None:
    errors = [getattr(fmplang, name) for name in NAMES if name.endswith(("Error", "Timeout", "NoBackend"))]
    assert len(errors) == 13
    for error in errors:
        assert issubclass(error, fmplang.FmpError) and error.default_code.startswith("FMP")
    told = fmplang.ConfigError("no", code="FMP801", hint="do this")
    assert (str(told), told.code, told.hint) == ("no [FMP801]\n  do this", "FMP801", "do this")


@pytest.mark.parametrize("first", ["", "import fmplang.check.types", "from fmplang.check import check",
                                   "import fmplang; fmplang.compile('def main() -> int:\\n    return 1\\n')"])
def test_check_is_a_function_whatever_was_imported_first(first: str) -> None:
    code = f"{first}\nimport fmplang\nfrom fmplang.check import types\nassert not fmplang.check('def main(:').ok"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("text", [
    "", "\0", "\ud800", "def main(:\n", "x" * 100_000, "(" * 10_000, "\t \n  \n\t", "def",
])
def test_check_never_raises_on_bad_text(text: str) -> None:
    report = fmplang.check(text)
    assert not report.ok and report.diagnostics
    first = report.diagnostics[0]
    assert first.code.startswith("FMP") and first.severity == "error" and first.title
    assert first.span is not None and isinstance(first.labels, tuple) and isinstance(first.fixes, tuple)
    with pytest.raises(fmplang.ProgramError) as raised:
        fmplang.compile(text)
    assert raised.value.diagnostics == report.diagnostics or [d.code for d in raised.value.diagnostics] == [
        d.code for d in report.diagnostics]


def test_the_conversation_is_there_without_a_runtime() -> None:
    text = '@neural("vqa")\ndef ask(t: str) -> bool:\n    """{t}"""\n\ndef main(t: str) -> bool:\n    return ask(t)\n'
    execution = fmplang.compile(text).start({"t": "x"})
    step = execution.advance()
    assert isinstance(step, fmplang.Request) and step.prompt == "x" and step.args == {"t": "x"}
    execution.answer(True)
    end = execution.advance()
    assert isinstance(end, fmplang.Finished) and end.value is True


def test_any_function_is_a_backend() -> None:
    @fmplang.backend("vqa", name="mine", cost=1.5)
    def mine(request: fmplang.Request) -> str:
        return "yes" if "dog" in request.prompt else "no"

    text = '@neural("vqa")\ndef ask(t: str) -> bool:\n    """{t}"""\n\ndef main(t: str) -> bool:\n    return ask(t)\n'
    with fmplang.Runtime(pool=fmplang.Pool([mine])) as runtime:
        run = runtime.run(fmplang.compile(text), t="a dog")
    assert (run.value, run.cost, run.trace[0].backend) == (True, 1.5, "mine")
