"""What an eye believes to see, as chances: a `Seen` for fmplang/scenes/truth.py.

The network's numbers are brought to chances that keep their word by a few factors, fitted on scenes that it has not
learnt from: a straight line through the logit of the heat for each slot, a temperature for each choice, and how exact
boxes are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fmplang.backends.embedded.scenes.engine import Weights
from fmplang.backends.embedded.scenes.eye import Look
from fmplang.backends.embedded.scenes.pairs import laid
from fmplang.backends.embedded.scenes.plan import CHOICES, SLOTS
from fmplang.scenes.graph import LAID, PLACED, SIZES

CLEAR, NEAR = 0.06, 0.08  # of the longer side: as fmplang/scenes/graph.py has them
BANDS = (22.5 / 128, 41 / 128)  # of the longer side: between small, medium and large
_WORTH_ASKING = 0.02  # chance of a value below which no question needs to weigh it

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trust:
    """The factors. `present`: a and b of sigmoid(a * logit(heat) + b) for each slot. `temperatures` by choice. `slack`:
    how far a distance between two boxes is off, as the width of a logistic curve, in shares of the longer side."""

    present: tuple[tuple[float, float], ...] = ((1.0, 0.0),) * SLOTS
    temperatures: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(CHOICES, 1.0))
    slack: float = 0.008


class Sight:
    """n candidates of one picture. `frame` is the picture's width and height in pixels and `outer` the longer side of
    the picture that it was cut from, since a thing's size is told against the whole."""

    def __init__(self, look: Look, pairs: Weights, trust: Trust, frame: tuple[int, int], outer: int) -> None:
        self.look = look
        self._pairs = pairs
        self._slack = trust.slack
        self._laid: Chances | None = None
        self._width, self._height = frame
        heat = np.clip(look.heat.astype(np.float64), 1e-6, 1 - 1e-6)
        a, b = (np.array([line[at] for line in trust.present])[look.slots] for at in (0, 1))
        self._present = _sigmoid(a * np.log(heat / (1 - heat)) + b)
        self._chances = {name: softmax(look.logits[name] / trust.temperatures[name]) for name in CHOICES}
        share = max(frame) / outer
        if share < 0.999 and len(look):  # in a crop only its own size tells
            self._chances["size"] = self._sizes(share)
        self._words = self._chances["word"] * self._chances["kind"][:, [CHOICES["kind"].index("sign")]]

    def __len__(self) -> int:
        return len(self.look)

    @property
    def boxes(self) -> Chances:
        """n x 4: left, lower, right, upper in pixels of the picture, from its lower left corner."""
        longer = max(self._width, self._height)
        left, top, right, bottom = self.look.boxes.T.astype(np.float64) * longer
        return np.stack([left, self._height - bottom, right, self._height - top], axis=1)

    def present(self) -> Chances:
        return self._present

    def chance(self, attribute: str, value: str) -> Chances:
        if attribute == "text":
            known = CHOICES["word"]
            return self._words[:, known.index(value)] if value in known else np.zeros(len(self))
        return self._chances[attribute][:, CHOICES[attribute].index(value)]

    def chances(self, name: str) -> Chances:
        """n x values of a choice of plan.CHOICES."""
        return self._chances[name]

    def values(self, attribute: str) -> Sequence[str]:
        name = "word" if attribute == "text" else attribute
        table = self._words if attribute == "text" else self._chances[name]
        likely = (table * self._present[:, None]).max(axis=0, initial=0.0)
        return [value for value, chance in zip(CHOICES[name], likely, strict=True) if chance > _WORTH_ASKING]

    def related(self, relation: str) -> Chances:
        if relation in LAID:
            if self._laid is None:
                self._laid = laid(self._pairs, self.look).astype(np.float64)
            return self._laid[..., LAID.index(relation)]
        first, second = self.look.boxes[:, None].astype(np.float64), self.look.boxes[None].astype(np.float64)
        if relation == "next to":
            gap = np.maximum(first[..., :2], second[..., :2]) - np.minimum(first[..., 2:], second[..., 2:])
            far = NEAR - gap.max(axis=-1)
        else:
            assert relation in PLACED
            apart = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2
            far = {"right of": apart[..., 0], "left of": -apart[..., 0], "above": -apart[..., 1],
                   "below": apart[..., 1]}[relation] - CLEAR
        return np.asarray(_sigmoid(far / self._slack) * (1 - np.eye(len(self))))

    def further(self, most: str) -> Chances:
        left, top, right, bottom = self.look.boxes.T.astype(np.float64)
        size = np.sqrt(np.maximum((right - left) * (bottom - top), 0))
        far = {"leftmost": -(left + right) / 2, "rightmost": (left + right) / 2, "topmost": -(top + bottom) / 2,
               "bottommost": (top + bottom) / 2, "largest": size, "smallest": -size}[most]
        return np.asarray(_sigmoid((far[None, :] - far[:, None]) / self._slack) * (1 - np.eye(len(self))))

    def _sizes(self, share: float) -> Chances:
        longer = np.max(self.look.boxes[:, 2:] - self.look.boxes[:, :2], axis=1).astype(np.float64) * share
        above = [_sigmoid((longer - band) / (2 * self._slack)) for band in BANDS]
        assert len(SIZES) == 3
        return np.stack([1 - above[0], above[0] - above[1], above[1]], axis=1).clip(0, 1)


def softmax(logits: np.ndarray) -> Chances:
    """Along the last axis."""
    made = np.exp((logits - logits.max(axis=-1, keepdims=True, initial=-1e30)).astype(np.float64))
    return np.asarray(made / made.sum(axis=-1, keepdims=True))


def _sigmoid(values: np.ndarray) -> Chances:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -50, 50))))
