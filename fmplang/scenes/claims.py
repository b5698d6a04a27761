"""What is claimed of a scene: "there is a dog", "the dog is brown", "more dogs than cats"; as questions and statements.

As in noun.py, each method yields every reading from a place on, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.scenes import words
from fmplang.scenes.forms import (
    AllAre,
    Both,
    Compare,
    Either,
    Exists,
    Form,
    Is,
    Not,
    Number,
    Phrase,
    Same,
    meet,
    valued,
)
from fmplang.scenes.noun import QUALITIES, Noun, Reader, Table, joined_to

Read = tuple[Form, int]

LARGEST = Phrase(most="largest")  # what "this" and "it" are

ATTRIBUTES = Table((form, attribute) for attribute, texts in words.ATTRIBUTES.items() for text in texts
                    for form in (text, words.plural(text)))
_NUMBERS = Table([*((word, number) for number, word in enumerate(words.NUMBERS)),
                  *((str(number), number) for number in range(100)), ("a pair of", 2), ("a couple of", 2),
                  ("a single", 1)])
_HOW = Table([("exactly", ("exactly", 0)), ("only", ("exactly", 0)), ("just", ("exactly", 0)),
              ("at least", ("at least", 0)), ("at most", ("at most", 0)), ("no more than", ("at most", 0)),
              ("no fewer than", ("at least", 0)), ("more than", ("at least", 1)), ("fewer than", ("at most", -1)),
              ("less than", ("at most", -1))])
_SEVERAL = Table((text, True) for text in ("several", "multiple", "many"))


class Claims(Reader):
    # ------------------------------------------------------------------ is there

    def there(self, place: int) -> Iterator[Read]:
        """What follows "is there": a list of what there is, or a comparison."""
        yield from self._compared(place)
        start = place + self.word(place, "both", "either")
        yield from self._list(start)

    def _list(self, place: int) -> Iterator[Read]:
        for form, end in self._some(place):
            start = end + self.word(end, ",")
            for joint, join in (("and", Both), ("but", Both), ("or", Either)):
                if self.word(start, joint):
                    for more, last in self._list(start + 1):
                        yield join(form, more), last
            yield form, end

    def _some(self, place: int) -> Iterator[Read]:
        for how, number, start in self._amounts(place):
            for noun in self.nouns(start):
                if not noun.article:
                    yield Number(noun.phrase, how, number), noun.end
        for noun in self.nouns(place):
            if noun.article == "no":
                yield Not(Exists(noun.phrase)), noun.end
            elif noun.article != "all":
                yield Exists(noun.phrase), noun.end

    def _amounts(self, place: int) -> Iterator[tuple[str, int, int]]:
        for (how, shift), start in _HOW.at(self.tokens, place):
            for number, end in _NUMBERS.at(self.tokens, start):
                if number + shift >= 0:
                    yield how, number + shift, end
        for number, end in _NUMBERS.at(self.tokens, place):
            yield "exactly", number, end
        for _, end in _SEVERAL.at(self.tokens, place):
            yield "at least", 2, end

    def _compared(self, place: int) -> Iterator[Read]:
        for opening, how, middles in (("more", "more", ("than",)), ("fewer", "fewer", ("than",)),
                                      ("less", "fewer", ("than",)), ("as many", "as many", ("as",)),
                                      ("the same number of", "as many", ("as", "and", "of")),
                                      ("the same amount of", "as many", ("as", "and")),
                                      ("an equal number of", "as many", ("and", "as"))):
            start = self.after(place, opening)
            if start < 0:
                continue
            for first in self.nouns(start):
                middle = first.end
                if self.word(middle, "is") and self.word(middle + 1, "there"):
                    middle += 2
                if not self.word(middle, *middles):
                    continue
                middle += 1
                middle += 2 if self.after(middle, "there is") >= 0 else 0
                for second in self.nouns(middle):
                    if not first.article and not second.article:
                        yield Compare(first.phrase, second.phrase, how), second.end

    # ------------------------------------------------------------------ is the X so

    def asked(self, place: int) -> Iterator[Read]:
        """What starts with "is" or "does"."""
        verb, start = self.tokens[place], place + 1
        if self.word(start, "not"):  # "isn't there a dog?" asks for the dog
            start += 1
        if verb == "is":
            if self.word(start, "there"):
                yield from self.there(start + 1)
                return
            yield from self.alike(start)
            yield from self.claims(start, False)
            for value, end in self._of_value(start):
                yield value, end
        else:
            yield from self.alike(start)
            for noun in self.subjects(start):
                for quality, end in self.acts(noun.end):
                    yield from _said(noun, quality, end)

    def subjects(self, place: int) -> Iterator[Noun]:
        yield from self.nouns(place)
        if self.word(place, "this", "it", "that"):
            yield Noun(LARGEST, place + 1, "the", False)

    def claims(self, place: int, stated: bool) -> Iterator[Read]:
        """ "X (is) so", "two X (is) so", "X (is) so or so"."""
        for how, number, start in self._amounts(place):
            of = self.after(start, "of the")
            for noun in self.nouns(of if of >= 0 else start):
                link = self._link(noun.end, stated)
                if not noun.article and link >= 0:
                    for quality, end in self.properties(link):
                        joined = joined_to(noun.phrase, quality)
                        if joined is not None:
                            yield Number(joined, how, number), end
        for noun in self.subjects(place):
            link = self._link(noun.end, stated)
            if link < 0:
                continue
            for quality, end in self.properties(link):
                for form, _ in _said(noun, quality, end):
                    if self.word(end, "or"):
                        for other, last in self.properties(end + 1):
                            for more, _ in _said(noun, other, last):
                                yield Either(form, more), last
                    yield form, end

    def _link(self, place: int, stated: bool) -> int:
        if not stated:
            return place
        return place + 1 if self.word(place, "is") else -1

    def stated(self, place: int) -> Iterator[Read]:
        yield from self.alike(place)
        yield from self.claims(place, True)
        for noun in self.subjects(place):
            for quality, end in self.acts(noun.end):
                yield from _said(noun, quality, end)

    def _of_value(self, place: int) -> Iterator[Read]:
        """ "(is) the colour of the dog brown"."""
        for attribute, end in ATTRIBUTES.at(self.tokens, place + self.word(place, "the")):
            if self.word(end, "of"):
                for noun in self.nouns(end + 1):
                    for (field, value), last in QUALITIES.at(self.tokens, noun.end):
                        if field == attribute:
                            yield from _said(noun, valued(field, value), last)

    def alike(self, place: int) -> Iterator[Read]:
        """ "X and Y (is) the same colour", "X (is) the same colour as Y", "X and Y (have) different colours"."""
        for first in self.nouns(place):
            seconds = [first] if first.plural else []
            if self.word(first.end, "and"):
                seconds = [*self.nouns(first.end + 1)]
            for second in seconds:
                for attribute, differ, end in self._sameness(second.end):
                    yield Same(first.phrase, second.phrase, attribute, differ), end
            for attribute, differ, end in self._sameness(first.end):
                if self.word(end, "as", "from", "than", "to"):
                    for second in self.nouns(end + 1):
                        yield Same(first.phrase, second.phrase, attribute, differ), second.end

    def _sameness(self, place: int) -> Iterator[tuple[str, bool, int]]:
        if self.word(place, "is", "have", "has"):
            place += 1
        negated = self.word(place, "not")
        place += negated
        place += self.word(place, "of", "have", "in")
        place += self.word(place, "the", "a")
        if self.word(place, "same", "different"):
            for attribute, end in ATTRIBUTES.at(self.tokens, place + 1):
                yield attribute, self.word(place, "different") != negated, end


def _said(noun: Noun, quality: Phrase, end: int) -> Iterator[Read]:
    """What "X is so" claims, by the article of X."""
    joined = meet(noun.phrase, quality)
    single = joined is not None and not noun.phrase.most and not quality.most
    if noun.article == "no":
        if single and joined is not None:
            yield Not(Exists(joined)), end
    elif noun.article == "all" or (noun.plural and noun.article != "a"):
        yield AllAre(noun.phrase, quality), end
    elif noun.article == "a" and single and joined is not None:
        yield Exists(joined), end
    else:
        yield Is(noun.phrase, quality), end
