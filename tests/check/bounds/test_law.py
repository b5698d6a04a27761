"""The law of the bounds: no run asks or pays more than they say, and none that comes to its end less.

Over generated programs with aliases, lists that are changed under other names, loops, early ends, function values,
generators and groups; the answers are chosen to mislead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fmplang
from fmplang import Finished, FmpError, Limits, Request
from fmplang.check.bounds import Bounds, Price, bounds
from fmplang.check.typed import NeuralFunction
from fmplang.dryrun.explore import Exploration
from fmplang.runtime.program import Program
from tests.check.bounds.lengths import programs
from tests.hostile import corpus
from tests.runtime.asking import programs as asking_programs
from tests.runtime.talk import requests_of
from tests.stdlib.entries import library

ROOT = Path(__file__).resolve().parent.parent.parent.parent

PRICES = {"ask": 1.0, "num": 3.0, "total": 10.0, "nums": 0.5}


def price(function: NeuralFunction) -> Price:
    one = PRICES.get(function.name, 2.0)
    return Price(one, one, one, one)


def misleading(request: Request, salt: int) -> Any:
    """Lists are empty or long, numbers small, large or negative, truths of any kind; equal questions may differ."""
    seen = blake2b(f"{salt} {request.site.id} {request.loop_index}".encode(), digest_size=4).digest()
    if request.function.name == "ask":
        return (seen[0] + salt) % 3 != 0 if salt % 2 else seen[0] % 3 == 0
    if request.function.name == "nums":
        return [byte % 5 - 1 for byte in seen * 8][: (0, 1, 2, 25, 7)[seen[1] % 5]]
    if request.function.name == "words":
        return ["red", "", "w" * 9, "x"][: seen[1] % 5]
    if request.function.name == "kind":
        return ("red", "blue")[seen[1] % 2]
    return (-3, -1, 0, 0, 1, 2, 3, 40)[seen[2] % 8]


def play(program: Program, answers: Callable[[Request], Any], limits: Limits,
         **inputs: Any) -> tuple[Counter[str], bool]:
    """How often each site was asked, and whether the run came to its end."""
    asked: Counter[str] = Counter()
    try:
        execution = program.start(inputs, limits)
        step = execution.advance()
        while not isinstance(step, Finished):
            for request in requests_of(step):
                asked[request.site.id] += 1
                execution.answer(answers(request), request)
            step = execution.advance()
    except FmpError:
        return asked, False
    return asked, True


def holds(found: Bounds, asked: Counter[str], ended: bool, cost: Callable[[str], float]) -> None:
    calls = sum(asked.values())
    paid = sum(cost(site) * count for site, count in asked.items())
    known = {each.site.id: each for each in found.sites}
    assert set(asked) <= set(known)
    for site, each in known.items():
        assert asked[site] <= each.calls.most, (site, asked[site], each.calls)
        assert not ended or asked[site] >= each.calls.least, (site, asked[site], each.calls)
    assert calls <= found.calls.most and paid <= found.cost.most + 1e-9 <= found.everything + 2e-9
    if ended:
        assert calls >= found.calls.least and paid >= found.cost.least - 1e-9
        assert any(path.calls.least <= calls <= path.calls.most and path.cost.least - 1e-9 <= paid
                   <= path.cost.most + 1e-9 for path in found.paths) or not found.paths
    for each in (found.calls, found.cost, *(path.calls for path in found.paths)):
        assert each.mean is None or each.least <= each.mean <= max(each.most, each.least)


INPUTS: tuple[dict[str, Any], ...] = (
    {"n": 0, "xs0": []}, {"n": 1, "xs0": [1]}, {"n": 5, "xs0": [1, 2, 3]}, {"n": -2, "xs0": [0] * 8},
    {"n": 40, "xs0": [7, -1]},
)


def law(text: str, salts: range, limits: Limits, inputs: tuple[dict[str, Any], ...] = ({},)) -> Bounds:
    program = fmplang.compile(text)
    found = bounds(program.typed, price, limits)
    functions = {each.site.id: each.site.function for each in found.sites}
    for salt in salts:
        asked, ended = play(program, lambda request: misleading(request, salt), limits,  # noqa: B023
                            **inputs[salt % len(inputs)])
        holds(found, asked, ended, lambda site: price(functions[site]).most)
    return found


# Where lists may be long, the limit of neural calls holds most runs; where they are short, the lengths do.
LONG = Limits(neural_calls=300, steps=20_000, items=1_000, own_seconds=300.0, memory=2**30)
SHORT = Limits(neural_calls=3_000, steps=20_000, items=12, own_seconds=300.0, memory=2**30)


@pytest.mark.fuzz
@given(asking_programs(), st.integers(0, 1_000))
def test_no_run_leaves_the_bounds(text: str, salt: int) -> None:
    assert law(text, range(salt, salt + 3), LONG).followed


@pytest.mark.fuzz
@given(programs(), st.integers(0, 1_000))
def test_no_run_whose_calls_hang_on_lengths_leaves_the_bounds(text: str, salt: int) -> None:
    assert law(text, range(salt, salt + 5), SHORT, INPUTS).followed


@pytest.mark.fuzz
def test_the_bounds_are_met() -> None:
    """Some of them are: a bound of the limits for every program would keep the law too."""
    met = {"least": 0, "most": 0, "programs": 0}

    @settings(max_examples=40)
    @given(programs())
    def collect(text: str) -> None:
        program = fmplang.compile(text)
        found = bounds(program.typed, price, SHORT)
        met["programs"] += 1
        runs = [play(program, lambda request: misleading(request, salt), SHORT, **INPUTS[salt % 5])  # noqa: B023
                for salt in range(10)]
        met["most"] += any(sum(asked.values()) == found.calls.most for asked, _ in runs)
        met["least"] += any(ended and sum(asked.values()) == found.calls.least for asked, ended in runs)

    collect()
    assert met["least"] > met["programs"] // 5 and met["most"] > met["programs"] // 20


def over(program: Program, runs: int) -> None:
    """The law, over the runs of a dry run."""
    found = bounds(program.typed, price, Limits())
    functions = {each.site.id: each.site.function for each in found.sites}
    explored = Exploration(program, Limits(), runs)
    assert found.followed and explored.kept
    for outcome in explored.kept:
        asked = Counter(each.site.id for each in outcome.asked)
        holds(found, asked, outcome.failure is None, lambda site: price(functions[site]).most)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.fmp")), ids=lambda path: path.stem)
def test_no_run_of_an_example_leaves_the_bounds(path: Path) -> None:
    over(fmplang.load(path), 12)


@pytest.mark.parametrize(("name", "text"), library(), ids=[name for name, _ in library()])
def test_no_run_of_a_library_function_leaves_the_bounds(name: str, text: str) -> None:
    over(fmplang.compile(text), 12)


def hostile(step: int) -> None:
    """The law over every so-manyth program of the hostile corpus that checks."""
    met = 0
    for text in list(corpus.programs().values())[::step]:
        if fmplang.check(text).ok:
            met += 1
            over(fmplang.compile(text), 6)
    assert met > 1_000 // step


def test_no_run_of_a_hostile_program_leaves_the_bounds() -> None:
    hostile(60)


@pytest.mark.nightly
def test_no_run_of_all_hostile_programs_leaves_the_bounds() -> None:
    hostile(1)


@pytest.mark.nightly
@given(st.one_of(programs(), asking_programs()), st.integers(0, 1_000))
def test_no_run_of_many_leaves_the_bounds(text: str, salt: int) -> None:
    inputs = INPUTS if "xs0" in text else ({},)
    for limits in (LONG, SHORT):
        assert law(text, range(salt, salt + 10), limits, inputs).followed
