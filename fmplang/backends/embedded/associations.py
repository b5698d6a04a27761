"""Words that go with common labels (associations.txt), so that a label says more than its name."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("associations.txt")
WORD = re.compile(r"[a-z0-9][a-z0-9'-]*")


@lru_cache(maxsize=1)
def associations() -> tuple[tuple[tuple[str, ...], str], ...]:
    """The groups of the file: the names of a label, and its words."""
    made = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            names, _, words = line.partition(":")
            made.append((tuple(name.strip() for name in names.split(",")), words.strip()))
    return tuple(made)


@lru_cache(maxsize=1)
def groups() -> dict[str, tuple[int, ...]]:
    """For each associated word, the groups it is in."""
    found: dict[str, tuple[int, ...]] = {}
    for index, (names, words) in enumerate(associations()):
        for word in dict.fromkeys([*words.split(), *(n for n in names if " " not in n)]):
            found[word] = (*found.get(word, ()), index)
    return found


def words_for(label: str, about: str) -> str:
    """The words that go with a label, "" where none are known. `about` is the function's name: "high" of "urgency"."""
    plain = spelled(label)
    for wanted in (f"{plain} {spelled(about)}", plain):
        for names, words in associations():
            if wanted in names:
                return words
    return ""


def spelled(name: str) -> str:
    """A name as words: lower case, no underscores."""
    return " ".join(WORD.findall(name.lower().replace("_", " ")))
