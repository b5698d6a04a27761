"""Every limit of a run, at its edge and one past it, and attempts to get round it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from fmplang import Limits
from fmplang.errors import LimitError
from fmplang.limits import INTERVAL, Meter
from tests.runtime.talk import NEURAL, Talk, program, talk


def stopped(done: Talk) -> tuple[str, str, str]:
    """Code, limit and the text at the place of the error."""
    error = done.error
    assert isinstance(error, LimitError), done.error or done.value
    assert error.source is not None and error.span is not None and error.hint
    return error.code, error.limit, error.source.slice(error.span)


# ---------------------------------------------------------------------- steps

COUNT = """
def main(n: int) -> int:
    total = 0
    for i in range(n):
        total += 1
    return total
"""


@pytest.mark.parametrize("n", [0, 1, 100, INTERVAL, 10_000])
def test_steps_at_the_edge(n: int) -> None:
    used = talk(COUNT, n=n).execution.meter.steps
    assert talk(COUNT, limits=Limits(steps=used), n=n).value == n
    code, limit, _ = stopped(talk(COUNT, limits=Limits(steps=used - 1), n=n))
    assert (code, limit) == ("FMP604", "steps")


def test_steps_grow_with_the_work() -> None:
    few, many = (talk(COUNT, n=n).execution.meter.steps for n in (10, 20))
    assert (many - few) % 10 == 0 and many - few == 20  # a turn and its statement


@pytest.mark.parametrize("body", [
    "return sum(x for x in range(n))",
    "return len([x for x in range(n) if x < 0])",
    "return len({x: 1 for x in range(n) if x < 0})",
    "return sum(map(lambda x: 1, range(n)))",
    "return int(any(x < 0 for x in range(n)))",
    "return max(range(n), key=lambda x: -x)",
    "return sum(range(n))",
    "return len([1 for x in range(n) for y in range(n) if x < 0])",
    "return int(-1 in range(n)) + len([0 for i in range(n) if i < 0])",
    "return next((x for x in range(n) if x < 0), 0)",
    "return next(filter(None, map(lambda x: 0, range(n))), 0)",
    "return len([x for i in range(n) for x in filter(None, [0] * 1000)])",
])
def test_every_way_to_walk_far_is_stopped(body: str) -> None:
    done = talk(f"def main(n: int) -> int:\n    {body}\n", n=10**9)
    code, _, _ = stopped(done)
    assert code in ("FMP604", "FMP610")


def test_comparing_long_texts_costs_by_their_length() -> None:
    def steps(length: int) -> int:
        text = "def main(a: str, b: str) -> list[bool]:\n    return [a == b, a < b, a in [b, b]]\n"
        return talk(text, a="x" * length, b="x" * length).execution.meter.steps

    assert steps(10) < steps(10_000) < steps(1_000_000)


def test_a_large_expression_costs_more_than_a_small_one() -> None:
    def steps(terms: int) -> int:
        return talk(f"def main(n: int) -> int:\n    return {' + '.join(['n'] * terms)}\n", n=1).execution.meter.steps

    assert steps(2) < steps(100) < steps(1000)


def test_a_float_in_a_huge_range_is_found_without_walking() -> None:
    text = "def main(x: float) -> bool:\n    return x in range(1000000000000)\n"
    assert talk(text, x=5.0).value is True
    assert talk(text, x=5.5).value is False
    assert talk(text, x=float("nan")).value is False


# ----------------------------------------------------------------- call depth


def nested_calls(depth: int) -> str:
    """`main` and so many functions below it."""
    functions = [f"def f{i}(n: int) -> int:\n    return f{i + 1}(n) + 1\n" for i in range(depth)]
    return "\n".join([f"def f{depth}(n: int) -> int:\n    return n\n", *functions,
                      "def main(n: int) -> int:\n    return f0(n)\n"])


def test_call_depth_at_the_edge() -> None:
    text = nested_calls(3)  # main, f0, f1, f2, f3
    assert talk(text, limits=Limits(call_depth=5), n=1).value == 4
    assert stopped(talk(text, limits=Limits(call_depth=4), n=1)) == ("FMP605", "call_depth", "f3(n)")


def test_depth_counts_neural_functions_and_function_values() -> None:
    text = NEURAL + """
