"""The flags of decoding: every step from what a backend answered to the value, and how sure each leaves us.

`FLAGS` is the whole list. A step's factor is a prior set by hand: about how often, among answers read that way, the
value is what was meant. The factors were not fitted to any data. Whoever uses them should calibrate them on answers
of his own models; their order matters more than their size.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Flag(NamedTuple):
    """`factor` is in (0, 1]; `about` says in a few words what was done."""

    factor: float
    about: str


FLAGS: dict[str, Flag] = {
    # around the answer
    "strip": Flag(0.99, "blanks, a byte order mark or characters of no width around the answer were dropped"),
    "thoughts": Flag(0.99, "reasoning in tags before the answer was dropped"),
    "markers": Flag(0.99, "a chat template's own marks around the answer were dropped"),
    "edges": Flag(0.99, "emphasis, quotes or punctuation around the answer were dropped"),
    "fence": Flag(0.98, "the answer stood in a fenced block"),
    "marked": Flag(0.97, "the answer was taken from what the text calls its answer, or from a box"),
    "line": Flag(0.95, "the answer was taken from a first or last line of its own"),
    "sentence": Flag(0.9, "the answer was found within a sentence, as the only one there"),
    # how it is spelled
    "spelling": Flag(0.99, "another case, form of letters or usual spelling of the same value"),
    "words": Flag(0.97, "a number in words"),
    "grouping": Flag(0.97, "a number with separators between its thousands"),
    "unit": Flag(0.9, "a number with a unit or currency, which the value does not keep"),
    "approximate": Flag(0.8, "the text calls its number approximate"),
    "float->int": Flag(0.99, "a whole number written with a decimal point"),
    "none": Flag(0.95, "a phrase for nothing was read as None, or as no elements"),
    # structures
    "json in text": Flag(0.97, "JSON with words around it"),
    "loose json": Flag(0.95, "nearly JSON: single quotes, trailing commas, comments, Python's names of constants"),
    "cut": Flag(0.7, "JSON that breaks off after everything that the type needs"),
    "quoted": Flag(0.97, "within a structure, a text where the type has no text"),
    "unwrapped": Flag(0.95, "the value was the one entry of an object, or the entry `answer`"),
    "bullets": Flag(0.97, "a list with bullets or numbers"),
    "lines": Flag(0.95, "one element or one `key: value` a line"),
    "commas": Flag(0.9, "elements between commas or semicolons"),
    "single": Flag(0.85, "one element without any mark of a list"),
    "duplicates": Flag(0.97, "the elements of a set were not all different"),
    "extra keys": Flag(0.95, "keys that the record does not have were dropped"),
    "missing->None": Flag(0.9, "an optional field was not given"),
    # values of other libraries: nothing is read into them
    "box->Image": Flag(1.0, "a box became that part of the given image"),
    "array->Image": Flag(1.0, "an array of pixels became an image"),
    "picture->Image": Flag(1.0, "a Pillow image became an image"),
}


def certainty(flags: Iterable[str]) -> float:
    """How sure the decoding is, in [0, 1]: the product of the factors, each flag counted once; 1 where there are none.

    It says how well the answer was *read*, not whether it is right. Flags of other origin in a trace count for nothing.
    """
    made = 1.0
    for flag in dict.fromkeys(flags):
        known = FLAGS.get(flag)
        if known is not None:
            made *= known.factor
    return made
