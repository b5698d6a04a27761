"""Hostile programs made from templates: more than a thousand, in classes, the same at every run.

Each class says how its programs may end: "refused" by the checker, "stopped" by an error or a limit, "answered" with a
harmless value. Whatever the class, nothing may leave fmplang but an FmpError and values of FMP (tests/hostile/runner.py
watches). Programs that somebody wrote by hand stand in programs/, size bombs and shapes in bombs.py and shapes.py.
"""

from __future__ import annotations

from tests.hostile import reach, texts, work  # noqa: F401  (they fill the registry)
from tests.hostile.templates import CLASSES

__all__ = ["CLASSES", "programs"]


def programs() -> dict[str, str]:
    """All programs by `class/name`."""
    found: dict[str, str] = {}
    for kind, (make, _) in CLASSES.items():
        for name, text in make():
            key = f"{kind}/{name}"
            assert key not in found, f"two programs are called {key}"
            found[key] = text
    return found
