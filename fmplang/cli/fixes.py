"""Applying the safe fixes of a report, and checking what comes of them."""

from __future__ import annotations

from collections.abc import Sequence

from fmplang.check import CheckReport, check
from fmplang.limits import Limits
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix
from fmplang.syntax.source import Source

ROUNDS = 10  # of fixing and checking again
SINGLY = 50  # so many fixes are tried one by one where they do not go together

Key = tuple[str, str, str]  # a fix that was tried in vain, by its diagnostic's code, title and line


def mended(report: CheckReport, limits: Limits) -> tuple[CheckReport, int]:
    """The report on the text with all safe fixes that hold, and how many they were.

    A fix holds where no line that it touches has an error afterwards that was not there before. What a fix brings to
    light elsewhere is no reason against it: an error may have stood in the way of others.
    """
    fixed, in_vain = 0, set[Key]()
    for _ in range(ROUNDS):
        chosen = choose([d for d in report.diagnostics if _key(d) not in in_vain and d.source is report.source])
        if not chosen:
            break
        text, lines = apply(report.source.text, [fix for _, fix in chosen])
        after = check(Source(text, report.source.name), limits)
        if _holds(report, after, lines):
            report, fixed = after, fixed + len(chosen)
            continue
        for diagnostic, fix in chosen[:SINGLY]:
            text, lines = apply(report.source.text, [fix])
            after = check(Source(text, report.source.name), limits)
            if _holds(report, after, lines):
                report, fixed = after, fixed + 1
                break
            in_vain.add(_key(diagnostic))
    return report, fixed


def _key(diagnostic: Diagnostic) -> Key:
    source = diagnostic.source
    return diagnostic.code, diagnostic.title, source.line(source.position(diagnostic.span.start)[0]).strip()


def _holds(before: CheckReport, after: CheckReport, lines: set[int]) -> bool:
    old = {(d.code, d.title) for d in before.diagnostics}
    return not any(
        d.severity == "error" and (d.code, d.title) not in old and d.source is after.source
        and d.source.position(d.span.start)[0] in lines for d in after.diagnostics)


def choose(diagnostics: Sequence[Diagnostic]) -> list[tuple[Diagnostic, Fix]]:
    """The first safe fix of each diagnostic, as far as they do not touch each other.

    Of fixes that overlap the first one wins; the next round of checking offers the others again if they still hold.
    """
    chosen: list[tuple[Diagnostic, Fix]] = []
    for diagnostic in diagnostics:
        for fix in diagnostic.fixes:
            if fix.safe and fix.edits and not any(
                    _touch(new, old) for new in fix.edits for _, other in chosen for old in other.edits):
                chosen.append((diagnostic, fix))
                break
    return chosen


def apply(text: str, fixes: Sequence[Fix]) -> tuple[str, set[int]]:
    """The text with fixes that do not touch each other, and the numbers of the lines that they changed."""
    lines: set[int] = set()
    edits = sorted((edit for fix in fixes for edit in fix.edits), key=lambda e: (e.span.start, e.span.end))
    made, at = [], 0
    line = 1
    for edit in edits:
        made += [text[at:edit.span.start], edit.text]
        line += text.count("\n", at, edit.span.start)
        lines |= set(range(line, line + edit.text.count("\n") + 1))
        line += edit.text.count("\n")
        at = edit.span.end
    return "".join([*made, text[at:]]), lines


def _touch(a: Edit, b: Edit) -> bool:
    return a.span.start <= b.span.end and b.span.start <= a.span.end
