"""The whole zoo from nothing: scenes drawn, eyes trained, pairs, factors and curves fitted, weights written.

Everything lies in one folder and is found again there, so that a run that was stopped goes on:

    OUT/scenes        pictures to learn from (examples.py)
    OUT/checkpoints   an eye's state while it learns (learning.py)
    OUT/weights       what backends read: NAME.safetensors in 16 bits, NAME-pairs.safetensors, NAME.json
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.backends.embedded.scenes import models, pairs
from fmplang.backends.embedded.scenes.eye import Eye
from fmplang.backends.embedded.scenes.models import OUTLINE, VIEWS, Model
from fmplang.backends.embedded.scenes.outline import OutlineEye, unrelated
from fmplang.backends.embedded.scenes.plan import PLANS
from fmplang.errors import ConfigError
from fmplang.scenes.graph import Scene
from fmplang.scenes.stream import scenes
from fmplang.zoo import fitting
from fmplang.zoo.examples import SHARD, Examples, written
from fmplang.zoo.learning import FULL, Course, Progress, steps_done, trained
from fmplang.zoo.trials import ASKED, trials

Told = Callable[[str], None]
_ENDLESS = 10_000_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done. `examples` scenes to learn from; `courses` by eye; `pairs` scenes and `pair_steps` for the
    network on pairs; `factors` and `curves` scenes of the split `calibrate`; `per_kind` questions of each kind about
    each."""

    examples: int
    courses: Mapping[str, Course]
    pairs: int
    pair_steps: int
    factors: int
    curves: int
    per_kind: int = 1


FULL_SCALE = Scale(30_000, {
    "glance": Course(9_500, rate=4e-3, whole=0.75, windows=0.0, easy=0.7),
    "gaze": Course(11_000, size=32, rate=2.5e-3, whole=0.6, windows=0.15),
}, pairs=1000, pair_steps=3000, factors=500, curves=1500)
TINY_SCALE = Scale(SHARD, {
    "glance": Course(120, size=32, rate=4e-3, whole=0.75, windows=0.0, easy=0.7),
    "gaze": Course(20, size=8, rate=2.5e-3, whole=0.6, windows=0.15),
}, pairs=30, pair_steps=100, factors=40, curves=60)


def prepared(threads: int, device: str = "") -> str:
    """Have torch work with so many threads; gives the device to train on, the one named or else cuda where there is
    one. Raises ConfigError (FMP805) without torch."""
    try:
        import torch
    except ImportError:
        raise ConfigError("training needs torch, which is not installed", code="FMP805",
                          hint="Install it: pip install 'fmplang[torch]'.") from None
    torch.set_num_threads(threads)
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def train(names: Sequence[str], out: Path, scale: Scale, told: Told, *, seed: int = 0, device: str = "cpu",
          minutes: float | None = None, command: str = "", processes: int = 2) -> list[Model]:
    """Trains models by name (models.NAMES) and writes them to `out`. `told` hears what happens, a line at a time.

    `minutes` is for the eyes in all, in place of the steps of their courses: each learns at the full rate for seven
    tenths of its share and comes to rest in three; the steps that came of it are written down, and the same number of
    steps gives the same weights. Raises KeyError for a name that is not known.
    """
    made = []
    if OUTLINE in names:
        (out / "weights").mkdir(parents=True, exist_ok=True)
        bare = Model(OUTLINE, OutlineEye(), unrelated())
        made.append(_fitted(bare, scale, out / "weights", told, seed, {"command": command, **_about(seed)}, processes))
    eyes = list(dict.fromkeys(VIEWS[name][0] for name in names if name != OUTLINE))
    if not eyes:
        return made
    paths = written(out / "scenes", "train", scale.examples, seed,
                    lambda ready: told(f"scenes: {ready} of {scale.examples}"), processes=processes)
    examples = Examples(paths)
    done: dict[str, int] = {}
    for eye in eyes:
        course = replace(scale.courses[eye], seed=seed, device=device)
        done[eye] = _eye(eye, examples, course, out, told, minutes / len(eyes) if minutes else None)
    for name in names:
        if name == OUTLINE:
            continue
        about = {"command": command, "steps": done[VIEWS[name][0]], "examples": scale.examples, **_about(seed)}
        made.append(_model(name, examples, scale, out / "weights", told, seed, about, processes))
    return made


