"""Pictures from files, bytes, arrays and Pillow; boxes under nested crops; what is refused, and how."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as pil

from fmplang.errors import InputError, LimitError
from fmplang.limits import Limits
from fmplang.runtime.values.image_files import image_from_array, image_from_bytes, image_from_pil, open_image
from fmplang.runtime.values.images import Image, distance

LIMITS = Limits()
RAMP = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)  # 8 wide, 6 high, every pixel another


def encoded(picture, format="PNG", **options):
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def decoded(data, limits=LIMITS):
    return image_from_bytes(data, limits).pixels


def png(width, height, rows=b""):
    """A PNG whose header says what it likes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# ------------------------------------------------------------------ the box


@st.composite
def crops(draw):
    return [tuple(draw(st.integers(-3, 12)) for _ in range(4)) for _ in range(draw(st.integers(0, 4)))]


@given(crops())
def test_nested_crops_agree_with_slicing_and_keep_their_place(boxes):
    whole = Image.from_pixels(RAMP)
    image, pixels = whole, RAMP
    for left, lower, right, upper in boxes:
        height, width = pixels.shape[:2]
        x0, x1 = max(left, 0), min(right, width)
        y0, y1 = max(lower, 0), min(upper, height)
        if x0 >= x1 or y0 >= y1:
            with pytest.raises(ValueError, match="leaves nothing"):
                image.crop(left, lower, right, upper)
            break
        image = image.crop(left, lower, right, upper)
        pixels = pixels[height - y1 : height - y0, x0:x1]
    assert np.array_equal(image.pixels, pixels)
    left, lower, right, upper = image.box
    assert np.array_equal(RAMP[6 - upper : 6 - lower, left:right], pixels)
    assert whole.crop(*image.box) == image
    assert image.size == (right - left, upper - lower) == (pixels.shape[1], pixels.shape[0])


def test_the_origin_is_the_lower_left_corner():
    image = Image.from_pixels(RAMP)
    assert image.box == (0, 0, 8, 6)
    corner = image.crop(0, 0, 1, 1)
    assert corner.pixels.tolist() == [[RAMP[5, 0].tolist()]]
    assert (corner.left, corner.lower, corner.right, corner.upper) == (0, 0, 1, 1)
    patch = image.crop(2, 1, 7, 5).crop(1, 1, 3, 2)
    assert patch.box == (3, 2, 5, 3)
    assert (patch.width, patch.height) == (2, 1)
    assert (patch.horizontal_center, patch.vertical_center) == (4.0, 2.5)
    assert np.asarray(patch.pil()).tolist() == patch.pixels.tolist()


def test_fractions_are_cut_off_and_nonsense_is_an_error():
    image = Image.from_pixels(RAMP)
    assert image.crop(0.9, 1.2, 4.9, float("inf")).box == (0, 1, 4, 6)
    with pytest.raises(ValueError, match="NaN"):
        image.crop(float("nan"), 0, 1, 1)


def test_overlap_and_distance():
    image = Image.from_pixels(RAMP)
    a, b, c = image.crop(0, 0, 2, 2), image.crop(5, 6 - 2, 8, 6), image.crop(1, 1, 4, 4)
    assert a.overlaps_with(*c.box) and c.overlaps_with(*a.box)
    assert a.overlaps_with(2, 2, 3, 3)  # touching
    assert not a.overlaps_with(*b.box)
    assert distance(a, b) == distance(b, a) == (3**2 + 2**2) ** 0.5
    assert distance(a, c) == 0.0
    assert distance(2, 5.5) == 3.5
    with pytest.raises(TypeError):
        distance(a, 3)


def test_equality_is_by_pixels_and_box_and_pixels_are_read_only():
    one, two = Image.from_pixels(RAMP), image_from_bytes(encoded(pil.fromarray(RAMP)), LIMITS)
    assert one == two and hash(one) == hash(two) and one.digest == two.digest
    assert one.crop(0, 0, 2, 2) != two.crop(1, 0, 2, 2)
    assert one != Image.from_pixels(RAMP[:, ::-1])
    assert one != "image"
    with pytest.raises(ValueError, match="read-only"):
        one.pixels[0, 0, 0] = 1
    assert repr(two) == "<image 8x6 at (0, 0, 8, 6)>"


