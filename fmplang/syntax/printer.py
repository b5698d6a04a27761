"""The tree as canonical program text.

Four spaces for a block, two blank lines around functions and records, lines of at most 100 columns where brackets let
them be broken. Comments stay at their statement. Printing what was printed changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmplang.syntax import ast
from fmplang.syntax.layout import STEP, WIDTH, Brackets, Doc, lay
from fmplang.syntax.margins import Margins
from fmplang.syntax.print_expr import ExprPrinter, print_expr
from fmplang.syntax.quoting import docstring
from fmplang.syntax.source import Source

__all__ = ["print_expr", "print_module"]

_BIG = (ast.Function, ast.Record, ast.Neural)


def print_module(module: ast.Module, source: Source | None = None) -> str:
    """A program's text.

    With its source, the spelling of numbers and strings and single blank lines between statements are kept;
    without it literals get their canonical spelling, and bodies have no blank lines.
    """
    return _Printer(module, source).module()


class _Printer:
    def __init__(self, module: ast.Module, source: Source | None) -> None:
        self.tree = module
        self.source = source
        self.expr = ExprPrinter(source)
        self.out = Margins(module.comments, source)

    def module(self) -> str:
        module, out = self.tree, self.out
        if module.doc:
            out.code(0, docstring(module.doc), *out.find_docstring(0))
        before: ast.Item | None = None
        for i, item in enumerate(module.items):
            out.lines += [""] * self._gap(before, item)
            out.opened = before is not None or bool(module.doc)
            if not out.lines:
                out.opened = True
            until = module.items[i + 1].start if i + 1 < len(module.items) else module.end + 1
            out.above(item.start, 0)
            self._item(item, until)
            before = item
        out.above(module.end + 1, 0)
        return "".join(f"{line}\n" for line in out.lines)

    def _gap(self, before: ast.Item | None, item: ast.Item) -> int:
        """Blank lines between two items (and the comments above the second)."""
        if before is None:
            return 1 if self.tree.doc else 0
        if isinstance(before, _BIG) or isinstance(item, _BIG):
            return 2
        return 0 if type(before) is type(item) and not self.out.apart(self.out.first(item.start)) else 1

    def _item(self, item: ast.Item, until: int) -> None:
        match item:
            case ast.Import():
                names: list[Doc] = [(name.id,) for name in item.names]
                head = f"from {item.module} import "
                line = head + ", ".join([name.id for name in item.names])
                if len(line) > WIDTH:
                    line = lay((head, Brackets("(", tuple(names), ")")), 0)
                self.out.code(0, line, item.start, item.end)
            case ast.ConstantDef():
                annotation: Doc = () if item.annotation is None else (": ", *self.expr.doc(item.annotation))
                self._line(item, 0, (item.name.id, *annotation, " = ", *self.expr.bare(item.value)))
            case ast.Record():
                self._record(item, until)
            case ast.Function():
                end = self._signature(item)
                self._docstring(item.doc, end)
                if item.body or not item.doc:
                    self._body(item.body, STEP, until, 0)
                else:
                    self.out.below(until, STEP, 0)
            case ast.Neural():
                self.out.code(0, f"@neural({print_expr(item.capability)})", item.start, item.capability.end)
                self.out.opened = True
                end = self._signature(item)
                self.out.code(STEP, docstring(item.doc), *self.out.find_docstring(end))
                self.out.below(until, STEP, 0)
            case ast.ErrorStmt():
                self._error(item, 0)

    def _record(self, item: ast.Record, until: int) -> None:
        self.out.code(0, f"class {item.name.id}:", item.start, item.name.end, opens=True)
        self._docstring(item.doc, item.name.end)
        for field in item.fields:
            self._line(field, STEP, (f"{field.name}: ", *self.expr.doc(field.annotation)))
        if not item.fields and not item.doc:
            self.out.code(STEP, "pass", item.end, item.end)
        self.out.below(until, STEP, 0)

    def _signature(self, item: ast.Function | ast.Neural) -> int:
        """The header of a function; where it ends in the source."""
        params: list[Doc] = []
        for param in item.params:
            doc: Doc = (param.name,)
            if param.annotation is not None:
                doc = (*doc, ": ", *self.expr.doc(param.annotation))
            if param.default is not None:
                doc = (*doc, "=" if param.annotation is None else " = ", *self.expr.doc(param.default))
            params.append(doc)
        returns = () if item.returns is None else (" -> ", *self.expr.doc(item.returns))
        head: Doc = (f"def {item.name.id}", Brackets("(", tuple(params), ")"), *returns)
        end = max(item.name.end, *[node.end for node in (*item.params, item.returns) if node is not None], 0)
        self.out.code(0, lay(head, 0, after=":"), item.name.start, end, opens=True)
        return end

    # ---------------------------------------------------------------------- statements

    def _body(self, body: Sequence[ast.Stmt], indent: int, until: int, column: int) -> None:
        """A block under a header in `column` of the source; the code behind it begins at `until`."""
        for i, stmt in enumerate(body):
            self._stmt(stmt, indent, body[i + 1].start if i + 1 < len(body) else until)
        if not body:
            self.out.lines.append(" " * indent + "pass")
        self.out.below(until, indent, column)

    def _stmt(self, stmt: ast.Stmt, indent: int, until: int) -> None:
        bare, doc = self.expr.bare, self.expr.doc
        match stmt:
            case ast.If():
                self._if(stmt, indent, until)
            case ast.For():
                self.out.above(stmt.start, indent)
                head: Doc = ("for ", *bare(stmt.target), " in ", *bare(stmt.iter))
                self._header(stmt.start, stmt.iter.end, indent, head)
                self._body(stmt.body, indent + STEP, until, self._column(stmt, indent))
            case ast.Assign():
                targets = [piece for target in stmt.targets for piece in (*bare(target), " = ")]
                self._line(stmt, indent, (*targets, *bare(stmt.value)))
            case ast.AnnAssign():
                value: Doc = () if stmt.value is None else (" = ", *bare(stmt.value))
                self._line(stmt, indent, (stmt.target.id, ": ", *doc(stmt.annotation), *value))
            case ast.AugAssign():
                self._line(stmt, indent, (*doc(stmt.target), f" {stmt.op}= ", *bare(stmt.value)))
            case ast.Return():
                self._line(stmt, indent, ("return",) if stmt.value is None else ("return ", *bare(stmt.value)))
            case ast.Assert():
                message: Doc = () if stmt.message is None else (", ", *doc(stmt.message))
                self._line(stmt, indent, ("assert ", *doc(stmt.test), *message))
            case ast.ExprStmt():
                self._line(stmt, indent, bare(stmt.value))
            case ast.ErrorStmt():
                self._error(stmt, indent)
            case _:
                self._line(stmt, indent, (type(stmt).__name__.lower(),))

    def _if(self, stmt: ast.If, indent: int, until: int) -> None:
        column = self._column(stmt, indent)
        for i, branch in enumerate(stmt.branches):
            word = "elif" if i else "if"
            self.out.above(branch.start, indent)
            self._header(branch.start, branch.test.end, indent, (f"{word} ", *self.expr.doc(branch.test)))
            if i + 1 < len(stmt.branches):
                after = stmt.branches[i + 1].start
            else:
                after = self.out.find_else(branch.end) if stmt.orelse else until
            self._body(branch.body, indent + STEP, after, column)
        if stmt.orelse:
            at = self.out.find_else(stmt.branches[-1].end)
            self.out.code(indent, "else:", at, at + len("else") if self.source else at, opens=True)
            self._body(stmt.orelse, indent + STEP, until, column)

    def _header(self, start: int, end: int, indent: int, doc: Doc) -> None:
        self.out.code(indent, lay(doc, indent, after=":"), start, end, opens=True)

    def _line(self, node: ast.Node, indent: int, doc: Doc) -> None:
        self.out.code(indent, lay(doc, indent), node.start, node.end)

    def _error(self, node: ast.ErrorStmt, indent: int) -> None:
        """What did not parse stays as it is; without the source it is `pass`."""
        self.out.above(node.start, indent)
        self.out.skip(node.end)
        self.out.code(indent, self.source.slice(node.span) if self.source else "pass", node.start, node.end)

    def _docstring(self, doc: str, end: int) -> None:
        if doc:
            self.out.code(STEP, docstring(doc), *self.out.find_docstring(end))

    def _column(self, node: ast.Node, indent: int) -> int:
        """The column of a statement in the source; without it, where it is printed."""
        return indent if self.source is None else self.source.position(node.start)[1] - 1
