"""Which calls the end of a run depended on.

The law: a call outside the slice has no say. With another answer there, and the same answers to the same questions
everywhere else, the run ends with the same value, or fails at the same place. The answers are a function of the site
and the arguments, so that questions which the run never asked have one too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang import Finished, FmpError, Limits, Request
from fmplang.errors import LimitError
from fmplang.frozen import replace
from fmplang.runtime.program import Program
from fmplang.runtime.slicing import Slice, slice_run
from fmplang.runtime.slicing.graph import Graph
from fmplang.runtime.slicing.library import SliceLibrary
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.runtime.values import OrderedSet
from tests.runtime.asking import answer, others, programs
from tests.runtime.generated import inputs as pure_inputs
from tests.runtime.generated import programs as pure_programs
from tests.runtime.talk import NEURAL, requests_of, shown, talk

# Room for programs that ask a lot, an early end for those that grow and grow, and no clock that could run out.
LIMITS = Limits(neural_calls=400, steps=20_000, items=2_000, own_seconds=300.0, memory=2**30)


def play(program: Program, answers: Callable[[Request], Any], limits: Limits = LIMITS, **inputs: Any) -> RunRecord:
    """A run with its calls, as a host would record it. The value of a run that failed is where it failed."""
    run = RunRecord("r", program.digest, "main", inputs=inputs)
    execution = program.start(inputs, limits)
    try:
        step = execution.advance()
        while not isinstance(step, Finished):
            for request in requests_of(step):
                value = answers(request)
                run.calls.append(CallRecord(
                    request.site.id, (0, 0), "", request.function.name, request.capability, request.order, "b", ("b",),
                    (1.0,), (1.0,), 0, value=value, args=dict(request.args), done=True))
                execution.answer(value, request)
            step = execution.advance()
        run.value = step.value
    except FmpError as error:
        run.error, run.value = error.code or "", error.span
    run.calls.sort(key=lambda call: call.order)
    return run


# --------------------------------------------------------------------- the law


def exchanged(program: Program, run: RunRecord, index: int, value: Any, salt: int) -> RunRecord:
    call = run.calls[index]
    return play(program, lambda request: value if request.order == call.order else answer(request, salt))


def outside_has_no_say(text: str, salt: int) -> tuple[int, int]:
    """How many calls the run has, and how many of them the slice leaves out."""
    program = fmplang.compile(text)
    run = play(program, lambda request: answer(request, salt))
    if run.error is not None and run.error.startswith("FMP6"):
        return 0, 0
    found = slice_run(program, run, LIMITS)
    outside = [index for index in range(len(run.calls)) if index not in found.calls]
    for index in outside:
        for value in others(run.calls[index].value):
            other = exchanged(program, run, index, value, salt)
            if other.error is None or not other.error.startswith("FMP6"):
                assert (other.error, other.value) == (run.error, run.value), (text, run.calls[index], value)
    assert found.data <= found.calls
    assert all(earlier < index for index, calls in enumerate(found.depends) for earlier in calls)
    return len(run.calls), len(outside)


@pytest.mark.nightly
@given(programs(), st.integers(0, 20))
def test_many_calls_outside_slices(text: str, salt: int) -> None:
    outside_has_no_say(text, salt)


@pytest.mark.fuzz
def test_a_call_outside_the_slice_has_no_say() -> None:
    """And there are such calls: a slice that holds every call would keep the law too."""
    made = left_out = 0

    @given(programs(), st.integers(0, 20))
    def collect(text: str, salt: int) -> None:
        nonlocal made, left_out
        calls, outside = outside_has_no_say(text, salt)
        made, left_out = made + calls, left_out + outside

    collect()
    assert made > 100
    assert left_out > made // 10


@pytest.mark.fuzz
@given(pure_programs(), pure_inputs)
def test_a_watched_run_is_the_run(text: str, given_inputs: dict[str, Any]) -> None:
    given_inputs["ks"] = OrderedSet(given_inputs["ks"])
    program = fmplang.compile(text)
    plain = talk(program, limits=LIMITS, **given_inputs)
    if isinstance(plain.error, LimitError):
        return
    graph = Graph()
    execution = program.watch(SliceLibrary, graph, given_inputs, LIMITS)
    try:
        step = execution.advance()
        assert isinstance(step, Finished)
        assert shown(step.value) == shown(plain.value)
    except FmpError as error:
        if not isinstance(error, LimitError):
            assert plain.error is not None
            assert (error.code, error.span) == (plain.error.code, plain.error.span)


# ----------------------------------------------------------- slices by hand


def by_number(request: Request) -> Any:
    """`ask` is true for even numbers, `num` adds ten."""
    x = request.args["x"]
    return x % 2 == 0 if request.function.name == "ask" else x + 10


def sliced(text: str, **inputs: Any) -> tuple[Slice, RunRecord]:
    program = fmplang.compile(NEURAL + text)
    run = play(program, by_number, **inputs)
    return slice_run(program, run), run


def numbers(run: RunRecord, calls: frozenset[int]) -> list[int]:
    """The calls, each by the number that it asked about."""
    return sorted(run.calls[index].args["x"] for index in calls)


CASES: dict[str, tuple[str, list[int], list[int]]] = {  # the program, what it depends on, and by data alone
    "an answer that nobody uses": ("""
