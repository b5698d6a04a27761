"""Measures of trials: how often right, whether confidence keeps its word, and whether it tells right from wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fmplang.zoo.trials import Trial

EASY, HARD = 0.3, 0.6  # scenes below are easy, scenes above are hard
_BINS = 15


def accuracy(trials: Sequence[Trial]) -> float | None:
    """The share of right answers; None of nothing."""
    return sum(trial.right for trial in trials) / len(trials) if trials else None


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error (Naeini and others, 2015): the mean gap between confidence and rightness over bins
    that hold equally many answers, weighed by their number."""
    if not len(confidence):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(_BINS, max(1, len(order) // 20)))
    return float(sum(abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts) / len(order))


def auc(confidence: np.ndarray, right: np.ndarray) -> float | None:
    """The chance that a right answer is surer than a wrong one, ties counting half; None where all are alike."""
    good, bad = confidence[right], confidence[~right]
    if not len(good) or not len(bad):
        return None
    both = np.concatenate([good, bad])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    ranks = (ends - (count - 1) / 2)[place]
    return float((ranks[: len(good)].sum() - len(good) * (len(good) + 1) / 2) / (len(good) * len(bad)))


def easy(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.difficulty < EASY]


def hard(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.difficulty > HARD]
