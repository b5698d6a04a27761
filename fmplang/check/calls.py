"""Calls: of FMP functions, neural functions, records, builtins, methods, and of function parameters."""

from __future__ import annotations

from fmplang.check import builtins, signatures
from fmplang.check.annotations import NAMES, SIMPLE
from fmplang.check.arguments import call_function
from fmplang.check.attributes import kind_of, no_math, no_member, takes
from fmplang.check.body import EXPR, Body, infer, require, unfilled
from fmplang.check.displays import hashes
from fmplang.check.holes import Hole, optional, peek, plain
from fmplang.check.matching import Solution, call_signature, quiet_arguments
from fmplang.check.mismatch import may_be_none
from fmplang.check.names import too_early, unknown
from fmplang.check.relations import element
from fmplang.check.scope import Broken, Builtin, ConstantInfo
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import (
    CallBuiltin,
    CallMethod,
    CallRecord,
    CallValue,
    FunctionInfo,
    NeuralFunction,
)
from fmplang.check.types import (
    ERROR,
    NEVER,
    NONE,
    DictType,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span


def call(c: Body, node: ast.Call, expected: Type | None) -> Type:
    func = node.func
    if func.__class__ is ast.Name:
        return _by_name(c, node, func, expected)
    if func.__class__ is ast.Attribute:
        return _by_attribute(c, node, func, expected)
    quiet_arguments(c, node)
    found = infer(c, func) if not isinstance(func, ast.Lambda) else ERROR
    if found is ERROR and not isinstance(func, ast.Lambda):
        return ERROR
    return c.error("FMP211", func, "this is no function", help="A call begins with the name of a function.")


def _by_name(c: Body, node: ast.Call, func: ast.Name, expected: Type | None) -> Type:
    text = func.id
    if text in c.env or text in c.own:
        return _of_local(c, node, func)
    entity = c.scope.find(text)
    kind = entity.__class__
    if kind is Builtin:
        if text == "next":
            return _next(c, node)
        if text == "dict" and node.keywords and node.args:
            quiet_arguments(c, node)
            return c.error("FMP202", node, "`dict` takes a dict, or pairs, or keywords", help="Write `{**...}` as "
                           "`d = dict(other)` and then `d[\"key\"] = value`.")
        made = call_signature(c, node, signatures.function(text), {}, expected, text)
        c.calls[node] = CallBuiltin(text)
        return made
    if kind is FunctionInfo or kind is NeuralFunction:
        return call_function(c, node, entity, None, NONE)  # type: ignore[arg-type]
    if kind is RecordType:
        return _record(c, node, entity)  # type: ignore[arg-type]
    quiet_arguments(c, node)
    if entity is None:
        return _type_called(c, node, func) if text in NAMES else unknown(c, func, called=True)
    if isinstance(entity, Broken):
        return ERROR
    assert isinstance(entity, ConstantInfo)
    return entity.type if entity.type is ERROR else c.error(
        "FMP211", func, f"`{text}` is {entity.type}, not a function", found=entity.type,
        help="Leave out the parentheses.")


def _type_called(c: Body, node: ast.Call, func: ast.Name) -> Type:
    """`Image(...)`, and ViperGPT's `ImagePatch(image)`, which is the image itself here."""
    kind = SIMPLE.get(func.id)
    if kind is not None and len(node.args) == 1 and not node.keywords and c.types.get(node.args[0]) is kind:
        fix = Fix("use it as it is", (Edit(node.span, c.source.slice(node.args[0].span)),), safe=True)
        c.error("FMP211", func, f"`{func.id}` is a type, not a function", help="What is given is one already.",
                fixes=(fix,))
        return kind
    if func.id in c.reported:
        return ERROR
    c.reported.add(func.id)
    return c.error("FMP211", func, f"`{func.id}` is a type, not a function",
                   help="Pictures, videos and sounds come from the inputs and from neural functions.")


def _of_local(c: Body, node: ast.Call, func: ast.Name) -> Type:
    """A call of a local: fine for a parameter that took a function."""
    found = infer(c, func)
    if not isinstance(found, FunctionType):
        quiet_arguments(c, node)
        if found is ERROR or found is NEVER:
            return found
        entity = c.scope.find(func.id)
        help = "Leave out the parentheses."
        if isinstance(entity, (Builtin, FunctionInfo, NeuralFunction)):
            help = f"A local hides the function `{func.id}`: rename the local."
        first = c.own.get(func.id)
        return c.error("FMP211", func, f"`{func.id}` is {found}, not a function", found=found, help=help,
                       labels=(Label(first.span, "assigned here"),) if first is not None else ())
    if node.keywords:
        quiet_arguments(c, node)
        return c.error("FMP204", node.keywords[0], "a function parameter is called by position",
                       help="Leave out the names of the arguments.")
    if len(node.args) != len(found.params):
        quiet_arguments(c, node)
        few = len(node.args) < len(found.params)
        return c.error("FMP202" if few else "FMP203", node, f"`{func.id}` takes {len(found.params)} argument"
                       f"{'' if len(found.params) == 1 else 's'}, not {len(node.args)}", expected=found,
                       found=len(node.args), help="Its declaration says what it is called with.")
    for i, (arg, kind) in enumerate(zip(node.args, found.params, strict=True)):
        require(c, arg, kind, ("argument", str(i + 1), func.id))
    c.calls[node] = CallValue(c.locals[func.id].slot)
    return found.returns


def _next(c: Body, node: ast.Call) -> Type:
    if len(node.args) == 1 and not node.keywords:
        quiet_arguments(c, node)
        arg = node.args[0]
        at = Span(arg.end, arg.end)
        bare = isinstance(arg, ast.Comprehension) and c.source.text[arg.start:arg.start + 1] != "("
        edits = (Edit(Span(arg.start, arg.start), "("), Edit(at, "), None")) if bare else (Edit(at, ", None"),)
        return c.error("FMP202", node, "`next` needs what to give where there is nothing",
                       help="Write `next(..., None)` and test the result.",
                       fixes=(Fix("give None then", edits),))
    made = call_signature(c, node, signatures.function("next"), {}, None, "next")
    c.calls[node] = CallBuiltin("next")
    if made is ERROR or not node.args:
        return made
    found = c.types[node.args[0]]
    if isinstance(found, IterableType) and found.kind == "iterator":
        return made
    return c.error("FMP201", node.args[0], "`next` takes a generator", expected="a generator", found=found,
                   help="For the first of a list write `xs[0] if xs else None`.")


# --------------------------------------------------------------------- methods


def _by_attribute(c: Body, node: ast.Call, func: ast.Attribute, expected: Type | None) -> Type:
    base, text = func.value, func.name
    if base.__class__ is ast.Name and base.id == "math" and "math" not in c.env and "math" not in c.own:
        shown = f"math.{text}"
        if shown not in builtins.MATH:
            quiet_arguments(c, node)
            if shown in builtins.MATH_CONSTANTS:
                return c.error("FMP211", func, f"`{shown}` is a number, not a function",
                               help="Leave out the parentheses.")
            return no_math(c, func)
        made = call_signature(c, node, signatures.function(shown), {}, expected, shown)
        c.calls[node] = CallBuiltin(shown)
        return made
    if base.__class__ is ast.Name and base.id not in c.env:
        c.place_of(base, lambda t: text in builtins.METHODS.get(kind_of(t), {}) or takes(c, text, t))
    found = infer(c, base)
    kind = kind_of(found)
    methods = builtins.METHODS.get(kind)
    if methods is not None and text in methods:
        made = _method(c, node, func, found, kind, text)
        c.calls[node] = CallMethod(kind, text)
        return made
    if found is ERROR or found is NEVER:
        quiet_arguments(c, node)
        return found
    entity = c.scope.functions(text)
    if entity is None:
        quiet_arguments(c, node)
        if isinstance(found, OptionalType):
            return may_be_none(c, base, found, doing=f"it has no `{text}` then")
        if isinstance(found, IterableType):
            from fmplang.check.body import stored

            return stored(c, base, found)
        return no_member(c, func, found, called=True)
    if isinstance(entity, Broken):
        quiet_arguments(c, node)
        return ERROR
    return call_function(c, node, entity, base, found)  # type: ignore[arg-type]


_STORING = frozenset({"append", "add", "extend", "insert", "setdefault", "update"})


def _method(c: Body, node: ast.Call, func: ast.Attribute, found: Type, kind: str, text: str) -> Type:
    rigid: Solution = {}
    target = plain(found)
    if isinstance(target, (ListType, SetType)):
        if peek(target.item) is not NEVER or text in _STORING:
            rigid["T"] = target.item
        else:
            unfilled(c, target)
    elif isinstance(target, DictType):
        if text in ("get", "pop") and isinstance(target.value, Hole) and peek(target.value) is NEVER:
            return _from_empty(c, node, target)
        rigid["K"], rigid["V"] = target.key, target.value
    elif isinstance(target, TupleType):
        from fmplang.check.signatures import ANY

        rigid["T"] = ANY
    elif kind == "tuple":
        rigid["T"] = target.item  # type: ignore[attr-defined]
    made = call_signature(c, node, signatures.method(kind, text), rigid, None, text)
    if isinstance(target, (SetType, DictType)) and node.args and made is not ERROR:
        return made if _looked_up(c, node, text) else ERROR
    if text == "format" and made is not ERROR and isinstance(func.value, ast.Constant):
        from fmplang.check.formats import template

        template(c, node, str(func.value.value), list(node.args), {k.name: k.value for k in node.keywords})
    if text == "sort" and made is not ERROR and not node.keywords and isinstance(target, ListType):
        from fmplang.check.properties import ordered

        if not ordered(peek(target.item)):
            return c.error("FMP209", node, f"`sort` cannot order {peek(target.item)}", found=target,
                           help="Say by what to order: `key=lambda x: ...`.")
    return made


_WHOLE = frozenset({"add", "discard", "get", "pop", "remove", "setdefault"})  # take a key; other methods many


def _looked_up(c: Body, node: ast.Call, text: str) -> bool:
    """Whether what the methods of sets and dicts are given can be looked up: a set that is empty says nothing."""
    if text in _WHOLE:
        return hashes(c, node.args[0], c.types[node.args[0]], "looked up")
    for arg in node.args:
        item = element(c.types[arg])
        if isinstance(item, TupleType) and text == "update" and item.items:
            item = item.items[0]
        if item is not None and not hashes(c, arg, item, "looked up"):
            return False
    return True


def _from_empty(c: Body, node: ast.Call, target: DictType) -> Type:
    """`d.get(k, default)` on a dict that nothing has filled: the default decides nothing about the dict."""
    kinds = [infer(c, arg) for arg in node.args]
    if kinds and not hashes(c, node.args[0], kinds[0], "looked up"):
        return ERROR
    c.unfilled.append(target.value)  # type: ignore[arg-type]
    if len(kinds) == 2 and not node.keywords:
        return kinds[1]
    if len(kinds) == 1 and not node.keywords:
        return optional(NEVER) if node.func.name == "get" else NEVER  # type: ignore[union-attr]
    return call_signature(c, node, signatures.method("dict", node.func.name), {}, None, node.func.name)  # type: ignore[union-attr]


# --------------------------------------------------------------------- records


def _record(c: Body, node: ast.Call, record: RecordType) -> Type:
    names = [n for n, _ in record.fields]
    if c.info is None:
        item = c.scope.items.get(record.name)
        if isinstance(item, ast.Record):
            too_early(c, node, item)
    if node.args:
        quiet_arguments(c, node)
        edits = tuple(
            Edit(Span(a.start, a.start), f"{n}=") for a, n in zip(node.args, names, strict=False))
        return c.error("FMP221", node.args[0], f"`{record.name}` is built by keyword",
                       help=f"Write `{record.name}({', '.join(n + '=...' for n in names)})`.",
                       fixes=(Fix("name the fields", edits),) if len(edits) == len(node.args) else ())
    made = [-1] * len(names)
    for i, keyword in enumerate(node.keywords):
        span = Span(keyword.start, keyword.start + len(keyword.name))
        if keyword.name not in names:
            quiet_arguments(c, node)
            near = nearest(keyword.name, names)
            return c.error("FMP204", span, f"`{record.name}` has no field `{keyword.name}`",
                           help=spoken(near) or f"It has {', '.join(names) or 'none'}.",
                           fixes=fixes(keyword.name, span, near))
        at = names.index(keyword.name)
        if made[at] >= 0:
            quiet_arguments(c, node)
            return c.error("FMP205", span, f"`{keyword.name}` is given twice", help="Give each field once.")
        made[at] = i
    missing = [n for n, at in zip(names, made, strict=True) if at < 0]
    if missing:
        quiet_arguments(c, node)
        return c.error("FMP202", node, f"`{record.name}` needs {' and '.join(f'`{m}`' for m in missing)}",
                       help=f"Write `{record.name}({', '.join(n + '=...' for n in names)})`.")
    for (field, kind), at in zip(record.fields, made, strict=True):
        require(c, node.keywords[at].value, kind, ("the field", field))
    c.calls[node] = CallRecord(record, tuple(made))
    return record


EXPR[ast.Call] = call
