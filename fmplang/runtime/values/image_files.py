"""From files, bytes, arrays and Pillow images to Image. Nothing here trusts what it reads.

A picture's format and size are read from its header, before any decoder sees it; then Pillow decodes with
those formats alone. Every failure is an InputError or a LimitError that names the file and says what to do.
"""

from __future__ import annotations

import os
import stat
import struct
import threading
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from fmplang.errors import InputError, LimitError
from fmplang.runtime.values.images import Image, ImageSource

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from fmplang.limits import Limits

Decoded = TypeVar("Decoded")

ACCEPTED = "Give a PNG, JPEG or WebP file."


def open_image(path: str | os.PathLike[str], limits: Limits) -> Image:
    """The image in a file. Its bytes are read now, and decoded when pixels are first asked for."""
    where = os.fspath(path)
    return image_from_bytes(read_file(where, limits.image_bytes), limits, name=shown(where), path=where)


def image_from_bytes(data: bytes, limits: Limits, *, name: str = "<bytes>", path: str | None = None) -> Image:
    if len(data) > limits.image_bytes:
        raise too_many_bytes(name, limits.image_bytes)
    check_header(data, limits, name)
    return Image(ImageSource(lambda: _decode(data, limits, name), name, path))


def image_from_array(array: np.ndarray, limits: Limits, *, name: str = "<array>") -> Image:
    """H x W or H x W x 1, 3 or 4: uint8, uint16, bool, or floats from 0 to 1. The array is copied."""
    pixels = _pixels_of_array(array, limits, name)
    return Image(ImageSource(lambda: pixels, name))


def image_from_pil(picture: Any, limits: Limits, *, name: str = "<picture>") -> Image:
    """A Pillow image, in any mode with a fixed range. Its pixels are copied now."""
    check_pixels(picture.size[0], picture.size[1], limits, name)
    pixels = guarded(lambda: rgb(picture, name), name)
    return Image(ImageSource(lambda: pixels, name))


# ------------------------------------------------------------------- reading


def shown(path: str) -> str:
    """A path as messages may print it: on one line, without control characters and half characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii") for c in path)


def read_file(path: str, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes."""
    name = shown(path)
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise InputError(f"{name}: not a regular file", code="FMP811", hint="Give the path of a file.")
            data = file.read(most + 1)
    except IsADirectoryError:
        raise InputError(f"{name}: is a folder", code="FMP811", hint="Give the path of a file in it.") from None
    except FileNotFoundError:
        hint = f"Check the path; it is read from {os.getcwd()}." if not os.path.isabs(path) else "Check the path."
        raise InputError(f"{name}: there is no such file", code="FMP811", hint=hint) from None
    except ValueError:  # a NUL in the path
        raise InputError(f"{name}: not a path", code="FMP811", hint="Check the path.") from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{name}: cannot be read: {why}", code="FMP811", hint="Check its permissions.") from None
    if len(data) > most:
        raise too_many_bytes(name, most)
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for its writer for ever


def too_many_bytes(name: str, most: int) -> LimitError:
    return LimitError(
        f"{name}: larger than {most:,} bytes",
        limit="image_bytes", ceiling=most, code="FMP614",
        hint="Give a smaller file, or raise the limit image_bytes.",
    )


def check_pixels(width: int, height: int, limits: Limits, name: str) -> None:
    if width < 1 or height < 1:
        raise InputError(f"{name}: the picture is empty ({width} x {height} pixels)", code="FMP813", hint=ACCEPTED)
    if width * height > limits.image_pixels:
        raise LimitError(
            f"{name}: {width} x {height} pixels are more than {limits.image_pixels:,}",
            limit="image_pixels", ceiling=limits.image_pixels, code="FMP615",
            hint="Scale the picture down, or raise the limit image_pixels.",
        )


# ------------------------------------------------------------------- headers


def check_header(data: bytes, limits: Limits, name: str) -> None:
    """Refuse what is no picture, or too large a one, from the first bytes alone."""
    if not data:
        raise InputError(f"{name}: the file is empty", code="FMP812", hint=ACCEPTED)
    kind = image_kind(data)
    if kind == "":
        raise InputError(f"{name}: not an image: {_looks_like(data)}", code="FMP812", hint=ACCEPTED)
    size = {"PNG": _png_size, "JPEG": _jpeg_size, "WEBP": _webp_size}[kind](data)
    if size is None:
        raise _damaged(name, f"its {kind} header is cut off")
    check_pixels(*size, limits, name)


def image_kind(data: bytes) -> str:
    """PNG, JPEG, WEBP, or "" """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return ""


