"""JSON in an answer: alone, in a fence, with words around it, nearly right, or broken off."""

from __future__ import annotations

import json
import re
from typing import Any

from fmplang.backends.decode_loose import Broken, CutDict, CutList, read_loose
from fmplang.backends.decode_raw import FENCE, NOTHING, Misfit, fenced

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


def find_json(text: str, wanted: tuple[type, ...]) -> tuple[Any, list[str]]:
    """The one JSON value of a wanted kind in the text and the flags, else NOTHING; Misfit where there are several
    that differ.

    An object stands for a list where a list is wanted and the object has one entry; `_items` unwraps it. One that
    breaks off comes as CutDict or CutList.
    """
    flags = []
    fences = fenced(text)
    if len(fences) > 1:
        raise Misfit("it has more than one fenced block")
    if not fences and text.startswith(FENCE):  # one that is not closed
        fences = [text.partition("\n")[2]]
    if fences:
        flags.append("fence")
        text = fences[0].strip()
    found = _all_json(text)
    fitting = [value for value in found if isinstance(value[0], wanted)]
    if not fitting and list in wanted:
        fitting = [value for value in found if isinstance(value[0], dict) and len(value[0]) == 1]
    if any(value[0] != fitting[0][0] for value in fitting[1:]):
        raise Misfit("it holds more than one JSON value")
    if not fitting:
        return NOTHING, []
    value, start, end, loose = fitting[0]
    if len(fitting) > 1 or text[:start].strip() or text[end:].strip():
        flags.append("json in text")
    if loose and not isinstance(value, (CutDict, CutList)):
        flags.append("loose json")
    return value, flags


def _all_json(text: str) -> list[tuple[Any, int, int, bool]]:
    """The values at the top level of the text: each with its place and whether it was read loosely. Misfit where
    one is broken: what it holds is no answer."""
    found: list[tuple[Any, int, int, bool]] = []
    at = 0
    for _ in range(STARTS):
        begin = _BEGIN.search(text, at)
        if begin is None:
            return found
        start = begin.start()
        try:
            value, at = _DECODER.raw_decode(text, start)
            found.append((value, start, at, False))
        except json.JSONDecodeError:
            try:
                value, at = read_loose(text, start)
            except Broken as broken:
                if broken.at > begin.end():
                    raise Misfit(f"its JSON is broken: {broken}") from None
                at = begin.end()  # a bracket in a sentence
            else:
                if type(value) is CutList and not value:
                    raise Misfit("its JSON breaks off") from None
                found.append((value, start, at, True))
        except ValueError as error:
            raise Misfit(f"its JSON is not valid: {error}") from None
    raise Misfit("it has too many brackets")
