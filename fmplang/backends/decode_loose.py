"""Nearly JSON: what models write when they mean JSON, read without a guess.

Single quotes, trailing commas, comments, bare keys, line breaks in texts, Python's True, False and None, a set in
braces.
Text that ends before its value does gives a CutDict or CutList, which holds only what came whole: a number or a
word at the very end may have gone on, so it is left out.
"""

from __future__ import annotations

import re
from typing import Any

NESTING = 64
PARTS = 200_000  # elements and entries of one value


class CutDict(dict[str, Any]):
    """An object that breaks off: there may be more keys."""


class CutList(list[Any]):
    """A list that breaks off: there may be more elements."""


class Broken(ValueError):
    """No JSON, however loosely read. `at` is where."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


class _End(Exception):
    """The text ends within a key or a plain value."""


_BLANK = re.compile(r"(?:\s|//[^\n]*|#[^\n]*|/\*.{0,2000}?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,999})(?:\.\d{1,999})?(?:[eE][-+]?\d{1,4})?(?![\w.+-])", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_ESCAPE = re.compile(r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}


def read_loose(text: str, start: int) -> tuple[Any, int]:
    """The list or object that begins at `start`, and where it ends. Broken where it is none."""
    reader = _Reader(text, start)
    value = reader.value(0)
    return value, len(text) if reader.cut else reader.at


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.cut = False
        self.parts = 0

    def peek(self) -> str:
        """The next character that counts; "" at the end."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Any:
        if depth > NESTING:
            raise Broken("it is nested too deep", self.at)
        next_ = self.peek()
        if next_ == "{":
            return self.object(depth)
        if next_ == "[":
            return self.array(depth)
        return self.plain(next_)

    def plain(self, next_: str) -> Any:
        """A text, number or constant."""
        if next_ == "":
            raise _End
        if next_ in "\"'":
            return self.string()
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = self.inner(number.end())
            return (int if re.fullmatch(r"-?\d+", number.group()) else float)(number.group())
        name = _NAME.match(self.text, self.at)
        if name and name.group() in _CONSTANTS:
            self.at = self.inner(name.end())
            return _CONSTANTS[name.group()]
        if (name and name.end() == len(self.text)) or self.text[self.at :] == "-":
            raise _End
        raise Broken("expecting value", self.at)

    def inner(self, end: int) -> int:
        if end == len(self.text):
            raise _End
        return end

    def string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise _End
        self.at = found.end()
        return _ESCAPE.sub(self.unescaped, found.group()[1:-1])

    def unescaped(self, found: re.Match[str]) -> str:
        code = found.group(1)
        if len(code) > 1:
            return bytes(found.group(), "ascii").decode("unicode-escape").encode("utf-16", "surrogatepass").decode(
                "utf-16", "surrogatepass")
        if code not in _ESCAPES:
            raise Broken("an escape that is none", self.at)
        return _ESCAPES[code]

    def array(self, depth: int) -> Any:
        self.at += 1
        items: list[Any] = []
        while True:
            next_ = self.peek()
            if next_ == "]":
                self.at += 1
                return items
            try:
                items.append(self.value(depth + 1))
            except _End:
                self.cut = True
            if self.cut or self.separated("]"):
                return CutList(items)

    def separated(self, closing: str) -> bool:
        """Take a comma; whether the text ends here."""
        self.parts += 1
        if self.parts > PARTS:
            raise Broken(f"it has more than {PARTS:,} parts", self.at)
        next_ = self.peek()
        if next_ == ",":
            self.at += 1
        elif next_ == "":
            self.cut = True
        elif next_ != closing:
            raise Broken("expecting a comma", self.at)
        return self.cut

    def object(self, depth: int) -> Any:
        self.at += 1
        made: dict[str, Any] = {}
        members: list[Any] | None = None  # of a set, as Python writes it
        while True:
            next_ = self.peek()
            if next_ == "}":
                self.at += 1
                return made if members is None else members
            start = self.at
            try:
                key, bare = self.key(next_)
                colon = self.peek()
                if colon == ":" and members is None:
                    self.at += 1
                    if not isinstance(key, str):
                        key = str(key)
                    if key in made:
                        raise Broken("a key stands there twice", start)
                    made[key] = self.value(depth + 1)
                elif colon == "":
                    raise _End
                elif colon in ",}" and not made and not bare:
                    members = members if members is not None else []
                    members.append(key)
                else:
                    raise Broken("expecting a colon", start if bare else self.at)
            except _End:
                self.cut = True
            if self.cut or self.separated("}"):
                return CutDict(made) if members is None else CutList(members)

    def key(self, next_: str) -> tuple[Any, bool]:
        name = _NAME.match(self.text, self.at)
        if name and name.group() not in _CONSTANTS:
            self.at = self.inner(name.end())
            return name.group(), True
        return self.plain(next_), False
