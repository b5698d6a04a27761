"""English and forms, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fmplang.scenes.forms import Exists, Form, Phrase
from fmplang.scenes.graph import WORDS
from fmplang.scenes.read import read, read_phrase, read_property
from fmplang.scenes.say import ask, describe, name, state
from tests.scenes import phrasings, worlds

ANY = st.integers(0, 2**32 - 1)
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@many
@given(worlds.forms(worlds.phrases()), ANY)
def test_a_question_reads_back(form: Form, seed: int) -> None:
    try:
        said = ask(form, np.random.default_rng(seed))
    except ValueError:
        assume(False)
    assert read(said) == form, said


@many
@given(worlds.forms(worlds.phrases()), ANY)
def test_a_statement_reads_back(form: Form, seed: int) -> None:
    try:
        said = state(form, np.random.default_rng(seed))
    except ValueError:
        assume(False)
    assert read(said) == form, said


@many
@given(worlds.phrases(), ANY)
def test_a_noun_phrase_and_a_property_read_back(phrase: Phrase, seed: int) -> None:
    rng = np.random.default_rng(seed)
    try:
        named, described = name(phrase, rng), describe(phrase, rng)
    except ValueError:
        assume(False)
    assert read_phrase(named) == phrase, named
    assert read_property(described) == phrase, described


@pytest.mark.parametrize("word", WORDS)
def test_what_a_sign_says_reads_back(word: str) -> None:
    for seed in range(4):
        form = Exists(Phrase("sign", "red", text=word, related=(("on", Phrase("box")),)))
        said = ask(form, np.random.default_rng(seed))
        assert read(said) == form, said


@pytest.mark.parametrize("text", [
    "a dog on " * 16 + "a cat zzz", "a dog and " * 30 + "a cat zzz", "is the dog " + "not " * 150, "not " * 5000,
    "a dog that is red and is on a box " * 8 + "zzz", "dog " * 10_000])
def test_a_tangle_is_given_up(text: str) -> None:
    """Without a ceiling some of them would take days."""
    assert read(text) is None
    read_phrase(text), read_property(text)


def test_most_forms_can_be_said() -> None:
    rng, said = np.random.default_rng(0), 0

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(worlds.forms(worlds.phrases(depth=0)))
    def count(form: Form) -> None:
        nonlocal said
        ask(form, rng)
        said += 1

    count()
    assert said >= 100


@pytest.mark.parametrize(("text", "form"), phrasings.QUESTIONS.items())
def test_a_phrasing_means(text: str, form: Form) -> None:
    assert read(text) == form


@pytest.mark.parametrize(("text", "phrase"), phrasings.PHRASES.items())
def test_a_noun_phrase_means(text: str, phrase: Phrase) -> None:
    assert read_phrase(text) == phrase


@pytest.mark.parametrize(("text", "phrase"), phrasings.PROPERTIES.items())
def test_a_property_means(text: str, phrase: Phrase) -> None:
    assert read_property(text) == phrase


@pytest.mark.parametrize("text", phrasings.NOT_UNDERSTOOD)
def test_what_is_not_understood_as_a_whole_is_none(text: str) -> None:
    assert read(text) is None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_not(text: str) -> None:
    read(text), read_phrase(text), read_property(text)


@given(st.lists(st.sampled_from("is there a the dog cat man red on horse that holding and or not how many what colour "
                                "all than more , does with it 's".split()), max_size=14))
@settings(max_examples=100, deadline=None)
def test_words_in_any_order_are_read_or_not(words: list[str]) -> None:
    read(" ".join(words))
