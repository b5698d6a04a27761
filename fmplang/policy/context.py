"""What a policy sees of a call as 24 numbers: what is in the picture, what is asked, where in the program.

The picture's 16 numbers are a frozen encoding, the same for every program: light, contrast, colour, and how much
fine structure there is at four scales, where noise, blur and bad light show. They are computed once per picture
or crop. A request without a picture gets signed hashes of its words in their place.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fmplang.errors import FmpError, PolicyError
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fmplang.runtime.requests import Request

CONTENT = 16
SIZE = 24
_GRID = 64  # a picture is looked at in about this many rows and columns
_KEPT = 4096  # encodings remembered
_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)


class Context:
    """Features of calls. `encoder` may replace the frozen encoding: pixels (H x W x 3 uint8) to 16 numbers."""

    def __init__(self, encoder: Any = None) -> None:
        self._encoder = encoder or encode_pixels
        self._known: OrderedDict[tuple[int, Any], tuple[Any, np.ndarray]] = OrderedDict()

    def __call__(self, request: Request, confidence: float | None = None) -> np.ndarray:
        """24 float64. `confidence` is that of the answer before this call in the run, where it had one."""
        made = np.zeros(SIZE)
        image = _first_image(request.args)
        words = _words(request.args)
        if image is not None:
            made[:CONTENT] = self._encode(image)
            left, lower, right, upper = image.box
            height, width = image.source.pixels.shape[:2]
            made[16] = 0.5 * math.log(max((right - left) * (upper - lower), 1) / max(height * width, 1))
        elif words:
            made[:CONTENT] = hashed(words, CONTENT)
        made[17] = math.log1p(request.loop_index)
        made[18] = min(len(request.order), 8)
        if confidence is not None:
            made[19], made[20] = 1.0, confidence
        made[21] = math.log1p(len(words))
        made[22:24] = hashed(words, 2)
        return made

    def _encode(self, image: Image) -> np.ndarray:
        key = (id(image.source), image.box)
        found = self._known.get(key)
        if found is not None and found[0] is image.source:
            return found[1]
        made = self._encoded(image.pixels)
        self._known[key] = (image.source, made)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return made


    def _encoded(self, pixels: np.ndarray) -> np.ndarray:
        """What the encoder says, checked: it may be the user's."""
        try:
            made = np.asarray(self._encoder(pixels), dtype=np.float64)
        except FmpError:
            raise
        except Exception as error:
            raise PolicyError(f"the pool's encoder failed: {type(error).__name__}: {error}", code="FMP753",
                              hint="mend it, or make the pool without one") from error
        if made.shape != (CONTENT,) or not np.isfinite(made).all():
            shown = np.array2string(made, threshold=8)[:60]
            raise PolicyError(f"the pool's encoder gave {shown} of shape {made.shape}", code="FMP753",
                              hint=f"an encoder gives {CONTENT} finite numbers")
        return made


def encode_pixels(pixels: np.ndarray) -> np.ndarray:
    """16 numbers of a picture (H x W x 3 uint8, any size), under 2 ms for 256 x 256 pixels."""
    if pixels.shape[0] < 2 or pixels.shape[1] < 2:
        return np.zeros(CONTENT)
    height, width = pixels.shape[:2]
    rows, columns = max(1, height // _GRID), max(1, width // _GRID)
    # Whole rows, thinned from top to bottom: neighbours along a row stay neighbours, so the finest scale is kept.
    lines = (pixels[::rows].astype(np.float32) @ _WEIGHTS) * np.float32(1 / 255)
    second = np.abs(lines[:, 2:] - 2 * lines[:, 1:-1] + lines[:, :-2]) if width > 2 else lines * 0
    first = np.abs(np.diff(lines, axis=1))
    colour = pixels[::rows, ::columns].astype(np.float32) * np.float32(1 / 255)
    grey = _shrink(lines, columns) if columns > 1 else lines
    low, high = np.partition(grey.ravel(), (grey.size // 20, grey.size - 1 - grey.size // 20))[
        [grey.size // 20, grey.size - 1 - grey.size // 20]]
    made = [float(grey.mean()), _log(float(grey.mean())), _log(float(grey.std())), _log(float(high - low)),
            float((colour.max(axis=2) - colour.min(axis=2)).mean()),
            _log(float(second.mean())), _log(float(np.median(second))), _log(float(first.max(initial=0))),
            _log(float(np.median(first)))]
    level = grey
    for _ in range(3):
        made += _structure(level)
        level = _halve(level)
    made.append(float(grey[grey.shape[0] // 4: -(grey.shape[0] // 4) or None,
                           grey.shape[1] // 4: -(grey.shape[1] // 4) or None].mean() - grey.mean()))
    return np.array(made)


@lru_cache(maxsize=1024)
def hashed(words: str, count: int) -> np.ndarray:
    """Signed hashes of the words and word pairs, `count` numbers of about unit size in all. Read-only."""
    made = np.zeros(count)
    parts = words.lower().split()
    for token in parts + [f"{a} {b}" for a, b in pairwise(parts)]:
        code = int.from_bytes(blake2b(token.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
        made[(code >> 1) % count] += 1.0 if code & 1 else -1.0
    made /= max(1.0, math.sqrt(float(made @ made)))
    made.flags.writeable = False
    return made


def _structure(grey: np.ndarray) -> list[float]:
    """Mean and median of the Laplacian's size, as logarithms: detail, and noise without detail."""
    if min(grey.shape) < 3:
        return [0.0, 0.0]
    found = np.abs(4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:])
    return [_log(float(found.mean())), _log(float(np.median(found)))]


def _log(value: float) -> float:
    return math.log(value + 0.002)


def _shrink(grey: np.ndarray, factor: int) -> np.ndarray:
    width = grey.shape[1] // factor * factor
    made: np.ndarray = grey[:, :width].reshape(grey.shape[0], -1, factor).mean(axis=2)
    return made


def _halve(grey: np.ndarray) -> np.ndarray:
    height, width = grey.shape[0] & ~1, grey.shape[1] & ~1
    if height < 2 or width < 2:
        return grey
    grey = grey[:height, :width]
    made: np.ndarray = (grey[::2, ::2] + grey[1::2, ::2] + grey[::2, 1::2] + grey[1::2, 1::2]) * np.float32(0.25)
    return made


def _first_image(args: Mapping[str, Any]) -> Image | None:
    for value in args.values():
        if isinstance(value, Image):
            return value
        if isinstance(value, Video):
            return value.frame_from_index(value.num_frames // 2) if value.num_frames else None
    return None


def _words(args: Mapping[str, Any]) -> str:
    """The call's texts, cut at 4,000 characters."""
    found: list[str] = []
    for value in args.values():
        if isinstance(value, str):
            found.append(value[:4000])
        elif isinstance(value, list):
            found.extend(item[:200] for item in value[:50] if isinstance(item, str))
        elif isinstance(value, (int, float)) and not isinstance(value, Audio):
            found.append(str(value)[:40])
    return " ".join(found)[:4000]
