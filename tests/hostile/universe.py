"""What may come out of a run, and what is put into one.

`strangers` is the detector of escapes in values: it looks at exact types, and at texts that only a host object could
have written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from fmplang.check import types as t
from fmplang.runtime.values import Audio, Image, OrderedSet, RecordValue, Video, record, shape_of
from fmplang.runtime.values.video import VideoSource

HOSTILE_TEXT = "{0.__class__.__mro__} {ticket} \x1b[2J \x00 \ud800 yes"
TEXTS = (HOSTILE_TEXT, "", "a", "7", "-2.5", "a b a", "A\n\tß, 1")
FLOATS = (0.0, -0.0, 0.5, -3.5, 1e308, 1e-320, float("inf"), float("nan"))
PICTURE = Image.from_pixels(np.zeros((24, 32, 3), np.uint8))
FILM = Video(VideoSource(lambda index: PICTURE, 3, 1.0, "<frames>"))
SOUND = Audio(np.zeros(16, np.float32), 8)

_LEAVES = frozenset({type(None), bool, int, float, str, Image, Video, Audio})
# How CPython shows what is no value of FMP, an address, or a place on the host's disk.
LEAK = re.compile(
    r"<(?:class|function|module|built-in|bound method|method|generator|frame|code|slot wrapper|lambda) "
    r"|<[\w.]+ object(?: at|>)| at 0x[0-9a-f]{6,}|Traceback \(most recent|site-packages|mappingproxy\(")


def strangers(value: Any) -> Iterator[str]:
    """What of a value is outside the closed universe, or shows the host; nothing where all is well."""
    todo, seen = [value], set()
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in _LEAVES:
            if kind is str and LEAK.search(item):
                yield f"a text shows the host: {item[:200]!r}"
            continue
        if id(item) in seen:
            continue
        seen.add(id(item))
        if kind is list or kind is tuple or kind is OrderedSet:
            todo.extend(item)
        elif kind is dict:
            todo.extend(item)
            todo.extend(item.values())
        elif kind is RecordValue:
            todo.extend(item.__values__)
        else:
            yield f"a {kind.__module__}.{kind.__qualname__} came out"


def nasty(kind: t.Type, rng: random.Random | None = None) -> Any:
    """A value of a type, as nasty as the type allows; a drawn one with `rng`."""
    match kind:
        case t.OptionalType():
            return None if rng is None or rng.random() < 0.4 else nasty(kind.inner, rng)
        case t.LiteralType():
            return kind.values[0] if rng is None else rng.choice(kind.values)
        case t.ListType():
            return [nasty(kind.item, rng) for _ in range(1 if rng is None else rng.randint(0, 3))]
        case t.SetType():
            return OrderedSet(nasty(kind.item, rng) for _ in range(1 if rng is None else rng.randint(0, 3)))
        case t.DictType():
            count = 1 if rng is None else rng.randint(0, 3)
            return {nasty(kind.key, rng): nasty(kind.value, rng) for _ in range(count)}
        case t.TupleType():
            return tuple(nasty(item, rng) for item in kind.items)
        case t.RecordType():
            return record(shape_of(kind), {name: nasty(item, rng) for name, item in kind.fields})
        case t.Prim("bool"):
            return rng is not None and rng.random() < 0.5
        case t.Prim("int"):
            return -1 if rng is None else rng.choice((0, 1, -1, 3, 7, -20, 2**31, 2**255, -(2**255)))
        case t.Prim("float"):
            return 1e308 if rng is None else rng.choice(FLOATS)
        case t.Prim("str"):
            return HOSTILE_TEXT if rng is None else rng.choice(TEXTS)
        case t.Prim("Image"):
            return PICTURE
        case t.Prim("Video"):
            return FILM
        case t.Prim("Audio"):
            return SOUND
        case t.NONE:
            return None
    raise AssertionError(f"no value for {kind}")
