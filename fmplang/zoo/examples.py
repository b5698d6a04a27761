"""Scenes as arrays to learn from: drawn once, kept in files, read as often as wanted.

A file holds SHARD scenes, as safetensors:

    pictures   N x SIDE x SIDE x 3 uint8, top row first
    things     N x MOST x len(COLUMNS) float32; boxes as shares of the side, down from the top
    laid       N x MOST x MOST uint8: bit r says that the thing of the row stands so to the thing of the column,
               r a place in graph.LAID
    difficulty N float32: each scene's
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from fmplang.backends.embedded.scenes.plan import MOST
from fmplang.backends.safetensors import read_safetensors
from fmplang.scenes.graph import COLOURS, KINDS, LAID, MATERIALS, SIZES, WORDS, Scene
from fmplang.scenes.stream import scenes

SIDE = 128
SHARD = 500
EASY = 0.35  # below, a scene counts as easy to learn from
COLUMNS = ("left", "top", "right", "bottom", "kind", "colour", "material", "size", "word", "visible", "present")
AT = {name: place for place, name in enumerate(COLUMNS)}

Arrays = dict[str, np.ndarray]


def encoded(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The things and laid relations of a scene as one row of the arrays. Things beyond MOST are left out."""
    things = np.zeros((MOST, len(COLUMNS)), np.float32)
    for row, thing in zip(things, scene.things, strict=False):
        left, lower, right, upper = thing.box
        row[:] = (left / scene.width, 1 - upper / scene.height, right / scene.width, 1 - lower / scene.height,
                  KINDS.index(thing.kind), COLOURS.index(thing.colour), MATERIALS.index(thing.material),
                  SIZES.index(thing.size), WORDS.index(thing.text) if thing.text else -1, thing.visible, 1)
    laid = np.zeros((MOST, MOST), np.uint8)
    for relation, first, second in scene.laid:
        if first < MOST and second < MOST:
            laid[first, second] |= 1 << LAID.index(relation)
    return things, laid


def written(folder: Path, split: str, count: int, seed: int, told: Callable[[int], None], *,
            processes: int = 2) -> list[Path]:
    """Files with `count` scenes of a split, a multiple of SHARD; those that are there already are kept. `told` hears
    how many scenes are ready. Each seed has a million numbers of the split for itself."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for shard in range(-(-count // SHARD)):
        path = folder / f"{split}-{seed}-{shard:03}.safetensors"
        if not path.exists():
            made = _drawn(split, seed * 1_000_000 + shard * SHARD, SHARD, processes)
            half = path.with_suffix(".part")
            save_file(made, half)
            half.replace(path)
        paths.append(path)
        told((shard + 1) * SHARD)
    return paths


def _drawn(split: str, first: int, count: int, processes: int = 1) -> Arrays:
    pictures = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    things = np.zeros((count, MOST, len(COLUMNS)), np.float32)
    laid = np.zeros((count, MOST, MOST), np.uint8)
    difficulty = np.zeros(count, np.float32)
    for at, (scene, picture) in enumerate(scenes(split, range(first, first + count), processes=processes)):
        pictures[at] = picture
        things[at], laid[at] = encoded(scene)
        difficulty[at] = scene.difficulty
    return {"pictures": pictures, "things": things, "laid": laid, "difficulty": difficulty}


class Examples:
    """Files of scenes as one long array of each kind. `easy` are the places of the easy ones."""

    def __init__(self, paths: list[Path]) -> None:
        self._shards = [read_safetensors(path) for path in paths]
        self._ends = np.cumsum([len(shard["pictures"]) for shard in self._shards])
        self.easy = np.nonzero(np.concatenate([shard["difficulty"] for shard in self._shards]) < EASY)[0]

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Picture, things and laid relations of one scene."""
        shard = int(np.searchsorted(self._ends, place, side="right"))
        held = self._shards[shard]
        at = place - (int(self._ends[shard - 1]) if shard else 0)
        return held["pictures"][at], held["things"][at], held["laid"][at]
