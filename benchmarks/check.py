"""How fast programs are parsed and checked: lines a second on a generated program of typical functions.

    python benchmarks/check.py [LINES]

One line for each phase: the best of several turns in one process, tables loaded and library parsed before.
"""

from __future__ import annotations

import sys
from time import process_time

from fmplang.check import check
from fmplang.limits import Limits
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source

FUNCTION = '''
def rank_{i}(image: Image, name: str = "dog", least: int = 3) -> str:
    """Which of the {i} things stands out?"""
    patches = image.find(name)
    if len(patches) == 0:
        return "none"
    scores = []
    counts = {{}}
    best = None
    for index, patch in enumerate(patches):
        if patch.width < least or patch.height < least:
            continue
        area = patch.width * patch.height
        scores.append(area / (index + 1))
        side = "left" if patch.horizontal_center < image.width / 2 else "right"
        counts[side] = counts.get(side, 0) + 1
        if best is None or area > best.width * best.height:
            best = patch
    total = sum(scores)
    wide = [p for p in patches if p.width > p.height]
    tall = sorted(patches, key=lambda p: (p.height, -p.left), reverse=True)
    labels = [f"{{k}}: {{v:>3}}" for k, v in counts.items()]
    if best is not None and best.verify_property(name, "red") and total > 10.5:
        return f"{{best.left}}, {{best.lower}} of {{len(wide)}} and {{len(tall)}}: {{total:.2f}}"
    elif "left" in counts and counts["left"] > 2:
        return ", ".join(labels).upper()
    answer = image.simple_query("What is it?").strip().lower()
    if answer.startswith("a ") and not answer.endswith("."):
        answer = answer[2:]
    return answer or "nothing"

'''
MAIN = '''
def main(image: Image) -> str:
    return rank_0(image)
'''


def program(lines: int) -> str:
    """A program of at least so many lines."""
    each = FUNCTION.count("\n")
    return "".join(FUNCTION.format(i=i) for i in range(lines // each + 1)) + MAIN


def best_of(turns: int, run: object) -> float:
    assert callable(run)
    times = []
    for _ in range(turns):
        start = process_time()
        run()
        times.append(process_time() - start)
    return min(times)


def main() -> None:
    text = program(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
    source = Source(text, "generated.fmp")
    limits = Limits(source=len(text) + 1, nodes=1_000_000)
    report = check(source, limits)
    assert report.ok and report.program is not None, report.diagnostics[:3]
    lines = text.count("\n")
    parsed = parse(source, limits)
    parsing = best_of(5, lambda: parse(source, limits))
    checking = best_of(5, lambda: check(source, limits, parsed))
    for name, seconds in (("parse", parsing), ("check", checking), ("both", parsing + checking)):
        print(f"{name:6} {lines} lines in {seconds * 1000:7.1f} ms of processor time: {lines / seconds:9,.0f} lines/s")


if __name__ == "__main__":
    main()