def inner(n: int) -> int:
    return num(n)


def outer(n: int) -> int:
    return inner(n) + sum(map(plain, [n]))


def plain(n: int) -> int:
    return n


def main(n: int) -> int:
    return outer(n)
"""
    assert talk(text, lambda r: 1, limits=Limits(call_depth=3), n=1).value == 2
    assert stopped(talk(text, lambda r: 1, limits=Limits(call_depth=2), n=1))[:2] == ("FMP605", "call_depth")


def deep_expression(inner: str, levels: int) -> str:
    for _ in range(levels // 2):
        inner = f"abs(0 + ({inner}))"
    return inner


@pytest.mark.parametrize("asks", [False, True])
def test_the_deepest_program_fits_python(asks: bool) -> None:
    """64 calls of functions with expressions as deep as the parser takes, from a host that is itself deep."""
    functions = []
    for i in range(63):
        inner = f"f{i + 1}(x)" if i < 62 else ("num(x)" if asks else "x")
        functions.append(f"def f{i}(x: int) -> int:\n    return {deep_expression(inner, 30)}\n")
    text = NEURAL + "\n".join(functions) + "\ndef main(x: int) -> int:\n    return f0(x)\n"
    made = program(text)
    before = sys.getrecursionlimit()

    def descend(levels: int) -> Any:
        return descend(levels - 1) if levels else talk(made, lambda request: -5, x=-3)

    try:
        done = descend(before - 150 if before <= 1_000 else 800)
        assert done.error is None, done.error
        assert done.value == (5 if asks else 3)
    finally:
        sys.setrecursionlimit(before)


# --------------------------------------------------------------------- memory


def test_memory_at_the_edge() -> None:
    text = "def main(n: int) -> int:\n    xs = [0] * n\n    return len(xs)\n"
    used = talk(text, n=1000).execution.meter.bytes
    assert used >= 8000
    assert talk(text, limits=Limits(memory=used), n=1000).value == 1000
    assert stopped(talk(text, limits=Limits(memory=used - 1), n=1000)) == ("FMP608", "memory", "[0] * n")


@pytest.mark.parametrize("body", [
    "xs = ['x' * 1000 for i in range(n)]",
    "s = ''\n    for i in range(n):\n        s += 'x' * 1000",
    "xs: list[int] = []\n    for i in range(n):\n        xs = xs + [i]",
    "d = {i: [i] * 100 for i in range(n)}",
    "t = [(i, [i, i, i]) for i in range(n)]",
    "xs = [list(range(1000)) for i in range(n)]",
    "xs = [str(i) * 1000 for i in range(n)]",
    "xs = [[j for j in range(1000)] for i in range(n)]",
    "xs = ['x' * 2000][0]\n    ys = [xs[i:] for i in range(n)]",
    "xs = [list('abc' * 300) for i in range(n)]",
    "xs = [f'{i:1000}' for i in range(n)]",
    "xs = [{j for j in range(10)} for i in range(n)]",
    "xs = [sorted(range(1000)) for i in range(n)]",
])
def test_every_way_to_hold_much_is_charged(body: str) -> None:
    done = talk(f"def main(n: int) -> int:\n    {body}\n    return n\n", limits=Limits(memory=200_000), n=3_000)
    assert stopped(done)[0] == "FMP608"


# -------------------------------------------------------------------- strings


@pytest.mark.parametrize("expression", [
    "s * 4", "4 * s", "s + s + s + s", "''.join([s, s, s, s])", "f'{s}{s}{s}{s}'", "s.replace('a', 'aaaa')",
    "s.center(40)", "f'{s:40}'", "s.zfill(40)", "'{:40}'.format(s)", "'{0}{0}{0}{0}'.format(s)", "(s * 4).upper()",
    "s.ljust(40)", "(s + s + s + s)[::-1]", "str(['a' * 36])", "f'{s:>{len(s) * 4}}'", "'a'.join(['a' * 13] * 3)[:40]",
])
def test_strings_at_the_edge(expression: str) -> None:
    text = f"def main(s: str) -> int:\n    return len({expression})\n"
    assert talk(text, limits=Limits(string=41), s="a" * 10).value in (40, 41)
    assert stopped(talk(text, limits=Limits(string=39), s="a" * 10))[:2] == ("FMP609", "string")


@pytest.mark.parametrize("expression", [
    "'x' * 10 ** 12", "f'{n:10000000000}'", "f'{n:{10 ** 12}}'", "'x'.ljust(10 ** 12)", "'{:99999999999}'.format(n)",
    "'x'.replace('', 'y' * 1000000).replace('', 'z' * 1000000)", "'%'.join(['y' * 1000] * 90000)",
    "str([['x' * 100000] * 1000] * 1000)", "f'{n:.1000000000f}'",
])
def test_string_bombs(expression: str) -> None:
    done = talk(f"def main(n: int) -> int:\n    return len({expression})\n", n=1)
    assert stopped(done)[0] in ("FMP609", "FMP608")


# ---------------------------------------------------------------------- items


@pytest.mark.parametrize("expression", [
    "[0] * 10", "[0, 0, 0, 0, 0] + [0, 0, 0, 0, 0]", "[i for i in range(10)]", "{i for i in range(10)}",
    "{i: 0 for i in range(10)}", "list(range(10))", "sorted(range(10))", "tuple(range(10))",
    "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", "'0 1 2 3 4 5 6 7 8 9'.split()", "list('0123456789')", "set(range(10))",
    "[i for i in range(5) for j in range(2)]", "(0, 0, 0, 0, 0) * 2", "list(zip(range(10), range(10)))",
    "{1, 2, 3, 4, 5} | {6, 7, 8, 9, 10}", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][::-1]", "list(map(abs, range(10)))",
    "dict(zip(range(10), range(10)))", "[[i] for i in range(10)]",
])
def test_items_at_the_edge(expression: str) -> None:
    text = f"def main() -> int:\n    return len({expression})\n"
    assert talk(text, limits=Limits(items=10)).value == 10
    assert stopped(talk(text, limits=Limits(items=9)))[:2] == ("FMP610", "items")


@pytest.mark.parametrize("change", [
    "xs.append(1)", "xs.insert(0, 1)", "xs += [1]", "xs.extend([1])", "xs = xs + [1]", "d[i] = 1", "s.add(i)",
    "d.update({i: 1})", "d.setdefault(i, 1)", "s |= {i}", "d |= {i: 1}", "s.update([i])", "xs += xs[:1] or [1]",
])
def test_growing_one_by_one(change: str) -> None:
    text = f"""
