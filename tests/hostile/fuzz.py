"""A great many programs that nobody wrote: none may break fmplang.

    python -m tests.hostile.fuzz --inputs 1000000 --seed 1 --jobs 2 --record tests/hostile/record.json
    python -m tests.hostile.fuzz --seed 1 --show 123456        prints an input, and what becomes of it
    python -m tests.hostile.fuzz --again --record ...          tries the failures of a record anew, once they are mended

What must hold of each input is written in `hold`. An input follows from the seed and its number alone
(tests/hostile/fuzz_inputs.py), so a record is gone on with by running the same command again: blocks that the record
has are left out. `--seconds` ends the run after the block at hand. Exits with 1 where the record holds a failure.

A failure is an exception outside the error tree, a broken promise of `hold`, an input that takes more than
CPU_SECONDS of processor time, or one that ends its process. Put its text into regressions/ before you mend it.
"""

from __future__ import annotations

import argparse
import ast as python_ast
import json
import multiprocessing
import platform
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import fmplang
from fmplang.runtime.program import Program
from fmplang.syntax import ast
from fmplang.syntax.parser import parse
from fmplang.syntax.printer import print_module
from fmplang.syntax.source import Source
from tests.hostile.fuzz_inputs import nth
from tests.hostile.universe import nasty, strangers

BLOCK = 1000
CPU_SECONDS = 20
MEMORY = 3 << 30
LIMITS = fmplang.Limits(steps=20_000, own_seconds=600.0, neural_calls=16, memory=16 << 20)
# What a checked program can never fail with: the checker sees it (language.md, L3).
SEEN_BEFORE = {"NameError", "UnboundLocalError", "AttributeError", "SyntaxError"}


class Hang(BaseException):
    """Not an Exception, so that nothing in between takes it for an error of its own."""


def converse(program: Program, rng: random.Random, limits: fmplang.Limits = LIMITS) -> Any:
    """Run a program with drawn inputs and answers; its value. Whatever it prints and asks is looked at too."""
    given = {p.name: nasty(p.type, rng) for p in program.typed.entry.params}
    execution = program.start(given, limits=limits)
    while True:
        step = execution.advance()
        if isinstance(step, fmplang.Finished):
            break
        for request in step.requests if isinstance(step, fmplang.Group) else (step,):
            told = [*request.args.values(), request.prompt]
            assert not list(strangers(told)), list(strangers(told))
            execution.answer(nasty(request.returns, rng), request)
    found = list(strangers([step.value, execution.notes]))
    assert not found, found
    return step.value


def hold(text: str, rng: random.Random | None = None) -> str:
    """What becomes of a text: "refused", "answered" or "stopped". Raises where a promise is broken.

    Checking never raises, and its diagnostics have codes and places within the text. A text that is well formed has a
    canonical form that means the same and stays as it is. A program that checks is Python (L1), and ends in a value of
    the closed universe or in an FmpError that has a code and shows nothing of the host (L4, L5), never in one that the
    checker should have seen (L3).
    """
    report = fmplang.check(text)
    for diagnostic in report.diagnostics:
        assert diagnostic.code.startswith("FMP") and diagnostic.title, diagnostic
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.source.text), diagnostic
    if not report.ok:
        if not any(d.severity == "error" and d.code[3] in "06" for d in report.diagnostics):
            _prints_the_same(text)  # well formed, so `fmt` takes it
        return "refused"
    python_ast.parse(text)
    _prints_the_same(text)
    try:
        converse(fmplang.compile(text), rng or random.Random(0))
    except fmplang.RunError as error:
        assert error.kind not in SEEN_BEFORE and error.code != "FMP500", error
        assert not list(strangers(error.message)), error.message
        return "stopped"
    except fmplang.FmpError as error:
        assert error.code.startswith("FMP6"), f"no limit: {error!r}"
        return "stopped"
    return "answered"


def _prints_the_same(text: str) -> None:
    source = Source(text)
    tree = parse(source).module
    printed = print_module(tree, source)
    again = Source(printed)
    tree_again = parse(again)
    assert ast.same(tree, tree_again.module), "formatting changes the tree"
    assert print_module(tree_again.module, again) == printed, "formatting twice changes the text"


def _alarm(signum: int, frame: object) -> None:
    raise Hang(f"more than {CPU_SECONDS} s of processor time")


def try_one(seed: int, number: int) -> tuple[str, str, str]:
    """(kind, how it ended, the traceback if it failed)."""
    kind, text = nth(seed, number)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        return kind, hold(text, random.Random(number)), ""
    except BaseException:
        return kind, "failed", traceback.format_exc(limit=-8)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def try_block(seed: int, block: int) -> dict[str, Any]:
    """Try BLOCK inputs."""
    counts: Counter[str] = Counter()
    failures = []
    slowest = (0.0, 0)
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        began = time.process_time()
        kind, end, trouble = try_one(seed, number)
        slowest = max(slowest, (round(time.process_time() - began, 2), number))
        counts[f"{kind} {end}"] += 1
        if trouble:
            failures.append({"seed": seed, "number": number, "trouble": trouble})
    return {"block": block, "counts": counts, "failures": failures, "slowest": slowest}


