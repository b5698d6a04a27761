"""Bounds by hand: what each form of the language adds, and what is known of lengths."""

from __future__ import annotations

from pathlib import Path

import pytest

import fmplang
from fmplang import Limits
from fmplang.check.bounds import Bounds, Price, Range, bounds, over_budget
from fmplang.check.typed import NeuralFunction
from tests.check.bounds.lengths import HEADER

ROOT = Path(__file__).resolve().parent.parent.parent.parent
COSTS = {"ask": 1.0, "num": 10.0, "nums": 100.0, "words": 100.0, "kind": 1.0}


def price(function: NeuralFunction) -> Price:
    most = COSTS.get(function.name, 5.0)
    return Price(most / 2, most * 0.75, most, most * 3)


def found(body: str, params: str = "", neural: str = "", **more: object) -> Bounds:
    lines = "\n".join("    " + line for line in body.split("\n"))
    text = f"{HEADER}{neural}def main({params}) -> int:\n{lines}\n"
    return bounds(fmplang.compile(text).typed, price, Limits(neural_calls=1_000, items=50), **more)  # type: ignore[arg-type]


CASES: dict[str, tuple[str, str, tuple[float, float]]] = {  # what is in it, its parameters, the calls of a run
    "one call": ("return num(1)", "", (1, 1)),
    "no call": ("return 1", "", (0, 0)),
    "either branch": ("if ask(1):\n    return num(1) + num(2)\nreturn 0", "", (1, 3)),
    "elif asks its own test": ("if ask(1):\n    return 0\nelif ask(2):\n    return 1\nreturn 2", "", (1, 2)),
    "after an early end": ("if n > 1:\n    return 0\nreturn num(1) + num(2)", "n: int", (0, 2)),
    "dead code": ("if 1 > 2:\n    return num(1)\nreturn 0", "", (0, 0)),
    "a text that is known": ("mode = 'fast'\nif mode == 'slow':\n    return num(1)\nreturn 0", "", (0, 0)),
    "and stops early": ("return int(ask(1) and ask(2) and ask(3))", "", (1, 3)),
    "or stops early": ("return int(ask(1) or ask(2))", "", (1, 2)),
    "a chain of comparisons": ("return int(num(1) < num(2) < num(3))", "", (2, 3)),
    "a conditional expression": ("return num(1) if ask(1) else num(2) + num(3)", "", (2, 3)),
    "both sides of an assert": ("assert ask(1), str(num(2))\nreturn 0", "", (1, 2)),
    "an f-string": ("return len(f'{num(1)} {num(2)}')", "", (2, 2)),
    "a list of three": ("return sum([num(x) for x in [1, 2, 3]])", "", (3, 3)),
    "a constant": ("return sum([num(len(c)) for c in COLOURS])", "", (3, 3)),
    "a list that a model gives": ("return sum([num(x) for x in nums(1)])", "", (1, 51)),
    "an input": ("return sum([num(x) for x in xs])", "xs: list[int]", (0, 50)),
    "a slice": ("return sum([num(x) for x in nums(1)[:5]])", "", (1, 6)),
    "the last two": ("return sum([num(x) for x in nums(1)[-2:]])", "", (1, 3)),
    "every other one": ("return sum([num(x) for x in [1, 2, 3, 4][::2]])", "", (1, 4)),
    "a condition of a comprehension": ("return sum([num(x) for x in [1, 2, 3] if ask(x)])", "", (3, 6)),
    "two clauses": ("return sum([num(x + y) for x in [1, 2] for y in [1, 2, 3]])", "", (6, 6)),
    "a dict comprehension": ("return len({x: num(x) for x in [1, 1, 2]})", "", (3, 3)),
    "a range": ("for i in range(4):\n    num(i)\nreturn 0", "", (4, 4)),
    "a range with a step": ("for i in range(10, 0, -3):\n    num(i)\nreturn 0", "", (4, 4)),
    "a range of an input": ("for i in range(min(n, 7)):\n    num(i)\nreturn 0", "n: int", (0, 7)),
    "break": ("for i in range(4):\n    if ask(i):\n        break\nreturn 0", "", (1, 4)),
    "return in a loop": ("for i in range(4):\n    if ask(i):\n        return num(i)\nreturn 0", "", (2, 5)),
    "continue": ("for i in range(4):\n    if ask(i):\n        continue\n    num(i)\nreturn 0", "", (4, 8)),
    "loops in loops": ("for i in range(3):\n    for j in range(2):\n        num(i + j)\nreturn 0", "", (6, 6)),
    "any of a generator": ("return int(any(ask(x) for x in [1, 2, 3]))", "", (1, 3)),
    "any of a list": ("return int(any([ask(x) for x in [1, 2, 3]]))", "", (3, 3)),
    "next": ("return next((num(x) for x in [1, 2, 3]), 0)", "", (1, 3)),
    "in a generator": ("return int(2 in (num(x) for x in [1, 2, 3]))", "", (1, 3)),
    "a loop over a generator": ("for x in (num(y) for y in [1, 2, 3]):\n    ask(x)\nreturn 0", "", (6, 6)),
    "one left early": ("for x in (num(y) for y in [1, 2, 3]):\n    if ask(x):\n        break\nreturn 0", "", (1, 6)),
    "map": ("return sum(map(num, [1, 2, 3]))", "", (3, 3)),
    "filter, then map": ("return sum(map(num, filter(ask, [1, 2, 3])))", "", (3, 6)),
    "zip": ("return sum([num(x + y) for x, y in zip([1, 2, 3], nums(1))])", "", (1, 4)),
    "enumerate": ("return sum([num(i) for i, x in enumerate([4, 5])])", "", (2, 2)),
    "sorted by a key": ("return sorted([3, 1, 2], key=lambda x: num(x))[0]", "", (3, 3)),
    "the least by a key": ("return min([3, 1], key=num)", "", (2, 2)),
    "the larger of two": ("return max(a, b, key=lambda x: num(x))", "a: int, b: int", (2, 2)),
    "a function": ("return every([1, 2, 3]) + every([])", "", (0, 3)),
    "a function value": ("return times(lambda z: num(z), 3) + times(num, 2)", "", (5, 5)),
    "a default": ("return sum([num(x) for x in first(nums(1))])", "", (1, 3)),
    "what a test says of a length": (
        "xs = nums(1)\nif len(xs) != 2:\n    return 0\nreturn sum([num(x) for x in xs])", "", (1, 3)),
    "what a test says of truth": (
        "xs = nums(1)\nif not xs:\n    return 0\nreturn len([num(x) for x in xs])", "", (1, 51)),
    "a list that grows": ("xs = [1]\nxs.append(2)\nxs += [3, 4]\nreturn sum([num(x) for x in xs])", "", (4, 4)),
    "a list that shrinks": (
        "xs = [1, 2, 3]\nif ask(1):\n    xs.remove(1)\nreturn sum([num(x) for x in xs])", "", (3, 4)),
    "a list that a loop fills": (
        "xs = [0][:0]\nfor i in range(3):\n    xs.append(i)\nreturn sum([num(x) for x in xs])", "", (0, 3)),
    "those that pass a test": (
        "xs = [0][:0]\nfor z in nums(1)[:4]:\n    if ask(z):\n        xs.append(z)\n"
        "return sum([num(x) for x in xs])", "", (1, 9)),
    "a list that doubles": (
        "xs = [1]\nfor i in range(3):\n    xs += xs\nreturn sum([num(x) for x in xs])", "", (1, 50)),
    "another name for it": (
        "xs = [1]\nys = xs\nys.append(2)\nreturn sum([num(x) for x in xs])", "", (0, 50)),
    "the first element of two clauses": ("return int(any(ask(x + y) for x in [1] for y in [3, 4]))", "", (0, 2)),
    "a generator behind an empty list": (
        "return sum([x + y for x, y in zip([0][:0], (num(z) for z in [1, 2]))])", "", (0, 2)),
    "a length below a number that is not certain": (
        "k = 2 if ask(1) else 4\nxs = nums(1)\nif len(xs) < k:\n    return sum([num(x) for x in xs])\nreturn 0", "",
        (2, 5)),
    "a list that a loop in a loop fills": (
        "xs = [0][:0]\nfor i in range(2):\n    for j in range(3):\n        xs.append(j)\n"
        "return sum([num(x) for x in xs])", "", (0, 50)),
    "the length of what a condition leaves": (
        "xs = [z for z in [1, 2] if ask(z)]\nreturn sum([num(x) for x in xs])", "", (2, 4)),
    "a function that was reached twice": ("return every([1]) + every([1])", "", (2, 2)),
    "one of two lists": (
        "xs = [1]\nys = [1, 2]\nmin(xs, ys, key=lambda zs: len(zs)).append(5)\nreturn sum([num(x) for x in xs])", "",
        (0, 50)),
    "a default that is given back": (
        "xs = [1]\nd = {1: [2]}\nd.get(n, xs).append(5)\nreturn sum([num(x) for x in xs])", "n: int", (0, 50)),
    "a function that gives back its argument": (
        "xs = [1]\nlongest(xs, []).append(5)\nreturn sum([num(x) for x in xs])", "", (0, 50)),
    "a list inside another": (
        "xs = [1]\nrows = [xs]\nrows[0].append(5)\nreturn sum([num(x) for x in xs])", "", (0, 50)),
    "a list that is only read elsewhere": (
        "xs = [1, 2]\nys = longest(xs, [])\nn = len(ys)\nreturn sum([num(x) for x in xs])", "", (2, 2)),
    "a loop that grows what it walks through": (
        "xs = [1]\nfor x in xs:\n    num(x)\n    if len(xs) < 9:\n        xs.append(x)\nreturn 0", "", (0, 50)),
}


