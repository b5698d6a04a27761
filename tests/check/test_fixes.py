"""Fixes are exact edits: applied, they mend what they are offered for."""

from __future__ import annotations

import pytest

from fmplang.check import check
from fmplang.check.suggest import distance, nearest
from fmplang.syntax.diagnostics import Diagnostic, Fix


def apply(text: str, fix: Fix) -> str:
    for edit in sorted(fix.edits, key=lambda e: e.span.start, reverse=True):
        text = text[:edit.span.start] + edit.text + text[edit.span.end:]
    return text


def first(text: str, code: str) -> Diagnostic:
    return next(d for d in check(text).diagnostics if d.code == code)


def main(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"def main(image: Image, n: int, xs: list[int], d: dict[str, int]) -> int:\n{lines}"


CASES = [
    ("FMP101", main("count = n + 1\nreturn coutn"), True),
    ("FMP101", main("return lenn(xs)"), False),  # as near to `len` as to nothing else, but short names are guesses
    ("FMP102", main("return image.widht"), True),
    ("FMP102", main("xs.apend(3)\nreturn n"), True),
    ("FMP110", '@neural("llm")\ndef ask(question: str) -> str:\n    """{qestion}"""\n\n\n'
               'def main(s: str) -> str:\n    return ask(s)\n', True),
    ("FMP204", main("return len(sorted(xs, revers=True))"), True),
    ("FMP201", main("return str(n)"), False),
    ("FMP208", "def main(n: int) -> str:\n    return 'n is ' + n\n", False),
    ("FMP209", main("return 1 if n is 3 else 0"), True),
    ("FMP218", main("pairs = zip(xs, xs)\nreturn len(pairs)"), True),
    ("FMP219", main("return d[max(d, key=d.get)]"), False),
    ("FMP221", "class Box:\n    left: int\n    top: int\n\n\n"
               "def main(n: int) -> int:\n    return Box(n, 2).left\n", False),
    ("FMP211", "def main(image: ImagePatch) -> int:\n    p = ImagePatch(image)\n    return p.width\n", True),
    ("FMP206", "def main(n: int):\n    return n > 3\n", True),
    ("FMP206", "def main(image) -> int:\n    return image.width\n", False),
    ("FMP201", "def main(a: str = None) -> bool:\n    return a is None\n", False),
    ("FMP202", main("return next(x for x in xs) or n"), False),
    ("FMP201", 'def main() -> Literal["low", "high"]:\n    return "hgih"\n', False),
]


@pytest.mark.parametrize("code, text, safe", CASES, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(CASES)])
def test_fixes_mend(code: str, text: str, safe: bool) -> None:
    found = first(text, code)
    assert found.fixes, found
    mended = apply(text, found.fixes[0])
    assert check(mended).ok, (mended, check(mended).diagnostics)
    if safe:
        assert found.fixes[0].safe


def test_several_suggestions_are_not_safe() -> None:
    found = first(main("first = n\nfirsts = n\nreturn firs + first + firsts"), "FMP101")
    assert len(found.fixes) == 1 or not any(f.safe for f in found.fixes)


def test_labels_point_at_what_explains() -> None:
    text = main("for x in xs:\n    last = x\nreturn last")
    found = first(text, "FMP301")
    assert [text[label.span.start:label.span.end] for label in found.labels] == ["last"]
    text = main("if n > 3:\n    return 1")
    found = first(text, "FMP302")
    assert text[found.labels[1].span.start:found.labels[1].span.end] == "n > 3"
    text = main('if n:\n    x = 1\nelse:\n    x = "a"\nprint(x)\nreturn n')
    assert [label.text for label in first(text, "FMP217").labels] == ["int here", "str here"]


@pytest.mark.parametrize("a, b, far", [
    ("find", "find", 0), ("find", "fnid", 1), ("find", "fin", 1), ("find", "finds", 1), ("find", "fund", 1),
    ("abc", "cab", 2), ("kitten", "sitting", 3), ("", "ab", 2),
])
def test_distance(a: str, b: str, far: int) -> None:
    assert distance(a, b, 9) == distance(b, a, 9) == far


def test_nearest() -> None:
    assert nearest("fnid", ["find", "fund", "exists"]) == ["find"]
    assert nearest("xyz", ["find", "exists"]) == []
    assert nearest("simpleQuery", ["simple_query", "query"]) == ["simple_query"]
    assert nearest("a" * 10_000, ["a" * 9_999]) == []
