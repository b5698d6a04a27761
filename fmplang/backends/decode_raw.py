"""What surrounds an answer: blanks, reasoning in tags, marks of chat templates, fences, punctuation.

And the words that make it unsure.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST = 20_000  # beyond that many characters nothing is looked for in a text: it is the answer, or it is not
FENCE = "```"


class Misfit(Exception):
    """The answer is no value of the type; the text says why."""


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Any = _Nothing()

_THIN = "\ufeff\u200b\u2060"  # of no width
_DIRECTIONS = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
EDGES = " \t\r\n*_`\"'\u201c\u201d\u2018\u2019.!,;:" + _DIRECTIONS

UNSURE = re.compile(
    r"\b(?:can ?not|can't|could not|couldn't|unable|unclear|uncertain|unsure|"
    r"not (?:sure|certain|clear|possible|enough)|(?:don't|do not) know|unknown|impossible|"
    r"hard to|difficult to|maybe|perhaps|possibly|probably|might|"
    r"depends|either|neither)\b", re.IGNORECASE,
)
HEDGED = re.compile(
    r"\b(?:if|unless|assuming|depending|partly|partially|somewhat|in part|sort of|kind of|to some extent|"
    r"not (?:entirely|quite|really|exactly))\b", re.IGNORECASE,
)

_THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning|reflection)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THINKING = re.compile(r"\s*<(?:think|thinking|thought|reasoning|reflection)>", re.IGNORECASE)
_FINAL = "<|channel|>final<|message|>"
_OPENING = ("<|im_start|>assistant", "<|start_header_id|>assistant<|end_header_id|>", "<start_of_turn>model",
            "<|assistant|>", "<|start|>assistant", "[/INST]", "<s>")
_CLOSING = ("<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<|return|>", "<|eot|>",
            "<end_of_turn>", "</s>", "<eos>")
_MARKS = 8  # marks in a row that are dropped


def bared(text: str) -> tuple[str, list[str]]:
    """Without what is never a part of an answer, and the flags for it. Misfit where all of it is reasoning."""
    flags = []
    bare = text.strip()
    if bare[:1] in _THIN or bare[-1:] in _THIN:
        bare = bare.strip(_THIN).strip()
    if "<" in bare or bare.startswith("[/INST]"):
        marked = _without_marks(bare)
        thought = _without_thoughts(marked)
        flags = ["markers"] * (marked != bare) + ["thoughts"] * (thought != marked)
        bare = thought
    if not flags and bare != text:
        flags = ["strip"]
    return bare, flags


def _without_thoughts(text: str) -> str:
    at = 0
    while (found := _THOUGHT.match(text, at)) is not None:
        at = found.end()
    if _THINKING.match(text, at):
        raise Misfit("it breaks off within its reasoning")
    if at == 0:  # a template may have opened the tag
        at = max(text.rfind(tag) + len(tag) if tag in text else 0 for tag in ("</think>", "</thinking>"))
    if at == 0:
        return text
    rest = text[at:].strip()
    if not rest:
        raise Misfit("there is nothing after its reasoning")
    return rest


def _without_marks(text: str) -> str:
    final = text.rfind(_FINAL)
    if final >= 0:
        text = text[final + len(_FINAL) :].strip()
    for _ in range(_MARKS):
        before = text
        for mark in _OPENING:
            text = text.removeprefix(mark)
        for mark in _CLOSING:
            text = text.removesuffix(mark)
        text = text.strip()
        if text == before:
            break
    return text


def fenced(text: str) -> list[str]:
    """What stands between pairs of fences, without the name of a language on the first line."""
    if FENCE not in text:
        return []
    parts = text.split(FENCE)
    inner = [part for i, part in enumerate(parts) if i % 2 and i < len(parts) - 1]
    return [rest if first.strip().isalnum() else part for part in inner for first, _, rest in [part.partition("\n")]]


def clean(text: str, more: str = "") -> str:
    """Without emphasis, quotes and punctuation around it, and `more`. A question mark stays: it asks."""
    return text.strip(EDGES + more)
