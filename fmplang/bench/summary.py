"""What rows of the policy benchmark say together: means with 95% bootstrap intervals over seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fmplang.bench.policies import Row

Interval = tuple[float, float, float]  # mean, and the ends of its 95% interval

PLAIN = ("net", "first", "last", "recovered", "static_net", "static_cost", "static_first", "static_last",
         "static_recovered", "oracle_net", "oracle_last", "mix", "cost", "utility", "shadows", "explored", "f1",
         "static_f1", "best_f1", "best_f1_cost")
DIFFERENCES = {"over_static": ("net", "static_net"), "first_over_static": ("first", "static_first"),
               "last_over_static": ("last", "static_last"), "recovered_over_static": ("recovered", "static_recovered"),
               "over_mix": ("net", "mix"), "f1_over_static": ("f1", "static_f1"), "f1_over_best": ("f1", "best_f1")}


def interval(values: np.ndarray, seed: int = 0) -> Interval:
    """The mean and its 95% bootstrap interval over the entries."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(4000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def share_closed(rows: list[Row], seed: int = 0) -> Interval | None:
    """The share of the distance from the best static configuration to the oracle that is closed in the last quarter,
    mean distance by mean distance; None where there is no distance to close."""
    own = np.array([row.last - row.static_last for row in rows])
    whole = np.array([row.oracle_last - row.static_last for row in rows])
    if whole.mean() <= 1e-6:
        return None
    drawn = np.random.default_rng(seed).integers(len(rows), size=(4000, len(rows)))
    distances = whole[drawn].mean(axis=1)
    shares = own[drawn].mean(axis=1) / np.where(np.abs(distances) > 1e-6, distances, np.nan)
    low, high = np.nanquantile(shares, [0.025, 0.975])
    return float(own.mean() / whole.mean()), float(low), float(high)


def summary(rows: Iterable[Row], against: str = "counterfactual") -> list[dict[str, Any]]:
    """Per scenario, stress, trade-off and policy: every number with its interval, and `against` minus it, paired by
    seed (`behind`). None stands where a row has no such number. `headroom` is oracle minus best static."""
    groups: dict[tuple[str, str, float, str], dict[int, Row]] = {}
    for row in rows:
        groups.setdefault((row.scenario, row.stress, row.trade_off, row.policy), {})[row.seed] = row
    made: list[dict[str, Any]] = []
    for key, own in groups.items():
        every = [own[seed] for seed in sorted(own)]
        entry: dict[str, Any] = dict(zip(("scenario", "stress", "trade_off", "policy"), key, strict=True))
        entry["seeds"], entry["inputs"] = len(every), every[0].inputs
        for name in PLAIN:
            entry[name] = _over([getattr(row, name) for row in every])
        for name, (one, other) in DIFFERENCES.items():
            entry[name] = _over([None if getattr(row, one) is None or getattr(row, other) is None
                                 else getattr(row, one) - getattr(row, other) for row in every])
        entry["headroom"] = _over([row.oracle_net - row.static_net for row in every])
        entry["closes"] = share_closed(every)
        entry["cost_share"] = entry["cost"][0] / entry["static_cost"][0]
        mine = groups.get((*key[:3], against), {})
        both = sorted(set(own) & set(mine))
        entry["behind"] = (_over([mine[seed].net - own[seed].net for seed in both]) if both and key[3] != against
                           else None)
        made.append(entry)
    return made


def _over(values: list[float | None]) -> Interval | None:
    told = [value for value in values if value is not None]
    return interval(np.array(told)) if told else None
