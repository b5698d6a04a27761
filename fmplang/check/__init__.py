"""Tree to typed program.

The package is itself callable, because the public function `fmplang.check(text)` bears its name, and whichever
of the two `fmplang.check` means, depending on what was imported first, has to work as both.
"""

import sys
from types import ModuleType
from typing import Any

from fmplang.check.checker import CheckReport, check
from fmplang.check.sites import all_sites

__all__ = ["CheckReport", "all_sites", "check"]


class _Callable(ModuleType):
    def __call__(self, *args: Any, **more: Any) -> CheckReport:
        return check(*args, **more)


sys.modules[__name__].__class__ = _Callable
