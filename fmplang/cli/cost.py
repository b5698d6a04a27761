"""`fmplang cost`: how often a program asks and what a run costs, from its text alone."""

from __future__ import annotations

from typing import Any

import click

from fmplang.check import check
from fmplang.check.bounds import USUAL, Bounds, PathBounds, Range
from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, limit_option, pricing_options, settings_from
from fmplang.cli.pricing import Pricing, at_least_zero
from fmplang.cli.schema import VERSION, span_json
from fmplang.cli.text import escape
from fmplang.errors import ConfigError, ProgramError
from fmplang.syntax.source import Source


@click.command(name="cost")
@click.argument("file")
@pricing_options
@click.option("--length", metavar="N", help=f"How long a list of unknown length is on average, {USUAL:g} by default.")
@click.option("--ledger", metavar="PATH", help="Take the averages from the recorded runs of this program.")
@limit_option
@as_json
def command(file: str, length: str | None, ledger: str | None, limits: tuple[str, ...], as_json: bool,
            **pricing: str | None) -> None:
    """Say how often a program asks and what that costs: at least, on average, at most, for each site and each path.

    Nothing is asked. No run that comes to its end asks less than the least or more than the most. The averages are of
    a model: tests come out either way as often, lists of unknown length have --length elements.
    """
    ceiling = settings_from(limits).limits_value()
    report = check(program_source(file, ceiling), ceiling)
    if report.program is None:
        raise ProgramError(report.diagnostics)
    priced = Pricing(limits, **pricing)
    found = priced.bounds(report.program, None if length is None else at_least_zero("length", length))
    runs = 0
    if ledger is not None:
        found, runs = _from_ledger(found, ledger)
    if as_json:
        out_json(_json(found, priced, runs))
    else:
        _tell(found, priced, runs)


def _from_ledger(found: Bounds, ledger: str) -> tuple[Bounds, int]:
    from fmplang.cli.evaluate import existing_ledger
    from fmplang.host.costs import observed, with_observed
    from fmplang.runtime.program import Program

    if ledger == "none":
        raise ConfigError("the averages can only come from a ledger that is there", code="FMP805",
                          hint="leave --ledger out, and they come from the model")
    store = existing_ledger(settings_from(ledger=ledger))
    try:
        seen = observed(store.runs(), Program(found.program).digest)
    finally:
        store.close()
    return with_observed(found, seen), seen.runs


def _tell(found: Bounds, priced: Pricing, runs: int) -> None:
    entry = found.program.entry
    source = found.program.source
    if not found.sites:
        note("the program has no call sites: it asks no model and costs nothing")
        return
    heads = ["calls least", "mean", "most", "cost least", "mean", "most"]
    right = frozenset(range(1, 7))
    rows = [[each.site.id, *_cells(each.calls), *_cells(each.cost)] for each in found.sites]
    rows.append(["a run", *_cells(found.calls), *_cells(found.cost)])
    out(table(rows, ["site", *heads], right=right))
    if len(found.paths) > 1:
        out("")
        told = [[path_told(each, source), *_cells(each.calls), *_cells(each.cost)] for each in found.paths]
        out(table(told, ["path", *heads], right=right))
    unit = priced.pool.unit
    out("")
    out(escape(f"at most {found.everything:.6g} {unit} with every retry, fallback and second opinion"))
    size = priced.sizes
    note(escape(f"costs in {unit}, of the pool {priced.pool.name}, for pictures up to {size.width}x{size.height} and "
                f"texts up to {size.characters} characters"))
    if runs:
        note(f"the means of sites and of a run are those of {runs} recorded run{'' if runs == 1 else 's'}")
    if found.stopped:
        note(f"only the limit neural_calls keeps a run at {found.neural_calls} calls; one that meets it fails")
    if found.calls.least > found.neural_calls:
        note(f"no run of {entry.name} can come to its end: each needs {found.calls.least:g} calls at least")


def path_told(path: PathBounds, source: Source) -> str:
    """As in "8 yes, 11 no, ends at 13": the lines of the choices, and of the end."""
    told = [f"{source.position(turn.span.start)[0]} {turn.side}" for turn in path.turns]
    if path.end is not None:
        told.append(f"ends at {source.position(path.end.start)[0]}")
    return ", ".join(told) if told else "straight through"


def _cells(told: Range) -> list[str]:
    return ["?" if value is None else f"{value:.4g}" for value in (told.least, told.mean, told.most)]


def _json(found: Bounds, priced: Pricing, runs: int) -> dict[str, Any]:
    source = found.program.source
    size = priced.sizes
    return {
        "version": VERSION, "file": source.name, "entry": found.program.entry.name, "pool": priced.pool.name,
        "unit": priced.pool.unit, "calls": _range(found.calls), "cost": _range(found.cost),
        "everything": found.everything, "stopped_by_limit": found.stopped, "followed": found.followed,
        "neural_calls": found.neural_calls, "runs": runs,
        "sizes": {"image": [size.width, size.height], "text": size.characters},
        "sites": [
            {"id": each.site.id, "function": each.site.function.name, "file": each.site.source.name,
             "span": span_json(each.site.source, each.site.span), "calls": _range(each.calls),
             "cost": _range(each.cost)}
            for each in found.sites
        ],
        "paths": [
            {"turns": [{"side": turn.side, "span": span_json(source, turn.span)} for turn in each.turns],
             "end": None if each.end is None else span_json(source, each.end), "chance": each.chance,
             "calls": _range(each.calls), "cost": _range(each.cost)}
            for each in found.paths
        ],
    }


def _range(told: Range) -> dict[str, float | None]:
    return {"least": told.least, "mean": told.mean, "most": told.most}
