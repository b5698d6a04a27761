"""Text that a model writes word by word: always the likeliest next token, and how likely those were."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from math import exp, inf
from typing import TYPE_CHECKING, Any, ClassVar

from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.loader import Loaded
from fmplang.backends.transformers.model import UNIT, TransformersBackend
from fmplang.runtime.requests import Request

if TYPE_CHECKING:
    import torch

_SAMPLING = ("temperature", "top_p", "top_k", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "max_length",
             "penalty_alpha")


class Writer(TransformersBackend):
    """A backend that writes at most `max_new_tokens` for a call, and may be paid by the token.

    With `cost_per_1k_tokens` prices are guessed from the input's size and the longest answer, and an answer says
    what its tokens really cost; the unit is then the pool's.
    """

    most_new: ClassVar[int] = 100_000

    def __init__(self, *, max_new_tokens: int, cost_per_1k_tokens: float | None = None, **common: Any) -> None:
        if not 1 <= max_new_tokens <= self.most_new:
            raise BadSetting("max_new_tokens", f"should be from 1 to {self.most_new}, not {max_new_tokens}")
        if cost_per_1k_tokens is not None and not 0 <= cost_per_1k_tokens < inf:
            raise BadSetting("cost_per_1k_tokens", f"should be zero or more, not {cost_per_1k_tokens:g}")
        self.max_new_tokens = max_new_tokens
        self.cost_per_1k_tokens = cost_per_1k_tokens
        super().__init__(**common)
        self.unit = UNIT if cost_per_1k_tokens is None else None

    def settings(self) -> dict[str, Any]:
        return {"max_new_tokens": self.max_new_tokens}

    def price(self, request: Request) -> float:
        """Million parameters, or with `cost_per_1k_tokens` that of the tokens to expect at most."""
        if self.cost_per_1k_tokens is None:
            return super().price(request)
        return self.cost_per_1k_tokens * self.expected(request) / 1000

    def expected(self, request: Request) -> float:
        """Tokens that a call may read and write."""
        return float(self.max_new_tokens)

    def cost(self, tokens: int) -> float | None:
        """What tokens cost, or None where a call has one price."""
        return None if self.cost_per_1k_tokens is None else self.cost_per_1k_tokens * tokens / 1000


def write(loaded: Loaded, inputs: dict[str, Any], most: int, *, ends: Iterable[int | None] = (),
          **more: Any) -> list[tuple[list[int], float]]:
    """What the model generates for each row: its new tokens, and the geometric mean of their probabilities.

    At most `most` tokens; greedy, so the same question has the same answer. Tokens after the end are left out: the
    end as the model's settings say it, or one of `ends`. The inputs of a model that reads and writes in one
    sequence have to be padded on the left. `more` goes to the model's `generate`.
    """
    from transformers import LogitsProcessorList

    taken: list[torch.Tensor] = []
    likely: list[torch.Tensor] = []

    def watch(_: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        best = scores.float().log_softmax(-1).max(-1)  # without chance, the likeliest token is the next
        likely.append(best.values)
        taken.append(best.indices)
        return scores

    settings = greedy(loaded.model.generation_config)
    settings.max_new_tokens = most
    loaded.model.generate(**inputs, generation_config=settings, logits_processor=LogitsProcessorList([watch]), **more)
    stops = {int(end) for end in (*_ends(settings.eos_token_id), *ends) if end is not None}
    count = len(next(iter(inputs.values())))
    rows = []
    for i in range(count):
        ids = [int(step[i]) for step in taken]
        length = next((at + 1 for at, token in enumerate(ids) if token in stops), len(ids))
        sure = exp(sum(float(step[i]) for step in likely[:length]) / length) if length else 0.0
        rows.append((ids[:length], min(1.0, sure)))
    return rows


def texts_of(tokenizer: Any, rows: Sequence[tuple[list[int], float]]) -> list[tuple[str, float]]:
    """The rows as texts without special tokens."""
    return [(tokenizer.decode(ids, skip_special_tokens=True).strip(), sure) for ids, sure in rows]


def greedy(config: Any) -> Any:
    """A model's settings for generation without chance."""
    made = copy.deepcopy(config)
    made.do_sample = False
    made.num_beams = 1
    for name in _SAMPLING:
        if hasattr(made, name):
            setattr(made, name, None)
    return made


def _ends(end: int | list[int] | None) -> Sequence[int | None]:
    return end if isinstance(end, list) else [end]
