"""One check: the tables it fills, the modules it has met, the diagnostics it has made."""

from __future__ import annotations

from fmplang.check import declare
from fmplang.check.scope import ConstantInfo, Entity, Scope, library, module_exports
from fmplang.check.typed import CallTarget, FunctionInfo, NeuralFunction, Resolution
from fmplang.check.types import Type
from fmplang.limits import Limits
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Diagnostic, Fix, Label, Severity
from fmplang.syntax.source import Source, Span

LONGEST = 400  # characters of a title
SUGGESTIONS = 50  # so many names get suggestions; beyond that they are plainly unknown


class Session:
    """What is known of a program while it is checked. The tables are those of TypedProgram."""

    __slots__ = (
        "attributes",
        "broken",
        "calls",
        "constant_slots",
        "constants",
        "declaring",
        "diagnostics",
        "functions",
        "layout",
        "limits",
        "lost_names",
        "missing",
        "names",
        "readers",
        "scopes",
        "source",
        "suggested",
        "swaps",
        "targets",
        "types",
    )

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.types: dict[ast.Node, Type] = {}
        self.names: dict[ast.Name, Resolution] = {}
        self.calls: dict[ast.Call, CallTarget] = {}
        self.attributes: dict[ast.Attribute, str] = {}
        self.targets: dict[ast.Name, int] = {}
        self.diagnostics: list[Diagnostic] = []
        self.scopes: dict[str, Scope] = {}
        self.functions: list[FunctionInfo] = []  # declared, in order: the bodies still to check are at the end
        self.constants: list[tuple[ast.ConstantDef, Source]] = []
        self.constant_slots = 0
        self.declaring: list[ast.Item] = []
        self.suggested = 0
        self.readers: dict[tuple[FunctionInfo, str], bool] = {}  # parameters that functions only look at
        # Calls whose arguments have changed places: function, two parameters, the call, where it was told.
        self.swaps: list[tuple[FunctionInfo | NeuralFunction, str, str, Span, Span]] = []
        self.broken = False  # some of the text did not parse: be quiet about what may follow from that
        self.layout: list[int] = []  # where the user's text is indented in a way that does not fit
        self.lost_names: list[str] = []  # names in what did not parse at the top level
        self.missing: set[str] = set()  # functions that are called and not there, told once

    # ------------------------------------------------------------ diagnostics

    def error(
        self, code: str, title: str, source: Source, span: Span, *, labels: tuple[Label, ...] = (), expected: str = "",
        found: str = "", help: str = "", fixes: tuple[Fix, ...] = (), severity: Severity = "error",
    ) -> None:
        self.diagnostics.append(Diagnostic(
            code, _short(title), source, span, severity, labels, _short(expected), _short(found), help, fixes))

    def lost(self, name: str) -> bool:
        """Whether a name may have been defined by a line of the top level that did not parse."""
        return any(n.startswith(name) for n in self.lost_names)

    def may_suggest(self) -> bool:
        """Suggestions cost time; a text full of unknown names gets some."""
        self.suggested += 1
        return self.suggested <= SUGGESTIONS

    # ---------------------------------------------------------------- modules

    def scope(self, module: str) -> Scope:
        scope = self.scopes.get(module)
        if scope is None:
            lib = library(module)
            scope = self.scopes[module] = Scope(self, module, lib.source, lib.tree)
        return scope

    def library_entity(self, module: str, name: str) -> Entity | None:
        if name not in module_exports(module):
            return None
        return self.scope(module).find(name)

    def declare(self, scope: Scope, item: ast.Item) -> Entity | None:
        return declare.declare(self, scope, item)

    def constant(self, node: ast.ConstantDef, source: Source, kind: Type) -> ConstantInfo:
        """Give a checked constant its place."""
        info = ConstantInfo(node.name.id, len(self.constants), kind, node)
        self.constants.append((node, source))
        return info


def _short(text: str) -> str:
    """A type may be long; a message is not."""
    return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."
