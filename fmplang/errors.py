"""The error tree.

    FmpError                      .code .message .hint
    |-- ProgramError              the text is not a valid program; .diagnostics (FMP0xx to FMP3xx)
    |-- InputError                an input does not fit the entry's parameters (FMP81x)
    |-- ConfigError               settings, pools, files that a user wrote (FMP80x)
    |-- LedgerError               the ledger cannot be read or written (FMP82x)
    |-- RunError                  the program failed while running; .span .source .kind (FMP5xx)
    |-- LimitError                a ceiling was met; .limit .ceiling (FMP6xx)
    |-- BackendError              a backend failed; .site .backend (FMP7xx)
    |   |-- BackendTimeout
    |   |-- DecodeError           the answer does not fit the declared type
    |   `-- NoBackend             nothing in the pool has the capability
    |-- PolicyError               a policy raised, or decided what cannot be (FMP75x)
    `-- EvaluationError           a log says too little of a policy, or a run cannot be replayed (FMP84x)

Every error that leaves fmplang derives from FmpError. `.code` is stable; `.hint` says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmplang.syntax.diagnostics import Diagnostic
    from fmplang.syntax.source import Source, Span

__all__ = [
    "BackendError",
    "BackendTimeout",
    "ConfigError",
    "DecodeError",
    "EvaluationError",
    "FmpError",
    "InputError",
    "LedgerError",
    "LimitError",
    "NoBackend",
    "PolicyError",
    "ProgramError",
    "RunError",
]


class FmpError(Exception):
    """Base of all errors. `exit_code` is what the command line exits with.

    `source` and `span` say where in the program, for every error that has met a place there; `run_id` which run
    failed, where one had begun, and `record` what it left until then (a fmplang.runtime.trace.RunRecord).
    """

    exit_code = 2
    default_code = "FMP800"
    source: Source | None = None
    span: Span | None = None
    run_id: str = ""
    record: Any = None

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]" + (f"\n  {self.hint}" if self.hint else "")


class ProgramError(FmpError):
    exit_code = 1
    default_code = "FMP001"

    def __init__(self, diagnostics: Sequence[Diagnostic], *, hint: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        first = errors[0] if errors else None
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(
            f"{first.where}: {first.title}{more}" if first else "the program is not valid",
            code=first.code if first else None,
            hint=hint or (first.help if first else ""),
        )


class InputError(FmpError):
    """An input does not fit. `name` is the parameter's; `expected` and `found` are types as a program spells them."""

    default_code = "FMP810"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "",
                 name: str = "", expected: str = "", found: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.name = name
        self.expected = expected
        self.found = found


class ConfigError(FmpError):
    default_code = "FMP800"


class LedgerError(FmpError):
    default_code = "FMP820"


class RunError(FmpError):
    """The program failed while running.

    `kind` is the name of the exception CPython would have raised ("ZeroDivisionError").
    """

    exit_code = 3
    default_code = "FMP500"

    def __init__(self, message: str, *, kind: str, code: str | None = None, hint: str = "",
                 source: Source | None = None, span: Span | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.kind = kind
        self.source = source
        self.span = span


class LimitError(FmpError):
    """A limit was met. `limit` is the field's name in `Limits`, `ceiling` its value."""

    exit_code = 4
    default_code = "FMP600"

    def __init__(self, message: str, *, limit: str, ceiling: float, code: str | None = None, hint: str = "",
                 source: Source | None = None, span: Span | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.limit = limit
        self.ceiling = ceiling
        self.source = source
        self.span = span


class BackendError(FmpError):
    """A backend failed. `transient`: the same question may well be answered when it is asked again."""

    exit_code = 5
    default_code = "FMP700"
    transient = False

    def __init__(self, message: str, *, code: str | None = None, hint: str = "",
                 site: str | None = None, backend: str | None = None, transient: bool | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.site = site
        self.backend = backend
        if transient is not None:
            self.transient = transient


class BackendTimeout(BackendError):
    default_code = "FMP701"
    transient = True


class DecodeError(BackendError):
    default_code = "FMP702"


class NoBackend(BackendError):
    default_code = "FMP703"


class PolicyError(FmpError):
    exit_code = 5
    default_code = "FMP750"


class EvaluationError(FmpError):
    exit_code = 1
    default_code = "FMP840"
