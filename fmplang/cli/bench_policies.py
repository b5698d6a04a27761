"""`fmplang bench policies`: every policy on simulated streams, beside static configurations and the oracle."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fmplang.cli.console import is_terminal, out, out_json, table
from fmplang.cli.options import as_json
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fmplang.bench.policies import Row

TITLE = ("SIMULATION: answers are drawn by chance, no model was asked. Net utility = share right - trade-off * cost; a "
         "cost of 1 is the program's dearest single pass. Means, 95% bootstrap intervals over seeds.")
KEY = """\
over static: minus the best static configuration in hindsight, of the whole stream, of its first 500 inputs, or of those
where a policy should have recovered. closes: of the way from there to the oracle, in the last quarter. over mix: minus
the best random mix of static configurations at the same cost. share: cost as a share of the best static one's.
shadows, chance: the parts of the cost that are shadows, and arms taken by chance above the likeliest ones."""
QUICK = {"scenarios": "two", "trade_offs": "0.2", "seeds": 2, "inputs": 600}


@click.command(name="policies")
@click.option("--quick", is_flag=True, help="2 seeds of 600 inputs of one scenario at one trade-off, unless said.")
@click.option("--scenarios", metavar="NAME,...", help="two, three, paper, rare, loop, crops, count.  [two,three]")
@click.option("--stress", "stresses", metavar="NAME,...", default="now", show_default=True,
              help="now, delay10, delay100, missing50, missing90, worse, price, new, pictures, weak, prior.")
@click.option("--policies", metavar="NAME,...", help="Policies by name, with settings as for `run`.  [all that learn]")
@click.option("--trade-offs", metavar="X,...", help="What cost is worth (lambda).  [0.1,0.2,0.3]")
@click.option("--seeds", type=click.IntRange(1), help="How many streams.  [20]")
@click.option("--first-seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--inputs", type=click.IntRange(8), help="Inputs of a stream.  [2000]")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--rows", "rows_path", metavar="FILE.jsonl", help="Keep rows as they are measured; go on from there.")
@click.option("--out", "out_path", metavar="FILE.json", help="Write the summary and all rows there.")
@as_json
def command(quick: bool, scenarios: str | None, stresses: str, policies: str | None, trade_offs: str | None,
            seeds: int | None, first_seed: int, inputs: int | None, workers: int, rows_path: str | None,
            out_path: str | None, as_json: bool) -> None:
    """SIMULATION: net utility of every policy, beside the best static configuration in hindsight and an oracle.

    Shadows, calibration and exploration are charged to the policy that makes them. Twenty seeds of two scenarios take
    about half an hour on two cores; with --rows the same command goes on where it was ended.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # for the processes to come: the matrices are small
    from dataclasses import asdict

    from fmplang.bench.policies import POLICIES, run_all
    from fmplang.bench.summary import summary

    told = {"scenarios": scenarios, "trade_offs": trade_offs, "seeds": seeds, "inputs": inputs}
    usual = QUICK if quick else {"scenarios": "two,three", "trade_offs": "0.1,0.2,0.3", "seeds": 20, "inputs": 2000}
    asked: dict[str, Any] = {name: usual[name] if given is None else given for name, given in told.items()}
    names = _policies(policies) if policies is not None else list(POLICIES)
    target = None if out_path is None else Path(out_path)
    kept = None if rows_path is None else Path(rows_path)
    for path in (target, kept):
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigError(f"there is no folder {str(path.parent)!r}", code="FMP805", hint="make it first")
    with _progress() as tell:
        rows = run_all(_list(asked["scenarios"]), _list(stresses), range(first_seed, first_seed + asked["seeds"]),
                       asked["inputs"], [_number(text) for text in _list(asked["trade_offs"])], names,
                       kept, workers, tell)
    made = summary(rows)
    whole = {"version": VERSION, "benchmark": "policies", "simulation": True, "seeds": asked["seeds"],
             "first_seed": first_seed, "inputs": asked["inputs"], "summary": made}
    if target is not None:
        target.write_text(json.dumps({**whole, "rows": [asdict(row) for row in rows]}, indent=1) + "\n",
                          encoding="ascii")
    if as_json:
        out_json(whole)
    else:
        out(report(made))


def report(made: list[dict[str, Any]]) -> str:
    """The summary as text, one table a stream and trade-off."""
    parts = [TITLE]
    groups: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for one in made:
        groups.setdefault((one["scenario"], one["stress"], one["trade_off"]), []).append(one)
    for (scenario, stress, trade_off), group in groups.items():
        any_of = group[0]
        parts.append(f"\n{scenario}, {stress}, trade-off {trade_off:g}: {any_of['seeds']} seeds of {any_of['inputs']} "
                     f"inputs; best static {any_of['static_net'][0]:.3f} at cost {any_of['static_cost'][0]:.2f}, "
                     f"oracle {any_of['oracle_net'][0]:.3f}, headroom {any_of['headroom'][0]:.3f}")
        heads = ["policy", "net", "over static", "first 500", "closes", "over mix", "counterfactual ahead", "cost",
                 "share", "shadows", "chance"]
        if any_of["recovered"] is not None:
            heads.append("recovered")
        if scenario == "rare":
            heads += ["F1", "F1 over static"]
        rows = []
        for one in group:
            cells = {
                "policy": one["policy"], "net": _between(one["net"]), "over static": _signed(one["over_static"]),
                "first 500": _signed(one["first_over_static"]),
                "closes": "-" if one["closes"] is None else f"{100 * one['closes'][0]:.0f}%",
                "over mix": _signed(one["over_mix"]),
                "counterfactual ahead": "-" if one["behind"] is None else _signed(one["behind"]),
                "cost": f"{one['cost'][0]:.3f}", "share": f"{one['cost_share']:.2f}",
                "shadows": f"{one['shadows'][0]:.3f}", "chance": f"{one['explored'][0]:+.3f}",
                "recovered": _signed(one["recovered_over_static"]), "F1": _between(one["f1"]),
                "F1 over static": _signed(one["f1_over_static"])}
            rows.append([cells[head] for head in heads])
        parts.append(table(rows, heads, right=frozenset(range(1, len(heads)))))
    parts.append(f"\n{KEY}")
    return "\n".join(parts)


def _signed(value: tuple[float, float, float] | None) -> str:
    return "-" if value is None else "{} [{}, {}]".format(*(_short(each, "+.3f") for each in value))


def _between(value: tuple[float, float, float] | None) -> str:
    return "-" if value is None else "{} [{}, {}]".format(*(_short(each, ".3f") for each in value))


def _short(number: float, kind: str) -> str:
    """Without the zero before the point."""
    return format(number, kind).replace("0.", ".", 1) if abs(number) < 1 else format(number, kind)


def _list(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _policies(text: str) -> list[str]:
    """Policies, parted by commas, as their settings are: a part that only sets something belongs to the one before."""
    made: list[str] = []
    for part in _list(text):
        if made and "=" in part and ":" not in part:
            made[-1] += f",{part}"
        else:
            made.append(part)
    return made


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.0 <= found < float("inf"):
        raise ConfigError(f"a trade-off is a number, not {text!r}", code="FMP805", hint="as in --trade-offs 0.1,0.3")
    return found


@contextmanager
def _progress() -> Iterator[Callable[[Row, int, int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not is_terminal(sys.stderr):
        yield lambda row, made, wanted: None
        return
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    with Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("simulating", total=None)

        def tell(row: Row, made: int, wanted: int) -> None:
            bar.update(task, completed=made, total=wanted,
                       description=f"{row.scenario} {row.stress} seed {row.seed} {row.policy}")

        yield tell
