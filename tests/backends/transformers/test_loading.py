"""Loading and unloading, health, and what goes wrong: every failure is a typed error that says what to do."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fmplang.backends.base import Response
from fmplang.backends.transformers import loader, transformers_backend
from fmplang.backends.transformers import model as transformers_model
from fmplang.errors import BackendError
from tests.backends.asking import EMBED, answer, ask

pytest.importorskip("torch")
pytest.importorskip("transformers")

Make = Callable[..., Any]


def fails(kind: str, model: str | Path, **settings: Any) -> BackendError:
    """The error of loading it."""
    with pytest.raises(BackendError) as caught:
        transformers_backend(f"transformers.{kind}", "mine", model=str(model), **settings).load()
    assert caught.value.code == "FMP705" and caught.value.backend == "mine" and caught.value.hint
    return caught.value


# --------------------------------------------------------------------- loading


def test_nothing_is_loaded_before_the_first_call_and_unloading_frees(backend: Make) -> None:
    encoder = backend("encoder", local_files_only=True)  # not the copy that other tests hold
    request = ask(EMBED, "a dog")
    assert encoder.health().ok and encoder.price(request) > 0 and encoder.supports(request)
    assert not encoder.is_loaded and encoder.source not in loader.SHELF
    first = answer(encoder, EMBED, "a dog").value
    assert encoder.is_loaded and encoder.source in loader.SHELF
    gone = weakref.ref(encoder.load().model)
    encoder.unload()
    encoder.unload()
    gc.collect()
    assert gone() is None and not encoder.is_loaded and encoder.source not in loader.SHELF
    assert answer(encoder, EMBED, "a dog").value == first  # loaded again
    encoder.unload()


def test_warming_up_loads_and_asks_once(backend: Make) -> None:
    for name in ("llm", "encoder", "nli", "llava", "blip", "clip", "owl", "depth", "whisper"):
        model = backend(name)
        model.warm_up()
        assert model.is_loaded


def test_threads_load_one_copy_and_get_the_same_answers(backend: Make) -> None:
    encoder = backend("encoder", local_files_only=True)
    request = ask(EMBED, "a dog")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: encoder.answer([request])[0].value, range(8)))
    assert all(each == answers[0] for each in answers) and loader.SHELF.holders(encoder.source) == 1
    encoder.unload()


def test_the_last_to_unload_frees(backend: Make) -> None:
    first, second = (backend("encoder", local_files_only=True) for _ in range(2))
    assert first.load() is second.load() and loader.SHELF.holders(first.source) == 2
    first.unload()
    assert second.is_loaded and loader.SHELF.holders(first.source) == 1
    second.unload()
    assert loader.SHELF.holders(first.source) == 0


def test_health_price_and_version_import_no_model_library(folders: dict[str, Path]) -> None:
    code = (
        "import sys\n"
        "from fmplang.backends.transformers import transformers_backend, transformers_backends\n"
        f"mine = transformers_backend('transformers.embed', 'mine', model={str(folders['encoder'])!r})\n"
        "assert mine.health().ok and mine.price(None) > 0 and mine.version and mine.describe()\n"
        "[(b.health(), b.price(None) if b.capability != 'asr' else 0) for b in transformers_backends()]\n"
        "print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "set()\n", done.stderr


def test_half_precision_is_used_where_it_is_asked_for(backend: Make) -> None:
    half, full = backend("encoder", dtype="bfloat16"), backend("encoder")
    assert str(half.load().model.dtype) == "torch.bfloat16" and str(full.load().model.dtype) == "torch.float32"
    near = answer(half, EMBED, "a dog").value
    assert near == pytest.approx(answer(full, EMBED, "a dog").value, abs=0.05)
    assert half.version != full.version
    half.unload()


def test_loading_and_asking_say_nothing(backend: Make, capfd: pytest.CaptureFixture[str]) -> None:
    quiet = backend("encoder", local_files_only=True)
    quiet.load()
    quiet.answer([ask(EMBED, "dog " * 1000)])  # longer than the model's limit, which its tokenizer remarks upon
    quiet.unload()
    written = capfd.readouterr()
    assert written.out == written.err == ""


# ---------------------------------------------------------------------- health


def test_health_without_the_package(backend: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = backend("encoder")
    monkeypatch.setattr(transformers_model.importlib.util, "find_spec", lambda name: None)
    health = encoder.health()
    assert not health.ok and "torch is not installed" in health.why and "fmplang[hf]" in health.mend


def test_health_of_folders(folders: dict[str, Path], tmp_path: Path) -> None:
    def health(model: str | Path, **settings: Any) -> Any:
        return transformers_backend("transformers.embed", "mine", model=str(model), **settings).health()

    assert "there is no folder" in health(tmp_path / "none").why
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no config.json" in health(empty).why
    shutil.copytree(folders["encoder"], tmp_path / "bare")
    (tmp_path / "bare" / "model.safetensors").unlink()
    assert "safetensors" in health(tmp_path / "bare").why
    assert "nothing may be downloaded" in health("acme/absent-3b", local_files_only=True).why


def test_a_model_that_is_not_here_may_be_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    far = transformers_backend("transformers.embed", "mine", model="acme/encoder-30M")
    assert far.health().ok and far.price(ask(EMBED, "x")) == 30 and far.version.startswith("acme/encoder-30M@main")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not far.health().ok
    nameless = transformers_backend("transformers.embed", "mine", model="acme/encoder")
    with pytest.raises(BackendError, match="how large") as caught:
        nameless.price(ask(EMBED, "x"))
    assert caught.value.code == "FMP706" and "`parameters`" in caught.value.hint
    told = transformers_backend("transformers.embed", "mine", model="acme/encoder", parameters=7)
    assert told.price(ask(EMBED, "x")) == 7


# ---------------------------------------------------------------------- errors


def test_models_that_are_not_there(tmp_path: Path) -> None:
    assert "there is no model" in fails("embed", tmp_path / "none").message
    (tmp_path / "empty").mkdir()
    fails("embed", tmp_path / "empty")
    error = fails("embed", "acme/absent", local_files_only=True)
    assert "not on this machine" in error.message and "folder" in error.hint


@pytest.mark.parametrize(("cause", "told", "hint"), [
    (OSError("v9 is not a valid git identifier (branch name, tag name or commit id) that exists for this model name. "
             "Check the page for available revisions."), "no revision 'v9'", "branch"),
    (OSError("acme/model is not a local folder and is not a valid model identifier listed on 'https://hub'"),
     "there is no model acme/model", "a name on the hub"),
    (OSError("You are trying to access a gated repo.\nMake sure to have access to it at https://hub"),
     "asked for access", "hf auth login"),
    (OSError("We couldn't connect to 'https://hub' to load the files"), "cannot be downloaded", "network"),
    (OSError("acme/model does not appear to have a file named model.safetensors"), "safetensors format", "convert"),
    (ImportError("AcmeProcessor requires the sentencepiece library"), "sentencepiece", "the package that"),
    (RuntimeError("CUDA out of memory. Tried to allocate 20 GiB"), "no memory for acme/model", "bfloat16"),
    (ValueError("Unrecognized configuration class"), "cannot be loaded as a test", "another kind"),
])
def test_what_a_hub_says_is_explained(cause: Exception, told: str, hint: str) -> None:
    """Messages as transformers 5.23 words them; no hub can be reached from a test."""
    error = loader.explained(cause, loader.Source("a test", "acme/model", "v9", "cpu", "auto", False), "mine")
    assert error.code == "FMP705" and error.backend == "mine"
    assert told in error.message and hint in error.hint


def test_pickled_weights_are_never_read(folders: dict[str, Path], tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "pickled"
    shutil.copytree(folders["encoder"], folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    error = fails("embed", folder)
    assert "safetensors" in error.message and "never loaded" in error.hint


def test_damaged_files(folders: dict[str, Path], tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(folders["encoder"], torn)
    (torn / "model.safetensors").write_bytes((torn / "model.safetensors").read_bytes()[:300])
    assert "damaged" in fails("embed", torn).message
    broken = tmp_path / "broken"
    shutil.copytree(folders["encoder"], broken)
    (broken / "config.json").write_text("{", encoding="utf-8")
    fails("embed", broken)
    unknown = tmp_path / "unknown"
    shutil.copytree(folders["encoder"], unknown)
    config = json.loads((unknown / "config.json").read_text(encoding="utf-8"))
    (unknown / "config.json").write_text(json.dumps({**config, "model_type": "abacus"}), encoding="utf-8")
    fails("embed", unknown)


def test_code_beside_the_weights_is_not_run(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "custom"
    shutil.copytree(folders["encoder"], folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = {**config, "model_type": "theirs", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", encoding="utf-8")
    fails("embed", folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("kind", "model"), [
    ("detect", "llm"), ("vqa", "encoder"), ("llm", "nli"), ("depth", "clip"), ("asr", "owl"), ("match", "nli"),
])
def test_a_model_of_another_kind_is_told(kind: str, model: str, folders: dict[str, Path]) -> None:
    error = fails(kind, folders[model])
    assert "kind" in error.hint or "chat template" in error.message


def test_weights_that_would_be_drawn_at_random_are_an_error(folders: dict[str, Path]) -> None:
    error = fails("classify", folders["encoder"])
    assert "no weights for 4 of its parts" in error.message and "classifier.bias" in error.message


def test_a_chat_model_needs_a_template(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    shutil.copytree(folders["llm"], folder)
    (folder / "chat_template.jinja").unlink()
    error = fails("llm", folder)
    assert "no chat template" in error.message and "Instruct" in error.hint


def test_devices_that_are_not_here(folders: dict[str, Path]) -> None:
    import torch

    if not torch.cuda.is_available():
        assert "no device cuda" in fails("embed", folders["encoder"], device="cuda").message
    assert "device" in fails("embed", folders["encoder"], device="cuda:99").message


def test_a_batch_that_does_not_fit_is_halved(backend: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    encoder = backend("encoder")
    encoder.load()
    whole = type(encoder).respond
    sizes: list[int] = []

    def respond(self: Any, items: Sequence[Any], loaded: Any) -> Any:
        sizes.append(len(items))
        if len(items) > 2 or "large" in items:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(self, items, loaded)

    monkeypatch.setattr(type(encoder), "respond", respond)
    texts = ["a dog", "a cat", "mat", "legs", "large", "spider"]
    answers = encoder.answer([ask(EMBED, text) for text in texts])
    assert sizes == [6, 3, 2, 1, 3, 2, 1, 1, 1]
    failed = [text for text, said in zip(texts, answers, strict=True) if isinstance(said, BackendError)]
    assert failed == ["large"] and "memory" in answers[4].message and answers[4].hint
    assert all(isinstance(said, Response) for i, said in enumerate(answers) if i != 4)


def test_no_more_requests_go_through_a_model_at_once_than_its_batch_size(
        backend: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = backend("encoder", batch_size=3)
    whole, sizes = type(encoder).respond, []

    def respond(self: Any, items: Sequence[Any], loaded: Any) -> Any:
        sizes.append(len(items))
        return whole(self, items, loaded)

    monkeypatch.setattr(type(encoder), "respond", respond)
    encoder.answer([ask(EMBED, "a dog")] * 7)
    assert sizes == [3, 3, 1]


@pytest.mark.parametrize("status", [429, 500, 503, 404])
def test_a_hub_that_fails_for_now_may_be_asked_again(status: int) -> None:
    class HubError(OSError):
        response = SimpleNamespace(status_code=status)

    source = loader.Source("a test", "acme/model", "", "cpu", "auto", False)
    outer = OSError("there was a problem")
    outer.__cause__ = HubError(f"{status} error")
    error = loader.explained(outer, source, "mine")
    assert error.transient is (status != 404) and error.code == "FMP705"
    assert ("cannot be downloaded now" in error.message) is (status != 404)
    assert loader.explained(TimeoutError("read timed out"), source, "mine").transient


def test_one_bad_request_does_not_spoil_its_batch(backend: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = backend("encoder")
    encoder.load()
    whole = type(encoder).respond

    def respond(self: Any, items: Sequence[Any], loaded: Any) -> Any:
        if "bad" in items:
            raise RuntimeError("a bug within")
        return whole(self, items, loaded)

    monkeypatch.setattr(type(encoder), "respond", respond)
    good, bad, also_good = encoder.answer([ask(EMBED, text) for text in ("a dog", "bad", "a cat")])
    assert isinstance(good, Response) and isinstance(also_good, Response)
    assert isinstance(bad, BackendError) and bad.code == "FMP700" and "RuntimeError: a bug within" in bad.message
    assert bad.site == "main/embed" and isinstance(bad.__cause__, RuntimeError)
