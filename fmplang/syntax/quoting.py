"""Texts as string literals and f-strings.

Inside the braces of an f-string Python 3.11 allows neither a backslash nor the quote that delimits the f-string, so a
literal there has to be spelled by choosing its quotes, or by splitting it into several that stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fmplang.syntax import ast

QUOTES = ('"', "'", '"""', "'''")

Show = Callable[[ast.Expr, tuple[str, ...]], str]  # an expression as text between the given outer quotes


class Unprintable(ValueError):
    """A tree that no program text can give. The parser makes no such tree."""


def literal(value: str, outer: tuple[str, ...] = ()) -> str:
    """A string literal of this value; `outer` are the quotes of the f-strings around it."""
    if not outer:
        quote = "'" if '"' in value and "'" not in value else '"'
        return quote + escape(value, quote) + quote
    pieces: list[str] = []
    rest = value
    while True:
        size = len(rest)
        while (piece := _plain(rest[:size], outer)) is None:
            size -= 1
            if size <= 0:
                raise Unprintable(f"no literal for {value!r} in the braces of an f-string")
        pieces.append(piece)
        rest = rest[size:]
        if not rest:
            return " ".join(pieces)


def _plain(value: str, outer: tuple[str, ...]) -> str | None:
    """The value between some quotes, without any escape."""
    if "\\" in value or "\r" in value or "\0" in value:
        return None
    for quote in QUOTES:
        if quote not in value and not value.endswith(quote[0]) and (len(quote) == 3 or "\n" not in value):
            text = quote + value + quote
            if fits(text, outer):
                return text
    return None


def fits(text: str, outer: tuple[str, ...]) -> bool:
    """Whether a text may stand in the braces of f-strings with these quotes."""
    return not (outer and "\\" in text) and all(
        quote not in text and (len(quote) == 3 or "\n" not in text) for quote in outer)


def docstring(value: str) -> str:
    """A docstring: three double quotes, its line ends as they are."""
    body = "\n".join(escape(line, '"""') for line in value.split("\n"))
    return '"""' + _guard(body, '"') + '"""'


def _guard(body: str, quote: str) -> str:
    """Escape the quotes that would end a triple-quoted literal."""
    return re.sub(f"{quote}{{3,}}|{quote}+\\Z", lambda m: f"\\{quote}" * len(m[0]), body)


_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}


def escape(value: str, quote: str) -> str:
    """The inside of a literal between these quotes, on one line."""
    if value.isprintable() and "\\" not in value and (len(quote) == 3 or quote not in value):
        return value
    out = []
    for ch in value:
        if ch in _NAMED:
            out.append(_NAMED[ch])
        elif ch == quote:
            out.append("\\" + ch)
        elif ch.isprintable():
            out.append(ch)
        else:
            code = ord(ch)
            out.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")
    return "".join(out)


def fstring(parts: tuple[str | ast.Interpolation, ...], show: Show, outer: tuple[str, ...] = ()) -> str:
    """An f-string; `show` writes the expressions in its braces."""
    for quote in QUOTES:
        try:
            text = f"f{quote}" + "".join([_part(part, quote, show, outer) for part in parts]) + quote
        except Unprintable:
            continue
        if fits(text, outer):
            return text
    if len(parts) < 2:
        raise Unprintable("no quotes are left for an f-string")
    pieces = [literal(part, outer) if isinstance(part, str) else fstring((part,), show, outer) for part in parts]
    return " ".join(pieces)


def _part(part: str | ast.Interpolation, quote: str, show: Show, outer: tuple[str, ...]) -> str:
    if isinstance(part, ast.Interpolation):
        return _hole(part, quote, show, outer)
    text = part.replace("{", "{{").replace("}", "}}")
    return _text(text, quote, outer)


def _text(text: str, quote: str, outer: tuple[str, ...]) -> str:
    if not outer:
        text = escape(text, quote)
        return _guard(text, quote[0]) if len(quote) == 3 else text
    if quote[0] in text or "\\" in text or "\r" in text or "\0" in text or (len(quote) == 1 and "\n" in text):
        raise Unprintable("this text needs an escape")
    return text


def _hole(part: ast.Interpolation, quote: str, show: Show, outer: tuple[str, ...]) -> str:
    inner = show(part.value, (*outer, quote))
    if not fits(inner, (*outer, quote)):
        raise Unprintable("this expression holds the quote")
    before = " " if inner.startswith("{") else ""
    after = " " if inner.endswith("}") else ""
    conversion = f"!{part.conversion}" if part.conversion else ""
    spec = ""
    if part.spec:
        spec = ":" + "".join([_hole(p, quote, show, outer) if isinstance(p, ast.Interpolation)
                              else _spec(p, quote, outer) for p in part.spec])
    return f"{{{before}{inner}{after}{conversion}{spec}}}"


def _spec(text: str, quote: str, outer: tuple[str, ...]) -> str:
    """Text of a format spec, where doubled braces do not stand for braces."""
    if "{" not in text and "}" not in text:
        return _text(text, quote, outer)
    if outer:
        raise Unprintable("a brace in a format spec needs an escape")
    return _text(text, quote, outer).replace("{", "\\x7b").replace("}", "\\x7d")
