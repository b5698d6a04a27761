"""Dry runs: seeded bugs are found within a bounded number of runs and told plainly, sound programs are left alone, and
what is told is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fmplang
from fmplang import Finished, FmpError, Limits
from fmplang.check.types import IMAGE, STR, ListType
from fmplang.dryrun import coverage, dry_run
from fmplang.dryrun.attempt import Outcome, Runner, Script
from fmplang.dryrun.edges import Edges
from fmplang.dryrun.explore import Exploration
from fmplang.dryrun.hints import hints_of
from fmplang.dryrun.shrink import size
from fmplang.runtime.program import Program
from tests.dryrun.seeded import HEAD, SEEDED, SOUND
from tests.runtime.asking import programs as asking_programs
from tests.runtime.generated import programs as pure_programs
from tests.runtime.talk import requests_of
from tests.stdlib.entries import library

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = 100


def exploration(text: str, runs: int = RUNS, seed: int = 0, **limits: Any) -> Exploration:
    return Exploration(fmplang.compile(HEAD + text), Limits(**limits), runs, seed)


def places(explored: Exploration) -> set[tuple[int, str]]:
    own = explored.program.source
    return {(own.position(failure.start)[0] if failure.file == own.name else 0, failure.code)
            for failure in explored.found}


def plain_end(program: Program, outcome: Outcome) -> tuple[str, Any]:
    """How an ordinary run ends that is given the same inputs and answers, each call by its site and number."""
    answers = {asked.call: asked.value for asked in outcome.asked}
    try:
        execution = program.start(outcome.inputs, Limits(own_seconds=300.0))
        step = execution.advance()
        while not isinstance(step, Finished):
            for request in requests_of(step):
                execution.answer(answers[request.site.id, request.loop_index], request)
            step = execution.advance()
    except FmpError as error:
        return error.code, error.span
    return "", None


# ------------------------------------------------------------------ what is found


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_bug_is_found_and_told_plainly(name: str) -> None:
    body, weight, calls = SEEDED[name]
    explored = exploration(body)
    assert explored.runs <= RUNS
    wanted = {(number, code) for number, line in enumerate((HEAD + body).split("\n"), 1)
              for code in re.findall(r"FMP\d{3}", line)}
    assert wanted and places(explored) == wanted
    for outcome in explored.failures:
        given_weight, made_calls = size(outcome)
        assert given_weight <= weight and made_calls <= calls, (size(outcome), outcome.inputs, outcome.asked)
        assert plain_end(explored.program, outcome) == (outcome.failure and outcome.failure.code, outcome.span)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_program_does_not_fail(name: str) -> None:
    explored = exploration(SOUND[name])
    assert explored.found == {} and explored.runs <= RUNS


def test_the_plainest_answers_are_told() -> None:
    body, _, _ = SEEDED["behind three doors"]
    (outcome,) = exploration(body).failures
    assert [asked.plan for asked in outcome.asked] == ["green", 77, (0, 0, 0, 0, 0), ""]
    done = dry_run(fmplang.compile(HEAD + body), max_runs=RUNS)
    (finding,) = done.findings
    assert [(answer.function, answer.value) for answer in finding.answers] == [
        ("say", "green"), ("num", 77), ("nums", [0] * 5), ("say", "")]
    assert not done.ok and done.runs == RUNS and done.sides_taken == done.sides == 6 and done.missed == ()


EXAMPLES = {  # what can go wrong in the examples, looked at one by one: all of it is true
    "cat": set(),
    "coffee": {(11, "FMP504")},  # a picture too small for the patches
    "faces": {(15, "FMP504")},  # nothing below the face
    "pure": set(),
    "receipt": set(),
    "street": set(),
    "tickets": set(),
    "tiles": {(19, "FMP504"), (23, "FMP610"), (24, "FMP612")},  # more tiles than pixels, or than calls
    "video": {(0, "FMP612")},  # more frames than calls; the call is the library's
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[pytest.mark.nightly] if name == "tiles" else []) for name in EXAMPLES])
def test_the_examples_fail_where_they_can(name: str) -> None:
    program = fmplang.load(ROOT / "examples" / f"{name}.fmp")
    explored = Exploration(program, Limits(), RUNS)
    assert places(explored) == EXAMPLES[name]
    for outcome in explored.failures:
        assert plain_end(program, outcome) == (outcome.failure and outcome.failure.code, outcome.span)
    assert explored.sides == {(i, side) for i in range(len(coverage.tests_of(program.typed))) for side in (True, False)}


def test_all_examples_are_looked_at() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.fmp")} == set(EXAMPLES)


# ------------------------------------------------------------------- coverage


COVERED = '''
def main(a: int, words: list[str]) -> str:
    made = "x" if a > 3 else "y"
    longs = [word for word in words if len(word) > 2]
    if a == 0 and len(words) == 1:
        made += "0"
    elif a == 1 or made == "x":
        made += "1"
    else:
        return made
    picked = [word for word in longs if ask(word)]
    kind = "many" if ask(made) else "few"
    if ask("never") and num("b") > 5:
        return kind
    return "".join(picked)
'''


def test_every_kind_of_test_is_seen_both_ways() -> None:
    explored = exploration(COVERED, 300)
    tests = coverage.tests_of(explored.program.typed)
    assert [test.kind for test in tests] == [
        "conditional", "condition", "if", "if", "and", "or", "condition", "conditional", "if", "and"]
    assert explored.sides == {(index, side) for index in range(len(tests)) for side in (True, False)}


def test_what_no_run_reaches_is_told() -> None:
    text = HEAD + '''
def main(a: int) -> int:
    if a > 2 and a < 1:
        a = 3
        a = 4
    elif abs(a) < 0:
        return 1
    return 2 if a * a < 0 else 3
'''
    done = dry_run(fmplang.compile(text), max_runs=60)
    source = done.program.source
    told = [(source.text[m.span.start : m.span.end], m.what, m.side) for m in done.missed]
    assert told == [("a > 2 and a < 1", "if", True), ("a = 3", "statement", None), ("abs(a) < 0", "if", True),
                    ("return 1", "statement", None), ("a * a < 0", "conditional", True)]
    assert (done.statements, done.statements_run, done.ok) == (5, 2, True)


def test_a_failure_in_the_library_says_how_it_was_reached() -> None:
    text = "def main(options: list[str]) -> str:\n    x = 1\n    return most_similar(\"a\", options)\n"
    done = dry_run(fmplang.compile(text), max_runs=30)
    found = {finding.error.code: finding for finding in done.findings}
    reached = found["FMP504"].reached
    assert found["FMP504"].source.name == "fmp.text" and reached is not None
    assert text[reached.start : reached.end] == 'return most_similar("a", options)'


@pytest.mark.fuzz
@settings(max_examples=25)
@given(asking_programs(), st.integers(0, 3))
def test_a_watched_run_is_the_run(text: str, depth: int) -> None:
    program = fmplang.compile(text)
    runner = Runner(program, Edges(hints_of(program.typed), 65), Limits(), {})

    def choose(request: Any) -> Any:
        edges = runner.edges.of(request.returns)
        return edges[min(depth, len(edges) - 1)]

    outcome = runner.run(Script({}), choose, whole=True)
    assert plain_end(program, outcome) == (outcome.failure.code if outcome.failure else "", outcome.span)


@pytest.mark.nightly
@settings(max_examples=30, suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow])
@given(st.one_of(asking_programs(), pure_programs()))
def test_every_finding_is_true(text: str) -> None:
    explored = Exploration(fmplang.compile(text), Limits(), 40)
    for outcome in explored.failures:
        assert plain_end(explored.program, outcome) == (outcome.failure and outcome.failure.code, outcome.span)


# ------------------------------------------------------------------- the rest


def test_the_same_seed_finds_the_same() -> None:
    def all_of(seed: int) -> Any:
        explored = exploration(COVERED.replace('"few"', 'str(1 // num("c"))'), 150, seed)
        failures = [(o.failure, o.script.inputs, o.script.answers) for o in explored.failures]
        return explored.ways, explored.sides, failures

    first = all_of(3)
    assert all_of(3) == first and all_of(4) != first


def test_inputs_can_be_given() -> None:
    text = "def main(n: int, d: int) -> float:\n    return n / d\n"
    program = fmplang.compile(text)
    assert not dry_run(program, max_runs=40).ok
    done = dry_run(program, max_runs=40, inputs={"d": 2})
    assert done.ok and done.runs == 40


def test_a_program_in_which_nothing_can_be_chosen_runs_once() -> None:
    done = dry_run(fmplang.compile("def main() -> int:\n    return 1\n"))
    assert (done.runs, done.paths, done.ok) == (1, 1, True)


def test_inputs_of_every_type_are_made() -> None:
    text = '''
def main(i: Image, v: Video, a: Audio, n: int, f: float, b: bool, s: str, xs: list[Image], d: dict[str, int],
         t: tuple[int, Image], o: Order, q: Order | None, w: set[int], k: Literal["a", "b"]) -> str:
    return "".join([str(n), s])
'''
    explored = exploration(text, 60)
    assert explored.found == {} and explored.runs == 60


def test_edge_cases_come_first_and_are_distinct() -> None:
    program = fmplang.compile(HEAD + 'def main(x: int) -> bool:\n    return say("a") == "blue" or x == 7\n')
    edges = Edges(hints_of(program.typed), 65)
    texts = edges.of(STR)
    assert texts[:2] == ("", "blue") and len(set(texts)) == len(texts) and max(map(len, texts)) >= 300
    lists = edges.of(ListType(IMAGE))
    assert lists[0] == () and max(map(len, lists)) == 65
    assert {6, 7, 8, 0, -1} <= set(edges.of(program.entry.params[0].type))


LIBRARY_FAILS = {  # "the list must not be empty", and the like: what the docstrings say
    "best_text_match": {"FMP504", "FMP612"}, "best_image_match": {"FMP504", "FMP612"},
    "closest_to_camera": {"FMP504", "FMP612"}, "leftmost": {"FMP504"}, "rightmost": {"FMP504"},
    "topmost": {"FMP504"}, "bottommost": {"FMP504"}, "largest": {"FMP504"}, "smallest": {"FMP504"},
    "nearest": {"FMP504"}, "most_similar": {"FMP504", "FMP505", "FMP612"}, "text_similarity": {"FMP505"},
    "first_frame_with": {"FMP612"}, "frames_with": {"FMP612"},
    "cosine": {"FMP505"}, "closest_option": {"FMP504"}, "select_answer": {"FMP504"}, "coerce_to_numeric": {"FMP504"},
}


@pytest.mark.parametrize(("name", "text"), library(), ids=[name for name, _ in library()])
@pytest.mark.nightly
def test_the_library_fails_only_where_it_says_so(name: str, text: str) -> None:
    explored = Exploration(fmplang.compile(text), Limits(), 150)
    assert {failure.code for failure in explored.found} == LIBRARY_FAILS.get(name, set())
    for outcome in explored.failures:
        assert plain_end(explored.program, outcome) == (outcome.failure and outcome.failure.code, outcome.span)
