"""Trials: what a model is asked about a scene, what it says, and whether that is right.

Whole questions come from fmplang/scenes/ask.py. `find`, `verify` and `read` are asked as programs ask them: a phrase
for a whole picture, a property of a crop around a thing, the text of a picture or a crop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fmplang.backends.embedded.scenes.answers import found, told, verified, written
from fmplang.backends.embedded.scenes.confidence import features, kind_of
from fmplang.backends.embedded.scenes.eye import overlaps
from fmplang.backends.embedded.scenes.models import Model
from fmplang.backends.embedded.scenes.sight import Sight
from fmplang.scenes import ask
from fmplang.scenes.forms import Phrase, valued
from fmplang.scenes.graph import COLOURS, KINDS, MATERIALS, Scene, Thing
from fmplang.scenes.truth import Known, answer, fits

CAPABILITIES = ("find", "verify", "read")
QUESTIONS = ask.KINDS
ASKED: Mapping[str, tuple[str, ...]] = {  # what each model is asked: outline knows no patterns, sage does not find
    "outline": ("find",), "glance": (*CAPABILITIES, *QUESTIONS), "gaze": (*CAPABILITIES, *QUESTIONS), "sage": QUESTIONS,
}
HIT = 0.4  # overlap from which a box is taken to be a thing's
_CLEAR = 0.34  # the share of a thing that must be seen for a find to hang on it


@dataclass(frozen=True, slots=True)
class Trial:
    """`kind` is one of CAPABILITIES or QUESTIONS; `curve` whose confidence it is (confidence.kind_of). `belief` is what
    the eye itself makes of its answer, `features` what the curve reads."""

    scene: str
    difficulty: float
    kind: str
    curve: str
    text: str
    truth: str
    said: str
    right: bool
    belief: float
    confidence: float
    features: np.ndarray = field(repr=False)


def trials(model: Model, drawn: Iterable[tuple[Scene, np.ndarray]], seed: int,
           kinds: Sequence[str] = (*CAPABILITIES, *QUESTIONS), per_kind: int = 1) -> Iterator[Trial]:
    """Asks a model about scenes with their pictures. The same scenes and seed ask the same of every model."""
    asked = [kind for kind in kinds if kind in QUESTIONS]
    for scene, picture in drawn:
        rng = np.random.default_rng([seed, *scene.name.encode()])
        whole = model.seen(picture, max(picture.shape[:2]))
        for kind, try_it in (("find", _find), ("verify", _verify), ("read", _read)):
            if kind in kinds:
                for _ in range(per_kind):
                    made = try_it(model, scene, picture, whole, rng)
                    if made is not None:
                        yield made
        for question in ask.questions(scene, rng, per_kind, asked) if asked else ():
            said, confidence = told(model, whole, question.form)
            belief = answer(whole, question.form).confidence
            yield Trial(scene.name, scene.difficulty, question.kind, kind_of(question.form), question.text,
                        str(question.answer), str(said), said == question.answer, belief, confidence,
                        features(whole, belief, said))


def matched(sight: Sight, scene: Scene) -> np.ndarray:
    """n places in scene.things, -1 where a candidate is none; each thing is taken once, best overlap first."""
    places = np.full(len(sight), -1)
    if not len(sight) or not scene.things:
        return places
    near = overlaps(sight.boxes, np.array([thing.box for thing in scene.things]))
    while near.max() >= HIT:
        candidate, thing = np.unravel_index(near.argmax(), near.shape)
        places[candidate] = thing
        near[candidate], near[:, thing] = 0, 0
    return places


# ------------------------------------------------------------------ what programs ask


def _find(model: Model, scene: Scene, picture: np.ndarray, whole: Sight, rng: np.random.Generator) -> Trial | None:
    phrase = _phrase(scene, rng)
    fitting = {i for i, chance in enumerate(fits(Known(scene), phrase)) if chance > 0.5}
    if any(scene.things[i].visible < _CLEAR for i in fitting):
        return None
    each, belief = found(whole, phrase, model.needed)
    places = matched(whole, scene)
    named = [int(place) for place, chance in zip(places, each, strict=True) if chance >= model.needed]
    right = len(named) == len(fitting) and set(named) == fitting
    return Trial(scene.name, scene.difficulty, "find", "find", _told(phrase), f"{len(fitting)} things",
                 f"{len(named)} things", right, belief, model.confidence("find", whole, belief, len(named)),
                 features(whole, belief, len(named)))


def _verify(model: Model, scene: Scene, picture: np.ndarray, whole: Sight, rng: np.random.Generator) -> Trial | None:
    thing = scene.things[int(rng.integers(len(scene.things)))]
    if thing.visible < 0.5:
        return None
    attribute, values = (("colour", COLOURS), ("material", MATERIALS))[int(rng.random() < 0.3)]
    here = getattr(thing, attribute)
    truth = bool(rng.random() < 0.5)
    if truth:
        value = here
    else:
        others = {getattr(other, attribute) for other in scene.things} - {here}
        choice = sorted(others) if others and rng.random() < 0.5 else [one for one in values if one != here]
        value = choice[int(rng.integers(len(choice)))]
    sight = model.seen(crop(picture, thing, rng), max(picture.shape[:2]))
    chance = verified(sight, Phrase(thing.kind), valued(attribute, value))
    said, belief = chance >= 0.5, max(chance, 1 - chance)
    return Trial(scene.name, scene.difficulty, "verify", "verify", f"{thing.kind}, {value}?", str(truth), str(said),
                 said == truth, belief, model.confidence("verify", sight, belief, said), features(sight, belief, said))


def _read(model: Model, scene: Scene, picture: np.ndarray, whole: Sight, rng: np.random.Generator) -> Trial | None:
    signs = sorted((thing for thing in scene.things if thing.kind == "sign"), key=lambda thing: -thing.box[3])
    if any(thing.visible < 0.8 for thing in signs) or (not signs and rng.random() < 0.8):
        return None  # pictures without text are many
    sight = whole
    if signs and rng.random() < 0.5:
        signs = [signs[int(rng.integers(len(signs)))]]
        sight = model.seen(crop(picture, signs[0], rng), max(picture.shape[:2]))
    truth = "\n".join(thing.text for thing in signs)
    said, belief = written(sight)
    return Trial(scene.name, scene.difficulty, "read", "read", "text?", truth, said, said == truth, belief,
                 model.confidence("read", sight, belief, said), features(sight, belief, said))


def crop(picture: np.ndarray, thing: Thing, rng: np.random.Generator) -> np.ndarray:
    """The picture around a thing as a detector would cut it out, some pixels off."""
    left, lower, right, upper = thing.box
    off = rng.uniform(-0.03, 0.08, 4) * max(right - left, upper - lower)
    height, width = picture.shape[:2]
    x0, x1 = max(0, int(left - off[0])), min(width, int(right + off[2]) + 1)
    y0, y1 = max(0, int(height - upper - off[3])), min(height, int(height - lower + off[1]) + 1)
    return np.ascontiguousarray(picture[y0:y1, x0:x1])


def _phrase(scene: Scene, rng: np.random.Generator) -> Phrase:
    """What to find: mostly a kind that is there, with its colour or with another, or a kind that is not there."""
    thing = scene.things[int(rng.integers(len(scene.things)))]
    way = rng.random()
    if way < 0.4:
        return Phrase(thing.kind)
    if way < 0.6:
        return Phrase(thing.kind, colour=thing.colour)
    if way < 0.7:
        return Phrase(thing.kind, colour=COLOURS[int(rng.integers(len(COLOURS)))])
    if way < 0.8 and thing.group != "item":
        return Phrase(thing.group)
    return Phrase(KINDS[int(rng.integers(len(KINDS)))])


def _told(phrase: Phrase) -> str:
    return " ".join(part for part in (phrase.size, phrase.colour, phrase.material, phrase.kind or "thing") if part)
