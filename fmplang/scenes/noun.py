"""Noun phrases and properties in English: "the red cup on the box", "holding a cup", "not striped".

A recursive descent with backtracking: each method yields every reading that starts at a place, with the place where it
ends, the longest first; who calls takes the first that lets the rest be read. Words are those of words.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

from fmplang.scenes import words
from fmplang.scenes.forms import OPPOSITE, Phrase, meet, valued
from fmplang.scenes.graph import WORDS

T = TypeVar("T")


class Table(Generic[T]):
    """Expressions of one or more words, looked up at a place; longer ones come first."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for text, value in entries:
            parts = tuple(text.split())
            self._by_first.setdefault(parts[0], []).append((parts, value))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))

    def at(self, tokens: list[str], place: int) -> Iterator[tuple[T, int]]:
        if place < len(tokens):
            for parts, value in self._by_first.get(tokens[place], ()):
                end = place + len(parts)
                if tuple(tokens[place:end]) == parts:
                    yield value, end


def _table(table: words.Table) -> Table[str]:
    return Table((text, meaning) for meaning, texts in table.items() for text in texts)


def _nouns() -> Iterator[tuple[str, tuple[str, bool]]]:
    for table in (words.KINDS, words.GROUPS):
        for kind, texts in table.items():
            for text in texts:
                yield text, (kind, False)
                yield words.plural(text), (kind, True)
    yield "persons", ("person", True)


ARTICLES = Table([
    *((text, "a") for text in ("a", "an", "some", "any", "another", "any of the", "some of the", "one of the")),
    *((text, "the") for text in ("the", "this", "that", "these", "those")),
    *((text, "all") for text in ("all", "all the", "all of the", "all these", "all of these", "every", "each",
                                 "each of the", "every one of the", "both", "both of the", "both the")),
    *((text, "no") for text in ("no", "none of the")),
])
NOUNS = Table(_nouns())
PRONOUNS = Table(words.PRONOUNS.items())
ONES = Table([("one", False), ("ones", True)])
QUALITIES = Table([
    *((text, ("colour", value)) for value, texts in words.COLOURS.items() for text in texts),
    *((text, ("material", value)) for value, texts in words.MATERIALS.items() for text in texts),
    *((text, ("size", value)) for value, texts in words.SIZES.items() for text in texts),
])
MOST = _table(words.MOST)
PATTERNS = Table(words.PATTERNS.items())
PLACES = Table(words.PLACES.items())
RELATIONS = _table(words.RELATIONS)
VERBS = Table((second, relation) for relation, pairs in words.VERBS.items() for pair in pairs for second in pair)
SAYING = Table((text, True) for text in ("saying", "reading", "labelled", "labeled", "marked", "with the word",
                                         "with the text", "with the number", "showing", "that says", "which says",
                                         "that reads", "which reads", "that say"))
THAT = Table((text, True) for text in ("that", "which", "who"))
THERE = Table((text, True) for text in ("visible", "present", "shown", "there", "here", "seen"))

_CONTRACTIONS = (
    (r"\bwhat's\b", "what is"), (r"\bwho's\b", "who is"), (r"\bthere's\b", "there is"), (r"\bit's\b", "it is"),
    (r"\b(is|are|does|do)n't\b", r"\1 not"), (r"\bwhere's\b", "where is"), (r"\bthere're\b", "there are"),
)
# The picture itself is never a thing in it.
_AROUND = re.compile(r"\b(?:(?:anywhere|somewhere) )?(?:in|on|of|within|from) (?:the|this|that) "
                     r"(?:picture|image|photo|photograph|scene|drawing)\b|\bhere\b(?= *[?.!]?$)")
_TOKEN = re.compile(r"\"([^\"]*)\"|(?<!\w)'([^']*)'(?!\w)|('s(?!\w)|\w+)|(,)")
ATTEMPTS = 1000  # at noun phrases in one text: a plain question needs four, the longest that say.py makes some 250
LONGEST = 160  # words: each may take a few frames of the interpreter's stack
_SAME = {"are": "is", "do": "does", "were": "is", "was": "is"}


def tokens_of(text: str) -> list[str]:
    """Lower-case words. Words in quotes are one token, in capitals. What speaks of the picture as such is left out."""
    text = text.replace("’", "'").replace("“", '"').replace("”", '"')
    low = text.lower()
    for pattern, plain in _CONTRACTIONS:
        low = re.sub(pattern, plain, low)
    low = _AROUND.sub(" ", low).replace("-", " ")
    found = []
    for double, single, word, comma in _TOKEN.findall(low):
        quoted = (double or single).strip()
        found.append(quoted.upper() if quoted else _SAME.get(word, word) or comma)
    return [one for one in found if one]


class Noun(NamedTuple):
    """A phrase, the place after it, and how it was said: `article` is a, the, all, no or empty."""

    phrase: Phrase
    end: int
    article: str
    plural: bool


class Tangled(Exception):
    """The text can be taken in too many ways. Caught by read.py: such a text is not understood."""


