"""The conversation: steps, answers, failures, and what each side may do to the other."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from fmplang import Finished, Group, Limits, Request
from fmplang.errors import BackendError, DecodeError, FmpError, InputError, LimitError, RunError
from fmplang.runtime.values import OrderedSet
from tests.runtime.talk import NEURAL, program, talk, value

ONE = NEURAL + """
def main(n: int) -> int:
    return num(n) + 1
"""
PAIR = NEURAL + """
def main(n: int) -> list[int]:
    return [num(i) for i in range(n)]
"""


def begun(text: str, **inputs: Any) -> Any:
    return program(text).start(inputs, run_id="r1")


def test_a_request_carries_all_that_a_host_needs() -> None:
    request = begun(ONE, n=4).advance()
    assert isinstance(request, Request)
    assert request.site.id == "main/num" and request.function.name == "num" and request.capability == "llm"
    assert dict(request.args) == {"x": 4} and str(request.returns) == "int" and request.run_id == "r1"
    assert request.prompt == "A number like 4."
    assert request.site.source.slice(request.site.span) == "num(n)"


def test_advancing_before_the_answer_gives_the_same_step() -> None:
    execution = begun(ONE, n=4)
    first = execution.advance()
    assert execution.advance() is first
    execution.answer(41)
    done = execution.advance()
    assert done.value == 42 and execution.advance() is done


def test_a_group_takes_a_list_of_answers() -> None:
    execution = begun(PAIR, n=3)
    step = execution.advance()
    assert isinstance(step, Group) and [r.args["x"] for r in step.requests] == [0, 1, 2]
    execution.answer([5, 6, 7])
    assert execution.advance().value == [5, 6, 7]


def test_a_group_takes_answers_in_any_order() -> None:
    execution = begun(PAIR, n=3)
    step = execution.advance()
    for request in reversed(step.requests):
        assert execution.advance() is step
        execution.answer(request.args["x"] * 10, request)
    assert execution.advance().value == [0, 10, 20]


def test_a_group_of_one_is_a_request() -> None:
    execution = begun(PAIR, n=1)
    step = execution.advance()
    assert isinstance(step, Request)
    execution.answer(9)
    assert execution.advance().value == [9]


@pytest.mark.parametrize("answer", ["7", 7.0, None, [7], object()])
def test_an_answer_of_the_wrong_type_is_refused_and_the_request_waits_on(answer: Any) -> None:
    execution = begun(ONE, n=4)
    step = execution.advance()
    with pytest.raises(DecodeError) as caught:
        execution.answer(answer)
    assert caught.value.site == "main/num" and caught.value.code == "FMP702" and "int" in caught.value.message
    assert execution.advance() is step
    execution.answer(1)
    assert execution.advance().value == 2


def test_of_a_list_with_one_wrong_answer_none_is_taken() -> None:
    execution = begun(PAIR, n=2)
    step = execution.advance()
    with pytest.raises(DecodeError):
        execution.answer([1, "2"])
    assert execution.advance() is step
    execution.answer([1, 2])
    assert execution.advance().value == [1, 2]


@pytest.mark.parametrize("answers", [[1], [1, 2, 3], 1, {1: 2, 3: 4}])
def test_a_group_refuses_anything_but_as_many_answers(answers: Any) -> None:
    execution = begun(PAIR, n=2)
    execution.advance()
    with pytest.raises(FmpError) as caught:
        execution.answer(answers)
    assert caught.value.code == "FMP815"


def test_answering_what_does_not_wait_is_an_error() -> None:
    execution = begun(PAIR, n=2)
    with pytest.raises(FmpError, match="no such request"):
        execution.answer(1)
    step = execution.advance()
    execution.answer(1, step.requests[0])
    with pytest.raises(FmpError, match="no such request"):
        execution.answer(1, step.requests[0])
    execution.answer(2, step.requests[1])
    assert execution.advance().value == [1, 2]
    with pytest.raises(FmpError, match="no such request"):
        execution.fail(ValueError("late"))


def test_a_failure_ends_the_run_at_the_call() -> None:
    execution = begun(ONE, n=4)
    request = execution.advance()
    refused = BackendError("the model refused", backend="mine")
    execution.fail(refused)
    with pytest.raises(BackendError) as caught:
        execution.advance()
    assert caught.value is refused and refused.site == "main/num" and refused.backend == "mine"
    assert refused.span == request.site.span and refused.source is request.site.source
    with pytest.raises(BackendError):
        execution.advance()


def test_a_failure_that_is_no_error_of_ours_becomes_one() -> None:
    execution = begun(ONE, n=4)
    execution.advance()
    execution.fail(OSError("connection reset"))
    with pytest.raises(BackendError, match="connection reset"):
        execution.advance()


def test_failing_a_group_fails_all_of_it() -> None:
    execution = begun(PAIR, n=3)
    step = execution.advance()
    execution.answer(1, step.requests[0])
    execution.fail(BackendError("down"))
    with pytest.raises(BackendError) as caught:
        execution.advance()
    assert caught.value.site == "main/num"


def test_a_closed_run_does_not_go_on() -> None:
    execution = begun(ONE, n=4)
    execution.advance()
    execution.close()
    execution.close()
    with pytest.raises(FmpError, match="closed"):
        execution.advance()


def test_an_error_is_raised_again() -> None:
    execution = begun("def main(n: int) -> int:\n    return 1 // n\n", n=0)
    errors = []
    for _ in range(2):
        with pytest.raises(RunError) as caught:
            execution.advance()
        errors.append(caught.value)
    assert errors[0] is errors[1]


def test_the_same_answers_give_the_same_steps() -> None:
    text = NEURAL + """
