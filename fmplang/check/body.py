"""The state of one function body while it is checked, and the way into its expressions.

`env` says what each local holds at this point of the flow: a type, Maybe (some path leaves it unassigned) or
Clash (paths disagree); a name that is absent has no value on any path. Keys with dots are facts about fields
(`box.label` is not None). Statements replace `env`; expressions only narrow it for the operands to their right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fmplang.check.holes import Hole, parts, peek
from fmplang.check.relations import fits
from fmplang.check.typed import FunctionInfo, Local
from fmplang.check.types import ERROR, NEVER, FunctionType, IterableType, Type
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label, Severity
from fmplang.syntax.source import Span

if TYPE_CHECKING:
    from fmplang.check.scope import Scope
    from fmplang.check.session import Session

RERUNS = 64  # so often in all may the loops of one function be looked at anew


class Loop:
    """An open `for`: the states that leave it early."""

    __slots__ = ("breaks", "continues")

    def __init__(self) -> None:
        self.breaks: list[dict[str, Type]] = []
        self.continues: list[dict[str, Type]] = []


class Body:
    __slots__ = (
        "asked", "attributes", "calls", "dead", "declared", "depth", "doubted", "edges", "env", "heads", "info",
        "locals", "loops", "marks", "meant", "names", "next_slot", "own", "paths", "quiet", "read", "reported",
        "reruns", "returned", "scope", "session", "source", "targets", "types", "unfilled", "unsure",
    )

    def __init__(self, session: Session, scope: Scope, info: FunctionInfo | None) -> None:
        self.session = session
        self.scope = scope
        self.source = scope.source
        self.info = info  # None in a module-level constant
        self.types: dict[ast.Node, Type] = {}  # of this body; they join the session's when it is done
        self.names = session.names
        self.calls = session.calls
        self.attributes = session.attributes
        self.targets = session.targets
        self.env: dict[str, Type] = {}
        self.locals: dict[str, Local] = {}
        self.next_slot = 0
        self.own: dict[str, ast.Node] = {}  # names that the body assigns, each with the first place
        self.declared: dict[str, Type] = {}
        self.read: set[str] = set()
        self.edges: list[tuple[FunctionInfo, ast.Node]] = []  # FMP functions called or passed on
        self.loops: list[Loop] = []
        self.heads: dict[ast.For, dict[str, Type]] = {}
        self.marks: dict[ast.For, frozenset[str]] = {}  # names that each loop assigns
        self.reruns = 0
        self.depth = 0  # of comprehensions and lambdas around
        self.dead = False  # this point is never reached
        self.paths = False  # env holds facts about fields
        self.quiet = False  # part of the body did not parse
        self.unsure: set[str] = set()  # names that what did not parse may assign
        self.meant: set[str] = set()  # names that unknown ones were suggested to be
        self.asked: tuple[ast.Node, Callable[[Type], bool]] | None = None  # what the place of an unknown name needs
        self.doubted: set[str] = set()  # optional locals whose test is in error: taken as tested
        self.reported: set[str] = set()
        self.unfilled: list[Hole] = []  # holes that were read while empty
        self.returned: list[tuple[ast.Return, Type]] = []

    def error(
        self, code: str, node: ast.Node | Span, title: str, *, labels: tuple[Label, ...] = (), expected: object = "",
        found: object = "", help: str = "", fixes: tuple[Fix, ...] = (), severity: Severity = "error",
    ) -> Type:
        """Report, and give the type that causes no more."""
        span = node if isinstance(node, Span) else node.span
        self.session.error(code, title, self.source, span, labels=labels, expected=str(expected), found=str(found),
                           help=help, fixes=fixes, severity=severity)
        return ERROR

    def warn(self, code: str, node: ast.Node | Span, title: str, help: str = "", fixes: tuple[Fix, ...] = (),
             labels: tuple[Label, ...] = ()) -> None:
        self.error(code, node, title, help=help, fixes=fixes, labels=labels, severity="warning")

    def place_of(self, node: ast.Node, fit: Callable[[Type], bool]) -> None:
        """Before a name is looked at: which types do where it stands. Suggestions for an unknown name ask this.

        (Who is asked often looks first whether the name is unknown.)
        """
        self.asked = node, fit

    def slot(self, name: ast.Name) -> Local:
        """A slot of its own for a comprehension's or lambda's variable; the same when it is met again."""
        made = self.targets.get(name)
        if made is None:
            made = self.targets[name] = self.next_slot
            self.next_slot += 1
        return Local(made)

    def text(self, node: ast.Node, limit: int = 40) -> str:
        """The source of a node for a message, on one line and not too long."""
        text = " ".join(self.source.slice(node.span).split())
        return text if len(text) <= limit else text[:limit - 3] + "..."


Rule = Callable[[Body, Any, Type | None], Type]
EXPR: dict[type, Rule] = {}
"""How each kind of expression is typed. Filled by the modules that hold the rules."""


def infer(c: Body, node: ast.Expr, expected: Type | None = None) -> Type:
    """The type of an expression. Where `expected` is given it must fit that, and what is in error inside is told.

    The caller still asks whether the result fits.
    """
    made = EXPR[node.__class__](c, node, expected)
    c.types[node] = made
    return made


def value(c: Body, node: ast.Expr, expected: Type | None = None) -> Type:
    """The type of an expression whose value is kept: no bare Iterable, no function."""
    found = infer(c, node, expected)
    if found.__class__ is IterableType or found.__class__ is FunctionType:
        return stored(c, node, found)
    return found


def stored(c: Body, node: ast.Expr, found: Type) -> Type:
    if isinstance(found, IterableType):
        return c.error(
            "FMP218", node, "this can only be walked where it stands", found=found,
            help="Make it a list to keep it.",
            fixes=(Fix("make it a list", (
                Edit(Span(node.start, node.start), "list("), Edit(Span(node.end, node.end), ")")), safe=True),),
        )
    return c.error("FMP219", node, "a function cannot be kept in a value", found=found,
                   help="Pass it as an argument, or write a `def`.")


def require(c: Body, node: ast.Expr, expected: Type, what: tuple[str, ...] | str) -> Type:
    """The type of an expression that must fit `expected`; `what` says in a message what it is for."""
    found = infer(c, node, expected)
    if found is expected or fits(found, expected):
        return found
    from fmplang.check.mismatch import mismatch

    return mismatch(c, node, found, expected, what)


def unfilled(c: Body, container: Type) -> None:
    """An element was read that nothing has filled: if a loop fills it later, the loop is looked at anew."""
    for t in parts(container):
        if isinstance(t, Hole) and peek(t) is NEVER:
            c.unfilled.append(t)
