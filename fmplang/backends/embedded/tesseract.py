"""Text in pictures, by the program Tesseract: one quick pass, or several careful ones.

- fast: the picture as it is, at most 1,000 pixels long, read once as one block of text.
- careful: turned upright, enlarged, its background evened out; read three ways; the reading with most letters that
  Tesseract is sure of wins.

Tesseract is started as a program of its own for each pass, with the picture on its standard input and one thread. That
start takes longer than reading a small picture, so a batch of pictures is read by one start for each pass and core.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from fmplang.backends.base import HEALTHY, Health, Response
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.model import EmbeddedBackend, image_of
from fmplang.backends.embedded.pictures import doubled, enhanced, fitted, upright, whole, worked
from fmplang.check.types import STR
from fmplang.errors import BackendError, BackendTimeout
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

Grade = Literal["fast", "careful"]

PROGRAM = "tesseract"
HEADER = "level\t"  # what its tables begin with
SIDE = {"fast": 1000, "careful": 2000}
DOUBLED = 1200  # pixels of the longer side up to which a careful reading enlarges a page
TOGETHER = 32  # pictures that one start reads at most
SMALLEST = 8  # pixels; below, there is no letter
DOUBT = 0.2  # words less sure than this are specks
_LANGUAGE = re.compile(r"[A-Za-z_]+(?:\+[A-Za-z_]+)*")
_LANGUAGES = "tesseract --list-langs (more: apt-get install tesseract-ocr-deu, ...)"
_INSTALL = "Install it: apt-get install tesseract-ocr (Debian, Ubuntu), brew install tesseract (macOS)."


class Tesseract(EmbeddedBackend):
    """read_text(image) -> str: lines as they stand, words joined by single spaces. Confidence is the mean over
    the letters. Settings: `language` ("eng", "deu+fra"), `timeout` in seconds for each pass."""

    options: ClassVar[Mapping[str, type]] = {"language": str, "timeout": float}
    gains_from_batches = True

    def __init__(self, grade: Grade) -> None:
        self.name = f"tesseract-{grade}"
        self.capability = "ocr"
        self.version = "1"
        self.grade: Grade = grade
        self.language = "eng"
        self.timeout = 30.0

    def configure(self, key: str, value: object) -> None:
        if key == "language":
            if not _LANGUAGE.fullmatch(str(value)):
                raise ValueError(f"language {value!r} should look like eng or deu+fra")
            self.language = str(value)
        elif key == "timeout":
            seconds = float(str(value))
            if not 0 < seconds <= 3600:
                raise ValueError(f"timeout {value!r} should be seconds from 0 to 3600")
            self.timeout = seconds
        else:
            super().configure(key, value)

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return request.returns == STR and len(args) == 1 and isinstance(args[0], Image)

    def work(self, request: Request) -> Work:
        image = image_of(request)
        return Work("text", worked(image, SIDE[self.grade]), whole(image))

    def respond(self, request: Request) -> Response:
        return self.respond_all([request])[0]

    def respond_all(self, requests: Sequence[Request]) -> Sequence[Response]:
        large = [image for image in map(image_of, requests) if min(image.size) >= SMALLEST]
        cores = _cores()
        each = min(TOGETHER, -(-len(large) // cores)) or 1
        parts = [large[first : first + each] for first in range(0, len(large), each)]
        if len(parts) > 1:
            with ThreadPoolExecutor(min(cores, len(parts))) as threads:
                read = list(threads.map(self._best, parts))
        else:
            read = [self._best(part) for part in parts]
        found = (words for part in read for words in part)
        return [_response(next(found) if min(image_of(request).size) >= SMALLEST else ()) for request in requests]

    def _best(self, images: Sequence[Image]) -> Sequence[Sequence[Word]]:
        """The words of each image."""
        pictures = [fitted(image, SIDE[self.grade]).convert("L") for image in images]
        if self.grade == "fast":
            return self._read(pictures, 6)
        pages = [doubled(page) if max(page.size) < DOUBLED else page for page in map(upright, pictures)]
        readings = [self._read(pages, 3), self._read(pages, 6), self._read([enhanced(page) for page in pages], 6)]
        return [max(of_page, key=_worth) for of_page in zip(*readings, strict=True)]

    def health(self) -> Health:
        return HEALTHY if shutil.which(PROGRAM) else Health(False, f"the program {PROGRAM} is not installed", _INSTALL)

    def describe(self) -> str:
        how = "one pass" if self.grade == "fast" else "upright, enlarged, the best of three passes"
        return f"reads printed text in {self.language}, by Tesseract, {how}"

    def _read(self, pictures: Sequence[PilImage], layout: int) -> list[list[Word]]:
        """The words of each picture, by one start of the program."""
        if len(pictures) == 1:
            data = io.BytesIO()
            pictures[0].save(data, "PNG", compress_level=1)
            return _words(self._table("stdin", data.getvalue(), layout, self.timeout), 1)
        with tempfile.TemporaryDirectory(prefix="fmplang-") as folder:
            places = [Path(folder, f"{number}.png") for number in range(len(pictures))]
            for picture, place in zip(pictures, places, strict=True):
                picture.save(place, "PNG", compress_level=1)
            listed = Path(folder, "pages.txt")
            listed.write_text("".join(f"{place}\n" for place in places), encoding="utf-8")
            table = self._table(str(listed), b"", layout, self.timeout * len(pictures))
        return _words(table, len(pictures))

    def _table(self, source: str, data: bytes, layout: int, seconds: float) -> str:
        """What the program writes about the picture in `data`, or about those that a file lists."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise BackendError(f"the program {PROGRAM} is not installed", code="FMP705", hint=_INSTALL,
                               backend=self.name)
        command = [program, source, "stdout", "-l", self.language, "--psm", str(layout), "tsv"]
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=seconds,
                                  check=False, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        except subprocess.TimeoutExpired:
            raise BackendTimeout(f"{PROGRAM} read for more than {seconds:g} seconds", backend=self.name,
                                 hint="Give it a smaller picture, or a longer `timeout` in the pool file.") from None
        except OSError as error:
            raise BackendError(f"{PROGRAM} cannot be started: {error}", code="FMP705", hint=_INSTALL,
                               backend=self.name) from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            what = said[0] if said else f"exit status {done.returncode}"
            raise BackendError(f"{PROGRAM} failed: {what}", backend=self.name,
                               hint=f"See whether it knows {self.language}: {_LANGUAGES}.")
        table = done.stdout.decode("utf-8", "replace")
        if not table.startswith(HEADER) or not table.endswith("\n"):
            raise BackendError(f"{PROGRAM} gave {'half a' if table.startswith(HEADER) else 'no'} table", code="FMP704",
                               backend=self.name, hint=f"See whether `{PROGRAM} --version` is 4 or later.")
        return table


