"""Logged runs as off-policy estimation sees them: decisions with both policies' chances, costs, and an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Step:
    """One decision. `arms` are backends by name; `logged` and `target` are the two policies' chances of each.

    `taken` is the arm that was drawn from `logged`. `cost` is what its answer cost and `beside` what the target pays
    at this decision whatever arm it draws (its shadows), both as shares of the program's dearest pass. `features` is
    what the value model sees, or None.
    """

    site: str
    arms: tuple[str, ...]
    taken: int
    logged: tuple[float, ...]
    target: tuple[float, ...]
    cost: float
    beside: float = 0.0
    features: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A run: its decisions in their order, and its outcome U, which comes after all of them; None where it has none.

    `spent` is all that the run cost, the logged policy's shadows included; None where its steps' costs are all.
    """

    steps: tuple[Step, ...]
    outcome: float | None = None
    spent: float | None = None


class Laid:
    """The decisions of many runs in flat arrays, run after run. N decisions, n runs, A arms at most.

    `run` and `place` (N): which run, which decision of it. `first` (n + 1): where a run's decisions begin. `chance`
    and `wanted` (N x A): the logged and the target's chances, 0 past a decision's arms. `before` and `after` (N): the
    run's importance weight without and with this decision. `weight` (n): with all of them. `outcome` (n): nan where
    there is none. `spent` (n): what the logged run cost.
    """

    def __init__(self, runs: Sequence[Trajectory]) -> None:
        steps = [step for run in runs for step in run.steps]
        count = len(steps)
        wide = max((len(step.arms) for step in steps), default=1)
        self.runs = len(runs)
        lengths = np.array([len(run.steps) for run in runs], dtype=np.int64)
        self.first = np.concatenate(([0], np.cumsum(lengths)))
        self.run = np.repeat(np.arange(len(runs)), lengths)
        self.place = np.arange(count) - self.first[self.run]
        self.taken = np.array([step.taken for step in steps], dtype=np.int64)
        self.chance, self.wanted = np.zeros((count, wide)), np.zeros((count, wide))
        for row, step in enumerate(steps):
            self.chance[row, :len(step.logged)] = step.logged
            self.wanted[row, :len(step.target)] = step.target
        self.cost = np.array([step.cost for step in steps], dtype=float)
        self.beside = np.array([step.beside for step in steps], dtype=float)
        self.outcome = np.array([np.nan if run.outcome is None else run.outcome for run in runs], dtype=float)
        self.steps = steps
        self.spent = np.array([sum(step.cost for step in run.steps) if run.spent is None else run.spent
                               for run in runs], dtype=float)
        here = np.arange(count)
        ratio = self.wanted[here, self.taken] / self.chance[here, self.taken] if count else np.zeros(0)
        self.before, self.after, self.weight = np.ones(count), np.ones(count), np.ones(len(runs))
        for index in range(len(runs)):
            start, end = self.first[index], self.first[index + 1]
            if end > start:
                self.after[start:end] = np.cumprod(ratio[start:end])
                self.before[start + 1:end] = self.after[start:end - 1]
                self.weight[index] = self.after[end - 1]

    @property
    def judged(self) -> np.ndarray:
        """n booleans: which runs have an outcome."""
        made: np.ndarray = ~np.isnan(self.outcome)
        return made

    def by_run(self, values: np.ndarray) -> np.ndarray:
        """n sums of N numbers."""
        return np.bincount(self.run, weights=values, minlength=self.runs)

    def unsupported(self) -> np.ndarray:
        """n: an unbiased estimate of the chance that the target comes to an arm whose logged chance was 0."""
        return self.by_run(self.before * np.where(self.chance > 0, 0.0, self.wanted).sum(axis=1))

    def spread(self) -> np.ndarray:
        """n: the second moment of each run's weight, told from the chances alone and not from what was drawn.

        The product over the run's decisions of sum_a target(a)^2 / logged(a), each the second moment of that decision's
        factor given what was before it. Its mean is E[W_H^2] where what a run comes to does not hang on the arms taken,
        and near it otherwise; unlike the squares of the weights themselves it does not miss the rare, large ones.
        """
        squares = np.divide(self.wanted ** 2, self.chance, out=np.zeros_like(self.wanted), where=self.chance > 0)
        sums = np.log(np.maximum(squares.sum(axis=1), 1.0))
        made: np.ndarray = np.exp(np.minimum(self.by_run(sums), 300.0))
        return made