def _looks_like(data: bytes) -> str:
    for start, what in (
        (b"GIF8", "a GIF (a Video input takes it)"), (b"BM", "a BMP"), (b"II*\0", "a TIFF"), (b"MM\0*", "a TIFF"),
        (b"%PDF", "a PDF"), (b"PK\x03\x04", "a ZIP archive"), (b"<svg", "an SVG"),
    ):
        if data.startswith(start):
            return f"it is {what}"
    if data[4:12] in (b"ftypheic", b"ftypavif", b"ftypmif1"):
        return "it is a HEIC or AVIF"
    try:
        data[:512].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < min(len(data), 512) - 4:
            return "its format is unknown"
    return "it is text" if b"\0" not in data[:512] else "its format is unknown"


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """From the first frame header (SOF); other segments are skipped by their length."""
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0x01, *range(0xD0, 0xD9)):
            at += 2
            continue
        at += 2 + max(2, struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


# ------------------------------------------------------------------ decoding


def _damaged(name: str, why: str) -> InputError:
    return InputError(f"{name}: the image is damaged: {why}", code="FMP813", hint="Save or download it again.")


_warnings = threading.Lock()


def guarded(work: Callable[[], Decoded], name: str) -> Decoded:
    """Do Pillow's work: whatever it raises on hostile bytes becomes one of our errors, and it warns nobody.

    One at a time, because Python's warning filters are shared by all threads.
    """
    from PIL import Image as pil

    try:
        with _warnings, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its bomb warning is our limit
            return work()
    except (InputError, LimitError):
        raise
    except (pil.DecompressionBombError, MemoryError) as error:
        raise LimitError(f"{name}: too large to decode: {_short(error)}", limit="image_pixels",
                         ceiling=pil.MAX_IMAGE_PIXELS or 0, code="FMP615", hint="Scale the picture down.") from None
    except Exception as error:  # a dozen kinds: struct.error, SyntaxError, zlib.error, ...
        raise _damaged(name, _short(error)) from None


def open_with_pillow(data: bytes, formats: tuple[str, ...], limits: Limits, name: str) -> Any:
    """A Pillow image whose size was checked, not yet decoded. Call it within `guarded`."""
    import io

    from PIL import Image as pil

    picture = pil.open(io.BytesIO(data), formats=formats)
    check_pixels(picture.size[0], picture.size[1], limits, name)
    return picture


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


def _decode(data: bytes, limits: Limits, name: str) -> np.ndarray:
    def work() -> np.ndarray:
        picture = open_with_pillow(data, ("PNG", "JPEG", "WEBP"), limits, name)
        # A phone's MPO is a JPEG with previews behind it: its first frame is the photo.
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
            raise InputError(f"{name}: holds {picture.n_frames} frames, not one", code="FMP814",
                             hint="Give one frame, or declare the parameter as a Video.")
        return rgb(picture, name)

    return guarded(work, name)


def rgb(picture: Any, name: str) -> np.ndarray:
    """H x W x 3 uint8: upright by EXIF, transparency on white, 16 bits cut to 8. Call it within `guarded`."""
    import numpy as np
    from PIL import Image as pil
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    if upright.mode == "La":
        upright = upright.convert("LA")  # Pillow knows no shorter way
    if upright.mode.startswith("I;16"):
        grey = (np.asarray(upright).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if upright.mode in ("F", "I"):
        raise InputError(f"{name}: a picture of mode {upright.mode!r} has no fixed range", code="FMP812",
                         hint="Convert it to RGB first.")
    if upright.has_transparency_data:
        white = pil.new("RGBA", upright.size, "white")
        white.alpha_composite(upright.convert("RGBA"))
        upright = white
    return np.array(upright.convert("RGB"), dtype=np.uint8)


def _pixels_of_array(array: np.ndarray, limits: Limits, name: str) -> np.ndarray:
    import numpy as np

    def refuse(why: str) -> InputError:
        return InputError(f"{name}: {why}", code="FMP812",
                          hint="Give H x W or H x W x 3: uint8, or floats from 0 to 1.")

    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise refuse(f"an array of shape {array.shape} is not an image")
    check_pixels(array.shape[1], array.shape[0], limits, name)
    if array.dtype == np.uint8:
        pixels = array.copy()
    elif array.dtype == np.bool_:
        pixels = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype == np.uint16:
        pixels = (array >> 8).astype(np.uint8)
    elif array.dtype.kind == "f":
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise refuse("floats outside 0 to 1")
        pixels = np.rint(array * 255).astype(np.uint8)
    elif array.dtype.kind in "iu":
        if array.min() < 0 or array.max() > 255:
            raise refuse("integers outside 0 to 255")
        pixels = array.astype(np.uint8)
    else:
        raise refuse(f"an array of {array.dtype} is not an image")
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:].astype(np.uint16)
        mixed = (pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
        pixels = mixed.astype(np.uint8)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(pixels)
