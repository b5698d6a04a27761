"""The evaluator against one that looks at things one at a time, and its chances against sampled worlds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmplang.scenes.forms import AllAre, Both, Compare, Count, Exists, Form, Is, Number, Phrase, Same, What
from fmplang.scenes.truth import Known, answer, chances, fits
from tests.scenes import worlds

DOG, CAT, TREE = Phrase("dog"), Phrase("cat"), Phrase("tree")
FEW = ("dog", "cat", "man", "sign", "cup")


@settings(max_examples=150, deadline=None)
@given(worlds.forms(worlds.phrases()), st.integers(0, 2**32 - 1))
def test_a_scene_is_judged_as_by_looking_at_each_thing(form: Form, seed: int) -> None:
    world = worlds.random_scene(np.random.default_rng(seed), kinds=FEW)
    found = answer(Known(world), form)
    assert found == (worlds.plain_truth(world, form), 1.0)
    assert type(found.value) is type(worlds.plain_truth(world, form))


@settings(max_examples=100, deadline=None)
@given(worlds.forms(worlds.phrases()), st.integers(0, 2**32 - 1))
def test_chances_are_chances_and_sum_to_one(form: Form, seed: int) -> None:
    values = {name: options[:3] for name, options in worlds.VALUES.items()} | {"kind": FEW}
    found = chances(worlds.Doubtful(np.random.default_rng(seed), 5, values), form)
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(-1e-9 <= chance <= 1 + 1e-9 for chance in found.values())


EXACT: list[Form] = [
    Exists(Phrase("dog", "red")), Exists(Phrase("dog", but=(Phrase(colour="red"), Phrase(material="plain")))),
    Exists(Phrase("dog", most="leftmost")), Count(Phrase("animal")), Number(Phrase("dog"), "at least", 2),
    Number(Phrase(colour="red"), "exactly", 1), Number(Phrase("animal"), "at most", 1),
    Is(Phrase("animal", most="leftmost"), DOG), Is(Phrase("animal", "red"), DOG), AllAre(DOG, Phrase(colour="red")),
    What(DOG, "colour"), What(Phrase("animal"), "kind"), What(Phrase("animal", most="largest"), "kind"),
    Compare(DOG, CAT, "more"), Compare(DOG, Phrase(colour="red"), "fewer"), Compare(DOG, Phrase("animal"), "as many"),
    Same(DOG, CAT, "colour"), Same(DOG, CAT, "colour", True), Same(DOG, Phrase(material="plain"), "colour"),
    Same(DOG, DOG, "colour"),
]
NEAR: list[Form] = [
    Exists(Phrase("dog", related=(("on", CAT),))), Count(Phrase("dog", related=(("held by", CAT),))),
    Both(Exists(DOG), Exists(CAT)), What(Phrase(related=(("on", CAT),)), "kind"),
]


@pytest.mark.parametrize(("form", "allowed"), [*((form, 0.05) for form in EXACT), *((form, 0.2) for form in NEAR)],
                         ids=str)
def test_chances_are_the_shares_of_sampled_worlds(form: Form, allowed: float) -> None:
    rng = np.random.default_rng(11)
    values = {"kind": ("dog", "cat", "cup"), "colour": ("red", "blue"), "material": ("plain", "striped"),
              "size": ("small",), "text": ("STOP",)}
    seen = worlds.Doubtful(rng, 4, values)
    expected = chances(seen, form)
    drawn: dict[object, int] = {}
    worlds_drawn = 1000
    for _ in range(worlds_drawn):
        value = answer(seen.sample(rng), form).value
        drawn[value] = drawn.get(value, 0) + 1
    for value, chance in expected.items():
        assert drawn.get(value, 0) / worlds_drawn == pytest.approx(chance, abs=allowed), value


def test_what_fits_is_told_for_each_thing() -> None:
    world = worlds.scene(worlds.thing("dog"), worlds.thing("cat"), worlds.thing("dog", "blue"))
    assert fits(Known(world), DOG).tolist() == [1, 0, 1]


def test_no_thing_and_two_that_differ_leave_an_open_question_unanswered() -> None:
    dog, other = worlds.thing("dog", "brown"), worlds.thing("dog", "black", (60, 60))
    assert answer(Known(worlds.scene()), What(DOG, "colour")) == ("N/A", 1.0)
    assert answer(Known(worlds.scene(dog)), What(DOG, "colour")) == ("brown", 1.0)
    assert answer(Known(worlds.scene(dog, other)), What(DOG, "colour")) == ("N/A", 1.0)


def test_bent_geometry_changes_what_is_near_the_threshold_alone() -> None:
    near = worlds.scene(worlds.thing("dog", at=(40, 10)), worlds.thing("tree", at=(49, 10)))
    far = worlds.scene(worlds.thing("dog", at=(10, 10)), worlds.thing("tree", at=(90, 10)))
    form = Is(DOG, Phrase(related=(("left of", TREE),)))
    assert {answer(Known(near, slack), form).value for slack in (0.5, 1.5)} == {True, False}
    assert {answer(Known(far, slack), form).value for slack in (0.5, 1.5)} == {True}


def test_hidden_things_are_left_out_with_what_is_laid_on_them() -> None:
    world = worlds.scene(worlds.thing("cup", visible=0.1), worlds.thing("man"), worlds.thing("cup", "blue"),
                         laid=[("holding", 1, 0), ("holding", 1, 2)])
    held = Phrase(related=(("held by", Phrase("man")),))
    assert answer(Known(world), Count(held)).value == 2
    assert answer(Known(world, visible=0.3), What(held, "colour")).value == "blue"
