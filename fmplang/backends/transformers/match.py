"""How well a text describes a picture: CLIP, SigLIP, SigLIP 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from fmplang.backends.base import Response
from fmplang.backends.transformers.loader import Loaded, Source, from_pretrained
from fmplang.backends.transformers.model import TransformersBackend, too_long
from fmplang.check.types import FLOAT
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Image


class _Pair(NamedTuple):
    picture: Any
    text: str


class Match(TransformersBackend):
    """similarity(image, text) -> float, 0 to 1.

    SigLIP's own probability that the two belong together. CLIP has none: there it is 2.5 max(cos, 0), at most 1,
    cos the cosine between the two vectors (Hessel et al., CLIPScore, EMNLP 2021, section 3).
    """

    kind: ClassVar[str] = "a model of images and texts (CLIP, SigLIP)"
    about: ClassVar[str] = "compares an image with a text"

    def supports(self, request: Request) -> bool:
        args = list(request.args.values())
        return (request.returns == FLOAT and len(args) == 2 and isinstance(args[0], Image)
                and isinstance(args[1], str))

    def read(self, source: Source) -> Loaded:
        return from_pretrained(source, self.name, "AutoModelForZeroShotImageClassification")

    def prepare(self, request: Request) -> _Pair:
        image, text = request.args.values()
        return _Pair(image.pil(), text)

    def trial(self) -> _Pair:
        from PIL import Image as pil

        return _Pair(pil.new("RGB", (32, 32)), "a dog")

    def respond(self, items: Sequence[_Pair], loaded: Loaded) -> Sequence[Response | Exception]:
        import torch

        config = loaded.model.config
        probable = config.model_type.startswith("siglip")
        most = int(config.text_config.max_position_embeddings)
        # SigLIP was trained on texts padded to their full length.
        padding: dict[str, Any] = {"padding": "max_length", "max_length": most} if probable else {"padding": True}
        inputs = loaded.processor(text=[item.text for item in items], images=[item.picture for item in items],
                                  return_tensors="pt", **padding)
        if inputs["input_ids"].shape[1] > most:
            raise too_long(inputs["input_ids"].shape[1], most, self.name, "the text")
        outputs = loaded.model(**loaded.on_device(inputs))
        if probable:
            alike = torch.sigmoid(outputs.logits_per_image.diagonal().float())
        else:
            cosines = torch.nn.functional.cosine_similarity(outputs.image_embeds.float(), outputs.text_embeds.float())
            alike = (2.5 * cosines).clamp(0, 1)
        return [Response(float(value)) for value in alike]
