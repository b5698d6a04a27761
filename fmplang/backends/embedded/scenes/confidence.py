"""From what an eye believes to how often it is right: a logistic curve for each kind of question, fitted on scenes that
no model has learnt from (Platt, 1999, with more than one feature)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fmplang.backends.embedded.scenes.sight import Sight
from fmplang.scenes.forms import (
    NOTHING,
    AllAre,
    Both,
    Compare,
    Count,
    Either,
    Exists,
    Form,
    Is,
    Not,
    Number,
    Same,
    What,
    phrases_in,
)

# The kinds of questions, each with a curve; some of them in parts that have curves of their own where there were enough
# answers: "exists related", where a relation stands in the question, or "what colour".
KINDS = ("exists", "count", "number", "is", "all", "what", "compare", "same", "logic", "find", "verify", "read")
FEATURES = ("belief", "denies", "doubt", "things", "kinds", "hidden", "belief where denied", "belief where unsure")
_FORMS: Mapping[type, str] = {
    Exists: "exists", Count: "count", Number: "number", Is: "is", AllAre: "all", What: "what", Compare: "compare",
    Same: "same", Both: "logic", Either: "logic", Not: "logic",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """sigmoid(bias + weights . features)."""

    bias: float
    weights: tuple[float, ...]

    def __call__(self, features: np.ndarray) -> float:
        return float(1 / (1 + np.exp(-np.clip(self.bias + np.dot(self.weights, features), -30, 30))))


PLAIN = Curve(0.0, (1.0, *(0.0 for _ in FEATURES[1:])))  # the belief itself


def kind_of(form: Form) -> str:
    """What kind of question a form is: one of KINDS, and where it applies a blank and a part of it."""
    if isinstance(form, What):
        return f"what {form.attribute}"
    related = any(phrase.related for phrase in phrases_in(form))
    return f"{_FORMS[type(form)]} related" if related else _FORMS[type(form)]


def features(sight: Sight, belief: float, said: object) -> np.ndarray:
    """`belief` is the chance of the answer by the eye's own account, `denies` whether it is a no. The rest says how
    hard the picture was: `doubt`, how many candidates may or may not be there; `things`, how many there seem to be;
    `kinds`, how unsure it is what they are; `hidden`, how much of them is covered."""
    present = sight.present()
    total = float(present.sum())
    kinds = 1 - sight.chances("kind").max(axis=1, initial=0.0)
    held = max(total, 1e-6)
    kept = min(max(belief, 1e-4), 1 - 1e-4)
    denies = said in (False, 0, "", NOTHING)
    logit = float(np.log(kept / (1 - kept)))
    unsure = float((present * kinds).sum() / held)
    return np.array([logit, float(denies), float((present * (1 - present)).sum()), total / 8, unsure * 2,
                     float((present * (1 - sight.look.visible)).sum() / held) * 2, logit * denies, logit * unsure])
