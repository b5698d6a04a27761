"""Format specs (`{x:.2f}`) and the templates of `str.format`, as far as they are written out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fmplang.check.holes import plain
from fmplang.check.mismatch import may_be_none
from fmplang.check.types import BOOL, ERROR, FLOAT, INT, NEVER, STR, OptionalType, Type
from fmplang.syntax import ast

if TYPE_CHECKING:
    from fmplang.check.body import Body

_SPEC = re.compile(
    r"(?P<head>(?:.?[<>=^])?[-+ ]?z?#?0?)(?P<width>\d*)(?P<group>[,_]?)(?P<dot>\.?)(?P<digits>\d*)"
    r"(?P<type>[bcdeEfFgGnosxX%]?)",
    re.DOTALL,
)


def wrong(spec: str, t: Type) -> str:
    """What Python would say of this spec for a value of this type, or "" where it is fine.

    A float may hold a whole number, so the spec must do for both.
    """
    found = _SPEC.fullmatch(spec)
    if found is None or (found["dot"] and not found["digits"]):
        return "this is no format"
    short = found["head"] + ("3" if found["width"] else "") + found["group"]
    short += (".2" if found["dot"] else "") + found["type"]
    samples: tuple[object, ...] = ("text",) if t is STR else (1,) if t is INT or t is BOOL else (1.5, 1)
    for sample in samples:
        try:
            format(sample, short)
        except ValueError as e:
            if sample == 1 and t is FLOAT:
                return "it fails where the number is whole"
            text = str(e)
            return text[0].lower() + text[1:]
    return ""


def format_spec(c: Body, node: ast.Node, found: Type, spec: str) -> None:
    """Check a spec that is known against the type of what it formats."""
    kind = plain(found)
    if not spec or kind is ERROR or kind is NEVER:
        return
    if isinstance(kind, OptionalType) and isinstance(node, (
            ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.BoolOp, ast.IfExp)):
        may_be_none(c, node, kind, doing="it cannot be formatted then")
        return
    if kind not in (STR, INT, FLOAT, BOOL):
        c.error("FMP220", node, f"{kind} takes no format", found=kind,
                help="Formats are for numbers and texts. Leave it out, or format the parts.")
        return
    why = wrong(spec, kind)
    if why:
        c.error("FMP220", node, f"the format `{spec}` does not go with {kind}: {why}", found=kind, help=_ADVICE[kind])


_ADVICE: dict[Type, str] = {
    STR: "Texts take alignment and width, as in `{x:>10}`. Numbers in a text are read by `float(x)`.",
    INT: "Whole numbers take `d`, `,` and the like; for decimals write `.2f`.",
    BOOL: "Leave the format out.",
    FLOAT: "Write the kind of number too: `.2f` or `.3g`.",
}

# ------------------------------------------------------------------ str.format


def fields(template: str) -> Iterator[tuple[str, str, str]]:
    """The fields of a template as (name, conversion, spec). ValueError with a reason where it is malformed."""
    at, size = 0, len(template)
    while at < size:
        letter = template[at]
        if letter not in "{}":
            at += 1
            continue
        if template[at:at + 2] in ("{{", "}}"):
            at += 2
            continue
        if letter == "}":
            raise ValueError("a single `}`: write `}}` for a brace")
        end, depth = at + 1, 1
        while end < size and depth:
            depth += {"{": 1, "}": -1}.get(template[end], 0)
            end += 1
        if depth:
            raise ValueError("a `{` is not closed: write `{{` for a brace")
        yield _split(template[at + 1:end - 1])
        at = end


def _split(field: str) -> tuple[str, str, str]:
    stop = min((p for p in (field.find("!"), field.find(":")) if p >= 0), default=len(field))
    name, rest, conversion = field[:stop], field[stop:], ""
    if "." in name or "[" in name or "{" in name:
        raise ValueError(f"`{name}` looks inside a value: pass the part itself")
    if rest.startswith("!"):
        conversion, rest = rest[1:2], rest[2:]
        if conversion not in ("r", "s", "a") or (rest and not rest.startswith(":")):
            raise ValueError("after `!` comes r or s")
    return name, conversion, rest[1:]


class _Template:
    """The fields of one template against the arguments of one call."""

    def __init__(self, c: Body, args: list[ast.Expr], named: dict[str, ast.Expr]) -> None:
        self.c = c
        self.args = args
        self.named = named
        self.automatic: bool | None = None
        self.count = 0
        self.used: set[int] = set()

    def read(self, text: str, depth: int) -> None:
        if depth > 2:
            raise ValueError("a format within a format within a format")
        for name, conversion, spec in fields(text):
            value = self.value(name)
            if "{" in spec or "}" in spec:
                self.read(spec, depth + 1)
            elif not conversion:
                format_spec(self.c, value, self.c.types[value], spec)

    def value(self, name: str) -> ast.Expr:
        if name and not name.isdecimal():
            if name not in self.named:
                raise ValueError(f"it has a field `{name}`, but no argument of that name")
            return self.named[name]
        if self.automatic is not None and self.automatic != (name == ""):
            raise ValueError("numbered and unnumbered fields do not mix")
        self.automatic = name == ""
        index = self.count if self.automatic else int(name[:6])
        self.count += 1
        have = len(self.args)
        if index >= have:
            raise ValueError(f"it has a field for argument {index + 1}, but there {'is' if have == 1 else 'are'} "
                             f"{have or 'none'}")
        self.used.add(index)
        return self.args[index]


def template(c: Body, node: ast.Call, text: str, args: list[ast.Expr], named: dict[str, ast.Expr]) -> None:
    """Check `"...".format(...)` where the template is written out."""
    reading = _Template(c, args, named)
    try:
        reading.read(text, 1)
    except ValueError as e:
        c.error("FMP220", node, f"the template does not go with its arguments: {e}",
                help="An f-string says the same more plainly: `f\"{x} and {y}\"`.")
        return
    for i, arg in enumerate(args):
        if i not in reading.used:
            c.warn("FMP408", arg, "the template never uses this argument", "Add a `{}` for it, or remove it.")
