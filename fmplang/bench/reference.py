"""What a policy is measured against on a simulated stream: every static configuration, and an oracle.

Both are computed on the program's unfolded tree of calls, exactly, with arrays over inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from fmplang.bench.simulation import Node, Scenario, Stream, Tier

Configuration = Mapping[str, int]  # site to arm


@dataclass(frozen=True)
class Played:
    """Per input: whether the final value was right (U), and the cost as a share of the dearest pass (C)."""

    utility: np.ndarray
    cost: np.ndarray

    def net(self, trade_off: float) -> np.ndarray:
        made: np.ndarray = self.utility - trade_off * self.cost
        return made


class Table:
    """Every backend's answer on every input and call of the tree, and the truth."""

    def __init__(self, stream: Stream, tree: Node | bool) -> None:
        assert isinstance(tree, Node)
        self.stream, self.tree = stream, tree
        self.nodes = _nodes(tree)
        count = stream.count
        self.truth = {n.site: np.array([stream.true(i, n.question) for i in range(count)]) for n in self.nodes}
        self.hardness = {n.site: np.array([stream.call_difficulty(i, n.question) for i in range(count)])
                         for n in self.nodes}
        self.answers = {n.site: [np.array([stream.believed(i, n.question, tier) for i in range(count)])
                                 for tier in stream.scenario.tiers[n.capability]] for n in self.nodes}
        self.scale = scale_of(stream.scenario, tree)
        self.label = _final(tree, lambda n: self.truth[n.site], count)

    def play(self, arms: Mapping[str, np.ndarray | int]) -> Played:
        """`arms` by site: one for all inputs, or one for each."""
        count = self.stream.count
        cost = np.zeros(count)

        def answer(node: Node, here: np.ndarray) -> np.ndarray:
            chosen = np.broadcast_to(np.asarray(arms[node.site]), (count,))
            prices = np.array([tier.cost for tier in self.stream.scenario.tiers[node.capability]]) / self.scale
            cost[here] += prices[chosen[here]]
            return np.asarray(np.choose(chosen, self.answers[node.site]))

        final = _walk(self.tree, answer, np.ones(count, dtype=bool), count)
        return Played((final == self.label).astype(float), cost)

    def statics(self) -> list[tuple[Configuration, Played]]:
        """All static configurations, one arm a site."""
        sites = [n.site for n in self.nodes]
        pools = [range(len(self.stream.scenario.tiers[n.capability])) for n in self.nodes]
        return [(dict(zip(sites, arms, strict=True)), self.play(dict(zip(sites, arms, strict=True))))
                for arms in product(*pools)]

    def oracle(self, trade_off: float) -> Played:
        """Routes every input by the true difficulty of each of its calls: the configuration of best expected net."""
        sites = [n.site for n in self.nodes]
        pools = [range(len(self.stream.scenario.tiers[n.capability])) for n in self.nodes]
        best = np.full(self.stream.count, -np.inf)
        chosen = {site: np.zeros(self.stream.count, dtype=np.int64) for site in sites}
        for arms in product(*pools):
            value = self._expected(dict(zip(sites, arms, strict=True)), trade_off)
            better = value > best
            best[better] = value[better]
            for site, arm in zip(sites, arms, strict=True):
                chosen[site][better] = arm
        return self.play(chosen)

    def _expected(self, arms: Configuration, trade_off: float) -> np.ndarray:
        """Expected net utility of a configuration for each input, over truths and answers, given the difficulties."""
        scenario = self.stream.scenario
        total = np.zeros(self.stream.count)
        for held in product((True, False), repeat=len(self.nodes)):
            truth = dict(zip([n.site for n in self.nodes], held, strict=True))
            weight = float(np.prod([scenario.rates[n.question] if truth[n.site] else 1 - scenario.rates[n.question]
                                    for n in self.nodes]))
            label = _course(self.tree, truth)
            total += weight * self._value(self.tree, arms, truth, label, trade_off)
        return total

    def _value(self, node: Node | bool, arms: Configuration, truth: Mapping[str, bool], label: bool,
               trade_off: float) -> Any:
        if isinstance(node, bool):
            return float(node == label)
        tier = self.stream.scenario.tiers[node.capability][arms[node.site]]
        wrong = tier.error(self.hardness[node.site])
        yes = 1 - wrong if truth[node.site] else wrong
        return (yes * self._value(node.yes, arms, truth, label, trade_off)
                + (1 - yes) * self._value(node.no, arms, truth, label, trade_off) - trade_off * tier.cost / self.scale)


def scale_of(scenario: Scenario, tree: Node | bool) -> float:
    """The cost of the program's dearest single pass: its longest course, every call at its dearest backend."""
    if isinstance(tree, bool):
        return 0.0
    tiers: tuple[Tier, ...] = tuple(scenario.tiers[tree.capability])
    return max(tier.cost for tier in tiers) + max(scale_of(scenario, tree.yes), scale_of(scenario, tree.no))


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
