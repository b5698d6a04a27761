"""Pixels as the detectors want them: grey, and not larger than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as pil
from PIL.Image import Resampling

from fmplang.runtime.values.images import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage


def fitted(image: Image, side: int) -> PilImage:
    """The image as a Pillow picture with a longer side of at most `side`."""
    picture = image.pil()
    longer = max(picture.size)
    if longer <= side:
        return picture
    size = (max(1, round(picture.width * side / longer)), max(1, round(picture.height * side / longer)))
    return picture.resize(size, Resampling.BOX)


def grey(image: Image, side: int) -> tuple[np.ndarray, float]:
    """H x W uint8 with a longer side of at most `side`, and the factor from its pixels to the image's."""
    picture = fitted(image, side)
    return np.asarray(picture.convert("L")), max(image.size) / max(picture.size)


def small(image: Image, side: int) -> np.ndarray:
    """H x W x 3 uint8 with a longer side of at most `side`."""
    return np.asarray(fitted(image, side))


def shrunk(picture: np.ndarray, share: float) -> np.ndarray:
    """A grey picture with both sides multiplied by `share` (at most 1)."""
    height, width = picture.shape
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return picture if size == (width, height) else np.asarray(pil.fromarray(picture).resize(size, Resampling.BOX))


def widened(picture: np.ndarray, width: int) -> tuple[np.ndarray, float]:
    """A grey picture brought to a width, and the factor that took."""
    factor = width / picture.shape[1]
    size = (width, max(1, round(picture.shape[0] * factor)))
    return np.asarray(pil.fromarray(picture).resize(size, Resampling.BICUBIC)), factor


def doubled(picture: PilImage) -> PilImage:
    """The picture at twice its width and height."""
    return picture.resize((picture.width * 2, picture.height * 2), Resampling.BICUBIC)


def upright(picture: PilImage) -> PilImage:
    """A grey page of text turned by the angle, up to 8 degrees, at which its lines are most level."""
    reduced = picture.copy()
    reduced.thumbnail((400, 400))
    if min(reduced.size) < 32:
        return picture
    paper = int(np.median(np.asarray(reduced)))

    def levelness(angle: float) -> float:
        rows = np.asarray(reduced.rotate(angle, Resampling.BILINEAR, fillcolor=paper), dtype=np.float64).mean(axis=1)
        return float((np.diff(rows) ** 2).sum())

    best = max((float(angle) for angle in range(-8, 9)), key=levelness)
    best = max((best + step / 4 for step in range(-3, 4)), key=levelness)
    if levelness(best) < 1.1 * levelness(0.0):
        return picture
    return picture.rotate(best, Resampling.BICUBIC, expand=True, fillcolor=paper)


def enhanced(picture: PilImage) -> PilImage:
    """A grey page with its background made even and its contrast stretched."""
    from PIL import ImageFilter, ImageOps

    radius = max(8, max(picture.size) // 40)
    grey_levels = np.asarray(picture, dtype=np.float32)
    paper = np.asarray(picture.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(radius)))
    even = np.clip(grey_levels / np.maximum(paper, 1) * 255, 0, 255).astype(np.uint8)
    return ImageOps.autocontrast(pil.fromarray(even), cutoff=1)


def worked(image: Image, side: int) -> float:
    """Megapixels of an image once it is brought down to `side`."""
    width, height = image.size
    scale = min(1.0, side / max(width, height))
    return width * height * scale * scale / 1e6


def whole(image: Image) -> float:
    """Megapixels of an image."""
    return image.width * image.height / 1e6
