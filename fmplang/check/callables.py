"""Functions as arguments: lambdas, and names of functions, called with arguments of known types."""

from __future__ import annotations

from fmplang.check import signatures
from fmplang.check.body import Body, infer
from fmplang.check.builtins import MATH
from fmplang.check.comprehensions import lambda_body, wrong_count
from fmplang.check.matching import given, match
from fmplang.check.relations import fits
from fmplang.check.scope import Broken, Builtin, ConstantInfo, Entity
from fmplang.check.signatures import Signature
from fmplang.check.typed import BuiltinRef, FunctionInfo, FunctionRef, NeuralFunction, NeuralRef
from fmplang.check.types import ERROR, FunctionType, IterableType, Type
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix


def returned(c: Body, node: ast.Expr, params: tuple[Type, ...], hint: Type | None) -> Type | None:
    """What the function written as `node` gives when called with `params`; None where it is in error."""
    if isinstance(node, ast.Lambda):
        if len(node.params) != len(params):
            lambda_body(c, node, (ERROR,) * len(node.params), None)
            wrong_count(c, node, len(node.params), len(params))
            c.types[node] = ERROR
            return None
        made = lambda_body(c, node, params, hint)
        c.types[node] = FunctionType(params, made)
        return made
    if isinstance(node, ast.Name) and node.id not in c.env and node.id not in c.own:
        return _named(c, node, node.id, c.scope.find(node.id), params)
    if isinstance(node, ast.Attribute):
        return _member(c, node, params)
    found = infer(c, node)
    if isinstance(found, FunctionType):
        if len(found.params) != len(params):
            wrong_count(c, node, len(found.params), len(params))
            return None
        if not all(map(fits, params, found.params)):
            _unfit(c, node, c.text(node), params)
            return None
        return found.returns
    if found is not ERROR:
        c.error("FMP211", node, f"a function is asked for, not {found}", found=found,
                help="Write a lambda: `lambda x: ...`.")
    return None


def _named(c: Body, node: ast.Name, text: str, entity: Entity | None, params: tuple[Type, ...]) -> Type | None:
    made: Type | None
    if isinstance(entity, FunctionInfo):
        c.edges.append((entity, node))
        c.names[node] = FunctionRef(entity)
        made = _declared(c, node, entity, params)
    elif isinstance(entity, NeuralFunction):
        c.names[node] = NeuralRef(entity, -1)
        made = _declared(c, node, entity, params)
    elif isinstance(entity, Builtin):
        c.names[node] = BuiltinRef(entity.name)
        made = _builtin(c, node, text, signatures.function(text), params)
    elif entity is None:
        infer(c, node)
        return None
    elif isinstance(entity, Broken):
        return None
    elif isinstance(entity, ConstantInfo):
        if entity.type is not ERROR:
            c.error("FMP211", node, f"a function is asked for, not {entity.type}",
                    help="Write a lambda: `lambda x: ...`.")
        return None
    else:
        c.error("FMP219", node, f"`{text}` is a record: it is built by keyword",
                help=f"Write a lambda: `lambda x: {text}(...)`.")
        return None
    c.types[node] = FunctionType(params, made) if made is not None else ERROR
    return made


def _declared(
    c: Body, node: ast.Expr, function: FunctionInfo | NeuralFunction, params: tuple[Type, ...],
) -> Type | None:
    if c.info is None:
        from fmplang.check.arguments import not_constant

        not_constant(c, node, function)
        return None
    takes = function.params
    least = sum(not p.has_default for p in takes)
    if not least <= len(params) <= len(takes):
        wrong_count(c, node, least if len(params) < least else len(takes), len(params))
        return None
    for found, p in zip(params, takes, strict=False):
        if not fits(found, p.type):
            _unfit(c, node, function.name, params, f"`{function.name}` takes {p.type}")
            return None
    return function.returns


def _builtin(
    c: Body, node: ast.Expr, text: str, overloads: tuple[Signature, ...], params: tuple[Type, ...],
) -> Type | None:
    for signature in overloads:
        if not signature.takes(len(params), ()):
            continue
        solved: dict[str, Type] = {}
        wanted = [p.type for p in signature.positional[:len(params)]]
        if signature.star is not None:
            wanted += [signature.star.type] * (len(params) - len(wanted))
        if any(isinstance(w, FunctionType) for w in wanted):
            continue
        if all(match(c, found, w, solved, {}) for found, w in zip(params, wanted, strict=True)):
            made = given(c, signature.returns, solved, {}, partly=True)
            if isinstance(made, IterableType):
                c.error("FMP218", node, f"`{text}` gives what can only be walked where it stands", found=made,
                        help="Write a lambda that makes a list of it.")
                return None
            return made
    _unfit(c, node, text, params)
    return None


def _unfit(c: Body, node: ast.Expr, text: str, params: tuple[Type, ...], why: str = "") -> None:
    listed = " and ".join(map(str, params))
    c.error("FMP201", node, f"`{text}` would be called with {listed}", found=listed,
            help=(f"{why}. " if why else "") + "Write a lambda that fits: `lambda x: ...`.")


def _member(c: Body, node: ast.Attribute, params: tuple[Type, ...]) -> Type | None:
    base = node.value
    if isinstance(base, ast.Name) and base.id == "math" and "math" not in c.env and "math" not in c.own:
        text = f"math.{node.name}"
        if text in MATH:
            c.attributes[node] = "math"
            made = _builtin(c, node, text, signatures.function(text), params)
            c.types[node] = FunctionType(params, made) if made is not None else ERROR
            return made
        infer(c, node)
        return None
    if isinstance(base, ast.Name) and base.id not in c.env and isinstance(c.scope.find(base.id), Builtin):
        names = [f"x{i}" if len(params) > 1 else "x" for i in range(len(params))]
        text = f"lambda {', '.join(names)}: x.{node.name}()"
    else:
        found = infer(c, base)
        if found is ERROR:
            return None
        text = f"lambda x: {c.text(base)}.{node.name}(x)"
        if node.name == "get":
            text = f"lambda x: {c.text(base)}[x]"
    fix = Fix("write a lambda", (Edit(node.span, text),))
    c.error("FMP219", node, "a method is no function value", help=f"Write a lambda: `{text}`.", fixes=(fix,))
    return None


def function_value(c: Body, node: ast.Expr, expected: FunctionType) -> Type:
    """A named function where a parameter asks for one of a known type."""
    made = returned(c, node, expected.params, None)
    return ERROR if made is None else FunctionType(expected.params, made)
