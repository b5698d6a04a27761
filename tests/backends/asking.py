"""Requests without a program around them, and the pictures that the tests look at."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as pil

from fmplang.backends.base import Response
from fmplang.backends.kinds import BadSetting
from fmplang.backends.scripted import ScriptedBackend
from fmplang.check.typed import NeuralFunction, Parameter, Site
from fmplang.check.types import BOOL, FLOAT, IMAGE, STR, ListType, LiteralType, Type
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image, ImageSource
from fmplang.syntax.source import Source, Span

INPUTS = Path(__file__).resolve().parent.parent.parent / "examples" / "inputs"


def neural(name: str, capability: str, returns: Type, *params: tuple[str, Type]) -> NeuralFunction:
    return NeuralFunction(name, capability, tuple(Parameter(n, t) for n, t in params), returns, f"{name}?")


FIND = neural("find", "detect", ListType(IMAGE), ("image", IMAGE), ("name", STR))
VERIFY = neural("verify_property", "verify", BOOL, ("image", IMAGE), ("name", STR), ("property", STR))
STATEMENT = neural("verify", "vqa", BOOL, ("image", IMAGE), ("statement", STR))
QUERY = neural("simple_query", "vqa", STR, ("image", IMAGE), ("question", STR))
READ = neural("read_text", "ocr", STR, ("image", IMAGE))
CLASSIFY = neural("classify", "classify", STR, ("text", STR), ("labels", ListType(STR)))
TOPIC = neural("topic", "classify", LiteralType(("billing", "shipping", "technical")), ("ticket", STR))
EMBED = neural("embed", "embed", ListType(FLOAT), ("text", STR))
CAPTION = neural("caption", "caption", STR, ("image", IMAGE))


def ask(function: NeuralFunction, *args: Any) -> Request:
    site = Site(f"main/{function.name}", function, Span(0, 0), Source("test", ""))
    return Request(site, dict(zip((p.name for p in function.params), args, strict=True)), (0,), run_id="run-1")


def image(pixels: Any) -> Image:
    array = np.array(pixels, dtype=np.uint8)
    return Image(ImageSource(lambda: array, "test"))


def plain(colour: tuple[int, int, int], width: int = 40, height: int = 30) -> Image:
    return image(np.broadcast_to(np.array(colour, dtype=np.uint8), (height, width, 3)))


@cache
def photo(name: str) -> Image:
    with pil.open(INPUTS / name) as opened:
        return image(np.asarray(opened.convert("RGB")))


def answer(backend: Any, function: NeuralFunction, *args: Any) -> Response:
    """The backend's answer to a request that it says it supports; an exception is raised."""
    request = ask(function, *args)
    assert backend.supports(request)
    (said,) = backend.answer([request])
    if isinstance(said, Exception):
        raise said
    assert isinstance(said, Response)
    assert said.confidence is None or 0 <= said.confidence <= 1
    assert 0 <= backend.price(request) < float("inf")
    return said


def declared_backend(kind: str, name: str, **settings: Any) -> ScriptedBackend:
    """The factory of a kind for tests: says its settings."""
    if settings.get("size") == 13:
        raise BadSetting("size", "13 is no size")
    if settings.get("size") == 14:
        raise ValueError("nothing fits")
    return ScriptedBackend("ask", lambda request: repr(settings), name=name, cost=2.0)
