"""What the embedded backends have in common: prices from measured costs, failures as typed errors, health."""

from __future__ import annotations

import copy
import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.embedded.costs import Work, predicted
from fmplang.backends.failures import failed
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image


class EmbeddedBackend(ABC):
    """A subclass says what it supports, how it responds to a request, and how much work that is. One that is quicker
    with several requests at once sets `gains_from_batches` and has `respond_all`; its answers do not depend on what
    else is in the batch, to the last bit. One whose calls take no longer than handing them to a thread sets it too.

    `options` are the settings that a pool file may give, by name and type. `configured` makes a backend with them.
    """

    name: str
    capability: str
    version: str
    unit = "milliseconds"
    options: ClassVar[Mapping[str, type]] = {}
    gains_from_batches: bool = False
    _well = False  # looked at once

    def __repr__(self) -> str:
        return f"<backend {self.name} for {self.capability}>"

    def configured(self, **options: object) -> Self:
        """A copy with these settings. ValueError says which cannot be."""
        made = copy.copy(self)
        made._well = False
        for key, value in options.items():
            made.configure(key, value)
        return made

    def configure(self, key: str, value: object) -> None:
        raise ValueError(f"no setting {key!r}")

    @abstractmethod
    def supports(self, request: Request) -> bool: ...

    @abstractmethod
    def work(self, request: Request) -> Work: ...

    def operations(self, request: Request) -> float | None:
        """A rough count of arithmetic operations, or None where nothing sensible can be said."""
        return None

    @abstractmethod
    def respond(self, request: Request) -> Response: ...

    def respond_all(self, requests: Sequence[Request]) -> Sequence[Response]:
        """As `respond` for each; what it raises, one of the requests raises."""
        return [self.respond(request) for request in requests]

    def price(self, request: Request) -> float:
        """Predicted milliseconds."""
        return predicted(self.name, self.work(request))

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        if not self._well:
            health = self.health()
            if not health.ok:
                raise BackendError(f"the backend {self.name} cannot work here: {health.why}", code="FMP705",
                                   hint=health.mend, backend=self.name)
            self._well = True
        if self.gains_from_batches and len(requests) > 1:
            try:
                return list(self.respond_all(requests))
            except Exception:  # asked one by one, the one that failed says so
                pass
        answers: list[Response | Exception] = []
        for request in requests:
            try:
                answers.append(self.respond(request))
            except Exception as error:
                answers.append(failed(error, self.name, request))
        return answers

    def health(self) -> Health:
        return HEALTHY

    def describe(self) -> str:
        return ""


def image_of(request: Request) -> Image:
    """The first image among the arguments. LookupError where there is none."""
    for value in request.args.values():
        if isinstance(value, Image):
            return value
    raise LookupError("no image among the arguments")


def files_of(package: str, *relative: str) -> Health:
    """Whether an installed package has these files. Does not import it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        return Health(False, f"the package {package} is not installed")
    for name in relative:
        if not any((Path(place) / name).is_file() for place in places):
            return Health(False, f"the installed {package} lacks {name}")
    return HEALTHY
