"""A checked program, ready to run as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fmplang.check.typed import FunctionInfo, Parameter, Site, SiteNode, TypedProgram
from fmplang.errors import InputError, LimitError
from fmplang.limits import Limits, Meter
from fmplang.runtime.adopt import Adopt, Misfit, adopter
from fmplang.runtime.compile.code import Library
from fmplang.runtime.digest import program_digest
from fmplang.runtime.execution import Execution
from fmplang.runtime.requests import Value
from fmplang.runtime.values import type_name
from fmplang.syntax.source import Source


class Program:
    """A program that passed the check.

    Functions are compiled when a run first calls them, once. A program may be shared by threads; each run of it
    belongs to one.
    """

    def __init__(self, typed: TypedProgram) -> None:
        self.typed = typed
        self._libraries: dict[tuple[type[Library], bool], Library] = {}
        self._adopters: list[Adopt] | None = None
        self._digest = ""

    def __repr__(self) -> str:
        params = ", ".join(f"{param.name}: {param.type}" for param in self.entry.params)
        return f"<fmplang program {self.source.name}: {self.entry.name}({params}) -> {self.entry.returns}>"

    @property
    def source(self) -> Source:
        return self.typed.source

    @property
    def entry(self) -> FunctionInfo:
        """The function that a run calls: `name`, `params` (each with name, type, default), `returns`."""
        return self.typed.entry

    @property
    def digest(self) -> str:
        """A hash of all that the entry reaches. Layout, comments and docstrings of functions do not change it."""
        if not self._digest:
            self._digest = program_digest(self.typed)
        return self._digest

    def sites(self, limit: int = Limits().sites) -> tuple[Site, ...]:
        """All call sites, in the order in which the source names them.

        Raises LimitError (FMP616) where there are more than `limit`: their number can grow with every level of calls.
        """
        found: list[Site] = []
        for site in _sites(self.typed.root):
            if len(found) == limit:
                raise LimitError(f"the program has more than {limit:,} call sites", limit="sites", ceiling=limit,
                                 code="FMP616", hint="call functions that ask in fewer places")
            found.append(site)
        return tuple(found)

    def start(self, inputs: Mapping[str, Value], limits: Limits | None = None, run_id: str = "",
              trace_statements: bool = False) -> Execution:
        """Begin a run. `inputs` are values by parameter name; parameters with a default may be left out.

        Raises InputError where a name is missing or unknown, or a value does not have the declared type.
        """
        return self._start(Library, trace_statements, inputs, limits, run_id, None)

    def watch(self, kind: type[Library], observer: Any, inputs: Mapping[str, Value],
              limits: Limits | None = None) -> Execution:
        """Begin a run in code of the library class `kind`, whose closures find `observer` in the run's state."""
        return self._start(kind, True, inputs, limits, "", observer)

    def _start(self, kind: type[Library], traced: bool, inputs: Mapping[str, Value], limits: Limits | None,
               run_id: str, observer: Any) -> Execution:
        meter = Meter(limits if limits is not None else Limits())
        values = self._values(inputs, meter)
        library = self._libraries.get((kind, traced))
        if library is None:
            library = self._libraries.setdefault((kind, traced), kind(self.typed, traced))
        return Execution(library, values, meter, run_id, observer)

    def _values(self, inputs: Mapping[str, Value], meter: Meter) -> list[Value]:
        params = self.entry.params
        if self._adopters is None:
            self._adopters = [adopter(param.type) for param in params]
        for name in inputs:
            if name not in {param.name for param in params}:
                takes = ", ".join(param.name for param in params) or "no inputs"
                raise InputError(f"{self.entry.name} has no input named {name!r}", name=str(name),
                                 hint=f"it takes {takes}")
        values: list[Value] = []
        for param, adopt in zip(params, self._adopters, strict=True):
            if param.name not in inputs:
                values.append(_default(self.entry, param))
                continue
            try:
                values.append(adopt(meter, inputs[param.name]))
            except Misfit:
                found = type_name(inputs[param.name])
                expected = str(param.type)
                raise InputError(f"{param.name} should be {expected}, not {found}", name=param.name, expected=expected,
                                 found=found, hint=f"give {param.name} as {expected}") from None
        return values


def _default(entry: FunctionInfo, param: Parameter) -> Value:
    if not param.has_default:
        raise InputError(f"{entry.name} needs {param.name}", name=param.name, expected=str(param.type),
                         hint=f"give {param.name}: {param.type}")
    return param.default


def _sites(root: SiteNode) -> Iterator[Site]:
    waiting: list[SiteNode | Site] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Site):
            yield node
            continue
        calls = enumerate(node.function.calls)
        below = [node.child(i) if isinstance(call.target, FunctionInfo) else node.site(i) for i, call in calls]
        waiting += reversed(below)
