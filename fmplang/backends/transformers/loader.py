"""Loading models: device and precision, one copy for all who use it, and errors that say what to do."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fmplang.errors import BackendError, FmpError

DTYPES = ("auto", "float32", "float16", "bfloat16")
PASSING = frozenset({408, 429, 500, 502, 503, 504})  # statuses of a hub after which the same may succeed


@dataclass(frozen=True, slots=True)
class Source:
    """Which model, and how it is loaded. Backends with equal sources share one copy of the weights.

    `kind` names what loads it (see `load`). `model` is a local folder or a hub name. `device` is "auto" (a GPU where
    there is one), "cpu", "cuda", "cuda:1", "mps". `dtype` "auto" is float32 on a CPU, else what the weights are in.
    """

    kind: str
    model: str
    revision: str
    device: str
    dtype: str
    local_files_only: bool


@dataclass(slots=True, eq=False)
class Loaded:
    """A model in memory. `lock` is held by whoever uses model or processor: neither takes two threads at once."""

    model: Any
    processor: Any
    device: Any
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.model.parameters())

    def on_device(self, inputs: Any) -> dict[str, Any]:
        """Tensors by name, moved to the model's device, those of floats in its precision."""
        import torch

        dtype = self.model.dtype
        return {
            name: (value.to(self.device, dtype) if value.is_floating_point() else value.to(self.device))
            if isinstance(value, torch.Tensor) else value
            for name, value in inputs.items()
        }


class Shelf:
    """The models in memory, each once, with how many backends hold it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading: dict[Source, threading.Lock] = {}
        self._held: dict[Source, tuple[Loaded, int]] = {}

    def __contains__(self, source: object) -> bool:
        return source in self._held

    def holders(self, source: Source) -> int:
        """How many backends hold the model."""
        return self._held[source][1] if source in self._held else 0

    def take(self, source: Source, load: Callable[[Source], Loaded]) -> Loaded:
        with self._lock:
            loading = self._loading.setdefault(source, threading.Lock())
        with loading:  # two backends that want one model load it once; others are not kept waiting
            with self._lock:
                if source in self._held:
                    loaded, holders = self._held[source]
                    self._held[source] = loaded, holders + 1
                    return loaded
            loaded = load(source)
            with self._lock:
                self._held[source] = loaded, 1
            return loaded

    def give_back(self, source: Source) -> None:
        """The last to give a model back frees its memory, once calls under way are over."""
        with self._lock:
            loaded, holders = self._held[source]
            if holders > 1:
                self._held[source] = loaded, holders - 1
                return
            del self._held[source]
        cuda = loaded.device.type == "cuda"
        del loaded
        gc.collect()
        if cuda:
            import torch

            torch.cuda.empty_cache()


SHELF = Shelf()


def device_of(name: str, backend: str) -> Any:
    """The torch device of a setting. BackendError (FMP705) where it is not here."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise _cannot(backend, f"there is no device {name!r}", 'Set device to "auto", "cpu" or "cuda".') from None
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(device.type, False) or (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()):
        raise _cannot(backend, f"this machine has no device {name}, or torch was installed without it",
                      'Set device = "cpu" or "auto", or install a torch that can use the device.')
    return device


def from_pretrained(source: Source, backend: str, auto: str, *, processor: Callable[..., Any] | None = None,
                    may_lack: tuple[str, ...] = ()) -> Loaded:
    """Load a model by one of transformers' Auto classes, weights from safetensors alone, no code from the hub.

    `processor` gets the model and the same settings and makes what prepares its inputs; AutoProcessor by default.
    Weights that the files lack would be drawn at random, so that is an error; `may_lack` are parts of names of
    those that do no harm. Raises BackendError (FMP705).
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise _cannot(backend, f"{error.name or error} is not installed", INSTALL) from error
    device = device_of(source.device, backend)
    where: dict[str, Any] = {"local_files_only": source.local_files_only, "trust_remote_code": False}
    if source.revision:
        where["revision"] = source.revision
    dtype: Any = "auto" if source.dtype == "auto" and device.type != "cpu" else None
    if dtype is None:
        dtype = torch.float32 if source.dtype == "auto" else getattr(torch, source.dtype)
    try:
        with QUIET:
            model, told = getattr(transformers, auto).from_pretrained(
                source.model, dtype=dtype, use_safetensors=True, output_loading_info=True, **where)
            _must_be_complete(model, told, may_lack)
            made = (processor or transformers.AutoProcessor.from_pretrained)(source.model, **where)
        model = model.to(device).eval()
        model.requires_grad_(False)
    except FmpError as error:
        if isinstance(error, BackendError):
            error.backend = backend
        raise
    except Exception as error:
        raise explained(error, source, backend) from error
    return Loaded(model, made, device)


INSTALL = "Install it: pip install 'fmplang[hf]'."


class _Quiet:
    """While any thread is inside: no notes on standard error, and progress only on a terminal.

    What the notes of loading say becomes an error here. The settings are those of the whole process, so they are
    put back when the last thread leaves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before: tuple[int, bool] = (0, True)

    def __enter__(self) -> None:
        from transformers.utils import logging

        with self._lock:
            if not self._inside:
                self._before = logging.get_verbosity(), logging.is_progress_bar_enabled()
                logging.set_verbosity(logging.CRITICAL)
                if not sys.stderr.isatty():
                    logging.disable_progress_bar()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        with self._lock:
            self._inside -= 1
            if not self._inside:
                logging.set_verbosity(self._before[0])
                if self._before[1]:
                    logging.enable_progress_bar()


