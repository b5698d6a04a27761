"""The syntax tree: frozen nodes, built once by the parser, never changed.

Each node answers for its own place (`start`, `end`, `span`). Nodes compare and hash by identity, so that
later phases keep what they find out in side tables keyed by node; `same` compares two trees by structure.
Chains of operators of one precedence are one flat node, so depth in the tree is depth that a reader sees.
Annotations are expressions; the checker reads them as types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Union

from fmplang.frozen import Frozen, fields
from fmplang.syntax.source import Span


class Node(Frozen):
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


# ---------------------------------------------------------------- expressions


class Constant(Node):
    """None, True, False, an int, a float or a str. `value` is the Python value."""

    value: None | bool | int | float | str


class Interpolation(Node):
    """`{value!conversion:spec}` inside an f-string; `spec` is the parts of the format spec, often ()."""

    value: Expr
    conversion: Literal["", "r", "s"]
    spec: tuple[Union[str, Interpolation], ...]


class FString(Node):
    parts: tuple[Union[str, Interpolation], ...]


class Name(Node):
    id: str


class Attribute(Node):
    """`value.name`; `name_start` is where the name itself begins."""

    value: Expr
    name: str
    name_start: int


class Keyword(Node):
    name: str
    value: Expr


class Call(Node):
    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]


class Subscript(Node):
    value: Expr
    index: Expr | Slice


class Slice(Node):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class Unary(Node):
    op: Literal["not", "-", "+"]
    operand: Expr


class Binary(Node):
    """operands[0] ops[0] operands[1] ops[1] ... evaluated from the left.

    The ops of one node share a precedence: `+ -`, `* / // %`, `|`, `^`, `&`; `**` always has two operands.
    """

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]


class BoolOp(Node):
    op: Literal["and", "or"]
    operands: tuple[Expr, ...]


class Compare(Node):
    """operands[0] ops[0] operands[1] ...; ops are == != < <= > >= in "not in" is "is not"."""

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]


class IfExp(Node):
    test: Expr
    body: Expr
    orelse: Expr


class ListExpr(Node):
    items: tuple[Expr, ...]


class TupleExpr(Node):
    items: tuple[Expr, ...]


class SetExpr(Node):
    items: tuple[Expr, ...]


class DictExpr(Node):
    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


class Clause(Node):
    """`for target in iter if ... if ...`"""

    target: Target
    iter: Expr
    conditions: tuple[Expr, ...]


class Comprehension(Node):
    kind: Literal["list", "set", "generator"]
    element: Expr
    clauses: tuple[Clause, ...]


class DictComp(Node):
    key: Expr
    value: Expr
    clauses: tuple[Clause, ...]


class Lambda(Node):
    params: tuple[Name, ...]
    body: Expr


Expr = Union[
    Constant, FString, Name, Attribute, Call, Subscript, Unary, Binary, BoolOp, Compare, IfExp,
    ListExpr, TupleExpr, SetExpr, DictExpr, Comprehension, DictComp, Lambda,
]
Target = Union[Name, TupleExpr, Subscript]  # TupleExpr of Targets; Subscript only in statements

# ----------------------------------------------------------------- statements


class Assign(Node):
    """`a = b = value`: targets from left to right."""

    targets: tuple[Target, ...]
    value: Expr


class AnnAssign(Node):
    target: Name
    annotation: Expr
    value: Expr | None


class AugAssign(Node):
    target: Name | Subscript
    op: str  # "+", "-", ... without the "="
    value: Expr


class Branch(Node):
    """One `if` or `elif` with its block."""

    test: Expr
    body: tuple[Stmt, ...]


class If(Node):
    branches: tuple[Branch, ...]
    orelse: tuple[Stmt, ...]


class For(Node):
    target: Target
    iter: Expr
    body: tuple[Stmt, ...]


class Break(Node):
    pass


class Continue(Node):
    pass


class Pass(Node):
    pass


class Return(Node):
    value: Expr | None


class Assert(Node):
    test: Expr
    message: Expr | None


class ExprStmt(Node):
    value: Expr


class ErrorStmt(Node):
    """A statement that did not parse. `names` are the names seen in it, so that the checker stays quiet about them."""

    names: tuple[str, ...]


Stmt = Union[
    Assign, AnnAssign, AugAssign, If, For, Break, Continue, Pass, Return, Assert, ExprStmt, ErrorStmt,
]

# ------------------------------------------------------------------ top level


class Import(Node):
    """`from fmp.video import frames, trim`; `names` keep their spans; `asname` is not supported."""

    module: str
    names: tuple[Name, ...]


class Field(Node):
    name: str
    annotation: Expr


class Record(Node):
    name: Name
    doc: str
    fields: tuple[Field, ...]


class Param(Node):
    """`name: annotation = default`; the annotation may be missing (the checker says so)."""

    name: str
    annotation: Expr | None
    default: Expr | None


class Function(Node):
    """`doc` is "" where there is none; a docstring is not repeated in `body`."""

    name: Name
    params: tuple[Param, ...]
    returns: Expr | None
    doc: str
    body: tuple[Stmt, ...]


class Neural(Node):
    """`@neural("capability")` over a signature whose body is its docstring (the prompt template)."""

    capability: Constant
    name: Name
    params: tuple[Param, ...]
    returns: Expr | None
    doc: str


class ConstantDef(Node):
    """A module-level `NAME = value` or `NAME: T = value`."""

    name: Name
    annotation: Expr | None
    value: Expr


Item = Union[Import, Record, Function, Neural, ConstantDef, ErrorStmt]


class Comment(Node):
    """A comment with its `#`. Kept for the formatter; means nothing.

    `indent` counts the characters before it where it has the line to itself; it is -1 behind code.
    """

    text: str
    indent: int = 0


class Module(Node):
    doc: str
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in source order of their fields."""
    for field in fields(type(node)):
        value = getattr(node, field)
        if isinstance(value, Node):
            yield value
        elif type(value) is tuple:
            for item in value:
                if isinstance(item, Node):
                    yield item


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents before their children; without recursion, so that depth does not matter."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(children(found))


def same(a: object, b: object) -> bool:
    """Whether two trees say the same, whatever their places and comments."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Node):
        return all(
            same(getattr(a, field), getattr(b, field))
            for field in fields(type(a))
            if field not in ("start", "end", "name_start", "comments")
        )
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return repr(a) == repr(b)  # 0.0 and -0.0 differ, nan is itself
