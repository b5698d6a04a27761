"""What a question means: a small closed query language over scenes.

    Phrase                                  things of some description
    Exists   Count   Number                 is there any, how many, are there so many
    Is       AllAre                         is the X so, are all X so
    What                                    the colour, material, size, kind or text of the X
    Compare  Same                           more X than Y, X and Y alike
    Both     Either   Not                   of forms

A property is a phrase too: "brown" is `Phrase(colour="brown")`, "on a horse" is `Phrase(related=(("on", ...),))`. So
"Is the dog left of the tree?" is `Is`, and "What is the man holding?" is the kind of what is held by a man. Forms are
values: they compare, hash and print. truth.py evaluates them, ask.py says them, read.py reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fmplang.scenes.graph import COLOURS, GROUPS, KINDS, MATERIALS, RELATIONS, SIZES

NOTHING = "N/A"  # the answer where the picture cannot answer

ATTRIBUTES = ("kind", "colour", "material", "size", "text")

# A relation seen from its second thing, where that is not a relation of its own.
TURNED: Mapping[str, str] = {"held by": "holding", "bearing": "on", "containing": "inside", "in front of": "behind"}
OPPOSITE: Mapping[str, str] = {"left of": "right of", "right of": "left of", "above": "below", "below": "above",
                               "next to": "next to", **TURNED, **{plain: turned for turned, plain in TURNED.items()}}
MOST = ("leftmost", "rightmost", "topmost", "bottommost", "largest", "smallest")

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "kind": ("", *KINDS, *GROUPS), "colour": ("", *COLOURS), "material": ("", *MATERIALS), "size": ("", *SIZES),
    "most": ("", *MOST),
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Things that fit all of it; empty fields ask for nothing. `kind` is a kind or a group. `related` holds
    (relation, phrase): the thing stands so to some thing that fits the phrase. `but` holds phrases that it must not
    fit. `most` picks, of the things that fit the rest, the one furthest that way. Raises ValueError for other
    words, and for what stands there twice."""

    kind: str = ""
    colour: str = ""
    material: str = ""
    size: str = ""
    text: str = ""
    related: tuple[tuple[str, Phrase], ...] = ()
    but: tuple[Phrase, ...] = ()
    most: str = ""

    def __post_init__(self) -> None:
        for field, allowed in _ALLOWED.items():
            if getattr(self, field) not in allowed:
                raise ValueError(f"no such {field}: {getattr(self, field)!r}")
        for relation, _ in self.related:
            if relation not in RELATIONS and relation not in TURNED:
                raise ValueError(f"no such relation: {relation!r}")
        if len(set(self.related)) < len(self.related) or len(set(self.but)) < len(self.but):
            raise ValueError("a phrase says each thing once")

    def __repr__(self) -> str:
        said = (f"{field}={getattr(self, field)!r}" for field in self.__slots__ if getattr(self, field))
        return f"Phrase({', '.join(said)})"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that fit, or none where any does."""
        return GROUPS.get(self.kind, (self.kind,)) if self.kind else ()


@dataclass(frozen=True, slots=True)
class Exists:
    """Is there any? A bool."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Count:
    """How many? An int."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Number:
    """Are there so many? A bool. `how` is `exactly`, `at least` or `at most`."""

    phrase: Phrase
    how: str
    number: int


@dataclass(frozen=True, slots=True)
class Is:
    """Is the X so? A bool: whether some thing fits both. With no such thing it is false."""

    phrase: Phrase
    property: Phrase


@dataclass(frozen=True, slots=True)
class AllAre:
    """Are all X so? A bool. With no X it is false."""

    phrase: Phrase
    property: Phrase


@dataclass(frozen=True, slots=True)
class What:
    """An attribute of the X. A str; N/A where there is no X, or where several differ in it."""

    phrase: Phrase
    attribute: str


@dataclass(frozen=True, slots=True)
class Compare:
    """Are there more X than Y? A bool. `how` is `more`, `fewer` or `as many`."""

    first: Phrase
    second: Phrase
    how: str


@dataclass(frozen=True, slots=True)
class Same:
    """Do all X and Y share one value of the attribute? A bool; with `differ`, whether they do not. Where there is no X,
    or no Y, both are false."""

    first: Phrase
    second: Phrase
    attribute: str
    differ: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Both are true. A bool."""

    first: Form
    second: Form


@dataclass(frozen=True, slots=True)
class Either:
    """One is true, or both. A bool."""

    first: Form
    second: Form


@dataclass(frozen=True, slots=True)
class Not:
    """It is not true. A bool."""

    form: Form


Form = Exists | Count | Number | Is | AllAre | What | Compare | Same | Both | Either | Not


def phrases_in(form: Form) -> tuple[Phrase, ...]:
    """The phrases that it is made of, without those inside them."""
    match form:
        case Exists(phrase) | Count(phrase) | Number(phrase) | What(phrase):
            return (phrase,)
        case Is(phrase, quality) | AllAre(phrase, quality):
            return (phrase, quality)
        case Compare(first, second) | Same(first, second):
            return (first, second)
        case Both(one, other) | Either(one, other):
            return (*phrases_in(one), *phrases_in(other))
        case Not(inner):
            return phrases_in(inner)


def returns(form: Form) -> str:
    """The type of the answer: `bool`, `int` or `str`."""
    return "int" if isinstance(form, Count) else "str" if isinstance(form, What) else "bool"


def meet(first: Phrase, second: Phrase) -> Phrase | None:
    """What fits both, or None where nothing can. `most` is left out: it does not add up."""
    kind = _narrower(first.kind, second.kind)
    if kind is None:
        return None
    for field in ("colour", "material", "size", "text"):
        one, other = getattr(first, field), getattr(second, field)
        if one and other and one != other:
            return None
    return Phrase(
        kind, first.colour or second.colour, first.material or second.material, first.size or second.size,
        first.text or second.text, tuple(dict.fromkeys(first.related + second.related)),
        tuple(dict.fromkeys(first.but + second.but)),
    )


def without_most(phrase: Phrase) -> Phrase:
    """The phrase that `most` picks from."""
    return replace(phrase, most="") if phrase.most else phrase


def valued(attribute: str, value: str) -> Phrase:
    """The phrase of what has the value. Raises ValueError for unknown words."""
    if attribute not in ATTRIBUTES:
        raise ValueError(f"no such attribute: {attribute!r}")
    return Phrase(**{attribute: value})  # type: ignore[arg-type]


def _narrower(first: str, second: str) -> str | None:
    if not first or not second or first == second:
        return first or second
    if second in GROUPS.get(first, ()):
        return second
    return first if first in GROUPS.get(second, ()) else None