def main(n: int) -> dict[int, list[int]]:
    found = {num(i): [num(j) for j in range(i) if ask(j)] for i in range(n)}
    for key in found:
        if ask(key):
            found[key] = sorted(found[key], key=num)
    return found
"""

    def answers(request: Request) -> Any:
        return request.args["x"] % 3 == 0 if request.function.name == "ask" else -request.args["x"] * 7 % 5

    first, second = (talk(text, answers, n=5) for _ in range(2))
    assert first.value == second.value

    def trace(done: Any) -> list[list[Any]]:
        return [[(r.site.id, r.order, r.loop_index, dict(r.args)) for r in step] for step in done.rounds]

    assert trace(first) == trace(second)
    assert first.execution.meter.steps == second.execution.meter.steps
    assert first.execution.meter.bytes == second.execution.meter.bytes


def test_loop_index_counts_the_questions_of_a_site() -> None:
    text = NEURAL + """
def main(n: int) -> int:
    total = 0
    for i in range(n):
        total += num(i) + num(i)
    return total + sum([num(i) for i in range(n)])
"""
    done = talk(text, lambda request: 1, n=3)
    by_site: dict[str, list[int]] = {}
    for request in done.asked:
        by_site.setdefault(request.site.id, []).append(request.loop_index)
    assert by_site == {"main/num": [0, 1, 2], "main/num#2": [0, 1, 2], "main/num#3": [0, 1, 2]}


CHANGING = '''
@neural("classify")
def pick(text: str, labels: list[str]) -> list[str]:
    "Which of {labels}?"


def main(labels: list[str]) -> list[str]:
    found = pick("a", labels)
    labels.append("more")
    found.append("own")
    return found + labels
'''


def test_neither_side_can_change_what_the_other_holds() -> None:
    given = ["x", "y"]
    execution = begun(CHANGING, labels=given)
    request = execution.advance()
    answer = ["x"]
    execution.answer(answer)
    assert execution.advance().value == ["x", "own", "x", "y", "more"]
    assert given == ["x", "y"] and answer == ["x"] and request.args["labels"] == ["x", "y"]


def test_a_set_from_the_host_becomes_the_programs_own() -> None:
    text = "def main(xs: set[int]) -> set[int]:\n    xs.add(9)\n    return xs\n"
    given = {1}
    made = value(text, xs=given)
    assert made == OrderedSet([1, 9]) and type(made) is OrderedSet and given == {1}


def test_notes_are_what_was_printed() -> None:
    text = "def main(n: int) -> None:\n    print('n is', n, sep=': ')\n    print([1.5], end='')\n    print()\n"
    assert talk(text, n=3).execution.notes == ["n is: 3", "[1.5]", ""]


def test_the_statements_that_ran_are_known_where_asked_for() -> None:
    text = """
