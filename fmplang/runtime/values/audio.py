"""Audio: mono samples at a rate, from WAV files through the standard library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fmplang.errors import InputError
from fmplang.runtime.values.image_files import read_file, shown

if TYPE_CHECKING:
    import numpy as np

    from fmplang.limits import Limits


class Audio:
    """Immutable. `samples` is a read-only mono float32 array, -1 to 1, `sample_rate` of them a second."""

    __slots__ = ("_digest", "name", "path", "sample_rate", "samples", "start")

    def __init__(self, samples: np.ndarray, sample_rate: int, *, name: str = "<audio>", path: str | None = None,
                 start: int = 0) -> None:
        samples.flags.writeable = False
        self.samples = samples
        self.sample_rate = sample_rate
        self.name = name
        self.path = path
        self.start = start  # where `samples` begins in the file, in samples
        self._digest = ""

    @property
    def duration(self) -> float:
        """In seconds."""
        return len(self.samples) / self.sample_rate

    def trim(self, start: float = 0.0, end: float | None = None) -> Audio:
        """From `start` to `end` seconds, clipped to what there is. ValueError where nothing is left."""
        count = len(self.samples)
        first = int(min(max(start, 0.0) * self.sample_rate, count))
        last = count if end is None else int(min(max(end, 0.0) * self.sample_rate, count))
        if first >= last:
            raise ValueError(f"trim({start}, {end}) leaves nothing of {self.duration:.3f} seconds of audio")
        return Audio(self.samples[first:last], self.sample_rate, name=self.name, path=self.path,
                     start=self.start + first)

    @property
    def digest(self) -> str:
        if not self._digest:
            from hashlib import blake2b

            state = blake2b(f"{self.sample_rate}:".encode(), digest_size=16)
            state.update(self.samples.data)
            self._digest = state.hexdigest()
        return self._digest

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Audio):
            return NotImplemented
        return (self.sample_rate, len(self.samples)) == (other.sample_rate, len(other.samples)) and (
            self.samples is other.samples or self.digest == other.digest
        )

    def __hash__(self) -> int:
        return hash((self.sample_rate, len(self.samples)))

    def __repr__(self) -> str:
        return f"<audio of {self.duration:.3f} seconds>"


def open_audio(path: str | os.PathLike[str], limits: Limits) -> Audio:
    """A WAV file of 8, 16, 24 or 32 bit PCM; channels are averaged. The limit image_bytes holds for it."""
    import io
    import wave

    where = os.fspath(path)
    name = shown(where)
    data = read_file(where, limits.image_bytes)
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except Exception as error:  # a bare RuntimeError, too
        raise InputError(f"{name}: not a WAV file of PCM samples: {str(error) or 'damaged'}", code="FMP812",
                         hint="Convert it to WAV, 16 bit PCM.") from None
    if rate < 1 or width not in (1, 2, 3, 4) or len(frames) < width * channels:
        raise InputError(f"{name}: no samples in it", code="FMP813", hint="Record or download it again.")
    return Audio(_mono(frames, channels, width), rate, name=name, path=where)


def audio_from_array(samples: np.ndarray, sample_rate: int, *, name: str = "<audio>") -> Audio:
    """Samples as floats from -1 to 1, one dimension, or two with the channels last. The array is copied."""
    import numpy as np

    if samples.ndim not in (1, 2) or samples.size == 0 or samples.dtype.kind != "f" or sample_rate < 1:
        raise InputError(f"{name}: {samples.dtype} of shape {samples.shape} at {sample_rate} a second is not audio",
                         code="FMP812", hint="Give floats from -1 to 1, one row, and a rate above 0.")
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    return Audio(np.array(mono, dtype=np.float32), sample_rate, name=name)


def _mono(frames: bytes, channels: int, width: int) -> np.ndarray:
    import numpy as np

    step = width * channels
    frames = frames[: len(frames) // step * step]  # a torn last frame
    if width == 1:  # unsigned, by the format
        samples: np.ndarray = (np.frombuffer(frames, np.uint8).astype(np.float32) - 128) / 128
    elif width == 3:
        low = np.frombuffer(frames, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = (low[:, 0] << 8 | low[:, 1] << 16 | low[:, 2] << 24) >> 8
        samples = whole.astype(np.float32) / (1 << 23)
    else:
        samples = np.frombuffer(frames, f"<i{width}").astype(np.float32) / float(1 << (8 * width - 1))
    return np.ascontiguousarray(samples.reshape(-1, channels).mean(axis=1, dtype=np.float32))
