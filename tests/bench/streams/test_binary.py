"""The stream `binary`: its programs compute what its questions mean, its labels are sure, its shares are as told."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from fmplang.bench.streams.binary import (
    COUNT,
    HITS_OF_ALL,
    NEAR_OF_ALL,
    Query,
    binary,
    made,
    pictures,
    queries,
    query_named,
)
from fmplang.bench.streams.items import ORDINARY, ordinary
from fmplang.check import check
from fmplang.cli.fmt import canonical
from fmplang.errors import ConfigError
from fmplang.limits import Limits
from fmplang.scenes.forms import returns
from fmplang.scenes.layout import SPLITS, compose
from fmplang.scenes.truth import Known, answer
from fmplang.syntax.source import Source
from tests.bench.streams.running import Truth

EACH = pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)


def test_there_are_33_questions_of_different_sorts() -> None:
    assert len(queries()) == len({query.name for query in queries()}) == len({query.text for query in queries()}) == 33
    assert all(returns(query.form) == "bool" for query in queries())
    assert len({type(query.form) for query in queries()}) >= 5


def exact(query: Query, truth: Truth, hits: int, near: int, ordinaries: range) -> int:
    """Runs the program on so many of each; the number of pictures whose label is sure."""
    runs = 0
    scenes = [(made(query.name, "hit", i), True) for i in range(hits)]
    scenes += [(made(query.name, "near", i), False) for i in range(near)]
    scenes += [(ordinary(i), None) for i in ordinaries]
    for scene, wanted in scenes:
        label = query.label(scene)
        assert wanted is None or label is wanted, scene.name
        if label is not None:
            assert label is answer(Known(scene), query.form).value
            assert truth.answer(query.program, scene) is label, scene.name
            runs += 1
    return runs


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth()


@EACH
def test_a_program_says_what_its_question_means(query: Query, truth: Truth) -> None:
    assert exact(query, truth, 1, 1, range(1)) >= 2


@pytest.mark.nightly
@EACH
def test_a_program_says_what_its_question_means_of_all_composed_pictures(query: Query, truth: Truth) -> None:
    assert exact(query, truth, HITS_OF_ALL, NEAR_OF_ALL, range(200)) > 300


@pytest.mark.nightly
def test_33_streams_show_few_different_pictures() -> None:
    names = {item.scene.name for query in queries() for item in binary(query.name, seed=1)}
    assert 11_000 < len(names) <= 33 * (HITS_OF_ALL + NEAR_OF_ALL) + ORDINARY


def test_a_stream_has_the_shares_that_it_is_told() -> None:
    items = list(binary("taxi", 7, 120))
    assert [item.number for item in items] == list(range(120))
    assert {role: sum(item.role == role for item in items) for role in ("hit", "near", "ordinary")} == {
        "hit": 1, "near": 9, "ordinary": 110}
    assert all(item.label is (item.role == "hit") for item in items)
    assert len({item.scene.name for item in items}) == 120
    assert {item.scene.name.split("/")[0] for item in items} == {"bench"}


def test_the_seed_orders_and_chooses() -> None:
    first, again, other = ([item.scene.name for item in islice(binary("dog_on_box", seed, 200), 40)]
                           for seed in (1, 1, 2))
    assert first == again != other and set(first) != set(other)
    shares = [sum(bool(item.label) for item in binary("dog_on_box", 3, 40, share)) for share in (0.5, 0.0)]
    assert shares == [20, 0]


def test_all_pictures_of_a_query_are_told() -> None:
    told = [(item.number, item.role, item.label) for item in islice(pictures("taxi"), HITS_OF_ALL + 3)]
    assert told == [*((i, "hit", True) for i in range(HITS_OF_ALL)),
                    *((HITS_OF_ALL + i, "near", False) for i in range(3))]


@pytest.mark.nightly
def test_a_stream_shows_no_others() -> None:
    there = {item.scene.name: item.label for item in pictures("three_purple")}
    assert 0.9 * ORDINARY < len(there) <= HITS_OF_ALL + NEAR_OF_ALL + ORDINARY
    for seed in (0, 1):
        assert {item.scene.name: item.label for item in binary("three_purple", seed)}.items() <= there.items()


def test_composed_pictures_share_no_numbers() -> None:
    names = [made(query.name, role, 0).name for query in queries() for role in ("hit", "near")]
    assert len(set(names)) == len(names) and not any(name.split("/")[0] in set(SPLITS) - {"bench"} for name in names)
    assert made("taxi", "hit", 3) == made.__wrapped__("taxi", "hit", 3)


def test_pictures_that_hang_on_a_hair_have_no_label() -> None:
    query = query_named("bird_over_truck")
    labels = [query.label(compose("test", number, [])) for number in range(3)]
    assert labels == [False] * 3
    hit = made("bird_over_truck", "hit", 0)
    assert query.label(hit) is True
    (bird,) = [i for i, thing in enumerate(hit.things) if thing.kind == "bird"][:1]
    truck = next(thing for thing in hit.things if thing.kind == "truck" and thing.colour == "blue")
    left, _, right, _ = hit.things[bird].box
    middle = truck.middle[1] + 8.0  # a little more than what is called above
    moved = replace(hit.things[bird], box=(left, middle - 8, right, middle + 8))
    alone = replace(hit, things=(truck, moved), laid=frozenset())
    assert answer(Known(alone), query.form).value is True and query.label(alone) is None


def test_programs_are_laid_out_and_have_no_findings() -> None:
    for query in queries():
        assert query.program.startswith(f'"""{query.text}"""\n')
        assert canonical(Source(query.program, query.name), Limits()) == query.program
        assert check(Source(query.program, query.name), Limits()).diagnostics == ()


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="no query 'tax'") as failed:
        list(binary("tax"))
    assert failed.value.code == "FMP863" and COUNT == 2000
