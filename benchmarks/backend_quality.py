"""How often the embedded backends are right, on what can be had offline. Called by `backends.py quality`.

Everything here was looked at while the settings were chosen: these are fits, not promises for other photos.
- faces: the 100 faces and 100 other patches of scikit-image's lfw_subset, with a border, at 148 pixels; and 15
  photos without a face but one (the astronaut).
- eyes: the same 100 faces have two each.
- colours: patches of seven photos, labelled by eye. A patch has one colour, or any one of two.
- text in pictures: the receipt, blurred, noisy, shaded, turned, small; likeness of the text by difflib.
- tickets: examples/inputs/tickets.jsonl.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from backends import CLASSIFY, FIND, INPUTS, QUERY, READ, VERIFY, ask, image_of, neural
from PIL import Image as pil
from PIL import ImageFilter

from fmplang.backends.base import Backend
from fmplang.backends.embedded import embedded_backends
from fmplang.backends.embedded.palette import NAMES
from fmplang.check.types import STR, LiteralType
from fmplang.runtime.values.images import Image

# Photo; left, top, right, bottom of the patch; its colours; colours that may be said as well.
PATCHES = [
    ("astronaut", (60, 280, 130, 400), "orange", "red"), ("astronaut", (300, 270, 345, 360), "orange", "red"),
    ("astronaut", (127, 212, 323, 512), "orange", "red white black"),
    ("astronaut", (330, 20, 380, 100), "gray", "white"), ("astronaut", (320, 420, 400, 500), "black", "gray"),
    ("astronaut", (400, 10, 430, 80), "brown", "orange yellow"),
    ("astronaut", (165, 25, 290, 70), "brown", "orange yellow"), ("astronaut", (195, 180, 250, 235), "black", ""),
    ("astronaut", (380, 290, 500, 340), "black", ""), ("astronaut", (240, 330, 260, 470), "white", "gray orange"),
    ("astronaut", (135, 345, 210, 420), "purple blue", "gray white orange"),
    ("astronaut", (386, 130, 404, 200), "white", "gray"), ("coffee", (90, 200, 140, 300), "red", "brown"),
    ("coffee", (150, 340, 250, 370), "red", "brown black"), ("coffee", (420, 160, 460, 260), "red", "brown"),
    ("coffee", (215, 30, 370, 75), "white", "orange gray"), ("coffee", (230, 110, 340, 180), "brown", "orange"),
    ("coffee", (500, 60, 590, 200), "brown", "orange"), ("coffee", (0, 0, 70, 60), "black", ""),
    ("coffee", (10, 230, 70, 380), "brown", "orange black"),
    ("chelsea", (140, 88, 205, 145), "green", "yellow brown black"),
    ("chelsea", (297, 112, 340, 162), "green", "yellow brown black gray"),
    ("chelsea", (245, 228, 290, 262), "orange", "red pink brown"),
    ("chelsea", (170, 15, 300, 70), "brown", "orange gray pink"),
    ("chelsea", (50, 60, 130, 180), "brown", "gray orange pink"), ("motorcycle", (350, 185, 460, 235), "red", "black"),
    ("motorcycle", (200, 170, 310, 220), "black", "gray"), ("motorcycle", (548, 185, 610, 245), "red", ""),
    ("motorcycle", (530, 40, 585, 90), "brown", "orange"), ("motorcycle", (20, 330, 100, 400), "gray", "brown"),
    ("motorcycle", (600, 272, 640, 305), "red", "gray"), ("motorcycle", (402, 60, 417, 88), "yellow", ""),
    ("motorcycle", (195, 40, 290, 90), "white", "gray"),
    ("motorcycle", (105, 200, 140, 230), "red", "black brown gray"),
    ("china", (400, 10, 600, 60), "blue white", "gray"), ("china", (170, 70, 240, 105), "orange", "brown red"),
    ("china", (400, 330, 540, 400), "green", "gray brown black yellow"),
    ("china", (20, 365, 180, 420), "green", "yellow brown"),
    ("flower", (200, 110, 420, 330), "orange", "yellow red pink white"),
    ("flower", (10, 130, 110, 280), "green", "blue black"), ("flower", (290, 180, 320, 215), "red", "orange brown"),
    ("rocket", (220, 40, 300, 150), "blue", ""), ("rocket", (90, 60, 160, 160), "blue", ""),
    ("rocket", (316, 190, 328, 290), "white", "yellow gray orange"),
]
TOPIC = neural("topic", "classify", LiteralType(("billing", "shipping", "technical")), ("ticket", STR))
URGENCY = neural("urgency", "classify", LiteralType(("low", "normal", "high")), ("ticket", STR))


def having(capability: str) -> list[Any]:
    return [b for b in embedded_backends() if b.capability == capability and b.health().ok]


def value(backend: Backend, request: Any) -> Any:
    answer = backend.answer([request])[0]
    if isinstance(answer, Exception):
        raise answer
    return answer.value


def photos() -> dict[str, Image]:
    from skimage import data
    from sklearn.datasets import load_sample_images

    china, flower = load_sample_images().images
    found = {name: getattr(data, name)() for name in (
        "astronaut", "chelsea", "coffee", "rocket", "camera", "brick", "grass", "gravel", "moon", "retina", "page")}
    found |= {"motorcycle": data.stereo_motorcycle()[0], "horse": data.horse().astype(np.uint8) * 255,
              "china": china, "flower": flower}
    return {name: image_of(pixels) for name, pixels in found.items()}


def lfw() -> list[Image]:
    """100 faces, then 100 other patches, 25 pixels with a border of 6, four times as large."""
    from skimage import data

    made = []
    for patch in data.lfw_subset():
        framed = pil.fromarray(np.pad((patch * 255).astype(np.uint8), 6, mode="edge"))
        made.append(image_of(np.asarray(framed.resize((148, 148), pil.Resampling.BICUBIC))))
    return made


def detection() -> None:
    patches, pictures = lfw(), photos()
    for backend in having("detect"):
        found = [len(value(backend, ask(FIND, patch, "face"))) for patch in patches]
        right, wrong = (sum(n > 0 for n in part) for part in (found[:100], found[100:]))
        line = f"faces found {right}/100, in other patches {wrong}/100"
        if backend.supports(ask(FIND, patches[0], "eye")):
            eyes = [len(value(backend, ask(FIND, patch, "eye"))) for patch in patches[:100]]
            line += f"; both eyes {sum(n == 2 for n in eyes)}/100"
        print(f"{backend.name:22} {line}")
        for word in ("face", "cat", "person"):
            if backend.supports(ask(FIND, patches[0], word)):
                counts = {name: len(value(backend, ask(FIND, picture, word))) for name, picture in pictures.items()}
                told = ", ".join(f"{name} {n}" for name, n in counts.items() if n) or "none"
                print(f"{'':22} {word} on {len(pictures)} photos: {told}")


def colours() -> None:
    pictures = photos()
    for backend, namer in zip(having("verify"), having("vqa"), strict=True):
        hits = misses = false = named = 0
        for name, (left, top, right, bottom), has, may in PATCHES:
            picture = pictures[name]
            patch = picture.crop(left, picture.height - bottom, right, picture.height - top)
            said = {c for c in NAMES if value(backend, ask(VERIFY, patch, "thing", c))}
            hits += bool(said & set(has.split()))
            misses += not said & set(has.split())
            false += len(said - set(has.split()) - set(may.split()))
            named += value(namer, ask(QUERY, patch, "What color is this?")) in has.split()
        print(f"{backend.name:22} colour verified {hits}/{hits + misses}, wrongly verified {false}, named {named}")


def degraded() -> Iterator[tuple[str, Any]]:
    with pil.open(INPUTS / "receipt.png") as opened:
        clean = opened.convert("L")
    rng = np.random.default_rng(0)

    def changed(change: Callable[[np.ndarray], np.ndarray], picture: Any = clean) -> Any:
        return pil.fromarray(np.clip(change(np.asarray(picture, dtype=np.float64)), 0, 255).astype(np.uint8))

    shaded = changed(lambda a: a * np.linspace(0.35, 1, a.shape[1]))
    yield "clean", clean
    yield "blurred", clean.filter(ImageFilter.GaussianBlur(2))
    yield "noise 20", changed(lambda a: a + rng.normal(0, 20, a.shape))
    yield "noise 45", changed(lambda a: a + rng.normal(0, 45, a.shape))
    yield "shaded", shaded
    yield "turned by 6", clean.rotate(-6, pil.Resampling.BICUBIC, expand=True, fillcolor=246)
    yield "half size", clean.resize((clean.width // 2, clean.height // 2), pil.Resampling.BOX)
    yield "third of size", clean.resize((clean.width // 3, clean.height // 3), pil.Resampling.BOX)


def reading() -> None:
    sys.path.insert(0, str(INPUTS))
    from make_receipt import LINES

    truth = " ".join(" ".join(f"{left} {right}" for left, right in LINES).split())
    for backend in having("ocr"):
        told = []
        for name, picture in degraded():
            text = " ".join(value(backend, ask(READ, image_of(np.asarray(picture)))).split())
            alike = difflib.SequenceMatcher(None, text, truth, autojunk=False).ratio()
            told.append(f"{name} {alike:.2f}")
        print(f"{backend.name:22} {', '.join(told)}")


def tickets() -> None:
    rows: Sequence[Any] = [json.loads(r) for r in (INPUTS / "tickets.jsonl").read_text(encoding="utf-8").splitlines()]
    for backend in having("classify"):
        right = [sum(value(backend, ask(function, row["ticket"])) == row[key] for row in rows)
                 for function, key in ((TOPIC, "topic"), (URGENCY, "urgency"))]
        assert backend.supports(ask(CLASSIFY, "", ["a"]))
        print(f"{backend.name:22} topic {right[0]}/{len(rows)}, urgency {right[1]}/{len(rows)}")


def report() -> None:
    for part in (detection, colours, reading, tickets):
        part()
