"""A checked program: the tree, and what the checker found out about its nodes.

The interpreter reads only this. Everything about a node is looked up by the node itself (nodes hash by
identity).
"""

from __future__ import annotations

from typing import Literal, Union

from fmplang.check.types import RecordType, Type
from fmplang.frozen import Frozen
from fmplang.syntax import ast
from fmplang.syntax.source import Source, Span

# ------------------------------------------------------------------ signatures


class Parameter(Frozen, eq=True):
    """One parameter. `default` is a Python constant (None, bool, int, float, str, or a tuple of those)."""

    name: str
    type: Type
    has_default: bool = False
    default: object = None


class NeuralFunction(Frozen):
    """The typed signature of a neural function. `prompt` is its docstring, a template over its parameters."""

    name: str
    capability: str
    params: tuple[Parameter, ...]
    returns: Type
    prompt: str
    module: str = ""  # "" is the user's own module, else "fmp.vision", ...


class FunctionInfo:
    """An FMP function. Filled by the checker; read-only afterwards.

    `slots`: how many local slots a frame needs (parameters come first, in order; comprehension and lambda
    variables have slots of their own). `calls`: the key of each site-carrying call expression in the body, in
    source order: neural calls and calls of FMP functions that reach one. `mutates`: it may change an argument it
    was given, or writes notes.
    """

    __slots__ = ("calls", "module", "mutates", "name", "neural", "node", "params", "returns", "slots", "source")

    def __init__(self, name: str, module: str, params: tuple[Parameter, ...], returns: Type, node: ast.Function,
                 source: Source, slots: int = 0, neural: bool = False, mutates: bool = False,
                 calls: tuple[CallKey, ...] = ()) -> None:
        self.name = name
        self.module = module
        self.params = params
        self.returns = returns
        self.node = node
        self.source = source
        self.slots = slots
        self.neural = neural
        self.mutates = mutates
        self.calls = calls

    def __repr__(self) -> str:
        return f"FunctionInfo({self.module + '.' if self.module else ''}{self.name})"


class CallKey(Frozen, eq=True):
    """A call that carries a site or leads to some. `key` is unique within its function."""

    key: str
    target: Union[NeuralFunction, FunctionInfo]
    node: ast.Expr


# ---------------------------------------------------------- what a name stands for


class Local(Frozen, eq=True):
    slot: int


class Global(Frozen, eq=True):
    """A module-level constant: its definition, and the index of its value in the program's constants."""

    index: int


class FunctionRef(Frozen, eq=True):
    """An FMP function used as a value (`key=area`)."""

    function: FunctionInfo
    index: int = -1  # position in the enclosing function's `calls` where the function is neural


class BuiltinRef(Frozen, eq=True):
    """A builtin used as a value (`map(str, xs)`)."""

    name: str


class NeuralRef(Frozen, eq=True):
    """A neural function used as a value (`map(caption, patches)`)."""

    function: NeuralFunction
    index: int


Resolution = Union[Local, Global, FunctionRef, BuiltinRef, NeuralRef]

# ------------------------------------------------------------- what a call calls
#
# The textual arguments of a call are, in evaluation order: the receiver of method syntax (where the target is
# a function or a method), the positional arguments, the keyword values. `binding[i]` is the index into that
# list of the argument for parameter i, or -1 where the default is taken.


class CallFunction(Frozen, eq=True):
    function: FunctionInfo
    binding: tuple[int, ...]
    index: int = -1  # position in the enclosing function's `calls`, -1 where the function is pure
    method: bool = False  # method syntax: the receiver `node.func.value` is textual argument 0


class CallNeural(Frozen, eq=True):
    function: NeuralFunction
    binding: tuple[int, ...]
    index: int  # position in the enclosing function's `calls`
    method: bool = False


class CallRecord(Frozen, eq=True):
    record: RecordType
    binding: tuple[int, ...]


class CallBuiltin(Frozen, eq=True):
    """`name(...)` of the builtins; arguments as written (`math.floor` is named "math.floor")."""

    name: str


class CallMethod(Frozen, eq=True):
    """A builtin method: `kind` is list, str, dict, set, Image, Video, Audio; the receiver is `node.func.value`."""

    kind: str
    name: str


class CallValue(Frozen, eq=True):
    """A call of a local of function type (a parameter that took a lambda)."""

    slot: int


CallTarget = Union[CallFunction, CallNeural, CallRecord, CallBuiltin, CallMethod, CallValue]

# -------------------------------------------------------------------- call sites


class Site(Frozen):
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


class TypedProgram(Frozen):
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
    types: dict[ast.Node, Type]
    names: dict[ast.Name, Resolution]
    calls: dict[ast.Call, CallTarget]
    attributes: dict[ast.Attribute, Literal["field", "property", "math"]]
    targets: dict[ast.Name, int]  # assigned and bound names, and lambda params -> slot
    neural: frozenset[ast.Node]
    groups: frozenset[ast.Node]
    constants: tuple[tuple[ast.ConstantDef, Source], ...]
    root: SiteNode
    constant_slots: int = 0

    def __repr__(self) -> str:
        return f"TypedProgram({self.source.name}, {self.entry!r})"