def test_an_array_is_copied():
    mine = RAMP.copy()
    image = image_from_array(mine, LIMITS)
    mine[:] = 0
    assert np.array_equal(image.pixels, RAMP)


# -------------------------------------------------------------- modes and such


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBa", "La", "CMYK", "YCbCr", "HSV"])
def test_every_pillow_mode_becomes_rgb(mode):
    grey = pil.fromarray(np.full((4, 5), 255, np.uint8))
    between = {"La": "LA", "RGBa": "RGBA", "PA": "P"}.get(mode, "L")
    pixels = image_from_pil(grey.convert(between).convert(mode), LIMITS).pixels
    assert pixels.shape == (4, 5, 3) and pixels.dtype == np.uint8
    assert pixels.min() >= 250


def test_transparency_is_on_white():
    half = np.zeros((2, 2, 4), np.uint8)
    half[0, 0] = (255, 0, 0, 255)
    half[1, 1] = (0, 0, 0, 128)
    for pixels in (decoded(encoded(pil.fromarray(half))), image_from_array(half, LIMITS).pixels):
        assert pixels[0, 0].tolist() == [255, 0, 0]
        assert pixels[0, 1].tolist() == [255, 255, 255]
        assert pixels[1, 1].tolist() == [127, 127, 127]


def test_a_palette_with_a_transparent_colour():
    picture = pil.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([0, 1])
    assert decoded(encoded(picture, transparency=1)).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_sixteen_bits_are_cut_to_eight():
    deep = np.array([[0, 0x1234, 0xFFFF]], np.uint16)
    assert decoded(encoded(pil.fromarray(deep)))[0, :, 0].tolist() == [0, 0x12, 0xFF]
    assert image_from_array(deep, LIMITS).pixels[0, :, 2].tolist() == [0, 0x12, 0xFF]


@pytest.mark.parametrize("mode", ["F", "I"])
def test_a_mode_without_a_range_is_refused(mode):
    with pytest.raises(InputError, match="fixed range") as caught:
        image_from_pil(pil.new(mode, (2, 2)), LIMITS)
    assert caught.value.code == "FMP812"


def test_exif_turns_the_picture():
    exif = pil.Exif()
    exif[0x0112] = 6  # turn right
    data = encoded(pil.fromarray(RAMP), "JPEG", exif=exif, quality=100)
    assert decoded(data).shape == (8, 6, 3)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_accepted_formats(format):
    assert decoded(encoded(pil.fromarray(RAMP), format)).shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("array", "first"),
    [
        (np.full((2, 3), 7, np.uint8), 7),
        (np.full((2, 3, 1), 7, np.uint8), 7), (np.ones((2, 3), bool), 255),
        (np.full((2, 3, 3), 0.5), 128), (np.full((2, 3, 3), 9, np.int64), 9),
        (np.full((2, 3, 3), 1.0, np.float32), 255),
    ],
)
def test_arrays_of_several_kinds(array, first):
    assert image_from_array(array, LIMITS).pixels[0, 0].tolist() == [first] * 3


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 2), np.uint8), np.zeros(3, np.uint8), np.zeros((1, 1, 1, 1), np.uint8), np.full((2, 2), 1.5),
        np.full((2, 2), -0.1), np.full((2, 2), np.nan), np.full((2, 2), 256), np.full((2, 2), -1),
        np.zeros((2, 2), complex), np.zeros((0, 2), np.uint8), np.array([["a"]]),
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(InputError) as caught:
        image_from_array(array, LIMITS)
    assert caught.value.code in ("FMP812", "FMP813")
    assert caught.value.hint


