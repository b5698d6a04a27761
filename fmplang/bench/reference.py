"""What a policy is measured against on a simulated stream: every static configuration, and an oracle.

The oracle routes by the true difficulty of every call, which no policy sees; it sees no answers. Where the course of
the program depends on yes/no answers alone, all is computed on its unfolded tree of calls with arrays over inputs
(Tree); otherwise on the courses that the real interpreter takes (courses.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np

from fmplang.bench.simulation import Stream, Tier, question_of
from fmplang.host.scale import program_pass
from fmplang.runtime.program import Program

Configuration = Mapping[str, int]  # site to an arm of the scenario's pool


@dataclass(frozen=True)
class Played:
    """Per input: whether the final value was right (U), the cost as a share of the dearest pass (C), the value."""

    utility: np.ndarray
    cost: np.ndarray
    values: Sequence[Any] = ()

    def net(self, trade_off: float) -> np.ndarray:
        made: np.ndarray = self.utility - trade_off * self.cost
        return made


class Reference(Protocol):
    """`labels` are the right final values by input, `scale` the cost of the program's dearest pass, `arms` how many
    backends each site has. A backend that is not offered at an input is stood in for by the dearest that is."""

    labels: list[Any]
    scale: float
    arms: dict[str, int]

    def play(self, configuration: Configuration) -> Played: ...

    def oracle(self, trade_off: float) -> Played: ...


def reference_of(stream: Stream, program: Program) -> Reference:
    """The fast one where it serves."""
    from fmplang.bench.courses import Courses

    if stream.scenario.tiles == 1 and not stream.scenario.answers:
        return Tree(stream, program)
    return Courses(stream, program)


def statics(reference: Reference) -> list[tuple[Configuration, Played]]:
    """All static configurations, one arm a site."""
    sites = list(reference.arms)
    every = product(*(range(count) for count in reference.arms.values()))
    made = (dict(zip(sites, arms, strict=True)) for arms in every)
    return [(configuration, reference.play(configuration)) for configuration in made]


def scale_of(stream: Stream, program: Program) -> float:
    """The cost of the program's dearest single pass, as the host computes it, at the scenario's own prices."""
    return program_pass(program.typed, lambda function: max(
        tier.cost for tier in stream.scenario.tiers[function.capability]))


@dataclass(frozen=True)
class Node:
    """A call of a program whose course depends on yes/no answers alone; `yes` and `no` lead on, or are final values."""

    site: str
    capability: str
    question: str
    yes: Node | bool
    no: Node | bool


def unfold(start: Callable[[], Any], stream: Stream) -> Node | bool:
    """The program's whole tree of calls, found by running it with every course of answers."""

    def follow(course: tuple[bool, ...]) -> Node | bool:
        execution = start()
        step = execution.advance()
        for held in course:
            request = step.requests[0] if hasattr(step, "requests") else step
            value = ([stream.images[0]] if held else []) if request.capability == "detect" else held
            execution.answer([value] if hasattr(step, "requests") else value)
            step = execution.advance()
        if hasattr(step, "value"):
            return bool(step.value)
        request = step.requests[0] if hasattr(step, "requests") else step
        return Node(request.site.id, request.capability, question_of(request),
                    follow((*course, True)), follow((*course, False)))

    return follow(())