def main(n: int) -> int:
    xs: list[int] = []
    d: dict[int, int] = {{}}
    s: set[int] = set()
    for i in range(n):
        {change}
    return len(xs) + len(d) + len(s)
"""
    assert talk(text, limits=Limits(items=7), n=7).value == 7
    assert stopped(talk(text, limits=Limits(items=7), n=8))[0] == "FMP610"


def test_a_list_that_grows_under_its_loop() -> None:
    done = talk("def main(xs: list[int]) -> int:\n    for x in xs:\n        xs.append(x)\n    return 0\n", xs=[1])
    assert stopped(done)[0] == "FMP610"


# ------------------------------------------------------------------- integers


@pytest.mark.parametrize("expression", [
    "2 ** n", "(2 ** (n - 1)) * 2", "2 ** (n - 1) + 2 ** (n - 1)", "-(2 ** (n - 1)) - 2 ** (n - 1)",
    "sum([2 ** (n - 1)] * 2)", "int('1' + '0' * n, 2)",
])
def test_integers_at_the_edge(expression: str) -> None:
    text = f"def main(n: int) -> float:\n    return {expression}\n"
    assert abs(talk(text, limits=Limits(integer_bits=100), n=99).value) == 2**99  # has 100 bits
    assert stopped(talk(text, limits=Limits(integer_bits=100), n=100))[:2] == ("FMP611", "integer_bits")


@pytest.mark.parametrize("expression", [
    "9 ** 9 ** 9", "10 ** 10 ** 10", "(n + 2) ** (10 ** 18)", "int('9' * 4000) * 1" , "int('f' * 1000000, 16)",
    "round(1e308) * round(1e308)", "int(1e308)",
])
def test_integer_bombs(expression: str) -> None:
    assert stopped(talk(f"def main(n: int) -> float:\n    return {expression}\n", n=1))[0] == "FMP611"


def test_an_integer_that_grows_in_a_loop() -> None:
    for change in ("x = x * x", "x *= x", "x += x", "x = x ** 2", "x = x - -x"):
        text = f"def main(n: int) -> int:\n    x = 3\n    for i in range(n):\n        {change}\n    return x\n"
        assert stopped(talk(text, n=10_000))[0] == "FMP611"


def test_small_integers_are_never_refused() -> None:
    assert talk("def main(n: int) -> int:\n    return n * n\n", limits=Limits(integer_bits=1), n=1000).value == 10**6


def test_powers_of_one_and_zero_are_no_bombs() -> None:
    text = "def main(n: int) -> list[float]:\n    return [1 ** n, (-1) ** n, 0 ** n, (-1) ** (n + 1)]\n"
    assert talk(text, n=10**30).value == [1, 1, 0, -1]


# --------------------------------------------------------------- neural calls


def test_neural_calls_at_the_edge() -> None:
    text = NEURAL + "def main(n: int) -> int:\n    t = 0\n    for i in range(n):\n        t += num(i)\n    return t\n"
    done = talk(text, lambda r: 1, limits=Limits(neural_calls=5), n=5)
    assert done.value == 5 and done.execution.meter.calls == 5
    done = talk(text, lambda r: 1, limits=Limits(neural_calls=5), n=6)
    assert stopped(done) == ("FMP612", "neural_calls", "num(i)") and len(done.asked) == 5


# --------------------------------------------------------------------- clocks


class Clock:
    """Stands in for time.monotonic; moves only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("fmplang.limits.monotonic", made)
    return made


