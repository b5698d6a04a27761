"""The tiny models, saved once for all tests. Without transformers these tests are skipped: it is an extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fmplang.backends.transformers import transformers_backend


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The folder of each tiny model by its name."""
    import torch

    from tests.backends.transformers import tiny

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tiny.save_all(tmp_path_factory.mktemp("models"))
    torch.set_num_threads(threads)


KINDS = {"llm": "llm", "gpt": "llm", "encoder": "embed", "nli": "classify", "llava": "vqa", "smolvlm": "vqa",
         "qwen_vl": "vqa", "qwen3_vl": "vqa", "git": "caption",
         "blip": "caption", "vit_gpt2": "caption", "clip": "match", "siglip": "match", "owl": "detect",
         "dino": "detect", "depth": "depth", "metric_depth": "depth", "whisper": "asr"}
SETTINGS: dict[str, dict[str, Any]] = {
    "detect": {"threshold": 0.05}, "llm": {"max_new_tokens": 24}, "vqa": {"max_new_tokens": 8},
    "caption": {"max_new_tokens": 8}, "asr": {"max_new_tokens": 8},
}


@pytest.fixture
def backend(folders: dict[str, Path]) -> Callable[..., Any]:
    """Makes the backend of a tiny model. Backends with equal sources share one copy, which stays for other tests."""

    def make(model: str, **settings: Any) -> Any:
        kind = KINDS[model]
        given = {"batch_size": 8, "device": "cpu", **SETTINGS.get(kind, {}), **settings}
        return transformers_backend(f"transformers.{kind}", model, model=str(folders[model]), **given)

    return make
