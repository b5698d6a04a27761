"""What a policy would have earned, from the decisions that another one logged.

The logged policy learns, so a run's chances depend on the runs before it: the runs are not independent, and neither are
their weighted outcomes. What holds is this. Let G_i be the term of run i (below). Given all that came before the run,
its mean is the target's value V, whatever the logged policy had become by then, since the logged chances are exact and
known. So G_i - V is a sequence of martingale differences, and

    V^ = sum_i h_i G_i / sum_i h_i        error^2 = sum_i h_i^2 (G_i - V^)^2 / (sum_i h_i)^2   (or the jackknife's)

has (V^ - V) / error -> N(0, 1) where the h_i are known before run i and no few terms carry the variance (the
martingale central limit theorem with the sum of squares in the denominator; Hall and Heyde 1980, theorem 3.2).
With h = 1 that last condition fails where exploration dies out: the late runs' rare, huge weights carry everything, and
the intervals are known to fail (Hadad et al. 2021). Weights near one over the conditional standard deviation restore it
(Bibaut et al. 2021). The part of that deviation which exploration moves is the second moment of the run's importance
weight, and that is known from the logged chances of all arms, drawn or not (Laid.spread). So

    h_i = 1 / sqrt( mean of the known second moments of the MEMORY runs before i )

which looks at no outcome and at nothing of run i. Where the logged policy does not change it is nearly constant.

Terms of a run with decisions k = 1..H, rho_k = target / logged chance of the arm taken, W_k = rho_1 ... rho_k:

    ipw     G = W_H U, and sum_k W_k c_k for costs: per decision (Precup, Sutton and Singh 2000)
    snipw   the same, each step's weights divided by their mean over runs: weighted per decision (same paper)
    dr      G = v(1) + sum_k W_k ( r_k + v(k+1) - q(k, a_k) ) (Jiang and Li 2016, Thomas and Brunskill 2016)

q is a regression on earlier runs alone (ValueModel), fitted anew before each of FOLDS blocks in time order, so G_i
keeps its mean given the past. Where no runs before these are given, the first block only teaches q.

What is assumed: runs come alike (the target's value does not drift); each decision's logged chances are right; outcomes
are missing at random, whatever the run did: a run without outcome counts for costs only.

Where the estimate would hang on few runs it is refused: where (sum h W)^2 / sum (h W)^2 (Kish 1965) is below `least`,
and where (sum h)^2 / sum h^2 E[W^2] with the known second moments is below MARGIN * `least`. The second counts weights
that were too rare to be drawn. It also keeps luck out of the refusal: Kish's number is large just where the heavy runs
happen to be missing, and answering only then would make the intervals fail. For the same reason an error is told as
wider, by the root of the ratio of both, where the weights drawn are lighter than they should be. Refused, too, is a
target that takes arms which the log could not have taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from fmplang.errors import EvaluationError
from fmplang.ledger.trajectories import Laid, Trajectory
from fmplang.ledger.value_model import ValueModel

ESTIMATORS = ("dr", "ipw", "snipw")
LEAST = 50.0  # effective runs
MARGIN = 2.0
# U lies in [0, 1]. Where nearly all runs came out alike the terms' squares say too little; two more successes and two
# more failures among the effective runs (Agresti and Coull 1998) would add about this to the error, over their number.
SMALL = math.sqrt(2.0)
FOLDS = 5
MEMORY = 100  # runs whose known second moments make the weight of the next one
TOLERATED = 1e-9  # of the target's mass without support: rounding


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean per run, its standard error, and its interval."""

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Three:
    """Means per run: `utility` E[U], `cost` E[C], `net` E[U - lambda C]; C is a share of the program's dearest pass."""

    utility: Estimate
    cost: Estimate
    net: Estimate


@dataclass(frozen=True, slots=True)
class Report:
    """What the target would earn, what the logged policy did earn in the same runs, and by how much the target's net is
    above, `gain`.

    `effective` is the effective number of runs, `largest` the largest weight's share of all, `runs` how many were
    weighed, `judged` how many of them have an outcome, `level` the intervals' level.
    """

    estimator: str
    target: Three
    logged: Three
    gain: Estimate
    trade_off: float
    effective: float
    largest: float
    runs: int
    judged: int
    level: float = 0.95


