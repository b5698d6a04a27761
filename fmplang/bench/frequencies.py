"""Whether the chances that decisions were logged with are how often their arms were drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fmplang.runtime.trace import RunRecord

LEAST = 4.0  # variance of how many arms are drawn, from which a normal law is a fair one


class Bin(NamedTuple):
    """Decisions with like chances of their last arm: the mean chance, how often it was drawn, how many, and z."""

    chance: float
    drawn: float
    decisions: int
    z: float


def frequencies(runs: Iterable[RunRecord], bins: int = 20) -> list[Bin]:
    """One bin for each part of (0, 1) that has decisions. Only the last arm counts: the others' chances follow from it
    where there are two.

    Given the decisions before it an arm is drawn with its chance, so (drawn - chance), summed and divided by the root
    of the variance that the chances say, is about normal: also where the policy learned all the while. It is not where
    that variance is small, so bins below LEAST of it are joined into one.
    """
    told = [(call.propensities[-1], call.arm == len(call.arms) - 1) for run in runs for call in run.calls
            if 0 < call.propensities[-1] < 1]
    chance = np.array([one[0] for one in told])
    drawn = np.array([one[1] for one in told], dtype=float)
    where = np.minimum((chance * bins).astype(int), bins - 1)
    variance = np.bincount(where, chance * (1 - chance), minlength=bins)
    where = np.where(variance[where] < LEAST, bins, where)
    made = []
    for each in range(bins + 1):
        here = where == each
        if here.any():
            deviation = float(np.sqrt((chance[here] * (1 - chance[here])).sum()))
            made.append(Bin(float(chance[here].mean()), float(drawn[here].mean()), int(here.sum()),
                            float((drawn[here] - chance[here]).sum()) / deviation))
    return made
