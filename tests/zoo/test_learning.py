"""Learning: views and targets, losses, and steps that a stop does not change."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.embedded.scenes.plan import GLANCE, SLOTS
from fmplang.zoo.examples import AT, COLUMNS, Examples, encoded, written
from fmplang.zoo.learning import WARM, Course, steps_done, trained
from fmplang.zoo.targets import _BOX, batch, looked, slot, view

GROUND, INK = 90, 200


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """Pictures with one to three even squares."""
    save_file = pytest.importorskip("safetensors.numpy").save_file
    rng = np.random.default_rng(0)
    pictures = np.full((20, 128, 128, 3), GROUND, np.uint8)
    things = np.zeros((20, 24, len(COLUMNS)), np.float32)
    for picture, rows in zip(pictures, things, strict=True):
        for row in rows[: int(rng.integers(1, 4))]:
            size = int(rng.integers(16, 60))
            x, y = (int(at) for at in rng.integers(0, 128 - size, 2))
            picture[y : y + size, x : x + size] = INK
            row[:] = (x / 128, y / 128, (x + size) / 128, (y + size) / 128, 1, 2, 3, 1, -1, 1, 1)
    path = tmp_path_factory.mktemp("scenes") / "made.safetensors"
    save_file({"pictures": pictures, "things": things, "laid": np.zeros((20, 24, 24), np.uint8),
               "difficulty": np.linspace(0, 1, 20, dtype=np.float32)}, path)
    return Examples([path])


def one_square(left: float, top: float, size: float) -> tuple[np.ndarray, np.ndarray]:
    picture = np.full((128, 128, 3), GROUND, np.uint8)
    x, y, s = (round(at * 128) for at in (left, top, size))
    picture[y : y + s, x : x + s] = INK
    row = np.array([[x / 128, y / 128, (x + s) / 128, (y + s) / 128, 1, 2, 3, 1, 4, 1, 1]], np.float32)
    return picture, row


@given(st.floats(0.1, 0.5), st.floats(0.1, 0.5), st.integers(0, 2**20))
def test_a_thing_lies_in_a_view_where_its_box_says(left: float, top: float, seed: int) -> None:
    picture, things = one_square(left, top, 0.3)
    made, found = view(picture, things, 96, np.random.default_rng(seed), whole=0.3, windows=0.3)
    assert made.shape == (96, 96, 3)
    for row in found:
        x0, y0, x1, y1 = (row[_BOX] * 96).round().astype(int)
        if x1 - x0 > 6 and y1 - y0 > 6:
            assert (made[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3] > (GROUND + INK) / 2).all()
    lit = np.argwhere(made[..., 0] > (GROUND + INK) / 2)
    if len(found):
        assert np.allclose(found[0, _BOX], [*(lit.min(0)[::-1] / 96), *((lit.max(0)[::-1] + 1) / 96)], atol=0.03)


def test_what_is_cut_off_counts_as_hidden_and_loses_its_word() -> None:
    picture, things = one_square(0.5, 0.25, 0.5)
    _, found = looked(picture, things, (0.0, 0.0, 0.75, 1.0), 64)
    assert found[0, AT["visible"]] == pytest.approx(0.5, abs=0.02) and found[0, AT["word"]] == -1


def test_middles_are_marked_and_asked_about(examples: Examples) -> None:
    made = batch(examples, GLANCE, 8, np.random.default_rng(1), whole=1.0, windows=0.0)
    cells = GLANCE.side // GLANCE.cell
    assert made.pictures.shape == (8, 3, 96, 96) and made.heat.shape == (8, SLOTS, cells, cells)
    assert len(made.place) == len(made.box) == len(made.labels) == len(made.visible)
    marked = set(zip(*(axis.tolist() for axis in np.nonzero(made.heat == 1)), strict=True))
    assert marked and marked <= {tuple(place) for place in made.place.tolist()}
    for (_, at, row, column), (left, top, right, bottom) in zip(made.place, made.box, strict=True):
        middle = (column + 0.5 + (right - left) * cells / 8, row + 0.5 + (bottom - top) * cells / 8)
        assert abs(middle[0] - column - 0.5) <= 1.5 and abs(middle[1] - row - 0.5) <= 1.5
        assert slot(max(left + right, top + bottom) / 4) == at


def test_the_same_number_makes_the_same_batch(examples: Examples) -> None:
    one, other, third = (batch(examples, GLANCE, 4, np.random.default_rng((0, step))) for step in (5, 5, 6))
    assert np.array_equal(one.pictures, other.pictures) and np.array_equal(one.heat, other.heat)
    assert not np.array_equal(one.pictures, third.pictures)


def test_the_heat_is_right_where_it_costs_least() -> None:
    torch = pytest.importorskip("torch")
    from fmplang.zoo.losses import box_loss, heat_loss

    wanted = torch.zeros(1, 1, 4, 4)
    wanted[0, 0, 1, 1], wanted[0, 0, 3, 3] = 1, -1
    right = torch.where(wanted == 1, 8.0, -8.0)
    assert heat_loss(right, wanted) < 0.01 < heat_loss(-right, wanted)
    anything = right.clone()
    anything[0, 0, 3, 3] = 8
    assert torch.equal(heat_loss(anything, wanted), heat_loss(right, wanted))
    box = torch.tensor([[0.5, 0.4, 0.3, 0.2]])
    assert box_loss(box, box) < 1e-3 < box_loss(box + 0.1, box) < box_loss(box + 0.3, box)


@given(st.integers(2 * WARM, 5000), st.integers(2 * WARM, 5000))
def test_a_course_is_the_beginning_of_a_longer_one(first: int, second: int) -> None:
    one, other = Course(min(first, second)), Course(max(first, second))
    assert all(one.rate_at(step) == other.rate_at(step) for step in range(one.fall))
    rates = [other.rate_at(step) for step in range(other.fall, other.steps)]
    assert all(a > b > 0 for a, b in pairwise(rates))


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(examples: Examples, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    course, told = Course(8, size=4, seed=3), []
    whole = trained(GLANCE, examples, course, tmp_path / "whole", told.append)
    trained(GLANCE, examples, course, tmp_path / "parts", told.append, stop_after=3)
    assert steps_done(tmp_path / "parts", GLANCE) == 3
    parts = trained(GLANCE, examples, course, tmp_path / "parts", told.append)
    assert whole.keys() == parts.keys() == GLANCE.shapes().keys()
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)
    assert told[0].steps == 8 and {"heat", "box", "kind"} <= told[0].losses.keys()
    longer = trained(GLANCE, examples, replace(course, steps=9), tmp_path / "whole", told.append)
    fresh = trained(GLANCE, examples, replace(course, steps=9), tmp_path / "fresh", told.append)
    assert all(np.array_equal(longer[name], fresh[name]) for name in longer)  # the old rate had fallen: begun anew
    other = trained(GLANCE, examples, replace(course, seed=4), tmp_path / "whole", told.append)
    assert not np.array_equal(other["one.weight"], whole["one.weight"])


def test_scenes_are_kept_in_files_and_not_drawn_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("safetensors")
    import fmplang.zoo.examples as module

    monkeypatch.setattr(module, "SHARD", 4)
    ready: list[int] = []
    paths = written(tmp_path, "train", 8, 0, ready.append, processes=1)
    before = [path.stat().st_mtime_ns for path in paths]
    assert written(tmp_path, "train", 8, 0, ready.append, processes=1) == paths and ready == [4, 8, 4, 8]
    assert [path.stat().st_mtime_ns for path in paths] == before
    examples = Examples(paths)
    assert len(examples) == 8

    from fmplang.scenes.layout import scene
    from fmplang.scenes.render import draw

    made = scene("train", 6)
    picture, things, laid = examples[6]
    assert np.array_equal(picture, draw(made))
    assert np.array_equal(things, encoded(made)[0]) and np.array_equal(laid, encoded(made)[1])
    assert things[:, AT["present"]].sum() == len(made.things)
    assert bin(int.from_bytes(laid.tobytes(), "big")).count("1") == len(made.laid)