def estimate(runs: Sequence[Trajectory], *, estimator: str = "dr", trade_off: float = 0.0,
             earlier: Sequence[Trajectory] = (), least: float = LEAST, level: float = 0.95,
             steady: bool = True) -> Report:
    """See the module's text. `runs` are in the order in which they were made.

    `earlier` are runs before these, of the same target, that teach the value model and are not weighed. `steady` is
    whether runs are weighted by h_i; without it all count alike, which is what to take where the stream drifts and the
    mean over just these runs is wanted. Raises EvaluationError: FMP840 where too little can be told, FMP841 where the
    target takes arms that the log never could.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"{estimator!r} is not one of {', '.join(ESTIMATORS)}")
    taught = Laid([*earlier, *runs])
    begin = len(earlier)
    if estimator == "dr" and not earlier:
        begin = math.ceil(len(runs) / FOLDS)
    laid = Laid([*earlier, *runs][begin:])
    heights = _heights(taught.spread(), begin) if steady else np.ones(laid.runs)
    seen, effective, largest = _check(laid, heights, least)
    if estimator == "snipw":
        utility, cost = _self_normalised(laid, heights)
    elif estimator == "ipw":
        utility = _mean(laid.weight * laid.outcome, heights * laid.judged)
        cost = _mean(laid.by_run(laid.after * laid.cost + laid.before * laid.beside), heights)
    else:
        terms_u, terms_c = _doubly_robust(taught, begin)
        utility = _mean(terms_u, heights * laid.judged)
        cost = _mean(terms_c, heights)
    net = _sum(utility, cost, -trade_off)
    earned, spent = _mean(laid.outcome, heights * laid.judged), _mean(laid.spent, heights)
    logged = _sum(earned, spent, -trade_off)

    wider, freedom = math.sqrt(seen / effective), effective - 1
    return Report(
        estimator,
        Three(_interval(utility, level, freedom, wider, SMALL / effective), _interval(cost, level, freedom, wider),
              _interval(net, level, freedom, wider, SMALL / effective)),
        Three(*(_interval(part, level) for part in (earned, spent, logged))),
        _interval(_sum(net, logged, -1.0), level, freedom, wider), trade_off, effective, largest, laid.runs,
        int(laid.judged.sum()), level)



# --------------------------------------------------------------------- weights and refusal


def _heights(spread: np.ndarray, begin: int) -> np.ndarray:
    """h of the runs from `begin` on: one over the root of the mean second moment of the MEMORY runs before each."""
    total = np.concatenate(([0.0], np.cumsum(spread)))
    here = np.arange(len(spread))
    start = np.maximum(here - MEMORY, 0)
    # The first run has none before it: its own stands for the time before, which is one run of many.
    mean = (spread[:1] + total[here] - total[start]) / (1.0 + here - start)
    made: np.ndarray = (1.0 / np.sqrt(mean))[begin:]
    return made


def _check(laid: Laid, heights: np.ndarray, least: float) -> tuple[float, float, float]:
    """The effective size by the weights, the smaller of it and the known one, and the largest weight's share."""
    missing = float((heights * laid.unsupported()).sum() / heights.sum()) if laid.runs else 0.0
    if missing > TOLERATED:
        raise EvaluationError(
            f"in {100 * missing:.3g}% of runs the policy takes a backend that the logged one could not have taken",
            code="FMP841", hint="the log says nothing of these: evaluate a policy nearer to the logged one, log with "
                                "one that explores, or replay (`fmplang replay --policy`)")
    heavy = heights * laid.weight * laid.judged
    total = float(heavy.sum())
    if total <= 0:
        raise EvaluationError(
            f"none of {laid.runs} runs " + ("went as the policy would" if laid.judged.any() else "has an outcome"),
            code="FMP840", hint="give feedback on more runs, or evaluate a policy nearer to the logged one")
    seen = total ** 2 / float((heavy ** 2).sum())
    here = heights[laid.judged]
    known = float(here.sum() ** 2 / (here ** 2 * laid.spread()[laid.judged]).sum())
    if seen < least or known < MARGIN * least:
        what, size, need = ("weights", seen, least) if seen < least else ("chances", known, MARGIN * least)
        raise EvaluationError(
            f"by their {what}, {int(laid.judged.sum())} runs with outcomes say as much of this policy as {size:.1f} of "
            f"its own would; at least {need:g} are needed", code="FMP840",
            hint="log more runs, log with a policy that explores more, or evaluate one nearer to it")
    return seen, min(seen, known), float(heavy.max()) / total


