"""The whole zoo, tiny: it trains, and what comes out sees more than chance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fmplang.backends.embedded.scenes.models import load
from fmplang.backends.embedded.scenes.plan import CHOICES
from fmplang.cli.pool import command
from fmplang.errors import ConfigError
from fmplang.scenes.stream import scenes
from fmplang.zoo.trials import matched


def run(*args: str) -> dict[str, object]:
    result = CliRunner().invoke(command, ["train", *args, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    made: dict[str, object] = json.loads(result.stdout)
    return made


@pytest.mark.slow
def test_a_tiny_eye_beats_chance_clearly(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    told = run("glance", "--tiny", "--out", str(tmp_path), "--seed", "1", "--processes", "1")
    (model,) = told["models"]  # type: ignore[misc]
    assert model["name"] == "glance" and model["command"] == "fmplang pool train glance --tiny --seed 1"
    glance = load(tmp_path / "weights", "glance")
    hits = wanted = 0
    colours: list[bool] = []
    for scene, picture in scenes("develop", range(60), processes=1, hardness=0.15):
        sight = glance.seen(picture, 128)
        places = matched(sight, scene)
        hits, wanted = hits + int((places >= 0).sum()), wanted + len(scene.things)
        for at, place in enumerate(places):
            if place >= 0:
                said = CHOICES["colour"][int(sight.chances("colour")[at].argmax())]
                colours.append(said == scene.things[place].colour)
    assert hits > 0.3 * wanted  # nothing is found by chance
    assert np.mean(colours) > 0.3  # one in ten is chance
    with pytest.raises(ConfigError, match="begun"):
        run("glance", "--tiny", "--out", str(tmp_path))
    again = run("glance", "--tiny", "--out", str(tmp_path), "--seed", "1", "--processes", "1", "--resume")
    assert again["models"][0]["steps"] == model["steps"]  # type: ignore[index]


@pytest.mark.parametrize(("args", "said"), [
    (("glence",), "no model"), (("--minutes", "1", "--steps", "3"), "twice"),
])
def test_what_cannot_be_trained_is_told_before_anything_is(args: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        run(*args, "--out", str(tmp_path))
    assert not any(tmp_path.iterdir())
