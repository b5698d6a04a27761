"""Contact sheets: many scenes on one page, with what they hold, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

from fmplang.scenes.graph import Scene, Thing
from fmplang.scenes.render import draw

_PICTURE, _GAP, _LINE, _LINES = 256, 10, 14, 5
_PAPER, _PEN, _PALE = (250, 249, 245), (34, 34, 38), (120, 120, 124)


def sheet(scenes: Sequence[Scene], *, columns: int = 6) -> Image.Image:
    """A page of pictures, each at 256 pixels with its name, its difficulty and its things below, in rows of
    `columns`."""
    columns = max(1, min(columns, len(scenes)))
    rows = max(1, -(-len(scenes) // columns))
    high = _PICTURE + _LINE * _LINES + _GAP
    page = Image.new("RGB", (columns * (_PICTURE + _GAP) + _GAP, rows * high + _GAP), _PAPER)
    pen = ImageDraw.Draw(page)
    font, small = ImageFont.load_default(13), ImageFont.load_default(11)
    for i, scene in enumerate(scenes):
        x, y = _GAP + i % columns * (_PICTURE + _GAP), _GAP + i // columns * high
        picture = Image.fromarray(draw(scene))
        picture.thumbnail((_PICTURE, _PICTURE))
        by = max(1, _PICTURE // max(picture.size))
        page.paste(picture.resize((picture.width * by, picture.height * by), Image.Resampling.NEAREST), (x, y))
        y += _PICTURE + 3
        pen.text((x, y), f"{scene.name}   {scene.difficulty:.2f}", _PEN, font)
        lines = wrap(caption(scene), 42)
        if len(lines) > _LINES - 1:
            lines = [*lines[:_LINES - 2], lines[_LINES - 2] + " ..."]
        for k, line in enumerate(lines):
            pen.text((x, y + 2 + (k + 1) * _LINE), line, _PALE, small)
    return page


def caption(scene: Scene) -> str:
    """The things of a scene and how they are laid, in words."""
    said = []
    carried: set[int] = set()
    for relation, first, second in sorted(scene.laid, key=lambda one: (one[1], one[2])):
        said.append(f"{named(scene.things[first])} {relation} {named(scene.things[second])}")
        carried |= {first, second}
    said += [named(thing) for i, thing in enumerate(scene.things) if i not in carried]
    return ", ".join(said)


def named(thing: Thing) -> str:
    """A thing in words: small shiny red cup."""
    material = "" if thing.material == "plain" else thing.material
    words = (thing.size, material, thing.colour, thing.kind, thing.text)
    return " ".join(word for word in words if word)
