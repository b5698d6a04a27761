"""Classes, vectors and speech."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmplang.backends.transformers import transformers_backend
from fmplang.backends.transformers.speech import resampled
from fmplang.check.types import AUDIO, STR
from fmplang.errors import BackendError
from fmplang.runtime.values import Audio
from tests.backends.asking import CLASSIFY, EMBED, TOPIC, answer, ask, neural

pytest.importorskip("torch")
pytest.importorskip("transformers")

Make = Callable[..., Any]
ASR = neural("transcribe", "asr", STR, ("audio", AUDIO))
RNG = np.random.default_rng(2)


def noise(seconds: float, rate: int = 16_000) -> Audio:
    return Audio(RNG.normal(0, 0.2, int(seconds * rate)).astype(np.float32), rate)


# --------------------------------------------------------------------- classes


def test_the_label_that_follows_most_is_the_answer(backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folders["nli"])
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folders["nli"]).eval()
    labels = ["dog", "refund shipping", "mat"]
    with torch.no_grad():
        logits = [float(model(**tokenizer("a cat", f"This text is about {label}.", return_tensors="pt")).logits[0, 2])
                  for label in labels]
    said = answer(backend("nli"), CLASSIFY, "a cat", labels)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert said.value == labels[int(np.argmax(shares))]
    assert said.confidence == pytest.approx(float(shares.max()), rel=1e-4)


def test_a_batch_classifies_as_one_by_one(backend: Make) -> None:
    requests = [ask(CLASSIFY, "a dog", ["dog", "cat"]), ask(TOPIC, "refund"), ask(CLASSIFY, "dog " * 500, ["dog"]),
                ask(CLASSIFY, "x", []), ask(CLASSIFY, "the mat and a spider", ["mat", "legs", "dog", "user"])]
    for size in (1, 2, 8):
        model = backend("nli", batch_size=size)
        for said, request in zip(model.answer(requests), requests, strict=True):
            (one,) = model.answer([request])
            if request.args.get("labels") == []:
                assert isinstance(said, BackendError) and said.code == "FMP707"
            else:
                assert said.value == one.value and said.confidence == pytest.approx(one.confidence, rel=1e-3)


def test_a_template_is_a_part_of_the_version(backend: Make) -> None:
    assert backend("nli").version != backend("nli", template="It is {}.").version


def test_a_model_without_entailment_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "other"
    shutil.copytree(folders["nli"], copy)
    config = (copy / "config.json").read_text(encoding="utf-8").replace("entailment", "positive")
    (copy / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(BackendError, match="no class for entailment") as caught:
        transformers_backend("transformers.classify", "mine", model=str(copy)).load()
    assert caught.value.code == "FMP705" and "nli" in caught.value.hint


# --------------------------------------------------------------------- vectors


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
def test_vectors_are_pooled_as_said(pooling: str, backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folders["encoder"])
    model = transformers.BertModel.from_pretrained(folders["encoder"], add_pooling_layer=False).eval()
    with torch.no_grad():
        states = model(**tokenizer("query: a dog", return_tensors="pt")).last_hidden_state[0]
    expected = {"mean": states.mean(0), "cls": states[0], "last": states[-1]}[pooling]
    encoder = backend("encoder", pooling=pooling, prefix="query: ")
    longer = ask(EMBED, "a cat and a dog sit on the mat")
    found = encoder.answer([ask(EMBED, "a dog"), longer])[0].value
    assert found == pytest.approx((expected / expected.norm()).tolist(), abs=1e-5)
    assert all(type(number) is float for number in found)


def test_a_long_text_is_cut_and_an_empty_one_has_a_vector(backend: Make) -> None:
    long, empty = backend("encoder").answer([ask(EMBED, "dog " * 1000), ask(EMBED, "")])
    for said in (long, empty):
        assert np.linalg.norm(said.value) == pytest.approx(1.0, abs=1e-5)


# ---------------------------------------------------------------------- speech


def test_a_batch_hears_as_one_by_one(backend: Make) -> None:
    requests = [ask(ASR, noise(1.0)), ask(ASR, noise(0.3, 8_000)), ask(ASR, noise(2.0, 44_100))]
    model = backend("whisper", language="en")
    for said, request in zip(model.answer(requests), requests, strict=True):
        (one,) = model.answer([request])
        assert said.value == one.value != "" and said.confidence == pytest.approx(one.confidence, rel=1e-3)


def test_what_whisper_generates_is_the_answer(backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    from fmplang.backends.transformers.loader import QUIET

    sound = noise(1.0)
    with QUIET, torch.no_grad():
        processor = transformers.AutoProcessor.from_pretrained(folders["whisper"])
        model = transformers.AutoModelForSpeechSeq2Seq.from_pretrained(folders["whisper"]).eval()
        inputs = processor(sound.samples, sampling_rate=16_000, return_tensors="pt", return_attention_mask=True)
        written = model.generate(**inputs, language="de", task="transcribe", max_new_tokens=8, do_sample=False)
    expected = processor.tokenizer.decode(written[0], skip_special_tokens=True).strip()
    assert answer(backend("whisper", language="de"), ASR, sound).value == expected


def test_long_audio_is_heard_in_parts_and_priced_by_them(backend: Make) -> None:
    model = backend("whisper", language="en", max_new_tokens=2)
    sound = noise(5.0)
    (said,) = model.answer([ask(ASR, sound)])
    parts = [answer(model, ASR, sound.trim(*part)).value for part in ((0, 2), (2, 4), (4, 5))]
    assert said.value == " ".join(part for part in parts if part)
    assert model.price(ask(ASR, noise(31.0))) == 2 * model.price(ask(ASR, sound)) == pytest.approx(2 * model.millions)


def test_audio_at_another_rate_sounds_the_same() -> None:
    at = np.arange(8_000) / 8_000
    tone = np.sin(2 * np.pi * 440 * at).astype(np.float32)
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    found = resampled(tone, 8_000, 16_000)
    assert found.shape == (16_000,) and found.dtype == np.float32
    assert np.abs(found - expected)[200:-200].max() < 0.01
    assert resampled(tone, 8_000, 8_000) is tone
