"""What a long stream holds in memory, and what the host adds to each of its runs.

    python benchmarks/stream_memory.py [--runs 100000] [--concurrency 1] [--no-ledger] [--policy NAME] [--json]

A SIMULATION: two backends that are plain functions answer a program of up to two calls on rows of a JSON Lines file,
all with labels, with the default policy and a ledger in a file. What is measured is what `fmplang stream` does: rows
are read, digested and run, outcomes given, lines written. Growth is of the resident memory from the 10,000th run to the
end, each the largest of ten readings. Time is of the processor (it holds what the ledger costs, not the disk's waits)
and of the clock, both without the time that the backends took. The bars: growth below 10%, 2 ms a run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import fmplang
from fmplang.cli.stream import _row_json
from fmplang.cli.stream_rows import Fields, stream_rows
from fmplang.cli.tally import Tally
from fmplang.host.streams import Stream
from fmplang.ledger.memory import MemoryLedger
from fmplang.limits import Limits

PROGRAM = '''\
@neural("llm")
def odd(n: int) -> bool:
    """Is {n} odd?"""


@neural("llm")
def large(n: int) -> bool:
    """Is {n} large?"""


def main(n: int) -> bool:
    if not odd(n):
        return False
    return large(n)
'''
EARLY = 10_000
READINGS = 10
GROWTH, MILLISECONDS = 0.10, 2.0


class Backends:
    """A dear one that is right, and a cheap one that errs on every eleventh number; `seconds` is what they took."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pool(self) -> fmplang.Pool:
        def answer(request: Any, wrong: bool) -> bool:
            begun = time.perf_counter()
            n = request.args["n"]
            made = bool(n % 2 if request.function.name == "odd" else n > 500) ^ wrong
            self.seconds += time.perf_counter() - begun
            return made

        @fmplang.backend("llm", name="cheap", cost=0.1)
        def cheap(request: Any) -> bool:
            return answer(request, request.args["n"] % 11 == 0)

        @fmplang.backend("llm", name="dear", cost=1.0)
        def dear(request: Any) -> bool:
            return answer(request, False)

        return fmplang.Pool([cheap, dear], unit="ms")


def resident() -> int:
    """Bytes; Linux."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(runs: int, concurrency: int, recorded: bool, policy: str) -> dict[str, Any]:
    program = fmplang.compile(PROGRAM)
    backends = Backends()
    early = max(EARLY, READINGS * 50) if runs > EARLY else runs // 2
    readings: dict[str, list[int]] = {"early": [], "late": []}
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as sink:
        data = Path(folder) / "data.jsonl"
        with data.open("w") as lines:
            for i in range(runs):
                n = i * 7919 % 1000
                lines.write(json.dumps({"n": n, "right": n % 2 == 1 and n > 500}) + "\n")
        ledger: Any = Path(folder) / "runs.db" if recorded else MemoryLedger(64)
        with fmplang.Runtime(backends.pool(), policy, ledger=ledger, trade_off=0.3) as runtime, \
                stream_rows(str(data), Fields(program, Limits(), "right")) as rows:
            stream, tally = Stream(runtime, program, concurrency=concurrency), Tally(runtime.unit)
            clock, processor = time.perf_counter(), time.process_time()
            for answered in stream.answers(rows):
                tally.add(answered)
                sink.write(json.dumps(_row_json(answered, True)) + "\n")
                for name, end in (("early", early), ("late", runs)):
                    if end - READINGS * 50 < tally.rows <= end and tally.rows % 50 == 0:
                        readings[name].append(resident())
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
        size = sum(each.stat().st_size for each in Path(folder).glob("runs.db*"))
    before, after = max(readings["early"]), max(readings["late"])
    return {
        "runs": runs, "concurrency": concurrency, "policy": policy, "ledger": recorded, "right": tally.reward / runs,
        "shares": {name: count / tally.backends.total() for name, count in sorted(tally.backends.items())},
        "megabytes_early": before / 1e6, "megabytes_end": after / 1e6, "growth": after / before - 1,
        "processor_ms_a_run": (processor - backends.seconds) / runs * 1e3,
        "clock_ms_a_run": (clock - backends.seconds) / runs * 1e3, "ledger_bytes_a_run": size / runs,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--policy", default="counterfactual")
    parser.add_argument("--no-ledger", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = measure(args.runs, args.concurrency, not args.no_ledger, args.policy)
    if args.json:
        print(json.dumps(found))
        return 0
    print(f"SIMULATION: {found['runs']:,} runs, {found['concurrency']} at once, {found['policy']}, "
          f"{'a ledger in a file' if found['ledger'] else 'no ledger'}")
    print(f"memory {found['megabytes_early']:.1f} MB early, {found['megabytes_end']:.1f} MB at the end: "
          f"{found['growth']:+.1%} (bar {GROWTH:.0%})")
    print(f"host time a run {found['processor_ms_a_run']:.2f} ms of the processor, {found['clock_ms_a_run']:.2f} ms of "
          f"the clock (bar {MILLISECONDS:g} ms); {found['ledger_bytes_a_run']:,.0f} bytes of ledger a run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
