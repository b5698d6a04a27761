"""Text in which nothing is hidden: for terminals and pages, which obey some characters."""

from __future__ import annotations

from unicodedata import category

# Categories that could move the cursor, hide text or break an encoding: control, format (bidirectional
# overrides among them), surrogates, private use, unassigned; and the two separators that some terminals obey.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def escape(text: str, *, keep: str = "") -> str:
    """`text` with every character that a terminal could obey written as an escape. `keep` lists exceptions.

    >>> escape("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or category(c) not in _UNSAFE else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    known = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if known:
        return known
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