def start_worker() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGVTALRM, _alarm)


# --------------------------------------------------------------------------------------------------- records


def empty_record(seed: int) -> dict[str, Any]:
    return {"seed": seed, "blocks": [], "inputs": 0, "counts": {}, "failures": [], "mended": [], "slowest": [0.0, 0],
            "python": platform.python_version(), "cpu_seconds": 0.0}


def add(record: dict[str, Any], done: dict[str, Any]) -> None:
    record["blocks"] = merged([*record["blocks"], [done["block"], done["block"]]])
    record["inputs"] += BLOCK
    for name, count in done["counts"].items():
        record["counts"][name] = record["counts"].get(name, 0) + count
    record["failures"] += done["failures"]
    record["slowest"] = max(record["slowest"], list(done["slowest"]))


def merged(ranges: list[list[int]]) -> list[list[int]]:
    """Ranges [first, last] of blocks, those that touch made one."""
    out: list[list[int]] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1][1] = max(out[-1][1], last)
        else:
            out.append([first, last])
    return out


def missing(record: dict[str, Any], blocks: int) -> Iterator[int]:
    done = record["blocks"]
    return (b for b in range(blocks) if not any(first <= b <= last for first, last in done))


def save(record: dict[str, Any], path: Path | None) -> None:
    if path is not None:
        record["counts"] = dict(sorted(record["counts"].items()))
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)


def fuzz(seed: int, inputs: int, jobs: int, seconds: float, path: Path | None) -> dict[str, Any]:
    """Try inputs until there are so many, or so many seconds are over."""
    record = json.loads(path.read_text(encoding="utf-8")) if path is not None and path.exists() else empty_record(seed)
    if record["seed"] != seed:
        raise SystemExit(f"the record is of seed {record['seed']}")
    end = time.monotonic() + seconds
    todo = list(missing(record, -(-inputs // BLOCK)))
    spawn = multiprocessing.get_context("spawn")
    while todo and time.monotonic() < end:
        with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=start_worker) as pool:
            begun: dict[int, Any] = {}
            try:
                while (todo or begun) and (begun or time.monotonic() < end):
                    while todo and len(begun) < jobs and time.monotonic() < end:
                        block = todo.pop(0)
                        begun[block] = pool.submit(try_block, seed, block)
                    block = next(iter(begun))
                    add(record, begun[block].result())
                    del begun[block]
                    save(record, path)
            except BrokenProcessPool:
                for block in begun:  # one of them ended the process; which input it was, --show tells
                    trouble = f"an input of block {block} ended its process"
                    add(record, {"block": block, "counts": {"unknown failed": BLOCK}, "slowest": [0.0, 0],
                                 "failures": [{"seed": seed, "number": block * BLOCK, "trouble": trouble}]})
                save(record, path)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    record["cpu_seconds"] = round(record["cpu_seconds"] + used.ru_utime + used.ru_stime)
    save(record, path)
    return record


def try_again(path: Path) -> dict[str, Any]:
    """Try the failures of a record with the code at hand; those that hold now go to `mended`, by number."""
    record = json.loads(path.read_text(encoding="utf-8"))
    start_worker()
    failures = record["failures"]
    record["failures"] = []
    record.setdefault("mended", [])
    for failure in failures:
        kind, end, trouble = try_one(failure["seed"], failure["number"])
        name = f"{kind} {end}"
        if trouble:
            record["failures"].append({**failure, "trouble": trouble})
        else:
            record["mended"].append(failure["number"])
            record["counts"][f"{kind} failed"] -= 1
            record["counts"][name] = record["counts"].get(name, 0) + 1
    record["counts"] = {name: count for name, count in record["counts"].items() if count}
    save(record, path)
    return record


def main() -> int:
    parser = argparse.ArgumentParser(description="Try generated programs; keep a record.")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--record", type=Path)
    parser.add_argument("--show", type=int, help="print this input and what becomes of it")
    parser.add_argument("--again", action="store_true", help="try the failures of the record anew")
    options = parser.parse_args()
    if options.again:
        record = try_again(options.record)
        sys.stdout.write(json.dumps(record, indent=2) + "\n")
        return 1 if record["failures"] else 0
    if options.show is not None:
        start_worker()
        sys.stdout.write(nth(options.seed, options.show)[1] + "\n---\n")
        sys.stdout.write("\n".join(try_one(options.seed, options.show)) + "\n")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves the pool in order: no worker stays behind
    record = fuzz(options.seed, options.inputs, options.jobs, options.seconds, options.record)
    sys.stdout.write(json.dumps({**record, "failures": record["failures"][:5]}, indent=2) + "\n")
    return 1 if record["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
