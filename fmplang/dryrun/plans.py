"""Values before they are values: plans, which can be compared, made simpler, and built for a request.

A plan of a number, a text, a truth or None is that value; of a list, set, tuple or record a tuple of plans; of a dict
a tuple of pairs. Pictures, videos and sounds have plans of their own: an answer that is a picture is a part of the
picture that was asked about.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    STR,
    VIDEO,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.limits import Limits
from fmplang.runtime.values import Audio, Image, OrderedSet, RecordValue, Video, fields_of, shape_of

Plan = Any


class Picture(NamedTuple):
    """A whole picture of so many pixels."""

    width: int
    height: int


class Patch(NamedTuple):
    """A part of the picture at hand, in eighths of its width and height; at least one pixel."""

    left: int
    lower: int
    right: int
    upper: int


class Frames(NamedTuple):
    """A video of so many frames."""

    frames: int


class Sound(NamedTuple):
    """So many samples at 8,000 a second."""

    samples: int


PICTURES = (Picture(32, 24), Picture(1, 1), Picture(1, 40), Picture(40, 1), Picture(3, 200), Picture(300, 200))
PATCHES = (Patch(0, 0, 8, 8), Patch(0, 0, 0, 0), Patch(8, 8, 8, 8), Patch(0, 0, 4, 8), Patch(4, 2, 7, 6),
           Patch(0, 4, 8, 8), Patch(3, 0, 3, 8))
RATE = 8_000


def build(t: Type, plan: Plan, picture: Image | None) -> Any:
    """The value of a plan. `picture` is the one that a patch is a part of; without one it is a picture of its own."""
    if plan is None:
        return None
    if isinstance(t, OptionalType):
        return build(t.inner, plan, picture)
    if isinstance(t, ListType):
        return [build(t.item, item, picture) for item in plan]
    if isinstance(t, SetType):
        return OrderedSet([build(t.item, item, picture) for item in plan])
    if isinstance(t, DictType):
        return {build(t.key, key, picture): build(t.value, value, picture) for key, value in plan}
    if isinstance(t, TupleType):
        return tuple([build(of, item, picture) for of, item in zip(t.items, plan, strict=True)])
    if isinstance(t, RecordType):
        values = [build(of, item, picture) for (_, of), item in zip(t.fields, plan, strict=True)]
        return RecordValue(shape_of(t), tuple(values))
    if isinstance(plan, Picture):
        return _picture(plan.width, plan.height)
    if isinstance(plan, Patch):
        return _part(picture if picture is not None else _picture(*PICTURES[0]), plan)
    if isinstance(plan, Frames):
        return _video(plan.frames)
    if isinstance(plan, Sound):
        return _audio(plan.samples)
    return plan


@lru_cache(maxsize=64)
def _picture(width: int, height: int) -> Image:
    import numpy as np

    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)[None, :]
    pixels[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
    return Image.from_pixels(pixels, f"<picture of {width}x{height}>")


def _part(picture: Image, patch: Patch) -> Image:
    if patch == PATCHES[0]:
        return picture
    width, height = picture.size
    left, lower = min(patch.left * width // 8, width - 1), min(patch.lower * height // 8, height - 1)
    right, upper = max(left + 1, patch.right * width // 8), max(lower + 1, patch.upper * height // 8)
    return picture.crop(left, lower, right, upper)


@lru_cache(maxsize=16)
def _video(count: int) -> Video:
    from fmplang.runtime.values.video import video_from_frames

    shades = [_picture(32 + index % 7, 24) for index in range(count)]
    return video_from_frames(shades, Limits(), name=f"<{count} frames>")


@lru_cache(maxsize=16)
def _audio(samples: int) -> Audio:
    import numpy as np

    from fmplang.runtime.values.audio import audio_from_array

    return audio_from_array(np.zeros(samples, dtype=np.float32), RATE, name=f"<{samples} samples>")


# ------------------------------------------------------------------ how simple


def weight(plan: Plan) -> float:
    """How much there is to a plan; the simplest weigh least."""
    if plan is None or plan is False:
        return 0
    if plan is True:
        return 0.5
    if isinstance(plan, (int, float)):
        size = min(float(abs(plan)), 1e300)
        return float(min(size, 10 + size**0.1)) + (0.25 if plan < 0 else 0.0) + (0.5 if size % 1 else 0.0)
    if isinstance(plan, str):
        return sum(1.0 if character in "a0" else 1.5 if character.isascii() and character.isprintable() else 2
                   for character in plan)
    if isinstance(plan, (Picture, Patch, Frames, Sound)):
        return _media_weight(plan)
    return sum(1 + weight(item) for item in plan)


def _media_weight(plan: Picture | Patch | Frames | Sound) -> float:
    if isinstance(plan, Picture):
        return PICTURES.index(plan) if plan in PICTURES else 9
    if isinstance(plan, Patch):
        return PATCHES.index(plan) / 4 if plan in PATCHES else 3
    return plan.frames / 10 if isinstance(plan, Frames) else plan.samples / RATE


def simplest(t: Type) -> Plan:
    """The plainest value of a type: None, empty, zero, the first of its kind."""
    if isinstance(t, (ListType, SetType, DictType)):
        return ()
    if isinstance(t, TupleType):
        return tuple(map(simplest, t.items))
    if isinstance(t, RecordType):
        return tuple([simplest(of) for _, of in t.fields])
    if isinstance(t, LiteralType):
        return t.values[0]
    plain: dict[Type, Plan] = {BOOL: False, INT: 0, FLOAT: 0.0, STR: "", IMAGE: PATCHES[0], VIDEO: Frames(3),
                               AUDIO: Sound(RATE)}
    return plain.get(t)


def simpler(t: Type, plan: Plan) -> list[Plan]:
    """Plans to try in the place of one, the plainest first. Each weighs less."""
    found = [simplest(t), *_smaller(t, plan)]
    own = weight(plan)
    made: list[Plan] = []
    for other in found:
        if weight(other) < own and other not in made:
            made.append(other)
    return made


def _smaller(t: Type, plan: Plan) -> list[Plan]:
    if plan is None:
        return []
    if isinstance(t, OptionalType):
        return [simplest(t.inner), *_smaller(t.inner, plan)]
    if isinstance(t, LiteralType):
        return []
    if isinstance(t, (ListType, SetType)):
        return _fewer(plan) + _parts(plan, lambda _: t.item)
    if isinstance(t, DictType):
        pair = TupleType((t.key, t.value))
        return _fewer(plan) + _parts(plan, lambda _: pair)
    if isinstance(t, TupleType):
        return _parts(plan, lambda index: t.items[index])
    if isinstance(t, RecordType):
        return _parts(plan, lambda index: t.fields[index][1])
    if isinstance(plan, str):
        halves = [plan[: len(plan) // 2], plan[len(plan) // 2 :]]
        dropped = [plan[:i] + plan[i + 1 :] for i in range(min(len(plan), 24))]
        plainer = [plan[:i] + "a" + plan[i + 1 :] for i in range(min(len(plan), 24)) if plan[i] not in "a0"]
        return [*halves, *dropped, *plainer]
    if isinstance(plan, bool):
        return []
    if isinstance(plan, int):
        toward = [1, -1, 2, abs(plan), plan // 10, int(plan / 2) if abs(plan) < 2**60 else plan // 2, plan - (plan > 0)]
        return toward
    if isinstance(plan, float):
        return [1.0, -1.0, 0.5, 2.0, abs(plan), float(round(plan)) if abs(plan) < 1e15 else 1e15, plan / 2, plan / 1e10]
    if isinstance(plan, Picture):
        return list(PICTURES)
    if isinstance(plan, Patch):
        return list(PATCHES)
    if isinstance(plan, Frames):
        return [Frames(1), Frames(max(1, plan.frames // 2)), Frames(max(1, plan.frames - 1))]
    if isinstance(plan, Sound):
        return [Sound(1), Sound(max(1, plan.samples // 2))]
    return []


def _fewer(plan: tuple[Plan, ...]) -> list[Plan]:
    half = len(plan) // 2
    found = [plan[:half], plan[half:], plan[: len(plan) * 3 // 4], plan[:-1]]
    return found + [plan[:i] + plan[i + 1 :] for i in range(min(len(plan), 16))]


def _parts(plan: tuple[Plan, ...], of: Any) -> list[Plan]:
    plain = tuple([simplest(of(index)) for index in range(len(plan))])
    found: list[Plan] = [plain] if plain != plan else []
    for index in range(min(len(plan), 16)):
        found += [(*plan[:index], other, *plan[index + 1 :]) for other in simpler(of(index), plan[index])]
    return found


# ------------------------------------------------------------------ as it is told


def told(value: Any) -> Any:
    """A value as plain JSON data; pictures by size and box, records by field."""
    if isinstance(value, Image):
        return {"image": list(value.size), "box": list(value.box)}
    if isinstance(value, Video):
        return {"video": value.num_frames}
    if isinstance(value, Audio):
        return {"audio": round(value.duration, 6)}
    if isinstance(value, RecordValue):
        return {name: told(part) for name, part in fields_of(value)}
    if isinstance(value, dict):
        return {str(key): told(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, OrderedSet)):
        return [told(part) for part in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    return value
