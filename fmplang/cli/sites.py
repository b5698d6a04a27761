"""`fmplang sites`: the call sites of a program."""

from __future__ import annotations

import click

from fmplang.check import all_sites, check
from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.schema import VERSION, span_json
from fmplang.cli.text import escape
from fmplang.errors import ProgramError


@click.command(name="sites")
@click.argument("file")
@limit_option
@as_json
def command(file: str, limits: tuple[str, ...], as_json: bool) -> None:
    """List a program's call sites.

    A site's id stays the same when the program is formatted, commented or has its locals renamed; a policy and
    the ledger know a site by it.
    """
    ceiling = settings_from(limits).limits_value()
    report = check(program_source(file, ceiling), ceiling)
    if report.program is None:
        raise ProgramError(report.diagnostics)
    entry = report.program.entry.name
    found = list(all_sites(report.program))
    if as_json:
        out_json({
            "version": VERSION,
            "entry": entry,
            "sites": [
                {"id": site.id, "function": site.function.name, "capability": site.function.capability,
                 "returns": str(site.function.returns), "file": site.source.name,
                 "span": span_json(site.source, site.span)}
                for site in found
            ],
        })
        return
    if not found:
        note("the program has no call sites: it asks no model")
        return
    rows = []
    for site in found:
        line, column = site.source.position(site.span.start)
        rows.append([site.id, site.function.name, site.function.capability, str(site.function.returns),
                     f"{site.source.name}:{line}:{column}"])
    out(table(rows, ["site", "function", "capability", "returns", "place"]))
    note(escape(f"{len(found)} site{'' if len(found) == 1 else 's'} reached from {entry}"))
