"""What a dry run says: the failures with what leads to them, and what no run reached."""

from __future__ import annotations

from typing import Any

from fmplang.dryrun.coverage import statements_of, tests_of
from fmplang.dryrun.edges import need_hypothesis
from fmplang.dryrun.explore import RUNS, Exploration
from fmplang.dryrun.plans import told
from fmplang.errors import FmpError
from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.syntax.source import Source, Span


class Answer(Frozen):
    """A call on the way to a failure: its site, its place, and the answer as JSON data."""

    site: str
    function: str
    source: Source
    span: Span
    value: Any


class Finding(Frozen):
    """A way for the program to fail: the error with its place, and the inputs and answers that lead there. Where the
    place is in the library, `reached` is the statement of the user's that led there."""

    error: FmpError
    source: Source
    span: Span
    inputs: dict[str, Any]
    answers: tuple[Answer, ...]
    reached: Span | None = None


class Missed(Frozen):
    """What no run reached. `what` is "statement", or a kind of test; `side` is the way that it never came out."""

    what: str
    side: bool | None
    span: Span


class DryRun(Frozen):
    """`runs` went `paths` different ways. `sides` are two for each test that was met."""

    program: Program
    runs: int
    paths: int
    findings: tuple[Finding, ...]
    statements: int
    statements_run: int
    sides: int
    sides_taken: int
    missed: tuple[Missed, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def dry_run(program: Program, limits: Limits = Limits(), *, max_runs: int = RUNS, seed: int = 0,  # noqa: B008
            inputs: dict[str, Any] | None = None) -> DryRun:
    """Run a program with generated inputs and answers, at most `max_runs` times and some more to make failures plainer.

    Nobody is asked. `inputs` are given to every run. The same seed, program and versions give the same findings.
    ConfigError (FMP880) where Hypothesis is not installed.
    """
    need_hypothesis()
    found = Exploration(program, limits, max_runs, seed, inputs)
    typed = program.typed
    source = program.source
    tests, statements = tests_of(typed), statements_of(typed)
    ran = {(start, end) for file, start, end in found.marks if file == source.name}
    missed = [Missed("statement", None, statement.span) for statement, _ in _outermost(statements, ran)]
    for index, test in enumerate(tests):
        sides = {side for number, side in found.sides if number == index}
        if len(sides) == 1:
            missed.append(Missed(test.kind, not sides.pop(), test.span))
    missed.sort(key=lambda each: (each.span.start, each.span.end))
    findings = []
    for outcome in found.failures:
        assert outcome.error is not None and outcome.source is not None and outcome.span is not None
        answers = tuple([Answer(a.site.id, a.site.function.name, a.site.source, a.site.span, told(a.value))
                         for a in outcome.asked])
        findings.append(Finding(outcome.error, outcome.source, outcome.span,
                                {name: told(value) for name, value in outcome.inputs.items()}, answers,
                                None if outcome.source is source else outcome.last))
    return DryRun(program, found.runs, len(found.ways), tuple(findings), len(statements),
                  sum((s.start, s.end) in ran for s, _ in statements), 2 * len(tests), len(found.sides), tuple(missed))


def _outermost(statements: list[tuple[Any, bool]], ran: set[tuple[int, int]]) -> list[tuple[Any, bool]]:
    """The statements that never ran and are not inside, or behind in the same block, another such statement."""
    made: list[tuple[Any, bool]] = []
    until, before_ran = -1, True
    for statement, first in statements:
        here = (statement.start, statement.end) in ran
        if not here and statement.start >= until and (first or before_ran):
            made.append((statement, first))
        if not here:
            until = max(until, statement.end)
        before_ran = here
    return made