@pytest.mark.parametrize("name", CASES)
def test_calls_of_a_run(name: str) -> None:
    body, params, (least, most) = CASES[name]
    told = found(body, params)
    assert (told.calls.least, told.calls.most) == (least, most) and told.followed


def test_videos_and_pictures_are_not_empty() -> None:
    told = found("return len([f.caption() for f in frames(video, 4)])", "video: Video")
    assert (told.calls.least, told.calls.most) == (1, 4)
    told = found("for frame in video.frame_iterator():\n    if frame.exists('dog'):\n        return 1\nreturn 0",
                 "video: Video")
    assert (told.calls.least, told.calls.most) == (1, 1_000) and told.stopped
    told = found("return len([say(part) for part in '1,2'.split(',')]) + sum([num(i) for i in range(image.width)])",
                 "image: Image", neural='@neural("llm")\ndef say(x: str) -> str:\n    "{x}"\n\n')
    assert told.calls.least == 2
    told = found("sep: str | None = None\nreturn len([num(len(part)) for part in s.split(sep)])", "s: str")
    assert told.calls.least == 0


def test_each_way_to_a_function_has_sites_of_its_own() -> None:
    told = found("return times(num, 2) + times(num, 3) + every([1, 2, 3]) + every([1, 2, 3])")
    assert [each.calls.most for each in told.sites] == [2, 3, 3, 3] and told.calls.most == 11


