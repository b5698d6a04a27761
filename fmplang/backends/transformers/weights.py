"""What is known of a model before it is loaded: where it lies, how large it is, which one it is.

Looks at small files and at the headers of weights; imports neither torch nor transformers.
"""

from __future__ import annotations

import json
import os
import re
from hashlib import blake2b
from math import prod
from pathlib import Path

from fmplang.backends.safetensors import read_shapes
from fmplang.backends.transformers.preset import SIZES
from fmplang.errors import ConfigError

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?")
_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)([BbMm])(?![A-Za-z0-9])")
_SAMPLES, _SAMPLE = 16, 4096  # places of each weight file that go into a digest, and bytes at each
_SMALL = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja",
          "preprocessor_config.json", "processor_config.json")


def is_folder(model: str) -> bool:
    """Whether a model is a local folder, there or not, and no name on a hub."""
    return model.startswith(("/", ".", "~")) or "\\" in model or Path(model).expanduser().is_dir()


def place_of(model: str, revision: str = "") -> Path | None:
    """The folder that holds a model's files: its own, else its place in the hub's cache; None where it is not here."""
    if is_folder(model):
        folder = Path(model).expanduser()
        return folder if folder.is_dir() else None
    repository = _cache() / f"models--{model.replace('/', '--')}"
    try:
        commit = (repository / "refs" / (revision or "main")).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        commit = revision
    snapshot = repository / "snapshots" / (commit or "none")
    return snapshot if (snapshot / "config.json").is_file() else None


def files_of(place: Path) -> tuple[Path, ...]:
    """The weight files that are loaded from a folder: safetensors, one or several. None where there are none."""
    index = place / "model.safetensors.index.json"
    if index.is_file():
        try:
            names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            return tuple(sorted(place / str(name) for name in names))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return ()
    one = place / "model.safetensors"
    return (one,) if one.is_file() else ()


def millions_in(place: Path) -> float | None:
    """Parameters of the model in a folder, in millions; None where its weights are absent or damaged."""
    files = files_of(place)
    try:
        return sum(prod(shape) for file in files for _, shape in read_shapes(file).values()) / 1e6 if files else None
    except ConfigError:
        return None


def millions_by_name(model: str) -> float | None:
    """Parameters in millions: of a model of the pool `transformers` as known, else as a name says them ("3B")."""
    if model in SIZES:
        return SIZES[model]
    found = _SIZE.findall(model.rpartition("/")[2])
    if not found:
        return None
    number, unit = found[-1]
    return float(number) * (1000.0 if unit in "Bb" else 1.0)


def digest_of(place: Path) -> str:
    """Twelve letters that stand for the files of a folder: small ones whole, of weights the size and samples."""
    state = blake2b(digest_size=6)
    for name in _SMALL:
        if (place / name).is_file():
            state.update(f"{name}:".encode() + (place / name).read_bytes())
    for file in files_of(place):
        if file.is_file():
            size = file.stat().st_size
            state.update(f"{file.name}:{size}:".encode())
            with file.open("rb") as stream:
                for sample in range(_SAMPLES):
                    stream.seek(sample * size // _SAMPLES)
                    state.update(stream.read(_SAMPLE))
    return state.hexdigest()


def offline() -> bool:
    """Whether the environment forbids downloads."""
    return any(os.environ.get(name, "").upper() in ("1", "TRUE", "YES", "ON")
               for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


def _cache() -> Path:
    """Where the hub's client keeps what it downloaded."""
    given = os.environ.get("HF_HUB_CACHE")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "huggingface" / "hub"
