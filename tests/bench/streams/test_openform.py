"""The stream `openform`: its programs and the exact simulation say what is right, and N/A where nothing is."""

from __future__ import annotations

from collections import Counter

import pytest

from fmplang.bench.streams.items import ORDINARY, ordinary
from fmplang.bench.streams.open_queries import KINDS, OpenQuery
from fmplang.bench.streams.openform import COUNT, HITS, NEAR, made, openform, queries, query_named, questions
from fmplang.check import check
from fmplang.cli.fmt import canonical
from fmplang.errors import ConfigError
from fmplang.limits import Limits
from fmplang.scenes.forms import NOTHING, returns
from fmplang.scenes.graph import Thing
from fmplang.scenes.read import read
from fmplang.scenes.truth import Known
from fmplang.syntax.source import Source
from tests.bench.streams.running import Truth
from tests.scenes.worlds import scene, thing

EACH = pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
WHOLE = "def main(image: Image, question: str) -> str:\n    return image.simple_query(question)\n"


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(questions())


def exact(query: OpenQuery, truth: Truth, hits: int, near: int, ordinaries: range) -> int:
    """Runs the program, and asks the question as a whole; the number of pictures whose label is sure."""
    runs = 0
    scenes = [(made(query.name, "hit", i), "hit") for i in range(hits)]
    scenes += [(made(query.name, "near", i), "near") for i in range(near)]
    scenes += [(ordinary(i), "ordinary") for i in ordinaries]
    for one, role in scenes:
        label = query.label(one)
        assert role == "ordinary" or (label is not None and (label != NOTHING) == (role == "hit")), one.name
        if label is not None:
            assert label == query.answer(Known(one))
            assert truth.answer(query.program, one) == label, one.name
            assert truth.answer(WHOLE, one, question=query.text) == label, one.name
            runs += 1
    return runs


@EACH
def test_a_program_says_what_is_right(query: OpenQuery, truth: Truth) -> None:
    assert exact(query, truth, 1, 1, range(0)) == 2


@pytest.mark.nightly
@EACH
def test_a_program_says_what_is_right_of_many_pictures(query: OpenQuery, truth: Truth) -> None:
    assert exact(query, truth, 60, 30, range(50)) > 120


@pytest.mark.nightly
def test_50_streams_show_pictures_that_are_shared() -> None:
    names: set[str] = set()
    labels: dict[str, Counter[str]] = {}
    for query in queries():
        items = list(openform(query.name, seed=1))
        assert len(items) == COUNT
        names |= {item.scene.name for item in items}
        labels[query.name] = Counter(str(item.label) for item in items)
    assert 18_000 < len(names) <= 50 * round(COUNT * (HITS + NEAR)) + ORDINARY
    assert 0.3 < sum(counts[NOTHING] for counts in labels.values()) / (50 * COUNT) < 0.5
    # No one answer is right most of the time.
    assert {name for name, counts in labels.items() if counts.most_common(1)[0][1] > 0.6 * COUNT} == set()


def test_there_are_ten_questions_of_each_kind() -> None:
    assert Counter(query.kind for query in queries()) == dict.fromkeys(KINDS, 10)
    assert len({query.name for query in queries()}) == len({query.text for query in queries()}) == 50
    read_in_full = [query for query in queries() if query.text not in questions()]
    assert len(read_in_full) >= 12
    assert all((form := read(query.text)) is not None and returns(form) == "str" for query in read_in_full)


def test_a_stream_has_its_shares_and_order() -> None:
    items = list(openform("on_box", 3, 40))
    assert Counter(item.role for item in items) == {"hit": 20, "near": 8, "ordinary": 12}
    assert all((item.label == NOTHING) == (item.role == "near") for item in items if item.role != "ordinary")
    assert [item.scene.name for item in items] == [item.scene.name for item in openform("on_box", 3, 40)]
    assert {item.scene.name for item in openform("on_box", 4, 40)} != {item.scene.name for item in items}
    assert {item.scene.name.split("/")[0] for item in items} == {"bench"}


@pytest.mark.parametrize(("name", "things", "right"), [
    ("legs", [thing("dog"), thing("bird"), thing("man")], "6"),
    ("wheels", [thing("car"), thing("truck")], "10"),
    ("sound", [thing("horse"), thing("horse")], "neigh"),
    ("sound", [thing("horse"), thing("dog")], NOTHING),
    ("sides", [thing("hexagon", at=(10, 10)), thing("ring", at=(60, 10))], "6"),
    ("sides", [thing("hexagon", at=(60, 10)), thing("ring", at=(10, 10))], NOTHING),
    ("place", [thing("sign", text="ZOO")], "animals"),
    ("place", [thing("sign", text="STOP")], NOTHING),
    ("even_number", [thing("sign", text="37")], "no"),
    ("mixed_paint", [thing("circle", "blue"), thing("square", "yellow")], "green"),
    ("mixed_paint", [thing("circle", "blue"), thing("square", "pink")], NOTHING),
    ("people_or_animals", [thing("man"), thing("dog")], "neither"),
    ("sum_of_signs", [thing("sign", text="37"), thing("sign", text="15"), thing("sign", text="ZOO")], "52"),
])
def test_what_is_right_is_so(name: str, things: list[Thing], right: str) -> None:
    assert query_named(name).answer(Known(scene(*things))) == right


def test_what_is_as_large_is_no_question() -> None:
    level = scene(thing("dog", at=(5, 5)), thing("cat", at=(60, 60)))
    assert query_named("largest_animal_kind").answer(Known(level)) == NOTHING
    assert query_named("largest_animal_kind").label(level) is None
    clear = scene(thing("dog", at=(5, 5)), thing("cat", at=(60, 60), side=40))
    assert query_named("largest_animal_kind").label(clear) == "cat"


def test_programs_are_laid_out_and_have_no_findings() -> None:
    for query in queries():
        assert query.program.startswith(f'"""{query.text}"""\n')
        assert canonical(Source(query.program, query.name), Limits()) == query.program
        assert check(Source(query.program, query.name), Limits()).diagnostics == ()


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="no query 'onbox'"):
        list(openform("onbox"))
