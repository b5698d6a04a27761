"""How sure a server's answer is, from the log-probabilities of the tokens it wrote.

For yes/no and closed sets it is the probability of the answer among all that could have been answered: at each token
the weight of what leads to the answer, over the weight of what leads to any option. For a number it is the
probability of its tokens, for anything longer the geometric mean of it per token. None where the tokens do not add up
to the text, or anything about them is odd.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from fmplang.check.types import BOOL, FLOAT, INT, LiteralType, OptionalType, Type

_LEADING = " \t\r\n\"'"
_AROUND = _LEADING + ".!,"


class Token(NamedTuple):
    """`others` are the likeliest tokens in its place, itself perhaps among them, as (text, log-probability)."""

    text: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()


Options = tuple[tuple[str, ...], ...]


def options(type_: Type) -> Options | None:
    """What can be answered, each with its spellings in words and JSON; None where that is no closed set."""
    if type_ == BOOL:
        return (("true", "yes"), ("false", "no"))
    if isinstance(type_, LiteralType):
        return tuple((str(value).casefold(),) for value in type_.values)
    if isinstance(type_, OptionalType):
        inner = options(type_.inner)
        return None if inner is None else (*inner, ("null", "none"))
    return None


def confidence(tokens: Sequence[Token], text: str, start: int, end: int, type_: Type) -> float | None:
    """`text` is all that was written, the answer lies in it from `start` to `end`."""
    joined = "".join(token.text for token in tokens)
    offset = joined.rfind(text)
    if offset < 0 or end <= start:
        return None
    spans = []
    at = -offset
    for token in tokens:
        if at + len(token.text) > start and at < end and token.text:
            spans.append((at, token))
        at += len(token.text)
    closed = options(type_)
    if closed is not None:
        return _among(spans, text, start, end, closed)
    total = sum(token.logprob for _, token in spans)
    inner = type_.inner if isinstance(type_, OptionalType) else type_
    return math.exp(total if inner in (INT, FLOAT) else total / max(1, len(spans)))


def _among(spans: Sequence[tuple[int, Token]], text: str, start: int, end: int, closed: Options) -> float | None:
    answer = text[start:end].strip(_AROUND).casefold()
    same = next((spellings for spellings in closed if answer in spellings), None)
    if same is None:
        return None
    forms = [form for spellings in closed for form in spellings]
    sure, written = 1.0, ""
    for _, token in spans:
        right = wrong = 0.0
        seen = dict(token.others)
        seen.setdefault(token.text, token.logprob)
        for other, logprob in seen.items():
            so_far = (written + other).lstrip(_LEADING).casefold()
            if not so_far:  # a blank or a quote says nothing yet; only the one that was written counts
                right += math.exp(logprob) if other == token.text else 0.0
            elif any(_leads(so_far, form) for form in same):
                right += math.exp(logprob)
            elif any(_leads(so_far, form) for form in forms):
                wrong += math.exp(logprob)
        if right <= 0:
            return None
        sure *= right / (right + wrong)
        written += token.text
        if len(written.strip(_LEADING)) >= len(answer):
            break
    return min(1.0, sure)


def _leads(so_far: str, form: str) -> bool:
    """Whether a text that begins like this can become the option, or already is it with something behind it."""
    if form.startswith(so_far):
        return True
    return so_far.startswith(form) and not so_far[len(form):len(form) + 1].isalnum()


def read_tokens(logprobs: Any) -> list[Token] | None:
    """From the field `logprobs` of a choice; None where it is not there or not as it should be."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list) or not content:
        return None
    made = []
    for entry in content:
        one = _pair(entry)
        if one is None:
            return None
        top = entry.get("top_logprobs") or []
        others = [_pair(other) for other in top] if isinstance(top, list) else [None]
        if None in others:
            return None
        made.append(Token(*one, tuple(pair for pair in others if pair is not None)))
    return made


def _pair(entry: Any) -> tuple[str, float] | None:
    if not isinstance(entry, dict):
        return None
    text, logprob = entry.get("token"), entry.get("logprob")
    if not isinstance(text, str) or isinstance(logprob, bool) or not isinstance(logprob, (int, float)):
        return None
    if math.isnan(logprob) or logprob > 0.01:  # rounding may lead a little above zero
        return None
    return text, min(0.0, max(float(logprob), -1e4))
