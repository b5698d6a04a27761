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

_REPLAYED, _CHANGED, _LABELLED, _GAIN, _SQUARE, _PRICED, _LATER = range(7)
_PRIOR_CHANGED, _CHANGED_WEIGHT = 0.5, 4.0
_PRIOR_GAIN, _GAIN_WEIGHT = -0.6, 4.0
_SITE_WEIGHT = 10.0


class Worth:
    """Counts for one pair of backends of one primitive; `sites` by site id, seven numbers each."""

    def __init__(self) -> None:
        self.sites: dict[str, np.ndarray] = {}
        self._all = np.zeros(7)
        self._known: dict[str, tuple[float, float, float]] = {}

    def replayed(self, site: str, changed: bool, weight: float = 1.0) -> None:
        self._add(site, _REPLAYED, weight)
        self._add(site, _CHANGED, weight * float(changed))

    def priced(self, site: str, later: float, weight: float = 1.0) -> None:
        """The difference in later cost, as a share of the program's dearest pass."""
        self._add(site, _PRICED, weight)
        self._add(site, _LATER, weight * later)

    def labelled(self, site: str, gain: float, weight: float = 1.0) -> None:
        """Delta U of a replay whose final value differed."""
        self._add(site, _LABELLED, weight)
        self._add(site, _GAIN, weight * gain)
        self._add(site, _SQUARE, weight * gain * gain)

    def temper(self, factor: float) -> None:
        self._all *= factor
        for counts in self.sites.values():
            counts *= factor
        self._known.clear()

    def of(self, site: str) -> tuple[float, float, float]:
        """V, the standard deviation of its estimate, and L."""
        found = self._known.get(site)
        if found is None:
            found = self._known[site] = self._estimate(self.sites.get(site))
        return found

    def state(self) -> dict[str, Any]:
        return {"sites": list(self.sites), "counts": np.array(list(self.sites.values())).reshape(-1, 7),
                "all": self._all.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        self.sites = {site: np.array(row) for site, row in zip(state["sites"], state["counts"], strict=True)}
        self._all = np.array(state["all"])
        self._known.clear()

    def _add(self, site: str, what: int, value: float) -> None:
        counts = self.sites.get(site)
        if counts is None:
            counts = self.sites[site] = np.zeros(7)
        counts[what] += value
        self._all[what] += value
        self._known.clear()

    def _estimate(self, own: np.ndarray | None) -> tuple[float, float, float]:
        own = own if own is not None else np.zeros(7)
        pooled = self._all
        changed = (pooled[_CHANGED] + _CHANGED_WEIGHT * _PRIOR_CHANGED) / (pooled[_REPLAYED] + _CHANGED_WEIGHT)
        changed = (own[_CHANGED] + _CHANGED_WEIGHT * changed) / (own[_REPLAYED] + _CHANGED_WEIGHT)
        gain = (pooled[_GAIN] + _GAIN_WEIGHT * _PRIOR_GAIN) / (pooled[_LABELLED] + _GAIN_WEIGHT)
        gain = (own[_GAIN] + _SITE_WEIGHT * gain) / (own[_LABELLED] + _SITE_WEIGHT)
        later = pooled[_LATER] / (pooled[_PRICED] + _SITE_WEIGHT)
        later = (own[_LATER] + _SITE_WEIGHT * later) / (own[_PRICED] + _SITE_WEIGHT)
        noise = (pooled[_SQUARE] + _GAIN_WEIGHT) / (pooled[_LABELLED] + _GAIN_WEIGHT) - gain * gain
        spread = math.sqrt(max(
            gain * gain * changed * (1 - changed) / (own[_REPLAYED] + _CHANGED_WEIGHT)
            + changed * changed * max(noise, 0.05) / (pooled[_LABELLED] + _GAIN_WEIGHT), 0.0))
        return float(changed * gain), spread, float(later)
