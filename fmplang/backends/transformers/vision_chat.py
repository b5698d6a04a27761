"""Chat models that see: Qwen2.5-VL, Qwen3-VL, SmolVLM, LLaVA and their like (image-text-to-text)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from fmplang.backends.instructions import can_be_written, holds_opaque
from fmplang.backends.kinds import BadSetting
from fmplang.backends.transformers.chat import Chat, Talk, must_chat, pictures_in
from fmplang.backends.transformers.choices import Options
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Image


class VisionChat(Chat):
    """Questions about one image or several: vqa, verify, ocr, caption, and any function with `capability` set.

    An image whose longer side is above `max_side` pixels is shown at that size; 0 leaves it to the model, some of
    which take thousands of tokens for a large photo.
    """

    kind: ClassVar[str] = "a chat model that sees"
    about: ClassVar[str] = "answers questions about images"
    counts_positions: ClassVar[bool] = False  # these models count the places of an image in their own way

    def __init__(self, *, max_side: int = 0, **common: Any) -> None:
        if max_side < 0:
            raise BadSetting("max_side", f"should be pixels, or 0 for no limit, not {max_side}")
        self.max_side = max_side
        super().__init__(**common)

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "max_side": self.max_side or None}

    def prepare(self, request: Request) -> Talk:
        talk = super().prepare(request)
        if self.max_side:
            for picture in talk.pictures:
                picture.thumbnail((self.max_side, self.max_side))
        return talk

    def supports(self, request: Request) -> bool:
        others = [value for value in request.args.values() if not isinstance(value, (Image, list, tuple))]
        lists = [value for value in request.args.values() if isinstance(value, (list, tuple))]
        return (can_be_written(request.returns) and bool(pictures_in(request)) and not any(map(holds_opaque, others))
                and all(isinstance(item, Image) or not holds_opaque(item) for value in lists for item in value))

    def read(self, source: Source) -> Loaded:
        loaded = from_pretrained(source, self.name, "AutoModelForImageTextToText", processor=processor_of)
        must_chat(loaded.processor, self.tokenizer(loaded), self)
        return loaded

    def trial(self) -> Talk:
        from PIL import Image as pil

        return Talk("Hello", (pil.new("RGB", (64, 64)),), Options((True, False), (("Yes",), ("No",)), ""))

    @staticmethod
    def tokenizer(loaded: Loaded) -> Any:
        return loaded.processor.tokenizer

    def encode(self, talks: Sequence[Talk], loaded: Loaded) -> Any:
        # transformers can make control tokens harmless by itself, but not for SmolVLM's processor.
        control = [token.content for token in self.tokenizer(loaded).added_tokens_decoder.values() if token.special]
        return loaded.processor.apply_chat_template(
            [talk.messages(harmless(talk.text, control)) for talk in talks], add_generation_prompt=True, tokenize=True,
            return_dict=True, return_tensors="pt", processor_kwargs={"padding": True}, enable_thinking=False)


def harmless(text: str, control: Sequence[str]) -> str:
    """The text with a blank within each control token ("< |im_end|>"): a program's data opens no turn and no image."""
    for token in sorted(control, key=len, reverse=True):
        if len(token) > 1:
            while token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def processor_of(model: str, **where: Any) -> Any:
    """The processor of a model that sees, also where it is made for videos too and torchvision is not here.

    A processor with a part for videos refuses to be made without torchvision. No video is ever shown to it, so it
    is made without that part.
    """
    import transformers
    from transformers.utils import is_torchvision_available

    if is_torchvision_available():
        return transformers.AutoProcessor.from_pretrained(model, **where)
    try:
        return transformers.AutoProcessor.from_pretrained(model, **where)
    except (ImportError, AttributeError, TypeError, ValueError, OSError) as error:
        made = _without_videos(model, where)
        if made is None:
            raise error
        return made


_PARTS = ("image_processor", "tokenizer", "video_processor", "chat_template")


def _without_videos(model: str, where: dict[str, Any]) -> Any:
    import inspect

    import transformers
    from transformers import AutoImageProcessor, AutoTokenizer, ProcessorMixin

    name = _processor_class(model, where)
    wanted: Any = getattr(transformers, name, None) if name else None
    if not isinstance(wanted, type) or not issubclass(wanted, ProcessorMixin):
        return None
    known = inspect.signature(wanted).parameters
    if "video_processor" not in known:
        return None
    settings = {key: value for key, value in _file(model, "processor_config.json", where).items()
                if key in known and key not in _PARTS}
    checked: Any = wanted

    def check(self: Any, argument: str, value: Any) -> Any:
        if argument == "video_processor":
            return object
        return checked.check_argument_for_proper_class(self, argument, value)

    still: Any = type(name, (wanted,), {"check_argument_for_proper_class": check})
    tokenizer = AutoTokenizer.from_pretrained(model, **where)
    images = AutoImageProcessor.from_pretrained(model, **where)
    template = tokenizer.chat_template or _template(model, where)
    return still(images, tokenizer, None, chat_template=template, **settings)


def _processor_class(model: str, where: dict[str, Any]) -> str:
    """The name of the class, as the model's own files say it."""
    for file in ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json"):
        name = str(_file(model, file, where).get("processor_class") or "")
        if name:
            return name
    return ""


def _template(model: str, where: dict[str, Any]) -> str | None:
    found = _file(model, "chat_template.json", where).get("chat_template")
    return found if isinstance(found, str) else None


def _file(model: str, name: str, where: dict[str, Any]) -> dict[str, Any]:
    import json
    from pathlib import Path

    from transformers.utils import cached_file

    kept = {key: value for key, value in where.items() if key in ("revision", "local_files_only")}
    path = cached_file(model, name, _raise_exceptions_for_missing_entries=False,
                       _raise_exceptions_for_connection_errors=False, **kept)
    found = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    return found if isinstance(found, dict) else {}
