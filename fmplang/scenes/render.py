"""From a scene to pixels.

A thing is drawn three times as large on a sheet of its own, with its material and a thin outline, and laid reduced
on the ground. How it stands and is shaded follows from the scene's name and the thing's box, so a scene looks the same
whenever it is drawn, and a thing looks the same when another is taken away. The nuisances come last.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from fmplang.scenes.chance import Chance, seed_of
from fmplang.scenes.figures import BOARD, TONES, figure, pose
from fmplang.scenes.graph import Nuisance, Scene, Thing
from fmplang.scenes.grounds import ground
from fmplang.scenes.inks import INKS, SECOND, Ink, rim_of, shade, varied
from fmplang.scenes.scraps import Scrap, scraps

FINE = 3  # how many times larger things are drawn

Pixels = NDArray[np.uint8]


def draw(scene: Scene) -> Pixels:
    """The picture of a scene: (height, width, 3), from 0 to 255. The same scene gives the same picture."""
    picture = Image.fromarray(ground(scene.name, scene.background, scene.width, scene.height))
    bits = scraps(scene.name, scene.nuisance.clutter, scene.width, scene.height)
    _scatter(picture, [bit for bit in bits if not bit.over])
    for thing in scene.things:
        patch, mask = _thing(scene.name, thing, scene.width / 128)
        picture.paste(patch, (int(thing.box[0]), scene.height - int(thing.box[3])), mask)
    _scatter(picture, [bit for bit in bits if bit.over])
    return spoilt(picture, scene.nuisance, seed_of(scene.name, "noise"))


def spoilt(picture: Image.Image, nuisance: Nuisance, seed: int) -> Pixels:
    """The picture with less light, less contrast, blur and noise, in this order."""
    if nuisance.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(nuisance.blur * max(picture.size) / 128))
    if not (nuisance.dark or nuisance.haze or nuisance.noise):
        return np.array(picture)
    kept = (1 - nuisance.dark) * (1 - nuisance.haze)
    veil = 205 * (1 - nuisance.dark) * nuisance.haze
    pixels = np.asarray(picture, np.float32) * np.float32(kept)
    pixels += np.float32(veil)
    if nuisance.noise:
        made = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
        made *= np.float32(nuisance.noise)
        pixels += made
    return np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)


def _thing(name: str, thing: Thing, scale: float) -> tuple[Image.Image, Image.Image]:
    """What a thing looks like on a sheet of its box's size, and the mask of its pixels."""
    chance = pose(name, thing.kind, thing.box)
    width, height = FINE * int(thing.box[2] - thing.box[0]), FINE * int(thing.box[3] - thing.box[1])
    parts = figure(thing.kind, chance, width - 1, height - 1)
    ink = varied(thing.colour, chance)
    rim = rim_of(thing.colour, ink)
    tones = {**TONES, "main": ink, "deep": shade(ink, 0.76) if thing.colour != "black" else shade(ink, 1.14),
             "pale": shade(ink, 1.3)}
    sheet = Image.new("RGB", (width, height), rim)
    whole, main = Image.new("L", (width, height)), Image.new("L", (width, height))
    on_sheet, on_whole, on_main = ImageDraw.Draw(sheet), ImageDraw.Draw(whole), ImageDraw.Draw(main)
    for role, points in parts:
        on_sheet.polygon(points, tones[role], shade(tones[role], 0.84) if min(width, height) > 60 else None)
        on_whole.polygon(points, 255)
        on_main.polygon(points, 255 if role == "main" else 0)
    _dress(sheet, main, thing, chance, scale)
    if thing.text:
        _letter(sheet, thing, ink)
    sheet.paste(rim, mask=_edge(whole, 2 if max(width, height) < 25 * FINE * scale else 3))
    return sheet.reduce(FINE), whole.reduce(FINE)


