"""Chat models, of text alone or of images and text: typed answers from the next token's chances, else written ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

from fmplang.backends.base import Response
from fmplang.backends.instructions import can_be_written, form, holds_opaque, question
from fmplang.backends.transformers.choices import Options, Row, combined, options_of, rows_for, scores_of
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend, too_long
from fmplang.backends.transformers.writing import Writer, texts_of, write
from fmplang.errors import BackendError
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Image

_BYTES_PER_TOKEN = 3.0  # for prices told before there is a tokenizer; English has about four
_TOKENS_PER_IMAGE = 1000


@dataclass(frozen=True, slots=True)
class Talk:
    """One question: text, pictures, and the options where there are any."""

    text: str
    pictures: tuple[Any, ...]  # Pillow images, before the text
    options: Options | None

    def messages(self, text: str) -> list[dict[str, Any]]:
        """The pictures and a text as one turn of the user."""
        content: list[dict[str, Any]] = [{"type": "image", "image": picture} for picture in self.pictures]
        return [{"role": "user", "content": [*content, {"type": "text", "text": text}]}]


class Chat(Writer):
    """Asks with the call's prompt and a sentence on the form of the answer.

    A bool, a Literal, one of `labels` and a number in a stated range are read from the chances of the options (see
    `choices`); anything else is written, greedily, at most `max_new_tokens`, and decoded by the host. The
    confidence of a written answer is the geometric mean of its tokens' probabilities. Models that can think aloud
    are told not to, by `enable_thinking` of their template.

    Prices by the token count a token for three bytes of the prompt, a thousand for each image, and the longest
    answer.
    """

    def __init__(self, *, max_new_tokens: int = 256, **common: Any) -> None:
        super().__init__(max_new_tokens=max_new_tokens, **common)

    def expected(self, request: Request) -> float:
        text = len(question(request).encode("utf-8", "replace")) / _BYTES_PER_TOKEN
        return ceil(text) + _TOKENS_PER_IMAGE * len(pictures_in(request)) + self.max_new_tokens

    def prepare(self, request: Request) -> Talk:
        asked = question(request)
        options = options_of(request, asked)
        asks = options.asks if options is not None else form(request.returns, asked)
        text = f"{asked}\n{asks}" if asks else asked
        return Talk(text, tuple(image.pil() for image in pictures_in(request)), options)

    def batches(self, items: Sequence[tuple[int, Any]]) -> Iterable[Sequence[tuple[int, Any]]]:
        """Choices together and written answers together, those of like length side by side: less padding."""
        for chosen in (True, False):
            own = [item for item in items if (item[1].options is not None) is chosen]
            own.sort(key=lambda item: len(item[1].text))
            yield from super().batches(own)

    def respond(self, items: Sequence[Talk], loaded: Loaded) -> Sequence[Response | Exception]:
        if items[0].options is not None:
            return self._choose(items, loaded)
        inputs = self._inputs(items, loaded, self.max_new_tokens)
        lengths = inputs["attention_mask"].sum(1).tolist()
        rows = write(loaded, inputs, self.max_new_tokens)
        texts = texts_of(self.tokenizer(loaded), rows)
        return [Response(text, confidence=sure, cost=self.cost(length + len(ids)))
                for (text, sure), (ids, _), length in zip(texts, rows, lengths, strict=True)]

    # ---------------------------------------------------------- for subclasses

    counts_positions: ClassVar[bool]

    @abstractmethod
    def encode(self, talks: Sequence[Talk], loaded: Loaded) -> Any:
        """The model's inputs for questions, padded on the left."""

    @staticmethod
    def tokenizer(loaded: Loaded) -> Any:
        return loaded.processor

    # -------------------------------------------------------------------- asking

    def _choose(self, items: Sequence[Talk], loaded: Loaded) -> list[Response | Exception]:
        tokenizer = self.tokenizer(loaded)
        plans = [rows_for(_options(item), lambda text: tokenizer(text, add_special_tokens=False).input_ids)
                 for item in items]
        asked: list[Talk] = []
        rows: list[Row] = []
        for item, (own, _) in zip(items, plans, strict=True):
            asked += [item] * len(own)
            rows += own
        read: list[list[float]] = []
        lengths: list[int] = []
        for start in range(0, len(rows), self.batch_size):
            some = rows[start : start + self.batch_size]
            inputs = self._inputs(asked[start : start + self.batch_size], loaded, max(len(r.tail) for r in some))
            lengths += [int(n) + len(r.targets) for n, r in zip(inputs["attention_mask"].sum(1), some, strict=True)]
            read += scores_of(loaded.model, inputs, some, positions=self.counts_positions)
        answers: list[Response | Exception] = []
        at = 0
        for item, (own, places) in zip(items, plans, strict=True):
            made = combined(_options(item), places, read[at : at + len(own)])
            cost = self.cost(sum(lengths[at : at + len(own)]))
            answers.append(Response(made.value, confidence=made.confidence, cost=cost))
            at += len(own)
        return answers

    def _inputs(self, talks: Sequence[Talk], loaded: Loaded, more: int) -> dict[str, Any]:
        inputs = loaded.on_device(self.encode(talks, loaded))
        most = _context(loaded.model.config)
        longest = int(inputs["attention_mask"].sum(1).max()) + more
        if most and longest > most:
            raise too_long(longest, most, self.name, "the prompt with room for the answer")
        return inputs


class TextChat(Chat):
    """Text models by their chat template: llm, and any function of texts with `capability` set."""

    kind: ClassVar[str] = "a text model with a chat template"
    about: ClassVar[str] = "answers in text"
    counts_positions: ClassVar[bool] = True

    def supports(self, request: Request) -> bool:
        return can_be_written(request.returns) and not any(map(holds_opaque, request.args.values()))

    def read(self, source: Source) -> Loaded:
        import transformers

        loaded = from_pretrained(source, self.name, "AutoModelForCausalLM",
                                 processor=transformers.AutoTokenizer.from_pretrained)
        must_chat(loaded.processor, loaded.processor, self)
        return loaded

    def trial(self) -> Talk:
        return Talk("Hello", (), Options((True, False), (("Yes",), ("No",)), ""))

    def encode(self, talks: Sequence[Talk], loaded: Loaded) -> Any:
        conversations = [[{"role": "user", "content": talk.text}] for talk in talks]
        return loaded.processor.apply_chat_template(
            conversations, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt",
            padding=True, sanitize_control_tokens=True, enable_thinking=False)


def pictures_in(request: Request) -> list[Image]:
    """The images among the arguments and in lists of them, in order."""
    found: list[Image] = []
    for value in request.args.values():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Image):
                found.append(item)
    return found


def must_chat(processor: Any, tokenizer: Any, backend: TransformersBackend) -> None:
    if not getattr(processor, "chat_template", None) and not getattr(tokenizer, "chat_template", None):
        raise BackendError(f"the backend {backend.name} cannot work here: {backend.model} has no chat template",
                           code="FMP705", backend=backend.name,
                           hint="Take a model that was trained to chat: its name often ends in Instruct.")
    tokenizer.padding_side = "left"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token


def _options(talk: Talk) -> Options:
    assert talk.options is not None
    return talk.options


def _context(config: Any) -> int | None:
    """The most tokens that a model can look at."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    most = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
    return int(most) if isinstance(most, int) and most > 0 else None
