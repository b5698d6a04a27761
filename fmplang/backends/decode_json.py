"""JSON in an answer: alone, in a fence, or with words around it."""

from __future__ import annotations

import json
import re
from typing import Any

from fmplang.backends.decode_text import NOTHING, Misfit, fenced

STARTS = 64  # places where a JSON value may begin that are tried
_BEGIN = re.compile(r"[{\[]")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands there twice")
    return made


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)


def is_json(text: str) -> bool:
    return text[:1] in "{[" and text[-1:] in "}]"


def find_json(text: str, wanted: type) -> Any:
    """The one JSON list or object in the text, else NOTHING; Misfit where there are several that differ.

    An object stands for a list where a list is wanted and the object has one entry; `_items` unwraps it.
    """
    fences = fenced(text)
    if len(fences) > 1:
        raise Misfit("it has more than one fenced block")
    found = _all_json(fences[0] if fences else text)
    fitting = [value for value in found if isinstance(value, wanted)]
    if not fitting and wanted is list:
        fitting = [value for value in found if isinstance(value, dict) and len(value) == 1]
    if any(value != fitting[0] for value in fitting[1:]):
        raise Misfit("it holds more than one JSON value")
    return fitting[0] if fitting else NOTHING


def _all_json(text: str) -> list[Any]:
    """The JSON values at the top level of the text; those in a broken or cut one are no answers."""
    found: list[Any] = []
    at = 0
    for _ in range(STARTS):
        begin = _BEGIN.search(text, at)
        if begin is None:
            return found
        try:
            value, at = _DECODER.raw_decode(text, begin.start())
            found.append(value)
        except json.JSONDecodeError as error:
            if error.pos > begin.end():
                raise Misfit(f"its JSON is broken: {error.msg.lower()}") from None
            at = begin.end()  # a bracket in a sentence
        except ValueError as error:
            raise Misfit(f"its JSON is not valid: {error}") from None
    raise Misfit("it has too many brackets")
