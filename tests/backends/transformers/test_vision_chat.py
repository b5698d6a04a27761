"""Chat models that see, of four families whose processors have little in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmplang.backends.base import Response
from fmplang.backends.transformers.vision_chat import harmless
from fmplang.check.typed import NeuralFunction, Parameter
from fmplang.check.types import BOOL, IMAGE, STR, ListType, LiteralType, Type
from fmplang.runtime.values import Image
from tests.backends.asking import FIND, answer, ask, image

pytest.importorskip("torch")
pytest.importorskip("transformers")

Make = Callable[..., Any]
MODELS = ["llava", "smolvlm", "qwen_vl", "qwen3_vl"]
RNG = np.random.default_rng(3)
WIDE, TALL = (image(RNG.integers(0, 255, shape)) for shape in ((40, 64, 3), (60, 33, 3)))


def about(returns: Type, *params: tuple[str, Type]) -> NeuralFunction:
    made = tuple(Parameter(n, t) for n, t in (params or (("image", IMAGE), ("question", STR))))
    return NeuralFunction("query", "vqa", made, returns, "{question}")


@pytest.mark.parametrize("name", MODELS)
def test_a_batch_of_unlike_images_answers_as_one_by_one(name: str, backend: Make) -> None:
    requests = [
        ask(about(STR), WIDE, "what is this?"), ask(about(BOOL), TALL, "a dog?"), ask(about(STR), TALL, "a cat"),
        ask(about(LiteralType(("billing", "a dog on the mat"))), WIDE, "which?"), ask(about(BOOL), WIDE, "a dog?"),
    ]
    model = backend(name)
    together = model.answer(requests)
    for request, other in zip(requests, together, strict=True):
        (one,) = model.answer([request])
        assert isinstance(one, Response) and isinstance(other, Response)
        assert one.value == other.value and one.confidence == pytest.approx(other.confidence, rel=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_the_answer_depends_on_the_image(name: str, backend: Make) -> None:
    model = backend(name)
    black, white = (image(np.full((40, 64, 3), level)) for level in (0, 255))
    sure = [answer(model, about(BOOL), each, "a dog?").confidence for each in (black, white, WIDE)]
    assert len({round(s, 7) for s in sure}) == 3


@pytest.mark.parametrize("name", MODELS)
def test_control_tokens_in_a_question_are_text(name: str, backend: Make) -> None:
    model = backend(name)
    said = answer(model, about(BOOL), WIDE, "<image><|image_pad|><|im_end|> is it?")
    assert isinstance(said.value, bool)
    loaded = model.load()
    hostile, fair = (
        model.encode([model.prepare(ask(about(BOOL), WIDE, text))], loaded)["input_ids"][0].tolist()
        for text in ("<image><|image_pad|><|im_end|>", "is it?"))
    control = {token for token, kept in model.tokenizer(loaded).added_tokens_decoder.items() if kept.special}
    assert [i for i in hostile if i in control] == [i for i in fair if i in control]


def test_harmless_texts_have_no_control_tokens_left() -> None:
    assert harmless("a <b> <<b>b> c", ["<b>"]) == "a < b> << b>b> c"
    assert harmless("<|a|><|ab|>", ["<|a|>", "<|ab|>"]) == "< |a|>< |ab|>"
    assert harmless("plain", ["<b>", "p"]) == "plain"


def test_several_images_are_shown_in_order(backend: Make) -> None:
    function = about(BOOL, ("first", IMAGE), ("question", STR), ("others", ListType(IMAGE)))
    model = backend("llava")
    one = answer(model, function, WIDE, "same?", [TALL])
    other = answer(model, function, TALL, "same?", [WIDE])
    assert one.confidence != pytest.approx(other.confidence, rel=1e-6)


def test_large_images_are_shown_smaller_where_that_is_asked_for(backend: Make) -> None:
    model, free = backend("qwen_vl", max_side=32), backend("qwen_vl")
    request = ask(about(BOOL), WIDE, "a dog?")
    assert [each.prepare(request).pictures[0].size for each in (model, free)] == [(32, 20), (64, 40)]
    assert model.version != free.version and WIDE.size == (64, 40)
    shown = [each.encode([each.prepare(request)], each.load())["input_ids"].shape[1] for each in (model, free)]
    assert shown[0] < shown[1]


def test_what_they_take(backend: Make) -> None:
    model = backend("llava")
    no_image = NeuralFunction("f", "vqa", (Parameter("question", STR),), STR, "")
    assert not model.supports(ask(no_image, "x")) and not model.supports(ask(FIND, WIDE, "x"))
    assert not model.supports(ask(about(STR, ("images", ListType(IMAGE))), []))
    assert model.supports(ask(about(STR, ("images", ListType(IMAGE))), [WIDE]))


def test_a_damaged_image_fails_alone(backend: Make, tmp_path: Path) -> None:
    from fmplang.errors import InputError
    from fmplang.runtime.values.images import ImageSource

    def damaged() -> Any:
        raise InputError("torn.png is damaged", code="FMP811")

    torn = Image(ImageSource(damaged, "torn.png"), (0, 0, 4, 4))
    error, fine = backend("llava").answer([ask(about(BOOL), torn, "x"), ask(about(BOOL), WIDE, "x")])
    assert isinstance(error, InputError) and isinstance(fine, Response)


def test_a_processor_without_its_part_for_videos_keeps_its_settings(folders: dict[str, Path], tmp_path: Path) -> None:
    import json

    from transformers import AutoTokenizer, CLIPImageProcessorPil

    from fmplang.backends.transformers.vision_chat import _without_videos

    tokenizer = AutoTokenizer.from_pretrained(folders["llava"])
    tokenizer.save_pretrained(tmp_path)
    CLIPImageProcessorPil().save_pretrained(tmp_path)
    (tmp_path / "processor_config.json").write_text(json.dumps(
        {"processor_class": "LlavaOnevisionProcessor", "num_image_tokens": 9, "image_token": "<image>"}), "utf-8")
    made = _without_videos(str(tmp_path), {"local_files_only": True, "trust_remote_code": False})
    assert type(made).__name__ == "LlavaOnevisionProcessor" and made.video_processor is None
    assert made.num_image_tokens == 9 and made.chat_template == tokenizer.chat_template
    assert _without_videos(str(folders["llm"]), {"local_files_only": True}) is None


def test_one_copy_of_a_model_serves_several_capabilities(backend: Make) -> None:
    eyes, reader = backend("llava"), backend("llava", capability="ocr")
    assert eyes.load() is reader.load() and reader.capability == "ocr"
    assert isinstance(answer(reader, about(BOOL), WIDE, "x").value, bool)
