"""Faces, eyes, smiles, cats and people on photos by OpenCV's detectors, at a fast and at a fine setting.

How the settings were chosen: `python benchmarks/backends.py quality` measures them on scikit-image's photos and on
its 100 faces and 100 non-faces.

- face: frontal faces. Fine wants two cascades to agree, which removes the mistakes of either.
- eye, smile: only within a face, where these cascades are worth something. A crop of a face will do.
- cat: the face of a cat that looks at the camera; the box is the face. Fine adds up the votes of searches at three
  sizes and five angles, since a single one of these hangs on a pixel.
- person: whole upright bodies; fine also takes a frontal face for a person, whose box it draws from the face by the
  usual proportions. Neither sees the difference between a man and a woman, so neither answers for those words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from fmplang.backends.base import Health, Response
from fmplang.backends.embedded.boxes import Found, agreed, confidence, crops, distinct, merged
from fmplang.backends.embedded.cascades import people, scan
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.model import EmbeddedBackend, files_of, image_of
from fmplang.backends.embedded.names import CAT, EYE, FACE, PERSON, SMILE, part_of
from fmplang.backends.embedded.pictures import grey, shrunk, whole, widened, worked
from fmplang.runtime.requests import Request

Grade = Literal["fast", "fine"]

# Per grade and word: pixels of the longer side that are searched, and the votes that a box needs.
SIDE = {"fast": {FACE: 256, EYE: 256, SMILE: 256, CAT: 256, PERSON: 512},
        "fine": {FACE: 1024, EYE: 1024, SMILE: 1024, CAT: 320, PERSON: 1024}}
NEEDED = {"fast": {FACE: 3.0, EYE: 2.0, SMILE: 10.0, CAT: 4.0, PERSON: 1.3},
          "fine": {FACE: 6.0, EYE: 5.0, SMILE: 30.0, CAT: 16.0, PERSON: 1.3}}
_FILES = ("frontalface_alt2", "frontalface_alt", "frontalcatface_extended", "eye", "smile")


class OpenCvDetect(EmbeddedBackend):
    """find(image, name) for face, eye, smile, cat and person, and their plurals."""

    def __init__(self, grade: Grade) -> None:
        self.name = f"opencv-{grade}"
        self.capability = "detect"
        self.version = "1"
        self.grade = grade

    def supports(self, request: Request) -> bool:
        return part_of(request) is not None

    def work(self, request: Request) -> Work:
        image, part = image_of(request), part_of(request) or FACE
        return Work(part, worked(image, SIDE[self.grade][part]), whole(image))

    def operations(self, request: Request) -> float | None:
        part = part_of(request) or FACE
        pixels = worked(image_of(request), SIDE[self.grade][part]) * 1e6
        if part == PERSON:
            step, stride, searches = (1.1, 8, 1) if self.grade == "fast" else (1.03, 4, 1)
            each = 2 * 3780.0  # the classifier's products, per window
        else:
            step, stride = (1.3, 1) if self.grade == "fast" else (1.05, 1)
            searches = {"fast": 1, "fine": 10 if part == CAT else 2}[self.grade]
            each = 10 * 15.0  # about 10 features a window, each of 2 or 3 rectangles
        return searches * pixels / stride**2 / (1 - step**-2) * each

    def respond(self, request: Request) -> Response:
        image, part = image_of(request), part_of(request)
        assert part is not None
        picture, scale = grey(image, SIDE[self.grade][part])
        if min(picture.shape) < 20:  # smaller than every window
            return Response([])
        needed = NEEDED[self.grade][part]
        candidates = self._search(picture, part)
        found = distinct(box for box in candidates if box.votes >= needed)
        return Response(crops(image, (box.scaled(scale) for box in found)), confidence=confidence(candidates, needed))

    def health(self) -> Health:
        health = files_of("cv2", *(f"data/haarcascade_{name}.xml" for name in _FILES))
        if health.ok:
            return health
        return Health(False, health.why, "Install it: pip install 'fmplang[vision]' (OpenCV 5 has no cascades).")

    def describe(self) -> str:
        how = "one coarse pass" if self.grade == "fast" else "fine passes that must agree"
        return f'finds "face", "eye", "smile", "cat" (its face), "person", by OpenCV\'s detectors, {how}'

    # -------------------------------------------------------------- searching

    def _search(self, picture: np.ndarray, part: str) -> list[Found]:
        """All candidates, those with too few votes too."""
        if part == FACE:
            return self._faces(picture)
        if part == CAT:
            return self._cats(picture)
        if part == PERSON:
            return self._people(picture)
        return self._within_faces(picture, part)

    def _faces(self, picture: np.ndarray) -> list[Found]:
        if self.grade == "fast":
            return scan(picture, "frontalface_alt2", step=1.3, smallest=24)
        return agreed(scan(picture, "frontalface_alt2", step=1.05, smallest=24),
                      scan(picture, "frontalface_alt", step=1.05, smallest=24))

    def _cats(self, picture: np.ndarray) -> list[Found]:
        cascade, smallest = "frontalcatface_extended", min(picture.shape) // 5
        if self.grade == "fast":
            return scan(picture, cascade, step=1.1, smallest=smallest)
        found: list[Found] = []
        for share in (1.0, 0.8, 0.6):
            reduced = shrunk(picture, share)
            boxes = scan(reduced, cascade, step=1.05, smallest=min(reduced.shape) // 5, angles=(-15, -8, 0, 8, 15))
            found += [box.scaled(1 / share) for box in boxes]
        return merged(found)

    def _people(self, picture: np.ndarray) -> list[Found]:
        if self.grade == "fast":
            return people(picture, stride=8, step=1.1, margin=8)
        faces = distinct(f for f in self._faces(picture) if f.votes >= NEEDED["fine"][FACE])
        bodies = [_body(face, picture.shape) for face in faces]
        return bodies + people(picture, stride=4, step=1.03, margin=16)

    def _within_faces(self, picture: np.ndarray, part: str) -> list[Found]:
        # A border, so that a crop that is all face can be found to be one.
        border = max(4, min(picture.shape) // 5)
        bordered = np.pad(picture, border, mode="edge")
        needed = NEEDED[self.grade][FACE]
        found: list[Found] = []
        for face in distinct(f for f in self._faces(bordered) if f.votes >= needed):
            found += [box.shifted(-border, -border) for box in self._parts(bordered, face, part)]
        return found

    def _parts(self, picture: np.ndarray, face: Found, part: str) -> list[Found]:
        left, top, size = max(round(face.left), 0), max(round(face.top), 0), round(face.width)
        width = 120 if self.grade == "fast" else 160
        cut, factor = widened(picture[top:top + size, left:left + size], width)
        height = cut.shape[0]
        half = height // 2
        if part == EYE:
            step = 1.2 if self.grade == "fast" else 1.05
            seen = distinct(scan(cut[: half + height // 8], "eye", step=step))
            boxes = [*_best(b for b in seen if b.left + b.width / 2 < width / 2),
                     *_best(b for b in seen if b.left + b.width / 2 >= width / 2)]
        else:
            step = 1.3 if self.grade == "fast" else 1.1
            boxes = [box.shifted(0, half) for box in _best(scan(cut[half:], "smile", step=step))]
        return [box.scaled(1 / factor).shifted(left, top) for box in boxes]


def _best(found: Iterable[Found]) -> list[Found]:
    """The one with most votes, if any."""
    return distinct(found)[:1]


def _body(face: Found, shape: tuple[int, ...]) -> Found:
    """A person about a face: three faces wide, half a face above it, seven faces tall, cut to the picture."""
    height, width = shape
    left, right = max(0.0, face.left - face.width), min(float(width), face.left + 2 * face.width)
    top, bottom = max(0.0, face.top - face.height / 2), min(float(height), face.top + 6.5 * face.height)
    return Found(left, top, right - left, bottom - top, face.votes)
