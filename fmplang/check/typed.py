"""A checked program: the tree, and what the checker found out about its nodes.

The interpreter reads only this. Everything about a node is looked up by the node itself (nodes hash by
identity).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Union

from fmplang.check.types import RecordType, Type
from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span

# ------------------------------------------------------------------ signatures


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `default` is a Python constant (None, bool, int, float, str, or a tuple of those)."""

    name: str
    type: Type
    has_default: bool = False
    default: object = None


@dataclass(frozen=True, slots=True, eq=False)
class NeuralFunction:
    """The typed signature of a neural function. `prompt` is its docstring, a template over its parameters."""

    name: str
    capability: str
    params: tuple[Parameter, ...]
    returns: Type
    prompt: str
    module: str = ""  # "" is the user's own module, else "fmp.vision", ...


@dataclass(eq=False, slots=True)
class FunctionInfo:
    """An FMP function. Filled by the checker; read-only afterwards.

    `slots`: how many local slots a frame needs (parameters come first, in order; comprehension and lambda
    variables have slots of their own). `calls`: the key of each site-carrying call expression in the body, in
    source order: neural calls and calls of FMP functions that reach one.
    """

    name: str
    module: str
    params: tuple[Parameter, ...]
    returns: Type
    node: ast.Function
    source: Source
    slots: int = 0
    neural: bool = False
    mutates: bool = False  # may change an argument it was given, or writes notes
    calls: tuple[CallKey, ...] = ()


@dataclass(frozen=True, slots=True)
class CallKey:
    """A call that carries a site or leads to some. `key` is unique within its function."""

    key: str
    target: Union[NeuralFunction, FunctionInfo]
    node: ast.Expr


# ---------------------------------------------------------- what a name stands for


@dataclass(frozen=True, slots=True)
class Local:
    slot: int


@dataclass(frozen=True, slots=True)
class Global:
    """A module-level constant: its definition, and the index of its value in the program's constants."""

    index: int


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """An FMP function used as a value (`key=area`)."""

    function: FunctionInfo
    index: int = -1  # position in the enclosing function's `calls` where the function is neural


@dataclass(frozen=True, slots=True)
class BuiltinRef:
    """A builtin used as a value (`map(str, xs)`)."""

    name: str


@dataclass(frozen=True, slots=True)
class NeuralRef:
    """A neural function used as a value (`map(caption, patches)`)."""

    function: NeuralFunction
    index: int


Resolution = Union[Local, Global, FunctionRef, BuiltinRef, NeuralRef]

# ------------------------------------------------------------- what a call calls
#
# The textual arguments of a call are, in evaluation order: the receiver of method syntax (where the target is
# a function or a method), the positional arguments, the keyword values. `binding[i]` is the index into that
# list of the argument for parameter i, or -1 where the default is taken.


@dataclass(frozen=True, slots=True)
class CallFunction:
    function: FunctionInfo
    binding: tuple[int, ...]
    index: int = -1  # position in the enclosing function's `calls`, -1 where the function is pure
    method: bool = False  # method syntax: the receiver `node.func.value` is textual argument 0


@dataclass(frozen=True, slots=True)
class CallNeural:
    function: NeuralFunction
    binding: tuple[int, ...]
    index: int  # position in the enclosing function's `calls`
    method: bool = False


@dataclass(frozen=True, slots=True)
class CallRecord:
    record: RecordType
    binding: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallBuiltin:
    """`name(...)` of the builtins; arguments as written (`math.floor` is named "math.floor")."""

    name: str


@dataclass(frozen=True, slots=True)
class CallMethod:
    """A builtin method: `kind` is list, str, dict, set, Image, Video, Audio; the receiver is `node.func.value`."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class CallValue:
    """A call of a local of function type (a parameter that took a lambda)."""

    slot: int


CallTarget = Union[CallFunction, CallNeural, CallRecord, CallBuiltin, CallMethod, CallValue]

# -------------------------------------------------------------------- call sites


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One neural call expression, reached by one path of calls from the entry.

    `id` is stable under reformatting, comments and renamed locals: the keys along the path joined by "/",
    as in "main/exists:dog/find". `span` lies in `source` (the function that holds the call).
    """

    id: str
    function: NeuralFunction
    span: Span
    source: Source


class SiteNode:
    """A function as reached by one path. Children and sites are made when first asked for."""

    __slots__ = ("_made", "function", "path")

    def __init__(self, function: FunctionInfo, path: str) -> None:
        self.function = function
        self.path = path
        self._made: list[SiteNode | Site | None] = [None] * len(function.calls)

    def _make(self, index: int) -> SiteNode | Site:
        call = self.function.calls[index]
        path = f"{self.path}/{call.key}"
        if isinstance(call.target, NeuralFunction):
            made: SiteNode | Site = Site(path, call.target, call.node.span, self.function.source)
        else:
            made = SiteNode(call.target, path)
        self._made[index] = made
        return made

    def child(self, index: int) -> SiteNode:
        made = self._made[index] or self._make(index)
        assert isinstance(made, SiteNode)
        return made

    def site(self, index: int) -> Site:
        made = self._made[index] or self._make(index)
        assert isinstance(made, Site)
        return made


# ------------------------------------------------------------------- the program


@dataclass(eq=False, slots=True)
class TypedProgram:
    """What a program that checks has become. Nothing here changes after the check.

    `neural` holds every expression and statement whose evaluation may hand out a request; all others are
    pure. `groups` holds the comprehensions and builtin calls (`sorted`, `min`, `max`, `map`, `filter`,
    `any`/`all` over a list comprehension is just that comprehension) whose element calls cannot affect each
    other. `constants` are the module-level definitions, of all modules, in order of evaluation; they are
    evaluated anew for each run, in a frame of `constant_slots` slots (for their comprehensions).

    An attribute is "math" where it is a member of the namespace (`math.pi`, or `math.sqrt` as a value). A call
    or attribute without an entry stands on something that has no value (an element of a list that stays
    empty): it is never evaluated.
    """

    source: Source
    module: ast.Module
    entry: FunctionInfo
    functions: tuple[FunctionInfo, ...]  # all that the entry reaches, of all modules
    types: dict[ast.Node, Type] = field(repr=False)
    names: dict[ast.Name, Resolution] = field(repr=False)
    calls: dict[ast.Call, CallTarget] = field(repr=False)
    attributes: dict[ast.Attribute, Literal["field", "property", "math"]] = field(repr=False)
    targets: dict[ast.Name, int] = field(repr=False)  # assigned and bound names, and lambda params -> slot
    neural: frozenset[ast.Node] = field(repr=False)
    groups: frozenset[ast.Node] = field(repr=False)
    constants: tuple[tuple[ast.ConstantDef, Source], ...] = field(repr=False)
    root: SiteNode = field(repr=False)
    constant_slots: int = 0
