"""Parameters that are declared in each other's place: every call and the body say so, and one diagnostic does.

What the calls say is told by `calls.py`: two arguments have changed places. Where all calls of a function say it of the
same two parameters, and the body is right once their types are changed, the declaration is the mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmplang.check.functions import check_function
from fmplang.check.typed import FunctionInfo, Parameter
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Edit, Fix, Label
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.check.body import Body
    from fmplang.check.session import Session


def changed_places(session: Session, bodies: dict[FunctionInfo, Body]) -> None:
    """Look at each function of which calls were told that their arguments have changed places."""
    for function in list(bodies):
        swaps = [swap for swap in session.swaps if swap[0] is function]
        calls = {node for body in bodies.values() for callee, node in body.edges if callee is function}
        if swaps and not function.module and len({swap[1:3] for swap in swaps}) == 1 and {
                node.span for node in calls} == {swap[3] for swap in swaps}:
            _look(session, bodies, function, swaps[0][1], swaps[0][2], {swap[4] for swap in swaps})


def _look(session: Session, bodies: dict[FunctionInfo, Body], function: FunctionInfo, one: str, other: str,
          places: set[Span]) -> None:
    node, told = function.node, session.diagnostics
    body = [d for d in told if d.source is function.source and node.start <= d.span.start < node.end]
    if not any(d.severity == "error" for d in body):
        return
    types = {p.name: p.type for p in function.params}
    types[one], types[other] = types[other], types[one]
    params = function.params
    function.params = tuple(Parameter(p.name, types[p.name], p.has_default, p.default) for p in params)
    mark = len(told)
    bodies[function] = check_function(session, function)
    right = not any(d.severity == "error" for d in told[mark:])
    del told[mark:]
    if not right:
        function.params = params
        return
    calls = [d for d in told if d.code == "FMP201" and d.span in places and d.source is function.source]
    told[:] = [d for d in told if d not in calls and d not in body] + [_told(function, node, one, other, calls)]


def _told(function: FunctionInfo, node: ast.Function, one: str, other: str, calls: list[Diagnostic]) -> Diagnostic:
    a, b = (next(p for p in node.params if p.name == name) for name in (one, other))
    fixes: tuple[Fix, ...] = ()
    if a.annotation is not None and b.annotation is not None:
        first, second = a.annotation.span, b.annotation.span
        edits = (Edit(first, function.source.slice(second)), Edit(second, function.source.slice(first)))
        fixes = (Fix("change the types' places", edits, safe=True),)
    return Diagnostic(
        "FMP201", f"the types of `{one}` and `{other}` have changed places", function.source, Span(a.start, b.end),
        labels=tuple(Label(d.span, "called the other way round") for d in calls[:4]), fixes=fixes,
        help="The body and all calls agree with each other, and not with the declaration.")