def main() -> int:
    a = num(1)
    return num(2)
""", [2], [2]),
    "one that is overwritten": ("""
def main() -> int:
    a = num(1)
    a = num(2)
    return a
""", [2], [2]),
    "one that is only printed": ("""
def main() -> int:
    print(num(1))
    return num(2)
""", [2], [2]),
    "one that another branch would use": ("""
def main(u: bool = False) -> int:
    a = num(1)
    b = num(2)
    if u:
        return a
    return b
""", [2], [2]),
    "a loop that does nothing": ("""
def main() -> int:
    for i in range(num(1)):
        pass
    return num(2)
""", [2], [2]),
    "a loop that counts something else": ("""
def main() -> int:
    n = 0
    for i in range(3):
        if ask(i):
            n += 1
    return num(4)
""", [4], [4]),
    "an early return that was not taken": ("""
def main() -> int:
    a = num(2)
    if ask(1):
        return 3
    return 4
""", [1], []),
    "a branch that was not taken would have assigned": ("""
def main() -> int:
    a = 0
    b = 0
    if ask(1):
        a = 1
    if ask(3):
        b = 1
    return a
""", [1], []),
    "a test of one variable and an answer for another": ("""
def main() -> int:
    a = num(1)
    b = num(2)
    if ask(4):
        b = num(6)
    return b
""", [4, 6], [6]),
    "break": ("""
def main() -> int:
    best = 0
    for i in range(5):
        best = i
        if ask(i + 1):
            break
    a = num(8)
    return best
""", [1, 2], []),
    "continue": ("""
def main() -> int:
    n = 0
    m = 0
    for i in range(3):
        m += 1
        if ask(i):
            continue
        n += 1
    return m
""", [], []),
    "what stands behind continue": ("""
def main() -> int:
    n = 0
    for i in range(3):
        if ask(i):
            continue
        n += 1
    return n
""", [0, 1, 2], []),
    "return from a loop": ("""
def first(limit: int) -> int:
    for i in range(limit):
        if ask(i + 1):
            return i
    return -1

def main() -> int:
    a = first(num(5))
    return first(3)
""", [1, 2], []),
    "and stops": ("""
def main() -> bool:
    a = ask(8)
    return ask(1) and a
""", [1], [1]),
    "a change through an alias": ("""
def main() -> int:
    xs = [1]
    ys = xs
    ys.append(num(1))
    zs = [2]
    zs.append(num(3))
    return sum(xs)
""", [1], [1]),
    "a change through a list in a list": ("""
def main() -> int:
    xs = [1]
    rows = [xs, [2]]
    rows[0].append(num(1))
    rows[1].append(num(3))
    return sum(xs)
""", [1], [1]),
    "a change in a function": ("""
def put(xs: list[int], x: int) -> None:
    xs.append(x)

def main() -> int:
    xs = [1]
    zs = [1]
    put(xs, num(1))
    put(zs, num(3))
    return sum(xs)
""", [1], [1]),
    "a change that was skipped": ("""
def main() -> int:
    xs = [1]
    zs = [1]
    if ask(1):
        xs.append(2)
    if ask(3):
        zs.append(2)
    return len(xs)
""", [1], []),
    "which of two lists is changed": ("""
def main() -> int:
    xs = [1]
    ys = [2]
    zs = xs if ask(1) else ys
    zs.append(5)
    return len(xs)
