"""The closed universe of values: what a program can hold, and nothing else.

None, bool, int, float, str, list, dict and tuple are Python's own; sets are OrderedSet, records RecordValue;
Image, Video and Audio are opaque and immutable; function values are callables that the interpreter made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fmplang.errors import LimitError
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.digests import digest
from fmplang.runtime.values.fitting import checker, fits, type_name
from fmplang.runtime.values.image_files import image_from_array, image_from_pil
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.plain_json import from_json, to_json
from fmplang.runtime.values.records import RecordShape, RecordValue, fields_of, record, shape_of
from fmplang.runtime.values.sets import OrderedSet
from fmplang.runtime.values.sizes import largest, text_size, tree_size
from fmplang.runtime.values.video import Video

__all__ = [
    "Audio",
    "Image",
    "OrderedSet",
    "RecordShape",
    "RecordValue",
    "Video",
    "checker",
    "copy_in",
    "copy_out",
    "digest",
    "fields_of",
    "fits",
    "from_json",
    "image_from_array",
    "image_from_pil",
    "largest",
    "record",
    "render_prompt",
    "shape_of",
    "text_size",
    "to_json",
    "tree_size",
    "type_name",
]


def copy_out(value: Any) -> Any:
    """The value for a host to keep: no list, dict or set of it is the program's own. Sharing is kept."""
    return _copy(value, {})


def copy_in(value: Any) -> Any:
    """A host's value for a program to keep: copied, Python's sets made ordered, subclasses made plain.

    TypeError for what is no value of FMP. The result may still not fit a declared type; see `fits`.
    """
    return _copy(value, {})


def _copy(value: Any, seen: dict[int, Any]) -> Any:
    kind = type(value)
    if value is None or kind in _WHOLE:
        return value
    known = seen.get(id(value))
    if known is not None:
        return known[1]
    if kind is RecordValue:
        made: Any = RecordValue(value.__shape__, tuple(_copy(v, seen) for v in value.__values__))
    elif isinstance(value, list):
        made = [_copy(item, seen) for item in value]
    elif isinstance(value, tuple):
        made = tuple(_copy(item, seen) for item in value)
    elif isinstance(value, dict):
        made = {_copy(key, seen): _copy(item, seen) for key, item in value.items()}
    elif isinstance(value, (OrderedSet, set, frozenset)):
        made = OrderedSet(_copy(item, seen) for item in value)
    else:
        made = _plain(value)
    seen[id(value)] = (value, made)  # holding `value` keeps its id from being used again
    return made


_WHOLE = frozenset({bool, int, float, str, Image, Video, Audio})


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if callable(value):
        return value
    raise TypeError(f"{type(value).__name__} is no type of FMP")


# ------------------------------------------------------------------- prompts

PROMPT = 4 * 1024 * 1024
"""The most characters of one argument in a prompt."""


_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


def render_prompt(template: str, args: Mapping[str, Any]) -> str:
    """The template with `{name}` replaced by the argument of that name; `{{` and `}}` stand for braces.

    Anything else in braces stays as it is (a JSON example needs no escapes), and nothing is looked up inside a
    value. Text is inserted as it is and never read as a template again.
    """
    return _PLACE.sub(lambda found: _fill(found, args), template)


def _fill(found: re.Match[str], args: Mapping[str, Any]) -> str:
    text = found.group()
    if text in ("{{", "}}"):
        return text[0]
    name = found.group(1)
    return readable(args[name]) if name in args else text


def readable(value: Any) -> str:
    """A value as a person would write it in a question."""
    if type(value) is str:
        return value
    if value is None:
        return "none"
    if text_size(value) > PROMPT:
        raise LimitError(f"an argument of a prompt is longer than {PROMPT:,} characters", limit="string",
                         ceiling=PROMPT, code="FMP609", hint="Pass less to the neural function.")
    return _readable(value, 0)


def _readable(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is bool:
        return "yes" if value else "no"
    if kind is Image or kind is Video or kind is Audio:
        return f"<{kind.__name__.lower()}>"
    if kind is dict or kind is RecordValue:
        pairs = value.items() if kind is dict else fields_of(value)
        lines = [f"{_readable(k, depth + 1)}: {_readable(v, depth + 1)}" for k, v in pairs]
        return "{" + ", ".join(lines) + "}" if depth else "\n".join(lines)
    if kind is list or kind is tuple or kind is OrderedSet:
        parts = [_readable(item, depth + 1) for item in value]
        if depth:
            return "[" + ", ".join(parts) + "]"
        if any("," in part or "\n" in part for part in parts):
            return "\n".join(f"- {part}" for part in parts)
        return ", ".join(parts) if parts else "none"
    return "none" if value is None else str(value)

