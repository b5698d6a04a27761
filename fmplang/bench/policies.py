"""Policies against each other on SIMULATED streams: net utility per policy, one row a stream, policy and trade-off.

A row is one policy on one stream at one trade-off: its net utility U - lambda * C, everything charged, over all
inputs, the first 500 and the last quarter, beside the best static configuration in hindsight, the oracle that sees
the true difficulty, and `mix`: the best random mix of static configurations at the same cost as the policy.
`fmplang bench policies` prints what summary.py makes of the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from fmplang.bench.drive import drive
from fmplang.bench.reference import Played, reference_of, statics
from fmplang.bench.scenarios import SCENARIOS
from fmplang.bench.simulation import Change, Stream
from fmplang.bench.stress import STRESSES, never_errs
from fmplang.errors import ConfigError
from fmplang.host.load import compile as compile_text
from fmplang.policy.base import Policy
from fmplang.policy.context import Context
from fmplang.policy.registry import resolve

POLICIES = ("counterfactual", "thompson", "lints", "reinforce", "reinforce:centred=true", "full", "router", "cascade")
FIRST = 500  # inputs of the early phase
SETTLED, WINDOW = 300, 300  # recovery is measured so many inputs after a change, over so many
PRIOR_INPUTS = 500


@dataclass(frozen=True)
class Row:
    """Means per input.

    `first` is the first 500 inputs, `last` the last quarter, `recovered` the 300 inputs from 300 after a change in the
    middle on (None where there is none). `static_*` are of the best static configuration in hindsight: over all
    inputs, of these its last quarter, the best of the first 500, and the best over the inputs of the recovery.
    `shadows` is the part of `cost` that shadows are, `explored` what arms taken by chance cost above the likeliest.
    `f1` is of yes/no programs: of the policy, of the best static configuration that costs no more, and of the best
    whatever its cost, with that cost. `inputs` is the stream's length.
    """

    scenario: str
    stress: str
    seed: int
    trade_off: float
    policy: str
    inputs: int
    utility: float
    cost: float
    shadows: float
    explored: float
    net: float
    first: float
    last: float
    recovered: float | None
    static_net: float
    static_cost: float
    static_first: float
    static_last: float
    static_recovered: float | None
    oracle_net: float
    oracle_last: float
    mix: float
    f1: float | None
    static_f1: float | None
    best_f1: float | None
    best_f1_cost: float | None

    @property
    def key(self) -> tuple[str, str, int, float, str, int]:
        return self.scenario, self.stress, self.seed, self.trade_off, self.policy, self.inputs


Key = tuple[str, str, int, float, str, int]


def check_names(scenarios: Sequence[str], stresses: Sequence[str], policies: Sequence[str]) -> None:
    """Raises ConfigError (FMP805, FMP803) for a name that is none, before anything is measured."""
    for kind, given, known in (("scenario", scenarios, SCENARIOS), ("stress", stresses, STRESSES)):
        for name in given:
            if name not in known:
                raise ConfigError(f"there is no {kind} {name!r}", code="FMP805", hint=f"known: {', '.join(known)}")
    for name in policies:
        resolve(name)


def measure(scenario: str, stress: str, seed: int, count: int, trade_offs: Sequence[float], names: Sequence[str],
            known: frozenset[Key] = frozenset()) -> Iterator[Row]:
    """The rows of one stream, but for those whose key is `known`. `names` are policies as registry.py spells them."""
    wanted = [(trade_off, name) for trade_off in trade_offs for name in names
              if (scenario, stress, seed, trade_off, name, count) not in known]
    if not wanted:
        return
    chosen, strain = SCENARIOS[scenario], STRESSES[stress]
    stream = Stream(chosen, seed, count, change=strain.change(count))
    program = compile_text(chosen.source)
    reference = reference_of(stream, program)
    fixed = [played for _, played in statics(reference)]
    context = Context()
    last, middle = slice(count - count // 4, count), count // 2
    window = slice(middle + SETTLED, middle + SETTLED + WINDOW)
    halfway = strain.halfway and count >= window.stop
    before = Stream(chosen, seed + 1_000_000, PRIOR_INPUTS, change=Change(never_errs)) if strain.prior else None
    for trade_off in trade_offs:
        nets = [played.net(trade_off) for played in fixed]
        at = max(range(len(nets)), key=lambda index: float(nets[index].mean()))
        oracle = reference.oracle(trade_off).net(trade_off)
        for name in (name for each, name in wanted if each == trade_off):
            policy = resolve(name)
            if before is not None:
                labels = reference_of(before, program).labels
                drive(policy, before, program, labels, reference.scale, trade_off, seed, context=context)
                policy = _begun_anew(name, policy)
            driven = drive(policy, stream, program, reference.labels, reference.scale, trade_off, seed,
                           strain.feedback, context)
            net, cost = driven.net(trade_off), float(driven.cost.mean())
            affordable = [f1_of(p.values, reference.labels) for p in fixed if p.cost.mean() <= cost]
            dearest = max(fixed, key=lambda played: f1_of(played.values, reference.labels) or 0.0)
            yes_no = isinstance(reference.labels[0], bool)
            yield Row(
                scenario, stress, seed, trade_off, name, count, float(driven.utility.mean()), cost,
                float(driven.shadows.mean()), float(driven.explored.mean()), float(net.mean()),
                float(net[:FIRST].mean()), float(net[last].mean()), float(net[window].mean()) if halfway else None,
                float(nets[at].mean()), float(fixed[at].cost.mean()), max(float(n[:FIRST].mean()) for n in nets),
                float(nets[at][last].mean()), max(float(n[window].mean()) for n in nets) if halfway else None,
                float(oracle.mean()), float(oracle[last].mean()), chord(fixed, cost) - trade_off * cost,
                f1_of(driven.values, reference.labels), max((f for f in affordable if f is not None), default=0.0)
                if yes_no else None, f1_of(dearest.values, reference.labels),
                float(dearest.cost.mean()) if yes_no else None)


def _begun_anew(name: str, learned: Policy) -> Policy:
    """A new policy that starts from what the other has learned, where that can be stored."""
    made: Any = resolve(name)
    if hasattr(made, "restore"):
        made.restore(learned.state())  # type: ignore[attr-defined]
    return made  # type: ignore[no-any-return]


def f1_of(values: Sequence[Any], labels: Sequence[Any]) -> float | None:
    """F1 of the yes answers, 0 where none is right; None where the answers are not yes/no."""
    if not labels or not isinstance(labels[0], bool):
        return None
    held, right = np.array(values, dtype=bool), np.array(labels, dtype=bool)
    both = float((held & right).sum())
    return 2 * both / max(float(held.sum() + right.sum()), 1.0)


def chord(statics: Sequence[Played], cost: float) -> float:
    """The best expected utility of a random mix of two configurations whose expected cost is at most `cost`."""
    points = sorted((float(p.cost.mean()), float(p.utility.mean())) for p in statics)
    best = max((u for c, u in points if c <= cost), default=0.0)
    for (low, less), (high, more) in combinations(points, 2):
        if low <= cost < high:
            best = max(best, less + (more - less) * (cost - low) / (high - low))
    return best


def run_all(scenarios: Sequence[str], stresses: Sequence[str], seeds: Sequence[int], count: int,
            trade_offs: Sequence[float], names: Sequence[str], path: Path | None = None, workers: int = 2,
            told: Callable[[Row, int, int], None] = lambda row, made, wanted: None) -> list[Row]:
    """The rows asked for, in a fixed order; where `path` is given they are kept there as JSON lines as they come, and
    what is there already is not measured again. `told` is called with each new row, how many there are now, and how
    many will be."""
    check_names(scenarios, stresses, names)
    wanted: list[Key] = [(scenario, stress, seed, trade_off, name, count) for seed in seeds for scenario in scenarios
                         for stress in stresses for trade_off in trade_offs for name in names]
    rows = {row.key: row for row in (read(path) if path is not None and path.exists() else ())}
    if path is not None and path.exists():
        _mend(path)
    known = frozenset(rows)
    # One trade-off a job: pictures are drawn again for each, and what was measured is kept sooner.
    jobs = [(scenario, stress, seed, count, (trade_off,), tuple(names), known)
            for seed in seeds for scenario in scenarios for stress in stresses for trade_off in trade_offs
            if any((scenario, stress, seed, trade_off, name, count) not in known for name in names)]
    made = len(known.intersection(wanted))
    for part in _parallel(jobs, workers):
        for row in part:
            rows[row.key] = row
            made += 1
            if path is not None:
                with path.open("a", encoding="ascii") as out:
                    out.write(json.dumps(asdict(row)) + "\n")
            told(row, made, len(wanted))
    return [rows[key] for key in wanted]


def read(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises ConfigError (FMP805) where it is none of ours; a torn last line is passed over."""
    names = {each.name for each in fields(Row)}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the rows in {path} cannot be read: {error}", code="FMP805",
                          hint="name another file") from None
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if isinstance(told, dict) and set(told) == names:
            yield Row(**told)
        elif number < len(lines) or told is not None or number == 1:
            raise ConfigError(f"line {number} of {path} is no row of this benchmark", code="FMP805",
                              hint="name a new file with --rows")


def _mend(path: Path) -> None:
    """Cuts off a last line without an end: its writer was killed."""
    held = path.read_bytes()
    whole = held.rfind(b"\n") + 1
    if whole < len(held):
        with path.open("r+b") as out:
            out.truncate(whole)


def _job(job: tuple[Any, ...]) -> list[Row]:
    return list(measure(*job))


def _parallel(jobs: Sequence[tuple[Any, ...]], workers: int) -> Iterator[list[Row]]:
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield _job(job)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(_job, job) for job in jobs]):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
