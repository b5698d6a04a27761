"""`fmplang stream`: a program on one row of data after another."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import click

from fmplang.cli.app import INTERRUPTED
from fmplang.cli.console import error_json, is_terminal, note, out
from fmplang.cli.files import STDIN, program_source
from fmplang.cli.options import as_json, cache_options, ledger_options, limit_option, recovery_options, settings_from
from fmplang.cli.run import runtime_from
from fmplang.cli.schema import VERSION
from fmplang.cli.stream_rows import Fields, Rows, stream_rows
from fmplang.cli.tally import Tally
from fmplang.cli.text import escape
from fmplang.errors import ConfigError, FmpError
from fmplang.host.decide import policy_name
from fmplang.host.feedback import UNSAID
from fmplang.host.load import compile_source
from fmplang.host.streams import Answered, Stream
from fmplang.ledger.memory import MemoryLedger
from fmplang.runtime.values import to_json

OFTEN = 0.1  # seconds between two changes of the line of progress
KEPT = 64  # runs that stay in memory where nothing is recorded, beside those that feedback is owed to


@click.command(name="stream")
@click.argument("file")
@click.option("--inputs", "data", required=True, metavar="DATA",
              help="A .jsonl or .csv file with a row for each run, a folder of images, a folder that "
                   "datasets.save_to_disk wrote, or - for JSON Lines on standard input, answered as they come.")
@click.option("--label", metavar="FIELD", help="The field that holds the right answer, in the rows that have it.")
@click.option("--reward", metavar="FIELD", help="The field that says how good the answer was, from 0 to 1.")
@click.option("--labels", metavar="FILE",
              help="For a folder of images: a .jsonl or .csv file whose field `file` names the picture.")
@click.option("--feedback-delay", "delay", metavar="N", type=click.IntRange(0), default=0, show_default=True,
              help="Give the feedback of a row N rows later.")
@click.option("--ignore-others", "others", is_flag=True, help="Leave out fields that are no inputs.")
@click.option("-n", "--count", metavar="N", type=click.IntRange(1), help="How many rows to take, from the first on.")
@click.option("--concurrency", metavar="N", type=click.IntRange(1), default=1, show_default=True,
              help="How many runs go side by side. What they teach is known to the next N.")
@click.option("--resume", is_flag=True, help="Go on with the stream where it stopped, as if it had not.")
@click.option("--only-new", is_flag=True, help="With --resume: do not print again what was answered before.")
@click.option("--fail-fast", is_flag=True, help="End with the first run that fails.")
@click.option("--pool", help="Who can answer: a pool's name or a pool file.")
@click.option("--policy", help="Who is asked, as in `fmplang run`.")
@click.option("--trade-off", metavar="X", help="What cost is worth in reward (lambda).")
@click.option("--budget", metavar="X", help="The most that the stream may cost, in the pool's unit.")
@click.option("--horizon", metavar="N", type=click.IntRange(1), help="How many runs the budget is for.")
@click.option("--seed", metavar="N", help="Where chance begins.")
@recovery_options
@limit_option
@ledger_options
@cache_options
@click.option("-q", "--quiet", is_flag=True, help="Print the answers only.")
@as_json
def command(file: str, data: str, label: str | None, reward: str | None, labels: str | None, delay: int, others: bool,
            count: int | None, concurrency: int, resume: bool, only_new: bool, fail_fast: bool, pool: str | None,
            policy: str | None, trade_off: str | None, budget: str | None, horizon: int | None, seed: str | None,
            retries: str | None, fallback: str | None, recoveries: str | None, limits: tuple[str, ...],
            ledger: str | None, no_ledger: bool, cache: str | None, no_cache: bool, quiet: bool,
            as_json: bool) -> int:
    """Run a program on one row of data after another, and print one line of JSON for each.

    A run that fails is a line with an `error`, and the stream goes on; it exits with 1 where any failed. Ctrl-C ends
    the stream after the runs under way, a second one at once; --resume goes on from there. With --json the last line
    is an object with a `summary`.
    """
    if file == STDIN and data == STDIN:
        raise ConfigError("standard input cannot be both the program and its inputs", code="FMP805",
                          hint="put one of them into a file")
    if only_new and not resume:
        raise ConfigError("--only-new goes with --resume", code="FMP805", hint="a new stream prints all of its rows")
    settings = settings_from(limits, no_ledger=no_ledger, no_cache=no_cache, pool=pool, policy=policy,
                             trade_off=trade_off, budget=budget, seed=seed, ledger=ledger, cache=cache,
                             recovery={"retries": retries, "fallback": fallback, "recoveries": recoveries})
    if resume and settings.ledger.value is None:
        raise ConfigError("--resume needs a ledger, and the settings say to keep none", code="FMP805",
                          hint="name the one that the stream was recorded in with --ledger")
    ceiling = settings.limits_value()
    program = compile_source(program_source(file, ceiling), ceiling)
    fields = Fields(program, ceiling, label, reward, others)
    kept = MemoryLedger(delay + 2 * concurrency + KEPT) if settings.ledger.value is None else None
    about = {"data": os.path.basename(os.path.normpath(data)), "label": label, "reward": reward}
    with stream_rows(data, fields, labels, count) as rows, runtime_from(
            settings, horizon=horizon, ledger=kept) as runtime:
        stream = Stream(runtime, program, concurrency=concurrency, delay=delay, about=about, resume=resume)
        tally = Tally(runtime.unit)
        interrupted = False
        try:
            with _interrupts(stream, rows), _progress(tally, program.source.name) as tick:
                for answered in stream.answers(rows):
                    tally.add(answered)
                    if not (answered.earlier and only_new):
                        _print(answered, label is not None)
                    tick()
                    if fail_fast and answered.run.error is not None:
                        raise answered.run.error
            interrupted = stream.stopping
        except KeyboardInterrupt:
            interrupted = True
    if not quiet:
        note(tally.text())
    if as_json:
        out(json.dumps({"version": VERSION, "summary": {
            "stream": stream.id, **tally.json(), "policy": policy_name(runtime.policy), "interrupted": interrupted,
        }}))
    if interrupted:
        note(_how_to_go_on(data, kept is None))
        return INTERRUPTED
    return 1 if tally.failed else 0


def _print(answered: Answered, labelled: bool) -> None:
    out(json.dumps(_row_json(answered, labelled), allow_nan=False))
    sys.stdout.flush()


def _row_json(answered: Answered, labelled: bool) -> dict[str, Any]:
    item, run = answered.item, answered.run
    value, error = None, run.error
    try:
        value = to_json(run.value)
    except FmpError as too_large:
        error = too_large
    told: dict[str, Any] = {
        "row": item.row, "run_id": run.id or None, "value": value, "cost": run.cost, "seconds": run.seconds,
    }
    if answered.earlier:
        told["earlier"] = True
    if labelled and item.label is not UNSAID:
        told["label"] = item.label
        if answered.reward is not None:
            told["correct"] = answered.reward == 1.0
    if item.reward is not None:
        told["reward"] = item.reward
    if error is not None:
        told["error"] = error_json(error)
    if answered.refused is not None:
        told["feedback_error"] = error_json(answered.refused)
    return told


def _how_to_go_on(data: str, recorded: bool) -> str:
    if not recorded:
        return "interrupted\n  help: nothing is recorded without a ledger, so the stream cannot go on"
    same = ", given the same lines from the first on," if data == STDIN else ""
    return f"interrupted\n  help: what was answered is in the ledger; the same command with --resume{same} goes on"


@contextmanager
def _interrupts(stream: Stream, rows: Rows) -> Iterator[None]:
    """The first Ctrl-C lets the runs under way end, but for waiting for input; the second ends all."""

    def interrupted(number: int, frame: object) -> None:
        if stream.stopping or rows.waiting:
            raise KeyboardInterrupt
        stream.stopping = True
        os.write(2, b"\nending the runs under way; press Ctrl-C again to end at once\n")

    try:
        before = signal.signal(signal.SIGINT, interrupted)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(tally: Tally, name: str) -> Iterator[Callable[[], None]]:
    """A line that changes, where standard error is a terminal and the answers go elsewhere."""
    if not is_terminal(sys.stderr) or is_terminal(sys.stdout):
        yield lambda: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    shown = escape(name)
    spinner = Spinner("dots", Text(shown))
    last = 0.0
    # Not Console.status, which would take the answers from standard output to the terminal.
    with Live(spinner, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False):
        def tick() -> None:
            nonlocal last
            if monotonic() - last >= OFTEN:
                last = monotonic()
                spinner.update(text=Text(f"{shown}: {tally.text()}"))

        yield tick
