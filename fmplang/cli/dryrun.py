"""`fmplang dryrun`: every path of a program with generated answers, before any model is paid."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fmplang.cli.console import error_json, note, out, out_json, paint
from fmplang.cli.files import STDIN, program_source
from fmplang.cli.frames import Paint, frame, headline
from fmplang.cli.inputs import InputsCommand, read_inputs
from fmplang.cli.options import as_json, limit_option, settings_from
from fmplang.cli.schema import VERSION, span_json
from fmplang.cli.text import escape
from fmplang.errors import ConfigError
from fmplang.syntax.source import Source

if TYPE_CHECKING:
    from fmplang.dryrun import Answer, DryRun, Finding, Missed

RUNS = 500
SHOWN = 8  # answers of a failure that are shown
WIDTH = 80  # characters of a value that are shown
MOST = 1_000_000


@click.command(name="dryrun", cls=InputsCommand)
@click.argument("file")
@click.option("--max-runs", metavar="N", default=str(RUNS), show_default=True, help="How many runs to make at most; "
              "making failures plainer takes some more.")
@click.option("--seed", metavar="N", default="0", show_default=True, help="Where chance begins.")
@click.option("--inputs", "inputs", multiple=True, metavar="NAME=VALUE... | FILE.json",
              help="Inputs that every run is given; the others are generated.")
@limit_option
@as_json
def command(file: str, max_runs: str, seed: str, inputs: tuple[str, ...], limits: tuple[str, ...],
            as_json: bool) -> int:
    """Run a program with generated inputs and answers, and say how it can fail. No model is asked.

    Edge cases come first: nothing found, empty texts, zero, and what the program compares with. Each failure is shown
    once, with the plainest answers that lead there; then the sides of tests that no run took. Exits with 1 where a
    run failed.
    """
    from fmplang.dryrun import dry_run
    from fmplang.host.load import compile_source

    if file == STDIN and STDIN in inputs:
        raise ConfigError("standard input cannot be both the program and its inputs", code="FMP805",
                          hint="put one of them into a file")
    runs, start = _whole("max-runs", max_runs, 1), _whole("seed", seed, 0)
    ceiling = settings_from(limits).limits_value()
    program = compile_source(program_source(file, ceiling), ceiling)
    given = read_inputs(inputs, program, ceiling)
    found = dry_run(program, ceiling, max_runs=runs, seed=start, inputs=given)
    if as_json:
        out_json(_json(found))
    else:
        _tell(found)
    return 0 if found.ok else 1


def _whole(name: str, text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text[:12]) or len(text) > 12 \
            or (name == "max-runs" and int(text) > MOST):
        what = f"a whole number from {least}" + (f" to {MOST:,}" if name == "max-runs" else "")
        raise ConfigError(f"--{name} takes {what}, not {text!r:.40}", code="FMP805", hint=f"as in --{name} 200")
    return int(text)


# ------------------------------------------------------------------------ text


def _tell(found: DryRun) -> None:
    colours = paint(sys.stdout)
    for finding in found.findings:
        out(_finding(finding, found.program.source, colours) + "\n")
    source = found.program.source
    for missed in found.missed:
        line, column = source.position(missed.span.start)
        out(escape(f"{source.name}:{line}:{column}: {missed_told(missed)}: {_cut(source.line(line).strip())}"))
    count = len(found.findings)
    note(f"{found.runs} runs on {found.paths} paths: {count} failure{'' if count == 1 else 's'}; "
         f"{found.statements_run} of {found.statements} statements ran, {found.sides_taken} of {found.sides} sides of "
         "tests were taken")


def missed_told(missed: Missed) -> str:
    if missed.what == "statement":
        return "never ran"
    return f"never {'true' if missed.side else 'false'}"


def _finding(finding: Finding, own: Source, colours: Paint) -> str:
    error = finding.error
    lines = [headline("error", error.code, error.message, colours)]
    lines += frame(finding.source, finding.span, "", (), colours, colours.error)
    if finding.reached is not None:
        lines += frame(own, finding.reached, "reached from here", (), colours, colours.note, "-")
    for name, value in finding.inputs.items():
        lines.append(escape(f"  input {name} = {_shown(value)}"))
    shown = finding.answers if len(finding.answers) <= SHOWN else finding.answers[: SHOWN - 1]
    lines += [escape(f"  {_place(answer)} {answer.function} gave {_shown(answer.value)}") for answer in shown]
    if len(shown) < len(finding.answers):
        lines.append(f"  ... and {len(finding.answers) - len(shown)} answers more")
    return "\n".join(lines)


def _place(answer: Answer) -> str:
    line, column = answer.source.position(answer.span.start)
    return f"{answer.source.name}:{line}:{column}"


def _shown(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"image", "box"}:
        width, height = value["image"]
        return f"<image {width}x{height} at {tuple(value['box'])}>"
    if isinstance(value, list):
        inside = ", ".join(map(_shown, value[:20]))
        more = f", ... ({len(value)} in all)" if len(inside) > WIDTH or len(value) > 20 else ""
        return f"[{_cut(inside)}{more}]"
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


# ------------------------------------------------------------------------ JSON


def _json(found: DryRun) -> dict[str, Any]:
    source = found.program.source
    return {
        "version": VERSION, "file": source.name, "entry": found.program.entry.name, "ok": found.ok, "runs": found.runs,
        "failures": [
            {"error": error_json(finding.error), "file": finding.source.name,
             "span": span_json(finding.source, finding.span),
             "reached": None if finding.reached is None else span_json(source, finding.reached),
             "inputs": finding.inputs,
             "answers": [{"site": each.site, "function": each.function, "file": each.source.name,
                          "span": span_json(each.source, each.span), "value": each.value} for each in finding.answers]}
            for finding in found.findings
        ],
        "coverage": {
            "paths": found.paths, "statements": found.statements, "statements_run": found.statements_run,
            "sides": found.sides, "sides_taken": found.sides_taken,
            "missed": [{"what": each.what, "side": each.side, "span": span_json(source, each.span)}
                       for each in found.missed],
        },
    }
