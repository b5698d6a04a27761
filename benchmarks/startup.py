"""What `fmplang check` costs as a whole process, against a bare `python -c pass`.

    python benchmarks/startup.py

Both are run alternately, so that a busy machine slows both. Told are the time on the clock (its ratio is the median
over pairs) and the processor time (its ratio is that of the least ones), which other work on the machine disturbs
less. The target is a ratio of at most 10 for a program of 100 lines.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROUNDS = 25
TARGET = 10.0
FUNCTION = '''\
def step_{i}(image: Image, wanted: list[str]) -> list[str]:
    """The names of what is seen, with their sizes."""
    found: list[str] = []
    for name in wanted:
        patches = image.find(name)
        big = [p for p in patches if p.width * p.height > {i} * 100]
        if len(big) > 0 and image.exists(name):
            first = sorted(big, key=lambda p: p.left)[0]
            found.append(f"{{name}}: {{first.width}} x {{first.height}}")
    return found


'''


def program(lines: int) -> str:
    text = "".join(FUNCTION.format(i=i) for i in range(1, lines // 12 + 1))
    calls = "".join(f"    names += step_{i}(image, names)\n" for i in range(1, lines // 12 + 1))
    return f'{text}def main(image: Image) -> int:\n    names = ["dog"]\n{calls}    return len(names)\n'


def took(*command: str, env: dict[str, str]) -> tuple[float, float]:
    """Seconds on the clock and of processor time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    ended = subprocess.run([sys.executable, *command], capture_output=True, env=env)
    seconds, after = perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode == 0, ended.stderr.decode()
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> int:
    text = program(84)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "program.fmp"
        file.write_text(text)
        check = ("-c", "from fmplang.cli import main; main()", "check", str(file))
        # Compiled modules are kept, as after any first use, whatever this environment says.
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = folder
        took("-c", "pass", env=env), took(*check, env=env)
        bare, whole = [], []
        for _ in range(ROUNDS):
            bare.append(took("-c", "pass", env=env))
            whole.append(took(*check, env=env))
    print(f"a program of {len(text.splitlines())} lines, {ROUNDS} rounds")
    for name, times in (("python -c pass", bare), ("fmplang check", whole)):
        clock, work = zip(*times, strict=True)
        print(f"{name:<16}{statistics.median(clock) * 1e3:8.1f} ms on the clock (least {min(clock) * 1e3:.1f}), "
              f"{statistics.median(work) * 1e3:.1f} ms of processor time (least {min(work) * 1e3:.1f})")
    clock_ratio = statistics.median(w[0] / b[0] for b, w in zip(bare, whole, strict=True))
    work_ratio = min(w[1] for w in whole) / min(b[1] for b in bare)
    print(f"ratio {clock_ratio:.1f} on the clock, {work_ratio:.1f} of processor time, target {TARGET:g}")
    return 0 if min(clock_ratio, work_ratio) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
