"""`fmplang pool card`: what the models that look at scenes cost and can do, as pages."""

from __future__ import annotations

from pathlib import Path

import click

from fmplang.backends.embedded.scenes.models import NAMES
from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.options import as_json
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError


@click.command(name="card")
@click.argument("names", metavar="[NAMES...]", nargs=-1)
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("cards"),
              show_default=True, help="Where NAME.md and NAME.jpg are written.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="What `pool train` wrote, in place of the models that ship.")
@click.option("--scenes", "count", type=click.IntRange(20), default=1500, show_default=True, help="To measure on.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="That draw scenes.")
@as_json
def command(names: tuple[str, ...], folder: Path, weights: Path | None, count: int, processes: int,
            as_json: bool) -> None:
    """Measure models and write their cards: outline, glance, gaze, sage; all of them by default.

    Accuracy on easy and hard scenes by kind of question, calibration, cost, and pictures of failures.
    """
    from fmplang.zoo.card import loaded, measured, written

    chosen = tuple(dict.fromkeys(names)) or NAMES
    for name in chosen:
        if name not in NAMES:
            raise ConfigError(f"there is no model named {name!r}", code="FMP805", hint=f"There is {', '.join(NAMES)}.")
    cards, rows = [], []
    for name in chosen:
        model, place = loaded(weights, name)
        card, made = measured(model, place, count, processes=processes, told=note)
        path = written(card, made, folder)
        cards.append({**card.as_json(), "page": str(path)})
        last = card.rows[-1]
        rows.append([name, f"{card.flops / 1e6:,.1f}", f"{card.milliseconds:.2f}", last.kind,
                     "" if last.easy is None else f"{100 * last.easy:.1f}%",
                     "" if last.hard is None else f"{100 * last.hard:.1f}%", f"{card.calibrate_error:.3f}", str(path)])
    if as_json:
        out_json({"version": VERSION, "cards": cards})
        return
    out(table(rows, ["model", "MFLOPs", "ms", "asked", "easy", "hard", "ECE", "page"],
              right=frozenset({1, 2, 4, 5, 6})))