class Reader:
    """Reads at places in `tokens`. Raises `Tangled` for too many words, and after too many noun phrases were tried: how
    many there are to try may double with each further noun."""

    def __init__(self, tokens: list[str]) -> None:
        if len(tokens) > LONGEST:
            raise Tangled
        self.tokens = tokens
        self._left = ATTEMPTS

    def word(self, place: int, *options: str) -> bool:
        return place < len(self.tokens) and self.tokens[place] in options

    def after(self, place: int, text: str) -> int:
        """The place after these words, or -1."""
        parts = text.split()
        return place + len(parts) if self.tokens[place:place + len(parts)] == parts else -1

    # ------------------------------------------------------------------ nouns

    def nouns(self, place: int) -> Iterator[Noun]:
        for article, start in ARTICLES.at(self.tokens, place):
            yield from self._bare(start, article)
            yield from self._owned(start, article)
        yield from self._bare(place, "")
        for kind, end in PRONOUNS.at(self.tokens, place):
            phrase = Phrase(kind)
            for (field, value), after in QUALITIES.at(self.tokens, end):  # "something red"
                phrase, end = replace(phrase, **{field: value}), after  # type: ignore[arg-type]
            for whole, last in self._tails(phrase, end):
                yield Noun(whole, last, "a", False)

    def _owned(self, place: int, article: str) -> Iterator[Noun]:
        """ "(the) man's cup"."""
        for fields, start in self._before(place):
            for (kind, _), end in [*NOUNS.at(self.tokens, start)][:1]:
                if self.word(end, "'s") and "not" not in fields and (kind == "sign" or "text" not in fields):
                    owner = Phrase(kind, **fields)  # type: ignore[arg-type]
                    for noun in self._bare(end + 1, article):
                        joined = joined_to(noun.phrase, Phrase(related=(("held by", owner),)))
                        if joined is not None:
                            yield noun._replace(phrase=joined)

    def _bare(self, place: int, article: str) -> Iterator[Noun]:
        self._left -= 1
        if self._left < 0:
            raise Tangled
        for fields, start in self._before(place):
            heads = list(NOUNS.at(self.tokens, start))[:1]  # a pickup truck is no pickup
            if fields:
                heads += [(("", many), end) for many, end in ONES.at(self.tokens, start)]
            for (kind, many), end in heads:
                if fields.get("text") and kind != "sign":
                    continue
                made = Phrase(kind, fields.get("colour", ""), fields.get("material", ""), fields.get("size", ""),
                              fields.get("text", ""), most=fields.get("most", ""))
                if "not" in fields:
                    made = replace(made, but=(valued(*fields["not"].split(":", 1)),))
                for phrase, last in self._tails(made, end):
                    yield Noun(phrase, last, article, many)

    def _before(self, place: int) -> Iterator[tuple[dict[str, str], int]]:
        """What stands before the noun, as fields; the longest reading alone, since every word of it is known."""
        fields: dict[str, str] = {}
        while True:
            start = place
            if fields and self.word(place, ",", "and"):
                place += 1
            if self.word(place, "not", "non") and "not" not in fields:
                for (field, value), end in QUALITIES.at(self.tokens, place + 1):
                    fields["not"], place = f"{field}:{value}", end
                    break
                else:
                    break
                continue
            for (field, value), end in QUALITIES.at(self.tokens, place):
                if field not in fields:
                    fields[field], place = value, end
                    break
            else:
                for most, end in MOST.at(self.tokens, place):
                    if "most" not in fields:
                        fields["most"], place = most, end
                        break
                else:
                    if place < len(self.tokens) and self.tokens[place].upper() in WORDS and "text" not in fields:
                        fields["text"], place = self.tokens[place].upper(), place + 1
                    else:
                        place = start
                        break
        yield fields, place

    # ------------------------------------------------------------------ what follows a noun

    def _tails(self, phrase: Phrase, place: int) -> Iterator[tuple[Phrase, int]]:
        for quality, end in self._tail(place):
            joined = joined_to(phrase, quality)
            if joined is not None:
                yield from self._tails(joined, end)
        yield phrase, place

    def _tail(self, place: int) -> Iterator[tuple[Phrase, int]]:
        for _, start in SAYING.at(self.tokens, place):
            if start < len(self.tokens):
                yield Phrase(text=self.tokens[start].upper()), start + 1 + self.word(start + 1, "on") * 2
        for _, start in THAT.at(self.tokens, place):
            yield from self._clause(start)
            yield from self._turned(start)
        yield from self._turned(place)
        for most, end in PLACES.at(self.tokens, place):
            yield Phrase(most=most), end
        yield from self.stands(place)
        if self.word(place, "with"):
            for pattern, end in PATTERNS.at(self.tokens, place + 1):
                yield Phrase(material=pattern), end
            for noun in self.nouns(place + 1):
                if noun.article in ("all", "no"):
                    continue
                for text, relation in (("on top of it", "bearing"), ("on it", "bearing"), ("on top", "bearing"),
                                       ("inside of it", "containing"), ("inside it", "containing"),
                                       ("in it", "containing"), ("inside", "containing")):
                    end = self.after(noun.end, text)
                    if end >= 0:
                        yield Phrase(related=((relation, noun.phrase),)), end
                yield Phrase(related=(("holding", noun.phrase),)), noun.end
        if self.word(place, "without"):
            for noun in self.nouns(place + 1):
                if noun.article in ("", "a"):
                    yield Phrase(but=(Phrase(related=(("holding", noun.phrase),)),)), noun.end

    def _turned(self, place: int) -> Iterator[tuple[Phrase, int]]:
        """ "(the cup that) the man is holding", "(the horse) the man rides"."""
        for article, start in ARTICLES.at(self.tokens, place):
            for noun in self._bare(start, article) if article in ("the", "a") else ():
                if self.word(noun.end, "is"):
                    for relation, end in self.gaps(noun.end + 1):
                        yield Phrase(related=((OPPOSITE[relation], noun.phrase),)), end
                for relation, end in VERBS.at(self.tokens, noun.end):
                    yield Phrase(related=((OPPOSITE[relation], noun.phrase),)), end

    def _clause(self, place: int) -> Iterator[tuple[Phrase, int]]:
        """After "that": "is red and is on a box", "holds a cup"."""
        for quality, end in self._claim(place):
            if self.word(end, "and", "but"):
                start = next((last for _, last in THAT.at(self.tokens, end + 1)), end + 1)
                for more, last in self._clause(start):
                    joined = joined_to(quality, more)
                    if joined is not None:
                        yield joined, last
            yield quality, end

    def _claim(self, place: int) -> Iterator[tuple[Phrase, int]]:
        if self.word(place, "is"):
            yield from self.properties(place + 1, linked=False)
        yield from self.acts(place)

    def acts(self, place: int) -> Iterator[tuple[Phrase, int]]:
        """ "holds a cup", "says STOP", "does not hold a cup"."""
        refused = self.after(place, "does not")
        if refused >= 0:
            for quality, end in self.acts(refused):
                yield Phrase(but=(quality,)), end
            return
        if self.word(place, "say", "says", "read", "reads") and place + 1 < len(self.tokens):
            yield Phrase(text=self.tokens[place + 1].upper()), place + 2
        for relation, start in VERBS.at(self.tokens, place):
            yield from self._to(relation, start)

    def stands(self, place: int) -> Iterator[tuple[Phrase, int]]:
        """ "on a horse", "standing to the left of the tree"."""
        start = place
        while self.word(start, *words.POSTURES) and not (self.word(start, "right") and self.word(start + 1, "of")):
            start += 1
        for relation, end in RELATIONS.at(self.tokens, start):
            yield from self._to(relation, end)

    def _to(self, relation: str, place: int) -> Iterator[tuple[Phrase, int]]:
        for noun in self.nouns(place):
            if noun.article not in ("all", "no"):
                yield Phrase(related=((relation, noun.phrase),)), noun.end

    # ------------------------------------------------------------------ what follows "is"

    def properties(self, place: int, linked: bool = True) -> Iterator[tuple[Phrase, int]]:
        """ "red", "not red", "red and striped", "on a horse", "a dog", "the largest". Several joined by "and" if
        `linked`."""
        for quality, end in self._quality(place):
            if linked and self.word(end, "and", ",", "but"):
                for more, last in self.properties(end + 1):
                    joined = joined_to(quality, more)
                    if joined is not None:
                        yield joined, last
            yield quality, end

    def _quality(self, place: int) -> Iterator[tuple[Phrase, int]]:
        if self.word(place, "not"):
            for quality, end in self._quality(place + 1):
                yield Phrase(but=(quality,)), end
            return
        for noun in self.nouns(place):
            if noun.article not in ("all", "no"):
                yield noun.phrase, noun.end
        yield from self.stands(place)
        for most, end in PLACES.at(self.tokens, place):
            yield Phrase(most=most), end
        for (field, value), end in QUALITIES.at(self.tokens, place):
            yield valued(field, value), end
        for most, end in MOST.at(self.tokens, place + self.word(place, "the")):
            yield Phrase(most=most), end
        for _, end in THERE.at(self.tokens, place):
            yield Phrase(), end
        if self.word(place, "with", "without"):
            yield from self._tail(place)
        for _, start in SAYING.at(self.tokens, place):
            if start < len(self.tokens):
                yield Phrase(text=self.tokens[start].upper()), start + 1

    def gaps(self, place: int) -> Iterator[tuple[str, int]]:
        """A relation whose second thing was named before: "(what is the man) holding", "(what does he) ride"."""
        start = place
        while self.word(start, *words.POSTURES) and not (self.word(start, "right") and self.word(start + 1, "of")):
            start += 1
        yield from RELATIONS.at(self.tokens, start)


def joined_to(phrase: Phrase, quality: Phrase) -> Phrase | None:
    """Both in one phrase, or None where they contradict or each picks a most."""
    if phrase.most and quality.most and phrase.most != quality.most:
        return None
    joined = meet(phrase, quality)
    most = phrase.most or quality.most
    return replace(joined, most=most) if joined is not None and most else joined