def test_costs_and_means_of_sites_and_paths() -> None:
    told = found("xs = nums(1)\nif len(xs) == 0:\n    return 0\nif ask(1):\n    return num(2)\nreturn 1")
    assert [(each.site.id, each.calls, each.cost) for each in told.sites] == [
        ("main/nums:1", Range(1, 1.0, 1), Range(50.0, 75.0, 100.0)),
        ("main/ask:1", Range(0, 0.5, 1), Range(0.0, 0.375, 1.0)),
        ("main/num:2", Range(0, 0.25, 1), Range(0.0, 1.875, 10.0)),
    ]
    assert (told.calls, told.cost) == (Range(1, 1.75, 3), Range(50.0, 77.25, 111.0))
    assert told.everything == 333.0
    paths = [([turn.side for turn in p.turns], p.chance, p.calls.most, p.cost.most) for p in told.paths]
    assert paths == [(["yes"], 0.5, 1, 100.0), (["no", "yes"], 0.25, 3, 111.0), (["no", "no"], 0.25, 2, 101.0)]


def test_branches_do_not_add_up() -> None:
    told = found("if n > 0:\n    return num(1)\nreturn sum([int(ask(i)) for i in range(4)])", "n: int")
    assert (told.calls.most, told.cost.most) == (4, 10.0)
    assert [each.calls.most for each in told.sites] == [1, 4]


def test_the_limit_of_neural_calls_bounds_the_cost_by_the_dearest() -> None:
    text = HEADER + "def main(n: int) -> int:\n    for i in range(n):\n        ask(i)\n    return num(1)\n"
    told = bounds(fmplang.compile(text).typed, price, Limits(neural_calls=10))
    assert told.stopped and told.calls.most == 10 and told.cost.most == 19.0  # nine at 1, one at 10


def test_rounds_count_where_an_assertion_may_fail() -> None:
    assert found("assert ask(1)\nreturn 0", rounds=2).everything == 6.0
    assert found("ask(1)\nreturn 0", rounds=2).everything == 3.0


def test_the_usual_length_is_a_setting() -> None:
    body = "return sum([num(x) for x in nums(1)])"
    assert found(body, usual=8.0).calls.mean == 9.0 and found(body).calls.mean == 4.0


def test_what_cannot_be_followed_has_the_bounds_of_the_limits() -> None:
    told = found("if ask(1):\n    return num(2)\nreturn 0", fuel=3)
    assert not told.followed and told.calls == Range(0, None, 1_000) and told.paths == ()
    assert told.cost == Range(0.0, None, 10_000.0)


def test_a_budget_points_at_the_dearest_site() -> None:
    text = HEADER + "def main() -> int:\n    if ask(1):\n        return 0\n    return num(2)\n"
    told = bounds(fmplang.compile(text).typed, price)
    assert over_budget(told, 33.0) is None
    wrong = over_budget(told, 32.0, "usd")
    assert wrong is not None and wrong.code == "FMP617" and text[wrong.span.start : wrong.span.end] == "num(2)"
    assert "may cost 33 usd, and the budget is 32: main/num:2 is asked once, for up to 10 usd" in wrong.title


def test_a_budget_over_a_library_function_points_at_the_users_own_call() -> None:
    text = "def main(image: Image) -> bool:\n    return image.exists('dog')\n"
    wrong = over_budget(bounds(fmplang.compile(text).typed, price), 1.0)
    assert wrong is not None and text[wrong.span.start : wrong.span.end] == "image.exists('dog')"


EXAMPLES = {"cat": (1, 2), "coffee": (12, 12), "faces": (1, 2), "pure": (0, 0), "receipt": (1, 1), "tickets": (1, 1),
            "street": (1, 5), "tiles": (0, 64), "video": (1, 64)}


def test_the_examples() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.fmp")} == set(EXAMPLES)
    for name, calls in EXAMPLES.items():
        told = bounds(fmplang.load(ROOT / "examples" / f"{name}.fmp").typed, price)
        assert (told.calls.least, told.calls.most) == calls, name
