"""Top-level definitions: signatures, records, neural declarations; what is wrong with a module as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fmplang.check.annotations import NAMES, Reader
from fmplang.check.builtins import FUNCTIONS
from fmplang.check.holes import LARGEST, parts, spread
from fmplang.check.relations import fits
from fmplang.check.scope import BROKEN, Entity, Scope, definition, module_exports, modules
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import FunctionInfo, NeuralFunction, Parameter
from fmplang.check.types import ERROR, NONE, FunctionType, RecordType, Type
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.check.session import Session


def declare(session: Session, scope: Scope, item: ast.Item) -> Entity | None:
    """What a definition stands for. Called once for each, when its name is first looked up."""
    if isinstance(item, ast.Function):
        return _function(session, scope, item)
    if isinstance(item, ast.Neural):
        return _neural(session, scope, item)
    if isinstance(item, ast.Record):
        return _record(session, scope, item)
    if isinstance(item, ast.ConstantDef):
        from fmplang.check.constants import constant

        return constant(session, scope, item)
    return None


# ------------------------------------------------------------------ signatures


def _function(session: Session, scope: Scope, item: ast.Function) -> FunctionInfo:
    params = _params(session, scope, item.params, callables=True)
    if item.returns is None:
        returns: Type = ERROR  # the body says what it is: see functions.py
    else:
        returns = Reader(scope).whole(item.returns)
    info = FunctionInfo(item.name.id, scope.module, params, returns, item, scope.source)
    session.functions.append(info)
    return info


def _params(session: Session, scope: Scope, params: tuple[ast.Param, ...], *, callables: bool) -> tuple[Parameter, ...]:
    made: list[Parameter] = []
    for p in params:
        if p.annotation is None:
            session.error("FMP206", f"the parameter `{p.name}` has no type", scope.source, _name_span(p),
                          help=f"Write `{p.name}: T`, with the type that it takes.", fixes=_guess(p))
            kind: Type = ERROR
        else:
            kind = Reader(scope, callables=callables).whole(p.annotation)
        if p.default is None:
            made.append(Parameter(p.name, kind))
        else:
            made.append(Parameter(p.name, kind, True, _default(session, scope, p, kind)))
    return tuple(made)


def _name_span(p: ast.Param) -> Span:
    return Span(p.start, p.start + len(p.name))


def _guess(p: ast.Param) -> tuple[Fix, ...]:
    """A type that the name alone suggests."""
    kind = _GUESSES.get(p.name)
    at = p.start + len(p.name)
    return (Fix(f"annotate it as `{kind}`", (Edit(Span(at, at), f": {kind}"),)),) if kind else ()


_GUESSES = {"image": "Image", "image_patch": "Image", "patch": "Image", "video": "Video", "audio": "Audio",
            "text": "str", "question": "str", "name": "str", "query": "str"}


def _default(session: Session, scope: Scope, p: ast.Param, kind: Type) -> object:
    node = p.default
    assert node is not None
    try:
        value = literal(node)
    except ValueError:
        session.error("FMP222", "a default is a constant", scope.source, node.span,
                      help="Write a number, a string, True, False, None or a tuple of these; "
                      "for an empty list, default to None and make the list in the function.")
        return None
    found = type_of(value)
    if not _value_fits(value, found, kind):
        if value is None and p.annotation is not None:
            fix = (Fix(f"allow None: `{kind} | None`", (Edit(Span(p.annotation.end, p.annotation.end), " | None"),),),)
            session.error("FMP201", f"the default of `{p.name}` does not fit its type", scope.source, node.span,
                          expected=str(kind), found="None", help="Say so in the annotation.", fixes=fix)
        else:
            session.error("FMP201", f"the default of `{p.name}` does not fit its type", scope.source, node.span,
                          expected=str(kind), found=str(found), help="Change the default or the annotation.")
    return value


def literal(node: ast.Expr) -> object:
    """The Python value of a constant expression. ValueError for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Unary) and node.op != "not" and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if type(value) is int or type(value) is float:
            return -value if node.op == "-" else value
    if isinstance(node, ast.TupleExpr):
        return tuple(literal(item) for item in node.items)
    raise ValueError


