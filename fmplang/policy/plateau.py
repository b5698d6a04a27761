"""How likely two backends are to disagree on a call: Bayesian logistic regression with a floor and a plateau.

    P(differ | s, phi) = lo + (hi - lo) * sigmoid(phi . (w + u[s]))
    w ~ N(0, tau_w^2 I) shared by all sites of a primitive, u[s] ~ N(0, tau_u^2 I) of one site (its bias looser)

A weak backend that is lost on hard inputs is still right by luck on some of them, and a strong one errs on easy ones: a
plain logistic curve has no room for that, and pays for it exactly where decisions are made, at small probabilities.

The fit is the posterior's mode by damped Fisher scoring over a bounded window of observations, from the last mode on;
it is done again when a twelfth more has been seen. The spread is Laplace's: the inverse Fisher information at the
mode.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

WINDOW = 4096  # observations kept; the oldest make room
_LOWEST, _MIDDLE = 0.4, 0.4  # lo is in (0, 0.4), hi in (0.4, 1)
_FREEZE = 200  # observations after which the features' scale no longer moves
_ROUNDS = 12


class Plateau:
    """One pair of backends of one primitive. `size` is the number of features, without the bias."""

    def __init__(self, size: int, tau_w: float = 2.0, tau_u: float = 0.15, tau_bias: float = 0.4) -> None:
        self.size = size
        self.tau_w, self.tau_u, self.tau_bias = tau_w, tau_u, tau_bias
        self.sites: dict[str, int] = {}
        self.count = 0  # observations kept
        self.seen = 0  # observations ever
        self._next = 0  # where the next one goes
        self._fitted = 0  # `seen` at the last fit
        self._heavy = 0.0  # the weight of what was kept then
        self._x = np.zeros((64, size + 1))
        self._y = np.zeros(64)
        self._weight = np.zeros(64)
        self._site = np.zeros(64, dtype=np.int64)
        self._centre, self._spread = np.zeros(size), np.ones(size)
        self._ends = np.array([-3.0, 1.0])  # lo and hi on their own scales
        self._told: tuple[float, float] | None = None
        self._mode = np.zeros((1, size + 1))  # row 0 is w, row s + 1 is u[s]
        self._per_site: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._shared: tuple[np.ndarray, np.ndarray] = (np.zeros(size + 1), np.diag(self._prior_w() + self._prior_u()))

    # ---------------------------------------------------------------- learning

    def add(self, site: str, features: np.ndarray, differs: bool, weight: float = 1.0) -> None:
        """One comparison of the two backends on the same request."""
        if self._next >= len(self._y) and len(self._y) < WINDOW:
            self._grow()
        index = self._next % len(self._y)
        self._x[index, 0] = 1.0
        self._x[index, 1:] = features
        self._y[index] = differs
        self._weight[index] = weight
        self._site[index] = self.sites.setdefault(site, len(self.sites))
        self._next = index + 1
        self.count = min(self.count + 1, WINDOW)
        self.seen += 1

    @property
    def weight(self) -> float:
        """Observations kept, the tempered ones in part."""
        return float(self._weight[:self.count].sum())

    def due(self) -> bool:
        return self.seen - self._fitted >= max(6.0, self._heavy / 12)

    def temper(self, factor: float) -> None:
        """Makes all that was seen so far count less: the world has changed."""
        self._weight[:self.count] *= factor
        self._heavy *= factor
        self._fitted = min(self._fitted, max(0, self.seen - 6))

    def fit(self) -> None:
        """Moves to the posterior's mode. Costs count * size^2 operations a round."""
        count, width = self.count, self.size + 1
        if self._fitted < _FREEZE:
            raw = self._x[:count, 1:]
            self._centre = raw.mean(axis=0)
            spread = raw.std(axis=0)
            self._spread = np.where(spread > 1e-6 * (1 + np.abs(self._centre)), spread, np.inf)
        z = self._scaled(self._x[:count])
        places = len(self.sites)
        mode = np.zeros((places + 1, width))
        mode[:len(self._mode)] = self._mode
        rows = [np.flatnonzero(self._site[:count] == s) for s in range(places)]
        precision = 1.0 / np.concatenate([self._prior_w()] + [self._prior_u()] * places)
        self._mode, self._ends, covariance = _climb(z, self._y[:count], self._weight[:count], rows, mode, self._ends,
                                                    precision)
        self._fitted, self._heavy = self.seen, self.weight
        self._told = None
        self._summarise(covariance)

    # --------------------------------------------------------------- answering

    def score(self, site: str, features: np.ndarray) -> tuple[float, float]:
        """Mean and standard deviation of phi . (w + u[s])."""
        z = np.empty(self.size + 1)
        z[0] = 1.0
        np.divide(features - self._centre, self._spread, out=z[1:])
        np.minimum(z, 4.0, out=z)
        np.maximum(z, -4.0, out=z)
        mean, covariance = self._per_site.get(site, self._shared)
        return float(z @ mean), math.sqrt(max(float(z @ covariance @ z), 0.0))

    @property
    def ends(self) -> tuple[float, float]:
        """lo and hi."""
        if self._told is None:
            self._told = _ends(self._ends)
        return self._told

    # ------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        return {
            "x": self._x[:self.count].copy(), "y": self._y[:self.count].copy(),
            "weight": self._weight[:self.count].copy(), "site": self._site[:self.count].copy(),
            "centre": self._centre.copy(), "spread": self._spread.copy(), "ends": self._ends.copy(),
            "mode": self._mode.copy(), "sites": list(self.sites), "seen": self.seen, "next": self._next,
            "fitted": self._fitted, "heavy": self._heavy, "known": list(self._per_site),
            "means": np.array([m for m, _ in [self._shared, *self._per_site.values()]]),
            "covariances": np.array([c for _, c in [self._shared, *self._per_site.values()]]),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.count = len(state["y"])
        room = 64
        while room < self.count:
            room *= 2
        self._x, self._y = np.zeros((room, self.size + 1)), np.zeros(room)
        self._weight, self._site = np.zeros(room), np.zeros(room, dtype=np.int64)
        self._x[:self.count], self._y[:self.count] = state["x"], state["y"]
        self._weight[:self.count], self._site[:self.count] = state["weight"], state["site"]
        self._centre, self._spread = np.array(state["centre"]), np.array(state["spread"])
        self._ends, self._mode, self._told = np.array(state["ends"]), np.array(state["mode"]), None
        self.sites = {site: index for index, site in enumerate(state["sites"])}
        self.seen, self._next, self._fitted = int(state["seen"]), int(state["next"]), int(state["fitted"])
        self._heavy = float(state["heavy"])
        pairs = [(np.array(m), np.array(c)) for m, c in zip(state["means"], state["covariances"], strict=True)]
        self._shared = pairs[0]
        self._per_site = dict(zip(state["known"], pairs[1:], strict=True))

    # ---------------------------------------------------------------- in detail

    def _prior_w(self) -> np.ndarray:
        made = np.full(self.size + 1, self.tau_w ** 2)
        made[0] = 4.0
        return made

    def _prior_u(self) -> np.ndarray:
        made = np.full(self.size + 1, self.tau_u ** 2)
        made[0] = self.tau_bias ** 2
        return made

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        made = x.copy()
        made[:, 1:] = np.clip((x[:, 1:] - self._centre) / self._spread, -4.0, 4.0)
        return made

    def _summarise(self, covariance: np.ndarray) -> None:
        """Mean and covariance of w + u[s], for every site and for one not seen yet."""
        width = self.size + 1
        block = covariance[:width, :width]
        self._shared = (self._mode[0].copy(), block + np.diag(self._prior_u()))
        self._per_site = {}
        for site, index in self.sites.items():
            own = slice((index + 1) * width, (index + 2) * width)
            cross = covariance[:width, own]
            self._per_site[site] = (self._mode[0] + self._mode[index + 1],
                                    block + covariance[own, own] + cross + cross.T)

    def _grow(self) -> None:
        room = min(2 * len(self._y), WINDOW)
        for name in ("_x", "_y", "_weight", "_site"):
            old = getattr(self, name)
            new = np.zeros((room, *old.shape[1:]), dtype=old.dtype)
            new[:len(old)] = old
            setattr(self, name, new)


