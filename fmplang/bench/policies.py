"""Policies against each other on simulated streams: net utility per policy, with intervals over seeds.

A row is one policy on one stream at one trade-off: its net utility U - lambda * C, everything charged, over all
inputs, the first 500 and the last quarter, beside the best static configuration in hindsight, the oracle that sees
the true difficulty, and `mix`: the best random mix of static configurations at the same cost as the policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.bench.drive import Feedback, drive
from fmplang.bench.reference import Played, Table
from fmplang.bench.simulation import SCENARIOS, Stream, Tier, unfold
from fmplang.host.load import compile as compile_text
from fmplang.policy.base import Policy
from fmplang.policy.cascade import Cascade
from fmplang.policy.context import Context
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.full import Full
from fmplang.policy.lints import Lints
from fmplang.policy.reinforce import Reinforce
from fmplang.policy.router import Router
from fmplang.policy.thompson import Thompson

POLICIES: dict[str, Callable[[], Policy]] = {
    "counterfactual": Counterfactual, "thompson": Thompson, "lints": Lints, "reinforce": Reinforce, "full": Full,
    "router": Router, "cascade": Cascade,
}
FEEDBACK = {"now": Feedback(), "delay100": Feedback(delay=100), "missing90": Feedback(missing=0.9),
            "drift": Feedback()}


@dataclass(frozen=True)
class Row:
    """Means per input. `first` is the first 500 inputs, `last` the last quarter; `recovered` starts 300 after a drift.

    `static_*` are of the best static configuration in hindsight: over all inputs, of these its last quarter, the best
    of the first 500, and the best over the inputs from 300 after the middle on.
    """

    scenario: str
    feedback: str
    seed: int
    trade_off: float
    policy: str
    utility: float
    cost: float
    shadows: float
    net: float
    first: float
    last: float
    recovered: float
    static_net: float
    static_first: float
    static_last: float
    static_recovered: float
    oracle_net: float
    oracle_last: float
    mix: float


def measure(scenario: str, feedback: str, seed: int, count: int, trade_offs: Sequence[float],
            names: Sequence[str], known: Callable[[float, str], bool] = lambda trade_off, name: False) -> Iterator[Row]:
    """The rows of one stream, but for those that are `known`."""
    wanted = [(trade_off, name) for trade_off in trade_offs for name in names if not known(trade_off, name)]
    if not wanted:
        return
    chosen = SCENARIOS[scenario]
    stream = Stream(chosen, seed, count, shift=_worse(count // 2) if feedback == "drift" else None)
    program = compile_text(chosen.source)
    table = Table(stream, unfold(lambda: program.start(stream.inputs(0)), stream))
    statics = [played for _, played in table.statics()]
    context = Context()
    for trade_off in trade_offs:
        nets = [played.net(trade_off) for played in statics]
        best = max(nets, key=lambda net: float(net.mean()))
        oracle = table.oracle(trade_off).net(trade_off)
        for name in names:
            if (trade_off, name) not in wanted:
                continue
            driven = drive(POLICIES[name](), stream, program.start, table.label, table.scale, trade_off, seed,
                           FEEDBACK[feedback], context)
            net, quarter, late = driven.net(trade_off), count - count // 4, count // 2 + 300
            cost = float(driven.cost.mean())
            yield Row(
                scenario, feedback, seed, trade_off, name, float(driven.utility.mean()), cost,
                float(driven.shadows.mean()), float(net.mean()), float(net[:500].mean()), float(net[quarter:].mean()),
                float(net[late:].mean()) if count > late else 0.0, float(best.mean()),
                max(float(n[:500].mean()) for n in nets), float(best[quarter:].mean()),
                max(float(n[late:].mean()) for n in nets) if count > late else 0.0, float(oracle.mean()),
                float(oracle[quarter:].mean()), chord(statics, cost) - trade_off * cost)


def chord(statics: Sequence[Played], cost: float) -> float:
    """The best expected utility of a random mix of two configurations whose expected cost is at most `cost`."""
    points = [(float(p.cost.mean()), float(p.utility.mean())) for p in statics]
    best = max((u for c, u in points if c <= cost), default=0.0)
    for low, less in points:
        for high, more in points:
            if low <= cost < high:
                best = max(best, less + (more - less) * (cost - low) / (high - low))
    return best


def run_all(scenarios: Sequence[str], feedbacks: Sequence[str], seeds: Sequence[int], count: int,
            trade_offs: Sequence[float], names: Sequence[str], path: Path, workers: int = 2,
            told: Callable[[Row], None] = lambda row: None) -> list[Row]:
    """All rows, kept as JSON lines in `path` as they come; what is there already is not measured again."""
    rows = list(read(path)) if path.exists() else []
    done = {(r.scenario, r.feedback, r.seed, r.trade_off, r.policy) for r in rows}
    jobs = [(scenario, feedback, seed, count, tuple(trade_offs), tuple(names),
             frozenset(d for d in done if d[:3] == (scenario, feedback, seed)))
            for seed in seeds for scenario in scenarios for feedback in feedbacks]
    with path.open("a", encoding="ascii") as out:
        for part in _parallel(jobs, workers):
            for row in part:
                rows.append(row)
                out.write(json.dumps(asdict(row)) + "\n")
                out.flush()
                told(row)
    return rows


def read(path: Path) -> Iterator[Row]:
    for line in path.read_text(encoding="ascii").splitlines():
        yield Row(**json.loads(line))


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """The mean and its 95% bootstrap interval over the entries."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(4000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def summary(rows: Iterable[Row], against: str = "counterfactual") -> list[dict[str, Any]]:
    """Per scenario, feedback, trade-off and policy: net with its interval, and `against` minus it, paired by seed."""
    groups: dict[tuple[str, str, float, str], dict[int, Row]] = {}
    for row in rows:
        groups.setdefault((row.scenario, row.feedback, row.trade_off, row.policy), {})[row.seed] = row
    made: list[dict[str, Any]] = []
    for key, own in sorted(groups.items()):
        mine = groups.get((*key[:3], against), {})
        both = sorted(set(own) & set(mine))
        entry: dict[str, Any] = dict(zip(("scenario", "feedback", "trade_off", "policy"), key, strict=True))
        every = list(own.values())
        for name in ("net", "first", "last", "recovered", "static_net", "static_first", "static_last",
                     "static_recovered", "oracle_net", "oracle_last", "mix", "cost", "utility", "shadows"):
            entry[name] = interval(np.array([getattr(row, name) for row in every]))
        entry["seeds"] = len(every)
        entry["over_static"] = interval(np.array([row.net - row.static_net for row in every]))
        entry["first_over_static"] = interval(np.array([row.first - row.static_first for row in every]))
        entry["recovered_over_static"] = interval(np.array([row.recovered - row.static_recovered for row in every]))
        entry["over_mix"] = interval(np.array([row.net - row.mix for row in every]))
        gap = float(np.mean([row.oracle_last - row.static_last for row in every]))
        entry["closes"] = float(np.mean([row.last - row.static_last for row in every])) / gap if gap else 0.0
        if both and key[3] != against:
            entry["behind"] = interval(np.array([mine[seed].net - own[seed].net for seed in both]))
        made.append(entry)
    return made


def _worse(after: int) -> Callable[[int, Tier], Tier]:
    """From input `after` on, the cheapest backends err on a quarter of easy inputs too, under the same names."""
    def shift(index: int, tier: Tier) -> Tier:
        if index < after or not tier.name.endswith("-cheap"):
            return tier
        return Tier(tier.name, tier.cost, 0.25, tier.hard, tier.middle, tier.slope)
    return shift


def _job(job: tuple[Any, ...]) -> list[Row]:
    scenario, feedback, seed, count, trade_offs, names, done = job
    return list(measure(scenario, feedback, seed, count, trade_offs, names,
                        lambda trade_off, name: (scenario, feedback, seed, trade_off, name) in done))


def _parallel(jobs: Sequence[tuple[Any, ...]], workers: int) -> Iterator[list[Row]]:
    if workers <= 1:
        for job in jobs:
            yield _job(job)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_job, job) for job in jobs]):
            yield future.result()