""", [1], []),
    "which list came out of another": ("""
def main() -> int:
    xs = [1]
    ys = [2]
    rows = [xs, ys]
    rows[0] = xs if ask(1) else ys
    a, b = rows
    a.append(num(2))
    return len(xs)
""", [1], []),
    "lists made in a loop are no others": ("""
def main() -> int:
    xs = [1]
    rows = [[0]]
    for i in range(num(-8)):
        row = [i]
        row.append(num(i))
        rows.append(row)
    return sum(xs)
""", [], []),
    "a list that grows while it is walked through": ("""
def main() -> int:
    xs = [1]
    n = 0
    for x in xs:
        n += 1
        if ask(x):
            xs.append(2)
    return n
""", [1], []),
    "entries of a dict": ("""
def main() -> int:
    d = {0: 1}
    e = {0: 1}
    d[num(1)] = 2
    e[num(2)] = 3
    return len(d)
""", [1], [1]),
    "a list added to in place": ("""
def main() -> int:
    xs = [1]
    ys = xs
    xs += [num(1)]
    xs = [num(2)]
    return sum(ys)
""", [1], [1]),
    "a module's own list": ("""
XS = [1]

def main() -> int:
    XS.append(num(1))
    b = num(2)
    return len(XS)
""", [1], [1]),
    "an argument that is not used": ("""
def first(a: int, b: int) -> int:
    return a

def main() -> int:
    return first(num(1), num(2))
""", [1], [1]),
    "an argument that decides": ("""
def choose(a: int, b: int) -> int:
    if b > 100:
        return 0
    return a

def main() -> int:
    return choose(num(1), num(2))
""", [1, 2], [1]),
    "a tuple taken apart": ("""
def main() -> int:
    a, b = 3, num(1)
    b, c = num(2), b
    return a
""", [1], [1]),
    "a lambda reads what stands around it": ("""
def each(f: Callable[[int], int], xs: list[int]) -> int:
    n = 0
    for x in xs:
        n += f(x)
    return n

def main() -> int:
    a = num(1)
    b = num(2)
    return each(lambda x: x + a, [1, 2])
""", [1], [1]),
    "keys that sort": ("""
def main() -> int:
    xs = sorted([3, 1], key=lambda x: num(x))
    ys = sorted([5, 4], key=num)
    zs = [6, 7]
    zs.sort(key=num)
    return xs[0]
""", [1, 3, 6, 7], [1, 3]),
    "conditions of a comprehension": ("""
def main() -> int:
    xs = [num(x) for x in [1, 2] if ask(x)]
    ys = [num(x) for x in [3, 4] if ask(x)]
    return len(xs)
""", [1, 2, 2], [1, 2, 2]),
    "an assert that held": ("""
def main() -> int:
    a = num(1)
    assert ask(2)
    return 1
""", [2], []),
    "an index that might not have been there": ("""
def main() -> int:
    xs = [1, 2]
    a = xs[num(-9)]
    b = num(3)
    return 1
""", [-9], []),
    "the branch that was not taken might have failed": ("""
def main() -> int:
    xs = [1]
    if ask(1):
        a = xs[5]
    if ask(3):
        a = len(xs)
    return 1
""", [1], []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_slice(name: str) -> None:
    text, calls, data = CASES[name]
    found, run = sliced(text)
    assert run.error is None
    assert (numbers(run, found.calls), numbers(run, found.data)) == (calls, data)


def test_the_slice_of_an_assert_that_failed_is_that_of_its_test() -> None:
    found, run = sliced('''
def main() -> int:
    a = num(1)
    u = ask(3)
    if ask(2):
        b = num(a)
        assert u or a > 100, f"not so: {b}"
    return a
''')
    assert run.error == "FMP505"
    assert numbers(run, found.calls) == [1, 2, 3, 11]  # the message is of the same statement
    assert [sorted(found.depends[index]) for index in range(len(run.calls))] == [[], [], [], [0, 2]]


def test_the_slice_of_another_failure_is_that_of_its_statement() -> None:
    found, run = sliced("""
def main() -> int:
    a = num(1)
    b = num(2)
    xs = [1]
    return xs[b]
