"""What CPython says about a program, and what we say, in one form: nested tuples.

CPython nests `a + b + c` to the left and `elif` into `else`; so does this form. Places are left out.
"""

from __future__ import annotations

import ast as python
from typing import Any

from fmplang.syntax import ast

_OPS = {
    python.Add: "+", python.Sub: "-", python.Mult: "*", python.Div: "/", python.FloorDiv: "//", python.Mod: "%",
    python.Pow: "**", python.BitOr: "|", python.BitXor: "^", python.BitAnd: "&", python.Eq: "==", python.NotEq: "!=",
    python.Lt: "<", python.LtE: "<=", python.Gt: ">", python.GtE: ">=", python.In: "in", python.NotIn: "not in",
    python.Is: "is", python.IsNot: "is not", python.Not: "not", python.USub: "-", python.UAdd: "+",
    python.And: "and", python.Or: "or",
}


def from_python(text: str) -> Any:
    """CPython's tree of a program. Raises SyntaxError, or KeyError for what FMP does not have."""
    tree = python.parse(text)
    body = tree.body
    if body and isinstance(body[0], python.Expr) and _is_empty_string(body[0].value):
        body = body[1:]
    return tuple(_py(stmt) for stmt in body)


def _is_empty_string(node: python.expr) -> bool:
    return isinstance(node, python.Constant) and node.value == ""


def _constant(value: object) -> Any:
    return ("Constant", type(value).__name__, repr(value))


def _py(node: Any) -> Any:
    if isinstance(node, list):
        return tuple(_py(item) for item in node)
    return _PYTHON[type(node)](node)


def _py_class(node: python.ClassDef) -> Any:
    assert not node.bases and not node.keywords and not node.decorator_list
    body = node.body
    if isinstance(body[0], python.Expr) and _is_empty_string(body[0].value):
        body = body[1:]
    return ("Record", node.name, tuple(_py(stmt) for stmt in body if not isinstance(stmt, python.Pass)))


def _py_function(node: python.FunctionDef) -> Any:
    a = node.args
    assert not (a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg)
    defaults = [None] * (len(a.args) - len(a.defaults)) + a.defaults
    params = tuple((p.arg, _optional(p.annotation), _optional(d)) for p, d in zip(a.args, defaults, strict=True))
    return ("Function", node.name, _py(node.decorator_list), params, _optional(node.returns), _py(node.body))


def _py_lambda(node: python.Lambda) -> Any:
    a = node.args
    assert not (a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg or a.defaults)
    return ("Lambda", tuple(p.arg for p in a.args), _py(node.body))


def _optional(node: Any) -> Any:
    return None if node is None else _py(node)


def _py_comp(kind: str) -> Any:
    return lambda n: (kind, _py(n.elt), _py(n.generators))


def _py_import(node: python.ImportFrom) -> Any:
    assert node.level == 0 and all(alias.asname is None for alias in node.names)
    return ("Import", node.module, tuple(alias.name for alias in node.names))


def _py_for(node: python.For) -> Any:
    assert not node.orelse
    return ("For", _py(node.target), _py(node.iter), _py(node.body))


def _py_clause(node: python.comprehension) -> Any:
    assert not node.is_async
    return ("Clause", _py(node.target), _py(node.iter), _py(node.ifs))


def _py_formatted(node: python.FormattedValue) -> Any:
    conversion = "" if node.conversion == -1 else chr(node.conversion)
    return ("Interpolation", _py(node.value), conversion, () if node.format_spec is None else _py(node.format_spec)[1])


def _py_ann(node: python.AnnAssign) -> Any:
    assert node.simple
    return ("AnnAssign", _py(node.target), _py(node.annotation), _optional(node.value))