# -------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "FMP812", "is empty"),
        (b"a photo of a dog\n", "FMP812", "it is text"),
        ("ein Foto für später".encode(), "FMP812", "it is text"),
        (b"GIF89a" + bytes(20), "FMP812", "a Video input takes it"),
        (b"%PDF-1.7 ...", "FMP812", "it is a PDF"),
        (bytes(range(128, 256)), "FMP812", "format is unknown"),
        (b"\x89PNG\r\n\x1a\n", "FMP813", "header is cut off"),
        (b"\xff\xd8\xff\xe0", "FMP813", "header is cut off"),
        (b"\xff\xd8\xff" + b"\xff" * 50, "FMP813", "header is cut off"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "FMP813", "header is cut off"),
        (png(0, 5), "FMP813", "empty"),
        (png(4, 4), "FMP813", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused(data, code, says):
    with pytest.raises(InputError) as caught:
        decoded(data)
    assert caught.value.code == code
    assert says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_file_is_refused(format):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encoded(pil.fromarray(noise), format)
    with pytest.raises(InputError) as caught:
        decoded(data[: len(data) // 2])
    assert caught.value.code == "FMP813"


@given(st.data(), st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_a_damaged_file_gives_a_picture_or_one_of_our_errors(data, format):
    good = bytearray(encoded(pil.fromarray(RAMP), format))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert decoded(bytes(good), Limits(image_pixels=10_000)).dtype == np.uint8
    except (InputError, LimitError) as error:
        assert error.hint


@pytest.mark.parametrize(
    "data",
    [png(10_000, 10_000), png(2**31 - 1, 2**31 - 1), png(20_001, 1000),
     b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff" + bytes(40),
     b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\xff\xff\xff\xff\xff\xff" + bytes(10)],
)
def test_a_huge_picture_is_refused_by_its_header(data):
    with pytest.raises(LimitError) as caught:
        image_from_bytes(data, LIMITS)
    assert (caught.value.code, caught.value.limit) == ("FMP615", "image_pixels")


def test_the_largest_picture_allowed():
    limits = Limits(image_pixels=48, image_bytes=10_000)
    data = encoded(pil.fromarray(RAMP))
    assert decoded(data, limits).shape == (6, 8, 3)
    for smaller in (Limits(image_pixels=47), Limits(image_bytes=len(data) - 1)):
        with pytest.raises(LimitError):
            decoded(data, smaller)
    assert decoded(data, Limits(image_bytes=len(data))).size
    with pytest.raises(LimitError):
        image_from_array(RAMP, Limits(image_pixels=47))
    with pytest.raises(LimitError):
        image_from_pil(pil.fromarray(RAMP), Limits(image_pixels=47))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_more_than_one_frame_is_refused(format):
    frames = [pil.fromarray(RAMP), pil.fromarray(RAMP[:, ::-1].copy())]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="2 frames") as caught:
        decoded(data)
    assert caught.value.code == "FMP814"


def test_text_in_a_png_cannot_be_a_bomb():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("a", "x" * 50_000_000, zip=True)
    with pytest.raises(InputError):
        decoded(encoded(pil.fromarray(RAMP), pnginfo=info))


# ---------------------------------------------------------------------- paths


def test_a_path(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(encoded(pil.fromarray(RAMP)))
    image = open_image(file, LIMITS)
    file.unlink()  # its bytes were read when it was opened
    assert np.array_equal(image.pixels, RAMP)
    assert image.source.path == str(file)


@pytest.mark.parametrize(
    ("path", "says"),
    [("missing.png", "there is no such file"), (".", "is a folder"), ("pipe.png", "not a regular file"),
     ("nul\0.png", "not a path"), ("x" * 3000 + ".png", "cannot be read")],
)
def test_a_bad_path(tmp_path, path, says):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError) as caught:
        open_image(os.path.join(tmp_path, path), LIMITS)
    assert caught.value.code == "FMP811"
    assert says in caught.value.message
    assert caught.value.hint


def test_a_large_file_is_not_read_to_its_end(tmp_path):
    file = tmp_path / "large.png"
    with open(file, "wb") as out:
        out.truncate(10 * LIMITS.image_bytes)
    with pytest.raises(LimitError) as caught:
        open_image(file, LIMITS)
    assert (caught.value.code, caught.value.limit) == ("FMP614", "image_bytes")


def test_a_message_shows_no_control_characters_of_a_name():
    with pytest.raises(InputError, match="no such file") as caught:
        open_image("caf\udce9\x1b[31m\n.png", LIMITS)
    assert caught.value.message.split(":")[0].isprintable()
