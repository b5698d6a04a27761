"""What calls of classify and embed look like, and how likenesses become a choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fmplang.backends.base import Response
from fmplang.check.types import FLOAT, STR, ListType, LiteralType
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request

_VECTOR = ListType(FLOAT)
_REST = ("other", "others", "none", "unknown", "neutral", "normal", "general", "misc", "miscellaneous", "n/a", "")


def wants_label(request: Request) -> bool:
    """Whether a call gives texts and wants one of a closed set of strings: `labels`, or a declared Literal."""
    returns = request.returns
    if isinstance(returns, LiteralType):
        closed = bool(returns.values) and all(isinstance(value, str) for value in returns.values)
        return closed and bool(request.args) and all(isinstance(value, str) for value in request.args.values())
    if returns != STR or not isinstance(request.args.get("labels"), list):
        return False
    texts = [value for name, value in request.args.items() if name != "labels"]
    return bool(texts) and all(isinstance(text, str) for text in texts)


def wants_vector(request: Request) -> bool:
    args = list(request.args.values())
    return request.returns == _VECTOR and len(args) == 1 and isinstance(args[0], str)


def text_of(request: Request) -> str:
    """All texts among the arguments, one a line."""
    return "\n".join(value for name, value in request.args.items() if isinstance(value, str) and name != "labels")


def labels_of(request: Request) -> list[str]:
    """The labels to choose from. BackendError where there are none."""
    returns = request.returns
    if isinstance(returns, LiteralType):
        return [str(value) for value in returns.values]
    labels = [str(label) for label in request.args["labels"]]
    if not labels:
        raise BackendError(f"{request.function.name} was given no labels", code="FMP707", site=request.site.id,
                           hint="Give at least one label to choose from.")
    return labels


def choice(labels: Sequence[str], alike: np.ndarray, sharpness: float) -> Response:
    """The label most alike, the first of equals; confidence is its share of exp(sharpness * alike).

    Where nothing is alike at all, the label that stands for the rest, else the first.
    """
    chances = np.exp(sharpness * (alike - alike.max()))
    chances /= chances.sum()
    best = int(alike.argmax())
    if alike[best] <= 0:
        best = next((i for i, label in enumerate(labels) if label.strip().lower() in _REST), 0)
    return Response(labels[best], confidence=float(chances[best]))
