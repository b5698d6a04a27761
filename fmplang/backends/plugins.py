"""Backends that other packages bring, by the entry point group `fmplang.backends`.

    [project.entry-points."fmplang.backends"]
    acme = "acme_fmplang:backends"        # a backend, several, or a function without arguments that gives them
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fmplang.backends.base import Backend
from fmplang.errors import ConfigError, FmpError

GROUP = "fmplang.backends"


def installed() -> tuple[str, ...]:
    """The names of the entry points there are, sorted. Loads none."""
    return tuple(sorted(_points()))


def load_plugin(name: str) -> tuple[Backend, ...]:
    """The backends of one entry point. Raises ConfigError (FMP808), which names the package."""
    point = _points()[name]
    package = point.dist.name if point.dist is not None else point.value
    try:
        found = point.load()
        if isinstance(found, type) or (callable(found) and not isinstance(found, Backend)):
            found = found()
    except FmpError:
        raise
    except Exception as error:
        raise ConfigError(
            f"the backends {name!r} of the package {package} cannot be loaded: {type(error).__name__}: {error}",
            code="FMP808", hint=f"Mend or remove the package {package}, or leave {name!r} out of the pool.",
        ) from error
    if isinstance(found, Backend):
        return (found,)
    if isinstance(found, Iterable):
        return tuple(found)
    raise ConfigError(
        f"the entry point {name!r} of the package {package} gives {type(found).__name__}", code="FMP808",
        hint="It must be a backend, several in a list, or a function without arguments that gives them.",
    )


def _points() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}
