"""Videos from folders and animations, audio from WAV files; trimming, and what is refused."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as pil

from fmplang.errors import InputError, LimitError
from fmplang.limits import Limits
from fmplang.runtime.values.audio import audio_from_array, open_audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video, open_video, video_from_frames

LIMITS = Limits()
SHADES = [0, 50, 100, 150, 200]


def picture(shade):
    return pil.fromarray(np.full((4, 6, 3), shade, np.uint8))


@pytest.fixture
def folder(tmp_path):
    for i, shade in enumerate(SHADES):
        picture(shade).save(tmp_path / f"frame{i * 3}.png")  # 0, 3, 6, 9, 12: by number, not by letter
    (tmp_path / "notes.txt").write_text("not a frame")
    return tmp_path


def shades(video):
    return [int(frame.pixels[0, 0, 0]) for frame in video.frame_iterator()]


def test_a_folder_is_a_video_in_the_order_of_its_numbers(folder):
    video = open_video(folder, LIMITS)
    assert shades(video) == SHADES
    assert (video.num_frames, video.duration, video.frame_rate) == (5, 5.0, 1.0)
    assert video == open_video(folder, LIMITS) and hash(video) == hash(open_video(folder, LIMITS))
    assert video != video.trim(1) and video != "video"
    assert repr(video) == "<video of 5 frames>"


@given(st.integers(-7, 7) | st.none(), st.integers(-7, 7) | st.none(), st.integers(-7, 7) | st.none())
def test_trim_clips_and_nests(start, end, again):
    whole = video_from_frames([Image.from_pixels(np.full((1, 1, 3), s, np.uint8)) for s in SHADES], LIMITS)
    first, last = max(start or 0, 0), 5 if end is None else min(max(end, 0), 5)
    if first >= last:
        with pytest.raises(ValueError, match="leaves nothing"):
            whole.trim(start, end)
        return
    part = whole.trim(start, end)
    assert shades(part) == SHADES[first:last]
    if max(again or 0, 0) < part.num_frames:
        assert shades(part.trim(again)) == SHADES[first:last][max(again or 0, 0):]
    for i in range(-6, 6):
        if -part.num_frames <= i < part.num_frames:
            assert part.frame_from_index(i).pixels[0, 0, 0] == SHADES[first:last][i]
        else:
            with pytest.raises(IndexError):
                part.frame_from_index(i)


def test_a_frame_is_read_once_while_it_is_held(folder):
    video = open_video(folder, LIMITS)
    frame = video.frame_from_index(2)
    (folder / "frame6.png").unlink()
    assert video.frame_from_index(2).source is frame.source


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_an_animation(tmp_path, format):
    file = tmp_path / "a.bin"
    frames = [picture(s) for s in SHADES]
    frames[0].save(file, format, save_all=True, append_images=frames[1:], duration=200, **(
        {"lossless": True} if format == "WEBP" else {}))
    video = open_video(file, LIMITS)
    assert np.abs(np.array(shades(video)) - SHADES).max() <= 2
    assert (video.num_frames, video.duration) == (5, pytest.approx(1.0))
    with pytest.raises(LimitError) as caught:
        open_video(file, Limits(image_pixels=24))
    assert caught.value.code == "FMP615"
    with pytest.raises(LimitError) as caught:
        open_video(file, Limits(items=4))
    assert caught.value.code == "FMP610"


@pytest.mark.parametrize(("content", "code"), [(b"GIF89a" + bytes(4), "FMP813"), (b"text", "FMP812"), (b"", "FMP812")])
def test_what_is_no_video_is_refused(tmp_path, content, code):
    file = tmp_path / "v.gif"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_video(file, LIMITS)
    assert caught.value.code == code


def test_an_empty_folder_a_missing_one_and_too_many_frames(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no frames"):
        open_video(tmp_path / "empty", LIMITS)
    with pytest.raises(InputError, match="no such file"):
        open_video(tmp_path / "missing", LIMITS)
    with pytest.raises(LimitError):
        open_video(folder, Limits(items=4))
    assert isinstance(open_video(folder, Limits(items=5)), Video)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_a_rate_must_be_a_rate(rate):
    with pytest.raises(InputError, match="frame rate"):
        video_from_frames([Image.from_pixels(np.zeros((1, 1, 3), np.uint8))], LIMITS, rate=rate)


# ---------------------------------------------------------------------- audio


def wav(tmp_path, samples, width=2, channels=1, rate=8000):
    file = tmp_path / "a.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(samples)
    return file


@pytest.mark.parametrize(
    ("width", "raw", "expected"),
    [
        (1, bytes([0, 128, 255]), [-1, 0, 127 / 128]),
        (2, np.array([-(2**15), 0, 2**14], "<i2").tobytes(), [-1, 0, 0.5]),
        (3, b"\0\0\x80" + b"\0\0\0" + b"\0\0\x40", [-1, 0, 0.5]),
        (4, np.array([-(2**31), 0, 2**30], "<i4").tobytes(), [-1, 0, 0.5]),
    ],
)
def test_every_width_of_pcm(tmp_path, width, raw, expected):
    audio = open_audio(wav(tmp_path, raw, width), LIMITS)
    assert audio.samples.dtype == np.float32
    assert audio.samples.tolist() == pytest.approx(expected)
    assert (audio.sample_rate, audio.duration) == (8000, 3 / 8000)


def test_channels_are_averaged_and_trim_counts_seconds(tmp_path):
    stereo = np.repeat(np.arange(8000, dtype="<i2"), 2).reshape(-1, 2)
    stereo[:, 1] = 0
    audio = open_audio(wav(tmp_path, stereo.tobytes(), channels=2), LIMITS)
    assert audio.samples[100] == pytest.approx(50 / 2**15)
    part = audio.trim(0.25, 0.5).trim(0.0, 0.1)
    assert (part.duration, part.start) == (0.1, 2000)
    assert part.samples[0] == audio.samples[2000]
    assert audio.trim(-5, 99) == audio and audio.trim() == audio and audio.trim(0.5).duration == 0.5
    assert hash(audio.trim()) == hash(audio) and part != audio and audio != 1
    assert repr(audio) == "<audio of 1.000 seconds>"
    with pytest.raises(ValueError, match="leaves nothing"):
        audio.trim(2.0, 3.0)
    with pytest.raises(ValueError, match="read-only"):
        part.samples[0] = 1


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not audio at all", b"RIFF\x24\0\0\0WAVEfmt ", b"RIFF" + bytes(60)])
def test_what_is_no_audio_is_refused(tmp_path, content):
    file = tmp_path / "a.wav"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_audio(file, LIMITS)
    assert caught.value.code == "FMP812" and caught.value.hint


@given(st.data())
def test_a_damaged_wav_gives_audio_or_one_of_our_errors(tmp_path_factory, data):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(100)
        file.writeframes(bytes(range(40)))
    bad = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    path.write_bytes(bytes(bad)[: data.draw(st.integers(0, len(bad)))])
    try:
        assert open_audio(path, LIMITS).duration > 0
    except InputError as error:
        assert error.code in ("FMP812", "FMP813")


def test_no_samples_and_a_large_file(tmp_path):
    with pytest.raises(InputError, match="no samples"):
        open_audio(wav(tmp_path, b""), LIMITS)
    with pytest.raises(LimitError) as caught:
        open_audio(wav(tmp_path, bytes(2000)), Limits(image_bytes=1000))
    assert caught.value.code == "FMP614"


def test_arrays_of_samples():
    mine = np.array([[0.5, 0.0], [1.0, -1.0]])
    audio = audio_from_array(mine, 2)
    assert audio.samples.tolist() == [0.25, 0.0] and audio.duration == 1.0
    for bad in (np.zeros(0), np.zeros((1, 1, 1)), np.zeros(3, np.int16)):
        with pytest.raises(InputError):
            audio_from_array(bad, 2)
