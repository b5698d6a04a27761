"""Values as plain JSON: what the ledger stores and what `--json` prints.

An image becomes its digest, its box and the path it came from, never its pixels. A set becomes a list, a record
an object of its fields, a dict with other than string keys a list of pairs. A float that JSON cannot say becomes the
text "nan", "inf" or "-inf"; the type beside a value tells it from a string.
"""

from __future__ import annotations

import json
import math
from typing import Any

from fmplang.runtime.values import OrderedSet, RecordValue, fields_of


def plain(value: Any) -> Any:
    """A value that `json.dumps` takes. What is not a value of the language becomes its type's name."""
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else str(value)
    if kind is list or kind is tuple or kind is OrderedSet:
        return [plain(item) for item in value]
    if kind is dict:
        if all(type(key) is str for key in value):
            return {key: plain(item) for key, item in value.items()}
        return [[plain(key), plain(item)] for key, item in value.items()]
    if isinstance(value, RecordValue):
        return {name: plain(item) for name, item in fields_of(value)}
    return _reference(value)


def _reference(value: Any) -> Any:
    """An image, a video or a sound by what identifies it."""
    kind = type(value).__name__
    digest = getattr(value, "digest", None)
    if not isinstance(digest, str):
        return f"<{kind}>"
    told: dict[str, Any] = {"kind": kind, "digest": digest}
    for name in ("box", "path"):
        found = getattr(value, name, None) or getattr(getattr(value, "source", None), name, None)
        if found is not None:
            told[name] = list(found) if isinstance(found, tuple) else str(found)
    return told


def dump(value: Any) -> str:
    """One line of JSON in ASCII: no text of a model or a file can break a line, a terminal or an encoding."""
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False)