_PYTHON: dict[type, Any] = {
    python.Constant: lambda n: _constant(n.value),
    python.JoinedStr: lambda n: ("FString", _py(n.values)),
    python.FormattedValue: _py_formatted,
    python.Name: lambda n: ("Name", n.id),
    python.Attribute: lambda n: ("Attribute", _py(n.value), n.attr),
    python.Call: lambda n: ("Call", _py(n.func), _py(n.args), tuple((k.arg, _py(k.value)) for k in n.keywords)),
    python.Subscript: lambda n: ("Subscript", _py(n.value), _py(n.slice)),
    python.Slice: lambda n: ("Slice", _optional(n.lower), _optional(n.upper), _optional(n.step)),
    python.UnaryOp: lambda n: ("Unary", _OPS[type(n.op)], _py(n.operand)),
    python.BinOp: lambda n: ("Binary", _py(n.left), _OPS[type(n.op)], _py(n.right)),
    python.BoolOp: lambda n: ("BoolOp", _OPS[type(n.op)], _py(n.values)),
    python.Compare: lambda n: ("Compare", _py([n.left, *n.comparators]), tuple(_OPS[type(op)] for op in n.ops)),
    python.IfExp: lambda n: ("IfExp", _py(n.test), _py(n.body), _py(n.orelse)),
    python.List: lambda n: ("List", _py(n.elts)),
    python.Tuple: lambda n: ("Tuple", _py(n.elts)),
    python.Set: lambda n: ("Set", _py(n.elts)),
    python.Dict: lambda n: ("Dict", _py(n.keys), _py(n.values)),
    python.comprehension: _py_clause,
    python.ListComp: _py_comp("list"),
    python.SetComp: _py_comp("set"),
    python.GeneratorExp: _py_comp("generator"),
    python.DictComp: lambda n: ("DictComp", _py(n.key), _py(n.value), _py(n.generators)),
    python.Lambda: _py_lambda,
    python.Assign: lambda n: ("Assign", _py(n.targets), _py(n.value)),
    python.AnnAssign: _py_ann,
    python.AugAssign: lambda n: ("AugAssign", _py(n.target), _OPS[type(n.op)], _py(n.value)),
    python.If: lambda n: ("If", _py(n.test), _py(n.body), _py(n.orelse)),
    python.For: _py_for,
    python.Break: lambda n: ("Break",),
    python.Continue: lambda n: ("Continue",),
    python.Pass: lambda n: ("Pass",),
    python.Return: lambda n: ("Return", _optional(n.value)),
    python.Assert: lambda n: ("Assert", _py(n.test), _optional(n.msg)),
    python.Expr: lambda n: ("Expr", _py(n.value)),
    python.ImportFrom: _py_import,
    python.ClassDef: _py_class,
    python.FunctionDef: _py_function,
}


# ------------------------------------------------------------------------------- ours


def from_ours(module: ast.Module) -> Any:
    items = tuple(_our(item) for item in module.items)
    return (_doc(module.doc), *items) if module.doc else items


def _doc(text: str) -> Any:
    return ("Expr", _constant(text))


def _some(node: Any) -> Any:
    return None if node is None else _our(node)


def _all(nodes: Any) -> Any:
    return tuple(_our(node) for node in nodes)


def _our_if(branches: tuple[ast.Branch, ...], orelse: Any) -> Any:
    rest = (_our_if(branches[1:], orelse),) if len(branches) > 1 else orelse
    return ("If", _our(branches[0].test), _all(branches[0].body), rest)


def _params(node: ast.Function | ast.Neural) -> Any:
    return tuple((p.name, _some(p.annotation), _some(p.default)) for p in node.params)


def _binary(node: ast.Binary) -> Any:
    value = _our(node.operands[0])
    for op, operand in zip(node.ops, node.operands[1:], strict=True):
        value = ("Binary", value, op, _our(operand))
    return value


def _record(node: ast.Record) -> Any:
    fields = tuple(("AnnAssign", ("Name", f.name), _our(f.annotation), None) for f in node.fields)
    return ("Record", node.name.id, (_doc(node.doc), *fields) if node.doc else fields)


