"""A form in English, in one of several phrasings, drawn with a seed. What is said here, read.py reads back.

`ask` makes a question, `state` the statement that `verify` is asked about, `name` a noun phrase for `find`, `describe`
a property for `verify_property`. Nearly all forms can be said so that one reading is right; the few that cannot raise
ValueError: a first relation whose own thing needs a clause, where a second relation follows; `Both` or `Either` within
the first part of another, or a second part with a thing that is "not a ..."; the group `item`, for which there is no
word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fmplang.scenes import words
from fmplang.scenes.forms import (
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
    phrases_in,
)
from fmplang.scenes.graph import GROUPS

Draw = np.random.Generator

_NOUNS = {**words.KINDS, **words.GROUPS}
# "riding" is for those who can, on what can be ridden.
_RIDERS, _RIDDEN = ("person", *GROUPS["person"]), ("horse",)


def ask(form: Form, rng: Draw) -> str:
    """A question whose answer is the form's."""
    return _capital(_question(form, rng)) + "?"


def state(form: Form, rng: Draw) -> str:
    """A statement that is true where the form's answer is yes. ValueError for `Count` and `What`."""
    return name(form.phrase, rng) if isinstance(form, Exists) and _coin(rng) else _statement(form, rng)


def _statement(form: Form, rng: Draw) -> str:
    match form:
        case Exists(phrase):
            return f"there is {name(phrase, rng)}"
        case Not(Exists(phrase)):
            return f"there is no {_noun(phrase, rng)}" if _coin(rng) else f"there are no {_noun(phrase, rng, True)}"
        case Number(phrase, how, number):
            amount, many = _amount(how, number, rng)
            return f"there {'are' if many else 'is'} {amount} {_noun(phrase, rng, many)}"
        case Is(phrase, quality):
            if quality == Phrase(text=quality.text) and quality.text:
                return f"{_the(phrase, rng)} says {quality.text}"
            return f"{_the(phrase, rng)} is {describe(quality, rng)}"
        case AllAre(phrase, quality):
            if _coin(rng):
                return f"every {_noun(phrase, rng)} is {describe(quality, rng)}"
            return f"all the {_noun(phrase, rng, True)} are {describe(quality, rng, True)}"
        case Compare():
            return f"there are {_comparison(form, rng)}"
        case Same(first, second, attribute, differ):
            word = words.ATTRIBUTES[attribute][0]
            if first == second:
                alike = f"different {words.plural(word)}" if differ else f"the same {word}"
                return f"all the {_noun(first, rng, True)} have {alike}"
            if _coin(rng):
                alike = f"a different {word} from" if differ else f"the same {word} as"
                return f"{_the(first, rng)} has {alike} {_the(second, rng)}"
            alike = f"different {words.plural(word)}" if differ else f"the same {word}"
            return f"{_the(first, rng)} and {_the(second, rng)} have {alike}"
        case Both(first, second) | Either(first, second):
            _atom(first)
            _joinable(second)
            return f"{_statement(first, rng)} {'and' if isinstance(form, Both) else 'or'} {_statement(second, rng)}"
        case Not(inner):
            _atom(inner)
            return f"it is false that {_statement(inner, rng)}"
    raise ValueError(f"no statement: {form!r}")


def name(phrase: Phrase, rng: Draw) -> str:
    """ "a red cup on a box", "the leftmost dog"."""
    text = _noun(phrase, rng)
    return f"the {text}" if phrase.most else _a(text)


def describe(quality: Phrase, rng: Draw, many: bool = False) -> str:
    """What may stand after "is": "red", "not striped", "on a horse and holding a cup", "a dog"."""
    if quality.most or quality.kind:
        if many and not quality.most:
            return _noun(quality, rng, True, plain=True)
        text = _noun(quality, rng, plain=True)
        return f"the {text}" if quality.most else _a(text)
    parts = [_one(rng, table[value]) for table, value in
             ((words.SIZES, quality.size), (words.COLOURS, quality.colour), (words.MATERIALS, quality.material))
             if value]
    if quality.text:
        parts.append(f"marked {quality.text}")
    for i, (relation, other) in enumerate(quality.related):
        _last_alone(other, i + 1 == len(quality.related) and not quality.but)
        parts.append(_stands("", relation, other, rng, plain=True))
    for i, refused in enumerate(quality.but):
        _simple(refused, i + 1 == len(quality.but))
        parts.append(f"not {describe(refused, rng)}")
    return " and ".join(parts) or "there"


# ------------------------------------------------------------------ questions


