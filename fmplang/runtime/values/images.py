"""Images as programs and backends see them: one decoded picture, and a box into it.

Coordinates follow the visual-programming literature: whole pixels, the origin at the bottom left of the
original picture, `lower < upper`. A crop of a crop keeps its box in the original, however deeply nested.
Numpy and Pillow are imported when pixels are first asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from PIL.Image import Image as PilImage

Box = tuple[int, int, int, int]  # left, lower, right, upper


class ImageSource:
    """One picture: decoded when first asked for, never changed afterwards.

    `load` gives an H x W x 3 uint8 array and is called at most once. `name` is what messages call it (a path,
    or "<array>"); programs never see it. `path` is where the picture lies, where that is known.
    """

    __slots__ = ("__weakref__", "_digest", "_load", "_lock", "_pixels", "name", "path")

    def __init__(self, load: Callable[[], np.ndarray], name: str, path: str | None = None) -> None:
        self._load: Callable[[], np.ndarray] | None = load
        self._lock = threading.Lock()
        self._pixels: np.ndarray | None = None
        self._digest = ""
        self.name = name
        self.path = path

    @property
    def pixels(self) -> np.ndarray:
        """H x W x 3 uint8, top row first, read-only. Raises InputError where the file turns out damaged."""
        if self._pixels is None:
            with self._lock:
                if self._load is not None:
                    pixels = self._load()
                    pixels.flags.writeable = False
                    self._pixels = pixels
                    self._load = None  # lets the file's bytes go
        assert self._pixels is not None
        return self._pixels

    @property
    def digest(self) -> str:
        """A stable hash of size and pixels: the same picture from two files has one digest."""
        if not self._digest:
            from hashlib import blake2b

            pixels = self.pixels
            state = blake2b(f"{pixels.shape[0]}x{pixels.shape[1]}:".encode(), digest_size=16)
            state.update(pixels.tobytes() if not pixels.flags.c_contiguous else pixels.data)
            self._digest = state.hexdigest()
        return self._digest


class Image:
    """A rectangle of a picture. Immutable; equal to another with the same pixels around it and the same box."""

    __slots__ = ("_box", "source")

    def __init__(self, source: ImageSource, box: Box | None = None) -> None:
        self.source = source
        self._box = box

    @staticmethod
    def from_pixels(pixels: np.ndarray, name: str = "<array>") -> Image:
        """A whole picture from H x W x 3 uint8, copied. For other arrays and for files see image_files."""
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != "uint8" or not pixels.size:
            raise ValueError(f"expected H x W x 3 uint8, found {pixels.dtype} of shape {pixels.shape}")
        kept = pixels.copy()
        return Image(ImageSource(lambda: kept, name))

    @property
    def box(self) -> Box:
        """(left, lower, right, upper) in pixels of the original picture, origin at the bottom left."""
        if self._box is None:
            height, width = self.source.pixels.shape[:2]
            self._box = (0, 0, width, height)
        return self._box

    @property
    def pixels(self) -> np.ndarray:
        """H x W x 3 uint8 of this rectangle, top row first: a read-only view."""
        left, lower, right, upper = self.box
        whole = self.source.pixels
        height = whole.shape[0]
        return whole[height - upper : height - lower, left:right]

    def pil(self) -> PilImage:
        """This rectangle as a Pillow image of its own, mode RGB."""
        from PIL import Image as pil

        return pil.fromarray(self.pixels)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        left, lower, right, upper = self.box
        return right - left, upper - lower

    @property
    def left(self) -> int:
        return self.box[0]

    @property
    def lower(self) -> int:
        return self.box[1]

    @property
    def right(self) -> int:
        return self.box[2]

    @property
    def upper(self) -> int:
        return self.box[3]

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def horizontal_center(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def vertical_center(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def digest(self) -> str:
        """A stable hash of the picture's pixels and this box."""
        return f"{self.source.digest}:{','.join(map(str, self.box))}"

    def crop(self, left: float, lower: float, right: float, upper: float) -> Image:
        """The rectangle at these coordinates of this image (its own lower left corner is 0, 0).

        Fractions are cut off, and what sticks out of this image is clipped. ValueError where nothing is left.
        """
        width, height = self.size
        x0, y0 = _clip(left, width), _clip(lower, height)
        x1, y1 = _clip(right, width), _clip(upper, height)
        if x0 >= x1 or y0 >= y1:
            raise ValueError(
                f"crop({left}, {lower}, {right}, {upper}) leaves nothing of an image of {width} x {height} pixels"
            )
        dx, dy = self.box[0], self.box[1]
        return Image(self.source, (x0 + dx, y0 + dy, x1 + dx, y1 + dy))

    def overlaps_with(self, left: float, lower: float, right: float, upper: float) -> bool:
        """Whether the box, in coordinates of the original picture, meets this one. Touching counts."""
        mine = self.box
        return mine[0] <= right and mine[2] >= left and mine[1] <= upper and mine[3] >= lower

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        if self.source is other.source:
            return self.box == other.box
        return self.box == other.box and self.source.digest == other.source.digest

    def __hash__(self) -> int:
        return hash(self.box)  # cheap, and equal images have equal boxes

    def __repr__(self) -> str:
        width, height = self.size
        return f"<image {width}x{height} at {self.box}>"


def _clip(at: float, length: int) -> int:
    return int(min(max(at, 0), length))  # nan passes min and max, and int refuses it with ValueError


def distance(a: Image | float, b: Image | float) -> float:
    """The gap in pixels between two boxes of one picture, 0 where they meet; of two numbers, their difference."""
    if isinstance(a, Image) and isinstance(b, Image):
        across = max(0, a.left - b.right, b.left - a.right)
        up = max(0, a.lower - b.upper, b.lower - a.upper)
        return float((across * across + up * up) ** 0.5)
    if isinstance(a, Image) or isinstance(b, Image):
        raise TypeError("distance takes two images or two numbers")
    return abs(a - b)
