"""`fmplang evaluate`: what another policy would earn, from the decisions in a ledger."""

from __future__ import annotations

import os
import re
from typing import Any

import click

from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.progress import counting
from fmplang.cli.schema import VERSION
from fmplang.cli.text import escape
from fmplang.config import Settings
from fmplang.errors import ConfigError, LedgerError
from fmplang.host.evaluate import Evaluation, evaluate
from fmplang.host.load import compile_source
from fmplang.ledger.base import Ledger, open_ledger
from fmplang.ledger.offpolicy import ESTIMATORS, Estimate, Three

DIGEST = re.compile(r"[0-9a-f]{4,32}\Z")
CALLED = {"dr": "doubly robust", "ipw": "importance weighted", "snipw": "self-normalised"}


@click.command(name="evaluate")
@click.option("--policy", required=True, help="The policy to evaluate, by name as for `fmplang run`.")
@click.option("--ledger", metavar="PATH", help="The file that runs were recorded in.")
@click.option("--estimator", type=click.Choice(ESTIMATORS), default="dr", show_default=True,
              help="Doubly robust, importance weighted per decision, or its self-normalised form.")
@click.option("--trade-off", metavar="X", help="What cost is worth in reward (lambda); by default the last run's.")
@click.option("--program", metavar="FILE | DIGEST", help="Whose runs, where the ledger holds several programs'; the "
                                                         "file is needed too where features must be computed.")
@click.option("--teach", type=float, metavar="SHARE",
              help="The share of the log that a learning policy first learns from.  [default: 0.5]")
@click.option("--seed", metavar="N", help="Where chance begins.")
@limit_option
@as_json
def command(policy: str, ledger: str | None, estimator: str, trade_off: str | None, program: str | None,
            teach: float | None, seed: str | None, limits: tuple[str, ...], as_json: bool) -> None:
    """Say from the ledger what another policy would earn per run, without asking any backend.

    Runs are weighed by how likely the policy would have taken the logged decisions. A policy that learns is taught on
    the first half of the log and judged, as it then is, on the rest. Outcomes are taken to be missing at random. Where
    the log says too little the estimate is refused, with exit code 1.
    """
    settings = settings_from(limits, policy=policy, ledger=ledger, trade_off=trade_off, seed=seed)
    ceiling = settings.limits_value()
    digest, loaded = "", None
    if program is not None and DIGEST.match(program) and not os.path.exists(program):
        digest = program
    elif program is not None:
        loaded = compile_source(program_source(program, ceiling), ceiling)
    store = existing_ledger(settings)
    try:
        with counting("evaluating") as progress:
            found = evaluate(store, policy, estimator=estimator,
                             trade_off=None if trade_off is None else settings.trade_off.value, program=loaded,
                             digest=digest, teach=teach, seed=settings.seed.value, limits=ceiling, progress=progress)
    finally:
        store.close()
    if as_json:
        out_json(_json(found))
    else:
        _tell(found)


def existing_ledger(settings: Settings) -> Ledger:
    """The ledger that the settings name, to be read. ConfigError or LedgerError where there is none."""
    path = settings.ledger.value
    if path is None:
        raise ConfigError("this needs a ledger, and the settings say to keep none", code="FMP805",
                          hint="name one with --ledger")
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}", code="FMP821",
                          hint="name the one that the runs were recorded in with --ledger")
    return open_ledger(path)


def _tell(found: Evaluation) -> None:
    report = found.report
    names = ", ".join(found.logged)
    out(escape(f"{found.policy} on {report.runs} runs of {found.name or found.program[:8]}, logged by {names}; "
               f"{CALLED[report.estimator]}\n"))
    rows = []
    for name, what in (("utility", "utility"), ("cost", "cost, of the dearest pass"),
                       ("net", f"net at {report.trade_off:g}")):
        own, logged = getattr(report.target, name), getattr(report.logged, name)
        rows.append([what, f"{own.value:.4f}", _span(own), f"{logged.value:.4f}",
                     _span(logged)])
    head = f"{100 * report.level:g}% interval"
    out(table(rows, ["per run", found.policy, head, "logged", head], right=frozenset({1, 3})))
    gain = report.gain
    out(f"\nnet above the logged one: {gain.value:+.4f}, {100 * report.level:g}% between {gain.low:+.4f} and "
        f"{gain.high:+.4f}")
    note(f"effective runs {report.effective:.0f}, largest weight {100 * report.largest:.1f}%, {report.judged} of "
         f"{report.runs} runs with outcomes, {found.taught} runs before them to learn from")


def _span(told: Estimate) -> str:
    return f"{told.low:.4f} to {told.high:.4f}"


def _json(found: Evaluation) -> dict[str, Any]:
    report = found.report
    return {
        "version": VERSION, "policy": found.policy, "logged": list(found.logged), "program": found.program,
        "name": found.name, "estimator": report.estimator, "trade_off": report.trade_off, "level": report.level,
        "runs": report.runs, "judged": report.judged, "taught": found.taught, "effective": report.effective,
        "largest": report.largest, "target": _three(report.target), "logged_means": _three(report.logged),
        "gain": _one(report.gain),
    }


def _three(told: Three) -> dict[str, Any]:
    return {"utility": _one(told.utility), "cost": _one(told.cost), "net": _one(told.net)}


def _one(told: Estimate) -> dict[str, float]:
    return {"value": told.value, "error": told.error, "low": told.low, "high": told.high}
