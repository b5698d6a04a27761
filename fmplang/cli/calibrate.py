"""`fmplang calibrate`: a warm start for the policy, on inputs of the user's own."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

import click

from fmplang.cli.console import is_terminal, note, out, out_json, table
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, ledger_options, limit_option, settings_from
from fmplang.cli.rows import read_rows
from fmplang.cli.run import runtime_from
from fmplang.cli.schema import VERSION
from fmplang.cli.text import escape
from fmplang.errors import ConfigError
from fmplang.host.calibrate import Calibration, Tried, calibrate
from fmplang.host.decide import policy_name
from fmplang.host.load import compile_source

SHOWN = 8  # configurations


@click.command(name="calibrate")
@click.argument("file")
@click.option("--inputs", "data", required=True, metavar="DATA",
              help="Inputs, one run a line: .jsonl or .csv, - for JSON Lines on standard input.")
@click.option("--label-field", metavar="NAME", help="The field of a line that holds the right answer.")
@click.option("-n", "--count", metavar="N", type=click.IntRange(1), default=60, show_default=True,
              help="How many lines to take, from the first on.")
@click.option("--pool", help="Who can answer: a pool's name or a pool file.")
@click.option("--policy", help="The policy that is to learn from it.")
@click.option("--trade-off", metavar="X", help="What cost is worth in reward (lambda).")
@click.option("--budget", metavar="X", help="The most that it may cost, in the pool's unit.")
@click.option("--seed", metavar="N", help="Where chance begins.")
@limit_option
@ledger_options
@as_json
def command(file: str, data: str, label_field: str | None, count: int, pool: str | None, policy: str | None,
            trade_off: str | None, budget: str | None, seed: str | None, limits: tuple[str, ...], ledger: str | None,
            no_ledger: bool, as_json: bool) -> None:
    """Ask every backend on a few inputs, so that the policy starts with what is known of them all.

    Prints static configurations, one backend for each call site, by their net utility. All that was asked is charged.
    """
    settings = settings_from(limits, no_ledger=no_ledger, pool=pool, policy=policy, trade_off=trade_off,
                             budget=budget, seed=seed, ledger=ledger)
    ceiling = settings.limits_value()
    program = compile_source(program_source(file, ceiling), ceiling)
    rows = list(islice(read_rows(data, program, ceiling, label_field), count))
    if not rows:
        raise ConfigError(f"{data} holds no inputs", code="FMP805", hint="give a file with a line for each run")
    with runtime_from(settings) as runtime:
        found = calibrate(runtime, program, rows, lambda done: _progress(done, len(rows)))
        name = policy_name(runtime.policy)
        if settings.ledger.value is None:
            note("nothing is recorded, so nothing of this will be known to later runs")
    if as_json:
        out_json(_json(found, name, runtime.trade_off))
    else:
        _show(found, name, runtime.trade_off)


def _show(found: Calibration, policy: str, trade_off: float) -> None:
    rows = [[f"{one.net:.4f}", f"{one.utility:.4f}", f"{one.cost:.4f}", _choices(one)] for one in found.tried[:SHOWN]]
    out(table(rows, ["net", "right", "cost", "configuration"], right=frozenset({0, 1, 2})))
    left = len(found.tried) - SHOWN
    note((f"and {left} more; --json has them all\n" if left > 0 else "")
         + f"judged by {found.judge}; net = right - {trade_off:g} * cost, cost as a share of the dearest pass\n"
         f"{escape(policy)} has learned from {found.runs} runs"
         + (f", {found.failed} failed" if found.failed else "")
         + f"; paid {found.spent:g} {escape(found.unit)}, of it {found.trying:g} to try configurations")


def _choices(one: Tried) -> str:
    return ",".join(f"{site}={backend}" for site, backend in one.choices.items())


def _json(found: Calibration, policy: str, trade_off: float) -> dict[str, Any]:
    return {
        "version": VERSION, "policy": policy, "trade_off": trade_off, "runs": found.runs, "failed": found.failed,
        "spent": found.spent, "spent_trying": found.trying, "unit": found.unit, "judge": found.judge,
        "configurations": [{"choices": dict(one.choices), "utility": one.utility, "cost": one.cost, "net": one.net}
                           for one in found.tried],
    }


def _progress(done: int, of: int) -> None:
    if is_terminal(sys.stderr):
        sys.stderr.write(f"\r{done} of {of} inputs" + ("\n" if done == of else ""))
        sys.stderr.flush()
