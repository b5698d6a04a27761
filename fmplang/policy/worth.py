"""What it is worth, at one site, that two backends give different answers: a few counts, pooled over sites.

    V(s, a) = P(final value differs | answers differ, s) * E[ Delta U | final value differs, m ]
    L(s, a) = E[ cost of the later calls there minus here | answers differ, s ]

The first factor comes from replays and needs no label. A replay that reached an unanswered call counts for neither: its
expectation is that of the replays that ended. The second comes from outcomes. Each is shrunk, sites toward the
primitive, the primitive toward the prior: disagreement with the stronger backend probably loses.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_REPLAYED, _CHANGED, _LABELLED, _GAIN, _SQUARE, _PRICED, _LATER, _FLIPS = range(8)
_SIZE = _FLIPS + 4
_PRIOR_CHANGED, _CHANGED_WEIGHT = 0.5, 4.0
_PRIOR_FLIPS, _GAIN_WEIGHT = np.array([0.4, 0.1, 0.4, 0.1]), 4.0  # four of five changes lose, of either truth value
_SITE_WEIGHT = 10.0


class Worth:
    """Counts for one pair of backends of one primitive; `sites` by site id, eleven numbers each.

    Changes of a truth value are counted by kind (objective.py), so that their worth can move with the objective; other
    gains are summed.
    """

    def __init__(self) -> None:
        self.sites: dict[str, np.ndarray] = {}
        self._all = np.zeros(_SIZE)
        self._known: dict[str, tuple[float, float, float]] = {}
        self._changes = np.array([-1.0, 1.0, -1.0, 1.0])

    def replayed(self, site: str, changed: bool, weight: float = 1.0) -> None:
        self._add(site, _REPLAYED, weight)
        self._add(site, _CHANGED, weight * float(changed))

    def priced(self, site: str, later: float, weight: float = 1.0) -> None:
        """The difference in later cost, as a share of the program's dearest pass."""
        self._add(site, _PRICED, weight)
        self._add(site, _LATER, weight * later)

    def flipped(self, site: str, change: int, weight: float = 1.0) -> None:
        """A replay whose truth value differed, and how: LOST_POSITIVE, ..., from the reference's to the arm's."""
        self._add(site, _LABELLED, weight)
        self._add(site, _FLIPS + change, weight)

    def labelled(self, site: str, gain: float, weight: float = 1.0) -> None:
        """Delta U of another replay whose final value differed."""
        self._add(site, _LABELLED, weight)
        self._add(site, _GAIN, weight * gain)
        self._add(site, _SQUARE, weight * gain * gain)

    def temper(self, factor: float) -> None:
        self._all *= factor
        for counts in self.sites.values():
            counts *= factor
        self._known.clear()

    def of(self, site: str, changes: np.ndarray | None = None) -> tuple[float, float, float]:
        """V, the standard deviation of its estimate, and L. `changes` is what each change of a truth value is worth."""
        if changes is not None and changes is not self._changes:
            self._changes = changes
            self._known.clear()
        found = self._known.get(site)
        if found is None:
            found = self._known[site] = self._estimate(self.sites.get(site))
        return found

    def replays(self, site: str) -> float:
        """How many replays of the site ended, in weight."""
        own = self.sites.get(site)
        return 0.0 if own is None else float(own[_REPLAYED])

    def state(self) -> dict[str, Any]:
        return {"sites": list(self.sites), "counts": np.array(list(self.sites.values())).reshape(-1, _SIZE),
                "all": self._all.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        self.sites = {site: np.array(row) for site, row in zip(state["sites"], state["counts"], strict=True)}
        self._all = np.array(state["all"])
        self._known.clear()

    def _add(self, site: str, what: int, value: float) -> None:
        counts = self.sites.get(site)
        if counts is None:
            counts = self.sites[site] = np.zeros(_SIZE)
        counts[what] += value
        self._all[what] += value
        self._known.clear()

    def _estimate(self, own: np.ndarray | None) -> tuple[float, float, float]:
        own = own if own is not None else np.zeros(_SIZE)
        pooled = self._all
        changed = (pooled[_CHANGED] + _CHANGED_WEIGHT * _PRIOR_CHANGED) / (pooled[_REPLAYED] + _CHANGED_WEIGHT)
        changed = (own[_CHANGED] + _CHANGED_WEIGHT * changed) / (own[_REPLAYED] + _CHANGED_WEIGHT)
        worth, heavy = self._changes, _GAIN_WEIGHT
        gains = pooled[_GAIN] + float(pooled[_FLIPS:] @ worth)
        squares = pooled[_SQUARE] + float(pooled[_FLIPS:] @ (worth * worth))
        gain = (gains + heavy * float(_PRIOR_FLIPS @ worth)) / (pooled[_LABELLED] + heavy)
        gain = (own[_GAIN] + float(own[_FLIPS:] @ worth) + _SITE_WEIGHT * gain) / (own[_LABELLED] + _SITE_WEIGHT)
        later = pooled[_LATER] / (pooled[_PRICED] + _SITE_WEIGHT)
        later = (own[_LATER] + _SITE_WEIGHT * later) / (own[_PRICED] + _SITE_WEIGHT)
        noise = (squares + heavy * float(_PRIOR_FLIPS @ (worth * worth))) / (pooled[_LABELLED] + heavy) - gain * gain
        spread = math.sqrt(max(
            gain * gain * changed * (1 - changed) / (own[_REPLAYED] + _CHANGED_WEIGHT)
            + changed * changed * max(noise, 0.05) / (pooled[_LABELLED] + heavy), 0.0))
        return float(changed * gain), spread, float(later)
