"""`fmplang trace`: the page of a run that the ledger holds, with what was said of its answer since."""

from __future__ import annotations

import click

from fmplang.cli.console import note, out, out_json
from fmplang.cli.files import check_page, program_source, write_page
from fmplang.cli.options import as_json, ledger_options, limit_option, settings_from
from fmplang.cli.schema import VERSION
from fmplang.cli.text import escape
from fmplang.errors import ConfigError
from fmplang.host.credit import credit_of, slice_of
from fmplang.host.feedback import outcome_for
from fmplang.host.load import compile_source
from fmplang.host.recall import recalled
from fmplang.ledger.base import open_ledger


@click.command(name="trace")
@click.argument("run_id")
@click.option("--out", "page", metavar="OUT.html", required=True, help="The page to write.")
@click.option("--program", "file", metavar="FILE", help="The program, where it does not lie where it did.")
@limit_option
@ledger_options
@as_json
def command(run_id: str, page: str, file: str | None, limits: tuple[str, ...], ledger: str | None, no_ledger: bool,
            as_json: bool) -> None:
    """Show a recorded run as a page, with the credit of its calls where there was feedback.

    RUN_ID is what the run printed, the first characters of it, or `last`. The program has to be the one that ran;
    pictures are shown where they still lie where they did.
    """
    check_page(page)
    settings = settings_from(limits, no_ledger=no_ledger, ledger=ledger)
    path, ceiling = settings.ledger.value, settings.limits_value()
    if path is None:
        raise ConfigError("this needs a ledger, and the settings say to keep none", code="FMP805",
                          hint="name one with --ledger")
    store = open_ledger(path)
    try:
        stored = store.find_run(run_id)
    finally:
        store.close()
    program = compile_source(program_source(file or stored.record.name, ceiling), ceiling)
    run = recalled(stored.record, program, ceiling)
    outcome = outcome_for(run, stored.outcomes[-1]) if stored.outcomes else None
    credit = credit_of(program, run, slice_of(program, run, ceiling), outcome)
    from fmplang.pages.trace import trace_page

    write_page(page, trace_page(program, run, credit, outcome))
    if as_json:
        out_json({"version": VERSION, "run_id": run.id, "page": page, **credit})
    else:
        out(page)
        note(escape(f"run {run.id} of {program.source.name}"))
