"""Difficulty never falls when something gets worse."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fmplang.scenes.difficulty import difficulties, scene_difficulty, thing_difficulty
from fmplang.scenes.graph import Nuisance
from fmplang.scenes.layout import scene

shares = st.floats(0, 0.8)
nuisances = st.builds(Nuisance, blur=st.floats(0, 2), noise=st.floats(0, 60), dark=shares, haze=shares)


@given(nuisances, nuisances)
def test_monotone_in_every_nuisance(one: Nuisance, other: Nuisance) -> None:
    made = scene("test", 7, hardness=0.5)
    worse = Nuisance(max(one.blur, other.blur), max(one.noise, other.noise), max(one.dark, other.dark),
                     max(one.haze, other.haze))
    before = difficulties(made.name, made.background, made.things, one, 128, 128)
    after = difficulties(made.name, made.background, made.things, worse, 128, 128)
    assert all(a <= b + 1e-12 for a, b in zip(before, after, strict=True))
    assert 0 <= scene_difficulty(before) <= scene_difficulty(after) + 1e-12 <= 1 + 1e-12


@given(st.floats(10, 64), st.floats(0.35, 1), st.floats(0, 1), st.floats(0, 8), nuisances)
def test_monotone_in_size_sight_contrast_and_neighbours(size: float, visible: float, contrast: float, near: float,
                                                        nuisance: Nuisance) -> None:
    base = thing_difficulty(size, visible, contrast, near, nuisance)
    assert 0 <= base <= 1
    assert thing_difficulty(size * 0.8, visible, contrast, near, nuisance) >= base - 1e-12
    assert thing_difficulty(size, visible * 0.8, contrast, near, nuisance) >= base - 1e-12
    assert thing_difficulty(size, visible, contrast * 0.8, near, nuisance) >= base - 1e-12
    assert thing_difficulty(size, visible, contrast, near + 1, nuisance) >= base - 1e-12


def test_clutter_counts_where_it_lies_near() -> None:
    made = scene("test", 3, hardness=0.5)
    few, many = (sum(difficulties(made.name, made.background, made.things, Nuisance(clutter=count), 128, 128))
                 for count in (0, 80))
    assert many > few


def test_the_difficulty_that_a_scene_tells_is_that_of_its_things() -> None:
    for number in range(30):
        made = scene("test", number)
        bare = [replace(thing, difficulty=0.0) for thing in made.things]
        again = difficulties(made.name, made.background, bare, made.nuisance, made.width, made.height)
        assert [round(d, 4) for d in again] == [thing.difficulty for thing in made.things]
        assert round(scene_difficulty(again), 4) == made.difficulty
