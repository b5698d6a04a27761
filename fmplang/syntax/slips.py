"""What the lexer says about text that is no token.

Each function gets the lexer, puts an error token or a finding into its tokens, and returns where to read on if it
moves. A finding (`tokens.found`) is reported, but the text is read as what it obviously means.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.kinds import PAIRS
from fmplang.syntax.source import Source, Span

if TYPE_CHECKING:
    from fmplang.syntax.lexer import Lexer

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
# Patterns are compiled when they are first used: most programs need none of them.
_ODD = rf"[^\S \t\r\n]|[\f\v{_INVISIBLE}]"
_ODD_BLANKS = rf"(?:[^\S\r\n]|[\f\v{_INVISIBLE}])*"
_QUOTES = {"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"', "＂": '"',
           "‘": "'", "’": "'", "‚": "'", "‛": "'", "‹": "'", "›": "'", "′": "'", "＇": "'", "´": "'"}
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "→": "->", "，": ",",
          "：": ":", "（": "(", "）": ")", "［": "[", "］": "]", "｛": "{", "｝": "}", "；": ";", "。": ".", "＝": "=",
          "＋": "+", "－": "-", "＊": "*", "／": "/", "＜": "<", "＞": ">", "∧": "and", "∨": "or", "¬": "not ",
          "∈": "in", "∉": "not in", "…": "..."}
_NUMBER = r"[0-9][\w.]*"
_TOUCHING = r"([0-9][0-9_.]*|0[xX][0-9]+)(if|else|or|and|in|is|not|for)\Z"
_TYPE_COMMENT = r"#\s*type:\s*(?!ignore\b)(\S.*)"
_WORD = r"\w+"
_PREFIXES = {"r", "f", "u", "rf", "fr"}
_BYTES = {"b", "br", "rb"}


def clean(source: Source) -> tuple[str, list[Diagnostic]]:
    """The text without what no Python file may hold, and what was found.

    Every such character is replaced by one other, so that all offsets stay.
    """
    text, found = source.text, []
    if "\0" in text:
        at = text.index("\0")
        found.append(Diagnostic(
            "FMP008", "a NUL character cannot stand in a program", source, Span(at, at + 1), help="delete it",
            fixes=(_delete_all(text, "\0", "delete the NUL characters"),)))
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found.append(Diagnostic(
            "FMP008", f"half of a character (U+{ord(text[error.start]):04X}) cannot stand in a program", source,
            Span(error.start, error.start + 1), help="save the file as UTF-8, or delete it"))
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    lone = [m.start() for m in re.finditer(r"\r(?!\n)", text)] if "\r" in text else []
    if lone:
        found.append(Diagnostic(
            "FMP008", "a carriage return alone does not end a line", source, Span(lone[0], lone[0] + 1),
            help="end lines with a line feed",
            fixes=(Fix("end the lines with line feeds", tuple(Edit(Span(i, i + 1), "\n") for i in lone), safe=True),)))
        text = re.sub(r"\r(?!\n)", "\n", text)
    return text, found


def _delete_all(text: str, character: str, title: str) -> Fix:
    places = [m.start() for m in re.finditer(re.escape(character), text)]
    return Fix(title, tuple(Edit(Span(i, i + 1), "") for i in places), safe=True)


def beginning(lexer: Lexer) -> int:
    if not lexer.text.startswith("\ufeff"):
        return 0
    lexer.tokens.found.append(Diagnostic(
        "FMP008", "the program begins with a byte order mark", lexer.source, Span(0, 1), help="delete it",
        fixes=(Fix("delete the mark", (Edit(Span(0, 1), ""),), safe=True),)))
    return 1


# ------------------------------------------------------------------------- characters


def character(lexer: Lexer, start: int) -> int:
    """A character with which no token begins."""
    text = lexer.text
    ch = text[start]
    if ch in "\"'":
        return _open_string(lexer, start)
    if ch.isdigit() and ch.isascii():
        return _number(lexer, start)
    if re.match(_ODD, ch):
        odd_space(lexer, start, start + 1)
        return start + 1
    if ch in _QUOTES:
        return _curly(lexer, start)
    if ch in _SIGNS:
        sign = _SIGNS[ch]
        return _bad(lexer, start, start + 1, f"'{ch}' is no operator here", f"write '{sign.strip()}'",
                    Fix(f"write '{sign.strip()}'", (Edit(Span(start, start + 1), sign),), safe=True))
    if ch == "\\":
        return _backslash(lexer, start)
    if ch.isidentifier() or ch.isalnum():
        return _letters(lexer, start)
    if ch == "\ufffd":
        return _bad(lexer, start, start + 1, "a broken character cannot stand in a program", "delete it")
    if ch == "`":
        return _bad(lexer, start, start + 1, "a backquote means nothing in a program",
                    "put text between double quotes; delete quotes around code")
    if ch == "$":
        return _bad(lexer, start, start + 1, "'$' means nothing in a program",
                    'names need no mark; in an f-string write f"{name}"')
    name = f"'{ch}'" if ch.isprintable() else "the character"
    return _bad(lexer, start, start + 1, f"{name} (U+{ord(ch):04X}) cannot stand in code", "delete it")


def _bad(lexer: Lexer, start: int, end: int, title: str, help: str, *fixes: Fix, code: str = "FMP008") -> int:
    lexer.fail(start, end, Diagnostic(code, title, lexer.source, Span(start, end), help=help, fixes=fixes))
    return end


def odd_space(lexer: Lexer, start: int, end: int) -> None:
    """Spaces that only look like spaces: read as such, reported once for the whole file."""
    edits = tuple(Edit(Span(i, i + 1), "" if lexer.text[i] in _INVISIBLE + "\f\v" else " ")
                  for i in range(start, end) if re.match(_ODD, lexer.text[i]))
    found = lexer.tokens.found
    if lexer.spaces < 0:
        lexer.spaces = len(found)
        ch = lexer.text[edits[0].span.start]
        name = unicodedata.name(ch, "a control character").lower()
        found.append(Diagnostic(
            "FMP008", f"{name} (U+{ord(ch):04X}) is no plain space", lexer.source, edits[0].span,
            help="write a plain space, or nothing"))
    lexer.odd_spaces += edits


def odd_indentation(lexer: Lexer, pos: int) -> int:
    """Where the blanks of a line that go on at `pos` end, odd spaces included."""
    m = re.compile(_ODD_BLANKS).match(lexer.text, pos)
    assert m is not None
    if m.end() > pos:
        odd_space(lexer, pos, m.end())
    return m.end()


def plain(blanks: str) -> str:
    """Blanks with odd spaces taken for plain ones."""
    if blanks.isascii() and "\f" not in blanks and "\v" not in blanks:
        return blanks
    return re.sub(_ODD, lambda m: "" if m[0] in _INVISIBLE + "\f\v" else " ", blanks)


def _curly(lexer: Lexer, start: int) -> int:
    text = lexer.text
    end = line_end(text, start)
    plain = _QUOTES[text[start]]
    close = next((i for i in range(start + 1, end) if _QUOTES.get(text[i]) == plain), end - 1)
    edits = tuple(Edit(Span(i, i + 1), _QUOTES[text[i]]) for i in range(start, end) if text[i] in _QUOTES)
    safe = not any(q in text[start:end] for q in "\"'")
    return _bad(lexer, start, close + 1, f"'{text[start]}' does not begin a string", f"write a plain {plain}",
                Fix("write plain quotes", edits, safe=safe))


def _letters(lexer: Lexer, start: int) -> int:
    t = lexer.tokens
    m = re.compile(_WORD).match(lexer.text, start)
    end = m.end() if m else start + 1
    if t.kinds and t.ends[-1] == start and t.words[-1].isidentifier():
        start = t.starts[-1]
        drop_last(lexer)
    word = lexer.text[start:end]
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    fixes = (Fix(f"write {plain}", (Edit(Span(start, end), plain),)),) if plain.isidentifier() else ()
    return _bad(lexer, start, end, f"'{word}' is no name: names are made of a to z, digits and '_'",
                "other letters may stand in strings and comments only", *fixes)


def dunder(lexer: Lexer, word: str, start: int, end: int) -> None:
    _bad(lexer, start, end, f"FMP has no names that begin with two underscores, such as '{word}'",
         "programs do not reach into Python: use the builtins, or take another name", code="FMP030")


def _number(lexer: Lexer, start: int) -> int:
    m = re.compile(_NUMBER).match(lexer.text, start)
    assert m is not None
    word, end = m[0], m.end()
    touching = re.match(_TOUCHING, word)
    if touching:
        at = start + touching.end(1)
        return _bad(lexer, start, end, f"a space is missing before '{touching[2]}'", "put a space after the number",
                    Fix("put a space", (Edit(Span(at, at), " "),), safe=True), code="FMP009")
    if re.fullmatch(r"[0-9._eE]+[jJ]", word):
        return _bad(lexer, start, end, "FMP has no complex numbers", "use two floats, or a tuple of them",
                    code="FMP034")
    zeros = re.fullmatch(r"0+([0-9]+)", word)
    if zeros:
        plain = zeros[1].lstrip("0") or "0"
        return _bad(lexer, start, end, f"the number {word} begins with zeros", f"write {plain}",
                    Fix(f"write {plain}", (Edit(Span(start, end), plain),), safe=True), code="FMP009")
    if re.fullmatch(r"[0-9._]+", word) and "_" in word:
        help = "a single '_' may stand between two digits"
    else:
        help = "a name cannot begin with a digit" if re.match(r"[0-9]+[A-Za-z_]", word) else "write it like 0.5 or 1e-3"
    return _bad(lexer, start, end, f"'{word}' is no number", help, code="FMP009")


def _backslash(lexer: Lexer, start: int) -> int:
    text = lexer.text
    blanks = re.compile(r"([ \t]+)\r?\n").match(text, start + 1)
    if blanks:
        lexer.tokens.found.append(Diagnostic(
            "FMP008", "a backslash that continues a line must be its last character", lexer.source,
            Span(start, start + 1), help="delete the blanks after it, or use brackets",
            fixes=(Fix("delete the blanks after it", (Edit(Span(*blanks.span(1)), ""),), safe=True),)))
        return blanks.end()
    return _bad(lexer, start, start + 1, "a backslash may stand only in strings and at the end of a line", "delete it")


def leading_backslash(lexer: Lexer, pos: int) -> None:
    """Python reads on in the next line; so do we, but the indentation is anybody's guess."""
    lexer.tokens.found.append(Diagnostic(
        "FMP008", "a line cannot begin with a backslash", lexer.source, Span(pos, pos + 1), help="delete it",
        fixes=(Fix("delete the backslash", (Edit(Span(pos, pos + 1), ""),), safe=True),)))


