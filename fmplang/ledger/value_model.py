"""What is to come from a decision on, under the target policy: the model that doubly robust estimates lean on.

    q(s, a, phi) = E[ what follows the decision at site s when arm a is taken ] = m(s) + phi . ( u(s) + w(s, a) )

a ridge regression for each site and one of its residuals for each arm there,
fitted by fitted-Q evaluation (Le, Voloshin and Yue 2019): the target of a decision's regression is its own reward and
the model's value of the decision after it, sum_a target(a) q(a), a few sweeps long. It may be wrong: doubly robust
estimates then lose precision, not validity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fmplang.ledger.trajectories import Laid, Step

SLOPES, INTERCEPT = 2.0, 2.0  # what the penalties weigh, in observations: for each slope and feature, for the intercept
SWEEPS = 8  # at most: how many decisions back a reward is told


class ValueModel:
    """Fitted on `laid` for the runs `use` (n booleans). `reward` (N) comes with the arm that a decision took, `beside`
    (N) with the decision whatever it takes, `end` (n) after the run."""

    def __init__(self, laid: Laid, use: np.ndarray, reward: np.ndarray, beside: np.ndarray, end: np.ndarray) -> None:
        rows = np.flatnonzero(use[laid.run]) if laid.runs else np.zeros(0, dtype=np.int64)
        steps = [laid.steps[row] for row in rows]
        self._size = _common_size(steps)
        self._centre, self._scale = _standard(steps, self._size)
        self._pairs = {pair: number for number, pair in enumerate(
            dict.fromkeys((step.site, step.arms[step.taken]) for step in steps))}
        self._sites = {site: number for number, site in enumerate(dict.fromkeys(step.site for step in steps))}
        self._site_means = np.zeros(len(self._sites) + 1)
        self._site_weights = np.zeros((len(self._sites) + 1, self._size + 1))
        self._weights = np.zeros((len(self._pairs) + 1, self._size + 1))
        self._low, self._high = 0.0, 0.0
        self._fit(laid, use, rows, steps, reward, beside, end)

    def _fit(self, laid: Laid, use: np.ndarray, rows: np.ndarray, steps: Sequence[Step], reward: np.ndarray,
             beside: np.ndarray, end: np.ndarray) -> None:
        if not len(rows):  # runs without decisions: what comes after them is all there is
            if use.any():
                self._site_means[-1] = self._low = self._high = float(end[use].mean())
            return
        x = self._regressors(steps)
        site = np.array([self._sites[step.site] for step in steps])
        pair = np.array([self._pairs[step.site, step.arms[step.taken]] for step in steps])
        last = laid.place[rows] == (np.diff(laid.first)[laid.run[rows]] - 1)
        following = np.minimum(np.arange(len(rows)) + 1, len(rows) - 1)
        flow = reward + beside
        sums = (laid.by_run(flow) + end)[laid.run[rows]]
        self._low, self._high = float(sums.min()), float(sums.max())
        if flow.any():  # what is still to come can be all of a run's rewards or none
            self._low, self._high = min(self._low, 0.0), max(self._high, 0.0)
        of_sites = [_Ridge(x, np.flatnonzero(site == number)) for number in range(len(self._sites))]
        of_pairs = [_Ridge(x, np.flatnonzero(pair == number)) for number in range(len(self._pairs))]
        places, wanted = self._places(steps), laid.wanted[rows]
        y = reward[rows] + sums - _so_far(laid, flow)[rows]  # first what really followed
        for _ in range(min(SWEEPS, int(laid.place[rows].max()) + 1)):
            self._site_means[-1] = y.mean()
            for number, one in enumerate(of_sites):
                self._site_means[number] = y[one.rows].mean()
                self._site_weights[number] = one.fit(y - self._site_means[number])
            left = y - self._site_means[site] - np.einsum("nd,nd->n", x, self._site_weights[site])
            for number, one in enumerate(of_pairs):
                self._weights[number] = one.fit(left)
            values = (self._of(x, site, places) * wanted).sum(axis=1)
            y = reward[rows] + np.where(last, end[laid.run[rows]], values[following] + beside[rows][following])

    def predict(self, steps: Sequence[Step], wide: int) -> np.ndarray:
        """len(steps) x wide: q of every arm; 0 past a decision's arms."""
        site = np.array([self._sites.get(step.site, len(self._sites)) for step in steps], dtype=np.int64)
        return self._of(self._regressors(steps), site, self._places(steps, wide))

    def _of(self, x: np.ndarray, site: np.ndarray, places: np.ndarray) -> np.ndarray:
        made: np.ndarray = self._site_means[site][:, None] + np.einsum(
            "nd,nad->na", x, self._weights[places] + self._site_weights[site][:, None])
        made = np.clip(made, self._low, self._high)
        return made

    def _places(self, steps: Sequence[Step], wide: int | None = None) -> np.ndarray:
        """The numbers of the pairs of each decision's arms; the last one, without weights, for an unknown pair."""
        wide = wide or max((len(step.arms) for step in steps), default=1)
        made = np.full((len(steps), wide), len(self._pairs))
        for row, step in enumerate(steps):
            for column, arm in enumerate(step.arms):
                made[row, column] = self._pairs.get((step.site, arm), len(self._pairs))
        return made

    def _regressors(self, steps: Sequence[Step]) -> np.ndarray:
        made = np.ones((len(steps), self._size + 1))
        if self._size and steps:
            known = [step.features is not None and len(step.features) == self._size for step in steps]
            told = np.array([step.features if ok else self._centre for step, ok in zip(steps, known, strict=True)],
                            dtype=float)
            made[:, 1:] = np.clip((told - self._centre) / self._scale, -4.0, 4.0)
        return made


class _Ridge:
    """One ridge regression on some rows of x, whose first column is 1."""

    def __init__(self, x: np.ndarray, rows: np.ndarray) -> None:
        size = x.shape[1] - 1
        self.rows, self.x = rows, x[rows]
        self._inverse = np.linalg.inv(self.x.T @ self.x + np.diag([INTERCEPT, *[SLOPES * size] * size]))

    def fit(self, y: np.ndarray) -> np.ndarray:
        made: np.ndarray = self._inverse @ (self.x.T @ y[self.rows])
        return made


def _common_size(steps: Sequence[Step]) -> int:
    """The features' length, or 0 where decisions have none or of different lengths."""
    sizes = {0 if step.features is None else len(step.features) for step in steps}
    return sizes.pop() if len(sizes) == 1 else 0


def _standard(steps: Sequence[Step], size: int) -> tuple[np.ndarray, np.ndarray]:
    if not size:
        return np.zeros(0), np.ones(0)
    told = np.array([step.features for step in steps], dtype=float)
    centre, spread = told.mean(axis=0), told.std(axis=0)
    return centre, np.where(spread > 1e-6 * (1 + np.abs(centre)), spread, np.inf)


def _so_far(laid: Laid, reward: np.ndarray) -> np.ndarray:
    """N: the sum of a run's rewards up to and with each decision."""
    total = np.cumsum(reward)
    started = np.concatenate(([0.0], total))[laid.first[:-1]]
    made: np.ndarray = total - started[laid.run]
    return made
