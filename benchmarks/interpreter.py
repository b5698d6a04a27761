"""How fast pure code runs, beside asteval and CPython, and what the interpreter adds to a neural call.

    python benchmarks/interpreter.py [REPETITIONS]

Three ways to count the overlaps of 60 boxes with each other (3,600 pair tests), run by all three in one process,
taking turns, so that a busy machine slows all of them. Medians over the repetitions; compiling is not counted.
asteval has no records: there a box is a SimpleNamespace.
"""

from __future__ import annotations

import platform
import random
import statistics
import sys
from collections.abc import Callable
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import asteval

import fmplang
from fmplang.runtime.values import RecordValue, shape_of

BOXES, CALLS = 60, 50

FIELDS = """
def main(boxes: list[Box]) -> int:
    count = 0
    for a in boxes:
        for b in boxes:
            if a.left < b.right and b.left < a.right and a.lower < b.upper and b.lower < a.upper:
                count += 1
    return count
"""
RECORD = """
class Box:
    left: int
    lower: int
    right: int
    upper: int

"""
ITEMS = """
def main(boxes: list[list[int]]) -> int:
    count = 0
    for a in boxes:
        for b in boxes:
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                count += 1
    return count
"""
FUNCTION = """
def overlap(a: list[int], b: list[int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def main(boxes: list[list[int]]) -> int:
    count = 0
    for i in range(len(boxes)):
        for j in range(len(boxes)):
            if overlap(boxes[i], boxes[j]):
                count += 1
    return count
"""
ASKING = """
@neural("vqa")
def ask(x: int) -> bool:
    "Is {x} even?"


def main(n: int) -> int:
    count = 0
    for i in range(n):
        if ask(i):
            count += 1
    return count
"""


def boxes() -> list[list[int]]:
    chance = random.Random(0)
    made = []
    for _ in range(BOXES):
        left, lower = chance.randrange(600), chance.randrange(400)
        made.append([left, lower, left + chance.randrange(20, 200), lower + chance.randrange(20, 200)])
    return made


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    result = run()
    return perf_counter() - begun, result


def compare(name: str, text: str, own: list[Any], theirs: list[Any], repetitions: int, prelude: str = "") -> None:
    program = fmplang.compile(prelude + text)
    interpreter = asteval.Interpreter(use_numpy=False)
    interpreter.symtable["boxes"] = theirs
    interpreter.symtable["Box"] = SimpleNamespace
    plain = text.replace("list[Box]", "list")
    tree = interpreter.parse(plain + "\nresult = main(boxes)\n")
    python = compile(plain, "<benchmark>", "exec")

    def run_asteval() -> Any:
        interpreter.run(tree)
        assert not interpreter.error, interpreter.error
        return interpreter.symtable["result"]

    def run_python() -> Any:
        scope: dict[str, Any] = {}
        exec(python, scope)  # the benchmark's own text
        return scope["main"](theirs)

    def run_fmplang() -> Any:
        execution = program.start({"boxes": own})
        return execution.advance().value  # type: ignore[union-attr]

    runs = {"fmplang": run_fmplang, "asteval": run_asteval, "cpython": run_python}
    times: dict[str, list[float]] = {who: [] for who in runs}
    answers = set()
    for turn in range(repetitions + 1):
        for who, run in runs.items():
            took, answer = seconds(run)
            answers.add(answer)
            if turn:  # the first turn compiles and warms up
                times[who].append(took)
    assert len(answers) == 1, answers
    medians = {who: statistics.median(taken) * 1000 for who, taken in times.items()}
    print(f"{name:10} {medians['fmplang']:10.2f} {medians['asteval']:10.2f} {medians['cpython']:10.2f}"
          f" {medians['asteval'] / medians['fmplang']:9.0f}x {medians['fmplang'] / medians['cpython']:9.1f}x")


def converse(program: Any) -> None:
    execution = program.start({"n": CALLS}, limits=fmplang.Limits(neural_calls=CALLS))
    step = execution.advance()
    while not isinstance(step, fmplang.Finished):
        execution.answer(True)
        step = execution.advance()


def main(repetitions: int) -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, "
          f"asteval {asteval.__version__}, {BOXES * BOXES:,} pair tests, medians of {repetitions}, milliseconds\n")
    print(f"{'boxes as':10} {'fmplang':>10} {'asteval':>10} {'cpython':>10} {'faster':>10} {'slower':>10}")
    lists = boxes()
    typed = fmplang.compile(RECORD + FIELDS).entry.params[0].type
    shape = shape_of(typed.item)  # type: ignore[attr-defined]
    records = [RecordValue(shape, tuple(box)) for box in lists]
    names = ("left", "lower", "right", "upper")
    spaces = [SimpleNamespace(**dict(zip(names, box, strict=True))) for box in lists]
    compare("records", FIELDS, records, spaces, repetitions, RECORD)
    compare("lists", ITEMS, lists, lists, repetitions)
    compare("function", FUNCTION, lists, lists, repetitions)
    program = fmplang.compile(ASKING)
    converse(program)
    taken = [seconds(lambda: converse(program))[0] for _ in range(20 * repetitions)]
    print(f"\na neural call, answered at once: {statistics.median(taken) / CALLS * 1e6:.1f} microseconds"
          f" ({CALLS} calls a run; start, driver and answers included)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
