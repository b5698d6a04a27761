"""Questions about a scene, with their answers.

Kinds: existence, property, count, comparison, spatial, logical, reading, open, unanswerable.

Balance: for a yes/no kind a question with yes and one with no are looked for; where one of them cannot be found the
scene has none of that kind, so answers are even over scenes as well. Counts are drawn evenly from the counts that can
be asked for. Noes come from look-alikes: of what is there, one word is changed for a near one (the cat where there is
a dog, the red cup where there is a blue one, left for right).

What cannot be told for sure is not asked. Each question is judged again with the geometry bent both ways and without
things that are hardly visible; its answer must stay. So nothing near the thresholds of `placed`, no leftmost of two
that are level, and nothing that hangs on a thing of which less than a third is seen.

"The dog" in a yes/no question that has no dog is answered no; an open question about it "N/A", as with two dogs that
differ in what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fmplang.scenes import forms, graph
from fmplang.scenes.forms import (
    NOTHING,
    OPPOSITE,
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
    Phrase,
    Same,
    What,
)
from fmplang.scenes.say import Draw, ask
from fmplang.scenes.truth import Known, Value, answer

KINDS = ("existence", "property", "count", "comparison", "spatial", "logical", "reading", "open", "unanswerable")

HARDLY = 0.34  # the share of a thing that must be seen for a question to hang on it
_BENT = ((0.5, -0.03), (1.5, 0.03))  # how the geometry is bent: slack and edge of `Known`
_TRIES = 40

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """`answer` is the truth: a bool, an int or a str, "N/A" where the picture cannot answer. `returns` is its type."""

    text: str
    form: Form
    kind: str
    answer: Value
    returns: str


class Views:
    """A scene as it is, and as it might be taken."""

    def __init__(self, scene: graph.Scene) -> None:
        self._exact = Known(scene)
        hidden = any(thing.visible < HARDLY for thing in scene.things)
        self._others = [Known(scene, slack, edge, visible) for slack, edge in _BENT
                        for visible in ((0.0, HARDLY) if hidden else (0.0,))]
        if hidden:
            self._others.append(Known(scene, visible=HARDLY))

    @property
    def ways(self) -> tuple[Known, ...]:
        """All ways to take it, the exact one first."""
        return (self._exact, *self._others)

    def truth(self, form: Form) -> Value:
        return answer(self._exact, form).value

    def sure(self, form: Form) -> bool:
        """Whether all ways to take it lead to one answer."""
        truth = self.truth(form)
        return all(answer(other, form).value == truth for other in self._others)


def questions(scene: graph.Scene, rng: Draw, per_kind: int = 1, kinds: Sequence[str] = KINDS) -> list[Question]:
    """Up to `per_kind` questions of each kind; fewer where the scene gives no more. The same seed gives the same."""
    makers = _Makers(scene, rng)
    views = Views(scene)
    found: list[Question] = []
    for kind in kinds:
        asked: set[Form] = set()
        for _ in range(per_kind):
            form = _PICK[kind](makers, views, asked)
            if form is not None:
                asked.add(form)
                found.append(Question(ask(form, rng), form, kind, views.truth(form), forms.returns(form)))
    return found


# ------------------------------------------------------------------ choosing by the answer


def _yes_or_no(make: Callable[[_Makers], Form | None]) -> Callable[[_Makers, Views, set[Form]], Form | None]:
    def pick(makers: _Makers, views: Views, asked: set[Form]) -> Form | None:
        found: dict[Value, Form] = {}
        for _ in range(_TRIES):
            form = make(makers)
            if form is None or form in asked:
                continue
            truth = views.truth(form)
            if truth not in found and views.sure(form):
                found[truth] = form
                if len(found) == 2:
                    return found[makers.coin()]
        return None
    return pick


def _by_answer(make: Callable[[_Makers], Form | None],
               fits: Callable[[Value], bool]) -> Callable[[_Makers, Views, set[Form]], Form | None]:
    """First the answer is drawn, evenly from those found, then a question that has it."""
    def pick(makers: _Makers, views: Views, asked: set[Form]) -> Form | None:
        found: dict[Value, list[Form]] = {}
        for _ in range(_TRIES // 2):
            form = make(makers)
            if form is not None and form not in asked:
                truth = views.truth(form)
                if fits(truth) and views.sure(form):
                    found.setdefault(truth, []).append(form)
        return makers.one(found[makers.one(sorted(found, key=str))]) if found else None
    return pick


# ------------------------------------------------------------------ making


class _Makers:
    """Forms about a scene, near its truth: some true, some not."""

    def __init__(self, scene: graph.Scene, rng: Draw) -> None:
        self.scene, self.rng = scene, rng
        self._kinds = sorted({thing.kind for thing in scene.things})
        self._pairs = self._related_pairs()

    def coin(self, chance: float = 0.5) -> bool:
        return bool(self.rng.random() < chance)

    def one(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def described(self, thing: graph.Thing, told: float = 0.35, groups: float = 0.15) -> Phrase:
        """A phrase that fits the thing."""
        kind = thing.kind
        if self.coin(groups):
            kind = self.one(("", thing.group if thing.group != "item" else ""))
        return Phrase(kind, thing.colour if self.coin(told) or not kind else "",
                      thing.material if self.coin(told / 3) else "", thing.size if self.coin(told / 3) else "")

    def twisted(self, phrase: Phrase) -> Phrase:
        """One word changed for a near one."""
        ways = [field for field in ("kind", "colour", "material", "size") if getattr(phrase, field)]
        field = self.one(ways) if ways else "colour"
        if field == "kind":
            return replace(phrase, kind=self.other_kind(phrase.kind))
        allowed = {"colour": graph.COLOURS, "material": graph.MATERIALS, "size": graph.SIZES}[field]
        here = sorted({str(getattr(thing, field)) for thing in self.scene.things})
        options = [value for value in (here if self.coin() and len(here) > 1 else allowed)
                   if value != getattr(phrase, field)]
        return replace(phrase, **{field: self.one(options)})  # type: ignore[arg-type]

    def other_kind(self, kind: str) -> str:
        if kind in graph.LOOK_ALIKES and self.coin(0.8):
            return self.one(graph.LOOK_ALIKES[kind])
        return self.one([other for other in (graph.KINDS if kind in graph.KINDS else ("person", "animal", "vehicle"))
                         if other != kind])

    def thing(self) -> graph.Thing | None:
        return self.one(self.scene.things) if self.scene.things else None

    def near_truth(self) -> Phrase | None:
        """A phrase that fits, or nearly fits, a thing."""
        thing = self.thing()
        if thing is None:
            return Phrase(self.one(graph.KINDS))
        phrase = self.described(thing)
        return self.twisted(phrase) if self.coin() else phrase

    def alone(self, thing: graph.Thing) -> Phrase | None:
        """A phrase for one thing among all: its kind, and as much more as is needed. None where nothing tells it."""
        fields = ["colour", "material", "size"]
        self.rng.shuffle(fields)
        phrase = Phrase(thing.kind)
        for field in ["", *fields]:
            if field:
                phrase = replace(phrase, **{field: getattr(thing, field)})
            if sum(_suits(other, phrase) for other in self.scene.things) == 1:
                return phrase
        return None

    def _related_pairs(self) -> list[tuple[str, int, int]]:
        """What stands how to what; the laid ones thrice, since they are few."""
        count = range(len(self.scene.things))
        placed = [(relation, i, j) for relation in graph.PLACED for i in count for j in count
                  if self.scene.related(relation, i, j)]
        return placed + sorted(self.scene.laid) * max(3, len(placed) // (1 + len(self.scene.laid)))

    def related(self) -> tuple[Phrase, str, Phrase] | None:
        """First thing, relation, second thing; true before a twist, which comes half the time."""
        if not self._pairs:
            return None
        relation, i, j = self.one(self._pairs)
        first, second = (self.described(self.scene.things[k], 0.2, 0.1) for k in (i, j))
        if self.coin():
            way = int(self.rng.integers(3))
            if way == 0:
                turned = OPPOSITE[relation]
                relation = self.one(("left of", "right of")) if turned == relation else turned
            elif way == 1:
                first = self.twisted(first)
            else:
                second = self.twisted(second)
        return first, relation, second


def _suits(thing: graph.Thing, phrase: Phrase) -> bool:
    return (not phrase.kind or thing.kind in phrase.kinds) and all(
        getattr(phrase, field) in ("", getattr(thing, field)) for field in ("colour", "material", "size"))


def _existence(makers: _Makers) -> Form | None:
    phrase = makers.near_truth()
    return None if phrase is None else Exists(phrase) if makers.coin(0.85) else Not(Exists(phrase))


def _property(makers: _Makers) -> Form | None:
    thing = makers.thing()
    phrase = makers.alone(thing) if thing is not None else None
    if thing is None or phrase is None:
        return None
    free = [field for field in ("colour", "material", "size") if not getattr(phrase, field)]
    if not free:
        return None
    field = makers.one(("colour", *free) if "colour" in free else free)
    quality = forms.valued(field, getattr(thing, field))
    if makers.coin():
        quality = makers.twisted(quality)
    return Is(phrase, quality)


def _count(makers: _Makers) -> Form | None:
    thing = makers.thing()
    if thing is None:
        return Count(Phrase(makers.one(graph.KINDS)))
    phrase = makers.described(thing, 0.3, 0.4)
    if not phrase.kind and makers.coin(0.2):
        phrase = Phrase()
    return Count(makers.twisted(phrase) if makers.coin(0.3) and phrase != Phrase() else phrase)


def _comparison(makers: _Makers) -> Form | None:
    first, second = makers.near_truth(), makers.near_truth()
    if first is None or second is None or first == second:
        return None
    way = makers.rng.random()
    if way < 0.25:
        return Number(first, makers.one(("exactly", "at least", "at most")), int(makers.rng.integers(1, 4)))
    if way < 0.75:
        return Compare(first, second, makers.one(("more", "fewer", "as many")))
    things = [makers.thing(), makers.thing()]
    told = [makers.alone(thing) for thing in things if thing is not None]
    if len(told) < 2 or told[0] is None or told[1] is None or told[0] == told[1]:
        return None
    free = [field for field in ("colour", "material", "size")
            if not getattr(told[0], field) and not getattr(told[1], field)]
    return Same(told[0], told[1], makers.one(free)) if free else None


def _spatial(makers: _Makers) -> Form | None:
    found = makers.related()
    if found is None:
        return None
    first, relation, second = found
    if makers.coin(0.15) and first.kind:
        kinds = Phrase(makers.one(("", "animal", "person", "shape")), most=makers.one(forms.MOST))
        return Is(kinds, Phrase(first.kind))
    if makers.coin():
        return Exists(replace(first, related=((relation, second),)))
    alone = all(sum(_suits(thing, phrase) for thing in makers.scene.things) <= 1 for phrase in (first, second))
    return Is(first, Phrase(related=((relation, second),))) if alone else None


def _logical(makers: _Makers) -> Form | None:
    way = makers.rng.random()
    if way < 0.35:
        thing = makers.thing()
        if thing is None:
            return None
        phrase = Phrase(makers.one((thing.kind, thing.group if thing.group != "item" else "")))
        several = sum(_suits(other, phrase) for other in makers.scene.things) > 1
        field = makers.one(("colour", "material", "size"))
        quality = forms.valued(field, getattr(thing, field))
        return AllAre(phrase, quality) if several else None
    first, second = makers.near_truth(), makers.near_truth()
    if first is None or second is None or first == second:
        return None
    if way < 0.5:
        return Both(Exists(first), Not(Exists(second)))
    if way < 0.6 and first.colour:
        return Exists(replace(first, colour="", but=(Phrase(colour=first.colour),)))
    return (Both if way < 0.8 else Either)(Exists(first), Exists(second))


def _reading(makers: _Makers) -> Form | None:
    signs = [thing for thing in makers.scene.things if thing.text]
    if not signs:
        return None
    phrase = makers.alone(makers.one(signs))
    return What(phrase, "text") if phrase else None


def _open(makers: _Makers) -> Form | None:
    if makers.coin() or not makers.scene.laid:
        thing = makers.thing()
        phrase = makers.alone(thing) if thing is not None else None
        if phrase is None:
            return None
        free = [field for field in ("colour", "material", "size") if not getattr(phrase, field)]
        return What(phrase, makers.one(("colour", *free) if "colour" in free else free)) if free else None
    found = makers.related()
    if found is None:
        return None
    first, relation, second = found
    if makers.coin():
        first, relation, second = second, OPPOSITE[relation], first
    group = next((group for group, kinds in graph.GROUPS.items() if first.kind in kinds), "")
    return What(Phrase(group if group != "item" and makers.coin() else "", related=((relation, second),)), "kind")


def _unanswerable(makers: _Makers) -> Form | None:
    """Open questions near the truth: most fail for want of the thing, some since there are several that differ."""
    form = _open(makers)
    if not isinstance(form, What):
        return form
    if form.attribute != "kind":
        phrase = Phrase(form.phrase.kind) if makers.coin(0.4) else makers.twisted(form.phrase)
        return What(phrase, "text" if phrase.kind == "sign" and makers.coin() else form.attribute)
    (relation, other), = form.phrase.related
    return What(replace(form.phrase, related=((relation, makers.twisted(other)),)), "kind")


def _told(value: Value) -> bool:
    return value != NOTHING


_PICK: dict[str, Callable[[_Makers, Views, set[Form]], Form | None]] = {
    "existence": _yes_or_no(_existence), "property": _yes_or_no(_property),
    "count": _by_answer(_count, lambda value: True), "comparison": _yes_or_no(_comparison),
    "spatial": _yes_or_no(_spatial), "logical": _yes_or_no(_logical), "reading": _by_answer(_reading, _told),
    "open": _by_answer(_open, _told), "unanswerable": _by_answer(_unanswerable, lambda value: value == NOTHING),
}


def shares(asked: Iterable[Question]) -> dict[tuple[str, Value], int]:
    """How often each kind has each answer."""
    found: dict[tuple[str, Value], int] = {}
    for one in asked:
        found[one.kind, one.answer] = found.get((one.kind, one.answer), 0) + 1
    return found
