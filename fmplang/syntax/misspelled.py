"""Keywords with a slip of the pen: `retrun x`, `fro x in xs`, `esle:`."""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.syntax import ast, foreign
from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.place import Place

CODE = "FMP042"


def keyword_rule(p: Place) -> Diagnostic | None:
    """A name near the place is a keyword but for one letter, and as that keyword it fits."""
    for at in dict.fromkeys((p.first, p.index - 1, p.index)):
        if not p.first <= at <= p.index or p.name(at) != "NAME" or p.t.words[at] in foreign.WORDS:
            continue
        for keyword in _near(p.t.words[at], p.k.words):
            if _fits(p, at, keyword):
                return p.say(CODE, f"'{p.t.words[at]}' is no keyword", f"Did you mean `{keyword}`?",
                             p.replace(keyword, at, at, safe=len(keyword) > 2), span=p.span(at, at),
                             expected=f"'{keyword}'", found=f"'{p.t.words[at]}'")
    return None


def _fits(p: Place, at: int, keyword: str) -> bool:
    """Whether the statement can be read further with the keyword in place of the name."""
    if keyword in ("else", "elif") and at == p.first:
        before = p.machine.values[p.height - 1] if p.height else None
        last = before[-1] if isinstance(before, list) and before else before
        return isinstance(last, ast.If) and (keyword == "elif" or p.name(at + 1) == "COLON")
    if keyword not in p.k.words:
        return False
    kinds = list(p.t.kinds[p.first:max(p.index, at + 1) + 1])
    kinds[at - p.first] = p.k.words[keyword]
    return bool(p.machine.after(p.machine.states[:p.height + 1], kinds))


def _near(word: str, keywords: dict[str, int]) -> Iterator[str]:
    """The keywords one slip away. Of two letters only such as have changed places: `fi`, `ni`."""
    for keyword in keywords:
        if _swapped(word, keyword) or (len(keyword) > 2 and len(word) > 2 and _one_letter(word, keyword)):
            yield keyword


def _swapped(a: str, b: str) -> bool:
    """Whether two neighbours have changed places."""
    if len(a) != len(b) or a == b:
        return False
    first = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    return a[first:first + 2] == b[first:first + 2][::-1] and a[first + 2:] == b[first + 2:] and first + 1 < len(a)


def _one_letter(a: str, b: str) -> bool:
    """Whether one letter was added, left out or exchanged."""
    if abs(len(a) - len(b)) > 1:
        return False
    short, long = sorted((a, b), key=len)
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    return short[same + (len(a) == len(b)):] == long[same + 1:]