def _question(form: Form, rng: Draw) -> str:
    match form:
        case Exists(phrase):
            if phrase.most:
                return f"is there {name(phrase, rng)}"
            one, many = name(phrase, rng), _noun(phrase, rng, True)
            return _one(rng, [f"is there {one}", f"is there {one} in the picture", f"are there any {many}",
                              f"does the picture show {one}", f"can you see {one}"])
        case Not(Exists(phrase)):
            return f"is there no {_noun(phrase, rng)}" if _coin(rng) else f"are there no {_noun(phrase, rng, True)}"
        case Count(phrase):
            many = _noun(phrase, rng, True)
            return _one(rng, [f"how many {many} are there", f"how many {many} are in the picture",
                              f"how many {many} can you see", f"what is the number of {many}"])
        case Number(phrase, how, number):
            amount, many_ = _amount(how, number, rng)
            return f"{'are' if many_ else 'is'} there {amount} {_noun(phrase, rng, many_)}"
        case Is(phrase, quality):
            if quality == Phrase(text=quality.text) and quality.text:
                return f"does {_the(phrase, rng)} say {quality.text}"
            return f"is {_the(phrase, rng)} {describe(quality, rng)}"
        case AllAre(phrase, quality):
            if _coin(rng):
                return f"is every {_noun(phrase, rng)} {describe(quality, rng)}"
            every = _one(rng, ["all the", "all of the", "the"])
            return f"are {every} {_noun(phrase, rng, True)} {describe(quality, rng, True)}"
        case What(phrase, attribute):
            return _what(phrase, attribute, rng)
        case Compare():
            return f"are there {_comparison(form, rng)}"
        case Same():
            return _alike(form, rng)
        case Both(first, second) | Either(first, second):
            _atom(first)
            _joinable(second)
            joint = "and" if isinstance(form, Both) else "or"
            match first, second:
                case Exists(these), Exists(those) if _coin(rng):
                    return f"is there {name(these, rng)} {joint} {name(those, rng)}"
                case Exists(these), Not(Exists(those)) if joint == "and":
                    return f"is there {name(these, rng)} but no {_noun(those, rng)}"
            return f"{_question(first, rng)} {joint} {_question(second, rng)}"
        case Not(inner):
            _atom(inner)
            return f"is it false that {_statement(inner, rng)}"


def _what(phrase: Phrase, attribute: str, rng: Draw) -> str:
    the, spelling = _the(phrase, rng), _one(rng, words.ATTRIBUTES[attribute])
    if attribute == "text":
        return _one(rng, [f"what does {the} say", f"what is written on {the}", f"what word is on {the}"])
    if attribute != "kind":
        return _one(rng, [f"what {spelling} is {the}", f"what is the {spelling} of {the}", f"which {spelling} is {the}",
                          f"what {spelling} does {the} have"])
    ways = [f"what is {the}", f"what kind of thing is {the}"]
    if len(phrase.related) == 1 and phrase == Phrase(phrase.kind, related=phrase.related):
        (relation, other), = phrase.related
        where = _stands(phrase.kind, relation, other, rng, plain=True)
        if phrase.kind == "person":
            ways = [f"who is {where}"]
        elif phrase.kind:
            group = _one(rng, _NOUNS[phrase.kind])
            ways += [f"what {group} is {where}", f"which {group} is {where}", f"what kind of {group} is {where}"]
        else:
            ways += [f"what is {where}"] * 2
            if relation == "held by" and not other.related and not other.but:
                ways += [f"what is {_the(other, rng)} holding"] * 2
    return _one(rng, ways)


def _comparison(form: Compare, rng: Draw) -> str:
    first, second = _noun(form.first, rng, True), _noun(form.second, rng, True)
    if form.how == "as many":
        return _one(rng, [f"as many {first} as {second}", f"the same number of {first} and {second}"])
    return f"{form.how} {first} than {second}"


def _alike(form: Same, rng: Draw) -> str:
    word = _one(rng, words.ATTRIBUTES[form.attribute])
    several = words.plural(word)
    if form.first == form.second:
        alike = f"different {several}" if form.differ else f"the same {word}"
        return f"do all the {_noun(form.first, rng, True)} have {alike}"
    first, second = _the(form.first, rng), _the(form.second, rng)
    if form.differ:
        return _one(rng, [f"do {first} and {second} have different {several}",
                          f"is {first} a different {word} from {second}"])
    return _one(rng, [f"are {first} and {second} the same {word}", f"is {first} the same {word} as {second}",
                      f"do {first} and {second} have the same {word}"])