def type_of(value: object) -> Type:
    """The type of a Python constant."""
    from fmplang.check import types

    if isinstance(value, tuple):
        return types.TupleType(tuple(map(type_of, value)))
    return {bool: types.BOOL, int: types.INT, float: types.FLOAT, str: types.STR}.get(type(value), NONE)


def _value_fits(value: object, found: Type, kind: Type) -> bool:
    from fmplang.check.types import LiteralType, OptionalType

    target = kind.inner if isinstance(kind, OptionalType) and value is not None else kind
    if isinstance(target, LiteralType):
        return any(type(v) is type(value) and v == value for v in target.values)
    return fits(found, kind)


_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


def _neural(session: Session, scope: Scope, item: ast.Neural) -> NeuralFunction:
    params = _params(session, scope, item.params, callables=False)
    source = scope.source
    if item.returns is None:
        session.error("FMP206", f"the result of `{item.name.id}` has no type", source, item.name.span,
                      help="The type says how an answer is read: write `-> str`, `-> bool`, `-> list[Image]` ...")
        returns: Type = ERROR
    else:
        returns = Reader(scope).whole(item.returns)
        if returns is NONE:
            session.error("FMP224", "a neural function answers something", source, item.returns.span,
                          help="Declare the type of the answer.")
            returns = ERROR
    capability = str(item.capability.value)
    names = [p.name for p in params]
    text = source.text
    seen: set[str] = set()
    for found in _PLACE.finditer(item.doc):
        name = found.group(1)
        if name is None or name in names or name in seen:
            continue
        seen.add(name)
        at = text.find("{" + name + "}", item.start, item.end)
        span = Span(at + 1, at + 1 + len(name)) if at >= 0 else item.name.span
        near = nearest(name, names)
        session.error("FMP110", f"the prompt names `{name}`, which is no parameter", source, span,
                      labels=(Label(item.name.span, f"its parameters are {', '.join(names) or 'none'}"),),
                      help=spoken(near) or "A brace that is meant as one is written twice.",
                      fixes=fixes(name, span, near))
    return NeuralFunction(item.name.id, capability, params, returns, item.doc, scope.module)


def _record(session: Session, scope: Scope, item: ast.Record) -> Entity:
    if item in session.declaring:
        session.error("FMP223", f"the record `{item.name.id}` contains itself", scope.source, item.name.span,
                      help="A value of it could never be built. Keep an index into a list in place of the record.")
        return BROKEN
    if len(session.declaring) > session.limits.nesting:
        session.error("FMP603", "records are nested too deep", scope.source, item.name.span,
                      help=f"A record may contain records {session.limits.nesting} deep.")
        return BROKEN
    session.declaring.append(item)
    fields: list[tuple[str, Type]] = []
    seen: dict[str, ast.Field] = {}
    for field in item.fields:
        span = Span(field.start, field.start + len(field.name))
        if field.name in seen:
            first = seen[field.name]
            session.error("FMP103", f"two fields are called `{field.name}`", scope.source, span,
                          labels=(Label(Span(first.start, first.start + len(first.name)), "the first one"),),
                          help="Rename one of them.")
            continue
        seen[field.name] = field
        fields.append((field.name, Reader(scope).whole(field.annotation)))
    session.declaring.pop()
    made = RecordType(item.name.id, scope.module, tuple(fields))
    if spread(made):
        title = f"the record `{made.name}` has too many parts"
        session.error("FMP225", title, scope.source, item.name.span,
                      help=f"A type has {LARGEST:,} parts at most, those of its records included. Keep what comes "
                      "many times in a list.")
        return BROKEN
    return made


