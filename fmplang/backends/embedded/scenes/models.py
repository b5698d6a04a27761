"""The trained models by name: read when first needed, each once for a process.

    outline  no network: outlines and colours
    glance   the small eye, one look
    gaze     the large eye, one look
    sage     the large eye, several looks at different sizes and mirrored

Beside NAME.safetensors lies NAME.json: the command that made it, and the factors and curves of sight.py and
confidence.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.backends.embedded.scenes import pairs
from fmplang.backends.embedded.scenes.confidence import FEATURES, PLAIN, Curve, features
from fmplang.backends.embedded.scenes.engine import Weights
from fmplang.backends.embedded.scenes.eye import Eye, Looking, View
from fmplang.backends.embedded.scenes.outline import OutlineEye, unrelated
from fmplang.backends.embedded.scenes.plan import PLANS
from fmplang.backends.embedded.scenes.sight import Sight, Trust
from fmplang.backends.safetensors import read_safetensors
from fmplang.errors import ConfigError
from fmplang.runtime.values.images import Image

FOLDER = Path(__file__).resolve().parent / "weights"
VIEWS: Mapping[str, tuple[str, tuple[View, ...]]] = {
    "glance": ("glance", (View(96),)),
    "gaze": ("gaze", (View(128),)),
    "sage": ("gaze", tuple(View(side, mirrored) for side in (128, 160, 224) for mirrored in (False, True))),
}
OUTLINE = "outline"
NAMES = (OUTLINE, *VIEWS)


@dataclass(frozen=True, slots=True)
class Model:
    """`curves` by kind of question (confidence.KINDS); `needed` is the chance from which something counts as found.
    `about` is what the file says of where it comes from."""

    name: str
    eye: Looking
    pairs: Weights
    trust: Trust = field(default_factory=Trust)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    needed: float = 0.5
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def flops(self) -> int:
        """Operations of one answer."""
        return self.eye.flops + pairs.FLOPS

    def sight(self, image: Image) -> Sight:
        """What it believes to see in an image. Looks at one image are remembered."""
        outer = max(image.source.pixels.shape[:2])
        return self.seen(image.pixels, outer, image.digest)

    def seen(self, pixels: np.ndarray, outer: int, digest: str = "") -> Sight:
        """The same for bare pixels; `outer` is the longer side of the picture that they were cut from."""
        frame = (pixels.shape[1], pixels.shape[0])
        return Sight(self.eye.look(pixels, digest), self.pairs, self.trust, frame, outer)

    def confidence(self, kind: str, sight: Sight, belief: float, said: object) -> float:
        """How likely an answer is right that the eye believes in so much."""
        curve = self.curves.get(kind) or self.curves.get(kind.split(" ")[0], PLAIN)
        return curve(features(sight, belief, said))


@lru_cache(maxsize=8)
def load(folder: Path, name: str) -> Model:
    """A model from a folder that `fmplang pool train` wrote, or FOLDER. ConfigError (FMP804) for what cannot be read.
    `outline` has no weights, only factors and curves."""
    path = folder / f"{name}.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        trust = Trust(tuple((float(a), float(b)) for a, b in told["present"]),
                      {key: float(value) for key, value in told["temperatures"].items()}, float(told["slack"]))
        curves = {kind: Curve(float(made["bias"]), tuple(float(weight) for weight in made["weights"]))
                  for kind, made in told["curves"].items()}
        if any(len(curve.weights) != len(FEATURES) for curve in curves.values()):
            raise ValueError(f"its curves should read {len(FEATURES)} features")
        needed, about = float(told["needed"]), dict(told["about"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: the model cannot be read: {error}", code="FMP804",
                          hint=f"Train it again: fmplang pool train {name}.") from None
    if name == OUTLINE:
        return Model(name, OutlineEye(), unrelated(), trust, curves, needed, about)
    source, views = VIEWS[name]
    eye = Eye(PLANS[source], weights_of(folder / f"{source}.safetensors", PLANS[source].shapes()), views)
    related = weights_of(folder / f"{name}-pairs.safetensors", pairs.SHAPES)
    return Model(name, eye, related, trust, curves, needed, about)


def version(folder: Path, name: str) -> str:
    """Changes with each training, so that no answer of other weights is taken from a cache for this one's."""
    try:
        told = (folder / f"{name}.json").read_bytes()
    except OSError:
        return "1"
    return f"1.{blake2b(told, digest_size=4).hexdigest()}"


def present(folder: Path, name: str) -> bool:
    """Whether a folder has all files of a model."""
    files = [f"{name}.json"]
    if name != OUTLINE:
        files += [f"{VIEWS[name][0]}.safetensors", f"{name}-pairs.safetensors"]
    return all((folder / file).is_file() for file in files)


def weights_of(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    """The arrays of a file that have these shapes, as float32. ConfigError (FMP804) where they differ."""
    found = read_safetensors(path)
    for name, shape in shapes.items():
        if name not in found or found[name].shape != shape:
            raise ConfigError(f"{path}: the weights have no {name} of shape {shape}", code="FMP804",
                              hint="They belong to another version of fmplang: train them again, or install it anew.")
    return {name: np.ascontiguousarray(found[name], dtype=np.float32) for name in shapes}
