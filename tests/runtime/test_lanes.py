"""Groups: the same result, the same error and the same questions as one by one, in fewer rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang import Limits, Request
from fmplang.errors import BackendError, LimitError, RunError
from tests.runtime.talk import NEURAL, Talk, talk


def by_arguments(request: Request) -> Any:
    """An answer that depends on the question alone."""
    x = request.args.get("x", 0)
    return {"ask": x % 3 != 1, "num": (x * 7 + 3) % 11, "word": f"w{request.args}"}[request.function.name]


def both(text: str, answers: Callable[[Request], Any] = by_arguments, **inputs: Any) -> tuple[Talk, Talk]:
    text = NEURAL + text
    limits = Limits(neural_calls=10_000)
    return (talk(text, answers, limits=limits, **inputs), talk(text, answers, limits=limits, groups=False, **inputs))


def outcome(done: Talk) -> Any:
    return done.value if done.error is None else (done.error.code, done.error.message, done.error.span)


def agree(text: str, answers: Callable[[Request], Any] = by_arguments, **inputs: Any) -> tuple[Talk, Talk]:
    """Runs both ways; gives the grouped run and the sequential one."""
    grouped, sequential = both(text, answers, **inputs)
    assert outcome(grouped) == outcome(sequential)
    assert all(len(step) == 1 for step in sequential.rounds)
    if grouped.error is None:
        assert grouped.sequence == sequential.sequence
        assert grouped.execution.meter.steps == sequential.execution.meter.steps
    else:  # lanes behind the one that failed may have asked already
        asked = [repr(question) for question in grouped.sequence]
        assert all(repr(question) in asked for question in sequential.sequence)
    orders = [request.order for request in sequential.asked]
    assert orders == sorted(orders)
    assert len({request.order for request in grouped.asked}) == len(grouped.asked)
    return grouped, sequential


HELPERS = """
def chain(n: int) -> int:
    first = num(n)
    if ask(first):
        return num(first + 1)
    return first


def count(n: int) -> int:
    found = 0
    for i in range(n % 4):
        if ask(i + n):
            found += 1
    return found


"""

PROGRAMS = {
    "list": ("[num(i) for i in range(n)]", 1),
    "filter in the clause": ("[num(i) for i in range(n) if ask(i)]", 2),
    "pure filter": ("[num(i) for i in range(n) if i % 2]", 1),
    "pure element": ("[i for i in range(n) if ask(i)]", 1),
    "set": ("sorted({num(i) for i in range(n)})", 1),
    "dict": ("{num(i): [num(i + 1)] for i in range(n)}", 2),
    "two clauses": ("[num(i * j) for i in range(n) for j in range(i)]", 1),
    "clause that asks": ("[i + j for i in range(n) for j in range(num(i) % 3)]", 1),
    "clause that asks, and element": ("[num(j) for i in range(n) for j in range(num(i) % 3)]", 2),
    "nested": ("[[num(i + j) for j in range(i)] for i in range(n)]", 1),
    "functions": ("[chain(i) for i in range(n)]", None),
    "loops inside": ("[count(i) for i in range(n)]", None),
    "and": ("[i for i in range(n) if ask(i) and ask(i + 1)]", 2),
    "sorted": ("sorted(range(n), key=num)", 1),
    "sorted by lambda": ("sorted(range(n), key=lambda i: (num(i) % 3, -num(i + 1)))", 2),
    "min": ("min(range(n + 1), key=lambda i: num(i))", 1),
    "max": ("max([4, 2, 9], key=num)", 1),
    "map": ("list(map(num, range(n)))", 1),
    "map of two": ("list(map(lambda i, j: num(i) - num(j), range(n), range(3)))", 2),
    "filter": ("list(filter(ask, range(n)))", 1),
    "any over a list": ("any([ask(i) for i in range(n)])", 1),
    "sum over a list": ("sum([num(i) for i in range(n)])", 1),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_forms(name: str) -> None:
    expression, rounds = PROGRAMS[name]
    text = f"{HELPERS}def main(n: int) -> str:\n    return str({expression})\n"
    for n in (0, 1, 5):
        grouped, sequential = agree(text, n=n)
    assert len(grouped.rounds) < len(sequential.rounds)
    if rounds is not None:
        assert len(grouped.rounds) == rounds


LAZY = {
    "any": "any(ask(i) for i in range(n))",
    "all": "all(ask(i) for i in range(n))",
    "next": "next((i for i in range(n) if ask(i)), -1)",
    "in": "4 in (num(i) for i in range(n))",
    "not in": "4 not in (num(i) for i in range(n))",
    "any over map": "any(map(ask, range(n)))",
    "next of filter": "next(filter(ask, range(n)), None)",
    "chain of or": "ask(0) or ask(1) or ask(2)",
    "chain of and": "ask(0) and ask(1) and ask(2)",
    "chain of comparisons": "num(1) < num(2) < num(3) < num(4)",
    "condition": "num(1) if ask(1) else num(2)",
    "any in two clauses": "any(ask(i + j) for i in range(n) for j in range(i))",
}


@pytest.mark.parametrize("name", LAZY)
def test_lazy_forms_ask_no_more_than_python_would(name: str) -> None:
    text = f"def main(n: int) -> str:\n    return str({LAZY[name]})\n"
    asked: list[Any] = []

    def python(function: str) -> Callable[[int], Any]:
        def answer(x: int) -> Any:
            asked.append((function, x))
            return x % 3 != 1 if function == "ask" else (x * 7 + 3) % 11

        return answer

    for n in (0, 1, 6):
        asked.clear()
        expected = str(eval(LAZY[name], {"ask": python("ask"), "num": python("num"), "n": n}))
        done = talk(NEURAL + text, by_arguments, n=n)
        assert done.value == expected
        assert [(r.function.name, r.args["x"]) for r in done.asked] == asked
        assert all(len(step) == 1 for step in done.rounds)


LOOPS = {
    "over a generator": """
    for x in (num(i) for i in range(n)):
        out.append(x)
        if x > 5:
            break
