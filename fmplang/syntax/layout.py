"""Text that knows where it may be broken into lines.

A `Doc` is a list of pieces: plain text, brackets with items in them, and chains of operators. `lay` writes it on one
line where it fits, else breaks the last brackets, then those before them, then the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

WIDTH = 100
STEP = 4


@dataclass(frozen=True, slots=True)
class Brackets:
    """Items between brackets. `comma`: a broken list ends in a comma; `trailing`: one on a single line as well.

    `silent` brackets are written only where they are broken.
    """

    open: str
    items: tuple[Doc, ...]
    close: str
    comma: bool = True
    trailing: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """`first op second op third`: may be broken before each op where brackets are around it."""

    first: Doc
    rest: tuple[tuple[str, Doc], ...]


Piece = Union[str, Brackets, Chain]
Doc = tuple[Piece, ...]


def flat(doc: Doc) -> str:
    """The text on one line."""
    out: list[str] = []
    for piece in doc:
        if isinstance(piece, str):
            out.append(piece)
        elif isinstance(piece, Brackets):
            inner = ", ".join([flat(item) for item in piece.items]) + ("," if piece.trailing else "")
            out.append(inner if piece.silent else piece.open + inner + piece.close)
        else:
            out.append(flat(piece.first))
            for op, operand in piece.rest:
                out += (" ", op, " ", flat(operand))
    return "".join(out)


def lay(doc: Doc, indent: int, before: str = "", after: str = "", inside: bool = False) -> str:
    """The text between `before` and `after`, from column `indent` on, its first line not indented.

    `inside`: brackets around the text let a chain break where it stands; otherwise it gets parentheses.
    """
    line = before + flat(doc) + after
    if _fits(line, indent):
        return line
    chain = doc[-1]
    if isinstance(chain, Chain):
        if inside and len(doc) == 1:
            return before + _broken_chain(chain, indent) + after
        deeper = indent + STEP
        before += flat(doc[:-1])
        return f"{before}(\n{' ' * deeper}{_broken_chain(chain, deeper)}\n{' ' * indent}){after}"
    breakable = [i for i, piece in enumerate(doc) if isinstance(piece, Brackets) and piece.items]
    broken: set[int] = set()
    while breakable:
        at = breakable.pop()
        broken.add(at)
        piece = doc[at]
        assert isinstance(piece, Brackets)
        if _fits(before + flat(doc[:at]) + piece.open, indent):
            break
    out = [before]
    for i, piece in enumerate(doc):
        out.append(_broken_brackets(piece, indent) if i in broken and isinstance(piece, Brackets) else flat((piece,)))
    return "".join(out) + after


def _broken_brackets(brackets: Brackets, indent: int) -> str:
    deeper = indent + STEP
    pad = "\n" + " " * deeper
    comma = "," if brackets.comma else ""
    items = [lay(item, deeper, after=comma, inside=True) for item in brackets.items]
    return brackets.open + pad + pad.join(items) + "\n" + " " * indent + brackets.close


def _broken_chain(chain: Chain, indent: int) -> str:
    pad = "\n" + " " * indent
    out = [lay(chain.first, indent, inside=True)]
    out += [lay(operand, indent, before=op + " ", inside=True) for op, operand in chain.rest]
    return pad.join(out)


def _fits(text: str, indent: int) -> bool:
    """Whether the lines are short enough; all but the first bring their indentation along."""
    first, *others = text.split("\n")
    return indent + len(first) <= WIDTH and all(len(line) <= WIDTH for line in others)
