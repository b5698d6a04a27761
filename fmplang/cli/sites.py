"""`fmplang sites`: the call sites of a program."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fmplang.check.typed import NeuralFunction, Site, SiteNode, TypedProgram
from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.schema import VERSION, span_json
from fmplang.cli.text import escape


@click.command(name="sites")
@click.argument("file")
@limit_option
@as_json
def command(file: str, limits: tuple[str, ...], as_json: bool) -> None:
    """List a program's call sites.

    A site's id stays the same when the program is formatted, commented or has its locals renamed; a policy and
    the ledger know a site by it.
    """
    from fmplang.check import check
    from fmplang.errors import ProgramError

    ceiling = settings_from(limits).limits_value()
    report = check(program_source(file, ceiling), ceiling)
    if report.program is None or not report.ok:
        raise ProgramError(report.diagnostics)
    found = list(all_sites(report.program))
    if as_json:
        out_json({
            "version": VERSION,
            "entry": report.program.entry.name,
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
    note(escape(f"{len(found)} site{'' if len(found) == 1 else 's'} reached from {report.program.entry.name}"))


def all_sites(program: TypedProgram) -> Iterator[Site]:
    """Every site, in source order along every path from the entry. The checker has bounded their number."""
    stack: list[SiteNode | Site] = [program.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Site):
            yield node
            continue
        below: list[SiteNode | Site] = []
        for index, call in enumerate(node.function.calls):
            below.append(node.site(index) if isinstance(call.target, NeuralFunction) else node.child(index))
        stack += reversed(below)
