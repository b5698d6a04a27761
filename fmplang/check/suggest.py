"""The nearest name in scope to one that is not."""

from __future__ import annotations

from collections.abc import Iterable

from fmplang.syntax.diagnostics import Edit, Fix
from fmplang.syntax.source import Span

LONGEST = 64  # no name is compared beyond this length


def distance(a: str, b: str, limit: int) -> int:
    """Edits (insert, delete, replace, swap neighbours) from `a` to `b`; `limit + 1` for more than `limit`."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def nearest(name: str, candidates: Iterable[str]) -> list[str]:
    """The candidates nearest to `name`, if any is near; several where they are equally near."""
    if len(name) > LONGEST:
        return []
    best = 1 if len(name) <= 4 else 2 if len(name) <= 9 else 3
    found: list[str] = []
    folded = name.lower()
    for candidate in dict.fromkeys(candidates):
        if candidate == name or candidate.startswith("__"):
            continue
        far = 0 if candidate.lower().replace("_", "") == folded.replace("_", "") else distance(name, candidate, best)
        if far < best:
            best, found = far, [candidate]
        elif far == best:
            found.append(candidate)
    return sorted(found)


def fixes(name: str, span: Span, near: list[str], sure: bool | None = False) -> tuple[Fix, ...]:
    """Replace the name by each suggestion. Safe where there is one and it is one edit away.

    A short name is a guess all the same, unless something else than its letters speaks for it (`sure`); with None all
    are guesses.
    """
    return tuple(
        Fix(f"change it to `{near_name}`", (Edit(span, near_name),),
            safe=sure is not None and len(near) == 1 and (sure or len(name) > 3) and distance(name, near_name, 1) <= 1)
        for near_name in near[:3]
    )


def spoken(near: list[str]) -> str:
    """The suggestions as a sentence, or nothing."""
    if not near:
        return ""
    return "Did you mean " + " or ".join(f"`{n}`" for n in near[:3]) + "?"