# --------------------------------------------------------------- whole modules


def reserved(session: Session, scope: Scope, name: str, span: Span) -> bool:
    """Report a name of the language where a definition takes it."""
    if name not in NAMES and name != "math":
        return False
    session.error("FMP107", f"`{name}` already has a meaning", scope.source, span,
                  help="It is a name of the language. Use another.")
    return True


_WHAT: dict[type, str] = {ast.Function: "function", ast.Neural: "function", ast.Record: "record",
                          ast.ConstantDef: "constant"}


def whole_module(session: Session, scope: Scope) -> None:
    """Declare everything in the user's module, and report names taken twice and imports that lead nowhere."""
    first: dict[str, ast.Name] = {}
    for item in scope.tree.items:
        if isinstance(item, ast.Import):
            _import(session, scope, item)
            continue
        name = definition(item)
        if name is None:
            continue
        if name.id in first:
            session.error("FMP103", f"`{name.id}` is defined twice", scope.source, name.span,
                          labels=(Label(first[name.id].span, "the first definition"),), help="Rename one of them.")
            continue
        first[name.id] = name
        what = _WHAT[type(item)]
        if not reserved(session, scope, name.id, name.span) and what == "function" and name.id in FUNCTIONS:
            session.error("FMP407", f"`{name.id}` hides the builtin of that name", scope.source, name.span,
                          help="Fine if meant. Another name keeps both.", severity="warning")
        scope.find(name.id)


def _import(session: Session, scope: Scope, item: ast.Import) -> None:
    known = modules()
    if item.module not in known:
        near = nearest(item.module, known)
        session.error("FMP104", f"there is no module `{item.module}`", scope.source, Span(item.start, item.end),
                      help=spoken(near) or f"The modules are {', '.join(known)}; their names need no import.")
        for name in item.names:
            scope.found[name.id] = BROKEN
        return
    exported = module_exports(item.module)
    for name in item.names:
        if name.id not in exported:
            near = nearest(name.id, exported)
            session.error("FMP105", f"`{item.module}` has no `{name.id}`", scope.source, name.span,
                          help=spoken(near) or f"It has {', '.join(sorted(exported))}.",
                          fixes=fixes(name.id, name.span, near))


def entry(session: Session, scope: Scope) -> FunctionInfo | None:
    """`main`, else `execute_command`, else the only function."""
    functions = [i for i in scope.tree.items if isinstance(i, ast.Function)]
    for wanted in ("main", "execute_command"):
        for item in functions:
            if item.name.id == wanted:
                return _entry(session, scope, item)
    if len({item.name.id for item in functions}) == 1:
        return _entry(session, scope, functions[0])
    if not session.broken:
        if functions:
            session.error(
                "FMP106", "no function is called `main`", scope.source, functions[-1].name.span,
                labels=tuple(Label(f.name.span, "a function") for f in functions[:-1][:5]),
                help="The program starts at `main`, else at `execute_command`, else at its only function.",
                fixes=(Fix("call the last one `main`", (Edit(functions[-1].name.span, "main"),)),),
            )
        else:
            end = len(scope.source.text.rstrip())
            session.error("FMP106", "the program has no function", scope.source, Span(max(0, end - 1), end),
                          help="Write `def main(image: Image) -> str:` and what it does.")
    return None


def _entry(session: Session, scope: Scope, item: ast.Function) -> FunctionInfo | None:
    info = scope.find(item.name.id)
    if not isinstance(info, FunctionInfo):
        return None
    for p, node in zip(info.params, item.params, strict=False):
        if _has_function(p.type) and not session.broken:
            session.error("FMP111", f"`{info.name}` cannot take a function", scope.source, node.span,
                          help="The entry takes what a host can give: values, no functions.")
    return info


def _has_function(t: Type) -> bool:
    return isinstance(t, FunctionType) or any(map(_has_function, parts(t)))
