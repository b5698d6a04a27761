"""What the embedded detectors can look for, and how programs may call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from fmplang.check.types import IMAGE, ListType
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

FACE, EYE, SMILE, CAT, PERSON = "face", "eye", "smile", "cat", "person"

_SPELLINGS: Mapping[str, str] = {
    "face": FACE, "faces": FACE, "human face": FACE, "person's face": FACE, "human faces": FACE,
    "eye": EYE, "eyes": EYE, "human eye": EYE, "human eyes": EYE,
    "smile": SMILE, "smiles": SMILE, "smiling mouth": SMILE,
    "cat": CAT, "cats": CAT, "cat face": CAT, "cat's face": CAT, "cat faces": CAT, "kitten": CAT, "kittens": CAT,
    "person": PERSON, "persons": PERSON, "people": PERSON, "human": PERSON, "humans": PERSON,
    "pedestrian": PERSON, "pedestrians": PERSON,
}
_LONGEST = 100  # letters of a word worth looking up
_CROPS = ListType(IMAGE)
_ARTICLE = re.compile(r"^(?:a|an|the)\s+")


def words(text: str) -> str:
    """Lower case, single spaces, no article in front."""
    return _ARTICLE.sub("", " ".join(text.lower().split()))


def part_of(request: Request) -> str | None:
    """What a call of the shape find(image, name) -> list[Image] looks for, or None."""
    args = tuple(request.args.values())
    if len(args) != 2 or not isinstance(args[0], Image) or not isinstance(args[1], str) or request.returns != _CROPS:
        return None
    return _part(args[1]) if len(args[1]) <= _LONGEST else None


@lru_cache(maxsize=1024)
def _part(text: str) -> str | None:
    return _SPELLINGS.get(words(text))
