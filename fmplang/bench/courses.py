"""Static configurations and the oracle where a program loops, or its course depends on more than yes and no.

Answers are drawn by hash, so on one input the course of a run depends on the arms alone. Courses are kept as a tree
per input: arms with the same answer share a branch, and only a branch that was never taken is run by the interpreter.

The oracle takes at each call the arm with the best  -v[s] * (errors it is expected to make) - lambda * (its price),
where v[s], what an error at the site s costs, is one number a site, found by coordinate ascent on the stream itself;
the best static configuration where that is better. It knows the true difficulty of every call, and not how far the run
has come: a lower bound of what routing by difficulty can reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fmplang.bench.reference import Configuration, Played, scale_of, statics
from fmplang.bench.simulation import Stream
from fmplang.runtime.program import Program
from fmplang.runtime.replay import alike
from fmplang.runtime.requests import Finished, Group, Request

_WORTHS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.5, 3.0, 1e6)
_SWEEPS = 3


class _Call:
    """A call on some course: by arm the price as a share, the expected errors, the answer and the branch it leads to;
    arms with one answer lead to the same."""

    __slots__ = ("after", "branch", "errors", "prices", "site", "values")

    def __init__(self, site: str, prices: np.ndarray, errors: np.ndarray, values: list[Any]) -> None:
        self.site, self.prices, self.errors, self.values = site, prices, errors, values
        self.branch = [next(j for j, other in enumerate(values) if alike(value, other)) for value in values]
        self.after: dict[int, _Call | _End] = {}


class _End:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Run:
    """An execution that hands out one request at a time, those of a group too."""

    def __init__(self, execution: Any) -> None:
        self._execution = execution
        self._waiting: list[Request] = []
        self._answers: list[Any] = []
        self._grouped = False

    def next(self) -> Request | Finished:
        if not self._waiting:
            step = self._execution.advance()
            if isinstance(step, Finished):
                return step
            self._grouped = isinstance(step, Group)
            self._waiting = list(step.requests) if isinstance(step, Group) else [step]
            self._answers = []
        return self._waiting[0]

    def answer(self, value: Any) -> None:
        self._waiting.pop(0)
        self._answers.append(value)
        if not self._waiting:
            self._execution.answer(self._answers if self._grouped else value)


Rule = Callable[[_Call], int]


class Courses:
    """A reference (reference.py) by the interpreter's own courses."""

    def __init__(self, stream: Stream, program: Program) -> None:
        self.stream, self.program = stream, program
        self.scale = scale_of(stream, program)
        self.arms = {site.id: len(stream.pools[site.function.capability]) for site in program.sites()}
        self.interpreted = 0  # runs that the interpreter made
        self.labels = [self._truth(index) for index in range(stream.count)]
        self._roots: list[_Call | _End | None] = [None] * stream.count

    def play(self, configuration: Configuration) -> Played:
        return self.play_by(lambda call: configuration[call.site])

    def play_by(self, rule: Rule) -> Played:
        """An arm for every call."""
        count = self.stream.count
        utility, cost, values = np.zeros(count), np.zeros(count), []
        for index in range(count):
            value, spent = self._follow(index, rule)
            utility[index], cost[index] = float(value == self.labels[index]), spent
            values.append(value)
        return Played(utility, cost, values)

    def oracle(self, trade_off: float) -> Played:
        def rule(call: _Call) -> int:
            return int((worth[call.site] * call.errors + trade_off * call.prices).argmin())

        def net(played: Played) -> float:
            return float(played.net(trade_off).mean())

        worth = dict.fromkeys(self.arms, 0.5)
        best = self.play_by(rule)
        for _ in range(_SWEEPS):
            before = net(best)
            for site in self.arms:
                kept = worth[site]
                for trial in _WORTHS:
                    worth[site] = trial
                    played = self.play_by(rule)
                    if net(played) > net(best):
                        best, kept = played, trial
                worth[site] = kept
            if net(best) <= before:
                break
        return max([best, *(played for _, played in statics(self))], key=net)

    def _follow(self, index: int, rule: Rule) -> tuple[Any, float]:
        node, spent = self._roots[index], 0.0
        course: list[Any] = []
        run: _Run | None = None
        if node is None:
            run = self._begin(index)
            node = self._roots[index] = self._node(index, run)
        while isinstance(node, _Call):
            arm = rule(node)
            spent += float(node.prices[arm])
            branch = node.branch[arm]
            value = node.values[branch]
            following = node.after.get(branch)
            if following is None:
                if run is None:
                    run = self._begin(index)
                    for earlier in course:
                        run.next()
                        run.answer(earlier)
                    run.next()
                run.answer(value)
                following = node.after[branch] = self._node(index, run)
            course.append(value)
            node = following
        return node.value, spent

    def _begin(self, index: int) -> _Run:
        self.interpreted += 1
        return _Run(self.program.start(self.stream.inputs(index)))

    def _node(self, index: int, run: _Run) -> _Call | _End:
        step = run.next()
        if isinstance(step, Finished):
            return _End(step.value)
        tiers = [self.stream.standing_in(index, step.capability, arm)
                 for arm in range(len(self.stream.pools[step.capability]))]
        return _Call(step.site.id, np.array([tier.cost for tier in tiers]) / self.scale,
                     np.array([self.stream.errors(index, step, tier) for tier in tiers]),
                     [self.stream.answer(index, step, tier) for tier in tiers])

    def _truth(self, index: int) -> Any:
        run = self._begin(index)
        while not isinstance(step := run.next(), Finished):
            run.answer(self.stream.answer(index, step, None))
        return step.value
