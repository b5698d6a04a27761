"""English to a form: questions, statements and bare noun phrases about a scene.

    read("Is there a man riding a horse?")      Exists
    read("two dogs")                            Number, as a statement
    read_phrase("red striped circle")           what `find` asks for
    read_property("holding a cup")              what `verify_property` asks of a thing

It inverts every phrasing of ask.py and takes many more. Whatever is not understood as a whole gives None, never a guess
from a part of it. Not understood: words that words.py lacks; wishes and reasons ("why", "where"); comparisons of size
between two things ("bigger than"); more than one sentence; counts of a sum ("dogs and cats together"); pronouns other
than "this" and "it" alone, which stand for the largest thing; "all" and "no" inside a phrase; what can be taken in so
many ways that noun.py gives up (a dozen nouns in a row).

`a` and `the` differ only in questions with "is": "Is a dog brown?" asks whether there is a brown dog, "Is the dog
brown?" is `Is`, "Are the dogs brown?" is `AllAre`. "Two dogs" means exactly two. A number in digits is a number before
a plural, and what a sign says before "sign".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from fmplang.scenes.claims import ATTRIBUTES, LARGEST, Claims, Read
from fmplang.scenes.forms import OPPOSITE, Both, Count, Either, Form, Not, Phrase, What
from fmplang.scenes.noun import VERBS, Reader, Table, Tangled, joined_to, tokens_of

_PREFIXES = Table((text, True) for text in (
    "please", "can you tell me", "could you tell me", "please tell me", "tell me", "is it true that"))
_SEEING = Table((text, True) for text in (
    "can you see", "does you see", "can be seen", "can we see", "does we see", "is it possible to see",
    *(f"does {which} {what} show" for which in ("the", "this") for what in ("picture", "image", "photo", "scene")),
    *(f"{which} {what} shows" for which in ("the", "this") for what in ("picture", "image", "photo", "scene"))))


def read(text: str) -> Form | None:
    """What a question or a statement means, or None if it is not understood."""
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Form | None:
    tokens = _plain(tokens_of(text))
    try:
        return next((form for form, end in _Questions(tokens).forms(0) if end == len(tokens)), None)
    except Tangled:
        return None


@lru_cache(maxsize=4096)
def read_phrase(text: str) -> Phrase | None:
    """The things that a noun phrase names, or None."""
    tokens = tokens_of(text)
    try:
        return next((noun.phrase for noun in Reader(tokens).nouns(0)
                     if noun.end == len(tokens) and noun.article != "no"), None)
    except Tangled:
        return None


@lru_cache(maxsize=4096)
def read_property(text: str) -> Phrase | None:
    """What may stand after "is", or None: "brown", "left of the tree", "holding a cup", "a dog", "STOP"."""
    tokens = tokens_of(text)
    try:
        reader = Reader(tokens)
        found = chain(reader.properties(0), reader.acts(0))
        return next((quality for quality, end in found if end == len(tokens)), None)
    except Tangled:
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


class _Questions(Claims):
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
            yield from self.asked(place)
        elif self.word(place, "how", "count", "what", "which", "who", "read", "name", "give", "tell"):
            yield from self._open(place)
        for there in ("there is not", "there is", "there exists"):
            start = self.after(place, there)
            if start >= 0:
                for form, end in self.there(start):
                    yield Not(form) if there.endswith("not") else form, end
                return
        yield from self.stated(place)
        yield from self.there(place)
        yield from self._named(place)

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
        for attribute, end in ATTRIBUTES.at(self.tokens, place):
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
            yield What(LARGEST, "kind"), len(self.tokens)
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
        for attribute, end in ATTRIBUTES.at(self.tokens, place + self.word(place, "the")):
            if self.word(end, "of", "on"):
                for noun in self.nouns(end + 1):
                    yield What(noun.phrase, attribute), noun.end
        for noun in self.nouns(place):
            if self.word(noun.end, "'s"):
                for attribute, end in ATTRIBUTES.at(self.tokens, noun.end + 1):
                    yield What(noun.phrase, attribute), end
