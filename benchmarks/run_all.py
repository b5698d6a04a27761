"""Runs the benchmarks beside this file one after the other, prints what they say, and writes one JSON file.

    python benchmarks/run_all.py [--out FILE.json] [NAME ...]

The file has the machine, and for each benchmark its command, exit code, seconds, and printed lines, each with the
numbers in it, so that two files can be compared line by line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COMMANDS: dict[str, tuple[str, ...]] = {
    "startup": ("startup.py",),
    "check": ("check.py",),
    "recheck": ("recheck.py",),
    "interpreter": ("interpreter.py",),
    "neural_call": ("neural_call.py",),
    "server": ("server.py",),
    "scenes": ("scenes.py",),
    "backends": ("backends.py", "quality"),
}
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")


def machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def numbers(line: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(line)]


def run(name: str) -> dict[str, Any]:
    command = COMMANDS[name]
    began = time.monotonic()
    done = subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], capture_output=True, text=True)
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    return {
        "command": f"python benchmarks/{' '.join(command)}",
        "exit": done.returncode,
        "seconds": round(time.monotonic() - began, 1),
        "lines": [{"text": line, "numbers": numbers(line)} for line in lines],
        "error": done.stderr.strip()[-2000:] if done.returncode else "",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(COMMANDS)}; all where none is given")
    parser.add_argument("--out", type=Path, help="write the report to this JSON file")
    options = parser.parse_args()
    unknown = set(options.names) - set(COMMANDS)
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}")

    report: dict[str, Any] = {"machine": machine(), "results": {}}
    for name in options.names or COMMANDS:
        result = report["results"][name] = run(name)
        print(f"{name}: {result['command']} ({result['seconds']} s)")
        for line in result["lines"]:
            print(f"  {line['text']}")
        if result["error"]:
            print(f"  FAILED, exit code {result['exit']}\n  {result['error'].splitlines()[-1]}")
        sys.stdout.flush()
    if options.out:
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if any(result["exit"] for result in report["results"].values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
