"""Calls: of FMP functions, neural functions, records, builtins, methods, and of function parameters."""

from __future__ import annotations

from fmplang.check import builtins, signatures
from fmplang.check.annotations import NAMES, SIMPLE
from fmplang.check.attributes import kind_of, no_math, no_member, takes, told_already
from fmplang.check.body import EXPR, Body, infer, require, unfilled
from fmplang.check.displays import hashes
from fmplang.check.holes import Hole, optional, peek, plain
from fmplang.check.matching import Solution, call_signature, callable_argument, quiet_arguments
from fmplang.check.mismatch import may_be_none, mismatch, pass_covariant, widens
from fmplang.check.names import too_early, unknown
from fmplang.check.relations import element, fits
from fmplang.check.scope import Broken, Builtin, ConstantInfo
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import (
    CallBuiltin,
    CallFunction,
    CallMethod,
    CallNeural,
    CallRecord,
    CallValue,
    FunctionInfo,
    NeuralFunction,
    Parameter,
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


# ------------------------------------------------------------------- functions


def not_constant(c: Body, node: ast.Node, function: FunctionInfo | NeuralFunction) -> Type:
    what = "neural function" if isinstance(function, NeuralFunction) else "function of the program"
    return c.error("FMP306", node, f"a constant cannot call a {what}",
                   help=f"Call `{function.name}` in the function that needs its result.")


def call_function(
    c: Body, node: ast.Call, function: FunctionInfo | NeuralFunction, receiver: ast.Expr | None, found: Type,
) -> Type:
    """A call of an FMP or neural function, `receiver` being the first argument of method syntax."""
    params = function.params
    if c.info is None:
        quiet_arguments(c, node)
        return not_constant(c, node, function)
    binding = bind_arguments(c, node, params, function.name, receiver is not None, _declared_at(c, function))
    if binding is None:
        quiet_arguments(c, node)
        return ERROR
    target: CallFunction | CallNeural
    method = receiver is not None
    if isinstance(function, FunctionInfo):
        c.edges.append((function, node))
        target = CallFunction(function, binding, -1, method)
    else:
        target = CallNeural(function, binding, -1, method)
    c.calls[node] = target
    first = 1 if method else 0
    positional = len(node.args) + first
    wrong: list[tuple[Parameter, ast.Expr, Type]] = []
    for param, at in zip(params, binding, strict=True):
        if at < 0:
            continue
        if at < first:
            _receiver(c, node, receiver, found, target, param)  # type: ignore[arg-type]
            continue
        arg = node.args[at - first] if at < positional else node.keywords[at - positional].value
        wanted = param.type
        if not isinstance(wanted, FunctionType) and callable_argument(c, arg):
            if wanted is not ERROR:
                wrong.append((param, arg, _FUNCTION))
            continue
        if arg.__class__ is ast.Name and arg.id not in c.env:
            c.place_of(arg, lambda t, wanted=wanted: fits(t, wanted))  # type: ignore[misc]
        got = infer(c, arg, wanted)
        if got is wanted or fits(got, wanted) or pass_covariant(c, target, param.name, got, wanted):
            continue
        wrong.append((param, arg, got))
    if len(wrong) == 2 and _swapped(c, node, function, *wrong):
        return function.returns
    for param, arg, got in wrong:
        if got is _FUNCTION:
            infer(c, arg, param.type)
            continue
        mismatch(c, arg, got, param.type, ("argument", param.name, function.name), _asked(c, function, param))
    return function.returns


_FUNCTION = FunctionType((), NONE)  # a function that stands where a value is asked for


def _said(t: Type) -> str:
    return "a function" if t is _FUNCTION else str(t)


def _swapped(c: Body, node: ast.Call, function: FunctionInfo | NeuralFunction, one: tuple[Parameter, ast.Expr, Type],
             other: tuple[Parameter, ast.Expr, Type]) -> bool:
    """Whether two arguments that do not fit would fit in each other's place: that is one mistake. It is told."""
    (p1, a1, t1), (p2, a2, t2) = one, other
    for found, wanted in ((t1, p2.type), (t2, p1.type)):
        if found is ERROR or not (isinstance(wanted, FunctionType) if found is _FUNCTION else fits(found, wanted)):
            return False
    if a1 not in node.args or a2 not in node.args:
        return False
    edits = (Edit(a1.span, c.source.slice(a2.span)), Edit(a2.span, c.source.slice(a1.span)))
    labels = (*_asked(c, function, p1), *_asked(c, function, p2))
    c.session.swaps.append((function, p1.name, p2.name, node.span, Span(a1.start, a2.end)))
    c.error("FMP201", Span(a1.start, a2.end), f"the arguments `{p1.name}` and `{p2.name}` of `{function.name}` have "
            "changed places", labels=labels, expected=f"{p1.type} and {p2.type}", found=f"{_said(t1)} and {_said(t2)}",
            help=_shape(function.name, function.params), fixes=(Fix("change their places", edits, safe=True),))
    return True


def _receiver(c: Body, node: ast.Call, receiver: ast.Expr, found: Type, target: CallFunction | CallNeural,
              param: Parameter) -> None:
    wanted, name = param.type, target.function.name
    if found is wanted or fits(found, wanted) or pass_covariant(c, target, param.name, found, wanted):
        return
    if isinstance(found, OptionalType) and fits(found.inner, wanted):
        may_be_none(c, receiver, found, expected=wanted, doing=f"`{name}` cannot be called on it then")
        return
    if isinstance(found, IterableType):
        from fmplang.check.body import stored

        stored(c, receiver, found)
        return
    help = f"`{name}` is called on {wanted}."
    if isinstance(found, ListType) and fits(peek(found.item), wanted):
        args = c.source.text[node.func.end:node.end]
        help = f"Call it for each: `[x.{name}{args} for x in {c.text(receiver)}]`, or on one element."
    elif widens(found, wanted):
        help += " A copy passes: `list(...)`."
    span = Span(receiver.start, node.func.end)
    if not told_already(c, receiver, found):
        c.error("FMP102", span, f"{found} has no `{name}`", expected=wanted, found=found, help=help)


def _asked(c: Body, function: FunctionInfo | NeuralFunction, param: Parameter) -> tuple[Label, ...]:
    """Where a parameter is declared, if that is in the same text."""
    if isinstance(function, FunctionInfo) and function.source is c.source:
        for p in function.node.params:
            if p.name == param.name:
                return (Label(p.span, f"it is declared as {param.type}"),)
    return ()


def _declared_at(c: Body, function: FunctionInfo | NeuralFunction) -> tuple[Label, ...]:
    if isinstance(function, FunctionInfo) and function.source is c.source:
        return (Label(function.node.name.span, "declared here"),)
    return ()


def bind_arguments(
    c: Body, node: ast.Call, params: tuple[Parameter, ...], name: str, method: bool, labels: tuple[Label, ...],
) -> tuple[int, ...] | None:
    """Which textual argument goes to which parameter; None where the call does not have the right shape."""
    count = len(node.args) + method
    size = len(params)
    if count > size:
        least = sum(not p.has_default for p in params)
        takes = str(size) if least == size else f"{least} to {size}"
        at = node.args[size - method] if size >= method and size - method < len(node.args) else node
        span = Span(at.start, node.args[-1].end) if node.args and at is not node else node.span
        c.error("FMP203", span, f"`{name}` takes {takes} argument{'' if takes == '1' else 's'}, not {count}",
                labels=labels, expected=takes, found=count, help=_shape(name, params))
        return None
    if not node.keywords:
        if count == size:
            return tuple(range(size))
        made = list(range(count)) + [-1] * (size - count)
    else:
        made = list(range(count)) + [-1] * (size - count)
        names = [p.name for p in params]
        for i, keyword in enumerate(node.keywords):
            span = Span(keyword.start, keyword.start + len(keyword.name))
            if keyword.name not in names:
                near = nearest(keyword.name, names)
                c.error("FMP204", span, f"`{name}` has no parameter `{keyword.name}`", labels=labels,
                        help=spoken(near) or _shape(name, params), fixes=fixes(keyword.name, span, near))
                return None
            at_param = names.index(keyword.name)
            if made[at_param] >= 0:
                c.error("FMP205", span, f"`{keyword.name}` is given twice", labels=labels, help=_shape(name, params))
                return None
            made[at_param] = count + i
    missing = [p.name for p, at_arg in zip(params, made, strict=True) if at_arg < 0 and not p.has_default]
    if missing:
        listed = " and ".join(f"`{m}`" for m in missing)
        c.error("FMP202", node, f"`{name}` needs {listed}", labels=labels, help=_shape(name, params))
        return None
    return tuple(made)


def _shape(name: str, params: tuple[Parameter, ...]) -> str:
    inside = ", ".join(f"{p.name}: {p.type}" + (f" = {p.default!r}" if p.has_default else "") for p in params)
    return f"It is declared as `{name}({inside})`."


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
