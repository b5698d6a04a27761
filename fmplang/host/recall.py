"""A run from the ledger, with values again in place of their plain JSON.

Types come from the program, pictures and sounds from where they lay when the run was made. One that is gone, or has
another digest now, still has its place in the record: only looking at it fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fmplang.check.sites import way_to
from fmplang.check.typed import NeuralFunction
from fmplang.check.types import IMAGE, Type
from fmplang.errors import ConfigError, FmpError, InputError
from fmplang.host.reread import Reread
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.runtime.values.image_files import open_image
from fmplang.runtime.values.images import Image, ImageSource
from fmplang.syntax import ast


def recalled(record: RunRecord, program: Program, limits: Limits) -> RunRecord:
    """The record of a run of `program`, as it was when the run ended, as far as the ledger and the files have it.

    ConfigError (FMP834) where the program is not the one that ran. Where its text was laid out differently then, the
    statements that ran are left out, since their places are not known.
    """
    if record.program != program.digest:
        raise ConfigError(f"{program.source.name} is not the program of run {record.id}, or has changed since",
                          code="FMP834", hint=f"give the program as it was; its name was {record.name!r}")
    values = _Values(limits)
    types = {param.name: param.type for param in program.entry.params}
    returns = program.entry.returns
    made = replace(
        record, value=None if record.error is not None else values.read(record.value, returns),
        inputs={name: values.read(given, types.get(name)) for name, given in record.inputs.items()},
        calls=[_call(call, program, values) for call in record.calls],
        comparisons=tuple(replace(one, final=values.read(one.final, returns)) if one.changed and one.error is None
                          else one for one in record.comparisons),
    )
    if not set(_spans(record)) <= set(_statements(program)):
        made.executed = {}
    return made


def _call(call: CallRecord, program: Program, values: _Values) -> CallRecord:
    way = way_to(program.typed, call.site)
    if not way:
        return call
    function = way[-1][1].target
    assert isinstance(function, NeuralFunction)
    types = {param.name: param.type for param in function.params}
    return replace(
        call, args={name: values.read(given, types.get(name)) for name, given in call.args.items()},
        value=values.read(call.value, function.returns) if call.done and call.error is None else None,
        shadows=tuple(shadow if shadow.error is not None
                      else replace(shadow, value=values.read(shadow.value, function.returns))
                      for shadow in call.shadows),
    )


class _Values(Reread):
    """Reads plain JSON as values, as far as they are there. The same picture is the same object throughout."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._sources: dict[tuple[str, str], ImageSource] = {}

    def read(self, data: Any, type_: Type | None) -> Any:
        """The value; or the JSON as it is, where it cannot be had: values out of all proportion were left out of the
        ledger, and a sound or video may be gone."""
        if type_ is None:
            return data
        try:
            return self.value(data, type_)
        except (FmpError, ValueError, TypeError, KeyError):
            return data

    def _load(self, type_: Type, told: dict[str, Any]) -> Any:
        if type_ != IMAGE:
            return super()._load(type_, told)
        where, digest = str(told["$image"]), str(told["digest"])
        left, lower, right, upper = (int(number) for number in told["box"])
        source = self._sources.get((where, digest))
        if source is None:
            source = self._sources[where, digest] = ImageSource(lambda: self._pixels(where, digest), where, where)
        return Image(source, (left, lower, right, upper))

    def _pixels(self, where: str, digest: str) -> Any:
        found = open_image(where, self.limits).source
        if found.digest != digest:
            raise InputError(f"{where}: is another picture now", code="FMP811", hint="put the old one back")
        return found.pixels


def _spans(record: RunRecord) -> Iterator[tuple[str, int, int]]:
    for name, spans in record.executed.items():
        for start, end in spans:
            yield name, start, end


def _statements(program: Program) -> Iterator[tuple[str, int, int]]:
    for function in program.typed.functions:
        waiting: list[ast.Node] = list(function.node.body)
        while waiting:
            node = waiting.pop()
            yield function.source.name, node.start, node.end
            if isinstance(node, (ast.If, ast.For, ast.Branch)):
                waiting += ast.children(node)
