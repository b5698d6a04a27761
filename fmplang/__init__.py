"""fmplang: programs whose only effect is to call neural functions.

Everything public is reached from here and loaded when first used, so that `import fmplang` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmplang.backends.base import Response as Response
    from fmplang.backends.function import backend as backend
    from fmplang.backends.pool import Pool as Pool
    from fmplang.check import check as check
    from fmplang.errors import BackendError as BackendError
    from fmplang.errors import BackendTimeout as BackendTimeout
    from fmplang.errors import ConfigError as ConfigError
    from fmplang.errors import DecodeError as DecodeError
    from fmplang.errors import EvaluationError as EvaluationError
    from fmplang.errors import FmpError as FmpError
    from fmplang.errors import InputError as InputError
    from fmplang.errors import LedgerError as LedgerError
    from fmplang.errors import LimitError as LimitError
    from fmplang.errors import NoBackend as NoBackend
    from fmplang.errors import PolicyError as PolicyError
    from fmplang.errors import ProgramError as ProgramError
    from fmplang.errors import RunError as RunError
    from fmplang.host.load import compile as compile
    from fmplang.host.load import load as load
    from fmplang.host.recovery import Recovery as Recovery
    from fmplang.host.run import Run as Run
    from fmplang.host.runtime import Runtime as Runtime
    from fmplang.limits import Limits as Limits
    from fmplang.policy.base import Decision as Decision
    from fmplang.runtime.program import Program as Program
    from fmplang.runtime.requests import Finished as Finished
    from fmplang.runtime.requests import Group as Group
    from fmplang.runtime.requests import Request as Request

    __version__: str

# Each public name and the module that has it.
_PUBLIC = {
    "BackendError": "errors", "BackendTimeout": "errors", "ConfigError": "errors", "DecodeError": "errors",
    "EvaluationError": "errors", "FmpError": "errors", "InputError": "errors", "LedgerError": "errors",
    "LimitError": "errors",
    "NoBackend": "errors", "PolicyError": "errors", "ProgramError": "errors", "RunError": "errors",
    "Decision": "policy.base",
    "Finished": "runtime.requests", "Group": "runtime.requests", "Request": "runtime.requests",
    "Limits": "limits",
    "Pool": "backends.pool", "backend": "backends.function", "Response": "backends.base",
    "Program": "runtime.program",
    "Recovery": "host.recovery", "Run": "host.run", "Runtime": "host.runtime",
    "check": "check", "compile": "host.load", "load": "host.load",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        from importlib import import_module

        module = import_module(f"fmplang.{_PUBLIC[name]}")
        value = module if name == "check" else getattr(module, name)  # the package `check` is itself callable
        globals()[name] = value
        return value
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            value = version("fmplang")
        except PackageNotFoundError:  # run from a checkout that was never installed
            value = "0+unknown"
        globals()[name] = value
        return value
    raise AttributeError(f"module 'fmplang' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