""",
    "over enumerate": """
    for i, x in enumerate(num(j) for j in range(n)):
        out.append(i * x)
        if i:
            break
""",
    "over map": """
    for x in map(num, range(n)):
        out.append(num(x))
""",
    "over a list": """
    for x in [num(i) for i in range(n)]:
        if ask(x):
            continue
        out.append(x)
""",
    "store at an asked index": """
    for i in range(n):
        out.append(0)
        out[num(i) % (i + 1)] += num(i + 1)
""",
    "early return": """
    for i in range(n):
        if num(i) == 2:
            return [i]
""",
    "unpack": """
    for i in range(n):
        a, b = num(i), num(i + 1)
        out += [a, b]
""",
    "assert": """
    for i in range(n):
        assert ask(i), f'no {num(i)}'
        out.append(i)
""",
    "mixed order": """
    out.append(num(1))
    y = out.pop() + num(n) * len(out)
    out += [y, len(out) + num(y)]
""",
    "else": """
    for i in range(n):
        if ask(i):
            out.append(num(i))
        elif ask(i + 1) and i:
            out.append(-1)
        else:
            out += [num(i + 2)] * 2
""",
}


@pytest.mark.parametrize("name", LOOPS)
def test_statements_ask_in_pythons_order(name: str) -> None:
    body = f"    out: list[int] = []\n{LOOPS[name]}    return out\n"
    asked: list[Any] = []

    def python(function: str) -> Callable[[int], Any]:
        def answer(x: int) -> Any:
            asked.append((function, x))
            return x % 3 != 1 if function == "ask" else (x * 7 + 3) % 11

        return answer

    for n in (0, 1, 4):
        scope: dict[str, Any] = {"ask": python("ask"), "num": python("num")}
        asked.clear()
        exec(f"def main(n):\n{body}", scope)  # the oracle
        done = talk(f"{NEURAL}def main(n: int) -> list[int]:\n{body}", by_arguments, groups=False, n=n)
        try:
            expected = scope["main"](n)
        except AssertionError as error:
            assert done.error is not None and done.error.message == str(error)
        else:
            assert done.error is None and done.value == expected
        assert [(r.function.name, r.args["x"]) for r in done.asked] == asked


# --------------------------------------------------------------------- errors


@pytest.mark.parametrize("expression", [
    "[num(i) // (i - 3) for i in range(n)]",
    "[num(i) // (i - 3) + num(i + 1) for i in range(n)]",
    "[10 // (num(i) - 2) + num(9) // (num(i) - 3) for i in range(n)]",
    "[[num(j) // (i - 2) for j in range(3)] for i in range(n)]",
    "sorted(range(n), key=lambda i: 1 // (i - 4) + num(i))",
    "[chain(i) // (chain(i) - 10) for i in range(n)]",
])
def test_the_error_is_the_one_that_comes_first(expression: str) -> None:
    text = f"{HELPERS}def main(n: int) -> str:\n    return str({expression})\n"
    grouped, _ = agree(text, n=6)
    assert isinstance(grouped.error, RunError) and grouped.error.kind == "ZeroDivisionError"


def test_a_failed_answer_is_an_error_of_its_lane() -> None:
    text = "def main(n: int) -> list[int]:\n    return [num(i) + num(i + 100) for i in range(n)]\n"

    def answers(request: Request) -> Any:
        x = request.args["x"]
        return BackendError(f"no answer to {x}") if x in (3, 101) else x

    grouped, sequential = both(text, answers, n=5)
    assert grouped.error is not None and grouped.error.message == "no answer to 101"  # lane 1, though later
    assert sequential.error is not None and sequential.error.message == "no answer to 101"
    # Lane 3 failed in the first round: nothing behind it went on.
    assert [r.args["x"] for r in grouped.rounds[1]] == [100, 101, 102]


def test_lanes_behind_a_failure_ask_no_more() -> None:
    text = "def main(n: int) -> list[int]:\n    return [num(i) // (2 - i) + num(i + 100) for i in range(n)]\n"
    grouped, _ = both(text, n=6)
    assert isinstance(grouped.error, RunError)
    assert [[r.args["x"] for r in step] for step in grouped.rounds] == [[0, 1, 2, 3, 4, 5], [100, 101]]


def test_a_limit_ends_the_run_before_a_group_is_paid_for() -> None:
    text = NEURAL + "def main(n: int) -> list[int]:\n    return [num(i) for i in range(n)]\n"
    assert len(talk(text, lambda r: 1, limits=Limits(neural_calls=5), n=5).value) == 5
    done = talk(text, lambda r: 1, limits=Limits(neural_calls=5), n=6)
    assert isinstance(done.error, LimitError) and done.error.code == "FMP612" and done.rounds == []


# ------------------------------------------------------------- function values

HIGHER = HELPERS + """
def apply(f: Callable[[int], int], x: int) -> int:
    return f(x) + f(x + 1)


