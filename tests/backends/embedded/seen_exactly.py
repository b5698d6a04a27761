"""A look that sees a scene as it is, for tests of what comes after looking."""

from __future__ import annotations

import numpy as np

from fmplang.backends.embedded.scenes.eye import Look
from fmplang.backends.embedded.scenes.outline import unrelated
from fmplang.backends.embedded.scenes.plan import CHOICES
from fmplang.backends.embedded.scenes.sight import Sight, Trust
from fmplang.scenes.graph import Scene

SURE = 40.0  # a logit


def look_at(scene: Scene, *, doubt: float = 0.0) -> Look:
    """All things where they are, each with certainty less `doubt`."""
    side = max(scene.width, scene.height)
    count = len(scene.things)
    boxes = np.array([(t.box[0], scene.height - t.box[3], t.box[2], scene.height - t.box[1]) for t in scene.things],
                     np.float32).reshape(-1, 4) / side
    logits = {}
    for name, values in CHOICES.items():
        logits[name] = np.zeros((count, len(values)), np.float32)
        for at, thing in enumerate(scene.things):
            value = getattr(thing, "text" if name == "word" else name)
            if value:
                logits[name][at, values.index(value)] = SURE
    return Look(np.full(count, 1 - 1e-6 - doubt, np.float32), boxes, np.zeros(count, np.int64), logits,
                np.array([thing.visible for thing in scene.things], np.float32))


def sight_of(scene: Scene, *, slack: float = 1e-5) -> Sight:
    side = max(scene.width, scene.height)
    sure = Trust(present=((10.0, 0.0),) * 3, slack=slack)
    return Sight(look_at(scene), unrelated(), sure, (scene.width, scene.height), side)
