"""Pictures as data URIs, bounded in size, and boxes in them as boxes in the image that a program holds."""

from __future__ import annotations

import base64
import io
from typing import Any, NamedTuple

from fmplang.backends.openai.schema import SIDES
from fmplang.runtime.values import Image

LOSSLESS = 256 * 256  # pixels up to which a picture is sent as PNG; larger ones as JPEG
MOST_BYTES = 4_000_000
QUALITY = 90


class Sent(NamedTuple):
    """A picture as it was sent: `scale` leads from its pixels to the image's."""

    uri: str
    width: int
    height: int
    scale: float


def size_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height with the longer at most `side`."""
    longer = max(size)
    if longer <= side:
        return size
    return max(1, round(size[0] * side / longer)), max(1, round(size[1] * side / longer))


def data_uri(image: Image, side: int) -> Sent:
    """The image with a longer side of at most `side` pixels, and less where it would have more than MOST_BYTES."""
    from PIL.Image import Resampling

    picture = image.pil()
    while True:
        size = size_within(image.size, side)
        small = picture if size == picture.size else picture.resize(size, Resampling.LANCZOS)
        kind = "PNG" if size[0] * size[1] <= LOSSLESS else "JPEG"
        stream = io.BytesIO()
        small.save(stream, kind, quality=QUALITY)
        data = stream.getvalue()
        if len(data) <= MOST_BYTES:
            break
        side //= 2
    text = base64.b64encode(data).decode("ascii")
    return Sent(f"data:image/{kind.lower()};base64,{text}", *size, max(image.size) / max(size))


def box_in(image: Image, sent: Sent, data: Any) -> Any:
    """(left, lower, right, upper) in the image's pixels; what is no box stays as it is."""
    if not isinstance(data, dict) or data.keys() != set(SIDES):
        return data
    left, top, right, bottom = (data[side] for side in SIDES)
    if any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in (left, top, right, bottom)):
        return data
    height = image.height
    return [left * sent.scale, height - bottom * sent.scale, right * sent.scale, height - top * sent.scale]
