"""Fixes of neural lints: what they make checks, and a safe one gives the same result with no more calls."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pytest

from fmplang.check import check
from fmplang.cli.fixes import apply, mended
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.syntax.diagnostics import Diagnostic
from tests.check.correct import files, written

HEAD = '''
@neural("vqa")
def ask(x: int) -> bool:
    """Is {x} even?"""


@neural("llm")
def name(x: int) -> str:
    """A name for {x}."""


'''


def main(body: str, returns: str = "int") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"{HEAD}def main(n: int, m: int, xs: list[int]) -> {returns}:\n{lines}"


def lints(text: str) -> list[Diagnostic]:
    return [d for d in check(text).diagnostics if d.code >= "FMP410"]


SAFE = {
    "a flag": ("found = False\nfor x in xs:\n    if ask(x):\n        found = True\nreturn 1 if found else 2", "FMP418"),
    "two flags": ("a = 0\nb = ''\nfor x in xs:\n    if x > 2 and ask(x):\n        a = 1\n        b = 'y'\n"
                  "return a + len(b)", "FMP418"),
    "a test behind": ("return 1 if ask(n) and m > 3 else 2", "FMP418"),
    "a test behind or": ("found = ask(n) or len(xs) > 2\nreturn 1 if found else 2", "FMP418"),
    "kept already": ("first = name(n)\nreturn len(first) + len(name(n))", "FMP414"),
    "twice": ("if ask(n):\n    return 1\nreturn 2 if ask(n) else 3", "FMP414"),
    "twice in a loop": ("total = 0\nfor x in xs:\n    if ask(x):\n        total += 1\n    if ask(x) and x > 1:\n"
                        "        total += 2\nreturn total", "FMP414"),
    "twice in one line": ("return len(name(n)) + len(name(n))", "FMP414"),
}


def run(text: str, values: dict[str, Any]) -> tuple[Any, int]:
    """What a program gives with answers made of the questions, and how often it asked."""
    report = check(text)
    assert report.program is not None, report.diagnostics
    execution = Program(report.program).start(values, Limits())
    asked = 0

    def answer(request: Request) -> Any:
        nonlocal asked
        asked += 1
        key = f"{request.function.name} {sorted(request.args.items())} {values}"
        number = blake2b(key.encode(), digest_size=2).digest()
        return number[0] % 2 == 0 if request.function.name == "ask" else "n" * (number[1] % 5)

    step = execution.advance()
    while not isinstance(step, Finished):
        requests = step.requests if isinstance(step, Group) else [step]
        answers = [answer(r) for r in requests]
        execution.answer(answers if isinstance(step, Group) else answers[0])
        step = execution.advance()
    return step.value, asked


@pytest.mark.parametrize("body, code", SAFE.values(), ids=SAFE)
def test_a_safe_fix_keeps_the_result_and_asks_no_more(body: str, code: str) -> None:
    text = main(body)
    assert code in [d.code for d in lints(text)]
    report, count = mended(check(text), Limits())
    assert count and report.ok and code not in [d.code for d in report.diagnostics], report.source.text
    for n in range(8):
        values = {"n": n, "m": n % 5, "xs": list(range(n))}
        before, after = run(text, values), run(report.source.text, values)
        assert before[0] == after[0] and after[1] <= before[1], report.source.text


UNSAFE = {
    "first of found": ("def main(image: Image) -> int:\n    dogs = image.find('dog')\n    return dogs[0].width\n",
                       "FMP410", "    assert dogs, \"there is none\"\n    return dogs[0].width\n"),
    "yes": ("def main(image: Image) -> bool:\n    return image.simple_query('Is it red?') == 'yes'\n", "FMP411",
            "return image.verify('Is it red?')"),
    "not yes": ("def main(image: Image) -> bool:\n    return image.simple_query('Is it red?') != 'yes'\n", "FMP411",
                "return not image.verify('Is it red?')"),
    "no": ("def main(image: Image) -> bool:\n    return image.query('Is it red?').lower() == 'no'\n", "FMP411",
           "return not image.verify('Is it red?')"),
    "truth": ("def main(image: Image) -> int:\n    return 1 if image.simple_query('Is it red?') else 2\n", "FMP412",
              "return 1 if image.verify('Is it red?') else 2"),
    "every turn": ("def main(image: Image, xs: list[int]) -> int:\n    n = 0\n    for x in xs:\n"
                   "        if image.exists('dog'):\n            n += x\n    return n\n", "FMP413",
                   "    exists_dog = image.exists('dog')\n    for x in xs:\n        if exists_dog:\n"),
    "not used": ("def main(image: Image) -> int:\n    image.exists('dog')\n    return 1\n", "FMP415",
                 "def main(image: Image) -> int:\n    return 1\n"),
    "in a local": ("def main(image: Image) -> int:\n    dogs = image.find('dog')\n    return 1\n", "FMP415",
                   "def main(image: Image) -> int:\n    return 1\n"),
    "prompt": (HEAD.replace("x: int) -> str", "x: int, tone: str) -> str") + "def main(n: int) -> str:\n"
               "    return name(n, 'kind')\n", "FMP417", '"""A name for {x}. {tone}"""'),
}


@pytest.mark.parametrize("text, code, wanted", UNSAFE.values(), ids=UNSAFE)
def test_other_fixes_say_what_was_probably_meant(text: str, code: str, wanted: str) -> None:
    (found,) = lints(text)
    assert found.code == code and [f.safe for f in found.fixes] == [False]
    made, _ = apply(text, found.fixes[:1])
    assert wanted in made
    assert check(made).diagnostics == (), made


def test_a_text_returned_for_a_bool_can_be_asked_as_a_question_of_yes_and_no() -> None:
    text = "def main(image: Image) -> bool:\n    return image.simple_query('Is it red?')\n"
    (found,) = check(text).diagnostics
    made, _ = apply(text, found.fixes[:1])
    assert found.code == "FMP201" and not found.fixes[0].safe and check(made).diagnostics == ()


def test_no_lint_is_given_where_none_is_due() -> None:
    """Over every program that is right: only those that say so in a comment get one."""
    for path in files():
        text = path.read_text(encoding="utf-8")
        told = [d.code for d in check(text).diagnostics if d.code >= "FMP410"]
        assert told == [] or "# warning: FMP41" in text, (path, told)
    assert [t for t in written() if lints(t) and "# warning" not in t] == []
