"""Faces by scikit-image's cascade of local binary patterns: small, quick to load, blind to small faces."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from fmplang.backends.base import Health, Response
from fmplang.backends.embedded.boxes import Found, crops, distinct
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.model import EmbeddedBackend, files_of, image_of
from fmplang.backends.embedded.names import FACE, part_of
from fmplang.backends.embedded.pictures import grey, whole, worked
from fmplang.runtime.requests import Request

SIDE = 192  # pixels of the longer side that are searched
SMALLEST = 24  # pixels of the window that the cascade was trained on
STEP = 1.25  # between two sizes of the window
LEAST = 3  # windows that must agree


class LbpFaces(EmbeddedBackend):
    """find(image, "face"): frontal faces of at least an eighth of the image's longer side. Gives no confidence."""

    def __init__(self) -> None:
        self.name = "lbp"
        self.capability = "detect"
        self.version = "1"
        self._lock = threading.Lock()

    def supports(self, request: Request) -> bool:
        return part_of(request) == FACE

    def work(self, request: Request) -> Work:
        image = image_of(request)
        return Work(FACE, worked(image, SIDE), whole(image))

    def operations(self, request: Request) -> float | None:
        windows = worked(image_of(request), SIDE) * 1e6 / (1 - STEP**-2)
        return windows * 10 * 40  # about 10 features a window, each of 8 rectangles with 5 operations

    def respond(self, request: Request) -> Response:
        image = image_of(request)
        picture, scale = grey(image, SIDE)
        height, width = picture.shape
        if min(height, width) < SMALLEST:
            return Response([])
        with self._lock:
            boxes = _cascade().detect_multi_scale(
                img=picture, scale_factor=STEP, step_ratio=1, min_size=(SMALLEST, SMALLEST), max_size=(height, width),
                min_neighbor_number=LEAST,
            )
        found = [Found(b["c"], b["r"], b["width"], b["height"], b["width"]).scaled(scale) for b in boxes]
        return Response(crops(image, distinct(found)))

    def health(self) -> Health:
        health = files_of("skimage", "data/lbpcascade_frontalface_opencv.xml")
        return health if health.ok else Health(False, health.why, "Install it: pip install 'fmplang[vision]'.")

    def describe(self) -> str:
        return 'finds "face" (frontal, large), by scikit-image\'s LBP cascade'


@lru_cache(maxsize=1)
def _cascade() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())
