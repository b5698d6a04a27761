"""Scenes at random: pure, apart between splits, within their bands, and laid as they say."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.errors import ConfigError
from fmplang.scenes.graph import COLOURS, KINDS, LAID, MATERIALS, SIZES, WORDS, Scene, scene_from
from fmplang.scenes.grounds import GROUNDS
from fmplang.scenes.layout import SPLITS, scene
from fmplang.scenes.placing import BANDS, LEAST_VISIBLE

numbers = st.integers(0, 10**9)
hardness = st.none() | st.floats(0, 1)


@cache
def many() -> tuple[Scene, ...]:
    return tuple(scene("test", number) for number in range(300))


@given(numbers, st.sampled_from(tuple(SPLITS)), hardness)
def test_a_scene_is_a_function_of_its_arguments_and_survives_json(number: int, split: str, hard: float | None) -> None:
    made = scene(split, number, hardness=hard)
    assert made == scene(split, number, hardness=hard)
    assert scene_from(made.as_json()) == made
    assert made.name == f"{split}/{number}"


@given(numbers, hardness)
def test_things_lie_in_the_picture_and_in_the_band_of_their_size(number: int, hard: float | None) -> None:
    made = scene("test", number, hardness=hard)
    assert 2 <= len(made.things) <= 9
    for thing in made.things:
        left, low, right, high = thing.box
        assert 0 <= left < right <= made.width and 0 <= low < high <= made.height
        least, most = BANDS[thing.size]
        assert least <= max(right - left, high - low) <= most
        assert LEAST_VISIBLE <= thing.visible <= 1 and 0 <= thing.difficulty <= 1
        assert (thing.text in WORDS) == (thing.kind == "sign")


@given(numbers, st.floats(0, 0.29))
def test_an_easy_scene_is_small_and_hides_nothing_by_chance(number: int, hard: float) -> None:
    made = scene("test", number, hardness=hard)
    assert len(made.things) <= 6
    assert all(relation != "behind" for relation, _, _ in made.laid)
    borne = {i for _, a, b in made.laid for i in (a, b)}
    assert all(thing.size != "small" for i, thing in enumerate(made.things) if i not in borne)


def test_bands_leave_gaps_between_them() -> None:
    edges = [edge for size in SIZES for edge in BANDS[size]]
    assert edges == sorted(edges)
    assert all(b - a >= 7 for a, b in zip(edges[1::2], edges[2::2], strict=False))


def test_splits_share_no_scene() -> None:
    assert len(set(SPLITS.values())) == len(SPLITS)
    seen = Counter((str(one.things), str(one.nuisance)) for split in SPLITS for one in
                   (scene(split, number) for number in range(40)))
    assert max(seen.values()) == 1


def test_other_sides_scale_the_bands() -> None:
    for number in range(20):
        made = scene("test", number, side=256)
        assert (made.width, made.height) == (256, 256)
        for thing in made.things:
            least, most = BANDS[thing.size]
            assert 2 * least <= max(thing.box[2] - thing.box[0], thing.box[3] - thing.box[1]) <= 2 * most


def test_everything_there_is_occurs() -> None:
    things = [thing for one in many() for thing in one.things]
    assert {thing.kind for thing in things} == set(KINDS)
    assert {thing.colour for thing in things} == set(COLOURS)
    assert {thing.material for thing in things} == set(MATERIALS)
    assert {thing.size for thing in things} == set(SIZES)
    assert len({thing.text for thing in things} & set(WORDS)) > len(WORDS) // 2
    assert {one.background for one in many()} == set(GROUNDS) and len(GROUNDS) >= 8
    assert {relation for one in many() for relation, _, _ in one.laid} == set(LAID)


def test_half_of_the_scenes_are_easy_and_the_rest_spreads() -> None:
    difficulty = np.array([one.difficulty for one in many()])
    assert 0.4 < (difficulty < 0.34).mean() < 0.62
    assert (difficulty > 0.7).mean() > 0.1 and difficulty.max() <= 1


@pytest.mark.parametrize("hard", [0.4, 0.55, 0.7])
def test_hardness_fixes_the_difficulty(hard: float) -> None:
    found = np.array([scene("test", number, hardness=hard).difficulty for number in range(40)])
    assert abs(np.median(found) - hard) < 0.06
    assert found.max() < hard + 0.25


def test_hard_scenes_hold_more_that_looks_alike() -> None:
    def same_colours(hard: float) -> float:
        found = [scene("test", number, hardness=hard) for number in range(60)]
        return float(np.mean([1 - len({t.colour for t in one.things}) / len(one.things) for one in found]))

    assert same_colours(0.9) > same_colours(0.1) + 0.1


@given(numbers, st.floats(0.3, 1))
def test_what_is_laid_is_so_in_the_boxes(number: int, hard: float) -> None:
    holds(scene("test", number, hardness=hard))


def holds(made: Scene) -> None:
    """The laid relations of a scene are geometrically true, and what overlaps otherwise is `behind`."""
    carried = {a if relation != "holding" else b: b if relation != "holding" else a
               for relation, a, b in made.laid if relation != "behind"}
    for relation, first, second in made.laid:
        a, b = made.things[first].box, made.things[second].box
        middle, bottom = made.things[first].middle, a[1]
        assert a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3], "they overlap"
        if relation == "on":
            assert second < first and b[0] < middle[0] < b[2]
            assert bottom < b[3] and made.things[first].middle[1] > made.things[second].middle[1]
        elif relation == "inside":
            assert second < first
            assert b[0] < a[0] and a[2] < b[2] and b[1] < a[1] and a[3] < b[3]
        elif relation == "holding":
            assert first < second and made.things[first].group == "person"
            held = made.things[second]
            assert b[3] - b[1] < a[3] - a[1]
            assert a[1] < held.middle[1] < a[3]
            assert abs(abs(held.middle[0] - middle[0]) - (a[2] - a[0]) / 2) < (b[2] - b[0]) / 2 + 2
        else:
            assert first < second and b[1] < a[1]
            assert made.things[first].visible < 0.9
    for i in range(len(made.things)):
        for j in range(i + 1, len(made.things)):
            a, b = made.things[i].box, made.things[j].box
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                ancestors = {i: above(i, carried), j: above(j, carried)}
                assert ("behind", i, j) in made.laid or j in ancestors[i] or i in ancestors[j]


def above(i: int, carried: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while i in carried and carried[i] not in found:
        i = carried[i]
        found.add(i)
    return found


@pytest.mark.parametrize(("split", "number", "hard", "said"), [
    ("tests", 0, None, "there is train, calibrate"), ("train", -1, None, "begin with 0"), ("train", 0, 1.5, "0 is the"),
])
def test_what_cannot_be_is_said(split: str, number: int, hard: float | None, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        scene(split, number, hardness=hard)
    assert told.value.code == "FMP860" and said in told.value.hint
