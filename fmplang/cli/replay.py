"""`fmplang replay`: a run again with its own answers, or a policy on all runs whose answers are known."""

from __future__ import annotations

from dataclasses import asdict

import click

from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.evaluate import existing_ledger
from fmplang.cli.files import program_source
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.progress import counting
from fmplang.cli.schema import VERSION
from fmplang.cli.text import escape
from fmplang.errors import ConfigError
from fmplang.host.load import compile_source
from fmplang.host.replaying import PolicyReplay, replay_ledger
from fmplang.host.rerun import Rerun, rerun
from fmplang.runtime.values import to_json


@click.command(name="replay")
@click.argument("run_id", required=False)
@click.option("--program", "file", metavar="FILE", required=True, help="The program that was run.")
@click.option("--policy", help="Replay this policy on all runs of the program instead of one run as it was.")
@click.option("--trade-off", metavar="X", help="What cost is worth in reward (lambda); by default each run's own.")
@click.option("--ledger", metavar="PATH", help="The file that runs were recorded in.")
@click.option("--seed", metavar="N", help="Where chance begins.")
@limit_option
@as_json
def command(run_id: str | None, file: str, policy: str | None, trade_off: str | None, ledger: str | None,
            seed: str | None, limits: tuple[str, ...], as_json: bool) -> int:
    """Run again with answers that are known already. No backend is asked and nothing is paid.

    With a RUN_ID (its first characters, or `last`): the run with its recorded answers; exits with 1 where its calls or
    its value are no longer the same. With --policy: what that policy would have earned on the recorded runs, where the
    answers that it asks for were paid for by the run or its shadows; the others are counted, not guessed.
    """
    if (run_id is None) == (policy is None):
        raise ConfigError("replay takes either a RUN_ID or --policy", code="FMP805",
                          hint="fmplang replay last --program FILE, or fmplang replay --policy NAME --program FILE")
    settings = settings_from(limits, policy=policy, trade_off=trade_off, ledger=ledger, seed=seed)
    ceiling = settings.limits_value()
    program = compile_source(program_source(file, ceiling), ceiling)
    store = existing_ledger(settings)
    try:
        if run_id is not None:
            told = rerun(store.find_run(run_id), program, ceiling)
            return _tell_run(told, as_json)
        with counting("replaying") as progress:
            found = replay_ledger(settings.policy.value, program, store,
                                  trade_off=None if trade_off is None else settings.trade_off.value,
                                  seed=settings.seed.value, limits=ceiling, progress=progress)
    finally:
        store.close()
    return _tell_policy(found, as_json)


def _tell_run(told: Rerun, as_json: bool) -> int:
    if told.edited:
        note("the program was edited since the run: its digest is another one")
    if as_json:
        out_json({"version": VERSION, "run_id": told.run_id, "same": told.same, "edited": told.edited,
                  "calls": told.calls, "differences": list(told.differences), "value": to_json(told.value),
                  "error": told.error})
    elif told.same:
        out(f"run {told.run_id}: the same value, by the same {_calls(told)}" if told.error is None else
            f"run {told.run_id}: the same failure, after the same {_calls(told)}")
    else:
        for line in told.differences:
            out(escape(f"run {told.run_id}: {line}"))
    return 0 if told.same else 1


def _tell_policy(found: PolicyReplay, as_json: bool) -> int:
    if found.warning:
        note(f"warning: {found.warning}")
    if as_json:
        out_json({"version": VERSION, **asdict(found), "warning": found.warning})
        return 0
    out(escape(f"{found.policy} on {found.judged} of {found.runs} runs; {found.covered} could be replayed\n"))
    heads, columns = ["per run", found.policy], [found.target]
    if found.logged is not None:
        heads, columns = [*heads, "logged"], [*columns, found.logged]
    out(table([[what, *(f"{getattr(one, name):.4f}" for one in columns)] for what, name in (
        ("utility", "utility"), ("cost, of the dearest pass", "cost"), ("net", "net"))], heads,
        right=frozenset({1, 2})))
    if found.gain is not None:
        gain, low, high = found.gain
        out(f"\nnet above the logged one: {gain:+.4f}, 95% between {low:+.4f} and {high:+.4f}")
    for site, count in sorted(found.unknown.items(), key=lambda pair: -pair[1]):
        note(escape(f"{count} runs came to an answer that nobody paid for, at {site}"))
    return 0


def _calls(told: Rerun) -> str:
    return f"{told.calls} call{'' if told.calls == 1 else 's'}"