def _amount(how: str, number: int, rng: Draw) -> tuple[str, bool]:
    """The words, and whether a plural follows."""
    if not 0 <= number < len(words.NUMBERS) - 1:
        raise ValueError(f"no word for the number {number}")
    if how == "at least" and number > 0 and _coin(rng):
        return f"more than {words.NUMBERS[number - 1]}", number != 2
    if how == "at most" and _coin(rng):
        return f"fewer than {words.NUMBERS[number + 1]}", number > 0
    bare = how == "exactly" and number > 1 and _coin(rng)
    return f"{'' if bare else how + ' '}{words.NUMBERS[number]}", number != 1


# ------------------------------------------------------------------ noun phrases


def _noun(phrase: Phrase, rng: Draw, many: bool = False, plain: bool = False) -> str:
    """Without an article. With `plain`, what follows the noun is a whole clause, as it must be after "is"."""
    if phrase.kind == "item":
        raise ValueError("no word for the group item")
    noun = _one(rng, _NOUNS[phrase.kind])
    parts = [_one(rng, table[value]) for table, value in
             ((words.MOST, phrase.most), (words.SIZES, phrase.size), (words.COLOURS, phrase.colour),
              (words.MATERIALS, phrase.material)) if value]
    clauses = []
    if phrase.text:
        if phrase.kind == "sign" and not many and not phrase.text.isdigit() and noun == "sign" and _coin(rng):
            parts.append(phrase.text)
        else:
            clauses.append(f"{'say' if many else 'says'} {phrase.text}")
    be = "are" if many else "is"
    last = len(phrase.related) - 1 if not phrase.but else -1
    for i, (relation, other) in enumerate(phrase.related):
        _last_alone(other, i == last)
        clauses.append(f"{be} {_stands(phrase.kind, relation, other, rng, plain)}")
    for i, refused in enumerate(phrase.but):
        _simple(refused, i + 1 == len(phrase.but))
        clauses.append(f"{be} not {describe(refused, rng)}")
    parts.append(words.plural(noun) if many else noun)
    text = " ".join(parts)
    if not clauses:
        return text
    if len(clauses) == 1 and phrase.related and not plain and _coin(rng):
        return f"{text} {clauses[0].removeprefix(be + ' ')}"
    return f"{text} that {' and '.join(clauses)}"


def _stands(kind: str, relation: str, other: Phrase, rng: Draw, plain: bool) -> str:
    ways = [way for way in words.RELATIONS[relation]
            if not way.startswith("riding") or (kind in _RIDERS and other.kind in _RIDDEN)]
    noun = _noun(other, rng, plain=plain)
    the = f"the {noun}" if other.most or _coin(rng) else _a(noun)
    return f"{_one(rng, ways)} {the}"


def _the(phrase: Phrase, rng: Draw) -> str:
    return f"the {_noun(phrase, rng)}"


def _last_alone(other: Phrase, last: bool) -> None:
    if not last and (other.related or other.but or other.text):
        raise ValueError(f"what follows would be read as said of the inner thing: {other!r}")


def _simple(refused: Phrase, last: bool) -> None:
    """What is refused must be one thing to say."""
    told = [field for field in ("colour", "material", "size", "text") if getattr(refused, field)]
    whole = bool(refused.kind or refused.most)
    if not whole and (len(told) + len(refused.related) != 1 or refused.but):
        raise ValueError(f"`not` would be read as said of the first part alone: {refused!r}")
    if not last and (refused.related or refused.but or refused.text):
        raise ValueError(f"what follows would be read as said of the inner thing: {refused!r}")


def _atom(form: Form) -> None:
    if isinstance(form, (Both, Either, Count, What)) or (isinstance(form, Not) and not isinstance(form.form, Exists)):
        raise ValueError(f"cannot be the first of two: {form!r}")


def _joinable(form: Form) -> None:
    """What is refused of a thing in the second part must be no noun: "and is not a cat" starts a question."""
    waiting = list(phrases_in(form))
    while waiting:
        phrase = waiting.pop()
        if any(refused.kind or refused.most for refused in phrase.but):
            raise ValueError(f"cannot be in the second of two: {phrase!r}")
        waiting += [other for _, other in phrase.related]


def _one(rng: Draw, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _coin(rng: Draw) -> bool:
    return bool(rng.integers(2))


def _a(text: str) -> str:
    return f"{'an' if text[0] in 'aeiou' or text[:2] in ('EX', 'OP', 'IN') else 'a'} {text}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


