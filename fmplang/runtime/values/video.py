"""Video: frames in order at a fixed rate. A folder of images, or an animated GIF or WebP."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fmplang.errors import InputError, LimitError
from fmplang.runtime.values.image_files import guarded, image_kind, open_image, open_with_pillow, read_file, rgb, shown
from fmplang.runtime.values.images import Image, ImageSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from fmplang.limits import Limits

FOLDER_RATE = 1.0
"""Frames per second of a folder of images: nothing in it says better."""

ANIMATION_PICTURES = 4
"""All frames of an animation are decoded together: at most this many times the limit image_pixels."""


class VideoSource:
    """Where frames come from. `frame(i)` gives the i-th; what it gives is kept while anything holds it."""

    __slots__ = ("_digest", "_frame", "_live", "count", "name", "path", "rate")

    def __init__(self, frame: Callable[[int], Image], count: int, rate: float, name: str,
                 path: str | None = None) -> None:
        from weakref import WeakValueDictionary

        self._frame = frame
        self._live: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._digest = ""
        self.count = count
        self.rate = rate
        self.name = name
        self.path = path

    def frame(self, index: int) -> Image:
        source = self._live.get(index)
        if source is None:
            source = self._live[index] = self._frame(index).source
        return Image(source)

    @property
    def digest(self) -> str:
        if not self._digest:
            from hashlib import blake2b

            state = blake2b(f"{self.rate!r}:{self.count}:".encode(), digest_size=16)
            for i in range(self.count):
                state.update(self.frame(i).digest.encode())
            self._digest = state.hexdigest()
        return self._digest


class Video:
    """Frames `start` to `end` (not included) of a source. Immutable."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: VideoSource, start: int = 0, end: int | None = None) -> None:
        self.source = source
        self.start = start
        self.end = source.count if end is None else end

    @property
    def num_frames(self) -> int:
        return self.end - self.start

    @property
    def duration(self) -> float:
        """In seconds."""
        return self.num_frames / self.source.rate

    @property
    def frame_rate(self) -> float:
        """In frames per second."""
        return self.source.rate

    def frame_from_index(self, index: int) -> Image:
        """The frame at `index`, counted as in a list: -1 is the last. IndexError beyond the ends."""
        count = self.num_frames
        if not -count <= index < count:
            raise IndexError(f"frame {index} of a video of {count} frames")
        return self.source.frame(self.start + index % count)

    def frame_iterator(self) -> Iterator[Image]:
        return (self.source.frame(i) for i in range(self.start, self.end))

    def trim(self, start: int | None = None, end: int | None = None) -> Video:
        """Frames `start` to `end` (not included), clipped to what there is. ValueError where none is left."""
        count = self.num_frames
        first = 0 if start is None else min(max(start, 0), count)
        last = count if end is None else min(max(end, 0), count)
        if first >= last:
            raise ValueError(f"trim({start}, {end}) leaves nothing of a video of {count} frames")
        return Video(self.source, self.start + first, self.start + last)

    @property
    def digest(self) -> str:
        return f"{self.source.digest}:{self.start},{self.end}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Video):
            return NotImplemented
        if (self.start, self.end) != (other.start, other.end):
            return False
        return self.source is other.source or self.source.digest == other.source.digest

    def __hash__(self) -> int:
        return hash((self.start, self.end))

    def __repr__(self) -> str:
        return f"<video of {self.num_frames} frames>"


# -------------------------------------------------------------------- making


def open_video(path: str | os.PathLike[str], limits: Limits) -> Video:
    """A folder of PNG, JPEG or WebP images in the order of their names, or an animated GIF or WebP file."""
    where = os.fspath(path)
    if os.path.isdir(where):
        return _open_folder(where, limits)
    data = read_file(where, limits.image_bytes)
    if not data.startswith(b"GIF8") and image_kind(data) != "WEBP":
        raise InputError(f"{shown(where)}: not a video", code="FMP812",
                         hint="Give a folder of images, or an animated GIF or WebP file.")
    return _open_animation(data, where, shown(where), limits)


def video_from_frames(frames: Sequence[Image], limits: Limits, *, rate: float = FOLDER_RATE,
                      name: str = "<frames>") -> Video:
    """A video of these images, `rate` frames per second."""
    kept = tuple(frames)
    _check_count(len(kept), limits, name)
    if not 0 < rate < float("inf"):
        raise InputError(f"{name}: a frame rate of {rate}", code="FMP812", hint="Give frames per second above 0.")
    return Video(VideoSource(lambda i: kept[i], len(kept), float(rate), name))


def _check_count(count: int, limits: Limits, name: str) -> None:
    if count < 1:
        raise InputError(f"{name}: no frames in it", code="FMP812",
                         hint="Give a folder with PNG, JPEG or WebP files.")
    if count > limits.items:
        raise LimitError(f"{name}: {count:,} frames are more than {limits.items:,}", limit="items",
                         ceiling=limits.items, code="FMP610", hint="Give fewer frames, or raise the limit items.")


def _open_folder(folder: str, limits: Limits) -> Video:
    name = shown(folder)
    try:
        names = [n for n in os.listdir(folder) if n.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))]
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}", code="FMP811",
                         hint="Check its permissions.") from None
    _check_count(len(names), limits, name)
    paths = [os.path.join(folder, n) for n in sorted(names, key=_by_number)]
    return Video(VideoSource(lambda i: open_image(paths[i], limits), len(paths), FOLDER_RATE, name, folder))


def _by_number(name: str) -> tuple[list[tuple[int, str]], str]:
    """frame2 before frame10."""
    parts = re.findall(r"\d{1,18}|\D+", name)
    return [(int(p), "") if p.isascii() and p.isdigit() else (-1, p) for p in parts], name


def _open_animation(data: bytes, path: str, name: str, limits: Limits) -> Video:
    from PIL import ImageSequence

    def work() -> tuple[list[Any], float]:
        picture = open_with_pillow(data, ("GIF", "WEBP"), limits, name)
        count = getattr(picture, "n_frames", 1)
        _check_count(count, limits, name)
        most = limits.image_pixels * ANIMATION_PICTURES
        if count * picture.size[0] * picture.size[1] > most:
            raise LimitError(
                f"{name}: {count} frames of {picture.size[0]} x {picture.size[1]} pixels are more than {most:,}",
                limit="image_pixels", ceiling=most, code="FMP615",
                hint="Give fewer or smaller frames, or a folder of images.",
            )
        frames, milliseconds = [], 0.0
        for frame in ImageSequence.Iterator(picture):
            frames.append(rgb(frame.copy(), name))
            milliseconds += float(frame.info.get("duration") or 100)
        return frames, 1000 * len(frames) / milliseconds

    arrays, rate = guarded(work, name)
    images = [Image(ImageSource(_giving(array), f"{name}#{i}")) for i, array in enumerate(arrays)]
    return Video(VideoSource(lambda i: images[i], len(images), rate, name, path))


def _giving(array: Any) -> Callable[[], Any]:
    return lambda: array
