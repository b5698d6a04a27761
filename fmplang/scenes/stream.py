"""Many scenes with their pictures, drawn by several processes: for training and for benchmarks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from fmplang.scenes.graph import Scene
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw

Pixels = NDArray[np.uint8]
Drawn = tuple[Scene, Pixels]

_CHUNK = 32
_AHEAD = 4  # chunks under way for each process


def scenes(split: str, numbers: Iterable[int], *, processes: int = 2, hardness: float | None = None,
           side: int = 128) -> Iterator[Drawn]:
    """Each scene of the split with its picture, (side, side, 3) from 0 to 255, in the order of `numbers`.

    `numbers` may be endless. One process or none draws here. More are spawned, so a script guards its main part with
    `if __name__ == "__main__"`; they end with the iterator. Raises what `scene` raises.
    """
    if processes < 2:
        for number in numbers:
            yield _drawn(split, number, hardness, side)
        return
    left = iter(numbers)
    pool = ProcessPoolExecutor(processes, get_context("spawn"))
    try:
        under_way: deque[Future[list[Drawn]]] = deque()
        while True:
            while len(under_way) < _AHEAD * processes:
                chunk = list(islice(left, _CHUNK))
                if not chunk:
                    break
                under_way.append(pool.submit(_chunk, split, chunk, hardness, side))
            if not under_way:
                return
            yield from under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunk(split: str, numbers: list[int], hardness: float | None, side: int) -> list[Drawn]:
    return [_drawn(split, number, hardness, side) for number in numbers]


def _drawn(split: str, number: int, hardness: float | None, side: int) -> Drawn:
    made = scene(split, number, hardness=hardness, side=side)
    return made, draw(made)
