"""Off-policy estimates against the truth, on SIMULATED streams: `python benchmarks/offpolicy.py coverage`.

`coverage`: each trial logs a stream of its own with a policy that goes on learning, estimates from the log what
another, frozen policy would earn, and asks whether the 95% interval holds the truth, which is that policy's mean over a
large fresh stream. One line for each logged policy, target and estimator: how often it answered, and of these how often
the interval held the truth; then widths and effective sizes. Refusals are told, not counted as hits.

`propensities`: whether the chances that policies log are how often their arms are drawn, over so many decisions.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fmplang.bench.drive import Driven, drive
from fmplang.bench.frequencies import frequencies
from fmplang.bench.policies import POLICIES
from fmplang.bench.reference import Tree
from fmplang.bench.scenarios import EARLY_EXIT, SCENARIOS
from fmplang.bench.simulation import Stream
from fmplang.errors import EvaluationError
from fmplang.host.evaluate import read_log
from fmplang.host.load import compile as compile_text
from fmplang.ledger.base import StoredOutcome, StoredRun
from fmplang.ledger.offpolicy import ESTIMATORS, estimate
from fmplang.policy.base import Decision, Policy, PolicyCall, learns_nothing
from fmplang.policy.counterfactual import Counterfactual
from fmplang.policy.random import Random
from fmplang.policy.registry import resolve
from fmplang.policy.thompson import Thompson
from fmplang.runtime.trace import RunRecord

PROGRAM = compile_text(EARLY_EXIT)
SITES = [site.id for site in PROGRAM.sites()]
TRADE_OFF = 0.2
TRUTH_SEED, TEACHER_SEED = 900_000, 800_000  # apart from the trials' seeds


class EpsilonGreedy:
    """The dear backend at the sites named, the cheap one elsewhere, and with probability `epsilon` any of them."""

    name = "epsilon"
    learn = learns_nothing

    def __init__(self, epsilon: float, dear: tuple[int, ...]) -> None:
        self.epsilon, self.dear = epsilon, {SITES[place] for place in dear}

    def choose(self, call: PolicyCall) -> Decision:
        count = len(call.arms)
        best = count - 1 if call.request.site.id in self.dear else 0
        chances = [self.epsilon / count] * count
        chances[best] += 1 - self.epsilon
        return Decision(int(call.rng.choice(count, p=chances)), tuple(chances))


class Frozen:
    """A policy as it is: it learns no more."""

    learn = learns_nothing

    def __init__(self, policy: Policy, name: str) -> None:
        self.policy, self.name = policy, name
        self.needs_features = getattr(policy, "needs_features", False)

    def choose(self, call: PolicyCall) -> Decision:
        return self.policy.choose(call)


def play(policy: Policy, seed: int, count: int, trade_off: float = TRADE_OFF, scenario: str = "two",
         keep: bool = False) -> Driven:
    stream = Stream(SCENARIOS[scenario], seed, count)
    tree = Tree(stream, PROGRAM)
    return drive(policy, stream, PROGRAM, tree.labels, tree.scale, trade_off, seed, keep=keep)


def taught(policy: Policy, trade_off: float, count: int = 600) -> Policy:
    """The policy after a stream of its own, frozen."""
    play(policy, TEACHER_SEED, count, trade_off)
    return Frozen(policy, f"frozen {getattr(policy, 'name', '')}")


def stored(driven: Driven) -> list[StoredRun]:
    return [StoredRun(run, 0.0, True, (StoredOutcome(run.id, run.id, float(u)),))
            for run, u in zip(driven.runs, driven.utility, strict=True)]


@dataclass(frozen=True)
class Pair:
    """A logged policy that goes on learning and a target that does not; `inputs` to log in each trial, of which the
    first `skip` only teach the value model."""

    logged: Callable[[], Policy]
    target: Callable[[], Policy]
    inputs: int = 1000
    skip: float = 0.0


def _near(epsilon: float, dear: tuple[int, ...]) -> Callable[[], Policy]:
    return lambda: EpsilonGreedy(epsilon, dear)


PAIRS: dict[str, Pair] = {
    "epsilon>static": Pair(_near(0.4, ()), _near(0.0, (0,))),
    "epsilon>softer": Pair(_near(0.6, (0,)), _near(0.5, (1,))),
    "thompson>frozen": Pair(Thompson, lambda: taught(Thompson(floor=0.1), 0.3), 1000),
    "thompson>random": Pair(Thompson, Random),
    "counterfactual>frozen": Pair(Counterfactual, lambda: taught(Counterfactual(), 0.2), 1500, 0.4),
    "counterfactual>random": Pair(Counterfactual, Random, 1500, 0.4),
    "counterfactual:floor=0.3>frozen": Pair(
        lambda: Counterfactual(floor=0.3), lambda: taught(Counterfactual(floor=0.05), 0.1), 1500, 0.4),
}


# ------------------------------------------------------------------------- coverage


def truth(target: Policy, inputs: int) -> tuple[float, float]:
    """The target's mean utility and cost; the target's own shadows are paid for."""
    means = []
    for chunk in range(max(inputs // 2000, 1)):
        driven = play(target, TRUTH_SEED + chunk, min(inputs, 2000))
        means.append((driven.utility.mean(), driven.cost.mean()))
    utility, cost = np.mean(means, axis=0)
    return float(utility), float(cost)


def trial(job: tuple[str, int, Policy]) -> dict[str, Any]:
    name, seed, target = job
    pair = PAIRS[name]
    runs = stored(play(pair.logged(), seed, pair.inputs, keep=True))
    log = read_log(runs, target, trade_off=TRADE_OFF, teach=pair.skip, seed=seed)
    made: dict[str, Any] = {}
    for estimator in ESTIMATORS:
        try:
            report = estimate(log.runs, estimator=estimator, trade_off=TRADE_OFF, earlier=log.earlier)
        except EvaluationError as error:
            made[estimator] = error.code
            continue
        made[estimator] = {"effective": report.effective, "largest": report.largest, **{
            part: [value.value, value.error, value.low, value.high]
            for part, value in (("utility", report.target.utility), ("cost", report.target.cost),
                                ("net", report.target.net))}}
    return made


def coverage(name: str, trials: int, inputs: int, workers: int) -> Iterator[dict[str, Any]]:
    target = PAIRS[name].target()
    utility, cost = truth(target, inputs)
    right = {"utility": utility, "cost": cost, "net": utility - TRADE_OFF * cost}
    jobs = [(name, seed, target) for seed in range(trials)]
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            results = list(pool.map(trial, jobs, chunksize=5))
    else:
        results = list(map(trial, jobs))
    for estimator in ESTIMATORS:
        told = [r[estimator] for r in results if not isinstance(r[estimator], str)]
        line: dict[str, Any] = {"pair": name, "estimator": estimator, "trials": trials, "answered": len(told),
                                "truth": right}
        for code in ("FMP840", "FMP841"):
            line[code] = sum(r[estimator] == code for r in results)
        if told:
            for part, value in right.items():
                line[part] = sum(t[part][2] <= value <= t[part][3] for t in told) / len(told)
            line["half_width"] = float(np.mean([t["net"][3] - t["net"][2] for t in told])) / 2
            line["bias"] = float(np.mean([t["net"][0] for t in told])) - right["net"]
            line["effective"] = float(np.mean([t["effective"] for t in told]))
        yield line


def said(line: dict[str, Any]) -> str:
    text = f"{line['pair']:31} {line['estimator']:6} answered {line['answered']}/{line['trials']}"
    if line["answered"]:
        text += (f" | held the truth: utility {100 * line['utility']:.1f}% cost {100 * line['cost']:.1f}% net "
                 f"{100 * line['net']:.1f}% | net {line['truth']['net']:.3f} within {line['half_width']:.3f}, bias "
                 f"{line['bias']:+.4f} | effective {line['effective']:.0f}")
    if line["FMP840"] or line["FMP841"]:
        text += f" | refused: too little {line['FMP840']}, no overlap {line['FMP841']}"
    return text


# --------------------------------------------------------------------- propensities


def drawn(name: str, decisions: int) -> Iterator[RunRecord]:
    """Runs of a policy on fresh streams, until so many decisions were drawn by chance, or twenty times as many made."""
    seed, most = 700_000, 20 * decisions
    while decisions > 0 and most > 0:
        runs = play(resolve(name), seed, 2000, keep=True).runs
        most -= sum(len(run.calls) for run in runs)
        decisions -= sum(0 < call.propensities[-1] < 1 for run in runs for call in run.calls)
        seed += 1
        yield from runs


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("coverage", "propensities"))
    parser.add_argument("--pairs", default=",".join(PAIRS), help=f"of {', '.join(PAIRS)}")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--truth", type=int, default=20_000, help="inputs of the stream that tells the truth")
    parser.add_argument("--policies", default=",".join((*POLICIES, "random")))
    parser.add_argument("--decisions", type=int, default=100_000, help="of each policy")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="the same as JSON lines")
    told = parser.parse_args()
    lines: list[dict[str, Any]] = []
    if told.what == "coverage":
        for name in told.pairs.split(","):
            began = time.monotonic()
            for line in coverage(name, told.trials, told.truth, told.workers):
                lines.append(line)
                print(said(line), flush=True)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    else:
        for name in told.policies.split(","):
            found = frequencies(drawn(name, told.decisions))
            lines.append({"policy": name, "bins": found})
            worst = max((abs(z) for *_, z in found), default=0.0)
            print(f"{name:14} {sum(count for _, _, count, _ in found):7} decisions by chance in {len(found)} bins, "
                  f"largest |z| {worst:.2f}", flush=True)
    if told.out:
        told.out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")


if __name__ == "__main__":
    main()
