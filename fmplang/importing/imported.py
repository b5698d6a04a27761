"""A text of another style in, a formatted and checked FMP program out, with what could not be turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fmplang.check.checker import CheckReport, check
from fmplang.frozen import Frozen
from fmplang.importing.reports import Reports
from fmplang.importing.viper import from_viper
from fmplang.importing.visprog import from_visprog
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.parser import parse
from fmplang.syntax.printer import print_module
from fmplang.syntax.source import Source, Span

Style = Literal["viper", "visprog"]
STYLES: dict[Style, Callable[[Source, Reports, Limits], str]] = {"viper": from_viper, "visprog": from_visprog}


class Imported(Frozen):
    """What became of a published program.

    `reports` are about places in the original: what has no counterpart or was left out. `checked` is the check of
    `text`, the program that came of it, whose source bears the name of the original with ` (imported)` behind it.
    """

    text: str
    reports: tuple[Diagnostic, ...]
    checked: CheckReport

    @property
    def ok(self) -> bool:
        """Whether all of it was turned, and the result checks."""
        return self.checked.ok and not any(d.severity == "error" for d in self.reports)


def import_program(source: Source, style: Style, limits: Limits = Limits()) -> Imported:  # noqa: B008  (frozen)
    """Turn a published program into FMP. Never raises, whatever the text; runs nothing of it.

    `limits` gives the ceilings of source size, nodes and nesting, for the original and for the result.
    """
    reports = Reports(source)
    if len(source.text) > limits.source:
        reports.error("FMP601", f"the program has {len(source.text):,} characters, the limit is {limits.source:,}",
                      Span(limits.source, limits.source + 1), "import it in parts, or raise the limit `source`")
        text = ""
    else:
        text = _formatted(STYLES[style](source, reports, limits), limits)
    checked = check(Source(text, f"{source.name} (imported)"), limits)
    return Imported(text, reports.sorted(), checked)


def _formatted(text: str, limits: Limits) -> str:
    """The canonical layout, where the text parses; else as it is, so that no line of it is lost."""
    source = Source(text)
    parsed = parse(source, limits)
    if any(d.severity == "error" for d in parsed.diagnostics):
        return text
    printed = print_module(parsed.module, source)
    again = parse(Source(printed), limits)
    return printed if ast.same(again.module, parsed.module) else text
