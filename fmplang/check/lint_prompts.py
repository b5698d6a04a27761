"""FMP417: a parameter that the prompt of its neural function does not use.

Pictures, videos and sounds go to a model beside the prompt. Everything else reaches a model that takes prompts only
where the docstring names it. Where a docstring names no parameter at all, the capability decides: a language model
gets nothing but the prompt, a detector gets its arguments by name.
"""

from __future__ import annotations

import re

from fmplang.check.scope import Scope
from fmplang.check.session import Session
from fmplang.check.typed import NeuralFunction
from fmplang.check.types import (
    AUDIO,
    IMAGE,
    VIDEO,
    DictType,
    ListType,
    OptionalType,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.syntax import ast
from fmplang.syntax.diagnostics import Edit, Fix, Label
from fmplang.syntax.source import Span

_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


def prompts(session: Session, scope: Scope) -> None:
    """Report on the neural functions of the user's module."""
    for item in scope.tree.items:
        found = scope.find(item.name.id) if isinstance(item, ast.Neural) else None
        if isinstance(item, ast.Neural) and isinstance(found, NeuralFunction):
            _look(session, scope, item, found)


def _look(session: Session, scope: Scope, item: ast.Neural, function: NeuralFunction) -> None:
    used = {m.group(1) for m in _PLACE.finditer(item.doc)} - {None}
    if not used and function.capability != "llm":
        return
    for param, node in zip(function.params, item.params, strict=True):
        if param.name in used or _beside(param.type):
            continue
        session.error(
            "FMP417", f"the prompt of `{function.name}` does not use `{param.name}`", scope.source,
            Span(node.start, node.start + len(node.name)), severity="warning",
            labels=(Label(item.name.span, "its docstring is the prompt"),), fixes=_fix(scope, item, param.name),
            help=f"A model that reads prompts never sees it: write `{{{param.name}}}` in the docstring, or leave the "
                 "parameter out.")


def _beside(t: Type) -> bool:
    """Whether values of a type go to a model beside the prompt."""
    if t is IMAGE or t is VIDEO or t is AUDIO:
        return True
    if isinstance(t, (ListType, SetType, TupleOf)):
        return _beside(t.item)
    if isinstance(t, OptionalType):
        return _beside(t.inner)
    if isinstance(t, DictType):
        return _beside(t.value)
    if isinstance(t, TupleType):
        return any(map(_beside, t.items))
    return isinstance(t, RecordType) and any(_beside(kind) for _, kind in t.fields)


def _fix(scope: Scope, item: ast.Neural, name: str) -> tuple[Fix, ...]:
    """Add it at the end of the docstring."""
    text = scope.source.text
    end = item.end
    while end > item.start and text[end - 1] not in "\"'":
        end -= 1
    quote = text[end - 3:end]
    if quote not in ('"""', "'''"):
        return ()
    at = end - 3
    while text[at - 1] in " \t\n":
        at -= 1
    return (Fix(f"add `{{{name}}}` to the prompt", (Edit(Span(at, at), f" {{{name}}}"),)),)
