"""f-strings, by the rules of Python 3.11: where the texts and the expressions in a token are.

`pieces` finds them; the parser reads the expressions. In an expression there is neither a backslash nor a comment;
it ends at the first `!`, `:`, `=` or `}` outside of brackets and strings.
"""

from __future__ import annotations

from typing import Literal, NoReturn, Union

from fmplang.frozen import Frozen
from fmplang.syntax.kinds import CLOSERS, PAIRS
from fmplang.syntax.literals import decode, slip
from fmplang.syntax.source import Source

DEPTH = 2  # a format spec may hold expressions, whose own specs may hold none


class Hole(Frozen, eq=True):
    """`{...}` at [start, end); its expression at [begin, stop); the parts of its format spec."""

    start: int
    end: int
    begin: int
    stop: int
    conversion: Literal["", "r", "s"]
    spec: tuple[Union[str, Hole], ...]


class Scanner:
    """Reads the content of one f-string token, [pos, end)."""

    def __init__(self, source: Source, text: str, pos: int, end: int, raw: bool) -> None:
        self.source = source
        self.text = text
        self.pos = pos
        self.end = end
        self.raw = raw

    def pieces(self, depth: int = 0) -> tuple[Union[str, Hole], ...]:
        """Texts and holes in turn, no empty texts. At a depth above 0 up to the `}` that ends the spec."""
        parts: list[Union[str, Hole]] = []
        while self.pos < self.end:
            literal = self.literal(depth)
            if literal:
                if parts and isinstance(parts[-1], str):
                    parts[-1] += literal
                else:
                    parts.append(literal)
            if self.pos >= self.end or self.text[self.pos] == "}":
                break
            if self.text[self.pos] == "{":
                parts.append(self.hole(depth))
        return tuple(parts)

    def literal(self, depth: int) -> str:
        """Text up to a hole, to the end of the spec, or to the end; `{{` and `}}` stand for braces outside of specs."""
        text, end, begin = self.text, self.end, self.pos
        out = ""
        pos = begin
        while pos < end:
            ch = text[pos]
            if ch == "\\" and not self.raw:
                if text.startswith("\\N{", pos):
                    close = text.find("}", pos, end)
                    pos = end if close < 0 else close + 1
                elif text[pos + 1:pos + 2] in ("{", "}"):
                    pos += 1
                    slip(self.source, "FMP010", f"'\\{text[pos]}' is no escape", pos - 1, pos + 1,
                         f"write {text[pos] * 2} for a brace, \\\\ for a backslash")
                else:
                    pos += 2
                continue
            if ch in "{}":
                doubled = text.startswith(ch * 2, pos) and pos + 1 < end
                if doubled and depth == 0:
                    out += decode(self.source, text, begin, pos + 1, self.raw)
                    pos += 2
                    begin = pos
                    continue
                if doubled and ch == "{":
                    self.wrong("a brace cannot stand in a format spec", pos, pos + 2, "leave it out")
                if ch == "}" and depth == 0:
                    self.wrong("'}' closes nothing in this f-string", pos, pos + 1, "write }} for a brace")
                break
            pos += 1
        pos = min(pos, end)
        self.pos = pos
        return out + decode(self.source, text, begin, pos, self.raw)

    def hole(self, depth: int) -> Hole:
        text, end, start = self.text, self.end, self.pos
        if depth >= DEPTH:
            self.wrong("the braces of this f-string are nested too deeply", start, start + 1,
                       "give the inner part a name of its own")
        stop = self.expression(start + 1)
        if not text[start + 1:stop].strip():
            self.wrong("these braces are empty", start, min(stop + 1, end), "write an expression, or {{ }} for braces")
        self.pos = stop
        if text[stop] == "=":
            self.wrong("FMP has no '=' after an expression in an f-string", stop, stop + 1,
                       f"write the text yourself: {text[start + 1:stop].strip()}={{...}}")
        conversion = self.conversion()
        spec: tuple[Union[str, Hole], ...] = ()
        if self.text[self.pos:self.pos + 1] == ":" and self.pos < end:
            self.pos += 1
            spec = self.pieces(depth + 1)
        if self.pos >= end or text[self.pos] != "}":
            self.wrong("'{' is never closed in this f-string", start, start + 1, "write '}', or {{ for a brace")
        self.pos += 1
        return Hole(start, self.pos, start + 1, stop, conversion, spec)

    def conversion(self) -> Literal["", "r", "s"]:
        if self.text[self.pos] != "!":
            return ""
        at = self.pos
        letter = self.text[at + 1:at + 2]
        if letter not in ("r", "s"):
            self.wrong(f"FMP has no conversion '!{letter}'", at, at + 2, "write !r or !s")
        self.pos = at + 2
        if self.text[self.pos:self.pos + 1] not in (":", "}"):
            self.wrong("':' or '}' is missing behind the conversion", self.pos, self.pos + 1, "write '}'")
        return "r" if letter == "r" else "s"

    def expression(self, pos: int) -> int:
        """Where the expression that begins at `pos` ends."""
        text, end, start = self.text, self.end, pos - 1
        quote = ""
        open_: list[str] = []
        while pos < end:
            ch = text[pos]
            if ch == "\\":
                self.wrong("a backslash cannot stand in the braces of an f-string", pos, pos + 1,
                           "give the text a name of its own before the f-string")
            if quote:
                if text.startswith(quote, pos):
                    pos += len(quote) - 1
                    quote = ""
            elif ch in "'\"":
                quote = ch * 3 if text.startswith(ch * 3, pos) else ch
                pos += len(quote) - 1
            elif ch in PAIRS:
                open_.append(ch)
            elif ch == "#":
                self.wrong("a comment cannot stand in the braces of an f-string", pos, pos + 1, "delete it")
            elif not open_ and ch in "!:}=<>":
                if ch in "!=<>" and text[pos + 1:pos + 2] == "=" and pos + 1 < end:
                    pos += 1
                elif ch not in "<>":
                    return pos
            elif ch in CLOSERS:
                if not open_ or open_.pop() != CLOSERS[ch]:
                    self.wrong(f"'{ch}' closes nothing in these braces", pos, pos + 1, "delete it")
            pos += 1
        self.wrong("'{' is never closed in this f-string", start, start + 1, "write '}', or {{ for a brace")

    def wrong(self, title: str, start: int, end: int, help: str) -> NoReturn:
        slip(self.source, "FMP011", title, start, end, help)