def main(n: int) -> int:
    if n > 2:
        n = 2
    else:
        n = 3
    for i in range(0):
        n += 1
    return n
"""
    done = talk(text, trace=True, n=5)
    executed = done.execution.executed
    [(name, spans)] = executed.items()
    source = program(text).source
    assert name == source.name
    lines = [source.position(start)[0] for start, _ in spans]
    assert lines == [3, 4, 7, 9] and done.value == 2
    assert talk(text, n=5).execution.executed == {}


def test_traced_and_untraced_runs_use_the_same() -> None:
    text = NEURAL + """
def double(n: int) -> int:
    return n * 2


def main(n: int) -> list[int]:
    out = []
    for i in range(n):
        if ask(i):
            out.append(double(num(i)))
    return out
"""
    def answers(request: Request) -> Any:
        return True if request.function.name == "ask" else 3

    plain, traced = (talk(text, answers, trace=on, n=4) for on in (False, True))
    assert plain.value == traced.value == [6, 6, 6, 6]
    assert plain.execution.meter.steps == traced.execution.meter.steps


# -------------------------------------------------------------------- inputs


def test_inputs_are_checked_by_name_and_type() -> None:
    made = program("def main(n: int, s: str = 'x') -> str:\n    return s * n\n")
    for inputs, name, expected, found in (
        ({}, "n", "int", ""), ({"n": "2"}, "n", "int", "str"), ({"n": 1, "m": 2}, "m", "", ""),
        ({"n": 1, "s": None}, "s", "str", "None"), ({"n": 1.0}, "n", "int", "float"),
    ):
        with pytest.raises(InputError) as caught:
            made.start(inputs)
        assert (caught.value.name, caught.value.expected, caught.value.found) == (name, expected, found)


def test_defaults_stand_for_inputs_that_are_left_out() -> None:
    text = "def main(n: int, s: str = 'x') -> str:\n    return s * n\n"
    assert value(text, n=2) == "xx" and value(text, n=2, s="ab") == "abab"


def test_inputs_are_held_to_the_limits() -> None:
    made = program("def main(s: str) -> int:\n    return len(s)\n")
    assert made.start({"s": "abcd"}, Limits(string=4)).advance().value == 4
    with pytest.raises(LimitError) as caught:
        made.start({"s": "abcde"}, Limits(string=4))
    assert caught.value.code == "FMP609"


def test_an_answer_that_is_too_large_ends_the_run_at_the_call() -> None:
    text = NEURAL + "def main() -> str:\n    return word('a')\n"
    done = talk(text, lambda request: "x" * 11, limits=Limits(string=10))
    assert isinstance(done.error, LimitError) and done.error.code == "FMP609"
    assert done.error.source is not None and done.error.span is not None
    assert done.error.source.slice(done.error.span) == "word('a')"
    assert talk(text, lambda request: "x" * 10, limits=Limits(string=10)).value == "x" * 10


# ------------------------------------------------------------------- threads


def test_threads_share_a_program() -> None:
    made = program(NEURAL + """
def twice(n: int) -> int:
    return num(n) + num(n)


def main(n: int) -> int:
    total = 0
    for i in range(n):
        total += twice(i)
    return total
""")
    results: list[Any] = []

    def run() -> None:
        execution = made.start({"n": 10})
        step = execution.advance()
        while not isinstance(step, Finished):
            execution.answer(step.args["x"])
            step = execution.advance()
        results.append(step.value)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [90] * 8
