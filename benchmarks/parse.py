"""How fast programs are read: `python benchmarks/parse.py [LINES]`.

Prints the parser's and the lexer's lines per second on a generated program of typical functions (process time, best
of five), and what the import and the loading of the tables cost in a fresh interpreter.
"""

from __future__ import annotations

import subprocess
import sys
from time import process_time

from fmplang.limits import Limits
from fmplang.syntax.lexer import Lexer
from fmplang.syntax.machine import engine
from fmplang.syntax.parser import parse
from fmplang.syntax.source import Source

FUNCTION = '''
def count_{n}(image: Image, name: str = "dog", least: int = {n}) -> bool:
    """Whether there are enough of them, and the largest stands to the left."""
    patches = image.find(name)
    if len(patches) < least:
        return False
    widths: list[int] = []
    for i, patch in enumerate(patches):
        if patch.width > 20 and not patch.verify_property(name, "white"):
            widths.append(patch.width * 2 + i)
        elif patch.height == 0:
            continue
    # The largest decides.
    patches.sort(key=lambda patch: patch.width * patch.height)
    largest = patches[-1]
    answer = largest.simple_query(f"What is the {{name}} doing?")
    others = [patch for patch in patches if patch.left > largest.left]
    print("answer", answer, len(others), sum(widths) / max(len(widths), 1))
    return largest.horizontal_center < image.horizontal_center
'''

START = """
import time
t = time.perf_counter()
import fmplang.syntax.parser
t1 = time.perf_counter()
from fmplang.syntax.machine import engine
engine()
t2 = time.perf_counter()
print(t1 - t, t2 - t1)
"""


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    text = ""
    n = 0
    while text.count("\n") < lines:
        text += FUNCTION.replace("{n}", str(n)).replace("{{", "{").replace("}}", "}")
        n += 1
    lines = text.count("\n")
    limits = Limits(source=len(text), nodes=100 * lines)
    source = Source(text)
    assert parse(source, limits).diagnostics == ()
    whole = min(_time(lambda: parse(source, limits)) for _ in range(5))
    lexed = min(_time(lambda: Lexer(source, text, engine().kinds, limits).program()) for _ in range(5))
    sys.stdout.write(f"{lines} lines, {len(text)} characters\n")
    sys.stdout.write(f"parse: {lines / whole:,.0f} lines/s; of this the lexer: {lines / lexed:,.0f} lines/s\n")
    runs = [subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout.split()
            for _ in range(5)]
    imports, tables = (min(float(run[i]) for run in runs) for i in (0, 1))
    sys.stdout.write(f"start: import {imports * 1000:.1f} ms, tables {tables * 1000:.1f} ms\n")


def _time(work: object) -> float:
    start = process_time()
    work()  # type: ignore[operator]
    return process_time() - start


if __name__ == "__main__":
    main()
