"""What a model answers: a detector, a verifier of properties, a reader of signs and an answerer of whole questions.

Each takes English as fmplang/scenes/read.py understands it. A detector or a verifier does not take what it does not
understand; the answerer says "N/A" then (or False, as sure as a coin), as who was asked about something unheard of.
All are taught pictures of 128 pixels and take none that was cut from one of more than MOST_SIDE.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from fmplang.backends.base import Health, Response
from fmplang.backends.embedded.boxes import Found, crops
from fmplang.backends.embedded.costs import Work
from fmplang.backends.embedded.model import EmbeddedBackend, image_of
from fmplang.backends.embedded.pictures import whole
from fmplang.backends.embedded.scenes import models
from fmplang.backends.embedded.scenes.confidence import kind_of
from fmplang.backends.embedded.scenes.models import Model
from fmplang.backends.embedded.scenes.sight import Sight
from fmplang.check.types import BOOL, IMAGE, INT, STR, ListType
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image
from fmplang.scenes.forms import NOTHING, Form, Phrase, returns
from fmplang.scenes.graph import WORDS
from fmplang.scenes.read import read, read_phrase, read_property
from fmplang.scenes.truth import answer, fits

MOST_SIDE = 256  # pixels
LOST = 0.05  # confidence in an answer to what was not understood
_LONGEST = 300  # letters of a question worth reading
_CROPS = ListType(IMAGE)
_SURE_SIGN = 0.5
_HOW: Mapping[str, str] = {"outline": "outlines and colours alone", "glance": "a small network",
                           "gaze": "a large network", "sage": "a large network that looks six times"}


class SceneBackend(EmbeddedBackend):
    """One capability of one model. Setting: `weights`, a folder that `fmplang pool train` wrote, in place of the
    weights that ship."""

    options: ClassVar[Mapping[str, type]] = {"weights": str}
    suffix = ""
    about = ""

    def __init__(self, model: str) -> None:
        self.model = model
        self.name = model + self.suffix
        self.folder = models.FOLDER
        self.version = models.version(self.folder, model)

    def configure(self, key: str, value: object) -> None:
        if key != "weights":
            return super().configure(key, value)
        self.folder = Path(str(value)).expanduser()
        if not models.present(self.folder, self.model):
            raise ValueError(f"weights {value!r} should be a folder with the files of {self.model}")
        self.version = models.version(self.folder, self.model)

    def loaded(self) -> Model:
        return models.load(self.folder, self.model)

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        if not args or not isinstance(args[0], Image) or not all(isinstance(arg, str) for arg in args[1:]):
            return False
        if any(len(arg) > _LONGEST for arg in args[1:]):
            return False
        return self.understands(request, args[1:]) and max(args[0].source.pixels.shape[:2]) <= MOST_SIDE

    @abstractmethod
    def understands(self, request: Request, texts: list[str]) -> bool:
        """Whether what is asked for, in `texts`, is in words that the model knows."""

    def work(self, request: Request) -> Work:
        return Work("picture", 0.0, whole(image_of(request)))

    def operations(self, request: Request) -> float | None:
        return float(self.loaded().flops)

    def health(self) -> Health:
        if models.present(self.folder, self.model):
            return super().health()
        return Health(False, f"the files of {self.model} are missing", f"Train it: fmplang pool train {self.model}.")

    def describe(self) -> str:
        return f"{self.about} in pictures of up to {MOST_SIDE} pixels drawn by fmplang scenes, by {_HOW[self.model]}"


class SceneFind(SceneBackend):
    """find(image, name): all that the phrase names, likeliest first."""

    capability = "detect"
    about = "finds what a phrase names"

    def understands(self, request: Request, texts: list[str]) -> bool:
        if request.returns != _CROPS or len(texts) != 1:
            return False
        phrase = read_phrase(texts[0])
        return phrase is not None and (self.model != models.OUTLINE or _plain(phrase))

    def respond(self, request: Request) -> Response:
        image = image_of(request)
        phrase = read_phrase(str(list(request.args.values())[1]))
        assert phrase is not None
        model = self.loaded()
        sight = model.sight(image)
        chances, belief = found(sight, phrase, model.needed)
        boxes = sight.boxes
        named = [Found(left, image.height - upper, right - left, upper - lower, float(chance))
                 for (left, lower, right, upper), chance in zip(boxes, chances, strict=True) if chance >= model.needed]
        return Response(crops(image, named), confidence=model.confidence("find", sight, belief, len(named)))


class SceneVerify(SceneBackend):
    """verify_property(image, name, property): whether what the patch shows has the property."""

    suffix = "-verify"
    capability = "verify"
    about = "verifies a property (colour, size, pattern, relation)"

    def understands(self, request: Request, texts: list[str]) -> bool:
        return request.returns == BOOL and len(texts) == 2 and read_phrase(texts[0]) is not None \
            and read_property(texts[1]) is not None

    def respond(self, request: Request) -> Response:
        _, name, quality = request.args.values()
        phrase, wanted = read_phrase(str(name)), read_property(str(quality))
        assert phrase is not None and wanted is not None
        model = self.loaded()
        sight = model.sight(image_of(request))
        chance = verified(sight, phrase, wanted)
        holds = chance >= 0.5
        return Response(holds, confidence=model.confidence("verify", sight, max(chance, 1 - chance), holds))


class SceneRead(SceneBackend):
    """read_text(image): the words of all signs, from the top down."""

    suffix = "-read"
    capability = "ocr"
    about = "reads the words of signs"

    def understands(self, request: Request, texts: list[str]) -> bool:
        return request.returns == STR and not texts

    def respond(self, request: Request) -> Response:
        model = self.loaded()
        sight = model.sight(image_of(request))
        text, belief = written(sight)
        return Response(text, confidence=model.confidence("read", sight, belief, text))


class SceneAnswer(SceneBackend):
    """verify(image, statement) and simple_query(image, question), and the like for whole numbers."""

    suffix = "-answer"
    capability = "vqa"
    about = "answers whole questions, and N/A where the picture cannot"

    def __init__(self, model: str) -> None:
        super().__init__(model)
        if model == "sage":  # it does nothing else
            self.name = model

    def understands(self, request: Request, texts: list[str]) -> bool:
        return request.returns in (BOOL, STR, INT) and len(texts) == 1

    def respond(self, request: Request) -> Response:
        image, text = request.args.values()
        assert isinstance(image, Image)
        form = read(str(text))
        if request.returns == BOOL:
            if form is None or returns(form) != "bool":
                return Response(False, confidence=0.5)
        elif form is None or (request.returns == INT and returns(form) != "int"):
            return Response(0 if request.returns == INT else NOTHING, confidence=LOST)
        model = self.loaded()
        sight = model.sight(image)
        value, confidence = told(model, sight, form)
        if request.returns == STR:
            value = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        return Response(value, confidence=confidence)


def _plain(phrase: Phrase) -> bool:
    """Whether kind, colour and size say it all."""
    return not (phrase.material or phrase.text or phrase.related or phrase.but)


def told(model: Model, sight: Sight, form: Form) -> tuple[bool | int | str, float]:
    """The answer of a form and how likely it is right."""
    made = answer(sight, form)
    return made.value, model.confidence(kind_of(form), sight, made.confidence, made.value)


def found(sight: Sight, phrase: Phrase, needed: float) -> tuple[np.ndarray, float]:
    """The chance of each candidate that the phrase names it, and the belief that all are judged right."""
    chances = np.clip(fits(sight, phrase), 0.0, 1.0)
    return chances, float(np.prod(np.where(chances >= needed, chances, 1 - chances)))


def verified(sight: Sight, phrase: Phrase, wanted: Phrase) -> float:
    """The chance that what the patch is about has the property. A patch is about what is likeliest to be what it was
    called; that it is called so weighs, but does not decide, since whoever called it so may know better."""
    present = sight.present()
    if not len(present):
        return 0.0
    left, lower, right, upper = sight.boxes.T
    area = np.maximum((right - left) * (upper - lower), 1.0)
    weight = (fits(sight, phrase) + 0.05 * present) * area
    named = fits(sight, wanted) / np.maximum(present, 1e-6)
    return float(np.clip((weight * named).sum() / max(float(weight.sum()), 1e-9), 0.0, 1.0))


def written(sight: Sight) -> tuple[str, float]:
    """The words of the signs, from the top down, and the belief that they are all and right."""
    sign = sight.present() * sight.chance("kind", "sign")
    words = sight.chances("word")
    belief, lines = 1.0, []
    for at in np.argsort(-sight.boxes[:, 3], kind="stable"):
        if sign[at] < _SURE_SIGN:
            belief *= 1 - sign[at]
            continue
        best = int(words[at].argmax())
        belief *= sign[at] * words[at, best]
        lines.append(WORDS[best])
    return "\n".join(lines), float(belief)
