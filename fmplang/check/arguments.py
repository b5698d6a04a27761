"""What is given to a function: which argument goes to which parameter, and what is said where one does not fit."""

from __future__ import annotations

from fmplang.check.attributes import told_already
from fmplang.check.body import Body, infer
from fmplang.check.holes import peek
from fmplang.check.matching import callable_argument, quiet_arguments
from fmplang.check.mismatch import may_be_none, mismatch, pass_covariant, widens
from fmplang.check.relations import fits
from fmplang.check.suggest import fixes, nearest, spoken
from fmplang.check.typed import (
    CallFunction,
    CallNeural,
    FunctionInfo,
    NeuralFunction,
    Parameter,
)
from fmplang.check.types import (
    ERROR,
    NONE,
    FunctionType,
    IterableType,
    ListType,
    OptionalType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span


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
