"""What a neural call costs besides the policy, the backend and the ledger.

    python benchmarks/neural_call.py

Runs a program that asks in a loop, through Runtime.run, with a policy, a backend and a ledger that do next to
nothing and whose own time is measured and taken off. The target is at most 20 microseconds of interpreter and host
per call. Also told: the parts, and what the real policies and ledgers add.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import fmplang
from fmplang.backends.base import Response
from fmplang.ledger.memory import MemoryLedger
from fmplang.policy.base import Decision, PolicyCall
from fmplang.runtime.requests import Finished, Request

CALLS = 200
ROUNDS = 100
TARGET = 20e-6
PROGRAM = '''
@neural("vqa")
def ask(text: str) -> bool:
    """Is it so? {text}"""

def main(n: int) -> int:
    yes = 0
    for i in range(n):
        if ask("the same question"):
            yes += 1
    return yes
'''
LIMITS = fmplang.Limits(neural_calls=CALLS)


class Instant:
    """A backend that answers at once."""

    capability, version, unit = "vqa", "1", "units"

    def __init__(self, name: str) -> None:
        self.name = name
        self.response = [Response(True)]

    def supports(self, request: Request) -> bool:
        return True

    def price(self, request: Request) -> float:
        return 1.0

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        return self.response


class First:
    """A policy that takes the first arm."""

    decision = Decision(0, (1.0, 0.0))

    def choose(self, call: PolicyCall) -> Decision:
        return self.decision

    def learn(self, run: object, outcome: object) -> None:
        pass


class NoLedger(MemoryLedger):
    def record_run(self, run: object) -> None:
        pass


def best(work: Callable[[], Any]) -> tuple[float, float]:
    """Least and median seconds of processor time of one round: other work on the machine counts for little."""
    took = []
    for _ in range(ROUNDS):
        started = process_time()
        work()
        took.append(process_time() - started)
    return min(took), statistics.median(took)


def interpreter_alone(program: fmplang.Program) -> float:
    def work() -> None:
        execution = program.start({"n": CALLS}, LIMITS, trace_statements=True)
        step = execution.advance()
        while type(step) is not Finished:
            execution.answer(True)
            step = execution.advance()

    return best(work)[0] / CALLS


def stubs() -> float:
    """What the policy and the two backends take themselves in one call."""
    policy, first, second = First(), Instant("a"), Instant("b")

    def work() -> None:
        for _ in range(CALLS):
            first.supports(None)  # type: ignore[arg-type]
            second.supports(None)  # type: ignore[arg-type]
            first.price(None)  # type: ignore[arg-type]
            second.price(None)  # type: ignore[arg-type]
            policy.choose(None)  # type: ignore[arg-type]
            first.answer(())

    return best(work)[0] / CALLS


def through(program: fmplang.Program, policy: Any, ledger: Any) -> tuple[float, float]:
    pool = fmplang.Pool([Instant("a"), Instant("b")])
    runtime = fmplang.Runtime(pool=pool, policy=policy, ledger=ledger, limits=LIMITS)
    least, median = best(lambda: runtime.run(program, n=CALLS))
    return least / CALLS, median / CALLS


def main() -> int:
    program = fmplang.compile(PROGRAM)
    alone = interpreter_alone(program)
    own = stubs()
    least, median = (seconds - own for seconds in through(program, First(), NoLedger()))
    print(f"policy and backends, off     {own * 1e6:8.2f} us a call")
    print(f"interpreter alone            {alone * 1e6:8.2f} us a call")
    print(f"interpreter and host         {least * 1e6:8.2f} us a call (median {median * 1e6:.2f}), target 20")
    for name in ("cheapest", "strongest", "random"):
        print(f"  and the policy {name:<12}{through(program, name, NoLedger())[0] * 1e6:8.2f} us a call")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        print(f"  and a ledger in a file     {through(program, First(), path)[0] * 1e6:8.2f} us a call")
    return 0 if least <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
