"""What each syntax code means, for `fmplang explain`, the docs, and the repair prompt for language models."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`failing` is a program that causes the code (and no other), `mended` the same one made right."""

    code: str
    title: str
    why: str
    failing: str
    mended: str


ENTRIES: tuple[Entry, ...] = ()
