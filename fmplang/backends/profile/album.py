"""Pictures whose scenes are known, found by their pixels."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from fmplang.backends.base import HEALTHY, Health
from fmplang.errors import BackendError, ConfigError, FmpError
from fmplang.limits import Limits
from fmplang.runtime.values.images import Image
from fmplang.scenes.graph import Scene, scene_from

if TYPE_CHECKING:
    import numpy as np

ROWS = "scenes.jsonl"
MAKE = "Draw some with `fmplang scenes make DIR` and name the folder: --pool profile:DIR"


class Album:
    """Which scene a picture shows. A picture is known by its pixels, so by whatever path it comes. One that has a
    single colour all over shows nothing, which need not be told.

    `folder` is one that `fmplang scenes make` wrote; it is read when a picture is first looked up. Others are added
    one by one.
    """

    def __init__(self, *, folder: Path | None = None) -> None:
        self.folder = folder
        self._known: dict[str, Scene] = {}
        self._read = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, picture: Image | np.ndarray, scene: Scene) -> Image:
        """Remember what a whole picture shows, and give it as an image. Pixels are (height, width, 3) uint8."""
        image = picture if isinstance(picture, Image) else Image.from_pixels(picture, scene.name)
        self._known[image.source.digest] = scene
        return image

    def scene(self, image: Image) -> Scene:
        """What the picture that the image is cut from shows. BackendError (FMP708) where that is not known; ConfigError
        (FMP862) where the folder cannot be read."""
        if self.folder is not None and not self._read:
            with self._lock:
                if not self._read:
                    self._read_folder(self.folder)
                    self._read = True
        known = self._known.get(image.source.digest)
        if known is None:
            known = _empty(image)
        if known is None:
            where = f"is not in {self.folder / ROWS}" if self.folder is not None else "was not given to it"
            raise BackendError(
                f"the simulation does not know what the picture {image.source.name} shows: it {where}", code="FMP708",
                hint=f"It answers for pictures whose scenes are known. {MAKE}.",
            )
        return known

    def health(self) -> Health:
        if self.folder is None:
            return HEALTHY if self._known else Health(False, "it knows no picture", MAKE)
        if (self.folder / ROWS).is_file():
            return HEALTHY
        return Health(False, f"there is no {self.folder / ROWS}", MAKE)

    def _read_folder(self, folder: Path) -> None:
        from fmplang.runtime.values.image_files import open_image

        place = folder / ROWS
        try:
            rows = place.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise _unread(f"{place} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise _unread(f"{place} is not text in UTF-8") from None
        for number, line in enumerate(rows, 1):
            try:
                row = json.loads(line)
                self.add(open_image(folder / str(row.pop("file")), Limits()), scene_from(row))
            except FmpError as error:
                raise _unread(f"{place}:{number}: {error.message}") from None
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise _unread(f"{place}:{number} is no scene: {type(error).__name__}: {error}") from None


def _empty(image: Image) -> Scene | None:
    """A scene without things, if the picture has but one colour."""
    pixels = image.source.pixels
    height, width = pixels.shape[:2]
    return Scene("empty", width, height, "", ()) if (pixels == pixels[0, 0]).all() else None


def _unread(what: str) -> ConfigError:
    return ConfigError(what, code="FMP862", hint=f"{MAKE}.")
