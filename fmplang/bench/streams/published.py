"""`published`: the streams of the paper, from its authors' own files.

    data/
      binary_vqa.json                       a list of {query, code, positive_images, negative_images}, as COCO ids
      open_form_vqa/
        KIND/meta_annotation.json           a list of {query, query_index, program}
        KIND/QUERY_INDEX/annotation.json    a list of {image, answer}; image is a path below open_form_vqa
      coco/train2017/000000000009.jpg       the pictures of the binary ones

The files are theirs and do not come with fmplang. Their programs are Python in ViperGPT's manner; they are given as
they stand. Pictures are read when they are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fmplang.errors import ConfigError
from fmplang.limits import Limits
from fmplang.runtime.values.image_files import open_image
from fmplang.runtime.values.images import Image
from fmplang.scenes.chance import Chance, seed_of

BINARY, OPEN = "binary_vqa.json", "open_form_vqa"
META, ANNOTATIONS = "meta_annotation.json", "annotation.json"


@dataclass(frozen=True)
class PublishedItem:
    """One input: its place in the stream from 0, the picture's file and the right answer: a bool or a text."""

    number: int
    path: Path
    label: bool | str

    @cached_property
    def image(self) -> Image:
        """What a program gets. InputError where the file cannot be read."""
        return open_image(self.path, Limits())


@dataclass(frozen=True)
class PublishedQuery:
    """A question with its authors' program and all its pictures. `kind` is `binary` or the folder's name."""

    kind: str
    text: str
    program: str
    rows: tuple[tuple[Path, bool | str], ...]

    def stream(self, seed: int = 0) -> Iterator[PublishedItem]:
        """All of them, in an order that follows from the question and the seed."""
        for number, (path, label) in enumerate(Chance(seed_of("published", self.text, seed)).shuffled(self.rows)):
            yield PublishedItem(number, path, label)

    def missing(self) -> list[Path]:
        """The pictures whose files are not there."""
        return [path for path, _ in self.rows if not path.is_file()]


def published_binary(folder: str | Path, images: str | Path | None = None) -> tuple[PublishedQuery, ...]:
    """The questions of FOLDER/binary_vqa.json. `images` is the folder of COCO's pictures, by default
    FOLDER/coco/train2017. Raises ConfigError (FMP864), which names the file and the entry."""
    place = Path(folder) / BINARY
    pictures = Path(images) if images is not None else Path(folder) / "coco" / "train2017"
    found = []
    for at, entry in _entries(place, {"query": str, "code": str, "positive_images": list, "negative_images": list}):
        rows = [(pictures / _coco(number, place, at), label)
                for key, label in (("positive_images", True), ("negative_images", False)) for number in entry[key]]
        found.append(PublishedQuery("binary", entry["query"], entry["code"], tuple(rows)))
    return tuple(found)


def published_openform(folder: str | Path, kinds: Sequence[str] = ()) -> tuple[PublishedQuery, ...]:
    """The questions below FOLDER/open_form_vqa, of these kinds or of all there are. Raises ConfigError (FMP864), which
    names the file and the entry."""
    root = Path(folder) / OPEN
    there = sorted(path.parent.name for path in root.glob(f"*/{META}"))
    if not there:
        raise _wrong(f"there is no */{META} in {root}")
    found = []
    for kind in kinds or there:
        for _, entry in _entries(root / kind / META, {"query": str, "query_index": (int, str), "program": str}):
            below = root / kind / str(entry["query_index"])
            rows = tuple((_picture(root, below, row["image"]), str(row["answer"]))
                         for _, row in _entries(below / ANNOTATIONS, {"image": str, "answer": (str, int, float, bool)}))
            found.append(PublishedQuery(kind, entry["query"], entry["program"], rows))
    return tuple(found)


def _entries(path: Path, wanted: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The objects of a JSON list with their places from 1, each with the keys that are wanted."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{path} is not JSON: {error}") from None
    if not isinstance(read, list):
        raise _wrong(f"{path} is no list")
    for at, entry in enumerate(read, 1):
        for key, kind in wanted.items():
            if not isinstance(entry, dict) or not isinstance(entry.get(key), kind):
                raise _wrong(f"{path}: entry {at} has no proper {key!r}")
    return list(enumerate(read, 1))


def _coco(number: object, path: Path, at: int) -> str:
    text = str(number)
    if isinstance(number, bool) or not text.isdecimal() or len(text) > 12:
        raise _wrong(f"{path}: entry {at} has an image {number!r:.40}, which is no COCO id")
    return f"{text:0>12}.jpg"


def _picture(root: Path, below: Path, name: str) -> Path:
    """Paths are below the root; one that is found only beside its annotation is taken there. No path leads out."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise _wrong(f"{below / ANNOTATIONS}: the image {name!r:.60} lies outside the data")
    return below / name if not (root / name).is_file() and (below / name).is_file() else root / name


def _wrong(what: str) -> ConfigError:
    return ConfigError(what, code="FMP864", hint="docs/streams.md shows the layout of the authors' files")
