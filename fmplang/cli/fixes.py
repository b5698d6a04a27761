"""Applying the fixes of diagnostics to a text."""

from __future__ import annotations

from collections.abc import Sequence

from fmplang.syntax.diagnostics import Diagnostic, Edit


def apply_safe(text: str, diagnostics: Sequence[Diagnostic]) -> tuple[str, int]:
    """The text with all safe fixes that do not touch each other, and how many they were.

    Of fixes that overlap the first one wins; the next round of checking offers the others again if they still hold.
    """
    chosen: list[Edit] = []
    count = 0
    for diagnostic in diagnostics:
        for fix in diagnostic.fixes:
            if not fix.safe or not fix.edits or any(_touch(new, old) for new in fix.edits for old in chosen):
                continue
            chosen += fix.edits
            count += 1
            break
    for edit in sorted(chosen, key=lambda e: (e.span.start, e.span.end), reverse=True):
        text = text[:edit.span.start] + edit.text + text[edit.span.end:]
    return text, count


def _touch(a: Edit, b: Edit) -> bool:
    return a.span.start <= b.span.end and b.span.start <= a.span.end