def _function(node: ast.Function) -> Any:
    body = (_doc(node.doc), *_all(node.body)) if node.doc else _all(node.body)
    return ("Function", node.name.id, (), _params(node), _some(node.returns), body)


def _neural(node: ast.Neural) -> Any:
    decorator = ("Call", ("Name", "neural"), (_our(node.capability),), ())
    return ("Function", node.name.id, (decorator,), _params(node), _some(node.returns), (_doc(node.doc),))


def _constant_def(node: ast.ConstantDef) -> Any:
    if node.annotation is None:
        return ("Assign", (_our(node.name),), _our(node.value))
    return ("AnnAssign", _our(node.name), _our(node.annotation), _our(node.value))


def _parts(parts: tuple[str | ast.Interpolation, ...]) -> Any:
    return tuple(_constant(part) if isinstance(part, str) else _our(part) for part in parts)


def _our(node: Any) -> Any:
    return _OURS[type(node)](node)


_OURS: dict[type, Any] = {
    ast.Constant: lambda n: _constant(n.value),
    ast.FString: lambda n: ("FString", _parts(n.parts)),
    ast.Interpolation: lambda n: ("Interpolation", _our(n.value), n.conversion, _parts(n.spec)),
    ast.Name: lambda n: ("Name", n.id),
    ast.Attribute: lambda n: ("Attribute", _our(n.value), n.name),
    ast.Call: lambda n: ("Call", _our(n.func), _all(n.args), tuple((k.name, _our(k.value)) for k in n.keywords)),
    ast.Subscript: lambda n: ("Subscript", _our(n.value), _our(n.index)),
    ast.Slice: lambda n: ("Slice", _some(n.lower), _some(n.upper), _some(n.step)),
    ast.Unary: lambda n: ("Unary", n.op, _our(n.operand)),
    ast.Binary: _binary,
    ast.BoolOp: lambda n: ("BoolOp", n.op, _all(n.operands)),
    ast.Compare: lambda n: ("Compare", _all(n.operands), n.ops),
    ast.IfExp: lambda n: ("IfExp", _our(n.test), _our(n.body), _our(n.orelse)),
    ast.ListExpr: lambda n: ("List", _all(n.items)),
    ast.TupleExpr: lambda n: ("Tuple", _all(n.items)),
    ast.SetExpr: lambda n: ("Set", _all(n.items)),
    ast.DictExpr: lambda n: ("Dict", _all(n.keys), _all(n.values)),
    ast.Clause: lambda n: ("Clause", _our(n.target), _our(n.iter), _all(n.conditions)),
    ast.Comprehension: lambda n: (n.kind, _our(n.element), _all(n.clauses)),
    ast.DictComp: lambda n: ("DictComp", _our(n.key), _our(n.value), _all(n.clauses)),
    ast.Lambda: lambda n: ("Lambda", tuple(p.id for p in n.params), _our(n.body)),
    ast.Assign: lambda n: ("Assign", _all(n.targets), _our(n.value)),
    ast.AnnAssign: lambda n: ("AnnAssign", _our(n.target), _our(n.annotation), _some(n.value)),
    ast.AugAssign: lambda n: ("AugAssign", _our(n.target), n.op, _our(n.value)),
    ast.If: lambda n: _our_if(n.branches, _all(n.orelse)),
    ast.For: lambda n: ("For", _our(n.target), _our(n.iter), _all(n.body)),
    ast.Break: lambda n: ("Break",),
    ast.Continue: lambda n: ("Continue",),
    ast.Pass: lambda n: ("Pass",),
    ast.Return: lambda n: ("Return", _some(n.value)),
    ast.Assert: lambda n: ("Assert", _our(n.test), _some(n.message)),
    ast.ExprStmt: lambda n: ("Expr", _our(n.value)),
    ast.Import: lambda n: ("Import", n.module, tuple(name.id for name in n.names)),
    ast.Record: _record,
    ast.Neural: _neural,
    ast.Function: _function,
    ast.ConstantDef: _constant_def,
}
