"""What is drawn is what the scene says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmplang.scenes.contact import caption, sheet
from fmplang.scenes.figures import SHAPES, outline
from fmplang.scenes.graph import COLOURS, KINDS, MATERIALS, Nuisance, Scene, Thing
from fmplang.scenes.grounds import GROUNDS, ground, tones
from fmplang.scenes.inks import INKS, distance
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from fmplang.scenes.stream import scenes

numbers = st.integers(0, 10**6)


def alone(thing: Thing, name: str = "test/alone", background: str = "plain") -> Scene:
    return Scene(name, 128, 128, background, (thing,))


def posed(kind: str, colour: str = "red", material: str = "plain", longer: int = 55, x: int = 40) -> Thing:
    across = sum(SHAPES[kind]) / 2
    width, height = (longer, round(longer / across)) if across >= 1 else (round(longer * across), longer)
    return Thing(kind, colour, material, "large", (float(x), 30.0, float(x + width), float(30 + height)),
                 "STOP" if kind == "sign" else "")


@settings(max_examples=15)
@given(numbers)
def test_the_same_scene_gives_the_same_picture(number: int) -> None:
    made = scene("test", number)
    pixels = draw(made)
    assert pixels.shape == (128, 128, 3) and pixels.dtype == np.uint8
    assert np.array_equal(pixels, draw(scene("test", number)))


@settings(max_examples=25)
@given(numbers, st.integers(0, 8))
def test_a_thing_changes_pixels_in_its_box_alone_and_fills_it(number: int, which: int) -> None:
    made = replace(scene("test", number), nuisance=Nuisance())
    i = which % len(made.things)
    less = replace(made, things=(*made.things[:i], *made.things[i + 1:]))
    changed = (draw(made) != draw(less)).any(axis=2)
    left, low, right, high = map(int, made.things[i].box)
    outside = changed.copy()
    outside[128 - high:128 - low, left:right] = False
    assert changed.any() and not outside.any()
    if made.things[i].visible == 1:
        rows, columns = np.nonzero(changed)
        found = (columns.min(), 128 - rows.max() - 1, columns.max() + 1, 128 - rows.min())
        assert np.abs(np.array(found) - np.array(made.things[i].box)).max() <= 1


@settings(max_examples=25)
@given(numbers, st.integers(0, 8))
def test_the_visible_share_is_what_can_be_seen(number: int, which: int) -> None:
    """In another colour, a thing changes just those of its pixels that nothing covers."""
    made = replace(scene("test", number, hardness=0.6))
    i = which % len(made.things)
    thing = made.things[i]
    clean = replace(made, nuisance=Nuisance(clutter=made.nuisance.clutter))
    gone = replace(clean, things=(*made.things[:i], *made.things[i + 1:]))
    seen = (np.abs(draw(clean).astype(int) - draw(gone)) > 0).any(axis=2).sum()
    bare = replace(clean, things=(thing,), nuisance=Nuisance())
    whole = (np.abs(draw(bare).astype(int) - draw(replace(bare, things=()))) > 0).any(axis=2).sum()
    assert seen / whole == pytest.approx(thing.visible, abs=0.16)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_fills_its_box_and_differs_from_all_others(kind: str) -> None:
    mask = np.asarray(outline("test/alone", kind, posed(kind).box)) > 0
    assert mask[:2].any() and mask[-2:].any() and mask[:, :2].any() and mask[:, -2:].any()
    assert 0.2 < mask.mean() <= 1.0
    square = replace(posed(kind), box=(40.0, 30.0, 90.0, 80.0))
    own = draw(alone(square)).astype(int)
    for other in KINDS:
        if other != kind:
            text = "STOP" if other == "sign" else ""
            assert (np.abs(own - draw(alone(replace(square, kind=other, text=text)))).max(axis=2) > 40).sum() > 60


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("material", MATERIALS)
def test_most_of_a_thing_is_close_to_its_colour(colour: str, material: str) -> None:
    for x in (2, 20, 38, 55, 70):
        made = draw(alone(posed("square", colour, material, x=x)))[128 - 82:128 - 33, x + 4:x + 50].reshape(-1, 3)
        nearest = [min(COLOURS, key=lambda name: distance(INKS[name], tuple(map(int, pixel)))) for pixel in made[::7]]
        share = nearest.count(colour) / len(nearest)
        assert share > (0.9 if material == "plain" else 0.45)
        assert share == max(nearest.count(name) / len(nearest) for name in COLOURS)


def test_materials_differ() -> None:
    drawn = [draw(alone(posed("circle", "blue", material))) for material in MATERIALS]
    for i, one in enumerate(drawn):
        for other in drawn[i + 1:]:
            assert (np.abs(one.astype(int) - other).max(axis=2) > 50).sum() > 100


@pytest.mark.parametrize("kind", GROUNDS)
def test_grounds_are_muted_and_of_the_tones_that_they_name(kind: str) -> None:
    for i in range(6):
        made = ground(f"test/{i}", kind, 128, 128).astype(float)
        upper, lower, line = tones(f"test/{i}", kind)
        meant = np.array(upper) * (1 - line) + np.array(lower) * line
        assert np.abs(made.mean(axis=(0, 1)) - meant).max() < 14
        assert (made.max(axis=2) - made.min(axis=2)).mean() < 80


def test_nuisances_do_what_they_say() -> None:
    clean = alone(posed("star"), background="checker")
    base = draw(clean).astype(float)

    def spoilt(nuisance: Nuisance) -> np.ndarray:
        return draw(replace(clean, nuisance=nuisance)).astype(float)

    assert spoilt(Nuisance(dark=0.5)).mean() == pytest.approx(base.mean() / 2, abs=1)
    assert spoilt(Nuisance(haze=0.5)).std() == pytest.approx(base.std() / 2, rel=0.02)
    assert (spoilt(Nuisance(noise=10.0)) - base).std() == pytest.approx(10, rel=0.06)
    edges = [np.abs(np.diff(spoilt(Nuisance(blur=blur)), axis=1)).max() for blur in (0.0, 0.6, 1.2)]
    assert edges[0] > 1.3 * edges[1] > 1.3 * edges[2]
    changed = [(spoilt(Nuisance(clutter=count)) != base).any(axis=2).sum() for count in (0, 5, 20)]
    assert changed[0] == 0 < changed[1] < changed[2]


def test_texts_can_be_told_apart_and_are_never_mirrored() -> None:
    drawn = [draw(alone(replace(posed("sign"), text=text))) for text in ("STOP", "EXIT", "24", "42")]
    for i, one in enumerate(drawn):
        assert all((one != other).any(axis=2).sum() > 60 for other in drawn[i + 1:])


def test_a_stream_gives_the_scenes_in_their_order() -> None:
    here = list(scenes("test", range(5), processes=1))
    there = list(scenes("test", iter(range(5)), processes=2))
    assert [one.name for one, _ in there] == [f"test/{i}" for i in range(5)]
    for (one, pixels), (other, same) in zip(here, there, strict=True):
        assert one == other and np.array_equal(pixels, same)


def test_a_sheet_has_a_place_for_each_scene() -> None:
    found = [scene("test", number) for number in range(5)]
    assert sheet(found, columns=3).height > 1.9 * sheet(found[:3], columns=3).height
    for one in found:
        assert all(thing.kind in caption(one) for thing in one.things)
