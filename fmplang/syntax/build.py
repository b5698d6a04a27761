"""From a production to a node: one method for each rule and alias of grammar/fmp.lark, under the same name.

A method gets where the production starts and ends, then its children: nodes, lists made by other methods, None for
an absent `[x]`, and for tokens their index. `DEEPER` and `NODES` say by how much a production adds to nesting and
to the count of nodes; what depends on the text is added by the method itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Union, cast

from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.ast import Expr, Stmt
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.fstrings import Hole, Scanner
from fmplang.syntax.kinds import Kinds
from fmplang.syntax.lexer import Tokens
from fmplang.syntax.literals import Slip, decode, floating, integer, take_apart
from fmplang.syntax.source import Source, Span

Part = Union[str, ast.Interpolation]

# Productions that make something nested one level deeper. Names, literals, lines and lists of things do not.
DEEPER = frozenset({
    "function", "record", "if_stmt", "for_stmt", "if_exp", "lambda_exp", "or_exp", "and_exp", "not_exp", "compare",
    "binary", "sign", "attribute", "call", "subscript", "tuple_display", "generator", "bare_generator", "list_display",
    "list_comp", "dict_display", "dict_comp", "set_display", "set_comp",
})

# Productions that make another number of nodes than one.
NODES = {
    "*": 0, "block": 0, "fields": 0, "params": 0, "arguments": 0, "pair": 0, "clauses": 0, "dotted": 0, "group": 0,
    "comparator": 0, "docstring": 0, "prompt": 0, "signature": 0, "decorator": 0, "lambda_params": 0,
    "import_names": 0, "function": 2, "record": 2, "neural": 3, "plain_constant": 2, "typed_constant": 2, "if_stmt": 2,
}


class Builder:
    """`inside` reads the expression of an f-string's braces and gives the node and its nesting."""

    def __init__(self, source: Source, text: str, tokens: Tokens, limits: Limits,
                 kinds: Kinds, inside: Callable[[int, int], tuple[Expr, int]]) -> None:
        self.source = source
        self.text = text
        self.t = tokens
        self.limits = limits
        self.k = kinds
        self.inside = inside
        self.nodes = 0  # nodes made beyond NODES
        self.deep = 0  # nesting of the string just built
        self.bare: set[Expr] = set()  # generators without parentheses of their own

    # ---------------------------------------------------------------------- the module

    def module(self, s: int, e: int, doc: str | None, *items: ast.Item) -> ast.Module:
        return ast.Module(0, len(self.source.text), doc or "", items, tuple(self.t.comments))

    def docstring(self, s: int, e: int, *tokens: int) -> str:
        value = self.string(s, e, *tokens)
        if isinstance(value, ast.FString):
            self.fail("FMP040", "a docstring is a plain string", s, e, "write it without f")
        return cast(str, value.value)

    def import_from(self, s: int, e: int, module: tuple[str, int], names: list[ast.Name]) -> ast.Import:
        name, end = module
        if name != "fmp" and not name.startswith("fmp."):
            line = self.text.find("\n", e) + 1 or len(self.text)
            self.fail("FMP024", f"'{name}' is no module of FMP", s, end,
                      "delete the line: builtins and types need no import, and Python's modules cannot be imported",
                      Fix("delete the line", (Edit(Span(s, line), ""),), safe=name in ("typing", "__future__")))
        return ast.Import(s, e, name, tuple(names))

    def dotted(self, s: int, e: int, *tokens: int) -> tuple[str, int]:
        return ".".join([self.t.words[i] for i in tokens]), e

    def import_names(self, s: int, e: int, *tokens: int) -> list[ast.Name]:
        self.nodes += len(tokens)
        return [self._name(i) for i in tokens]

    def plain_constant(self, s: int, e: int, name: int, value: Expr) -> ast.ConstantDef:
        return ast.ConstantDef(s, e, self._name(name), None, value)

    def typed_constant(self, s: int, e: int, name: int, annotation: Expr, value: Expr) -> ast.ConstantDef:
        return ast.ConstantDef(s, e, self._name(name), annotation, value)

    def record(self, s: int, e: int, name: int, doc: str | None, fields: Iterable[ast.Field | ast.ErrorStmt] = ()
               ) -> ast.Record | ast.ErrorStmt:
        kept = tuple(f for f in fields if isinstance(f, ast.Field))
        if any(isinstance(f, ast.ErrorStmt) for f in fields):
            return ast.ErrorStmt(s, e, (self.t.words[name],))
        return ast.Record(s, e, self._name(name), doc or "", kept)

    def fields(self, s: int, e: int, *fields: ast.Field | ast.ErrorStmt) -> tuple[ast.Field | ast.ErrorStmt, ...]:
        return fields

    def field(self, s: int, e: int, name: int, annotation: Expr) -> ast.Field:
        return ast.Field(s, e, self.t.words[name], annotation)

    def decorator(self, s: int, e: int, name: int, capability: int) -> ast.Constant:
        if self.t.words[name] != "neural":
            self.fail("FMP031", f"FMP has no decorator '{self.t.words[name]}'", s, e,
                      'delete the line; the only decorator is @neural("capability")')
        value = self.string(self.t.starts[capability], self.t.ends[capability], capability)
        if isinstance(value, ast.FString) or value.value == "":
            self.fail("FMP040", "a capability is a plain string", value.start, value.end, 'write @neural("llm")')
        return value

    def neural(self, s: int, e: int, capability: ast.Constant,
               signature: tuple[int, list[ast.Param], Expr | None], doc: str) -> ast.Neural:
        name, params, returns = signature
        return ast.Neural(s, e, capability, self._name(name), tuple(params), returns, doc)

    def function(self, s: int, e: int, signature: tuple[int, list[ast.Param], Expr | None],
                 body: tuple[Stmt, ...]) -> ast.Function:
        name, params, returns = signature
        doc = ""
        first = body[0]
        if isinstance(first, ast.ExprStmt) and isinstance(first.value, ast.Constant):
            value = first.value.value
            if isinstance(value, str) and value:
                doc, body = value, body[1:]
        return ast.Function(s, e, self._name(name), tuple(params), returns, doc, body)

    def signature(self, s: int, e: int, name: int, params: list[ast.Param] | None, returns: Expr | None
                  ) -> tuple[int, list[ast.Param], Expr | None]:
        return name, params or [], returns

    def params(self, s: int, e: int, *params: ast.Param) -> list[ast.Param]:
        seen: dict[str, ast.Param] = {}
        default: ast.Param | None = None
        for param in params:
            at = Span(param.start, param.start + len(param.name))
            if param.name in seen:
                first = seen[param.name]
                self.fail("FMP017", f"two parameters are named '{param.name}'", at.start, at.end, "rename one of them",
                          labels=(Label(Span(first.start, first.start + len(param.name)), "the first one"),))
            seen[param.name] = param
            if param.default is not None:
                default = param
            elif default is not None:
                self.fail("FMP017", f"'{param.name}' has no default, but stands behind a parameter that has one",
                          at.start, at.end, "put parameters with defaults last",
                          labels=(Label(default.span, "this one has a default"),))
        return list(params)

    def param(self, s: int, e: int, name: int, annotation: Expr | None, default: Expr | None) -> ast.Param:
        return ast.Param(s, e, self.t.words[name], annotation, default)

    # ---------------------------------------------------------------------- statements

    def block(self, s: int, e: int, *body: Stmt) -> tuple[Stmt, ...]:
        return body

    def broken(self, s: int, e: int, token: int, *body: Stmt) -> ast.ErrorStmt:
        return self.error(s, e)

    def error(self, s: int, e: int) -> ast.ErrorStmt:
        """In place of what stands at [s, e), with all the names in it."""
        t, name = self.t, self.k.name
        tokens = range(bisect_left(t.starts, s), bisect_right(t.ends, e))
        return ast.ErrorStmt(min(s, e), e, tuple(dict.fromkeys(t.words[i] for i in tokens if t.kinds[i] == name)))

    def if_stmt(self, s: int, e: int, test: Expr, body: tuple[Stmt, ...], *rest: Any) -> ast.If:
        *elifs, orelse = rest
        end = body[-1].end
        return ast.If(s, e, (ast.Branch(s, end, test, body), *elifs), orelse or ())

    def elif_branch(self, s: int, e: int, test: Expr, body: tuple[Stmt, ...]) -> ast.Branch:
        return ast.Branch(s, e, test, body)

    def for_stmt(self, s: int, e: int, target: ast.Target, items: Expr, body: tuple[Stmt, ...]) -> ast.For:
        return ast.For(s, e, target, items, body)

    def expr_stmt(self, s: int, e: int, value: Expr) -> ast.ExprStmt:
        return ast.ExprStmt(s, e, value)

    def assign(self, s: int, e: int, *parts: Expr) -> ast.Assign:
        *targets, value = parts
        for target in targets:
            self._check_target(target)
        return ast.Assign(s, e, cast(tuple[ast.Target, ...], tuple(targets)), value)

    def ann_assign(self, s: int, e: int, target: Expr, annotation: Expr, value: Expr | None) -> ast.AnnAssign:
        if not isinstance(target, ast.Name) or target.start != s:
            self.fail("FMP012", "only a plain name can be annotated", s, target.end,
                      "write `name: type = value`, or leave the annotation out")
        return ast.AnnAssign(s, e, target, annotation, value)

    def aug_assign(self, s: int, e: int, target: Expr, op: int, value: Expr) -> ast.AugAssign:
        if isinstance(target, ast.TupleExpr):
            self.fail("FMP012", f"'{self.t.words[op]}' changes one variable at a time", target.start, target.end,
                      "write one line for each")
        self._check_target(target)
        return ast.AugAssign(s, e, cast(Union[ast.Name, ast.Subscript], target), self.t.words[op][:-1], value)

    def return_stmt(self, s: int, e: int, value: Expr | None) -> ast.Return:
        return ast.Return(s, e, value)

    def assert_stmt(self, s: int, e: int, test: Expr, message: Expr | None) -> ast.Assert:
        return ast.Assert(s, e, test, message)

    def break_stmt(self, s: int, e: int) -> ast.Break:
        return ast.Break(s, e)

    def continue_stmt(self, s: int, e: int) -> ast.Continue:
        return ast.Continue(s, e)

    def pass_stmt(self, s: int, e: int) -> ast.Pass:
        return ast.Pass(s, e)

    def _check_target(self, target: Expr) -> None:
        waiting: list[Expr] = [target]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.TupleExpr) and node.items:
                waiting += reversed(node.items)
            elif isinstance(node, ast.Attribute):
                self.fail("FMP037", f"the attribute '{node.name}' cannot be assigned", node.start, node.end,
                          "records do not change: build a new one, with all its fields by keyword")
            elif isinstance(node, ast.Subscript) and isinstance(node.index, ast.Slice):
                self.fail("FMP012", "a slice cannot be assigned", node.start, node.end,
                          "build the new list: xs[:i] + new + xs[j:]")
            elif not isinstance(node, (ast.Name, ast.Subscript)):
                self.fail("FMP012", f"{_DESCRIBE.get(type(node), 'this')} cannot be assigned", node.start, node.end,
                          "the left side is a name, names with commas between, or `xs[i]`; to compare, write '=='")

    # --------------------------------------------------------------------- expressions

    def name(self, s: int, e: int, token: int) -> ast.Name:
        return ast.Name(s, e, self.t.words[token])

    def _name(self, token: int) -> ast.Name:
        return ast.Name(self.t.starts[token], self.t.ends[token], self.t.words[token])

    def integer(self, s: int, e: int, token: int) -> ast.Constant:
        return ast.Constant(s, e, integer(self.source, self.t.words[token], s, self.limits.integer_bits))

    def float_number(self, s: int, e: int, token: int) -> ast.Constant:
        return ast.Constant(s, e, floating(self.source, self.t.words[token], s))

    def none(self, s: int, e: int) -> ast.Constant:
        return ast.Constant(s, e, None)

    def true(self, s: int, e: int) -> ast.Constant:
        return ast.Constant(s, e, True)

    def false(self, s: int, e: int) -> ast.Constant:
        return ast.Constant(s, e, False)

    def string(self, s: int, e: int, *tokens: int) -> ast.Constant | ast.FString:
        parts: list[Part] = []
        formatted = False
        self.deep = 0
        for token in tokens:
            if token < 0:
                continue  # put here by the recovery, where a docstring is missing
            q = take_apart(self.t.words[token], self.t.starts[token])
            if q.formatted:
                formatted = True
                scanner = Scanner(self.source, self.text, q.begin, q.end, q.raw)
                new, deep = self._parts(scanner.pieces())
                self.deep = max(self.deep, deep + 1)
            else:
                new = (decode(self.source, self.text, q.begin, q.end, q.raw),)
            for part in new:
                if parts and isinstance(part, str) and isinstance(parts[-1], str):
                    parts[-1] += part
                elif part != "":
                    parts.append(part)
        if formatted:
            return ast.FString(s, e, tuple(parts))
        return ast.Constant(s, e, cast(str, parts[0]) if parts else "")

    def _parts(self, pieces: tuple[Union[str, Hole], ...]) -> tuple[tuple[Part, ...], int]:
        """The holes of an f-string read as expressions, and how deeply they nest."""
        parts: list[Part] = []
        deep = 0
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            value, depth = self.inside(piece.begin, piece.stop)
            spec, spec_depth = self._parts(piece.spec)
            deep = max(deep, depth, spec_depth)
            self.nodes += 1
            parts.append(ast.Interpolation(piece.start, piece.end, value, piece.conversion, spec))
        return tuple(parts), deep

    def group(self, s: int, e: int, value: Expr) -> Expr:
        return value

    def tuple_display(self, s: int, e: int, *items: Expr) -> ast.TupleExpr:
        return ast.TupleExpr(s, e, items)

    def empty_tuple(self, s: int, e: int) -> ast.TupleExpr:
        return ast.TupleExpr(s, e, ())

    def list_display(self, s: int, e: int, *items: Expr) -> ast.ListExpr:
        return ast.ListExpr(s, e, items)

    def set_display(self, s: int, e: int, *items: Expr) -> ast.SetExpr:
        return ast.SetExpr(s, e, items)

    def dict_display(self, s: int, e: int, *pairs: tuple[Expr, Expr]) -> ast.DictExpr:
        return ast.DictExpr(s, e, tuple([key for key, _ in pairs]), tuple([value for _, value in pairs]))

    def pair(self, s: int, e: int, key: Expr, value: Expr) -> tuple[Expr, Expr]:
        return key, value

    def list_comp(self, s: int, e: int, element: Expr, clauses: tuple[ast.Clause, ...]) -> ast.Comprehension:
        return ast.Comprehension(s, e, "list", element, clauses)

    def set_comp(self, s: int, e: int, element: Expr, clauses: tuple[ast.Clause, ...]) -> ast.Comprehension:
        return ast.Comprehension(s, e, "set", element, clauses)

    def generator(self, s: int, e: int, element: Expr, clauses: tuple[ast.Clause, ...]) -> ast.Comprehension:
        return ast.Comprehension(s, e, "generator", element, clauses)

    def dict_comp(self, s: int, e: int, pair: tuple[Expr, Expr], clauses: tuple[ast.Clause, ...]) -> ast.DictComp:
        return ast.DictComp(s, e, pair[0], pair[1], clauses)

    def clauses(self, s: int, e: int, *clauses: ast.Clause) -> tuple[ast.Clause, ...]:
        return clauses

    def clause(self, s: int, e: int, target: ast.Target, items: Expr, *conditions: Expr) -> ast.Clause:
        return ast.Clause(s, e, target, items, conditions)

    def if_exp(self, s: int, e: int, body: Expr, test: Expr, orelse: Expr) -> ast.IfExp:
        return ast.IfExp(s, e, test, body, orelse)

    def lambda_exp(self, s: int, e: int, params: tuple[ast.Name, ...] | None, body: Expr) -> ast.Lambda:
        return ast.Lambda(s, e, params or (), body)

    def lambda_params(self, s: int, e: int, *tokens: int) -> tuple[ast.Name, ...]:
        self.nodes += len(tokens)
        names = tuple(self._name(i) for i in tokens)
        seen: set[str] = set()
        for name in names:
            if name.id in seen:
                self.fail("FMP017", f"two parameters are named '{name.id}'", name.start, name.end, "rename one of them")
            seen.add(name.id)
        return names

    def or_exp(self, s: int, e: int, *operands: Expr) -> ast.BoolOp:
        return ast.BoolOp(s, e, "or", operands)

    def and_exp(self, s: int, e: int, *operands: Expr) -> ast.BoolOp:
        return ast.BoolOp(s, e, "and", operands)

    def not_exp(self, s: int, e: int, operand: Expr) -> ast.Unary:
        return ast.Unary(s, e, "not", operand)

    def sign(self, s: int, e: int, op: int, operand: Expr) -> ast.Unary:
        return ast.Unary(s, e, "-" if self.t.words[op] == "-" else "+", operand)

    def compare(self, s: int, e: int, *parts: Any) -> ast.Compare:
        return ast.Compare(s, e, parts[::2], parts[1::2])

    def comparator(self, s: int, e: int, *tokens: int) -> str:
        return " ".join([self.t.words[i] for i in tokens])

    def binary(self, s: int, e: int, *parts: Any) -> ast.Binary:
        words = self.t.words
        return ast.Binary(s, e, parts[::2], tuple([words[i] for i in parts[1::2]]))

    def attribute(self, s: int, e: int, value: Expr, name: int) -> ast.Attribute:
        return ast.Attribute(s, e, value, self.t.words[name], self.t.starts[name])

    def call(self, s: int, e: int, func: Expr, arguments: tuple[tuple[Expr, ...], tuple[ast.Keyword, ...]] | None
             ) -> ast.Call:
        args, keywords = arguments or ((), ())
        return ast.Call(s, e, func, args, keywords)

    def arguments(self, s: int, e: int, *arguments: Expr | ast.Keyword
                  ) -> tuple[tuple[Expr, ...], tuple[ast.Keyword, ...]]:
        args: list[Expr] = []
        keywords: dict[str, ast.Keyword] = {}
        for argument in arguments:
            if isinstance(argument, ast.Keyword):
                other = keywords.setdefault(argument.name, argument)
                if other is not argument:
                    self.fail("FMP016", f"the keyword '{argument.name}' is given twice", argument.start,
                              argument.start + len(argument.name), "keep one of them",
                              labels=(Label(other.span, "given here first"),))
                continue
            if keywords:
                last = next(reversed(keywords.values()))
                self.fail("FMP016", "an argument without a name stands behind one with a name", argument.start,
                          argument.end, "put it first, or give it a name as well",
                          labels=(Label(last.span, "this one has a name"),))
            if argument in self.bare and (len(arguments) > 1 or self.text[e - 1] == ","):
                self.fail("FMP016", "a generator beside other arguments needs parentheses", argument.start,
                          argument.end, "put it between ( and )",
                          Fix("put it in parentheses", (Edit(Span(argument.start, argument.start), "("),
                                                        Edit(Span(argument.end, argument.end), ")")), safe=True))
            args.append(argument)
        return tuple(args), tuple(keywords.values())

    def keyword(self, s: int, e: int, name: int, value: Expr) -> ast.Keyword:
        return ast.Keyword(s, e, self.t.words[name], value)

    def bare_generator(self, s: int, e: int, element: Expr, clauses: tuple[ast.Clause, ...]) -> ast.Comprehension:
        node = ast.Comprehension(s, e, "generator", element, clauses)
        self.bare.add(node)
        return node

    def subscript(self, s: int, e: int, value: Expr, index: Expr | ast.Slice) -> ast.Subscript:
        return ast.Subscript(s, e, value, index)

    def slicing(self, s: int, e: int, lower: Expr | None, upper: Expr | None, step: Expr | None = None) -> ast.Slice:
        return ast.Slice(s, e, lower, upper, step)

    # -------------------------------------------------------------------------- errors

    def fail(self, code: str, title: str, start: int, end: int, help: str, *fixes: Fix,
             labels: tuple[Label, ...] = ()) -> NoReturn:
        raise Slip(Diagnostic(code, title, self.source, Span(start, end), help=help, labels=labels, fixes=fixes))


_DESCRIBE: dict[type, str] = {
    ast.Constant: "a literal", ast.FString: "a string", ast.Call: "a call", ast.Binary: "an expression",
    ast.Compare: "a comparison", ast.BoolOp: "an expression", ast.Unary: "an expression", ast.IfExp: "an expression",
    ast.ListExpr: "a list", ast.SetExpr: "a set", ast.DictExpr: "a dict", ast.Comprehension: "a comprehension",
    ast.DictComp: "a comprehension", ast.Lambda: "a lambda", ast.TupleExpr: "an empty tuple",
}