""")
    assert (run.error, numbers(run, found.calls)) == ("FMP501", [2])


def test_the_slice_of_a_run_whose_call_failed_ends_there() -> None:
    text = NEURAL + """
def main() -> int:
    a = num(1)
    b = num(2)
    if ask(b):
        return num(3)
    return a
"""
    program = fmplang.compile(text)
    run = play(program, by_number)
    run.calls[3].error, run.calls[3].value, run.error = "FMP701", None, "FMP701"
    found = slice_run(program, run)
    assert found.calls == {1, 2, 3}


def test_the_statements_of_a_slice() -> None:
    text = NEURAL + """
def main() -> int:
    a = num(1)
    b = num(2)
    if ask(4):
        b = b + 1
    print(a)
    return b
"""
    program = fmplang.compile(text)
    found = slice_run(program, play(program, by_number))
    (spans,) = found.statements.values()
    assert [text[start:end].split("\n")[0] for start, end in spans] == [
        "b = num(2)", "if ask(4):", "b = b + 1", "return b"]


def test_what_each_call_depends_on() -> None:
    found, run = sliced("""
def main() -> int:
    n = 0
    for x in [num(1), num(2)]:
        if ask(x):
            n += num(n)
    ys = [num(y) for y in [20, 21, 22] if ask(y)]
    return num(30) if ask(n) and ask(40) else 0
""")
    asked = [(call.function, call.args["x"]) for call in run.calls]
    depends = {asked[index]: {asked[other] for other in calls} for index, calls in enumerate(found.depends)}
    assert depends["num", 1] == depends["num", 2] == set()
    assert depends["ask", 20] == depends["ask", 21] == depends["ask", 22] == set()
    assert depends["num", 20] == {("ask", 20)}
    assert depends["num", 22] == {("ask", 22)}
    assert ("ask", 12) in depends["num", 0]
    assert {("ask", 12), ("num", 0), ("ask", 11)} <= depends["ask", 10]
    assert depends["ask", 40] == {*depends["ask", 10], ("ask", 10)}
    assert depends["num", 30] == {*depends["ask", 40], ("ask", 40)}


def test_answers_are_taken_by_their_order_in_groups_too() -> None:
    text = NEURAL + """
def main() -> list[int]:
    return [num(x) for x in [3, 1, 2]]
"""
    for groups in (True, False):
        program = fmplang.compile(text)
        if not groups:
            program = Program(replace(program.typed, groups=frozenset()))
        run = play(program, by_number)
        found = slice_run(program, run)
        assert found.calls == {0, 1, 2}
        assert found.depends == (frozenset(),) * 3


# ------------------------------------------------------------------- records, costs


def test_the_record_of_another_run_is_refused() -> None:
    program = fmplang.compile(NEURAL + "def main() -> int:\n    return num(1)\n")
    other = fmplang.compile(NEURAL + "def main() -> bool:\n    return ask(1)\n")
    run = play(program, by_number)
    with pytest.raises(FmpError, match="no record of a run of the program") as caught:
        slice_run(other, run)
    assert caught.value.code == "FMP815"
    run.error = "FMP501"
    with pytest.raises(FmpError, match="its replay does not") as caught:
        slice_run(program, run)
    assert caught.value.code == "FMP815"


LOOP = NEURAL + """
def main(n: int) -> int:
    total = 0
    xs = [0]
    for i in range(n):
        if num(i) > 30:
            total += i
        for j in range(4):
            xs.append(i * j)
            total += len(xs)
    return total
"""


def test_the_replay_obeys_limits() -> None:
    program = fmplang.compile(LOOP)
    run = play(program, by_number, n=20)
    with pytest.raises(LimitError):
        slice_run(program, run, Limits(steps=100))
    with pytest.raises(LimitError):
        slice_run(program, run, Limits(memory=100_000))


def test_the_graph_grows_as_the_run_does() -> None:
    program = fmplang.compile(LOOP)
    sizes = []
    for n in (20, 40, 80):
        graph = Graph()
        execution = program.watch(SliceLibrary, graph, {"n": n}, LIMITS)
        step = execution.advance()
        while not isinstance(step, Finished):
            execution.answer(by_number(*requests_of(step)))
            step = execution.advance()
        sizes.append(graph.count)
    assert sizes[2] - sizes[1] < 2.1 * (sizes[1] - sizes[0])
    assert sizes[0] < 20 * 4 * 20
