"""Literals: from the text of a token to the value that Python would give it.

Errors are raised as `Slip`, with the exact place in the source.
"""

from __future__ import annotations

import re
from typing import NoReturn

from fmplang.frozen import Frozen
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix
from fmplang.syntax.source import Source, Span


class Slip(Exception):
    """A statement that is wrong; the parser reports the diagnostic and goes on with the next one."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic


def slip(source: Source, code: str, title: str, start: int, end: int, help: str = "", *fixes: Fix) -> NoReturn:
    raise Slip(Diagnostic(code, title, source, Span(start, end), help=help, fixes=fixes))


# ---------------------------------------------------------------------------- numbers

_DIGITS_AT_MOST = 4300  # as in Python, whose int() refuses longer ones; far beyond any limit on bits


def integer(source: Source, word: str, start: int, bits: int) -> int:
    end = start + len(word)
    digits = word.replace("_", "")
    value = 1 << bits if len(digits) > _DIGITS_AT_MOST else int(digits, 0)
    if value.bit_length() > bits:
        slip(source, "FMP611", f"this integer is longer than {bits} bits", start, end,
             "write a smaller number, or a float such as 1e80")
    return value


def floating(source: Source, word: str, start: int) -> float:
    value = float(word)
    if value == float("inf"):
        slip(source, "FMP009", f"{word} is too large for a float", start, start + len(word),
             "the largest float is about 1.8e308")
    return value


# ---------------------------------------------------------------------------- strings

_HEAD = re.compile(r"""([A-Za-z]*)(\"{3}|'{3}|"|')""")
_ESCAPE = (
    r"\\(?:\r?\n|([\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^{}]*)\}|)")
_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Quoted(Frozen, eq=True):
    """A string token taken apart: `[begin, end)` is its content in the source."""

    raw: bool
    formatted: bool
    quote: str
    begin: int
    end: int


def take_apart(word: str, start: int) -> Quoted:
    m = _HEAD.match(word)
    assert m is not None
    letters, quote = m[1].lower(), m[2]
    return Quoted("r" in letters, "f" in letters, quote, start + m.end(), start + len(word) - len(quote))


def decode(source: Source, text: str, begin: int, end: int, raw: bool) -> str:
    """The value of a string's content."""
    part = text[begin:end]
    if "\r" in part:  # as Python's universal newlines; an escaped \r is two characters here
        part = _unix(part)
    if raw or "\\" not in part:
        return part
    return _decode(source, text, begin, end)


def _unix(part: str) -> str:
    return part.replace("\r\n", "\n").replace("\r", "\n")


def _decode(source: Source, text: str, begin: int, end: int) -> str:
    escape = re.compile(_ESCAPE)
    out: list[str] = []
    pos = begin
    while True:
        at = text.find("\\", pos, end)
        if at < 0:
            out.append(_unix(text[pos:end]))
            return "".join(out)
        out.append(_unix(text[pos:at]))
        m = escape.match(text, at, end)
        assert m is not None
        out.append(_escape(source, text, m))
        pos = m.end()


def _escape(source: Source, text: str, m: re.Match[str]) -> str:
    at, end = m.span()
    simple, octal, named = m[1], m[2], m[6]
    hexadecimal = m[3] or m[4] or m[5]
    if simple:
        return _SIMPLE[simple]
    if hexadecimal or octal:
        code = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
        if octal and code > 0o377:
            slip(source, "FMP010", f"the escape {m[0]} is beyond \\377", at, end, f"write \\u{code:04x}",
                 Fix(f"write \\u{code:04x}", (Edit(Span(at, end), f"\\u{code:04x}"),), safe=True))
        if code > 0x10FFFF:
            slip(source, "FMP010", f"there is no character {m[0]}", at, end, "the last one is \\U0010ffff")
        if 0xD800 <= code <= 0xDFFF:
            slip(source, "FMP010", f"{m[0]} is half of a character", at, end, "write the character itself")
        return chr(code)
    if named is not None:
        from unicodedata import lookup

        try:
            character = lookup(named)
        except KeyError:
            character = ""
        if len(character) != 1:
            slip(source, "FMP010", f"there is no character named {named!r}", at, end, "write the character itself")
        return character
    if end - at > 1:
        return ""  # a backslash at the end of a line joins it to the next
    seen = text[at:at + 2]
    fix = Fix(f"write \\{seen}", (Edit(Span(at, at), "\\"),), safe=True)
    slip(source, "FMP010", f"{seen!r} is no escape" if seen.isprintable() else "this is no escape", at, at + 2,
         f"write \\{seen} for a backslash, or put r before the string", fix)