class Tree:
    """Every backend's answer on every input and call of the unfolded tree, and the truth."""

    def __init__(self, stream: Stream, program: Program) -> None:
        tree = unfold(lambda: program.start(stream.inputs(0)), stream)
        assert isinstance(tree, Node)
        self.stream, self.tree = stream, tree
        self.nodes = _nodes(tree)
        count = stream.count
        self.arms = {n.site: len(stream.pools[n.capability]) for n in self.nodes}
        self.tiers = {c: [[stream.standing_in(i, c, arm) for i in range(count)] for arm in range(len(pool))]
                      for c, pool in stream.pools.items()}
        self.truth = {n.site: np.array([stream.held(i, n.question, None) for i in range(count)]) for n in self.nodes}
        self.hardness = {n.site: np.array([stream.call_difficulty(i, n.question) for i in range(count)])
                         for n in self.nodes}
        self.answers = {n.site: [np.array([stream.held(i, n.question, tier) for i, tier in enumerate(tiers)])
                                 for tiers in self.tiers[n.capability]] for n in self.nodes}
        self.errors = {n.site: [_errors(tiers, self.hardness[n.site]) for tiers in self.tiers[n.capability]]
                       for n in self.nodes}
        self.scale = scale_of(stream, program)
        self.prices = {c: np.array([[tier.cost for tier in tiers] for tiers in pool]) / self.scale
                       for c, pool in self.tiers.items()}
        self.label = _final(tree, lambda n: self.truth[n.site], count)
        self.labels: list[Any] = self.label.tolist()

    def play(self, configuration: Mapping[str, np.ndarray | int]) -> Played:
        """An arm by site, one for all inputs or one for each."""
        count = self.stream.count
        cost = np.zeros(count)

        def answer(node: Node, here: np.ndarray) -> np.ndarray:
            chosen = np.broadcast_to(np.asarray(configuration[node.site]), (count,))
            cost[here] += self.prices[node.capability][chosen[here], here]
            return np.asarray(np.choose(chosen, self.answers[node.site]))

        final = _walk(self.tree, answer, np.ones(count, dtype=bool), count)
        return Played((final == self.label).astype(float), cost, final.tolist())

    def oracle(self, trade_off: float) -> Played:
        """For every input the configuration of best expected net utility, given the difficulties."""
        best = np.full(self.stream.count, -np.inf)
        chosen = {site: np.zeros(self.stream.count, dtype=np.int64) for site in self.arms}
        for arms in product(*(range(count) for count in self.arms.values())):
            value = self.expected(dict(zip(self.arms, arms, strict=True)), trade_off)
            better = value > best
            best[better] = value[better]
            for site, arm in zip(self.arms, arms, strict=True):
                chosen[site][better] = arm
        return self.play(chosen)

    def expected(self, arms: Configuration, trade_off: float) -> np.ndarray:
        """Expected net utility of a configuration for each input, over truths and answers, given the difficulties."""
        rates = self.stream.scenario.rates
        total = np.zeros(self.stream.count)
        for held in product((True, False), repeat=len(self.nodes)):
            truth = dict(zip([n.site for n in self.nodes], held, strict=True))
            weight = float(np.prod([rates[n.question] if truth[n.site] else 1 - rates[n.question]
                                    for n in self.nodes]))
            label = _course(self.tree, truth)
            total += weight * self._value(self.tree, arms, truth, label, trade_off)
        return total

    def _value(self, node: Node | bool, arms: Configuration, truth: Mapping[str, bool], label: bool,
               trade_off: float) -> Any:
        if isinstance(node, bool):
            return float(node == label)
        arm = arms[node.site]
        wrong = self.errors[node.site][arm]
        yes = 1 - wrong if truth[node.site] else wrong
        return (yes * self._value(node.yes, arms, truth, label, trade_off)
                + (1 - yes) * self._value(node.no, arms, truth, label, trade_off)
                - trade_off * self.prices[node.capability][arm])


def _errors(tiers: Sequence[Tier], hardness: np.ndarray) -> np.ndarray:
    """By input, where few kinds of the backend take turns."""
    made = np.empty(len(tiers))
    for kind in set(tiers):
        here = np.array([tier == kind for tier in tiers])
        made[here] = kind.error(hardness[here])
    return made


def _nodes(tree: Node | bool) -> list[Node]:
    found: dict[str, Node] = {}

    def visit(node: Node | bool) -> None:
        if isinstance(node, Node):
            found.setdefault(node.site, node)
            visit(node.yes)
            visit(node.no)

    visit(tree)
    return list(found.values())


def _course(node: Node | bool, truth: Mapping[str, bool]) -> bool:
    while isinstance(node, Node):
        node = node.yes if truth[node.site] else node.no
    return node


def _final(tree: Node | bool, answer: Any, count: int) -> np.ndarray:
    return _walk(tree, lambda node, here: answer(node), np.ones(count, dtype=bool), count)


def _walk(tree: Node | bool, answer: Any, here: np.ndarray, count: int) -> np.ndarray:
    if isinstance(tree, bool):
        return np.full(count, tree)
    held = answer(tree, here)
    yes = _walk(tree.yes, answer, here & held, count)
    no = _walk(tree.no, answer, here & ~held, count)
    return np.where(held, yes, no)
