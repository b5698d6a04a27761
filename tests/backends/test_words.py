"""Labels and vectors of texts, by words and by a sentence encoder."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fmplang.backends.embedded import embedded_backends
from fmplang.backends.embedded.associations import associations, words_for
from fmplang.backends.embedded.words import WordsClassify, WordsEmbed
from fmplang.check.types import BOOL, INT, STR, LiteralType
from fmplang.errors import BackendError
from tests.backends.asking import CLASSIFY, EMBED, INPUTS, TOPIC, answer, ask, neural, plain

CLASSIFIERS: dict[str, Any] = {way: WordsClassify(way) for way in ("hash", "related")}
EMBEDDERS: dict[str, Any] = {way: WordsEmbed(way) for way in ("hash", "related")}
TICKETS = [json.loads(row) for row in (INPUTS / "tickets.jsonl").read_text(encoding="utf-8").splitlines()]


def test_shared_words_decide() -> None:
    for way in CLASSIFIERS:
        said = answer(CLASSIFIERS[way], CLASSIFY, "the weather in spring", ["sports", "weather"])
        assert said.value == "weather" and said.confidence is not None and said.confidence > 0.6


def test_the_associations_know_what_the_words_alone_do_not() -> None:
    def right(way: str) -> int:
        return sum(answer(CLASSIFIERS[way], TOPIC, row["ticket"]).value == row["topic"] for row in TICKETS)

    assert right("hash") <= 10 and right("related") >= 16


def test_parts_of_words_meet() -> None:
    labels = ["shipping", "billing"]
    assert answer(CLASSIFIERS["related"], CLASSIFY, "two invoices overcharge us", labels).value == "billing"


@pytest.mark.parametrize("way", CLASSIFIERS)
@pytest.mark.parametrize("text", ["", "zzz qqq", "!?", "\x00", "ß" * 10_000])
def test_a_text_that_says_nothing_gets_the_rest_or_the_first(way: str, text: str) -> None:
    said = answer(CLASSIFIERS[way], CLASSIFY, text, ["sports", "Other"])
    assert said.value == "Other" and said.confidence == pytest.approx(0.5)
    assert answer(CLASSIFIERS[way], CLASSIFY, text, ["sports", "politics"]).value == "sports"


def test_the_name_of_the_function_says_what_a_scale_is_of() -> None:
    urgency = neural("urgency", "classify", LiteralType(("low", "normal", "high")), ("ticket", STR))
    backend = CLASSIFIERS["related"]
    assert answer(backend, urgency, "URGENT: production is down, losing money, help immediately").value == "high"
    assert answer(backend, urgency, "no rush, whenever you have time").value == "low"
    assert words_for("high", "urgency") != words_for("high", "quality") == ""


def test_calls_that_name_no_closed_set_of_texts_are_not_theirs() -> None:
    number = neural("rank", "classify", LiteralType((1, 2)), ("text", STR))
    free = neural("name_it", "classify", STR, ("text", STR))
    yes = neural("is_it", "classify", BOOL, ("text", STR))
    for backend in CLASSIFIERS.values():
        assert backend.supports(ask(CLASSIFY, "a", ["b"])) and backend.supports(ask(TOPIC, "a"))
        for other in (ask(number, "a"), ask(free, "a"), ask(yes, "a"), ask(TOPIC, plain((0, 0, 0)))):
            assert not backend.supports(other)


def test_several_texts_are_read_together() -> None:
    about = neural("about", "classify", LiteralType(("sports", "weather")), ("title", STR), ("body", STR))
    assert answer(CLASSIFIERS["related"], about, "Monday", "rain and snow, then wind").value == "weather"


@pytest.mark.parametrize("way", CLASSIFIERS)
def test_no_labels_is_an_error(way: str) -> None:
    (said,) = CLASSIFIERS[way].answer([ask(CLASSIFY, "a", [])])
    assert isinstance(said, BackendError) and said.code == "FMP707" and said.site == "main/classify"


@pytest.mark.parametrize("way", CLASSIFIERS)
def test_one_label_is_certain_and_two_equal_ones_are_the_first(way: str) -> None:
    assert answer(CLASSIFIERS[way], CLASSIFY, "a text", ["only"]).confidence == 1.0
    said = answer(CLASSIFIERS[way], CLASSIFY, "sunny", ["weather", "weather"])
    assert said.value == "weather" and said.confidence == pytest.approx(0.5)


@pytest.mark.parametrize("way", EMBEDDERS)
def test_vectors_have_length_one_and_are_near_for_like_texts(way: str) -> None:
    def vector(text: str) -> Any:
        found = answer(EMBEDDERS[way], EMBED, text).value
        assert len(found) == 384 and all(type(x) is float for x in found)
        return np.array(found)

    one, same, like, other = (vector(t) for t in ("rain and snow", "Rain, and snow!", "snow and wind", "a cup of tea"))
    assert np.linalg.norm(one) == pytest.approx(1.0)
    assert one @ same == pytest.approx(1.0)
    assert one @ like > one @ other
    assert not vector("").any()


def test_related_vectors_know_words_that_go_together() -> None:
    def alike(way: str) -> float:
        first, second = (np.array(answer(EMBEDDERS[way], EMBED, t).value) for t in ("parcel", "courier"))
        return float(first @ second)

    assert alike("hash") == 0.0 and alike("related") > 0.2


def test_only_calls_that_want_a_vector_are_theirs() -> None:
    count = neural("embed", "embed", INT, ("text", STR))
    assert not any(b.supports(ask(count, "a")) for b in EMBEDDERS.values())


@pytest.mark.parametrize("way", CLASSIFIERS)
def test_the_same_text_has_the_same_answer(way: str) -> None:
    for backend, request in ((WordsClassify, ask(TOPIC, TICKETS[0]["ticket"])), (WordsEmbed, ask(EMBED, "a b c"))):
        first, second = (backend(way).answer([request])[0] for _ in range(2))  # type: ignore[arg-type, operator]
        assert first == second


def test_the_associations_are_well_formed() -> None:
    names = [name for group, _ in associations() for name in group]
    assert len(associations()) > 30
    assert all(words.split() and group for group, words in associations())
    assert all(name == name.lower() and name for name in names)


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from fmplang.backends.embedded import model

    monkeypatch.setattr(model.importlib.util, "find_spec", lambda package: None)
    for backend in embedded_backends():
        if backend.name.startswith("words"):
            assert "fmplang[text]" in backend.health().mend  # type: ignore[attr-defined]