def continued_end(lexer: Lexer, start: int) -> None:
    at = lexer.text.rindex("\\", 0, start)
    _bad(lexer, at, at + 1, "the last line ends in a backslash, but nothing follows", "delete the backslash",
         Fix("delete the backslash", (Edit(Span(at, at + 1), ""),), safe=True))


# ---------------------------------------------------------------------------- strings


def prefix(lexer: Lexer, start: int, end: int) -> int:
    """A string stands right behind a word: the word was meant as its prefix, or a space is missing."""
    word = lexer.tokens.words[-1]
    begin = lexer.tokens.starts[-1]
    drop_last(lexer)
    if word.lower() in _BYTES:
        return _bad(lexer, begin, end, "FMP has no bytes", "write a plain string: no b before the quote",
                    Fix("make it a string", (Edit(Span(begin, start), ""),)), code="FMP034")
    return _bad(lexer, begin, end, f"'{word}' is no prefix of a string", 'strings are "...", r"..." and f"..."',
                code="FMP010")


def _open_string(lexer: Lexer, start: int) -> int:
    """A quote that begins no string: the string does not end."""
    text, t = lexer.text, lexer.tokens
    quote = text[start]
    triple = text.startswith(quote * 3, start)
    end = len(text) if triple else line_end(text, start)
    begin = start
    if t.kinds and t.ends[-1] == start and t.kinds[-1] == lexer.k.name and t.words[-1].lower() in _PREFIXES | _BYTES:
        begin = t.starts[-1]
        drop_last(lexer)
    if triple:
        help = f"end it with {quote * 3}"
        if text[start:end].count(quote * 3) % 2 == 0 and end - start < 6:
            help = "write the text between the quotes"
    else:
        help = f"end it with {quote} on the same line"
        if quote in text[text.rfind("\n", 0, start) + 1:start]:
            other = '"' if quote == "'" else "'"
            help += f"; a text that contains {quote} can stand between {other} and {other}"
    if not triple and lexer.open and "\n" not in text[t.starts[lexer.open[0][1]]:start]:
        lexer.open.clear()  # the closing brackets were swallowed by the string
    return _bad(lexer, begin, end, "this string does not end", help, code="FMP004")