def each(f: Callable[[int], int], xs: list[int]) -> list[int]:
    return [f(x) for x in xs]


def ordered(xs: list[int], f: Callable[[int], int]) -> list[int]:
    return sorted(xs, key=f)


"""


@pytest.mark.parametrize(("expression", "rounds"), [
    ("apply(num, n)", 2), ("apply(lambda x: num(x), n)", 2), ("apply(chain, n)", None),
    ("apply(lambda x: x + 1, n)", 0),
    ("each(num, [1, 2, 3])", 1), ("each(lambda x: num(x) + num(n), [1, 2, 3])", 2), ("each(lambda x: x, [1])", 0),
    ("ordered([1, 2, 3, 4], num)", 1), ("ordered([1, 2, 3], lambda x: -x)", 0), ("ordered([1, 2, 3], chain)", None),
    ("[each(lambda x: num(x + y), [1, 2]) for y in range(2)]", 1),
    ("[apply(lambda x: num(x) + y, y) for y in range(3)]", 2),
    ("max([1, 2, 3], key=lambda v: apply(num, v))", 2), ("sorted([3, 1, 2], key=chain)", None),
    ("[apply(lambda a: apply(lambda b: num(a + b), a), y) for y in range(2)]", 4),
])
def test_function_values(expression: str, rounds: int | None) -> None:
    """A lambda that asks may be inside several lanes at once: each has its own variables."""
    text = f"{HIGHER}def main(n: int) -> str:\n    return str({expression})\n"
    grouped, _ = agree(text, n=4)
    assert grouped.error is None and (rounds is None or len(grouped.rounds) == rounds)
    scope: dict[str, Any] = {"Callable": Callable, "ask": lambda x: x % 3 != 1, "num": lambda x: (x * 7 + 3) % 11}
    exec(text, scope)  # the oracle
    assert grouped.value == scope["main"](4)


def test_printing_is_a_function_like_any_other() -> None:
    done = talk("def main() -> list[None]:\n    return list(map(print, [1, 2]))\n")
    assert done.value == [None, None] and done.execution.notes == ["1", "2"]


# ------------------------------------------------------------------ generated


class Draw:
    """Draws expressions over `n` and the variables of comprehensions around them."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.fresh = 0

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def new(self) -> str:
        self.fresh += 1
        return f"x{self.fresh}"

    def number(self, names: list[str], depth: int) -> str:
        if depth <= 0:
            return self.pick(*names, "1", "2", "7")
        a, b, name = self.number(names, depth - 1), self.number(names, depth - 1), self.new()
        some = self.pick("num", "num", "chain", "count", "+", "//", "if", "sum", "max", "len", "next", "max of")
        if some in ("num", "chain", "count"):
            return f"{some}({a})"
        if some in ("+", "//"):
            return f"({a} {some} {b})"
        if some == "if":
            return f"({a} if {self.truth(names, depth - 1)} else {b})"
        if some == "max":
            return f"max([{a}, {b}], key=lambda {name}: {self.number([*names, name], depth - 1)})"
        if some == "max of":
            key = self.number([*names, name], depth - 1)
            return f"max({self.lazy(names, depth - 1)}, key=lambda {name}: {key}, default={b})"
        if some == "next":
            return f"next({self.generator(names, depth - 1)}, {b})"
        if some == "sum":
            return f"sum({self.lazy(names, depth - 1)})"
        return f"len({self.sequence(names, depth - 1)})"

    def truth(self, names: list[str], depth: int) -> str:
        a, b, name = self.number(names, depth), self.number(names, depth), self.new()
        return self.pick(
            f"ask({a})", f"{a} < {b}", f"(ask({a}) or ask({b}))", f"not ask({b})", f"{a} <= num({b}) < num({a})",
            f"any(ask({name}) for {name} in {self.sequence(names, depth - 1)})",
            f"{a} in {self.lazy(names, depth - 1)}",
        )

    def sequence(self, names: list[str], depth: int) -> str:
        """A list."""
        if depth <= 0:
            return f"list(range({self.pick(*names, '3')} % 4))"
        name = self.new()
        inner, kind = [*names, name], self.pick("comprehension", "comprehension", "sorted", "list", "pairs")
        if kind == "sorted":
            return f"sorted({self.lazy(names, depth - 1)}, key=lambda {name}: {self.number(inner, depth - 1)})"
        if kind == "list":
            return f"list({self.lazy(names, depth - 1)})"
        if kind == "pairs":
            other = self.new()
            over = self.pick(f"enumerate({self.lazy(names, depth - 1)})",
                             f"zip({self.lazy(names, depth - 1)}, {self.lazy(names, depth - 1)})")
            return f"[{self.number([*inner, other], 1)} for {name}, {other} in {over}]"
        return f"[{self.elements(names, name, depth)}]"

    def elements(self, names: list[str], name: str, depth: int) -> str:
        inner = [*names, name]
        clause = f"for {name} in {self.lazy(names, depth - 1)}"
        if self.draw(st.booleans()):
            clause += f" if {self.truth(inner, depth - 1)}"
        if self.draw(st.integers(0, 3)) == 0:
            other = self.new()
            clause += f" for {other} in {self.lazy(inner, depth - 2)}"
            inner.append(other)
        return f"{self.number(inner, depth)} {clause}"

    def generator(self, names: list[str], depth: int) -> str:
        return f"({self.elements(names, self.new(), depth)})"

    def lazy(self, names: list[str], depth: int) -> str:
        """A list, a generator, `map` or `filter`."""
        if depth <= 0:
            return self.sequence(names, depth)
        name = self.new()
        kind = self.pick("list", "generator", "map", "filter")
        if kind == "generator":
            return self.generator(names, depth - 1)
        if kind == "map":
            function = self.pick("num", "chain", f"lambda {name}: {self.number([*names, name], depth - 1)}")
            return f"map({function}, {self.lazy(names, depth - 1)})"
        if kind == "filter":
            return f"filter({self.pick('ask', f'lambda {name}: ask({name} + 1)')}, {self.lazy(names, depth - 1)})"
        return self.sequence(names, depth)