def _about(seed: int) -> dict[str, Any]:
    return {"seed": seed, "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "splits": {"eye and pairs": "train", "factors and curves": "calibrate"}}


def _eye(eye: str, examples: Examples, course: Course, out: Path, told: Told, minutes: float | None) -> int:
    """Trains an eye, writes its weights and gives its number of steps."""
    from safetensors.numpy import save_file

    plan, folder = PLANS[eye], out / "checkpoints"

    def line(progress: Progress) -> None:
        parts = " ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        told(f"{eye}: step {progress.step} of {progress.steps}, {progress.speed:.0f} pictures/s, "
             f"{progress.left / 60:.1f} minutes left: {parts}")

    if minutes is not None:
        level = replace(course, steps=_ENDLESS)
        trained(plan, examples, level, folder, line, until=time.monotonic() + 60 * minutes * FULL)
        course = replace(course, steps=round(steps_done(folder, plan) / FULL))
    weights = trained(plan, examples, course, folder, line)
    (out / "weights").mkdir(parents=True, exist_ok=True)
    save_file({name: value.astype(np.float16) for name, value in weights.items()},
              out / "weights" / f"{eye}.safetensors")
    return course.steps


def _model(name: str, examples: Examples, scale: Scale, folder: Path, told: Told, seed: int, about: dict[str, Any],
           processes: int) -> Model:
    from safetensors.numpy import save_file

    source, views = VIEWS[name]
    shapes = PLANS[source].shapes()
    eye = Eye(PLANS[source], models.weights_of(folder / f"{source}.safetensors", shapes), views)
    model = Model(name, eye, {key: np.zeros(shape, np.float32) for key, shape in pairs.SHAPES.items()})
    told(f"{name}: pairs")
    places = np.random.default_rng([seed, 1]).permutation(len(examples))[: scale.pairs]
    learnt = fitting.pairs_learnt(model, examples, [int(place) for place in places], scale.pair_steps, seed)
    save_file({key: value.astype(np.float16) for key, value in learnt.items()}, folder / f"{name}-pairs.safetensors")
    model = replace(model, pairs=models.weights_of(folder / f"{name}-pairs.safetensors", pairs.SHAPES))
    return _fitted(model, scale, folder, told, seed, about, processes)


def _fitted(model: Model, scale: Scale, folder: Path, told: Told, seed: int, about: dict[str, Any],
            processes: int) -> Model:
    """The model with factors and curves, written beside its weights."""
    name = model.name
    told(f"{name}: factors")
    looked = [(scene, model.eye.look(picture)) for scene, picture in _calibrate(0, scale.factors, processes)]
    model = replace(model, trust=fitting.trusted(model, looked))
    model = replace(model, needed=fitting.needed(model, looked))
    told(f"{name}: curves")
    kinds = ASKED[name]
    answers = list(trials(model, _calibrate(scale.factors, scale.curves, processes), seed, kinds, scale.per_kind))
    model = replace(model, curves=fitting.curves(answers), about=about)
    (folder / f"{name}.json").write_text(json.dumps(as_json(model), indent=1) + "\n", encoding="utf-8")
    told(f"{name}: written to {folder}")
    return model


def _calibrate(first: int, count: int, processes: int) -> Iterator[tuple[Scene, np.ndarray]]:
    return scenes("calibrate", range(first, first + count), processes=processes)


def as_json(model: Model) -> dict[str, Any]:
    """What models.read reads back beside the weights."""
    return {
        "about": dict(model.about),
        "present": [[round(a, 4), round(b, 4)] for a, b in model.trust.present],
        "temperatures": dict(model.trust.temperatures), "slack": model.trust.slack, "needed": model.needed,
        "curves": {kind: {"bias": round(curve.bias, 4), "weights": [round(weight, 4) for weight in curve.weights]}
                   for kind, curve in model.curves.items()},
    }
