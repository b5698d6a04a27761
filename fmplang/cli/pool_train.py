"""`fmplang pool train`: the models that look at scenes, from nothing."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from fmplang.backends.embedded.scenes.models import NAMES
from fmplang.cli.console import note, out, out_json, table
from fmplang.cli.options import as_json
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError


@click.command(name="train")
@click.argument("names", metavar="[NAMES...]", nargs=-1)
@click.option("--minutes", type=click.FloatRange(0.05), help="For the eyes in all; how many steps that made is told.")
@click.option("--steps", type=click.IntRange(1), help="Of each eye, in place of those that the shipped models had.")
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("zoo"),
              show_default=True, help="Where scenes, checkpoints and weights are kept.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on in a folder that was begun.")
@click.option("--tiny", is_flag=True, help="Little of everything: to see that it works.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Of the network.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="That draw scenes.")
@click.option("--device", default="", help="As torch names it.  [cuda where there is one, else cpu]")
@as_json
def command(names: tuple[str, ...], minutes: float | None, steps: int | None, folder: Path, seed: int, resume: bool,
            tiny: bool, threads: int, processes: int, device: str, as_json: bool) -> None:
    """Train the models that look at scenes: glance, gaze, sage; all of them by default.

    Draws scenes, trains the eyes, then fits what makes chances and confidences of their numbers. All of it is kept in
    one folder, so that --resume goes on where a run was ended. The same seed and steps give the same weights on the
    same machine. Needs the torch extra.
    """
    chosen = tuple(dict.fromkeys(names)) or NAMES
    for name in chosen:
        if name not in NAMES:
            raise ConfigError(f"there is no model named {name!r} to train", code="FMP805",
                              hint=f"There is {', '.join(NAMES)}.")
    if minutes is not None and steps is not None:
        raise ConfigError("--minutes and --steps say the same thing twice", code="FMP805", hint="Give one of them.")
    if not resume and (folder / "checkpoints").is_dir() and any((folder / "checkpoints").iterdir()):
        raise ConfigError(f"in {str(folder)!r} a training was begun", code="FMP805",
                          hint="Go on with --resume, or give another folder with --out.")
    from fmplang.zoo.training import FULL_SCALE, TINY_SCALE, prepared, train

    device = prepared(threads, device)
    scale = TINY_SCALE if tiny else FULL_SCALE
    if steps is not None:
        scale = replace(scale, courses={eye: replace(course, steps=steps) for eye, course in scale.courses.items()})
    said = ["fmplang", "pool", "train", *names, *(["--tiny"] if tiny else []),
            *(["--steps", str(steps)] if steps is not None else []), "--seed", str(seed)]
    made = train(chosen, folder, scale, note, seed=seed, device=device, minutes=minutes, command=shlex.join(said),
                 processes=processes)
    told: list[dict[str, Any]] = [{"name": model.name, "flops": model.flops, "weights": str(folder / "weights"),
                                   **model.about} for model in made]
    if as_json:
        out_json({"version": VERSION, "models": told})
        return
    out(table([[t["name"], str(t.get("steps", "")), f"{t['flops'] / 1e6:,.0f}", t["weights"]] for t in told],
              ["model", "steps", "MFLOPs", "weights"], right=frozenset({1, 2})))
