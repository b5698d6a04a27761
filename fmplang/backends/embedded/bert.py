"""A BERT encoder in numpy: a text in, the mean of its last layer out. No torch, so it is there in a fifth of a second.

Follows "BERT: Pre-training of Deep Bidirectional Transformers" (Devlin et al., 2018) as its reference code has it:
post-norm layers, exact GELU, learned positions; mean pooling and length 1 after Sentence-BERT (Reimers and Gurevych,
2019). Text is split as that code's uncased word pieces.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.backends.safetensors import read_safetensors
from fmplang.errors import ConfigError

LONGEST_WORD = 100  # letters; longer ones are unknown
MOST_LAYERS = 100
MOST_PIECES = 256  # of a text; the rest is not read
_FILES = ("config.json", "vocab.txt", "model.safetensors")


class WordPieces:
    """Splits text into the pieces of a vocabulary: lower case, no accents, longest piece first."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: i for i, piece in enumerate(vocabulary)}
        self.start, self.end, self.unknown = (self._ids[name] for name in ("[CLS]", "[SEP]", "[UNK]"))

    def __call__(self, text: str, most: int = MOST_PIECES) -> list[int]:
        """Ids of the pieces of a text between a start and an end mark, at most `most` in all."""
        ids = [self.start]
        for word in _split(text):
            ids.extend(self._pieces(word))
            if len(ids) >= most:
                break
        return [*ids[: most - 1], self.end]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                known = self._ids.get(piece)
                if known is not None:
                    found.append(known)
                    start = end
                    break
            else:
                return [self.unknown]
        return found


class Bert:
    """An encoder read from a folder with config.json, vocab.txt and model.safetensors."""

    def __init__(self, folder: Path) -> None:
        try:
            config: Mapping[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
            if not isinstance(config, dict) or (config.get("model_type"), config.get("hidden_act")) != ("bert", "gelu"):
                raise ValueError("only encoders of type bert with gelu can be read")
            self.layers = min(int(config["num_hidden_layers"]), MOST_LAYERS)
            self.heads = int(config["num_attention_heads"])
            self.size = int(config["hidden_size"])
            self.epsilon = float(config["layer_norm_eps"])
            self.most = min(MOST_PIECES, int(config["max_position_embeddings"]))
            self.pieces = WordPieces(vocabulary)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{folder}: not the folder of a sentence encoder: {error or type(error).__name__}", code="FMP804",
                hint=f"It must hold {', '.join(_FILES)} of a BERT encoder.",
            ) from None
        weights = read_safetensors(folder / "model.safetensors")
        prefix = "bert." if "bert.embeddings.word_embeddings.weight" in weights else ""
        self._weights = {name.removeprefix(prefix): value for name, value in weights.items()}
        self._check(folder)

    def encode(self, text: str) -> np.ndarray:
        """`size` float32 numbers of length 1."""
        with one_thread():
            return self._encoded(np.array(self.pieces(text, self.most)))

    def _encoded(self, ids: np.ndarray) -> np.ndarray:
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self.layers):
            x = self._layer(x, f"encoder.layer.{layer}")
        mean = x.mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)

    def _layer(self, x: np.ndarray, name: str) -> np.ndarray:
        query, key, value = (
            self._dense(x, f"{name}.attention.self.{part}").reshape(len(x), self.heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[2]))
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        scores /= scores.sum(axis=2, keepdims=True)
        mixed = (scores @ value).transpose(1, 0, 2).reshape(len(x), -1)
        x = self._norm(x + self._dense(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        wide = _gelu(self._dense(x, f"{name}.intermediate.dense"))
        return self._norm(x + self._dense(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _dense(self, x: np.ndarray, name: str) -> np.ndarray:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(self.epsilon))
        return np.asarray(centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])

    def _check(self, folder: Path) -> None:
        wanted = ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
                  *(f"encoder.layer.{i}.output.dense.weight" for i in range(self.layers))]
        for name in wanted:
            shape = self._weights[name].shape if name in self._weights else ()
            if len(shape) != 2 or (name.startswith("embeddings") and shape[1] != self.size):
                raise ConfigError(f"{folder}: the weights do not fit config.json: {name}", code="FMP804",
                                  hint="Get the folder again.")


def one_thread() -> AbstractContextManager[object]:
    """Numpy's matrix products on one thread: on a busy machine two are ten times slower for matrices this small.

    Does nothing where threadpoolctl is not installed.
    """
    controller = _controller()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _controller() -> Any:
    try:
        return import_module("threadpoolctl").ThreadpoolController()
    except ImportError:
        return None


def _gelu(x: np.ndarray) -> np.ndarray:
    """x times the normal distribution function at x; erf to 1.5e-7, after Abramowitz and Stegun 7.1.26."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.float32(1.061405429)
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(term)
    erf = 1 - series * t * np.exp(-z * z)
    return np.asarray(x * (1 + np.sign(x) * erf) * np.float32(0.5))


def _split(text: str) -> Iterator[str]:
    """Words and single marks of punctuation, lower case and without accents; Chinese signs stand alone."""
    word: list[str] = []
    for sign in unicodedata.normalize("NFD", "".join(_clean(text)).lower()):
        kind = unicodedata.category(sign)
        if kind == "Mn":
            continue
        alone = _is_mark(sign, kind) or _is_chinese(sign)
        if sign == " " or alone:
            if word:
                yield "".join(word)
                word = []
            if alone:
                yield sign
        else:
            word.append(sign)
    if word:
        yield "".join(word)


def _clean(text: str) -> Iterator[str]:
    for sign in text:
        kind = unicodedata.category(sign)
        if sign in "\t\n\r" or kind == "Zs":
            yield " "
        elif kind not in ("Cc", "Cf", "Co", "Cs") and sign != "\ufffd":
            yield sign


def _is_mark(sign: str, kind: str) -> bool:
    return kind.startswith("P") or sign in "$+<=>^`|~"


def _is_chinese(sign: str) -> bool:
    at = ord(sign)
    return (0x4E00 <= at <= 0x9FFF or 0x3400 <= at <= 0x4DBF or 0x20000 <= at <= 0x2CEAF or 0xF900 <= at <= 0xFAFF
            or 0x2F800 <= at <= 0x2FA1F)