ASKING = NEURAL + "def main(n: int) -> int:\n    return num(n) + num(n)\n"


def test_waiting_for_answers_is_not_own_time(clock: Clock) -> None:
    def answers(request: Any) -> int:
        clock.now += 10
        return 1

    assert talk(ASKING, answers, limits=Limits(own_seconds=0.001, seconds=20.0), n=1).value == 2
    done = talk(ASKING, answers, limits=Limits(own_seconds=0.001, seconds=19.9), n=1)
    assert isinstance(done.error, LimitError) and done.error.code == "FMP607" and len(done.asked) == 2


def test_own_time_is_looked_at_between_steps(clock: Clock) -> None:
    meter = Meter(Limits(own_seconds=5, seconds=300))
    meter.resume()
    clock.now += 5
    meter.look()
    clock.now += 0.5
    meter.work(INTERVAL - meter.steps)  # the fuel just suffices: nobody looks
    with pytest.raises(LimitError) as caught:
        meter.work(1)
    assert caught.value.code == "FMP606"


def test_pauses_are_not_own_time(clock: Clock) -> None:
    meter = Meter(Limits(own_seconds=1, seconds=300))
    for _ in range(10):
        meter.resume()
        clock.now += 0.1
        meter.pause()
        clock.now += 20
    assert meter.own_seconds == pytest.approx(1.0)
    with pytest.raises(LimitError) as caught:
        meter.resume()
        clock.now += 0.5
        meter.look()
    assert caught.value.code == "FMP606"


def test_steps_do_not_depend_on_time(clock: Clock) -> None:
    before = talk(COUNT, n=9_999).execution.meter.steps
    clock.now += 1e6
    assert talk(COUNT, n=9_999).execution.meter.steps == before


# ---------------------------------------------------------------------- meter


@pytest.mark.parametrize("charges", [[1] * 10, [10], [3, 3, 4], [INTERVAL + 5, 1], [INTERVAL, INTERVAL]])
def test_the_meter_is_exact(charges: list[int]) -> None:
    total = sum(charges)
    for limit, fits in ((total, True), (total - 1, False)):
        meter = Meter(Limits(steps=limit))
        try:
            for charge in charges:
                meter.work(charge)
        except LimitError:
            assert not fits
        else:
            assert fits and meter.steps == total


def test_a_stopped_meter_stays_stopped() -> None:
    meter = Meter(Limits(steps=3, memory=100))
    for charge in (lambda: meter.work(4), lambda: meter.work(1), lambda: meter.memory(101), lambda: meter.memory(1)):
        with pytest.raises(LimitError):
            charge()
