"""Answers that are one of a few: which they are, and how likely a language model finds each.

Nothing is generated. The model reads the question once, and each option is as likely as its tokens are, on average:
exp(mean log p(token | question, tokens before)), of several spellings the sum; then all options' shares.
One token per option, as for yes and no, takes one pass for all options together.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fmplang.backends.base import Response
from fmplang.backends.instructions import form, spelled
from fmplang.check.types import BOOL, FLOAT, INT, STR, LiteralType, OptionalType, Type
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request

if TYPE_CHECKING:
    import torch

MOST = 64  # options; more are asked for as text
_RANGE = re.compile(r"\bfrom (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)", re.IGNORECASE)
_STEPS = 9  # a scale is asked for as one digit, 0 to 9


@dataclass(frozen=True, slots=True)
class Options:
    """`spellings[i]` are texts that stand for `values[i]`. `asks` is the sentence that asks for one of them.

    Where `scale` is set the values are numbers, and the answer is their mean, weighted by how likely each is.
    """

    values: tuple[Any, ...]
    spellings: tuple[tuple[str, ...], ...]
    asks: str
    scale: bool = False

    def answer(self, scores: Sequence[float]) -> Response:
        """From one score per value (log of something like a probability) to an answer.

        Its confidence is the chosen option's share; of a scale, 1 less the spread of the shares over the widest
        spread that there can be.
        """
        from math import exp, sqrt

        top = max(scores)
        shares = [exp(score - top) for score in scores]
        total = sum(shares)
        shares = [share / total for share in shares]
        if not self.scale:
            best = max(range(len(shares)), key=shares.__getitem__)
            return Response(self.values[best], confidence=min(1.0, shares[best]))
        mean = sum(share * value for share, value in zip(shares, self.values, strict=True))
        spread = sqrt(sum(share * (value - mean) ** 2 for share, value in zip(shares, self.values, strict=True)))
        widest = (max(self.values) - min(self.values)) / 2
        return Response(float(mean), confidence=max(0.0, 1.0 - spread / widest))


def options_of(request: Request, asked: str) -> Options | None:
    """The options that a call leaves, or None where its answer has to be written.

    They are those of a bool, of a Literal, of the argument `labels` where text is wanted, of a whole number "from
    1 to 5", as the function's prompt says it, and any of these or none. A number "from 0 to 1" is a scale.
    """
    returns = request.returns
    if returns == STR and isinstance(request.args.get("labels"), list):
        return _of_labels(request)
    low_high = _RANGE.search(request.function.prompt)
    if returns == FLOAT and low_high is not None:
        low, high = float(low_high[1]), float(low_high[2])
        if low < high:
            return Options(tuple(low + (high - low) * i / _STEPS for i in range(_STEPS + 1)),
                           tuple((str(i),) for i in range(_STEPS + 1)),
                           f"Answer with a single digit: 0 means {low:g}, {_STEPS} means {high:g}.", scale=True)
    if returns == INT and low_high is not None and "." not in low_high[0]:
        low, high = int(low_high[1]), int(low_high[2])
        if low < high < low + MOST:
            numbers = tuple(range(low, high + 1))
            return Options(numbers, tuple((str(n),) for n in numbers), form(returns))
    return _of_type(returns, asked)


def _of_type(type_: Type, asked: str) -> Options | None:
    if isinstance(type_, OptionalType):
        inner = _of_type(type_.inner, asked)
        if inner is None:
            return None
        return Options((*inner.values, None), (*inner.spellings, ("none", "None")), form(type_, asked))
    if type_ == BOOL:
        return Options((True, False), (("Yes", "yes"), ("No", "no")), form(type_, asked))
    if isinstance(type_, LiteralType) and 0 < len(type_.values) <= MOST:
        return Options(type_.values, tuple((spelled(value),) for value in type_.values), form(type_, asked))
    return None


def _of_labels(request: Request) -> Options | None:
    labels = list(dict.fromkeys(str(label) for label in request.args["labels"]))
    if not labels:
        raise BackendError(f"{request.function.name} was given no labels", code="FMP707", site=request.site.id,
                           hint="Give at least one label to choose from.")
    if len(labels) > MOST or not all(label.strip() for label in labels):
        return None
    asks = "" if "{labels}" in request.function.prompt else f"Answer with one of these alone: {', '.join(labels)}."
    return Options(tuple(labels), tuple((label,) for label in labels), asks)


@dataclass(frozen=True, slots=True)
class Row:
    """One pass over a question: `tail` is appended to it, and the tokens `targets` are read.

    Where `tail` is empty, `targets` are alternatives for the first token; else they are the option, token by token.
    """

    tail: tuple[int, ...]
    targets: tuple[int, ...]


def rows_for(options: Options, tokens_of: Callable[[str], Sequence[int]]) -> tuple[list[Row], list[list[int]]]:
    """The passes that a question needs, and for each value the places of its spellings in the list of scores."""
    texts = [text for spellings in options.spellings for text in spellings]
    tokens = [tuple(tokens_of(text)) for text in texts]
    if not all(tokens):
        raise BackendError("the model's tokens cannot spell an option", code="FMP707",
                           hint="Give options of letters that the model knows.")
    places: list[list[int]] = []
    at = 0
    for spellings in options.spellings:
        places.append(list(range(at, at + len(spellings))))
        at += len(spellings)
    if all(len(each) == 1 for each in tokens):
        return [Row((), tuple(each[0] for each in tokens))], places
    return [Row(each[:-1], each) for each in tokens], places


def scores_of(model: Any, inputs: dict[str, Any], rows: Sequence[Row], *, positions: bool) -> list[list[float]]:
    """For each row the log probabilities of its targets: one each where the tail is empty, else their mean alone.

    `inputs` are those of the questions, one per row, padded on the left, on the model's device; `positions` says
    to count positions from the first token of each question.
    """
    longest = max(len(row.tail) for row in rows)
    if longest:
        inputs = _with_tails(inputs, [row.tail for row in rows], longest)
    mask = inputs["attention_mask"]
    known = inspect.signature(model.forward).parameters
    if positions and "position_ids" in known:
        inputs = {**inputs, "position_ids": (mask.cumsum(1) - 1).clamp(min=0)}
    if "logits_to_keep" in known:  # a vocabulary of numbers for each token of a long prompt is gigabytes
        inputs = {**inputs, "logits_to_keep": longest + 1}
    if "use_cache" in known:
        inputs = {**inputs, "use_cache": False}
    logits: torch.Tensor = model(**inputs).logits[:, -(longest + 1):]
    chances = logits.float().log_softmax(-1)
    read = []
    for i, row in enumerate(rows):
        if not row.tail and len(row.targets) != 1:
            read.append(chances[i, 0, list(row.targets)].tolist())
        else:
            steps = chances[i, range(len(row.targets)), list(row.targets)]
            read.append([float(steps.mean())])
    return read


def combined(options: Options, places: list[list[int]], read: Sequence[Sequence[float]]) -> Response:
    """The answer, from what the rows of one question gave."""
    from math import exp, log

    scores = [score for row in read for score in row]
    summed = []
    for own in places:
        top = max(scores[place] for place in own)
        summed.append(top + log(sum(exp(scores[place] - top) for place in own)))
    return options.answer(summed)


def _with_tails(inputs: dict[str, Any], tails: Sequence[Sequence[int]], longest: int) -> dict[str, Any]:
    """The inputs with tails behind them, padded on the right where they are shorter than the longest."""
    import torch

    ids = inputs["input_ids"]
    filled = [[*tail, *[0] * (longest - len(tail))] for tail in tails]
    used = [[1] * len(tail) + [0] * (longest - len(tail)) for tail in tails]
    made = dict(inputs)
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor) and value.shape == ids.shape:
            new = filled if name == "input_ids" else used if name == "attention_mask" else [[0] * longest] * len(tails)
            made[name] = torch.cat([value, torch.tensor(new, dtype=value.dtype, device=value.device)], dim=1)
    return made
