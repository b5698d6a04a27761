"""One run with planned answers: nobody is asked, nothing is paid, nothing is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmplang.check.typed import Site
from fmplang.check.types import Type
from fmplang.dryrun.coverage import CoverLibrary, Mark, Seen, Side
from fmplang.dryrun.edges import Edges
from fmplang.dryrun.plans import Plan, build
from fmplang.errors import FmpError, LimitError
from fmplang.frozen import Frozen
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Finished, Group, Request
from fmplang.runtime.values import Image
from fmplang.syntax.source import Source, Span

Call = tuple[str, int]  # a site's id, and how often it was asked before
Choose = Callable[[Request], Plan]


class Script:
    """What a run is given: inputs by name, answers by call, and for calls that it does not name, by site."""

    __slots__ = ("answers", "inputs", "sites")

    def __init__(self, inputs: dict[str, Plan], answers: dict[Call, Plan] | None = None,
                 sites: dict[str, Plan] | None = None) -> None:
        self.inputs = inputs
        self.answers = answers if answers is not None else {}
        self.sites = sites if sites is not None else {}

    def with_input(self, name: str, plan: Plan) -> Script:
        return Script({**self.inputs, name: plan}, self.answers, self.sites)

    def with_answer(self, call: Call, plan: Plan) -> Script:
        return Script(self.inputs, {**self.answers, call: plan}, self.sites)

    def with_site(self, site: str, plan: Plan) -> Script:
        """The same answer at every call of a site."""
        others = {call: other for call, other in self.answers.items() if call[0] != site}
        return Script(self.inputs, others, {**self.sites, site: plan})


class Asked(Frozen):
    """A call of a run: the answer that it was given, as a plan and as a value."""

    call: Call
    site: Site
    plan: Plan
    value: Any

    @property
    def returns(self) -> Type:
        return self.site.function.returns


class Failure(Frozen, eq=True):
    """Where and how a run failed: what makes it the same failure as another."""

    code: str
    file: str
    start: int
    end: int


class Outcome(Frozen):
    """What came of a run. `way` stands for its path, `steps` are those of the interpreter.

    `last` is the user's own statement that began last. `cut`: the run was stopped early, since it was long, and nobody
    knows what would have come of it.
    """

    script: Script
    inputs: dict[str, Any]
    asked: tuple[Asked, ...]
    sides: frozenset[Side]
    marks: frozenset[Mark]
    way: tuple[int, ...]
    steps: int = 0
    failure: Failure | None = None
    error: FmpError | None = None
    source: Source | None = None
    span: Span | None = None
    last: Span | None = None
    cut: bool = False


QUICK = 20_000  # steps after which a run is given up, where it need not be run to its end


class Runner:
    """Runs one program, again and again. `fixed` are inputs that are given; the clocks do not count.

    `runs` counts those that came to an end.
    """

    def __init__(self, program: Program, edges: Edges, limits: Limits, fixed: dict[str, Any]) -> None:
        from dataclasses import replace

        self.program = program
        self.edges = edges
        self.whole = replace(limits, own_seconds=float("inf"), seconds=float("inf"))
        self.quick = replace(self.whole, steps=min(limits.steps, QUICK))
        self.fixed = fixed
        self.params = {p.name: p.type for p in program.entry.params if p.name not in fixed}
        self.runs = 0

    def plainest(self) -> Script:
        return Script({name: self.edges.of(t, False)[0] if self.edges.of(t, False) else None
                       for name, t in self.params.items()})

    def run(self, script: Script, choose: Choose | None = None, *, whole: bool = False) -> Outcome:
        """Calls that the script does not name are answered by `choose`, else as plainly as can be. A run of more than
        QUICK steps is cut, unless it is to be run as a `whole`."""
        limits = self.whole if whole else self.quick
        seen = Seen()
        inputs = {name: build(t, script.inputs[name], None) for name, t in self.params.items()}
        inputs |= self.fixed
        asked: list[Asked] = []
        error: FmpError | None = None
        executed: dict[str, tuple[tuple[int, int], ...]] = {}
        steps = 0
        try:
            execution = self.program.watch(CoverLibrary, seen, inputs, limits)
        except LimitError:  # an input that is larger than a run may hold: the program has no part in that
            if self.fixed:
                raise
            self.runs += 1
            return Outcome(script, inputs, (), frozenset(), frozenset(), ())
        try:
            try:
                step = execution.advance()
                while not isinstance(step, Finished):
                    for request in step.requests if isinstance(step, Group) else (step,):
                        made = self._answer(script, request, choose)
                        asked.append(made)
                        execution.answer(made.value, request)
                    step = execution.advance()
            finally:
                executed, steps = execution.executed, execution.meter.steps
        except FmpError as failed:
            error = failed
        self.runs += 1
        marks = frozenset((file, start, end) for file, spans in executed.items() for start, end in spans)
        sides, way = frozenset(seen.sides), tuple(seen.way)
        if error is None:
            return Outcome(script, inputs, tuple(asked), sides, marks, way, steps)
        if error.code == "FMP604" and limits.steps < self.whole.steps:
            return Outcome(script, inputs, tuple(asked), sides, marks, way, steps, cut=True)
        span = error.span or Span(0, 0)
        source = error.source or self.program.source
        failure = Failure(error.code, source.name, span.start, span.end)
        return Outcome(script, inputs, tuple(asked), sides, marks, way, steps, failure, error, source, span,
                       seen.last)

    def _answer(self, script: Script, request: Request, choose: Choose | None) -> Asked:
        site = request.site
        call = site.id, request.loop_index
        if call in script.answers:
            plan = script.answers[call]
        elif site.id in script.sites:
            plan = script.sites[site.id]
        elif choose is not None:
            plan = choose(request)
        else:
            edges = self.edges.of(request.returns)
            plan = edges[0] if edges else None
        picture = next((value for value in request.args.values() if isinstance(value, Image)), None)
        return Asked(call, site, plan, build(request.returns, plan, picture))
