"""One look: squares, candidates in a grid, several looks as one, and what is remembered."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fmplang.backends.embedded.scenes.eye import GREY, Eye, Look, View, candidates, look, overlaps, square, together
from fmplang.backends.embedded.scenes.plan import GLANCE, MOST, OUTPUTS, SLOTS, WIDTH, Plan
from fmplang.scenes.layout import scene
from tests.backends.embedded.seen_exactly import look_at
from tests.backends.embedded.test_engine import weights_of

PLAN = Plan("made", 32, 4, GLANCE.layers, 4, False)
BOX = slice(sum(width for name, width in OUTPUTS.items() if name not in ("box", "visible")), WIDTH - 1)


def marked(places: dict[tuple[int, int, int], float],
           box: tuple[float, ...] = (0.5, 0.5, 0.5, 0.5)) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Weights and a grid whose heat has these logits at (row, column, slot), and whose boxes are all alike."""
    weights = {name: np.zeros_like(value) for name, value in weights_of(PLAN).items()}
    weights["heat.weight"][:SLOTS] = np.eye(SLOTS)
    weights["heat.bias"][:] = -9
    weights["out.bias"][BOX] = box
    grid = np.zeros((8, 8, PLAN.features), np.float32)
    for (row, column, slot), logit in places.items():
        grid[row, column, slot] = logit + 9
    return weights, grid


def test_a_square_keeps_proportions_and_adds_grey() -> None:
    made = square(np.zeros((10, 30, 3), np.uint8), 30)
    assert made.shape == (30, 30, 3)
    assert not made[10:20].any() and (made[:10] == GREY).all() and (made[20:] == GREY).all()


def test_peaks_are_candidates_where_they_are_likeliest() -> None:
    weights, grid = marked({(2, 3, 0): 2.0, (2, 4, 0): 1.0, (6, 6, 2): 3.0})
    found = candidates(PLAN, weights, grid, View(32))
    assert found.slots.tolist() == [2, 0]  # the likelier first; what lies beside a peak in one slot is none
    assert np.allclose(found.heat, 1 / (1 + np.exp([-3.0, -2.0])))
    assert np.allclose(found.boxes[1], [3.5 / 8 - 0.125, 2.5 / 8 - 0.125, 3.5 / 8 + 0.125, 2.5 / 8 + 0.125])


def test_a_thing_within_another_keeps_its_middle_in_a_slot_of_its_own() -> None:
    weights, grid = marked({(3, 3, 0): 2.0, (3, 3, 2): 2.5})
    weights["hidden.bias"][2] = 1
    weights["out.weight"][:, BOX] = 0.5  # the larger slot has the larger box
    found = candidates(PLAN, weights, grid, View(32))
    assert len(found) == 2 and found.boxes[0, 2] > found.boxes[1, 2]


def test_one_of_two_nearly_equal_boxes_is_kept() -> None:
    weights, grid = marked({(3, 3, 0): 2.0, (3, 3, 1): 2.5})
    assert candidates(PLAN, weights, grid, View(32)).slots.tolist() == [1]


def test_no_more_candidates_than_the_second_stage_is_asked_about() -> None:
    places = {(row, column, 0): 1.0 + row / 10 for row in range(0, 8, 2) for column in range(0, 8, 2)}
    places |= {(row, column, 1): 2.0 for row in range(1, 8, 2) for column in range(1, 8, 2)}
    weights, grid = marked(places, (0.1, 0.1, 0.1, 0.1))
    assert len(candidates(PLAN, weights, grid, View(32))) == MOST < len(places)


def test_a_mirrored_look_has_its_boxes_where_they_belong_and_reads_nothing() -> None:
    weights, grid = marked({(2, 1, 0): 2.0}, (0.25, 0.5, 0.5, 0.5))
    weights["out.bias"][:] += 1 - (np.arange(WIDTH) >= BOX.start)
    plain, mirrored = (candidates(PLAN, weights, grid, View(32, way)) for way in (False, True))
    left, top, right, bottom = plain.boxes[0]
    assert np.allclose(mirrored.boxes[0], [1 - right, top, 1 - left, bottom])
    assert plain.logits["word"].any() and not mirrored.logits["word"].any()


def test_a_larger_view_measures_in_the_pixels_that_were_learnt() -> None:
    weights, grid = marked({(2, 2, 0): 2.0})
    small, large = (candidates(PLAN, weights, grid, View(side)).boxes[0] for side in (32, 64))
    assert np.allclose((large[2:] - large[:2]) * 2, small[2:] - small[:2])


def test_looks_that_agree_are_one_and_what_one_misses_counts_less() -> None:
    exact = look_at(scene("test", 3))
    both = together([exact, exact])
    assert len(both) == len(exact) and np.allclose(np.sort(both.boxes, axis=0), np.sort(exact.boxes, axis=0))
    assert np.allclose(both.heat, exact.heat[0])
    one = together([exact, without_last(exact)])
    assert len(one) == len(exact)
    assert np.isclose(one.heat.min(), exact.heat[0] / 2) and np.isclose(one.heat.max(), exact.heat[0])


def test_a_look_that_cannot_read_does_not_thin_out_what_another_has_read() -> None:
    exact = look_at(next(made for made in (scene("test", n) for n in range(50)) if made.things[-1].text))
    blind = Look(exact.heat, exact.boxes, exact.slots, {**exact.logits, "word": 0 * exact.logits["word"]},
                 exact.visible)
    assert np.allclose(np.sort(together([exact, blind]).logits["word"].max(axis=1)),
                       np.sort(exact.logits["word"].max(axis=1)))


def without_last(made: Look) -> Look:
    kept = slice(0, len(made) - 1)
    return Look(made.heat[kept], made.boxes[kept], made.slots[kept],
                {name: value[kept] for name, value in made.logits.items()}, made.visible[kept])


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=5))
def test_overlap_is_symmetric_and_whole_with_itself(corners: list[tuple[float, ...]]) -> None:
    boxes = np.array([(min(a, c), min(b, d), max(a, c) + 0.01, max(b, d) + 0.01) for a, b, c, d in corners])
    near = overlaps(boxes, boxes)
    assert np.allclose(near, near.T) and np.allclose(np.diag(near), 1) and near.min() >= 0 and near.max() <= 1 + 1e-9


def test_a_picture_that_is_no_square_gets_boxes_within_it() -> None:
    weights = weights_of(GLANCE)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 100, 3), np.uint8)
    found = look(GLANCE, weights, pixels, [View(96)])
    assert len(found) and (found.boxes >= 0).all()
    assert (found.boxes[:, 2] <= 1).all() and (found.boxes[:, 3] <= 0.4 + 1e-6).all()


def test_an_eye_remembers_looks_by_digest_and_not_for_ever() -> None:
    eye = Eye(GLANCE, weights_of(GLANCE), [View(96)])
    pixels = np.zeros((32, 32, 3), np.uint8)
    first = eye.look(pixels, "a")
    assert eye.look(pixels + 9, "a") is first
    assert eye.look(pixels) is not first
    for at in range(64):
        eye.look(pixels, str(at))
    assert eye.look(pixels, "a") is not first
    again = eye.look(pixels, "a")
    eye.forget()
    assert eye.look(pixels, "a") is not again
