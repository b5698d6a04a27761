"""`fmplang check`: every independent diagnostic of every file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

import fmplang
from fmplang.check import CheckReport, check
from fmplang.cli.console import error_json, note, out, out_json, paint, show_error
from fmplang.cli.files import STDIN, program_files, program_source, write_whole
from fmplang.cli.fixes import mended
from fmplang.cli.frames import render
from fmplang.cli.options import as_json, limit_option, pricing_options, settings_from
from fmplang.cli.pricing import affordable
from fmplang.cli.schema import VERSION, diagnostic_json
from fmplang.errors import ConfigError, FmpError
from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.syntax.diagnostics import Diagnostic


class Checked(Frozen):
    """One file and what was found in it; `error` where it could not be read or written."""

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    fixed: int = 0
    error: FmpError | None = None

    def count(self, severity: str) -> int:
        return sum(d.severity == severity for d in self.diagnostics)


@click.command(name="check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--fix", is_flag=True, help="Apply the fixes that are safe; with - the fixed text is printed.")
@click.option("--strict", is_flag=True, help="Warnings count as findings too.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF 2.1.0, for code scanning.")
@click.option("--budget", metavar="X", help="Refuse programs of which a run may cost more, in the pool's unit.")
@pricing_options
@limit_option
@as_json
def command(files: tuple[str, ...], fix: bool, strict: bool, as_sarif: bool, budget: str | None,
            limits: tuple[str, ...], as_json: bool, **pricing: str | None) -> int:
    """Type check programs: FILE is a file, a folder of .fmp files, or - for standard input.

    Prints every independent diagnostic on standard output (with --fix of standard input: on standard error).
    Exits with 1 where a program has errors. With --budget it is an error where the most that a run may cost, as
    `fmplang cost` tells it, is more than that; the budget of the settings is not looked at.
    """
    if as_json and as_sarif:
        raise ConfigError("--json and --sarif both print the findings", code="FMP805", hint="leave one of them out")
    printed = as_json or as_sarif
    if fix and printed and STDIN in files:
        raise ConfigError(f"--fix of standard input prints the text, and --{'json' if as_json else 'sarif'} prints the "
                          "findings", code="FMP805", hint="leave one of them out")
    ceiling = settings_from(limits).limits_value()
    afford = None if budget is None else affordable(budget, limits, **pricing)
    found = []
    for file in program_files(files):
        checked = _check(file, fix, ceiling, afford)
        found.append(checked)
        if not printed:
            _show(checked, note if fix and STDIN in files else out)
    wrong = any(c.count("error") or (strict and c.count("warning")) for c in found)
    failed = any(c.error for c in found)
    if as_json:
        out_json({"version": VERSION, "ok": not (wrong or failed), "files": [_file_json(c) for c in found]})
    elif as_sarif:
        from fmplang.cli.sarif import sarif_log
        out_json(sarif_log([(c.file, c.diagnostics, c.error) for c in found], fmplang.__version__))
    else:
        note(_summary(found))
    return 2 if failed else 1 if wrong else 0


def _check(file: str, fix: bool, limits: Limits, afford: Callable[[CheckReport], tuple[Diagnostic, ...]] | None = None,
           ) -> Checked:
    try:
        source = program_source(file, limits)
        report = check(source, limits)
        fixed = 0
        if fix:
            report, fixed = mended(report, limits)
        text = report.source.text
        if fixed and file != STDIN:
            write_whole(file, text)
        elif fix and file == STDIN:
            out(text.removesuffix("\n"))
        dear = () if afford is None else afford(report)
        return Checked(file, (*report.diagnostics, *dear), fixed)
    except FmpError as error:
        return Checked(file, error=error)


def _show(checked: Checked, write: Callable[[str], None]) -> None:
    if checked.error is not None:
        show_error(checked.error)
    colours = paint(sys.stderr if write is note else sys.stdout)
    for diagnostic in checked.diagnostics:
        write(render(diagnostic, colours) + "\n")


def _file_json(checked: Checked) -> dict[str, Any]:
    made: dict[str, Any] = {
        "file": checked.file,
        "ok": checked.error is None and not checked.count("error"),
        "fixed": checked.fixed,
        "diagnostics": [diagnostic_json(d) for d in checked.diagnostics],
    }
    if checked.error is not None:
        made["error"] = error_json(checked.error)
    return made


def _summary(found: list[Checked]) -> str:
    def told(count: int, what: str) -> str:
        return f"{count} {what}{'' if count == 1 else 's'}"

    errors, warnings = sum(c.count("error") for c in found), sum(c.count("warning") for c in found)
    parts = [told(errors, "error")] if errors else []
    parts += [told(warnings, "warning")] if warnings else []
    fixed = sum(c.fixed for c in found)
    unread = sum(c.error is not None for c in found)
    text = f"{told(len(found), 'file')} checked: {', '.join(parts) if parts else 'no findings'}"
    text += f"; {told(fixed, 'fix').replace('fixs', 'fixes')} applied" if fixed else ""
    return text + (f"; {told(unread, 'file')} not read" if unread else "")
