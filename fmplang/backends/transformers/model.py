"""What the backends of transformers have in common: settings, price, batches, failures, loading."""

from __future__ import annotations

import importlib.util
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.failures import failed
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import DTYPES, INSTALL, QUIET, SHELF, Loaded, Source
from fmplang.backends.transformers.weights import (
    HUB_NAME,
    digest_of,
    files_of,
    is_folder,
    millions_by_name,
    millions_in,
    offline,
    place_of,
)
from fmplang.errors import BackendError, FmpError
from fmplang.runtime.requests import Request

UNIT = "million parameters"
_DEVICE = re.compile(r"auto|cpu|mps|cuda(?::\d{1,2})?")
_MOST_BATCH = 1024


class TransformersBackend(ABC):
    """A model in this process. Nothing is imported or read into memory before the first call, or `load()`.

    The price of a call is the number of the model's parameters, in millions: what the visual-programming literature
    counts. It is read from the headers of the weights; for a model that is not here yet it is `parameters`, else
    what the model's name says ("3B"). `version` is the model with its commit as far as it is known, or a digest of
    its files, and the settings that change its answers.

    `answer` holds the model's lock, works in batches of `batch_size`, halves a batch that does not fit into memory,
    and asks one by one where a batch fails, so that one bad request does not spoil the others.
    """

    kind: ClassVar[str]  # what loads the model, for messages and for sharing it
    about: ClassVar[str]
    unit: str | None = UNIT
    gains_from_batches: ClassVar[bool] = True

    def __init__(self, *, name: str, capability: str, model: str, revision: str = "", device: str = "auto",
                 dtype: str = "auto", batch_size: int = 8, local_files_only: bool = False,
                 parameters: float = 0.0) -> None:
        self._check(model, revision, device, dtype, batch_size, parameters)
        self.name = name
        self.capability = capability
        self.model = model
        self.batch_size = batch_size
        self.source = Source(self.kind, model, revision, device, dtype, local_files_only)
        self._parameters = float(parameters)
        self._millions: float | None = None
        self._loaded: Loaded | None = None
        self._lock = threading.Lock()
        place = place_of(model, revision)
        if place is None:
            which = revision or "main"
        else:  # a folder of the hub's cache is named after its commit
            which = _digest(place) if is_folder(model) else place.name[:12]
        self.version = f"{model.rstrip('/').rpartition('/')[2] if is_folder(model) else model}@{which}"
        shapes = {key: value for key, value in self.settings().items() if value not in ("", None)}
        if dtype != "auto":
            shapes["dtype"] = dtype
        if shapes:
            told = blake2b(repr(sorted(shapes.items())).encode(), digest_size=4).hexdigest()
            self.version += f":{told}"

    def __repr__(self) -> str:
        return f"<backend {self.name} for {self.capability}: {self.kind} {self.model}>"

    # ---------------------------------------------------------- for subclasses

    @abstractmethod
    def supports(self, request: Request) -> bool: ...

    @abstractmethod
    def read(self, source: Source) -> Loaded:
        """Load the model; see `from_pretrained`."""

    @abstractmethod
    def respond(self, items: Sequence[Any], loaded: Loaded) -> Sequence[Response | Exception]:
        """Answer a batch of what `prepare` made, in order."""

    @abstractmethod
    def trial(self) -> Any:
        """An item as `prepare` makes them, to warm up with."""

    def prepare(self, request: Request) -> Any:
        """What the model works on; raises what is wrong with this request alone."""
        return request

    def settings(self) -> dict[str, Any]:
        """The settings that change answers."""
        return {}

    def batches(self, items: Sequence[tuple[int, Any]]) -> Iterable[Sequence[tuple[int, Any]]]:
        """The prepared requests with their places, in groups that may be answered together."""
        for start in range(0, len(items), self.batch_size):
            yield items[start : start + self.batch_size]

    # -------------------------------------------------------------- the protocol

    @property
    def millions(self) -> float | None:
        """Parameters in millions, or None where nothing says how many there are."""
        if self._millions is None:
            place = place_of(self.model, self.source.revision)
            self._millions = self._parameters or (millions_in(place) if place is not None else None)
            if self._millions is None:
                return millions_by_name(self.model)  # asked again once the files are here
        return self._millions

    def price(self, request: Request) -> float:
        """Million parameters. BackendError (FMP706) where nothing says how many there are."""
        millions = self.millions
        if millions is None:
            raise BackendError(
                f"the backend {self.name} does not know how large {self.model} is", code="FMP706", backend=self.name,
                site=request.site.id, hint=_SAY_SIZE)
        return millions

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        loaded = self.load()
        answers: list[Response | Exception | None] = [None] * len(requests)
        ready: list[tuple[int, Any]] = []
        for place, request in enumerate(requests):
            try:
                ready.append((place, self.prepare(request)))
            except Exception as error:
                answers[place] = self._failure(error, request)
        for batch in self.batches(ready):
            said = self._batch([item for _, item in batch], [requests[place] for place, _ in batch], loaded)
            for (place, _), answer in zip(batch, said, strict=True):
                answers[place] = answer
        return [answer for answer in answers if answer is not None]

    def health(self) -> Health:
        """Whether the packages and the model's files are here, or may be downloaded. Imports none of them."""
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                return Health(False, f"the package {package} is not installed", INSTALL)
        place = place_of(self.model, self.source.revision)
        if place is None:
            if is_folder(self.model):
                return Health(False, f"there is no folder {self.model}", "Mend `model`.")
            if self.source.local_files_only or offline():
                return Health(False, f"{self.model} is not on this machine, and nothing may be downloaded",
                              "Download it where there is a network, or give a folder as `model`.")
            return HEALTHY
        if is_folder(self.model):
            if not (place / "config.json").is_file():
                return Health(False, f"the folder {self.model} has no config.json", "Mend `model`.")
            files = files_of(place)
            if not files or not all(file.is_file() for file in files):
                return Health(False, f"the folder {self.model} lacks weights in the safetensors format",
                              "Save the model there with save_pretrained.")
        return HEALTHY

    def describe(self) -> str:
        return f"{self.about}, by {self.model}"

    # ------------------------------------------------------------------- loading

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def load(self) -> Loaded:
        """The model, read into memory where it is not yet. BackendError (FMP705) says why it cannot be."""
        with self._lock:
            if self._loaded is None:
                self._loaded = SHELF.take(self.source, self.read)
            return self._loaded

    def warm_up(self) -> None:
        """Load the model and ask it once, so that the first real call is as fast as the others."""
        loaded = self.load()
        self._locked([self.trial()], loaded)

    def unload(self) -> None:
        """Give the model's memory back, unless another backend uses it. The next call loads it again."""
        with self._lock:
            if self._loaded is None:
                return
            self._loaded = None
            SHELF.give_back(self.source)

    # ------------------------------------------------------------------ answering

    def _locked(self, items: Sequence[Any], loaded: Loaded) -> Sequence[Response | Exception]:
        import torch

        with loaded.lock, QUIET, torch.inference_mode():
            said = self.respond(items, loaded)
        if len(said) != len(items):
            raise RuntimeError(f"{len(said)} answers for {len(items)} requests")
        return said

    def _batch(self, items: Sequence[Any], requests: Sequence[Request],
               loaded: Loaded) -> list[Response | Exception]:
        try:
            said = self._locked(items, loaded)
        except Exception as error:
            if len(items) == 1:
                return [self._failure(error, requests[0])]
            step = -(-len(items) // 2) if _is_memory(error) else 1  # out here, so that the error's frames are free
        else:
            return [self._failure(one, request) if isinstance(one, Exception) else one
                    for one, request in zip(said, requests, strict=True)]
        answers: list[Response | Exception] = []
        for start in range(0, len(items), step):
            answers += self._batch(items[start : start + step], requests[start : start + step], loaded)
        return answers

    def _failure(self, error: Exception, request: Request) -> Exception:
        if not isinstance(error, FmpError) and _is_memory(error):
            return failed(error, self.name, request, "there is not enough memory for this call",
                          "Take a smaller model, a smaller input or a CPU.")
        return failed(error, self.name, request)

    @staticmethod
    def _check(model: str, revision: str, device: str, dtype: str, batch_size: int, parameters: float) -> None:
        if not is_folder(model) and not HUB_NAME.fullmatch(model):
            raise BadSetting("model", f"{model!r:.60} is neither a folder nor a name on the hub")
        if revision and not re.fullmatch(r"[\w][\w./-]{0,99}", revision):
            raise BadSetting("revision", f"{revision!r:.60} is no branch, tag or commit")
        if not _DEVICE.fullmatch(device):
            raise BadSetting("device", f'{device!r:.60} is none of "auto", "cpu", "cuda", "cuda:1", "mps"')
        if dtype not in DTYPES:
            raise BadSetting("dtype", f"{dtype!r:.60} is none of {', '.join(DTYPES)}")
        if not 1 <= batch_size <= _MOST_BATCH:
            raise BadSetting("batch_size", f"should be from 1 to {_MOST_BATCH}, not {batch_size}")
        if parameters < 0:
            raise BadSetting("parameters", f"should be millions of parameters, not {parameters:g}")


_SAY_SIZE = "Say it in millions with `parameters`, or say what a call costs with `cost`."


def _digest(place: Path) -> str:
    try:
        return digest_of(place)
    except OSError as error:
        raise BadSetting("model", f"{place}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def too_long(length: int, most: int, name: str, what: str = "the prompt") -> BackendError:
    """An input that the model cannot take."""
    return BackendError(f"{what} has {length:,} tokens, and the backend {name} takes {most:,}", code="FMP707",
                        backend=name, hint="Ask with less text, or take a model with a longer context.")


def most_tokens(loaded: Loaded) -> int:
    """Tokens that an encoder takes at once; some tokenizers know, some say a huge number."""
    config = loaded.model.config
    own = int(getattr(config, "max_position_embeddings", 512))
    padding = getattr(config, "pad_token_id", None) or 0
    own -= padding + 1 if config.model_type in ("roberta", "xlm-roberta", "camembert") else 0  # they count from there
    return min(own, int(loaded.processor.model_max_length))


def _is_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError):
        return True
    text = f"{type(error).__name__} {error}".lower()
    return "outofmemory" in text or "out of memory" in text or "can't allocate memory" in text
