"""A request as the messages of a chat: pictures first, then the prompt, then the form of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fmplang.backends.openai.pictures import Sent, data_uri, size_within
from fmplang.backends.openai.schema import kinds_in, wrapped
from fmplang.check.types import BOOL, FLOAT, IMAGE, INT, STR, LiteralType, OptionalType, Type
from fmplang.runtime.values import Image

if TYPE_CHECKING:
    from fmplang.backends.openai.settings import Settings
    from fmplang.runtime.requests import Request

# Tokens that an answer takes at the most, where the user sets no `max_tokens`.
SHORT = 32
LONG = 1024
TEMPLATE = 256  # tokens that a server's chat template may add


@dataclass(frozen=True, slots=True)
class Messages:
    """`plain` and `structured` are the messages for a server without and with structured output."""

    plain: list[dict[str, Any]]
    structured: list[dict[str, Any]]
    pictures: tuple[Sent, ...]


def messages_of(request: Request, settings: Settings) -> Messages:
    """Makes the pictures small enough and encodes them, so it may take tens of milliseconds."""
    named = list(images_of(request.args))
    sent = tuple(data_uri(image, settings.image_side) for _, image in named)
    texts = [question(request, sent, structured) for structured in (False, True)]
    plain, structured = ([*_system(settings), {"role": "user", "content": _content(named, sent, text)}]
                         for text in texts)
    return Messages(plain, structured, sent)


def prompt_bytes(request: Request, settings: Settings) -> int:
    """The bytes in UTF-8 of all text that the server sees, the schema counted for it as well."""
    named = list(images_of(request.args))
    sizes = [size_within(image.size, settings.image_side) for _, image in named]
    sent = tuple(Sent("", *size, 1.0) for size in sizes)
    text = max(_bytes(question(request, sent, structured)) for structured in (False, True))
    labels = sum(_bytes(_label(name)) for name, _ in named)
    schema = _bytes(schema_text(request.returns)) if request.returns != STR else 0
    return text + labels + schema + _bytes(settings.system) + TEMPLATE


def answer_tokens(type_: Type) -> int:
    """The most tokens that an answer of this type should take."""
    inner = type_.inner if isinstance(type_, OptionalType) else type_
    if inner in (BOOL, INT, FLOAT):
        return SHORT
    if isinstance(inner, LiteralType):
        return SHORT + max(len(str(value).encode()) for value in inner.values)
    return LONG


def images_of(args: Mapping[str, Any]) -> Iterator[tuple[str, Image]]:
    """The pictures among the arguments, those in lists too, with their names."""
    for name, value in args.items():
        if isinstance(value, Image):
            yield name, value
        elif isinstance(value, (list, tuple)):
            for number, item in enumerate(value, 1):
                if isinstance(item, Image):
                    yield f"{name} {number}", item


def question(request: Request, sent: tuple[Sent, ...], structured: bool) -> str:
    parts = [request.prompt.strip(), _form(request.returns, structured)]
    if IMAGE in kinds_in(request.returns) and sent:
        parts.append(f"The image is {sent[0].width} pixels wide and {sent[0].height} high; boxes are in its pixels, "
                     "counted from the upper left corner.")
    return "\n\n".join(part for part in parts if part)


def _form(type_: Type, structured: bool) -> str:
    """How the answer is to be written. A server that keeps to a schema is told as well: it answers better."""
    if type_ == STR:
        return ""
    if structured or not _is_scalar(type_):
        return f"Answer with JSON alone, by this schema: {schema_text(type_)}"
    inner = type_.inner if isinstance(type_, OptionalType) else type_
    if isinstance(inner, LiteralType):
        told = [("yes" if v else "no") if isinstance(v, bool) else str(v) for v in inner.values]
        what = f"one of these, word for word: {', '.join(told)}"
    else:
        what = f"{_WORDS[inner]} alone"
    none = ", or with the word none where there is no answer" if isinstance(type_, OptionalType) else ""
    return f"Answer with {what}{none}."


_WORDS: dict[Type, str] = {BOOL: "yes or no", INT: "one whole number", FLOAT: "one number", STR: "the answer"}


def _is_scalar(type_: Type) -> bool:
    inner = type_.inner if isinstance(type_, OptionalType) else type_
    return inner in (BOOL, INT, FLOAT, STR) or isinstance(inner, LiteralType)


@lru_cache(maxsize=1024)
def schema_text(type_: Type) -> str:
    return json.dumps(wrapped(type_), separators=(",", ":"), ensure_ascii=False)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _system(settings: Settings) -> list[dict[str, Any]]:
    return [{"role": "system", "content": settings.system}] if settings.system else []


def _content(named: list[tuple[str, Image]], sent: tuple[Sent, ...], text: str) -> str | list[dict[str, Any]]:
    if not named:
        return text
    parts: list[dict[str, Any]] = []
    for (name, _), picture in zip(named, sent, strict=True):
        if len(named) > 1:
            parts.append({"type": "text", "text": _label(name)})
        parts.append({"type": "image_url", "image_url": {"url": picture.uri}})
    return [*parts, {"type": "text", "text": text}]


def _label(name: str) -> str:
    return f"The image `{name}`:"