@st.composite
def asking(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    return Draw(draw).sequence(["n"], 2)


def agree_with_python(expression: str, n: int) -> None:
    """Grouped and one by one: the value, or the kind of error, and the order of CPython."""
    asked: list[tuple[str, int]] = []

    def python(function: str) -> Callable[[int], Any]:
        def answer(x: int) -> Any:
            asked.append((function, x))
            return x % 3 != 1 if function == "ask" else (x * 7 + 3) % 11

        return answer

    grouped, _ = agree(f"{HELPERS}def main(n: int) -> list[int]:\n    return {expression}\n", n=n)
    scope: dict[str, Any] = {"ask": python("ask"), "num": python("num"), "n": n}
    exec(HELPERS, scope)  # the oracle
    try:
        expected = eval(expression, scope)
    except Exception as error:
        assert isinstance(grouped.error, RunError) and grouped.error.kind == type(error).__name__
    else:
        assert grouped.error is None and grouped.value == expected
        in_order = sorted(grouped.asked, key=lambda request: request.order)
        assert [(request.function.name, request.args["x"]) for request in in_order] == asked


@pytest.mark.fuzz
@given(asking(), st.integers(0, 4))
def test_generated(expression: str, n: int) -> None:
    agree_with_python(expression, n)


@pytest.mark.nightly
@given(asking(), st.integers(0, 7))
def test_many(expression: str, n: int) -> None:
    agree_with_python(expression, n)
