"""Bayesian linear regression with a known noise level, one observation at a time; targets share one covariance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


class Gaussian:
    """Weights ~ N(0, diag(prior)); targets = x . weights + N(0, noise^2). `prior` are variances, `targets` how many."""

    def __init__(self, prior: np.ndarray, noise: float, targets: int = 1) -> None:
        self.mean = np.zeros((len(prior), targets))
        self.covariance = np.diag(prior)
        self.noise = noise

    def add(self, x: np.ndarray, y: np.ndarray, weight: float = 1.0) -> None:
        """One observation; `y` has one number per target. Costs len(x)^2 operations."""
        if weight <= 0:
            return
        pull = self.covariance @ x
        scale = self.noise ** 2 / weight + float(pull @ x)
        self.mean += np.outer(pull / scale, y - x @ self.mean)
        self.covariance -= np.outer(pull, pull / scale)

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """The mean of each target, and the standard deviation of x . weights."""
        return x @ self.mean, float(np.sqrt(max(float(x @ self.covariance @ x), 0.0)))

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean.copy(), "covariance": self.covariance.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        self.mean, self.covariance = np.array(state["mean"]), np.array(state["covariance"])


class Scale:
    """Running means and deviations of features; moves for the first `until` vectors, then stays."""

    def __init__(self, size: int, until: int = 100) -> None:
        self.count, self.until = 0, until
        self.total, self.squares = np.zeros(size), np.zeros(size)

    def add(self, features: np.ndarray) -> None:
        if self.count < self.until:
            self.count += 1
            self.total += features
            self.squares += features * features

    def apply(self, features: np.ndarray) -> np.ndarray:
        """A leading 1, then the features centred, scaled, cut at 4 and shrunk so that together they weigh as one."""
        made = np.empty(len(features) + 1)
        made[0] = 1.0
        if self.count < 2:
            made[1:] = 0.0
            return made
        mean = self.total / self.count
        spread = np.sqrt(np.maximum(self.squares / self.count - mean * mean, 0.0))
        live = spread > 1e-6 * (1 + np.abs(mean))
        made[1:] = np.where(live, np.clip((features - mean) / np.where(live, spread, 1.0), -4.0, 4.0), 0.0)
        made[1:] /= np.sqrt(max(int(live.sum()), 1))
        return made

    def state(self) -> dict[str, Any]:
        return {"count": self.count, "total": self.total.copy(), "squares": self.squares.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        self.count = int(state["count"])
        self.total, self.squares = np.array(state["total"]), np.array(state["squares"])


def scaled(scale: Scale | None, features: np.ndarray) -> np.ndarray:
    """What `scale` makes of the features; before anything was seen, of a scale that has seen nothing."""
    return (scale or Scale(len(features))).apply(features)


def seen(scale: Scale | None, vectors: Iterable[Sequence[float] | None]) -> Scale | None:
    """The scale with more vectors seen; None where there never was one."""
    for features in vectors:
        if features is not None:
            scale = scale or Scale(len(features))
            scale.add(np.array(features))
    return scale


def shares(gains: np.ndarray, floor: float) -> np.ndarray:
    """How often each column (arm) is the best over rows (samples), mixed with `floor` spread over all arms."""
    samples, arms = gains.shape
    made: np.ndarray = (1 - floor) * np.bincount(gains.argmax(axis=1), minlength=arms) / samples + floor / arms
    return made


def draw(chances: np.ndarray, rng: np.random.Generator) -> int:
    """An index with these chances."""
    return int(np.searchsorted(np.cumsum(chances)[:-1], rng.random() * float(chances.sum()), side="right"))
