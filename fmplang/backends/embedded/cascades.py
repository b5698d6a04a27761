"""OpenCV's boosted cascades and its people detector, as functions from a grey picture to voted boxes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.backends.embedded.boxes import Found

_LOCK = threading.Lock()  # a loaded cascade cannot be used by two threads at once


def scan(picture: np.ndarray, cascade: str, *, step: float, smallest: int = 0,
         angles: Sequence[float] = (0.0,)) -> list[Found]:
    """Every place where at least two windows of `haarcascade_{cascade}.xml` agree.

    `step` is the factor between two sizes of the window, `smallest` the least size in pixels, `angles` the
    degrees by which the picture is turned, each in a search of its own.
    """
    found = []
    for angle in angles:
        turned, back = _turned(picture, angle)
        with _LOCK:
            boxes, votes = _cascade(cascade).detectMultiScale2(
                turned, scaleFactor=step, minNeighbors=1, minSize=(smallest, smallest)
            )
        for (left, top, width, height), count in zip(boxes, np.ravel(votes), strict=True):
            x, y = back @ (left + width / 2, top + height / 2, 1.0)
            found.append(Found(float(x) - width / 2, float(y) - height / 2, float(width), float(height), float(count)))
    return found


def people(picture: np.ndarray, *, stride: int, step: float, margin: int) -> list[Found]:
    """Upright whole bodies of at least 128 pixels, by histograms of gradients; votes are the classifier's score."""
    height, width = picture.shape
    if height + 2 * margin < 128 or width + 2 * margin < 64:
        return []
    with _LOCK:
        boxes, scores = _people().detectMultiScale(
            picture, winStride=(stride, stride), padding=(margin, margin), scale=step
        )
    return [Found(float(b[0]), float(b[1]), float(b[2]), float(b[3]), max(0.0, float(score)))
            for b, score in zip(boxes, np.ravel(scores), strict=True)]


def _turned(picture: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture turned about its centre, large enough to hold all of it, and the 2 x 3 map back."""
    if angle == 0:
        return picture, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    cv2 = _cv2()
    height, width = picture.shape
    there = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(there[0, 0]), abs(there[0, 1])
    new_width, new_height = int(width * cos + height * sin), int(height * cos + width * sin)
    there[0, 2] += new_width / 2 - width / 2
    there[1, 2] += new_height / 2 - height / 2
    turned = cv2.warpAffine(picture, there, (new_width, new_height), borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.invertAffineTransform(there)


@lru_cache(maxsize=16)
def _cascade(name: str) -> Any:
    cv2 = _cv2()
    return cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"))


@lru_cache(maxsize=1)
def _people() -> Any:
    cv2 = _cv2()
    detector = cv2.HOGDescriptor()
    detector.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    return detector


def _cv2() -> Any:
    import cv2

    module: Any = cv2
    return module
