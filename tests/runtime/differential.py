"""Pure programs in fmplang and in CPython: the same value, or an error of the same kind.

    python -m tests.runtime.differential --programs 10000 --record tests/runtime/differential.json

Programs and inputs follow from the seed and the number of the program alone (tests/runtime/generated.py); every other
one is an expression, the others are statements. A program counts once at least one of its sets of inputs was compared:
where a limit of fmplang comes first, CPython is not asked. Exits with 1 where a pair differs, and prints it.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from fmplang import Limits
from fmplang.errors import LimitError, ProgramError, RunError
from fmplang.runtime.program import Program
from fmplang.runtime.values import OrderedSet
from tests.runtime.generated import Seeded, expression_program, statement_program
from tests.runtime.talk import program, shown, talk

# Tight, so that CPython is asked only about programs that end soon.
LIMITS = Limits(steps=20_000, integer_bits=2_000, string=20_000, items=3_000)
SETS_OF_INPUTS = 3


def outcome_here(text: str | Program, given: dict[str, Any]) -> str | None:
    """The value or the kind of error; None where a limit came first."""
    values = {name: OrderedSet(v) if isinstance(v, set) else v for name, v in given.items()}
    done = talk(text, limits=LIMITS, **values)
    if isinstance(done.error, LimitError):
        return None
    if done.error is not None:
        assert isinstance(done.error, RunError), done.error
        assert done.error.span is not None and done.error.code != "FMP500", done.error
        return f"raises {done.error.kind}"
    return shown(done.value)


def outcome_there(text: str, given: dict[str, Any]) -> str:
    scope: dict[str, Any] = {}
    exec(compile(text, "<generated>", "exec"), scope)  # the oracle; the text is our own
    try:
        return shown(scope["main"](**copy.deepcopy(given)))
    except Exception as error:
        return f"raises {type(error).__name__}"


def agree(text: str, given: dict[str, Any]) -> None:
    here = outcome_here(text, given)
    if here is not None:
        assert here == outcome_there(text, given), text


def example(seed: int, number: int) -> tuple[str, list[dict[str, Any]]]:
    """The program of this number, and its inputs."""
    chance = Seeded(random.Random(f"{seed} {number}"))
    text = (statement_program if number % 2 else expression_program)(chance)
    return text, [chance.inputs() for _ in range(SETS_OF_INPUTS)]


def compare(seed: int, programs: int) -> dict[str, Any]:
    """Compare so many programs; the counts, and every difference as (program, inputs, here, there)."""
    counts: Counter[str] = Counter()
    differences: list[tuple[str, str, str, str]] = []
    number = 0
    while counts["programs"] < programs:
        text, rows = example(seed, number)
        number += 1
        try:
            made = program(text)
        except ProgramError as error:  # the generator's types are the checker's
            differences.append((text, "", f"refused: {error}", "accepted"))
            continue
        compared = 0
        for given in rows:
            here = outcome_here(made, given)
            if here is None:
                counts["limit came first"] += 1
                continue
            there = outcome_there(text, given)
            compared += 1
            counts["errors" if there.startswith("raises") else "values"] += 1
            if here != there:
                differences.append((text, repr(given), here, there))
        counts["programs"] += compared > 0
    return {"seed": seed, "generated": number, **counts, "compared": counts["values"] + counts["errors"],
            "differences": differences}


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare generated pure programs with CPython.")
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="write what was counted to this file")
    options = parser.parse_args()
    found = compare(options.seed, options.programs)
    for text, given, here, there in found["differences"]:
        sys.stdout.write(f"{text}\ninputs: {given}\nhere:  {here}\nthere: {there}\n\n")
    record = {**found, "differences": len(found["differences"]), "python": platform.python_version()}
    sys.stdout.write(json.dumps(record) + "\n")
    if options.record is not None:
        options.record.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 1 if found["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