# --------------------------------------------------------------------------- terms

Part = tuple[float, np.ndarray]
"""An estimate, and n numbers that sum to its error: what each run adds to it."""


def _sum(one: Part, other: Part, factor: float) -> Part:
    return one[0] + factor * other[0], one[1] + factor * other[1]


def _mean(terms: np.ndarray, weights: np.ndarray) -> Part:
    """Terms of weight 0 may be nan. Each run's part is what leaving the run out would change: the jackknife's, which a
    large weight does not hide from."""
    shares = weights / weights.sum()
    terms = np.where(shares > 0, terms, 0.0)
    value = float((shares * terms).sum())
    return value, shares * (terms - value) / np.maximum(1.0 - shares, 1e-9)


def _self_normalised(laid: Laid, heights: np.ndarray) -> tuple[Part, Part]:
    utility = _mean(laid.outcome, heights * laid.weight * laid.judged)
    value, parts = 0.0, np.zeros(laid.runs)
    for place in range(int(laid.place.max(initial=-1)) + 1):
        here = laid.place == place
        run = laid.run[here]
        # A run that ended before keeps its weight, and costs nothing more.
        before, after, cost, beside = (np.zeros(laid.runs) for _ in range(4))
        before[:] = after[:] = laid.weight
        before[run], after[run] = laid.before[here], laid.after[here]
        cost[run], beside[run] = laid.cost[here], laid.beside[here]
        for weight, told in ((after, cost), (before, beside)):
            if told.any():
                step, part = _mean(told, heights * weight)
                value += step
                parts += part
    return utility, (value, parts)


def _doubly_robust(taught: Laid, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """The terms of utility and of cost for the runs from `begin` on."""
    count, wide = taught.runs, taught.wanted.shape[1]
    nothing = np.zeros(len(taught.cost))
    outcome = np.nan_to_num(taught.outcome)
    made_u, made_c = np.zeros(count), np.zeros(count)
    edges = np.unique(np.linspace(begin, count, FOLDS + 1).astype(int))
    for low, high in pairwise(edges):
        past = np.arange(count) < low
        rows = np.flatnonzero((taught.run >= low) & (taught.run < high))
        steps = [taught.steps[row] for row in rows]
        for made, use, reward, beside, end in (
                (made_u, past & taught.judged, nothing, nothing, outcome),
                (made_c, past, taught.cost, taught.beside, np.zeros(count))):
            model = ValueModel(taught, use, reward, beside, end)
            q = model.predict(steps, wide)
            v = (q * taught.wanted[rows]).sum(axis=1) + beside[rows]
            part = np.zeros(len(taught.cost))
            part[rows] = taught.before[rows] * v + taught.after[rows] * (
                reward[rows] - q[np.arange(len(rows)), taught.taken[rows]])
            told = taught.by_run(part) + taught.weight * end
            made[low:high] = told[low:high]
    return made_u[begin:], made_c[begin:]


# ----------------------------------------------------------------------- intervals


def _interval(part: Part, level: float, freedom: float = math.inf, wider: float = 1.0, more: float = 0.0) -> Estimate:
    """A symmetric interval; `wider` multiplies the error of the terms, `more` is an error beside it.

    The quantile is Student's, with the degrees of freedom of the sum of squares by Satterthwaite's rule, at most
    `freedom`: where few runs carry the error it is itself uncertain.
    """
    value, parts = part
    squares = parts ** 2
    error = math.hypot(wider * math.sqrt(float(squares.sum())), more)
    fourth = float((squares ** 2).sum())
    if fourth > 0:
        freedom = min(freedom, 2 * float(squares.sum()) ** 2 / fourth)
    reach = error * _student((1 + level) / 2, freedom)
    return Estimate(value, error, value - reach, value + reach)


def _student(share: float, freedom: float) -> float:
    """The quantile of Student's t, by Fisher's expansion: to three digits from ten degrees of freedom on."""
    z = NormalDist().inv_cdf(share)
    n = max(freedom, 10.0)
    return (z + (z ** 3 + z) / (4 * n) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2)
            + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3))
