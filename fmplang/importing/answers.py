"""What kind of answer a question of VisProg is after: a text, a yes or no, or a number.

VisProg's answers are texts, and its EVAL turns "yes" and "no" into truths and digits into numbers before it
computes. FMP asks for a value of the right type at once. What an EVAL does with an answer says which.
"""

from __future__ import annotations

import re

from fmplang.frozen import Frozen
from fmplang.importing.reports import Reports
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source, Span

_HEAD = "def main():\n    return "
_HOLE = re.compile(r"\{\s*([A-Za-z_]\w*)\s*\}")
_XOR = re.compile(r"\bxor\b", re.IGNORECASE)
_OR = re.compile(r"\bor\b")


class Formula(Frozen):
    """The expression of an EVAL as FMP text and tree. `xor`: it had one, which stands there as `!=`."""

    text: str
    tree: ast.Expr
    xor: bool


def formula(expression: str, names: dict[str, str], limits: Limits) -> Formula | None:
    """`{VAR}` becomes the variable, `a xor b` becomes `a != b`. None where what comes out is no expression of FMP.

    `names` are FMP's names of the variables. The expression is read, not evaluated.
    """
    text = _HOLE.sub(lambda hole: names.get(hole[1], hole[1]), expression).strip()
    xor = _XOR.search(text) is not None
    if xor:
        text = _bracketed(_XOR.sub("or", text), limits) if not _OR.search(text) else _XOR.sub("!=", text)
    tree = _tree(text, limits)
    return None if tree is None else Formula(text, tree, xor)


def variables(expression: str) -> set[str]:
    """The variables in the braces of an expression."""
    return set(_HOLE.findall(expression))


def _tree(text: str, limits: Limits) -> ast.Expr | None:
    """A text as one expression; None where it is none. Its places count from the text's own beginning plus HEAD."""
    if not text or any(mark in text for mark in "\n\r#"):
        return None
    parsed = parse(Source(f"{_HEAD}({text})\n"), limits)
    items = parsed.module.items
    if any(d.severity == "error" for d in parsed.diagnostics) or len(items) != 1:
        return None
    body = items[0].body if isinstance(items[0], ast.Function) else ()
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None


def _bracketed(text: str, limits: Limits) -> str:
    """`a or b` as `(a) != (b)`: xor binds as weakly as `or`, and `!=` does not."""
    tree = _tree(text, limits)
    for node in () if tree is None else ast.walk(tree):
        if isinstance(node, ast.BoolOp) and node.op == "or" and len(node.operands) == 2:
            start = len(_HEAD) + 1
            first, second = (_operand(text[o.start - start:o.end - start], o) for o in node.operands)
            return f"{text[:node.start - start]}{first} != {second}{text[node.end - start:]}"
    return _OR.sub("!=", text)


def _operand(text: str, node: ast.Expr) -> str:
    return text if isinstance(node, (ast.Name, ast.Constant)) or text.startswith("(") else f"({text})"


class Kinds:
    """The kinds of variables: "str", "bool" or "int" of those that a question or an EVAL gave."""

    def __init__(self, asked: set[str], counted: set[str], reports: Reports) -> None:
        self.asked = asked  # FMP's names of the answers to questions
        self.known: dict[str, str] = dict.fromkeys(counted, "int")
        self.wanted: dict[str, str] = {}
        self.reports = reports

    def of(self, name: str) -> str:
        """The kind of an answer."""
        return self.wanted.get(name, "str")

    def evaluate(self, target: str, found: Formula, span: Span) -> None:
        """Take in what an EVAL wants of its variables, and what it gives."""
        self.span = span
        self.xor = found.xor
        self._want(found.tree, "")
        kind = self._gives(found.tree)
        if kind:
            self.known[target] = kind

    def _want(self, node: ast.Expr, kind: str) -> None:
        match node:
            case ast.Name():
                if kind and node.id in self.asked:
                    before = self.wanted.setdefault(node.id, kind)
                    if before != kind:
                        title = f"the answer `{node.id}` is used as {kind} here and as {before} elsewhere"
                        self.reports.error("FMP873", title, self.span, "Ask two questions, one for each.")
            case ast.BoolOp():
                for operand in node.operands:
                    self._want(operand, "bool")
            case ast.Unary():
                self._want(node.operand, "bool" if node.op == "not" else "int")
            case ast.IfExp():
                self._want(node.test, "bool")
                self._want(node.body, kind)
                self._want(node.orelse, kind)
            case ast.Binary():
                texts = any(self._gives(o) == "str" for o in node.operands)
                for operand in node.operands:
                    self._want(operand, "str" if texts else "int")
            case ast.Compare():
                self._compare(node)
            case ast.Call():
                for argument in node.args:
                    self._want(argument, "")

    def _compare(self, node: ast.Compare) -> None:
        plain = [o for o in node.operands if not (isinstance(o, ast.Name) and o.id in self.asked)]
        kinds = {self._gives(o) for o in plain} - {""}
        if set(node.ops) & {"in", "not in"} or "str" in kinds:
            wanted = "str"
        elif set(node.ops) & {"<", "<=", ">", ">="} or "int" in kinds:
            wanted = "int"
        elif "bool" in kinds or (self.xor and "!=" in node.ops):
            wanted = "bool"
        else:
            wanted = "str"
        for operand in node.operands:
            self._want(operand, wanted)

    def _gives(self, node: ast.Expr) -> str:
        """The kind of a value, "" where it is not plain."""
        match node:
            case ast.Constant():
                return {bool: "bool", int: "int", float: "int", str: "str"}.get(type(node.value), "")
            case ast.Name():
                return self.known.get(node.id) or self.wanted.get(node.id, "")
            case ast.BoolOp() | ast.Compare():
                return "bool"
            case ast.Unary():
                return "bool" if node.op == "not" else "int"
            case ast.IfExp():
                return self._gives(node.body) or self._gives(node.orelse)
            case ast.Binary():
                return "str" if any(self._gives(o) == "str" for o in node.operands) else "int"
        return ""
