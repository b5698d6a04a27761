"""Random well-formed trees: shared by all tests that want programs.

The trees are what the parser makes (operator chains flat, docstrings out of bodies), so that printing and parsing
again gives the same tree. They need not be well typed. Places are all zero.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fmplang.syntax import ast

KEYWORDS = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield".split())

names = st.one_of(
    st.sampled_from(["a", "b", "x", "xs", "image", "_", "match", "case", "type", "print", "lambda_", "f", "r", "b"]),
    st.from_regex(r"\A[a-z][a-z0-9_]{0,5}\Z"),
).filter(lambda name: name not in KEYWORDS and not name.startswith("__"))

# Any character but lone surrogates (no file can hold them) may be part of a text.
characters = st.characters(exclude_categories=["Cs"])
texts = st.one_of(
    st.sampled_from(["", "a", "dog", "it's", 'say "x"', "{", "}}", "\\", "\n", "a\nb", '"""', "'''", "\r\n", "é"]),
    st.text(characters, max_size=8),
)
# Texts that can stand in the braces of an f-string, where there is no escape.
plain_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), max_size=6)

_BINARY = (("+", "-"), ("*", "/", "//", "%"), ("|",), ("^",), ("&",))
_COMPARE = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")


def node(cls: type, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*args).map(lambda values: cls(0, 0, *values))


def tuples_of(items: st.SearchStrategy[Any], low: int = 0, high: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=low, max_size=high).map(tuple)


def name_nodes() -> st.SearchStrategy[ast.Name]:
    return node(ast.Name, names)


def constants(text: st.SearchStrategy[str] = texts) -> st.SearchStrategy[ast.Constant]:
    values = st.one_of(
        st.none(), st.booleans(), st.integers(0, 2**256 - 1), st.integers(0, 100),
        st.floats(0, allow_nan=False, allow_infinity=False).map(abs), text,
    )
    return node(ast.Constant, values)


def targets(depth: int = 2) -> st.SearchStrategy[Any]:
    """Loop variables: names and tuples of them."""
    if depth == 0:
        return name_nodes()
    return st.one_of(name_nodes(), node(ast.TupleExpr, tuples_of(targets(depth - 1), 1)))


