"""What `check --json` prints. The version goes up when a field changes its meaning or goes away."""

from __future__ import annotations

from typing import Any

from fmplang.syntax.diagnostics import Diagnostic
from fmplang.syntax.source import Source, Span

VERSION = 1


def span_json(source: Source, span: Span) -> dict[str, Any]:
    """Offsets, lines and columns count characters; lines and columns from 1, offsets from 0."""
    start, end = source.position(span.start), source.position(span.end)
    return {"start": {"line": start[0], "column": start[1], "offset": span.start},
            "end": {"line": end[0], "column": end[1], "offset": span.end}}


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    source = diagnostic.source
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "title": diagnostic.title,
        "file": source.name,
        "span": span_json(source, diagnostic.span),
        "labels": [
            {"file": (label.source or source).name, "span": span_json(label.source or source, label.span),
             "text": label.text}
            for label in diagnostic.labels
        ],
        "expected": diagnostic.expected,
        "found": diagnostic.found,
        "help": diagnostic.help,
        "fixes": [
            {"title": fix.title, "safe": fix.safe,
             "edits": [{"span": span_json(source, edit.span), "text": edit.text} for edit in fix.edits]}
            for fix in diagnostic.fixes
        ],
    }
