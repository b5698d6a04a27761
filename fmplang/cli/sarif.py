"""What `check --sarif` prints: findings as SARIF 2.1.0, which code scanning reads.

The rules are the codes that were found, with what `explain` says of them. Lines and columns count characters from 1,
offsets from 0 (`columnKind` says so). A label in a module of the library has a logical location: it is no file of the
user's. A file that could not be read is a notification of the run, and the run is not successful then.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fmplang.catalogue_run import catalogue
from fmplang.errors import FmpError
from fmplang.syntax.catalogue import Entry
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.source import Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "fmplangLine/v1"


def sarif_log(files: Sequence[tuple[str, Sequence[Diagnostic], FmpError | None]], version: str) -> dict[str, Any]:
    """One log with one run over files: each its path, its diagnostics, and why it could not be read, if so."""
    codes = sorted({d.code for _, found, _ in files for d in found})
    entries = catalogue()
    results = []
    for file, found, _ in files:
        seen: dict[str, int] = {}
        results += [_result(d, file, codes.index(d.code), seen) for d in found]
    failed = [(file, error) for file, _, error in files if error is not None]
    invocation: dict[str, Any] = {"executionSuccessful": not failed}
    if failed:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": str(error)}, "descriptor": {"id": error.code},
             "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}]}
            for file, error in failed
        ]
    driver = {"name": "fmplang", "version": version,
              "rules": [_rule(entries[code]) for code in codes]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "invocations": [invocation],
           "artifacts": [{"location": {"uri": _uri(file)}} for file, _, _ in files], "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: Entry) -> dict[str, Any]:
    area = {"0": "syntax", "1": "names", "2": "types", "3": "flow", "4": "neural-lints"}.get(entry.code[3], "limits")
    parts = [("Fails:", entry.failing), ("Mended:", entry.mended)]
    text = "\n\n".join([entry.why.strip(), *(f"{head}\n\n{code.rstrip()}" for head, code in parts if code.strip())])
    fenced = [f"{head}\n\n```python\n{code.strip()}\n```" for head, code in parts if code.strip()]
    return {
        "id": entry.code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.why.strip()},
        "help": {"text": text, "markdown": "\n\n".join([entry.why.strip(), *fenced])},
        "defaultConfiguration": {"level": "warning" if area == "neural-lints" else "error"},
        "properties": {"tags": [area]},
    }


def _result(d: Diagnostic, file: str, index: int, seen: dict[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": index,
        "level": d.severity,
        "message": {"text": _message(d)},
        "locations": [_place(d.source, d.span, file)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(d, seen)},
    }
    if d.labels:
        made["relatedLocations"] = [_related(label, i + 1, d, file) for i, label in enumerate(d.labels)]
    if d.fixes:
        made["fixes"] = [_fix(fix, d.source, file) for fix in d.fixes]
    return made


def _message(d: Diagnostic) -> str:
    parts = [d.title if d.title.endswith((".", "?", "!")) else d.title + "."]
    if d.expected and d.found:
        parts.append(f"Expected {d.expected}, found {d.found}.")
    if d.help:
        help = d.help[:1].upper() + d.help[1:]
        parts.append(help if help.endswith((".", "?", "!")) else help + ".")
    return " ".join(parts)


def _place(source: Source, span: Span, file: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": _region(source, span)}}


def _region(source: Source, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1],
            "charOffset": span.start, "charLength": span.end - span.start}


def _related(label: Label, number: int, d: Diagnostic, file: str) -> dict[str, Any]:
    if label.source is None or label.source is d.source:
        made = _place(d.source, label.span, file)
    else:
        made = {"logicalLocations": [{"fullyQualifiedName": label.source.name, "kind": "module"}]}
    return {"id": number, **made, "message": {"text": label.text}}


def _fix(fix: Fix, source: Source, file: str) -> dict[str, Any]:
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    return {
        "description": {"text": fix.title + ("" if fix.safe else " (look at it first)")},
        "artifactChanges": [{"artifactLocation": {"uri": _uri(file)},
                             "replacements": [_replacement(edit, source) for edit in edits]}],
    }


def _replacement(edit: Edit, source: Source) -> dict[str, Any]:
    made: dict[str, Any] = {"deletedRegion": _region(source, edit.span)}
    if edit.text:
        made["insertedContent"] = {"text": edit.text}
    return made


def _fingerprint(d: Diagnostic, seen: dict[str, int]) -> str:
    """The same for a finding after lines were added elsewhere: its code, its line's text, and which of such it is."""
    line = " ".join(d.source.line(d.source.position(d.span.start)[0]).split())
    key = f"{d.code} {line}"
    seen[key] = seen.get(key, 0) + 1
    return sha256(f"{key} {seen[key]}".encode("utf-8", "replace")).hexdigest()[:32]


def _uri(file: str) -> str:
    """A path as SARIF wants it: relative to the working directory where it lies below it, else a file URI."""
    if file == "-":
        return "stdin.fmp"
    path = Path(file)
    if path.is_absolute():
        try:
            path = path.relative_to(Path.cwd())
        except ValueError:
            return "file://" + quote(path.as_posix())
    return quote(os.path.normpath(path).replace(os.sep, "/"))
