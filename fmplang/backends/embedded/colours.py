"""Colour and light of a crop, from its pixels alone. What the crop shows, these backends do not know: they take it
that the crop is the thing asked about.

- mean: the average colour of the whole crop. Wrong where the thing fills little of it, or has two colours.
- clusters: groups the pixels into five colours, trusts the middle more than the edge, and takes a colour that
  holds most of the border for background.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from fmplang.backends.base import Response
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.model import EmbeddedBackend, image_of
from fmplang.backends.embedded.names import words
from fmplang.backends.embedded.palette import NAMES, memberships
from fmplang.backends.embedded.pictures import small, whole, worked
from fmplang.check.types import BOOL, STR
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

Way = Literal["mean", "clusters"]

SIDE = {"mean": 24, "clusters": 64}
GROUPS, ROUNDS = 5, 8
SHARE = 0.4  # of the thing, from which a colour is one of its colours
TOP_SHARE = 0.25  # the same for the commonest of all colours
DARK, BRIGHT = 0.3, 0.7  # brightness from 0 to 1
_WEIGHTS = np.array([0.299, 0.587, 0.114])
_COLOUR_WORD = re.compile(r"[ -]?colou?red$| in colou?r$|^colou?r(?:ed)? ")
_SPELLINGS = {**{name: name for name in NAMES}, "grey": "gray", "violet": "purple", "magenta": "pink"}
_LIGHT = ("dark", "bright")
_QUESTION = re.compile(
    r"(?:what|which) colou?rs? (?:is|are|has|have|does|do)\b.*|what(?:'s| is) (?:the|its) colou?r\b.*"
)


class ColourVerify(EmbeddedBackend):
    """verify_property(image, name, property) where the property is a basic colour, "dark" or "bright"."""

    def __init__(self, way: Way) -> None:
        self.name = f"colour-{way}"
        self.capability = "verify"
        self.version = "1"
        self.way: Way = way
        self.gains_from_batches = way == "mean"

    def supports(self, request: Request) -> bool:
        return request.returns == BOOL and _property(request) is not None

    def work(self, request: Request) -> Work:
        image = image_of(request)
        return Work("property", worked(image, SIDE[self.way]), whole(image))

    def operations(self, request: Request) -> float | None:
        return _operations(request, self.way)

    def respond(self, request: Request) -> Response:
        asked = _property(request)
        assert asked is not None
        colours, shares = seen(image_of(request), self.way)
        if asked in _LIGHT:
            light = float((colours @ _WEIGHTS / 255) @ shares)
            holds = light < DARK if asked == "dark" else light > BRIGHT
            edge = abs(light - (DARK if asked == "dark" else BRIGHT))
            return Response(holds, confidence=min(1.0, 0.5 + edge))
        told = shares @ memberships(colours)
        share = float(told[NAMES.index(asked)])
        needed = TOP_SHARE if share == told.max() else SHARE
        sure = abs(share - needed) / (1 - needed if share > needed else needed)
        return Response(share >= needed, confidence=0.5 + 0.5 * min(1.0, sure))

    def describe(self) -> str:
        how = "the mean colour" if self.way == "mean" else "groups of colours, the border left out"
        return f'verifies a colour ({", ".join(NAMES)}), "dark" or "bright", by {how}'


class ColourNames(EmbeddedBackend):
    """simple_query(image, question) where the question asks for a colour; the answer is one basic colour."""

    def __init__(self, way: Way) -> None:
        self.name = f"colour-{way}-name"
        self.capability = "vqa"
        self.version = "1"
        self.way: Way = way
        self.gains_from_batches = way == "mean"

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return (
            request.returns == STR and len(args) == 2 and isinstance(args[0], Image) and isinstance(args[1], str)
            and _QUESTION.fullmatch(words(args[1])) is not None
        )

    def work(self, request: Request) -> Work:
        image = image_of(request)
        return Work("name", worked(image, SIDE[self.way]), whole(image))

    def operations(self, request: Request) -> float | None:
        return _operations(request, self.way)

    def respond(self, request: Request) -> Response:
        colours, shares = seen(image_of(request), self.way)
        told = shares @ memberships(colours)
        best = int(told.argmax())
        total = float(told.sum())
        return Response(NAMES[best], confidence=float(told[best]) / total if total else 0.0)

    def describe(self) -> str:
        return f'answers "what color is ..." with one of {", ".join(NAMES)}; no other question'


def seen(image: Image, way: Way) -> tuple[np.ndarray, np.ndarray]:
    """The colours of what an image shows: N x 3 (0 to 255), and their shares, which sum to 1."""
    pixels = small(image, SIDE[way]).astype(np.float64)
    if way == "mean":
        return pixels.reshape(-1, 3).mean(axis=0, keepdims=True), np.ones(1)
    height, width = pixels.shape[:2]
    flat = pixels.reshape(-1, 3)
    colours, group = _grouped(flat)
    middle = np.outer(_bell(height), _bell(width)).ravel()
    edge = _edge(height, width).ravel()
    shares = np.bincount(group, middle, len(colours)) / middle.sum()
    if edge.any() and not edge.all():
        border = np.bincount(group, edge, len(colours)) / edge.sum()
        inner = np.bincount(group, ~edge, len(colours)) / (~edge).sum()
        shares = shares * np.where(border > 1.5 * inner, 0.25, 1.0)
    return colours, shares / shares.sum()


def _grouped(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """k-means, begun with the colour farthest from the mean and then always with the one farthest from all begun."""
    centres = [flat[((flat - flat.mean(axis=0)) ** 2).sum(axis=1).argmax()]]
    gap = ((flat - centres[0]) ** 2).sum(axis=1)
    while len(centres) < GROUPS and gap.max() > 0:
        centres.append(flat[gap.argmax()])
        gap = np.minimum(gap, ((flat - centres[-1]) ** 2).sum(axis=1))
    made = np.array(centres)
    group = np.zeros(len(flat), dtype=np.intp)
    for _ in range(ROUNDS):
        group = ((flat[:, None, :] - made[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
        counts = np.bincount(group, minlength=len(made))
        sums = np.stack([np.bincount(group, flat[:, i], len(made)) for i in range(3)], axis=1)
        made = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], made)
    return made, group


def _bell(length: int) -> np.ndarray:
    """Weights along one side: 1 in the middle, about a third at the ends."""
    at = (np.arange(length) + 0.5) / length * 2 - 1
    return np.exp(-(at**2))


def _edge(height: int, width: int) -> np.ndarray:
    """The outermost twelfth of a picture."""
    rows, columns = np.arange(height), np.arange(width)
    near = [np.minimum(at, len(at) - 1 - at) < max(1, len(at) // 12) for at in (rows, columns)]
    return np.asarray(near[0][:, None] | near[1][None, :])


def _property(request: Request) -> str | None:
    """The basic colour or the word for light that a call asks about, or None."""
    args = list(request.args.values())
    if len(args) != 3 or not isinstance(args[0], Image) or not isinstance(args[2], str):
        return None
    word = _COLOUR_WORD.sub("", words(args[2]))
    return word if word in _LIGHT else _SPELLINGS.get(word)


def _operations(request: Request, way: Way) -> float:
    pixels = worked(image_of(request), SIDE[way]) * 1e6
    reduced = whole(image_of(request)) * 1e6 * 6  # three channels, a product and a sum each
    return reduced + pixels * (3 if way == "mean" else ROUNDS * GROUPS * 9)