@dataclass(frozen=True, slots=True)
class Word:
    """One word, on which line it stands (block, paragraph, line), and how sure it is, from 0 to 1."""

    text: str
    line: tuple[str, str, str]
    sure: float


def _words(table: str, pages: int) -> list[list[Word]]:
    """The words of each page in Tesseract's table: level, page, block, paragraph, line, word, box, confidence, text."""
    found: list[list[Word]] = [[] for _ in range(pages)]
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[11].strip():
            sure = float(cells[10]) / 100
            if sure >= DOUBT:
                page = int(cells[1])
                if not 1 <= page <= pages:
                    raise ValueError(f"{PROGRAM} told of page {page} of {pages}")
                found[page - 1].append(Word(cells[11].strip(), (cells[2], cells[3], cells[4]), min(1.0, sure)))
    return found


def _cores() -> int:
    """Those that this process may use."""
    here = getattr(os, "sched_getaffinity", None)
    return len(here(0)) if here is not None else os.cpu_count() or 1


def _worth(words: Sequence[Word]) -> float:
    """Letters that are sure, less letters that are not."""
    return sum(len(word.text) * (word.sure - 0.5) for word in words)


def _response(words: Sequence[Word]) -> Response:
    if not words:
        return Response("")
    lines: dict[tuple[str, str, str], list[str]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word.text)
    letters = sum(len(word.text) for word in words)
    sure = sum(len(word.text) * word.sure for word in words) / letters
    return Response("\n".join(" ".join(line) for line in lines.values()), confidence=sure)
