"""Net utility per policy on SIMULATED streams, with 95% intervals over seeds: `python benchmarks/policies.py --quick`.

Everything is charged: shadows, warm start, exploration. Rows are kept in --rows as they come; run again to go on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from fmplang.bench.policies import FEEDBACK, POLICIES, run_all, summary
from fmplang.bench.simulation import SCENARIOS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 seeds of 600 inputs, one trade-off")
    parser.add_argument("--scenarios", default="two,three,paper", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--feedback", default="now", help=f"of {', '.join(FEEDBACK)}")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--trade-offs", default="0.1,0.2,0.3")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("policies.jsonl"), help="measured rows, kept as they come")
    parser.add_argument("--out", type=Path, help="the summary, as JSON")
    told = parser.parse_args()
    if told.quick:
        told.seeds, told.inputs, told.trade_offs, told.scenarios = 2, 600, "0.2", "two"
    rows = run_all(
        told.scenarios.split(","), told.feedback.split(","), range(told.first_seed, told.first_seed + told.seeds),
        told.inputs, [float(x) for x in told.trade_offs.split(",")], told.policies.split(","), told.rows, told.workers,
        lambda row: print(f"{row.scenario} {row.feedback} seed {row.seed} lambda {row.trade_off} {row.policy}: "
                          f"{row.net:.4f}", file=sys.stderr))
    made = summary(rows)
    for one in made:
        print(line(one))
    if told.out:
        told.out.write_text(json.dumps({"simulation": True, "summary": made}, indent=1) + "\n", encoding="ascii")


def line(one: dict) -> str:
    def span(name: str) -> str:
        mean, low, high = one[name]
        return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"

    return (f"{one['scenario']:6} {one['feedback']:9} lambda {one['trade_off']} {one['policy']:14} "
            f"seeds {one['seeds']:2} net {one['net'][0]:.4f} cost {one['cost'][0]:.3f} "
            f"| over static {span('over_static')} "
            f"| first 500 {span('first_over_static')} | last quarter {one['last'][0]:.4f} static "
            f"{one['static_last'][0]:.4f} oracle {one['oracle_last'][0]:.4f} closes {100 * one['closes']:.0f}% "
            f"| over mix {span('over_mix')}" + (f" | recovered {span('recovered_over_static')}"
                                                 if one["feedback"] == "drift" else "")
            + (f" | counterfactual ahead by {span('behind')}" if "behind" in one else ""))


if __name__ == "__main__":
    main()
