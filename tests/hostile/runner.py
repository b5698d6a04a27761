"""Runs hostile programs in a process of their own, under ceilings of the operating system, and watched.

    python runner.py INPUT.json OUTPUT.jsonl [STEPS]

INPUT is an object of texts by name. OUTPUT has a line per program, written as soon as it ended: its name, how
it ended ("refused", "answered", "stopped" or "broken"), its codes, and the seconds of CPU it took. A program is
"broken" where something else than an FmpError left fmplang, where a value or a message holds what is no value of FMP
(tests/hostile/universe.py), or where CPython's audit hooks saw it open, import, run, connect or start something: while
a program is checked and runs, no audit event but those of HARMLESS is expected. A process that the operating system
ends leaves the rest of the lines out.
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

# What fmplang does itself while a program runs: it tells objects apart, asks how deep the stack is, and looks at a
# traceback for the place of an error. Reading any other guarded attribute (__code__, f_globals, gi_frame ...) is an
# event like the others.
HARMLESS = {"builtins.id", "sys._getframe"}
TRACEBACKS = ("tb_frame", "tb_next")


class Escape(Exception):
    """A program reached something outside its values."""


class Watch:
    """Collects audit events while it is on. A hook cannot be taken away again, so it is switched."""

    def __init__(self) -> None:
        self.on = False
        self.events: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and event not in HARMLESS:
            if event == "object.__getattr__" and args[1] in TRACEBACKS:
                return
            self.on = False  # telling of it must not be told of
            self.events.append(f"{event} {args!r}"[:300])
            self.on = True


def answer_for(request: Any) -> Any:
    """A value of the request's declared type, as nasty as the type allows; ten boxes where boxes are asked for."""
    from fmplang.check import types as t
    from tests.hostile.universe import nasty

    image = next((v for v in request.args.values() if type(v).__name__ == "Image"), None)
    if image is not None and request.returns == t.ListType(t.IMAGE):
        return [image] * 10
    return nasty(request.returns)


def converse(program: Any, limits: Any) -> Any:
    """Run a program; its value and notes. Escape where anything that comes out is no value of FMP."""
    from fmplang.check import types as t
    from tests.hostile.universe import nasty, strangers

    given = {p.name: 3 if p.type == t.INT else nasty(p.type) for p in program.typed.entry.params}
    execution = program.start(given, limits=limits)
    while True:
        step = execution.advance()
        if type(step).__name__ == "Finished":
            found = list(strangers([step.value, execution.notes]))
            if found:
                raise Escape(found[0])
            return step.value
        requests = step.requests if type(step).__name__ == "Group" else (step,)
        for request in requests:
            found = list(strangers([*request.args.values(), request.prompt]))
            if found:
                raise Escape(found[0])
        answers = [answer_for(request) for request in requests]
        execution.answer(answers if type(step).__name__ == "Group" else answers[0])


def outcome(text: str, steps: int = 0) -> dict[str, Any]:
    import fmplang
    from tests.hostile.universe import strangers

    limits = fmplang.Limits(own_seconds=60.0, **({"steps": steps} if steps else {}))
    try:
        program = fmplang.compile(text)
    except fmplang.ProgramError as error:
        codes = [d.code for d in error.diagnostics if d.severity == "error"]
        return {"end": "refused" if codes else "broken", "codes": codes}
    try:
        converse(program, limits)
    except fmplang.FmpError as error:
        for found in strangers(str(error)):
            raise Escape(found) from None
        return {"end": "stopped", "codes": [error.code], "message": str(error)}
    return {"end": "answered", "codes": []}


def warm() -> None:
    """Have everything imported and read that fmplang imports and reads late, so that nothing is left for a program."""
    import fmplang

    whole = '''
class R:
    n: int


def main(image: Image) -> int:
    print([f"{p.width:>3}" for p in image.find("x")], R(n=1), "{}".format(1.5), max([1, 2], key=lambda x: -x))
    text = best_text_match(image, ["a", "b"]) + llm_query("q") + str(image.crop(0, 0, 5, 5).compute_depth())
    return [1, 2][len(text)]
'''
    broken = "def main() -> int:\n    while (1\n  x = [1, 'a'}\n    return undefinde\n"
    for text in (whole, broken, "import os\n@x\n\x00"):
        outcome(text)
    from importlib import import_module

    root = Path(fmplang.__file__).parent
    for part in ("syntax", "check", "runtime"):
        for path in sorted((root / part).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            if not name.endswith("__main__"):
                import_module(f"fmplang.{name.removesuffix('.__init__')}")


def main(source: str, target: str, steps: str = "0") -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    warm()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    programs = json.loads(Path(source).read_text(encoding="ascii"))
    watch = Watch()
    with Path(target).open("w", encoding="ascii") as out:
        for name, text in programs.items():
            start = process_time()
            watch.events.clear()
            watch.on = True
            try:
                result = outcome(text, int(steps))
            except BaseException:
                watch.on = False
                result = {"end": "broken", "codes": [], "message": traceback.format_exc(limit=-6)}
            watch.on = False
            if watch.events:
                result = {"end": "broken", "codes": [], "message": f"it caused {watch.events[:5]}"}
            out.write(json.dumps({"name": name, **result, "cpu": round(process_time() - start, 2)}) + "\n")
            out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
