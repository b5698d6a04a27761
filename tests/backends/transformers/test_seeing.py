"""Detection, depth, likeness and captions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmplang.backends.base import Response
from fmplang.check.types import FLOAT, IMAGE, INT, STR
from fmplang.errors import BackendError
from fmplang.runtime.values import Image
from tests.backends.asking import CAPTION, FIND, answer, ask, image, neural, plain

pytest.importorskip("torch")
pytest.importorskip("transformers")

Make = Callable[..., Any]
RNG = np.random.default_rng(9)
WIDE, TALL = (image(RNG.integers(0, 255, shape)) for shape in ((40, 64, 3), (60, 33, 3)))
DEPTH = neural("compute_depth", "depth", FLOAT, ("image", IMAGE))
MATCH = neural("similarity", "match", FLOAT, ("image", IMAGE), ("text", STR))


def flipped(picture: Image) -> Image:
    return image(picture.pixels[::-1])


# ------------------------------------------------------------------ detection


@pytest.mark.parametrize("name", ["owl", "dino"])
def test_a_batch_of_unlike_images_finds_as_one_by_one(name: str, backend: Make) -> None:
    requests = [ask(FIND, WIDE, "a dog"), ask(FIND, TALL, "cat"), ask(FIND, WIDE, "a cat on the mat"),
                ask(FIND, WIDE.crop(10, 5, 50, 35), "dog")]
    model = backend(name)
    together = model.answer(requests)
    assert any(said.value for said in together)
    for request, other in zip(requests, together, strict=True):
        (one,) = model.answer([request])
        assert one.value == other.value and one.confidence == pytest.approx(other.confidence, rel=1e-3)


@pytest.mark.parametrize("name", ["owl", "dino"])
def test_boxes_are_those_of_transformers_turned_upside_down(name: str, backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    processor = transformers.AutoProcessor.from_pretrained(folders[name])
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(folders[name]).eval()
    inputs = processor(images=WIDE.pil(), text=[["dog"]], return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    result = processor.post_process_grounded_object_detection(outputs, threshold=0.05, target_sizes=[(40, 64)])[0]
    best = int(result["scores"].argmax())
    left, top, right, bottom = (float(x) for x in result["boxes"][best])
    found = answer(backend(name), FIND, WIDE, "Dog.").value[0]
    expected = (max(0, round(left)), max(0, 40 - round(bottom)), min(64, round(right)), min(40, 40 - round(top)))
    assert found.box == expected


def test_a_higher_threshold_finds_fewer_and_the_surest_come_first(backend: Make) -> None:
    low, high = backend("dino", threshold=0.01), backend("dino", threshold=0.3)
    many, few = (answer(each, FIND, WIDE, "dog").value for each in (low, high))
    assert many[: len(few)] == few and len(few) < len(many)
    assert low.version != high.version


def test_a_list_is_as_sure_as_its_most_doubtful_candidate(backend: Make) -> None:
    for threshold in (0.02, 0.5, 0.9):
        said = answer(backend("dino", threshold=threshold), FIND, WIDE, "dog")
        assert 0.5 <= said.confidence <= 1
    assert answer(backend("dino", threshold=0.999), FIND, WIDE, "dog").value == []


def test_a_name_that_is_too_long_fails_alone(backend: Make) -> None:
    for name in ("owl", "dino"):
        error, fine = backend(name).answer([ask(FIND, WIDE, "dog " * 60), ask(FIND, WIDE, "dog")])
        assert isinstance(error, BackendError) and error.code == "FMP707" and isinstance(fine, Response)


def test_what_detectors_take(backend: Make) -> None:
    model = backend("owl")
    count = neural("count", "detect", INT, ("image", IMAGE), ("name", STR))
    assert model.supports(ask(FIND, WIDE, "dog"))
    assert not model.supports(ask(count, WIDE, "dog")) and not model.supports(ask(FIND, WIDE, " "))


def test_an_image_of_one_pixel(backend: Make) -> None:
    for name in ("owl", "dino"):
        (said,) = backend(name).answer([ask(FIND, plain((9, 9, 9), 1, 1), "dog")])
        assert isinstance(said, (Response, BackendError))


# ----------------------------------------------------------------------- depth


def test_depths_of_crops_are_of_one_map_of_the_picture(backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    processor = transformers.AutoImageProcessor.from_pretrained(folders["depth"])
    model = transformers.AutoModelForDepthEstimation.from_pretrained(folders["depth"]).eval()
    with torch.no_grad():
        outputs = model(**processor(images=WIDE.pixels, return_tensors="pt"))
    told = processor.post_process_depth_estimation(outputs, target_sizes=[(40, 64)])[0]["predicted_depth"].numpy()
    expected = 1 - (told - told.min()) / (told.max() - told.min())
    box = WIDE.crop(8, 4, 30, 20)
    found = answer(backend("depth"), DEPTH, box).value
    assert found == pytest.approx(float(np.median(expected[20:36, 8:30])), abs=1e-4)


def test_pictures_of_several_sizes_in_one_batch(backend: Make) -> None:
    model = backend("depth")
    requests = [ask(DEPTH, part) for part in (WIDE, TALL, WIDE.crop(0, 0, 9, 9), flipped(WIDE), TALL.crop(5, 5, 6, 6))]
    together = [said.value for said in model.answer(requests)]
    alone = [backend("depth").answer([request])[0].value for request in requests]
    assert together == pytest.approx(alone, abs=1e-4) and all(0 <= value <= 1 for value in together)


def test_metres_are_told_as_they_are(backend: Make) -> None:
    assert 40 < answer(backend("metric_depth"), DEPTH, WIDE).value < 41


# -------------------------------------------------------------------- likeness


def test_clip_is_the_cosine_scaled(backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    processor = transformers.AutoProcessor.from_pretrained(folders["clip"])
    model = transformers.AutoModel.from_pretrained(folders["clip"]).eval()
    with torch.no_grad():
        outputs = model(**processor(images=WIDE.pil(), text=["a dog"], return_tensors="pt"))
    cosine = float(torch.nn.functional.cosine_similarity(outputs.image_embeds, outputs.text_embeds))
    assert 0 < cosine < 0.4
    assert answer(backend("clip"), MATCH, WIDE, "a dog").value == pytest.approx(2.5 * cosine, rel=1e-4)


def test_siglip_is_its_own_probability(backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    processor = transformers.AutoProcessor.from_pretrained(folders["siglip"])
    model = transformers.AutoModel.from_pretrained(folders["siglip"]).eval()
    with torch.no_grad():
        outputs = model(**processor(images=WIDE.pil(), text=["a dog"], return_tensors="pt", padding="max_length",
                                    max_length=16))
    expected = float(torch.sigmoid(outputs.logits_per_image))
    assert answer(backend("siglip"), MATCH, WIDE, "a dog").value == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_a_batch_compares_as_one_by_one(name: str, backend: Make) -> None:
    requests = [ask(MATCH, WIDE, "a dog"), ask(MATCH, TALL, "a cat on the mat"), ask(MATCH, WIDE, "dog " * 40)]
    model = backend(name)
    *fine, error = model.answer(requests)
    assert [said.value for said in fine] == pytest.approx(
        [model.answer([request])[0].value for request in requests[:2]], abs=1e-5)
    assert isinstance(error, BackendError) and error.code == "FMP707"


# -------------------------------------------------------------------- captions


@pytest.mark.parametrize("name", ["blip", "git", "vit_gpt2"])
def test_captions_are_what_transformers_generates(name: str, backend: Make, folders: dict[str, Path]) -> None:
    import torch
    import transformers

    from fmplang.backends.transformers.loader import QUIET

    with QUIET:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folders[name])
        pixels = transformers.AutoImageProcessor.from_pretrained(folders[name])(images=WIDE.pil(), return_tensors="pt")
        model = transformers.AutoModelForImageTextToText.from_pretrained(folders[name]).eval()
        with torch.no_grad():
            written = model.generate(**pixels, max_new_tokens=8, do_sample=False)
    said = answer(backend(name), CAPTION, WIDE)
    assert said.value and said.value == tokenizer.decode(written[0], skip_special_tokens=True).strip()


@pytest.mark.parametrize("name", ["blip", "git", "vit_gpt2"])
def test_a_batch_of_captions(name: str, backend: Make) -> None:
    requests = [ask(CAPTION, each) for each in (WIDE, TALL, flipped(TALL))]
    model = backend(name, batch_size=2)
    for one, request in zip(model.answer(requests), requests, strict=True):
        (other,) = model.answer([request])
        assert one.value == other.value and one.confidence == pytest.approx(other.confidence, rel=1e-3)


def test_captions_by_the_token(backend: Make) -> None:
    model = backend("blip", cost_per_1k_tokens=5.0)
    request = ask(CAPTION, WIDE)
    (said,) = model.answer([request])
    assert model.price(request) == 0.04 and 0 < said.cost <= 0.04
