"""The cost of the dearest single pass: the longest path, each of its sites once, at its dearest backend."""

from __future__ import annotations

import pytest

import fmplang
from fmplang.host.nominal import Prices, nominal_price
from fmplang.host.scale import program_pass
from tests.host.programs import NEURAL, a_pool, backend, program

ASK, COUNT = 4.0, 8.0


def scale(made: fmplang.Program) -> float:
    return program_pass(made.typed, Prices(a_pool()).dearest)


@pytest.mark.parametrize(("body", "cost"), [
    ("return 1", 0.0),
    ("return count(t)", COUNT),
    ("return count(t) + count(t)", 2 * COUNT),
    ("if ask(t):\n    return count(t)\nreturn 0", ASK + COUNT),
    ("if ask(t):\n    return 0\nreturn count(t)", ASK + COUNT),
    ("if ask(t):\n    return count(t)\nreturn count(t) + count(t)", ASK + 2 * COUNT),
    ("if ask(t):\n    n = count(t)\nelif ask(t):\n    n = 1\nelse:\n    n = count(t) + count(t)\nreturn n",
     2 * ASK + 2 * COUNT),
    ("n = 0\nfor c in [t, t]:\n    n += count(c)\nreturn n", COUNT),
    ("for c in [t]:\n    if ask(c):\n        return count(c)\n    if ask(t):\n        break\n    count(c)\nreturn 0",
     2 * ASK + COUNT),
    ("return sum([count(c) for c in [t, t]])", COUNT),
    ("return count(t) if ask(t) else 0", ASK + COUNT),
    ("return count(t) if len(t) > 1 else (1 if ask(t) else 2)", COUNT),
    ("return 1 if ask(t) and ask(t) else 0", 2 * ASK),
])
def test_the_dearest_path_counts(body: str, cost: float) -> None:
    assert scale(program(body, "t: str")) == cost


def test_functions_count_where_they_are_called() -> None:
    text = f"""{NEURAL}
def both(t: str) -> int:
    return count(t) if ask(t) else 0

def main(t: str) -> int:
    if ask(t):
        return both(t)
    return both(t) + both(t)
"""
    assert scale(fmplang.compile(text)) == ASK + 2 * (ASK + COUNT)


def test_long_chains_of_calls_do_not_exhaust_the_stack() -> None:
    text = [NEURAL, "def f0(t: str) -> int:\n    return count(t)\n"]
    text += [f"def f{i}(t: str) -> int:\n    return f{i - 1}(t)\n" for i in range(1, 700)]
    made = fmplang.compile("\n".join([*text, "def main(t: str) -> int:\n    return f699(t) + f699(t)\n"]))
    assert scale(made) == 2 * COUNT


def test_a_backend_that_prices_real_requests_only_does_not_count() -> None:
    odd = backend("count", 1, "odd")
    odd.price = lambda request: 1 / len(request.args["text"].split("?")[1])  # type: ignore[method-assign]
    made = program("return count(t)", "t: str")
    (function,) = (call.target for call in made.entry.calls)
    assert nominal_price(odd, function) is None  # type: ignore[arg-type]
    assert program_pass(made.typed, Prices(fmplang.Pool([odd])).dearest) == 0.0
    assert fmplang.Runtime(fmplang.Pool([odd])).run(made, t="a?bc").record.scale == 1.0  # something to divide by


def test_every_type_has_an_example_to_price() -> None:
    text = """
class Box:
    label: str
    sides: tuple[int, float]

@neural("many")
def many(i: Image, t: str, n: int, x: float, b: bool, o: str | None, xs: list[str], s: set[int], d: dict[str, Box],
         l: Literal["a", "b"], k: int = 3) -> str:
    \"\"\"Much.\"\"\"

def main(i: Image, b: Box) -> str:
    return many(i, "t", 1, 1.0, True, None, ["x"], {1}, {"b": b}, "a")
"""
    made = fmplang.compile(text)
    pixels = backend("many", "x", "pixels")
    pixels.price = lambda request: float(request.args["i"].pixels.size) * request.args["k"]  # type: ignore[method-assign]
    assert program_pass(made.typed, Prices(fmplang.Pool([pixels])).dearest) == 256 * 256 * 3 * 3
