"""Tree to typed program."""

from fmplang.check.checker import CheckReport, check
from fmplang.check.sites import all_sites

__all__ = ["CheckReport", "all_sites", "check"]
