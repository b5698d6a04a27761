"""Runs the benchmarks beside this file, writes one JSON file and prints a table.

    python benchmarks/run_all.py [--quick] [--out FILE.json] [NAME ...]

A benchmark is a script that prints one JSON object of figures on the last line of its standard output when called
with `--json`, and takes `--quick` for a run of seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NAMES = ("startup", "parse", "check", "interpreter", "neural_call", "backends")


def machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def run(name: str, quick: bool) -> dict[str, Any]:
    """The figures of one benchmark, or `{"error": ...}`."""
    command = [sys.executable, str(HERE / f"{name}.py"), "--json", *(["--quick"] if quick else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures


def rows(name: str, figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str, str]]:
    made = []
    for key, value in figures.items():
        if isinstance(value, dict):
            made += rows(name, value, f"{prefix}{key}.")
        elif isinstance(value, float):
            made.append((name, prefix + key, f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"))
        else:
            made.append((name, prefix + key, str(value)))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all where none is given")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")

    results: dict[str, dict[str, Any]] = {}
    for name in options.names or NAMES:
        print(f"running {name} ...", file=sys.stderr)
        results[name] = run(name, options.quick)
    report = {"machine": machine(), "results": results}
    if options.out:
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")

    table = [row for name, figures in results.items() for row in rows(name, figures)]
    widths = [max((len(row[i]) for row in table), default=0) for i in range(2)]
    for row in table:
        print(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")
    return 1 if any("error" in figures for figures in results.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
