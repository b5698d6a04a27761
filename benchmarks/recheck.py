"""How long an editor waits: a program of 300 lines is checked again after each of many edits, in one process.

    python benchmarks/recheck.py [TURNS]

The program is made of the functions of benchmarks/check.py and of the programs in tests/check/mutants. The edits stand
all over the text: a letter typed into a name, a line begun and not finished, a line deleted and put back, an argument
added, a comment. Nothing is kept from one check to the next but the tables of the parser and the library.
Prints the median, the 95th percentile and the worst, in milliseconds of processor time and by the clock.
"""

from __future__ import annotations

import random
import statistics
import sys
from pathlib import Path
from time import perf_counter, process_time

from check import FUNCTION

from fmplang.check import check
from fmplang.syntax.source import Source

ROOT = Path(__file__).resolve().parent.parent
LINES = 300


def program() -> str:
    """Right, of so many lines: records, neural functions, loops, lambdas, comprehensions, texts."""
    parts = [(ROOT / "tests" / "check" / "mutants" / name).read_text(encoding="utf-8") for name in (
        "kitchen.fmp", "triage.fmp", "boxes.fmp")]
    parts = [part[part.index('"""', 3) + 3:].lstrip().replace("def main(", f"def part_{i}(")
             for i, part in enumerate(parts)]
    text = "\n\n".join(parts)
    text = text.replace("NAMES:", "LABELS:").replace("owners=NAMES", "owners=LABELS")
    end = "\n\ndef main(image: Image) -> str:\n    return rank_0(image)\n"
    count = 0
    while text.count("\n") + end.count("\n") < LINES:
        text += FUNCTION.format(i=count)
        count += 1
    return text + end


def edits(text: str, chance: random.Random) -> list[str]:
    """Texts as they are between two keystrokes."""
    lines = text.split("\n")
    code = [i for i, line in enumerate(lines) if line.startswith("    ") and '"""' not in line]
    made = []
    for _ in range(20):
        at = chance.choice(code)
        line = lines[at]
        indent = line[:len(line) - len(line.lstrip())]
        for new in ([line + "x"], [line, f"{indent}value = image."], [line[:len(line) // 2]], [],
                    [line, f"{indent}# a note"], [line.replace("(", "(1, ", 1)], [line, f"{indent}print(unknown, 3)"]):
            made.append("\n".join([*lines[:at], *new, *lines[at + 1:]]))
    return made


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    text = program()
    report = check(Source(text, "edited.fmp"))
    assert report.ok, [(d.where, d.title) for d in report.diagnostics]
    own: list[float] = []
    clock: list[float] = []
    texts = edits(text, random.Random(0))
    for _ in range(turns):
        for edited in texts:
            begun, ticks = process_time(), perf_counter()
            check(Source(edited, "edited.fmp"))
            own.append((process_time() - begun) * 1000)
            clock.append((perf_counter() - ticks) * 1000)
    sys.stdout.write(f"{text.count(chr(10))} lines, {len(text)} characters, {len(texts)} edits, {turns} turns\n")
    for name, times in (("processor", own), ("clock", clock)):
        times.sort()
        most = times[len(times) * 95 // 100]
        sys.stdout.write(
            f"{name:10} median {statistics.median(times):6.1f} ms   95% {most:6.1f} ms   worst {times[-1]:6.1f} ms\n")


if __name__ == "__main__":
    main()