def drop_last(lexer: Lexer) -> None:
    t = lexer.tokens
    for items in (t.kinds, t.starts, t.ends, t.words):
        items.pop()


def comment(lexer: Lexer, start: int, end: int, alone: bool) -> None:
    if "type:" not in lexer.text[start:end]:
        return
    m = re.compile(_TYPE_COMMENT).match(lexer.text, start, end)
    if m and (not alone or m[1].startswith("(")):
        lexer.tokens.found.append(Diagnostic(
            "FMP041", "a type comment means nothing", lexer.source, Span(start, end), severity="warning",
            help="write the type as an annotation: `name: type = value`, `def f(x: type) -> type:`"))


# --------------------------------------------------------------------------- brackets


def too_many_brackets(lexer: Lexer, start: int) -> None:
    ceiling = lexer.limits.nesting
    lexer.fail(start, start + 1, Diagnostic(
        "FMP603", f"brackets are nested deeper than {ceiling}", lexer.source, Span(start, start + 1),
        help="give inner parts names of their own"))


def unopened(lexer: Lexer, sign: str, start: int) -> None:
    kinds, k = lexer.tokens.kinds, lexer.k
    if sign == "}" and lexer.brace_blocks and (not kinds or kinds[-1] in (k.newline, k.indent, k.dedent)):
        lexer.brace_blocks -= 1  # the end of a block in braces, whose beginning was reported
        return
    _bad(lexer, start, start + 1, f"'{sign}' closes nothing", "delete it, or open the bracket",
         Fix(f"delete '{sign}'", (Edit(Span(start, start + 1), ""),)), code="FMP003")


