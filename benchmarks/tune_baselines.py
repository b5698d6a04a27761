"""Settings of the policies that the default one is measured against, by grid: `python benchmarks/tune_baselines.py`.

A SIMULATION on development seeds (5000 to 5019) alone. For every setting of a policy's grid it prints the net utility
by scenario and trade-off, and their mean, the best first. The defaults are the settings of the best mean over scenarios
and trade-offs, or where several are within 0.001 the one that stood before; no one setting is the best everywhere.
"""

from __future__ import annotations

import argparse
import os
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from fmplang.bench.policies import run_all

FIRST, LAST = 5000, 5019
GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    "reinforce": {"rate": (0.0003, 0.001, 0.003, 0.01, 0.03), "nu": (0.03, 0.1, 0.3, 1.0)},
    "full": {"rate": (0.0003, 0.001, 0.003, 0.01, 0.03), "nu": (0.03, 0.1, 0.3, 1.0)},
    "lints": {"noise": (0.1, 0.2, 0.4, 0.8), "prior": (0.1, 0.3, 1.0, 3.0)},
    "router": {"noise": (0.05, 0.1, 0.2, 0.4, 0.8), "prior": (0.3, 1.0, 3.0)},
    "cascade": {"warm": (20, 40, 80), "explore": (0.01, 0.03, 0.06)},
    "thompson": {"loss": (0.05, 0.1, 0.15), "shared": (0.3, 0.5), "noise": (0.35, 0.5), "spread": (0.1, 0.2)},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", default=",".join(GRIDS))
    parser.add_argument("--scenarios", default="two,three")
    parser.add_argument("--trade-offs", default="0.1,0.3")
    parser.add_argument("--inputs", type=int, default=800)
    parser.add_argument("--seeds", type=int, default=2, choices=range(1, LAST - FIRST + 2), metavar="1..20")
    parser.add_argument("--first-seed", type=int, default=FIRST, choices=range(FIRST, LAST + 1), metavar="5000..5019")
    parser.add_argument("--rows", type=Path, default=Path("tuning.jsonl"), help="measured rows, kept as they come")
    parser.add_argument("--grid", help="instead of the policy's own: NAME=VALUE,VALUE/NAME=VALUE")
    parser.add_argument("--show", type=int, default=12, help="how many of each grid")
    told = parser.parse_args()
    scenarios, trade_offs = told.scenarios.split(","), [float(x) for x in told.trade_offs.split(",")]
    seeds = range(told.first_seed, min(told.first_seed + told.seeds, LAST + 1))
    print(f"SIMULATION, seeds {seeds[0]} to {seeds[-1]}, {told.inputs} inputs; net utility")
    for policy in told.policies.split(","):
        grid = read_grid(told.grid) if told.grid else {k: list(map(str, v)) for k, v in GRIDS[policy].items()}
        names = [f"{policy}:{','.join(f'{k}={v}' for k, v in zip(grid, values, strict=True))}"
                 for values in product(*grid.values())]
        rows = run_all(scenarios, ["now"], seeds, told.inputs, trade_offs, names, told.rows)
        cells: dict[str, dict[tuple[str, float], list[float]]] = {name: {} for name in names}
        for row in rows:
            cells[row.policy].setdefault((row.scenario, row.trade_off), []).append(row.net)
        means = {name: {key: sum(v) / len(v) for key, v in found.items()} for name, found in cells.items()}
        total = {name: sum(found.values()) / len(found) for name, found in means.items()}
        print("\n" + f"{policy:50} mean    " + "  ".join(f"{s} {t:g}" for s, t in next(iter(means.values()))))
        for name in sorted(names, key=lambda each: -total[each])[:told.show]:
            print(f"{name:50} {total[name]:.4f}  " + "  ".join(
                f"{value:.4f}".rjust(len(f"{s} {t:g}")) for (s, t), value in means[name].items()))


def read_grid(text: str) -> dict[str, list[str]]:
    return {name: values.split(",") for name, values in (part.split("=") for part in text.split("/"))}


if __name__ == "__main__":
    main()
