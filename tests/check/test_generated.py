"""Generated well-typed programs: they check clean, never fail for a reason of types, and mean what CPython says.

And the other way round: a mutation that breaks the types of such a program is flagged.
"""

from __future__ import annotations

import ast as python
import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fmplang.check import check
from fmplang.check.typed import CallFunction, Local
from fmplang.errors import LimitError, RunError
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Finished
from fmplang.runtime.values import OrderedSet
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source
from tests.check.strategies import PRELUDE, inputs, programs

UNSEEN = {"FMP501", "FMP502", "FMP503", "FMP504", "FMP506", "FMP508"}  # index, key, zero, value, overflow
LIMITS = Limits(steps=50_000, integer_bits=2_000, nodes=100_000, source=1_000_000)


def errors(text: str) -> list[str]:
    return [f"{d.where} {d.code} {d.title} | {d.expected} | {d.found}" for d in check(
        Source(text, "generated"), LIMITS).diagnostics if d.severity == "error"]


@pytest.mark.fuzz
@given(programs())
def test_well_typed_programs_check_clean(text: str) -> None:
    assert errors(text) == [], text
    python.parse(text)


def run(text: str, values: dict[str, Any]) -> tuple[str, Any]:
    """("value", v), ("error", kind) or ("limit", name)."""
    report = check(Source(text, "generated"), LIMITS)
    assert report.program is not None, (errors(text), text)
    execution = Program(report.program).start(copy.deepcopy(values), LIMITS)
    try:
        step = execution.advance()
    except LimitError as e:
        return "limit", e.limit
    except RunError as e:
        assert e.code in UNSEEN, f"{e.code} {e}\n{text}\n{values}"
        return "error", e.kind
    assert isinstance(step, Finished)
    return "value", step.value


@pytest.mark.fuzz
@given(programs(), inputs)
def test_checked_programs_do_not_fail_for_types(text: str, values: dict[str, Any]) -> None:
    run(text, values)


def shown(value: Any) -> str:
    """`repr`, but of a set (the order of which is FMP's own) in sorted order."""
    return f"set {sorted(value)}" if isinstance(value, (set, OrderedSet)) else repr(value)


def in_cpython(text: str, values: dict[str, Any]) -> tuple[str, Any]:
    text = ("\n" + text).replace("\nclass ", "\n@dataclasses.dataclass(frozen=True, kw_only=True)\nclass ")
    scope: dict[str, Any] = {"dataclasses": dataclasses}
    exec(compile(PRELUDE + "\n" + text, "<oracle>", "exec"), scope)  # the oracle: a generated pure program
    try:
        return "value", scope["main"](**copy.deepcopy(values))
    except Exception as e:
        return "error", type(e).__name__


@pytest.mark.fuzz
@given(programs(methods=False), inputs)
def test_checked_programs_mean_what_cpython_says(text: str, values: dict[str, Any]) -> None:
    kind, value = run(text, values)
    if kind != "limit":
        there, other = in_cpython(text, values)
        assert (kind, shown(value)) == (there, shown(other)), text


@st.composite
def broken(draw: Any) -> tuple[str, str, str]:
    """A program with one mutation: the text, what was done, and the original."""
    text = draw(programs())
    report = check(Source(text, "generated"), LIMITS)
    assume(report.program is not None)
    program = report.program
    assert program is not None
    spots: list[tuple[str, int, int, str]] = []
    own = {f.node for f in program.functions}
    for function in program.functions:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name) and isinstance(program.names.get(node), Local) and (
                    node not in program.targets):
                spots.append(("unknown name FMP101", node.start, node.end, "nothing_like_it"))
            if isinstance(node, ast.Call):
                target = program.calls.get(node)
                if isinstance(target, CallFunction) and node.args and not node.keywords:
                    spots.append(("too many arguments FMP203", node.end - 1, node.end - 1, ", 0"))
                    last = node.args[-1]
                    spots.append(("wrong argument FMP201", last.start, last.end, "{1.5: {2.5}}"))
                    if len(node.args) == 1 and not target.method:
                        spots.append(("missing argument FMP202", last.start, last.end, ""))
            if isinstance(node, ast.Attribute) and node in program.attributes and node.name in ("x", "y", "at", "tags"):
                spots.append(("unknown field FMP102", node.name_start, node.end, "no_such_field"))
            if isinstance(node, ast.Return) and node.value is not None:
                spots.append(("wrong result FMP201", node.value.start, node.value.end, "{1.5: {2.5}}"))
        if function.node in own:
            last_statement = function.node.body[-1]
            spots.append(("missing return FMP302", last_statement.start, last_statement.end, "pass"))
    what, start, end, new = draw(st.sampled_from(spots))
    return text[:start] + new + text[end:], what, text


@pytest.mark.fuzz
@given(broken())
def test_each_mutation_is_flagged(case: tuple[str, str, str]) -> None:
    text, what, _ = case
    code = what.split()[-1]
    found = errors(text)
    wanted = {code, "FMP206"} | ({"FMP405"} if code == "FMP302" else set())
    report = check(Source(text, "mutated"), LIMITS)
    codes = {d.code for d in report.diagnostics}
    assert codes & wanted, f"{what}: {found}\n{text}"


@pytest.mark.fuzz
@given(programs())
def test_checking_is_deterministic_and_takes_the_tree(text: str) -> None:
    source = Source(text, "generated")
    assert errors(text) == errors(text)
    one, two = check(source, LIMITS), check(source, LIMITS, parse(source, LIMITS))
    assert [str(d) for d in one.diagnostics] == [str(d) for d in two.diagnostics]