def mismatch(lexer: Lexer, opener: str, opened: int, sign: str, start: int) -> None:
    lexer.fail(start, start + 1, Diagnostic(
        "FMP003", f"'{sign}' does not close '{opener}'", lexer.source, Span(start, start + 1),
        labels=(Label(Span(opened, opened + 1), "this is open"),), expected=f"'{PAIRS[opener]}'", found=f"'{sign}'",
        help=f"write '{PAIRS[opener]}'", fixes=(Fix(f"write '{PAIRS[opener]}'",
                                                   (Edit(Span(start, start + 1), PAIRS[opener]),)),)))


def inner_unclosed(lexer: Lexer, opener: str, opened: int, sign: str, start: int) -> None:
    """A closing bracket fits one further out: those within were not closed."""
    lexer.fail(start, start, Diagnostic(
        "FMP003", f"'{opener}' is never closed", lexer.source, Span(opened, opened + 1),
        labels=(Label(Span(start, start + 1), f"'{PAIRS[opener]}' is missing before this '{sign}'"),),
        expected=f"'{PAIRS[opener]}'", found=f"'{sign}'", help=f"write '{PAIRS[opener]}'",
        fixes=(Fix(f"write '{PAIRS[opener]}'", (Edit(Span(start, start), PAIRS[opener]),)),)))
    lexer.tokens.unclosed[len(lexer.tokens.kinds) - 1] = opened


def unclosed(lexer: Lexer, start: int) -> None:
    """A bracket is open where its statement ends: an error token at the end of the line."""
    t = lexer.tokens
    opener, index = lexer.open[-1]
    opened = t.starts[index]
    missing = "".join(PAIRS[sign] for sign, _ in reversed(lexer.open))
    end = t.ends[-1]
    at = t.starts[-1] if t.words[-1] == ":" and lexer.text[opened] != "{" else end
    t.unclosed[len(t.kinds)] = t.starts[lexer.open[0][1]]
    lexer.fail(end, end, Diagnostic(
        "FMP003", f"'{opener}' is never closed", lexer.source, Span(opened, opened + 1),
        labels=(Label(Span(at, at), f"'{missing}' is missing here at the latest"),), expected=f"'{PAIRS[opener]}'",
        help=f"write '{missing}'", fixes=(Fix(f"write '{missing}'", (Edit(Span(at, at), missing),)),)))


def brace_block(lexer: Lexer) -> bool:
    """Whether a line ends in a `{` that begins a block, as in other languages: an operand stands before it."""
    t, k = lexer.tokens, lexer.k
    index = len(t.kinds) - 1
    first = index
    while first > 0 and t.kinds[first - 1] not in (k.newline, k.indent, k.dedent):
        first -= 1
    before = t.words[index - 1] if index > first else ""
    if len(lexer.open) > 1:
        return False  # inside of other brackets it is a dict or a set over several lines
    operand = before in (")", "]") or (before == "else" and index - 1 == first)
    operand = operand or t.kinds[index - 1] in (k.name, k.string)
    if not operand or t.words[first] not in ("if", "elif", "else", "for", "while", "def", "class", "switch"):
        return False
    lexer.brace_blocks += 1
    lexer.open.clear()
    opened = t.starts[index]
    lexer.fail(opened + 1, opened + 1, Diagnostic(
        "FMP014", "a block has no braces", lexer.source, Span(opened, opened + 1),
        help="end the line in ':' and indent the lines under it",
        fixes=(Fix("write `:`", (Edit(Span(opened, opened + 1), ":"),)),)))
    return True


def line_end(text: str, pos: int) -> int:
    """Where the line ends that holds `pos`, before its line break."""
    end = text.find("\n", pos)
    end = len(text) if end < 0 else end
    return end - 1 if end > pos and text[end - 1] == "\r" else end
