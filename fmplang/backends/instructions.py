"""What a language model is asked: the prompt of a call, and in which form its declared type wants the answer."""

from __future__ import annotations

from typing import Any

from fmplang.check.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Audio, Image, Video, render_prompt

_SHAPES: dict[Type, str] = {
    STR: '"text"', INT: "whole number", FLOAT: "number", BOOL: "true or false", NONE: "null",
}
_OPAQUE = (Image, Video, Audio)


def question(request: Request) -> str:
    """The prompt, and below it each argument that its template does not name, images and the like left out.

    A function without a prompt is asked by its name.
    """
    template = request.function.prompt
    lines = [request.prompt.strip() or request.function.name.replace("_", " ")]
    for name, value in request.args.items():
        if "{" + name + "}" not in template and not holds_opaque(value):
            lines.append(render_prompt(f"{name}: {{{name}}}", request.args))
    return "\n".join(lines)


def form(type_: Type, asked: str = "") -> str:
    """One sentence that asks for an answer of this type, or "" where any text is one or `asked` already says it."""
    if isinstance(type_, OptionalType):
        inner = form(type_.inner, asked)
        return f"{inner} Where there is none, answer none.".strip()
    if type_ == STR:
        return ""
    if type_ == NONE:
        return "Answer none."
    if type_ == BOOL:
        return "" if "yes or no" in asked.lower() else "Answer yes or no."
    if isinstance(type_, LiteralType):
        texts = [spelled(value) for value in type_.values]
        return "" if all(text in asked for text in texts) else f"Answer with one of these alone: {', '.join(texts)}."
    if type_ == INT:
        return "Answer with one whole number alone."
    if type_ == FLOAT:
        return "Answer with one number alone."
    return f"Answer with JSON alone, of this form: {shape(type_)}"


def shape(type_: Type, depth: int = 0) -> str:
    """A JSON value of the type, with words in the place of values."""
    if depth > 8:
        return "..."
    if isinstance(type_, (ListType, SetType, TupleOf)):
        return f"[{shape(type_.item, depth + 1)}, ...]"
    if isinstance(type_, TupleType):
        return f"[{', '.join(shape(item, depth + 1) for item in type_.items)}]"
    if isinstance(type_, DictType):
        return f"{{{shape(type_.key, depth + 1)}: {shape(type_.value, depth + 1)}, ...}}"
    if isinstance(type_, RecordType):
        return "{" + ", ".join(f'"{name}": {shape(t, depth + 1)}' for name, t in type_.fields) + "}"
    if isinstance(type_, OptionalType):
        return f"{shape(type_.inner, depth + 1)} or null"
    if isinstance(type_, LiteralType):
        return " or ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in type_.values)
    return _SHAPES.get(type_, "...")


def spelled(value: str | int | bool) -> str:
    """A label as a model is asked to write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def holds_opaque(value: Any) -> bool:
    """Whether a value is, or holds in a list, tuple or dict, an image, video or audio."""
    if isinstance(value, _OPAQUE):
        return True
    if isinstance(value, dict):
        return any(holds_opaque(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(holds_opaque(item) for item in value)


def can_be_written(type_: Type) -> bool:
    """Whether an answer of this type can be given as text: no images, videos or audio in it."""
    if isinstance(type_, (ListType, SetType, TupleOf)):
        return can_be_written(type_.item)
    if isinstance(type_, TupleType):
        return all(can_be_written(item) for item in type_.items)
    if isinstance(type_, DictType):
        return can_be_written(type_.key) and can_be_written(type_.value)
    if isinstance(type_, OptionalType):
        return can_be_written(type_.inner)
    if isinstance(type_, RecordType):
        return all(can_be_written(field) for _, field in type_.fields)
    return type_ in (STR, INT, FLOAT, BOOL, NONE) or isinstance(type_, LiteralType)
