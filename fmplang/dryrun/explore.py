"""The search: edge cases first, then one change at a time to the runs that reached something new, then anything.

1. The plainest run, and runs in which everything is at its second, third, ... edge case.
2. For each run that took a new side of a test, ran a new statement or went a new way: the same with one input, one
   answer, or all answers of one site changed, to every edge case in turn. Those with the fewest changes so far come
   first, and of them the newest: so the search goes deep, and comes back.
3. What Hypothesis draws, on top of those runs.

Every failure is kept once for each place and code, and made as plain as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from heapq import heappop, heappush
from itertools import islice
from typing import Any

from fmplang.dryrun.attempt import Failure, Outcome, Runner, Script
from fmplang.dryrun.coverage import Mark, Side
from fmplang.dryrun.edges import Edges
from fmplang.dryrun.hints import hints_of
from fmplang.dryrun.plans import Plan
from fmplang.dryrun.shrink import shrunk
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.requests import Request

RUNS = 500
ROUNDS = 12  # edge cases that are tried everywhere at once
KEPT = 200  # runs that are built upon
FIRST, LAST = 6, 6  # calls of a run that are changed one by one
LATER = 15  # changes that a run which only went another way comes behind
SHARE = 0.7  # of the runs goes to the first two parts
FAILURES = 40  # that are told
LONG = 4  # runs of many steps that are run to their end


class Exploration:
    """What was found: a run for each failure (`failures` has them made plain, in the order of their places); the
    `sides` and `marks` that any run reached; the `ways` there were; how many `runs` it took."""

    def __init__(self, program: Program, limits: Limits, max_runs: int = RUNS, seed: int = 0,
                 fixed: dict[str, Any] | None = None) -> None:
        self.program = program
        edges = Edges(hints_of(program.typed), limits.neural_calls + 1)
        self.runner = Runner(program, edges, limits, fixed or {})
        self.edges = edges
        self.max_runs = max_runs
        self.sides: set[Side] = set()
        self.marks: set[Mark] = set()
        self.ways: set[tuple[tuple[int, ...], Failure | None]] = set()
        self.found: dict[Failure, Outcome] = {}
        self.kept: list[Outcome] = []
        self.waiting: list[tuple[int, int, Iterator[Script]]] = []  # changes made, minus its number, the changes
        self.long = LONG
        self.explore(seed)
        self.runs = self.runner.runs

    @cached_property
    def failures(self) -> list[Outcome]:
        """Each made as plain as it goes, which takes more runs."""
        return [shrunk(self.runner, outcome) for _, outcome in islice(self._in_order(), FAILURES)]

    def _in_order(self) -> Iterator[tuple[Failure, Outcome]]:
        own = self.program.source.name
        yield from sorted(self.found.items(), key=lambda pair: (pair[0].file != own, pair[0].file, pair[0].start,
                                                                pair[0].end, pair[0].code))

    # ----------------------------------------------------------------- search

    def explore(self, seed: int) -> None:
        first = self.runner.plainest()
        self.take(self.runner.run(first))
        self.everywhere()
        share = self.max_runs if self.closed() else int(self.max_runs * SHARE)
        while self.waiting and self.runner.runs < share:
            tried, number, scripts = heappop(self.waiting)
            script = next(scripts, None)
            if script is not None:
                heappush(self.waiting, (tried + 1, number, scripts))
                self.take(self.runner.run(script))
        if not self.closed():
            self.anything(seed)

    def closed(self) -> bool:
        """Whether nothing can be chosen: a program without inputs that asks nothing."""
        return not self.runner.params and not any(outcome.asked for outcome in self.kept)

    def everywhere(self) -> None:
        """All inputs and answers at the same edge case, one after the other."""
        if self.closed():
            return
        for depth in range(1, ROUNDS):
            if self.runner.runs >= self.max_runs:
                return
            inputs = {name: _at(self.edges.of(t, False), depth) for name, t in self.runner.params.items()}

            def choose(request: Request, depth: int = depth) -> Plan:
                return _at(self.edges.of(request.returns), depth)

            outcome = self.runner.run(Script(inputs), choose)
            self.take(outcome, Script(inputs, {asked.call: asked.plan for asked in outcome.asked}))

    def take(self, outcome: Outcome, script: Script | None = None) -> bool:
        """Remember what a run reached; whether any of it is new. `script` gives the same run again."""
        if outcome.cut and self.long:
            self.long -= 1
            script = Script(outcome.script.inputs, {asked.call: asked.plan for asked in outcome.asked})
            outcome = self.runner.run(script, whole=True)
        new = not outcome.sides <= self.sides or not outcome.marks <= self.marks
        self.sides |= outcome.sides
        self.marks |= outcome.marks
        if outcome.failure is not None and outcome.failure not in self.found:
            self.found[outcome.failure] = outcome
            new = True
        way = outcome.way, outcome.failure
        fresh = way not in self.ways
        self.ways.add(way)
        if (new or fresh) and len(self.kept) < KEPT:
            self.kept.append(outcome)
            scripts = self.changed(outcome, script or outcome.script)
            heappush(self.waiting, (0 if new else LATER, -len(self.kept), scripts))
        return new

    def changed(self, outcome: Outcome, script: Script) -> Iterator[Script]:
        """The run with one thing changed; first every edge case but one of all things, then the next."""
        turns: list[Iterator[Script]] = []
        counts: dict[str, int] = {}
        for asked in outcome.asked:
            counts[asked.site.id] = counts.get(asked.site.id, 0) + 1
        for asked in [*outcome.asked[:-LAST][:FIRST], *outcome.asked[-LAST:]][::-1]:  # the last one first
            others = [plan for plan in self.edges.of(asked.returns) if not same(plan, asked.plan)]
            turns.append(map(partial(script.with_answer, asked.call), others))
        for asked in {asked.site.id: asked for asked in outcome.asked}.values():
            if counts[asked.site.id] > 1:
                turns.append(map(partial(script.with_site, asked.site.id), self.edges.of(asked.returns)))
        for name, t in self.runner.params.items():
            others = [plan for plan in self.edges.of(t, False) if not same(plan, script.inputs[name])]
            turns.append(map(partial(script.with_input, name), others))
        while turns:
            rest = []
            for turn in turns:
                made = next(turn, None)
                if made is not None:
                    rest.append(turn)
                    yield made
            turns = rest

    def anything(self, seed: int) -> None:
        """Runs that Hypothesis draws: a run that was kept, some of it drawn anew."""
        from hypothesis import HealthCheck, Phase, Verbosity, given
        from hypothesis import seed as seeded
        from hypothesis import settings as settings_of
        from hypothesis import strategies as st

        left = self.max_runs - self.runner.runs
        if left <= 0:
            return
        kept = tuple([outcome.script for outcome in self.kept[:64]])

        @seeded(seed)
        @settings_of(max_examples=left, database=None, deadline=None, derandomize=False, phases=(Phase.generate,),
                     suppress_health_check=tuple(HealthCheck), verbosity=Verbosity.quiet, report_multiple_bugs=False)
        @given(st.data())
        def draw(data: Any) -> None:
            base = data.draw(st.sampled_from(kept))
            anew = data.draw(st.sampled_from((0, 1, 1, 2)))
            inputs = dict(base.inputs)
            for name, t in self.runner.params.items():
                if anew == 2 or data.draw(st.booleans()):
                    inputs[name] = data.draw(self.edges.strategy(t, False))

            def choose(request: Request) -> Plan:
                return data.draw(self.edges.strategy(request.returns))

            answers = {} if anew else base.answers
            outcome = self.runner.run(Script(inputs, dict(answers), {} if anew == 2 else base.sites), choose)
            self.take(outcome, Script(inputs, {asked.call: asked.plan for asked in outcome.asked}))

        with _nowhere():
            draw()


@contextmanager
def _nowhere() -> Iterator[None]:
    """Hypothesis keeps what it found out about texts and constants in a folder: not in the user's, here."""
    from tempfile import TemporaryDirectory

    from hypothesis.configuration import set_hypothesis_home_dir

    with TemporaryDirectory(prefix="fmplang-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # its own default


def same(a: Plan, b: Plan) -> bool:
    return type(a) is type(b) and bool(a == b)


def _at(edges: tuple[Plan, ...], depth: int) -> Plan:
    return edges[min(depth, len(edges) - 1)] if edges else None
