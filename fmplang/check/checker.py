"""A text in, a typed program or diagnostics out."""

from __future__ import annotations

from fmplang.check.body import Body
from fmplang.check.declare import entry, whole_module
from fmplang.check.effects import Effects
from fmplang.check.functions import check_function
from fmplang.check.lint_prompts import prompts
from fmplang.check.lints import lint
from fmplang.check.scope import Scope
from fmplang.check.session import Session
from fmplang.check.signature_slips import changed_places
from fmplang.check.sites import counts
from fmplang.check.typed import FunctionInfo, SiteNode, TypedProgram
from fmplang.check.types import Type
from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Label
from fmplang.syntax.parser import Parsed, parse
from fmplang.syntax.source import Source, Span


class CheckReport(Frozen):
    """What a check found. `program` is there where nothing is wrong; warnings do not stand in its way."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    program: TypedProgram | None = None

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not any(d.severity == "error" for d in self.diagnostics)


def check(
    source: Source | str, limits: Limits = Limits(), parsed: Parsed | None = None, *, library: bool = False,  # noqa: B008
) -> CheckReport:
    """Check a program: all independent diagnostics, those of syntax included, sorted by place. Never raises.

    `parsed` is the result of `parse(source, limits)`, where that was done already. A `library` is a module
    without an entry: every function of it is checked, and `program` stays None.
    """
    if isinstance(source, str):
        source = Source(source)
    if parsed is None:
        parsed = parse(source, limits)
    session = Session(source, limits)
    session.broken = any(d.severity == "error" for d in parsed.diagnostics)
    if session.broken:
        session.layout = [d.span.start for d in parsed.diagnostics if d.code in ("FMP005", "FMP006", "FMP007")]
        session.lost_names = [n for item in parsed.module.items if isinstance(item, ast.ErrorStmt) for n in item.names]
    try:
        program = _check(session, source, parsed.module, library)
    except RecursionError:  # the caller's own stack was nearly full, or `limits.nesting` was raised far
        program = None
        session.error("FMP603", "the program is nested too deep to be checked here", source, Span(0, 0),
                      help="Take parts out into functions, or check it with more room on the stack.")
    diagnostics = tuple(sorted((*parsed.diagnostics, *session.diagnostics), key=lambda d: _place(d, source)))
    report = CheckReport(source, diagnostics)
    return CheckReport(source, diagnostics, program) if report.ok else report


def types_in(source: Source, parsed: Parsed, limits: Limits = Limits()) -> dict[ast.Node, Type]:  # noqa: B008
    """The types of the expressions of a program, errors in it or not; `ERROR` where an expression has none.

    `parsed` is the result of `parse(source, limits)`; its nodes are the keys.
    """
    session = Session(source, limits)
    session.broken = True
    try:
        _check(session, source, parsed.module, library=True)
    except RecursionError:  # as in `check`
        return {}
    return session.types


def _place(d: Diagnostic, source: Source) -> tuple[bool, str, int, int, str]:
    return d.source is not source, d.source.name, d.span.start, d.span.end, d.code


def _check(session: Session, source: Source, module: ast.Module, library: bool) -> TypedProgram | None:
    scope = session.scopes[""] = Scope(session, "", source, module)
    whole_module(session, scope)
    start = None if library else entry(session, scope)
    bodies: dict[FunctionInfo, Body] = {}
    _check_bodies(session, bodies)
    if session.swaps:
        changed_places(session, bodies)
        _check_bodies(session, bodies)
    cyclic = _recursion(session, bodies)
    if library or start is None or cyclic or any(d.severity == "error" for d in session.diagnostics):
        return None
    order = _callees_first(start, bodies)
    effects = Effects(session, bodies, order)
    lint(bodies, order)
    prompts(session, scope)
    total = counts(tuple(order))[start]
    if total > session.limits.sites:
        session.error("FMP616", f"the program has {total:,} call sites, the limit is {session.limits.sites:,}", source,
                      start.node.name.span, help="A site is counted for each path that leads to it: let "
                      "fewer functions call the same helpers, or raise the limit `sites`.")
        return None
    return TypedProgram(
        source=source, module=module, entry=start, functions=tuple(order), types=session.types, names=session.names,
        calls=session.calls, attributes=session.attributes, targets=session.targets,  # type: ignore[arg-type]
        neural=frozenset(effects.neural), groups=frozenset(effects.groups), constants=tuple(session.constants),
        root=SiteNode(start, start.name), constant_slots=session.constant_slots,
    )


def _check_bodies(session: Session, bodies: dict[FunctionInfo, Body]) -> None:
    for function in session.functions:  # grows: a body may be the first to name a library function
        if function not in bodies:
            bodies[function] = check_function(session, function)


def _callees_first(start: FunctionInfo, bodies: dict[FunctionInfo, Body]) -> list[FunctionInfo]:
    """The functions that `start` reaches; each after those it calls."""
    order: list[FunctionInfo] = []
    seen = {start}
    stack = [(start, iter(bodies[start].edges))]
    while stack:
        function, edges = stack[-1]
        for callee, _ in edges:
            if callee not in seen:
                seen.add(callee)
                stack.append((callee, iter(bodies[callee].edges)))
                break
        else:
            stack.pop()
            order.append(function)
    return order


def _recursion(session: Session, bodies: dict[FunctionInfo, Body]) -> bool:
    """Report each cycle of calls once. True where there is one."""
    done: set[FunctionInfo] = set()
    found = False
    for start in bodies:
        if start in done:
            continue
        path: list[tuple[FunctionInfo, ast.Node]] = []
        on_path: dict[FunctionInfo, int] = {start: 0}
        stack = [(start, iter(bodies[start].edges))]
        while stack:
            function, edges = stack[-1]
            for callee, node in edges:
                if callee in on_path:
                    found = True
                    cycle = [*path[on_path[callee]:], (function, node)]
                    _report_cycle(session, callee, cycle)
                elif callee not in done:
                    path.append((function, node))
                    on_path[callee] = len(path)
                    stack.append((callee, iter(bodies[callee].edges)))
                    break
            else:
                stack.pop()
                done.add(function)
                del on_path[function]
                if path:
                    path.pop()
    return found


def _report_cycle(session: Session, function: FunctionInfo, cycle: list[tuple[FunctionInfo, ast.Node]]) -> None:
    shown = [f"`{f.name}`" for f, _ in cycle]
    names = " -> ".join([*(shown if len(shown) < 8 else [*shown[:3], "...", *shown[-3:]]), f"`{function.name}`"])
    last, node = cycle[-1]
    title = f"`{function.name}` calls itself" if len(cycle) == 1 else f"functions call each other in a circle: {names}"
    labels = tuple(Label(call.span, f"`{f.name}` calls the next", f.source if f.source is not last.source else None)
                   for f, call in cycle[:-1])
    session.error("FMP303", title, last.source, node.span, labels=labels[:6],
                  help="Every program ends: there is no recursion. Use a `for` loop.")
