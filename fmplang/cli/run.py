"""`fmplang run`: one run of one program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from fmplang.backends.decode_flags import certainty
from fmplang.cli.console import error_json, is_terminal, note, out, out_json, show_error
from fmplang.cli.files import STDIN, check_page, program_source, write_page
from fmplang.cli.inputs import InputsCommand, read_inputs
from fmplang.cli.options import as_json, cache_options, ledger_options, limit_option, recovery_options, settings_from
from fmplang.cli.schema import VERSION, span_json
from fmplang.cli.text import escape
from fmplang.config import Settings
from fmplang.errors import ConfigError, FmpError
from fmplang.host.credit import credit_of, plain, slice_of
from fmplang.host.load import compile_source
from fmplang.host.recovery import Recovery
from fmplang.host.run import Run, run_of
from fmplang.host.runtime import Runtime
from fmplang.ledger.base import UNFINISHED, Ledger, open_ledger
from fmplang.limits import Limits
from fmplang.policy.ask_all import AskAll
from fmplang.policy.registry import resolve
from fmplang.runtime.program import Program
from fmplang.runtime.trace import CallRecord, Recovered
from fmplang.runtime.values import to_json
from fmplang.syntax.source import Span


@click.command(name="run", cls=InputsCommand)
@click.argument("file")
@click.option("--inputs", "inputs", multiple=True, metavar="NAME=VALUE... | FILE.json",
              help="The entry's inputs: images as paths, numbers and texts as they are, lists and records as JSON; "
                   "or a JSON file with all of them (paths in it relative to it), - for standard input.")
@click.option("--pool", help="Who can answer: a pool's name or a pool file.")
@click.option("--policy", help="Who is asked: counterfactual (which learns), strongest, cheapest, "
                              "static:CAPABILITY=BACKEND, ...; NAME:SETTING=VALUE,... sets more.")
@click.option("--trade-off", metavar="X", help="What cost is worth in reward (lambda).")
@click.option("--budget", metavar="X", help="The most that the run may cost, in the pool's unit.")
@click.option("--seed", metavar="N", help="Where chance begins.")
@recovery_options
@limit_option
@ledger_options
@cache_options
@click.option("--trace", metavar="OUT.html", help="Also write the run as a page that shows every call, in one file.")
@click.option("--ask-all", is_flag=True,
              help="Ask every other backend as well, to see what each exchange would have done. This is charged.")
@click.option("-q", "--quiet", is_flag=True, help="Print the answer only.")
@as_json
def command(file: str, inputs: tuple[str, ...], pool: str | None, policy: str | None, trade_off: str | None,
            budget: str | None, seed: str | None, retries: str | None, fallback: str | None,
            recoveries: str | None, limits: tuple[str, ...], ledger: str | None, no_ledger: bool,
            cache: str | None, no_cache: bool, trace: str | None, ask_all: bool, quiet: bool, as_json: bool) -> int:
    """Run a program once and print its answer on standard output.

    The run is recorded in the ledger, so that `fmplang feedback` can say later how good the answer was.
    """
    if file == STDIN and STDIN in inputs:
        raise ConfigError("standard input cannot be both the program and its inputs", code="FMP805",
                          hint="put one of them into a file")
    if trace is not None:
        check_page(trace)
    settings = settings_from(limits, no_ledger=no_ledger, no_cache=no_cache, pool=pool, policy=policy,
                             trade_off=trade_off, budget=budget, seed=seed, ledger=ledger, cache=cache,
                             recovery={"retries": retries, "fallback": fallback, "recoveries": recoveries})
    ceiling = settings.limits_value()
    program = compile_source(program_source(file, ceiling), ceiling)
    with runtime_from(settings, ask_all) as runtime:
        values = read_inputs(inputs, program, ceiling)
        try:
            with _working(f"running {program.source.name}"):
                run = runtime.run(program, **values)
        except FmpError as error:
            return _failed(error, program, as_json, trace, ceiling)
    for line in run.notes:
        note(escape(line))
    credit = credit_of(program, run.record, slice_of(program, run.record, ceiling)) if as_json or trace else {}
    if as_json:
        out_json(_run_json(run, program, credit))
    else:
        out(_answer(run.value))
        if not quiet:
            note(_summary(run))
    if trace is not None:
        _write_trace(trace, program, run, credit, quiet)
    return 0


def runtime_from(settings: Settings, ask_all: bool = False, horizon: int | None = None,
                 ledger: Ledger | None = None) -> Runtime:
    """A Runtime as the settings say; `ledger` takes the place of theirs."""
    path = settings.ledger.value
    policy = AskAll(resolve(settings.policy.value)) if ask_all else settings.policy.value
    return Runtime(
        settings.pool.value, policy, trade_off=settings.trade_off.value, budget=settings.budget.value, horizon=horizon,
        ledger=ledger or open_ledger(path, parents=settings.ledger.origin == "default"), limits=settings.limits_value(),
        seed=settings.seed.value, cache=settings.cache.value,
        recovery=Recovery(**{name: setting.value for name, setting in settings.recovery.items()}),
    )


def _failed(error: FmpError, program: Program, as_json: bool, trace: str | None, ceiling: Limits) -> int:
    """Tell what the run failed with; with --json also what it had done until then, and the same on the page."""
    run = None if error.record is None else run_of(error.record, error)
    for line in run.notes if run else ():
        note(escape(line))
    show_error(error)
    credit = {}
    if run and (as_json or trace):
        credit = credit_of(program, run.record, slice_of(program, run.record, ceiling))
    if as_json:
        out_json({**(_run_json(run, program, credit) if run else {"version": VERSION}), "error": error_json(error)})
    if run and trace is not None:
        try:
            _write_trace(trace, program, run, credit, quiet=False)
        except FmpError as second:  # the first one says how the command ended
            show_error(second)
    return error.exit_code


def _write_trace(path: str, program: Program, run: Run, credit: dict[str, Any], quiet: bool) -> None:
    from fmplang.pages.trace import trace_page

    write_page(path, trace_page(program, run.record, credit, error=run.error))
    if not quiet:
        note(escape(f"the run is shown in {path}"))


def _answer(value: Any) -> str:
    """Text as it is, but for what a terminal would obey; anything else as the language spells it."""
    to_json(value)  # refuses what is too large to be written out
    text = value if isinstance(value, str) else repr(value)
    return escape(text, keep="\n\t") if is_terminal(sys.stdout) else text


def _summary(run: Run) -> str:
    count = len(run.trace)
    cost = f", {run.cost:g} {run.unit}" if count else ""
    if run.record.saved:
        cost += f" (answers kept from earlier saved {run.record.saved:g})"
    mended = ", begun anew after a failed assertion" if any(one.mended for one in run.record.recoveries) else ""
    return f"run {run.id}: {count} call{'' if count == 1 else 's'}{cost}, {run.seconds:.2f} s{mended}"


def _run_json(run: Run, program: Program, credit: dict[str, Any]) -> dict[str, Any]:
    sources = {function.source.name: function.source for function in program.typed.functions}

    def place_json(name: str, span: tuple[int, int]) -> dict[str, Any] | None:
        source = sources.get(name)
        return None if source is None else {"file": name, **span_json(source, Span(*span))}

    def call_json(call: CallRecord, worth: dict[str, Any]) -> dict[str, Any]:
        return {
            "site": call.site, "span": place_json(call.source, call.span),
            "primitive": call.function, "capability": call.capability, "backend": call.backend, "arms": list(call.arms),
            "propensity": call.propensity, "cost": call.cost, "seconds": call.seconds, "cached": call.cached,
            "confidence": call.confidence, "certainty": None if call.error else certainty(call.flags),
            "value": plain(call.value),
            "error": call.error if call.done or call.error else UNFINISHED,
            "chosen": call.arms[call.arm], "round": call.round, "lost": call.lost, "flags": list(call.flags),
            "attempts": [{"backend": backend, "did": did} for backend, did in call.attempts],
            "shadows": [{"backend": shadow.backend, "value": plain(shadow.value), "cost": shadow.cost,
                         "seconds": shadow.seconds, "confidence": shadow.confidence, "error": shadow.error,
                         "cached": shadow.cached}
                        for shadow in call.shadows],
            **worth,
        }

    def recovery_json(one: Recovered) -> dict[str, Any]:
        return {
            "assertion": place_json(one.source, one.span), "site": one.site, "order": list(one.order),
            "round": one.round, "before": one.before, "after": one.after, "cost": one.cost, "told": one.told,
            "mended": one.mended,
        }

    return {
        "version": VERSION, "run_id": run.id, "value": to_json(run.value), "type": run.type, "cost": run.cost,
        "cost_uncached": run.cost + run.record.saved, "unit": run.unit, "seconds": run.seconds,
        "policy": run.record.policy, "notes": list(run.notes),
        "calls": [call_json(call, worth) for call, worth in zip(run.trace, credit["calls"], strict=True)],
        "abandoned": [call_json(call, {}) for call in run.record.abandoned],
        "recoveries": [recovery_json(one) for one in run.record.recoveries],
        "strongest": credit["strongest"], "not_executed": credit["not_executed"],
        "not_executed_more": credit["not_executed_more"],
    }


@contextmanager
def _working(text: str) -> Iterator[None]:
    """A sign of life while models work, on a terminal only."""
    if not is_terminal(sys.stderr):
        yield
        return
    from rich.console import Console
    from rich.markup import escape as plain

    with Console(stderr=True).status(plain(escape(text))):
        yield
