"""The embedded backends measured: what a call costs, and how good the answers are.

    python benchmarks/backends.py costs [BACKEND ...]     writes fmplang/backends/embedded_costs.json
    python benchmarks/backends.py quality                 prints how often each is right, on real data

Costs are CPU milliseconds of all threads, the least of several calls, so that other work on the machine does not
count; loading a model is not included. Each backend is measured on one input at several sizes, and a line is put
through what came out: a fixed part, a part for each megapixel that the model goes over (or 1,000 characters), and a
part for each megapixel of the picture before it was reduced.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as pil

from fmplang.backends.base import Backend
from fmplang.backends.embedded import embedded_backends
from fmplang.backends.embedded.costs import FILE
from fmplang.backends.embedded.pictures import fitted
from fmplang.backends.embedded.scenes.answers import MOST_SIDE, SceneBackend
from fmplang.check.typed import NeuralFunction, Parameter, Site
from fmplang.check.types import BOOL, FLOAT, IMAGE, STR, ListType
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image, ImageSource
from fmplang.scenes.layout import scene
from fmplang.scenes.render import draw
from fmplang.syntax.source import Source, Span

INPUTS = Path(__file__).resolve().parent.parent / "examples" / "inputs"
SIDES = (128, 192, 256, 384, 512, 768, 1024)
LARGE, REDUCED = 2048, 512  # what the reduction of a picture is measured on
LENGTHS = (40, 150, 500, 1000)
WORDS = ("face", "eye", "smile", "cat", "person")
CALLS = 3  # of each kind and size


def neural(name: str, capability: str, returns: Any, *params: tuple[str, Any]) -> NeuralFunction:
    return NeuralFunction(name, capability, tuple(Parameter(n, t) for n, t in params), returns, "")


FIND = neural("find", "detect", ListType(IMAGE), ("image", IMAGE), ("name", STR))
VERIFY = neural("verify_property", "verify", BOOL, ("image", IMAGE), ("name", STR), ("property", STR))
QUERY = neural("simple_query", "vqa", STR, ("image", IMAGE), ("question", STR))
READ = neural("read_text", "ocr", STR, ("image", IMAGE))
CLASSIFY = neural("classify", "classify", STR, ("text", STR), ("labels", ListType(STR)))
EMBED = neural("embed", "embed", ListType(FLOAT), ("text", STR))
LABELS = ["billing", "shipping", "technical"]


def ask(function: NeuralFunction, *args: Any) -> Request:
    """A request without a program around it."""
    site = Site(f"main/{function.name}", function, Span(0, 0), Source("benchmark", ""))
    return Request(site, dict(zip((p.name for p in function.params), args, strict=True)), (0,))


def image_of(pixels: np.ndarray) -> Image:
    """An image value of H x W or H x W x 3 uint8 pixels."""
    rgb = np.array(pixels if pixels.ndim == 3 else np.stack([pixels] * 3, axis=-1))
    return Image(ImageSource(lambda: rgb, "benchmark"))


# ------------------------------------------------------------------- costs


def photo(name: str, side: int) -> Image:
    with pil.open(INPUTS / name) as picture:
        rgb = picture.convert("RGB")
    scale = side / max(rgb.size)
    size = (max(1, round(rgb.width * scale)), max(1, round(rgb.height * scale)))
    return image_of(np.asarray(rgb.resize(size, pil.Resampling.LANCZOS)))


def requests_for(backend: Backend, side: int) -> Iterator[Request]:
    """One request of each kind that the backend answers, on the fixed input at a size."""
    capability = backend.capability
    if isinstance(backend, SceneBackend):
        picture = image_of(draw(scene("develop", 7, side=min(side, MOST_SIDE))))
        yield {"detect": ask(FIND, picture, "red circle"), "verify": ask(VERIFY, picture, "dog", "red"),
               "vqa": ask(QUERY, picture, "How many red circles are there?"), "ocr": ask(READ, picture)}[capability]
        return
    if capability == "detect":
        picture = photo("astronaut.jpg", side)
        yield from (r for r in (ask(FIND, picture, word) for word in WORDS) if backend.supports(r))
    elif capability == "verify":
        yield ask(VERIFY, photo("astronaut.jpg", side), "suit", "orange")
    elif capability == "vqa":
        yield ask(QUERY, photo("astronaut.jpg", side), "What color is the suit?")
    elif capability == "ocr":
        yield ask(READ, photo("receipt.png", side))


def texts() -> list[str]:
    rows = (INPUTS / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    whole = " ".join(json.loads(row)["ticket"] for row in rows)
    return [whole[:length] for length in LENGTHS]


def all_requests(backend: Backend) -> list[Request]:
    if backend.capability == "classify":
        return [ask(CLASSIFY, text, LABELS) for text in texts()]
    if backend.capability == "embed":
        return [ask(EMBED, text) for text in texts()]
    return [request for side in SIDES for request in requests_for(backend, side)]


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def milliseconds(backend: Backend, request: Request) -> float:
    """CPU milliseconds of one call, the least of some."""
    taken = []
    for _ in range(CALLS):
        if isinstance(backend, SceneBackend):
            backend.loaded().eye.forget()  # else only the first look would be one
        start = cpu_seconds()
        answer = backend.answer([request])[0]
        taken.append((cpu_seconds() - start) * 1000)
        if isinstance(answer, Exception):
            raise answer
    return min(taken)


def line(rows: list[tuple[float, float]]) -> tuple[float, float]:
    """fixed and worked from (worked, milliseconds): least relative squares, neither negative."""
    data = np.array(rows)
    weight = 1 / np.maximum(data[:, 1], 0.05)
    matrix = np.column_stack([np.ones(len(data)), data[:, 0]]) * weight[:, None]
    (fixed, worked), *_ = np.linalg.lstsq(matrix, data[:, 1] * weight, rcond=None)
    if worked < 0:
        return float(np.median(data[:, 1])), 0.0
    if fixed < 0:
        return 0.0, float((data[:, 0] * data[:, 1] * weight**2).sum() / ((data[:, 0] * weight) ** 2).sum())
    return float(fixed), float(worked)


def reduction() -> float:
    """CPU milliseconds for each megapixel of a picture that has to be made smaller."""
    picture = photo("astronaut.jpg", LARGE)
    taken = []
    for _ in range(5):
        start = cpu_seconds()
        fitted(picture, REDUCED).convert("L")
        taken.append((cpu_seconds() - start) * 1000)
    return min(taken) / (picture.width * picture.height / 1e6)


def measure(backend: Any, per_whole: float) -> dict[str, Any]:
    """The row of one backend: per kind of call the fitted costs, and what its fixed input took."""
    requests = all_requests(backend)
    backend.answer(requests[:1])  # loads the model
    by_kind: dict[str, list[tuple[float, float, float, Request]]] = {}
    for request in requests:
        work = backend.work(request)
        by_kind.setdefault(work.kind, []).append((work.worked, work.whole, milliseconds(backend, request), request))
    row = {}
    for kind, measured in by_kind.items():
        whole = per_whole if measured[0][1] else 0.0
        fixed, worked = line([(m[0], max(m[2] - whole * m[1], 0.0)) for m in measured])
        middle = measured[len(measured) // 2]
        operations = backend.operations(middle[3])
        row[kind] = {
            "fixed": round(fixed, 4), "worked": round(worked, 3), "whole": round(whole, 3),
            "example": {"input": shown(middle[3]), "milliseconds": round(middle[2], 3),
                        "operations": None if operations is None else float(f"{operations:.2g}")},
        }
        print(f"{backend.name:22} {kind:9} {row[kind]}", flush=True)
    return row


def shown(request: Request) -> str:
    value = next(iter(request.args.values()))
    return f"{value.width} x {value.height} pixels" if isinstance(value, Image) else f"{len(value)} characters"


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def costs(names: list[str]) -> None:
    known = json.loads(FILE.read_text(encoding="utf-8"))["backends"] if FILE.is_file() else {}
    per_whole = reduction()
    rows = {}
    for backend in embedded_backends():
        health = backend.health()  # type: ignore[attr-defined]
        if not health.ok:
            print(f"{backend.name:22} not measured, the known numbers stay: {health.why}")
        if not health.ok or (names and backend.name not in names):
            rows[backend.name] = known[backend.name]
        else:
            rows[backend.name] = measure(backend, per_whole)
    document = {
        "unit": "CPU milliseconds of one call: fixed + worked * amount + whole * megapixels",
        "machine": machine(), "date": date.today().isoformat(), "command": "python benchmarks/backends.py costs",
        "backends": rows,
    }
    FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    match sys.argv[1:]:
        case ["costs", *names]:
            costs(names)
        case ["quality"]:
            from backend_quality import report

            report()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
