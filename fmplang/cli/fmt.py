"""`fmplang fmt`: the canonical layout. Comments are kept, and what a program means never changes."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from fmplang.cli.console import error_json, note, out, out_json, paint, show_error
from fmplang.cli.files import STDIN, program_files, program_source, write_whole
from fmplang.cli.frames import render
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.schema import VERSION, diagnostic_json
from fmplang.cli.text import escape
from fmplang.errors import ConfigError, FmpError, ProgramError
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.printer import print_module
from fmplang.syntax.source import Source


@dataclass(slots=True)
class Formatted:
    """One file: its canonical text, and whether that differs; or the error that kept it from being read."""

    file: str
    text: str = ""
    changed: bool = False
    error: FmpError | None = None


@click.command(name="fmt")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is not in the canonical layout.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@limit_option
@as_json
def command(files: tuple[str, ...], check: bool, diff: bool, limits: tuple[str, ...], as_json: bool) -> int:
    """Bring programs into the canonical layout: FILE is a file, a folder of .fmp files, or - for standard input.

    Files are changed in place; the text of standard input goes to standard output. A file with a syntax error is left
    as it is.
    """
    if as_json and STDIN in files and not check:
        raise ConfigError("the text of standard input and --json both go to standard output", code="FMP805",
                          hint="add --check, or leave out --json")
    ceiling = settings_from(limits).limits_value()
    writing = not (check or diff)
    found = []
    for file in program_files(files):
        made = _formatted(file, ceiling, diff)
        if writing and made.error is None:
            made = _written(made)
        elif check and made.changed and not as_json:
            out(escape(f"would change {file}"))
        found.append(made)
        if made.error is not None and not as_json:
            _show(made.error)
    if as_json:
        out_json({"version": VERSION, "files": [
            {"file": f.file, "changed": f.changed} if f.error is None else {"file": f.file, **_problem(f.error)}
            for f in found
        ]})
    else:
        changed = sum(f.changed for f in found)
        verb = "changed" if writing else "would change"
        note(f"{len(found)} file{'' if len(found) == 1 else 's'} looked at: {changed or 'none'} {verb}")
    codes = [f.error.exit_code for f in found if f.error is not None]
    return max(codes, default=1 if not writing and any(f.changed for f in found) else 0)


def _formatted(file: str, limits: Limits, diff: bool) -> Formatted:
    try:
        source = program_source(file, limits)
        text = canonical(source, limits)
    except FmpError as error:
        return Formatted(file, error=error)
    if diff and text != source.text:
        from difflib import unified_diff

        before, after = source.text.splitlines(), text.splitlines()
        lines = unified_diff(before, after, f"{file} as it is", f"{file} formatted", lineterm="")
        out("\n".join(escape(line, keep="\t") for line in lines))
    return Formatted(file, text, text != source.text)


def _written(made: Formatted) -> Formatted:
    try:
        if made.file == STDIN:
            sys.stdout.write(made.text)
        elif made.changed:
            write_whole(made.file, made.text)
    except FmpError as error:
        return Formatted(made.file, error=error)
    return made


def canonical(source: Source, limits: Limits) -> str:
    """The text in canonical layout, with the line ends it had. Raises ProgramError where it does not parse."""
    parsed = parse(source, limits)
    if any(d.severity == "error" for d in parsed.diagnostics):
        raise ProgramError(parsed.diagnostics)
    text = print_module(parsed.module, source)
    again = parse(Source(text, source.name), limits)
    if any(d.severity == "error" for d in again.diagnostics) or not ast.same(again.module, parsed.module):
        raise FmpError(f"formatting {source.name} would change what it means", code="FMP832",
                       hint="it is as it was; please report it with the file: this is a fault of fmplang")
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text


def _show(error: FmpError) -> None:
    if not isinstance(error, ProgramError):
        show_error(error)
        return
    for diagnostic in error.diagnostics:
        note(render(diagnostic, paint(sys.stderr)) + "\n")


def _problem(error: FmpError) -> dict[str, object]:
    if isinstance(error, ProgramError):
        return {"changed": False, "diagnostics": [diagnostic_json(d) for d in error.diagnostics]}
    return {"changed": False, "error": error_json(error)}
