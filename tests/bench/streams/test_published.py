"""The authors' files, in tiny: read as they lay them out, or refused with the place that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil

from fmplang.bench.streams.published import published_binary, published_openform
from fmplang.errors import ConfigError

CODE = "def execute_command(image):\n    return ImagePatch(image).exists('dog')\n"


def written(place: Path, value: Any) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def picture(place: Path, grey: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    pil.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(place)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    written(tmp_path / "binary_vqa.json", [
        {"query": "Is there a dog?", "code": CODE, "positive_images": [9, "25"], "negative_images": [30, 581921]},
        {"query": "Is there a cat?", "code": CODE, "positive_images": [], "negative_images": [9], "more": 1}])
    picture(tmp_path / "coco" / "train2017" / "000000000009.jpg", 90)
    for kind, index in (("spatial", 0), ("logical", 3)):
        written(tmp_path / "open_form_vqa" / kind / "meta_annotation.json",
                [{"query": f"What is {kind}?", "query_index": index, "program": CODE}])
        written(tmp_path / "open_form_vqa" / kind / str(index) / "annotation.json",
                [{"image": f"{kind}/{index}/a.png", "answer": "dog"}, {"image": "b.png", "answer": 2}])
        for name in "ab":
            picture(tmp_path / "open_form_vqa" / kind / str(index) / f"{name}.png", 40)
    return tmp_path


def test_binary_ones_are_read(data: Path) -> None:
    dog, cat = published_binary(data)
    assert (dog.kind, dog.text, dog.program) == ("binary", "Is there a dog?", CODE)
    items = list(dog.stream(seed=2))
    assert [item.number for item in items] == [0, 1, 2, 3]
    assert {(item.path.name, item.label) for item in items} == {
        ("000000000009.jpg", True), ("000000000025.jpg", True), ("000000000030.jpg", False),
        ("000000581921.jpg", False)}
    assert len({tuple(item.path for item in dog.stream(seed)) for seed in range(6)}) > 1
    assert list(dog.stream(2)) == items
    assert [path.name for path in cat.missing()] == [] and len(dog.missing()) == 3
    (there,) = cat.stream()
    assert there.label is False and there.image.size == (8, 8)
    assert published_binary(data, data / "other")[0].rows[0][0].parent == data / "other"


def test_open_ones_are_read(data: Path) -> None:
    logical, spatial = published_openform(data)
    assert (logical.kind, spatial.kind, spatial.text) == ("logical", "spatial", "What is spatial?")
    assert {(item.label, item.image.pixels[0, 0, 0]) for item in spatial.stream()} == {("dog", 40), ("2", 40)}
    assert spatial.missing() == [] and published_openform(data, ["logical"]) == (logical,)


@pytest.mark.parametrize(("file", "value", "said"), [
    ("binary_vqa.json", "[", "is not JSON"),
    ("binary_vqa.json", {"query": ""}, "is no list"),
    ("binary_vqa.json", [{"query": "?", "code": CODE, "positive_images": []}], "1 has no proper 'negative_images'"),
    ("binary_vqa.json", [3], "entry 1 has no proper 'query'"),
    ("binary_vqa.json", [{"query": "?", "code": "", "positive_images": ["../x"], "negative_images": []}], "no COCO id"),
    ("open_form_vqa/spatial/meta_annotation.json", [{"query": "?", "query_index": 0}], "no proper 'program'"),
    ("open_form_vqa/spatial/0/annotation.json", [{"image": "../../x.png", "answer": ""}], "outside the data"),
    ("open_form_vqa/spatial/0/annotation.json", [{"image": "/x.png", "answer": ""}], "outside the data"),
])
def test_what_is_wrong_is_named(data: Path, file: str, value: Any, said: str) -> None:
    written(data / file, value)
    with pytest.raises(ConfigError, match=said) as failed:
        published_binary(data)
        published_openform(data)
    assert failed.value.code == "FMP864" and Path(file).name in failed.value.message


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        published_binary(tmp_path)
    with pytest.raises(ConfigError, match="meta_annotation"):
        published_openform(tmp_path)