def _operators(operand: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def chain(ops: tuple[str, ...], cls: type) -> st.SearchStrategy[Any]:
        def build(count: int) -> st.SearchStrategy[Any]:
            return node(cls, tuples_of(operand, count + 1, count + 1),
                        tuples_of(st.sampled_from(ops), count, count))
        return st.integers(1, 3).flatmap(build)

    power = node(ast.Binary, tuples_of(operand, 2, 2), st.just(("**",)))
    return st.one_of(
        *[chain(ops, ast.Binary) for ops in _BINARY], power, chain(_COMPARE, ast.Compare),
        node(ast.BoolOp, st.sampled_from(["and", "or"]), tuples_of(operand, 2)),
        node(ast.Unary, st.sampled_from(["not", "-", "+"]), operand),
        node(ast.IfExp, operand, operand, operand),
    )


def _comprehensions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    clauses = tuples_of(node(ast.Clause, targets(), inner, tuples_of(inner, 0, 2)), 1, 2)
    return st.one_of(
        node(ast.Comprehension, st.sampled_from(["list", "set", "generator"]), inner, clauses),
        node(ast.DictComp, inner, inner, clauses),
    )


def _calls(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keywords = st.dictionaries(names, inner, max_size=2).map(
        lambda d: tuple(ast.Keyword(0, 0, name, value) for name, value in d.items()))
    return node(ast.Call, inner, tuples_of(inner), keywords)


def _displays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pairs = st.lists(st.tuples(inner, inner), max_size=3).map(
        lambda items: ast.DictExpr(0, 0, tuple(k for k, _ in items), tuple(v for _, v in items)))
    return st.one_of(
        node(ast.ListExpr, tuples_of(inner)), node(ast.TupleExpr, tuples_of(inner)),
        node(ast.SetExpr, tuples_of(inner, 1)), pairs,
    )


def _places(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    part = st.none() | inner
    return st.one_of(
        node(ast.Attribute, inner, names, st.just(0)),
        node(ast.Subscript, inner, st.one_of(inner, node(ast.Slice, part, part, part))),
    )


def _merge(parts: list[Any]) -> tuple[Any, ...]:
    """Parts of an f-string as the parser makes them: no empty texts, no two texts side by side."""
    out: list[Any] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part != "":
            out.append(part)
    return tuple(out)


def fstrings(inner: st.SearchStrategy[Any], text: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Any]:
    def hole(spec: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return node(ast.Interpolation, inner, st.sampled_from(["", "r", "s"]), spec)

    spec = st.lists(st.one_of(st.sampled_from([">", "10", ".2f", "{"]), hole(st.just(()))), max_size=2).map(_merge)
    return node(ast.FString, st.lists(st.one_of(text, hole(spec)), max_size=3).map(_merge))


def _grow(leaves: st.SearchStrategy[Any], size: int) -> st.SearchStrategy[Any]:
    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        params = st.lists(names, max_size=2, unique=True).map(lambda ids: tuple(ast.Name(0, 0, i) for i in ids))
        return st.one_of(_operators(inner), _calls(inner), _displays(inner), _places(inner), _comprehensions(inner),
                         node(ast.Lambda, params, inner))
    return st.recursive(leaves, extend, max_leaves=size)


# Expressions for the braces of an f-string: their texts need no escape.
_inner_expressions = _grow(st.one_of(name_nodes(), constants(plain_texts)), 4)
leaves = st.one_of(name_nodes(), constants(), fstrings(_inner_expressions))
expressions = _grow(leaves, 12)
small_expressions = _grow(st.one_of(name_nodes(), constants(st.sampled_from(["a", "b"]))), 4)


def _statement_targets() -> st.SearchStrategy[Any]:
    one = st.one_of(name_nodes(), node(ast.Subscript, name_nodes(), small_expressions))
    return st.one_of(one, node(ast.TupleExpr, tuples_of(one, 1)))


simple_statements = st.one_of(
    node(ast.Assign, tuples_of(_statement_targets(), 1, 2), expressions),
    node(ast.AnnAssign, name_nodes(), small_expressions, st.none() | expressions),
    node(ast.AugAssign, st.one_of(name_nodes(), node(ast.Subscript, name_nodes(), small_expressions)),
         st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "|", "&", "^"]), expressions),
    node(ast.Return, st.none() | expressions),
    node(ast.Assert, expressions, st.none() | small_expressions),
    node(ast.ExprStmt, expressions),
    st.sampled_from([ast.Break, ast.Continue, ast.Pass]).map(lambda cls: cls(0, 0)),
)


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    block = tuples_of(inner, 1)
    branches = tuples_of(node(ast.Branch, small_expressions, block), 1)
    return st.one_of(
        node(ast.If, branches, st.one_of(st.just(()), block)),
        node(ast.For, targets(), small_expressions, block),
    )


statements = st.recursive(simple_statements, _compound, max_leaves=5)


def _params() -> st.SearchStrategy[tuple[ast.Param, ...]]:
    def build(values: tuple[list[str], list[Any], list[Any]]) -> tuple[ast.Param, ...]:
        ids, annotations, defaults = values
        first = len(ids) - min(len(defaults), len(ids))
        return tuple(
            ast.Param(0, 0, name, annotations[i] if i < len(annotations) else None,
                      defaults[i - first] if i >= first else None)
            for i, name in enumerate(ids))
    return st.tuples(st.lists(names, max_size=3, unique=True), st.lists(small_expressions, max_size=3),
                     st.lists(small_expressions, max_size=2)).map(build)


def _function(values: tuple[Any, ...]) -> ast.Function:
    name, params, returns, doc, body = values
    if not doc and body and isinstance(body[0], ast.ExprStmt) and isinstance(body[0].value, ast.Constant):
        body = (ast.Pass(0, 0), *body)  # a text here would be the docstring
    return ast.Function(0, 0, name, params, returns, doc, body if doc or body else (ast.Pass(0, 0),))


functions = st.tuples(
    name_nodes(), _params(), st.none() | small_expressions, texts, tuples_of(statements, 0, 3)).map(_function)

items = st.one_of(
    node(ast.Import, st.sampled_from(["fmp.video", "fmp.text", "fmp"]), tuples_of(name_nodes(), 1)),
    node(ast.ConstantDef, name_nodes(), st.none() | small_expressions, expressions),
    node(ast.Record, name_nodes(), texts, tuples_of(node(ast.Field, names, small_expressions))),
    node(ast.Neural, node(ast.Constant, texts.filter(bool)), name_nodes(), _params(), st.none() | small_expressions,
         texts),
    functions,
)
modules = st.tuples(texts, st.lists(items, max_size=4)).map(
    lambda values: ast.Module(0, 0, values[0], tuple(values[1]), ()))
