"""The models that ship, and files that are damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fmplang.backends.embedded.scenes.eye import square
from fmplang.backends.embedded.scenes.models import FOLDER, NAMES, OUTLINE, VIEWS, load, present, weights_of
from fmplang.backends.embedded.scenes.plan import PLANS
from fmplang.errors import ConfigError
from fmplang.scenes.stream import scenes

NETWORKS = [name for name in NAMES if name != OUTLINE]


@pytest.mark.parametrize("name", NAMES)
def test_every_model_ships(name: str) -> None:
    assert present(FOLDER, name)
    model = load(FOLDER, name)
    assert model is load(FOLDER, name)
    assert model.about["command"].startswith("fmplang pool train") and "seed" in model.about
    assert model.curves and 0.3 <= model.needed <= 0.7


def test_the_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 25_000_000


def test_the_monolith_is_three_hundred_times_as_dear_as_the_small_detector() -> None:
    assert load(FOLDER, "sage").flops >= 300 * load(FOLDER, "glance").flops


@pytest.mark.parametrize("name", NETWORKS)
def test_views_fit_the_network(name: str) -> None:
    source, views = VIEWS[name]
    assert all(view.side % 16 == 0 for view in views) and any(view.side == PLANS[source].side for view in views)


@pytest.mark.parametrize("name", NETWORKS)
def test_looks_are_finite_and_within_the_picture(name: str) -> None:
    model = load(FOLDER, name)
    for _, picture in scenes("develop", range(2), processes=1):
        look = model.eye.look(picture)
        assert len(look) and np.isfinite(look.boxes).all() and (look.boxes >= 0).all() and (look.boxes <= 1).all()
        assert ((look.heat > 0) & (look.heat < 1)).all()
        assert all(np.isfinite(value).all() for value in look.logits.values())


def test_no_picture_is_too_small_or_too_even() -> None:
    for name in NAMES:
        model = load(FOLDER, name)
        for pixels in (np.zeros((1, 1, 3), np.uint8), np.full((3, 90, 3), 255, np.uint8)):
            assert len(model.seen(pixels, 90).present()) <= 24


def test_sixteen_bits_are_enough() -> None:
    """The features of the shipped weights are those of weights with three digits more, to a thousandth."""
    from fmplang.backends.embedded.scenes import engine

    plan = PLANS["glance"]
    weights = weights_of(FOLDER / "glance.safetensors", plan.shapes())
    moved = {name: value * (1 + np.float32(2**-12) * np.sign(np.sin(np.arange(value.size)).reshape(value.shape)))
             for name, value in weights.items()}
    (_, picture), *_ = scenes("develop", range(1), processes=1)
    exact, off = (engine.features(plan, each, square(picture, plan.side)[None]) for each in (weights, moved))
    assert np.abs(exact - off).max() < 5e-3 * np.abs(exact).max()


def damaged(folder: Path) -> Path:
    shutil.copytree(FOLDER, folder)
    return folder


@pytest.mark.parametrize(("file", "text"), [
    ("glance.json", "{"), ("glance.json", "[]"), ("glance.json", '{"present": []}'), ("glance.safetensors", "weights"),
    ("glance-pairs.safetensors", ""),
])
def test_damaged_files_are_told_by_name(file: str, text: str, tmp_path: Path) -> None:
    folder = damaged(tmp_path / "weights")
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder, "glance")
    assert caught.value.code == "FMP804" and file in caught.value.message


def test_weights_of_another_network_are_told(tmp_path: Path) -> None:
    folder = damaged(tmp_path / "weights")
    shutil.copy(folder / "gaze.safetensors", folder / "glance.safetensors")
    with pytest.raises(ConfigError, match="have no one"):
        load(folder, "glance")


@pytest.mark.parametrize("weights", [["much"], [1.0]])
def test_curves_are_numbers_for_every_feature(weights: list[object], tmp_path: Path) -> None:
    folder = damaged(tmp_path / "weights")
    told = json.loads((folder / "gaze.json").read_text(encoding="utf-8"))
    told["curves"]["find"]["weights"] = weights
    (folder / "gaze.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(folder, "gaze")


def test_serving_loads_no_torch() -> None:
    code = ("import sys; from fmplang.backends.embedded.scenes.models import *\n"
            "import numpy as np\n"
            "for name in NAMES: load(FOLDER, name).seen(np.zeros((64, 64, 3), np.uint8), 64).related('on')\n"
            "bad = {'torch', 'safetensors', 'cv2', 'onnxruntime', 'scipy'} & set(sys.modules)\n"
            "sys.exit(', '.join(sorted(bad)) or 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
