"""How fast scenes are laid out and drawn: `python benchmarks/scenes.py [COUNT]`.

Prints scenes of 128 pixels per second: of layout, of drawing and of both in one process (process time, best of three),
and of both with two processes (wall time, best of two, after the start of the processes).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from time import perf_counter, process_time

from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from fmplang.scenes.stream import scenes


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    found = [scene("train", number) for number in range(count)]
    draw(found[0])
    lay = min(_time(lambda: [scene("train", number) for number in range(count)]) for _ in range(3))
    paint = min(_time(lambda: [draw(one) for one in found]) for _ in range(3))
    sys.stdout.write(f"{count} scenes, one process: layout {count / lay:,.0f}/s, draw {count / paint:,.0f}/s, "
                     f"both {count / (lay + paint):,.0f}/s\n")
    sys.stdout.write(f"two processes: both {max(_two(count) for _ in range(2)):,.0f}/s\n")


def _two(count: int) -> float:
    warm = 256  # what is under way while the processes start
    stream = scenes("train", range(warm + 2 * count), processes=2)
    for _ in islice(stream, warm):
        pass
    start = perf_counter()
    done = sum(1 for _ in stream)
    return done / (perf_counter() - start)


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


if __name__ == "__main__":
    main()
