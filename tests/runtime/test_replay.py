"""A run again, with one answer exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fmplang
from fmplang.runtime.replay import alike, compare
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.trace import CallRecord, RunRecord, Shadow
from fmplang.runtime.values.images import Image

PICTURE = Image.from_pixels(np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3))


def play(text: str, answers: Callable[[Request, str], Any], **inputs: Any) -> tuple[RunRecord, Callable[[], Any]]:
    """A run where `dear` answers (cost 10) and `cheap` is its shadow (cost 1), with its comparisons."""
    program = fmplang.compile(text)
    run = RunRecord("r", "", "main")
    execution = program.start(inputs)
    step = execution.advance()
    while not isinstance(step, Finished):
        requests = step.requests if isinstance(step, Group) else (step,)
        values = []
        for request in requests:
            value = answers(request, "dear")
            values.append(value)
            run.calls.append(CallRecord(
                request.site.id, (0, 0), "", request.function.name, request.capability, request.order, "dear",
                ("cheap", "dear"), (1.0, 10.0), (0.0, 1.0), 1, cost=10.0, value=value, args=dict(request.args),
                shadows=(Shadow(0, "cheap", answers(request, "cheap"), 1.0),)))
        execution.answer(values if isinstance(step, Group) else values[0])
        step = execution.advance()
    run.value = step.value
    run.calls.sort(key=lambda call: call.order)
    return run, lambda: program.start(inputs)


TWO = '''
def main(image: Image) -> str:
    if verify(image, "first"):
        if verify(image, "second"):
            return "both"
        return "first"
    return "none"
'''


def yes_but(**cheap: bool) -> Callable[[Request, str], Any]:
    return lambda request, who: cheap.get(str(list(request.args.values())[-1]), True) if who == "cheap" else True


def test_the_same_answer_changes_nothing_and_needs_no_replay() -> None:
    run, _ = play(TWO, yes_but(), image=PICTURE)

    def never() -> Any:
        raise AssertionError("replayed")

    first, second = compare(never, run)
    assert first.same and second.same
    assert (first.changed, first.later, first.own) == (False, 0.0, -9.0)


def test_an_exchange_ends_the_run_earlier_and_saves_what_came_after() -> None:
    run, start = play(TWO, yes_but(first=False), image=PICTURE)
    first, second = compare(start, run)
    assert (first.same, first.changed, first.final, first.later) == (False, True, "none", -10.0)
    assert second.same


def test_an_exchange_at_the_end_changes_the_value_and_no_cost() -> None:
    run, start = play(TWO, yes_but(second=False), image=PICTURE)
    second = compare(start, run)[1]
    assert (second.changed, second.final, second.later) == (True, "first", 0.0)


def test_a_call_that_nobody_answered_makes_it_unknown() -> None:
    def answers(request: Request, who: str) -> bool:
        return who == "cheap"

    run, start = play(TWO, answers, image=PICTURE)
    assert run.value == "none"
    (only,) = compare(start, run)
    assert (only.same, only.changed, only.later, only.final) == (False, None, None, None)
    assert only.unknown == "main/verify:second"


def test_a_different_answer_may_lead_to_the_same_end() -> None:
    text = '''
def main(image: Image) -> bool:
    a = verify(image, "first")
    b = verify(image, "second")
    return a or b
'''
    run, start = play(text, yes_but(first=False), image=PICTURE)
    first = compare(start, run)[0]
    assert (first.same, first.changed, first.final) == (False, False, True)


def test_loops_and_groups_replay_from_the_calls_that_are_known() -> None:
    text = '''
def main(image: Image) -> int:
    found = [verify(image, text) for text in ["a", "b", "c"]]
    count = 0
    for held in found:
        if held:
            count += 1
    return count
'''
    run, start = play(text, yes_but(b=False), image=PICTURE)
    made = compare(start, run)
    assert [c.same for c in made] == [True, False, True]
    assert made[1].final == 2


def test_a_replay_that_fails_is_another_final_value() -> None:
    text = '''
def main(image: Image) -> int:
    held = verify(image, "first")
    assert held
    return 1
'''
    run, start = play(text, yes_but(first=False), image=PICTURE)
    (only,) = compare(start, run)
    assert only.changed is True
    assert only.error == "FMP505"


def test_crops_that_nearly_agree_count_as_the_same() -> None:
    text = '''
def main(image: Image) -> bool:
    for patch in find(image, "dog"):
        if verify(patch, "the dog is brown"):
            return True
    return False
'''

    def crop(left: int, right: int) -> Image:
        return Image(PICTURE.source, (left, 0, right, 20))

    def answers(cheap: list[Image]) -> Callable[[Request, str], Any]:
        return lambda request, who: (request.capability != "detect"
                                     or (cheap if who == "cheap" else [crop(0, 10)]))

    run, start = play(text, answers([crop(0, 11)]), image=PICTURE)
    assert compare(start, run)[0].same
    run, start = play(text, answers([crop(15, 25)]), image=PICTURE)
    assert compare(start, run)[0].unknown.endswith("verify:the-dog-is-brown")
    run, start = play(text, answers([crop(1, 11), crop(15, 25)]), image=PICTURE)
    found = compare(start, run)[0]
    assert (found.same, found.changed) == (False, False)


def test_runs_and_shadows_that_failed_are_left_out() -> None:
    run, start = play(TWO, yes_but(first=False), image=PICTURE)
    run.calls[1].shadows = (Shadow(0, "cheap", error="FMP701"),)
    assert [c.call for c in compare(start, run)] == [0]
    run.error = "FMP505"
    assert compare(start, run) == ()


@pytest.mark.parametrize(("a", "b", "same"), [
    (1, True, False), (1.0, 1, False), (float("nan"), float("nan"), True), ([1], [1], True), ([1], [2], False),
    ({"a": [1]}, {"a": [1]}, True), ({"a": 1}, {"b": 1}, False), ((1, "x"), (1, "x"), True), (None, None, True),
])
def test_alike(a: Any, b: Any, same: bool) -> None:
    assert alike(a, b) is same
