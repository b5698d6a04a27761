"""`fmplang import`: a published visual program as typed FMP."""

from __future__ import annotations

import sys

import click

from fmplang.cli.console import is_terminal, note, out, out_json, paint
from fmplang.cli.files import program_source, write_whole
from fmplang.cli.frames import render
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.schema import VERSION, diagnostic_json
from fmplang.cli.text import escape
from fmplang.importing import STYLES, import_program


@click.command(name="import")
@click.argument("file")
@click.option("--from", "style", type=click.Choice(list(STYLES)), required=True, help="How the program is written.")
@click.option("--out", "target", metavar="FILE", help="Write the program there in place of standard output.")
@limit_option
@as_json
def command(file: str, style: str, target: str | None, limits: tuple[str, ...], as_json: bool) -> int:
    """Turn a published visual program into typed FMP: FILE is a file, or - for standard input.

    Types are added, names and steps mapped, comments kept; nothing is run. What could not be turned, and what is
    wrong with the program, goes to standard error. Exits with 1 where there are errors.
    """
    ceiling = settings_from(limits).limits_value()
    made = import_program(program_source(file, ceiling), style, ceiling)  # type: ignore[arg-type]  # click checked it
    if target is not None:
        write_whole(target, made.text)
    if as_json:
        out_json({"version": VERSION, "ok": made.ok, "program": made.text, "out": target,
                  "reports": [diagnostic_json(d) for d in made.reports],
                  "diagnostics": [diagnostic_json(d) for d in made.checked.diagnostics]})
        return 0 if made.ok else 1
    if target is None and made.text:
        text = made.text.removesuffix("\n")
        out(escape(text, keep="\n\t") if is_terminal(sys.stdout) else text)
    found = [*made.reports, *(made.checked.diagnostics if made.text else ())]
    for diagnostic in found:
        note(render(diagnostic, paint(sys.stderr)) + "\n")
    errors = sum(d.severity == "error" for d in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    told = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count]
    note(f"imported: {', '.join(told) or 'no findings'}")
    return 0 if made.ok else 1