QUIET = _Quiet()


def _must_be_complete(model: Any, told: Any, may_lack: tuple[str, ...]) -> None:
    parameters = {name for name, _ in model.named_parameters()}
    wrong = [name for name in told["missing_keys"] if name in parameters and not any(p in name for p in may_lack)]
    wrong += [str(entry[0]) for entry in told["mismatched_keys"]]
    if wrong:
        named = ", ".join(sorted(wrong)[:3]) + (", ..." if len(wrong) > 3 else "")
        raise BackendError(
            f"the files of the model have no weights for {len(wrong)} of its parts ({named})", code="FMP705",
            hint="It was trained for another use: take a model of this kind, or another kind for this model.",
        )


def explained(error: Exception, source: Source, backend: str) -> BackendError:
    """A failure to load as an error that says what to do."""
    text = " ".join(f"{type(e).__name__}: {e}" for e in _chain(error)).lower()
    told = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:300]
    if any(map(_passes, _chain(error))):
        made = _cannot(backend, f"{source.model} cannot be downloaded now: {told}", "Try again later.")
        made.transient = True
        return made
    if "outofmemory" in text or "out of memory" in text:
        return _cannot(backend, f"there is no memory for {source.model} on {source.device}",
                       'Take a smaller model, dtype = "bfloat16", or another device.')
    if "revision" in text and ("not found" in text or "not a valid" in text) and source.revision:
        return _cannot(backend, f"{source.model} has no revision {source.revision!r}",
                       "Give a branch, a tag or a commit that the model's page lists.")
    if "safetensors" in text and ("file named" in text or "no file" in text or "use_safetensors" in text):
        return _cannot(backend, f"{source.model} has no weights in the safetensors format",
                       "Other formats can run code when they are read and are never loaded: convert the model.")
    if "gated" in text:
        return _cannot(backend, f"{source.model} is given only to those who asked for access",
                       "Ask for it on the model's page, then log in with: hf auth login.")
    if "safetensorerror" in text:
        return _cannot(backend, f"the weights of {source.model} are damaged: {told}", "Get them again.")
    if isinstance(error, ImportError):
        return _cannot(backend, f"{source.model} needs a package that is not installed: {told}",
                       "Install the package that the message names.")
    if "couldn't connect" in text or "offline" in text or "localentrynotfound" in text or "connecterror" in text:
        return _cannot(backend, f"{source.model} is not on this machine and cannot be downloaded",
                       "Give the path of a folder that holds it, or download it where there is a network.")
    if isinstance(error, OSError):
        return _cannot(backend, f"there is no model {source.model}: {told}",
                       "Give the path of a folder with config.json and weights, or a name on the hub.")
    return _cannot(backend, f"{source.model} cannot be loaded as {source.kind}: {told}",
                   "Take a model of this kind, or another kind for this model.")


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found and len(found) < 10:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _passes(error: BaseException) -> bool:
    """Whether the hub, or the way to it, fails for now."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return isinstance(error, (TimeoutError, ConnectionError)) or status in PASSING


def _cannot(backend: str, why: str, hint: str) -> BackendError:
    return BackendError(f"the backend {backend} cannot work here: {why}", code="FMP705", hint=hint, backend=backend)
