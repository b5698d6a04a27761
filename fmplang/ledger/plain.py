"""Values as one line of JSON, kept within bounds."""

from __future__ import annotations

import json
from typing import Any

from fmplang.runtime.values import text_size, to_json, tree_size

LARGEST_PARTS = 200_000  # parts of one recorded value; more of them are told by number only
LARGEST_TEXT = 4_000_000  # characters of one recorded value, roughly


def dump(value: Any) -> str:
    """ASCII, so that no text of a model or a file can break a line, a terminal or an encoding.

    Images and the like go by digest, box and path. A value beyond the bounds becomes `{"$omitted": parts}`.
    """
    parts = tree_size(value)
    if parts > LARGEST_PARTS or text_size(value) > LARGEST_TEXT:
        return json.dumps({"$omitted": parts})
    return json.dumps(to_json(value), separators=(",", ":"), allow_nan=False)
