"""Runs hostile programs in a process of their own, under ceilings of the operating system.

    python runner.py INPUT.json OUTPUT.jsonl

INPUT is an object of texts by name. OUTPUT has a line per program, written as soon as it ended: its name, how
it ended ("refused", "answered", "stopped" or "broken"), its codes, and the seconds of CPU it took. A program is
"broken" where something else than an FmpError left fmplang. A process that the operating system ends leaves the
rest of the lines out.
"""

from __future__ import annotations

import json
import resource
import sys
import traceback
from pathlib import Path
from time import process_time
from typing import Any

MEMORY = 3 << 30  # bytes of address space
CPU = 400  # seconds for all programs of one file

HOSTILE_TEXT = "{0.__class__.__mro__} {ticket} \x1b[2J \x00 \ud800 yes"


def answer_for(request: Any) -> Any:
    """A value of the request's declared type, as nasty as the type allows."""
    from fmplang.check import types as t

    def of(kind: t.Type) -> Any:
        match kind:
            case t.OptionalType():
                return None
            case t.LiteralType():
                return kind.values[0]
            case t.ListType():
                image = next((v for v in request.args.values() if type(v).__name__ == "Image"), None)
                return [image] * 10 if kind.item == t.IMAGE and image is not None else [of(kind.item)]
            case t.Prim("bool"):
                return False
            case t.Prim("int"):
                return -1
            case t.Prim("float"):
                return 1e308
            case t.Prim("str"):
                return HOSTILE_TEXT
        raise AssertionError(f"no answer for {kind}")

    return of(request.returns)


def converse(program: Any, limits: Any) -> None:
    import numpy as np

    import fmplang
    from fmplang.runtime.values.images import Image

    given: dict[str, Any] = {}
    for parameter in program.typed.entry.params:
        kind = str(parameter.type)
        if kind == "int":
            given[parameter.name] = 3
        elif kind == "Image":
            given[parameter.name] = Image.from_pixels(np.zeros((24, 32, 3), np.uint8))
        else:
            raise fmplang.InputError(f"the runner has no input of type {kind}", code="FMP811")
    execution = program.start(given, limits=limits)
    while True:
        step = execution.advance()
        if type(step).__name__ == "Finished":
            return
        if type(step).__name__ == "Group":
            execution.answer([answer_for(request) for request in step.requests])
        else:
            execution.answer(answer_for(step))


def outcome(text: str) -> dict[str, Any]:
    import fmplang

    limits = fmplang.Limits(own_seconds=60.0)
    try:
        program = fmplang.compile(text)
    except fmplang.ProgramError as error:
        return {"end": "refused", "codes": [d.code for d in error.diagnostics if d.severity == "error"]}
    try:
        converse(program, limits)
    except fmplang.FmpError as error:
        return {"end": "stopped", "codes": [error.code], "message": str(error)}
    return {"end": "answered", "codes": []}


def main(source: str, target: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    programs = json.loads(Path(source).read_text(encoding="ascii"))
    with Path(target).open("w", encoding="ascii") as out:
        for name, text in programs.items():
            start = process_time()
            try:
                result = outcome(text)
            except BaseException:
                result = {"end": "broken", "codes": [], "message": traceback.format_exc(limit=-6)}
            out.write(json.dumps({"name": name, **result, "cpu": round(process_time() - start, 2)}) + "\n")
            out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
