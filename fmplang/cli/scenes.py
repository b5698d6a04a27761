"""`fmplang scenes`: look at drawn scenes, and write them as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fmplang.cli.console import note, out, out_json
from fmplang.cli.options import as_json
from fmplang.cli.progress import counting
from fmplang.cli.schema import VERSION
from fmplang.errors import ConfigError

if TYPE_CHECKING:
    from PIL import Image

PICTURES = (".png", ".jpg", ".jpeg")


def scene_options(command: Any) -> Any:
    command = click.option("--side", type=click.IntRange(64, 1024), default=128, show_default=True,
                           help="The pictures' side in pixels.")(command)
    command = click.option("--hardness", type=click.FloatRange(0, 1),
                           help="How hard the scenes are, from 0 to 1; mixed by default.")(command)
    command = click.option("--first", type=click.IntRange(0), default=0, show_default=True,
                           help="The first scene's number.")(command)
    return click.option("--split", default="develop", show_default=True,
                        help="Which scenes: train, calibrate, bench, test or develop.")(command)


@click.group(name="scenes")
def command() -> None:
    """Look at drawn scenes, and write them as files.

    A scene is a picture whose truth is known. The same split and number give the same scene; no two splits share one.
    """


@command.command(name="show")
@scene_options
@click.option("--count", type=click.IntRange(1, 400), default=24, show_default=True, help="How many.")
@click.option("--columns", type=click.IntRange(1, 40), default=6, show_default=True, help="How many in a row.")
@click.option("--out", "page", metavar="FILE", default="sheet.png", show_default=True,
              help="The picture to write, as .png or .jpg.")
@as_json
def show(split: str, first: int, hardness: float | None, side: int, count: int, columns: int, page: str,
         as_json: bool) -> None:
    """Draw a contact sheet: scenes with their difficulty and what they hold."""
    from fmplang.scenes.contact import caption, sheet
    from fmplang.scenes.layout import scene

    if not page.lower().endswith(PICTURES):
        raise ConfigError(f"{page} cannot be written: its name does not end in .png or .jpg", code="FMP861",
                          hint="as in --out sheet.png")
    found = [scene(split, number, hardness=hardness, side=side) for number in range(first, first + count)]
    _save(sheet(found, columns=columns), Path(page))
    if as_json:
        out_json({"version": VERSION, "page": page, "scenes": [
            {"name": one.name, "difficulty": one.difficulty, "caption": caption(one)} for one in found]})
    else:
        out(page)
        note(f"{count} scenes of {split}, difficulty {min(s.difficulty for s in found):.2f} to "
             f"{max(s.difficulty for s in found):.2f}")


@command.command(name="make")
@click.argument("folder", metavar="DIR")
@scene_options
@click.option("--count", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="How many draw at once.")
@as_json
def make(folder: str, split: str, first: int, hardness: float | None, side: int, count: int, processes: int,
         as_json: bool) -> None:
    """Write scenes into DIR: a PNG for each, and scenes.jsonl with what each picture holds.

    A line of scenes.jsonl is a scene as plain values, with its picture as `file`. Boxes are in pixels from the lower
    left.
    """
    import numpy as np
    from PIL import Image

    from fmplang.scenes.stream import scenes

    place, wide = Path(folder), len(str(first + count - 1))
    hard: list[float] = []
    things = 0
    try:
        place.mkdir(parents=True, exist_ok=True)
        with (counting(f"drawing {split}", "scenes") as tell,
              open(place / "scenes.jsonl", "w", encoding="utf-8") as rows):
            drawn = scenes(split, range(first, first + count), processes=processes, hardness=hardness, side=side)
            for number, (made, pixels) in enumerate(drawn, first):
                name = f"{split}-{number:0{wide}}.png"
                Image.fromarray(pixels).save(place / name)
                rows.write(json.dumps({"file": name, **made.as_json()}) + "\n")
                hard.append(made.difficulty)
                things += len(made.things)
                tell(len(hard), count)
    except OSError as error:
        raise _unwritten(folder, error) from None
    low, middle, high = (round(float(x), 4) for x in np.quantile(hard, (0, 0.5, 1)))
    if as_json:
        out_json({"version": VERSION, "folder": folder, "split": split, "first": first, "count": count,
                  "things": things, "difficulty": {"least": low, "median": middle, "most": high}})
    else:
        out(str(place / "scenes.jsonl"))
        note(f"{count} scenes of {split} with {things} things, difficulty {low:.2f} to {high:.2f}, median {middle:.2f}")


def _save(picture: Image.Image, path: Path) -> None:
    try:
        if path.suffix.lower() == ".png":
            picture.save(path)
        else:
            picture.save(path, quality=82, optimize=True)
    except OSError as error:
        raise _unwritten(str(path), error) from None


def _unwritten(path: str, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be written: {error.strerror or error}", code="FMP861",
                       hint="check that the folder exists, its permissions, and the room on the disk")