def sigmoid(x: np.ndarray) -> np.ndarray:
    made: np.ndarray = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(x, -30.0), 30.0)))
    return made


def _ends(ends: np.ndarray) -> tuple[float, float]:
    low, high = sigmoid(ends)
    return float(_LOWEST * low), float(_MIDDLE + (1 - _MIDDLE) * high)


def _objective(scores: np.ndarray, y: np.ndarray, weight: np.ndarray, mode: np.ndarray, ends: np.ndarray,
               precision: np.ndarray) -> float:
    low, high = _ends(ends)
    p = np.clip(low + (high - low) * sigmoid(scores), 1e-9, 1 - 1e-9)
    likelihood = float(weight @ np.where(y > 0.5, np.log(p), np.log1p(-p)))
    flat = mode.ravel()
    return likelihood - 0.5 * float(precision @ (flat * flat)) - 0.5 * float((ends[0] + 3) ** 2 + (ends[1] - 1) ** 2)


def _climb(z: np.ndarray, y: np.ndarray, weight: np.ndarray, rows: list[np.ndarray], mode: np.ndarray,
           ends: np.ndarray, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mode, the ends and the covariance of the weights there."""
    width, total = z.shape[1], mode.size
    information = np.zeros((total + 2, total + 2))
    damping = 1e-3
    parts = [z[own] for own in rows]

    def scores_of(candidate: np.ndarray) -> np.ndarray:
        made = z @ candidate[0]
        for own, part, one in zip(rows, parts, candidate[1:], strict=True):
            made[own] += part @ one
        return np.asarray(made)

    scores = scores_of(mode)
    best = _objective(scores, y, weight, mode, ends, precision)
    for _ in range(_ROUNDS):
        low, high = _ends(ends)
        s = sigmoid(scores)
        p = np.clip(low + (high - low) * s, 1e-9, 1 - 1e-9)
        curve = weight / (p * (1 - p))
        pull = curve * (y - p)
        slope = (high - low) * s * (1 - s)
        lows, highs = sigmoid(ends)
        to_low = (1 - s) * _LOWEST * lows * (1 - lows)
        to_high = s * (1 - _MIDDLE) * highs * (1 - highs)
        sides = np.stack([to_low, to_high], axis=1)
        gradient = np.zeros(total + 2)
        information[:] = 0.0
        for index, (own, part) in enumerate(zip(rows, parts, strict=True)):
            block = slice((index + 1) * width, (index + 2) * width)
            gradient[block] = part.T @ (pull[own] * slope[own])
            information[block, block] = (part * (curve[own] * slope[own] ** 2)[:, None]).T @ part
            information[block, total:] = part.T @ ((curve[own] * slope[own])[:, None] * sides[own])
            gradient[:width] += gradient[block]
            information[:width, :width] += information[block, block]
            information[:width, block] = information[block, block]
            information[block, :width] = information[block, block]
            information[:width, total:] += information[block, total:]
        information[total:, :total] = information[:total, total:].T
        information[total:, total:] = (sides * curve[:, None]).T @ sides + np.eye(2)
        gradient[total:] = sides.T @ pull - (ends - np.array([-3.0, 1.0]))
        gradient[:total] -= precision * mode.ravel()
        information[np.arange(total), np.arange(total)] += precision
        better = False
        for _ in range(6):
            damped = information + damping * np.diag(np.diag(information))
            step = np.linalg.solve(damped, gradient)
            step *= min(1.0, 4.0 / max(1e-12, float(np.abs(step).max())))
            new_mode, new_ends = mode + step[:total].reshape(mode.shape), ends + step[total:]
            new_scores = scores_of(new_mode)
            value = _objective(new_scores, y, weight, new_mode, new_ends, precision)
            if value > best - 1e-12:
                better = value > best + 1e-3
                mode, ends, scores, best = new_mode, new_ends, new_scores, value
                damping = max(damping / 10, 1e-6)
                break
            damping *= 10
        if not better:
            break
    return mode, ends, np.linalg.inv(information)[:total, :total]
