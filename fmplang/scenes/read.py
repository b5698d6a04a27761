"""English to a form: questions, statements and bare noun phrases about a scene.

    read("Is there a man riding a horse?")      Exists
    read("two dogs")                            Number, as a statement
    read_phrase("red striped circle")           what `find` asks for
    read_property("holding a cup")              what `verify_property` asks of a thing

It inverts every phrasing of ask.py and takes many more. Whatever is not understood as a whole gives None, never a guess
from a part of it. Not understood: words that words.py lacks; wishes and reasons ("why", "where"); comparisons of size
between two things ("bigger than"); more than one sentence; counts of a sum ("dogs and cats together"); pronouns other
than "this" and "it" alone, which stand for the largest thing; "all" and "no" inside a phrase.

`a` and `the` differ only in questions with "is": "Is a dog brown?" asks whether there is a brown dog, "Is the dog
brown?" is `Is`, "Are the dogs brown?" is `AllAre`. "Two dogs" means exactly two. A number in digits is a number before
a plural, and what a sign says before "sign".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from fmplang.scenes import words
from fmplang.scenes.forms import (
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
    meet,
    valued,
)
from fmplang.scenes.noun import QUALITIES, VERBS, Noun, Reader, Table, joined_to, tokens_of

Read = tuple[Form, int]

_ATTRIBUTES = Table((form, attribute) for attribute, texts in words.ATTRIBUTES.items() for text in texts
                    for form in (text, words.plural(text)))
_NUMBERS = Table([*((word, number) for number, word in enumerate(words.NUMBERS)),
                  *((str(number), number) for number in range(100)), ("a pair of", 2), ("a couple of", 2),
                  ("a single", 1)])
_HOW = Table([("exactly", ("exactly", 0)), ("only", ("exactly", 0)), ("just", ("exactly", 0)),
              ("at least", ("at least", 0)), ("at most", ("at most", 0)), ("no more than", ("at most", 0)),
              ("no fewer than", ("at least", 0)), ("more than", ("at least", 1)), ("fewer than", ("at most", -1)),
              ("less than", ("at most", -1))])
_SEVERAL = Table((text, True) for text in ("several", "multiple", "many"))
_PREFIXES = Table((text, True) for text in (
    "please", "can you tell me", "could you tell me", "please tell me", "tell me", "is it true that"))
_SEEING = Table((text, True) for text in (
    "can you see", "does you see", "can be seen", "can we see", "does we see", "is it possible to see",
    *(f"does {which} {what} show" for which in ("the", "this") for what in ("picture", "image", "photo", "scene")),
    *(f"{which} {what} shows" for which in ("the", "this") for what in ("picture", "image", "photo", "scene"))))
_LARGEST = Phrase(most="largest")


def read(text: str) -> Form | None:
    """What a question or a statement means, or None if it is not understood."""
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Form | None:
    tokens = _plain(tokens_of(text))
    questions = _Questions(tokens)
    return next((form for form, end in questions.forms(0) if end == len(tokens)), None)


@lru_cache(maxsize=4096)
def read_phrase(text: str) -> Phrase | None:
    """The things that a noun phrase names, or None."""
    tokens = tokens_of(text)
    return next((noun.phrase for noun in Reader(tokens).nouns(0) if noun.end == len(tokens) and noun.article != "no"),
                None)


@lru_cache(maxsize=4096)
def read_property(text: str) -> Phrase | None:
    """What may stand after "is", or None: "brown", "left of the tree", "holding a cup", "a dog", "STOP"."""
    tokens = tokens_of(text)
    reader = Reader(tokens)
    for quality, end in (*reader.properties(0), *reader.acts(0)):
        if end == len(tokens):
            return quality
    return None


def _plain(tokens: list[str]) -> list[str]:
    """Without openings that say nothing; "do you see" as "is there"."""
    for _, end in _PREFIXES.at(tokens, 0):
        tokens = tokens[end:]
        break
    found: list[str] = []
    place = 0
    while place < len(tokens):
        end = next((end for _, end in _SEEING.at(tokens, place)), -1)
        found += [tokens[place]] if end < 0 else ["is", "there"]
        place = max(end, place + 1)
    return found


class _Questions(Reader):
    def forms(self, place: int) -> Iterator[Read]:
        """A clause, or several joined by "and", "or"."""
        for form, end in self._clause_forms(place):
            yield form, end
            if isinstance(form, (Count, What)):
                continue
            start = end + self.word(end, ",")
            for joint, join in (("and", Both), ("but", Both), ("or", Either)):
                if self.word(start, joint):
                    for more, last in self.forms(start + 1):
                        if not isinstance(more, (Count, What)):
                            yield join(form, more), last

    def _clause_forms(self, place: int) -> Iterator[Read]:
        for opening in ("is it false that", "it is false that", "it is not true that"):
            start = self.after(place, opening)
            if start >= 0:
                for form, end in self._clause_forms(start):
                    if not isinstance(form, (Count, What)):
                        yield Not(form), end
        if self.word(place, "is", "does"):
            yield from self._asked(place)
        elif self.word(place, "how", "count", "what", "which", "who", "read", "name", "give", "tell"):
            yield from self._open(place)
        for there in ("there is not", "there is", "there exists"):
            start = self.after(place, there)
            if start >= 0:
                for form, end in self._there(start):
                    yield Not(form) if there.endswith("not") else form, end
                return
        yield from self._stated(place)
        yield from self._there(place)
        yield from self._named(place)

    # ------------------------------------------------------------------ is there

    def _there(self, place: int) -> Iterator[Read]:
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

    def _asked(self, place: int) -> Iterator[Read]:
        """What starts with "is" or "does"."""
        verb, start = self.tokens[place], place + 1
        if self.word(start, "not"):  # "isn't there a dog?" asks for the dog
            start += 1
        if verb == "is":
            if self.word(start, "there"):
                yield from self._there(start + 1)
                return
            yield from self._alike(start)
            yield from self._claims(start, False)
            for value, end in self._of_value(start):
                yield value, end
        else:
            yield from self._alike(start)
            for noun in self.subjects(start):
                for quality, end in self.acts(noun.end):
                    yield from _said(noun, quality, end)

    def subjects(self, place: int) -> Iterator[Noun]:
        yield from self.nouns(place)
        if self.word(place, "this", "it", "that"):
            yield Noun(_LARGEST, place + 1, "the", False)

    def _claims(self, place: int, stated: bool) -> Iterator[Read]:
        """ "X (is) so", "two X (is) so", "X (is) so or so"."""
        for how, number, start in self._amounts(place):
            for noun in self.nouns(start):
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

    def _stated(self, place: int) -> Iterator[Read]:
        yield from self._alike(place)
        yield from self._claims(place, True)
        for noun in self.subjects(place):
            for quality, end in self.acts(noun.end):
                yield from _said(noun, quality, end)

    def _of_value(self, place: int) -> Iterator[Read]:
        """ "(is) the colour of the dog brown"."""
        for attribute, end in _ATTRIBUTES.at(self.tokens, place + self.word(place, "the")):
            if self.word(end, "of"):
                for noun in self.nouns(end + 1):
                    for (field, value), last in QUALITIES.at(self.tokens, noun.end):
                        if field == attribute:
                            yield from _said(noun, valued(field, value), last)

    def _alike(self, place: int) -> Iterator[Read]:
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
            for attribute, end in _ATTRIBUTES.at(self.tokens, place + 1):
                yield attribute, self.word(place, "different") != negated, end

    # ------------------------------------------------------------------ open questions

    def _open(self, place: int) -> Iterator[Read]:
        for opening in ("how many of the", "how many", "count all the", "count the", "count", "what is the number of"):
            start = self.after(place, opening)
            if start >= 0:
                yield from self._counted(start)
                break
        if self.word(place, "what", "which"):
            yield from self._what(place + 1)
        if self.word(place, "who") and self.word(place + 1, "is"):
            yield from self._kind_of(Phrase("person"), place + 1)
        for opening in ("name", "give", "read", "give me", "tell"):
            start = self.after(place, opening)
            if start >= 0:
                yield from self._named(start)
                if opening == "read":
                    for noun in self.nouns(start):
                        yield What(noun.phrase, "text"), noun.end

    def _counted(self, place: int) -> Iterator[Read]:
        for noun in self.nouns(place):
            if noun.article:
                continue
            start = noun.end
            if self.tokens[start:] in ([], ["is"]):
                yield Count(noun.phrase), len(self.tokens)
                continue
            end = self.after(start, "is there")
            if end >= 0:
                for quality, last in self._maybe_property(end):
                    joined = joined_to(noun.phrase, quality)
                    if joined is not None:
                        yield Count(joined), last
            for quality, last in self._rest(start):
                joined = joined_to(noun.phrase, quality)
                if joined is not None:
                    yield Count(joined), last

    def _maybe_property(self, place: int) -> Iterator[tuple[Phrase, int]]:
        if place < len(self.tokens):
            yield from self.properties(place)
        yield Phrase(), place

    def _rest(self, place: int) -> Iterator[tuple[Phrase, int]]:
        """After the thing asked for: "is red", "is the man holding", "does the man hold", "say STOP"."""
        if self.word(place, "is"):
            yield from self.properties(place + 1)
            for noun in self.subjects(place + 1):
                for relation, end in self.gaps(noun.end):
                    yield Phrase(related=((OPPOSITE[relation], noun.phrase),)), end
        if self.word(place, "does"):
            for noun in self.subjects(place + 1):
                for relation, end in VERBS.at(self.tokens, noun.end):
                    yield Phrase(related=((OPPOSITE[relation], noun.phrase),)), end
        yield from self.acts(place)

    def _kind_of(self, phrase: Phrase, place: int) -> Iterator[Read]:
        """What(phrase and the rest, kind)."""
        end = self.after(place, "is there")
        if end >= 0:
            yield What(phrase, "kind"), end
        for quality, end in self._rest(place):
            joined = joined_to(phrase, quality)
            if joined is not None:
                yield What(joined, "kind"), end

    def _what(self, place: int) -> Iterator[Read]:
        """After "what" or "which"."""
        for attribute, end in _ATTRIBUTES.at(self.tokens, place):
            if attribute == "kind" and self.word(end, "of"):
                for noun in self.nouns(end + 1):
                    if not noun.article:
                        yield from self._kind_of(noun.phrase, noun.end)
                continue
            yield from self._attribute(attribute, end)
        if self.word(place, "is"):
            yield from self._named(place + 1)
        for verb in ("say", "read", "show"):
            if self.word(place, "does"):
                for noun in self.subjects(place + 1):
                    if self.word(noun.end, verb):
                        yield What(noun.phrase, "text"), noun.end + 1
        for opening in ("is written on", "is the writing on", "is printed on"):
            start = self.after(place, opening)
            if start >= 0:
                for noun in self.subjects(start):
                    yield What(noun.phrase, "text"), noun.end
        if self.word(place, "is") and " ".join(self.tokens[place + 1:]) in ("", "this", "it", "that", "shown", "there"):
            yield What(_LARGEST, "kind"), len(self.tokens)
        if self.word(place, "is", "does"):
            yield from self._kind_of(Phrase(), place)
        for noun in self.nouns(place):
            if not noun.article:
                yield from self._kind_of(noun.phrase, noun.end)

    def _attribute(self, attribute: str, place: int) -> Iterator[Read]:
        """After "what colour"."""
        if self.word(place, "is"):
            start = place + 1
            if attribute == "text":
                start += self.word(start, "written", "printed")
                start += self.word(start, "on")
            for noun in self.subjects(start):
                end = noun.end + (1 if attribute == "text" and self.word(noun.end, "showing") else 0)
                yield What(noun.phrase, attribute), end
        if self.word(place, "does"):
            for noun in self.subjects(place + 1):
                if self.word(noun.end, "have", "show", "say", "bear"):
                    yield What(noun.phrase, attribute), noun.end + 1

    def _named(self, place: int) -> Iterator[Read]:
        """ "the colour of the dog", "the dog's colour"."""
        for attribute, end in _ATTRIBUTES.at(self.tokens, place + self.word(place, "the")):
            if self.word(end, "of", "on"):
                for noun in self.nouns(end + 1):
                    yield What(noun.phrase, attribute), noun.end
        for noun in self.nouns(place):
            if self.word(noun.end, "'s"):
                for attribute, end in _ATTRIBUTES.at(self.tokens, noun.end + 1):
                    yield What(noun.phrase, attribute), end


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
