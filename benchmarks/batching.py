"""How much is gained by asking the embedded backends in batches, directly and through the host.

    python benchmarks/batching.py [BACKEND ...] [--runs 32] [--rounds 5] [--json]

Every backend answers the same requests, all different: one after another and as one batch (`direct`), as runs of a
program one after another and as a stream of so many at once (`stream`), and as runs side by side on an event loop
(`loop`). Each round times all of these in turn. A figure is the median over the rounds of the ratio of two times that
were taken one after the other, so that other work on the machine slows both. `gains` is what the backend says of
itself: the aim is at least 3 times where it says so, and never below 1. Pictures are small (96 to 158 pixels, as crops
are): what a batch saves is the fixed part of a call, so larger ones gain less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from backends import CLASSIFY, EMBED, INPUTS, LABELS, ask, requests_for

import fmplang
from fmplang.backends.base import Backend, gains_from_batches
from fmplang.backends.embedded import embedded_backends
from fmplang.runtime.requests import Request

TARGET = 3.0
PROGRAMS = {
    "detect": "def main(image: Image, name: str) -> int:\n    return len(image.find(name))\n",
    "verify": "def main(image: Image, name: str, property: str) -> bool:\n"
              "    return image.verify_property(name, property)\n",
    "vqa": "def main(image: Image, question: str) -> str:\n    return image.simple_query(question)\n",
    "ocr": "def main(image: Image) -> str:\n    return image.read_text()\n",
    "classify": "def main(text: str, labels: list[str]) -> str:\n    return classify(text, labels)\n",
    "embed": "def main(text: str) -> int:\n    return len(embed(text))\n",
}


def requests_of(backend: Backend, count: int) -> list[Request]:
    """Different requests of one kind."""
    tickets = [json.loads(row)["ticket"] for row in (INPUTS / "tickets.jsonl").read_text("utf-8").splitlines()]
    texts = [f"{tickets[number % len(tickets)]} (number {number})" for number in range(count)]
    if backend.capability == "classify":
        return [ask(CLASSIFY, text, LABELS) for text in texts]
    if backend.capability == "embed":
        return [ask(EMBED, text) for text in texts]
    return [next(requests_for(backend, 96 + 2 * number)) for number in range(count)]


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(backend: Backend, runs: int, rounds: int) -> dict[str, Any]:
    requests = requests_of(backend, runs)
    program = fmplang.compile(PROGRAMS[backend.capability])
    rows = [dict(request.args) for request in requests]
    runtime = fmplang.Runtime(pool=fmplang.Pool([backend]), policy="cheapest")

    def one_by_one() -> list[Any]:
        return [backend.answer([request])[0] for request in requests]

    def side_by_side() -> list[Any]:
        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(runtime.arun(program, **row) for row in rows))

        return asyncio.run(all_of_them())

    same = one_by_one() == list(backend.answer(requests))  # loads the model, too
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, work in (
            ("one by one", one_by_one), ("batch", lambda: backend.answer(requests)),
            ("run by run", lambda: [runtime.run(program, **row) for row in rows]),
            ("stream", lambda: list(runtime.stream(program, rows, concurrency=runs))), ("loop", side_by_side),
        ):
            times.setdefault(name, []).append(seconds(work))

    def ratio(slow: str, fast: str) -> float:
        return round(statistics.median(a / b for a, b in zip(times[slow], times[fast], strict=True)), 2)

    return {
        "backend": backend.name, "gains": gains_from_batches(backend), "same": same,
        "ms": {name: round(1000 * statistics.median(taken) / runs, 3) for name, taken in times.items()},
        "direct": ratio("one by one", "batch"), "stream": ratio("run by run", "stream"),
        "loop": ratio("run by run", "loop"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="BACKEND")
    parser.add_argument("--runs", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for backend in embedded_backends():
        health = backend.health()  # type: ignore[attr-defined]
        if given.names and backend.name not in given.names:
            continue
        if not health.ok:
            print(f"{backend.name:22} not measured: {health.why}")
            continue
        row = measure(backend, given.runs, given.rounds)
        found.append(row)
        if not given.json:
            print(f"{row['backend']:22} {'gains' if row['gains'] else '':6}{row['ms']['one by one']:9.3f} ms a call,"
                  f" batch {row['direct']:6.2f} times; through the host stream {row['stream']:6.2f},"
                  f" loop {row['loop']:6.2f}{'' if row['same'] else '; OTHER ANSWERS'}", flush=True)
    if given.json:
        print(json.dumps({"target": TARGET, "load": round(os.getloadavg()[0], 1), "cores": os.cpu_count(),
                          "backends": found}))


if __name__ == "__main__":
    main()
