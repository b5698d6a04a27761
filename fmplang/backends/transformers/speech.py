"""Speech to text: Whisper and its like (speech sequence-to-sequence models)."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar

from fmplang.backends.base import Response
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.writing import Writer, texts_of, write
from fmplang.check.types import STR
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Audio

if TYPE_CHECKING:
    import numpy as np

_SECONDS = 30  # that Whisper hears at once, and what a call costs is counted in
_TOKENS_PER_SECOND = 4.0  # of fast speech, for prices


class Transcribe(Writer):
    """transcribe(audio) -> str.

    Longer audio is heard in parts, with Whisper of 30 seconds; a word that a cut falls on may be lost or heard
    twice. `language` ("en", "german") is the spoken one; without it a multilingual model guesses for each part. The
    confidence is the geometric mean of the tokens' probabilities.
    """

    kind: ClassVar[str] = "speech to text"
    about: ClassVar[str] = "writes down what is said"

    most_new: ClassVar[int] = 10_000

    def __init__(self, *, max_new_tokens: int = 224, language: str = "", **common: Any) -> None:
        if language and not language.replace("-", "").isalpha():
            raise BadSetting("language", f"{language!r:.60} is no language")
        self.language = language
        super().__init__(max_new_tokens=max_new_tokens, **common)

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "language": self.language}

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return request.returns == STR and len(args) == 1 and isinstance(args[0], Audio)

    def price(self, request: Request) -> float:
        """Million parameters for each 30 seconds begun; with `cost_per_1k_tokens` the cost of fast speech."""
        price = super().price(request)
        return price if self.cost_per_1k_tokens is not None else price * _parts(request)

    def expected(self, request: Request) -> float:
        (audio,) = request.args.values()
        return min(self.max_new_tokens * float(_parts(request)), _TOKENS_PER_SECOND * float(audio.duration) + 8)

    def read(self, source: Source) -> Loaded:
        return from_pretrained(source, self.name, "AutoModelForSpeechSeq2Seq")

    def prepare(self, request: Request) -> Audio:
        audio: Audio
        (audio,) = request.args.values()
        return audio

    def trial(self) -> Audio:
        import numpy as np

        return Audio(np.zeros(1600, dtype=np.float32), 16_000)

    def respond(self, items: Sequence[Audio], loaded: Loaded) -> Sequence[Response | Exception]:
        ears = loaded.processor.feature_extractor
        rate = int(ears.sampling_rate)
        length = int(getattr(ears, "chunk_length", _SECONDS)) * rate
        parts: list[np.ndarray] = []
        counts = []
        for item in items:
            samples = resampled(item.samples, item.sample_rate, rate)
            own = [samples[at : at + length] for at in range(0, max(1, len(samples)), length)]
            parts += own
            counts.append(len(own))
        told: list[tuple[str, float]] = []
        lengths: list[int] = []
        for start in range(0, len(parts), self.batch_size):
            rows = self._heard(parts[start : start + self.batch_size], rate, loaded)
            told += texts_of(loaded.processor.tokenizer, rows)
            lengths += [len(ids) for ids, _ in rows]
        answers = []
        at = 0
        for count in counts:
            own_texts, own_lengths = told[at : at + count], lengths[at : at + count]
            total = sum(own_lengths)
            sure = sum(s * n for (_, s), n in zip(own_texts, own_lengths, strict=True)) / total if total else 0.0
            text = " ".join(text for text, _ in own_texts if text)
            answers.append(Response(text, confidence=sure, cost=self.cost(total)))
            at += count
        return answers

    def _heard(self, parts: Sequence[np.ndarray], rate: int, loaded: Loaded) -> list[tuple[list[int], float]]:
        ears = loaded.processor.feature_extractor
        # Whisper hears its whole length, silence included; others as much as there is.
        padding = "max_length" if hasattr(ears, "chunk_length") else True
        inputs = ears(list(parts), sampling_rate=rate, return_tensors="pt", return_attention_mask=True,
                      padding=padding)
        more: dict[str, Any] = {}
        config = loaded.model.generation_config
        if loaded.model.config.model_type == "whisper" and getattr(config, "is_multilingual", False):
            more["task"] = "transcribe"
            if self.language:
                more["language"] = self.language
        return write(loaded, loaded.on_device(inputs), self.max_new_tokens, **more)


def _parts(request: Request) -> int:
    """How often 30 seconds begin in the audio that a call gives."""
    audio: Audio
    (audio,) = request.args.values()
    return max(1, -(-len(audio.samples) // (_SECONDS * audio.sample_rate)))


def resampled(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Mono float32 samples at another rate, by a polyphase filter."""
    import numpy as np

    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    shared = gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // shared, rate // shared), dtype=np.float32)