def _edge(mask: Image.Image, wide: int) -> Image.Image:
    """The pixels of a mask that lie less than `wide` from what is outside."""
    width, height = mask.size
    room = Image.new("L", (width + 2 * wide, height + 2 * wide))
    room.paste(mask, (wide, wide))
    inner = mask
    for x, y in ((-wide, 0), (wide, 0), (0, -wide), (0, wide)):
        inner = ImageChops.darker(inner, room.crop((wide + x, wide + y, wide + x + width, wide + y + height)))
    return ImageChops.subtract(mask, inner)


def _dress(sheet: Image.Image, main: Image.Image, thing: Thing, chance: Chance, scale: float) -> None:
    """The material, on the parts that bear it."""
    width, height = sheet.size
    if thing.material in ("striped", "dotted"):
        period = max(4.6 * scale, max(width, height) / FINE / 7) * FINE
        pattern = _pattern(thing.material, round(period), chance.whole(0, 1))
        left, top = chance.whole(0, round(period)), chance.whole(0, round(period))
        cut = pattern.crop((left, top, left + width, top + height))
        sheet.paste(SECOND[thing.colour], mask=ImageChops.multiply(cut, main))
    elif thing.material == "shiny":
        light = _light(width, height, 0)
        sheet.paste((255, 255, 255), mask=ImageChops.multiply(light, main))
        sheet.paste(shade(INKS[thing.colour], 0.35), mask=ImageChops.multiply(_light(width, height, 1), main))


@lru_cache(64)
def _pattern(material: str, period: int, way: int) -> Image.Image:
    """A large sheet of stripes or dots: 255 where the second colour is."""
    side = 1000
    down, across = np.mgrid[0:side, 0:side].astype(np.float32)
    if material == "striped":
        slant = (across + (down if way else -down)) / np.float32(1.41)
        made = slant % period < 0.38 * period
    else:
        step = period * 1.12
        row = np.floor(down / step)
        x, y = (across + (row % 2) * step / 2) % step - step / 2, down % step - step / 2
        made = x * x + y * y < (0.33 * step) ** 2
    return Image.fromarray(made.astype(np.uint8) * 255)


@lru_cache(512)
def _light(width: int, height: int, which: int) -> Image.Image:
    """Where a shiny surface mirrors the light: a bright streak and a spot; and where it lies in shadow."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    if which:
        made = np.clip((x + y) - 1.05, 0, 1) * 190
    else:
        streak = np.exp(-(((x + 0.6 * y) - 0.5) / 0.1) ** 2) * 235
        made = np.maximum(streak, np.exp(-(((x + 0.6 * y) - 0.78) / 0.035) ** 2) * 150)
    return Image.fromarray(made.astype(np.uint8))


def _letter(sheet: Image.Image, thing: Thing, ink: Ink) -> None:
    """The text, as large as the board allows, on a field without its material."""
    width, height = sheet.size
    left, low, right, high = BOARD
    room_x, room_y = (right - left) * width, (high - low) * height
    text = _text(thing.text)
    by = min(room_x / text.width, room_y / text.height)
    size = max(1, round(text.width * by)), max(1, round(text.height * by * min(1.25, room_y / (text.height * by))))
    made = text.resize(size, Image.Resampling.BILINEAR)
    place = round((left + right) / 2 * width - size[0] / 2), round((1 - (low + high) / 2) * height - size[1] / 2)
    if thing.material != "plain":
        pad = FINE
        sheet.paste(ink, (place[0] - pad, place[1] - pad, place[0] + size[0] + pad, place[1] + size[1] + pad))
    red, green, blue = INKS[thing.colour]
    light = 0.3 * red + 0.59 * green + 0.11 * blue > 125
    sheet.paste((24, 22, 26) if light else (252, 252, 248), place, made)


@lru_cache(64)
def _text(text: str) -> Image.Image:
    font = ImageFont.load_default(60)
    left, top, right, low = (round(x) for x in font.getbbox(text, stroke_width=2))
    made = Image.new("L", (right - left, low - top))
    ImageDraw.Draw(made).text((-left, -top), text, 255, font, stroke_width=2)
    return made


def _scatter(picture: Image.Image, bits: list[Scrap]) -> None:
    if bits:
        pen = ImageDraw.Draw(picture)
        for bit in bits:
            pen.polygon(list(bit.points), bit.ink)
