"""Expressions as text, with the fewest parentheses that keep their meaning."""

from __future__ import annotations

from collections.abc import Sequence

from fmplang.syntax import ast
from fmplang.syntax.layout import Brackets, Chain, Doc, Piece, flat
from fmplang.syntax.quoting import fstring, literal
from fmplang.syntax.source import Source

# How tightly an expression holds together; an operand looser than its place needs parentheses.
TEST, OR, AND, NOT, COMPARE, BAR, CARET, AMPERSAND, SUM, PRODUCT, SIGN, POWER, PRIMARY, ATOM = range(14)
_BINARY = {"|": BAR, "^": CARET, "&": AMPERSAND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT,
           "%": PRODUCT, "**": POWER}


def print_expr(expr: ast.Expr | ast.Slice) -> str:
    """An expression on one line, whatever its length."""
    return flat(ExprPrinter().doc(expr))


class ExprPrinter:
    """`source`, where given, keeps the spelling of numbers and strings; `outer` are the quotes of f-strings around."""

    def __init__(self, source: Source | None = None, outer: tuple[str, ...] = ()) -> None:
        self.source = source
        self.outer = outer

    def doc(self, node: ast.Expr | ast.Slice, place: int = TEST) -> Doc:
        """The expression, in parentheses if it is looser than its place allows."""
        pieces = self._doc(node)
        if _tightness(node) < place:
            return (Brackets("(", (pieces,), ")", comma=False),)
        return pieces

    def bare(self, node: ast.Expr) -> Doc:
        """For places where a tuple of two or more needs no parentheses: `return a, b`."""
        if isinstance(node, ast.TupleExpr) and len(node.items) > 1:
            return (Brackets("(", tuple([self.doc(item) for item in node.items]), ")", silent=True),)
        return self.doc(node)

    def _doc(self, node: ast.Expr | ast.Slice) -> Doc:
        match node:
            case ast.Constant():
                return (self._constant(node),)
            case ast.FString():
                return (self._kept(node) or fstring(node.parts, self._inner, self.outer),)
            case ast.Name():
                return (node.id,)
            case ast.Attribute():
                return (*self._primary(node.value), f".{node.name}")
            case ast.Call():
                return (*self._primary(node.func), self._arguments(node))
            case ast.Subscript():
                index = node.index
                if isinstance(index, ast.TupleExpr) and len(index.items) > 1:
                    return (*self._primary(node.value), self._items("[", index.items, "]"))
                return (*self._primary(node.value), Brackets("[", (self.doc(index),), "]", comma=False))
            case ast.Slice():
                return self._slice(node)
            case ast.Unary(op="not"):
                return ("not ", *self.doc(node.operand, NOT))
            case ast.Unary():
                return (node.op, *self.doc(node.operand, SIGN))
            case ast.Binary(ops=("**",)):
                base, exponent = node.operands
                return (*self.doc(base, PRIMARY), " ** ", *self.doc(exponent, SIGN))
            case ast.Binary():
                tight = _BINARY[node.ops[0]] + 1
                return self._chain(node.operands, node.ops, tight)
            case ast.BoolOp():
                tight = (OR if node.op == "or" else AND) + 1
                return self._chain(node.operands, [node.op] * (len(node.operands) - 1), tight)
            case ast.Compare():
                return self._chain(node.operands, node.ops, BAR)
            case ast.IfExp():
                return (Chain(self.doc(node.body, OR), (("if", self.doc(node.test, OR)),
                                                        ("else", self.doc(node.orelse)))),)
            case ast.Lambda():
                params = " " + ", ".join([p.id for p in node.params]) if node.params else ""
                return (f"lambda{params}: ", *self.doc(node.body))
            case ast.ListExpr():
                return (self._items("[", node.items, "]"),)
            case ast.TupleExpr():
                single = len(node.items) == 1
                return (Brackets("(", tuple([self.doc(item) for item in node.items]), ")", trailing=single),)
            case ast.SetExpr():
                return (self._items("{", node.items, "}"),)
            case ast.DictExpr():
                pairs = [(*self.doc(key), ": ", *self.doc(value))
                         for key, value in zip(node.keys, node.values, strict=True)]
                return (Brackets("{", tuple(pairs), "}"),)
            case ast.Comprehension():
                around = {"list": "[]", "set": "{}", "generator": "()"}[node.kind]
                inner = self._clauses(self.doc(node.element), node.clauses)
                return (Brackets(around[0], (inner,), around[1], comma=False),)
            case ast.DictComp():
                inner = self._clauses((*self.doc(node.key), ": ", *self.doc(node.value)), node.clauses)
                return (Brackets("{", (inner,), "}", comma=False),)

    def _primary(self, node: ast.Expr) -> Doc:
        """What stands before `.`, `(` or `[`: a number needs parentheses there."""
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return ("(", *self._doc(node), ")")
        return self.doc(node, PRIMARY)

    def _chain(self, operands: Sequence[ast.Expr], ops: Sequence[str], place: int) -> Doc:
        first, *rest = [self.doc(operand, place) for operand in operands]
        return (Chain(first, tuple(zip(ops, rest, strict=True))),)

    def _items(self, open_: str, items: tuple[ast.Expr, ...], close: str) -> Brackets:
        return Brackets(open_, tuple([self.doc(item) for item in items]), close)

    def _arguments(self, node: ast.Call) -> Brackets:
        if len(node.args) == 1 and not node.keywords:
            only = node.args[0]
            if isinstance(only, ast.Comprehension) and only.kind == "generator":
                inner = self._clauses(self.doc(only.element), only.clauses)
                return Brackets("(", (inner,), ")", comma=False)
        items: list[Doc] = [self.doc(arg) for arg in node.args]
        items += [(f"{keyword.name}=", *self.doc(keyword.value)) for keyword in node.keywords]
        return Brackets("(", tuple(items), ")")

    def _clauses(self, element: Doc, clauses: tuple[ast.Clause, ...]) -> Doc:
        rest: list[tuple[str, Doc]] = []
        for clause in clauses:
            rest.append(("for", (*self.target(clause.target), " in ", *self.doc(clause.iter, OR))))
            rest += [("if", self.doc(condition, OR)) for condition in clause.conditions]
        return (Chain(element, tuple(rest)),)

    def target(self, node: ast.Expr) -> Doc:
        return self.bare(node)

    def _slice(self, node: ast.Slice) -> Doc:
        doc: list[Piece] = []
        if node.lower is not None:
            doc += self.doc(node.lower)
        doc.append(":")
        if node.upper is not None:
            doc += self.doc(node.upper)
        if node.step is not None:
            doc += (":", *self.doc(node.step))
        return tuple(doc)

    def _inner(self, node: ast.Expr, outer: tuple[str, ...]) -> str:
        """An expression in the braces of an f-string."""
        inner = ExprPrinter(None, outer)
        text = flat(inner.bare(node))
        return f"({text})" if _has_bare_colon(text) else text

    def _constant(self, node: ast.Constant) -> str:
        value = node.value
        if isinstance(value, str):
            return self._kept(node) or literal(value, self.outer)
        if value is None or isinstance(value, bool):
            return str(value)
        return self._kept(node) or repr(value)

    def _kept(self, node: ast.Constant | ast.FString) -> str:
        """How the source spells a literal, where it is a single token or a line of them."""
        if self.source is None:
            return ""
        text = self.source.slice(node.span)
        triple = text.lstrip("rRfFuU")[:3] in ('"""', "'''") and text[-3:] in ('"""', "'''")
        return text if "\n" not in text or (triple and text.count('"""') + text.count("'''") == 2) else ""


def _has_bare_colon(text: str) -> bool:
    """Whether a lambda stands in a text outside of all brackets: its colon would end the expression."""
    depth = 0
    quote = ""
    for i, ch in enumerate(text):
        if quote:
            if ch == quote:
                quote = ""
        elif ch in "\"'":
            quote = ch
        elif ch in "([{":
            depth += 1
        elif ch in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith("lambda", i):
            return True
    return False


def _tightness(node: ast.Expr | ast.Slice) -> int:
    match node:
        case ast.Lambda() | ast.IfExp() | ast.Slice():
            return TEST
        case ast.BoolOp(op="or"):
            return OR
        case ast.BoolOp():
            return AND
        case ast.Unary(op="not"):
            return NOT
        case ast.Compare():
            return COMPARE
        case ast.Unary():
            return SIGN
        case ast.Binary():
            return _BINARY[node.ops[0]]
        case ast.Constant(value=int() | float()) if repr(node.value).startswith("-"):
            return SIGN
        case ast.Attribute() | ast.Call() | ast.Subscript():
            return PRIMARY
        case _:
            return ATOM
