"""`fmplang feedback`: an outcome for a run, now or days later."""

from __future__ import annotations

from typing import Any

import click

from fmplang.cli.console import note, out, out_json
from fmplang.cli.options import as_json, ledger_options, settings_from
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError
from fmplang.host.feedback import UNSAID, outcome_of
from fmplang.ledger.base import open_ledger


@click.command(name="feedback")
@click.argument("run_id")
@click.option("--label", help="The answer that would have been right.")
@click.option("--reward", metavar="R", help="How good the answer was, from 0 to 1.")
@click.option("--id", "outcome_id", metavar="ID", help="An id of your own: the same id twice counts once.")
@ledger_options
@as_json
def command(run_id: str, label: str | None, reward: str | None, outcome_id: str | None, ledger: str | None,
            no_ledger: bool, as_json: bool) -> None:
    """Record how good a run's answer was: the right answer, or a reward.

    RUN_ID is what the run printed, the first characters of it, or `last`. Giving the same feedback again changes
    nothing; different feedback takes the place of the earlier one.
    """
    path = settings_from(ledger=ledger, no_ledger=no_ledger).ledger.value
    if path is None:
        raise ConfigError("feedback needs a ledger, and the settings say to keep none", code="FMP805",
                          hint="name one with --ledger")
    store = open_ledger(path)
    given: Any = UNSAID if label is None else label
    try:
        stored = store.find_run(run_id)
        outcome = outcome_of(stored, given, None if reward is None else _number(reward), outcome_id=outcome_id)
        new, _ = store.record_outcome(outcome)
    finally:
        store.close()
    if as_json:
        out_json({"version": VERSION, "run_id": outcome.run_id, "outcome_id": outcome.id, "reward": outcome.reward,
                  "label": outcome.label, "new": new})
    else:
        out(f"run {outcome.run_id}: reward {outcome.reward:g}")
        note("recorded" if new else "this outcome was recorded before: nothing has changed")


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text  # refused where rewards are looked at
