"""Values as one line of JSON, kept within bounds."""

from __future__ import annotations

import json
from typing import Any

from fmplang.errors import FmpError
from fmplang.runtime.values import text_size, to_json, tree_size

LARGEST_PARTS = 200_000  # parts of one recorded value; more of them are told by number only
LARGEST_TEXT = 4_000_000  # characters of one recorded value, roughly


def dump(value: Any) -> str:
    """ASCII, so that no text of a model or a file can break a line, a terminal or an encoding.

    Images and the like go by digest, box and path. What cannot be written down, being out of all proportion or an
    image that turns out damaged, becomes `{"$omitted": why}`: recording a run is no reason for it to fail.
    """
    try:
        parts = tree_size(value)
        if parts > LARGEST_PARTS or text_size(value) > LARGEST_TEXT:
            return json.dumps({"$omitted": f"{parts} parts"})
        return json.dumps(to_json(value), separators=(",", ":"), allow_nan=False)
    except FmpError as error:
        return json.dumps({"$omitted": error.message})
