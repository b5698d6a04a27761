"""A policy's state as text and bytes: JSON for what is plain, safetensors for the arrays. Neither can hold code.

An array stands in the JSON as {"$array": name}; a scalar of numpy becomes a plain number. Floats are written so that
they come back the same to the last bit.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

_MARK = "$array"


def pack(state: dict[str, Any]) -> tuple[str, bytes]:
    """The JSON and the safetensors. TypeError or ValueError for what neither can hold, nan among it."""
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            name = str(len(arrays))
            arrays[name] = np.ascontiguousarray(value)
            return {_MARK: name}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, dict):
            if not all(isinstance(key, str) for key in value) or _MARK in value:
                raise TypeError("the keys of a state are texts")
            return {key: plain(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        return value

    text = json.dumps(plain(state), separators=(",", ":"), allow_nan=False)
    return text, save(arrays)


def unpack(text: str, arrays: bytes) -> dict[str, Any]:
    """What `pack` was given; tuples have become lists. ValueError where it is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        held = load(arrays)
        found = json.loads(text, object_hook=lambda value: held[value[_MARK]] if value.keys() == {_MARK} else value)
    except (SafetensorError, KeyError, RecursionError) as error:
        raise ValueError(f"a damaged state: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("a state is a table")
    return found
