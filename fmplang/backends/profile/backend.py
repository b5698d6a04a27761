"""One simulated model: from a request to the answer that follows from what it believes to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fmplang.backends.base import Health, Response
from fmplang.backends.profile.album import Album
from fmplang.backends.profile.belief import OF_IT, Belief, Eyes, View, hashed
from fmplang.check.types import BOOL, IMAGE, INT, STR, ListType, LiteralType, Type
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Box, Image
from fmplang.scenes.forms import Exists, Form, Is, Phrase, meet, phrases_in, returns
from fmplang.scenes.graph import Scene
from fmplang.scenes.read import read, read_phrase, read_property
from fmplang.scenes.truth import answer, fits

Asked = Mapping[str, Callable[[Scene], str]]
UNIT = "million parameters"
_SAYS = {"detect": "finds things", "verify": "checks claims", "vqa": "answers questions", "ocr": "reads signs"}


class Simulated:
    """A SIMULATION of a model with one capability and so many million parameters, which are its price."""

    cacheable = False  # it is cheaper than the cache

    def __init__(self, capability: str, size: float, eyes: Eyes, album: Album, seed: int,
                 questions: Asked) -> None:
        exact = eyes.hard == 0
        self.name = f"{'true' if exact else 'simulated'}-{capability}-{size:.0f}m"
        self.capability = capability
        self.version = f"1-seed{seed}"
        self.unit = UNIT
        self.cost = float(size)
        self._eyes, self._album, self._questions = eyes, album, questions
        self._key = f"{seed}:{capability}:{size:g}"
        self._about = (f"SIMULATION{' without errors' if exact else ''}: {_SAYS[capability]} from the scene that the "
                       f"picture is known to show; the price is that of {size:,.0f} million parameters")

    def __repr__(self) -> str:
        return f"<simulation {self.name}>"

    def supports(self, request: Request) -> bool:
        """Where there is a picture, and what is asked is understood."""
        if _image(request) is None:
            return False
        if self.capability == "ocr":
            return request.returns == STR
        if self.capability == "detect":
            return request.returns == ListType(IMAGE) and _phrase(request) is not None
        if self.capability == "verify":
            return request.returns == BOOL and (_claim(request) is not None or _question(request) is not None)
        return self._custom(request) is not None or _fits(_question(request), request.returns)

    def price(self, request: Request) -> float:
        return self.cost

    def health(self) -> Health:
        return self._album.health()

    def describe(self) -> str:
        return self._about

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        """Each its own: BackendError FMP708 for a picture that is not known, FMP707 for what is not understood."""
        answers: list[Response | Exception] = []
        for request in requests:
            try:
                answers.append(self._answer(request))
            except Exception as error:
                answers.append(error)
        return answers

    # ------------------------------------------------------------ by capability

    def _answer(self, request: Request) -> Response:
        image = _image(request)
        if image is None:
            raise self._puzzled(request)
        view = View(self._album.scene(image), image.box)
        if self.capability == "detect":
            return self._found(request, image, view)
        if self.capability == "ocr":
            return self._read(view, image)
        claim = _claim(request) if self.capability == "verify" else None
        if claim is not None:
            return self._verified(image, view, *claim)
        custom = self._custom(request)
        if custom is not None:
            seen, sure = self._belief(view.meant(), image, custom, 2).scene()
            return Response(self._questions[custom](seen), confidence=sure)
        form = _question(request)
        if form is None:
            raise self._puzzled(request)
        things = sum(_named(phrase) for phrase in phrases_in(form))
        value, sure = answer(self._belief(view.meant(), image, repr(form), things), form)
        return Response(_as(value, request.returns), confidence=sure)

    def _found(self, request: Request, image: Image, view: View) -> Response:
        phrase = _phrase(request)
        if phrase is None:
            raise self._puzzled(request)
        key = repr(phrase)
        chances = fits(self._belief(view, image, key), phrase)
        shake = np.random.default_rng(hashed(self._key, image.digest, key, "boxes")).normal(size=(len(chances), 4))
        loose = 12 * self._eyes.error(view.difficulty())
        boxes = [_within(view.scene.things[i].box, image.box, shake[at] * loose[at])
                 for at, i in enumerate(view.things) if chances[at] >= 0.5]
        sure = float(np.prod(np.maximum(chances, 1 - chances)))
        return Response([Image(image.source, box) for box in boxes], confidence=sure)

    def _verified(self, image: Image, view: View, name: Phrase, quality: Phrase) -> Response:
        belief = self._belief(view, image, repr((name, quality)), _named(name) + _named(quality) - 1)
        named = fits(belief, name)
        close = [(view.near[i], at) for at, i in enumerate(view.things)
                 if not view.whole and view.near[i] >= OF_IT and named[at] >= 0.5]
        joined = meet(name, quality)
        if close and joined is not None and not (name.most or quality.most):
            yes = float(fits(belief, joined)[max(close)[1]]) / max(0.5, float(named[max(close)[1]]))
            yes = min(1.0, yes)
            return Response(yes >= 0.5, confidence=max(yes, 1 - yes))
        value, sure = answer(belief, Is(name, quality))
        return Response(value, confidence=sure)

    def _read(self, view: View, image: Image) -> Response:
        seen, sure = self._belief(view, image, "text").scene()
        signs = sorted((thing for thing in seen.things if thing.text), key=lambda thing: thing.middle[0])
        return Response(" ".join(sign.text for sign in signs), confidence=sure)

    # ------------------------------------------------------------ what is asked

    def _belief(self, view: View, image: Image, question: str, things: int = 1) -> Belief:
        return Belief(view, self._eyes, f"{self._key}|{image.digest}|{question}", things)

    def _custom(self, request: Request) -> str | None:
        if request.returns != STR:
            return None
        return next((text for text in _texts(request) if text in self._questions), None)

    def _puzzled(self, request: Request) -> BackendError:
        return BackendError(
            f"the simulation {self.name} does not understand what {request.function.name} asks", code="FMP707",
            site=request.site.id, backend=self.name,
            hint="It reads plain questions about scenes: see docs/questions.md. Others are given as `questions`.",
        )


def _image(request: Request) -> Image | None:
    return next((value for value in request.args.values() if isinstance(value, Image)), None)


def _texts(request: Request) -> list[str]:
    """What may be the question: the texts given, else the prompt, whole or to its first question mark."""
    given = [value for value in request.args.values() if isinstance(value, str)]
    prompt = request.prompt.replace("<image>", "").strip()
    return [*given, prompt, prompt.partition("?")[0] + "?"]


def _phrase(request: Request) -> Phrase | None:
    given = [value for value in request.args.values() if isinstance(value, str)]
    return read_phrase(given[0]) if len(given) == 1 else None


def _claim(request: Request) -> tuple[Phrase, Phrase] | None:
    """(which things, how they shall be) of a function of a name and a property."""
    given = [value for value in request.args.values() if isinstance(value, str)]
    if len(given) != 2:
        return None
    name, quality = read_phrase(given[0]), read_property(given[1])
    return None if name is None or quality is None else (name, quality)


def _question(request: Request) -> Form | None:
    for text in _texts(request):
        form = read(text)
        if form is not None:
            return form
        phrase = read_phrase(text)
        if phrase is not None:
            return Exists(phrase)
    return None


def _named(phrase: Phrase) -> int:
    """How many things it names."""
    return 1 + sum(_named(other) for _, other in phrase.related) + sum(_named(other) for other in phrase.but)


def _fits(form: Form | None, wanted: Type) -> bool:
    if form is None:
        return False
    said = returns(form)
    return wanted == STR or isinstance(wanted, LiteralType) or wanted == {"bool": BOOL, "int": INT}.get(said)


def _as(value: bool | int | str, wanted: Type) -> bool | int | str:
    """In the type that is wanted, where that is text."""
    if wanted in (BOOL, INT) or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _within(box: Sequence[float], around: Box, shake: Sequence[float]) -> Box:
    """The box, a little off, cut to the image; at least a pixel wide and high."""
    left, lower, right, upper = (round(edge + by) for edge, by in zip(box, shake, strict=True))
    left, lower = min(max(left, around[0]), around[2] - 1), min(max(lower, around[1]), around[3] - 1)
    return left, lower, min(max(right, left + 1), around[2]), min(max(upper, lower + 1), around[3])
